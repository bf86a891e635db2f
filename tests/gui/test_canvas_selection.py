"""The network in the hand: neurons and connections selected, walked, joined, frozen and removed by real events."""

from __future__ import annotations

import numpy as np
import pytest
from network_person import ALT, CTRL, LEFT, NO, SHIFT
from PySide6.QtCore import QPoint, QPointF, Qt

from bpgui.gui.canvas.neurons import mark_rect
from bpgui.gui.canvas.scene import Mark
from bpgui.gui.selection import Item, Selection
from bpgui.network.names import place_of
from bpgui.project import edits
from bpgui.training.evaluation import predict


def tile(person, layer, unit):
    return mark_rect(person.canvas.scene, Mark(layer, unit)).center().toPoint()


def click_neuron(person, layer, unit, modifiers=NO):
    person.qtbot.mouseClick(person.canvas, LEFT, modifiers, tile(person, layer, unit))


def drag(person, start, end):
    person.qtbot.mousePress(person.canvas, LEFT, NO, start)
    person.qtbot.mouseMove(person.canvas, (start + end) / 2)
    person.qtbot.mouseMove(person.canvas, end)
    person.qtbot.mouseRelease(person.canvas, LEFT, NO, end)


def selected(person):
    """The (layer, unit) of each selected neuron."""
    network = person.session.project.network
    return [place_of(network, unit).target for unit in person.session.selection.neurons]


def outputs(person):
    project = person.settled()
    return predict(project.network, project.parameters, project.data.X)


def test_a_click_selects_a_neuron_and_ctrl_click_one_more_or_one_less(person):
    click_neuron(person, 1, 2)
    assert selected(person) == [(1, 2)]
    click_neuron(person, 2, 5, CTRL)
    assert selected(person) == [(1, 2), (2, 5)]
    click_neuron(person, 1, 2, CTRL)
    assert selected(person) == [(2, 5)]
    person.qtbot.mouseClick(person.canvas, LEFT, NO, QPoint(20, 120))
    assert not person.session.selection.items


def test_a_rubber_band_selects_the_neurons_in_it(person):
    first, last = tile(person, 1, 1), tile(person, 2, 3)
    drag(person, first - QPoint(30, 22), last + QPoint(30, 22))
    assert selected(person) == [(layer, unit) for layer in (1, 2) for unit in (1, 2, 3)]


@pytest.mark.parametrize(
    ("start", "keys", "end"),
    [
        ((1, 2), [Qt.Key.Key_Down], (1, 3)),
        ((1, 0), [Qt.Key.Key_Up], (1, 0)),
        ((1, 7), [Qt.Key.Key_Down], (1, 7)),
        ((1, 2), [Qt.Key.Key_Right], (2, 2)),
        ((2, 7), [Qt.Key.Key_Right], (3, 0)),
        ((3, 0), [Qt.Key.Key_Right], (3, 0)),
        ((1, 6), [Qt.Key.Key_Left, Qt.Key.Key_Left], (0, 1)),
        ((1, 2), [Qt.Key.Key_N, Qt.Key.Key_Right], (1, 2)),
    ],
)
def test_arrows_walk_through_the_network(person, start, keys, end):
    click_neuron(person, *start)
    for key in keys:
        person.press(key)
    assert selected(person) == [end]
    assert str(end[1]) in person.canvas.accessibleDescription() or "ŷ" in person.canvas.accessibleDescription()


def test_an_arrow_from_nothing_selects_the_first_input(person):
    person.canvas.setFocus()
    person.press(Qt.Key.Key_Right)
    assert selected(person) == [(0, 0)]


