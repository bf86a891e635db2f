"""Optimizers: PyTorch's steps over 100 updates, and the order of penalties, masks and limits before them."""

from __future__ import annotations

import json
import warnings
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracle.networks import random_case, sized_case
from oracle.plain import PlainTraining
from support import distance, examples

import bpgui
from bpgui.training.optimizers import OPTIMIZERS, Lbfgs, Momentum, Optimizer, Rprop, Sgd
from bpgui.training.state import State
from training.test_gradients import network_of

PYTORCH = json.loads((Path(__file__).parents[1] / "oracle" / "optimizers.json").read_text())
KINDS = {kind.name: kind for kind in OPTIMIZERS}
RUNS = pytest.mark.parametrize(
    "run", PYTORCH["runs"], ids=[f"{run['optimizer']}, l2 {run['l2']}" for run in PYTORCH["runs"]]
)


def recipe_of(run: dict[str, Any]) -> bpgui.Recipe:
    optimizer = KINDS[run["optimizer"]](**run["settings"])
    return bpgui.Recipe("mse", optimizer, run["learning_rate"], "full", l2=run["l2"])


@RUNS
def test_100_updates_are_those_of_pytorch(run: dict[str, Any]) -> None:
    net = network_of(PYTORCH)
    trainer = bpgui.Trainer(
        net,
        bpgui.Parameters(net, PYTORCH["vector"]),
        PYTORCH["x"],
        PYTORCH["t"],
        recipe_of(run),
        sample_weight=PYTORCH["weight"],
    )
    for update, vector in run["vectors"].items():
        trainer.run(updates=int(update) - trainer.update)
        assert distance(trainer.params.vector, vector) < 1e-10
    assert distance(PYTORCH["vector"], run["vectors"]["100"]) > 0.1


@RUNS
def test_plain_numpy_takes_the_steps_of_pytorch(run: dict[str, Any]) -> None:
    vector, x, t, weight = (np.array(PYTORCH[name]) for name in ("vector", "x", "t", "weight"))
    oracle = PlainTraining(network_of(PYTORCH), vector, x, t, recipe_of(run), weight)
    for update, wanted in run["vectors"].items():
        oracle.do(int(update) - oracle.update)
        assert distance(oracle.vector, wanted) < 1e-13


def test_pytorch_ran_every_optimizer_but_the_one_it_defines_otherwise() -> None:
    assert {run["optimizer"] for run in PYTORCH["runs"]} == set(KINDS) - {"lbfgs"}
    for kind in KINDS.values():
        settings = [run["settings"] for run in PYTORCH["runs"] if run["optimizer"] == kind.name]
        for name in (field.name for field in fields(kind)):
            assert len({setting[name] for setting in settings}) > 1
            assert getattr(kind(), name) in {setting[name] for setting in settings}


RATES = st.sampled_from([0.0, 0.0, 0.003, 0.05])
LIMITS = st.sampled_from([None, None, 0.01, 0.2])
# Where a gradient is 0 but for rounding, a small epsilon would make a step of the rounding.
TAME: dict[str, dict[str, float]] = {name: {"epsilon": 1e-5} for name in ("adagrad", "rmsprop")}
STEPPING = [kind(**TAME.get(name, {})) for name, kind in KINDS.items() if name not in ("rprop", "lbfgs")]


