"""The doors of the core: whatever does not fit is refused by name, and nothing is read or written beyond its arrays."""

from __future__ import annotations

import copy
import pickle
import platform
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import bits

from bpgui import _core
from bpgui.network.network import Layer, Network
from core.engines import FOREVER, SETTINGS, make_engine, set_vector

Floats = NDArray[np.float64]

# 2-3-1 with biases: 6 + 3 weights, then 3 + 1 biases.
PLAN: dict[str, Any] = {
    "units": [2, 3, 1],
    "bias_at": [-1, 9, 12],
    "activation": [0, 2, 0],
    "of_unit": [0, 0, 2, 2, 2, 0],
    "blocks": [(0, 1, 0), (1, 2, 6)],
    "learns": np.ones(13, np.bool_),
    "weights": 9,
}


def net() -> Network:
    return Network.dense((2, 3, 1))


def arguments(n: int = 4) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "plan": net().plan(),
        "vector": rng.normal(size=13),
        "x": rng.normal(size=(n, 2)),
        "t": rng.normal(size=(n, 1)),
        "weight": np.empty(0),
        "loss": 0,
    }


def predict(**given: Any) -> object:
    return _core.float64.predict(given["plan"], given["vector"], given["x"])


def error_and_gradient(**given: Any) -> Any:
    return _core.float64.error_and_gradient(*given.values())


def engine(**given: Any) -> Any:
    settings = given.get("settings", SETTINGS)
    held = given.get("vx", np.empty((0, 2))), given.get("vt", np.empty((0, 1))), given.get("vweight", np.empty(0))
    data = _core.float64.Data(given["plan"], given["x"], given["t"], given["weight"])
    validation = _core.float64.Data(given["plan"], *held)
    return _core.float64.Engine(given["plan"], data, validation, settings, given.get("slots", 0))


def read_only(array: Floats) -> Floats:
    array = array.copy()
    array.flags.writeable = False
    return array


def test_the_plan_of_these_tests_is_the_one_that_a_network_makes() -> None:
    given = arguments()
    plan = _core.float64.Plan(**PLAN)
    assert bits(_core.float64.predict(plan, given["vector"], given["x"])) == bits(predict(**given))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"units": [2]}, "at least 2 layers"),
        ({"units": []}, "at least 2 layers"),
        ({"bias_at": [-1, 9]}, "described alike"),
        ({"activation": [0, 2]}, "described alike"),
        ({"of_unit": [0, 0, 2, 2, 2]}, "code for each unit"),
        ({"of_unit": [0] * 7}, "code for each unit"),
        ({"learns": np.ones(0, np.bool_)}, "parameters"),
        ({"learns": np.ones(12, np.bool_)}, "biases at 12"),
        ({"blocks": []}, "at least one block"),
        ({"blocks": np.empty((0, 3))}, "at least one block"),
        ({"blocks": [(0, 1), (1, 2)]}, "three numbers"),
        ({"blocks": [(0, 1, 0), (1, 2, 11)]}, "block at 11"),
        ({"blocks": [(0, 1, 8), (1, 2, 6)]}, "block at 8"),
        ({"blocks": [(0, 1, -1), (1, 2, 6)]}, "block at -1"),
        ({"blocks": [(0, 1, 2**62), (1, 2, 6)]}, "does not fit"),
        ({"blocks": [(1, 0, 0), (1, 2, 6)]}, "from layer 1 to layer 0"),
        ({"blocks": [(1, 1, 0), (1, 2, 6)]}, "from layer 1 to layer 1"),
        ({"blocks": [(0, 3, 0), (1, 2, 6)]}, "from layer 0 to layer 3"),
        ({"blocks": [(-1, 1, 0), (1, 2, 6)]}, "from layer -1"),
        ({"bias_at": [-1, 11, 12]}, "biases at 11"),
        ({"bias_at": [-1, 9, 13]}, "biases at 13"),
        ({"bias_at": [-1, 9, -2]}, "biases at -2"),
        ({"weights": 14}, "14 weights"),
        ({"weights": -1}, "-1 weights"),
        ({"units": [2, 4, 0]}, "at least one unit"),
        ({"units": [2, 6, -2]}, "at least one unit"),
        ({"activation": [0, 14, 0]}, "14 is no activation of a layer"),
        ({"activation": [0, -2, 0]}, "-2 is no activation of a layer"),
        ({"activation": [0, -1, 0], "of_unit": [0, 0, 2, 14, 2, 0]}, "14 is no activation of a unit"),
        ({"activation": [0, -1, 0], "of_unit": [0, 0, 2, -1, 2, 0]}, "-1 is no activation of a unit"),
        ({"activation": [0, -1, 0], "of_unit": [0, 0, 2, 13, 2, 0]}, "13 is no activation of a unit"),
    ],
    ids=str,
)
def test_a_plan_that_leads_out_of_the_vector_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        _core.float64.Plan(**{**PLAN, **change})


