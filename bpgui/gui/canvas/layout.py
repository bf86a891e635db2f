"""Where the neurons stand: a column for each layer, a tile for each neuron that is shown. Knows no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Network

Floats = NDArray[np.float64]

HEADER = 68.0
"""Height that the headings take at the top of the canvas."""
LEGEND = 36.0
"""Height that the legend takes at the bottom."""

TILE, SMALL_TILE = 38.0, 28.0
SMALL_FROM = 13  # neurons in a layer from which its tiles are small
MOST_SHOWN = 24
FIRST_SHOWN, LAST_SHOWN = 10, 2
MORE_WIDTH = 62.0
MORE_HEIGHT = 20.0

_SIDE = 104.0  # room for names beside the outer columns
_SIDE_SHARE = 0.14  # and at most this share of the width
_ABOVE, _BELOW = 26.0, 10.0  # between headings, tiles and legend
_LANES = 16.0  # above and below the tiles, for connections that pass layers by
_MOST_PITCH = 116.0  # two neurons need not stand further apart
_GAP, _SMALL_GAP_SHARE = 6.0, 0.25


MOST_ZOOM = 8.0


class View(NamedTuple):
    """How far the drawing is spread out from its middle, and how far it is moved, in logical pixels."""

    zoom: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def zoomed(self, factor: float, x: float, y: float) -> View:
        """Return the view spread out further, what is at (x, y) from the middle of the canvas staying there."""
        zoom = min(MOST_ZOOM, max(1.0, self.zoom * factor))
        share = zoom / self.zoom
        return View(zoom, x - (x - self.dx) * share, y - (y - self.dy) * share)

    def within(self, width: float, height: float) -> View:
        """Return the view moved back so far that a canvas of that size stays filled."""
        most_x, most_y = (self.zoom - 1.0) * width / 2, (self.zoom - 1.0) * height / 2
        return View(self.zoom, min(most_x, max(-most_x, self.dx)), min(most_y, max(-most_y, self.dy)))


@dataclass(frozen=True, eq=False)
class Column:
    """One layer: its centre ``x``, the side of its tiles, and its *marks*, (m,) centres ``ys`` from top to bottom.

    A mark stands for one unit, or for all those of a large layer that are not shown one by one: ``groups``.
    """

    x: float
    tile: float
    groups: tuple[range, ...]
    ys: Floats

    def mark_of(self, unit: int) -> int:
        """Return the mark that stands for a unit."""
        return next(mark for mark, group in enumerate(self.groups) if unit in group)

    def size(self, mark: int) -> tuple[float, float]:
        """Return width and height of a mark."""
        if len(self.groups[mark]) == 1:
            return self.tile, self.tile
        return MORE_WIDTH, min(MORE_HEIGHT, self.tile)

    @property
    def half_widths(self) -> Floats:
        """Half the width of each mark: (m,)."""
        return np.array([self.size(mark)[0] / 2 for mark in range(len(self.groups))])

    @property
    def top(self) -> float:
        """Upper edge of the uppermost tile."""
        return float(self.ys[0]) - self.tile / 2

    @property
    def bottom(self) -> float:
        """Lower edge of the lowest tile."""
        return float(self.ys[-1]) + self.tile / 2


def arrange(network: Network, width: float, height: float, view: View) -> tuple[Column, ...]:
    """Return the columns of a network that fills a canvas of that size.

    Zooming gives the drawing more room; the tiles grow with it no further than their full size, so that text stays
    readable and what was crowded comes apart.
    """
    side = min(_SIDE, width * _SIDE_SHARE)
    lanes = _LANES if passes_layers(network) else 0.0
    top, bottom = HEADER + _ABOVE + lanes, height - LEGEND - _BELOW - lanes
    centre_x, centre_y = width / 2, (top + bottom) / 2
    reach_x = max(1.0, width - 2 * side) * view.zoom
    reach_y = max(1.0, bottom - top) * view.zoom
    last = len(network.layers) - 1
    return tuple(
        _column(
            layer.units,
            centre_x + view.dx + reach_x * (index / last - 0.5),
            centre_y + view.dy,
            reach_y,
            _MOST_PITCH * max(1.0, view.zoom),
        )
        for index, layer in enumerate(network.layers)
    )


def passes_layers(network: Network) -> bool:
    """Whether a block leads past a layer."""
    return any(block.target > block.source + 1 for block in network.blocks)


def _column(units: int, x: float, centre_y: float, reach: float, most_pitch: float) -> Column:
    groups = _groups(units)
    marks = len(groups)
    pitch = min(most_pitch, reach / marks)
    nominal = TILE if units < SMALL_FROM else SMALL_TILE
    tile = min(nominal, pitch - min(_GAP, _SMALL_GAP_SHARE * pitch))
    ys = centre_y + pitch * (np.arange(marks, dtype=np.float64) - (marks - 1) / 2)
    return Column(x, tile, groups, ys)


def _groups(units: int) -> tuple[range, ...]:
    if units <= MOST_SHOWN:
        return tuple(range(unit, unit + 1) for unit in range(units))
    first = [range(unit, unit + 1) for unit in range(FIRST_SHOWN)]
    last = [range(unit, unit + 1) for unit in range(units - LAST_SHOWN, units)]
    return (*first, range(FIRST_SHOWN, units - LAST_SHOWN), *last)
