"""The doors of the core: whatever does not fit is refused by name, and nothing is read or written beyond its arrays."""

from __future__ import annotations

import copy
import pickle
import platform
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import bits, tries

from bpgui import _core
from bpgui.network.network import Layer, Network
from bpgui.training.optimizers import OPTIMIZERS, Adam
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
        lambda: made.state()[1],
        lambda: made.state()[3],
        made.snapshot,
        made.errors,
        lambda: made.history()[0],
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


# All entry points of both halves, by what they take.

ENTRIES = {
    "Plan": "units bias_at activation of_unit blocks learns weights gemm",
    "Plan.by_blas": "samples",
    "Workspace": "plan samples",
    "Data": "plan x t weight",
    "Engine": "plan data validation settings slot_count before",
    "Engine.run": "last_update last_epoch seconds",
    "Engine.state": "",
    "Engine.set_state": "counters vector slots best",
    "Engine.watch": "",
    "Engine.interrupt": "",
    "Engine.request": "",
    "Engine.counters": "",
    "Engine.snapshot": "",
    "Engine.last_change": "",
    "Engine.errors": "validated start",
    "Engine.history": "validated",
    "Histories": "",
    "predict": "plan vector x workspace flag",
    "activations": "plan vector x workspace flag",
    "error_and_gradient": "plan vector x t weight loss wanted workspace flag",
    "errors": "plan vectors x t weight loss workspace flag",
    "sample_pass": "plan vector row target loss workspace",
    "activation": "code z",
    "exp": "z",
    "tanh": "z",
    "draws": "seed stream c1 c2 count",
    "uniforms": "seed stream c1 c2 count",
    "normals": "seed stream c1 c2 count",
    "permutation": "seed stream c1 count",
    "paint_strokes": "pixels pieces widths colours",
    "build": "",
    "has_avx512": "",
    "supports_v3": "",
}
READ = ("vector", "vectors", "x", "t", "weight", "row", "target", "z", "slots", "best")
WHOLE = (
    "samples",
    "loss",
    "code",
    "slot_count",
    "weights",
    "start",
    "last_update",
    "last_epoch",
    "seed",
    "stream",
    "c1",
    "c2",
    "count",
)
ADAM = OPTIMIZERS.index(Adam)
PICTURE = ("pixels", "pieces", "widths", "colours")
SEQUENCES = ("units", "bias_at", "activation", "of_unit", "blocks", "learns")
EITHER = ("wanted", "validated")  # true or false, as anything is
EXTREMES = ("nan", "inf", "-inf", "largest", "-largest", "smallest")


def everything(dtype: str, n: int = 4) -> dict[str, Any]:
    """Arguments that fit, for every entry point of a half: of a 2-3-1 network, and an engine with two slots."""
    core, rng, plan = _core.of(dtype), np.random.default_rng(0), _core.of(dtype).Plan(**PLAN)
    shapes: dict[str, Any] = {
        "vector": 13,
        "vectors": (3, 13),
        "x": (n, 2),
        "t": (n, 1),
        "row": 2,
        "target": 1,
        "z": 9,
        "slots": (2, 13),
        "best": 13,
    }
    arrays = {name: rng.random(shape).astype(dtype) for name, shape in shapes.items()}
    data = core.Data(plan, arrays["x"], arrays["t"], np.empty(0))
    return {
        **PLAN,
        **arrays,
        **dict.fromkeys(WHOLE, 2),
        "weights": 9,
        "gemm": None,
        "plan": plan,
        "weight": rng.random(n),
        "pixels": np.zeros((4, 5), np.uint32),
        "pieces": rng.random((3, 4, 2)),
        "widths": rng.random(3),
        "colours": np.zeros(3, np.uint32),
        "data": data,
        "validation": data,
        "settings": {**SETTINGS, "optimizer": ADAM, "optimizer_settings": Adam().settings},
        "slot_count": 2,
        "before": None,
        "workspace": None,
        "flag": np.zeros(1, np.int32),
        "wanted": True,
        "validated": False,
        "counters": {},
        "seconds": 1.0,
    }