ARRAYS = [
    *((predict, name) for name in ("vector", "x")),
    *((error_and_gradient, name) for name in ("vector", "x", "t", "weight")),
    *((engine, name) for name in ("x", "t", "weight")),
]
WRONG_ARRAYS: list[tuple[str, Callable[[Floats], object]]] = [
    ("float32", lambda a: a.astype(np.float32)),
    ("integers", lambda a: np.ones(a.shape, np.int64)),
    ("complex", lambda a: a.astype(np.complex128)),
    ("text", lambda a: a.astype(str)),
    ("big-endian", lambda a: a.astype(">f8")),
    ("not contiguous", lambda a: np.repeat(a, 2, axis=-1)[..., ::2]),
    ("one dimension more", lambda a: a[..., None]),
    ("one dimension less", lambda a: a[0]),
    ("backwards", lambda a: a[::-1]),
    ("a list", lambda a: a.tolist()),
    ("a number", lambda a: 1.0),  # noqa: ARG005  (one signature for all)
]


@pytest.mark.parametrize(("call", "name"), ARRAYS)
@pytest.mark.parametrize("spoil", [spoil for _, spoil in WRONG_ARRAYS], ids=[what for what, _ in WRONG_ARRAYS])
def test_arrays_of_another_kind_are_refused(call: Any, name: str, spoil: Any) -> None:
    given = arguments()
    given["weight"] = np.ones(4)
    call(**given)
    given[name] = spoil(given[name])
    with pytest.raises((ValueError, TypeError)):
        call(**given)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("vector", np.zeros(12), r"\(12,\).*\(13,\)"),
        ("vector", np.zeros(14), r"\(14,\).*\(13,\)"),
        ("vector", np.zeros(0), r"\(0,\).*\(13,\)"),
        ("vector", None, r"\(0,\).*\(13,\)"),
        ("x", np.zeros((4, 3)), r"X has shape \(4, 3\).*\(4, 2\)"),
        ("x", np.zeros((4, 0)), r"X has shape \(4, 0\).*\(4, 2\)"),
        ("x", None, r"X has shape \(0, 0\)"),
        ("t", np.zeros((4, 2)), r"T has shape \(4, 2\).*\(4, 1\)"),
        ("t", np.zeros((3, 1)), r"T has shape \(3, 1\).*\(4, 1\)"),
        ("t", np.zeros((0, 1)), r"T has shape \(0, 1\).*\(4, 1\)"),
        ("t", None, r"T has shape \(0, 0\)"),
        ("weight", np.ones(3), r"sample_weight has shape \(3,\).*4 samples"),
        ("weight", np.ones(5), r"sample_weight has shape \(5,\).*4 samples"),
        ("loss", -1, "-1 is no loss"),
        ("loss", 6, "6 is no loss"),
    ],
)
def test_arrays_of_another_shape_are_refused_with_both_shapes(name: str, value: Any, words: str) -> None:
    calls = [call for call, used in ARRAYS if used == name] or [error_and_gradient]
    for call in calls:
        with pytest.raises(ValueError, match=words):
            call(**{**arguments(), name: value})


@pytest.mark.parametrize("call", [predict, error_and_gradient, engine])
def test_no_plan_is_refused(call: Any) -> None:
    for wrong in (None, net(), 3):
        with pytest.raises(TypeError):
            call(**{**arguments(), "plan": wrong})


