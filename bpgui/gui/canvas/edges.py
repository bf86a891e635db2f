"""Which connections are drawn, and how strongly. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.gui.canvas.curves import Curves
from bpgui.gui.canvas.layout import Column
from bpgui.network.network import Network

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

MOST_DRAWN = 1500
"""With more connections than this only the largest of each block are drawn …"""
LARGEST_DRAWN = 400
"""… this many."""
MOST_CUT_DRAWN = 40
"""A block with more cut connections than this is drawn without them."""

REFERENCE_PERCENTILE = 95.0
EASING = 0.1
"""Seconds in which the scale comes 63 % closer to the weights, so that the picture does not pump."""
_THINNEST, _WIDEST = 0.75, 5.0
_FAINTEST, _STRONGEST = 0.10, 0.85
_LEAST, _MOST = 1e-300, 1e300  # of the scale: what is worked out from it neither vanishes nor overflows
_SAMPLED_FROM = 200_000  # weights from which the percentile is that of a sample of them


def reference(network: Network, vector: Floats) -> float:
    """Return the size of weight that is drawn at full strength: the 95th percentile of all that are not cut."""
    sizes = np.abs(vector[: network.weight_count][~network.cut[: network.weight_count]])
    sizes = sizes[:: 1 + sizes.size // _SAMPLED_FROM]
    # Not np.percentile: on its first call that imports numpy.ma, for which a person who opens the window would wait.
    place = (sizes.size - 1) * REFERENCE_PERCENTILE / 100.0
    size = float(np.interp(place, np.arange(sizes.size), np.sort(sizes))) if sizes.size else 0.0
    return min(max(size, _LEAST), _MOST) if size else 1.0


class Scale:
    """The size of weight that is drawn at full strength now; it follows the weights smoothly while they are trained."""

    def __init__(self, value: float) -> None:
        self.value = value
        self._followed = monotonic()

    def follow(self, target: float, at_once: bool) -> None:
        """Come closer to what the weights are now, or all the way."""
        now = monotonic()
        share = 0.0 if at_once else exp((self._followed - now) / EASING)
        self.value = share * self.value + (1.0 - share) * target  # no difference: 1e155 swallows what is added to it
        self._followed = now


def strokes(weights: Floats, of: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return widths in logical pixels and alphas of weights, (n,) each, where ``of`` is drawn at full strength."""
    share = np.minimum(np.abs(weights.astype(np.float64)), of) / of
    return _THINNEST + (_WIDEST - _THINNEST) * share, _FAINTEST + (_STRONGEST - _FAINTEST) * share


def stroke(weight: float, of: float) -> tuple[float, float]:
    """Return width and alpha of one weight."""
    [width], [alpha] = strokes(np.array([weight]), of)
    return float(width), float(alpha)


@dataclass(frozen=True, eq=False)
class Edges:
    """The drawn connections by rising size, cut ones last: (n,) each.

    ``places`` are their places in the vector, ``pairs`` their curves. Where a curve stands for many connections (some
    units are not shown one by one) the largest of them is drawn. ``total`` counts the connections that exist, ``drawn``
    those of them that are here.
    """

    places: Integers
    pairs: Integers
    weights: Floats
    cut: Booleans
    total: int

    @classmethod
    def of(
        cls,
        network: Network,
        columns: Sequence[Column],
        curves: Curves,
        vector: Floats,
        bare: Booleans | None = None,
        least: float = 0.0,
    ) -> Edges:
        """Choose what is drawn of these weights: none smaller than ``least``, no cut one that is ``bare``, (P,)."""
        total = int(network.weight_count - np.count_nonzero(network.cut))
        places, pairs = [], []
        for index, block in enumerate(network.blocks):
            of_block = _largest(network, index, columns[block.source], columns[block.target], vector)
            shown = np.arange(of_block.size)
            is_cut = network.cut[of_block]
            if bare is not None:
                shown = shown[~bare[of_block]]
            if np.count_nonzero(is_cut[shown]) > MOST_CUT_DRAWN:
                shown = shown[~is_cut[shown]]
            if least > 0.0:
                shown = shown[is_cut[shown] | (np.abs(vector[of_block[shown]]) >= least)]
            if total > MOST_DRAWN:
                rising = np.argsort(np.abs(vector[of_block[shown]]), kind="stable")
                shown = shown[rising[-LARGEST_DRAWN:]]
            places.append(of_block[shown])
            pairs.append(curves.offsets[index] + shown)
        place, pair = np.concatenate(places), np.concatenate(pairs)
        cut = network.cut[place]
        order = np.lexsort((np.abs(vector[place]), cut))
        return cls(place[order], pair[order], vector[place[order]], cut[order], total)

    @property
    def drawn(self) -> int:
        """How many of the connections that exist are drawn."""
        return int(np.count_nonzero(~self.cut))


def _largest(network: Network, index: int, source: Column, target: Column, vector: Floats) -> Integers:
    """Return for each pair of marks of a block the place of its largest connection: (pairs,). Cut ones come last."""
    block, place = network.blocks[index], network.weight_slices[index]
    columns = network.layers[block.target].units
    rows = network.layers[block.source].units
    if len(source.groups) == rows and len(target.groups) == columns:
        return np.arange(place.start, place.stop, dtype=np.int64)
    sizes = np.where(network.cut[place], -1.0, np.abs(vector[place])).reshape(rows, columns)
    row = np.stack([group.start + sizes[group.start : group.stop].argmax(axis=0) for group in source.groups])
    sizes = np.take_along_axis(sizes, row, 0)
    column = np.stack(
        [group.start + sizes[:, group.start : group.stop].argmax(axis=1) for group in target.groups], axis=1
    )
    return np.asarray(place.start + np.take_along_axis(row, column, 1) * columns + column, np.int64).ravel()
