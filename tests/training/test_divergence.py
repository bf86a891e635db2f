"""Divergence is found at the very update, whatever hides it, and the last finite parameters are kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bits, examples

import bpgui
from bpgui import Layer, Network
from bpgui.training.changes import Begin, SetRecipe
from bpgui.training.optimizers import Momentum
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer, dataset_of, finish
from training.cases import everything, with_recipe

X = np.random.default_rng(4).normal(size=(10, 2))
T = X[:, :1] * X[:, 1:]


def training(net: Network, vector: object, x: object, t: object, recipe: bpgui.Recipe) -> Training:
    params = vector if isinstance(vector, bpgui.Parameters) else bpgui.Parameters(net, np.array(vector))
    return Training.begin(net, dataset_of(net, np.array(x), np.array(t), None, None), recipe, params)


def huge_rate() -> Training:
    """The error itself overflows."""
    net = Network.dense((2, 8, 1), "relu")
    return training(net, net.initialise(1), X, T, bpgui.Recipe(learning_rate=50.0, batch_size=3, epochs=100))


def hidden_by_sigmoid() -> Training:
    """The weights overflow to infinity; the sigmoid makes 0 or 1 of it, so that the error stays finite for ever."""
    net = Network.dense((2, 3, 1), "sigmoid", "sigmoid", bias=False)
    recipe = bpgui.Recipe(l2=60.0, learning_rate=0.2, batch_size=4, epochs=1000, shuffle=False)
    return training(net, net.initialise(2), X, np.abs(np.sign(T)), recipe)


def hidden_by_an_input_of_0() -> Training:
    """A weight overflows whose input is always 0; no error ever shows it."""
    layers = [Layer(1), Layer(1, "sigmoid"), Layer(1, "linear")]
    net = Network(layers, [(0, 1), (1, 2)])
    recipe = bpgui.Recipe(learning_rate=1.0, l2=3.0, epochs=5000)
    # The penalty makes the weight from the input twice as large at each update.
    return training(net, [1.0, 0.0, 0.0, 0.0], [[0.0]], [[0.0]], recipe)


def hidden_by_a_dead_relu() -> Training:
    """One step makes the weight minus infinity, which the ReLU turns to 0: every error from then on is finite."""
    net = Network.dense((1, 1), output="relu", bias=False)
    return training(net, [1.0], [[1.0]], [[-1.0]], bpgui.Recipe(learning_rate=1e308, epochs=20_000))


def by_momentum() -> Training:
    """The velocity swings ever wider."""
    net = Network.dense((2, 6, 1), "linear")
    recipe = bpgui.Recipe(optimizer=Momentum(0.99), learning_rate=2.0, batch_size=4, epochs=5000)
    return training(net, net.initialise(1), X, T, recipe)


def through_softmax() -> Training:
    """The largest z overflows, so that softmax is infinity less infinity."""
    net = Network.dense((2, 4, 3), "linear", "softmax")
    labels = np.arange(10) % 3
    recipe = bpgui.Recipe("cross_entropy", learning_rate=0.5, l2=8.0, batch_size=5, epochs=5000)
    return training(net, net.initialise(1), X, labels, recipe)


def in_the_first_update() -> Training:
    """Nothing was ever done."""
    net = Network.dense((1, 1))
    return training(net, [1e200, 0.0], [[1e200]], [[0.0]], bpgui.Recipe(epochs=10))


def in_the_last_weight_only() -> Training:
    """One weight of many leaves the finite range, while the error is finite: f is tanh."""
    net = Network([Layer(1), Layer(40, "tanh", bias=False), Layer(1, "tanh", bias=False)], [(0, 1), (1, 2)])
    vector = np.zeros(80)
    vector[79] = 1e307
    return training(net, vector, [[0.0]], [[0.0]], bpgui.Recipe(learning_rate=1.0, l2=2.5, epochs=10_000))


WAYS: list[Callable[[], Training]] = [
    huge_rate,
    hidden_by_a_dead_relu,
    hidden_by_sigmoid,
    hidden_by_an_input_of_0,
    by_momentum,
    through_softmax,
    in_the_first_update,
    in_the_last_weight_only,
]


def step_by_step(start: Training) -> Trainer:
    """The trainer at the state before the first update that leaves the finite range, found the slow way."""
    trainer = Trainer.of(start)
    while trainer.update < 20_000:
        # One update in a trainer of its own: whether that diverges is looked at from outside.
        ahead = Trainer.of(trainer.training)
        ending = ahead.run(updates=1)
        if ending == "diverged" or not np.isfinite(ahead.state().vector).all():
            return trainer
        trainer.run(updates=1)
    raise AssertionError("it did not diverge")


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_a_diverged_run_ends_before_the_update_that_leaves_the_finite_range(way: Callable[[], Training]) -> None:
    start = way()
    slow = step_by_step(start)
    fast = Trainer.of(start)
    run = finish(fast, start.recipe.epochs)
    assert run.status == "diverged"
    assert everything(fast) == everything(slow)
    assert np.isfinite(run.params.vector).all()
    assert (run.updates, run.epochs) == (slow.update, slow.epoch)
    assert run.errors.size == run.epochs == run.history.epochs
    assert np.isfinite(run.errors).all()
    assert f"at update {run.updates:,}, in epoch {run.epochs:,}" in run.reason
    assert "smaller learning rate" in run.reason


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_the_next_update_after_divergence_would_indeed_overflow(way: Callable[[], Training]) -> None:
    start = way()
    trainer = Trainer.of(start)
    assert trainer.run() == "diverged"
    params = trainer.params
    # The same once more, as often as one likes: nothing moves.
    before = everything(trainer)
    assert trainer.run(updates=1) == "diverged"
    assert trainer.run(epochs=3) == "diverged"
    assert everything(trainer) == before
    assert np.isfinite(bpgui.predict(start.network, params, X[:, : start.network.inputs])).any()


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_where_it_diverges_does_not_depend_on_slices(way: Callable[[], Training]) -> None:
    start = way()
    whole = Trainer.of(start)
    assert whole.run() == "diverged"

    @examples(100)
    @given(st.lists(st.integers(1, 60), min_size=1, max_size=20), st.sampled_from(["updates", "epochs"]))
    def check(slices: list[int], unit: str) -> None:
        trainer = Trainer.of(start)
        ending = "done"
        for count in slices:
            ending = trainer.run(**{unit: count})
            if ending == "diverged":
                break
        assert ending in ("done", "diverged")
        if ending == "done":
            assert trainer.run() == "diverged"
        assert everything(trainer) == everything(whole)

    check()


def test_the_error_stays_finite_where_a_sigmoid_hides_infinity() -> None:
    start = hidden_by_sigmoid()
    trainer = Trainer.of(start)
    assert trainer.run() == "diverged"
    assert trainer.epoch > 10
    assert trainer.errors.max() < 1.0
    assert np.abs(trainer.params.vector).max() > 1e300


def test_a_sum_of_errors_before_divergence_is_kept_as_it_was() -> None:
    start = huge_rate()
    trainer = Trainer.of(start)
    assert trainer.run() == "diverged"
    assert trainer.state().position > 0
    restarted = Trainer.of(start)
    restarted.run(updates=trainer.update)
    assert bits(trainer.state().error_sum) == bits(restarted.state().error_sum)


def test_after_divergence_a_change_lets_training_go_on() -> None:
    trainer = Trainer.of(huge_rate())
    assert trainer.run() == "diverged"
    net = trainer.network
    trainer.apply(Begin(training(net, net.initialise(1), X, T, trainer.recipe)))
    trainer.apply(SetRecipe({"learning_rate": 0.01}))
    assert trainer.run() == "done"
    assert trainer.epoch == 100


def test_a_stop_rule_that_comes_after_the_overflow_does_not_hide_it() -> None:
    start = hidden_by_sigmoid()
    plain = Trainer.of(start)
    assert plain.run() == "diverged"
    # Patience would end the run a few epochs later, within the same slice.
    stop = (bpgui.stop.patience(plain.epoch + 20, min_delta=1e9),)
    trainer = Trainer.of(with_recipe(start, stop=stop))
    assert trainer.run() == "diverged"
    assert bits(trainer.params.vector) == bits(plain.params.vector)
    assert bits(trainer.errors) == bits(plain.errors)


def test_a_validation_error_that_is_not_finite_is_no_divergence() -> None:
    net = Network.dense((1, 1))
    run = bpgui.train(
        net, net.initialise(1), [[1.0]], [[0.5]], bpgui.Recipe(epochs=20), validation=([[1e200]], [[0.0]])
    )
    assert run.status == "finished"
    assert np.isinf(run.validation_errors).all()
    assert np.isfinite(run.errors).all()


def test_denormals_do_not_count_as_divergence_and_vanish() -> None:
    net = Network.dense((1, 1), bias=False)
    recipe = bpgui.Recipe(learning_rate=0.999, epochs=200)
    run = bpgui.train(net, bpgui.Parameters(net, [1.0]), [[1.0]], [[0.0]], recipe)
    assert run.status == "finished"
    assert run.params.vector.tolist() == [0.0]