@examples(2000)
@given(
    st.integers(0, 2**32),
    st.sampled_from([*STEPPING, Momentum(0.5)]),
    RATES,
    RATES,
    LIMITS,
    LIMITS,
    st.sampled_from([1, 2, 3, 5, "full"]),
)
def test_penalties_masks_and_limits_come_in_their_order(
    seed: int,
    optimizer: Optimizer,
    l1: float,
    l2: float,
    clip_value: float | None,
    clip_norm: float | None,
    batch_size: Any,
) -> None:
    case = random_case(seed, "mse", "tanh")
    recipe = bpgui.Recipe(
        "mse",
        optimizer,
        0.02,
        batch_size,
        shuffle=seed % 2 == 0,
        l1=l1,
        l2=l2,
        clip_value=clip_value,
        clip_norm=clip_norm,
    )
    trainer = bpgui.Trainer(case.network, case.params, case.x, case.t, recipe, sample_weight=case.weight)
    oracle = PlainTraining(case.network, case.params.vector, case.x, case.t, recipe, case.weight)
    for updates in (1, 1, 8, 30):
        trainer.run(updates=updates)
        oracle.do(updates)
        state = trainer.state()
        tolerance = 1e-10
        if distance(state.vector, oracle.vector) >= tolerance or distance(state.slots, oracle.slots) >= tolerance:
            tolerance += 1000 * chaos(oracle, case.params.vector)
        assert distance(state.vector, oracle.vector) < tolerance
        assert distance(state.slots, oracle.slots) < tolerance
        assert state.momentum_product == pytest.approx(oracle.momentum_product, rel=1e-12)
        if tolerance > 1e-10:
            return
    assert distance(trainer.errors, oracle.errors) < 1e-10


def chaos(oracle: PlainTraining, first: NDArray[np.float64]) -> float:
    """How far apart trainings are by now that began a few roundings away: a rate too large makes any distance of it."""
    shaken = first * (1.0 + 1e-15 * np.random.default_rng(0).normal(size=first.size))
    twin = PlainTraining(oracle.network, shaken, oracle.x, oracle.t, oracle.recipe, oracle.weight)
    twin.do(oracle.update)
    return max(distance(twin.vector, oracle.vector), distance(twin.slots, oracle.slots))


def state_of(oracle: PlainTraining, trainer: bpgui.Trainer) -> State:
    """Where the oracle is, between two epochs, as a state for the trainer."""
    return replace(
        trainer.state(),
        vector=oracle.vector.copy(),
        slots=oracle.slots.copy(),
        update=oracle.update,
        epoch=oracle.epoch,
        step=oracle.update,
        pairs=oracle.pairs,
        momentum_product=oracle.momentum_product,
    )


# These two make large steps of roundings: rprop of the sign of a gradient that is 0 but for them, lbfgs of differences.
WALKING: list[Optimizer] = [Lbfgs(), Rprop(), Rprop(0.3, 1.1, 1e-3, 0.05)]


@examples(600)
@given(
    st.integers(0, 2**32),
    st.sampled_from(WALKING),
    RATES,
    RATES,
    LIMITS,
    LIMITS,
    st.sampled_from([0.02, 0.3, 1.0, 4.0]),
)
def test_each_step_of_rprop_and_lbfgs_is_the_oracles_from_the_oracles_own_state(
    seed: int,
    optimizer: Optimizer,
    l1: float,
    l2: float,
    clip_value: float | None,
    clip_norm: float | None,
    rate: float,
) -> None:
    case = random_case(seed, "mse", "tanh")
    kinds = {layer.activation_of(unit) for layer in case.network.layers for unit in range(layer.units)}
    # On the level ground of a step, at the corners of l1, and where a limit makes one gradient of two, differences are
    # roundings, and lbfgs goes where these lead.
    if optimizer.name == "lbfgs":
        assume(l1 == 0.0 and clip_value is clip_norm is None and "step" not in kinds)
    recipe = bpgui.Recipe(
        "mse", optimizer, rate, "full", shuffle=False, l1=l1, l2=l2, clip_value=clip_value, clip_norm=clip_norm
    )
    trainer = bpgui.Trainer(case.network, case.params, case.x, case.t, recipe, sample_weight=case.weight)
    oracle = PlainTraining(case.network, case.params.vector, case.x, case.t, recipe, case.weight)
    elsewhere = 0
    for _ in range(25):
        trainer.restore(state_of(oracle, trainer))
        trainer.run(updates=1)
        oracle.do(1)
        state = trainer.state()
        g = np.abs(oracle.gradient)
        if optimizer.name == "lbfgs" and g.max(initial=0.0) < 1e-5:
            break  # at a minimum there is nothing but roundings to step along
        clear = (g == 0.0) | (g > 1e-12) | (optimizer.name == "lbfgs")
        elsewhere += not (
            state.pairs == oracle.pairs
            and distance(state.vector[clear], oracle.vector[clear]) < 1e-9
            and distance(state.slots[:, clear], oracle.slots[:, clear]) < 1e-9
        )
    # The last bits may decide whether lbfgs takes a step or a pair.
    assert elsewhere <= (5 if optimizer.name == "lbfgs" else 0)