def extreme(name: str, dtype: str) -> Any:
    """A number of EXTREMES in that dtype."""
    limits = np.finfo(dtype)
    named = {"largest": limits.max, "-largest": -limits.max, "smallest": limits.smallest_subnormal}
    return named[name] if name in named else np.dtype(dtype).type(name)


def enter(core: Any, entry: str, given: dict[str, Any]) -> Any:
    """What the entry point answers, or the engine or plan made of it; engines are new ones."""
    owner, _, name = entry.rpartition(".")
    if owner:
        core = given["plan"] if owner == "Plan" else enter(core, owner, given)
    return getattr(core, name)(*(given[each] for each in ENTRIES[entry].split()))


def flat(answer: Any) -> list[bytes]:
    """The bits of an answer, however it is nested."""
    if isinstance(answer, dict):
        answer = tuple(answer.values())
    return [each for part in answer for each in flat(part)] if isinstance(answer, tuple) else [bits(answer)]


def is_refused(core: Any, entry: str, given: dict[str, Any]) -> bool:
    """Whether an exception says in words what is wrong; False where there is an answer."""
    try:
        enter(core, entry, given)
    except (TypeError, ValueError, OverflowError, MemoryError, BufferError) as error:
        return bool(str(error))
    return False


def wrong_arrays(array: Any) -> Iterator[Any]:
    kinds = {"float64": "float32", "float32": "float64", "int32": "int64", "uint32": "int32"}
    for kind in (kinds[array.dtype.name], "f2", "g", "i8", "u4", "c16", "?", "S8", "U8", "O", "V8", "M8[s]"):
        if np.dtype(kind) != array.dtype:
            yield np.zeros(array.shape, kind)
    yield from (array.astype(array.dtype.newbyteorder()), array.tolist(), array.tobytes(), 1.0, "a", object())
    yield from (array[None], array[..., None], array[0], array.ravel()[0], np.concatenate([array, array], axis=-1))
    yield from (array[::-1], np.repeat(array, 2, axis=-1)[..., ::2], np.repeat(array, 2, axis=0)[::2], array[:0].T)
    yield from (np.asfortranarray(array), np.lib.stride_tricks.as_strided(array, strides=(0,) * array.ndim))
    yield np.broadcast_to(array[:1], (2**40, *array.shape[1:]))


def is_right(name: str, array: Any, good: Any) -> bool:
    """Whether an array fits all the same: where no length is asked for, or one number lies as it did before."""
    if not (isinstance(array, np.ndarray) and array.dtype == good.dtype and array.flags.c_contiguous):
        return False
    if name in ("z", "pixels"):
        return bool(array.ndim == good.ndim)
    free = name == "weight" and array.size == 0
    return free or array.shape == good.shape


