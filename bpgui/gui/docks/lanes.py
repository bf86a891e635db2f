"""How the branches of a run lie under the error curve: which lane each has, and where it begins and ends.

Knows no Qt.
"""

from __future__ import annotations

from math import floor, log10
from typing import NamedTuple

from bpgui.gui.runs import changes_between
from bpgui.project.past import Branch, Past
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
    """A branch as a line. ``row``: from the top; ``left_row``: the row of the branch it left, None for a root or where
    that is not shown; ``shown``: up to which epoch what is looked at leads along it, None where it does not."""

    branch: Branch
    row: int
    left_row: int | None
    start: int
    end: int
    shown: int | None
    label: str
    moments: tuple[Mark, ...]
    changes: tuple[Mark, ...]


def lanes_of(past: Past, shown: int, live: Training, epoch: int) -> list[Lane]:
    """Return the lanes of the run of branch ``shown``: those that lead to it, and the newest others.

    ``live`` is what is trained, on the present branch, and ``epoch`` how many of its epochs are complete.
    """
    path = past.path(shown)
    family = [branch for branch in past.branches.values() if branch.run == path[0].run]
    others = [branch for branch in reversed(family) if branch not in path]
    kept = sorted([*path, *others][:MOST_LANES] if len(path) < MOST_LANES else path[-MOST_LANES:], key=_id)
    rows = {branch.id: row for row, branch in enumerate(kept)}
    ends = {branch.id: epoch if branch.id == past.present else branch.tip.epoch for branch in kept}
    step = tenth(max(ends.values()))
    left_at = {child.parent.branch: child.start.epoch for child in path[1:] if child.parent is not None}
    lanes = []
    for branch in kept:
        start, end = branch.start.epoch, ends[branch.id]
        named = [
            Mark(kept.epoch, kept.name, kept.update if kept.training.state.position else 0)
            for kept in branch.checkpoints
            if kept.name
        ]
        tenths = [Mark(epoch, "") for epoch in range(-(-(start + 1) // step) * step, end, step)]
        lanes.append(
            Lane(
                branch,
                rows[branch.id],
                None if branch.parent is None else rows.get(branch.parent.branch),
                start,
                end,
                left_at.get(branch.id, end) if branch in path else None,
                label_of(branch, live if branch.id == past.present else branch.trained),
                tuple({mark.place: mark for mark in [*tenths, *named]}.values()),
                tuple(Mark(event.patch.counters["epoch"], event.label) for event in branch.events),
            )
        )
    return lanes


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