def test_the_walks_of_lbfgs_meet_all_that_there_is() -> None:
    stored, forgotten, halved, refused = 0, 0, 0, 0
    for seed in range(60):
        # Absolute differences through ReLU have corners, where no step may lead down.
        loss, output, rate, l1 = ("mse", "tanh", 4.0, 0.05) if seed % 2 else ("mae", "relu", 40.0, 0.0)
        case = random_case(seed, loss, output)
        recipe = bpgui.Recipe(loss, Lbfgs(), rate, "full", shuffle=False, l1=l1)
        oracle = PlainTraining(case.network, case.params.vector, case.x, case.t, recipe, case.weight)
        for _ in range(25):
            before = oracle.pairs
            oracle.do(1)
            stored = max(stored, oracle.pairs)
            forgotten += oracle.pairs < before
            step = oracle.slots[21]
            refused += not step.any()
            halved += before == 0 and 0.0 < np.abs(step).max() < 0.9 * rate * np.abs(oracle.gradient).max()
    assert stored > 11  # the rows are used again
    assert min(forgotten, halved, refused) > 0


def random_state(trainer: bpgui.Trainer, network: bpgui.Network, seed: int) -> State:
    """Where the trainer is, with something to lose where an entry does not learn: odd numbers and negative zeros."""
    rng = np.random.default_rng(seed)
    now = trainer.state()
    odd = np.array([-0.0, 1e-40, -1e30, 3.0, np.finfo(now.vector.dtype).tiny / 4.0], now.vector.dtype)
    vector, slots = now.vector.copy(), now.slots.copy()
    vector[network.frozen] = rng.choice(odd[[0, 1, 3, 4]], np.count_nonzero(network.frozen))
    masked = network.cut | network.frozen
    slots[:, masked] = rng.choice(odd, (len(slots), np.count_nonzero(masked)))
    vector[network.cut] = 0.0
    return replace(now, vector=vector, slots=slots)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [1, 2, 7, 300, "full"])
@pytest.mark.parametrize("kind", OPTIMIZERS, ids=[kind.name for kind in OPTIMIZERS])
def test_what_does_not_learn_keeps_every_bit_of_value_and_state(
    kind: type[Optimizer], batch_size: Any, dtype: str
) -> None:
    if kind is Lbfgs and batch_size != "full":
        batch_size = "full"
    for sizes in ((3, 9, 2), (5, 17, 4, 3)):
        case = sized_case(len(sizes), sizes, 303, dtype)
        network = case.network
        frozen_bias = np.arange(sizes[1]) % 3 == 0
        layers = [network.layers[0], replace(network.layers[1], frozen_bias=frozen_bias), *network.layers[2:]]
        network = bpgui.Network(layers, network.blocks)
        masked = network.cut | network.frozen
        recipe = bpgui.Recipe("mse", kind(), 0.01, batch_size, l1=0.01, l2=0.02, clip_norm=1.0)
        trainer = bpgui.Trainer(network, bpgui.Parameters(network, case.params.vector), case.x, case.t, recipe)
        start = random_state(trainer, network, 1)
        trainer.restore(start)
        trainer.run(updates=6)
        end = trainer.state()
        assert end.vector.dtype == end.slots.dtype == dtype
        assert end.vector[masked].tobytes() == start.vector[masked].tobytes()
        assert end.slots[:, masked].tobytes() == start.slots[:, masked].tobytes()
        assert (end.vector[~masked] != start.vector[~masked]).mean() > 0.9
        # Nor does it matter to the others what stands there.
        trainer.restore(replace(start, slots=np.where(masked, 0.0, start.slots).astype(dtype)))
        trainer.run(updates=6)
        assert trainer.state().vector.tobytes() == end.vector.tobytes()


