"""Weights and samples as tables: typed into, copied, pasted, selected, with real keys in the real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from whole_window import train

from bpgui.data.importers import read
from bpgui.gui.selection import Selection
from bpgui.gui.widgets.number_table import cells_of
from bpgui.network.names import weight_key
from bpgui.network.parameters import places
from bpgui.project import edits
from bpgui.project.state import of_builtin

CTRL, NO = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def front(qtbot, dock):
    """Bring a dock to the front, and the keyboard to its table."""
    dock.raise_()
    qtbot.waitUntil(dock.table.isVisible)
    dock.table.setFocus(Qt.FocusReason.TabFocusReason)
    return dock.table


def choose(table, row, column, last=None):
    """Select a cell, or a rectangle down to another one."""
    here = table.model().index(row, column)
    table.selectionModel().setCurrentIndex(here, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    if last is not None:
        for key, times in ((Qt.Key.Key_Down, last[0] - row), (Qt.Key.Key_Right, last[1] - column)):
            for _ in range(times):
                QTest.keyClick(table, key, Qt.KeyboardModifier.ShiftModifier)


def click(table, row, column):
    place = table.visualRect(table.model().index(row, column)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, NO, place)


def type_in(qtbot, table, text, end=Qt.Key.Key_Return):
    qtbot.keyClick(table, text[0])
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    qtbot.keyClicks(editor, text[1:])
    qtbot.keyClick(editor, end)
    qtbot.wait(20)  # Qt hands over what was typed, and then the keyboard, with events of its own


def paste(table, text):
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(table, Qt.Key.Key_V, CTRL)


def value_of(window, key) -> float:
    project = window.session.project
    return float(project.training.state.vector[places(project.network, np.array([key]))[0]])


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("1\t2\n3\t4\n", [["1", "2"], ["3", "4"]]),
        ("1,5\t2\r\n3\t4", [["1,5", "2"], ["3", "4"]]),
        ("1;2\n3;4", [["1", "2"], ["3", "4"]]),
        ("1 2\n3   4", [["1", "2"], ["3", "4"]]),
        ("1.5, 2.5", [["1.5", "2.5"]]),
        ("7", [["7"]]),
        ("1\t\t3", [["1", "", "3"]]),
    ],
)
def test_the_clipboard_is_read_as_spreadsheets_and_people_write_it(text, cells):
    assert cells_of(text) == cells


def test_rows_of_different_lengths_are_no_table():
    with pytest.raises(ValueError, match="different lengths"):
        cells_of("1\t2\n3")


# Weights


def test_a_weight_is_typed_in_its_cell_as_anywhere_else(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    choose(table, 1, 3)
    type_in(qtbot, table, "1/4")
    key = weight_key(window.session.project.network, (0, 1), (1, 3))
    assert value_of(window, key) == 0.25
    assert table.model().cell(1, 3) == "0.2500"
    assert window.session.undo_stack.undoText() == "set x1 → 1·3 to 0.25"
    choose(table, 2, 3)  # the row of biases
    type_in(qtbot, table, "-2")
    assert window.session.project.parameters.biases[0][3] == -2.0
    window.session.undo_stack.undo()
    window.session.undo_stack.undo()
    assert table.model().cell(2, 3) == "0.0000"


def test_looking_at_a_cell_without_typing_changes_no_digit(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    before = window.session.project.parameters.vector.tobytes()
    choose(table, 0, 0)
    table.edit(table.currentIndex())
    qtbot.keyClick(table.findChild(QLineEdit), Qt.Key.Key_Return)
    assert window.session.project.parameters.vector.tobytes() == before
    assert window.session.undo_stack.count() == 0


def test_nonsense_is_refused_below_the_title_and_the_value_stays(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    choose(table, 0, 0)
    before = table.model().cell(0, 0)
    for text in ("x", "1/0", "1e999"):
        type_in(qtbot, table, text)
        assert window.train.weights.line.isVisible()
        assert table.model().cell(0, 0) == before
    assert window.session.undo_stack.count() == 0
    click(table, 1, 1)
    assert not window.train.weights.line.isVisible()


@pytest.mark.parametrize("dock", ["weights", "samples"])
def test_what_is_copied_and_pasted_back_changes_no_bit(qtbot, open_window, dock):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, getattr(window.train, dock))
    before = window.session.project
    table.selectAll()
    QTest.keyClick(table, Qt.Key.Key_C, CTRL)
    choose(table, 0, 0)
    QTest.keyClick(table, Qt.Key.Key_V, CTRL)
    after = window.session.project
    assert after.training.state.vector.tolist() == before.training.state.vector.tolist()
    assert after.data.X.tolist() == before.data.X.tolist()


def test_one_number_goes_into_the_selected_cells_and_no_other(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    before = window.session.project.parameters.vector
    choose(table, 0, 0)
    other = table.model().index(2, 5)
    table.selectionModel().select(other, QItemSelectionModel.SelectionFlag.Select)
    paste(table, "0.25")
    after = window.session.project.parameters
    assert np.count_nonzero(after.vector != before) == 2
    assert (after.weights[0][0, 0], after.biases[0][5]) == (0.25, 0.25)


def test_a_block_of_weights_is_copied_and_pasted_in_one_step(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    paste(table, "")
    choose(table, 0, 2)
    paste(table, "1\t2,5\n−3\t1e-3\n0\t7")
    weights, bias = window.session.project.parameters.weights[0], window.session.project.parameters.biases[0]
    assert weights[:, 2:4].tolist() == [[1.0, 2.5], [-3.0, 0.001]]
    assert bias[2:4].tolist() == [0.0, 7.0]
    assert window.session.undo_stack.count() == 1
    choose(table, 0, 2, last=(1, 3))
    QTest.keyClick(table, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "1\t2.5\n-3\t0.001"
    choose(table, 1, 7)
    paste(table, "1\t2")
    assert "do not fit in here" in window.train.weights.line.text()
    paste(table, "1\t2\n3")
    assert "different lengths" in window.train.weights.line.text()
    assert window.session.undo_stack.count() == 1


def test_one_number_is_pasted_into_every_selected_cell(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    choose(table, 0, 1, last=(1, 3))
    paste(table, "0,5")
    assert window.session.project.parameters.weights[0][:, 1:4].tolist() == [[0.5] * 3] * 2


def test_a_cut_connection_has_no_cell_to_type_into(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    key = weight_key(window.session.project.network, (0, 0), (1, 0))
    window.session.edit(edits.cut, [key])
    table = front(qtbot, window.train.weights)
    assert table.model().cell(0, 0) == "cut"
    choose(table, 0, 0)
    qtbot.keyClick(table, "5")
    assert table.findChild(QLineEdit) is None or not table.findChild(QLineEdit).isVisible()
    paste(table, "5\t6")
    assert "restore it first" in window.train.weights.line.text()
    paste(table, "cut\t6")
    assert window.session.project.parameters.weights[0][0, 1] == 6.0


def test_the_cell_that_is_chosen_is_the_connection_selected_everywhere_and_the_reverse(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    click(table, 0, 5)
    network = window.session.project.network
    assert window.session.selection.key == weight_key(network, (0, 0), (1, 5))
    qtbot.keyClick(table, Qt.Key.Key_Left)
    assert window.session.selection.key == weight_key(network, (0, 0), (1, 4))
    other = weight_key(network, (1, 2), (2, 3))
    window.session.select(Selection.of("entry", other))
    assert window.train.weights.model.block == 1
    assert (table.currentIndex().row(), table.currentIndex().column()) == (2, 3)
    assert window.session.selection.key == other


def test_the_table_follows_training_edits_of_structure_and_the_theme(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    table = front(qtbot, window.train.weights)
    before = table.model().cell(0, 0)
    train(qtbot, window, 3)
    assert table.model().cell(0, 0) != before
    window.session.edit(edits.set_units, 1, 3)
    assert (table.model().rowCount(), table.model().columnCount()) == (3, 3)
    light = table.model().ground(0, 0)
    window._theme.set_choice("dark")
    QApplication.processEvents()
    assert table.model().ground(0, 0) != light
    window._theme.set_choice("light")
    window.session.edit(edits.use_project, of_builtin("article"))  # two layers less
    assert window.train.weights.model.block == 0
    table.grab()


# Samples


def test_a_sample_is_typed_in_and_training_goes_on_with_the_same_weights(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    train(qtbot, window, 1)
    weights = window.session.project.parameters.vector.tolist()
    table = front(qtbot, window.train.samples)
    choose(table, 3, 0)
    type_in(qtbot, table, "0.75")
    assert window.session.project.data.X[3, 0] == 0.75
    choose(table, 3, 2)
    other = "1" if table.model().cell(3, 2) == "0" else "0"
    type_in(qtbot, table, other)
    assert window.session.project.data.labels[3] == int(other)
    choose(table, 3, 3)
    before = bool(window.session.project.data.validation[3])
    type_in(qtbot, table, "no" if before else "yes")
    assert window.session.project.data.validation[3] != before
    assert window.session.project.parameters.vector.tolist() == weights
    assert window.session.progress.epoch == 1
    for _ in range(3):
        window.session.undo_stack.undo()
    assert window.session.project.data.origin is not None


def test_a_class_that_is_none_is_refused(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    table = front(qtbot, window.train.samples)
    choose(table, 0, 2)
    type_in(qtbot, table, "7")
    assert "no class of these data; known: 0, 1" in window.train.samples.line.text()
    assert window.session.undo_stack.count() == 0


def test_samples_are_pasted_added_and_removed(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    table = front(qtbot, window.train.samples)
    choose(table, 0, 0)
    paste(table, "0.1\t0.2\t1\n0.3\t0.4\t0")
    data = window.session.project.data
    assert data.X[:2].tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert data.labels[:2].tolist() == [1, 0]
    buttons = {button.text(): button for button in window.train.samples.findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Add"], Qt.MouseButton.LeftButton)
    assert window.session.project.data.samples == 201
    assert table.currentIndex().row() == 200
    choose(table, 0, 0, last=(1, 0))
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert window.session.project.data.samples == 199
    assert table.model().rowCount() == 199
    table.selectAll()
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert "No sample would be left" in window.train.samples.line.text()
    for _ in range(3):
        window.session.undo_stack.undo()
    assert window.session.project.data.samples == 200


def test_the_row_that_is_chosen_is_the_sample_shown_everywhere_and_the_reverse(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    table = front(qtbot, window.train.samples)
    click(table, 2, 0)
    assert window.session.sample == 2
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert window.session.sample == 3
    window.train.network.canvas.setFocus()
    window.session.show_sample(42)
    assert table.currentIndex().row() == 42


def test_samples_are_written_as_csv_and_read_back(qtbot, open_window, tmp_path):
    window = open_window(of_builtin("moons"))
    path = tmp_path / "moons.csv"
    window.train.samples.raise_()
    window.train.samples.export(str(path))
    qtbot.waitUntil(lambda: window.train.samples.line.text() == "Written to moons.csv.")
    again = read(path).data
    assert again.samples == 200
    window.train.samples.export(str(tmp_path / "nowhere" / "moons.csv"))
    qtbot.waitUntil(lambda: "nowhere" in window.train.samples.line.text())
    assert window.train.samples.line.property("tone") == "error"


def test_what_is_being_typed_stays_while_training_changes_the_cell(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    window.session.set_pace(None)
    window.session.edit(edits.set_recipe, epochs=10**9)
    table = front(qtbot, window.train.weights)
    window.session.run()
    choose(table, 0, 0)
    qtbot.keyClick(table, "7")
    editor = QApplication.focusWidget()
    epoch = window.session.progress.epoch
    qtbot.waitUntil(lambda: window.session.progress.epoch > epoch + 50)
    qtbot.wait(200)
    assert editor.text() == "7"
    window.session.pause()
    qtbot.waitUntil(lambda: not window.session.running)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.wait(20)
    assert window.session.project.parameters.weights[0][0, 0] == 7.0


def test_long_names_of_columns_are_not_cut(qtbot, open_window, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("petal length (cm),b,species of flower\n" + "\n".join(f"{i}.5,{i},{i % 2}" for i in range(20)))
    window = open_window(of_builtin("article"))
    window.open_path(str(path))
    qtbot.waitUntil(lambda: window.session.project.data.name == "long")
    table = front(qtbot, window.train.samples)
    header = table.horizontalHeader()
    assert all(header.sectionSize(column) >= header.sectionSizeHint(column) for column in range(3))
