"""What the window needs of the Qt binding it runs on."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal, Slot


class Counting(QObject):
    """Emits to itself."""

    happened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.happened.connect(self.receive)

    @Slot()
    def receive(self) -> None:
        self.count += 1


@pytest.mark.usefixtures("qapp")
def test_emitting_keeps_the_references_of_true():
    # One PySide6 release lost one reference of True at each emit, which aborts Python 3.11 after some hundred signals.
    # Where True is immortal its count stands still whatever happens, and nothing can go wrong.
    counting = Counting()
    before = sys.getrefcount(True)
    for _ in range(5000):
        counting.happened.emit()
    assert counting.count == 5000
    assert sys.getrefcount(True) >= before - 10