def test_n_walks_every_connection_of_a_neuron_and_its_bias_both_ways(person):
    click_neuron(person, 1, 2)
    met = []
    for _ in range(11):  # 2 in, 8 out, a bias
        person.press(Qt.Key.Key_N)
        met.append(person.session.selection.key)
    network = person.session.project.network
    unit = network.layers[1].unit_ids[2]
    assert len(set(met)) == 11
    assert all(unit in (key % 2**31, key // 2**31 - 1) for key in met)
    person.press(Qt.Key.Key_N)
    assert person.session.selection.key == met[0]
    person.press(Qt.Key.Key_N, SHIFT)
    assert person.session.selection.key == met[-1]
    person.enter("0.125")
    assert person.value(met[-1]) == 0.125


def test_alt_up_and_down_step_a_weight(person):
    person.click(key := person.weight((1, 2), (2, 3)))
    before = person.value(key)
    person.press(Qt.Key.Key_Up, ALT)
    person.press(Qt.Key.Key_Up, ALT)
    person.press(Qt.Key.Key_Down, ALT)
    assert person.value(key) == pytest.approx(before + 0.01, abs=1e-12)


def test_a_typed_value_is_that_of_all_selected_connections_in_one_step_of_undo(person):
    first, second, cut = (person.weight((1, unit), (2, 3)) for unit in (2, 4, 6))
    before = person.others()
    person.session.edit(edits.cut, [cut])
    person.click(first)
    person.session.select(Selection.of("entry", cut, first, second))
    person.canvas.setFocus()
    person.enter("0.25")
    assert [person.value(key) for key in (first, second, cut)] == [0.25, 0.25, 0.0]
    person.session.undo_stack.undo()
    person.session.undo_stack.undo()
    assert person.others() == before


def test_a_drag_from_neuron_to_neuron_restores_a_cut_connection_with_its_weight(person):
    key = person.weight((1, 2), (2, 3))
    before = person.others()
    person.click(key)
    person.press(Qt.Key.Key_Delete)
    assert person.value(key) == 0.0
    drag(person, tile(person, 2, 3), tile(person, 1, 2))
    assert person.others() == before


def test_a_drag_past_a_layer_makes_a_connection_that_changes_nothing_yet(person):
    before = outputs(person)
    drag(person, tile(person, 0, 1), tile(person, 3, 0))
    network = person.session.project.network
    assert [(block.source, block.target) for block in network.blocks][-1] == (0, 3)
    assert np.count_nonzero(network.cut) == 1
    assert np.abs(outputs(person) - before).max() <= 1e-12
    person.session.undo_stack.undo()
    assert len(person.settled().network.blocks) == 3


def test_nothing_is_pointed_at_during_and_after_a_drag(person):
    start = tile(person, 0, 1)
    person.qtbot.mouseMove(person.canvas, start + QPoint(1, 1))
    person.qtbot.mouseMove(person.canvas, start)
    assert person.session.hovered is not None
    drag(person, start, tile(person, 3, 0))
    assert person.session.hovered is None


def test_a_drag_to_where_a_connection_is_says_so(person):
    drag(person, tile(person, 1, 2), tile(person, 2, 3))
    assert "connected already" in person.canvas.headers.refusal.text
    assert not person.session.undo_stack.canUndo()


def test_a_drag_within_a_layer_and_ctrl_arrows_move_a_neuron(person):
    before = outputs(person)
    ids = person.session.project.network.layers[1].unit_ids
    drag(person, tile(person, 1, 2), tile(person, 1, 5))
    assert person.session.project.network.layers[1].unit_ids.index(ids[2]) == 5
    person.press(Qt.Key.Key_Up, CTRL)
    assert person.session.project.network.layers[1].unit_ids.index(ids[2]) == 4
    assert np.abs(outputs(person) - before).max() <= 1e-12
    assert selected(person) == [(1, 4)]


def test_del_removes_a_neuron_and_undo_brings_it_back_whole(person):
    person.session.step("epoch")
    person.qtbot.waitUntil(lambda: person.session.progress.epoch == 1 and not person.session.running)
    trainer = person.session.bridge.worker.trainer
    network, before = person.settled().network, trainer.state()
    assert before.slots.any()
    click_neuron(person, 1, 2)
    click_neuron(person, 2, 4, CTRL)
    person.press(Qt.Key.Key_Delete)
    assert person.settled().network.sizes == (2, 7, 7, 1)
    assert not person.session.selection.items
    person.session.undo_stack.undo()
    person.qtbot.waitUntil(lambda: person.session.settled)
    assert person.session.project.network == network
    assert trainer.state().same(before)


def test_what_cannot_be_removed_says_why(person):
    click_neuron(person, 0, 1)
    person.press(Qt.Key.Key_Delete)
    assert "belong to the data" in person.canvas.headers.refusal.text


def test_f_freezes_a_connection_a_neuron_and_a_layer_and_thaws_them(person):
    person.click(key := person.weight((1, 2), (2, 3)))
    person.press(Qt.Key.Key_F)
    network = person.settled().network
    assert network.keys[network.frozen].tolist() == [key]
    person.press(Qt.Key.Key_F)
    assert not person.settled().network.frozen.any()
    person.press(Qt.Key.Key_Escape)
    click_neuron(person, 2, 3)
    person.press(Qt.Key.Key_F)
    assert np.count_nonzero(person.settled().network.frozen) == 9  # 8 in and its bias
    person.press(Qt.Key.Key_L)
    person.press(Qt.Key.Key_F)
    assert np.count_nonzero(person.settled().network.frozen) == 72
    person.press(Qt.Key.Key_F)
    assert not person.settled().network.frozen.any()


def test_plus_minus_and_ctrl_l_change_the_layer_of_what_is_selected(person):
    before = outputs(person)
    click_neuron(person, 1, 2)
    person.press(Qt.Key.Key_Plus)
    assert person.settled().network.sizes == (2, 9, 8, 1)
    assert np.abs(outputs(person) - before).max() <= 1e-12
    person.press(Qt.Key.Key_Minus)
    assert person.settled().network.sizes == (2, 8, 8, 1)
    person.press(Qt.Key.Key_L, CTRL)
    assert person.settled().network.sizes == (2, 8, 8, 8, 1)
    assert np.abs(outputs(person) - before).max() <= 1e-12


def test_l_selects_the_layer_and_del_takes_it_away(person):
    click_neuron(person, 1, 2)
    person.press(Qt.Key.Key_L)
    network = person.session.project.network
    assert person.session.selection == Selection.of("layer", network.layers[1].id)
    person.press(Qt.Key.Key_Delete)
    assert person.settled().network.sizes == (2, 8, 1)
    assert not person.session.selection.items


def test_a_click_on_a_heading_selects_its_layer(person):
    column = person.canvas.scene.columns[2]
    person.qtbot.mouseClick(person.canvas.headers, LEFT, NO, QPoint(round(column.x), 20))
    assert person.session.selection == Selection.of("layer", person.session.project.network.layers[2].id)


def test_the_chip_over_a_neuron_says_its_name_and_activation(person):
    where = tile(person, 1, 2)
    person.qtbot.mouseMove(person.canvas, where + QPoint(2, 2))
    person.qtbot.mouseMove(person.canvas, where)
    person.qtbot.waitUntil(person.canvas.hover.chip.isVisible, timeout=2000)
    assert (person.canvas.hover.chip.name, person.canvas.hover.chip.value) == ("1·2", "tanh")
    assert person.session.hovered == Item("neuron", person.session.project.network.layers[1].unit_ids[2])


def test_what_changes_the_output_says_so_before(person):
    headers = person.canvas.headers
    for part in (headers.steppers[0], headers.removers[0]):
        assert "changes the output" in part.toolTip()


def test_a_removed_neuron_leaves_the_rest_of_the_selection(person):
    click_neuron(person, 1, 2)
    click_neuron(person, 1, 7, CTRL)
    person.session.edit(edits.set_units, 1, 7)
    assert selected(person) == [(1, 2)]


def test_an_item_under_the_pointer_is_the_connection_or_the_neuron(person):
    scene = person.canvas.scene
    key = person.weight((1, 2), (2, 3))
    at = person.point(key)
    assert scene.item_at(at.x(), at.y()) == Item("entry", key)
    where = QPointF(tile(person, 1, 2))
    assert scene.item_at(where.x(), where.y()) == Item("neuron", scene.network.layers[1].unit_ids[2])
    assert scene.item_at(20, 120) is None
