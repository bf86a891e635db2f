"""Other networks made of a network: units and layers added or removed, activations, biases and masks set.

Units that stay keep their ids, so that their weights can be carried over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Block, Layer, Mask, Network


def rebuilt(network: Network, layers: Iterable[Layer], blocks: Iterable[Block]) -> Network:
    """Return a network of these parts whose new ids were never used in ``network``."""
    return Network(tuple(layers), tuple(blocks), network.next_id)


def with_layer_changed(network: Network, index: int, **values: object) -> Network:
    """Return the network with fields of one layer set."""
    layers = list(network.layers)
    layers[index] = replace(layers[index], **values)  # type: ignore[arg-type]  # checked by Layer
    return rebuilt(network, layers, network.blocks)


def with_activation(network: Network, index: int, name: str) -> Network:
    """Return the network with every unit of a layer having that activation."""
    require_not_input(index)
    return with_layer_changed(network, index, activation=name, overrides={})


def with_bias(network: Network, index: int, bias: bool) -> Network:
    """Return the network with or without biases in a layer."""
    require_not_input(index)
    return with_layer_changed(network, index, bias=bias)


def require_not_input(index: int) -> None:
    """Refuse the input layer, which has neither activation nor bias."""
    if index == 0:
        raise ValueError("the input layer has no activation and no bias; its values are the data")


def with_units(network: Network, index: int, units: int) -> Network:
    """Return the network with that many units in a layer: new ones at its end, or the last ones gone."""
    layer = network.layers[index]
    if units <= layer.units:
        return without_units(network, index, range(units, layer.units))
    added = units - layer.units
    assert layer.unit_ids is not None
    ids = (*layer.unit_ids, *range(network.next_id, network.next_id + added))
    frozen = None if layer.frozen_bias is None else np.append(layer.frozen_bias, np.zeros(added, np.bool_))
    larger = replace(layer, units=units, unit_ids=ids, frozen_bias=frozen)
    return _with_layer_and_masks(network, index, larger, lambda mask, axis: _padded(mask, axis, added))


def with_unit_order(network: Network, index: int, order: Sequence[int]) -> Network:
    """Return the network with the units of a layer in another order, each with its weights; no unit may be left out."""
    layer = network.layers[index]
    if sorted(order) != list(range(layer.units)):
        raise ValueError(f"{list(order)} is no order of the units 0 to {layer.units - 1}")
    assert layer.unit_ids is not None
    reordered = replace(
        layer,
        unit_ids=tuple(layer.unit_ids[unit] for unit in order),
        overrides={place: layer.overrides[unit] for place, unit in enumerate(order) if unit in layer.overrides},
        frozen_bias=None if layer.frozen_bias is None else layer.frozen_bias[list(order)],
    )
    return _with_layer_and_masks(network, index, reordered, lambda mask, axis: np.take(mask, list(order), axis))


def without_units(network: Network, index: int, units: Iterable[int]) -> Network:
    """Return the network without these units of a layer; ValueError where none would be left."""
    layer = network.layers[index]
    gone = set(units)
    kept = [unit for unit in range(layer.units) if unit not in gone]
    if not kept:
        raise ValueError(f"layer {index} needs at least one neuron")
    assert layer.unit_ids is not None
    smaller = replace(
        layer,
        units=len(kept),
        unit_ids=tuple(layer.unit_ids[unit] for unit in kept),
        overrides={kept.index(unit): name for unit, name in layer.overrides.items() if unit in kept},
        frozen_bias=None if layer.frozen_bias is None else layer.frozen_bias[kept],
    )
    return _with_layer_and_masks(network, index, smaller, lambda mask, axis: np.take(mask, kept, axis))


def _with_layer_and_masks(
    network: Network, index: int, layer: Layer, fit: Callable[[NDArray[np.bool_], int], NDArray[np.bool_]]
) -> Network:
    """Put a resized layer in and fit the masks of the blocks that touch it."""
    blocks = []
    for block in network.blocks:
        for axis, end in enumerate((block.source, block.target)):
            if end == index:
                cut, frozen = (None if mask is None else fit(mask, axis) for mask in (block.cut, block.frozen))
                block = replace(block, cut=cut, frozen=frozen)
        blocks.append(block)
    layers = [layer if i == index else other for i, other in enumerate(network.layers)]
    return rebuilt(network, layers, blocks)


def _padded(mask: Mask, axis: int, added: int) -> Mask:
    return np.pad(mask, [(0, added if axis == 0 else 0), (0, added if axis == 1 else 0)])


def with_layer_before(network: Network, index: int, layer: Layer) -> Network:
    """Return the network with a new layer before layer ``index``, in place of the block that leads there from the one
    before; other blocks stay, as skip connections where they pass it by. Masks of the replaced block go to the block
    out of the new layer where that is as wide as the one before."""
    if not 1 <= index < len(network.layers):
        raise ValueError(f"a new layer goes before one of the layers 1 to {len(network.layers) - 1}, not {index}")
    blocks: list[Block] = []
    for block in network.blocks:
        source, target = (end + (end >= index) for end in (block.source, block.target))
        if (block.source, block.target) != (index - 1, index):
            blocks.append(replace(block, source=source, target=target))
        else:
            same_width = layer.units == network.layers[index - 1].units
            out = replace(block, source=index, target=index + 1)
            blocks += [Block(index - 1, index), out if same_width else replace(out, cut=None, frozen=None)]
    if not any(block.target == index for block in blocks):
        blocks += [Block(index - 1, index), Block(index, index + 1)]
    return rebuilt(network, [*network.layers[:index], layer, *network.layers[index:]], blocks)


def without_layer(network: Network, index: int) -> Network:
    """Return the network without a hidden layer; a layer that loses its last block is joined to the one before."""
    if not 0 < index < len(network.layers) - 1:
        raise ValueError("only hidden layers can be removed; the input and output layers belong to the data")
    blocks = [
        replace(block, source=block.source - (block.source > index), target=block.target - (block.target > index))
        for block in network.blocks
        if index not in (block.source, block.target)
    ]
    for target in range(index, len(network.layers) - 1):
        if all(block.target != target for block in blocks):
            blocks.append(Block(target - 1, target))
    layers = [layer for i, layer in enumerate(network.layers) if i != index]
    return rebuilt(network, layers, blocks)


def with_mask(network: Network, name: str, keys: Iterable[int], value: bool) -> Network:
    """Return the network with connections cut, or entries frozen, or no longer so; ``name`` is "cut" or "frozen"."""
    wanted = np.array(sorted(keys), np.int64)
    places = np.flatnonzero(np.isin(network.keys, wanted))
    if places.size < wanted.size:
        raise ValueError(f"something to be {name} or no longer so does not exist in the network")
    if name == "cut" and places.size and places[-1] >= network.weight_count:
        raise ValueError("a bias cannot be cut; set it to 0 or take the layer's biases away")
    mask = np.array(network.cut if name == "cut" else network.frozen)
    mask[places] = value
    blocks = []
    for block, place in zip(network.blocks, network.weight_slices, strict=True):
        shape = network.layers[block.source].units, network.layers[block.target].units
        fitted = mask[place].reshape(shape)
        blocks.append(replace(block, cut=fitted) if name == "cut" else replace(block, frozen=fitted))
    if name == "cut":
        return rebuilt(network, network.layers, blocks)
    layers = [
        layer if place is None else replace(layer, frozen_bias=mask[place])
        for layer, place in zip(network.layers, (None, *network.bias_slices), strict=True)
    ]
    return rebuilt(network, layers, blocks)


def with_connection(network: Network, source: tuple[int, int], target: tuple[int, int]) -> Network:
    """Return the network with a connection between two (layer, unit) whose layers no block joins yet: a new block, in
    which every other connection is cut."""
    if source[0] >= target[0]:
        raise ValueError("a connection leads from one layer to a later one")
    cut = np.ones((network.layers[source[0]].units, network.layers[target[0]].units), np.bool_)
    cut[source[1], target[1]] = False
    return rebuilt(network, network.layers, [*network.blocks, Block(source[0], target[0], cut)])
