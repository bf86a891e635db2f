"""What the worker runs: to an end, at a pace, or step by step."""

from __future__ import annotations

from time import monotonic
from typing import Any

import numpy as np
import pytest

import bpgui
from bpgui.training.changes import SetRecipe
from bpgui.training.trainer import Trainer
from training.cases import everything
from training.desk import FOREVER, any_training


def test_a_run_gives_the_bits_of_a_trainer(desk: Any) -> None:
    one = desk()
    one.worker.run(400)
    assert one.wait_for("finished").text == "all 400 epochs are done"
    assert one.kinds == ["started", "finished"]
    assert not one.worker.running
    alone = Trainer.of(any_training())
    alone.run(epochs=400)
    assert one.ask(everything) == everything(alone)
    one.worker.run(500)
    one.wait_for("finished", 2)
    alone.run(epochs=100)
    assert one.ask(everything) == everything(alone)


def test_a_pause_stops_between_two_updates_and_a_run_goes_on_from_there(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(100)
    one.worker.pause()
    one.wait_for("paused")
    assert not one.worker.running
    there = one.ask(everything)
    assert one.ask(everything) == there
    update = one.ask(lambda trainer: trainer.update)
    alone = Trainer.of(any_training())
    alone.run(updates=update)
    assert there == everything(alone)
    one.worker.pause()  # once more changes and tells nothing
    one.worker.run(FOREVER)
    one.wait_for("started", 2)
    one.progress(100)
    assert one.kinds == ["started", "paused", "started"]
    one.check_replay()


def test_divergence_is_told_and_ends_the_run(desk: Any) -> None:
    one = desk(learning_rate=1e6, dropout=0.0)
    one.worker.run(FOREVER)
    event = one.wait_for("diverged")
    assert "left the finite range" in event.text
    assert not one.worker.running
    assert np.isfinite(one.ask(lambda trainer: trainer.params.vector)).all()
    one.check_replay()
    one.worker.step(updates=1)
    one.wait_for("diverged", 2)


def test_a_change_of_the_epochs_moves_the_end_of_a_run_that_is_on(desk: Any) -> None:
    one = desk()
    one.worker.set_pace(20.0)
    one.worker.run()
    one.progress(5)
    one.post(SetRecipe({"epochs": 4}))
    assert one.wait_for("finished").text == "all 4 epochs are done"


def test_a_stop_rule_is_told_and_the_run_can_go_on_beyond_it(desk: Any) -> None:
    one = desk(stop=(bpgui.stop.patience(3, restore_best=True),))
    one.worker.run(FOREVER)
    assert one.wait_for("stopped").text.startswith("no better error for 3 epochs; stopped at update ")
    for count in range(2, 6):
        one.worker.run(FOREVER)
        one.wait_for("stopped", count)
    one.step(updates=3)
    one.post(SetRecipe({"stop": ()}))
    one.step(updates=50)
    one.check_replay()


def test_a_time_to_stop_after_counts_from_the_start_of_the_run(desk: Any) -> None:
    one = desk(stop=(bpgui.stop.seconds(0.05),))
    for count in (1, 2):
        began = monotonic()
        one.worker.run(FOREVER)
        event = one.wait_for("stopped", count)
        assert monotonic() - began >= 0.05
        assert event.text.startswith("0.05 seconds were over; stopped at update ")
    one.check_replay()
    slow = desk(stop=(bpgui.stop.seconds(0.05),))
    slow.worker.set_pace(20.0)
    slow.worker.run(FOREVER)
    slow.wait_for("stopped")


@pytest.mark.parametrize("updates", [1, 2, 5, 10, 1000])
def test_a_step_of_updates_is_exactly_that(desk: Any, updates: int) -> None:
    one = desk()
    for count in range(1, 40):
        one.worker.step(updates=updates)
        one.wait_for("paused", count)
        assert one.ask(lambda trainer: trainer.update) == count * updates
    alone = Trainer.of(any_training())
    alone.run(updates=39 * updates)
    assert one.ask(everything) == everything(alone)


def test_a_step_of_an_epoch_ends_at_its_end(desk: Any) -> None:
    one = desk()
    one.worker.step(updates=2)
    one.worker.step(epochs=1)
    one.wait_for("paused", 2)
    assert one.kinds == ["paused", "paused"]
    state = one.ask(lambda trainer: trainer.state())
    assert (state.epoch, state.update, state.position) == (1, 5, 0)
    one.worker.step(epochs=3)
    one.wait_for("paused", 3)
    assert one.ask(lambda trainer: trainer.update) == 20


def test_a_step_goes_on_after_what_is_asked_and_changed_meanwhile(desk: Any) -> None:
    one = desk()
    one.worker.step(updates=500_000)
    for rate in (0.001, 0.002, 0.0015):
        one.progress(10)
        [ticket] = one.post(SetRecipe({"learning_rate": rate}))
        assert 0 < ticket.after.state.update < 500_000
    one.wait_for("paused")
    assert one.kinds == ["paused"]
    assert one.ask(lambda trainer: trainer.update) == 500_000
    assert len(set(one.changes)) == 3


@pytest.mark.parametrize("ends", ["pause", "close"])
def test_a_step_that_takes_long_is_ended_by_a_pause_or_the_end(desk: Any, ends: str) -> None:
    one = desk()
    one.worker.step(updates=10**12)
    one.worker.step(updates=10**12)
    one.progress(10)
    getattr(one.worker, ends)()
    if ends == "pause":
        one.wait_for("paused")
        assert one.ask(lambda trainer: trainer.update) == one.ask(lambda trainer: trainer.update)
        one.check_replay()


def test_a_step_while_running_pauses_first(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(50)
    one.worker.step(updates=1)
    one.wait_for("paused", 2)
    assert not one.worker.running
    one.check_replay()


def test_a_pace_gives_about_that_many_epochs_a_second(desk: Any) -> None:
    one = desk()
    one.worker.set_pace(50.0)
    began = monotonic()
    one.worker.run(30)
    one.wait_for("finished")
    took = monotonic() - began
    assert 0.5 < took < 6.0  # 30 epochs at 50 a second are 0.6 seconds; a busy machine takes longer
    alone = Trainer.of(any_training())
    alone.run(epochs=30)
    assert one.ask(everything) == everything(alone)


def test_a_pace_can_be_changed_while_running(desk: Any) -> None:
    one = desk()
    one.worker.set_pace(0.02)
    one.worker.run(2000)
    one.wait_for("started")
    assert one.ask(lambda trainer: trainer.epoch) == 0
    one.worker.set_pace(None)
    one.wait_for("finished")


def test_a_slow_pace_does_not_delay_what_is_asked(desk: Any) -> None:
    one = desk()
    one.worker.set_pace(0.001)
    one.worker.run(FOREVER)
    one.wait_for("started")
    assert one.ask(lambda trainer: trainer.update) == 0
    one.post(SetRecipe({"learning_rate": 0.1}))
    one.worker.step(updates=1)
    one.wait_for("paused", 2)
    assert one.ask(lambda trainer: trainer.update) == 1
