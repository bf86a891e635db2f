"""The ways on which a neuron's activation reaches the error, each with the product of the slopes along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Network
from bpgui.network.parameters import Parameters

Floats = NDArray[np.float64]

MOST_PATHS = 64


@dataclass(frozen=True)
class Path:
    """Neurons (layer, unit) from the one asked about to an output, and ∂E/∂a along this way alone.

    Where a hidden softmax couples a layer, the way may step from one of its neurons to another.
    """

    units: tuple[tuple[int, int], ...]
    value: float


@dataclass(frozen=True)
class Paths:
    """The ``listed`` ways, strongest first, the ``count`` of all, and what the others add up to (``rest``)."""

    listed: tuple[Path, ...]
    count: int
    rest: float


NONE, END = -1, -2
"""In place of a stage: here there is no way, or here it has reached E."""


@dataclass(frozen=True, eq=False)
class _Best:
    """The strongest ways from each unit at one stage. Each layer has two stages: 2 · layer is z, 2 · layer + 1 is a.

    values: (units, k), strongest first; onward: (units, k, 3) the stage, unit and rank that each goes on to; count:
    (units,) of all ways, whole numbers of any size.
    """

    values: Floats
    onward: NDArray[np.int64]
    count: NDArray[Any]


def strongest_paths(
    network: Network,
    params: Parameters,
    slopes: Sequence[Floats],
    delta: Sequence[Floats],
    start: tuple[int, int],
    total: float,
    most: int = MOST_PATHS,
) -> Paths:
    """Return the ways from the activation of a hidden neuron to E.

    ``slopes``: for each layer f'(z), (units,), or ∂a/∂z, (units, units), of a softmax; ``delta``: ∂E/∂z of each layer,
    of which that of the outputs is where the ways end; ``total``: ∂E/∂a of the neuron by the recursion.

    The k strongest ways of a neuron lead over the k strongest of those it reaches, so that no way is looked at that
    could not be among them.
    """
    last, (first, unit) = len(network.layers) - 1, start
    outputs = network.outputs
    ends = np.full((outputs, 1, 3), END, np.int64)
    best = {2 * last: _Best(delta[last][:, None], ends, np.ones(outputs, object))}
    for layer in range(last - 1, first, -1):
        units = np.arange(network.layers[layer].units)
        best[2 * layer + 1] = _over_connections(network, params, layer, units, best, most)
        best[2 * layer] = _through_layer(slopes[layer], best[2 * layer + 1], layer, most)
    found = _over_connections(network, params, first, np.array([unit]), best, most)
    listed = tuple(
        Path((start, *_follow(best, onward)), float(value))
        for value, onward in zip(found.values[0], found.onward[0], strict=True)
        if onward[0] != NONE
    )
    count = int(found.count[0])
    rest = 0.0 if count == len(listed) else total - sum(path.value for path in listed)
    return Paths(listed, count, rest)


def _over_connections(
    network: Network, params: Parameters, layer: int, units: NDArray[np.int64], best: dict[int, _Best], most: int
) -> _Best:
    """From the activations of some units over each of their connections to the best ways from where it leads."""
    values, onward = [np.zeros((units.size, 0))], [np.zeros((units.size, 0, 3), np.int64)]
    count = np.zeros(units.size, object)
    for block, weight, place in zip(network.blocks, params.weights, network.weight_slices, strict=True):
        if block.source == layer:
            exists = ~network.cut[place].reshape(weight.shape)[units]
            found = _joined(weight[units].astype(np.float64), exists, best[2 * block.target], 2 * block.target)
            values.append(found.values)
            onward.append(found.onward)
            count = count + found.count
    return _strongest(_Best(np.concatenate(values, axis=1), np.concatenate(onward, axis=1), count), most)


def _through_layer(slope: Floats, there: _Best, layer: int, most: int) -> _Best:
    """From pre-activations to the activations that they move: each its own, or in a softmax each all."""
    matrix = np.diag(slope) if slope.ndim == 1 else slope
    exists = np.eye(len(matrix), dtype=np.bool_) if slope.ndim == 1 else np.ones(matrix.shape, np.bool_)
    return _strongest(_joined(matrix.T, exists, there, 2 * layer + 1), most)


def _joined(slope: Floats, exists: NDArray[np.bool_], there: _Best, stage: int) -> _Best:
    """Put one step before the ways of another stage. slope, exists: (units here, units there)."""
    shape = (*slope.shape, there.values.shape[1])
    ways = exists[:, :, None] & (there.onward[None, :, :, 0] != NONE)
    unit, rank = np.arange(shape[1])[None, :, None], np.arange(shape[2])[None, None, :]
    onward = np.stack(np.broadcast_arrays(np.where(ways, stage, NONE), unit, rank), axis=-1)
    values = np.where(ways, slope[:, :, None] * there.values[None], 0.0)
    return _Best(values.reshape(shape[0], -1), onward.reshape(shape[0], -1, 3), exists.astype(object) @ there.count)


def _strongest(all_ways: _Best, most: int) -> _Best:
    """Keep the strongest ways of each unit, those that exist first."""
    size = np.where(all_ways.onward[:, :, 0] == NONE, -1.0, np.abs(all_ways.values))
    order = np.argsort(-size, axis=1, kind="stable")[:, :most]
    values = np.take_along_axis(all_ways.values, order, axis=1)
    return _Best(values, np.take_along_axis(all_ways.onward, order[:, :, None], axis=1), all_ways.count)


def _follow(best: dict[int, _Best], onward: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the neurons that a way leads over."""
    neurons: list[tuple[int, int]] = []
    stage, unit, rank = onward.tolist()
    while stage != END:
        if not neurons or neurons[-1] != (stage // 2, unit):
            neurons.append((stage // 2, unit))
        stage, unit, rank = best[stage].onward[unit, rank].tolist()
    return neurons
