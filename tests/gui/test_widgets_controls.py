"""The controls under real mouse, key and wheel events.

Two promises hold for all of them: a setter emits nothing, an act of a person emits once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from acts import emitted, turn_wheel, window_of
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.segments import Segments
from bpgui.gui.widgets.switch import Switch

LEFT = Qt.MouseButton.LeftButton
ACTIVATIONS = [("tanh", "tanh", "from −1 to 1"), ("relu", "ReLU", "0 below 0"), ("linear", "z", "")]


@pytest.fixture(autouse=True)
def manager(qapp: QApplication) -> Iterator[ThemeManager]:
    manager = ThemeManager(qapp, "light")
    yield manager
    manager.deleteLater()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """A shown window, in which something else has the focus."""
    return window_of(qtbot, Button("elsewhere"))


def put(window: QWidget, widget: QWidget) -> None:
    layout = window.layout()
    assert layout is not None
    layout.addWidget(widget)
    QApplication.processEvents()


# Switch


def test_a_switch_tells_what_a_person_did_and_not_what_was_set(qtbot: QtBot, window: QWidget) -> None:
    switch = Switch("log y")
    put(window, switch)
    spy = QSignalSpy(switch.clicked)
    switch.setChecked(True)
    assert spy.count() == 0
    qtbot.mouseClick(switch, LEFT)
    assert not switch.isChecked()
    switch.setFocus()
    qtbot.keyClick(switch, Qt.Key.Key_Return)
    assert switch.isChecked()
    assert spy.count() == 2


# Choice


def test_a_choice_tells_a_person_s_choice_by_name(qtbot: QtBot, window: QWidget) -> None:
    choice = Choice(ACTIVATIONS)
    put(window, choice)
    spy = QSignalSpy(choice.chosen)
    choice.value = "linear"
    assert spy.count() == 0
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Up)
    assert emitted(spy) == ["relu"]
    assert choice.value == "relu"
    assert choice.toolTip() == "0 below 0"
    with pytest.raises(ValueError, match="'swish' is none of the entries"):
        choice.value = "swish"


def test_the_wheel_changes_a_choice_only_with_the_focus(window: QWidget) -> None:
    choice = Choice(ACTIVATIONS)
    put(window, choice)
    spy = QSignalSpy(choice.chosen)
    assert not turn_wheel(choice, -1)
    choice.setFocus()
    turn_wheel(choice, -1)
    assert emitted(spy) == ["relu"]


# Buttons


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_a_button(qtbot: QtBot, window: QWidget, key: Qt.Key) -> None:
    for button in (Button("Reset"), IconButton("undo-2", "Undo")):
        put(window, button)
        spy = QSignalSpy(button.clicked)
        button.setFocus()
        qtbot.keyClick(button, key)
        assert spy.count() == 1


def test_a_click_does_not_take_the_keyboard_from_the_canvas(window: QWidget) -> None:
    canvas, button = QLineEdit(), Button("Step")
    put(window, canvas)
    put(window, button)
    canvas.setFocus()
    place = button.mapTo(window, button.rect().center())
    QTest.mouseClick(window.windowHandle(), LEFT, pos=place)
    assert canvas.hasFocus()


def test_a_button_is_never_narrower_than_its_words(window: QWidget) -> None:
    button = Button("Pause", icon_name="pause", kind="primary", key="Space", large=True)
    put(window, button)
    pause = button.minimumSizeHint().width()
    button.set_label("Run", "play")
    assert button.minimumSizeHint().width() < pause
    assert button.minimumSizeHint() == button.sizeHint()
    assert button.height() == 34


def test_an_icon_button_is_named_for_those_who_cannot_see_it() -> None:
    button = IconButton("scissors", "Cut the connection")
    assert button.accessibleName() == button.toolTip() == "Cut the connection"


def test_one_word_of_a_row_is_chosen_by_click_and_arrow_keys(qtbot: QtBot) -> None:
    row = Segments([("a", "first", ""), ("b", "the second", ""), ("c", "third", "")], "Which")
    qtbot.addWidget(row)
    row.show()
    chosen: list[str] = []
    row.chosen.connect(chosen.append)
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(row.width() - 8, 12))
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(row.width() - 8, 12))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(row, key)
    assert chosen == ["c", "b", "a"]
    assert row.value == "a"
    assert row.accessibleDescription() == "first"
