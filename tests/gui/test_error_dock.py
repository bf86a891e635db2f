"""The error dock in the real window: what it draws can be read at every range of errors and epochs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPicture, QTextDocumentFragment
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton
from whole_window import train

from bpgui.explain.diagnosis import Finding, Remedy
from bpgui.gui import adviser as adviser_module
from bpgui.gui.docks.error import LINE, error_at, smoothed, spread
from bpgui.gui.docks.error_axes import NEAREST_TICKS, ErrorAxis, log_ticks
from bpgui.gui.runs import differences
from bpgui.gui.theme.fonts import load_fonts, ui_font
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.gui.widgets.switch import Switch
from bpgui.number_text import format_error, parse_whole
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.training.history import History


def plot_of(window):
    return window.train.error.findChild(pg.PlotWidget).getPlotItem()


def view_of(window):
    window.train.error.grab()
    return plot_of(window).getViewBox().viewRange()


def numbers(axis):
    """Return place and text of every number at an axis, as it is drawn."""
    picture = QPicture()
    with QPainter(picture) as painter:
        _, _, texts = axis.generateDrawSpecs(painter)
    return [(place, text) for place, _, text in texts]


def numbers_at_the_left(window):
    window.train.error.grab()
    return numbers(plot_of(window).getAxis("left"))


def numbers_below(window):
    window.train.error.grab()
    found = [text.removesuffix(" epoch") for _, text in numbers(plot_of(window).getAxis("bottom"))]
    return sorted(filter(None, found), key=parse_whole)


def apart(found) -> bool:
    middles = sorted(place.center().y() for place, _ in found)
    return all(lower - upper >= NEAREST_TICKS - 0.5 for upper, lower in pairwise(middles))


# The axes


def test_there_are_numbers_at_the_left_before_the_first_epoch(open_window):
    window = open_window(of_builtin("spirals"))
    assert len(numbers_at_the_left(window)) >= 2


@pytest.mark.parametrize(("low", "high"), [(0.38, 0.5), (0.007, 0.02), (0.06, 1.3), (1e-7, 0.3), (0.0251, 0.0285)])
@pytest.mark.parametrize("height", [60, 140, 400])
def test_the_numbers_of_a_logarithmic_axis_are_there_and_apart(qtbot, low, high, height):
    load_fonts()
    axis = ErrorAxis("left")
    axis.setTickFont(ui_font(CAPTION))
    axis.setWidth(52)
    plot = pg.PlotWidget(axisItems={"left": axis})
    qtbot.addWidget(plot)
    plot.getPlotItem().setLogMode(y=True)
    plot.setYRange(np.log10(low), np.log10(high), padding=0.0)
    plot.resize(500, height)
    plot.grab()
    found = numbers(axis)
    assert len(found) >= (2 if height > 100 else 1)
    assert apart(found)
    assert len({text for _, text in found}) == len(found)


def test_decades_are_numbered_where_two_are_in_view_and_rounder_steps_where_not():
    assert log_ticks(-2.3, 0.2, 200) == [-2.0, -1.0, 0.0]
    assert [round(10**tick, 6) for tick in log_ticks(-0.42, -0.28, 150)] == [0.4, 0.42, 0.44, 0.46, 0.48, 0.5]
    assert [round(10**tick, 6) for tick in log_ticks(-2.2, -1.1, 150)] == [0.01, 0.02, 0.05]


def test_no_axis_of_any_range_is_without_a_number_or_has_two_that_touch():
    rng = np.random.default_rng(1)
    for _ in range(3000):
        low, width, size = rng.uniform(-300, 290), 10 ** rng.uniform(-1.3, 1.2), rng.uniform(40, 400)
        found = log_ticks(low, low + width, size)
        assert found
        assert low < min(found) <= max(found) < low + width
        assert all((b - a) * size / width >= NEAREST_TICKS - 1e-6 for a, b in pairwise(found))


def test_a_linear_axis_has_numbers_too(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    train(qtbot, window, 3)
    qtbot.mouseClick(window.train.error.findChild(Switch), Qt.MouseButton.LeftButton)
    found = numbers_at_the_left(window)
    assert len(found) >= 3
    assert [float(text.replace("−", "-")) for _, text in found] != []


# The epochs in view


def test_before_the_first_epoch_the_axis_goes_to_where_the_run_stops(open_window):
    window = open_window(of_builtin("regression"))
    assert numbers_below(window)[0] == "0"
    assert numbers_below(window)[-1] == "300"


def test_the_axis_stays_where_it_is_when_a_run_ends(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    before = view_of(window)[0]
    train(qtbot, window, 20)
    assert view_of(window)[0] == before
    train(qtbot, window, 280)
    assert view_of(window)[0] == before
    assert numbers_below(window)[-1] == "300"


def test_a_curve_is_seen_also_where_the_run_stops_much_later(qtbot, open_window):
    window = open_window(of_builtin("xor"))
    window.session.edit(edits.set_recipe, epochs=5_000_000)
    train(qtbot, window, 1413)
    first, last = view_of(window)[0]
    assert 0.03 < 1413 / (last - first) < 0.1


def test_stop_at_moves_the_axis_at_once(open_window):
    window = open_window(of_builtin("regression"))
    window.session.edit(edits.set_recipe, epochs=700)
    assert numbers_below(window)[-1] in ("600", "700")


def test_a_run_taken_up_again_is_shown_from_epoch_0(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    train(qtbot, window, 150)
    qtbot.waitUntil(lambda: window.session.settled)
    window.session.replace(window.session.project)
    qtbot.waitUntil(lambda: window.session.curves().train.first_epoch == 150)
    assert numbers_below(window)[0] == "0"
    assert numbers_at_the_left(window)
    train(qtbot, window, 10)
    first, last = view_of(window)[0]
    assert first <= 0 < 160 < last
    assert len(numbers_at_the_left(window)) >= 1


# The words at the ends of the lines


def test_words_at_the_ends_are_never_over_each_other_nor_outside(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    box = plot_of(window).getViewBox()
    for _ in range(4):
        train(qtbot, window, 25)
        window.train.error.grab()
        places = [box.mapViewToDevice(label.pos()).y() for label in window.train.error._labels.values()]
        top = box.mapToDevice(box.boundingRect().topLeft()).y()
        assert abs(places[0] - places[1]) >= LINE - 0.5
        assert all(LINE / 2 - 1 <= place - top <= box.height() - LINE / 2 + 1 for place in places)


@pytest.mark.parametrize(
    ("places", "wanted"),
    [
        ([20.0, 80.0], [20.0, 80.0]),
        ([50.0, 52.0], [44.0, 58.0]),
        ([52.0, 50.0], [58.0, 44.0]),
        ([0.0, 1.0], [7.0, 21.0]),
        ([100.0, 100.0], [79.0, 93.0]),
        ([3.0], [7.0]),
        ([], []),
    ],
)
def test_words_move_no_further_than_they_need(places, wanted):
    assert spread(places, 100.0) == wanted


# Earlier runs


def drawn_earlier(window):
    curves = [curve.getOriginalDataset()[1] for curve in window.train.error._others]
    return [curve.tolist() for curve in curves if curve is not None and len(curve)]


def test_the_earlier_runs_drawn_are_those_of_the_session(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    for _ in range(7):
        train(qtbot, window, 3)
        qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
        qtbot.waitUntil(lambda: window.session.progress.epoch == 0)
    train(qtbot, window, 2)
    assert drawn_earlier(window) == [each.history.last.tolist() for each in window.session.others()]
    assert len(drawn_earlier(window)) == 5
    assert "run 8, epoch 2" in [label.text() for label in window.train.error.titleBarWidget().findChildren(QLabel)]
    window.session.edit(edits.set_recipe, loss="half_sse")
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.session.progress.epoch == 0)
    qtbot.waitUntil(lambda: drawn_earlier(window) == [each.history.last.tolist() for each in window.session.others()])


def test_a_longer_earlier_run_does_not_widen_the_axis(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    train(qtbot, window, 350)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.session.progress.epoch == 0)
    train(qtbot, window, 2)
    assert numbers_below(window)[-1] == "300"


# The way out of a diverged run


def diverged(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    session = window.session
    session.edit(edits.set_activation, 1, "linear")
    session.edit(edits.set_recipe, learning_rate=0.7, epochs=40)
    session.set_pace(None)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.train.error.warning != "" and not session.running, timeout=10_000)
    return window


def test_begin_again_slower_sets_the_rate_and_trains_to_the_end(qtbot, open_window):
    window = diverged(qtbot, open_window)
    (slower,) = [each for each in window.train.error.findChildren(QPushButton) if "Begin again" in each.text()]
    assert slower.text() == "Begin again with rate 0.07"
    run = window.session.branch.run
    qtbot.mouseClick(slower, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.progress.epoch == 40 and not window.session.running, timeout=20_000)
    assert window.session.project.recipe.learning_rate == 0.07
    assert window.session.branch.run == run + 1
    assert window.session.curves().train.first_epoch == 0
    assert window.train.error.warning == ""


def test_the_other_way_out_begins_again_and_waits(qtbot, open_window):
    window = diverged(qtbot, open_window)
    (reset,) = [each for each in window.train.error.findChildren(QPushButton) if each.text() == "Reset"]
    qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.progress.update == 0)
    assert window.session.project.recipe.learning_rate == 0.7
    assert window.train.error.warning == ""
    assert not window.session.running


def overfit(_errors, _validation):
    return Finding("overfitted", "Over-fitted.", (Remedy("Pull", edits.set_recipe, {"l2": 0.5}),))


def strip_of(window):
    return window.train.error.findChild(MessageStrip)


def test_what_is_wrong_with_a_run_is_said_with_a_remedy_that_one_click_takes(qtbot, open_window, monkeypatch):
    monkeypatch.setattr(adviser_module, "diagnose", lambda _project, *histories: overfit(*histories))
    window = open_window(of_builtin("xor"))
    qtbot.waitUntil(lambda: window.train.error.warning == "Over-fitted.")
    window.train.error.grab()
    button = next(b for b in strip_of(window).findChildren(QPushButton) if b.text() == "Pull")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.session.project.recipe.l2 == 0.5
    assert window.train.error.warning == ""
    assert window.session.undo_stack.index() == 1


def test_what_was_dismissed_is_not_said_again_in_the_same_run(qtbot, open_window, monkeypatch):
    monkeypatch.setattr(adviser_module, "diagnose", lambda _project, *histories: overfit(*histories))
    monkeypatch.setattr(adviser_module.SlowInquiry, "INTERVAL", 0.01)
    window = open_window(of_builtin("xor"))
    qtbot.waitUntil(lambda: window.train.error.warning != "")
    close = next(b for b in strip_of(window).findChildren(QToolButton) if b.accessibleName() == "Dismiss")
    close.click()
    train(qtbot, window, 2)
    qtbot.waitUntil(lambda: window.train.error.adviser.inquiry.settled)
    assert window.train.error.warning == ""
    window.session.reset()
    train(qtbot, window, 2)
    qtbot.waitUntil(lambda: window.train.error.warning != "")


def test_what_is_no_longer_wrong_is_no_longer_said(qtbot, open_window, monkeypatch):
    sick = [True]
    monkeypatch.setattr(adviser_module, "diagnose", lambda _project, *h: overfit(*h) if sick[0] else None)
    monkeypatch.setattr(adviser_module.SlowInquiry, "INTERVAL", 0.01)
    window = open_window(of_builtin("xor"))
    qtbot.waitUntil(lambda: window.train.error.warning != "")
    sick[0] = False
    train(qtbot, window, 1)
    qtbot.waitUntil(lambda: window.train.error.warning == "")


def test_dead_relus_are_found_in_the_real_run_and_healed(qtbot, open_window, monkeypatch):
    monkeypatch.setattr(adviser_module.SlowInquiry, "INTERVAL", 0.01)
    project = of_builtin("moons")
    window = open_window(project)
    for key in project.network.keys[project.network.weight_count :][:8].tolist():
        window.session.edit(edits.set_parameter, key, -100.0)
    train(qtbot, window, 1)
    qtbot.waitUntil(lambda: window.train.error.warning.startswith("8 of 8 neurons of layer 1 answer 0"), timeout=10_000)
    button = next(b for b in strip_of(window).findChildren(QPushButton) if b.text() == "Leaky ReLU in layer 1")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.session.project.network.layers[1].activation == "leaky_relu"
    qtbot.waitUntil(lambda: window.train.error.adviser.inquiry.settled)
    assert window.train.error.warning == ""


# What is laid over the curve


def test_earlier_runs_are_named_by_that_in_which_they_differ_alone(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    train(qtbot, window, 3)
    window.session.edit(edits.set_recipe, learning_rate=0.01)
    window.session.reset()
    train(qtbot, window, 3)
    window.session.edit(edits.set_recipe, optimizer="adam")
    window.session.reset()
    qtbot.waitUntil(lambda: window.session.branch.run == 3 and window.session.settled)
    text = QTextDocumentFragment.fromHtml(window.train.error._legend.text()).toPlainText().replace("\xa0", " ")
    # What was set after the last update of a run belongs to the next one.
    assert "run 1 optimizer SGD, learning rate 0.05" in text
    assert "run 2 optimizer SGD, learning rate 0.01" in text
    assert "now: optimizer Adam" in text
    assert "loss" not in text
    window.session.edit(edits.set_recipe, learning_rate=0.125)
    assert "learning rate 0.125" in window.train.error._legend.text()
    assert "batch" not in text


def test_differences_name_only_what_differs():
    one, two = {"seed": "1", "rate": "0.1", "loss": "mse"}, {"seed": "2", "rate": "0.1", "loss": "mse", "beta": "0.9"}
    assert differences([one, two]) == ["seed 1", "seed 2, beta 0.9"]
    assert differences([one]) == [""]
    assert differences([one, dict(one)]) == ["", ""]


def test_the_pointer_reads_every_curve_at_its_epoch(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    train(qtbot, window, 30)
    window.session.reset()
    train(qtbot, window, 20)
    window.train.error.grab()
    box, crosshair = plot_of(window).getViewBox(), window.train.error.crosshair
    session = window.session
    for epoch, names in ((12, ["train", "validation", "run 1"]), (25, ["run 1"])):
        plot_of(window).scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(epoch, sum(box.viewRange()[1]) / 2)))
        assert crosshair.line.isVisible()
        assert crosshair.line.value() == epoch
        shown_text = crosshair.card.toPlainText()
        assert f"epoch {epoch}" in shown_text
        assert [name for name in ("train", "validation", "run 1") if name in shown_text] == names
        assert format_error(float(session.others()[0].history.last[epoch - 1])) in shown_text
    plot_of(window).scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(12, 1e9)))
    assert not crosshair.card.isVisible()


def test_error_at_an_epoch_is_that_of_its_bucket():
    bucketed = History(*np.array([[1.0, 3.0], [2.0, 4.0], [2.0, np.nan], [2.0, 1.0]]), np.array([12, 14]), 10)
    assert [error_at(bucketed, epoch) for epoch in (10, 11, 12, 13, 14, 15)] == [None, 2.0, 2.0, None, None, None]


def test_smoothing_draws_the_mean_and_leaves_the_errors_pale_behind_it(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    train(qtbot, window, 300)
    errors = window.session.curves().train.last
    smooth = next(s for s in window.train.error.findChildren(Switch) if s.text() == "smooth")
    smooth.click()
    drawn = window.train.error._train.getOriginalDataset()[1]
    assert drawn.tolist() == pytest.approx(smoothed(errors).tolist())
    assert drawn[150] == pytest.approx(errors[147:154].mean())
    assert window.train.error._raw["train"].getOriginalDataset()[1].tolist() == errors.tolist()
    smooth.click()
    assert window.train.error._train.getOriginalDataset()[1].tolist() == errors.tolist()
    raw = window.train.error._raw["train"].getOriginalDataset()[1]
    assert raw is None or not len(raw)


def test_gaps_stay_gaps_when_smoothed():
    found = smoothed(np.array([1.0, np.nan, 3.0, 5.0]))
    assert np.isnan(found[1])
    assert found[[0, 2, 3]].tolist() == [1.0, 4.0, 4.0]


def test_the_validation_curve_can_be_left_out(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    train(qtbot, window, 5)
    switch = next(s for s in window.train.error.findChildren(Switch) if s.text() == "validation")
    switch.click()
    y = window.train.error._validation.getOriginalDataset()[1]
    assert y is None or not len(y)
    assert not window.train.error._labels["validation"].isVisible()
    switch.click()
    assert len(window.train.error._validation.getOriginalDataset()[1]) == 5
