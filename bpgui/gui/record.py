"""Past values of the parameters: moments seen while training, thinned so that they never take more than a budget, and
those that the timeline keeps. Knows no Qt.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from heapq import merge
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Network
from bpgui.network.parameters import places
from bpgui.project.past import Branch, Past

Floats = NDArray[np.floating[Any]]

MOST_MOMENTS = 400
BUDGET = 16_000_000
"""Bytes that all moments together may take."""


class Snapshot(NamedTuple):
    """The parameters of a network, (P,), when so many updates and epochs were done."""

    update: int
    epoch: int
    network: Network
    vector: Floats


class Values(NamedTuple):
    """Values of one parameter in order, (n,) each: at which update and epoch it had which."""

    updates: NDArray[np.int64]
    epochs: NDArray[np.int64]
    values: Floats


class Record:
    """Moments of each branch in order. Where there are too many every second goes, and the next come half as often."""

    def __init__(self) -> None:
        self._lines: dict[int, list[Snapshot]] = {}
        self._spacing = 1  # updates from one moment to the next, at least

    def add(self, branch: int, moment: Snapshot) -> None:
        """Keep a moment, unless the last one of its branch is hardly older; what lies after it there goes."""
        line = self._lines.setdefault(branch, [])
        while line and line[-1].update >= moment.update:
            line.pop()
        if line and moment.update < line[-1].update + self._spacing:
            return
        line.append(moment)
        most = max(4, min(MOST_MOMENTS, BUDGET // max(1, moment.vector.nbytes)))
        if sum(map(len, self._lines.values())) > most:
            self._lines = {id_: its[::2] for id_, its in self._lines.items()}
            line = self._lines.pop(branch)
            while self._lines and sum(map(len, self._lines.values())) + len(line) > most:
                del self._lines[next(iter(self._lines))]  # the branch that was trained longest ago
            self._lines[branch] = line
            self._spacing = max(1, (moment.update - line[0].update) // max(1, len(line)))

    def keep(self, past: Past) -> None:
        """Forget branches that are gone."""
        for id_ in self._lines.keys() - past.branches.keys():
            del self._lines[id_]

    def clear(self) -> None:
        """Forget everything: there is another document."""
        self._lines.clear()
        self._spacing = 1

    def of(self, key: int, past: Past, branch: int, now: Snapshot | None, seen: Snapshot | None = None) -> Values:
        """Return the values of one parameter on the way to the end of a branch, which is ``now`` where that is given,
        and at ``seen``, which lies on it; moments at which it did not exist are left out."""
        updates, epochs, values = [], [], []
        network, place = None, -1
        way = self._way(past, branch, now)
        for moment in way if seen is None else _with(way, seen):
            if moment.network is not network:
                network = moment.network
                place = int(places(network, np.array([key]))[0])
            if place >= 0:
                updates.append(moment.update)
                epochs.append(moment.epoch)
                values.append(moment.vector[place])
        return Values(np.array(updates, np.int64), np.array(epochs, np.int64), np.array(values, np.float64))

    def _way(self, past: Past, branch: int, now: Snapshot | None) -> list[Snapshot]:
        """Return all moments that lead to the end of a branch, each update once, after what was changed at it."""
        path, found = past.path(branch), []
        for one, child in pairwise([*path, None]):
            assert one is not None
            kept = merge(self._lines.get(one.id, ()), _kept(one, now is None or child is not None), key=_update)
            end = None if child is None else child.start.update
            found += [moment for moment in kept if end is None or moment.update < end]
        if now is not None:
            found = [*(moment for moment in found if moment.update < now.update), now]
        return list({moment.update: moment for moment in found}.values())


def _with(way: list[Snapshot], seen: Snapshot) -> list[Snapshot]:
    """Return the moments with one more, in the place of what there is of its update."""
    at = bisect_left(way, seen.update, key=_update)
    after = bisect_right(way, seen.update, lo=at, key=_update)
    return [*way[:at], seen, *way[after:]]


def _update(moment: Snapshot) -> int:
    return moment.update


def _kept(branch: Branch, with_tip: bool) -> list[Snapshot]:
    """Return what the timeline keeps of a branch."""
    kept = (*branch.checkpoints, branch.tip) if with_tip else branch.checkpoints
    return [Snapshot(one.update, one.epoch, one.training.network, one.training.state.vector) for one in kept]
