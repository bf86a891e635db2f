"""Networks, data and losses drawn at random, every kind that there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES
from bpgui.network.network import Block, Layer, Network
from bpgui.network.parameters import Parameters

Floats = NDArray[np.float64]

HIDDEN = [entry.name for entry in ACTIVATIONS]
ELEMENTWISE = [entry.name for entry in ACTIVATIONS if not entry.whole_layer]


@dataclass
class Case:
    """A network, parameters for it, samples and a loss that fits its outputs."""

    network: Network
    params: Parameters
    x: Floats
    t: Floats
    loss: str
    weight: Floats | None


def random_case(
    seed: int,
    loss: str | None = None,
    output: str | None = None,
    samples: int | None = None,
    depth: int | None = None,
) -> Case:
    """A case, a function of the arguments; what is not given is drawn; ``depth`` counts the layers of weights."""
    rng = np.random.default_rng(seed)
    loss = loss or str(rng.choice([entry.name for entry in LOSSES]))
    output = output or next(entry.output for entry in LOSSES if entry.name == loss) or str(rng.choice(HIDDEN))
    mixed = next(entry.output for entry in LOSSES if entry.name == loss) is None
    network = random_network(rng, output, depth, mixed_output=mixed)
    params = Parameters(network, rng.normal(0.0, 0.7, network.parameter_count))
    n = samples or int(rng.integers(1, 8))
    x = rng.normal(0.0, 1.0, (n, network.inputs))
    t = targets(rng, loss, n, network.outputs)
    weight = rng.uniform(0.0, 2.0, n) * (rng.random(n) < 0.8) if rng.random() < 0.5 else None
    return Case(network, params, x, t, loss, weight)


def random_network(
    rng: np.random.Generator, output: str, depth: int | None = None, *, mixed_output: bool = True
) -> Network:
    """1 to 5 weight layers with skip blocks, cut and frozen masks, overrides, layers with and without biases."""
    depth = depth or int(rng.integers(1, 6))
    layers = [Layer(int(rng.integers(1, 5)))]
    for d in range(1, depth + 1):
        activation = output if d == depth else str(rng.choice(HIDDEN))
        units = int(rng.integers(1, 5))
        whole = activation not in ELEMENTWISE
        mixed = not whole and rng.random() < 0.3 and (d < depth or mixed_output)
        overrides = {j: str(rng.choice(ELEMENTWISE)) for j in range(units) if rng.random() < 0.5} if mixed else {}
        frozen = rng.random(units) < 0.2 if rng.random() < 0.3 else None
        layers.append(Layer(units, activation, bool(rng.random() < 0.7), overrides, frozen))
    pairs = []
    for d in range(1, depth + 1):
        sources = [s for s in range(d) if rng.random() < (0.85 if s == d - 1 else 0.35)]
        pairs += [(s, d) for s in sources or [d - 1]]
    rng.shuffle(pairs)
    blocks = []
    for s, d in pairs:
        shape = layers[s].units, layers[d].units
        cut = rng.random(shape) < 0.25 if rng.random() < 0.4 else None
        frozen = rng.random(shape) < 0.25 if rng.random() < 0.4 else None
        blocks.append(Block(int(s), int(d), cut, frozen))
    return Network(layers, blocks)


def sized_case(seed: int, sizes: tuple[int, ...], samples: int, dtype: str = "float64") -> Case:
    """A case of layers of those sizes for mse, with masks and a skip block; its numbers are the same in both dtypes."""
    rng = np.random.default_rng(seed)
    smooth = [name for name in ELEMENTWISE if name != "step"]
    names = [str(rng.choice(smooth)) for _ in sizes[2:]] + ["linear"]
    mixed = {0: "tanh"} if rng.random() < 0.3 else {}
    layers = [Layer(sizes[0])] + [Layer(n, name, overrides=mixed) for n, name in zip(sizes[1:], names, strict=True)]
    blocks = []
    for s, d in [(d - 1, d) for d in range(1, len(sizes))] + ([(0, len(sizes) - 1)] if len(sizes) > 2 else []):
        shape = sizes[s], sizes[d]
        blocks.append(Block(s, d, rng.random(shape) < 0.2, rng.random(shape) < 0.2))
    network = Network(layers, blocks)
    scale = 1.0 / np.sqrt(max(sizes))
    vector, x, t = (
        rng.normal(0.0, deviation, shape).astype(np.float32).astype(dtype)
        for deviation, shape in (
            (scale, network.parameter_count),
            (1.0, (samples, sizes[0])),
            (1.0, (samples, sizes[-1])),
        )
    )
    return Case(network, Parameters(network, vector), x, t, "mse", None)


def targets(rng: np.random.Generator, loss: str, n: int, outputs: int) -> Floats:
    """Targets that the loss allows."""
    if loss == "cross_entropy":
        t = rng.uniform(0.0, 1.0, (n, outputs)) * (rng.random((n, outputs)) < 0.7)
        t[t.sum(axis=1) == 0.0, 0] = 1.0
        return t / t.sum(axis=1, keepdims=True)
    return rng.uniform(0.0, 1.0, (n, outputs)) if loss == "binary_cross_entropy" else rng.normal(0.0, 1.0, (n, outputs))
