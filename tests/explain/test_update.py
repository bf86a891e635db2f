"""The next update of a parameter, before it is done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bpgui
from bpgui.explain.notation import Symbol
from bpgui.explain.update import next_update, rows_of
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer

W = Symbol("w", "w")


def with_recipe(name, **values):
    """The training of a built-in set by another recipe, whose optimizer has its state at 0."""
    training = of_builtin(name).training
    recipe = training.recipe.changed(values)
    slots = np.zeros((recipe.method.slots, training.state.vector.size))
    return replace(training, recipe=recipe, state=replace(training.state, slots=slots))


def test_plain_descent_is_shown_with_rate_and_gradient():
    update = next_update(of_builtin("article").training)
    assert update.exact
    formula = update.formula(4, W)  # the article's w¹₁₀
    assert formula.letters == "w − η × ∂E/∂w"
    assert formula.numbers(5) == "0.40000 − 0.30000 × 0.048861"
    assert round(float(update.after[4]), 5) == 0.38534
    assert round(float(update.after[0]), 8) == 0.09963170


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rmsprop", "adamw"])
@pytest.mark.parametrize("updates", [0, 1, 17, 40])
def test_the_next_update_is_the_one_that_training_does(optimizer, updates):
    trainer = Trainer.of(with_recipe("spirals", optimizer=optimizer, shuffle=True, l2=0.01))
    trainer.run(updates=updates)
    update = next_update(trainer.training)
    assert update.before.tolist() == trainer.params.vector.tolist()
    trainer.run(updates=1)
    assert update.after.tolist() == trainer.params.vector.tolist()
    assert not update.exact


def test_its_rows_are_those_that_the_core_visits():
    training = with_recipe("spirals", optimizer="sgd", batch_size=7, shuffle=True)
    trainer = Trainer.of(training)
    seen = []
    for _ in range(-(-240 // 7)):
        update = next_update(trainer.training)
        assert update.exact
        # Only the gradient over these very rows explains the step.
        assert np.allclose(
            update.before - training.recipe.learning_rate * update.gradient, update.after, rtol=0, atol=1e-15
        )
        seen += rows_of(trainer.training).tolist()
        trainer.run(updates=1)
    assert sorted(seen) == np.flatnonzero(~training.data.validation).tolist()


def test_a_frozen_weight_stays_and_says_why():
    training = of_builtin("article").training
    mask = np.array([[True, False], [False, False]])
    network = bpgui.Network(training.network.layers, [bpgui.Block(0, 1, frozen=mask), (1, 2)])
    update = next_update(replace(training, network=network))
    assert update.after[0] == update.before[0]
    assert update.formula(0, W).letters == "w, as it is frozen"
    assert update.gradient[0] != 0.0


def test_an_update_beyond_the_numbers_is_said_to_diverge():
    training = with_recipe("regression", optimizer="sgd", learning_rate=1e300)
    far = replace(training, state=replace(training.state, vector=np.full(33, 1e50)))
    update = next_update(far)
    assert update.diverges
    assert update.after.tolist() == update.before.tolist()


def test_parameters_beyond_any_gradient_are_refused_with_a_reason():
    training = with_recipe("regression", optimizer="sgd")
    huge = replace(training, state=replace(training.state, vector=np.full(33, 1e200)))
    with pytest.raises(ValueError, match="the gradient is not finite"):
        next_update(huge)
