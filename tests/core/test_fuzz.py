"""Anything at all at every door of the core, in both types of numbers: an answer or a clear refusal, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import tries

from bpgui import _core
from bpgui.network.network import Network
from bpgui.training.optimizers import OPTIMIZERS
from core.engines import FOREVER, SETTINGS

REFUSALS = (TypeError, ValueError, OverflowError, MemoryError, KeyError)
NET = Network.dense((3, 5, 2), "tanh", "linear")
MANY = [2**31 - 1, 2**40, 2**62, 2**63 - 1, 2**64, -1, -(2**63)]


def given(dtype: str, rng: np.random.Generator) -> dict[str, Any]:
    """Arguments that fit; every door takes those that it has names for."""
    n = int(rng.integers(0, 5))
    return {
        "plan": NET.plan(dtype),
        "vector": rng.normal(size=NET.parameter_count).astype(dtype),
        "vectors": rng.normal(size=(3, NET.parameter_count)).astype(dtype),
        "x": rng.normal(size=(n, 3)).astype(dtype),
        "t": rng.normal(size=(n, 2)).astype(dtype),
        "row": rng.normal(size=3).astype(dtype),
        "target": rng.normal(size=2).astype(dtype),
        "weight": rng.random(n) if rng.random() < 0.5 else np.empty(0),
        "loss": int(rng.integers(0, 4)),
        "slots": 0,
        "samples": 256,
        "last": 20,
        "settings": dict(SETTINGS),
        "counters": {},
        "slot": np.zeros((0, NET.parameter_count), dtype),
        "flag": np.zeros(1, np.int32),
    }


def make_engine(core: Any, a: dict[str, Any]) -> Any:
    data = core.Data(a["plan"], a["x"], a["t"], a["weight"])
    engine = core.Engine(a["plan"], data, data, a["settings"], a["slots"])
    engine.set_state(a["counters"], a["vector"], a["slot"], a["vector"])
    return engine.run(a["last"], FOREVER, 1.0), engine.state(), engine.snapshot(), engine.errors(), engine.history()


DOORS: dict[str, Callable[[Any, dict[str, Any]], object]] = {
    "predict": lambda core, a: core.predict(a["plan"], a["vector"], a["x"], None, a["flag"]),
    "activations": lambda core, a: core.activations(a["plan"], a["vector"], a["x"], None, a["flag"]),
    "error_and_gradient": lambda core, a: core.error_and_gradient(
        a["plan"], a["vector"], a["x"], a["t"], a["weight"], a["loss"], True, None, a["flag"]
    ),
    "errors": lambda core, a: core.errors(
        a["plan"], a["vectors"], a["x"], a["t"], a["weight"], a["loss"], None, a["flag"]
    ),
    "sample_pass": lambda core, a: core.sample_pass(a["plan"], a["vector"], a["row"], a["target"], a["loss"]),
    "workspace": lambda core, a: core.Workspace(a["plan"], a["samples"], True),
    "engine": make_engine,
    "activation": lambda core, a: core.activation(a["loss"], a["vector"]),
    "exp": lambda core, a: core.exp(a["vector"]),
    "tanh": lambda core, a: core.tanh(a["vector"]),
}


def spoilt(value: Any, dtype: str, rng: np.random.Generator) -> Any:
    """The value, or something else in its place, that a caller might hand over by mistake."""
    if isinstance(value, np.ndarray):
        return spoilt_array(value, dtype, rng)
    if isinstance(value, dict):
        name = str(rng.choice([*value, "update", "position", "epoch"]))
        return {**value, name: [*MANY, np.nan, -np.inf, "a", None, ()][int(rng.integers(12))]}
    return [*MANY, 1.5, np.nan, "a", None, np.zeros(3), []][int(rng.integers(13))]


def spoilt_array(array: NDArray[Any], dtype: str, rng: np.random.Generator) -> Any:
    wrong: list[Callable[[], Any]] = [
        lambda: array.astype("float32" if dtype == "float64" else "float64"),
        lambda: array.astype(np.int64),
        lambda: array.astype(object),
        lambda: array.astype(array.dtype.newbyteorder()),
        lambda: array[..., ::-1],
        lambda: np.repeat(array, 2, axis=-1)[..., ::2],
        lambda: array[None],
        lambda: array.ravel()[:-1] if array.size else array[None],
        lambda: np.concatenate([array, array]),
        lambda: np.broadcast_to(array.ravel()[:1], (2**40, *array.shape[1:])) if array.size else None,
        lambda: np.full_like(array, rng.choice([np.nan, np.inf, -np.inf])) if array.dtype.kind == "f" else array,
        lambda: array * np.finfo(dtype).max if array.dtype.kind == "f" else array,
        lambda: np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape),  # read-only
        lambda: array.tolist(),
        lambda: None,
    ]
    with np.errstate(all="ignore"):
        return wrong[int(rng.integers(len(wrong)))]()


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("door", DOORS)
def test_whatever_comes_through_a_door_is_answered_or_refused_in_words(door: str, dtype: str) -> None:
    core, rng = _core.of(dtype), np.random.default_rng(0)
    answered, refusals = 0, []
    for _ in tries(2000):
        arguments = given(dtype, rng)
        for name in rng.choice(list(arguments), int(rng.integers(1, 4)), replace=False):
            arguments[name] = spoilt(arguments[name], dtype, rng)
        try:
            DOORS[door](core, arguments)
            answered += 1
        except REFUSALS as error:
            refusals.append(str(error))
    assert answered > 0
    assert refusals
    assert all(refusals)


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_arguments_may_lie_in_the_same_memory(dtype: str) -> None:
    core, rng = _core.of(dtype), np.random.default_rng(0)
    net = Network.dense((3, 3), "linear", "linear")
    memory = rng.normal(size=64).astype(dtype)
    plan, vector, x, t = net.plan(dtype), memory[2:14], memory[:12].reshape(4, 3), memory[6:18].reshape(4, 3)
    apart = core.error_and_gradient(plan, vector.copy(), x.copy(), t.copy(), np.empty(0), 0)
    together = core.error_and_gradient(plan, vector, x, t, np.empty(0), 0)
    assert together[0] == apart[0]
    assert together[1].tobytes() == apart[1].tobytes()


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("units", MANY)
def test_more_units_than_memory_are_refused(units: int, dtype: str) -> None:
    core = _core.of(dtype)
    for sizes in ([units, 1], [1, units], [units, units]):
        with pytest.raises(REFUSALS, match=r"."):
            core.Plan(sizes, [-1, -1], [0, 0], [0] * 2, [(0, 1, 0)], np.ones(1, np.bool_), 1)
    x, t = np.zeros((1, 3), dtype), np.zeros((1, 2), dtype)
    data = core.Data(NET.plan(dtype), x, t, np.empty(0))
    with pytest.raises(REFUSALS, match=r"."):
        core.Engine(NET.plan(dtype), data, data, SETTINGS, units)


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_what_would_lead_out_of_an_array_is_refused(dtype: str) -> None:
    core = _core.of(dtype)
    a = given(dtype, np.random.default_rng(3))
    plan, x, t, none = a["plan"], np.zeros((2, 3), dtype), np.zeros((2, 2), dtype), np.empty(0)
    data = core.Data(plan, x, t, none)
    for code, kind in enumerate(OPTIMIZERS):
        settings = {**SETTINGS, "optimizer": code, "optimizer_settings": kind().settings}
        core.Engine(plan, data, data, settings, kind.slots)
        for slots in {0, 1, 2, 21, 23} - {kind.slots}:
            with pytest.raises(ValueError, match=f"keeps {kind.slots} numbers a parameter, got {slots}"):
                core.Engine(plan, data, data, settings, slots)
    other = Network.dense((1, 1)).plan(dtype)
    with pytest.raises(ValueError, match="another network"):
        core.Engine(other, data, data, SETTINGS, 0)
    engine = core.Engine(plan, data, data, SETTINGS, 0)
    before = engine.state()
    vector, slot = np.zeros(NET.parameter_count, dtype), a["slot"]
    for counters in ({"pairs": 2**63 - 1}, {"step": 2**63 - 1}, {"update": 5, "epoch": 2**64}, {"error_sum": "a"}):
        with pytest.raises(REFUSALS):
            engine.set_state(counters, vector, slot, vector)
    with pytest.raises(ValueError, match="the vector holds a number that is not finite"):
        engine.set_state({}, np.full_like(vector, np.nan), slot, vector)
    assert engine.state()[0] == before[0]
    with pytest.raises(ValueError, match="not a number"):
        engine.run(FOREVER, FOREVER, np.nan)


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_a_plan_takes_no_block_twice_and_no_routine_for_other_numbers(dtype: str) -> None:
    core = _core.of(dtype)
    shape = ([2, 3], [-1, -1], [0, 0], [0] * 5)
    with pytest.raises(ValueError, match="from layer 0 to layer 1 twice"):
        core.Plan(*shape, [(0, 1, 0), (0, 1, 6)], np.ones(12, np.bool_), 12)
    routines = __import__("scipy.linalg.cython_blas", fromlist=["x"]).__pyx_capi__
    for name in ("dgemm", "sgemm", "zgemm", "ddot"):
        if name != {"float64": "dgemm", "float32": "sgemm"}[dtype]:
            with pytest.raises(ValueError, match=f"wanted C integers and {dtype}"):
                core.Plan(*shape, [(0, 1, 0)], np.ones(6, np.bool_), 6, (routines[name], 0))
