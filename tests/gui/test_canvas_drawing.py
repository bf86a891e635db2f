"""How the network drawing is painted: colours, widths, slices; pointing at it, zooming into it."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np
import pytest
from network_person import CTRL, LEFT, NO, dense
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from bpgui.gui.canvas import edge_picture, edges
from bpgui.gui.canvas.edge_picture import Drawing, EdgePicture
from bpgui.gui.canvas.hover import DELAY
from bpgui.gui.canvas.neurons import mark_rect
from bpgui.gui.canvas.scene import Mark
from bpgui.gui.theme.tokens import DARK, LIGHT
from bpgui.project.changes import Changes
from bpgui.project.edits import set_parameter, set_recipe
from bpgui.project.state import of_builtin


def test_pointing_lights_up_and_a_chip_tells_the_value_beside_the_pointer(person):
    key = person.weight((1, 0), (2, 7))
    at = person.point(key)
    person.qtbot.mouseMove(person.canvas, at)
    assert person.canvas.hover.key == key
    chip = person.canvas.hover.chip
    assert chip.isHidden()
    person.qtbot.waitUntil(chip.isVisible)
    assert chip.name == "1·0 → 2·7"
    assert float(chip.value.replace("−", "-")) == pytest.approx(person.value(key), abs=1e-4)
    columns = person.canvas.scene.columns
    tiles = [
        mark_rect(person.canvas.scene, Mark(layer, mark))
        for layer in range(len(columns))
        for mark in range(len(columns[layer].ys))
    ]
    assert not any(tile.intersects(chip.geometry().toRectF()) for tile in tiles)
    person.qtbot.mouseMove(person.canvas, QPoint(20, 120))
    assert person.canvas.hover.key is None
    assert chip.isHidden()


def test_the_chip_stays_away_where_the_editor_says_the_value(person):
    key = person.weight((1, 0), (2, 7))
    person.qtbot.mouseMove(person.canvas, person.point(key))
    person.click(key)
    person.qtbot.wait(2 * DELAY)
    assert person.canvas.hover.key == key
    assert person.canvas.hover.chip.isHidden()


def test_a_ring_shows_that_tab_led_to_the_canvas_and_none_that_a_click_did(person):
    corner = QPoint(2, 120)
    person.dock.fit.setFocus()
    person.qtbot.mouseClick(person.canvas, LEFT, NO, QPoint(20, 120))
    assert person.canvas.hasFocus()
    assert person.canvas.grab().toImage().pixelColor(corner).name().upper() == LIGHT.canvas
    person.dock.fit.setFocus()
    for _ in range(4):
        if not person.canvas.hasFocus():
            person.press(Qt.Key.Key_Tab)
    assert person.canvas.hasFocus()
    assert person.canvas.grab().toImage().pixelColor(corner).name().upper() == LIGHT.accent


def test_control_wheel_zooms_middle_drag_moves_and_control_0_fits(person):
    whole = [column.x for column in person.canvas.scene.columns]
    person.turn_wheel(QPoint(400, 300), 4, CTRL)
    zoomed = [column.x for column in person.canvas.scene.columns]
    assert zoomed[-1] - zoomed[0] > 2 * (whole[-1] - whole[0])
    person.qtbot.mousePress(person.canvas, Qt.MouseButton.MiddleButton, NO, QPoint(400, 300))
    person.qtbot.mouseMove(person.canvas, QPoint(430, 300))
    person.qtbot.mouseRelease(person.canvas, Qt.MouseButton.MiddleButton, NO, QPoint(430, 300))
    assert person.canvas.scene.columns[0].x == pytest.approx(zoomed[0] + 30)
    person.press(Qt.Key.Key_0, CTRL)
    assert [column.x for column in person.canvas.scene.columns] == whole


@pytest.mark.parametrize("value", [2.0, -2.0])
def test_the_picture_takes_the_colours_of_the_theme(at_work, theme, value):
    person = at_work(dense(1, 1))
    key = person.weight((0, 0), (1, 0))
    person.session.edit(set_parameter, key, value)
    person.qtbot.waitUntil(lambda: person.canvas.flash.strength == 0.0)
    for choice, tokens in (("light", LIGHT), ("dark", DARK)):
        theme.set_choice(choice)
        person.qtbot.wait(edge_picture.INTERVAL + 50)
        person.painted()
        image = person.canvas.grab().toImage()
        met = image.pixelColor(person.point(key) * image.devicePixelRatio())
        wanted, ground = QColor(tokens.positive if value > 0 else tokens.negative), QColor(tokens.canvas)
        for channel in ("red", "green", "blue"):
            mixed = 0.85 * getattr(wanted, channel)() + 0.15 * getattr(ground, channel)()
            assert abs(getattr(met, channel)() - mixed) <= 2, choice


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_lines_are_as_wide_on_every_screen(qtbot, person, ratio):
    scene = person.canvas.scene
    scene.show(np.full(scene.vector.size, 1.0))  # all as wide as can be: 5 logical pixels
    picture = EdgePicture()
    drawing = Drawing(scene.edges, scene.curves, 1.0, LIGHT, person.canvas.size(), ratio)
    picture.request(drawing)
    qtbot.waitUntil(lambda: picture.complete)
    image = picture.image
    assert image.width() == round(person.canvas.width() * ratio)
    x, y = scene.curves.point(scene.pair(person.weight((2, 0), (3, 0))), 0.02)
    ink = sum(
        image.pixelColor(round(x * ratio), row).alphaF()
        for row in range(round((y - 12) * ratio), round((y + 12) * ratio))
    )
    assert ink / ratio == pytest.approx(5.0 * 0.85, rel=0.1)


def test_widths_follow_the_weights_smoothly_while_training_and_exactly_when_paused(qtbot, person, monkeypatch):
    monkeypatch.setattr(edges, "EASING", 1e9)
    before = person.canvas._scale.value
    person.session.set_pace(50.0)
    person.session.run()
    qtbot.waitUntil(lambda: person.session.progress.epoch >= 2, timeout=10_000)
    for unit in range(8):
        person.session.edit(set_parameter, person.weight((1, unit), (2, 0)), 50.0)
    assert person.canvas._scale.value == pytest.approx(before)
    person.session.pause()
    qtbot.waitUntil(lambda: not person.session.running)
    person.settled()
    assert person.canvas._scale.value == edges.reference(person.canvas.scene.network, person.canvas.scene.vector)
    assert person.canvas._scale.value > 10.0


def test_painting_is_cut_into_slices_and_the_old_picture_stays_until_the_new_is_whole(qtbot, at_work, monkeypatch):
    person = at_work(dense(24, 24, 24, 24))
    old = person.canvas.picture.image
    qtbot.wait(edge_picture.INTERVAL + 50)
    monkeypatch.setattr(edge_picture, "SLICE", 0.0005)
    person.session.edit(set_parameter, person.weight((0, 0), (1, 0)), 2.0)
    assert not person.canvas.picture.complete
    assert person.canvas.picture.image is old
    qtbot.waitUntil(lambda: len(person.canvas.picture.slices) >= 2)
    assert person.canvas.picture.image is old
    monkeypatch.setattr(edge_picture, "SLICE", 1.0)
    person.painted()
    assert person.canvas.picture.image is not old


def test_the_picture_is_painted_at_most_ten_times_a_second(qtbot, person, monkeypatch):
    monkeypatch.setattr(edge_picture, "SLICE", 1.0)
    qtbot.wait(edge_picture.INTERVAL + 50)
    pictures = []
    person.canvas.picture.painted.connect(lambda: pictures.append(person.canvas.picture.image))
    since = monotonic()
    for _ in range(50):
        person.canvas.refresh(Changes.WEIGHTS)
        qtbot.wait(10)
    person.painted()
    assert 2 <= len(pictures) <= 2 + 10.5 * (monotonic() - since)
    assert len(pictures) < 40


def test_after_a_divergence_a_reset_is_drawn_as_it_began(qtbot, at_work):
    person = at_work(of_builtin("regression"))
    begun = person.canvas._scale.value
    assert person.session.edit(set_recipe, learning_rate=1000.0) == ""
    said = []
    person.session.said.connect(lambda kind, _text: said.append(kind))
    person.session.run()
    qtbot.waitUntil(lambda: "warning" in said, timeout=10_000)
    person.settled()
    assert person.canvas._scale.value > 1e100
    person.session.reset()
    person.settled()
    person.painted()
    person.canvas.grab()
    assert person.canvas._scale.value == begun


@pytest.mark.parametrize("gap", [60.0, 12.0])
def test_lines_are_as_dark_where_they_bend_too_tightly_for_the_core(qtbot, person, gap):
    scene = person.canvas.scene
    scene.show(np.full(scene.vector.size, 1.0))
    one = np.array([[20.0, 30.0], [20.0 + 0.48 * gap, 30.0], [20.0 + 0.52 * gap, 330.0], [20.0 + gap, 330.0]])
    curves = replace(scene.curves, pieces=np.repeat(one[None], len(scene.curves.pieces), axis=0))
    drawn = replace(
        scene.edges, **{name: getattr(scene.edges, name)[:1] for name in ("places", "pairs", "weights", "cut")}
    )
    picture = EdgePicture()
    picture.request(Drawing(drawn, curves, 1.0, LIGHT, person.canvas.size(), 1.0))
    qtbot.waitUntil(lambda: picture.complete)
    row = [picture.image.pixelColor(x, 180).alphaF() for x in range(10, 100)]
    slope = np.hypot(1.0, 1.5 * 300.0 / (0.78 * gap))
    assert sum(row) == pytest.approx(5.0 * 0.85 * slope / np.sqrt(slope**2 - 1.0), rel=0.06)
