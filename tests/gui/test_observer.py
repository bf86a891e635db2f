"""The thread that computes what is looked at."""

from __future__ import annotations

import sys

import pytest

from bpgui.gui.observer import Observer


@pytest.fixture
def observer(qapp):  # noqa: ARG001  (answers travel through its event loop)
    one = Observer()
    yield one
    one.close()
    one.deleteLater()


def ask(qtbot, observer, question):
    with qtbot.waitSignal(observer.answered, timeout=5_000) as answered:
        observer.ask("look", question)
    return answered.args[1]


def raising(error):
    def question():
        raise error

    return question


@pytest.mark.parametrize("error", [IndexError("no such output"), MemoryError(), ZeroDivisionError()])
def test_a_fault_is_told_and_answered_and_the_next_question_is_answered_too(qtbot, observer, monkeypatch, error):
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: told.append(what[1]))
    assert ask(qtbot, observer, raising(error)) is error
    assert told == [error]
    assert ask(qtbot, observer, lambda: 7) == 7


def test_a_refusal_is_an_answer_and_no_fault(qtbot, observer, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: told.append(what[1]))
    refusal = ValueError("these data have three inputs")
    assert ask(qtbot, observer, raising(refusal)) is refusal
    assert told == []
