"""The Network section of the setup panel: real keys and clicks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from setup_person import panels, values

from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.switch import Switch
from bpgui.network.structure import with_layer_changed
from bpgui.project import edits
from bpgui.training.changes import SetNetwork


@pytest.fixture
def sit_down(qtbot, qapp):
    """Open a panel on a built-in data set."""
    yield from panels(qtbot, qapp)


def test_more_neurons_keep_every_trained_weight_and_enter_silently(sit_down):
    person = sit_down("spirals")
    person.train(2)
    before = values(person.project)
    person.step(1, "more")
    person.settle()
    after = values(person.project)
    assert person.project.network.sizes == (2, 9, 8, 1)
    assert {key: after[key] for key in before} == before
    assert person.session.progress.epoch == 2
    assert person.stepper(1).value == 9
    assert person.caption("Network") == "116 parameters"
    person.undo()
    person.settle()
    assert values(person.project) == before
    assert person.stepper(1).value == 8


def test_zero_neurons_are_refused_below_the_row_and_the_row_shows_what_is(sit_down):
    person = sit_down("spirals")
    person.type_in("Neurons of layer 1", "0")
    assert person.lines() == ["Layer 1 needs at least one neuron."]
    assert person.stepper(1).value == 8
    assert person.find(QLineEdit, "Neurons of layer 1").text() == "8"
    assert person.steps == 0
    person.step(1, "more")
    assert person.lines() == []
    assert person.project.network.sizes == (2, 9, 8, 1)


def test_more_neurons_than_a_layer_may_have_are_refused(sit_down):
    person = sit_down("spirals")
    person.type_in("Neurons of layer 1", "9999999")
    assert "100,000" in person.lines()[0]
    assert person.stepper(1).value == 8


def test_the_rows_are_the_same_widgets_after_an_edit_and_the_focus_stays(sit_down):
    person = sit_down("spirals")
    rows = [person.stepper(1), person.stepper(2), person.stepper(3)]
    number = person.find(QLineEdit, "Neurons of layer 2")
    number.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(number, Qt.Key.Key_Up)
    assert person.project.network.sizes == (2, 8, 9, 1)
    assert QApplication.focusWidget() is number
    assert [person.stepper(1), person.stepper(2), person.stepper(3)] == rows


def test_an_activation_is_changed_and_undo_shows_in_the_row(sit_down):
    person = sit_down("spirals")
    person.choose("Activation of layer 1", "ReLU")
    assert person.project.network.layers[1].activation == "relu"
    assert person.steps == 1
    person.undo()
    assert person.find(Choice, "Activation of layer 1").value == "tanh"
    assert person.project.network.layers[1].activation == "tanh"


def test_an_output_activation_brings_the_loss_along_and_says_so_in_its_row(sit_down):
    person = sit_down("circles")
    person.choose("Activation of layer 2", "tanh")
    assert person.project.recipe.loss != "binary_cross_entropy"
    assert person.find(Choice, "Loss").value == person.project.recipe.loss
    assert person.lines() == person.heard
    assert len(person.heard) == 1
    assert person.steps == 1
    person.undo()
    assert person.find(Choice, "Loss").value == "binary_cross_entropy"
    assert person.lines() == []


def test_biases_are_taken_away_and_given_back(sit_down):
    person = sit_down("spirals")
    person.click("Biases of layer 2", Switch)
    assert [layer.bias for layer in person.project.network.layers[1:]] == [True, False, True]
    assert person.caption("Network") == "97 parameters"
    person.undo()
    assert person.find(Switch, "Biases of layer 2").isChecked()


def test_a_layer_is_added_before_the_output_and_removed_again(sit_down):
    person = sit_down("spirals")
    before = values(person.project)
    person.click("Add layer")
    assert person.project.network.sizes == (2, 8, 8, 8, 1)
    assert person.stepper(3).value == 8
    assert person.stepper(4).value == 1
    assert person.lines() == person.heard != []
    QTest.keyClick(person.find(QAbstractButton, "Remove layer 3"), Qt.Key.Key_Return)
    assert person.project.network.sizes == (2, 8, 8, 1)
    assert not person.all(QLineEdit, "Neurons of layer 4")
    after = values(person.project)
    drawn = person.project.network.keys[person.project.network.weight_slices[-1]].tolist()
    assert {key: after[key] for key in before if key not in drawn} == {
        k: v for k, v in before.items() if k not in drawn
    }
    assert not person.all(QAbstractButton, "Remove layer 3")  # the output belongs to the data


def test_a_second_click_at_the_same_place_adds_another_layer_and_touches_nothing_else(qtbot, sit_down):
    person = sit_down("digits")
    add = person.find(QAbstractButton, "Add layer")
    where = add.mapTo(person.window, add.rect().center())
    for _ in range(3):
        qtbot.mouseClick(person.window.childAt(where), Qt.MouseButton.LeftButton)
        QTest.qWait(50)  # what moves has moved
    assert person.project.network.sizes == (64, 32, 32, 32, 32, 10)
    assert person.steps == 3


def test_the_bin_of_a_row_shows_only_while_it_is_pointed_at_or_has_the_keyboard(sit_down):
    person = sit_down("spirals")
    bin_button = person.find(QAbstractButton, "Remove layer 1")
    QTest.mouseMove(person.window, QPoint(5, 5))
    person.find(Choice, "Loss").setFocus()

    def drawn() -> bool:
        image = bin_button.grab().toImage()
        first = image.pixel(0, 0)
        return any(image.pixel(x, y) != first for x in range(image.width()) for y in range(image.height()))

    assert not drawn()
    bin_button.setFocus(Qt.FocusReason.TabFocusReason)
    assert drawn()


def test_a_layer_whose_neurons_differ_shows_as_mixed(sit_down):
    person = sit_down("spirals")
    network = with_layer_changed(person.project.network, 1, overrides={0: "relu"})
    person.session.edit(lambda _project: edits.Edit("mix", SetNetwork(network)))
    assert person.find(Choice, "Activation of layer 1").currentText() == "mixed"
    person.choose("Activation of layer 1", "sigmoid")
    layer = person.project.network.layers[1]
    assert (layer.activation, layer.overrides) == ("sigmoid", {})
    assert person.find(Choice, "Activation of layer 1").findText("mixed") < 0
    assert replace(layer, overrides={}) == layer