@pytest.mark.parametrize("kind", [kind for kind in OPTIMIZERS if kind is not Lbfgs], ids=lambda kind: kind.name)
@pytest.mark.parametrize("batch_size", [1, 8, 300])
@pytest.mark.parametrize("sizes", [(1, 1), (3, 2, 1), (4, 33, 17, 8), (17, 64, 2)], ids=str)
def test_every_size_of_layers_and_batches_takes_the_steps_of_plain_numpy(
    kind: type[Optimizer], batch_size: int, sizes: tuple[int, ...]
) -> None:
    case = sized_case(5, sizes, 303)
    optimizer = kind(**TAME.get(kind.name, {}))
    recipe = bpgui.Recipe("mse", optimizer, 0.003, batch_size, l2=0.01, seed=4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rprop would rather have full batches
        trainer = bpgui.Trainer(case.network, case.params, case.x, case.t, recipe)
    oracle = PlainTraining(case.network, case.params.vector, case.x, case.t, recipe)
    trainer.run(updates=4)
    oracle.do(4)
    assert distance(trainer.params.vector, oracle.vector) < 1e-11
    assert distance(trainer.state().slots, oracle.slots) < 1e-11


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.name)
def test_wide_layers_take_the_steps_of_plain_numpy(kind: type[Optimizer]) -> None:
    samples = 64
    for dtype, tolerance in (("float64", 1e-9), ("float32", 1e-4)):
        case = sized_case(6, (300, 200, 150), samples, dtype)
        recipe = bpgui.Recipe("mse", kind(**TAME.get(kind.name, {})), 1e-3, "full", shuffle=False)
        trainer = bpgui.Trainer(case.network, case.params, case.x, case.t, recipe)
        x, t = case.x.astype(np.float64), case.t.astype(np.float64)
        oracle = PlainTraining(case.network, case.params.vector, x, t, recipe)
        trainer.run(updates=2)
        oracle.do(2)
        assert distance(trainer.params.vector, oracle.vector) < tolerance
        assert trainer.params.vector.dtype == dtype


@pytest.mark.parametrize("run", PYTORCH["runs"], ids=lambda run: f"{run['optimizer']}, l2 {run['l2']}")
def test_float32_follows_float64(run: dict[str, Any]) -> None:
    net = network_of(PYTORCH)
    vectors = []
    for dtype in ("float32", "float64"):
        start = np.array(PYTORCH["vector"], np.float32).astype(dtype)
        trainer = bpgui.Trainer(
            net,
            bpgui.Parameters(net, start),
            PYTORCH["x"],
            PYTORCH["t"],
            recipe_of(run),
            sample_weight=PYTORCH["weight"],
        )
        trainer.run(updates=10)
        vectors.append(trainer.params.vector)
    assert distance(*vectors) <= 1e-4
    assert distance(*vectors) > 0.0


@pytest.mark.parametrize(
    ("settings", "step"),
    [
        # One weight of 2, input 1, target 0, so the gradient of half_sse is 2; the bias has the same.
        ({}, (2.0, 2.0)),
        ({"l2": 0.5}, (3.0, 2.0)),
        ({"l1": 0.25}, (2.25, 2.0)),
        ({"clip_value": 0.5}, (0.5, 0.5)),
        ({"clip_value": 2.5, "l2": 0.5}, (2.5, 2.0)),
        ({"clip_norm": 1.0, "l2": 0.5}, (3.0 / np.sqrt(13.0), 2.0 / np.sqrt(13.0))),
        ({"clip_norm": 100.0}, (2.0, 2.0)),
        ({"clip_norm": 1.0, "clip_value": 1.5}, (np.sqrt(0.5), np.sqrt(0.5))),
    ],
    ids=str,
)
def test_one_step_worked_out_by_hand(settings: dict[str, float], step: tuple[float, float]) -> None:
    net = bpgui.Network.dense((1, 1))
    recipe = bpgui.Recipe(learning_rate=0.25, **settings)  # type: ignore[arg-type]
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [2.0, 0.0]), [[1.0]], [[0.0]], recipe)
    trainer.run(updates=1)
    assert trainer.params.vector == pytest.approx([2.0 - 0.25 * step[0], -0.25 * step[1]], rel=1e-15)
    assert trainer.run(updates=1) == "done"
    assert trainer.state().error_sum == 0.0  # one sample: the epoch is over
    assert trainer.errors[0] == 2.0  # ½ · 2²: penalties are no part of it


