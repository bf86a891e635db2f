"""The output dock in the real window: it paints what a surface was computed from, and nothing is cut off."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel
from whole_window import train

from bpgui.data.dataset import Dataset
from bpgui.gui.docks import output as dock_module
from bpgui.gui.docks.output_surface import ColourBar, SurfaceView, scale_texts
from bpgui.gui.docks.output_views import ConfusionView, ResidualView, SampleView
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.tile import Tile
from bpgui.project import edits
from bpgui.project.state import of_builtin, of_data
from bpgui.training.evaluation import predict

NAMES = ("length", "width")


def view_of(window) -> SurfaceView:
    return window.train.output.findChild(SurfaceView)


def shown(qtbot, window):
    """Wait for the surface of what the session has by now, and return its picture."""
    view = view_of(window)
    qtbot.waitUntil(lambda: view._surface is not None and view._surface.data is window.session.project.data)
    return view.grab().toImage()


def pets(names=NAMES, scale=1.0, classes=("dog", "cat")) -> Dataset:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 2)) * scale
    labels = (np.arange(40) % len(classes)).astype(np.int64)
    return Dataset("pets", X, labels=labels, class_names=classes, names=names)


def test_other_data_with_fewer_outputs_do_not_meet_the_picture_of_the_old_ones(qtbot, open_window):
    window = open_window(of_builtin("article"))
    shown(qtbot, window)
    which = window.train.output.findChild(Choice)
    which.setFocus()
    qtbot.keyClick(which, Qt.Key.Key_Down)
    assert window.train.output.output == 1
    qtbot.wait(200)
    window.session.edit(edits.use_project, of_builtin("regression"))
    view = view_of(window)
    view.resize(view.width() - 1, view.height())  # so that it is painted anew, before there is another surface
    picture = view.grab().toImage()
    assert picture.width() > 0
    assert view._surface.data is not window.session.project.data
    shown(qtbot, window)
    assert window.train.output.output == 0
    assert len(view._surface.wanted) == 200


def test_the_samples_of_new_data_take_the_place_of_the_old_ones(qtbot, open_window):
    window = open_window(of_builtin("xor"))
    shown(qtbot, window)
    window.session.edit(edits.use_project, of_builtin("circles"))
    later = shown(qtbot, window)
    fresh = open_window(window.session.project)
    fresh.resize(window.size())
    fresh.train.restoreState(window.train.saveState())
    assert later == shown(qtbot, fresh)


def ink(picture, columns) -> int:
    """Count pixels that are not the background, as it is at the lower left corner."""
    ground = picture.pixel(0, picture.height() - 1)
    return sum(picture.pixel(x, y) != ground for x in columns for y in range(picture.height()))


@pytest.mark.parametrize("names", [NAMES, ("x", "a name that is much too long for this place")])
@pytest.mark.parametrize("scale", [1.0, 12_000.0])
def test_nothing_at_the_left_of_the_map_is_cut_off(qtbot, open_window, names, scale):
    window = open_window(of_data(pets(names, scale)))
    picture = shown(qtbot, window)
    assert ink(picture, range(2)) == 0
    assert ink(picture, range(2, 30)) > 0


def test_the_choice_is_as_wide_as_the_name_it_shows(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    shown(qtbot, window)
    which = window.train.output.findChild(Choice)
    narrow = which.width()
    window.session.edit(edits.use_project, of_data(pets(classes=("retriever", "cat"))))
    shown(qtbot, window)
    qtbot.waitUntil(lambda: which.width() > narrow)
    assert which.currentText() == "retriever"
    text = QFontMetrics(which.font()).horizontalAdvance("retriever")
    assert which.width() >= text + 8 + 22 + 2  # padding, arrow and outline


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (-1.0, 1.0, ("−1", "0", "1")),
        (-1.0876543, 1.1123456, ("−1.1", "0", "1.1")),
        (0.012345, 0.056789, ("0.012", "0.035", "0.057")),
        (1234.56, 1240.12, ("1234.6", "1237.3", "1240.1")),
    ],
)
def test_the_scale_has_two_digits_of_its_width(low, high, texts):
    assert scale_texts(low, high) == texts


def test_the_numbers_of_the_scale_do_not_run_into_each_other(qtbot, qapp):  # noqa: ARG001  (it has the font)
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.set_range(123456.0, 987654.0)
    wide = bar.grab().toImage()
    columns = [ink(wide.copy(x, 12, 1, 16), [0]) for x in range(104)]
    background = min(columns)
    middle = columns[46:58]
    assert middle == [background] * len(middle)


def test_a_look_that_fails_while_training_is_not_the_last_one(qtbot, open_window, monkeypatch):
    window = open_window(of_builtin("spirals"))
    shown(qtbot, window)
    told = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: told.append(what[1]))
    honest = dock_module.answers

    def answers(*given):
        if not told:
            raise KeyError("answers")
        return honest(*given)

    monkeypatch.setattr(dock_module, "answers", answers)
    view = view_of(window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    before = view._surface
    qtbot.waitUntil(lambda: view._surface is not before and window.session.running, timeout=10_000)


def look_of(qtbot, window, epochs=0):
    """Wait for what the dock knows of the session's data and present parameters."""
    train(qtbot, window, epochs) if epochs else None
    network, params, data = (getattr(window.session.project, name) for name in ("network", "parameters", "data"))
    said = predict(network, params, data.X)
    qtbot.waitUntil(
        lambda: (
            window.train.output._look is not None
            and window.train.output._look.answers.data is data
            and np.array_equal(window.train.output._look.answers.said, said)
        ),
        timeout=10_000,
    )
    return window.train.output._look


