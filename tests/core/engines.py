"""Engines for the tests of the core, made without a trainer in between."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core
from bpgui.network.network import Network

Floats = NDArray[np.float64]

FOREVER = 2**62

SETTINGS: dict[str, Any] = {
    "loss": 0,
    "optimizer": 0,
    "optimizer_settings": (),
    "rate": 0.1,
    "schedule": 0,
    "schedule_settings": (),
    "warm_up": 0.0,
    "total_epochs": 100,
    "l1": 0.0,
    "l2": 0.0,
    "clip_value": inf,
    "clip_norm": inf,
    "dropout": 0.0,
    "batch": 1,
    "shuffle": False,
    "seed": 0,
    "error_below": -inf,
    "patience": 0,
    "min_delta": 0.0,
    "restore_best": False,
}


def matrix(values: ArrayLike, columns: int) -> Floats:
    """A C-contiguous float64 matrix with that many columns."""
    return np.ascontiguousarray(np.asarray(values, np.float64).reshape(-1, columns))


def make_engine(
    network: Network,
    x: ArrayLike,
    t: ArrayLike,
    validation: tuple[ArrayLike, ...] = ((), ()),
    slots: int = 0,
    weight: ArrayLike = (),
    before: Any = None,
    **settings: Any,
) -> Any:
    """An engine at update 0 with all parameters 0; validation: X and T, and weights unless all are 1."""
    i, o = network.inputs, network.outputs
    held_x, held_t, *held_weight = validation
    plan = network.plan()
    data = _core.float64.Data(plan, matrix(x, i), matrix(t, o), np.array(weight, np.float64))
    held = np.array(held_weight[0] if held_weight else (), np.float64)
    validation_data = _core.float64.Data(plan, matrix(held_x, i), matrix(held_t, o), held)
    return _core.float64.Engine(plan, data, validation_data, {**SETTINGS, **settings}, slots, before)


def set_vector(engine: Any, vector: ArrayLike, **counters: Any) -> None:
    """Give an engine other parameters where it stands."""
    now, _, slots, best = engine.state()
    engine.set_state({**now, **counters}, np.array(vector, best.dtype), slots, best)
