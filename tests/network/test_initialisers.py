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
NORMAL_WITH = {"he": lambda i, o: math.sqrt(2.0 / i)}  # noqa: ARG005  (one signature for all)


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


def test_every_method_has_its_distribution_here() -> None:
    assert {entry.name for entry in INITIALISERS} == UNIFORM_WITHIN.keys() | NORMAL_WITH.keys()


@pytest.mark.parametrize("entry", INITIALISERS, ids=name_of)
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


@pytest.mark.parametrize("entry", INITIALISERS, ids=name_of)
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


@pytest.mark.parametrize("entry", INITIALISERS, ids=name_of)
def test_the_same_seed_gives_the_same_bits_and_another_other_weights(entry: Initialiser) -> None:
    net = Network.dense((3, 5, 2))
    first = net.initialise(7, entry.name)
    assert bits(first.vector) == bits(net.initialise(7, entry.name).vector)
    assert bits(first.vector) == bits(Network.dense((3, 5, 2), "relu", "softmax").initialise(7, entry.name).vector)
    assert first.vector[0] != net.initialise(8, entry.name).vector[0]
    assert bits(net.initialise(2**64 - 1, entry.name).vector) != bits(net.initialise(0, entry.name).vector)


@pytest.mark.parametrize("entry", INITIALISERS, ids=name_of)
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
    with pytest.raises(ValueError, match="unknown initialiser 'lecun'; known: xavier, he, uniform"):
        Network.dense((2, 1)).initialise(0, "lecun")


def test_the_default_is_seed_0_and_xavier() -> None:
    net = bpgui.Network.dense((2, 3, 1))
    assert bits(net.initialise().vector) == bits(net.initialise(0, "xavier", "float64").vector)
