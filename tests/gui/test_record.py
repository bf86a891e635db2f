"""The record of past values stays within its bounds and tells each parameter's history."""

from __future__ import annotations

import numpy as np

from bpgui.gui.record import MOST_MOMENTS, Moment, Record
from bpgui.network import structure
from bpgui.network.network import Network

NET = Network.dense((1, 2, 1))
KEY = int(NET.keys[0])


def filled(moments: int) -> Record:
    record = Record()
    for update in range(moments):
        record.add(Moment(update, update // 2, NET, np.full(NET.parameter_count, float(update))))
    return record


def test_values_come_back_in_order_with_their_epochs() -> None:
    epochs, values = filled(5).of(KEY)
    assert epochs.tolist() == [0, 0, 1, 1, 2]
    assert values.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_however_long_a_run_is_the_record_is_bounded_and_spans_all_of_it() -> None:
    epochs, values = filled(100_000).of(KEY)
    assert 50 < len(values) <= MOST_MOMENTS
    assert values[0] == 0.0
    assert epochs[-1] > 49_000
    gaps = np.diff(values)
    assert gaps.max() <= 4 * gaps.min()


def test_going_back_forgets_what_came_after() -> None:
    record = filled(50)
    record.add(Moment(10, 5, NET, np.full(NET.parameter_count, -1.0)))
    assert record.of(KEY)[1][-2:].tolist() == [9.0, -1.0]


def test_a_parameter_keeps_its_history_through_an_edit_of_the_network() -> None:
    record = filled(3)
    larger = structure.with_units(NET, 1, 3)
    record.add(Moment(3, 1, larger, np.arange(larger.parameter_count, dtype=np.float64)))
    place = larger.keys.tolist().index(KEY)
    assert record.of(KEY)[1].tolist() == [0.0, 1.0, 2.0, float(place)]
    new = int(larger.keys[~np.isin(larger.keys, NET.keys)][0])
    assert len(record.of(new)[1]) == 1
