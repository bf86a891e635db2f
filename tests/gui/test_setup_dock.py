"""The setup panel as a person uses it: real keys and clicks, on a real session with its worker."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QLineEdit, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from bpgui.data.builtin import DATASETS
from bpgui.data.importers import read
from bpgui.gui.docks import setup_data
from bpgui.gui.docks.setup import WIDTH, SetupDock
from bpgui.gui.docks.setup_parts import Line
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.section import Section
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.stepper import Stepper
from bpgui.gui.widgets.switch import Switch
from bpgui.gui.widgets.tile import Tile, TileGrid
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.state import of_builtin

TABLE = "height,width,kind\n" + "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(40))


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    # A combo box tells its entry as its name on Linux and leaves the rest to the label beside it.
    return widget.accessibleName() or QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


class Person(QObject):
    """A window with nothing but the panel, and what a person does in it."""

    def __init__(self, qtbot: QtBot, name: str) -> None:
        super().__init__()
        self._qtbot = qtbot
        self.session = Session(of_builtin(name))
        self.window = QMainWindow()
        self.dock = SetupDock(self.session)
        self.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        self.window.resize(WIDTH, 900)
        self.session.changed.connect(self._on_changed)
        self.session.said.connect(self._on_said)
        self.heard: list[str] = []
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    @Slot(object, object)
    def _on_changed(self, changes: Changes, _initiator: object) -> None:
        self.dock.refresh(changes)

    @Slot(str, str)
    def _on_said(self, _kind: str, sentence: str) -> None:
        self.heard.append(sentence)

    def close(self) -> None:
        self.session.close()
        self.window.close()
        self.window.deleteLater()

    def all(self, kind: type, name: str) -> list:
        QApplication.processEvents()  # a widget that came just now shows with the next event
        return [w for w in self.dock.findChildren(kind) if name_of(w) == name and w.isVisibleTo(self.dock)]

    def find(self, kind: type, name: str):
        found = self.all(kind, name)
        assert len(found) == 1, (name, [name_of(w) for w in self.dock.findChildren(kind)])
        return found[0]

    def has(self, kind: type, name: str) -> bool:
        return bool(self.all(kind, name))

    def click(self, name: str, kind: type = QAbstractButton) -> None:
        self._qtbot.mouseClick(self.find(kind, name), Qt.MouseButton.LeftButton)

    def press(self, widget: QWidget, key: Qt.Key) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self._qtbot.keyClick(widget, key)

    def type_in(self, name: str, text: str) -> QLineEdit:
        edit = self.find(QLineEdit, name)
        edit.setFocus(Qt.FocusReason.TabFocusReason)
        edit.selectAll()
        self._qtbot.keyClicks(edit, text)
        self._qtbot.keyClick(edit, Qt.Key.Key_Return)
        return edit

    def choose(self, name: str, label: str) -> None:
        """Go to an entry with the arrow keys of the open list."""
        choice = self.find(Choice, name)
        row = choice.findText(label)
        assert row >= 0
        choice.setFocus(Qt.FocusReason.TabFocusReason)
        choice.showPopup()
        view = choice.view()
        self._qtbot.keyClick(view, Qt.Key.Key_Home)
        for _ in range(row):
            self._qtbot.keyClick(view, Qt.Key.Key_Down)
        self._qtbot.keyClick(view, Qt.Key.Key_Return)

    def step(self, layer: int, what: str) -> None:
        stepper = self.stepper(layer)
        button = next(b for b in stepper.findChildren(QAbstractButton) if b.accessibleName() == what)
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def stepper(self, layer: int) -> Stepper:
        stepper = self.find(QLineEdit, f"Neurons of layer {layer}").parent()
        assert isinstance(stepper, Stepper)
        return stepper

    def lines(self) -> list[str]:
        return [line.text() for line in self.dock.findChildren(Line) if line.isVisibleTo(self.dock)]

    def find_line_tone(self, text: str) -> str:
        return next(line.property("tone") for line in self.dock.findChildren(Line) if line.text() == text)

    def texts(self) -> list[str]:
        return [label.text() for label in self.dock.findChildren(QLabel) if label.isVisibleTo(self.dock)]

    def tab_stops(self) -> list[QWidget]:
        """Return what Tab goes through, from the header of the first section on."""
        self.window.activateWindow()
        self._qtbot.waitUntil(self.window.isActiveWindow)
        first = next(b for b in self.dock.findChildren(QAbstractButton) if b.accessibleName() == "Data")
        stops: list[QWidget] = [first]
        while True:
            stops[-1].setFocus(Qt.FocusReason.TabFocusReason)
            self._qtbot.keyClick(stops[-1], Qt.Key.Key_Tab)
            here = QApplication.focusWidget()
            if here is first or here is None or not self.dock.isAncestorOf(here) or here in stops:
                return stops
            stops.append(here)

    def tile(self, label: str) -> Tile:
        return self.find(Tile, label)

    def caption(self, section: str) -> str:
        header = next(b for b in self.dock.findChildren(QAbstractButton) if b.accessibleName() == section)
        assert isinstance(header.parent(), Section)
        return header.accessibleDescription()

    @property
    def project(self):
        return self.session.project

    @property
    def steps(self) -> int:
        return self.session.undo_stack.index()

    def undo(self) -> None:
        self.session.undo_stack.undo()

    def settle(self) -> None:
        """Wait until what the session has is what the worker has."""
        trainer = self.session.bridge.worker.trainer
        self._qtbot.waitUntil(lambda: np.array_equal(self.project.parameters.vector, trainer.params.vector))

    def train(self, epochs: int) -> None:
        """Train for some epochs, then stand still."""
        for done in range(1, epochs + 1):
            self.session.step("epoch")
            self._qtbot.waitUntil(lambda done=done: self.session.progress.epoch == done)
        self.settle()

    def run(self) -> None:
        """Train on and on, at full speed."""
        self.session.set_pace(None)
        assert self.session.edit(edits.set_recipe, epochs=10**9) == ""
        self.session.run()
        self._qtbot.waitUntil(lambda: self.session.running and self.session.progress.epoch > 3)

    def goes_on(self) -> None:
        """Wait until training got further, with every edit made."""
        update = self.session.progress.update
        self._qtbot.waitUntil(lambda: self.session.progress.update > update)
        assert self.session.running


@pytest.fixture
def theme(qapp: QApplication):
    """The look of all panels."""
    manager = ThemeManager(qapp, "light")
    yield manager
    manager.deleteLater()


@pytest.fixture
def sit_down(qtbot: QtBot, theme: ThemeManager):  # noqa: ARG001  (the panel is measured in its fonts)
    """Open a panel on a built-in data set; it is closed, with its worker, at the end."""
    people: list[Person] = []

    def opened(name: str = "spirals") -> Person:
        people.append(Person(qtbot, name))
        return people[-1]

    yield opened
    for person in people:
        person.close()


def answer_file_dialog(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the file dialog answer at once, as if the person had picked that file."""

    def answered(dialog: QFileDialog) -> None:
        dialog.fileSelected.emit(str(path))
        dialog.reject()

    monkeypatch.setattr(QFileDialog, "open", answered)


