"""The strip under the error curve and the line through both: they tell which moment is shown, and hide nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu
from whole_window import exact, settled, train

from bpgui.gui.docks.error_axes import shares
from bpgui.gui.docks.lanes import stops
from bpgui.gui.docks.time_strip import HANDLE
from bpgui.gui.main_window import SMALLEST
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.number_text import format_error
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.project.timeline import seek_epoch

LEFT, NO = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot, open_window):
    """A window on the spirals, 60 epochs of 200 trained, so that each is several pixels wide."""
    project = of_builtin("spirals")
    recipe = replace(project.recipe, epochs=200)
    window = open_window(project.with_training(replace(project.training, recipe=recipe)))
    window.session.set_pace(None)
    train(qtbot, window, 60)
    return window


def look(qtbot, window, branch, epoch):
    """Look at an epoch, exactly."""
    window.session.look(branch, epoch)
    exact(qtbot, window)


def branch(qtbot, window, epoch, epochs=30):
    """Go back to an epoch of the present branch and train on from there."""
    session = window.session
    look(qtbot, window, session.past.present, epoch)
    session.continue_here()
    train(qtbot, window, epochs)


def strip(window):
    return window.train.error.time_strip


def place(window, epoch, row=0):
    return QPoint(round(strip(window).place_of(epoch)), round(strip(window).height_of(row)))


def caption(window):
    return window.train.error.titleBarWidget().findChildren(QLabel)[1].text()


def pill(window):
    return window.train.error._now.pill


def box(window):
    return window.train.error._plot.getPlotItem().getViewBox()


# Lanes


@pytest.fixture
def nested(qtbot, window):
    """Six branches, each of which leaves the one before."""
    for number in range(6):
        branch(qtbot, window, 40 + 10 * number, 20)
    assert [lane.branch.name for lane in strip(window).lanes] == ["1", "1e", "1f", "1g"]
    return window


def test_the_beginning_is_reached_however_many_branches_lead_on_from_it(qtbot, nested):
    session = nested.session
    QTest.mouseClick(strip(nested), LEFT, NO, place(nested, 0))
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    assert (session.progress.update, session.branch.name) == (0, "1g")
    QTest.keyClick(nested, Qt.Key.Key_End)
    marks = stops(strip(nested).lanes)
    assert marks[0].epoch == 0
    for _ in marks[1:]:
        QTest.keyClick(nested, Qt.Key.Key_BracketLeft)
        qtbot.waitUntil(lambda: not session.viewing.replaying)
    assert session.progress.update == 0


def test_a_press_where_branches_have_no_lane_goes_to_the_branch_that_was_trained_there(qtbot, nested):
    session, lanes = nested.session, strip(nested).lanes
    assert (lanes[1].left, lanes[1].start) == (40, 70)
    QTest.mouseClick(strip(nested), LEFT, NO, place(nested, 58, 1))
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    passed = session.past.branches[session.view.moment.place.branch]
    assert passed.name == "1c"
    assert session.branch.name == "1g"
    assert strip(nested)._lane_of_now().row == 1
    assert strip(nested).told_at(QPointF(place(nested, 55, 1))).startswith("branch 1c, epoch 5")


def test_the_way_to_now_is_drawn_without_a_gap(nested):
    image, accent = strip(nested).grab().toImage(), QColor(current_theme(nested).accent)

    def is_accent(point):
        return image.pixelColor(point).name() == accent.name()

    lanes = strip(nested).lanes
    for before, lane in pairwise(lanes):
        assert before.shown == lane.left
    dashes = [is_accent(QPoint(x, place(nested, 0, 1).y())) for x in range(*(place(nested, e).x() for e in (56, 69)))]
    assert any(dashes)
    assert not all(dashes)
    assert is_accent(place(nested, 75, 1))


def test_a_change_has_a_tick_and_is_told(qtbot, window):
    session = window.session
    session.edit(edits.set_recipe, l2=0.5)
    train(qtbot, window, 30)
    (lane,) = strip(window).lanes
    x = place(window, 60).x()
    assert [(first <= x <= last, last - first <= 1) for first, last in strip(window)._ticks(lane)] == [(True, True)]
    assert session.past.here.events[0].label in strip(window).told_at(QPointF(place(window, 60)))
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 60) + QPoint(2, 0))
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    assert session.progress.epoch == 60


def test_the_change_that_a_branch_begins_with_is_told_by_its_label_alone(qtbot, window):
    session = window.session
    look(qtbot, window, 0, 20)
    session.edit(edits.set_recipe, l2=0.5)
    train(qtbot, window, 30)
    branch = strip(window).lanes[1]
    assert len(branch.branch.events) == 1
    assert "0.5" in branch.label
    assert strip(window)._ticks(branch) == []


# Room


def test_the_plot_can_be_read_in_the_smallest_window_whatever_stands_beside_it(qtbot, window):
    session, dock = window.session, window.train.error
    for number in range(3):
        branch(qtbot, window, 40 + 10 * number, 20)
    for rate in (0.02, 0.01):
        session.edit(edits.reset)
        session.edit(edits.set_recipe, learning_rate=rate)
        train(qtbot, window, 5)
    window.resize(*SMALLEST)
    look(qtbot, window, 3, 50)
    told = "Over-fitted since epoch 37: the validation error rose from 0.125 to 0.156 while the training error fell."
    message = dock.findChild(MessageStrip)
    message.show_message("warning", told, [("a", "Pull weights to 0 (L2)"), ("b", "Begin again, keep the best")])
    qtbot.waitUntil(lambda: window.minimumSizeHint().height() <= window.height() == SMALLEST[1])
    assert len(strip(window).lanes) == 4
    assert dock._legend.isVisible()
    assert message.height() >= message.heightForWidth(message.width())
    assert dock._plot.height() >= 110
    qtbot.waitUntil(lambda: dock._plot.geometry().bottom() < strip(window).geometry().top())
    assert box(window).height() >= 70
    assert (
        strip(window).mapTo(window, QPoint(0, strip(window).height())).y() < window._status.mapTo(window, QPoint()).y()
    )
    assert window.train.network.geometry().bottom() < dock.geometry().top()


def test_the_names_of_other_runs_take_one_line_and_are_told_whole(qtbot, window):
    session, legend = window.session, window.train.error._legend
    for rate in (0.25, 0.125, 0.0625, 0.03125):
        session.edit(edits.set_recipe, learning_rate=rate, l2=rate)
        session.edit(edits.reset)
        train(qtbot, window, 2)
    window.train.error.grab()
    assert legend.height() < 20
    assert "run 1 " in legend.toolTip()
    assert "learning rate 0.0625" in legend.toolTip()


@pytest.mark.parametrize(
    ("wanted", "room", "given"),
    [
        ([10.0, 20.0], 100.0, [10.0, 20.0]),
        ([100.0, 10.0, 80.0], 100.0, [45.0, 10.0, 45.0]),
        ([5.0], -3.0, [0.0]),
        ([], 9.0, []),
    ],
)
def test_room_is_shared_and_what_one_does_not_need_goes_to_others(wanted, room, given):
    assert shares(wanted, room) == given


# The line through plot and strip


def test_the_words_above_the_line_hide_nothing_of_the_plot(window):
    window.train.error.grab()
    words, plot = pill(window).sceneBoundingRect(), box(window).sceneBoundingRect()
    assert pill(window).isVisible()
    assert 0.0 <= words.top() < words.bottom() <= plot.top() + 0.01


@pytest.mark.parametrize("epoch", [0, 30, 60])
def test_the_words_stay_above_the_plot_at_its_ends(qtbot, window, epoch):
    if epoch < 60:
        look(qtbot, window, 0, epoch)
    window.train.error.grab()
    words, plot = pill(window).sceneBoundingRect(), box(window).sceneBoundingRect()
    assert plot.left() - 0.01 <= words.left()
    assert words.right() <= plot.right() + 0.01
    line = window.train.error._now.line
    assert line.mapToScene(line.line().p1()).x() == pytest.approx(strip(window).place_of(epoch))


def test_the_line_goes_on_through_the_strip_down_to_the_handle(qtbot, window):
    branch(qtbot, window, 40)
    dock, theme = window.train.error, current_theme(window)
    image = dock.grab().toImage()
    x = strip(window).mapTo(dock, place(window, 70)).x()
    top = dock._plot.mapTo(dock, box(window).sceneBoundingRect().topLeft().toPoint()).y()
    end = strip(window).mapTo(dock, place(window, 70, 1)).y()

    def distance(y):  # antialiased, and over the numbers of the axis and lines of other colours
        near = [image.pixelColor(x + by, y) for by in (-1, 0, 1)]
        surface, accent = QColor(theme.surface), QColor(theme.accent)
        return min(abs(colour.green() - accent.green()) / abs(surface.green() - accent.green()) for colour in near)

    assert [y for y in range(top, end - round(HANDLE[1] / 2)) if distance(y) > 0.75] == []


# What the pointer reaches


def test_every_epoch_that_is_wide_enough_can_be_pointed_at(window):
    lane = strip(window).lanes[0]
    assert {strip(window)._caught(lane, strip(window).place_of(epoch)).epoch for epoch in range(61)} == set(range(61))


@pytest.mark.parametrize("stop_at", [70, 600])
def test_a_press_shows_the_epoch_under_the_pointer_and_moves_no_axis_whatever_the_run_was_to_train(
    qtbot, window, stop_at
):
    window.session.edit(edits.set_recipe, epochs=stop_at)
    settled(qtbot, window)
    QTest.qWait(50)
    places = [place(window, epoch) for epoch in (30, 31, 12)]
    for epoch, at in zip((30, 31, 12), places, strict=True):
        asked = strip(window).epoch_at(at.x())
        assert abs(asked - epoch) <= (1 if stop_at > 100 else 0)
        QTest.mouseClick(strip(window), LEFT, NO, at)
        exact(qtbot, window)
        assert window.session.progress.epoch == asked
    assert [place(window, epoch) for epoch in (30, 31, 12)] == places


def test_comma_and_full_stop_go_one_epoch_back_and_on(qtbot, window):
    session = window.session
    for key, epoch in [(Qt.Key.Key_Comma, 59), (Qt.Key.Key_Comma, 58), (Qt.Key.Key_Period, 59)]:
        QTest.keyClick(window, key)
        exact(qtbot, window)
        assert session.progress.epoch == epoch
    QTest.keyClick(window, Qt.Key.Key_Period)
    assert session.view is None
    QTest.keyClick(window, Qt.Key.Key_Home)
    exact(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_Comma)
    exact(qtbot, window)
    assert session.progress.epoch == 0
    QTest.keyClick(window, Qt.Key.Key_End)
    session.step("update")
    qtbot.waitUntil(lambda: session.progress.update == 901 and not session.running)
    QTest.keyClick(window, Qt.Key.Key_Comma)
    exact(qtbot, window)
    assert (session.progress.epoch, session.progress.so_far) == (60, 0.0)


def test_where_a_branch_left_a_lane_the_lane_is_as_it_was_before_the_branch_changed_anything(qtbot, window):
    session = window.session
    rate = session.document.recipe.learning_rate
    look(qtbot, window, 0, 20)
    session.edit(edits.set_recipe, learning_rate=rate / 4)
    train(qtbot, window, 30)
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 20, 0))
    exact(qtbot, window)
    assert (session.branch.name, session.progress.epoch, session.project.recipe.learning_rate) == ("1", 20, rate)
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 50, 1))
    qtbot.waitUntil(lambda: session.view is None)
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 10, 0))
    exact(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1b", 10)  # before that it leads there


def test_the_end_of_the_lane_is_the_present_also_inside_an_epoch(qtbot, window):
    session = window.session
    session.step("update")
    qtbot.waitUntil(lambda: session.progress.update == 901 and not session.running)
    look(qtbot, window, 0, 30)
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 60))
    assert (session.view, session.progress.update) == (None, 901)


def test_what_stands_in_for_a_moment_is_of_its_own_branch(qtbot, window, monkeypatch):
    session = window.session
    session.reset()
    settled(qtbot, window)
    train(qtbot, window, 60)
    look(qtbot, window, 0, 34)
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", -1.0)
    session.look(session.past.present, 33)
    assert (session.view.exact, session.view.moment.place.branch) == (False, session.past.present)
    exact(qtbot, window)


def test_a_drag_shows_the_exact_moment_as_soon_as_the_pointer_rests(qtbot, window, monkeypatch):
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", -1.0)
    session = window.session
    QTest.mousePress(strip(window), LEFT, NO, place(window, 50))
    for epoch in (47, 33, 31):
        QTest.mouseMove(strip(window), place(window, epoch))
        exact(qtbot, window)
        assert session.progress.epoch == epoch
    QTest.mouseMove(strip(window), place(window, 29))
    assert (session.view.exact, session.progress.epoch) == (False, 31)  # nearer than any that is kept
    QTest.mouseRelease(strip(window), LEFT, NO, place(window, 29))
    exact(qtbot, window)
    assert session.progress.epoch == 29


# What is told of a moment


def test_the_handle_and_the_words_follow_the_pointer_while_a_moment_is_not_there_exactly(window, monkeypatch):
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", -1.0)
    QTest.mousePress(strip(window), LEFT, NO, place(window, 33))
    assert window.session.view.epoch == 33
    assert not window.session.view.exact
    assert window.session.progress.epoch != 33
    assert strip(window).now == 33
    assert pill(window)._text == "epoch 33"
    # All else is told of the moment that is shown.
    assert caption(window) == f"run 1, epoch {window.session.progress.epoch} of 60"


def test_the_handle_goes_at_once_to_a_moment_that_is_being_computed(qtbot, window, monkeypatch):
    gate = threading.Event()

    def late(*arguments):
        gate.wait(20)
        return seek_epoch(*arguments)

    monkeypatch.setattr("bpgui.gui.viewing.seek_epoch", late)
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", 1e9)
    window.session.name_moment("end")  # between two moments that are kept all are near
    qtbot.waitUntil(lambda: names(window) == ["end"])
    QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    try:
        assert window.session.view is None
        assert strip(window).now == 50
        assert pill(window)._text == "epoch 50"
    finally:
        gate.set()
    qtbot.waitUntil(lambda: window.session.view is not None and window.session.view.exact)
    assert strip(window).now == 50


def test_looking_back_tells_the_epoch_and_the_errors_of_the_moment(qtbot, window):
    errors, dock = window.session.curves(), window.train.error
    branch(qtbot, window, 40)
    assert caption(window) == "run 1, branch 1b, epoch 70"
    look(qtbot, window, 1, 25)
    assert caption(window) == "run 1, branch 1b, epoch 25 of 70"
    assert dock._labels["train"].text() == f"train {format_error(float(errors.train.last[24]))}"
    assert dock._labels["validation"].text() == f"validation {format_error(float(errors.validation.last[24]))}"
    assert all(label.pos().x() == 25 for label in dock._labels.values())
    window.session.look_live()
    assert caption(window) == "run 1, branch 1b, epoch 70"
    assert dock._labels["train"].pos().x() == 70


def test_what_came_after_the_moment_is_pale(qtbot, window):
    dock, errors = window.train.error, window.session.curves().train.last
    look(qtbot, window, 0, 25)
    assert np.array_equal(dock._train.getOriginalDataset()[1], errors[:25])
    x, y = dock._future["train"].getOriginalDataset()
    assert x.tolist() == list(range(25, 61))
    assert np.array_equal(y, errors[24:])
    assert dock._future["train"].opts["pen"].color().alphaF() < 0.5
    window.session.look_live()
    assert np.array_equal(dock._train.getOriginalDataset()[1], errors)
    assert dock._future["train"].getOriginalDataset()[1] is None


def test_the_beginning_has_the_line_and_no_errors(qtbot, window):
    look(qtbot, window, 0, 0)
    dock = window.train.error
    assert dock._now.line.isVisible()
    assert pill(window)._text == "epoch 0"
    assert caption(window) == "run 1, epoch 0 of 60"
    assert not any(label.isVisible() for label in dock._labels.values())


def test_where_the_curve_does_not_know_an_error_that_which_the_replay_found_is_told(qtbot, open_window):
    window = open_window(of_builtin("article"))
    session = window.session
    session.bridge.worker.step(epochs=200_000)
    qtbot.waitUntil(lambda: session.progress.epoch == 200_000 and not session.running, timeout=20_000)
    look(qtbot, window, 0, 123_457)
    assert np.isnan(session.errors().train.last[-1])
    found, label = session.view.moment.error, window.train.error._labels["train"]
    assert np.isfinite(found)
    assert label.isVisible()
    assert label.text() == f"train {format_error(found)}"
    assert label.pos().x() == 123_457


# Names


def name(qtbot, window, text, key=Qt.Key.Key_Return):
    """Open the field, type, and leave it; return what stood in it at first."""
    QTest.keyClick(window, Qt.Key.Key_C)
    field = strip(window)._edit
    qtbot.waitUntil(field.hasFocus)
    before = field.text()
    field.clear()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)
    return before


def names(window):
    return [kept.name for each in window.session.past.branches.values() for kept in each.checkpoints if kept.name]


def test_a_name_can_be_seen_changed_and_taken_away(qtbot, window):
    look(qtbot, window, 0, 35)
    assert name(qtbot, window, "lunch") == ""
    qtbot.waitUntil(lambda: names(window) == ["lunch"])
    assert name(qtbot, window, "supper") == "lunch"
    qtbot.waitUntil(lambda: names(window) == ["supper"])
    qtbot.waitUntil(lambda: "supper" in strip(window).told_at(QPointF(place(window, 35))))
    look(qtbot, window, 0, 34)
    assert name(qtbot, window, "") == ""
    look(qtbot, window, 0, 35)
    made = window.session.timeline.made
    assert name(qtbot, window, "supper") == "supper"
    assert name(qtbot, window, "") == "supper"
    qtbot.waitUntil(lambda: names(window) == [])
    assert window.session.timeline.made == made + 1  # what was left as it was is no work


def test_the_name_of_the_present_is_in_the_field(qtbot, window):
    assert name(qtbot, window, "end") == ""
    qtbot.waitUntil(lambda: names(window) == ["end"])
    assert name(qtbot, window, "", Qt.Key.Key_Escape) == "end"
    assert names(window) == ["end"]


def test_who_looks_elsewhere_while_naming_names_nothing_and_a_run_waits_for_the_name(qtbot, window):
    session, field = window.session, strip(window)._edit
    session.edit(edits.set_recipe, epochs=10**6)
    session.run()
    qtbot.waitUntil(lambda: session.progress.epoch > 70)
    QTest.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: not session.running)
    settled(qtbot, window)
    QTest.keyClicks(field, "here")
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 20))
    exact(qtbot, window)
    assert not field.isVisible()
    assert names(window) == []
    QTest.keyClick(window, Qt.Key.Key_End)
    epoch = session.progress.epoch
    QTest.keyClick(window, Qt.Key.Key_C)
    QTest.keyClicks(field, "here")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(window) == ["here"])
    assert session.past.here.checkpoints[-1].epoch == epoch


def test_a_name_is_typed_on_while_the_moment_comes_that_another_stood_in_for(qtbot, window, monkeypatch):
    gate = threading.Event()

    def late(*arguments):
        gate.wait(20)
        return seek_epoch(*arguments)

    monkeypatch.setattr("bpgui.gui.viewing.seek_epoch", late)
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", -1.0)
    session, field = window.session, strip(window)._edit
    session.look(0, 33)
    QTest.keyClick(window, Qt.Key.Key_C)
    QTest.keyClicks(field, "be")
    gate.set()
    exact(qtbot, window)
    assert field.isVisible()
    QTest.keyClicks(field, "st")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(window) == ["best"])
    assert [kept.epoch for kept in session.past.here.checkpoints if kept.name] == [33]


def test_a_name_is_typed_into_a_panel_that_floats(qtbot, window):
    window.train.error.setFloating(True)
    qtbot.wait(100)  # windows take and give the keyboard in their own time
    window.activateWindow()
    qtbot.wait(100)
    assert window.isActiveWindow()
    QTest.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(strip(window)._edit.hasFocus)
    assert strip(window)._edit.isActiveWindow()
    QTest.keyClick(strip(window)._edit, Qt.Key.Key_Escape)


def test_a_drag_ends_where_its_branch_goes_meanwhile(qtbot, window):
    session = window.session
    session.reset()
    settled(qtbot, window)
    train(qtbot, window, 30)
    QTest.mousePress(strip(window), LEFT, NO, place(window, 10))
    exact(qtbot, window)
    session.undo()
    settled(qtbot, window)
    QTest.mouseMove(strip(window), place(window, 20))
    qtbot.wait(50)
    QTest.mouseRelease(strip(window), LEFT, NO, place(window, 20))
    assert session.view is None


def test_the_menu_leaves_nothing_behind_when_it_is_made_anew(qtbot, window):
    menu = window.train.error.time_menu
    window.commands()
    qtbot.wait(10)
    before = len(menu.findChildren(QMenu)), len(menu.findChildren(QAction))
    for _ in range(5):
        window.commands()
        qtbot.wait(10)
    assert (len(menu.findChildren(QMenu)), len(menu.findChildren(QAction))) == before


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_the_keyboard_goes_back_to_what_had_it(qtbot, window, key):
    canvas = window.train.network.canvas
    canvas.setFocus()
    name(qtbot, window, "a", key)
    assert window.focusWidget() is canvas
    assert not strip(window)._edit.isVisible()


def test_the_menu_calls_branches_branches_and_runs_runs(qtbot, window):
    menu = window.train.error.time_menu
    branch(qtbot, window, 40)
    QTest.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.session.settled and window.session.branch.run == 2)
    menu._fill()
    going = next(action for action in menu.actions() if action.text() == "Go to the end of").menu()
    assert [action.text() for action in going.actions()] == ["branch 1b, epoch 70", "run 1, epoch 60"]
