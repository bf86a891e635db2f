"""Stop rules end a run at the epoch that they say, and the ending is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support import bits

import bpgui
from bpgui.training.changes import SetRecipe
from bpgui.training.trainer import Trainer, finish, told
from training.cases import everything


def swinging(stop: tuple[Any, ...] = (), epochs: int = 60, **recipe: Any) -> bpgui.Trainer:
    """One weight that overshoots its target, falling first and rising later: momentum."""
    net = bpgui.Network.dense((1, 1), bias=False)
    made = bpgui.Recipe(optimizer="momentum", learning_rate=0.05, epochs=epochs, stop=stop, **recipe)
    return bpgui.Trainer(net, bpgui.Parameters(net, [3.0]), [[1.0]], [[0.0]], made)


def oracle(errors: list[float], patience: int, min_delta: float) -> tuple[int, int]:
    """(epochs done when the rule fires, number of the best epoch), from the definition."""
    best, best_epoch, waited = np.inf, -1, 0
    for epoch, error in enumerate(errors):
        if error < best - min_delta:
            best, best_epoch, waited = error, epoch, 0
        else:
            waited += 1
        if waited == patience:
            return epoch + 1, best_epoch
    raise AssertionError("the rule does not fire")


def train(trainer: bpgui.Trainer) -> bpgui.Run:
    return finish(trainer, trainer.recipe.epochs)


def every_error(**recipe: Any) -> list[float]:
    trainer = swinging(**recipe)
    trainer.run()
    return trainer.errors.tolist()


def test_error_below_ends_at_the_first_epoch_whose_error_is_less() -> None:
    errors = every_error()
    at = next(i for i, error in enumerate(errors) if error < 0.5)
    assert 3 < at < 50
    run = train(swinging((bpgui.stop.error_below(0.5),)))
    assert (run.status, run.epochs, run.updates) == ("stopped", at + 1, at + 1)
    assert run.reason == f"the error fell below 0.5; stopped at update {at + 1}"
    assert run.errors.tolist() == errors[: at + 1]
    # The limit itself is not below it.
    assert train(swinging((bpgui.stop.error_below(errors[at]),))).epochs > at + 1


@pytest.mark.parametrize("patience", [1, 2, 5, 9])
@pytest.mark.parametrize("min_delta", [0.0, 0.1])
def test_patience_counts_epochs_that_are_no_better(patience: int, min_delta: float) -> None:
    epochs, _ = oracle(every_error(), patience, min_delta)
    run = train(swinging((bpgui.stop.patience(patience, min_delta),)))
    assert (run.status, run.epochs) == ("stopped", epochs)
    assert run.reason == f"no better error for {patience} epochs; stopped at update {epochs}"


@pytest.mark.parametrize("patience", [1, 5])
def test_patience_restores_nothing_unless_asked(patience: int) -> None:
    epochs, best = oracle(every_error(), patience, 0.0)
    plain = swinging()
    vectors = []
    for _ in range(epochs):
        plain.run(epochs=1)
        vectors.append(plain.params.vector)
    kept = train(swinging((bpgui.stop.patience(patience),)))
    restored = train(swinging((bpgui.stop.patience(patience, restore_best=True),)))
    assert bits(kept.params.vector) == bits(vectors[-1])
    # The parameters at the end of the epoch whose error was the best.
    assert bits(restored.params.vector) == bits(vectors[best])
    assert (restored.epochs, restored.updates) == (kept.epochs, kept.updates)
    assert bits(restored.errors) == bits(kept.errors)


def test_patience_watches_the_validation_set_where_there_is_one() -> None:
    rng = np.random.default_rng(3)
    x, held = rng.normal(size=(6, 2)), rng.normal(size=(8, 2))
    net = bpgui.Network.dense((2, 12, 1))
    t, held_t = rng.normal(size=(6, 1)), rng.normal(size=(8, 1))
    recipe = bpgui.Recipe(learning_rate=0.3, batch_size=3, epochs=400)
    free = bpgui.train(net, net.initialise(1), x, t, recipe, validation=(held, held_t))
    epochs, best = oracle(free.validation_errors.tolist(), 10, 0.0)
    assert free.errors[epochs - 1] < free.errors[best]  # the training error went on falling
    stop = (bpgui.stop.patience(10, restore_best=True),)
    run = bpgui.train(net, net.initialise(1), x, t, recipe.changed({"stop": stop}), validation=(held, held_t))
    assert (run.status, run.epochs) == ("stopped", epochs)
    assert bits(run.validation_errors) == bits(free.validation_errors[:epochs])
    assert bpgui.error(net, run.params, held, held_t) == run.validation_errors[best]


def test_a_validation_error_that_is_not_finite_is_no_better() -> None:
    net = bpgui.Network.dense((1, 1))
    recipe = bpgui.Recipe(epochs=50, stop=(bpgui.stop.patience(3, restore_best=True),))
    run = bpgui.train(net, net.initialise(1), [[1.0]], [[0.5]], recipe, validation=([[1e200]], [[0.0]]))
    assert (run.status, run.epochs) == ("stopped", 3)
    assert np.isfinite(run.params.vector).all()


def test_a_time_ends_the_run_and_says_at_which_update() -> None:
    run = train(swinging((bpgui.stop.seconds(0.03),), epochs=10**9))
    assert run.status == "stopped"
    assert run.reason == f"0.03 seconds were over; stopped at update {run.updates:,}"
    again = swinging(epochs=10**9)
    again.run(updates=run.updates)
    assert bits(again.params.vector) == bits(run.params.vector)


def test_the_first_rule_that_fires_ends_the_run() -> None:
    errors = every_error()
    rules = (bpgui.stop.error_below(0.5), bpgui.stop.patience(1), bpgui.stop.seconds(60.0))
    at = next(i for i, error in enumerate(errors) if error < 0.5)
    assert train(swinging(rules)).epochs == min(at + 1, oracle(errors, 1, 0.0)[0])
    rules = (bpgui.stop.error_below(1e-30), bpgui.stop.patience(1))
    assert train(swinging(rules)).epochs == oracle(errors, 1, 0.0)[0]


def test_a_run_without_an_event_is_finished() -> None:
    run = train(swinging((bpgui.stop.patience(1000), bpgui.stop.error_below(1e-300)), epochs=20))
    assert (run.status, run.reason, run.epochs) == ("finished", "all 20 epochs are done", 20)
    assert run.validation_errors.size == 0


def test_one_epoch_is_told_as_one() -> None:
    assert train(swinging(epochs=1)).reason == "1 epoch is done"


def test_stop_rules_do_not_depend_on_slices() -> None:
    for stop in ((bpgui.stop.patience(5, restore_best=True),), (bpgui.stop.error_below(0.5),)):
        whole, sliced = swinging(stop), swinging(stop)
        ending = whole.run()
        while (part := sliced.run(updates=1)) == "done":
            pass
        assert part == ending
        assert everything(sliced) == everything(whole)


def test_training_goes_on_after_a_rule_as_long_as_one_wants() -> None:
    trainer = swinging((bpgui.stop.error_below(0.5),))
    assert trainer.run() == "error_below"
    epoch = trainer.epoch
    assert trainer.run() == "error_below"
    assert trainer.epoch == epoch + 1
    trainer.apply(SetRecipe({"stop": ()}))
    assert trainer.run() == "done"
    assert trainer.epoch == 60


def test_the_wait_of_patience_is_part_of_the_state() -> None:
    stop = (bpgui.stop.patience(5, restore_best=True),)
    whole = swinging(stop)
    whole.run()
    for epochs in range(1, whole.epoch):
        first, second = swinging(stop), swinging(stop)
        first.run(epochs=epochs)
        second.restore(first.state())
        assert second.run() == "patience"
        assert second.epoch == whole.epoch
        assert bits(second.params.vector) == bits(whole.params.vector)


def test_an_interrupted_run_was_stopped_by_hand() -> None:
    trainer = swinging()
    trainer.run(updates=4)
    trainer.interrupt()
    assert trainer.run() == "interrupted"
    assert told("interrupted", trainer) == ("stopped", "stopped by hand at update 4")
    assert isinstance(trainer, Trainer)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: bpgui.stop.error_below(0.0), "greater than 0, got 0.0"),
        (lambda: bpgui.stop.error_below(-1.0), "greater than 0, got -1.0"),
        (lambda: bpgui.stop.error_below(float("nan")), "greater than 0, got nan"),
        (lambda: bpgui.stop.patience(0), "epochs is a whole number from 1 to .*, got 0"),
        (lambda: bpgui.stop.patience(-2), "epochs is a whole number from 1 to .*, got -2"),
        (lambda: bpgui.stop.patience(2.5), "epochs is a whole number from 1 to .*, got 2.5"),
        (lambda: bpgui.stop.patience(True), "epochs is a whole number from 1 to .*, got True"),
        (lambda: bpgui.stop.patience(3, -0.1), "min_delta is a number from 0 on, got -0.1"),
        (lambda: bpgui.stop.patience(3, float("nan")), "min_delta is a number from 0 on, got nan"),
        (lambda: bpgui.stop.seconds(0.0), "greater than 0, got 0.0"),
        (lambda: bpgui.stop.seconds(-1.0), "greater than 0, got -1.0"),
        (lambda: bpgui.stop.seconds(float("nan")), "greater than 0, got nan"),
    ],
)
def test_rules_out_of_range_are_refused(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_the_best_parameters_come_back_only_where_patience_ended_the_run() -> None:
    rules = (bpgui.stop.patience(50, restore_best=True),)
    plain, restoring = swinging(epochs=20), swinging(rules, epochs=20)
    assert plain.run() == restoring.run() == "done"
    assert bits(restoring.params.vector) == bits(plain.params.vector)
    assert restoring.errors.argmin() < 19  # the last epoch is not the best one
