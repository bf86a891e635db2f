"""The network drawing as a person uses it: real clicks, keys and wheel in a real window, on a real session."""

from __future__ import annotations

import numpy as np
import pytest
from network_person import ALT, LEFT, NO, SHIFT, focused
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from support import bits

from bpgui.gui.canvas.neurons import mark_rect
from bpgui.gui.canvas.scene import Mark
from bpgui.gui.selection import Selection
from bpgui.network.names import bias_key
from bpgui.network.parameters import places
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.project.timeline import seek
from bpgui.training.changes import Place


@pytest.mark.parametrize(
    ("text", "value"), [("0.25", 0.25), ("1/3", 1 / 3), ("0,5", 0.5), ("−2", -2.0), ("-2", -2.0), ("1e-3", 1e-3)]
)
def test_a_click_on_a_connection_and_a_number_set_its_weight_and_nothing_else(person, text, value):
    key = person.weight((1, 2), (2, 3))
    others = person.others(key)
    person.click(key)
    assert focused() is person.canvas  # the space bar still runs and pauses
    person.enter(text)
    assert bits(person.value(key)) == bits(value)
    assert person.others(key) == others
    assert focused() is person.canvas
    assert not person.editor.isHidden()


@pytest.mark.parametrize("text", ["1/x", "", "1e999", "1,234", "2/0"])
def test_a_refused_text_says_why_in_place_and_changes_nothing(person, text):
    key = person.weight((1, 2), (2, 3))
    before = person.others()
    person.click(key)
    shown = person.editor.field.text()
    person.press(Qt.Key.Key_Return)
    person.enter(text if text else "\b")
    assert person.editor.refusal
    assert person.editor.field.isVisible()
    assert focused() is person.editor.field
    person.press(Qt.Key.Key_Escape)
    assert person.editor.refusal == ""
    assert person.editor.field.text() == shown
    assert person.others() == before
    assert not person.session.undo_stack.canUndo()


def test_escape_restores_then_leaves_the_field_then_selects_nothing(person):
    person.click(person.weight((0, 1), (1, 6)))
    shown = person.editor.field.text()
    person.type("7")
    assert person.editor.field.text() == "7"
    person.press(Qt.Key.Key_Escape)
    assert person.editor.field.text() == shown
    person.press(Qt.Key.Key_Escape)
    assert focused() is person.canvas
    person.press(Qt.Key.Key_Escape)
    assert not person.session.selection.items
    assert person.editor.isHidden()


def test_a_click_elsewhere_takes_a_valid_value_and_drops_another(person):
    key, other = person.weight((1, 7), (2, 7)), person.weight((0, 0), (1, 0))
    person.click(key)
    person.type("0.75")
    person.click(other)
    assert person.value(key) == 0.75
    before = person.value(other)
    person.type("0.7.5")
    person.qtbot.mouseClick(person.canvas, LEFT, NO, QPoint(20, 120))
    assert not person.session.selection.items
    assert person.value(other) == before


def test_del_cuts_shift_del_restores_the_same_bits(person):
    key = person.weight((1, 2), (2, 3))
    before = person.others()
    person.click(key)
    person.press(Qt.Key.Key_Delete)
    assert person.value(key) == 0.0
    assert key in edits.cut_keys(person.session.project.network)
    assert person.session.selection.key == key
    person.press(Qt.Key.Key_Delete, SHIFT)
    assert person.others() == before
    assert person.session.undo_stack.count() == 2


def test_scissors_cut_and_the_cut_connection_is_clicked_and_restored(person):
    key = person.weight((0, 0), (1, 7))
    before = person.others()
    person.click(key)
    person.qtbot.mouseClick(person.editor.scissors, LEFT)
    assert person.value(key) == 0.0
    assert person.editor.scissors.isHidden()
    person.press(Qt.Key.Key_Escape)
    assert person.editor.isHidden()
    person.click(key)
    person.type("5")
    assert "Restore it first" in person.editor.refusal
    person.qtbot.mouseClick(person.editor.restorer, LEFT)
    assert person.others() == before
    assert person.editor.refusal == ""


