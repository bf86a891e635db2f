"""The output of a network over two inputs, as numbers: a grid of values, and the line between its two sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.catalogue import find
from bpgui.data.dataset import Dataset
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import predict
from bpgui.training.targets import targets

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Surface:
    """One output over the plane of two inputs, and the samples that belong on it.

    values: (rows, columns) in -1..1, the first row at the largest x1; bounds: x0 from and to, x1 from and to; contour:
    (segments, 2, 2) ends of the line where the value is 0, as (x0, x1); low, high: outputs that -1 and +1 stand for;
    data: the samples; wanted: (samples,) in -1..1, their targets on the scale of ``values``; points:
    (samples, 2), where the samples lie; names: of the two inputs.
    """

    values: Floats
    bounds: tuple[float, float, float, float]
    contour: Floats
    low: float
    high: float
    data: Dataset
    wanted: Floats
    points: Floats
    names: tuple[str, str]


class Plane(NamedTuple):
    """Two inputs, across and up; the others are those of a sample. Without bounds it is just wider than the data."""

    axes: tuple[int, int] = (0, 1)
    sample: int = 0
    bounds: tuple[float, float, float, float] | None = None


EVERYWHERE = Plane()


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network says of all samples.

    said: (samples, outputs); told: (samples,) the class that each is told as, empty without classes.
    """

    data: Dataset
    said: Floats
    told: NDArray[np.int64]

    def score(self, part: NDArray[np.bool_], wanted: Floats) -> float | None:
        """How well a part of the samples is met; None where it has none.

        The share whose class is told right; for numbers the root of the mean square by which they miss.
        """
        if not part.any():
            return None
        if self.data.labels is not None:
            return float(np.mean(self.told[part] == self.data.labels[part]))
        with np.errstate(over="ignore"):  # just before it diverges a network may say anything
            return float(np.sqrt(np.mean((self.said[part] - wanted[part]) ** 2)))

    def confusion(self, part: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How often the samples of a part that have a class, a row, are told as each, a column: (classes, classes)."""
        assert self.data.labels is not None
        classes = self.data.classes
        pairs = self.data.labels[part] * classes + self.told[part]
        return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def answers(network: Network, params: Parameters, data: Dataset) -> Answers:
    """Return what a network says of all samples of its data."""
    said = predict(network, params, data.X).astype(np.float64)
    told = np.empty(0, np.int64)
    if data.labels is not None:
        if network.outputs > 1:
            told = said.argmax(axis=1)
        else:
            told = (said[:, 0] > targets(np.array([0, 1]), network, 2).mean()).astype(np.int64)
    return Answers(data, said, told)


def output_range(network: Network, data: Dataset, output: int) -> tuple[float, float]:
    """Return the two values of an output that mean "one side" and "the other"."""
    activation = find(ACTIVATIONS, network.layers[-1].activation_of(output), "activation")
    if np.isfinite(activation.low) and np.isfinite(activation.high):
        return activation.low, activation.high
    wanted = targets(data.T, network, len(data.X))[:, output]
    low, high = float(wanted.min()), float(wanted.max())
    return (low, high) if low < high else (low - 1.0, high + 1.0)


def wanted_of(network: Network, data: Dataset, output: int, low: float, high: float) -> Floats:
    """Return what is wanted of an output for each sample, as -1..1 between ``low`` and ``high``: (samples,).

    A class is wholly on its side, whatever number stands for it in training.
    """
    if data.labels is not None:
        side = data.labels == (1 if network.outputs == 1 else output)
        return np.where(side, 1.0, -1.0)
    wanted = targets(data.T, network, len(data.X))[:, output]
    return np.clip((2.0 * wanted - low - high) / (high - low), -1.0, 1.0)


def bounds_of(data: Dataset, axes: tuple[int, int] = (0, 1)) -> tuple[float, float, float, float]:
    """Return a square region of the plane of two inputs around the data, a tenth wider than they are."""
    points = data.X[:, axes]
    low, high = points.min(axis=0), points.max(axis=0)
    half = 0.55 * max(float((high - low).max()), 1e-3) if len(data.X) > 1 else 1.0
    x0, x1 = (low + high) / 2
    return float(x0 - half), float(x0 + half), float(x1 - half), float(x1 + half)


def surface(
    network: Network,
    params: Parameters,
    data: Dataset,
    output: int,
    side: int,
    plane: Plane = EVERYWHERE,
) -> Surface:
    """Return one output of a network over a plane of two inputs, on a grid of ``side`` by ``side`` points."""
    axes, sample = plane.axes, plane.sample
    bounds = plane.bounds or bounds_of(data, axes)
    x0 = np.linspace(bounds[0], bounds[1], side)
    x1 = np.linspace(bounds[3], bounds[2], side)
    grid = np.repeat(data.X[sample : sample + 1], side * side, axis=0)
    grid[:, axes] = np.stack(np.meshgrid(x0, x1), axis=-1).reshape(-1, 2)
    low, high = output_range(network, data, output)
    y = predict(network, params, grid)[:, output].reshape(side, side).astype(np.float64)
    # Weights just short of leaving the number range give outputs beyond it; those are no colour.
    y = np.clip(np.nan_to_num(y, nan=(low + high) / 2), low, high)
    values = (2.0 * y - low - high) / (high - low)
    wanted = wanted_of(network, data, output, low, high)
    names = data.names[axes[0]], data.names[axes[1]]
    return Surface(values, bounds, contour(values, x0, x1), low, high, data, wanted, data.X[:, axes], names)


def contour(values: Floats, x: Floats, y: Floats) -> Floats:
    """Return the segments of the line where ``values`` (rows of y, columns of x) change sign: (n, 2, 2).

    Marching triangles: each cell is two triangles, in each of which the line is straight between the sides whose ends
    differ in sign.
    """
    corners = np.stack([*np.meshgrid(x, y), values], axis=-1)
    a, b, c, d = corners[:-1, :-1], corners[:-1, 1:], corners[1:, :-1], corners[1:, 1:]
    segments = []
    for one, two, three in ((a, b, c), (d, b, c)):
        triangle = np.stack([one, two, three], axis=-2).reshape(-1, 3, 3)
        above = triangle[:, :, 2] > 0.0
        triangle = triangle[above.any(axis=1) & ~above.all(axis=1)]
        if not len(triangle):
            continue
        above = triangle[:, :, 2] > 0.0
        # The corner that stands alone on its side, and the two others.
        alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
        rows = np.arange(len(triangle))
        apex = triangle[rows, alone]
        ends = []
        for step in (1, 2):
            other = triangle[rows, (alone + step) % 3]
            share = apex[:, 2] / (apex[:, 2] - other[:, 2])
            ends.append(apex[:, :2] + share[:, None] * (other[:, :2] - apex[:, :2]))
        segments.append(np.stack(ends, axis=1))
    return np.concatenate(segments) if segments else np.empty((0, 2, 2))
