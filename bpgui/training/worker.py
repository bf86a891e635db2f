"""The worker: the thread that trains, and the letter box through which others talk to it.

The thread owns the trainer from ``start`` to ``close``. Others post changes, which interrupt the present slice and are
applied between two updates, and read what the engine shows. It tells of rare events only; what changes all the time is
pulled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from threading import Condition, Thread
from time import monotonic
from typing import Literal, Protocol

from bpgui.training.changes import Begin, Change, Place
from bpgui.training.history import NO_CURVES, Curves
from bpgui.training.runner import Meter, Runner
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer


@dataclass(eq=False)
class Ticket:
    """A change on its way to the trainer: what it was applied at, and what undoes it, once it is done."""

    change: Change | None
    """None for an undo whose change is the inverse of ``undoes``."""
    label: str = ""
    remembered: Mapping[int, float] | None = None
    """Weights of cut connections from then on, for the recorder; None where they follow from what is cut."""
    undoes: Ticket | None = None
    before: Training | None = None
    """The training just before the change, exactly."""
    after: Training | None = None
    inverse: Change | None = None
    refusal: str | None = None

    @property
    def done(self) -> bool:
        """Whether the worker has seen it, and the recorder was told."""
        return self.inverse is not None or self.refusal is not None

    def forget(self) -> None:
        """Let go of all but what undoing it needs, once it is done: whole trainings would stay in memory with it."""
        self.before = self.after = self.undoes = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something rare; "began" is the beginning of another run, "failed" a fault of the program."""

    kind: Literal["started", "paused", "finished", "stopped", "diverged", "began", "refused", "failed"]
    text: str = ""


class Recorder(Meter, Protocol):
    """Who keeps what training went through; called on the worker's thread."""

    def here(self, training: Training) -> Place:
        """Return the place of the present state."""
        ...

    def changed(self, label: str, before: Training, after: Training, remembered: Mapping[int, float] | None) -> None:
        """A change was applied between two updates."""
        ...

    def begun(
        self,
        before: Training,
        after: Training,
        place: Place | None,
        curves: Curves,
        remembered: Mapping[int, float] | None,
    ) -> None:
        """The training left where it was, with these curves since it came there, and went to another place."""
        ...


