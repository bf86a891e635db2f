"""Looks at a network: what they say, in both dtypes, from several threads at once, and how they are interrupted."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import plain
from oracle.networks import random_case
from support import distance, examples

import bpgui
from bpgui.training import evaluation
from bpgui.training.evaluation import Interrupt, InterruptError

TOLERANCE = {"float64": 1e-11, "float32": 1e-4}


@examples(300)
@given(st.integers(0, 2**32), st.sampled_from(["float64", "float32"]))
def test_activations_of_every_unit_are_those_of_plain_numpy(seed: int, dtype: str) -> None:
    case = random_case(seed)
    params = bpgui.Parameters(case.network, case.params.vector.astype(dtype))
    found = evaluation.activations(case.network, params, case.x)
    wanted = np.concatenate([a.T for a in plain.forward(case.network, case.params.vector, case.x).a])
    assert found.dtype == dtype
    # Where a step stands at a corner, rounding decides on which side.
    if not any("step" in (layer.activation, *layer.overrides.values()) for layer in case.network.layers):
        assert distance(found, wanted) < TOLERANCE[dtype]
    assert np.array_equal(found[-case.network.outputs :].T, bpgui.predict(case.network, params, case.x))


@examples(300)
@given(st.integers(0, 2**32))
def test_errors_of_many_vectors_are_the_error_of_each(seed: int) -> None:
    case = random_case(seed)
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(4, case.network.parameter_count))
    found = evaluation.errors(case.network, vectors, case.x, case.t, case.loss, case.weight)
    each = [
        bpgui.error(case.network, bpgui.Parameters(case.network, v), case.x, case.t, case.loss, case.weight)
        for v in vectors
    ]
    assert found.tolist() == each


@examples(300)
@given(st.integers(0, 2**32))
def test_the_numbers_of_one_sample_obey_the_chain_rule(seed: int) -> None:
    case = random_case(seed, samples=1)
    net = case.network
    found = evaluation.sample_pass(net, case.params, case.x[0], case.t[0], case.loss)
    error, gradient = bpgui.gradient(net, case.params, case.x, case.t, case.loss)
    assert (found.error, found.gradient[~net.cut].tolist()) == (error, gradient.vector[~net.cut].tolist())
    ends = np.cumsum(net.sizes)
    a, delta = (np.split(numbers, ends[:-1]) for numbers in (found.a, found.delta))
    assert a[0].tolist() == case.x[0].tolist()
    for block, place in zip(net.blocks, net.weight_slices, strict=True):
        wanted = np.outer(a[block.source], delta[block.target]).ravel()
        assert distance(found.gradient[place], wanted) < 1e-12
    for layer, place in enumerate(net.bias_slices, 1):
        if place is not None:
            assert distance(found.gradient[place], delta[layer]) < 1e-12
    assert distance(found.z[ends[-2] :], plain.forward(net, case.params.vector, case.x).z[-1][0]) < 1e-11


def test_an_interrupt_ends_a_long_look_within_a_fraction_of_it_and_stays_set() -> None:
    net = bpgui.Network.dense((50, 200, 200, 10))
    params = net.initialise()
    x, t = np.zeros((30_000, 50)), np.zeros((30_000, 10))
    looks = (
        lambda stop: bpgui.predict(net, params, x, stop),
        lambda stop: evaluation.activations(net, params, x, stop),
        lambda stop: evaluation.errors(net, params.vector[None].repeat(3, 0), x, t, interrupt=stop),
    )
    for look in looks:
        begun = time.perf_counter()
        look(None)
        whole = time.perf_counter() - begun
        stop = Interrupt()
        threading.Timer(whole / 10, stop.set).start()
        with pytest.raises(InterruptError):
            look(stop)
        with pytest.raises(InterruptError):
            look(stop)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_threads_that_look_at_once_see_what_one_sees_alone(dtype: str) -> None:
    net = bpgui.Network.dense((20, 64, 33, 3))
    params = net.initialise(dtype=dtype)
    x = np.random.default_rng(0).normal(size=(5_000, 20))
    alone = bpgui.predict(net, params, x)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(np.array_equal(bpgui.predict(net, params, x), alone)))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 6


def test_vectors_of_another_length_are_refused() -> None:
    net = bpgui.Network.dense((2, 1))
    with pytest.raises(ValueError, match=r"vectors have shape \(2, 4\), the network needs \(vectors, 3\)"):
        evaluation.errors(net, np.zeros((2, 4)), [[0.0, 1.0]], [[1.0]])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_wide_layers_go_through_blas_and_agree_with_numpy(dtype: str) -> None:
    layers = [bpgui.Layer(300), bpgui.Layer(257, "tanh"), bpgui.Layer(130, "linear")]
    net = bpgui.Network(layers, [(0, 1), (1, 2), (0, 2)])
    assert net.plan(dtype).by_blas(256) == [True, True, True] or dtype == "float32"
    assert any(net.plan(dtype).by_blas(256))
    assert not any(bpgui.Network.dense((2, 8, 8, 1)).plan(dtype).by_blas(256))
    params = net.initialise(dtype=dtype)
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(600, 300)), rng.normal(size=(600, 130))
    error, gradient = bpgui.gradient(net, params, x, t)
    errors, wanted = plain.error_and_gradient(net, params.vector.astype(np.float64), x, t, "half_sse")
    assert error == pytest.approx(errors.mean(), rel=TOLERANCE[dtype])
    assert distance(gradient.vector, wanted) < TOLERANCE[dtype]


def test_a_small_network_never_waits_for_scipy() -> None:

    code = (
        "import sys, bpgui; net = bpgui.Network.dense((2, 8, 8, 1)); "
        "bpgui.predict(net, net.initialise(), [[0.0, 0.0]]); sys.exit('scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_scipys_blas_has_one_thread_and_numpys_keeps_its_own() -> None:
    code = (
        "import numpy as np; from threadpoolctl import ThreadpoolController as All; "
        "read = lambda: {each['filepath']: each['num_threads'] for each in All().select(user_api='blas').info()}; "
        "before = read(); from bpgui import blas; blas.gemm('float64', 10**6); after = read(); "
        "assert all(after[path] == threads for path, threads in before.items()), (before, after); "
        "assert [after[path] for path in after.keys() - before.keys()] == [1], (before, after)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
