"""The errors of a run in buckets, and in fewer of them."""

import numpy as np
import pytest

from bpgui.training.history import History


def history(last, width=1, first=0):
    """A history whose buckets hold one error each."""
    last = np.array(last, np.float64)
    count = np.isfinite(last).astype(float) * width
    return History(last, last, last, count, width, last.size * width, first)


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
        part = errors[bucket * coarse.width : (bucket + 1) * coarse.width]
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
