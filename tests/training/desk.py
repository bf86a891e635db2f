"""A worker at its desk, for the tests of the worker and of what it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np

import bpgui
from bpgui.network.network import Network
from bpgui.project.timeline import Timeline, seek
from bpgui.training.changes import Change
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer, dataset_of
from bpgui.training.worker import Notice, Ticket, Worker
from training.cases import training_bits

FOREVER = 10**9
LONG = 20.0  # seconds after which something that should happen will not


class Desk:
    """A worker and someone who listens to it."""

    def __init__(self, training: Training) -> None:
        self._heard = threading.Condition()
        self.events: list[Notice] = []
        self.timeline = Timeline(training)
        self.worker = Worker(training, self._hear, self.timeline)

    def _hear(self) -> None:
        with self._heard:
            self.events += self.worker.events()
            self._heard.notify_all()

    def wait(self, until: Callable[[], Any]) -> Any:
        """Wait for something that is heard of."""
        with self._heard:
            assert self._heard.wait_for(until, LONG), self.events
        return until()

    def wait_for(self, kind: str, count: int = 1) -> Notice:
        """Wait for the event of that kind that is the count-th of its kind."""
        self.wait(lambda: self.kinds.count(kind) >= count)
        return [event for event in self.events if event.kind == kind][count - 1]

    @property
    def changes(self) -> list[int]:
        """The updates at which changes were made on the present branch."""
        return [event.update for event in self.timeline.past.here.events]

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
        """What the timeline has, replayed on a trainer of its own, gives every bit of the worker's."""
        wanted, past = self.ask(lambda trainer: (trainer.training, self.timeline.past))
        replayed = seek(past, self.timeline.here(wanted)).training
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
