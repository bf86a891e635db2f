"""The curves of the connections: cubic Béziers from mark to mark, and which of them lies under the pointer.

Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bpgui.gui.canvas.layout import Column
from bpgui.network.network import Network

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HIT_AREA = 8.0
"""Logical pixels around a curve within which the pointer is on it."""
TIE = 1.0
"""Curves whose distances from the pointer differ by less are equally near."""

_HANDLE = 0.48  # of the horizontal distance
_TOUCH = 2.0  # between tile and curve
_SAMPLES = 24  # straight pieces in which a curve is measured
_TURN = 12.0  # before and after a layer that is passed by
_LANE_FIRST, _LANE_ROOM, _LANE_MOST = 9.0, 22.0, 6.0  # first lane beside the tiles, room for all, widest spacing


@dataclass(frozen=True, eq=False)
class Curves:
    """A curve for each *pair* of marks that a block connects: blocks in order, row-major within each.

    ``pieces`` (p, 4, 2): control points of cubic Béziers, joined smoothly; pair i has those from ``first[i]`` up to
    ``first[i + 1]``. All start and end horizontally. ``offsets`` holds the number of pairs before each block.
    """

    pieces: Floats
    first: Integers
    offsets: Integers

    @classmethod
    def of(cls, network: Network, columns: Sequence[Column]) -> Curves:
        """Return the curves of a network whose layers stand so."""
        pieces, counts, pairs = [], [], [0]
        for block in network.blocks:
            straight = block.target == block.source + 1
            of_block = (_straight if straight else _around)(columns, block.source, block.target)
            pieces.append(of_block.reshape(-1, 4, 2))
            counts.append(np.full(of_block.shape[0], of_block.shape[1]))
            pairs.append(pairs[-1] + of_block.shape[0])
        first = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
        return cls(np.concatenate(pieces), first.astype(np.int64), np.array(pairs, np.int64))

    def of_pair(self, pair: int) -> Floats:
        """Return the control points of one pair: (pieces, 4, 2)."""
        return self.pieces[self.first[pair] : self.first[pair + 1]]

    def point(self, pair: int, at: float) -> tuple[float, float]:
        """Return a point of a pair's curve, ``at`` from 0 to 1 along its middle piece."""
        pieces = self.of_pair(pair)
        x, y = _points(pieces[len(pieces) // 2][None], np.array([at]))[0, 0]
        return float(x), float(y)

    @cached_property
    def _samples(self) -> Floats:
        return _points(self.pieces, np.linspace(0.0, 1.0, _SAMPLES + 1))

    @cached_property
    def _boxes(self) -> tuple[Floats, Floats]:
        return self.pieces.min(axis=1) - HIT_AREA, self.pieces.max(axis=1) + HIT_AREA

    def nearest(self, x: float, y: float, pairs: Integers, sizes: Floats) -> int | None:
        """Return which of ``pairs`` (n,) lies nearest within the hit area, as a place in it; None where none does.

        Among those that are equally near, the one of the largest ``sizes`` (n,).
        """
        low, high = self._boxes
        here = np.flatnonzero(((low <= (x, y)) & (high >= (x, y))).all(axis=1))
        distance = np.full(len(self.pieces), np.inf)
        distance[here] = _distances(self._samples[here], np.array([x, y]))
        of_pairs = np.minimum.reduceat(distance, self.first[:-1])[pairs]
        near = np.flatnonzero(of_pairs <= min(HIT_AREA, of_pairs.min(initial=np.inf) + TIE))
        return int(near[np.argmax(sizes[near])]) if near.size else None


def _points(pieces: Floats, at: Floats) -> Floats:
    """Points of cubics (p, 4, 2) at (t,) parameters: (p, t, 2)."""
    t = at[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    return np.asarray(np.einsum("ti,pic->ptc", basis, pieces))


def _distances(lines: Floats, point: Floats) -> Floats:
    """How far a point is from polylines (n, s, 2): (n,)."""
    start, step = lines[:, :-1], np.diff(lines, axis=1)
    along = ((point - start) * step).sum(axis=2) / np.maximum((step**2).sum(axis=2), 1e-12)
    foot = start + np.clip(along, 0.0, 1.0)[..., None] * step
    return np.asarray(np.hypot(*np.moveaxis(point - foot, 2, 0)).min(axis=1))


def _cubic(start: Floats, end: Floats) -> Floats:
    """Cubics from (n, 2) to (n, 2) that leave and arrive horizontally: (n, 4, 2)."""
    handle = np.zeros_like(start)
    handle[:, 0] = _HANDLE * (end[:, 0] - start[:, 0])
    return np.stack([start, start + handle, end - handle, end], axis=1)


def _ends(columns: Sequence[Column], source: int, target: int) -> tuple[Floats, Floats]:
    """Where the curves of a block leave and arrive: two (pairs, 2)."""
    one, other = columns[source], columns[target]
    leave = np.stack([one.x + one.half_widths + _TOUCH, one.ys], axis=1)
    arrive = np.stack([other.x - other.half_widths - _TOUCH, other.ys], axis=1)
    return np.repeat(leave, len(arrive), axis=0), np.tile(arrive, (len(leave), 1))


def _straight(columns: Sequence[Column], source: int, target: int) -> Floats:
    """The curves between neighbouring layers: (pairs, 1, 4, 2)."""
    return _cubic(*_ends(columns, source, target))[:, None]


def _around(columns: Sequence[Column], source: int, target: int) -> Floats:
    """The curves of a block that passes layers by, above or below them: (pairs, 3, 4, 2).

    Each runs in a lane of its own, ordered as the neurons are, so that lanes do not cross where they begin.
    """
    leave, arrive = _ends(columns, source, target)
    passed = columns[source + 1 : target]
    top, bottom = min(c.top for c in passed), max(c.bottom for c in passed)
    level = leave[:, 1] + arrive[:, 1]
    above = level <= top + bottom + 1e-6
    lane = np.empty(len(leave))
    for side in (above, ~above):
        count = int(side.sum())
        steps = _LANE_FIRST + min(_LANE_MOST, _LANE_ROOM / max(1, count)) * np.arange(count)
        lane[side] = top - steps[::-1] if side is above else bottom + steps
    first = np.stack([np.full(len(lane), passed[0].x - float(passed[0].half_widths.max()) - _TURN), lane], axis=1)
    second = np.stack([np.full(len(lane), passed[-1].x + float(passed[-1].half_widths.max()) + _TURN), lane], axis=1)
    return np.stack([_cubic(leave, first), _cubic(first, second), _cubic(second, arrive)], axis=1)
