"""What people call the parts of a network leads to them and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import random_network
from support import examples

from bpgui.network.names import Place, bias_key, entry_name, place_of, unit_name, weight_key
from bpgui.network.network import Network


@examples(400)
@given(st.integers(0, 2**32))
def test_every_key_leads_to_its_place_and_back(seed: int) -> None:
    net = random_network(np.random.default_rng(seed), "tanh")
    wanted = []
    for block in net.blocks:
        for i in range(net.layers[block.source].units):
            for j in range(net.layers[block.target].units):
                wanted.append(Place((block.source, i), (block.target, j)))
    for index, layer in enumerate(net.layers):
        if index and layer.bias:
            wanted += [Place(None, (index, j)) for j in range(layer.units)]
    assert [place_of(net, int(key)) for key in net.keys] == wanted
    back = [bias_key(net, p.target) if p.source is None else weight_key(net, p.source, p.target) for p in wanted]
    assert back == net.keys.tolist()


def test_neurons_are_layer_dot_index_and_inputs_x() -> None:
    net = Network.dense((2, 3, 1))
    assert (unit_name(0, 1), unit_name(2, 0)) == ("x1", "2·0")
    assert entry_name(net, weight_key(net, (0, 1), (1, 2))) == "x1 → 1·2"
    assert entry_name(net, weight_key(net, (1, 2), (2, 0))) == "1·2 → 2·0"
    assert entry_name(net, bias_key(net, (1, 0))) == "bias of 1·0"


def test_a_key_of_another_network_is_refused() -> None:
    with pytest.raises(ValueError, match="no unit with id"):
        place_of(Network.dense((2, 1)), int(Network.dense((2, 30, 1)).keys[-1]))
