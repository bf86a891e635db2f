"""What the drawing shows: pictures in the neurons, and weight, gradient or last change along the connections."""

from __future__ import annotations

import numpy as np
import pytest
from network_person import LEFT, NO, dense
from PySide6.QtCore import QPoint, Qt

from bpgui.gui.canvas import thumbnails
from bpgui.gui.canvas.neurons import mark_rect
from bpgui.gui.canvas.scene import Mark
from bpgui.gui.measures import MOST_SAMPLES, question
from bpgui.gui.theme.tokens import LIGHT
from bpgui.network.names import weight_key
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.training.evaluation import activations, gradient
from bpgui.training.targets import targets


def answered(person):
    person.qtbot.waitUntil(lambda: person.canvas.thumbnails.inquiry.settled, timeout=5000)
    person.qtbot.waitUntil(lambda: person.measures.inquiry.settled, timeout=5000)


def choose(person, name):
    """Click the word in the title bar."""
    names = ["weight", "gradient", "change"]
    widths = person.dock.figures._widths()  # where the words stand
    x = 2 + sum(widths[: names.index(name)]) + 5
    person.qtbot.mouseClick(person.dock.figures, LEFT, NO, QPoint(round(x), 12))
    assert person.canvas.shown == name
    answered(person)


def test_a_neuron_shows_what_it_answers_over_the_plane(person):
    answered(person)
    project = person.session.project
    unit = project.network.layers[1].unit_ids[3]
    picture = person.canvas.thumbnails.picture(unit, LIGHT).toImage()
    assert (picture.width(), picture.height()) == (thumbnails.SIDE, thumbnails.SIDE)
    low = np.array([[project.data.X.min(), project.data.X.min()]])
    sign = activations(project.network, project.parameters, low)[2 + 3, 0]
    corner = picture.pixelColor(2, thumbnails.SIDE - 3)
    assert (corner.blue() > corner.red()) == (sign > 0)


def test_pictures_follow_an_edited_weight(person):
    answered(person)
    unit = person.session.project.network.layers[1].unit_ids[0]
    before = person.canvas.thumbnails.picture(unit, LIGHT).toImage()
    person.session.edit(edits.set_parameter, weight_key(person.session.project.network, (0, 0), (1, 0)), 5.0)
    answered(person)
    assert person.canvas.thumbnails.picture(unit, LIGHT).toImage() != before


def test_pictures_are_those_of_the_end_when_a_run_ends(person):
    person.session.set_pace(None)
    person.session.step("epoch")
    person.qtbot.waitUntil(lambda: person.session.progress.epoch == 1 and not person.session.running)
    project = person.settled()
    answered(person)
    wanted = thumbnails.question(project, 0)().shades
    assert np.array_equal(person.canvas.thumbnails._answers.shades, wanted)


def test_with_more_inputs_a_neuron_shows_its_activation_for_the_present_sample(at_work):
    person = at_work(dense(3, 4, 2))
    answered(person)
    project = person.session.project
    assert person.dock.sample.isVisible()
    for sample in (0, 5):
        if sample:
            person.dock.sample.stepped.emit(sample)
        answered(person)
        said = activations(project.network, project.parameters, project.data.X[sample : sample + 1])[:, 0]
        ids = [unit for layer in project.network.layers for unit in layer.unit_ids]
        assert [person.canvas.thumbnails.value(unit) for unit in ids] == said.tolist()


def test_activations_at_the_edge_of_the_numbers_are_shown_like_any_other():
    network = dense(1, 3, 1).network
    said = np.array([[-1.7e308, 1.7e308], [0.0, 1e308], [np.inf, -np.inf], [np.nan, 0.0], [1.0, -1.0]])
    with np.errstate(all="raise"):
        shown = thumbnails.shades(network, said)
    assert shown.shape == said.shape


def test_the_sample_is_only_chosen_where_there_is_no_plane(person):
    assert not person.dock.sample.isVisible()


def test_connections_show_the_gradient_over_the_training_set(person):
    choose(person, "gradient")
    project = person.settled()
    part = ~project.data.validation
    t = targets(project.data.T, project.network, len(project.data.X))
    _, wanted = gradient(project.network, project.parameters, project.data.X[part], t[part], project.recipe.loss)
    assert np.array_equal(person.canvas.scene.drawn, wanted.vector)
    assert np.array_equal(person.canvas.scene.vector, project.training.state.vector)
    key = person.weight((1, 2), (2, 3))
    assert person.canvas.scene.value(key) == project.training.state.vector[person.canvas.scene.index(key)]


def test_the_gradient_is_taken_over_a_bounded_number_of_samples():
    project = of_builtin("digits")
    measured = question(project.training)()
    assert measured.samples == np.count_nonzero(~project.data.validation) <= MOST_SAMPLES


def test_connections_show_what_the_last_epoch_changed(person):
    choose(person, "change")
    assert not person.canvas.scene.drawn.any()
    before = person.settled().training.state.vector
    person.session.step("epoch")
    person.qtbot.waitUntil(lambda: person.session.progress.epoch == 1 and not person.session.running)
    after = person.settled().training.state.vector
    person.qtbot.waitUntil(lambda: np.array_equal(person.canvas.scene.drawn, after - before))


def test_the_slider_hides_weak_connections_and_they_cannot_be_clicked(person):
    everything = person.canvas.scene.edges.drawn
    person.dock.weak.setFocus()
    person.qtbot.keyClick(person.dock.weak, Qt.Key.Key_End)
    hidden = person.canvas.scene.edges.drawn
    assert 0 < hidden < everything
    assert np.abs(person.canvas.scene.edges.weights).min() >= person.canvas._scale.value
    person.qtbot.keyClick(person.dock.weak, Qt.Key.Key_Home)
    assert person.canvas.scene.edges.drawn == everything


def test_cut_connections_past_a_layer_that_never_had_a_weight_are_not_drawn(person):
    person.session.edit(edits.connect, (0, 0), (3, 0))
    scene = person.canvas.scene
    assert np.count_nonzero(scene.network.cut) == 1
    assert not scene.edges.cut.any()
    key = person.weight((0, 0), (3, 0))
    person.session.edit(edits.set_parameter, key, 0.5)
    person.session.edit(edits.cut, [key])
    assert person.canvas.scene.edges.cut.any()


def test_a_frozen_connection_carries_a_lock(person):
    key = person.weight((1, 2), (2, 3))
    scene = person.canvas.scene
    x, y = scene.curves.point(scene.pair(key), 0.28)
    where = QPoint(round(x) - 8, round(y))
    person.painted()
    before = person.canvas.grab().toImage().pixelColor(where)
    person.session.edit(edits.freeze, [key])
    person.painted()
    assert person.canvas.grab().toImage().pixelColor(where) != before


@pytest.mark.parametrize("layer", [1, 2])
def test_the_tile_of_a_neuron_is_painted_with_its_picture(person, layer):
    answered(person)
    person.painted()
    image = person.canvas.grab().toImage()
    rect = mark_rect(person.canvas.scene, Mark(layer, 0))
    left, top = round(rect.left()), round(rect.top())
    colours = {image.pixelColor(left + x, top + y).name() for x in range(5, 33) for y in range(5, 33)}
    assert len(colours) > 20