@pytest.mark.parametrize("call", [predict, error_and_gradient, engine])
def test_arrays_that_are_only_read_may_be_read_only(call: Any) -> None:
    given = arguments()
    call(**{key: read_only(value) if isinstance(value, np.ndarray) else value for key, value in given.items()})


def test_what_is_only_read_is_not_written() -> None:
    given = arguments(300)
    given["weight"] = np.linspace(0.0, 1.0, 300)
    before = {key: bits(value) for key, value in given.items() if isinstance(value, np.ndarray)}
    for call in (predict, error_and_gradient):
        call(**given)
    made = engine(**given)
    made.set_state({}, given["vector"], np.zeros((0, 13)), given["vector"])
    assert made.run(1000, FOREVER, 10.0) == "done"
    assert {key: bits(value) for key, value in given.items() if isinstance(value, np.ndarray)} == before


def test_no_samples_give_no_outputs_and_train_nothing() -> None:
    given = arguments(0)
    assert _core.float64.predict(given["plan"], given["vector"], given["x"]).shape == (0, 1)
    error, gradient = _core.float64.error_and_gradient(*given.values())
    assert error == 0.0
    assert bits(gradient) == bits(np.zeros(13))
    with pytest.raises(ValueError, match="at least one sample"):
        engine(**given)


@pytest.mark.parametrize("samples", [1, 2, 255, 256, 257, 511, 512, 513, 1000])
def test_chunks_leave_no_sample_out(samples: int) -> None:
    given = arguments(samples)
    every = _core.float64.predict(given["plan"], given["vector"], given["x"])
    one = np.vstack([_core.float64.predict(given["plan"], given["vector"], row[None].copy()) for row in given["x"]])
    assert every == pytest.approx(one, rel=1e-12, abs=1e-12)
    error, gradient = _core.float64.error_and_gradient(*given.values())
    assert error == pytest.approx(0.5 * np.mean((every - given["t"]) ** 2), rel=1e-12)
    alone = [
        error_and_gradient(**{**given, "x": x[None].copy(), "t": t[None].copy()})[1]
        for x, t in zip(given["x"], given["t"], strict=True)
    ]
    assert gradient == pytest.approx(np.mean(alone, axis=0), rel=1e-11, abs=1e-12)
    assert _core.float64.error_and_gradient(*given.values(), False) == (error, None)


def test_a_workspace_of_another_network_is_refused() -> None:
    given = arguments(300)
    small = _core.float64.Workspace(Network.dense((1, 1)).plan(), 1)
    for call in (
        lambda: _core.float64.predict(given["plan"], given["vector"], given["x"], small),
        lambda: _core.float64.error_and_gradient(*given.values(), True, small),
    ):
        with pytest.raises(ValueError, match="another network"):
            call()
    with pytest.raises(TypeError):
        _core.float64.Workspace(None)


@pytest.mark.parametrize("samples", [-5, 0, 1, 7, 10**12])
@pytest.mark.parametrize("dropout", [False, True])
def test_any_workspace_of_the_network_gives_the_same_numbers_without_dropout(samples: int, dropout: bool) -> None:
    given = arguments(300)
    workspace = _core.float64.Workspace(given["plan"], samples, dropout)
    with_it = _core.float64.predict(given["plan"], given["vector"], given["x"], workspace)
    assert bits(with_it) == bits(predict(**given))
    error, gradient = _core.float64.error_and_gradient(*given.values(), True, workspace)
    assert error == pytest.approx(error_and_gradient(**given)[0], rel=1e-12)  # type: ignore[index]
    assert gradient == pytest.approx(error_and_gradient(**given)[1], rel=1e-12, abs=1e-14)  # type: ignore[index]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"batch": 0}, ValueError),
        ({"batch": -1}, ValueError),
        ({"loss": 6}, ValueError),
        ({"loss": -1}, ValueError),
        ({"optimizer": 10}, ValueError),
        ({"optimizer": -1}, ValueError),
        ({"optimizer_settings": (0.9,) * 9}, ValueError),
        ({"optimizer_settings": ("a",)}, TypeError),
        ({"rate": "a"}, TypeError),
        ({"seed": -1}, OverflowError),
        ({"seed": 2**64}, OverflowError),
        ({"batch": 2**63}, OverflowError),
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        engine(**arguments(), settings={**SETTINGS, **settings})


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        engine(**arguments(), settings={key: value for key, value in SETTINGS.items() if key != name})


