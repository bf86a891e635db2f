"""The engine: the same bits however a run is sliced, interrupted or looked at."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bits, examples

from bpgui import _core
from bpgui.network.network import Network
from core.engines import FOREVER, make_engine, set_vector


def busy(samples: int = 13, batch: int = 5, **settings: Any) -> _core.float64.Engine:
    """An engine with momentum, shuffling and dropout."""
    rng = np.random.default_rng(1)
    net = Network.dense((2, 4, 3, 1))
    engine = make_engine(
        net,
        rng.normal(size=(samples, 2)),
        rng.normal(size=(samples, 1)),
        (rng.normal(size=(4, 2)), np.ones((4, 1))),
        slots=1,
        optimizer=1,
        optimizer_settings=(0.9,),
        rate=0.01,
        dropout=0.3,
        shuffle=True,
        batch=batch,
        **settings,
    )
    if "before" not in settings:
        set_vector(engine, rng.normal(size=net.parameter_count))
    return engine


def everything(engine: _core.float64.Engine) -> tuple[Any, ...]:
    counters, *arrays = engine.state()
    return (*counters.items(), *map(bits, arrays), bits(engine.errors()), bits(engine.errors(True)))


@examples(300)
@given(st.lists(st.integers(0, 40), max_size=8))
def test_a_run_has_the_same_bits_however_it_is_sliced(slices: list[int]) -> None:
    whole, sliced = busy(), busy()
    total = sum(slices)
    assert whole.run(total, FOREVER, 10.0) == "done"
    for updates in slices:
        assert sliced.run(sliced.update + updates, FOREVER, 10.0) == "done"
    assert everything(sliced) == everything(whole)


@examples(200)
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_restored_state_continues_with_the_same_bits(before: int, after: int) -> None:
    first, second = busy(), busy()
    first.run(before, FOREVER, 10.0)
    second.set_state(*first.state())
    first.run(before + after, FOREVER, 10.0)
    second.run(before + after, FOREVER, 10.0)
    assert everything(second)[:-2] == everything(first)[:-2]


def test_time_slices_give_the_bits_of_one_run() -> None:
    whole, sliced = busy(), busy()
    while (ending := sliced.run(30_000, FOREVER, 0.0)) == "time":
        pass
    assert ending == "done"
    whole.run(30_000, FOREVER, 60.0)
    assert everything(sliced) == everything(whole)


def test_a_limit_of_epochs_ends_at_the_end_of_that_epoch() -> None:
    engine = busy()
    assert engine.run(FOREVER, 7, 10.0) == "done"
    assert (engine.epoch, engine.update, engine.state()[0]["position"]) == (7, 21, 0)
    assert engine.run(FOREVER, 7, 10.0) == "done"
    assert engine.update == 21
    assert engine.run(23, FOREVER, 10.0) == "done"
    assert (engine.epoch, engine.update, engine.state()[0]["position"]) == (7, 23, 10)


def test_an_interrupt_ends_the_next_run_before_it_does_anything_and_only_that_one() -> None:
    engine = busy()
    before = everything(engine)
    engine.interrupt()
    assert engine.run(50, FOREVER, 10.0) == "interrupted"
    assert everything(engine) == before
    assert engine.run(50, FOREVER, 10.0) == "done"


def test_an_interrupted_update_is_abandoned_whole() -> None:
    # One update is 40,000 samples, so that the interrupt comes within one.
    engine, whole = busy(40_000, 40_000), busy(40_000, 40_000)
    whole.run(3, FOREVER, 60.0)
    interruptions = 0
    while engine.update < 3:
        timer = threading.Timer(0.001 * (1 + interruptions % 7), engine.interrupt)
        timer.start()
        interruptions += engine.run(engine.update + 1, FOREVER, 60.0) == "interrupted"
        timer.join()
        if interruptions > 30:
            engine.run(3, FOREVER, 60.0)
            engine.run(3, FOREVER, 60.0)
    assert interruptions > 3
    assert everything(engine) == everything(whole)


def test_an_update_whose_validation_is_interrupted_is_abandoned_whole() -> None:
    # Three short updates an epoch, then 400,000 samples to look at, so that the interrupt comes among those.
    held = np.random.default_rng(3).normal(size=(400_000, 2)), np.ones((400_000, 1))
    net = Network.dense((2, 20, 20, 1))

    def made() -> _core.float64.Engine:
        engine = make_engine(
            net,
            np.linspace(-1.0, 1.0, 12).reshape(6, 2),
            np.ones((6, 1)),
            held,
            slots=1,
            optimizer=1,
            optimizer_settings=(0.9,),
            rate=0.01,
            dropout=0.3,
            shuffle=True,
            batch=2,
            patience=10**6,
            restore_best=True,
        )
        set_vector(engine, np.linspace(-1.0, 1.0, net.parameter_count))
        return engine

    engine, whole = made(), made()
    assert whole.run(FOREVER, 4, 60.0) == "done"
    interrupted: list[int] = []
    for attempt in range(40):
        epoch = engine.epoch
        if epoch == 4:
            break
        assert engine.run(3 * epoch + 2, FOREVER, 60.0) == "done"
        before = everything(engine)
        timer = threading.Timer(0.005 * (1 + attempt % 5), engine.interrupt)
        timer.start()
        ending = engine.run(3 * epoch + 3, FOREVER, 60.0)
        timer.join()
        if ending == "interrupted":
            assert everything(engine) == before
            interrupted.append(epoch)
            if interrupted.count(epoch) == 3:
                assert engine.run(3 * epoch + 3, FOREVER, 60.0) == "done"
    assert len(interrupted) > 3
    engine.run(FOREVER, 4, 60.0)
    engine.run(FOREVER, 4, 60.0)
    assert everything(engine) == everything(whole)


def test_others_run_while_the_engine_computes() -> None:
    engine = busy()
    thread = threading.Thread(target=engine.run, args=(FOREVER, FOREVER, 60.0))
    thread.start()
    seen = set()
    while len(seen) < 5:
        engine.request()
        seen.add(engine.counters()[1])
    engine.interrupt()
    thread.join(20.0)
    assert not thread.is_alive()
    assert max(seen) <= engine.update


def test_snapshots_and_counters_are_never_torn() -> None:
    # All weights are alike and stay so, whatever the update: two that differ would come from two updates.
    net = Network.dense((1, 400), output="linear", bias=False)
    engine = make_engine(net, [[1.0], [0.5]], np.ones((2, 400)) * [[1.0], [-1.0]], rate=0.3)
    set_vector(engine, np.full(400, 0.1))
    thread = threading.Thread(target=engine.run, args=(FOREVER, FOREVER, 60.0))
    thread.start()
    sequences, different = [], set()
    while len(different) < 10 or len(sequences) < 500:
        engine.request()
        sequence, update, epoch, _ = engine.counters()
        sequences.append(sequence)
        snapshot = engine.snapshot()
        assert np.unique(snapshot).size == 1
        assert epoch == update // 2
        different.add(update)
        errors = engine.errors()
        assert errors.size >= min(epoch, _core.KEPT_EPOCHS)
        assert np.isfinite(errors).all()
        engine.history()
    engine.interrupt()
    thread.join(20.0)
    assert not thread.is_alive()
    assert sequences == sorted(sequences)
    assert sequences[-1] > sequences[0]


def test_looking_changes_no_bit() -> None:
    plain, watched = busy(), busy()
    plain.run(40_000, FOREVER, 60.0)
    thread = threading.Thread(target=watched.run, args=(40_000, FOREVER, 60.0))
    thread.start()
    while thread.is_alive():
        watched.request()
        watched.snapshot()
        watched.counters()
    thread.join()
    assert everything(watched) == everything(plain)


def test_after_a_run_the_snapshot_is_where_it_ended() -> None:
    engine = busy()
    sequence = engine.counters()[0]
    engine.run(11, FOREVER, 10.0)
    assert engine.counters()[:3] == (sequence + 1, 11, 3)
    assert bits(engine.snapshot()) == bits(engine.state()[1])
    counters = engine.state()[0]
    assert engine.counters()[3] == counters["error_sum"] / counters["weight_sum"]


def test_an_interrupt_that_meets_a_divergence_does_not_end_the_next_run() -> None:
    # One step makes the weight minus infinity, after which the unit is 0 for ever and all errors are finite. Only the
    # look at the parameters that the interrupt brings about finds it, since an epoch is long.
    net = Network.dense((1, 1), output="relu", bias=False)
    engine = make_engine(net, np.ones((100_000, 1)), -np.ones((100_000, 1)), rate=1e308)
    set_vector(engine, [1.0])
    timer = threading.Timer(0.01, engine.interrupt)
    timer.start()
    assert engine.run(FOREVER, FOREVER, 60.0) == "diverged"
    timer.join()
    assert (engine.update, engine.state()[1].tolist()) == (0, [1.0])
    set_vector(engine, [0.0])
    assert engine.run(engine.update + 3, FOREVER, 10.0) == "done"


@pytest.mark.parametrize("epochs", [4095, 4096, 4097, 20_000])
def test_no_epoch_is_lost_between_two_checks(epochs: int) -> None:
    engine = make_engine(Network.dense((1, 1)), [[1.0]], [[0.5]])
    engine.run(FOREVER, epochs, 60.0)
    one_by_one = make_engine(Network.dense((1, 1)), [[1.0]], [[0.5]])
    for epoch in range(0, epochs, 1000):
        one_by_one.run(FOREVER, min(epochs, epoch + 1000), 60.0)
    assert engine.errors().size == epochs
    assert bits(engine.errors()) == bits(one_by_one.errors())


def test_an_engine_goes_on_with_the_histories_of_the_one_before() -> None:
    first = busy()
    first.run(FOREVER, 20, 10.0)
    second = busy(before=first)
    second.set_state(*first.state())
    second.run(FOREVER, 30, 10.0)
    whole = busy()
    whole.run(FOREVER, 30, 10.0)
    assert everything(second) == everything(whole)
    with pytest.raises(TypeError):
        busy(before="another")


def test_who_looks_at_the_engine_before_sees_whole_histories_of_the_one_that_goes_on() -> None:
    first = make_engine(Network.dense((1, 1)), [[1.0]], [[0.5]], rate=1e-9)
    first.run(FOREVER, 1000, 10.0)
    second = make_engine(Network.dense((1, 1)), [[1.0]], [[0.5]], rate=1e-9, before=first)
    second.set_state(*first.state())
    thread = threading.Thread(target=second.run, args=(FOREVER, 900_000, 60.0))
    thread.start()
    seen = set()
    while thread.is_alive():
        second.request()
        buckets, width, epochs, _ = first.history()
        assert buckets.shape[1] == -(-epochs // width)
        assert buckets[3].sum() == epochs
        seen.add(width)
    thread.join()
    assert len(seen) > 1
    assert first.history()[1:] == second.history()[1:] == (16, 900_000, 0)
    assert bits(first.history()[0]) == bits(second.history()[0])
    assert bits(first.errors()) == bits(second.errors())


def test_weights_of_validation_samples_count_in_the_validation_error() -> None:
    held = [[1.0], [3.0]], [[0.0], [0.0]]
    errors = []
    for weight in ((), (1.0, 0.0), (1.0, 3.0), (0.0, 0.0)):
        net = Network.dense((1, 1), output="linear", bias=False)
        engine = make_engine(net, [[0.0]], [[0.0]], (*held, weight))
        set_vector(engine, [2.0])
        engine.run(FOREVER, 1, 10.0)
        errors.append(engine.errors(validation=True)[0])
    # Half the square of 2 and of 6, averaged.
    assert errors == [10.0, 2.0, 14.0, 0.0]
    with pytest.raises(ValueError, match="sample_weight"):
        make_engine(Network.dense((1, 1)), [[0.0]], [[0.0]], (*held, (1.0,)))