def test_a_weight_of_exactly_0_feels_no_l1() -> None:
    net = bpgui.Network.dense((1, 1), bias=False)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [0.0]), [[0.0]], [[0.0]], bpgui.Recipe(l1=1.0))
    trainer.run(updates=5)
    assert trainer.params.vector.tolist() == [0.0]


def test_momentum_worked_out_by_hand() -> None:
    net = bpgui.Network.dense((1, 1), bias=False)
    recipe = bpgui.Recipe(optimizer=Momentum(0.5), learning_rate=0.5)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [4.0]), [[1.0]], [[0.0]], recipe)
    found = []
    for _ in range(3):
        trainer.run(updates=1)
        found.append((trainer.params.vector[0], trainer.state().slots[0, 0]))
    # v = 4, w = 2; v = 2 + 2 = 4, w = 0; v = 2 + 0 = 2, w = -1
    assert found == [(2.0, 4.0), (0.0, 4.0), (-1.0, 2.0)]


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=[kind.name for kind in OPTIMIZERS])
def test_every_optimizer_learns_and_declares_itself(kind: type[Optimizer]) -> None:
    assert kind.label
    assert kind.formula
    assert kind.help.endswith(".")
    optimizer = kind()
    assert optimizer.settings == astuple(optimizer)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 2))
    net = bpgui.Network.dense((2, 4, 1))
    recipe = bpgui.Recipe("mse", kind.name, 0.05, "full" if kind.wants_full_batch else 10, 40)
    assert recipe.method == optimizer
    trainer = bpgui.Trainer(net, net.initialise(1), x, x[:, :1] * x[:, 1:], recipe)
    trainer.run()
    assert trainer.errors[-1] < 0.7 * trainer.errors[0]
    assert trainer.state().slots.shape == (kind.slots, net.parameter_count)
    assert all(trainer.state().slots.any(axis=1))


@pytest.mark.parametrize("momentum", [-0.1, 1.0, 1.5, float("nan"), float("inf")])
def test_a_momentum_out_of_range_is_refused(momentum: float) -> None:
    with pytest.raises(ValueError, match="momentum is at least 0 and less than 1, got"):
        Momentum(momentum)


def test_momentum_0_is_sgd() -> None:
    case = random_case(5, "mse", "tanh")
    vectors = []
    for optimizer in (Sgd(), Momentum(0.0)):
        recipe = bpgui.Recipe("mse", optimizer, 0.05)
        trainer = bpgui.Trainer(case.network, case.params, case.x, case.t, recipe)
        trainer.run(updates=50)
        vectors.append(trainer.params.vector)
    assert vectors[0].tolist() == vectors[1].tolist()


@pytest.mark.parametrize("size", [1e70, 1e76, 1e77, 1e100, 1.2e154])
def test_the_norm_of_a_gradient_is_clipped_whatever_its_size(size: float) -> None:
    # g = (y - t) x = size² (4, 3) / 5, whose squares overflow for most of these sizes.
    net = bpgui.Network.dense((2, 1), output="linear", bias=False)
    recipe = bpgui.Recipe("half_sse", learning_rate=1.0, batch_size="full", clip_norm=10.0)
    start = bpgui.Parameters(net, np.zeros(2))
    trainer = bpgui.Trainer(net, start, [[0.8 * size, 0.6 * size]], [[-size]], recipe)
    assert trainer.run(updates=1) == "done"
    assert trainer.params.vector == pytest.approx([-8.0, -6.0], rel=1e-14)


def test_a_gradient_below_a_norm_whose_square_overflows_is_left_alone() -> None:
    net = bpgui.Network.dense((2, 1), output="linear", bias=False)
    recipe = bpgui.Recipe("half_sse", learning_rate=1.0, batch_size="full", clip_norm=1e201)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, np.zeros(2)), [[0.8e100, 0.6e100]], [[-1e100]], recipe)
    trainer.run(updates=1)
    assert trainer.params.vector == pytest.approx([-0.8e200, -0.6e200], rel=1e-14)
