"""What the library cannot take is refused with what was met, where, and what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bpgui
from bpgui import Network, Recipe
from bpgui.training.evaluation import accuracy
from bpgui.training.optimizers import Momentum

NET = Network.dense((2, 3, 1))
PARAMS = NET.initialise(1)
X = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
T = np.array([[0.1], [0.2], [0.3]])
NAN, INF = float("nan"), float("inf")


def spoilt(array: Any, place: tuple[int, int], value: float) -> Any:
    array = array.copy()
    array[place] = value
    return array


def trainer(net: Network = NET, x: Any = X, t: Any = T, recipe: Recipe | None = None, **more: Any) -> Any:
    return bpgui.Trainer(net, net.initialise(1), x, t, recipe or Recipe(), **more)


def softmax(t: Any, loss: str = "cross_entropy") -> Any:
    return trainer(Network.dense((2, 3), output="softmax"), X, t, Recipe(loss))


def all_of(name: str, words: str, *values: Any) -> list[tuple[dict[str, Any], str]]:
    return [({name: value}, f"{name} {words}") for value in values]


DATA: list[tuple[str, Callable[[], Any], str]] = [
    ("X columns", lambda: trainer(x=np.ones((3, 3))), r"X has shape \(3, 3\), the network needs \(samples, 2\)"),
    ("X a row", lambda: trainer(x=[0.1, 0.2]), r"X has shape \(2,\), the network needs \(samples, 2\)"),
    ("X a number", lambda: trainer(x=1.0), r"X has shape \(\), the network needs \(samples, 2\)"),
    ("X a cube", lambda: trainer(x=np.ones((3, 2, 1))), r"X has shape \(3, 2, 1\), the network needs \(samples, 2\)"),
    ("X ragged", lambda: trainer(x=[[1.0, 2.0], [1.0]]), "inhomogeneous"),
    ("X text", lambda: trainer(x=[["a", "b"]] * 3), "X holds <U1, wanted numbers"),
    ("X objects", lambda: trainer(x=[[None, 1.0]] * 3), "X holds object, wanted numbers"),
    ("X complex", lambda: trainer(x=X + 1j), "X holds complex128, wanted numbers"),
    ("X NaN", lambda: trainer(x=spoilt(X, (1, 0), NAN)), r"X\[1, 0\] is nan, wanted a finite number"),
    ("X infinite", lambda: trainer(x=spoilt(X, (2, 1), -INF)), r"X\[2, 1\] is -inf, wanted a finite number"),
    ("X empty", lambda: trainer(x=np.empty((0, 2)), t=np.empty((0, 1))), "at least one sample"),
    ("X no rows", lambda: trainer(x=[], t=[]), r"X has shape \(0,\), the network needs \(samples, 2\)"),
    ("T columns", lambda: trainer(t=np.ones((3, 2))), r"T has shape \(3, 2\), the network needs \(samples, 1\)"),
    ("T rows", lambda: trainer(t=T[:2]), r"T has shape \(2, 1\), X has 3 samples"),
    ("T row count of labels", lambda: trainer(t=[0, 1]), r"T has shape \(2,\), X has 3 samples"),
    ("T flat floats for two", lambda: softmax([0.1, 0.2, 0.3], "mse"), r"T has shape \(3,\), .*\(samples, 3\)"),
    ("T NaN", lambda: trainer(t=spoilt(T, (2, 0), NAN)), r"T\[2, 0\] is nan, wanted a finite number"),
    ("T flat infinite", lambda: trainer(t=[0.1, INF, 0.3]), r"T\[1, 0\] is inf, wanted a finite number"),
    ("T text", lambda: trainer(t=[["a"]] * 3), "T holds <U1, wanted numbers"),
    (
        "T class too high",
        lambda: trainer(t=[0, 1, 2]),
        r"T\[2\] is class 2; 1 output can tell classes 0 to 1 apart; numb",
    ),
    ("T class negative", lambda: softmax([0, -1, 2]), r"T\[1\] is class -1; 3 outputs can tell classes 0 to 2 apart"),
    ("T class above", lambda: softmax([0, 3, 2]), r"T\[1\] is class 3; 3 outputs can tell classes 0 to 2 apart"),
    ("T sum", lambda: softmax(np.full((3, 3), 0.5)), r"T\[0\] is \[0.5, 0.5, 0.5\]; .* that sum to 1"),
    ("T below 0", lambda: softmax([[1, 0, 0], [2.0, -1, 0], [0, 0, 1]]), r"T\[1\] is \[2.0, -1.0, 0.0\]"),
    (
        "T beyond 1",
        lambda: trainer(Network.dense((2, 1), output="sigmoid"), t=T + 0.9, recipe=Recipe("binary_cross_entropy")),
        r"T\[1, 0\] is 1.1; binary_cross_entropy needs targets from 0 to 1",
    ),
    ("weights shape", lambda: trainer(sample_weight=[1.0, 2.0]), r"sample_weight has shape \(2,\), X has 3 samples"),
    ("weights matrix", lambda: trainer(sample_weight=T), r"sample_weight has shape \(3, 1\), X has 3 samples"),
    ("weights negative", lambda: trainer(sample_weight=[1, -2, 1]), r"sample_weight\[1\] is -2.0, wanted a"),
    ("weights NaN", lambda: trainer(sample_weight=[1, 1, NAN]), r"sample_weight\[2\] is nan, wanted a finite number"),
    (
        "weights beyond",
        lambda: trainer(sample_weight=[1e308] * 3),
        "sample weights add up to more than a number can hold",
    ),
    ("validation half", lambda: trainer(validation=(X,)), r"validation is \(X, T\) or None"),
    ("validation X", lambda: trainer(validation=(np.ones((2, 3)), T[:2])), r"X has shape \(2, 3\), .* \(samples, 2\)"),
    ("validation T", lambda: trainer(validation=(X, T[:2])), r"T has shape \(2, 1\), X has 3 samples"),
    ("validation NaN", lambda: trainer(validation=(spoilt(X, (0, 1), NAN), T)), r"X\[0, 1\] is nan"),
    ("pair sigmoid", lambda: trainer(recipe=Recipe("binary_cross_entropy")), "needs 'sigmoid' outputs, .* linear"),
    ("pair softmax", lambda: trainer(recipe=Recipe("cross_entropy")), "needs 'softmax' outputs, .* linear"),
    ("pair crossed", lambda: softmax([0, 1, 2], "binary_cross_entropy"), "needs 'sigmoid' outputs, .* softmax"),
    (
        "other parameters",
        lambda: bpgui.Trainer(NET, Network.dense((2, 4, 1)).initialise(), X, T, Recipe()),
        r"belong to Network\(2-4-1, tanh linear\), not to Network\(2-3-1, tanh linear\)",
    ),
]
FUNCTIONS: list[tuple[str, Callable[[], Any], str]] = [
    ("predict X", lambda: bpgui.predict(NET, PARAMS, np.ones((3, 3))), r"X has shape \(3, 3\), .*\(samples, 2\)"),
    ("predict a row", lambda: bpgui.predict(NET, PARAMS, [0.1, 0.2]), r"X has shape \(2,\), .*\(samples, 2\)"),
    ("predict NaN", lambda: bpgui.predict(NET, PARAMS, [[0.0, NAN]]), r"X\[0, 1\] is nan"),
    ("predict params", lambda: bpgui.predict(Network.dense((2, 1)), PARAMS, X), "belong to"),
    ("error T", lambda: bpgui.error(NET, PARAMS, X, np.ones((3, 2))), r"T has shape \(3, 2\), .*\(samples, 1\)"),
    ("error loss", lambda: bpgui.error(NET, PARAMS, X, T, "sse"), "unknown loss 'sse'; known: half_sse, mse, mae, "),
    ("error pair", lambda: bpgui.error(NET, PARAMS, X, T, "cross_entropy"), "needs 'softmax' outputs"),
    ("error weights", lambda: bpgui.error(NET, PARAMS, X, T, sample_weight=[1]), r"shape \(1,\), X has 3 samples"),
    ("gradient rows", lambda: bpgui.gradient(NET, PARAMS, X, T[:1]), r"T has shape \(1, 1\), X has 3 samples"),
    ("gradient params", lambda: bpgui.gradient(Network.dense((2, 1)), PARAMS, X, T), "belong to"),
    ("train", lambda: bpgui.train(NET, PARAMS, X, T[:2], Recipe()), r"T has shape \(2, 1\), X has 3 samples"),
]
RECIPES: list[tuple[dict[str, Any], str]] = [
    ({"loss": "sse"}, "unknown loss 'sse'; known: half_sse, mse, mae, huber, binary_cross_entropy, cross_entropy"),
    ({"optimizer": "sdg"}, "unknown optimizer 'sdg'; known: sgd, momentum"),
    ({"optimizer": Momentum}, "optimizer is a name or an instance"),
    ({"optimizer": None}, "optimizer is a name or an instance"),
    ({"schedule": "sine"}, "unknown schedule 'sine'; known: constant, step, exponential, cosine"),
    ({"optimizer": "lbfgs"}, "lbfgs needs the same samples each update: batch_size 'full', got 32"),
    ({"optimizer": "lbfgs", "batch_size": "full", "dropout": 0.1}, "lbfgs needs the same network .* got 0.1"),
    ({"schedule": 3}, "schedule is a name or an instance"),
    *all_of("learning_rate", "is a number greater than 0, got", 0, 0.0, -0.1, NAN, INF, "1", None, True),
    *all_of("batch_size", "is a whole number from 1 on, or 'full', got", 0, -1, 2.5, "all", None, True),
    *all_of("epochs", "is a whole number from 0 to 1,000,000,000,000, got", -1, 2.5, "9", None, 10**13),
    *all_of("seed", "is a whole number from 0 to .*, got", -1, 2**64, 1.5, "1", None, True),
    *all_of("shuffle", "is true or false, got", 1, "yes", None),
    *all_of("l1", "is a number from 0 on, got", -1e-9, NAN, INF, "0", None),
    *all_of("l2", "is a number from 0 on, got", -1e-9, NAN, INF, "0", None),
    *all_of("dropout", "is at least 0 and less than 1, got", -0.1, 1.0, 2, NAN, "0", None),
    *all_of("clip_norm", "is a number greater than 0, or None, got", 0.0, -1.0, NAN, INF, "1", True),
    *all_of("clip_value", "is a number greater than 0, or None, got", 0.0, -1.0, NAN, INF, "1", True),
    ({"stop": ("never",)}, "stop is a tuple of stop rules"),
    ({"stop": (bpgui.stop.patience(3), bpgui.stop.patience(4))}, "at most one of a kind"),
    ({"stop": bpgui.stop.patience(3)}, "stop is a tuple of stop rules"),
    ({"stop": None}, "stop is a tuple of stop rules"),
]


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in DATA], ids=[row[0] for row in DATA])
def test_data_that_do_not_fit_are_refused(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in FUNCTIONS], ids=[row[0] for row in FUNCTIONS])
def test_what_the_functions_cannot_take_is_refused(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(("values", "words"), RECIPES, ids=[str(values) for values, _ in RECIPES])
def test_a_recipe_out_of_range_is_refused_naming_the_field(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Recipe(**values)
    with pytest.raises(ValueError, match=words):
        Recipe().changed(values)


def test_an_unknown_key_lists_those_of_this_recipe() -> None:
    with pytest.raises(ValueError, match=r"unknown key 'lr'; known: loss, optimizer, learning_rate, .*stop$"):
        Recipe().changed({"lr": 1.0})
    with pytest.raises(ValueError, match=r"unknown key 'optimizer.momentum'; known: .*stop$"):
        Recipe().changed({"optimizer.momentum": 0.5})
    with pytest.raises(ValueError, match=r"unknown key 'schedule.gamma'; known: .*stop, optimizer.momentum$"):
        Recipe(optimizer="momentum").changed({"schedule.gamma": 0.5})
    with pytest.raises(ValueError, match="momentum is at least 0"):
        Recipe(optimizer="momentum").changed({"optimizer.momentum": 1.5})


def test_a_recipe_can_be_changed_field_by_field() -> None:
    old = Recipe()
    new = old.changed({"optimizer": "momentum", "optimizer.momentum": 0.5, "epochs": 3})
    assert new == Recipe(optimizer=Momentum(0.5), epochs=3)
    assert old == Recipe()
    assert new.method == Momentum(0.5)
    assert new.rule(bpgui.stop.Patience) is None
    rule = bpgui.stop.patience(3)
    assert new.changed({"stop": [rule]}).rule(bpgui.stop.Patience) is rule


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_whole_numbers_of_numpy_are_whole_numbers(kind: Any) -> None:
    recipe = Recipe(batch_size=kind(4), epochs=kind(3), seed=kind(2), learning_rate=np.float64(0.1))
    assert recipe == Recipe(batch_size=4, epochs=3, seed=2)
    assert [type(getattr(recipe, name)) for name in ("batch_size", "epochs", "seed")] == [int, int, int]


@pytest.mark.parametrize(
    "x",
    [X.tolist(), X.astype(np.float32), np.asfortranarray(X), X[::-1], np.round(X).astype(int), X > 0.3, tuple(X)],
    ids=["list", "float32", "Fortran order", "backwards", "integers", "booleans", "rows"],
)
def test_any_array_like_of_numbers_is_taken(x: Any) -> None:
    wanted = bpgui.predict(NET, PARAMS, np.array(x, np.float64))
    assert bpgui.predict(NET, PARAMS, x).tolist() == wanted.tolist()
    assert trainer(x=x).run(epochs=1) == "done"


@pytest.mark.parametrize(
    ("output", "outputs", "labels", "wanted"),
    [
        ("sigmoid", 1, [0, 1], [[0.0], [1.0]]),
        ("tanh", 1, [0, 1], [[-1.0], [1.0]]),
        ("linear", 1, [0, 1], [[-1.0], [1.0]]),
        ("relu", 1, [1, 0], [[1.0], [-1.0]]),
        ("softmax", 3, [2, 0, 1], [[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
        ("sigmoid", 2, [1, 0], [[0, 1], [1, 0]]),
        ("linear", 2, [1, 0], [[0, 1], [1, 0]]),
        ("tanh", 2, [1, 0], [[-1, 1], [1, -1]]),
        ("softmax", 3, [True, False], [[0, 1, 0], [1, 0, 0]]),
    ],
)
def test_labels_become_what_the_outputs_can_reach(output: str, outputs: int, labels: list[int], wanted: Any) -> None:
    net = Network.dense((1, outputs), output=output)
    params = net.initialise(3)
    x = np.linspace(0.0, 1.0, len(labels))[:, None]
    assert bpgui.error(net, params, x, labels) == bpgui.error(net, params, x, np.array(wanted, np.float64))
    assert bpgui.error(net, params, x, np.array(labels, np.uint8)) == bpgui.error(net, params, x, labels)


def test_numbers_in_one_row_are_the_targets_of_one_output() -> None:
    assert bpgui.error(NET, PARAMS, X, T[:, 0]) == bpgui.error(NET, PARAMS, X, T)


def test_accuracy_is_the_share_of_classes_told_right() -> None:
    net = Network.dense((1, 1), output="sigmoid")
    step = bpgui.Parameters(net, [10.0, 0.0])
    x = [[-1.0], [-0.1], [0.1], [1.0]]
    assert accuracy(net, step, x, [0, 0, 1, 1]) == 1.0
    assert accuracy(net, step, x, [0, 1, 1, 1]) == 0.75
    net = Network.dense((1, 1), output="tanh")
    assert accuracy(net, bpgui.Parameters(net, [10.0, 0.0]), x, [1, 0, 1, 1]) == 0.75
    net = Network.dense((3, 3), output="softmax")
    same = bpgui.Parameters(net, [*np.eye(3).ravel(), 0.0, 0.0, 0.0])
    assert accuracy(net, same, np.eye(3), [0, 1, 2]) == 1.0
    assert accuracy(net, same, np.eye(3), [0, 1, 1]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match=r"shape \(3, 3\), wanted \(samples,\) class numbers"):
        accuracy(net, same, np.eye(3), np.eye(3))
    with pytest.raises(ValueError, match=r"T has shape \(2,\), X has 3 samples"):
        accuracy(net, same, np.eye(3), [0, 1])


HALF = NET.initialise(1, dtype="float32")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: bpgui.predict(NET, HALF, spoilt(X, (1, 0), 1e39)),
            r"X\[1, 0\] is 1e\+39, wanted a number that float32",
        ),
        (
            lambda: bpgui.error(NET, HALF, X, spoilt(T, (2, 0), -1e300)),
            r"T\[2, 0\] is -1e\+300, wanted a number that fl",
        ),
        (
            lambda: bpgui.Trainer(NET, HALF, spoilt(X, (2, 1), 1e39), T, Recipe()),
            r"X\[2, 1\] is 1e\+39, wanted a number",
        ),
    ],
)
def test_numbers_beyond_float32_are_refused_where_they_stand(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"updates": -1}, "updates to run is a whole number from 0 on, got -1"),
        ({"updates": 1.5}, "updates to run is a whole number from 0 on, got 1.5"),
        ({"epochs": INF}, "epochs to run is a whole number from 0 on, got inf"),
        ({"epochs": "3"}, "epochs to run is a whole number from 0 on, got '3'"),
        ({"seconds": NAN}, "seconds to run is a number of seconds from 0 on, got nan"),
    ],
)
def test_a_run_ends_at_a_number_that_can_be_reached(limits: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        trainer().run(**limits)


def test_a_run_to_beyond_all_counters_goes_on_until_it_is_told() -> None:
    made = trainer()
    assert made.run(updates=10**30, seconds=0.01) == "time"
    assert made.run(epochs=np.int64(2)) == "done"


def test_soft_targets_in_float32_add_up_to_1_as_well_as_float32_can() -> None:
    soft = np.random.default_rng(5).dirichlet(np.ones(3), 3).astype(np.float32)
    assert np.abs(soft.astype(np.float64).sum(axis=1) - 1.0).max() > 1e-9
    assert softmax(soft).run(updates=2) == "done"
