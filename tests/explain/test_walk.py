"""A walk through one step of learning."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import random_case
from support import examples

from bpgui.explain.walk import GRAINS, PHASES, Walk
from bpgui.network import structure
from bpgui.network.names import weight_key
from bpgui.network.network import Network
from bpgui.project.state import of_builtin


def test_the_article_is_walked_forward_to_the_error_back_and_to_the_update():
    network = of_builtin("article").network
    by_layer = Walk(network, "layer")
    assert [stop.phase for stop in by_layer.stops] == ["forward", "forward", "error", "backward", "backward", "update"]
    assert by_layer.stops[3].title == "gradients of layer 2"
    assert by_layer.place_in_phase(4) == (2, 2)
    by_neuron = Walk(network, "neuron")
    assert [by_neuron.last_of(phase) - by_neuron.first_of(phase) + 1 for phase in PHASES] == [4, 1, 4, 4]
    by_weight = Walk(network, "weight")
    assert [by_weight.last_of(phase) - by_weight.first_of(phase) + 1 for phase in PHASES] == [8, 1, 8, 8]
    assert by_weight.stops[0].title == "x0 → 1·0"


@pytest.mark.parametrize("grain", GRAINS)
def test_a_neuron_that_no_weight_leads_into_is_known_all_the_same(grain):
    network = Network.dense((2, 2, 1), bias=False)
    network = structure.with_mask(network, "cut", [weight_key(network, (0, i), (1, 0)) for i in range(2)], True)
    walk = Walk(network, grain)
    for unit in ((1, 0), (1, 1), (2, 0)):
        assert walk.forward[unit] < walk.error < walk.delta[unit]


@pytest.mark.parametrize("grain", GRAINS)
@examples(200)
@given(seed=st.integers(0, 2**32))
def test_nothing_is_known_before_what_it_is_computed_from(grain, seed):
    network = random_case(seed, samples=1).network
    walk = Walk(network, grain)
    assert [PHASES.index(stop.phase) for stop in walk.stops] == sorted(PHASES.index(stop.phase) for stop in walk.stops)
    for number, block in enumerate(network.blocks):
        for i, j in np.ndindex(network.layers[block.source].units, network.layers[block.target].units):
            index = network.index_of_weight(number, i, j)
            if network.cut[index]:
                assert index not in walk.gradient
                continue
            source, target = (block.source, i), (block.target, j)
            assert walk.forward[target] < walk.error < walk.delta[target]
            assert walk.delta[target] <= walk.gradient[index] < walk.update[index]
            if block.source:
                assert walk.forward[source] <= walk.forward[target]
                assert source not in walk.delta or walk.delta[target] < walk.delta[source]
    assert len(walk.update) == np.count_nonzero(~network.cut)