def values(project) -> dict[int, float]:
    return dict(zip(project.network.keys.tolist(), project.parameters.vector.tolist(), strict=True))


# Data


def test_a_tile_sets_up_its_data_network_recipe_and_pace_in_one_step_that_undo_takes_back(qtbot, sit_down):
    person = sit_down("spirals")
    person.session.edit(edits.set_units, 1, 5)
    mine = person.project
    person.click("XOR", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "xor")
    entry = next(e for e in DATASETS if e.name == "xor")
    assert person.project.network.sizes == entry.layers
    assert person.project.recipe.learning_rate == entry.recipe["learning_rate"]
    assert person.project.pace == entry.pace
    assert person.steps == 2
    assert person.tile("XOR").isChecked()
    assert person.caption("Data") == "200 samples"
    assert person.find(QLineEdit, "Learning rate").text() == "0.3"
    assert person.has(QLineEdit, "Neurons of layer 2")
    assert not person.has(QLineEdit, "Neurons of layer 3")
    person.undo()
    assert person.project.network.sizes == mine.network.sizes == (2, 5, 8, 1)
    assert person.project.pace == mine.pace
    assert person.tile("Spirals").isChecked()
    assert person.caption("Data") == "300 samples"
    assert person.stepper(1).value == 5


def test_the_article_has_one_sample(sit_down):
    person = sit_down("article")
    assert person.caption("Data") == "1 sample"
    assert person.tile("Article").isChecked()


def test_a_csv_file_is_opened_and_what_was_guessed_stands_in_the_panel(qtbot, sit_down, monkeypatch, tmp_path):
    path = tmp_path / "spirals.csv"
    path.write_text(TABLE)
    answer_file_dialog(monkeypatch, path)
    person = sit_down("spirals")
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.project.data.names == ("height", "width"))
    assert person.project.network.outputs == 2
    assert person.caption("Data") == "40 samples"
    (line,) = person.lines()
    assert line.startswith("spirals.csv: ")
    for note in read(path).notes:
        assert note in line
    assert person.dock.findChild(TileGrid).value == ""  # a file of that name is not the built-in set
    person.undo()
    assert person.lines() == []
    assert person.tile("Spirals").isChecked()
    person.session.undo_stack.redo()
    assert person.lines() == [line]


