"""The worker: a thread that trains, takes changes between two updates and loses none of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import numpy as np
import pytest
from support import bits

import bpgui
from bpgui.network import structure
from bpgui.network.network import Network
from bpgui.training.changes import Begin, Change, SetData, SetNetwork, SetParameters, SetRecipe, SetState, Together
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer, dataset_of
from bpgui.training.worker import Event, Record, Ticket, Worker
from training.cases import everything, training_bits

LONG = 20.0  # seconds after which something that should happen will not


class Desk:
    """A worker and someone who listens to it."""

    def __init__(self, training: Training) -> None:
        self._heard = threading.Condition()
        self.events: list[Event] = []
        self.worker = Worker(training, self._hear)

    def _hear(self) -> None:
        with self._heard:
            self.events += self.worker.events()
            self._heard.notify_all()

    def wait(self, until: Callable[[], Any]) -> Any:
        """Wait for something that is heard of."""
        with self._heard:
            assert self._heard.wait_for(until, LONG), self.events
        return until()

    def wait_for(self, kind: str, count: int = 1) -> Event:
        """Wait for the event of that kind that is the count-th of its kind."""
        self.wait(lambda: self.kinds.count(kind) >= count)
        return [event for event in self.events if event.kind == kind][count - 1]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def ask(self, question: Callable[[Trainer], Any]) -> Any:
        """What the worker's thread answers between two updates."""
        answers: list[Any] = []
        answered = threading.Event()

        def answer(trainer: Trainer) -> None:
            answers.append(question(trainer))
            answered.set()

        self.worker.ask(answer)
        assert answered.wait(LONG)
        return answers[0]

    def step(self, updates: int) -> None:
        """Train for that many updates and wait for their end."""
        paused = self.kinds.count("paused")
        self.worker.step(updates=updates)
        self.wait_for("paused", paused + 1)

    def post(self, *changes: Change) -> list[Ticket]:
        """Post changes and wait until all of them are done."""
        tickets = [self.worker.post(change) for change in changes]
        self.settle(tickets)
        return tickets

    def undo(self, ticket: Ticket) -> Ticket:
        """Undo and wait."""
        back = self.worker.undo(ticket)
        self.settle([back])
        return back

    def settle(self, tickets: list[Ticket]) -> None:
        """Wait until all of them are done."""
        self.ask(lambda trainer: None)  # noqa: ARG005  (a question, whatever the answer)
        assert all(ticket.done for ticket in tickets)

    def progress(self, updates: int) -> None:
        """Wait until that many updates more are done."""
        engine = self.worker.trainer.engine
        before, deadline = engine.counters()[1], monotonic() + LONG
        while engine is self.worker.trainer.engine and engine.counters()[1] < before + updates:
            engine.request()
            assert monotonic() < deadline

    def check_replay(self) -> None:
        """The record, replayed on a trainer of its own, gives every bit of the worker's."""
        wanted, record = self.ask(lambda trainer: (trainer.training, Record(
            self.worker.record.start, list(self.worker.record.events)
        )))
        replayed = record.replay(wanted.state.update).training
        assert replayed.network == wanted.network
        assert replayed.recipe == wanted.recipe
        assert replayed.data is wanted.data
        assert training_bits(replayed) == training_bits(wanted)


def any_training(samples: int = 30, **recipe: Any) -> Training:
    rng = np.random.default_rng(6)
    net = Network.dense((2, 4, 1))
    data = dataset_of(net, rng.normal(size=(samples, 2)), rng.normal(size=(samples, 1)), None, None)
    made = bpgui.Recipe(
        **{"optimizer": "momentum", "learning_rate": 0.003, "batch_size": 7, "dropout": 0.2, "epochs": 1000, **recipe}
    )
    return Training.begin(net, data, made)


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    """Makes desks; their workers are closed afterwards."""
    desks: list[Desk] = []

    def make(training: Training | None = None, **recipe: Any) -> Desk:
        desks.append(Desk(training or any_training(**recipe)))
        return desks[-1]

    yield make
    for one in desks:
        one.worker.close()
        assert not one.worker.alive


FOREVER = 10**9


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
    assert [at for at, _ in one.worker.record.events] == [update]
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
    record = one.worker.record
    assert len(record.events) == 18 + 6 + 6
    assert [at for at, _ in record.events] == sorted(at for at, _ in record.events)


def test_an_earlier_update_is_replayed_too(desk: Any) -> None:
    one = desk()
    for number in range(4):
        one.worker.step(updates=11)
        one.wait_for("paused", number + 1)
        one.post(changes_of(one.ask(lambda trainer: trainer.training), number))
    one.worker.step(updates=11)
    one.wait_for("paused", 5)
    assert one.ask(lambda trainer: trainer.update) == 55
    trainer = Trainer.of(one.worker.record.start)
    events = list(one.worker.record.events)
    for update in range(56):
        while events and events[0][0] == update:
            trainer.apply(events.pop(0)[1])
        assert training_bits(one.worker.record.replay(update).training) == training_bits(trainer.training)
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
    assert one.worker.record.events == []
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
    assert len({at for at, _ in one.worker.record.events}) == 3


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
    one.worker.run(one.ask(lambda trainer: trainer.epoch) + 10)
    one.wait_for("finished")


def test_another_run_begins_another_record(desk: Any) -> None:
    one = desk()
    one.worker.run(FOREVER)
    one.progress(50)
    one.post(SetRecipe({"learning_rate": 0.001}))
    start = one.ask(lambda trainer: trainer.training.reset())
    [ticket] = one.post(Begin(start))
    one.wait_for("began")
    assert one.worker.running
    assert training_bits(one.worker.record.start) == training_bits(start)
    one.progress(50)
    one.check_replay()
    one.worker.pause()
    back = one.undo(ticket)
    one.wait_for("began", 2)
    assert training_bits(back.after) == training_bits(ticket.before)
    one.step(updates=10)
    one.check_replay()


def test_a_record_begins_anew_where_the_run_goes_back_in_time(desk: Any) -> None:
    one = desk()
    one.step(updates=10)
    earlier = one.ask(lambda trainer: trainer.state())
    one.step(updates=20)
    one.post(SetRecipe({"learning_rate": 0.001}), SetState(earlier))
    assert one.ask(lambda trainer: trainer.update) == 10
    one.step(updates=5)
    one.check_replay()
    one.post(SetRecipe({"learning_rate": 0.002}))
    one.step(updates=50)
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
    assert len(one.worker.record.events) == 5000
    for which, posted in tickets.items():
        recorded = [change for _, change in one.worker.record.events if change.keys[0] == keys[which]]
        assert recorded == [ticket.change for ticket in posted]
    one.progress(20)
    one.check_replay()
