"""The worker: a thread that trains, takes changes between two updates and loses none of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support import bits

import bpgui
from bpgui.network import structure
from bpgui.network.network import Network
from bpgui.project.timeline import seek
from bpgui.training.changes import Begin, Change, Place, SetData, SetNetwork, SetParameters, SetRecipe, Together
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer, dataset_of
from bpgui.training.worker import Ticket
from training.cases import everything, training_bits
from training.desk import FOREVER, Desk, any_training


def test_a_change_while_running_is_applied_between_two_updates_and_recorded(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(50)
    [ticket] = one.post(SetRecipe({"learning_rate": 0.001}))
    assert ticket.refusal is None
    assert ticket.before.recipe.learning_rate == 0.003
    assert ticket.after.recipe.learning_rate == 0.001
    assert training_bits(ticket.before) == training_bits(ticket.after)
    update = ticket.before.state.update
    assert update >= 50
    assert one.changes == [update]
    assert one.worker.running
    one.progress(50)
    one.check_replay()


def changes_of(training: Training, number: int) -> Change:
    """Changes of every kind, in turn."""
    net = training.network
    keys = net.keys[:2]
    kinds: list[Callable[[], Change]] = [
        lambda: SetParameters(keys, np.array([0.1, -0.1])),
        lambda: SetRecipe({"learning_rate": 0.001}),
        lambda: SetNetwork(structure.with_units(net, 1, 3 + number % 5)),
        lambda: SetRecipe({"seed": number, "loss": "mse"}),
        lambda: SetNetwork(structure.with_mask(net, "frozen", [int(key) for key in keys], number % 2 == 0)),
        lambda: SetRecipe({"optimizer": "sgd", "batch_size": 5}),
        lambda: SetData(dataset_of(net, np.eye(2), np.ones((2, 1)), (np.eye(2), np.ones((2, 1))), None)),
        lambda: Together((SetRecipe({"optimizer": "momentum"}), SetNetwork(structure.with_activation(net, 1, "relu")))),
        lambda: SetRecipe({"dropout": 0.0, "l2": 0.01, "stop": (bpgui.stop.patience(10**6),)}),
    ]
    return kinds[number % len(kinds)]()


def test_the_record_gives_every_bit_after_changes_undone_and_not(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    for number in range(18):
        one.progress(20)
        change = changes_of(one.ask(lambda trainer: trainer.training), number)
        [ticket] = one.post(change)
        assert ticket.refusal is None
        one.progress(5)
        if number % 3 == 0:
            back = one.undo(ticket)
            assert back.refusal is None
            one.progress(5)
            assert one.undo(back).refusal is None  # redo
        if number % 6 == 5:
            one.worker.pause()
            one.check_replay()
            one.worker.run(FOREVER)
    one.check_replay()
    assert len(one.changes) == 18 + 6 + 6
    assert one.changes == sorted(one.changes)


def test_an_earlier_update_is_replayed_too(desk: Any) -> None:
    one = desk()
    start, changes = one.ask(lambda trainer: trainer.training), []
    for number in range(4):
        one.step(updates=11)
        changes.append(changes_of(one.ask(lambda trainer: trainer.training), number))
        one.post(changes[-1])
    one.step(updates=11)
    assert one.ask(lambda trainer: trainer.update) == 55
    trainer = Trainer.of(start)
    for update in range(56):
        if update and update % 11 == 0 and changes:
            trainer.apply(changes.pop(0))
        assert training_bits(seek(one.timeline.past, Place(0, update)).training) == training_bits(trainer.training)
        trainer.run(updates=1)


def test_a_change_undone_before_it_could_happen_leaves_no_trace(desk: Any) -> None:
    one = desk()
    one.step(updates=9)
    before = one.ask(everything)
    ticket = one.worker.post(SetParameters(any_training().network.keys[:1], np.array([5.0])))
    back = one.worker.undo(ticket)
    one.settle([ticket, back])
    assert one.ask(everything) == before
    assert back.refusal is None


def test_undoing_a_weight_sets_what_it_was_just_before(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(100)
    key = any_training().network.keys[:1]
    [ticket] = one.post(SetParameters(key, np.array([5.0])))
    one.progress(100)
    back = one.undo(ticket)
    assert back.after.state.vector[0] == ticket.before.state.vector[0]
    assert back.before.state.vector[0] != ticket.before.state.vector[0]
    assert bits(back.after.state.vector[1:]) == bits(back.before.state.vector[1:])
    one.check_replay()


def test_a_change_that_is_refused_leaves_training_going_on(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(20)
    unfit = SetNetwork(Network.dense((3, 4, 1)))
    tickets = one.post(unfit, SetRecipe({"loss": "cross_entropy"}), SetRecipe({"learning_rate": -1.0}))
    assert [ticket.refusal is not None for ticket in tickets] == [True] * 3
    assert [event.text for event in one.events if event.kind == "refused"] == [ticket.refusal for ticket in tickets]
    assert "needs 'softmax' outputs" in tickets[1].refusal
    assert one.undo(tickets[0]).refusal == "there is nothing to undo"
    assert one.worker.running
    one.progress(20)
    assert one.changes == []
    one.check_replay()


@pytest.mark.parametrize("pace", [None, 0.01, 50.0])
@pytest.mark.parametrize("running", [True, False])
def test_closing_ends_the_thread(pace: float | None, running: bool) -> None:
    one = Desk(any_training())
    one.worker.set_pace(pace)
    if running:
        one.worker.run(FOREVER)
    assert one.worker.alive
    one.worker.close()
    assert not one.worker.alive
    assert not one.worker.running
    one.worker.close()


def test_a_long_update_does_not_keep_the_worker_from_closing() -> None:
    one = Desk(any_training(200_000, batch_size="full", shuffle=False))
    one.worker.run(FOREVER)
    one.wait_for("started")
    one.worker.close()
    assert not one.worker.alive


@pytest.mark.parametrize("pace", [0.0, -1.0, float("nan"), float("inf")])
def test_a_pace_that_is_none_is_refused(desk: Any, pace: float) -> None:
    one = desk()
    with pytest.raises(ValueError, match=f"epochs a second, got {pace}"):
        one.worker.set_pace(pace)
    one.worker.run(10)
    one.wait_for("finished")


def test_questions_are_answered_on_the_workers_thread_while_it_trains(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    updates = []
    for _ in range(20):
        name, update = one.ask(lambda trainer: (threading.current_thread().name, trainer.state().update))
        assert name == "bpgui-worker"
        updates.append(update)
        one.progress(1)
    assert updates == sorted(updates)
    assert updates[-1] > updates[0]


def test_a_fault_is_told_and_does_not_end_the_thread(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.worker.ask(lambda trainer: trainer.nothing)
    assert one.wait_for("failed").text.startswith("AttributeError: ")
    assert not one.worker.running
    [ticket] = one.post(SetParameters(None, None))  # type: ignore[arg-type]
    assert one.wait_for("failed", 2)
    assert ticket.refusal
    assert training_bits(ticket.before) == training_bits(ticket.after) == training_bits(one.ask(lambda t: t.training))
    one.worker.run(one.ask(lambda trainer: trainer.epoch) + 10)
    one.wait_for("finished")


def test_a_change_is_done_only_once_it_is_recorded(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = desk()
    done = []

    def watch(name: str) -> None:
        record = getattr(one.timeline, name)

        def watched(*args: Any) -> None:
            done.append(any(ticket.done for ticket in tickets))
            record(*args)

        monkeypatch.setattr(one.timeline, name, watched)

    watch("begun")
    watch("changed")
    gate = threading.Event()
    one.worker.ask(lambda _trainer: gate.wait())  # type: ignore[arg-type]
    training = any_training(seed=3)
    tickets = [one.worker.post(SetRecipe({"learning_rate": 0.001}))]
    gate.set()
    one.settle(tickets)
    gate.clear()
    one.worker.ask(lambda _trainer: gate.wait())  # type: ignore[arg-type]
    tickets = [one.worker.post(Begin(training))]
    gate.set()
    one.settle(tickets)
    assert done == [False, False]


def test_another_run_begins_another_branch(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(50)
    one.post(SetRecipe({"learning_rate": 0.001}))
    start = one.ask(lambda trainer: trainer.training.reset())
    [ticket] = one.post(Begin(start))
    one.wait_for("began")
    assert one.worker.running
    assert training_bits(one.timeline.past.here.start.training) == training_bits(start)
    one.progress(50)
    one.check_replay()
    one.worker.pause()
    back = one.undo(ticket)
    one.wait_for("began", 2)
    assert training_bits(back.after) == training_bits(ticket.before)
    one.step(updates=10)
    one.check_replay()


def test_5000_posts_from_two_threads_are_all_applied_in_order(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    keys = any_training().network.keys
    tickets: dict[int, list[Ticket]] = {0: [], 1: []}

    def post(which: int) -> None:
        for number in range(2500):
            tickets[which].append(one.worker.post(SetParameters(keys[which : which + 1], np.array([1e-4 * number]))))

    threads = [threading.Thread(target=post, args=(which,)) for which in tickets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.settle(tickets[0] + tickets[1])
    assert all(ticket.refusal is None for both in tickets.values() for ticket in both)
    for which, posted in tickets.items():
        updates = [ticket.before.state.update for ticket in posted]
        assert updates == sorted(updates)
        assert all(ticket.after.state.vector[which] == ticket.change.values[0] for ticket in posted)
    one.progress(20)
    one.check_replay()
