"""The setup panel as a whole, and all of it while training runs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from setup_person import SetupPerson, name_of, panels

from bpgui.gui.docks.setup import WIDTH
from bpgui.gui.docks.setup_parts import Line
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.switch import Switch
from bpgui.project import edits
from bpgui.project.changes import Changes


@pytest.fixture
def sit_down(qtbot, qapp):
    """Open a panel on a built-in data set."""
    yield from panels(qtbot, qapp)


def tab_stops(person: SetupPerson) -> list[QWidget]:
    """Return what Tab goes through, from the header of the first section on."""
    person.window.activateWindow()
    QTest.qWaitForWindowActive(person.window)
    first = next(b for b in person.dock.findChildren(QAbstractButton) if b.accessibleName() == "Data")
    stops: list[QWidget] = [first]
    while True:
        stops[-1].setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(stops[-1], Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        if here is first or here is None or not person.dock.isAncestorOf(here) or here in stops:
            return stops
        stops.append(here)


def test_every_control_works_while_training_runs_and_training_goes_on(qtbot, sit_down):
    person = sit_down("spirals")
    person.run()
    begun = person.session.progress.epoch
    person.step(1, "more")
    person.choose("Activation of layer 2", "ReLU")
    person.click("Biases of layer 2", Switch)
    person.click("Add layer")
    QTest.keyClick(person.find(QAbstractButton, "Remove layer 3"), Qt.Key.Key_Return)
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
    stops = tab_stops(person)
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
