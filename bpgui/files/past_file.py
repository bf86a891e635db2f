"""The past of a project in its file: records in the document, and numbers in few members; how they are written.

The numbers of a moment or of a change are rows as in bpgui.training.patch. Large ones are members of their own, small
ones stand one after the other in ``past.float64`` and ``past.float32``, in the order in which they are written here.
Networks, data sets and recipes that occur several times stand in the file once, and are the same values again when it
is opened; of recipes also equal ones, as a slider that is dragged comes to the same numbers again and again. What is
trained at a moment is not said again: it follows from the beginning of the branch and its events.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bpgui.files.parts import KINDS, Arrays, dtype_of, of_data, of_network
from bpgui.files.records import (
    BranchRecord,
    CheckpointRecord,
    CurvesRecord,
    EventRecord,
    HistoryRecord,
    PastRecord,
    PlaceRecord,
    of_counters,
    of_recipe,
)
from bpgui.project.past import Branch, Checkpoint, Event, Past
from bpgui.training.history import History
from bpgui.training.patch import rows_of
from bpgui.training.state import Training

LARGE = 2**16
"""Bytes from which rows are a member of their own."""

PLACES, ENDS, ERRORS = "past.places", "past.ends", "past.errors"
KEYS, VALUES = "past.remembered.keys", "past.remembered.values"
FLAT = {f"past.{dtype}": kind for dtype, kind in KINDS.items()}
FLAT |= {PLACES: "<i8", ENDS: "<i8", ERRORS: "<f8", KEYS: "<i8", VALUES: "<f8"}
"""Members that hold one array after the other, and their types."""

Numbers = NDArray[np.floating[Any]]
T = TypeVar("T")


def thinned(past: Past, most: int) -> Past:
    """Return a past whose moments take no more than so many bytes in a file, if that can be."""
    kept = [one for branch in past.branches.values() for one in (*branch.checkpoints, branch.tip)]
    return past.thinned(sum(map(_size, kept)) - _size(past.here.tip) - most, size=_size)[0]


def _size(one: Checkpoint) -> int:
    return one.nbytes + one.training.first.nbytes


class _Table(Generic[T]):
    """Values that stand in a file once, told apart by a key, by the place at which they were first met."""

    def __init__(self, first: T, key: Callable[[T], Hashable] = id) -> None:
        self.values = [first]
        self._key = key
        self._places = {key(first): 0}

    def place(self, value: T) -> int:
        """Return where it stands."""
        at = self._places.setdefault(self._key(value), len(self.values))
        if at == len(self.values):
            self.values.append(value)
        return at


def of_past(past: Past, arrays: Arrays) -> PastRecord:
    """Return the record of a past; its numbers go to ``arrays``, but for those of the end of the present branch."""
    return _Writer(past.here.tip.training, arrays).past(past)


class _Writer:
    def __init__(self, present: Training, arrays: Arrays) -> None:
        self._networks, self._data = _Table(present.network), _Table(present.data)
        self._recipes = _Table(present.recipe, repr)  # which, other than ==, tells -0.0 from 0.0
        self._remembered: list[Mapping[int, float]] = []
        self._arrays = arrays
        self._flat: dict[str, list[NDArray[Any]]] = {name: [] for name in FLAT}
        self._large = 0

    def past(self, past: Past) -> PastRecord:
        branches = [self._branch(branch, branch.id == past.present) for branch in past.branches.values()]
        for its in self._remembered:
            self._flat[KEYS].append(np.array(list(its), "<i8"))
            self._flat[VALUES].append(np.array(list(its.values()), "<f8"))
        for name, kind in FLAT.items():
            empty = np.empty((0, 4) if name == ERRORS else 0, kind)
            self._arrays[name] = np.concatenate([empty, *self._flat[name]])
        networks, sets = self._networks.values, self._data.values
        return PastRecord(
            present=past.present,
            branches=branches,
            networks=[of_network(networks[i], self._arrays, f"past.network.{i}.") for i in range(1, len(networks))],
            data=[of_data(sets[i], self._arrays, f"past.data.{i}", sets[:i]) for i in range(1, len(sets))],
            recipes=[of_recipe(recipe) for recipe in self._recipes.values[1:]],
            remembered=[len(its) for its in self._remembered],
        )

    def _branch(self, branch: Branch, is_present: bool) -> BranchRecord:
        start = branch.start.training
        first = self._checkpoint(branch.start)
        events = [self._event(event) for event in branch.events]
        return BranchRecord(
            id=branch.id,
            run=branch.run,
            letter=branch.letter,
            parent=None if branch.parent is None else PlaceRecord(*branch.parent),
            network=self._networks.place(start.network),
            data=self._data.place(start.data),
            recipe=self._recipes.place(start.recipe),
            initialiser=start.initialiser,
            checkpoints=[first, *map(self._checkpoint, branch.checkpoints[1:])],
            tip=self._checkpoint(branch.tip, is_present),
            events=events,
            curves=[CurvesRecord(*map(self._history, piece)) for piece in branch.curves],
            dtype=dtype_of(start),
            elsewhere=branch.elsewhere,
        )

    def _checkpoint(self, kept: Checkpoint, is_present: bool = False) -> CheckpointRecord:
        if not is_present:
            self._rows(rows_of(kept.training))
        counters, remembered = of_counters(vars(kept.training.state)), self._weights(kept.remembered)
        return CheckpointRecord(counters, kept.events, kept.seconds, remembered, kept.name)

    def _event(self, event: Event) -> EventRecord:
        patch = event.patch
        if patch.at is not None:
            self._flat[PLACES].append(patch.at)
        self._rows(patch.rows)
        return EventRecord(
            label=event.label,
            counters=of_counters(patch.counters),
            initialiser=patch.initialiser,
            places=None if patch.at is None else patch.at.size,
            dtype="float32" if patch.rows.dtype == np.float32 else "float64",
            network=None if patch.network is None else self._networks.place(patch.network),
            data=None if patch.data is None else self._data.place(patch.data),
            recipe=None if patch.recipe is None else self._recipes.place(patch.recipe),
            remembered=None if event.remembered is None else self._weights(event.remembered),
        )

    def _weights(self, remembered: Mapping[int, float]) -> int:
        """Return the place of remembered weights, which few changes touch: mostly they are those met last."""
        if self._remembered[-1:] != [remembered]:
            self._remembered.append(remembered)
        return len(self._remembered) - 1

    def _rows(self, rows: Numbers) -> None:
        dtype = str(rows.dtype)
        if rows.nbytes < LARGE:
            self._flat[f"past.{dtype}"].append(rows.ravel())
        else:
            self._arrays[f"past.rows.{self._large}"] = np.ascontiguousarray(rows, KINDS[dtype])
            self._large += 1

    def _history(self, history: History) -> HistoryRecord:
        self._flat[ENDS].append(history.ends)
        self._flat[ERRORS].append(np.column_stack([history.low, history.high, history.last, history.count]))
        return HistoryRecord(history.first_epoch, history.ends.size)
