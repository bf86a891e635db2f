"""The Training section of the setup panel: real keys and clicks."""

from __future__ import annotations

from dataclasses import fields

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from setup_person import is_error, panels, texts, values

import bpgui
from bpgui.gui.docks.setup import WIDTH
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.training import schedules
from bpgui.training.recipe import RANGES


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
    for each in filter(QLabel.isVisible, beside):
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
    assert person.find(QLineEdit, "Seed").text() == "0"
    person.session.new_seed()
    assert person.find(QLineEdit, "Seed").text() == "1"


@pytest.mark.parametrize("seed", [7, 2**53 - 1])
def test_a_seed_that_is_typed_begins_again_with_its_weights_to_the_last_digit(sit_down, seed):
    person = sit_down("spirals")
    first = values(person.project)
    person.type_in("Seed", str(seed))
    assert person.project.recipe.seed == seed
    assert values(person.project) != first
    person.undo()
    assert person.project.recipe.seed == 0
    person.type_in("Seed", str(2**53 + 1))
    assert person.lines() == ["This is a whole number from 0 to 9,007,199,254,740,991, got 9007199254740992."]
    assert values(person.project) == first


def test_first_weights_are_drawn_another_way_and_undo_brings_the_old_ones_back(sit_down):
    person = sit_down("spirals")
    first = values(person.project)
    person.train(2)
    person.choose("First weights", "zeros")
    person.settle()
    assert person.project.training.initialiser == "zeros"
    assert set(values(person.project).values()) == {0.0}
    assert person.session.progress.epoch == 0
    person.undo()
    person.settle()
    assert person.project.training.initialiser == "xavier"
    assert person.find(Choice, "First weights").value == "xavier"
    assert person.project.training.first.tolist() == list(first.values())


def test_a_schedule_brings_its_settings_and_a_warm_up_those_of_what_it_leads_to(sit_down):
    person = sit_down("spirals")
    person.choose("Schedule", "step")
    person.type_in("Gamma", "0.25")
    person.type_in("Every", "7")
    assert person.project.recipe.course == schedules.Step(0.25, 7.0)
    person.choose("Schedule", "warm-up")
    person.type_in("Epochs", "3")
    person.choose("Then", "exponential")
    person.type_in("Gamma", "0.9")
    assert person.project.recipe.course == schedules.WarmUp(3.0, schedules.Exponential(0.9))
    assert person.all(QLineEdit, "Every") == []
    edit = person.type_in("Gamma", "1.5")
    assert person.lines() == ["This is greater than 0 and at most 1, got 1.5."]
    assert edit.property("invalid") is True
    person.choose("Schedule", "constant")
    assert person.all(QLineEdit, "Gamma") == []
    assert person.all(Choice, "Then") == []


@pytest.fixture
def limits(sit_down):
    """A person before the open section of limits."""
    person = sit_down("spirals")
    person.click("Limits")
    return person


@pytest.mark.parametrize(
    ("name", "key", "typed", "value"),
    [
        ("L1", "l1", "0.01", 0.01),
        ("Dropout", "dropout", "1/4", 0.25),
        ("Clip norm", "clip_norm", "2,5", 2.5),
        ("Clip value", "clip_value", "1e-3", 0.001),
    ],
)
def test_a_limit_is_set_told_in_the_header_and_taken_back(limits, name, key, typed, value):
    before = getattr(limits.project.recipe, key)
    assert limits.caption("Limits") == "none set"
    limits.type_in(name, typed)
    assert getattr(limits.project.recipe, key) == value
    assert limits.caption("Limits") == "1 set"
    if before is None:
        limits.type_in(name, "off")
    else:
        limits.undo()
    assert getattr(limits.project.recipe, key) == before
    limits.type_in(name, "-1")
    assert len(limits.lines()) == 1
    assert getattr(limits.project.recipe, key) == before


def test_stop_rules_are_set_one_by_one_and_patience_brings_its_own_settings(limits):
    assert limits.all(QLineEdit, "Least gain") == []
    limits.type_in("Error below", "0.01")
    limits.type_in("Patience", "20")
    limits.type_in("Least gain", "0.001")
    limits.click("Best back")
    limits.type_in("Seconds", "60")
    limits.type_in("Patience", "30")
    stop = bpgui.stop
    wanted = {stop.error_below(0.01), stop.patience(30, 0.001, restore_best=True), stop.seconds(60.0)}
    assert set(limits.project.recipe.stop) == wanted
    limits.type_in("Patience", "0")
    assert limits.lines() == ["This is a whole number from 1 to 1,000,000,000,000, got 0."]
    limits.type_in("Patience", "off")
    assert set(limits.project.recipe.stop) == {stop.error_below(0.01), stop.seconds(60.0)}
    assert limits.all(QLineEdit, "Least gain") == []


def test_the_order_of_the_samples_is_switched(limits):
    limits.click("Shuffle")
    assert limits.project.recipe.shuffle is False
    limits.undo()
    assert limits.project.recipe.shuffle is True


def test_every_setting_of_the_recipe_can_be_reached(sit_down):
    person = sit_down("spirals")
    person.click("Limits")
    reached = {"loss", "optimizer", "schedule", "stop", "seed", "shuffle"} | RANGES.keys()
    assert reached == {field.name for field in fields(bpgui.Recipe)}
    for name in RANGES:
        label = {"epochs": "Stop at", "l1": "L1", "l2": "L2"}.get(name, name.replace("_", " ").capitalize())
        assert person.find(QLineEdit, label).parent().toolTip().startswith(RANGES[name].help), name
