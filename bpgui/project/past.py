"""What a timeline knows, as values: runs, their branches, and the moments of them that are kept whole.

A run is a root; a branch leaves another at a place and goes its own way from there. Nothing here is ever changed: a
timeline puts a new past in the place of the old one, so that any thread may read the one it has.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heapreplace
from itertools import chain, pairwise, zip_longest
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from bpgui.data.dataset import Dataset
from bpgui.training.changes import Place
from bpgui.training.history import NO_CURVES, Curves
from bpgui.training.patch import Patch
from bpgui.training.state import Training

EVENT_BYTES, WEIGHT_BYTES = 2048, 100
"""What an event takes beside its numbers, and a remembered weight: measured, as Python has it."""


class Event(NamedTuple):
    """A change made at an update: ``label`` as in "Undo …", what it came to, and the weights of cut connections that
    are remembered from then on (see Project), None where they follow from what was cut."""

    update: int
    label: str
    patch: Patch
    remembered: Mapping[int, float] | None = None

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, but for data, which several may share."""
        return EVENT_BYTES + self.patch.nbytes


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A moment kept whole. ``events``: changes of its branch made before it; ``seconds``: of training, and of making
    those changes, that led to it; ``remembered``: as in Project; ``name``: what a person calls it, "" for one kept by
    itself."""

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
        """Complete epochs, and samples of the next one visited: comes before later moments of its branch, unless a
        change had the epoch begin again."""
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
    for the root of a run, and where that was let go; ``letter``: which branch of its run, "" for the root.

    ``trained``: the training as it was set up at the last update, which its curve belongs to. ``elsewhere``: up to
    which update another build or processor trained it, whose last digits a replay here may not find again.
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
    elsewhere: int = 0

    @property
    def name(self) -> str:
        """As a person calls it: "14" for a run, "14b" for its first branch."""
        return f"{self.run}{self.letter}"

    @property
    def start(self) -> Checkpoint:
        """Where it begins."""
        return self.checkpoints[0]

    @property
    def data(self) -> Dataset:
        """The data that it is trained on at its end."""
        changed = (event.patch.data for event in reversed(self.events) if event.patch.data is not None)
        return next(changed, self.start.training.data)

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

    def reaches(self, place: Place) -> bool:
        """Whether a place has not been let go; it may lie after the end of its branch."""
        return place.branch in self.branches and self.holding(place).start.update <= place.update

    def has(self, place: Place) -> bool:
        """Whether a place can be sought: it has not been let go, nor what came after the end of a branch that was
        left; that of the present one is not known here."""
        if not self.reaches(place):
            return False
        branch = self.holding(place)
        return branch.id == self.present or place.update <= branch.tip.update

    def holding_epoch(self, branch: int, epoch: int) -> Branch:
        """Return the branch of a path that has the beginning of this epoch."""
        found = self.branches[branch]
        while found.parent is not None and (epoch, 0) < found.start.within:
            found = self.branches[found.parent.branch]
        return found

    def parting(self, one: int, other: int) -> int | None:
        """Return the epoch at which two different branches of a run part, None where they are of different runs."""
        paths = self.path(one), self.path(other)
        if paths[0][0] is not paths[1][0]:
            return None
        left = [each for each, twin in zip_longest(*paths) if each is not twin]
        left += [twin for each, twin in zip_longest(*paths) if each is not twin]
        return min(branch.start.epoch for branch in left if branch is not None)

    def curves(self, branch: int, live: Curves | None = None, before: Curves | None = None) -> Curves:
        """Return the errors of all epochs that lead to the end of a branch; ``live`` are those that are being made,
        ``before`` those before it began where they are known already."""
        before = self.curves_before(branch) if before is None else before
        parts = [before, *self.branches[branch].curves, live or NO_CURVES]
        made = [part for part in parts if part.train.epochs]
        return Curves.joined(made) if made else live or NO_CURVES

    def curves_before(self, branch: int, since: int = 0) -> Curves:
        """Return the errors of the epochs that lead to where a branch begins, but for what ended at epoch ``since`` or
        before."""
        parts = [
            Curves(*(history.until(child.start.epoch) for history in piece))
            for one, child in pairwise(self.path(branch))
            if child.start.epoch > since
            for piece in one.curves
        ]
        made = [part for part in parts if part.train.epochs]
        return Curves.joined(made) if made else NO_CURVES

    @property
    def checkpoints(self) -> int:
        """The number of moments kept, ends not counted."""
        return sum(len(branch.checkpoints) for branch in self.branches.values())

    @property
    def events(self) -> int:
        """The number of changes."""
        return sum(len(branch.events) for branch in self.branches.values())

    @property
    def nbytes(self) -> int:
        """Bytes that all of it takes beside what is trained at present."""
        moments = chain.from_iterable((*branch.checkpoints, branch.tip) for branch in self.branches.values())
        return self._held(moments) + self._nbytes_of_curves

    @property
    def nbytes_at_least(self) -> int:
        """Bytes of it that ``thinned`` leaves: beginnings and ends of branches, named moments, changes and curves."""
        moments = (
            kept
            for branch in self.branches.values()
            for kept in (*branch.checkpoints, branch.tip)
            if kept.name or kept is branch.start or kept is branch.tip
        )
        return self._held(moments) + self._nbytes_of_curves

    @property
    def _nbytes_of_curves(self) -> int:
        pieces = chain.from_iterable(branch.curves for branch in self.branches.values())
        return sum(history.nbytes for piece in pieces for history in piece)

    @property
    def nbytes_of_changes(self) -> int:
        """Bytes that would be free without changes: data that a branch begins with or is trained on stay."""
        return self._held((), with_beginnings=False)

    def _held(self, moments: Iterable[Checkpoint], with_beginnings: bool = True) -> int:
        """Return the bytes of these moments, of all changes, and of the data that branches begin with; what several
        share counts once, and what is trained on at present not at all."""
        arrays: dict[int, int] = {}
        weights: dict[int, int] = {}
        total = 0
        for one in moments:
            arrays |= {id(array): array.nbytes for array in _arrays(one.training)}
            weights[id(one.remembered)] = len(one.remembered)
        for branch in self.branches.values():
            for event in branch.events:
                total += event.nbytes
                if event.patch.data is not None:
                    arrays |= {id(array): array.nbytes for array in arrays_in(event.patch.data)}
                if event.remembered is not None:
                    weights[id(event.remembered)] = len(event.remembered)
        for branch in self.branches.values():
            for array in arrays_in(branch.start.training.data):
                arrays[id(array)] = array.nbytes if with_beginnings else 0
        for array in arrays_in(self.here.data):
            arrays[id(array)] = 0
        return total + sum(arrays.values()) + WEIGHT_BYTES * sum(weights.values())

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
        stays = [at in (0, len(line) - 1) or bool(line[at].name) for line in lines for at in range(len(line))]
        moment = [one for line in lines for one in line]
        before, after = list(range(-1, len(moment) - 1)), list(range(1, len(moment) + 1))

        def gap(at: int) -> float:
            return moment[after[at]].seconds - moment[before[at]].seconds

        narrow = [(gap(at), at) for at, kept in enumerate(stays) if not kept]
        heapify(narrow)
        gone = 0
        dropped: set[int] = set()
        while narrow and (nbytes > gone or moments > len(dropped)):
            width, at = narrow[0]
            if gap(at) > width:
                heapreplace(narrow, (gap(at), at))  # a neighbour went meanwhile
                continue
            heappop(narrow)
            gone += size(moment[at])
            dropped.add(id(moment[at]))
            before[after[at]], after[before[at]] = before[at], after[at]
        branches = dict(self.branches)
        for branch in self.branches.values():
            kept = tuple(one for one in branch.checkpoints if id(one) not in dropped)
            if len(kept) < len(branch.checkpoints):
                branches[branch.id] = replace(branch, checkpoints=kept)
        return Past(branches, self.present), gone

    def without_oldest_branch(self) -> Past:
        """Return a past without its oldest branch that is not present and that none leads on from; those in which a
        moment has a name go last. Where all lead to the present, the first of them goes. Itself where there is none."""
        led_on = {branch.parent.branch for branch in self.branches.values() if branch.parent is not None}
        others = [branch for branch in self.branches.values() if branch.id != self.present]
        ends = [branch for branch in others if branch.id not in led_on]
        if not others:
            return self
        if ends:
            gone = min(ends, key=lambda branch: (any(kept.name for kept in branch.checkpoints), branch.id))
        else:
            gone = self.path(self.present)[0]
        return Past(
            {
                id_: replace(branch, parent=None) if branch.parent and branch.parent.branch == gone.id else branch
                for id_, branch in self.branches.items()
                if id_ != gone.id
            },
            self.present,
        )

    def without_oldest_changes(self) -> Past:
        """Return a past in which the branch with most changes begins at a moment after the first half of them, or the
        last that is kept. Itself where there is none."""
        longest = max(self.branches.values(), key=lambda branch: len(branch.events))
        later = [kept for kept in longest.checkpoints[1:] if kept.events]
        if not later:
            return self
        start = next((kept for kept in later if 2 * kept.events >= len(longest.events)), later[-1])
        branches = {**self.branches, longest.id: _begun_at(longest, start)}
        for branch in self.branches.values():
            if branch.parent is not None and branch.parent.branch == longest.id and branch.start.update < start.update:
                branches[branch.id] = replace(branch, parent=None)
        return Past(branches, self.present)


def _begun_at(branch: Branch, start: Checkpoint) -> Branch:
    """Return a branch without what lies before one of its moments; its curve stays."""
    gone = start.events

    def later(kept: Checkpoint) -> Checkpoint:
        return replace(kept, events=kept.events - gone)

    return replace(
        branch,
        parent=None,
        checkpoints=tuple(later(kept) for kept in branch.checkpoints if kept.update >= start.update),
        tip=later(branch.tip if branch.tip.events >= gone else start),
        events=branch.events[gone:],
    )


def arrays_in(data: Dataset) -> Iterator[np.ndarray[Any, Any]]:
    """Return the arrays that a data set holds."""
    return (value for value in vars(data).values() if isinstance(value, np.ndarray))


def _arrays(training: Training) -> Iterator[np.ndarray[Any, Any]]:
    yield training.first
    yield from (value for value in vars(training.state).values() if isinstance(value, np.ndarray))
