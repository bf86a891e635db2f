"""What a timeline knows, as values: runs, their branches, and the moments of them that are kept whole.

A run is a root; a branch leaves another at a place and goes its own way from there. Nothing here is ever changed: a
timeline puts a new past in the place of the old one, so that any thread may read the one it has.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from math import inf
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from bpgui.training.changes import Place
from bpgui.training.history import NO_HISTORY, Curves, History
from bpgui.training.patch import Patch
from bpgui.training.state import Training


class Event(NamedTuple):
    """A change made at an update: ``label`` as in "Undo …", what it came to, and the weights of cut connections that
    are remembered from then on (see Project), None where they follow from what was cut."""

    update: int
    label: str
    patch: Patch
    remembered: Mapping[int, float] | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A moment kept whole. ``events``: changes of its branch made before it; ``seconds``: of training that led to it;
    ``remembered``: as in Project; ``name``: what a person calls it, "" for one kept by itself."""

    training: Training
    events: int = 0
    seconds: float = 0.0
    remembered: Mapping[int, float] = field(default_factory=dict)
    name: str = ""

    @property
    def update(self) -> int:
        """Updates done."""
        return self.training.state.update

    @property
    def epoch(self) -> int:
        """Complete epochs."""
        return self.training.state.epoch

    @property
    def within(self) -> tuple[int, int]:
        """Complete epochs, and samples of the next one visited: comes before later moments of its branch."""
        return self.training.state.epoch, self.training.state.position

    @property
    def nbytes(self) -> int:
        """Bytes that its numbers take."""
        state = self.training.state
        return state.vector.nbytes + state.best_vector.nbytes + state.slots.nbytes


@dataclass(frozen=True, eq=False)
class Branch:
    """One way that a run went. ``checkpoints``: the first is where it begins and never goes, the rest come later in
    order; ``tip``: its end, while it is trained the end as far as is known. ``parent``: what it left and where, None
    for the root of a run; ``letter``: which branch of its run, "" for the root.

    ``trained``: the training as it was set up at the last update, which its curve belongs to.
    """

    id: int
    run: int
    letter: str
    parent: Place | None
    checkpoints: tuple[Checkpoint, ...]
    tip: Checkpoint
    trained: Training
    events: tuple[Event, ...] = ()
    curves: tuple[Curves, ...] = ()

    @property
    def name(self) -> str:
        """As a person calls it: "14" for a run, "14b" for its first branch."""
        return f"{self.run}{self.letter}"

    @property
    def start(self) -> Checkpoint:
        """Where it begins."""
        return self.checkpoints[0]

    def before(self, update: int) -> Checkpoint:
        """Return the last moment kept that is not after this update of the branch."""
        at = bisect_right(self.checkpoints, update, key=lambda kept: kept.update)
        found = self.checkpoints[max(0, at - 1)]
        return self.tip if found.update <= self.tip.update <= update else found

    def before_epoch(self, epoch: int) -> Checkpoint:
        """Return the last moment kept that is not after the beginning of this epoch."""
        at = bisect_right(self.checkpoints, (epoch, 0), key=lambda kept: kept.within)
        found = self.checkpoints[max(0, at - 1)]
        return self.tip if found.within <= self.tip.within <= (epoch, 0) else found


