"""Cyclic garbage of Python, collected on the GUI's thread alone.

Python collects on whatever thread allocates next. On the worker that may destroy a Qt object: Qt holds a lock of its
own meanwhile and waits for Python's, while the GUI's thread holds Python's and waits for Qt's, and the window stands
still for ever. So automatic collection rests while there is a session, and a timer does its work here.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500


class GarbageCollector(QObject):
    """Collects what Python would have, from its making until ``close``."""

    _alive = 0

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._open = True
        GarbageCollector._alive += 1
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    @Slot()
    def collect(self) -> None:
        """Collect the oldest generation that Python's own thresholds call for."""
        due = [count > limit > 0 for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if any(due):
            gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))

    def close(self) -> None:
        """Leave collecting to Python again, once no other one is at work."""
        if self._open:
            self._open = False
            self._timer.stop()
            GarbageCollector._alive -= 1
        if GarbageCollector._alive == 0:
            gc.enable()
