"""First weights. Each draw is a function of seed and place, so the same seed gives the same weights everywhere."""

from __future__ import annotations

from collections.abc import Callable
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
class Initialiser:
    """A catalogue entry: ``draws`` gives numbers of the wanted kind, ``scale`` the factor for a layer's fans."""

    name: str
    label: str
    help: str
    draws: Callable[[int, int, int, int, int], Floats]
    scale: Callable[[int, int], float]


def _uniform(seed: int, stream: int, c1: int, c2: int, count: int) -> Floats:
    """Uniform on [-1, 1)."""
    return 2.0 * _core.uniforms(seed, stream, c1, c2, count) - 1.0


INITIALISERS = (
    Initialiser(
        "xavier",
        "Xavier",
        "Uniform within ±√(6 / (n_in + n_out)): keeps signals alive through tanh and sigmoid (Glorot and Bengio 2010).",
        _uniform,
        lambda fan_in, fan_out: sqrt(6.0 / (fan_in + fan_out)),
    ),
    Initialiser(
        "he",
        "He",
        "Normal with deviation √(2 / n_in): made for ReLU (He and others 2015).",
        _core.normals,
        lambda fan_in, fan_out: sqrt(2.0 / fan_in),  # noqa: ARG005  (one signature for all)
    ),
    Initialiser(
        "uniform",
        "uniform",
        "Uniform within ±0.5, whatever the size of the layers.",
        _uniform,
        lambda fan_in, fan_out: 0.5,  # noqa: ARG005  (one signature for all)
    ),
)


def initialise(network: Network, seed: int, method: str) -> Parameters:
    """Return first parameters of a network: weights drawn, biases and cut connections 0.

    The fan-in of a weight counts the units of all blocks that lead to its layer, its fan-out the units of that layer.
    """
    vector = np.zeros(network.parameter_count)
    for block, place in zip(network.blocks, network.weight_slices, strict=True):
        units = network.layers[block.target].units
        vector[place] = incoming(network, seed, method, block.source, block.target, range(units)).ravel()
    return Parameters(network, vector)


def incoming(
    network: Network, seed: int, method: str, source: int, target: int, draws: range | tuple[int, ...]
) -> Floats:
    """Weights from layer ``source`` into units of layer ``target``: (units of source, len(draws)).

    ``draws`` are the numbers of the draws, one a unit: its place in the layer, or, for a unit that an edit adds, its
    id, which no other unit ever used.
    """
    check_seed(seed)
    initialiser = find(INITIALISERS, method, "initialiser")
    fan_in = sum(network.layers[b.source].units for b in network.blocks if b.target == target)
    scale = initialiser.scale(fan_in, network.layers[target].units)
    wanted = list(draws)
    return scale * np.array(
        [
            initialiser.draws(seed, _core.INIT, (source << 32) + target, unit, max(wanted) + 1)[wanted]
            for unit in range(network.layers[source].units)
        ]
    )
