"""How the branches of a run lie under the error curve: which lane each has, and where it begins and ends.

Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import floor, log10
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.gui.runs import changes_between
from bpgui.project.past import Branch, Event, Past
from bpgui.training.state import Training

MOST_LANES = 4
TENTHS = 10


class Mark(NamedTuple):
    """Something at an epoch of a lane: a moment that can be gone to, or a change that was made. ``update``: where it
    lies inside an epoch, 0 for the beginning."""

    epoch: int
    name: str
    update: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Comes before the places of later moments."""
        return self.epoch, self.update


class Lane(NamedTuple):
    """A branch as a line. ``row``: from the top; ``left_row``: the row of the lane that its way left, None for a root,
    and ``left`` the epoch at which it did: before ``start`` where branches between have no lane; ``shown``: up to which
    epoch what is looked at leads along it, None where it does not."""

    branch: Branch
    row: int
    left_row: int | None
    left: int
    start: int
    end: int
    shown: int | None
    label: str
    moments: tuple[Mark, ...]


def lanes_of(past: Past, shown: int, live: Training, epoch: int) -> list[Lane]:
    """Return the lanes of the run of branch ``shown``: those that lead to it, and the newest others.

    Where too many lead to it, those between its root and the last ones have none. ``live`` is what is trained, on the
    present branch, and ``epoch`` how many of its epochs are complete.
    """
    path = past.path(shown)
    family = [branch for branch in past.branches.values() if branch.run == path[0].run]
    others = [branch for branch in reversed(family) if branch not in path]
    kept = [*path, *others] if len(path) < MOST_LANES else [path[0], *path[1 - MOST_LANES :]]
    kept = sorted(kept[:MOST_LANES], key=_id)
    rows = {branch.id: row for row, branch in enumerate(kept)}
    ends = {branch.id: epoch if branch.id == past.present else branch.tip.epoch for branch in kept}
    step = tenth(max(ends.values()))
    ways = {branch.id: _way(past, branch, rows) for branch in kept}
    left_at = {way[0].id: way[1].start.epoch for branch in path if len(way := ways.get(branch.id, [])) > 1}
    lanes = []
    for branch in kept:
        way, end = ways[branch.id], ends[branch.id]
        left = way[1].start.epoch if len(way) > 1 else branch.start.epoch
        tenths = [Mark(epoch, "") for epoch in range(-(-(left + 1) // step) * step, end, step)]
        named = [mark for one, child in pairwise(way[1:]) for mark in _named(one) if mark.epoch < child.start.epoch]
        lanes.append(
            Lane(
                branch,
                rows[branch.id],
                rows[way[0].id] if len(way) > 1 else None,
                left,
                branch.start.epoch,
                end,
                left_at.get(branch.id, end) if branch in path else None,
                label_of(branch, live if branch.id == past.present else branch.trained),
                tuple({mark.place: mark for mark in [*tenths, *named, *_named(branch)]}.values()),
            )
        )
    return lanes


def _way(past: Past, branch: Branch, rows: Mapping[int, int]) -> list[Branch]:
    """Return the branches that lead to one from the last before it that has a lane, both included."""
    path = past.path(branch.id)
    first = next((at for at in range(len(path) - 2, -1, -1) if path[at].id in rows), len(path) - 1)
    return path[first:]


def _named(branch: Branch) -> list[Mark]:
    """Return the moments of a branch that have a name."""
    return [
        Mark(kept.epoch, kept.name, kept.update if kept.training.state.position else 0)
        for kept in branch.checkpoints
        if kept.name
    ]


class ChangeEpochs:
    """The epochs at which the changes of branches were made, by the branch's id, (changes,) int64, in order.

    A branch may have tens of thousands, and is looked at ten times a second: only what is new is looked into.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[tuple[Event, ...], NDArray[np.int64]]] = {}

    def follow(self, branches: Iterable[Branch]) -> None:
        """Know those of these branches, and of no others."""
        self._known = {branch.id: (branch.events, self._find(branch)) for branch in branches}

    def __getitem__(self, branch: int) -> NDArray[np.int64]:
        return self._known[branch][1]

    def _find(self, branch: Branch) -> NDArray[np.int64]:
        before, epochs = self._known.get(branch.id, ((), _NONE))
        events = branch.events
        if events is before:
            return epochs
        # Changes come and are replaced at the end, and go at the beginning: where the first is the same, and one
        # further on too, all between are.
        same = min(len(before), len(events))
        while same and before[same - 1] is not events[same - 1]:
            same -= 1
        if same and before[0] is not events[0]:
            same = 0
        new = [event.patch.counters["epoch"] for event in events[same:]]
        return np.concatenate([epochs[:same], np.array(new, np.int64)])


_NONE = np.empty(0, np.int64)


def tenth(epochs: int) -> int:
    """Return about a tenth of so many epochs: 1, 2 or 5 times a power of ten."""
    if epochs <= TENTHS:
        return 1
    power = 10 ** floor(log10(epochs / TENTHS))
    return int(next(step * power for step in (1, 2, 5, 10) if step * power * TENTHS >= epochs))


def _id(branch: Branch) -> int:
    return branch.id


def label_of(branch: Branch, trained: Training) -> str:
    """Return in what a branch differs from the one it left, as in "learning rate 0.01 → 0.003"."""
    if branch.parent is None:
        return ""
    if branch.tip.update == branch.start.update and trained is branch.trained:
        trained = branch.tip.training  # nothing was trained yet with what was changed
    differs = changes_between(branch.start.training, trained)
    return differs or (branch.events[0].label if branch.events else "")


def stops(lanes: list[Lane]) -> list[Mark]:
    """Return the moments along what is looked at, in order: beginnings, ends, and those that are marked."""
    found: dict[tuple[int, int], Mark] = {}
    for lane in lanes:
        if lane.shown is not None:
            for mark in (Mark(lane.start, ""), *lane.moments, Mark(lane.shown, "")):
                if mark.epoch <= lane.shown and not found.get(mark.place, Mark(0, "")).name:
                    found[mark.place] = mark
    return [found[place] for place in sorted(found)]
