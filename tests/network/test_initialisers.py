"""First weights: a function of seed and place, distributed as their method says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from oracle import plain
from support import bits

import bpgui
from bpgui import Block, Layer, Network
from bpgui.network.initialisers import INITIALISERS, Initialiser, incoming

# What each method draws for fans n_in and n_out: half the width of a uniform distribution, or a normal's deviation.
UNIFORM_WITHIN = {"xavier": lambda i, o: math.sqrt(6.0 / (i + o)), "uniform": lambda i, o: 0.5}  # noqa: ARG005
NORMAL_WITH = {
    "he": lambda i, o: math.sqrt(2.0 / i),  # noqa: ARG005  (one signature for all)
    "lecun": lambda i, o: math.sqrt(1.0 / i),  # noqa: ARG005
    "normal": lambda i, o: 0.5,  # noqa: ARG005
}
DRAWN = [entry for entry in INITIALISERS if entry.name in UNIFORM_WITHIN | NORMAL_WITH]


def name_of(entry: Initialiser) -> str:
    return entry.name


def oracle(
    method: str, seed: int, source: int, target: int, shape: tuple[int, int], fans: tuple[int, int]
) -> NDArray[np.float64]:
    """Draws of stream 1 at (source * 2^32 + target, unit of source), one for each unit of target."""
    place = source * 2**32 + target
    if method in UNIFORM_WITHIN:
        u = np.array([plain.uniforms(seed, 1, place, i, shape[1]) for i in range(shape[0])])
        return UNIFORM_WITHIN[method](*fans) * (2.0 * u - 1.0)
    u = np.array([plain.uniforms(seed, 1, place, i, 2 * shape[1]) for i in range(shape[0])])
    return NORMAL_WITH[method](*fans) * np.sqrt(-2.0 * np.log(1.0 - u[:, ::2])) * np.cos(2.0 * np.pi * u[:, 1::2])


def test_every_method_has_its_distribution_or_its_own_test_here() -> None:
    special = {"orthogonal", "zeros", "constant", "symmetric"}
    assert {entry.name for entry in INITIALISERS} == UNIFORM_WITHIN.keys() | NORMAL_WITH.keys() | special


@pytest.mark.parametrize(("fan_in", "units"), [(3, 5), (5, 3), (4, 4), (1, 1), (40, 25)])
def test_orthogonal_weights_keep_lengths(fan_in: int, units: int) -> None:
    w = Network.dense((fan_in, units)).initialise(3, "orthogonal").weights[0]
    product = w @ w.T if fan_in <= units else w.T @ w
    assert product == pytest.approx(np.eye(min(fan_in, units)), abs=1e-14)
    drawn = oracle("he", 3, 0, 1, (fan_in, units), (2, 1))
    # The first direction is the first draw itself, of length 1.
    first, start = (w[0], drawn[0]) if fan_in <= units else (w[:, 0], drawn[:, 0])
    assert first == pytest.approx(start / np.linalg.norm(start), rel=1e-12)


def test_a_unit_that_comes_later_gets_an_orthogonal_weight_vector_of_length_1() -> None:
    late = incoming(Network.dense((3, 5, 2)), 7, "orthogonal", 0, 1, (17,))
    assert np.linalg.norm(late) == pytest.approx(1.0)


def test_constant_methods_and_the_symmetric_one_leave_nothing_to_tell_units_apart() -> None:
    net = Network.dense((3, 5, 2))
    assert not net.initialise(7, "zeros").vector.any()
    assert all((w == 0.5).all() for w in net.initialise(7, "constant").weights)
    weights = net.initialise(7, "symmetric").weights
    assert all((w == w[:, :1]).all() for w in weights)
    assert weights[0][:, 0] == pytest.approx(oracle("xavier", 7, 0, 1, (3, 5), (3, 5))[:, 0], rel=1e-13)
    assert len(set(weights[0][:, 0])) == 3
    assert len(set(weights[1].ravel())) == 1


def test_symmetric_units_stay_alike_in_a_training_and_drawn_ones_do_not() -> None:
    net = Network.dense((2, 4, 1))
    x = np.random.default_rng(0).normal(size=(20, 2))
    for method, alike in (("symmetric", True), ("xavier", False)):
        recipe = bpgui.Recipe(learning_rate=0.1, epochs=20, optimizer="adam")
        run = bpgui.train(net, net.initialise(1, method), x, x[:, :1] * x[:, 1:], recipe)
        w = run.params.weights[0]
        assert (w == w[:, :1]).all() == alike


@pytest.mark.parametrize("entry", INITIALISERS, ids=name_of)
def test_float32_weights_are_those_of_float64_rounded(entry: Initialiser) -> None:
    net = Network.dense((3, 5, 2))
    single = net.initialise(7, entry.name, "float32")
    assert (single.dtype, single.vector.dtype) == ("float32", np.float32)
    assert bits(single.vector) == bits(net.initialise(7, entry.name).vector.astype(np.float32))


@pytest.mark.parametrize("entry", DRAWN, ids=name_of)
def test_weights_are_the_draws_of_their_places_and_biases_0(entry: Initialiser) -> None:
    cut = np.array([[1, 0], [0, 0], [0, 1]], bool)
    net = Network([Layer(3), Layer(4, "tanh"), Layer(2, "linear")], [(1, 2), (0, 1), Block(0, 2, cut=cut)])
    params = net.initialise(99, entry.name)
    # The fan-in of layer 2 counts both of its blocks.
    assert params.weights[0] == pytest.approx(oracle(entry.name, 99, 1, 2, (4, 2), (7, 2)), rel=1e-13)
    assert params.weights[1] == pytest.approx(oracle(entry.name, 99, 0, 1, (3, 4), (3, 4)), rel=1e-13)
    wanted = np.where(cut, 0.0, oracle(entry.name, 99, 0, 2, (3, 2), (7, 2)))
    assert params.weights[2] == pytest.approx(wanted, rel=1e-13)
    assert not np.concatenate([b for b in params.biases if b is not None]).any()


@pytest.mark.parametrize("entry", DRAWN, ids=name_of)
def test_many_weights_have_the_moments_of_the_distribution(entry: Initialiser) -> None:
    n_in, n_out = 300, 200
    w = Network.dense((n_in, n_out)).initialise(1, entry.name).weights[0].ravel()
    off = 5.0 / math.sqrt(w.size)
    if entry.name in UNIFORM_WITHIN:
        limit = UNIFORM_WITHIN[entry.name](n_in, n_out)
        deviation, kurtosis = limit / math.sqrt(3.0), 9.0 / 5.0
        assert 0.999 * limit < np.abs(w).max() <= limit
    else:
        deviation, kurtosis = NORMAL_WITH[entry.name](n_in, n_out), 3.0
        assert np.abs(w).max() > 3.5 * deviation
    assert abs(w.mean()) < off * deviation
    assert abs(w.var() / deviation**2 - 1.0) < off * math.sqrt(kurtosis - 1.0)
    assert (w**4).mean() / deviation**4 == pytest.approx(kurtosis, rel=0.05)


@pytest.mark.parametrize("entry", [e for e in INITIALISERS if e.name not in ("zeros", "constant")], ids=name_of)
def test_the_same_seed_gives_the_same_bits_and_another_other_weights(entry: Initialiser) -> None:
    net = Network.dense((3, 5, 2))
    first = net.initialise(7, entry.name)
    assert bits(first.vector) == bits(net.initialise(7, entry.name).vector)
    assert bits(first.vector) == bits(Network.dense((3, 5, 2), "relu", "softmax").initialise(7, entry.name).vector)
    assert first.vector[0] != net.initialise(8, entry.name).vector[0]
    assert bits(net.initialise(2**64 - 1, entry.name).vector) != bits(net.initialise(0, entry.name).vector)


@pytest.mark.parametrize("entry", [e for e in INITIALISERS if e.name != "orthogonal"], ids=name_of)
def test_weights_into_single_units_are_those_of_the_whole_layer(entry: Initialiser) -> None:
    net = Network.dense((3, 5, 2))
    whole = net.initialise(7, entry.name).weights[0]
    assert bits(incoming(net, 7, entry.name, 0, 1, range(5))) == bits(whole)
    assert bits(incoming(net, 7, entry.name, 0, 1, (4, 1))) == bits(whole[:, [4, 1]])


def test_other_weights_of_the_same_fans_stay_when_a_network_grows() -> None:
    small = Network.dense((2, 3, 4)).initialise(5, "uniform")
    large = Network.dense((2, 6, 4)).initialise(5, "uniform")
    assert bits(large.weights[0][:, :3]) == bits(small.weights[0])
    assert bits(large.weights[1][:3]) == bits(small.weights[1])


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, "1", None, True])
def test_what_is_no_seed_is_refused(seed: object) -> None:
    with pytest.raises(ValueError, match="a seed is a whole number from 0"):
        Network.dense((2, 1)).initialise(seed)  # type: ignore[arg-type]


def test_an_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown initialiser 'lecunn'; known: xavier, he, lecun, uniform"):
        Network.dense((2, 1)).initialise(0, "lecunn")


def test_the_default_is_seed_0_and_xavier() -> None:
    net = bpgui.Network.dense((2, 3, 1))
    assert bits(net.initialise().vector) == bits(net.initialise(0, "xavier", "float64").vector)