def test_the_editor_of_a_bias_leaves_its_neuron_and_those_below_it_in_sight(person):
    for layer, unit in ((1, 0), (2, 4), (3, 0)):
        person.click(bias_key(person.session.project.network, (layer, unit)))
        scene = person.canvas.scene
        for mark in range(len(scene.columns[layer].ys)):
            assert not mark_rect(scene, Mark(layer, mark)).intersects(person.editor.geometry().toRectF())


def test_the_bias_dot_opens_its_bias_which_cannot_be_cut(person):
    key = bias_key(person.session.project.network, (2, 4))
    others = person.others(key)
    person.click(key)
    assert person.editor.scissors.isHidden()
    person.enter("-0.5")
    assert person.value(key) == -0.5
    assert person.others(key) == others
    person.press(Qt.Key.Key_Delete)
    assert "bias" in person.editor.refusal
    assert person.value(key) == -0.5


def test_the_wheel_steps_the_selected_weight_and_is_one_step_of_undo(person):
    key = person.weight((1, 7), (2, 7))
    person.click(key)
    person.enter("0.5")
    at = person.point(key)
    for _ in range(3):
        person.turn_wheel(at, 1)
    person.turn_wheel(at, -1, SHIFT)
    person.turn_wheel(at, 1, ALT)
    assert person.value(key) == 0.431
    assert person.session.undo_stack.count() == 2
    person.qtbot.mouseClick(person.dock.undo, LEFT)
    assert person.value(key) == 0.5


def test_a_typed_value_between_two_turns_of_the_wheel_is_a_step_of_undo_of_its_own(person):
    key = person.weight((1, 7), (2, 7))
    person.click(key)
    at = person.point(key)
    person.turn_wheel(at, 1)
    person.enter("0.5")
    person.turn_wheel(at, 1)
    assert person.session.undo_stack.count() == 3
    person.session.undo_stack.undo()
    assert person.value(key) == 0.5


def test_the_wheel_beside_the_selection_changes_nothing(person):
    person.click(person.weight((1, 7), (2, 7)))
    before = person.others()
    person.turn_wheel(QPoint(20, 120), 3)
    assert person.others() == before


def test_arrows_of_the_editor_step_as_its_keys_do(person):
    key = person.weight((1, 7), (2, 7))
    person.click(key)
    person.enter("1")
    person.qtbot.mouseClick(person.editor.up, LEFT)
    person.press(Qt.Key.Key_Return)
    person.press(Qt.Key.Key_Down, SHIFT)
    assert person.value(key) == 0.91
    assert person.editor.field.text() == "0.91"


def test_undo_and_redo_buttons_give_every_bit_back(person):
    key = person.weight((1, 2), (2, 3))
    before = person.others()
    assert not person.dock.undo.isEnabled()
    person.click(key)
    person.enter("3")
    after = person.others()
    assert "set 1·2 → 2·3 to 3" in person.dock.undo.toolTip()
    person.qtbot.mouseClick(person.dock.undo, LEFT)
    assert person.others() == before
    assert person.editor.field.text() != "3"
    person.qtbot.mouseClick(person.dock.redo, LEFT)
    assert person.others() == after
    assert person.editor.field.text() == "3"


def test_plus_and_minus_over_a_layer_keep_all_other_weights_bit_for_bit(person):
    before = person.others()
    stepper = person.canvas.headers.steppers[0]
    person.qtbot.mouseClick(stepper._more, LEFT)
    grown = person.others()
    assert person.session.project.network.sizes == (2, 9, 8, 1)
    assert before.items() <= grown.items()
    assert len(person.canvas.scene.columns[1].ys) == 9
    person.qtbot.mouseClick(stepper._less, LEFT)
    person.qtbot.mouseClick(stepper._less, LEFT)
    kept = person.others()
    assert person.session.project.network.sizes == (2, 7, 8, 1)
    assert kept.items() <= before.items()


