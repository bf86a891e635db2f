"""The built-in data sets, each with the network and recipe that it is best begun with.

Every random number is a draw of the stream DATA at a place (c1, c2) under the data's seed, number i for sample i.
c1 = 0 says where a sample lies along its figure (c2 = 0, or one c2 an input), c1 = 1 is the noise (c2 = the input, or
c2 = 2 for the target). What is held out is drawn from the stream SPLIT under the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import pi
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bpgui import _core
from bpgui.catalogue import find
from bpgui.data.dataset import Dataset, MissingExtra, Origin
from bpgui.seeds import check_seed

Floats = NDArray[np.float64]
Number = TypeVar("Number", int, float)

PLACE, NOISE = 0, 1  # what c1 says
MANY = 10_000  # samples that a window still draws without a pause


@dataclass(frozen=True, kw_only=True)
class Builtin:
    """A catalogue entry.

    ``samples`` and ``noise`` are what it is made with unless told otherwise, ``samples_range`` and ``noise_range`` what
    may be asked for; all None where the data are fixed. ``validation`` is the share held out. ``make(samples, noise,
    seed)`` gives the data, nothing held out. The rest declares how to begin: ``layers``, hidden ``activation``,
    ``output`` activation, ``bias``, the fields of the ``recipe``, the ``initialiser``, ``first`` weights as one vector
    (None: drawn), and ``pace`` in epochs a second (None: full speed).
    """

    name: str
    label: str
    summary: str
    make: Callable[[int, float, int], Dataset]
    samples: int | None = None
    samples_range: tuple[int, int] | None = None
    noise: float | None = None
    noise_range: tuple[float, float] | None = None
    validation: float = 0.0
    layers: tuple[int, ...]
    activation: str
    output: str
    bias: bool = True
    recipe: Mapping[str, object]
    initialiser: str = "xavier"
    first: tuple[float, ...] | None = None
    pace: float | None


def load(
    name: str,
    samples: int | None = None,
    noise: float | None = None,
    seed: int = 0,
    validation: float | None = None,
) -> Dataset:
    """Return a built-in data set; the same arguments always give the same numbers.

    samples, noise and validation (the share held out, from 0 to less than 1): where None, those that the set declares.
    seed governs the draws of the data and of what is held out. ValueError lists the known names, or gives the allowed
    range; MissingExtra names the library to install.
    """
    entry = find(DATASETS, name, "data set")
    check_seed(seed)
    if samples is not None and (isinstance(samples, bool) or not isinstance(samples, int)):
        raise ValueError(f"samples of {name!r} is a whole number, got {samples!r}")
    samples = entry.samples if samples is None else _within(entry.samples_range, samples, f"samples of {name!r}")
    noise = entry.noise if noise is None else _within(entry.noise_range, noise, f"noise of {name!r}")
    data = replace(entry.make(samples or 0, noise or 0.0, seed), origin=Origin(samples, noise))
    return data.with_split(entry.validation if validation is None else validation, seed)


def _within(allowed: tuple[Number, Number] | None, asked: Number, what: str) -> Number:
    """Return what was asked for; ValueError where it is outside the range, or cannot be chosen at all."""
    if allowed is None:
        raise ValueError(f"{what} cannot be chosen, the data are fixed; got {asked!r}")
    if not allowed[0] <= asked <= allowed[1]:
        raise ValueError(f"{what} is a number from {allowed[0]:g} to {allowed[1]:g}, got {asked!r}")
    return asked


# How each set is made


def _article(_samples: int, _noise: float, _seed: int) -> Dataset:
    X, targets = np.array([[0.2, 0.5]]), np.array([[0.2, 0.7]])
    return Dataset("article", X, targets)


def _xor(samples: int, noise: float, seed: int) -> Dataset:
    """Square clouds of half-width ``noise``, each within [-1, 1] and touching its corner."""
    index = np.arange(samples)
    corner = np.column_stack([index % 4 // 2, index % 2]) * 2.0 - 1.0
    inwards = np.column_stack([_core.uniforms(seed, _core.DATA, PLACE, axis, samples) for axis in (0, 1)])
    return Dataset("xor", corner * (1.0 - 2.0 * noise * inwards), labels=index % 2 ^ index % 4 // 2)


def _circles(samples: int, noise: float, seed: int) -> Dataset:
    labels = np.arange(samples) % 2
    angle = 2.0 * pi * _core.uniforms(seed, _core.DATA, PLACE, 0, samples)
    radius = np.where(labels == 1, 0.4, 0.85)
    return Dataset("circles", _polar(radius, angle) + _blur(samples, noise, seed), labels=labels)


def _moons(samples: int, noise: float, seed: int) -> Dataset:
    """Half circles of radius 0.6, the lower one moved so that its tip lies within the upper one."""
    labels = np.arange(samples) % 2
    angle = pi * (_core.uniforms(seed, _core.DATA, PLACE, 0, samples) + labels)
    centre = np.where(labels[:, None] == 1, (0.3, 0.15), (-0.3, -0.15))
    return Dataset("moons", centre + _polar(np.full(samples, 0.6), angle) + _blur(samples, noise, seed), labels=labels)


def _spirals(samples: int, noise: float, seed: int) -> Dataset:
    """Archimedean arms of one and a half turns; the root spreads the samples evenly along them."""
    labels = np.arange(samples) % 2
    along = np.sqrt(_core.uniforms(seed, _core.DATA, PLACE, 0, samples))
    angle = 3.0 * pi * along + pi * labels
    return Dataset("spirals", _polar(0.08 + 0.84 * along, angle) + _blur(samples, noise, seed), labels=labels)


def _regression(samples: int, noise: float, seed: int) -> Dataset:
    X = np.column_stack([2.0 * _core.uniforms(seed, _core.DATA, PLACE, axis, samples) - 1.0 for axis in (0, 1)])
    height = 0.5 * (X[:, 0] + X[:, 1]) + 0.25 * np.sin(pi * X[:, 0])
    height += noise * _core.normals(seed, _core.DATA, NOISE, 2, samples)
    return Dataset("regression", X, height[:, None])


def _digits(_samples: int, _noise: float, _seed: int) -> Dataset:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingExtra(
            'the digits come with scikit-learn, which is not installed; pip install "bpgui[sklearn]" brings it'
        ) from error
    digits = load_digits()
    names = tuple(f"pixel {row},{column}" for row in range(8) for column in range(8))
    return Dataset("digits", digits.data / 16.0, labels=digits.target, names=names)


def _polar(radius: Floats, angle: Floats) -> Floats:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _blur(samples: int, noise: float, seed: int) -> Floats:
    """Normal noise of that standard deviation in each of two inputs: (samples, 2)."""
    return noise * np.column_stack([_core.normals(seed, _core.DATA, NOISE, axis, samples) for axis in (0, 1)])


# At these paces a run of the declared epochs takes about a quarter of a minute. At full speed each would be over within
# a quarter of a second, before anyone has seen a surface bend.
DATASETS: tuple[Builtin, ...] = (
    Builtin(
        name="article",
        label="Article",
        summary="One sample and eight weights: small enough to follow every number by hand.",
        make=_article,
        layers=(2, 2, 2),
        activation="sigmoid",
        output="sigmoid",
        bias=False,
        recipe={
            "loss": "half_sse",
            "optimizer": "sgd",
            "learning_rate": 0.3,
            "batch_size": 1,
            "epochs": 1000,
            "shuffle": False,
        },
        first=(0.1, 0.2, 0.3, 0.1, 0.4, 0.5, 0.1, 0.3),
        pace=60.0,
    ),
    Builtin(
        name="xor",
        label="XOR",
        summary="Four clouds, the same class in opposite corners: no straight line parts them.",
        make=_xor,
        samples=200,
        samples_range=(4, MANY),
        noise=0.35,
        noise_range=(0.0, 0.7),  # 0: all in the corners; from 0.5 on the clouds overlap
        layers=(2, 4, 1),  # nothing held out: of the four bare corners each is needed
        activation="tanh",
        output="sigmoid",
        recipe={
            "loss": "binary_cross_entropy",
            "optimizer": "sgd",
            "learning_rate": 0.3,
            "batch_size": 10,
            "epochs": 300,
        },
        pace=20.0,
    ),
    Builtin(
        name="circles",
        label="Circles",
        summary="A ring within a ring: the border between the classes has to close on itself.",
        make=_circles,
        samples=200,
        samples_range=(10, MANY),
        noise=0.08,
        noise_range=(0.0, 0.3),
        validation=0.2,
        layers=(2, 6, 1),
        activation="tanh",
        output="sigmoid",
        recipe={
            "loss": "binary_cross_entropy",
            "optimizer": "sgd",
            "learning_rate": 0.3,
            "batch_size": 10,
            "epochs": 300,
        },
        pace=20.0,
    ),
    Builtin(
        name="moons",
        label="Moons",
        summary="Two half moons that reach into each other: the border has to wind between them.",
        make=_moons,
        samples=200,
        samples_range=(10, MANY),
        noise=0.08,
        noise_range=(0.0, 0.3),
        validation=0.2,
        layers=(2, 8, 2),
        activation="relu",
        output="softmax",
        recipe={"loss": "cross_entropy", "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 10, "epochs": 300},
        initialiser="he",  # with xavier one start in twenty loses too many of its eight ReLUs
        pace=20.0,
    ),
    Builtin(
        name="spirals",
        label="Spirals",
        summary="Two arms wound around each other: the classic that takes two hidden layers and patience.",
        make=_spirals,
        samples=300,
        samples_range=(10, MANY),
        noise=0.03,
        noise_range=(0.0, 0.2),
        validation=0.2,
        layers=(2, 8, 8, 1),
        activation="tanh",
        output="tanh",
        recipe={
            "loss": "half_sse",
            "optimizer": "momentum",
            "learning_rate": 0.03,
            "batch_size": 16,
            "epochs": 1000,
        },
        pace=60.0,
    ),
    Builtin(
        name="regression",
        label="Regression",
        summary="A wavy slope over two inputs: numbers to reach, not classes to tell apart.",
        make=_regression,
        samples=200,
        samples_range=(10, MANY),
        noise=0.05,
        noise_range=(0.0, 0.5),
        validation=0.2,
        layers=(2, 8, 1),
        activation="tanh",
        output="linear",
        recipe={"loss": "mse", "optimizer": "sgd", "learning_rate": 0.05, "batch_size": 10, "epochs": 300},
        pace=20.0,
    ),
    Builtin(
        name="digits",
        label="Digits",
        summary="1,797 handwritten digits of 8 × 8 pixels: ten classes from sixty-four inputs.",
        make=_digits,
        validation=0.2,
        layers=(64, 32, 10),
        activation="relu",
        output="softmax",
        recipe={
            "loss": "cross_entropy",
            "optimizer": "momentum",
            "learning_rate": 0.05,
            "batch_size": 32,
            "epochs": 60,
        },
        pace=5.0,
    ),
)
