"""The worker: the thread that trains, and the letter box through which others talk to it.

The thread owns the trainer from ``start`` to ``close``. Others post changes, which interrupt the present slice and are
applied between two updates, and read what the engine shows. It tells of rare events only; what changes all the time is
pulled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from threading import Condition, Thread
from time import monotonic
from typing import Literal

from bpgui.training.changes import Begin, Change
from bpgui.training.state import Training
from bpgui.training.stop import Seconds
from bpgui.training.trainer import FOREVER, SLICE, Trainer, told


@dataclass(eq=False)
class Ticket:
    """A change on its way to the trainer: what it was applied at, and what undoes it, once it is done."""

    change: Change | None
    """None for an undo whose change is the inverse of ``undoes``."""
    undoes: Ticket | None = None
    before: Training | None = None
    """The training just before the change, exactly."""
    after: Training | None = None
    inverse: Change | None = None
    refusal: str | None = None

    @property
    def done(self) -> bool:
        """Whether the worker has seen it."""
        return self.inverse is not None or self.refusal is not None


@dataclass(frozen=True, slots=True)
class Event:
    """Something rare; "began" is the beginning of another run, "failed" a fault of the program."""

    kind: Literal["started", "paused", "finished", "stopped", "diverged", "began", "refused", "failed"]
    text: str = ""


@dataclass(eq=False)
class Record:
    """How a run came about: replayed on another trainer, it gives the same bits."""

    start: Training
    events: list[tuple[int, Change]] = field(default_factory=list)

    def replay(self, update: int) -> Trainer:
        """Return a trainer at that update, with every change applied at the update it was made at."""
        trainer = Trainer.of(self.start)
        for at, change in self.events:
            if at > update:
                break
            _run_to(trainer, at)
            trainer.apply(change)
        _run_to(trainer, update)
        return trainer


def _run_to(trainer: Trainer, update: int) -> None:
    """Train up to that update, beyond stop rules after which the run had gone on."""
    while trainer.update < update and trainer.run(updates=update - trainer.update) != "diverged":
        pass


class Worker:
    """Runs a trainer on a thread of its own.

    ``notify`` is called from the worker's thread after something happened; the receiver then takes ``events``. All
    methods may be called from any thread and return at once, but for ``close``.
    """

    def __init__(self, training: Training, notify: Callable[[], None]) -> None:
        self.trainer = Trainer.of(training)
        self.record = Record(training)
        self._notify = notify
        self._wake = Condition()
        self._letters: deque[Callable[[], None]] = deque()
        self._events: deque[Event] = deque()
        self._closed = False
        self.running = False
        self._last_epoch = 0
        self._asked_end: int | None = None
        self._started = 0.0
        self._steps: deque[tuple[int | None, int | None]] = deque()
        self._step_ends: tuple[int, int] | None = None
        self._pace: float | None = None
        self._paced_from = (0.0, 0)
        self._thread = Thread(target=self._work, name="bpgui-worker", daemon=True)
        self._thread.start()

    # From any thread

    def post(self, change: Change) -> Ticket:
        """Apply a change between two updates."""
        ticket = Ticket(change)
        self._send(lambda: self._apply(ticket))
        return ticket

    def undo(self, ticket: Ticket) -> Ticket:
        """Apply the inverse of an earlier change, whether that was applied already or is still on its way."""
        back = Ticket(None, undoes=ticket)
        self._send(lambda: self._apply(back))
        return back

    def run(self, last_epoch: int | None = None) -> None:
        """Train on until that many epochs are complete; by default to the next multiple of the recipe's epochs, which
        a change of the recipe moves, and another run begins anew."""
        self._send(lambda: self._start(last_epoch))

    def pause(self) -> None:
        """Stop between two updates."""
        self._send(self._pause)

    def step(self, *, updates: int | None = None, epochs: int | None = None) -> None:
        """Train for that many updates or epochs, then stay paused. Changes meanwhile are applied in between."""
        self._send(lambda: self._step(updates, epochs))

    def set_pace(self, epochs_per_second: float | None) -> None:
        """Train at that pace, or at full speed; ValueError unless it is a finite number greater than 0."""
        if epochs_per_second is not None and not 0.0 < epochs_per_second < inf:
            raise ValueError(f"a pace is a number of epochs a second, got {epochs_per_second!r}")
        self._send(lambda: self._set_pace(epochs_per_second))

    def ask(self, question: Callable[[Trainer], None]) -> None:
        """Call ``question`` with the trainer, on the worker's thread, between two updates."""
        self._send(lambda: question(self.trainer))

    def events(self) -> list[Event]:
        """Take what happened since the last call."""
        taken = []
        while self._events:
            taken.append(self._events.popleft())
        return taken

    @property
    def busy(self) -> bool:
        """Whether it trains: a run, or a step that is not done."""
        return self.running or bool(self._steps)

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
            self._read_letters()
            self._guarded(self._train)

    def _train(self) -> None:
        """Train for a while, where that is wanted; a step comes before a run."""
        if self._steps:
            self._go_on_with_step()
        elif self.running:
            self._slice()

    def _guarded(self, work: Callable[[], None]) -> None:
        """A fault of ours must not end the thread silently: training stops and the reason is told."""
        try:
            work()
        except Exception as error:
            self._rest()
            self._tell("failed", f"{type(error).__name__}: {error}")

    def _wait(self) -> None:
        """Sleep until there is a letter or an epoch is due."""
        with self._wake:
            while not self._letters and not self._steps:
                pause = self._until_due() if self.running else None
                if pause is not None and pause <= 0.0:
                    return
                self._wake.wait(pause)

    def _read_letters(self) -> None:
        while self._letters and not self._closed:
            self._guarded(self._letters.popleft())

    def _tell(self, kind: str, text: str = "") -> None:
        self._events.append(Event(kind, text))  # type: ignore[arg-type]  # the kinds stand in Event
        self._notify()

    def _apply(self, ticket: Ticket) -> None:
        change = ticket.change
        if change is None and ticket.undoes is not None:
            change = ticket.undoes.inverse
        if change is None:
            # What was refused, or undone before it could happen, needs no undoing.
            ticket.before = ticket.after = self.trainer.training
            ticket.refusal = "there is nothing to undo"
            self._notify()
            return
        before = self.trainer.training
        update = before.state.update
        try:
            inverse = self.trainer.apply(change)
        except ValueError as error:
            ticket.before = ticket.after = before
            ticket.refusal = str(error)
            self._tell("refused", str(error))
            return
        except Exception as error:
            ticket.refusal = str(error)
            raise
        ticket.before, ticket.after = before, self.trainer.training
        ticket.inverse = inverse
        if isinstance(change, Begin) or self.trainer.update != update:
            # Another run, or another time of this one: what came before does not lead here.
            self.record = Record(ticket.after)
            self._clear_steps()
            self._repace()
        else:
            self.record.events.append((update, change))
        if isinstance(change, Begin) or ticket.after.recipe.epochs != before.recipe.epochs:
            self._set_end()
        if isinstance(change, Begin):
            self._tell("began")
        self._notify()

    def _set_end(self) -> None:
        """Let the run end at the next multiple of the recipe's epochs, unless it was told where to end."""
        if self._asked_end is None:
            epochs = max(1, self.trainer.recipe.epochs)
            self._last_epoch = (self.trainer.epoch // epochs + 1) * epochs
        else:
            self._last_epoch = self._asked_end

    def _start(self, last_epoch: int | None) -> None:
        self._asked_end = last_epoch
        self._set_end()
        self._started = monotonic()
        self._clear_steps()
        self._repace()
        if not self.running:
            self.running = True
            self._tell("started")

    def _pause(self) -> None:
        if self.running or self._steps:
            self._rest()
            self._tell("paused")

    def _rest(self) -> None:
        self.running = False
        self._clear_steps()

    def _clear_steps(self) -> None:
        self._steps.clear()
        self._step_ends = None

    def _step(self, updates: int | None, epochs: int | None) -> None:
        if self.running:
            self._pause()
        self._steps.append((updates, epochs))

    def _go_on_with_step(self) -> None:
        """Train up to the end of the first step; where a letter interrupts it, it goes on after that one."""
        if self._step_ends is None:
            updates, epochs = self._steps[0]
            self._step_ends = (
                FOREVER if updates is None else self.trainer.update + updates,
                FOREVER if epochs is None else self.trainer.epoch + epochs,
            )
        update, epoch = self._step_ends
        ending = self.trainer.run(update - self.trainer.update, epoch - self.trainer.epoch, SLICE)
        if ending == "time":
            # A long step: whoever watches learns that it goes on, and may pause it.
            self._notify()
        if ending in ("interrupted", "time"):
            return
        self._steps.popleft()
        self._step_ends = None
        if ending == "diverged":
            self._clear_steps()
        self._tell("diverged" if ending == "diverged" else "paused", told(ending, self.trainer)[1])

    def _set_pace(self, epochs_per_second: float | None) -> None:
        self._pace = epochs_per_second
        self._repace()

    def _close(self) -> None:
        self._closed = True
        self._rest()

    def _repace(self) -> None:
        """Count the pace from here."""
        self._paced_from = (monotonic(), self.trainer.epoch)

    def _due(self) -> int:
        """The epoch that the pace has reached by now."""
        if self._pace is None:
            return self._last_epoch
        since, epoch = self._paced_from
        return min(self._last_epoch, epoch + int((monotonic() - since) * self._pace))

    def _until_due(self) -> float:
        """Seconds until the next epoch is due."""
        if self._pace is None or self.trainer.epoch >= self._last_epoch:
            return 0.0
        since, epoch = self._paced_from
        return since + (self.trainer.epoch + 1 - epoch) / self._pace - monotonic()

    def _seconds_left(self) -> float:
        """Until a rule of the recipe ends this run; without one, no end."""
        rule = self.trainer.recipe.rule(Seconds)
        return inf if rule is None else rule.seconds - (monotonic() - self._started)

    def _slice(self) -> None:
        """Train for one slice; end the run where it ends."""
        due = self._due()
        epoch = self.trainer.epoch
        if epoch < due:
            ending = self.trainer.run(epochs=due - epoch, seconds=max(0.0, min(SLICE, self._seconds_left())))
            goes_on = ending in ("done", "time", "interrupted")
            if goes_on and self.trainer.epoch < self._last_epoch and self._seconds_left() <= 0.0:
                goes_on, ending = False, "time"
            if not goes_on:
                self.running = False
                status, reason = told(ending, self.trainer)
                self._tell("diverged" if status == "diverged" else "stopped", reason)
                return
        if self.trainer.epoch >= self._last_epoch:
            self.running = False
            self._tell("finished", told("done", self.trainer)[1])
        elif self._pace is not None and self.trainer.epoch < self._due() - self._pace:
            # More than a second behind: the machine cannot keep this pace, so do not save up the rest.
            self._repace()