def choose_view(qtbot, window, name):
    views = window.train.output.views
    views.setFocus()
    qtbot.keyClick(views, Qt.Key.Key_Home)
    for _ in range(3):
        if views.value != name:
            qtbot.keyClick(views, Qt.Key.Key_Right)
    assert views.value == name


def seen_text(window) -> str:
    return " ".join(label.text() for label in window.train.output.findChildren(QLabel) if label.isVisible())


def test_more_inputs_than_two_are_shown_two_at_a_time_with_the_rest_held_at_the_sample(qtbot, open_window):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 4)) * (1.0, 3.0, 0.1, 2.0)
    window = open_window(of_data(Dataset("four", X, labels=(X[:, 1] > 0).astype(np.int64), names=tuple("abcd"))))
    look = look_of(qtbot, window, epochs=3)
    assert window.train.output.axes == (1, 3)  # those that differ most
    qtbot.waitUntil(lambda: view_of(window)._surface is not None and view_of(window)._surface.names == ("b", "d"))
    window.session.show_sample(7)
    qtbot.waitUntil(lambda: window.train.output._look.asked == (0, (1, 3), 7))
    assert "those of sample 7" in seen_text(window)
    across = next(c for c in window.train.output.findChildren(Choice) if c.accessibleName() == "Input across")
    across.setFocus()
    qtbot.keyClick(across, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: view_of(window)._surface.names == ("a", "d"))
    shown_map = window.train.output._look.surface
    left, right, low, high = shown_map.bounds
    rows, columns = shown_map.values.shape
    place = X[7].copy()
    place[[0, 3]] = np.linspace(left, right, columns)[5], np.linspace(high, low, rows)[9]
    said = predict(window.session.project.network, window.session.project.parameters, place[None])[0, 0]
    assert shown_map.values[9, 5] == pytest.approx(2.0 * said - 1.0, abs=1e-12)
    assert look.answers.data is window.session.project.data


def test_the_confusion_matrix_counts_who_is_told_as_whom(qtbot, open_window):
    window = open_window(of_builtin("digits"))
    look = look_of(qtbot, window, epochs=1)
    data = window.session.project.data
    choose_view(qtbot, window, "classes")
    matrix = window.train.output.findChild(ConfusionView)
    assert matrix.isVisible()
    assert not view_of(window).isVisible()
    told = look.answers.said.argmax(axis=1)
    wanted = np.zeros((10, 10), int)
    np.add.at(wanted, (data.labels, told), 1)
    assert matrix._counts.tolist() == wanted.tolist()
    window.train.output._train.click()
    wanted = np.zeros((10, 10), int)
    np.add.at(wanted, (data.labels[data.validation], told[data.validation]), 1)
    assert matrix._counts.tolist() == wanted.tolist()
    share = 100 * np.trace(wanted) / wanted.sum()
    assert f"{share:.1f} %" in seen_text(window)
    matrix.grab()
    side = matrix._side()
    assert matrix._cell_at(QPointF(64 + 3.5 * side, 34 + 2.5 * side)) == (2, 3)
    assert matrix._cell_at(QPointF(3, 3)) == (-1, -1)


