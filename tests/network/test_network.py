"""The network as a value: what it says of itself, what is equal, what cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import plain
from oracle.networks import ELEMENTWISE, random_case, random_network
from support import distance, examples

import bpgui
from bpgui import Block, Layer, Network
from bpgui.network.parameters import carry_over, places


def skipping() -> Network:
    """2-3-2 with a block that skips the hidden layer, given before the one that does not."""
    layers = [Layer(2), Layer(3, "tanh"), Layer(2, "linear", bias=False)]
    return Network(layers, [(0, 2), (0, 1), Block(1, 2, cut=[[0, 1], [0, 0], [1, 0]], frozen=[[0, 0], [1, 0], [1, 0]])])


def test_dense_is_the_layered_network() -> None:
    net = Network.dense((2, 8, 4, 1), activation="relu", output="sigmoid", bias=False)
    assert net.sizes == (2, 8, 4, 1)
    assert [layer.activation for layer in net.layers] == [None, "relu", "relu", "sigmoid"]
    assert [(block.source, block.target) for block in net.blocks] == [(0, 1), (1, 2), (2, 3)]
    assert (net.inputs, net.outputs, net.parameter_count) == (2, 1, 16 + 32 + 4)
    assert Network.dense((2, 8, 4, 1)).parameter_count == 52 + 13
    assert Network.dense((2, 3, 1)).layers[1].activation == "tanh"
    assert Network.dense((2, 3, 1)).layers[2].activation == "linear"


def test_the_vector_holds_the_blocks_in_their_order_and_then_the_biases() -> None:
    net = skipping()
    params = bpgui.Parameters(net, np.arange(1.0, 20.0)[: net.parameter_count])
    assert net.parameter_count == 4 + 6 + 6 + 3
    assert [w.shape for w in params.weights] == [(2, 2), (2, 3), (3, 2)]
    assert params.weights[0].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert params.weights[1].tolist() == [[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]]
    assert params.weights[2].tolist() == [[11.0, 0.0], [13.0, 14.0], [0.0, 16.0]]
    assert params.biases[0] is not None
    assert params.biases[0].tolist() == [17.0, 18.0, 19.0]
    assert params.biases[1] is None
    assert net.weight_count == 16
    assert net.index_of_weight(2, 1, 1) == 13
    assert net.index_of_bias(1, 2) == 18
    assert net.index_of_bias(2, 0) is None
    assert net.index_of_bias(0, 0) is None


def test_views_write_into_the_vector_and_copies_do_not() -> None:
    params = skipping().initialise(1)
    copy = params.copy()
    params.weights[1][1, 2] = 7.0
    assert params.biases[0] is not None
    params.biases[0][1] = -7.0
    assert params.vector[9] == 7.0
    assert params.vector[17] == -7.0
    assert copy.vector[9] != 7.0
    given = np.zeros(19)
    bpgui.Parameters(params.network, given).vector[0] = 1.0
    assert given[0] == 0.0


@examples(1000)
@given(st.integers(0, 2**32))
def test_outputs_of_any_network_are_those_of_plain_numpy(seed: int) -> None:
    case = random_case(seed)
    p = plain.forward(case.network, case.params.vector, case.x)
    assert distance(bpgui.predict(case.network, case.params, case.x), p.a[-1]) < 1e-12


def test_each_output_is_its_own_sum_of_the_blocks_in_their_order() -> None:
    net = Network([Layer(1), Layer(1, "linear"), Layer(1, "linear")], [(1, 2), (0, 1), (0, 2)])
    params = bpgui.Parameters(net, [1.0, 1.0, 1e17, 3.0, -1e17])
    # ((-1e17 + a1) + 1e17 x): the bias first, then the block from layer 1, then the one from layer 0.
    assert bpgui.predict(net, params, [[1.0]])[0, 0] == (-1e17 + 4.0) + 1e17


def test_masks_are_read_only_copies_over_the_whole_vector() -> None:
    mask = np.zeros((3, 2), bool)
    mask[0, 1] = True
    layers = [Layer(3), Layer(2, "tanh", frozen_bias=np.array([False, True]))]
    net = Network(layers, [Block(0, 1, cut=mask, frozen=~mask)])
    mask[:] = True
    assert np.flatnonzero(net.cut).tolist() == [1]
    assert np.flatnonzero(net.frozen).tolist() == [0, 2, 3, 4, 5, 7]
    for array in (net.cut, net.frozen, net.keys, net.blocks[0].cut, net.layers[1].frozen_bias):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[0]


def test_masks_that_mask_nothing_are_none() -> None:
    net = Network(
        [Layer(2), Layer(1, "tanh", frozen_bias=np.zeros(1, bool))],
        [Block(0, 1, cut=np.zeros((2, 1), bool), frozen=np.zeros((2, 1), bool))],
    )
    assert (net.blocks[0].cut, net.blocks[0].frozen, net.layers[1].frozen_bias) == (None, None, None)
    assert net == Network.dense((2, 1), output="tanh")


def changed(**layer: Any) -> Network:
    return Network([Layer(2), Layer(3, **{"activation": "tanh", **layer}), Layer(1, "linear")], [(0, 1), (1, 2)])


def test_equality_sees_everything_and_nothing_else() -> None:
    assert changed() == changed()
    assert changed() == Network.dense((2, 3, 1))
    assert changed(overrides={1: "tanh"}) == changed()
    others = [
        changed(activation="relu"),
        changed(bias=False),
        changed(overrides={1: "relu"}),
        changed(frozen_bias=np.array([True, False, False])),
        changed(id=77),
        changed(unit_ids=(91, 92, 93)),
        Network.dense((2, 4, 1)),
        Network(changed().layers, [(0, 1), (1, 2), (0, 2)]),
        Network(changed().layers, [(1, 2), (0, 1)]),
        Network(changed().layers, [(0, 1), Block(1, 2, cut=[[1], [0], [0]])]),
        Network(changed().layers, [(0, 1), Block(1, 2, frozen=[[1], [0], [0]])]),
    ]
    for i, other in enumerate(others):
        assert other != changed()
        assert all(other != another for another in others[:i])
    assert changed() != "a network"
    with pytest.raises(TypeError, match="unhashable"):
        hash(changed())


@examples(400)
@given(st.integers(0, 2**32))
def test_every_unit_and_layer_has_an_id_of_its_own_and_every_parameter_a_key(seed: int) -> None:
    net = random_network(np.random.default_rng(seed), "tanh")
    ids = [i for layer in net.layers for i in (layer.id, *(layer.unit_ids or ()))]
    assert len(set(ids)) == len(ids)
    assert max(i for i in ids if i is not None) < net.next_id
    assert np.unique(net.keys).size == net.parameter_count
    again = Network(net.layers, net.blocks, net.next_id)
    assert again == net
    assert (again.keys == net.keys).all()
    order = np.random.default_rng(seed).permutation(net.parameter_count)
    assert places(net, net.keys[order]).tolist() == order.tolist()
    assert places(net, np.array([-1, 2**62])).tolist() == [-1, -1]


def ids_of(layer: Layer) -> set[int | None]:
    return {layer.id, *(layer.unit_ids or ())}


def test_new_layers_never_get_an_id_that_was_used_before() -> None:
    net = Network.dense((2, 3, 1))
    fewer = Network(net.layers[:2], [(0, 1)], net.next_id)
    more = Network([*fewer.layers, Layer(1, "tanh")], [(0, 1), (1, 2)], fewer.next_id)
    assert not ids_of(net.layers[2]) & ids_of(more.layers[2])


@examples(400)
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_carrying_over_keeps_what_has_the_same_key_and_gives_0_to_the_rest(one: int, other: int) -> None:
    a = random_network(np.random.default_rng(one), "tanh")
    b = random_network(np.random.default_rng(other), "tanh")
    rows = np.random.default_rng(one).normal(size=(3, a.parameter_count))
    carried = carry_over(rows, a, b)
    by_key = {int(key): rows[:, i] for i, key in enumerate(a.keys)}
    for i, key in enumerate(b.keys):
        assert (carried[:, i] == by_key.get(int(key), 0.0)).all()


def test_a_network_says_what_it_is() -> None:
    assert repr(Network.dense((2, 8, 1))) == "Network(2-8-1, tanh linear)"
    assert repr(Network.dense((2, 8, 1)).initialise()) == "Parameters(Network(2-8-1, tanh linear), 33 values)"
    assert changed(overrides={1: "relu"}).output_activations == {"linear"}
    assert changed().layers[1].activation_of(0) == "tanh"
    assert changed(overrides={1: "relu"}).layers[1].activation_of(1) == "relu"
    assert changed().layers[0].activation_of(0) == "linear"


WRONG: list[tuple[str, Any, str]] = [
    ("no units", lambda: Layer(0), "1 to 100,000 units, got 0"),
    ("negative units", lambda: Layer(-3), "got -3"),
    ("too many units", lambda: Layer(100_001), "got 100001"),
    ("half a unit", lambda: Layer(2.5), "whole number of units, got 2.5"),  # type: ignore[arg-type]
    ("true units", lambda: Layer(True), "whole number of units, got True"),
    ("text units", lambda: Layer("2"), "whole number of units, got '2'"),  # type: ignore[arg-type]
    ("no units in dense", lambda: Network.dense((2, 0, 1)), "got 0"),
    ("unknown activation", lambda: Layer(2, "rleu"), "'rleu'; known: linear, .*, softmax"),
    ("unknown activation in dense", lambda: Network.dense((2, 1), output="soft"), "unknown activation 'soft'; known: "),
    ("unknown override", lambda: Layer(2, "tanh", overrides={0: "x"}), "unknown activation 'x'; known: "),
    ("override outside", lambda: Layer(2, "tanh", overrides={2: "relu"}), "unit 2, but the layer has units 0 to 1"),
    ("override to softmax", lambda: Layer(2, "tanh", overrides={0: "softmax"}), "unit 0 cannot be 'softmax'"),
    ("override in softmax", lambda: Layer(2, "softmax", overrides={0: "tanh"}), "in a layer that is 'softmax'"),
    ("frozen_bias", lambda: Layer(2, "tanh", frozen_bias=np.zeros(3)), r"frozen_bias has shape \(3,\), wanted \(2,\)"),
    ("unit ids", lambda: Layer(2, "tanh", unit_ids=(1, 2, 3)), "3 unit ids for 2 units"),
    ("one layer", lambda: Network([Layer(2)], []), "got 1 layers"),
    ("one size", lambda: Network.dense((2,)), r"got sizes \(2,\)"),
    ("no activation", lambda: Network([Layer(2), Layer(1)], [(0, 1)]), "layer 1 needs an activation"),
    ("no block", lambda: Network([Layer(2), Layer(1, "tanh")], []), "no block leads to layer 1"),
    (
        "a layer without a block",
        lambda: Network([Layer(2), Layer(3, "tanh"), Layer(1, "tanh")], [(0, 2)]),
        "no block leads to layer 1",
    ),
    ("backwards", lambda: Network(Network.dense((2, 3, 1)).layers, [(0, 1), (2, 1)]), "from layer 2 to layer 1"),
    ("to itself", lambda: Network(Network.dense((2, 3, 1)).layers, [(0, 1), (1, 1)]), "from layer 1 to layer 1"),
    ("beyond", lambda: Network(Network.dense((2, 3, 1)).layers, [(0, 1), (1, 3)]), "from layer 1 to layer 3"),
    ("before", lambda: Network(Network.dense((2, 3, 1)).layers, [(-1, 1), (1, 2)]), "from layer -1 to layer 1"),
    ("twice", lambda: Network(Network.dense((2, 1)).layers, [(0, 1), (0, 1)]), "two blocks lead from layer 0 to"),
    (
        "cut of another shape",
        lambda: Network(Network.dense((2, 1)).layers, [Block(0, 1, cut=np.zeros((1, 2), bool))]),
        r"cut of block \(0, 1\) has shape \(1, 2\), wanted \(2, 1\)",
    ),
    (
        "frozen of another shape",
        lambda: Network(Network.dense((2, 1)).layers, [Block(0, 1, frozen=np.zeros(2, bool))]),
        r"frozen of block \(0, 1\) has shape \(2,\), wanted \(2, 1\)",
    ),
    (
        "a mask of other numbers",
        lambda: Network(Network.dense((2, 1)).layers, [Block(0, 1, cut=np.array([[0.5], [1.0]]))]),
        "other values than true and false",
    ),
    ("too many parameters", lambda: Network.dense((10_000, 10_000)), "100,010,000 parameters; at most 50,000,000"),
    ("an id twice", lambda: Network([Layer(1, id=3), Layer(1, "tanh", id=3)], [(0, 1)]), "same id"),
    ("an id too large", lambda: Network([Layer(1, id=2**31), Layer(1, "tanh")], [(0, 1)]), "leave no room"),
    ("another dtype", lambda: Network.dense((2, 1)).initialise(dtype="float16"), "float64 or float32, got 'float16'"),
    ("a vector too short", lambda: bpgui.Parameters(Network.dense((2, 1)), [1.0]), r"shape \(1,\).*\(3,\)"),
    ("a matrix", lambda: bpgui.Parameters(Network.dense((2, 1)), np.zeros((3, 1))), r"shape \(3, 1\).*\(3,\)"),
    ("NaN", lambda: bpgui.Parameters(Network.dense((2, 1)), [1.0, np.nan, 0.0]), "parameter 1 is nan"),
    ("infinity", lambda: bpgui.Parameters(Network.dense((2, 1)), [1.0, 0.0, np.inf]), "parameter 2 is inf"),
]


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_what_cannot_be_is_refused_by_name(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_every_elementwise_activation_may_stand_beside_every_other() -> None:
    for one in ELEMENTWISE:
        net = Network([Layer(1), Layer(len(ELEMENTWISE), one, overrides=dict(enumerate(ELEMENTWISE)))], [(0, 1)])
        assert [net.layers[1].activation_of(i) for i in range(len(ELEMENTWISE))] == ELEMENTWISE
        assert net.output_activations == set(ELEMENTWISE)
