"""The controls that hold a number, under real mouse, key and wheel events.

Two promises hold for all of them: a setter emits nothing, an act of a person emits once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from acts import colour_at, emitted, turn_wheel, window_of
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.theme.tokens import LIGHT
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.number_field import NumberField, refusal_line
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.stepper import Stepper

LEFT = Qt.MouseButton.LeftButton


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


def named(parent: QWidget, name: str) -> QAbstractButton:
    (button,) = [each for each in parent.findChildren(QAbstractButton) if each.accessibleName() == name]
    return button


# Stepper


def test_a_stepper_asks_and_shows_only_what_it_is_told(qtbot: QtBot, window: QWidget) -> None:
    stepper = Stepper(1, 64, label="neurons")
    stepper.value = 8
    put(window, stepper)
    spy = QSignalSpy(stepper.stepped)
    qtbot.mouseClick(named(stepper, "more"), LEFT)
    qtbot.mouseClick(named(stepper, "fewer"), LEFT)
    assert emitted(spy) == [9, 7]
    assert stepper.value == 8


def test_a_stepper_has_no_step_beyond_its_range(qtbot: QtBot, window: QWidget) -> None:
    stepper = Stepper(1, 64)
    put(window, stepper)
    spy = QSignalSpy(stepper.stepped)
    assert not named(stepper, "fewer").isEnabled()
    number = stepper.findChild(QLineEdit)
    qtbot.keyClick(number, Qt.Key.Key_Down)
    stepper.value = 64
    assert not named(stepper, "more").isEnabled()
    qtbot.keyClick(number, Qt.Key.Key_Up)
    assert spy.count() == 0


def test_a_typed_number_is_asked_for_within_the_range(qtbot: QtBot, window: QWidget) -> None:
    stepper = Stepper(1, 2000)
    put(window, stepper)
    spy = QSignalSpy(stepper.stepped)
    number = stepper.findChild(QLineEdit)
    stepper.setFocus()
    for text in ("12", "1,500", "9999", "1.5", "many"):
        number.selectAll()
        qtbot.keyClicks(number, text)
        qtbot.keyClick(number, Qt.Key.Key_Return)
    assert emitted(spy) == [12, 1500, 2000]
    assert number.text() == "1"


def test_a_refresh_leaves_what_is_being_typed_and_escape_restores(qtbot: QtBot, window: QWidget) -> None:
    stepper = Stepper(1, 64)
    stepper.value = 8
    put(window, stepper)
    spy = QSignalSpy(stepper.stepped)
    number = stepper.findChild(QLineEdit)
    stepper.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "1")
    stepper.value = 8
    assert number.text() == "1"
    qtbot.keyClick(number, Qt.Key.Key_Escape)
    assert number.text() == "8"
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert spy.count() == 0


def test_the_wheel_steps_only_with_the_focus(window: QWidget) -> None:
    stepper = Stepper(1, 64)
    put(window, stepper)
    spy = QSignalSpy(stepper.stepped)
    assert not turn_wheel(stepper, 1)
    stepper.setFocus()
    assert turn_wheel(stepper, 1)
    assert emitted(spy) == [2]


# Number field


def positive(number: float) -> str | None:
    return None if number > 0 else f"{number} is not above 0. Esc restores the last rate."


def enter(qtbot: QtBot, field: NumberField, text: str) -> None:
    edit = field.findChild(QLineEdit)
    edit.selectAll()
    for character in text:  # keyClicks() knows ASCII only, and aborts at a true minus
        press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character)
        QApplication.sendEvent(edit, press)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_a_number_is_committed_with_enter_once_and_only_when_it_changes(qtbot: QtBot, window: QWidget) -> None:
    field = NumberField(positive, label="Learning rate")
    field.value = 0.1
    put(window, field)
    spy = QSignalSpy(field.committed)
    field.setFocus()
    for text in ("0,5", "0.5", "1/4", "1e-3"):
        enter(qtbot, field, text)
    assert emitted(spy) == [0.5, 0.25, 0.001]
    assert field.findChild(QLineEdit).text() == "0.001"


def test_a_number_is_committed_when_the_focus_leaves(qtbot: QtBot, window: QWidget) -> None:
    field = NumberField(positive)
    field.value = 0.1
    put(window, field)
    spy = QSignalSpy(field.committed)
    edit = field.findChild(QLineEdit)
    edit.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClicks(edit, "3")
    qtbot.keyClick(edit, Qt.Key.Key_Tab)
    assert emitted(spy) == [3.0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("-1", "-1.0 is not above 0"), ("−2", "-2.0 is not above 0"), ("fast", "“fast” is not a number")],
)
def test_a_refused_number_keeps_the_last_valid_one_and_says_why_below(
    qtbot: QtBot, window: QWidget, text: str, sentence: str
) -> None:
    field = NumberField(positive)
    field.value = 0.1
    put(window, field)
    spy = QSignalSpy(field.committed)
    field.setFocus()
    enter(qtbot, field, text)
    edit = field.findChild(QLineEdit)
    assert spy.count() == 0
    assert field.value == 0.1
    assert sentence in field.refusal
    assert sentence in edit.accessibleDescription()
    assert colour_at(edit, edit.width() // 2, 0) == LIGHT.error
    field.value = 0.1  # a refresh in between changes nothing
    assert edit.text() == text
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "0.1"
    assert field.refusal == ""
    assert colour_at(edit, edit.width() // 2, 0) == LIGHT.border2


def test_the_refusal_takes_no_room_until_there_is_one(qtbot: QtBot, window: QWidget) -> None:
    field = NumberField(positive)
    field.value = 1.0
    put(window, field)
    height = field.sizeHint().height()
    assert height == 26
    field.setFocus()
    enter(qtbot, field, "0")
    assert field.sizeHint().height() > height


def test_a_narrow_field_says_its_refusal_where_the_owner_wants(qtbot: QtBot, window: QWidget) -> None:
    line = refusal_line()
    field = NumberField(positive, refusal_label=line)
    put(window, field)
    put(window, line)
    field.setFocus()
    enter(qtbot, field, "0")
    assert line.isVisible()
    assert line.text() == field.refusal
    assert field.sizeHint().height() == 26


def test_a_field_for_whole_numbers_groups_thousands_and_refuses_fractions(qtbot: QtBot, window: QWidget) -> None:
    field = NumberField(positive, whole=True)
    field.value = 2000
    put(window, field)
    spy = QSignalSpy(field.committed)
    assert field.findChild(QLineEdit).text() == "2,000"
    field.setFocus()
    enter(qtbot, field, "1.5")
    assert "1.5 is not a whole number" in field.refusal
    enter(qtbot, field, "3,000")
    assert emitted(spy) == [3000.0]


def test_a_new_value_from_outside_replaces_a_refused_text(qtbot: QtBot, window: QWidget) -> None:
    field = NumberField(positive)
    field.value = 0.1
    put(window, field)
    spy = QSignalSpy(field.committed)
    field.setFocus()
    enter(qtbot, field, "-1")
    field.value = 0.3
    assert field.findChild(QLineEdit).text() == "0.3"
    assert field.refusal == ""
    assert spy.count() == 0


# Slider


def test_dragging_moves_and_releasing_commits_once(qtbot: QtBot, window: QWidget) -> None:
    slider = ValueSlider(0.0, 1.0, step=0.1)
    slider.setFixedWidth(113)  # 100 px for the handle to go
    put(window, slider)
    moved, committed = QSignalSpy(slider.moved), QSignalSpy(slider.committed)
    qtbot.mousePress(slider, LEFT, pos=QPoint(6, 10))
    for x in (36, 37, 56):
        qtbot.mouseMove(slider, QPoint(x, 10))
    slider.value = 0.9  # a refresh must not pull the handle from the hand
    assert slider.value == 0.5
    assert committed.count() == 0
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(56, 10))
    assert emitted(moved) == [0.3, 0.5]
    assert emitted(committed) == [0.5]


def test_escape_takes_a_drag_back(qtbot: QtBot, window: QWidget) -> None:
    slider = ValueSlider(0.0, 1.0, step=0.1)
    slider.setFixedWidth(113)
    put(window, slider)
    moved, committed = QSignalSpy(slider.moved), QSignalSpy(slider.committed)
    qtbot.mousePress(slider, LEFT, pos=QPoint(56, 10))
    qtbot.keyClick(slider, Qt.Key.Key_Escape)
    qtbot.mouseMove(slider, QPoint(96, 10))
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(56, 10))
    assert slider.value == 0.0
    assert emitted(moved) == [0.5, 0.0]
    assert committed.count() == 0


def test_a_click_on_the_handle_changes_nothing(qtbot: QtBot, window: QWidget) -> None:
    slider = ValueSlider(0.0, 1.0, step=0.1)
    slider.setFixedWidth(113)
    slider.value = 0.5
    put(window, slider)
    moved, committed = QSignalSpy(slider.moved), QSignalSpy(slider.committed)
    qtbot.mouseClick(slider, LEFT, pos=QPoint(56, 10))
    assert moved.count() == 0
    assert committed.count() == 0


def test_keys_move_a_slider_and_each_commits(qtbot: QtBot, window: QWidget) -> None:
    slider = ValueSlider(1e-4, 1.0, logarithmic=True, label="Learning rate")
    slider.value = 0.01
    put(window, slider)
    committed = QSignalSpy(slider.committed)
    assert committed.count() == 0
    slider.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_PageDown, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Home):
        qtbot.keyClick(slider, key)
    assert emitted(committed) == [0.012, 0.0048, 1.0, 1e-4]
    assert slider.accessibleName() == "Learning rate"
    assert slider.accessibleDescription() == "0.0001"


def test_the_wheel_moves_a_slider_only_with_the_focus(window: QWidget) -> None:
    slider = ValueSlider(0.0, 1.0, step=0.1)
    put(window, slider)
    committed = QSignalSpy(slider.committed)
    assert not turn_wheel(slider, 1)
    slider.setFocus()
    assert turn_wheel(slider, 1)
    assert emitted(committed) == [0.1]


def test_the_handle_stands_where_its_value_is(window: QWidget) -> None:
    slider = ValueSlider(0.0, 1.0)
    slider.setFixedWidth(113)
    slider.value = 0.5
    put(window, slider)
    assert colour_at(slider, 30, 10) == LIGHT.accent  # the track up to the handle
    assert colour_at(slider, 56, 10) == LIGHT.surface  # the handle
    assert colour_at(slider, 90, 10) == LIGHT.border2  # the track after it