@pytest.mark.parametrize(
    ("text", "found"),
    [("", "bad.csv: "), ("1,2,3\n4,5\n6,7,8\n", "line 2"), ("1,2,3\n4,nan,5\n6,7,8\n", "nan")],
)
def test_a_csv_file_that_cannot_be_used_is_refused_in_the_panel_and_changes_nothing(
    qtbot, sit_down, monkeypatch, tmp_path, text, found
):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    answer_file_dialog(monkeypatch, path)
    person = sit_down("spirals")
    before = person.project
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.lines() != [])
    (line,) = person.lines()
    assert found in line
    assert line.startswith("bad.csv")
    assert person.find_line_tone(line) == "error"
    assert person.project is before
    assert person.steps == 0


def test_digits_without_scikit_learn_say_how_to_get_it(qtbot, sit_down, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    person = sit_down("spirals")
    person.click("Digits", Tile)
    qtbot.waitUntil(lambda: person.lines() != [])
    assert "pip install" in person.lines()[0]
    assert person.tile("Spirals").isChecked()
    assert not person.tile("Digits").isChecked()
    assert person.steps == 0


def test_a_slow_file_holds_nothing_up_and_a_later_wish_counts_instead(qtbot, sit_down, monkeypatch, tmp_path):
    path = tmp_path / "slow.csv"
    path.write_text(TABLE)
    answer_file_dialog(monkeypatch, path)
    go_on = Event()

    def slow(asked: str):
        assert go_on.wait(20)
        return read(asked)

    monkeypatch.setattr(setup_data, "read", slow)
    person = sit_down("spirals")
    person.run()
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.lines() == ["Reading slow.csv…"])
    person.goes_on()
    person.click("Circles", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "circles")
    go_on.set()
    qtbot.wait(150)
    assert person.project.data.name == "circles"
    assert person.lines() == []


# Network


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
    person.press(person.find(QAbstractButton, "Remove layer 3"), Qt.Key.Key_Return)
    assert person.project.network.sizes == (2, 8, 8, 1)
    assert not person.has(QLineEdit, "Neurons of layer 4")
    after = values(person.project)
    drawn = person.project.network.keys[person.project.network.weight_slices[-1]].tolist()
    assert {key: after[key] for key in before if key not in drawn} == {
        k: v for k, v in before.items() if k not in drawn
    }
    assert not person.has(QAbstractButton, "Remove layer 3")  # the output belongs to the data


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
    from dataclasses import replace

    from bpgui.network.structure import with_layer_changed
    from bpgui.training.changes import SetNetwork

    person = sit_down("spirals")
    network = with_layer_changed(person.project.network, 1, overrides={0: "relu"})
    person.session.edit(lambda _project: edits.Edit("mix", SetNetwork(network)))
    assert person.find(Choice, "Activation of layer 1").currentText() == "mixed"
    person.choose("Activation of layer 1", "sigmoid")
    layer = person.project.network.layers[1]
    assert (layer.activation, layer.overrides) == ("sigmoid", {})
    assert person.find(Choice, "Activation of layer 1").findText("mixed") < 0
    assert replace(layer, overrides={}) == layer


# Training


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
    assert person.find_line_tone(line) == "error"
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
    assert caption in person.texts()
    person.train(1)
    assert person.session.progress.update == int(caption.split()[0])
    person.undo()
    assert edit.text() == "16"
    assert "15 updates/epoch" in person.texts()


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
    assert not person.has(QLineEdit, "Momentum")
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
    assert "0" in person.texts()
    person.session.new_seed()
    assert "1" in person.texts()


# All of it while training runs


