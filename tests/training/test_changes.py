"""Changes between updates: what each of them keeps and what it drops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import random_network
from support import bits, examples

import bpgui
from bpgui.data.dataset import Dataset
from bpgui.network import structure
from bpgui.network.network import Network
from bpgui.network.parameters import Entries, places
from bpgui.training.changes import Begin, Change, SetData, SetNetwork, SetParameters, SetRecipe, Together
from bpgui.training.optimizers import Momentum
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer
from training.cases import SEEDS, everything, random_data, random_recipe, random_training, same
from training.test_inverses import any_structure

STEPS = st.integers(0, 30)


@examples(600)
@given(SEEDS, STEPS)
def test_what_survives_a_structure_edit_keeps_value_and_optimizer_state_by_key(seed: int, before: int) -> None:
    rng = np.random.default_rng(seed)
    trainer = Trainer.of(random_training(seed, optimizer="momentum"))
    trainer.run(updates=before)
    old = trainer.training
    change = any_structure(old, rng)
    assert isinstance(change, SetNetwork)
    trainer.apply(change)
    new = trainer.training
    at = places(old.network, new.network.keys)
    kept = at >= 0
    for mine, theirs in (
        (new.state.vector, old.state.vector),
        (new.state.slots[0], old.state.slots[0]),
        (new.first, old.first),
    ):
        assert bits(mine[kept]) == bits(theirs[at[kept]])
    given_ = change.entries
    fresh = new.network.keys[~kept]
    rows = {int(key): given_.rows[:, i] for i, key in enumerate(given_.keys)} if given_ else {}
    cut = set(new.network.keys[new.network.cut])
    for key, value in zip(fresh, new.state.vector[~kept], strict=True):
        assert value == (rows[int(key)][0] if int(key) in rows and key not in cut else 0.0)
    counters = ("update", "epoch", "position", "step", "error_sum", "weight_sum")
    assert all(getattr(new.state, name) == getattr(old.state, name) for name in counters)


def momentum_training(**recipe: Any) -> Trainer:
    """2-3-1 with momentum after 5 updates, in the middle of an epoch of 12 samples."""
    rng = np.random.default_rng(1)
    net = Network.dense((2, 3, 1))
    made = bpgui.Recipe(**{"optimizer": "momentum", "batch_size": 2, "learning_rate": 0.05, **recipe})
    trainer = bpgui.Trainer(net, net.initialise(1), rng.normal(size=(12, 2)), rng.normal(size=(12, 1)), made)
    trainer.run(updates=5)
    assert trainer.state().position == 10
    assert trainer.state().slots.all()
    return trainer


def test_typing_a_weight_leaves_the_optimizers_state() -> None:
    trainer = momentum_training()
    before = trainer.state()
    key = trainer.network.keys[[3, 11]]
    trainer.apply(SetParameters(key, np.array([7.0, -7.0])))
    after = trainer.state()
    assert after.vector[[3, 11]].tolist() == [7.0, -7.0]
    assert bits(np.delete(after.vector, [3, 11])) == bits(np.delete(before.vector, [3, 11]))
    assert bits(after.slots) == bits(before.slots)
    assert (after.update, after.position) == (5, 10)


@pytest.mark.parametrize("name", ["cut", "frozen"])
def test_cutting_restoring_and_thawing_set_the_optimizers_state_to_0(name: str) -> None:
    trainer = momentum_training()
    network = trainer.network
    keys = [int(key) for key in network.keys[[0, 7]]]
    before = trainer.state()
    trainer.apply(SetNetwork(structure.with_mask(network, name, keys, True)))
    masked = trainer.state()
    others = np.delete(np.arange(13), [0, 7])
    if name == "cut":
        assert masked.vector[[0, 7]].tolist() == [0.0, 0.0]
        assert masked.slots[0, [0, 7]].tolist() == [0.0, 0.0]
    else:
        assert bits(masked.vector) == bits(before.vector)
        assert bits(masked.slots) == bits(before.slots)
    trainer.run(updates=20)
    assert bits(trainer.state().vector[[0, 7]]) == bits(masked.vector[[0, 7]])
    assert bits(trainer.state().slots[0, [0, 7]]) == bits(masked.slots[0, [0, 7]])
    values = Entries(np.array(keys), np.tile([0.25, -0.5], (3, 1))) if name == "cut" else None
    trainer.apply(SetNetwork(structure.with_mask(trainer.network, name, keys, False), values))
    after = trainer.state()
    assert after.slots[0, [0, 7]].tolist() == [0.0, 0.0]
    assert after.vector[[0, 7]].tolist() == ([0.25, -0.5] if name == "cut" else masked.vector[[0, 7]].tolist())
    assert all(after.slots[0, others])
    trainer.run(updates=1)
    assert all(trainer.state().slots[0])


def test_values_given_for_a_cut_connection_do_not_count() -> None:
    trainer = momentum_training()
    keys = trainer.network.keys[[0, 1]]
    network = structure.with_mask(trainer.network, "cut", [int(keys[0])], True)
    trainer.apply(SetNetwork(network, Entries(keys, np.full((4, 2), 7.0))))
    training = trainer.training
    for row in (training.state.vector, training.first, training.state.best_vector):
        assert row[:2].tolist() == [0.0, 7.0]


def test_a_weight_of_minus_0_comes_back_with_its_sign() -> None:
    net = Network.dense((1, 1), bias=False)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [-0.0]), [[1.0]], [[0.0]], bpgui.Recipe())
    cut = SetNetwork(structure.with_mask(net, "cut", net.keys.tolist(), True))
    inverse = trainer.apply(cut)
    assert bits(trainer.state().vector) == bits([0.0])
    trainer.apply(inverse)
    assert bits(trainer.state().vector) == bits([-0.0])


def test_an_activation_changed_keeps_every_number() -> None:
    trainer = momentum_training()
    before = everything(trainer)
    trainer.apply(SetNetwork(structure.with_activation(trainer.network, 1, "relu")))
    assert everything(trainer) == before
    assert trainer.network.layers[1].activation == "relu"


def test_before_the_first_update_a_typed_weight_is_a_first_weight_too() -> None:
    net = Network.dense((1, 1))
    trainer = bpgui.Trainer(net, net.initialise(1), [[1.0]], [[0.0]], bpgui.Recipe())
    inverse = trainer.apply(SetParameters(net.keys[:1], np.array([0.75])))
    assert trainer.training.first[0] == 0.75
    assert trainer.training.reset().state.vector[0] == 0.75
    trainer.run(updates=1)
    trainer.apply(SetParameters(net.keys[:1], np.array([0.5])))
    assert trainer.training.first[0] == 0.75
    trainer.apply(inverse)
    assert trainer.training.first[0] == net.initialise(1).vector[0]


@pytest.mark.parametrize(
    "values",
    [
        {"learning_rate": 0.01},
        {"optimizer.momentum": 0.5},
        {"optimizer": Momentum(0.1)},
        {"l1": 0.1},
        {"l2": 0.1},
        {"clip_norm": 1.0},
        {"clip_value": 1.0},
        {"epochs": 3},
        {"batch_size": 5},
        {"dropout": 0.5},
    ],
    ids=str,
)
def test_most_settings_count_from_the_next_update_and_drop_nothing(values: dict[str, Any]) -> None:
    trainer = momentum_training()
    before = everything(trainer)
    trainer.apply(SetRecipe(values))
    assert everything(trainer) == before
    assert trainer.recipe == momentum_training().recipe.changed(values)


def test_another_batch_size_goes_on_at_the_place_in_the_epoch() -> None:
    net = Network.dense((12, 1), bias=False)
    recipe = bpgui.Recipe(learning_rate=0.01, batch_size=5, shuffle=False)
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, np.ones(12)), np.eye(12), np.zeros((12, 1)), recipe)
    trainer.run(updates=1)
    trainer.apply(SetRecipe({"batch_size": 3}))
    moved = []
    while trainer.epoch == 0:
        before = trainer.params.vector
        trainer.run(updates=1)
        moved.append(np.flatnonzero(trainer.params.vector != before).tolist())
    assert moved == [[5, 6, 7], [8, 9, 10], [11]]
    trainer.apply(SetRecipe({"batch_size": "full"}))
    trainer.run(epochs=1)
    assert (trainer.update, trainer.epoch) == (5, 2)
    # Each sample was met once: the first errors are ½ · 1² for all.
    assert trainer.errors[0] == 0.5


@pytest.mark.parametrize(
    "values", [{"loss": "mse"}, {"seed": 99}, {"shuffle": False}, {"seed": 99, "learning_rate": 0.01}], ids=str
)
def test_another_loss_seed_or_order_begins_the_epoch_again(values: dict[str, Any]) -> None:
    trainer = momentum_training()
    trainer.run(updates=6)
    before = trainer.state()
    assert before.position == 10
    trainer.apply(SetRecipe(values))
    after = trainer.state()
    assert (after.epoch, after.update, after.step) == (before.epoch, before.update, before.step)
    assert (after.position, after.error_sum, after.weight_sum) == (0, 0.0, 0.0)
    assert bits(after.vector) == bits(before.vector)
    assert bits(after.slots) == bits(before.slots)
    trainer.run(updates=6)
    assert (trainer.epoch, trainer.state().position) == (before.epoch + 1, 0)


def test_the_same_loss_seed_and_order_given_again_begin_nothing() -> None:
    trainer = momentum_training()
    before = everything(trainer)
    trainer.apply(SetRecipe({"loss": "half_sse", "seed": 0, "shuffle": True, "optimizer": "momentum"}))
    assert everything(trainer) == before


def test_other_data_or_another_split_begin_the_epoch_again() -> None:
    trainer = momentum_training()
    before = trainer.state()
    data = trainer.training.data
    held = np.arange(12) < 4
    for other in (replace(data, validation=held), Dataset("other", np.ones((3, 2)), np.ones((3, 1)))):
        trainer.apply(SetData(other))
        after = trainer.state()
        assert (after.epoch, after.update, after.position, after.weight_sum) == (0, 5, 0, 0.0)
        assert bits(after.vector) == bits(before.vector)
        assert bits(after.slots) == bits(before.slots)
    trainer.run(epochs=1)
    assert trainer.update == 5 + 2


def test_a_new_optimizer_starts_without_state_and_the_old_one_comes_back_without() -> None:
    trainer = momentum_training()
    inverse = trainer.apply(SetRecipe({"optimizer": "sgd"}))
    state = trainer.state()
    assert (state.slots.shape, state.step, state.update, state.position) == ((0, 13), 0, 5, 10)
    trainer.run(updates=1)
    trainer.apply(inverse)
    state = trainer.state()
    assert (state.slots.shape, state.step, state.update) == ((1, 13), 0, 6)
    assert not state.slots.any()


def test_another_stop_rule_begins_to_wait_anew() -> None:
    trainer = momentum_training(stop=(bpgui.stop.patience(10**6),))
    trainer.run(epochs=10)
    assert trainer.state().best < np.inf
    trainer.apply(SetRecipe({"stop": (bpgui.stop.patience(5, restore_best=True),)}))
    state = trainer.state()
    assert (state.best, state.waited) == (np.inf, 0)
    assert bits(state.best_vector) == bits(state.vector)


@pytest.mark.parametrize("kind", ["loss", "data", "split", "output"])
def test_an_error_of_another_meaning_is_not_measured_against_the_best_one(kind: str) -> None:
    trainer = momentum_training(stop=(bpgui.stop.patience(10**6, restore_best=True),))
    trainer.run(epochs=10)
    trainer.run(updates=2)
    there = trainer.training
    assert there.state.best < np.inf
    assert bits(there.state.best_vector) != bits(there.state.vector)
    data = there.data
    change: Change = {
        "loss": SetRecipe({"loss": "mse"}),
        "data": SetData(Dataset("other", np.ones((3, 2)), np.ones((3, 1)))),
        "split": SetData(replace(data, validation=np.arange(12) < 4)),
        "output": SetNetwork(structure.with_activation(there.network, 2, "tanh")),
    }[kind]
    inverse = trainer.apply(change)
    state = trainer.state()
    assert (state.best, state.waited) == (np.inf, 0)
    assert bits(state.best_vector) == bits(state.vector)
    assert bits(state.vector) == bits(there.state.vector)
    redo = trainer.apply(inverse)
    assert same(trainer.training, there)
    # Once there were updates in between, the best error of before is gone.
    trainer.apply(redo)
    trainer.run(updates=1)
    trainer.apply(inverse)
    assert trainer.state().best == np.inf


def test_another_hidden_activation_goes_on_with_the_best_error() -> None:
    trainer = momentum_training(stop=(bpgui.stop.patience(10**6),))
    trainer.run(epochs=10)
    before = trainer.state()
    trainer.apply(SetNetwork(structure.with_activation(trainer.network, 1, "relu")))
    assert trainer.state().best == before.best < np.inf


def test_another_training_shows_its_own_errors_only() -> None:
    trainer = momentum_training()
    trainer.run(epochs=10)
    errors, there = trainer.errors, trainer.training
    inverse = trainer.apply(Begin(there.with_seed(99)))
    assert (trainer.update, trainer.errors.size) == (0, 0)
    trainer.run(epochs=30)
    assert bits(trainer.errors[:10]) != bits(errors)
    trainer.apply(SetRecipe({"learning_rate": 0.001}))
    assert trainer.errors.size == 30
    trainer.apply(inverse)
    assert same(trainer.training, there)
    assert trainer.errors.size == 0
    trainer.run(epochs=1)
    assert (trainer.history.first_epoch, trainer.errors.size) == (10, 1)


def test_going_to_an_earlier_state_forgets_the_errors_after_it() -> None:
    trainer = momentum_training()
    state = trainer.state()
    trainer.run(epochs=10)
    errors = trainer.errors
    trainer.restore(state)
    assert trainer.errors.size == 0
    trainer.run(epochs=10)
    assert bits(trainer.errors) == bits(errors)


def test_a_validation_set_that_comes_later_has_gaps_before_it() -> None:
    trainer = momentum_training()
    trainer.run(epochs=3)
    data = trainer.training.data
    trainer.apply(SetData(replace(data, validation=np.arange(12) < 4)))
    trainer.run(epochs=2)
    assert np.isnan(trainer.validation_errors).tolist() == [True, True, True, False, False]
    trainer.apply(SetData(data))
    trainer.run(epochs=2)
    trainer.apply(SetData(replace(data, validation=np.arange(12) < 4)))
    trainer.run(epochs=1)
    assert np.isnan(trainer.validation_errors).tolist() == [True, True, True, False, False, True, True, False]
    assert trainer.errors.size == 8


def refusals() -> list[tuple[str, Change, str]]:
    net = momentum_training().network
    cut = structure.with_mask(net, "cut", [int(net.keys[0])], True)
    other = Network.dense((3, 3, 1))
    return [
        ("unknown key", SetParameters(np.array([10**9]), np.array([1.0])), "does not have"),
        ("NaN", SetParameters(net.keys[:2], np.array([1.0, np.nan])), "finite number of float64, got nan"),
        ("infinity", SetParameters(net.keys[:1], np.array([-np.inf])), "finite number of float64, got -inf"),
        (
            "cut connection",
            Together((SetNetwork(cut), SetParameters(net.keys[:1], np.array([1.0])))),
            "restore it first",
        ),
        ("other inputs", SetNetwork(other), r"X has shape \(12, 2\), the network needs \(samples, 3\)"),
        ("other outputs", SetNetwork(Network.dense((2, 3, 2))), "1 target column.* the network has 2"),
        ("unknown setting", SetRecipe({"rate": 1.0}), "unknown key 'rate'; known: loss, optimizer"),
        ("unknown nested", SetRecipe({"optimizer.beta": 1.0}), "'optimizer.beta'; known: .*optimizer.momentum"),
        ("rate", SetRecipe({"learning_rate": -1.0}), "greater than 0, got -1.0"),
        ("pair", SetRecipe({"loss": "cross_entropy"}), "needs 'softmax' outputs, the network has linear"),
        ("other data", SetData(Dataset("d", np.ones((2, 3)), np.ones((2, 1)))), r"\(2, 3\).*\(samples, 2\)"),
        ("together", Together((SetRecipe({"learning_rate": 0.5}), SetNetwork(other))), r"\(12, 2\)"),
    ]


@pytest.mark.parametrize("number", range(12), ids=[row[0] for row in refusals()])
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(number: int) -> None:
    _, _, words = refusals()[number]
    trainer = momentum_training()
    before, network, recipe = everything(trainer), trainer.network, trainer.recipe
    try:
        change = refusals()[number][1]
        with pytest.raises(ValueError, match=words):
            trainer.apply(change)
    finally:
        assert everything(trainer) == before
        assert trainer.network is network
        assert trainer.recipe is recipe
    untouched = momentum_training()
    for one in (trainer, untouched):
        one.run(updates=9)
    assert everything(trainer) == everything(untouched)


@examples(200)
@given(SEEDS)
def test_masked_entries_keep_every_bit_through_200_updates(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, "tanh")
    data = random_data(rng, network.inputs, network.outputs)
    recipe = random_recipe(rng, optimizer="momentum", l1=0.01, l2=0.02, clip_value=0.1, clip_norm=0.2)
    params = bpgui.Parameters(network, rng.normal(size=network.parameter_count))
    training = Training.begin(network, data, recipe, params)
    slots = rng.normal(size=training.state.slots.shape)
    slots[:, network.cut] = 0.0
    training = replace(training, state=replace(training.state, slots=slots))
    trainer = Trainer.of(training)
    trainer.run(updates=200)
    assert trainer.update == 200
    after = trainer.state()
    masked = network.cut | network.frozen
    assert bits(after.vector[masked]) == bits(training.first[masked])
    assert bits(after.slots[:, masked]) == bits(slots[:, masked])
    assert bits(after.vector[network.cut]) == bits(np.zeros(np.count_nonzero(network.cut)))
    moved = after.vector != training.first
    # Whatever may learn is at least moved by its velocity.
    assert moved[~masked].all()
