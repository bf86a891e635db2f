"""What a person changes lights up for a moment, and nothing moves for a person who does not want it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from network_person import dense
from PySide6.QtGui import QColor

from bpgui.gui.canvas.flash import Touched
from bpgui.gui.theme.motion import reduce_motion
from bpgui.project import edits
from bpgui.project.edits import set_parameter


@pytest.fixture(autouse=True)
def motion_as_before() -> Iterator[None]:
    yield
    reduce_motion(False)


def test_a_changed_value_lights_up_and_fades_whoever_changed_it(person):
    flash, key = person.canvas.flash, person.weight((1, 0), (2, 7))
    person.session.edit(set_parameter, key, 1.5)
    assert flash.touched == Touched(keys=(key,))
    person.qtbot.waitUntil(lambda: 0.0 < flash.strength < 0.9)
    person.qtbot.waitUntil(lambda: flash.touched == Touched())
    assert flash.strength == 0.0
    person.session.undo_stack.undo()
    assert flash.touched.keys == (key,)


def test_the_light_is_there_to_be_seen(at_work):
    person = at_work(dense(1, 1))
    key = person.weight((0, 0), (1, 0))
    at = person.point(key)
    beside = at.x(), at.y() + 4  # in the halo, beside the line
    person.session.edit(set_parameter, key, 0.01)
    person.painted()
    person.qtbot.waitUntil(lambda: person.canvas.flash.strength == 0.0)
    dark = person.canvas.grab().toImage().pixelColor(*beside)
    person.session.edit(set_parameter, key, 0.02)
    lit = person.canvas.grab().toImage().pixelColor(*beside)
    assert lit != dark
    assert lit.green() < dark.green() - 20  # violet on the light canvas
    assert QColor(dark).lightness() > lit.lightness()


def test_a_new_neuron_is_ringed_and_a_removed_one_leaves_no_ring(person):
    person.session.edit(edits.set_units, 1, 9)
    [unit] = person.canvas.flash.touched.units
    assert unit == person.session.project.network.layers[1].unit_ids[8]
    person.canvas.grab()
    person.session.undo_stack.undo()
    assert person.canvas.flash.touched == Touched()
    person.canvas.grab()


def test_an_edit_on_top_of_a_fading_one_is_safe_whatever_it_takes_away(person):
    person.session.edit(set_parameter, person.weight((1, 7), (2, 0)), 1.5)
    person.session.edit(edits.set_units, 1, 3)
    person.canvas.grab()
    person.session.edit(edits.remove_layer, 1)
    person.canvas.grab()


def test_training_is_no_change_to_point_at(qtbot, person):
    person.session.run()
    qtbot.waitUntil(lambda: person.session.progress.epoch > 3)
    assert person.canvas.flash.touched == Touched()
    person.session.pause()
    qtbot.waitUntil(lambda: not person.session.running)
    person.settled()
    assert person.canvas.flash.touched == Touched()


def test_with_reduced_motion_nothing_lights_up(person):
    reduce_motion(True)
    person.session.edit(set_parameter, person.weight((1, 0), (2, 7)), 1.5)
    assert person.canvas.flash.touched == Touched()
