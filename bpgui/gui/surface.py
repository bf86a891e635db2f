"""The output of a network over two inputs, as numbers: a grid of values, and the line between its two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bpgui.catalogue import find
from bpgui.data.dataset import Dataset
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import accuracy, predict
from bpgui.training.targets import targets

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Surface:
    """One output over the plane of two inputs, and the samples that belong on it.

    values: (rows, columns) in -1..1, the first row at the largest x1; bounds: x0 from and to, x1 from and to; contour:
    (segments, 2, 2) ends of the line where the value is 0, as (x0, x1); low, high: outputs that -1 and +1 stand for;
    data: the samples; wanted: (samples,) in -1..1, their targets on the scale of ``values``.
    """

    values: Floats
    bounds: tuple[float, float, float, float]
    contour: Floats
    low: float
    high: float
    data: Dataset
    wanted: Floats


@dataclass(frozen=True, eq=False)
class Score:
    """Share of samples told right, of the training and the held-out part; None where there is nothing to tell."""

    train: float | None
    validation: float | None


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


def bounds_of(data: Dataset) -> tuple[float, float, float, float]:
    """Return a square region of the input plane around the data, a tenth wider than they are."""
    low, high = data.X.min(axis=0), data.X.max(axis=0)
    half = 0.55 * max(float((high - low).max()), 1e-3) if len(data.X) > 1 else 1.0
    x0, x1 = (low + high) / 2
    return float(x0 - half), float(x0 + half), float(x1 - half), float(x1 + half)


def surface(network: Network, params: Parameters, data: Dataset, output: int, side: int) -> Surface:
    """Return one output of a network with two inputs on a grid of ``side`` by ``side`` points."""
    bounds = bounds_of(data)
    x0 = np.linspace(bounds[0], bounds[1], side)
    x1 = np.linspace(bounds[3], bounds[2], side)
    grid = np.stack(np.meshgrid(x0, x1), axis=-1).reshape(-1, 2)
    low, high = output_range(network, data, output)
    y = predict(network, params, grid)[:, output].reshape(side, side).astype(np.float64)
    # Weights just short of leaving the number range give outputs beyond it; those are no colour.
    y = np.clip(np.nan_to_num(y, nan=(low + high) / 2), low, high)
    values = (2.0 * y - low - high) / (high - low)
    wanted = wanted_of(network, data, output, low, high)
    return Surface(values, bounds, contour(values, x0, x1), low, high, data, wanted)


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


def score(network: Network, params: Parameters, data: Dataset) -> Score:
    """Return how many samples of each part are told right; None without classes or samples."""
    if data.labels is None:
        return Score(None, None)
    parts = []
    for part in (~data.validation, data.validation):
        parts.append(accuracy(network, params, data.X[part], data.labels[part]) if part.any() else None)
    return Score(*parts)