def test_numbers_are_shown_against_their_targets(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    look = look_of(qtbot, window, epochs=2)
    choose_view(qtbot, window, "targets")
    data = window.session.project.data
    plot = window.train.output.findChild(ResidualView)
    assert np.array_equal(plot._wanted, data.targets[:, 0])
    assert np.array_equal(plot._said, look.answers.said[:, 0])
    off = np.sqrt(np.mean((look.answers.said - data.targets)[~data.validation] ** 2))
    assert f"{off:.3g}" in seen_text(window)
    window.train.output._held_out.click()
    assert plot._said.size == np.count_nonzero(~data.validation)
    plot.grab()


def test_a_sample_that_is_pointed_at_is_told_and_a_click_shows_it_everywhere(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    look = look_of(qtbot, window)
    view = view_of(window)
    sample = 106
    place = view._at(*look.answers.data.X[sample]).toPoint()
    nearest = view._nearest(place.toPointF())
    qtbot.mouseMove(view, place)
    told = f"{look.answers.said[nearest, 0]:+.3f}".replace("-", "−")
    qtbot.waitUntil(lambda: f"sample {nearest} (" in seen_text(window))
    assert told in seen_text(window)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert window.session.sample == nearest
    qtbot.mouseMove(window.train.network.canvas, QPoint(20, 120))
    assert f"sample {nearest} (" in seen_text(window)


def test_points_of_a_part_that_is_switched_off_are_gone_and_cannot_be_pointed_at(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    look_of(qtbot, window)
    view, data = view_of(window), window.session.project.data
    held_out = int(np.flatnonzero(data.validation)[0])
    before = view.grab().toImage()
    window.train.output._held_out.click()
    assert view.shown_samples.tolist() == np.flatnonzero(~data.validation).tolist()
    assert view.grab().toImage() != before
    assert view._nearest(view._at(*data.X[held_out])) != held_out
    window.train.output._train.click()
    assert view._nearest(view._at(*data.X[held_out])) == -1
    view.grab()


def test_sides_alone_are_two_colours(qtbot, open_window):
    window = open_window(of_builtin("circles"))
    look_of(qtbot, window, epochs=1)
    for switch in (window.train.output._train, window.train.output._held_out):
        switch.click()
    view = view_of(window)
    window.session.show_sample(0)
    assert share_of_two_colours(view) < 0.8
    window.train.output._sides.click()
    assert share_of_two_colours(view) > 0.9


def share_of_two_colours(view) -> float:
    """How much of the map is in the two colours that it has most of."""
    image, area = view.grab().toImage(), view._map().toRect()
    rows, columns = range(area.top() + 5, area.bottom() - 5, 4), range(area.left() + 5, area.right() - 5, 4)
    colours = [image.pixelColor(x, y).name() for y in rows for x in columns]
    return sum(count for _, count in Counter(colours).most_common(2)) / len(colours)


def test_what_one_sample_gets_is_shown_for_every_output(qtbot, open_window):
    window = open_window(of_builtin("digits"))
    look = look_of(qtbot, window, epochs=1)
    choose_view(qtbot, window, "sample")
    window.session.show_sample(12)
    bars = window.train.output.findChild(SampleView)
    assert bars.isVisible()
    assert np.array_equal(bars._said, look.answers.said[12])
    assert bars._right == window.session.project.data.labels[12]
    bars.grab()


def test_data_with_one_input_show_their_classes_and_no_map(qtbot, open_window):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(30, 1))
    window = open_window(of_data(Dataset("one", X, labels=(X[:, 0] > 0).astype(np.int64))))
    look_of(qtbot, window)
    assert window.train.output.views.value == "classes"
    assert not view_of(window).isVisible()
    window.session.edit(edits.use_project, of_data(Dataset("wide", rng.normal(size=(30, 1)), rng.normal(size=(30, 1)))))
    look_of(qtbot, window)
    assert window.train.output.views.value == "targets"


@pytest.mark.parametrize("said", [np.inf, -np.inf, np.nan, 1.7e308])
def test_outputs_that_left_the_numbers_can_be_drawn(qtbot, said):
    for view in (ResidualView(), SampleView()):
        qtbot.addWidget(view)
        view.resize(300, 300)
        if isinstance(view, ResidualView):
            view.show_samples(np.array([0.0, 1.0]), np.array([said, -1.7e308]), np.array([False, True]))
        else:
            view.show_outputs(np.array([said, -1.7e308]), ["a", "b"], 0)
        view.grab()


# Drawing samples


@pytest.fixture
def drawing(qtbot, open_window):
    """A window in which samples are drawn, and a function that clicks on a point of the plane."""
    window = open_window(of_builtin("xor"))
    gallery = {tile.text(): tile for tile in window.train.setup.findChildren(Tile)}
    qtbot.mouseClick(gallery["Draw points…"], Qt.MouseButton.LeftButton)
    view = view_of(window)
    qtbot.waitUntil(lambda: view._surface is not None and view._surface.data.name == "drawn")
    qtbot.waitUntil(lambda: view.bounds == (-1.1, 1.1, -1.1, 1.1))

    def at(x: float, y: float) -> QPoint:
        return view._at(x, y).toPoint()

    def click(x: float, y: float, button=Qt.MouseButton.LeftButton) -> None:
        before = window.session.project.data
        qtbot.mouseClick(view, button, pos=at(x, y))
        qtbot.waitUntil(lambda: window.session.project.data is not before)
        qtbot.waitUntil(lambda: view._surface.data is window.session.project.data)

    return window, view, at, click


def test_clicks_draw_samples_of_the_class_that_a_digit_chose(qtbot, drawing):
    window, view, _at, click = drawing
    assert window.session.project.data.samples == 2
    click(0.4, 0.8)
    qtbot.keyClick(view, "1")
    click(-0.6, -0.7)
    data = window.session.project.data
    pixel = 2.2 / view._map().width()
    np.testing.assert_allclose(data.X[2:], [[0.4, 0.8], [-0.6, -0.7]], atol=pixel)
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert view.bounds == (-1.1, 1.1, -1.1, 1.1)
    qtbot.keyClick(view, "9")  # there is no such class
    click(0.0, 0.5)
    assert window.session.project.data.labels[-1] == 1
    window.session.undo_stack.undo()
    assert window.session.project.data.samples == 4


def test_a_sample_is_dragged_and_one_is_erased(qtbot, drawing):
    window, view, at, click = drawing
    click(0.4, 0.8)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=at(0.4, 0.8))
    qtbot.mouseMove(view, at(0.0, 0.2))
    view.grab()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(-0.8, 0.6))
    pixel = 2.2 / view._map().width()
    np.testing.assert_allclose(window.session.project.data.X[2], [-0.8, 0.6], atol=pixel)
    qtbot.waitUntil(lambda: view._surface.data is window.session.project.data)
    click(-0.8, 0.6, Qt.MouseButton.RightButton)
    assert window.session.project.data.samples == 2
    click(-0.5, 0.0, Qt.MouseButton.RightButton)
    qtbot.mouseClick(view, Qt.MouseButton.RightButton, pos=at(0.5, 0.0))
    assert window.session.project.data.samples == 1
    assert "No sample would be left to train on." in seen_text(window)