def test_a_layer_is_put_in_between_and_taken_away_and_the_others_keep_their_weights(person):
    before = person.others()
    person.qtbot.mouseClick(person.canvas.headers.adders[1], LEFT)
    added = person.others()
    network = person.session.project.network
    assert network.sizes == (2, 8, 8, 8, 1)
    assert person.dock._title_bar._caption.text() == "2 – 8 – 8 – 8 – 1"
    around = {key for key in before if key % 2**31 in (network.layers[1].unit_ids + network.layers[4].unit_ids)}
    assert {key: added[key] for key in around} == {key: before[key] for key in around}
    person.qtbot.mouseClick(person.canvas.headers.removers[1], LEFT)
    assert person.settled().network.sizes == (2, 8, 8, 1)
    person.session.undo_stack.undo()
    assert person.others() == added


def test_only_hidden_layers_can_be_removed_and_the_inputs_have_no_stepper(person):
    headers = person.canvas.headers
    assert (len(headers.steppers), len(headers.removers), len(headers.adders)) == (3, 2, 3)


def test_a_refused_number_of_outputs_is_said_at_the_heading_until_the_next_click(at_work):
    person = at_work(of_builtin("regression"))
    headers, project = person.canvas.headers, person.session.project
    with pytest.raises(ValueError, match="output") as refused:
        edits.apply(project, edits.set_units(project, len(project.network.layers) - 1, 2))
    person.qtbot.mouseClick(headers.steppers[-1]._more, LEFT)
    assert headers.refusal.text == str(refused.value)
    assert abs(headers.refusal.geometry().center().x() - headers.steppers[-1].geometry().center().x()) < 80
    assert person.session.project.network.outputs == 1
    assert headers.steppers[-1].value == 1
    person.qtbot.mouseClick(person.canvas, LEFT, NO, QPoint(20, 400))
    assert headers.refusal.text == ""


def test_a_weight_is_edited_while_training_goes_on(person):
    person.session.set_pace(200.0)
    person.session.run()
    person.qtbot.waitUntil(lambda: person.session.progress.epoch >= 2, timeout=10_000)
    key = person.weight((0, 1), (1, 0))
    person.click(key)
    first = person.editor.field.text()
    person.qtbot.waitUntil(lambda: person.editor.field.text() != first, timeout=10_000)  # it follows training
    person.type("4.5")
    epoch = person.session.progress.epoch
    person.qtbot.waitUntil(lambda: person.session.progress.epoch > epoch + 2, timeout=10_000)
    assert person.editor.field.text() == "4.5"  # training does not write into what is being typed
    person.press(Qt.Key.Key_Return)
    assert person.session.running
    person.qtbot.waitUntil(lambda: bool(person.session.past.here.events), timeout=10_000)
    (event,) = person.session.past.here.events
    assert event.update > 0
    changed = seek(person.session.past, Place(0, event.update)).training
    assert changed.state.vector[int(places(changed.network, np.array([key]))[0])] == 4.5
    person.session.pause()
    person.qtbot.waitUntil(lambda: not person.session.running)
    assert 3.0 < person.value(key) < 6.0  # it went on learning from there


def test_a_screen_reader_hears_what_is_selected_and_the_canvas_is_one_tab_stop(person):
    key = person.weight((1, 2), (2, 3))
    person.click(key)
    person.enter("-1.284")
    person.session.select(Selection())
    person.session.select(Selection.of("entry", key))
    assert person.canvas.accessibleDescription().endswith("connection 1·2 to 2·3, weight minus 1.284")
    assert person.editor.isHidden()  # selected elsewhere, it does not open here
    stops = [child for child in person.canvas.findChildren(QWidget) if child.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == []
    assert person.canvas.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_change_of_topology_while_training_keeps_everything_in_place(person):
    person.session.run()
    person.qtbot.waitUntil(lambda: person.session.progress.update > 0, timeout=10_000)
    key = person.weight((1, 7), (2, 7))
    person.click(key)
    person.qtbot.mouseClick(person.canvas.headers.steppers[0]._less, LEFT)
    assert not person.session.selection.items  # its neuron went
    assert person.editor.isHidden()
    person.qtbot.mouseClick(person.canvas.headers.removers[1], LEFT)
    person.qtbot.mouseClick(person.canvas.headers.adders[0], LEFT)
    person.session.pause()
    person.qtbot.waitUntil(lambda: not person.session.running)
    assert person.settled().network.sizes == (2, 2, 7, 1)
    person.painted()