@dataclass(frozen=True, eq=False)
class Past:
    """All branches by id, in the order in which they began, and which one is trained."""

    branches: Mapping[int, Branch]
    present: int

    @property
    def here(self) -> Branch:
        """The branch that is trained."""
        return self.branches[self.present]

    def path(self, branch: int) -> list[Branch]:
        """Return the branches that lead to one, from the root of its run to itself."""
        found = [self.branches[branch]]
        while (parent := found[-1].parent) is not None:
            found.append(self.branches[parent.branch])
        return found[::-1]

    def holding(self, place: Place) -> Branch:
        """Return the branch of a path that has this update: that of the place, or one that it came from."""
        found = self.branches[place.branch]
        while found.parent is not None and place.update < found.start.update:
            found = self.branches[found.parent.branch]
        return found

    def holding_epoch(self, branch: int, epoch: int) -> Branch:
        """Return the branch of a path that has the beginning of this epoch."""
        found = self.branches[branch]
        while found.parent is not None and (epoch, 0) < found.start.within:
            found = self.branches[found.parent.branch]
        return found

    def parting(self, one: int, other: int) -> int | None:
        """Return the epoch at which two branches of a run part, None where they are of different runs."""
        paths = self.path(one), self.path(other)
        if paths[0][0] is not paths[1][0]:
            return None
        left = [each for each, twin in zip_longest(*paths) if each is not twin]
        left += [twin for each, twin in zip_longest(*paths) if each is not twin]
        return min((branch.start.epoch for branch in left if branch is not None), default=paths[0][0].tip.epoch)

    def curves(self, branch: int, live: Curves | None = None) -> Curves:
        """Return the errors of all epochs that lead to the end of a branch; ``live`` are those that are being made."""
        path = self.path(branch)
        parts: list[Curves] = []
        for one, child in zip(path, [*path[1:], None], strict=True):
            own = (*one.curves, live) if child is None and live is not None else one.curves
            end = None if child is None else child.start.epoch
            for piece in own:
                cut = piece if end is None else Curves(*(history.until(end) for history in piece))
                if cut.train.epochs:
                    parts.append(cut)
        if not parts:
            return Curves(NO_HISTORY) if live is None else live
        if len(parts) == 1:
            return parts[0]
        validated = [part.validation for part in parts if part.validation.epochs]
        return Curves(
            History.joined([part.train for part in parts]), History.joined(validated) if validated else NO_HISTORY
        )

    @property
    def checkpoints(self) -> int:
        """The number of moments kept, ends not counted."""
        return sum(len(branch.checkpoints) for branch in self.branches.values())

    @property
    def nbytes(self) -> int:
        """Bytes that all moments and changes take."""
        kept = {id(one): one for branch in self.branches.values() for one in (*branch.checkpoints, branch.tip)}
        changes = sum(event.patch.nbytes for branch in self.branches.values() for event in branch.events)
        return changes + sum(one.nbytes for one in kept.values())

    def thinned(
        self, nbytes: int, moments: int = 0, size: Callable[[Checkpoint], int] = attrgetter("nbytes")
    ) -> tuple[Past, int]:
        """Return a past that let so many bytes and so many moments go, and the bytes that it did let go.

        They go one at a time, each the one whose neighbours are nearest to each other. Beginnings and ends stay, what
        has a name and the last of the present branch too, so it may be that fewer go.
        """
        lines = [
            (*branch.checkpoints, *([] if branch.id == self.present else [branch.tip]))
            for branch in self.branches.values()
        ]
        stays = np.array([at in (0, len(line) - 1) or bool(line[at].name) for line in lines for at in range(len(line))])
        moment = [one for line in lines for one in line]
        seconds, left, gone = np.array([one.seconds for one in moment]), np.arange(len(moment)), 0
        dropped: set[int] = set()
        while nbytes > gone or moments > len(dropped):
            gaps = np.full(left.size, inf)
            gaps[1:-1] = seconds[left[2:]] - seconds[left[:-2]]
            gaps[stays[left]] = inf
            at = int(gaps.argmin())
            if gaps[at] == inf:
                break
            gone += size(moment[left[at]])
            dropped.add(id(moment[left[at]]))
            left = np.delete(left, at)
        branches = dict(self.branches)
        for branch in self.branches.values():
            kept = tuple(one for one in branch.checkpoints if id(one) not in dropped)
            if len(kept) < len(branch.checkpoints):
                branches[branch.id] = replace(branch, checkpoints=kept)
        return Past(branches, self.present), gone
