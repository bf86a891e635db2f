"""What people call the parts of a network: neurons "layer·index" from 0, connections "1·0 → 2·0", inputs x0, x1."""

from __future__ import annotations

from typing import NamedTuple

from bpgui.network.network import Network


class Place(NamedTuple):
    """The (layer, unit) that an entry of the vector comes from, None for a bias, and the one that it leads to."""

    source: tuple[int, int] | None
    target: tuple[int, int]


def place_of(network: Network, key: int) -> Place:
    """Return where the entry of that key belongs; ValueError where the network does not have it."""
    target = _unit(network, key % 2**31)
    source_id = key // 2**31 - 1
    return Place(None if source_id < 0 else _unit(network, source_id), target)


def weight_key(network: Network, source: tuple[int, int], target: tuple[int, int]) -> int:
    """Return the key of the weight from one (layer, unit) to another."""
    return (_id(network, source) + 1) * 2**31 + _id(network, target)


def bias_key(network: Network, target: tuple[int, int]) -> int:
    """Return the key of the bias of a (layer, unit)."""
    return _id(network, target)


def unit_name(layer: int, unit: int) -> str:
    """Return "x0" for an input, else "layer·index"."""
    return f"x{unit}" if layer == 0 else f"{layer}·{unit}"


def entry_name(network: Network, key: int) -> str:
    """Return the name of a connection or bias."""
    place = place_of(network, key)
    if place.source is None:
        return f"bias of {unit_name(*place.target)}"
    return f"{unit_name(*place.source)} → {unit_name(*place.target)}"


def _id(network: Network, unit: tuple[int, int]) -> int:
    ids = network.layers[unit[0]].unit_ids
    assert ids is not None
    return ids[unit[1]]


def _unit(network: Network, unit_id: int) -> tuple[int, int]:
    found = network.unit_places.get(unit_id)
    if found is None:
        raise ValueError(f"the network has no unit with id {unit_id}")
    return found