def wrong_values(name: str, good: Any, other: dict[str, Any]) -> list[Any]:
    """What does not fit in the place of an argument; other: the arguments for the other half."""
    if name in (*READ, *PICTURE, "flag"):
        return [wrong for wrong in wrong_arrays(good) if not is_right(name, wrong, good)]
    if name in WHOLE:
        return ["1", b"1", None, [], [1], 1j, np.zeros(2), object(), np.nan, np.inf, 2**64, -(2**64), 10**400]
    if name == "seconds":
        return ["1", b"1", None, [], [1.0], 1j, np.zeros(2), object(), 10**400]
    if name in SEQUENCES:
        return [None, 3, 1.5, object(), (), {}, "", "a", [None], [object()], iter(())]
    if name == "gemm":
        return [3, 1.5, "a", (), (1,), (1, 2), (None, None), (object(), 1), (1, 2, 3), object()]
    unlike = [3, 1.5, "a", [], (), {}, object(), np.zeros(3), net(), other["plan"], other["data"], type(good)]
    if name in ("settings", "counters"):
        return [wrong for wrong in unlike if not isinstance(wrong, dict)]
    return unlike if name in ("workspace", "before") else [*unlike, None]


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_every_entry_point_is_among_these_and_answers(dtype: str) -> None:
    core, given = _core.of(dtype), everything(dtype)
    found = {name: value for name, value in vars(core).items() if callable(value) and not name.startswith("_")}
    for kind in [value for value in found.values() if isinstance(value, type)]:
        methods = {name: value for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}
        found |= {f"{kind.__name__}.{name}": value for name, value in methods.items()}
    assert found.keys() == ENTRIES.keys()
    for entry in ENTRIES:
        enter(core, entry, given)


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize(
    ("entry", "name"),
    [(entry, name) for entry, names in ENTRIES.items() for name in names.split() if name not in EITHER],
)
def test_an_argument_of_another_kind_is_refused_in_words(entry: str, name: str, dtype: str) -> None:
    core, given = _core.of(dtype), everything(dtype)
    other = everything(next(each for each in _core.DTYPES if each != dtype))
    wrong = wrong_values(name, given[name], other)
    assert wrong
    assert [each for each in wrong if not is_refused(core, entry, {**given, name: each})] == []


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("entry", [entry for entry, names in ENTRIES.items() if {*READ} & {*names.split()}])
@pytest.mark.parametrize("n", [1, 4])
def test_arrays_that_are_only_read_may_lie_anywhere(entry: str, dtype: str, n: int) -> None:
    def answer(given: dict[str, Any]) -> list[bytes]:
        if entry == "Data":
            made = enter(core, "Engine", {**given, "data": enter(core, "Data", given)})
            made.run(5, FOREVER, 9.0)
        elif entry == "Engine.set_state":
            made = enter(core, "Engine", given)
            made.set_state(*(given[name] for name in ENTRIES[entry].split()))
        else:
            return flat(enter(core, entry, given))
        return flat(made.state())

    core, given = _core.of(dtype), everything(dtype, n)
    memory = np.random.default_rng(1).random(100).astype(dtype)
    for name in READ:  # all of them overlap
        size, shape = given[name].size, given[name].shape
        given[name] = memory.view(given[name].dtype)[3 : 3 + size].reshape(shape)
    before, plain = memory.copy(), {**given, **{name: given[name].copy() for name in READ}}
    for name in READ:
        given[name].flags.writeable = False
    spread = {name: np.repeat(given[name], 3, axis=0)[::3] for name in READ if len(given[name]) == 1}
    viewed = {name: memoryview(given[name]) for name in READ}
    of_a_subclass = {name: given[name].view(np.recarray) for name in READ}
    wanted = answer(plain)
    for lying in ({}, spread, viewed, of_a_subclass):
        assert answer({**given, **lying}) == wanted
    assert bits(memory) == bits(before)


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_an_interrupt_is_written_by_others_and_may_not_be_read_only(dtype: str) -> None:
    core, given = _core.of(dtype), everything(dtype)
    for entry in ("predict", "activations", "error_and_gradient", "errors"):
        given["flag"].flags.writeable = False
        assert is_refused(core, entry, given)
        for value in (1, -1, 2**31 - 1):
            answer = enter(core, entry, {**given, "flag": np.array([value], np.int32)})
            assert answer is None or entry == "error_and_gradient"


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_what_is_empty_gives_what_is_empty(dtype: str) -> None:
    core, given = _core.of(dtype), everything(dtype, 0)
    given |= {"z": np.zeros(0, dtype), "vectors": np.zeros((0, 13), dtype), "count": 0}
    answers = {"predict": (0, 1), "activations": (6, 0), "errors": (0,), "exp": (0,), "tanh": (0,)}
    answers |= dict.fromkeys(("draws", "uniforms", "normals", "permutation"), (0,))
    assert {entry: enter(core, entry, given).shape for entry in answers} == answers
    assert [part.shape for part in enter(core, "activation", given)] == [(0,), (0,)]
    assert enter(core, "errors", {**given, "vectors": np.ones((3, 13), dtype)}).tolist() == [0.0] * 3
    assert is_refused(core, "Engine", given)
    assert is_refused(core, "Engine.run", given)
    full = everything(dtype)
    full["validation"] = core.Data(full["plan"], given["x"], given["t"], given["weight"])
    assert enter(core, "Engine.run", full) == "done"


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("number", EXTREMES)
def test_a_number_that_is_none_or_huge_spoils_no_other_answer(number: str, dtype: str) -> None:
    core, good, value = _core.of(dtype), everything(dtype, 5), extreme(number, dtype)
    calls = [("predict", "x", 0), ("activations", "x", 1), ("errors", "vectors", 0), ("exp", "z", 0), ("tanh", "z", 0)]
    for entry, name, axis in [*calls, *(("activation", "z", 1) for _ in range(13))]:
        good["code"] = (good["code"] + 1) % 13
        bad = {**good, name: good[name].copy()}
        bad[name][1] = value
        answers = [np.delete(np.array(enter(core, entry, given)), 1, axis) for given in (bad, good)]
        assert bits(answers[0]) == bits(answers[1])
    with np.errstate(over="ignore"):
        assert enter(core, "exp", bad)[1] == pytest.approx(np.exp(np.float64(value)), nan_ok=True)
    assert enter(core, "tanh", bad)[1] == pytest.approx(np.tanh(np.float64(value)), nan_ok=True)


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("loss", range(6))
def test_a_sample_of_weight_0_may_be_no_number_or_huge(loss: int, dtype: str) -> None:
    core, given = _core.of(dtype), {**everything(dtype), "loss": loss}
    given["weight"][1] = 0.0
    for number in EXTREMES:
        bad = {name: given[name].copy() for name in ("x", "t")}
        for array in bad.values():
            array[1] = extreme(number, dtype)
        for entry in ("error_and_gradient", "errors"):
            assert flat(enter(core, entry, {**given, **bad})) == flat(enter(core, entry, given))


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("name", ["x", "t", "weight"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_no_number_ends_training_before_it(value: float, name: str, dtype: str) -> None:
    core, given = _core.of(dtype), everything(dtype)
    given[name][1] = value
    if name == "weight" and not value > 0.0:
        with pytest.raises(ValueError, match="from 0 on"):
            enter(core, "Data", given)
        return
    for optimizer, kind in enumerate(OPTIMIZERS):
        settings = {**SETTINGS, "optimizer": optimizer, "optimizer_settings": kind().settings}
        ended = []
        for last in (20, 1):
            data = enter(core, "Data", given)
            made = core.Engine(given["plan"], data, data, settings, kind.slots)
            made.set_state({}, given["vector"], np.zeros((kind.slots, 13), dtype), given["vector"])
            ended.append((made.run(last, FOREVER, 9.0), flat(made.state())))
        assert np.isfinite(np.frombuffer(b"".join(ended[0][1][-3:]))).all()
        if np.isnan(value) or name != "x":  # what tanh makes finite again may lead on
            assert ended[0] == ("diverged", ended[1][1])


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("name", [name for name, value in SETTINGS.items() if isinstance(value, (float, tuple))])
def test_no_setting_leads_out_of_the_finite_numbers(name: str, dtype: str) -> None:
    core, given, rng = _core.of(dtype), everything(dtype), np.random.default_rng(0)
    most = {"optimizer_settings": 8, "schedule_settings": 3}.get(name)
    largest = np.finfo(np.float64).max
    values = [np.nan, np.inf, -np.inf, largest, -largest, 5e-324, 0.0, -1.0, 1.0, 2**63, True]
    for optimizer, kind in enumerate(OPTIMIZERS):
        for _ in tries(60):
            value = values[int(rng.integers(len(values)))]
            changed = {name: (value,) * most if most else value, "schedule": int(rng.integers(5)), "batch": 2}
            settings = {**SETTINGS, "optimizer": optimizer, "patience": 2, **changed}
            made = core.Engine(given["plan"], given["data"], given["data"], settings, kind.slots)
            made.set_state({}, given["vector"], np.zeros((kind.slots, 13), dtype), given["vector"])
            assert made.run(9, FOREVER, 9.0) in _core.ENDINGS
            assert np.isfinite(made.state()[1]).all()
            assert np.isfinite(made.snapshot()).all()


@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_whole_numbers_at_the_ends_of_their_range_are_answered(dtype: str) -> None:
    core, given = _core.of(dtype), everything(dtype)
    least, most = -(2**63), 2**63 - 1
    assert enter(core, "Plan.by_blas", {**given, "samples": most}) == [False, False]
    for start in (4, 2**40, most):
        assert enter(core, "Engine.errors", {**given, "start": start}).shape == (0,)
    for start in (-1, least):
        assert is_refused(core, "Engine.errors", {**given, "start": start})
    for limits in ((least, most), (most, least), (-1, -1), (0, 0), (0, most)):
        made = enter(core, "Engine", given)
        assert made.run(*limits, np.inf) == "done"
        assert made.update == 0
    for seconds in (0.0, -1.0, -np.inf, -1e300, 5e-324):
        assert enter(core, "Engine", given).run(most, most, seconds) == "time"
    for entry, name in (("errors", "loss"), ("activation", "code"), ("Engine", "slot_count"), ("Plan", "weights")):
        for value in (-1, least, -(2**31), 2**31, 2**40, most):
            assert is_refused(core, entry, {**given, name: value})
    for name in ("seed", "stream", "c1", "c2"):
        assert enter(core, "draws", {**given, name: 2**64 - 1}).shape == (2,)
        assert is_refused(core, "draws", {**given, name: -1})
    for entry in ("draws", "uniforms", "normals", "permutation"):
        assert all(is_refused(core, entry, {**given, "count": count}) for count in (-1, least, 2**62, most))


@pytest.mark.skipif(_core.build() == "sanitized", reason="its allocator ends the process instead")
@pytest.mark.parametrize("dtype", _core.DTYPES)
def test_what_fits_into_no_memory_is_refused(dtype: str) -> None:
    core, given, many = _core.of(dtype), everything(dtype), 2**40
    wide = {
        "units": [many, 1],
        "bias_at": [-1, -1],
        "activation": [0, 0],
        "of_unit": np.broadcast_to(0, many + 1),
        "blocks": [(0, 1, 0)],
        "learns": np.broadcast_to(True, many),
    }
    assert is_refused(core, "Plan", {**given, **wide})
    assert is_refused(core, "Plan", {**given, "learns": wide["learns"]})
    nothing = np.zeros((many, 0), dtype)
    for entry, name in (("predict", "x"), ("activations", "x"), ("errors", "vectors"), ("Data", "x"), ("Data", "t")):
        assert is_refused(core, entry, {**given, name: nothing})
    for entry in ("draws", "uniforms", "normals", "permutation"):
        assert is_refused(core, entry, {**given, "count": many})


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("entry", [entry for entry, names in ENTRIES.items() if names and entry != "Plan"])
def test_several_arguments_at_once_of_any_kind_are_answered_or_refused_in_words(entry: str, dtype: str) -> None:
    core, given, rng = _core.of(dtype), everything(dtype), np.random.default_rng(0)
    other = everything(next(each for each in _core.DTYPES if each != dtype))
    names = [name for name in ENTRIES[entry].split() if name not in EITHER]
    kinds = {name: [given[name], *wrong_values(name, given[name], other)] for name in names}
    for _ in tries(400):
        chosen = {name: values[int(rng.integers(len(values)))] for name, values in kinds.items()}
        right = all(value is given[name] for name, value in chosen.items())
        assert is_refused(core, entry, {**given, **chosen}) != right
