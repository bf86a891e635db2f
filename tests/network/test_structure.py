"""Networks made of networks: what stays keeps its ids and masks, and what goes, goes whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import random_network
from support import examples

from bpgui.network import structure
from bpgui.network.network import Block, Layer, Network

SEEDS = st.integers(0, 2**32)


def masked(net: Network) -> dict[int, tuple[bool, bool]]:
    """(cut, frozen) of each entry by its key."""
    return {int(k): (bool(c), bool(f)) for k, c, f in zip(net.keys, net.cut, net.frozen, strict=True)}


def random_edit(net: Network, rng: np.random.Generator) -> Network:
    """Any of the edits of units, activations and biases, somewhere."""
    index = int(rng.integers(1, len(net.layers)))
    units = net.layers[index].units
    edits: list[Callable[[], Network]] = [
        lambda: structure.with_units(net, index, int(rng.integers(1, 7))),
        lambda: structure.with_units(net, 0, int(rng.integers(1, 7))),
        lambda: structure.without_units(net, index, rng.choice(units, int(rng.integers(0, units)), replace=False)),
        lambda: structure.with_bias(net, index, not net.layers[index].bias),
        lambda: structure.with_activation(net, index, str(rng.choice(["tanh", "relu", "softmax"]))),
    ]
    return edits[int(rng.integers(len(edits)))]()


@examples(1000)
@given(SEEDS)
def test_what_survives_an_edit_keeps_key_order_and_masks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, "tanh")
    new = random_edit(net, rng)
    before, after = masked(net), masked(new)
    shared = [key for key in net.keys.tolist() if key in after]
    assert shared == [key for key in new.keys.tolist() if key in before]
    assert all(before[key] == after[key] for key in shared)
    assert all(after[key] == (False, False) for key in after.keys() - before.keys())
    old_ids = {i for layer in net.layers for i in layer.unit_ids or ()}
    new_ids = [i for layer in new.layers for i in layer.unit_ids or ()]
    assert all(i in old_ids or i >= net.next_id for i in new_ids)


def test_more_units_come_at_the_end_and_the_last_go_first() -> None:
    net = Network.dense((2, 3, 1))
    more = structure.with_units(net, 1, 5)
    assert more.sizes == (2, 5, 1)
    assert more.layers[1].unit_ids is not None
    assert net.layers[1].unit_ids is not None
    assert more.layers[1].unit_ids[:3] == net.layers[1].unit_ids
    assert structure.with_units(more, 1, 3).layers == net.layers
    assert structure.with_units(net, 1, 3) == net
    assert structure.with_units(net, 1, 2).layers[1].unit_ids == net.layers[1].unit_ids[:2]


def test_units_that_come_after_others_went_are_others() -> None:
    net = Network.dense((2, 3, 4))
    again = structure.with_units(structure.with_units(net, 2, 1), 2, 4)
    assert again.layers[2].unit_ids is not None
    assert net.layers[2].unit_ids is not None
    assert again.layers[2].unit_ids[0] == net.layers[2].unit_ids[0]
    assert not set(again.layers[2].unit_ids[1:]) & set(net.layers[2].unit_ids)


def test_units_taken_out_take_their_overrides_and_masks_along() -> None:
    hidden = Layer(4, "tanh", overrides={1: "relu", 3: "sigmoid"}, frozen_bias=np.array([1, 0, 0, 1]))
    layers = [Layer(2), hidden, Layer(1, "tanh")]
    cut = np.array([[0, 0, 1, 1], [1, 0, 0, 1]])
    net = Network(layers, [Block(0, 1, cut=cut), Block(1, 2, frozen=[[0], [1], [0], [1]])])
    new = structure.without_units(net, 1, [0, 2])
    assert new.layers[1].overrides == {0: "relu", 1: "sigmoid"}
    assert new.layers[1].frozen_bias is not None
    assert new.layers[1].frozen_bias.tolist() == [False, True]
    assert new.blocks[0].cut is not None
    assert new.blocks[0].cut.tolist() == [[False, True], [False, True]]
    assert new.blocks[1].frozen is not None
    assert new.blocks[1].frozen.tolist() == [[True], [True]]


@pytest.mark.parametrize("units", [0, -1])
def test_a_layer_keeps_at_least_one_unit(units: int) -> None:
    with pytest.raises(ValueError, match="layer 1 needs at least one neuron"):
        structure.with_units(Network.dense((2, 3, 1)), 1, units)
    with pytest.raises(ValueError, match="layer 1 needs at least one neuron"):
        structure.without_units(Network.dense((2, 3, 1)), 1, range(3))


def test_a_new_layer_takes_the_place_of_the_block_it_is_put_into() -> None:
    net = Network([*Network.dense((2, 3, 1)).layers], [(0, 1), (1, 2), (0, 2)])
    new = structure.with_layer_before(net, 2, Layer(4, "relu"))
    assert new.sizes == (2, 3, 4, 1)
    assert [(b.source, b.target) for b in new.blocks] == [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert [layer.id for layer in (new.layers[0], new.layers[1], new.layers[3])] == [layer.id for layer in net.layers]
    assert structure.with_layer_before(net, 1, Layer(4, "relu")).sizes == (2, 4, 3, 1)


def test_a_new_layer_is_joined_where_only_skips_led() -> None:
    net = Network([Layer(2), Layer(3, "tanh"), Layer(1, "tanh")], [(0, 1), (0, 2)])
    new = structure.with_layer_before(net, 2, Layer(4, "relu"))
    assert {(b.source, b.target) for b in new.blocks} == {(0, 1), (0, 3), (1, 2), (2, 3)}


def test_a_layer_taken_out_leaves_no_layer_without_a_block() -> None:
    net = Network.dense((2, 3, 4, 1))
    new = structure.without_layer(net, 1)
    assert new.sizes == (2, 4, 1)
    assert [(b.source, b.target) for b in new.blocks] == [(1, 2), (0, 1)]
    skip = Network(net.layers, [(0, 1), (1, 2), (2, 3), (0, 2)])
    assert [(b.source, b.target) for b in structure.without_layer(skip, 1).blocks] == [(1, 2), (0, 1)]
    assert structure.without_layer(structure.without_layer(net, 1), 1).sizes == (2, 1)


@examples(600)
@given(SEEDS)
def test_layers_put_in_and_taken_out_anywhere_leave_a_network(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, "tanh")
    index = int(rng.integers(1, len(net.layers)))
    more = structure.with_layer_before(net, index, Layer(int(rng.integers(1, 5)), "tanh"))
    assert len(more.layers) == len(net.layers) + 1
    assert [layer for i, layer in enumerate(more.layers) if i != index] == list(net.layers)
    less = structure.without_layer(more, index)
    assert less.layers == net.layers
    # The block that the layer was put into went with it; it comes back only where the next layer would have none.
    kept = {(b.source, b.target) for b in net.blocks} - {(index - 1, index)}
    assert kept <= {(b.source, b.target) for b in less.blocks} <= kept | {(index - 1, index)}


@pytest.mark.parametrize("index", [0, 2, 3, -1])
def test_input_and_output_stay(index: int) -> None:
    with pytest.raises(ValueError, match="only hidden layers"):
        structure.without_layer(Network.dense((2, 3, 1)), index)


@pytest.mark.parametrize("index", [0, 3, -1])
def test_a_new_layer_goes_between_two(index: int) -> None:
    with pytest.raises(ValueError, match=f"layers 1 to 2, not {index}"):
        structure.with_layer_before(Network.dense((2, 3, 1)), index, Layer(2, "tanh"))


def test_the_input_has_neither_activation_nor_bias_to_set() -> None:
    for edit in (structure.with_activation, structure.with_bias):
        with pytest.raises(ValueError, match="input layer has no activation and no bias"):
            edit(Network.dense((2, 1)), 0, "tanh")  # type: ignore[arg-type]


def test_another_activation_replaces_those_of_single_units() -> None:
    net = Network([Layer(2), Layer(2, "tanh", overrides={0: "relu"})], [(0, 1)])
    assert structure.with_activation(net, 1, "softmax").output_activations == {"softmax"}


@examples(600)
@given(SEEDS)
def test_masks_are_set_by_key_and_taken_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, "tanh")
    name = str(rng.choice(["cut", "frozen"]))
    keys = [int(key) for key in net.keys[: net.weight_count] if rng.random() < 0.4]
    for value in (True, False):
        new = structure.with_mask(net, name, keys, value)
        before, after = masked(net), masked(new)
        assert after.keys() == before.keys()
        at = ("cut", "frozen").index(name)
        for key in before:
            assert after[key][at] == (value if key in keys else before[key][at])
            assert after[key][1 - at] == before[key][1 - at]


def test_a_connection_that_is_not_there_and_a_bias_cannot_be_cut() -> None:
    net = Network.dense((2, 1))
    with pytest.raises(ValueError, match="does not exist"):
        structure.with_mask(net, "cut", [int(net.keys[0]), 5], True)
    with pytest.raises(ValueError, match="a bias cannot be cut"):
        structure.with_mask(net, "cut", [int(net.keys[-1])], True)
