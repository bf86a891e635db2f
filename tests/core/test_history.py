"""The error history: bounded, no spike lost, gaps where there is no number, exact when cut back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support import bits, examples

from bpgui import _core
from bpgui.network.network import Network
from core.engines import FOREVER, make_engine, set_vector

Floats = NDArray[np.float64]

BUCKETS = 65_536


def bucketed(errors: Floats) -> tuple[int, Floats]:
    """(epochs a bucket, (4, buckets) of low, high, last, count), straight from the definition."""
    width = 1
    while errors.size > BUCKETS * width:
        width *= 2
    rows = []
    for start in range(0, errors.size, width):
        part = errors[start : start + width]
        finite = part[np.isfinite(part)]
        last = part[-1] if np.isfinite(part[-1]) else np.nan
        rows.append([finite.min(), finite.max(), last, finite.size] if finite.size else [np.nan, np.nan, last, 0])
    return width, np.array(rows, np.float64).reshape(-1, 4).T


def restless(**settings: object) -> _core.float64.Engine:
    """An engine whose error jumps at each epoch, one update long: dropout, and a rate that overshoots."""
    net = Network.dense((1, 3, 1), "linear", "linear", bias=False)
    engine = make_engine(net, [[1.0]], [[0.3]], ([[1.0]], [[0.2]]), dropout=0.4, rate=0.2, **settings)
    set_vector(engine, [0.5, -0.3, 0.2, 0.1, 0.4, 0.7])
    return engine


def spike(engine: _core.float64.Engine) -> None:
    """One epoch whose error is far above the rest, after which all is as before."""
    vector = engine.state()[1]
    set_vector(engine, np.full(6, 1e3))
    assert engine.run(engine.update + 1, FOREVER, 10.0) == "done"
    set_vector(engine, vector)


@pytest.mark.parametrize("epochs", [0, 1, 2, 1000, BUCKETS, BUCKETS + 1, 2 * BUCKETS + 5, 4 * BUCKETS, 4 * BUCKETS + 3])
def test_buckets_double_and_hold_lowest_highest_last_and_count(epochs: int) -> None:
    engine = restless()
    assert engine.run(FOREVER, epochs, 60.0) == "done"
    for validation in (False, True):
        errors = engine.errors(validation)
        assert errors.size == epochs
        assert epochs < 1000 or np.unique(errors).size > epochs // 2  # else this test would be easy to pass
        width, wanted = bucketed(errors)
        buckets, got_width, got_epochs, first = engine.history(validation)
        assert (got_width, got_epochs, first) == (width, epochs, 0)
        assert bits(buckets) == bits(wanted)


def test_no_spike_is_lost_however_wide_the_buckets() -> None:
    engine = restless()
    at = [10, 9_999, 65_535, 65_536, 131_073, 250_001]
    for epoch in at:
        assert engine.run(FOREVER, epoch, 60.0) == "done"
        spike(engine)
    assert engine.run(FOREVER, 5 * BUCKETS, 60.0) == "done"
    buckets, width, _, _ = engine.history()
    assert width == 8
    high = np.flatnonzero(buckets[1] > 1e6)
    assert high.tolist() == sorted({epoch // 8 for epoch in at})


@pytest.mark.parametrize("start", [2.9, -0.9])
def test_a_validation_error_that_is_not_finite_is_a_gap_and_no_divergence(start: float) -> None:
    net = Network.dense((1, 1), output="linear", bias=False)
    # The weight swings around 1 between 2.9 and -0.9 ever less; (1e154 w)^2 overflows where |w| > 1.34. Of each two
    # epochs that are merged the second is a gap, or the first.
    engine = make_engine(net, [[1.0]], [[1.0]], ([[1e154]], [[0.0]]), loss=1, rate=0.99)
    set_vector(engine, [start])
    assert engine.run(FOREVER, BUCKETS + 2, 60.0) == "done"
    errors = engine.errors(validation=True)
    assert 1 < np.count_nonzero(~np.isfinite(errors)) < 100
    width, wanted = bucketed(errors)
    buckets, got_width, _, _ = engine.history(validation=True)
    assert got_width == width == 2
    assert bits(buckets) == bits(wanted)
    assert np.isnan(wanted[2]).any() == (start > 1.0)
    assert np.isfinite(wanted[:2]).all()
    assert not np.isinf(buckets).any()
    assert np.isfinite(engine.history()[0]).all()


@examples(200)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.integers(0, 2**32))
def test_going_back_forgets_exactly_the_later_epochs(epochs: list[int], seed: int) -> None:
    engine = restless(seed=seed)
    kept = np.empty(0)
    for target in epochs:
        counters, vector, slots, best = engine.state()
        if target <= counters["epoch"]:
            engine.set_state({**counters, "epoch": target, "update": target}, vector, slots, best)
            assert bits(engine.errors()) == bits(kept[:target])
        else:
            engine.run(FOREVER, target, 10.0)
            assert bits(engine.errors()[: kept.size]) == bits(kept)
        kept = engine.errors()
        assert bits(engine.history()[0]) == bits(bucketed(kept)[1])
        assert bits(engine.history(validation=True)[0]) == bits(bucketed(engine.errors(validation=True))[1])


def test_going_back_within_a_long_history_makes_the_buckets_narrow_again() -> None:
    engine = restless()
    engine.run(FOREVER, 4 * BUCKETS, 60.0)
    before = engine.errors()
    set_vector(engine, engine.state()[1], epoch=70_001, update=70_001)
    width, wanted = bucketed(before[:70_001])
    assert engine.history()[1] == width == 2
    assert bits(engine.history()[0]) == bits(wanted)


def test_beyond_a_million_epochs_the_buckets_have_what_the_list_has_not() -> None:
    engine = restless()
    engine.run(FOREVER, 1_050_000, 60.0)
    state = engine.state()
    engine.run(FOREVER, 1_100_000, 60.0)
    buckets, width, epochs, _ = engine.history()
    assert engine.errors().size == _core.KEPT_EPOCHS == 1_000_000
    assert (width, epochs) == (32, 1_100_000)
    assert buckets[3].sum() == 1_100_000
    # Back into the part that is kept in buckets alone, and forward again over the same epochs.
    engine.set_state(*state)
    assert engine.history()[2] == 1_050_000
    assert engine.history()[0][3].sum() == 1_050_000
    engine.run(FOREVER, 1_100_000, 60.0)
    assert bits(engine.history()[0]) == bits(buckets)


def test_a_bucket_that_is_cut_through_tells_no_last_error_of_a_forgotten_epoch() -> None:
    engine = restless()
    engine.run(FOREVER, 1_050_000, 60.0)
    set_vector(engine, engine.state()[1], epoch=1_020_001, update=1_020_001)
    buckets, width, epochs, _ = engine.history()
    assert (width, epochs) == (32, 1_020_001)
    whole, left = divmod(epochs, width)
    assert np.isfinite(buckets[2, :whole]).all()
    assert np.isnan(buckets[2, whole])
    assert buckets[3, whole] == left


def test_a_validation_set_that_comes_late_finds_a_gap_for_every_epoch_before() -> None:
    net = Network.dense((1, 1), output="linear")
    without = make_engine(net, [[1.0]], [[0.5]])
    without.run(FOREVER, 10_000, 60.0)
    engine = make_engine(net, [[1.0]], [[0.5]], ([[2.0]], [[1.0]]), before=without)
    engine.set_state(*without.state())
    errors = engine.errors(validation=True)
    assert errors.size == 10_000
    assert np.isnan(errors).all()


def test_a_state_from_elsewhere_begins_the_history_at_its_epoch() -> None:
    engine = restless()
    engine.run(FOREVER, 10, 10.0)
    state = engine.state()
    other = restless()
    other.set_state(*state)
    assert other.errors().size == 0
    engine.run(FOREVER, 25, 10.0)
    other.run(FOREVER, 25, 10.0)
    assert bits(other.errors()) == bits(engine.errors()[10:])
    assert bits(other.errors(validation=True)) == bits(engine.errors(validation=True)[10:])
    buckets, width, epochs, first = other.history()
    assert (width, epochs, first) == (1, 15, 10)
    assert bits(buckets[2]) == bits(engine.errors()[10:])


def test_validation_errors_stand_at_their_epochs_where_a_validation_set_comes_later() -> None:
    net = Network.dense((1, 1), output="linear")
    without = make_engine(net, [[1.0]], [[0.5]])
    without.run(FOREVER, 6, 10.0)
    engine = make_engine(net, [[1.0]], [[0.5]], ([[2.0]], [[1.0]]), before=without)
    engine.set_state(*without.state())
    engine.run(FOREVER, 9, 10.0)
    errors = engine.errors(validation=True)
    assert errors.size == engine.errors().size == 9
    assert np.isnan(errors[:6]).all()
    assert np.isfinite(errors[6:]).all()
    assert engine.history(validation=True)[2] == 9


def test_errors_from_a_place_on_are_the_rest_of_the_list() -> None:
    engine = restless()
    engine.run(FOREVER, 20, 10.0)
    every = engine.errors()
    for start in (0, 7, 19, 20, 21, 10**9):
        assert bits(engine.errors(False, start)) == bits(every[start:])
    with pytest.raises(ValueError, match="-1"):
        engine.errors(False, -1)
