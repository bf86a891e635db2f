"""Between the worker and the window: a timer that pulls at display rate, and the one signal for rare events.

The worker never waits for the window and never signals per epoch. What changes all the time (counters, parameters,
errors) is asked for at each tick and is there at the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from bpgui.training.history import Curves
from bpgui.training.state import Training
from bpgui.training.worker import Recorder, Worker

TICK = 50
"""Milliseconds between two looks at a running worker."""

RATE_OVER = 1.0
"""Seconds over which the speed is measured."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the run has come, as last shown by the core. ``so_far`` is the error of the unfinished epoch."""

    update: int = 0
    epoch: int = 0
    so_far: float = 0.0


class Bridge(QObject):
    """Owns the worker of one window.

    ``ticked`` comes from the timer while training runs; ``happened`` after rare events, once for several that follow
    each other closely. Both in the GUI's thread. Call ``close`` before the window goes.
    """

    ticked = Signal()
    happened = Signal()
    _notified = Signal()

    def __init__(self, training: Training, recorder: Recorder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._speeds: list[tuple[float, int]] = []
        self._seen: tuple[object, int] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._is_told = False
        self._notified.connect(self._on_notified, Qt.ConnectionType.QueuedConnection)
        self.worker = Worker(training, self._notify, recorder)

    def close(self) -> None:
        """End the worker's thread."""
        self._timer.stop()
        self.worker.close()

    def progress(self) -> Progress:
        """Return the counters."""
        _, update, epoch, so_far = self.worker.trainer.engine.counters()
        return Progress(update, epoch, so_far)

    def new_vector(self) -> NDArray[np.floating[Any]] | None:
        """Return the parameters if they were shown anew since the last call: (P,)."""
        engine = self.worker.trainer.engine
        sequence = engine.counters()[0]
        if self._seen is not None and self._seen[0] is engine and self._seen[1] == sequence:
            return None
        self._seen = engine, sequence  # it is held, as another may come to have its id
        return engine.snapshot()

    def last_change(self) -> NDArray[np.floating[Any]] | None:
        """Return what the last complete epoch changed in the parameters, (P,), None before there was one."""
        found = self.worker.trainer.engine.last_change()
        return None if found is None else found[1]

    def curves(self) -> Curves:
        """Return the errors since the training came to its present branch."""
        return Curves.of(self.worker.trainer.engine)

    @property
    def updates_per_second(self) -> float:
        """Speed over the last second, 0 while paused."""
        if len(self._speeds) < 2:
            return 0.0
        (since, before), (now, update) = self._speeds[0], self._speeds[-1]
        return max(0.0, (update - before) / (now - since)) if now > since else 0.0

    @Slot()
    def _tick(self) -> None:
        self.worker.trainer.engine.request()
        now = monotonic()
        self._speeds.append((now, self.progress().update))
        while now - self._speeds[0][0] > RATE_OVER:
            self._speeds.pop(0)
        self.ticked.emit()

    def _notify(self) -> None:
        """Tell the GUI's thread, unless it is told and has not looked yet; on the worker's thread."""
        if not self._is_told:
            self._is_told = True
            self._notified.emit()

    @Slot()
    def _on_notified(self) -> None:
        self._is_told = False  # before it looks: what comes from now on is told again
        if self.worker.busy and not self._timer.isActive():
            self._speeds.clear()
            self._timer.start()
        elif not self.worker.busy:
            self._timer.stop()
            self._speeds.clear()
        self.happened.emit()
