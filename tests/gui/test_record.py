"""The record of past values stays within its bounds and tells each parameter's history along the way that is shown."""

from __future__ import annotations

import numpy as np
import pytest
from project.test_timeline import Worker, small
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from whole_window import exact, settled, train

from bpgui.gui.record import BUDGET, MOST_MOMENTS, Record, Snapshot
from bpgui.gui.selection import Selection
from bpgui.network import structure
from bpgui.network.network import Network
from bpgui.project import edits
from bpgui.project.past import Past
from bpgui.project.state import of_builtin
from bpgui.project.timeline import Timeline, seek
from bpgui.training.changes import Place
from bpgui.training.state import Training

NET = Network.dense((2, 3, 1))
KEY = int(NET.keys[0])
PAST = Timeline(Training.begin(NET, small().data, small().recipe)).past  # only its beginning


def moment(update: int, value: float | None = None) -> Snapshot:
    vector = np.full(NET.parameter_count, float(update if value is None else value))
    return Snapshot(update, update // 2, NET, vector)


def filled(moments: int) -> Record:
    record = Record()
    for update in range(moments):
        record.add(0, moment(update))
    return record


def values(record: Record, key: int = KEY, now: Snapshot | None = None) -> list[float]:
    """After the value at the beginning, which the timeline has."""
    return record.of(key, PAST, 0, now).values[1:].tolist()


def test_values_come_back_in_order_with_their_updates_and_epochs() -> None:
    found = filled(5).of(KEY, PAST, 0, moment(7))
    assert found.updates.tolist() == [0, 1, 2, 3, 4, 7]
    assert found.epochs.tolist() == [0, 0, 1, 1, 2, 3]
    assert found.values[1:].tolist() == [1.0, 2.0, 3.0, 4.0, 7.0]


def test_however_long_a_run_is_the_record_is_bounded_and_spans_all_of_it() -> None:
    found = values(filled(100_000))
    assert 50 < len(found) <= MOST_MOMENTS
    assert found[-1] > 98_000
    gaps = np.diff(found)
    assert gaps.max() <= 4 * gaps.min()


def test_branches_share_the_bound() -> None:
    record = Record()
    for branch in range(7):
        for update in range(1_000):
            record.add(branch, moment(update))
    assert sum(map(len, record._lines.values())) <= MOST_MOMENTS


def test_however_many_branches_there_are_large_networks_stay_within_the_bytes() -> None:
    large = Network.dense((2, 100_000, 1))
    record = Record()
    for branch in range(60):
        record.add(branch, Snapshot(3, 1, large, np.zeros(large.parameter_count)))
    held = sum(moment.vector.nbytes for line in record._lines.values() for moment in line)
    assert held <= max(BUDGET, 4 * 8 * large.parameter_count)
    assert 59 in record._lines


def test_going_back_on_a_branch_forgets_what_came_after_there() -> None:
    record = filled(50)
    record.add(1, moment(70))
    record.add(0, moment(10, -1.0))
    assert values(record)[-2:] == [9.0, -1.0]
    assert [kept.update for kept in record._lines[1]] == [70]


def test_branches_that_are_gone_are_forgotten() -> None:
    record = filled(5)
    record.add(3, moment(3))
    record.keep(Past(PAST.branches, 0))
    assert list(record._lines) == [0]


def test_a_parameter_keeps_its_history_through_an_edit_of_the_network() -> None:
    record = filled(3)
    larger = structure.with_units(NET, 1, 4)
    record.add(0, Snapshot(3, 1, larger, np.arange(larger.parameter_count, dtype=np.float64)))
    place = larger.keys.tolist().index(KEY)
    assert values(record) == [1.0, 2.0, float(place)]
    new = int(larger.keys[~np.isin(larger.keys, NET.keys)][0])
    assert len(record.of(new, PAST, 0, None).values) == 1


def test_the_way_to_a_branch_has_nothing_of_what_was_left_and_the_moments_of_the_timeline() -> None:
    one = Worker(small())
    one.run(60)
    one.go_back(Place(0, 31))
    one.run(40)
    key = int(one.trainer.network.keys[0])
    record = Record()
    for update in (5, 40):
        there = seek(one.past, Place(0, update)).training
        record.add(0, Snapshot(update, update // 3, there.network, there.state.vector))
    now = Snapshot(71, 23, one.trainer.network, one.trainer.training.state.vector)
    found = record.of(key, one.past, 1, now)
    assert found.updates.tolist()[0] == 0
    assert {5, 31, 71} <= set(found.updates.tolist())
    assert 40 not in found.updates.tolist()
    for update, value in zip(found.updates.tolist(), found.values.tolist(), strict=True):
        assert value == seek(one.past, Place(1, update)).training.state.vector[0] if update < 71 else now.vector[0]
    left = record.of(key, one.past, 0, None)
    assert {5, 40, 60} <= set(left.updates.tolist())


# In the window


@pytest.fixture
def window(qtbot, open_window):
    """A window on the spirals, 60 epochs trained."""
    window = open_window(of_builtin("spirals"))
    window.session.set_pace(None)
    train(qtbot, window, 60)
    return window


def shown(window):
    """The line of the Inspector: updates, values, the present one, and what stands over it."""
    dock = window.train.inspector
    found = dock.history._found
    return found, dock.history.present, dock.over.text()


def test_the_inspector_marks_the_moment_that_is_looked_at(qtbot, window):
    session = window.session
    key = int(session.document.network.keys[0])
    session.select(Selection.of("entry", key))
    train(qtbot, window, 20)
    session.look(0, 30)
    exact(qtbot, window)
    found, present, told = shown(window)
    value = float(session.project.training.state.vector[0])
    assert told == "value over epochs 0–80, at 30"
    assert found.epochs[-1] == 80
    assert (found.updates[present], found.values[present]) == (session.progress.update, value)
    session.continue_here()
    settled(qtbot, window)
    train(qtbot, window, 5)
    found, present, told = shown(window)
    assert told == "value over epochs 0–35"
    assert present == len(found.updates) - 1
    assert found.values[found.updates.tolist().index(30 * 15)] == value
    assert window.train.inspector.history._left == 30
    session.look(0, 80)  # the other branch, whole
    exact(qtbot, window)
    assert shown(window)[2] == "value over epochs 0–80, at 80"
    session.undo()
    settled(qtbot, window)
    assert shown(window)[2] == "value over epochs 0–80"


def test_other_documents_runs_and_forgetting_leave_no_values_of_what_was_before(qtbot, window):
    session = window.session
    session.select(Selection.of("entry", int(session.document.network.keys[0])))
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    assert shown(window)[2] == "value over epochs 0–0"
    train(qtbot, window, 7)
    session.forget_others()
    qtbot.waitUntil(lambda: len(session.past.branches) == 1)
    found, _, told = shown(window)
    assert told == "value over epochs 0–7"
    assert found.values[0] == session.document.training.first[0]
    session.edit(edits.use_project, of_builtin("moons"))
    settled(qtbot, window)
    session.replace(of_builtin("xor"))
    settled(qtbot, window)
    session.select(Selection.of("entry", int(session.document.network.keys[0])))
    assert shown(window)[0].updates.tolist() == [0]


def test_the_last_change_of_a_moment_is_that_of_the_epoch_before_it(qtbot, window):
    session = window.session
    session.look(0, 30)
    exact(qtbot, window)
    now = session.project.training.state.vector
    session.look(0, 29)
    exact(qtbot, window)
    before = session.project.training.state.vector
    session.look(0, 30)
    exact(qtbot, window)
    assert np.array_equal(window._measures.of(window._measures.change), now - before)
