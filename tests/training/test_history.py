"""The errors of a run in buckets, and in fewer of them."""

import numpy as np
import pytest

from bpgui.training.history import History


def history(last, width=1, first=0):
    """A history whose buckets hold one error each."""
    last = np.array(last, np.float64)
    count = np.isfinite(last).astype(float) * width
    return History(last, last, last, count, first + width * (np.arange(last.size) + 1), first)


def test_a_short_history_is_drawn_as_it_is():
    short = history([3.0, 2.0, 1.0])
    assert short.coarse(3) is short


@pytest.mark.parametrize("most", [1, 7, 100, 999])
def test_no_spike_is_lost_in_fewer_buckets(most):
    errors = np.random.default_rng(0).uniform(1.0, 2.0, 1000)
    errors[[0, 333, 999]] = 50.0, 0.01, 0.02
    coarse = history(errors).coarse(most)
    assert coarse.last.size <= most
    assert (coarse.low.min(), coarse.high.max()) == (0.01, 50.0)
    assert coarse.count.sum() == 1000
    for bucket in range(coarse.last.size):
        part = errors[bucket * coarse.width : coarse.ends[bucket]]
        told = coarse.low[bucket], coarse.high[bucket], coarse.last[bucket]
        assert told == (part.min(), part.max(), part[-1])


def test_fewer_buckets_end_at_the_same_epochs():
    coarse = history(np.arange(10.0), width=4, first=100).coarse(4)
    assert (coarse.width, coarse.epochs) == (12, 40)
    assert coarse.epoch.tolist() == [111.0, 123.0, 135.0, 139.0]


def test_what_is_no_number_is_left_out_where_a_neighbour_has_one():
    coarse = history([np.nan, 2.0, np.nan, np.nan]).coarse(2)
    assert (coarse.low[0], coarse.high[0], coarse.count[0]) == (2.0, 2.0, 1.0)
    assert np.isnan([coarse.low[1], coarse.high[1], coarse.last[1]]).all()


def test_a_history_up_to_an_epoch_ends_there():
    whole = history([5.0, 4.0, 3.0, 2.0], first=10)
    assert whole.until(14) is whole
    assert (whole.until(12).last.tolist(), whole.until(12).epochs) == ([5.0, 4.0], 2)
    assert whole.until(10).epochs == 0


def test_of_a_bucket_that_is_cut_through_the_extremes_stay_and_the_last_error_is_a_gap():
    cut = history([5.0, 4.0, 3.0], width=10).until(15)
    assert cut.ends.tolist() == [10, 15]
    assert cut.high.tolist() == [5.0, 4.0]
    assert np.isnan(cut.last[1])
    assert cut.epochs == 15


def test_histories_that_follow_one_another_are_one():
    joined = History.joined([history([5.0, 4.0]), history([3.0, 2.0], width=7, first=2)])
    assert joined.ends.tolist() == [1, 2, 9, 16]
    assert joined.last.tolist() == [5.0, 4.0, 3.0, 2.0]
    assert (joined.epochs, joined.width) == (16, 7)