def test_samples_are_drawn_while_training_runs(qtbot, drawing):
    window, view, _at, click = drawing
    window.session.edit(edits.set_recipe, epochs=10**9)
    window.session.run()
    qtbot.waitUntil(lambda: window.session.progress.epoch > 2)
    for place in (0.3, 0.5, 0.7):
        click(place, 0.9)
    assert window.session.running
    assert window.session.project.data.samples == 5
    view.grab()


def test_numbers_are_drawn_with_the_target_that_is_typed(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    look_of(qtbot, window)
    window.train.output._draw.click()
    field = window.train.output._target.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.75")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    view = view_of(window)
    free = next(
        p
        for p in (QPointF(view._map().left() + d, view._map().top() + 3) for d in range(2, 90))
        if view._nearest(p) < 0
    )
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=free.toPoint())
    assert window.session.project.data.samples == 201
    assert window.session.project.data.targets[-1, 0] == 0.75


def test_what_was_drawn_ends_where_the_plane_does(drawing):
    window, _view, _at, _click = drawing
    rng = np.random.default_rng(0)
    window.session.edit(edits.use_project, of_data(Dataset("four", rng.normal(size=(9, 4)), labels=np.arange(9) % 2)))
    assert not window.train.output._draw.isChecked()
    assert window.train.output._frame is None


def test_samples_lie_where_a_click_finds_them_also_after_the_region_changed(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    view = view_of(window)
    shown(qtbot, window)
    before = view._surface.bounds
    window.train.output.draw(True, (-3.0, 3.0, -3.0, 3.0))
    qtbot.waitUntil(lambda: view._surface.bounds != before)
    view.grab()
    drawn, view._points = view._points.toImage(), None
    view.grab()
    assert view._points.toImage() == drawn