class Worker:
    """Runs a trainer on a thread of its own.

    ``notify`` is called from the worker's thread after something happened; the receiver then takes ``events``. All
    methods may be called from any thread and return at once, but for ``close``. ``recorder`` is told what happens to
    the training, and has it already.
    """

    def __init__(self, training: Training, notify: Callable[[], None], recorder: Recorder) -> None:
        self.trainer = Trainer.of(training)
        self.trainer.watch()
        self._recorder = recorder
        self._notify = notify
        self._runner = Runner(self.trainer, recorder, self._tell, notify)
        self._wake = Condition()
        self._letters: deque[Callable[[], None]] = deque()
        self._events: deque[Notice] = deque()
        self._closed = False
        self._thread = Thread(target=self._work, name="bpgui-worker", daemon=True)
        self._thread.start()

    # From any thread

    def post(self, change: Change, label: str = "", remembered: Mapping[int, float] | None = None) -> Ticket:
        """Apply a change between two updates; ``label`` and ``remembered`` are for the recorder."""
        ticket = Ticket(change, label, remembered)
        self._send(lambda: self._apply(ticket))
        return ticket

    def undo(self, ticket: Ticket, remembered: Mapping[int, float] | None = None) -> Ticket:
        """Apply the inverse of an earlier change, whether that was applied already or is still on its way."""
        back = Ticket(None, f"undo {ticket.label}", remembered, undoes=ticket)
        self._send(lambda: self._apply(back))
        return back

    def open(self, training: Training, recorder: Recorder) -> Ticket:
        """Go to the training of another document, which ``recorder`` has already."""
        ticket = Ticket(Begin(training))
        self._send(lambda: self._apply(ticket, recorder))
        return ticket

    def run(self, last_epoch: int | None = None) -> None:
        """Train on until that many epochs are complete; by default to the next multiple of the recipe's epochs, which
        a change of the recipe moves, and another run begins anew."""
        self._send(lambda: self._runner.start(last_epoch))

    def pause(self) -> None:
        """Stop between two updates."""
        self._send(self._runner.pause)

    def step(self, *, updates: int | None = None, epochs: int | None = None) -> None:
        """Train for that many updates or epochs, then stay paused. Changes meanwhile are applied in between."""
        self._send(lambda: self._runner.step(updates, epochs))

    def set_pace(self, epochs_per_second: float | None) -> None:
        """Train at that pace, or at full speed; ValueError unless it is a finite number greater than 0."""
        if epochs_per_second is not None and not 0.0 < epochs_per_second < inf:
            raise ValueError(f"a pace is a number of epochs a second, got {epochs_per_second!r}")
        self._send(lambda: self._runner.set_pace(epochs_per_second))

    def ask(self, question: Callable[[Trainer], None]) -> None:
        """Call ``question`` with the trainer, on the worker's thread, between two updates."""
        self._send(lambda: question(self.trainer))

    def events(self) -> list[Notice]:
        """Take what happened since the last call."""
        taken = []
        while self._events:
            taken.append(self._events.popleft())
        return taken

    @property
    def running(self) -> bool:
        """Whether a run is on."""
        return self._runner.running

    @property
    def busy(self) -> bool:
        """Whether it trains: a run, or a step that is not done."""
        return self._runner.busy

    @property
    def alive(self) -> bool:
        """Whether the thread runs; not after ``close``."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread; a running slice is interrupted."""
        self._send(self._close)
        self._thread.join()

    def _send(self, letter: Callable[[], None]) -> None:
        with self._wake:
            self._letters.append(letter)
            self._wake.notify()
        self.trainer.interrupt()

    # On the worker's thread

    def _work(self) -> None:
        while not self._closed:
            self._wait()
            while self._letters and not self._closed:
                self._guarded(self._letters.popleft())
            self._guarded(self._runner.go_on)

    def _wait(self) -> None:
        """Sleep until there is a letter, or something to train is due."""
        with self._wake:
            while not self._letters:
                pause = self._runner.until_due()
                if pause is not None and pause <= 0.0:
                    return
                self._wake.wait(pause)

    def _guarded(self, work: Callable[[], None]) -> None:
        """A fault of ours must not end the thread silently: training stops and the reason is told."""
        try:
            work()
        except Exception as error:
            self._runner.rest()
            self._tell("failed", f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)

    def _tell(self, kind: str, text: str) -> None:
        self._events.append(Notice(kind, text))  # type: ignore[arg-type]  # the kinds stand in Notice
        self._notify()

    def _apply(self, ticket: Ticket, recorder: Recorder | None = None) -> None:
        change = ticket.change
        if change is None and ticket.undoes is not None:
            change = ticket.undoes.inverse
        if change is None:
            # What was refused, or undone before it could happen, needs no undoing.
            ticket.before = ticket.after = self.trainer.training
            ticket.refusal = "there is nothing to undo"
            self._notify()
            return
        begun = monotonic()
        before, curves = self.trainer.training, NO_CURVES
        if isinstance(change, Begin):
            curves = Curves.of(self.trainer.engine)  # which go with the engine
        try:
            inverse = self.trainer.apply(change)
        except Exception as error:
            ticket.before = ticket.after = before
            ticket.refusal = str(error) or type(error).__name__
            if not isinstance(error, ValueError):
                raise
            self._tell("refused", ticket.refusal)
            return
        after = self.trainer.training
        ticket.before, ticket.after = before, after
        try:
            if isinstance(change, Begin):
                inverse = Begin(before, self._recorder.here(before))
                if recorder is None:
                    self._recorder.begun(before, after, change.place, curves, ticket.remembered)
                else:
                    self._recorder = self._runner.meter = recorder
                self._runner.begin_again()
            else:
                self._recorder.changed(ticket.label, before, after, ticket.remembered)
                self._recorder.advanced(self.trainer, monotonic() - begun)
        finally:
            ticket.inverse = inverse
        if after.recipe.epochs != before.recipe.epochs:
            self._runner.look_again()
        if isinstance(change, Begin):
            self._tell("began", "")
        self._notify()

    def _close(self) -> None:
        self._closed = True
        self._runner.rest()
