"""What is selected, for the whole window: neurons, connections and biases, or a layer. Knows no Qt.

Things are named by ids that edits of the network do not change, so that a selection lives as long as what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.network.names import place_of
from bpgui.network.network import Network

Kind = Literal["entry", "neuron", "layer"]


class Item(NamedTuple):
    """One thing: a connection or bias by its key (see Network.keys), a neuron by its unit id, a layer by its id."""

    kind: Kind
    id: int


@dataclass(frozen=True)
class Selection:
    """Things in the order in which they were selected. The last is the one that is shown and edited."""

    items: tuple[Item, ...] = ()

    @classmethod
    def of(cls, kind: Kind, *ids: int) -> Selection:
        """Return the selection of these."""
        return cls(tuple(Item(kind, each) for each in ids))

    @property
    def last(self) -> Item | None:
        """The present item, None while nothing is selected."""
        return self.items[-1] if self.items else None

    @property
    def key(self) -> int | None:
        """The key of the present connection or bias, None where it is something else."""
        return self.last.id if self.last is not None and self.last.kind == "entry" else None

    @property
    def keys(self) -> tuple[int, ...]:
        """The connections and biases."""
        return tuple(item.id for item in self.items if item.kind == "entry")

    @property
    def neurons(self) -> tuple[int, ...]:
        """The unit ids of the neurons."""
        return tuple(item.id for item in self.items if item.kind == "neuron")

    def toggled(self, item: Item) -> Selection:
        """Return the selection with that item too, or without it."""
        others = tuple(each for each in self.items if each != item)
        return Selection(others if len(others) < len(self.items) else (*others, item))

    def within(self, network: Network) -> Selection:
        """Return what of it a network has."""
        return Selection(tuple(item for item in self.items if exists(network, item)))

    def entries(self, network: Network) -> NDArray[np.bool_]:
        """Return which parameters are selected, (P,): of a neuron its bias and what leads into it."""
        wanted = list(self.neurons)
        for item in self.items:
            if item.kind == "layer":
                wanted += network.layers[layer_place(network, item.id)].unit_ids or ()
        found = np.isin(network.keys, self.keys)
        return found | np.isin(network.keys % 2**31, wanted) if wanted else found


def exists(network: Network, item: Item) -> bool:
    """Whether a network has such a thing."""
    if item.kind == "layer":
        return any(layer.id == item.id for layer in network.layers)
    if item.kind == "neuron":
        return any(item.id in (layer.unit_ids or ()) for layer in network.layers)
    return bool((network.keys == item.id).any())


def layer_place(network: Network, layer_id: int) -> int:
    """Return where the layer of that id stands; ValueError where the network does not have it."""
    for index, layer in enumerate(network.layers):
        if layer.id == layer_id:
            return index
    raise ValueError(f"the network has no layer with id {layer_id}")


def layers_of(network: Network, items: Iterable[Item]) -> list[int]:
    """Return the layers that these belong to; a connection belongs to the one that it leads to."""
    found = set()
    for item in items:
        if item.kind == "layer":
            found.add(layer_place(network, item.id))
        else:
            found.add(place_of(network, item.id % 2**31).target[0])
    return sorted(found)
