"""The observer: a thread that computes what is looked at, from snapshots, while the window stays awake.

Each view asks under a name of its own. Only the newest question of a name is answered: what nobody will look at
any more is not computed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import inf
from threading import Condition, Thread
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot


class Observer(QObject):
    """Answers questions on a thread of its own; ``answered(name, answer)`` arrives in the GUI's thread.

    A question that raises is answered with the exception. What is not a ValueError is a fault and also goes to
    ``sys.excepthook``; the thread lives on. Call ``close`` before the window goes.
    """

    answered = Signal(str, object)
    _done = Signal(str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = Condition()
        self._questions: dict[str, Callable[[], Any]] = {}
        self._closed = False
        self._done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self._thread = Thread(target=self._work, name="bpgui-observer", daemon=True)
        self._thread.start()

    def ask(self, name: str, question: Callable[[], Any]) -> None:
        """Have ``question`` called, in place of an earlier one of that name that still waits."""
        with self._wake:
            self._questions[name] = question
            self._wake.notify()

    def close(self) -> None:
        """End the thread; questions that wait are dropped."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._questions and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                name = next(iter(self._questions))
                question = self._questions.pop(name)
            self._done.emit(name, _answer(question))

    @Slot(str, object)
    def _on_done(self, name: str, answer: object) -> None:
        self.answered.emit(name, answer)


class Inquiry(QObject):
    """A question that is asked again and again, at most once in ``INTERVAL`` seconds; ``answered`` carries each answer.

    ``make`` returns the question as it stands at that moment. What changes while one is being answered is asked after.
    """

    INTERVAL = 0.1
    answered = Signal(object)

    def __init__(self, observer: Observer, name: str, make: Callable[[], Callable[[], Any]], parent: QObject) -> None:
        super().__init__(parent)
        self._observer = observer
        self._name = name
        self._make = make
        self._waiting = False
        self._again = False
        self._asked = -inf
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.ask)
        observer.answered.connect(self._on_answer)

    @property
    def settled(self) -> bool:
        """Whether what was last asked is answered."""
        return not (self._waiting or self._again or self._later.isActive())

    @Slot()
    def ask(self) -> None:
        """Ask as soon as it is time."""
        wait = self._asked + self.INTERVAL - monotonic()
        if self._waiting:
            self._again = True
        elif wait > 0.0:
            self._later.start(int(1000 * wait) + 1)
        else:
            self._asked = monotonic()
            self._waiting = True
            self._observer.ask(self._name, self._make())

    @Slot(str, object)
    def _on_answer(self, name: str, answer: object) -> None:
        if name != self._name:
            return
        self._waiting = False
        if self._again:
            self._again = False
            self.ask()
        self.answered.emit(answer)


class SlowInquiry(Inquiry):
    """A look that takes longer, and need not be the newest."""

    INTERVAL = 2.0


def _answer(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Exception as error:
        if not isinstance(error, ValueError):
            sys.excepthook(type(error), error, error.__traceback__)
        return error
