"""The Training section of the setup panel: real keys and clicks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from setup_person import is_error, panels, texts

from bpgui.gui.docks.setup import WIDTH
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.slider import ValueSlider


@pytest.fixture
def sit_down(qtbot, qapp):
    """Open a panel on a built-in data set."""
    yield from panels(qtbot, qapp)


def test_a_loss_brings_softmax_along_in_one_step_and_says_so_below_itself(sit_down):
    person = sit_down("spirals")
    person.choose("Loss", "cross-entropy")
    assert person.project.recipe.loss == "cross_entropy"
    assert person.project.network.layers[-1].activation == "softmax"
    assert person.project.network.outputs == 2
    assert person.steps == 1
    assert person.lines() == person.heard
    assert "softmax" in person.heard[0]
    assert person.find(Choice, "Activation of layer 3").value == "softmax"
    assert person.stepper(3).value == 2
    person.undo()
    assert person.find(Choice, "Loss").value == "half_sse"
    assert person.find(Choice, "Activation of layer 3").value == "tanh"
    assert person.stepper(3).value == 1
    assert person.lines() == []


def test_a_loss_that_the_data_do_not_allow_is_refused_below_it_and_the_old_one_shows(sit_down):
    person = sit_down("regression")
    person.choose("Loss", "cross-entropy")
    (line,) = person.lines()
    assert "sum to 1" in line
    assert is_error(person, line)
    assert person.find(Choice, "Loss").value == "mse"
    assert person.find(Choice, "Loss").currentText() == "mean (t − y)²"
    assert person.steps == 0
    person.choose("Loss", "½ Σ (t − y)²")
    assert person.lines() == []


def test_learning_rate_0_is_refused_in_its_field_and_the_last_valid_value_stays(sit_down):
    person = sit_down("spirals")
    edit = person.type_in("Learning rate", "0")
    (line,) = person.lines()
    assert "greater than 0" in line
    assert edit.property("invalid") is True
    assert edit.accessibleDescription() == line
    assert person.project.recipe.learning_rate == 0.03
    assert person.steps == 0
    person.type_in("Learning rate", "0.05")
    assert person.lines() == []
    assert edit.property("invalid") is False
    assert person.project.recipe.learning_rate == 0.05
    person.undo()
    assert edit.text() == "0.03"


def test_a_drag_of_the_slider_is_one_step_shown_in_the_field_all_along(qtbot, sit_down):
    person = sit_down("spirals")
    slider = person.find(ValueSlider, "Learning rate, slider")
    field = person.find(QLineEdit, "Learning rate")
    left, right = QPoint(4, slider.height() // 2), QPoint(slider.width() - 4, slider.height() // 2)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=left)
    assert field.text() == "0.0001"
    QTest.mouseMove(slider, right)
    assert field.text() == "10"
    assert person.steps == 0
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=right)
    assert person.steps == 1
    assert person.project.recipe.learning_rate == 10.0
    person.undo()
    assert field.text() == "0.03"
    assert slider.value == 0.03


@pytest.mark.parametrize(
    ("typed", "size", "caption"), [("full", "full", "1 update/epoch"), ("1", 1, "240 updates/epoch")]
)
def test_a_batch_is_a_number_or_full_and_the_updates_an_epoch_are_told_truly(sit_down, typed, size, caption):
    person = sit_down("spirals")
    edit = person.type_in("Batch size", typed)
    assert person.project.recipe.batch_size == size
    assert edit.text() == typed
    assert caption in texts(person)
    person.train(1)
    assert person.session.progress.update == int(caption.split()[0])
    person.undo()
    assert edit.text() == "16"
    assert "15 updates/epoch" in texts(person)


@pytest.mark.parametrize("label", ["Batch size", "Stop at"])
@pytest.mark.parametrize("typed", ["16", "1,000", "99,999", "5,000,000", "1,000,000,000"])
def test_a_field_is_wide_enough_for_its_number_and_what_is_beside_it_stays_in_the_panel(sit_down, label, typed):
    person = sit_down("spirals")
    edit = person.type_in(label, typed)
    QTest.qWait(1)
    assert edit.text() == typed
    ends = []
    for place in (0, len(typed)):
        edit.setCursorPosition(place)
        edit.grab()  # painting scrolls to the cursor where the text is too long: then the ends seem nearer
        ends.append(edit.cursorRect().center().x())
    assert ends[1] - ends[0] >= edit.fontMetrics().horizontalAdvance(typed) - 1
    beside = [each for each in person.dock.findChildren(QLabel) if each.text().startswith(("epochs", "1 update"))]
    for each in beside:
        assert each.mapTo(person.dock, each.rect().topRight()).x() <= WIDTH - 8


@pytest.mark.parametrize("typed", ["0", "2.5", "-3", "half"])
def test_a_batch_that_cannot_be_is_refused_and_full_is_taken_back_by_typing_a_number(sit_down, typed):
    person = sit_down("spirals")
    person.type_in("Batch size", "full")
    edit = person.type_in("Batch size", typed)
    assert len(person.lines()) == 1
    assert edit.property("invalid") is True
    assert person.project.recipe.batch_size == "full"
    person.type_in("Batch size", "8")
    assert person.project.recipe.batch_size == 8
    assert person.lines() == []


def test_an_optimizer_shows_its_own_settings_and_they_are_set_and_refused(sit_down):
    person = sit_down("spirals")
    assert person.find(QLineEdit, "Momentum").text() == "0.9"
    edit = person.type_in("Momentum", "1")
    assert "less than 1" in person.lines()[0]
    assert edit.property("invalid") is True
    assert person.project.recipe.method.momentum == 0.9
    person.type_in("Momentum", "0.5")
    assert person.project.recipe.method.momentum == 0.5
    person.choose("Optimizer", "SGD")
    assert person.project.recipe.method.name == "sgd"
    assert not person.all(QLineEdit, "Momentum")
    person.undo()
    assert person.find(QLineEdit, "Momentum").text() == "0.5"
    person.undo()
    assert person.find(QLineEdit, "Momentum").text() == "0.9"


def test_epochs_are_typed_and_negative_ones_refused(sit_down):
    person = sit_down("spirals")
    person.type_in("Stop at", "2,500")
    assert person.project.recipe.epochs == 2500
    person.type_in("Stop at", "-1")
    assert len(person.lines()) == 1
    assert person.project.recipe.epochs == 2500


def test_the_seed_shows_and_follows_a_new_one(sit_down):
    person = sit_down("spirals")
    assert "0" in texts(person)
    person.session.new_seed()
    assert "1" in texts(person)
