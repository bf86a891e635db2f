"""In one go, in pieces, restored or again: the same bits, with everything on that has a memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

import bpgui
from bpgui.training.optimizers import OPTIMIZERS
from bpgui.training.schedules import ReduceOnPlateau, WarmUp
from bpgui.training.trainer import Trainer


def made(dtype: str, optimizer: str) -> Trainer:
    rng = np.random.default_rng(4)
    x, t = rng.normal(size=(53, 3)), rng.normal(size=(53, 2))
    full = optimizer == "lbfgs"
    recipe = bpgui.Recipe(
        "mse",
        optimizer,
        0.02,
        "full" if full else 7,
        100,
        seed=9,
        schedule=WarmUp(2, ReduceOnPlateau(0.7, 1, 0.01)),
        l1=1e-4,
        l2=1e-3,
        dropout=0.0 if full else 0.3,
        clip_norm=2.0,
        stop=(bpgui.stop.patience(1000),),  # waits and never ends a run: the pieces would go on where the whole stops
    )
    net = bpgui.Network(
        [
            bpgui.Layer(3),
            bpgui.Layer(9, "tanh", overrides={2: "gelu"}),
            bpgui.Layer(5, "softmax"),
            bpgui.Layer(2, "linear"),
        ],
        [(0, 1), (1, 2), bpgui.Block(0, 3, cut=np.eye(3, 2, dtype=bool)), (2, 3)],
    )
    params = net.initialise(2, dtype=dtype)
    return Trainer(net, params, x, t, recipe, (x[:20], t[:20]), rng.uniform(0.0, 2.0, 53))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", [kind.name for kind in OPTIMIZERS])
@examples(20)
@given(pieces=st.lists(st.integers(1, 60), min_size=1, max_size=6))
def test_chunked_whole_restored_and_run_twice_are_equal_bit_for_bit(
    optimizer: str, dtype: str, pieces: list[int]
) -> None:
    whole, again, chunked = (made(dtype, optimizer) for _ in range(3))
    for trainer in (whole, again):
        trainer.run(updates=sum(pieces))
    for piece in pieces:
        chunked.run(updates=piece)
        restored = made(dtype, optimizer)
        restored.restore(chunked.state())
        chunked = restored
    assert whole.state().same(again.state())
    assert whole.state().same(chunked.state())
    assert whole.state().vector.dtype == dtype
    assert whole.errors.tolist() == again.errors.tolist()