def test_every_control_works_while_training_runs_and_training_goes_on(qtbot, sit_down):
    person = sit_down("spirals")
    person.run()
    begun = person.session.progress.epoch
    person.step(1, "more")
    person.choose("Activation of layer 2", "ReLU")
    person.click("Biases of layer 2", Switch)
    person.click("Add layer")
    person.press(person.find(QAbstractButton, "Remove layer 3"), Qt.Key.Key_Return)
    person.choose("Loss", "cross-entropy")
    person.choose("Optimizer", "SGD")
    person.choose("Optimizer", "momentum")
    person.type_in("Momentum", "0.5")
    person.type_in("Learning rate", "0.01")
    person.type_in("Learning rate", "0")
    assert len(person.lines()) == 1
    person.type_in("Batch size", "full")
    person.goes_on()
    trainer = person.session.bridge.worker.trainer
    qtbot.waitUntil(lambda: trainer.recipe.batch_size == "full")
    assert trainer.network.sizes == (2, 9, 8, 2)
    assert trainer.network.layers[2].activation == "relu"
    assert not trainer.network.layers[2].bias
    assert trainer.recipe.loss == "cross_entropy"
    assert trainer.recipe.method.momentum == 0.5
    assert trainer.recipe.learning_rate == 0.01
    assert person.session.progress.epoch > begun
    while person.session.undo_stack.index() > 1:
        person.undo()
    qtbot.waitUntil(lambda: trainer.network.sizes == (2, 8, 8, 1))
    person.goes_on()
    assert person.find(QLineEdit, "Learning rate").text() == "0.03"
    assert person.find(QLineEdit, "Batch size").text() == "16"
    assert person.find(Choice, "Loss").value == "half_sse"
    assert person.find(Switch, "Biases of layer 2").isChecked()


def test_a_data_set_and_a_file_are_chosen_while_training_runs(qtbot, sit_down, monkeypatch, tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(TABLE)
    answer_file_dialog(monkeypatch, path)
    person = sit_down("spirals")
    person.run()
    person.click("Moons", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "moons")
    person.click("Open CSV…", Tile)
    qtbot.waitUntil(lambda: person.project.data.name == "own")
    trainer = person.session.bridge.worker.trainer
    qtbot.waitUntil(lambda: trainer.training.data.name == "own")
    assert person.session.running


# The panel as a whole


def test_a_refresh_makes_no_edit_and_what_is_hidden_is_refreshed_too(sit_down):
    person = sit_down("spirals")
    person.dock.hide()
    person.session.edit(edits.set_recipe, learning_rate=0.5)
    person.session.edit(edits.set_units, 1, 3)
    person.dock.refresh(Changes.ALL)
    assert person.session.undo_stack.count() == 2
    person.dock.show()
    assert person.find(QLineEdit, "Learning rate").text() == "0.5"
    assert person.stepper(1).value == 3


def test_tab_goes_from_top_to_bottom_also_after_layers_and_settings_came(sit_down):
    person = sit_down("circles")
    person.click("Add layer")
    person.click("Add layer")
    person.choose("Optimizer", "momentum")
    stops = person.tab_stops()
    places = [stop.mapTo(person.dock, QPoint(0, stop.height() // 2)) for stop in stops]
    rows = [(place.y() // 14, place.x()) for place in places]
    names = [name_of(stop) for stop in stops]
    assert len(stops) > 20
    assert [y for y, _ in rows] == sorted(y for y, _ in rows), names
    assert all(names), names
    assert len(set(names)) == len(names)


def test_nothing_is_cut_off_at_the_right_when_the_panel_scrolls(qtbot, sit_down):
    person = sit_down("spirals")
    loss = person.find(Choice, "Loss")
    switch = person.find(Switch, "Biases of layer 1")
    wide = loss.width()
    person.window.resize(WIDTH, 400)
    qtbot.waitUntil(lambda: person.dock.height() < 420)
    viewport = person.dock.widget().findChild(QWidget, "qt_scrollarea_viewport")
    qtbot.waitUntil(lambda: viewport.width() < WIDTH - 2)
    qtbot.waitUntil(lambda: loss.width() == wide)
    assert switch.mapTo(person.dock, QPoint(switch.width(), 0)).x() <= WIDTH - 11


def test_a_refusal_of_two_lines_gets_its_height(qtbot, sit_down):
    person = sit_down("spirals")
    person.type_in("Learning rate", "0")
    line = next(each for each in person.dock.findChildren(Line) if each.isVisible())
    qtbot.waitUntil(lambda: line.height() >= line.heightForWidth(line.width()) > 0)


def test_the_pictures_of_the_data_sets_follow_the_theme(sit_down, theme):
    person = sit_down("spirals")
    pictures = {}
    for choice in ("light", "dark"):
        theme.set_choice(choice)
        for entry in DATASETS:
            tile = person.tile(entry.label)
            image = tile.grab().toImage()
            pictures[choice, entry.name] = image
            colours = {image.pixel(x, y) for x in range(12, image.width() - 12) for y in range(8, 38)}
            assert len(colours) > 1, f"{entry.name} is blank"
    for entry in DATASETS:
        assert pictures["light", entry.name] != pictures["dark", entry.name]
    each = [pictures["light", entry.name] for entry in DATASETS]
    assert all(a != b for i, a in enumerate(each) for b in each[:i])
