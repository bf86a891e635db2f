"""Cyclic garbage is collected by the GUI's thread, never by the worker's."""

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject

from bpgui.gui.garbage import GarbageCollector
from bpgui.gui.session import Session
from bpgui.project.state import of_builtin


class Knot(QObject):
    """An object that only cyclic collection frees."""

    def __init__(self) -> None:
        super().__init__()
        self.itself = self


@pytest.mark.usefixtures("qapp")
def test_while_there_is_a_session_no_other_thread_collects():
    session = Session(of_builtin("xor"))
    try:
        assert not gc.isenabled()
        knot = weakref.ref(Knot())
        other = threading.Thread(target=lambda: [[[]] for _ in range(200_000)])
        other.start()
        other.join()
        assert knot() is not None
        session._garbage.collect()
        gc.collect()
        assert knot() is None
    finally:
        session.close()
    assert gc.isenabled()


def test_the_timer_collects_what_is_due(qtbot):
    parent = QObject()
    collector = GarbageCollector(parent)
    try:
        knots = [weakref.ref(Knot()) for _ in range(2_000)]
        qtbot.waitUntil(lambda: all(knot() is None for knot in knots), timeout=5_000)
    finally:
        collector.close()


@pytest.mark.usefixtures("qapp")
def test_the_last_of_several_gives_collecting_back():
    parent = QObject()
    first, second = GarbageCollector(parent), GarbageCollector(parent)
    first.close()
    first.close()
    assert not gc.isenabled()
    second.close()
    assert gc.isenabled()
