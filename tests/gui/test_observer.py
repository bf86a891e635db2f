"""The thread that computes what is looked at."""

from __future__ import annotations

import sys
from time import monotonic

import pytest
from PySide6.QtCore import QObject

from bpgui.gui.observer import Inquiry, Observer


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


def test_an_inquiry_asks_again_for_what_changed_meanwhile_and_not_more_often(qtbot, observer):
    asked = []
    now = {"value": 0}

    def make():
        asked.append(monotonic())
        value = now["value"]
        return lambda: value

    parent = QObject()
    inquiry = Inquiry(observer, "number", make, parent)
    answers = []
    inquiry.answered.connect(answers.append)
    inquiry.ask()
    for value in range(1, 50):  # while the first is being answered
        now["value"] = value
        inquiry.ask()
    qtbot.waitUntil(lambda: inquiry.settled)
    assert answers == [0, 49]
    assert asked[1] - asked[0] >= 0.95 * Inquiry.INTERVAL


def test_an_inquiry_whose_question_fails_goes_on(qtbot, observer):
    def fails():
        raise ValueError("no numbers")

    questions = [fails, lambda: 7]
    parent = QObject()
    inquiry = Inquiry(observer, "number", lambda: questions.pop(0), parent)
    answers = []
    inquiry.answered.connect(answers.append)
    inquiry.ask()
    qtbot.waitUntil(lambda: inquiry.settled)
    inquiry.ask()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert isinstance(answers[0], ValueError)
    assert answers[1] == 7
