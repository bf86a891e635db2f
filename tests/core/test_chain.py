"""Small chains of layers have a path of their own: the same bits as on the general one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bpgui
from bpgui import _core
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES
from bpgui.network.network import Block
from core.engines import FOREVER, SETTINGS, Floats

CORNER = {"float64": 4, "float32": 8}
"""Units that fit into a register."""


def train(case: int, dtype: str, *, general: bool) -> tuple[dict[str, Any], Floats, Floats]:
    """Counters, parameters and errors after a few epochs of random everything, on either path."""
    rng = np.random.default_rng(case)
    losses = [loss for loss in LOSSES if loss.name != "cross_entropy"]
    loss = losses[case % len(losses)]
    names = [entry.name for entry in ACTIVATIONS if entry.name != "softmax"]
    sizes = [int(rng.integers(1, 12)), *rng.integers(1, CORNER[dtype] + 1, int(rng.integers(1, 4))).tolist()]
    drawn = [names[int(rng.integers(len(names)))] for _ in sizes]
    drawn[-1] = loss.output or drawn[-1]
    biases = (rng.random(len(sizes)) < 0.7).tolist()
    layers = [bpgui.Layer(sizes[0])]
    layers += [bpgui.Layer(n, name, bias=bias) for n, name, bias in zip(sizes, drawn, biases, strict=True)][1:]
    blocks = []
    for source, target in zip(range(len(sizes)), range(1, len(sizes)), strict=False):
        shape = sizes[source], sizes[target]
        blocks.append(Block(source, target, rng.random(shape) < 0.2 if case % 3 == 0 else None))
    net = bpgui.Network(layers, blocks)
    params = net.initialise(seed=case, dtype=dtype)
    x = rng.normal(size=(5, sizes[0])).astype(dtype)
    t = rng.integers(0, 2, (5, sizes[-1])).astype(dtype)
    core, plan = _core.of(dtype), net.plan(dtype)
    settings = {**SETTINGS, "loss": LOSSES.index(loss), "shuffle": case % 2 == 0, "rate": 0.05}
    # Weights of 1 change no number, but keep the engine off the path for samples that have none.
    weight = np.ones(5) if general else np.empty(0)
    data = core.Data(plan, x, t, weight)
    engine = core.Engine(plan, data, core.Data(plan, x[:2], t[:2], np.empty(0)), settings, 0)
    counters, _, slots, best = engine.state()
    engine.set_state(counters, params.vector, slots, best)
    engine.run(23, FOREVER, 30.0)
    counters, vector, _, _ = engine.state()
    return counters, vector, np.concatenate([engine.errors(), engine.errors(True)])


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_a_small_chain_gives_the_bits_of_the_general_path(dtype: str) -> None:
    for case in range(120):
        chain, general = (train(case, dtype, general=general) for general in (False, True))
        assert chain[0] == general[0]
        assert chain[1].tobytes() == general[1].tobytes()
        assert chain[2].tobytes() == general[2].tobytes()


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_a_small_chain_that_diverges_stays_before_the_bad_update(dtype: str) -> None:
    net = bpgui.Network.dense((2, 3, 1), "linear", "linear")
    core, plan = _core.of(dtype), net.plan(dtype)
    x, t = np.array([[1.0, 2.0]], dtype), np.array([[1.0]], dtype)
    data, nothing = core.Data(plan, x, t, np.empty(0)), core.Data(plan, x[:0], t[:0], np.empty(0))
    engine = core.Engine(plan, data, nothing, {**SETTINGS, "rate": 1e3}, 0)
    counters, _, slots, best = engine.state()
    engine.set_state(counters, net.initialise(dtype=dtype).vector, slots, best)
    assert engine.run(FOREVER, FOREVER, 30.0) == "diverged"
    assert np.isfinite(engine.state()[1]).all()
    assert np.isfinite(engine.errors()).all()
    assert engine.update == engine.errors().size > 0
