"""The output dock in the real window: it paints what a surface was computed from, and nothing is cut off."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from whole_window import windows

from bpgui.data.dataset import Dataset
from bpgui.gui.docks import output as dock_module
from bpgui.gui.docks.output import ColourBar, SurfaceView, scale_texts
from bpgui.gui.widgets.choice import Choice
from bpgui.project import edits
from bpgui.project.state import of_builtin, of_data

NAMES = ("length", "width")


@pytest.fixture
def open_window(qtbot, qapp, tmp_path):
    yield from windows(qtbot, qapp, tmp_path)


def view_of(window) -> SurfaceView:
    return window.output.findChild(SurfaceView)


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
    which = window.output.findChild(Choice)
    which.setFocus()
    qtbot.keyClick(which, Qt.Key.Key_Down)
    assert window.output.output == 1
    qtbot.wait(200)
    window.session.edit(edits.use_project, of_builtin("regression"))
    view = view_of(window)
    view.resize(view.width() - 1, view.height())  # so that it is painted anew, before there is another surface
    picture = view.grab().toImage()
    assert picture.width() > 0
    assert view._surface.data is not window.session.project.data
    shown(qtbot, window)
    assert window.output.output == 0
    assert len(view._surface.wanted) == 200


def test_the_samples_of_new_data_take_the_place_of_the_old_ones(qtbot, open_window):
    window = open_window(of_builtin("xor"))
    shown(qtbot, window)
    window.session.edit(edits.use_project, of_builtin("circles"))
    later = shown(qtbot, window)
    fresh = open_window(window.session.project)
    fresh.resize(window.size())
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
    which = window.output.findChild(Choice)
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
    honest = dock_module.score

    def score(*given):
        if not told:
            raise KeyError("score")
        return honest(*given)

    monkeypatch.setattr(dock_module, "score", score)
    view = view_of(window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    before = view._surface
    qtbot.waitUntil(lambda: view._surface is not before and window.session.running, timeout=10_000)
