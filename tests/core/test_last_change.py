"""What the last complete epoch changed is told exactly, and only once an epoch was seen from beginning to end."""

from __future__ import annotations

import numpy as np
import pytest

from bpgui.network.network import Network
from core.engines import FOREVER, make_engine, set_vector

NET = Network.dense((2, 3, 1))


def watched(samples: int = 5, **settings):
    rng = np.random.default_rng(1)
    engine = make_engine(NET, rng.normal(size=(samples, 2)), rng.normal(size=(samples, 1)), **settings)
    set_vector(engine, NET.initialise(0).vector)
    engine.watch()
    return engine


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_it_is_the_difference_between_the_ends_of_the_last_complete_epoch(batch: int) -> None:
    engine = watched(batch=batch)
    start = before = engine.state()[1]
    for epoch in range(1, 4):
        engine.run(FOREVER, epoch, 10.0)
        end = engine.state()[1]
        assert engine.last_change()[0] == epoch
        assert np.array_equal(engine.last_change()[1], end - start)
        start = end
        if batch < 5:
            engine.run(engine.update + 1, FOREVER, 10.0)  # into the next epoch
            assert np.array_equal(engine.last_change()[1], end - before)
        before = end


def test_nothing_is_told_before_an_epoch_was_watched_whole() -> None:
    engine = watched()
    assert engine.last_change() is None
    engine.run(3, FOREVER, 10.0)
    assert engine.last_change() is None
    engine.watch()  # in the middle of an epoch
    engine.run(FOREVER, 1, 10.0)
    assert engine.last_change() is None
    engine.run(FOREVER, 2, 10.0)
    assert engine.last_change()[0] == 2


def test_a_state_that_is_set_begins_the_watch_anew() -> None:
    engine = watched()
    engine.run(FOREVER, 2, 10.0)
    counters, vector, slots, best = engine.state()
    engine.set_state(counters, vector + 1.0, slots, best)
    assert engine.last_change() is None
    engine.run(FOREVER, 3, 10.0)
    assert np.array_equal(engine.last_change()[1], engine.state()[1] - (vector + 1.0))


def test_after_a_divergence_nothing_is_told_that_was_taken_back() -> None:
    engine = watched(rate=1e200)
    assert engine.run(FOREVER, FOREVER, 10.0) == "diverged"
    found = engine.last_change()
    assert found is None or np.isfinite(found[1]).all()


def test_an_engine_that_nobody_watches_tells_nothing() -> None:
    engine = make_engine(NET, [[1.0, 2.0]], [[1.0]])
    engine.run(10, FOREVER, 10.0)
    assert engine.last_change() is None
