"""The past of a project read from its file, without trust; see bpgui.files.past_file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bpgui.catalogue import find
from bpgui.files.archive import FileError, Members
from bpgui.files.parts import KINDS, to_data, to_network
from bpgui.files.past_file import ENDS, ERRORS, FLAT, KEYS, LARGE, PLACES, VALUES, Numbers
from bpgui.files.records import (
    BranchRecord,
    CheckpointRecord,
    EventRecord,
    HistoryRecord,
    PastRecord,
    of_counters,
    to_counters,
    to_recipe,
)
from bpgui.files.trainable import Trainable
from bpgui.network.initialisers import INITIALISERS
from bpgui.project.past import Branch, Checkpoint, Event, Past
from bpgui.training.changes import Place
from bpgui.training.history import Curves, History
from bpgui.training.patch import Patch, training_of
from bpgui.training.state import Training

T = TypeVar("T")

MAX_EPOCHS = 2**53
MAX_PARTS = 200_000
"""Moments, events and curves of all branches."""
MAX_NUMBER, MAX_LETTERS = 2**30, 6
"""Of runs and branches: what can be written goes far beyond."""


def to_past(record: PastRecord, members: Members, present: Training, trainable: Trainable, is_ours: bool) -> Past:
    """Return the past of a record that leads to the present state; ``is_ours``: whether this build on this processor
    made it. ValueError where anything does not fit."""
    _require_tree(record)
    return _Reader(record, members, present, trainable, is_ours).past(record)


def require_room(past: Past) -> None:
    """Refuse branches with numbers so large that another could not be saved any more."""
    for branch in past.branches.values():
        if max(branch.id, branch.run) > MAX_NUMBER or len(branch.letter) > MAX_LETTERS:
            raise FileError(f"past.branches: no. {branch.id}, called {branch.name}, leaves no room for another")


@contextmanager
def _within(place: str) -> Iterator[None]:
    """Have what is wrong within say where that is."""
    try:
        yield
    except ValueError as error:
        raise FileError(f"{place}: {error}") from error


class _Reader:
    def __init__(
        self, record: PastRecord, members: Members, present: Training, trainable: Trainable, is_ours: bool
    ) -> None:
        self._members, self._present, self._trainable, self._is_ours = members, present, trainable, is_ours
        self._flat = {
            name: members.take(name, kind, (None, 4) if name == ERRORS else (None,), finite=name != ERRORS)
            for name, kind in FLAT.items()
        }
        self._taken = dict.fromkeys(FLAT, 0)
        self._large = 0
        self._networks, self._data, self._recipes = [present.network], [present.data], [present.recipe]
        for i, network in enumerate(record.networks, 1):
            with _within(f"past.network.{i}"):
                self._networks.append(to_network(network, members, f"past.network.{i}."))
        for i, data in enumerate(record.data, 1):
            with _within(f"past.data.{i}"):
                self._data.append(to_data(data, members, f"past.data.{i}", self._data))
                trainable.count(self._data[i])
        for i, recipe in enumerate(record.recipes, 1):
            with _within(f"past.recipes[{i}]"):
                self._recipes.append(to_recipe(recipe))
        self._remembered: list[dict[int, float]] = [
            dict(zip(self._take(KEYS, size).tolist(), self._take(VALUES, size).tolist(), strict=True))
            for size in record.remembered
        ]

    def past(self, record: PastRecord) -> Past:
        branches: dict[int, Branch] = {}
        for i, its in enumerate(record.branches):
            with _within(f"past.branches[{i}]"):
                branches[its.id] = self._branch(its, its.id == record.present)
        for name, numbers in self._flat.items():
            if len(numbers) != self._taken[name]:
                raise FileError(f"{name} has {len(numbers):,} numbers, the past has {self._taken[name]:,} of them")
        return Past(branches, record.present)

    def _branch(self, its: BranchRecord, is_present: bool) -> Branch:
        network, recipe = _of(self._networks, its.network, "network"), _of(self._recipes, its.recipe, "recipe")
        find(INITIALISERS, its.initialiser, "initialiser")
        first = its.checkpoints[0]
        base = replace(
            self._present,
            network=network,
            data=_of(self._data, its.data, "data set"),
            recipe=recipe,
            initialiser=its.initialiser,
        )
        shape = 3 + recipe.method.slots, network.parameter_count
        start = training_of(base, self._rows(shape, its.dtype), to_counters(first.counters))
        self._trainable.require(start, start.state.position)
        # What is trained before the first event, and after each: vectors of the right size, with earlier numbers.
        courses, events = [start], []
        for number, event in enumerate(its.events):
            with _within(f"events[{number}]"):
                patch = self._patch(event, courses[-1])
                courses.append(_course(courses[-1], patch))
                self._trainable.require(courses[-1], event.counters.position)
            remembered = None if event.remembered is None else _of(self._remembered, event.remembered, "weights")
            events.append(Event(event.counters.update, event.label, patch, remembered))
        others = [self._checkpoint(kept, courses) for kept in its.checkpoints[1:]]
        tip = self._checkpoint(its.tip, courses, is_present)
        branch = Branch(
            id=its.id,
            run=its.run,
            letter=its.letter,
            parent=None if its.parent is None else Place(its.parent.branch, its.parent.update),
            checkpoints=(self._kept(first, start), *others),
            tip=tip,
            trained=courses[sum(event.update < tip.update for event in events)],
            events=tuple(events),
            curves=tuple(Curves(self._history(piece.train), self._history(piece.validation)) for piece in its.curves),
            elsewhere=its.elsewhere if self._is_ours else tip.update,
        )
        _require_order(branch)
        _require_unbroken(branch.curves)
        return branch

    def _checkpoint(self, its: CheckpointRecord, courses: Sequence[Training], is_present: bool = False) -> Checkpoint:
        course = _of(courses, its.events, "event")
        if is_present:
            here = self._present
            parts = [course.network is here.network, course.data is here.data, course.recipe is here.recipe]
            others = [course.dtype == here.dtype, course.initialiser == here.initialiser]
            if not all(parts + others) or its.counters != of_counters(vars(here.state)):
                raise FileError("its end is not the state of the project, which it is said to lead to")
            return self._kept(its, here)
        training = training_of(course, self._rows(_rows_shape(course), course.dtype), to_counters(its.counters))
        self._trainable.require(training, training.state.position)
        return self._kept(its, training)

    def _kept(self, its: CheckpointRecord, training: Training) -> Checkpoint:
        return Checkpoint(training, its.events, its.seconds, _of(self._remembered, its.remembered, "weights"), its.name)

    def _patch(self, event: EventRecord, before: Training) -> Patch:
        find(INITIALISERS, event.initialiser, "initialiser")
        network = None if event.network is None else _of(self._networks, event.network, "network")
        data = None if event.data is None else _of(self._data, event.data, "data set")
        recipe = None if event.recipe is None else _of(self._recipes, event.recipe, "recipe")
        shape = 3 + (recipe or before.recipe).method.slots, (network or before.network).parameter_count
        at = None
        if event.places is not None:
            if shape != _rows_shape(before) or event.dtype != before.dtype:
                raise FileError(f"it changes entries of {_rows_shape(before)} numbers, but leads to {shape}")
            at = self._take(PLACES, event.places).astype(np.int64)
            if not _rise(at, 0, shape[1] - 1):
                raise FileError(f"{PLACES} has places that do not rise from 0 to {shape[1] - 1}")
            shape = shape[0], at.size
        rows = self._rows(shape, event.dtype)
        return Patch(network, data, recipe, event.initialiser, to_counters(event.counters), at, rows)

    def _rows(self, shape: tuple[int, int], dtype: str) -> Numbers:
        size = shape[0] * shape[1]
        if size * np.dtype(dtype).itemsize < LARGE:
            return self._take(f"past.{dtype}", size).reshape(shape).copy()
        name = f"past.rows.{self._large}"
        self._large += 1
        return self._members.take(name, KINDS[dtype], shape).copy()

    def _take(self, name: str, size: int) -> NDArray[Any]:
        """Return the next so many of a member that holds one array after the other."""
        start = self._taken[name]
        self._taken[name] += size
        if self._taken[name] > len(self._flat[name]):
            raise FileError(f"{name} has {len(self._flat[name]):,} numbers, the past has more of them")
        return self._flat[name][start : start + size]

    def _history(self, its: HistoryRecord) -> History:
        ends = self._take(ENDS, its.buckets).astype(np.int64)
        if not _rise(ends, its.first_epoch + 1, MAX_EPOCHS):
            raise FileError(f"{ENDS} has epochs that do not rise from {its.first_epoch}")
        low, high, last, count = np.array(self._take(ERRORS, its.buckets).T, np.float64, order="C")
        if not (np.isfinite(count) & (count >= 0.0)).all():
            raise FileError(f"{ERRORS} counts errors of an epoch with a number below 0 or with none")
        return History(low, high, last, count, ends, its.first_epoch)


def _rise(numbers: NDArray[np.int64], low: int, high: int) -> bool:
    """Whether the numbers rise, from ``low`` or more to ``high`` or less."""
    ends = not numbers.size or (low <= numbers[0] and numbers[-1] <= high)
    return bool(ends and (numbers[1:] > numbers[:-1]).all())


def _of(values: Sequence[T], at: int, what: str) -> T:
    if at >= len(values):
        raise FileError(f"{what} {at} is wanted, but there are {len(values)}")
    return values[at]


def _rows_shape(training: Training) -> tuple[int, int]:
    """Return the shape of ``rows_of``."""
    slots, parameters = training.state.slots.shape
    return 3 + slots, parameters


def _course(before: Training, patch: Patch) -> Training:
    """Return what is trained after an event; where it keeps the vector that has the numbers from before."""
    if patch.at is None:
        return patch.apply(before)
    return replace(
        before,
        network=patch.network or before.network,
        data=patch.data or before.data,
        recipe=patch.recipe or before.recipe,
        initialiser=patch.initialiser,
    )


def _require_order(branch: Branch) -> None:
    """Refuse a branch whose moments and events do not come one after the other."""
    updates = [event.update for event in branch.events]
    if updates != sorted(updates):
        raise FileError("its events are not in order")
    if updates and not branch.start.update <= updates[0] <= updates[-1] <= branch.tip.update:
        raise FileError(f"it has events outside of updates {branch.start.update} to {branch.tip.update}")
    for kept in (*branch.checkpoints, branch.tip):
        made = kept.events
        around = [*updates[max(0, made - 1) : made], kept.update, *updates[made : made + 1]]
        if around != sorted(around):
            raise FileError(f"its moment at update {kept.update} is not between events {made} and {made + 1}")
    for before, after in pairwise((*branch.checkpoints, branch.tip)):
        if before.update > after.update or (before.update == after.update and after is not branch.tip):
            raise FileError(f"its moment at update {after.update} follows that at {before.update}")
    if branch.start.events or branch.tip.events != len(updates):
        raise FileError("its events lie before its beginning or after its end")


def _require_unbroken(curves: Sequence[Curves]) -> None:
    """Refuse errors of a branch that do not go on from each other."""
    for of in (0, 1):
        for one, other in pairwise(piece[of] for piece in curves if piece[of].epochs):
            if other.first_epoch < one.ends[-1]:
                raise FileError(f"{ENDS} has epochs from {other.first_epoch} on after those up to {one.ends[-1]}")


def _require_tree(record: PastRecord) -> None:
    """Refuse branches of which one begins where it cannot have begun, or a present that is none of them."""
    parts = sum(len(its.checkpoints) + len(its.events) + len(its.curves) for its in record.branches)
    if parts > MAX_PARTS:
        raise FileError(f"past.branches have {parts:,} moments, events and curves, at most {MAX_PARTS:,} are read")
    earlier: dict[int, BranchRecord] = {}
    names, last = set(), -1
    for i, its in enumerate(record.branches):
        with _within(f"past.branches[{i}]"):
            name = f"{its.run}{its.letter}"
            if its.id <= last:
                raise FileError(f"its id is {its.id}, wanted one above {last}")
            if name in names:
                raise FileError(f"it is called {name} like another")
            _require_place(its, name, earlier)
            names.add(name)
            earlier[its.id], last = its, its.id
    if record.present not in earlier:
        raise FileError(f"the present branch is {record.present}, which past.branches does not have")


def _require_place(its: BranchRecord, name: str, earlier: Mapping[int, BranchRecord]) -> None:
    """Refuse a branch that cannot have left where it says."""
    if its.parent is None:
        return  # a run, or a branch whose parent was let go
    parent = earlier.get(its.parent.branch)
    if parent is None or parent.run != its.run or not its.letter:
        raise FileError(f"{name} left branch {its.parent.branch}, which is none of the same run before it")
    begins, first, last = (kept.counters.update for kept in (its.checkpoints[0], parent.checkpoints[0], parent.tip))
    if begins != its.parent.update or not first <= begins <= last:
        left = f"where it left another, which goes from {first} to {last}"
        raise FileError(f"{name} begins at update {begins}, wanted {its.parent.update}, {left}")
