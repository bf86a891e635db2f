"""What is drawn where, of one network on a canvas of one size; answers what lies under the pointer. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.gui.canvas.curves import Curves
from bpgui.gui.canvas.edges import Edges
from bpgui.gui.canvas.layout import HEADER, LEGEND, View, arrange
from bpgui.gui.selection import Item
from bpgui.network.names import Place, bias_key, place_of
from bpgui.network.network import Network
from bpgui.network.parameters import places

Floats = NDArray[np.floating[Any]]

BIAS_RADIUS = 3.8
_BIAS_HIT = 8.0  # radius within which the pointer is on a bias


def bare(network: Network, remembered: Mapping[int, float]) -> NDArray[np.bool_]:
    """Which cut connections are not drawn: those past a layer that never had a weight, (P,) bool.

    A block that was made for one connection past a layer has all others cut.
    """
    result = np.zeros(network.parameter_count, np.bool_)
    for block, place in zip(network.blocks, network.weight_slices, strict=True):
        if block.target > block.source + 1 and block.cut is not None:
            kept = [remembered.get(key, 0.0) != 0.0 for key in network.keys[place].tolist()]
            result[place] = network.cut[place] & ~np.array(kept)
    return result


class Mark(NamedTuple):
    """One mark: its layer and its place in the column."""

    layer: int
    mark: int


class Scene:
    """A network laid out on a canvas, with the weights that it shows."""

    def __init__(
        self,
        network: Network,
        vector: Floats,
        size: tuple[float, float],
        view: View,
        remembered: Mapping[int, float] | None = None,
    ) -> None:
        self.network = network
        self.width, self.height = size
        self.columns = arrange(network, *size, view)
        self.curves = Curves.of(network, self.columns)
        self._bare = bare(network, remembered or {})
        self.show(vector)

    def show(self, vector: Floats, drawn: Floats | None = None, least: float = 0.0) -> None:
        """Take these parameters, (P,), from now on.

        ``drawn`` (P,) is what the picture shows of each, the value itself or another figure; connections whose figure
        is smaller than ``least`` are left out.
        """
        self.vector = vector
        self.drawn = vector if drawn is None else drawn
        self.edges = Edges.of(self.network, self.columns, self.curves, self.drawn, self._bare, least)

    def at(self, x: float, y: float) -> int | None:
        """Return the key of the bias or connection at a point; a bias lies on its tile, a tile on the connections."""
        if not HEADER <= y <= self.height - LEGEND:
            return None
        mark = self._mark_at(x, y)
        bias = self._bias_at(x, y, mark)
        if bias is not None or mark is not None:
            return bias
        found = self.curves.nearest(x, y, self.edges.pairs, np.abs(self.edges.weights))
        return None if found is None else int(self.network.keys[self.edges.places[found]])

    def item_at(self, x: float, y: float) -> Item | None:
        """Return what lies at a point: a connection, a bias or a neuron."""
        key = self.at(x, y)
        if key is not None:
            return Item("entry", key)
        mark = self._mark_at(x, y) if HEADER <= y <= self.height - LEGEND else None
        unit = None if mark is None else self.unit_of(mark)
        return None if unit is None else Item("neuron", unit)

    def unit_of(self, mark: Mark) -> int | None:
        """Return the unit id of a mark, None where it stands for many."""
        group, ids = self.columns[mark.layer].groups[mark.mark], self.network.layers[mark.layer].unit_ids
        return ids[group.start] if ids is not None and len(group) == 1 else None

    def units_within(self, left: float, top: float, right: float, bottom: float) -> list[int]:
        """Return the unit ids of the neurons whose tiles' centres lie in a rectangle."""
        found = []
        for layer, column in enumerate(self.columns):
            if left <= column.x <= right:
                inside = np.flatnonzero((column.ys >= top) & (column.ys <= bottom)).tolist()
                found += [unit for mark in inside if (unit := self.unit_of(Mark(layer, mark))) is not None]
        return found

    def is_on(self, key: int, x: float, y: float) -> bool:
        """Whether a point is on a connection or bias, whatever else lies there."""
        if self.place(key).source is None:
            return self.at(x, y) == key
        return self.curves.nearest(x, y, np.array([self.pair(key)]), np.ones(1)) is not None

    def _mark_at(self, x: float, y: float) -> Mark | None:
        for layer, column in enumerate(self.columns):
            mark = int(np.argmin(np.abs(column.ys - y)))
            width, height = column.size(mark)
            if abs(x - column.x) <= width / 2 and abs(y - column.ys[mark]) <= height / 2:
                return Mark(layer, mark)
        return None

    def _bias_at(self, x: float, y: float, over: Mark | None) -> int | None:
        for layer, column in enumerate(self.columns):
            if not self.network.layers[layer].bias:
                continue
            dots = column.x - column.tile / 2, column.ys + column.tile / 2
            distance = np.hypot(x - dots[0], y - dots[1])
            mark = int(np.argmin(distance))
            group = column.groups[mark]
            on_another = over is not None and over != (layer, mark)
            if distance[mark] <= min(_BIAS_HIT, column.tile / 2) and len(group) == 1 and not on_another:
                return bias_key(self.network, (layer, group.start))
        return None

    def index(self, key: int) -> int:
        """Return the place of a key in the vector."""
        return int(places(self.network, np.array([key]))[0])

    def value(self, key: int) -> float:
        """Return the number behind a key."""
        return float(self.vector[self.index(key)])

    def drawn_value(self, key: int) -> float:
        """Return the number that the picture shows for a key."""
        return float(self.drawn[self.index(key)])

    def is_cut(self, key: int) -> bool:
        """Whether the key is that of a cut connection."""
        return bool(self.network.cut[self.index(key)])

    def place(self, key: int) -> Place:
        """Return which neurons the key belongs to."""
        return place_of(self.network, key)

    def marks(self, key: int) -> list[Mark]:
        """Return the marks of the neurons that a key belongs to: one or two."""
        ends = [end for end in self.place(key) if end is not None]
        return [Mark(layer, self.columns[layer].mark_of(unit)) for layer, unit in ends]

    def pair(self, key: int) -> int:
        """Return the curve of a connection, drawn or not."""
        source, target = self.marks(key)
        block = next(
            i for i, b in enumerate(self.network.blocks) if (b.source, b.target) == (source.layer, target.layer)
        )
        marks = len(self.columns[target.layer].groups)
        return int(self.curves.offsets[block]) + source.mark * marks + target.mark

    def bias_dot(self, mark: Mark) -> tuple[float, float]:
        """Return the centre of a neuron's bias dot."""
        column = self.columns[mark.layer]
        return column.x - column.tile / 2 + 1.0, float(column.ys[mark.mark]) + column.tile / 2 - 1.0

    def anchor(self, key: int) -> tuple[float, float]:
        """Return a point of a connection or bias to put things beside."""
        if self.place(key).source is None:
            return self.bias_dot(self.marks(key)[0])
        return self.curves.point(self.pair(key), 0.5)
