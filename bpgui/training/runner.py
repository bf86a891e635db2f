"""The runner: what the worker's trainer does next, be it a run, at some pace, or steps. It knows no threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Protocol

from bpgui.training.stop import Seconds
from bpgui.training.trainer import FOREVER, SLICE, Trainer, told


class Meter(Protocol):
    """Who is told how training goes on."""

    @property
    def until_due(self) -> float:
        """Seconds of training after which it wants to be told, at the latest."""
        ...

    def advanced(self, trainer: Trainer, seconds: float) -> None:
        """Training went on for so many seconds, or a change took them."""
        ...


class Runner:
    """Trains a slice at a time.

    ``tell(kind, text)`` is called when something rare happens: "started", "paused", "finished", "stopped" or
    "diverged"; ``notify()`` when a long step goes on.
    """

    def __init__(
        self, trainer: Trainer, meter: Meter, tell: Callable[[str, str], None], notify: Callable[[], None]
    ) -> None:
        self.running = False
        self.meter = meter
        self._trainer = trainer
        self._tell = tell
        self._notify = notify
        self._asked_end: int | None = None
        self._last_epoch = 0
        self._started = 0.0
        self._steps: deque[tuple[int | None, int | None]] = deque()
        self._step_ends: tuple[int, int] | None = None
        self._pace: float | None = None
        self._paced_from = (0.0, 0)

    @property
    def busy(self) -> bool:
        """Whether it trains: a run, or a step that is not done."""
        return self.running or bool(self._steps)

    def start(self, last_epoch: int | None) -> None:
        """Begin a run, or move the end of the one that is on; None means the next multiple of the recipe's epochs."""
        self._asked_end = last_epoch
        self._started = monotonic()
        self._clear_steps()
        self.look_again()
        if not self.running:
            self.running = True
            self._tell("started", "")

    def pause(self) -> None:
        """Stop what is on."""
        if self.busy:
            self.rest()
            self._tell("paused", "")

    def rest(self) -> None:
        """Stop what is on without a word."""
        self.running = False
        self._clear_steps()

    def step(self, updates: int | None, epochs: int | None) -> None:
        """Do a step after those that wait; a run ends."""
        if self.running:
            self.pause()
        self._steps.append((updates, epochs))

    def set_pace(self, epochs_per_second: float | None) -> None:
        """Train at that pace from here, or at full speed."""
        self._pace = epochs_per_second
        self._count_pace_from_here()

    def begin_again(self) -> None:
        """Another run, or another time of this one, took the place of what was trained."""
        self._clear_steps()
        self.look_again()

    def look_again(self) -> None:
        """Find where the run ends and count its pace from here; after a change of recipe or run."""
        epochs = max(1, self._trainer.recipe.epochs)
        next_multiple = (self._trainer.epoch // epochs + 1) * epochs
        self._last_epoch = next_multiple if self._asked_end is None else self._asked_end
        self._count_pace_from_here()

    def until_due(self) -> float | None:
        """Return the seconds to wait before there is something to train; None where there is nothing."""
        if self._steps:
            return 0.0
        if not self.running:
            return None
        if self._pace is None or self._trainer.epoch >= self._last_epoch:
            return 0.0
        since, epoch = self._paced_from
        return max(0.0, since + (self._trainer.epoch + 1 - epoch) / self._pace - monotonic())

    def go_on(self) -> None:
        """Train for a while, where that is wanted; a step comes before a run."""
        if self._steps:
            self._go_on_with_step()
        elif self.running:
            self._go_on_with_run()

    def _go_on_with_step(self) -> None:
        """Train up to the end of the first step; where something interrupts it, it goes on the next time."""
        if self._step_ends is None:
            updates, epochs = self._steps[0]
            self._step_ends = (
                FOREVER if updates is None else self._trainer.update + updates,
                FOREVER if epochs is None else self._trainer.epoch + epochs,
            )
        update, epoch = self._step_ends
        ending = self._train(update - self._trainer.update, epoch - self._trainer.epoch, SLICE)
        if ending == "time":
            # A long step: whoever watches learns that it goes on, and may pause it.
            self._notify()
        if ending in ("interrupted", "time"):
            return
        self._steps.popleft()
        self._step_ends = None
        if ending == "diverged":
            self._clear_steps()
        self._tell("diverged" if ending == "diverged" else "paused", told(ending, self._trainer)[1])

    def _go_on_with_run(self) -> None:
        """Train for one slice; end the run where it ends."""
        due = self._due()
        epoch = self._trainer.epoch
        if epoch < due:
            ending = self._train(None, due - epoch, min(SLICE, self._seconds_left()))
            goes_on = ending in ("done", "time", "interrupted")
            if goes_on and self._trainer.epoch < self._last_epoch and self._seconds_left() <= 0.0:
                goes_on, ending = False, "time"
            if not goes_on:
                self.running = False
                status, reason = told(ending, self._trainer)
                self._tell("diverged" if status == "diverged" else "stopped", reason)
                return
        if self._trainer.epoch >= self._last_epoch:
            self.running = False
            self._tell("finished", told("done", self._trainer)[1])
        elif self._pace is not None and self._trainer.epoch < self._due() - self._pace:
            # More than a second behind: the machine cannot keep this pace, so do not save up the rest.
            self._count_pace_from_here()

    def _train(self, updates: int | None, epochs: int | None, seconds: float) -> str:
        """Train for one slice."""
        begun = monotonic()
        ending = self._trainer.run(updates, epochs, max(0.0, min(seconds, self.meter.until_due)))
        self.meter.advanced(self._trainer, monotonic() - begun)
        return ending

    def _clear_steps(self) -> None:
        self._steps.clear()
        self._step_ends = None

    def _count_pace_from_here(self) -> None:
        self._paced_from = (monotonic(), self._trainer.epoch)

    def _due(self) -> int:
        """The epoch that the pace has reached by now."""
        if self._pace is None:
            return self._last_epoch
        since, epoch = self._paced_from
        return min(self._last_epoch, epoch + int((monotonic() - since) * self._pace))

    def _seconds_left(self) -> float:
        """Until a rule of the recipe ends this run; without one, no end."""
        rule = self._trainer.recipe.rule(Seconds)
        return inf if rule is None else rule.seconds - (monotonic() - self._started)
