"""The trainer: the same bits in one call or many, and numbers that mean what they are said to mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import plain
from oracle.plain import PlainTraining
from support import bits, distance, examples

import bpgui
from bpgui.data.dataset import Dataset
from bpgui.network import structure
from bpgui.training.state import State, Training
from bpgui.training.trainer import Trainer
from training.cases import SEEDS, everything, random_training, state_bits, training_bits

STEPS = st.lists(st.tuples(st.sampled_from(["updates", "epochs"]), st.integers(0, 12)), max_size=6)


@examples(600)
@given(SEEDS, STEPS)
def test_a_run_has_the_same_bits_in_one_call_or_many_restored_or_done_again(
    seed: int, steps: list[tuple[str, int]]
) -> None:
    training = random_training(seed)
    chunked = Trainer.of(training)
    for unit, count in steps:
        assert chunked.run(**{unit: count}) == "done"
    whole, again, restored = Trainer.of(training), Trainer.of(training), Trainer.of(training)
    for trainer in (whole, again):
        trainer.run(updates=chunked.update)
    assert everything(whole) == everything(again) == everything(chunked)
    for unit, count in steps:
        restored.run(**{unit: count})
        state = restored.state()
        restored.run(updates=7)
        restored.restore(state)
        assert state_bits(restored.state()) == state_bits(state)
        elsewhere = Trainer.of(training)
        elsewhere.restore(state)
        restored = elsewhere if count % 2 else restored
    assert training_bits(restored.training) == training_bits(chunked.training)


@examples(600)
@given(SEEDS, st.integers(0, 40))
def test_updates_errors_and_sums_are_those_of_plain_numpy(seed: int, updates: int) -> None:
    training = random_training(seed)
    part = ~training.data.validation
    weight = training.data.sample_weight
    oracle = PlainTraining(
        training.network,
        training.first,
        training.data.X[part],
        training.data.T[part],
        training.recipe,
        None if weight is None else weight[part],
    )
    trainer = Trainer.of(training)
    trainer.run(updates=updates)
    oracle.do(updates)
    state = trainer.state()
    assert (trainer.update, trainer.epoch, state.position, state.step) == (
        oracle.update,
        oracle.epoch,
        oracle.position,
        oracle.update,
    )
    assert distance(state.vector, oracle.vector) < 1e-10
    assert distance(trainer.errors, oracle.errors) < 1e-10
    assert state.error_sum == pytest.approx(sum(w * e for e, w in oracle.met), rel=1e-10, abs=1e-12)
    assert state.weight_sum == pytest.approx(sum(w for _, w in oracle.met), rel=1e-12)


@examples(300)
@given(SEEDS)
def test_validation_errors_are_those_after_the_epoch_without_dropout(seed: int) -> None:
    training = random_training(seed)
    held = training.data.validation
    trainer = Trainer.of(training)
    wanted = []
    for _ in range(3):
        trainer.run(epochs=1)
        if held.any():
            p = plain.forward(training.network, trainer.params.vector, training.data.X[held])
            errors = plain.losses(training.recipe.loss, p.z[-1], p.a[-1], training.data.T[held])
            weight = training.data.sample_weight
            mass = np.ones(len(errors)) if weight is None else weight[held]
            wanted.append((mass * errors).sum() / mass.sum() if mass.any() else 0.0)
    assert distance(trainer.validation_errors, wanted) < 1e-12
    assert trainer.errors.size == 3


def test_errors_are_met_before_each_update_and_so_differ_from_the_error_afterwards() -> None:
    net = bpgui.Network.dense((1, 1), bias=False)
    recipe = bpgui.Recipe(learning_rate=0.5, batch_size=1, shuffle=False)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [2.0]), [[1.0], [1.0]], [[0.0], [0.0]], recipe)
    trainer.run(epochs=1)
    # ½·2² at w = 2, then ½·1² at w = 1; then w is 0.5.
    assert trainer.errors.tolist() == [(2.0 + 0.5) / 2.0]
    assert trainer.params.vector.tolist() == [0.5]
    assert bpgui.error(net, trainer.params, [[1.0], [1.0]], [[0.0], [0.0]]) == 0.125


def visited(trainer: Trainer, samples: int) -> list[list[int]]:
    """Which samples each update of the next epoch met: each has a weight of its own that it alone moves."""
    updates, epoch = [], trainer.epoch
    while trainer.epoch == epoch:
        before = trainer.params.vector
        trainer.run(updates=1)
        updates.append(np.flatnonzero(trainer.params.vector != before)[:samples].tolist())
    return updates


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [(1, [1] * 7), (3, [3, 3, 1]), (4, [4, 3]), (7, [7]), (8, [7]), (10**9, [7]), ("full", [7])],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_are_runs_of_the_order_and_the_last_may_be_shorter(
    batch_size: Any, sizes: list[int], shuffle: bool
) -> None:
    net = bpgui.Network.dense((7, 1), bias=False)
    recipe = bpgui.Recipe(learning_rate=0.01, batch_size=batch_size, shuffle=shuffle, seed=12)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, np.ones(7)), np.eye(7), np.zeros((7, 1)), recipe)
    for epoch in range(3):
        order = plain.permutation(12, 2, epoch, 7) if shuffle else list(range(7))
        ends = np.cumsum(sizes)
        wanted = [sorted(order[end - size : end]) for end, size in zip(ends, sizes, strict=True)]
        assert visited(trainer, 7) == wanted
        assert trainer.update == (epoch + 1) * len(sizes)


def test_the_last_short_batch_is_the_mean_over_its_own_samples() -> None:
    net = bpgui.Network.dense((1, 1), bias=False)
    recipe = bpgui.Recipe(learning_rate=1.0, batch_size=2, shuffle=False)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [0.0]), np.ones((3, 1)), [[1.0], [3.0], [-4.0]], recipe)
    trainer.run(updates=1)
    assert trainer.params.vector.tolist() == [2.0]
    trainer.run(updates=1)
    assert trainer.params.vector.tolist() == [-4.0]


def test_a_sample_of_weight_0_is_met_and_counts_nothing() -> None:
    net = bpgui.Network.dense((1, 1))
    recipe = bpgui.Recipe(batch_size=1, shuffle=False)
    x, t = [[1.0], [5.0], [2.0]], [[0.5], [100.0], [1.0]]
    trainer = bpgui.Trainer(net, net.initialise(1), x, t, recipe, sample_weight=[1.0, 0.0, 1.0])
    trainer.run(updates=1)
    before = trainer.params.vector
    trainer.run(updates=1)
    assert trainer.update == 2
    assert bits(trainer.params.vector) == bits(before)
    assert trainer.state().weight_sum == 1.0
    without = bpgui.Trainer(net, net.initialise(1), [x[0], x[2]], [t[0], t[2]], recipe)
    trainer.run(updates=1)
    without.run(epochs=1)
    assert bits(trainer.params.vector) == bits(without.params.vector)
    assert bits(trainer.errors) == bits(without.errors)


def test_a_batch_that_weighs_nothing_is_an_update_whose_gradient_is_0() -> None:
    net = bpgui.Network.dense((1, 1), bias=False)
    recipe = bpgui.Recipe(optimizer="momentum", learning_rate=0.5, batch_size=1, shuffle=False)
    trainer = bpgui.Trainer(
        net, bpgui.Parameters(net, [4.0]), [[1.0], [1.0]], [[0.0], [0.0]], recipe, sample_weight=[1.0, 0.0]
    )
    trainer.run(updates=2)
    # v = 4, w = 2; then the gradient is 0 and the velocity alone moves on: v = 3.6, w = 0.2
    assert trainer.params.vector == pytest.approx([0.2], rel=1e-15)
    assert trainer.errors.tolist() == [8.0]
    nothing = bpgui.Trainer(net, bpgui.Parameters(net, [4.0]), [[1.0]], [[0.0]], recipe, sample_weight=[0.0])
    nothing.run(epochs=3)
    assert (nothing.update, nothing.errors.tolist()) == (3, [0.0, 0.0, 0.0])
    assert nothing.params.vector.tolist() == [4.0]


def test_dropout_leaves_out_the_units_that_the_draws_say() -> None:
    # One hidden layer, all weights 1, so the output is the sum of the kept hidden units.
    units, p, seed = 9, 0.3, 5
    net = bpgui.Network.dense((1, units, 1), "linear", bias=False)
    params = bpgui.Parameters(net, np.ones(2 * units))
    recipe = bpgui.Recipe(learning_rate=1e-9, batch_size=3, shuffle=False, dropout=p, seed=seed)
    trainer = bpgui.Trainer(net, params, np.ones((7, 1)), np.zeros((7, 1)), recipe)
    for update in range(6):
        before, now = trainer.state(), trainer.params.vector
        rows = min(3, 7 - before.position)
        trainer.run(updates=1)
        u = np.array([plain.uniforms(seed, 3, update, position * 2**32 + 1, units) for position in range(rows)])
        keep = np.where(u < p, 0.0, 1.0 / (1.0 - p))
        y = keep @ (now[:units] * now[units:])
        gradient = (y[:, None] * keep * now[:units]).mean(axis=0)
        step = now[units:] - trainer.params.vector[units:]
        assert step == pytest.approx(1e-9 * gradient, rel=1e-6, abs=1e-15)
        assert ((step == 0.0) == (keep == 0.0).all(axis=0)).all()


@pytest.mark.parametrize("samples", [255, 256, 257, 600])
def test_dropout_and_sums_go_on_over_the_chunks_of_a_large_batch(samples: int) -> None:
    rng = np.random.default_rng(samples)
    net = bpgui.Network.dense((2, 3, 2, 1))
    x, t, weight = rng.normal(size=(samples, 2)), rng.normal(size=(samples, 1)), rng.uniform(0.0, 2.0, samples)
    recipe = bpgui.Recipe(batch_size="full", dropout=0.4, learning_rate=0.2, seed=3)
    trainer = bpgui.Trainer(net, net.initialise(1), x, t, recipe, sample_weight=weight)
    oracle = PlainTraining(net, net.initialise(1).vector, x, t, recipe, weight)
    trainer.run(updates=2)
    oracle.do(2)
    assert distance(trainer.params.vector, oracle.vector) < 1e-12
    assert distance(trainer.errors, oracle.errors) < 1e-12


def test_dropout_is_for_training_passes_alone() -> None:
    net = bpgui.Network.dense((2, 50, 1))
    x, t = np.ones((4, 2)), np.zeros((4, 1))
    recipe = bpgui.Recipe(dropout=0.5, learning_rate=1e-300, batch_size="full")
    trainer = bpgui.Trainer(net, net.initialise(1), x, t, recipe, validation=(x, t))
    trainer.run(epochs=1)
    clean = bpgui.error(net, net.initialise(1), x, t)
    assert trainer.validation_errors[0] == clean
    assert abs(trainer.errors[0] - clean) > 1e-6
    assert bpgui.error(net, trainer.params, x, t) == clean


def test_an_output_without_hidden_layers_has_nothing_to_drop() -> None:
    net = bpgui.Network.dense((2, 1))
    runs = []
    for dropout in (0.0, 0.9):
        recipe = bpgui.Recipe(dropout=dropout, epochs=5)
        runs.append(bpgui.train(net, net.initialise(1), np.eye(2), [[0.0], [1.0]], recipe).params.vector)
    assert bits(runs[0]) == bits(runs[1])


def test_no_epochs_do_nothing_and_are_finished() -> None:
    net = bpgui.Network.dense((2, 3, 1))
    params = net.initialise(1)
    run = bpgui.train(net, params, np.eye(2), np.zeros((2, 1)), bpgui.Recipe(epochs=0))
    assert (run.status, run.epochs, run.updates, run.errors.size) == ("finished", 0, 0, 0)
    assert bits(run.params.vector) == bits(params.vector)
    assert run.history.epochs == 0
    assert run.history.last.size == 0
    assert run.history.epoch.size == 0


def test_the_parameters_given_are_not_changed() -> None:
    net = bpgui.Network.dense((2, 3, 1))
    params = net.initialise(1)
    before = bits(params.vector)
    x = np.eye(2)
    run = bpgui.train(net, params, x, np.zeros((2, 1)), bpgui.Recipe(epochs=5))
    assert bits(params.vector) == before
    assert bits(run.params.vector) != before
    trainer = bpgui.Trainer(net, params, x, np.zeros((2, 1)), bpgui.Recipe())
    x[:] = 1e300
    trainer.params.vector[:] = 7.0
    trainer.state().vector[:] = 7.0
    assert trainer.run(epochs=5) == "done"
    assert bits(trainer.params.vector) == bits(run.params.vector)


def test_without_arguments_a_trainer_runs_to_the_epochs_of_its_recipe() -> None:
    net = bpgui.Network.dense((1, 1))
    trainer = bpgui.Trainer(net, net.initialise(), [[1.0]], [[0.0]], bpgui.Recipe(epochs=9))
    trainer.run(epochs=4)
    assert trainer.run() == "done"
    assert trainer.epoch == 9
    assert trainer.run() == "done"
    assert trainer.epoch == 9


def test_a_time_to_run_ends_a_run() -> None:
    net = bpgui.Network.dense((1, 1))
    trainer = bpgui.Trainer(net, net.initialise(), [[1.0]], [[0.0]], bpgui.Recipe())
    assert trainer.run(seconds=0.02) == "time"
    assert trainer.update > 0
    assert trainer.run(seconds=0.0) == "time"
    assert trainer.run(updates=3, seconds=60.0) == "done"


def test_training_depends_on_the_seed_of_the_recipe_alone() -> None:
    net = bpgui.Network.dense((2, 4, 1))
    x, t = np.random.default_rng(0).normal(size=(20, 2)), np.zeros((20, 1))

    def trained(seed: int, **recipe: Any) -> bytes:
        made = bpgui.Recipe(seed=seed, epochs=3, batch_size=4, **recipe)
        return bits(bpgui.train(net, net.initialise(1), x, t, made).params.vector)

    assert trained(0) != trained(1)
    assert trained(0, shuffle=False) == trained(1, shuffle=False)
    assert trained(0, shuffle=False, dropout=0.5) != trained(1, shuffle=False, dropout=0.5)
    assert trained(2**64 - 1) == trained(2**64 - 1)


def test_a_restored_state_truncates_the_errors_and_begins_them_in_a_fresh_trainer() -> None:
    training = random_training(3, batch_size=2)
    trainer = Trainer.of(training)
    trainer.run(epochs=5)
    state = trainer.state()
    trainer.run(epochs=5)
    later = trainer.errors
    trainer.restore(state)
    assert bits(trainer.errors) == bits(later[:5])
    trainer.run(epochs=5)
    assert bits(trainer.errors) == bits(later)
    fresh = Trainer.of(training)
    fresh.restore(state)
    assert fresh.errors.size == 0
    fresh.run(epochs=5)
    assert bits(fresh.errors) == bits(later[5:])
    assert fresh.history.epoch.tolist() == [5.0, 6.0, 7.0, 8.0, 9.0]
    assert fresh.epoch == 10


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing() -> None:
    one = Trainer.of(random_training(3, batch_size=2, optimizer="momentum"))
    one.run(updates=5)
    before = everything(one)
    for number in (1, 2, 4):
        other = Trainer.of(random_training(number, optimizer="sgd"))
        with pytest.raises(ValueError, match="shape"):
            one.restore(other.state())
        assert everything(one) == before
    spoilt = one.state()
    spoilt.vector[0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        one.restore(spoilt)
    assert everything(one) == before


def test_a_history_in_buckets_says_which_epochs_it_covers() -> None:
    net = bpgui.Network.dense((1, 1))
    run = bpgui.train(net, net.initialise(), [[1.0]], [[0.5]], bpgui.Recipe(epochs=70_000, learning_rate=1e-4))
    assert (run.history.width, run.history.epochs, run.history.first_epoch) == (2, 70_000, 0)
    assert run.history.epoch[:3].tolist() == [1.0, 3.0, 5.0]
    assert run.history.epoch[-1] == 69_999.0
    assert bits(run.history.last) == bits(run.errors[1::2])
    odd = bpgui.train(net, net.initialise(), [[1.0]], [[0.5]], bpgui.Recipe(epochs=70_001, learning_rate=1e-4))
    assert odd.history.epoch[-1] == 70_000.0
    assert odd.history.count[-1] == 1.0


def test_what_is_written_into_a_cut_connection_counts_for_nothing() -> None:
    net = bpgui.Network.dense((2, 3, 1))
    net = structure.with_mask(net, "cut", [int(net.keys[1])], True)
    X, T = np.array([[1.0, -0.5], [0.5, 2.0]]), np.ones((2, 1))
    clean, written = net.initialise(1), net.initialise(1)
    written.weights[0][0, 1] = 5.0
    assert written.vector[1] == 5.0
    assert bits(bpgui.predict(net, written, X)) == bits(bpgui.predict(net, clean, X))
    assert bpgui.error(net, written, X, T) == bpgui.error(net, clean, X, T)
    assert bits(bpgui.gradient(net, written, X, T)[1].vector) == bits(bpgui.gradient(net, clean, X, T)[1].vector)
    one, other = (bpgui.Trainer(net, params, X, T, bpgui.Recipe()) for params in (written, clean))
    assert everything(one) == everything(other)
    state = one.state()
    one.restore(State(np.where(net.cut, 7.0, state.vector), state.slots, np.where(net.cut, 7.0, state.best_vector)))
    assert everything(one) == everything(other)
    for trainer in (one, other):
        trainer.run(updates=5)
    assert everything(one) == everything(other)


def test_weights_of_held_out_samples_count_in_the_validation_error() -> None:
    X, T = np.array([[1.0], [1.0], [3.0]]), np.zeros((3, 1))
    held = np.array([False, True, True])
    data = Dataset("weighed", X, T, validation=held, sample_weight=np.array([1.0, 1.0, 0.0]))
    net = bpgui.Network.dense((1, 1))
    trainer = Trainer.of(Training.begin(net, data, bpgui.Recipe(learning_rate=0.1), net.initialise(1)))
    trainer.run(epochs=1)
    params = trainer.params
    assert trainer.validation_errors[0] == bpgui.error(net, params, X[1:2], T[1:2])
    assert trainer.validation_errors[0] != bpgui.error(net, params, X[1:], T[1:])