def test_a_validation_set_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 3\).*\(3, 2\)"):
        engine(**arguments(), vx=np.zeros((3, 3)), vt=np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"\(2, 1\).*\(3, 1\)"):
        engine(**arguments(), vx=np.zeros((3, 2)), vt=np.zeros((2, 1)))
    with pytest.raises(ValueError, match="got -1"):
        engine(**arguments(), slots=-1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vector": np.zeros(12)}, r"\(12,\).*\(13,\)"),
        ({"best": np.zeros(14)}, r"\(14,\).*\(13,\)"),
        ({"slots": np.zeros((1, 13))}, r"\(1, 13\).*\(0, 13\)"),
        ({"slots": np.zeros((0, 12))}, r"\(0, 12\).*\(0, 13\)"),
        ({"vector": None}, r"\(0,\).*\(13,\)"),
        ({"position": 4}, "position 4"),
        ({"position": -1}, "position -1"),
        ({"update": -1}, "update is -1"),
        ({"epoch": -1}, "epoch is -1"),
        ({"step": -1}, "step is -1"),
        ({"waited": -1}, "waited is -1"),
    ],
    ids=str,
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change: dict[str, Any], words: str) -> None:
    made = engine(**arguments())
    made.run(7, FOREVER, 10.0)
    counters, vector, slots, best = made.state()
    given = {"vector": vector + 1.0, "slots": slots, "best": best, "update": 3, "epoch": 0, "position": 3, **change}
    arrays = [given.pop(name) for name in ("vector", "slots", "best")]
    with pytest.raises(ValueError, match=words):
        made.set_state({**counters, **given}, *arrays)
    now, vector_now, _, _ = made.state()
    assert now == counters
    assert bits(vector_now) == bits(vector)
    assert made.errors().size == 1


def test_state_snapshot_errors_and_history_are_copies() -> None:
    made = engine(**arguments())
    made.run(9, FOREVER, 10.0)
    for read in (
        lambda: made.state()[1], lambda: made.state()[3], made.snapshot, made.errors, lambda: made.history()[0],
    ):
        first = read()
        kept = bits(first)
        first += 1.0
        assert bits(read()) == kept


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64", "arm64", "aarch64"), reason="no such control word")
@pytest.mark.skipif(sys.platform == "win32" and platform.machine() == "ARM64", reason="no such control word")
def test_denormals_are_flushed_inside_and_only_there() -> None:
    tiny = np.array([5e-310])
    linear = Network([Layer(1), Layer(1, "linear", bias=False)], [(0, 1)])
    vector, x = np.array([1e-160]), np.array([[1e-155]])
    assert _core.float64.predict(linear.plan(), vector, x)[0, 0] == 0.0
    error, gradient = _core.float64.error_and_gradient(linear.plan(), vector, x, np.zeros((1, 1)), np.empty(0), 0)
    assert error == 0.0
    assert gradient is not None
    assert gradient[0] == 0.0
    made = make_engine(linear, [[1.0]], [[0.0]], rate=1.0 - 1e-12)
    set_vector(made, [1e-300])
    made.run(3, FOREVER, 10.0)
    assert made.state()[1][0] == 0.0
    assert (tiny * 0.5)[0] > 0.0


def test_nothing_half_made_or_made_twice_can_be_had() -> None:
    given = arguments()
    made = [given["plan"], _core.float64.Workspace(given["plan"]), engine(**given)]
    for kind in map(type, made):
        with pytest.raises(TypeError):
            kind.__new__(kind)
    for one in made:
        with pytest.raises(TypeError):
            copy.copy(one)
        with pytest.raises(TypeError):
            pickle.dumps(one)
    given["plan"].__init__(**{**PLAN, "units": [2, 300, 1]})
    assert bits(predict(**given)) == bits(predict(**arguments()))
