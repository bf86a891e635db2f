"""First weights. Each draw is a function of seed and place, so the same seed gives the same weights everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from bpgui import _core
from bpgui.catalogue import find
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.seeds import check_seed

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where weights are wanted: into units of layer ``target`` from all ``sources`` units of layer ``source``.

    ``draws``: the number of each unit's draw, its place in the layer, or, for a unit that an edit adds, its id, which
    no other unit ever used. fan_in: units of all blocks that lead to the layer; fan_out: units of the layer.
    """

    seed: int
    source: int
    target: int
    sources: int
    draws: tuple[int, ...]
    fan_in: int
    fan_out: int

    def each(self, kind: Callable[[int, int, int, int, int], Floats]) -> Floats:
        """Draws of a kind, one for each weight: (sources, len(draws)); ``kind`` is _core.uniforms or _core.normals."""
        wanted = list(self.draws)
        rows = [
            kind(self.seed, _core.INIT, (self.source << 32) + self.target, unit, max(wanted) + 1)[wanted]
            for unit in range(self.sources)
        ]
        return np.array(rows)

    def uniform(self) -> Floats:
        """Uniform on [-1, 1)."""
        return 2.0 * self.each(_core.uniforms) - 1.0

    def normal(self) -> Floats:
        """Normal with mean 0 and deviation 1."""
        return self.each(_core.normals)

    def filled(self, value: float) -> Floats:
        """The same number everywhere."""
        return np.full((self.sources, len(self.draws)), value)


@dataclass(frozen=True, slots=True)
class Initialiser:
    """A catalogue entry: ``weights`` gives the (sources, units) matrix for a place."""

    name: str
    label: str
    help: str
    weights: Callable[[Place], Floats]


def _orthogonal(place: Place) -> Floats:
    """Rows, or columns where they are fewer, of length 1 and at right angles to each other, from normal draws."""
    drawn = place.normal()
    return orthonormal(drawn) if drawn.shape[0] <= drawn.shape[1] else orthonormal(drawn.T).T


def orthonormal(rows: Floats) -> Floats:
    """Make (m, n) rows, m <= n, orthonormal by Gram-Schmidt, twice, since once loses digits where rows are alike.

    In elementwise operations, so that the result does not depend on how a BLAS sums.
    """
    result = np.array(rows)
    for i in range(len(result)):
        for _ in range(2):
            result[i] -= ((result[:i] * result[i]).sum(axis=1)[:, None] * result[:i]).sum(axis=0)
        result[i] /= sqrt((result[i] * result[i]).sum())
    return result


def _symmetric(place: Place) -> Floats:
    """Every unit of the layer gets the weights of its first one, and hidden sources count alike too."""
    first = Place(place.seed, place.source, place.target, place.sources, (0,), place.fan_in, place.fan_out).uniform()
    if place.source > 0:
        first[:] = first[0]
    return np.repeat(first * sqrt(6.0 / (place.fan_in + place.fan_out)), len(place.draws), axis=1)


INITIALISERS = (
    Initialiser(
        "xavier",
        "Xavier",
        "Uniform within ±√(6 / (n_in + n_out)): keeps signals alive through tanh and sigmoid (Glorot and Bengio 2010).",
        lambda p: p.uniform() * sqrt(6.0 / (p.fan_in + p.fan_out)),
    ),
    Initialiser(
        "he",
        "He",
        "Normal with deviation √(2 / n_in): made for ReLU (He and others 2015).",
        lambda p: p.normal() * sqrt(2.0 / p.fan_in),
    ),
    Initialiser(
        "lecun",
        "LeCun",
        "Normal with deviation √(1 / n_in): made for SELU, good for tanh (LeCun and others 1998).",
        lambda p: p.normal() * sqrt(1.0 / p.fan_in),
    ),
    Initialiser(
        "uniform", "uniform", "Uniform within ±0.5, whatever the size of the layers.", lambda p: p.uniform() * 0.5
    ),
    Initialiser(
        "normal", "normal", "Normal with deviation 0.5, whatever the size of the layers.", lambda p: p.normal() * 0.5
    ),
    Initialiser(
        "orthogonal",
        "orthogonal",
        "Directions at right angles to each other: signals keep their length (Saxe and others 2014).",
        _orthogonal,
    ),
    Initialiser(
        "zeros",
        "zeros",
        "All 0: nothing tells hidden neurons apart, and most of them never learn.",
        lambda p: p.filled(0.0),
    ),
    Initialiser("constant", "constant", "All 0.5: neurons of a layer stay alike for ever.", lambda p: p.filled(0.5)),
    Initialiser(
        "symmetric",
        "symmetric",
        "Neurons of a layer begin with the same weights: they stay alike, which shows why first weights are drawn.",
        _symmetric,
    ),
)


def initialise(network: Network, seed: int, method: str, dtype: str = "float64") -> Parameters:
    """Return first parameters of a network: weights drawn, biases and cut connections 0.

    The fan-in of a weight counts the units of all blocks that lead to its layer, its fan-out the units of that layer.
    """
    vector = np.zeros(network.parameter_count)
    for block, place in zip(network.blocks, network.weight_slices, strict=True):
        units = network.layers[block.target].units
        vector[place] = incoming(network, seed, method, block.source, block.target, range(units)).ravel()
    return Parameters(network, vector.astype(dtype))


def incoming(network: Network, seed: int, method: str, source: int, target: int, draws: Sequence[int]) -> Floats:
    """Weights from layer ``source`` into units of layer ``target``: (units of source, len(draws)).

    ``draws`` are the numbers of the draws, one a unit (see Place). "orthogonal" makes right angles between the units
    that are asked for together.
    """
    check_seed(seed)
    fan_in = sum(network.layers[b.source].units for b in network.blocks if b.target == target)
    units = network.layers[source].units
    place = Place(seed, source, target, units, tuple(draws), fan_in, network.layers[target].units)
    return find(INITIALISERS, method, "initialiser").weights(place)
