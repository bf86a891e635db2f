"""What a change made of a training: enough to make it again at the same place, whatever the change was.

A timeline keeps patches rather than changes: there is one kind of them, they take no more room than what differs, a
file can hold them, and what they make is exact by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset
from bpgui.network.network import Network
from bpgui.training.recipe import Recipe
from bpgui.training.state import COUNTERS, State, Training

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Patch:
    """The difference between two trainings.

    network, data, recipe: those after the change, None where it left them. counters: all of them, after it. ``rows``
    holds columns of the rows present, first and best parameters and optimizer state, (3 + slots, n): those at the
    places ``at`` of the vector, (n,) int64, or, where ``at`` is None, all of them.
    """

    network: Network | None
    data: Dataset | None
    recipe: Recipe | None
    initialiser: str
    counters: Mapping[str, Any]
    at: NDArray[np.int64] | None
    rows: Floats

    @classmethod
    def between(cls, before: Training, after: Training) -> Patch:
        """Return what makes ``after``, to the last bit, of ``before``."""
        old, new = rows_of(before), rows_of(after)
        at = None
        if old.shape == new.shape and old.dtype == new.dtype:
            bits = np.int64 if new.itemsize == 8 else np.int32
            at = np.flatnonzero((old.view(bits) != new.view(bits)).any(axis=0)).astype(np.int64)
            new = new[:, at]
        return cls(
            None if after.network is before.network else after.network,
            None if after.data is before.data else after.data,
            None if after.recipe is before.recipe else after.recipe,
            after.initialiser,
            {name: getattr(after.state, name) for name in COUNTERS},
            at,
            new,
        )

    def apply(self, training: Training) -> Training:
        """Return the changed training; ``training`` has to be the one that the patch was made from."""
        rows = self.rows
        if self.at is not None:
            rows = rows_of(training)
            rows[:, self.at] = self.rows
        return training_of(
            replace(
                training,
                network=self.network or training.network,
                data=self.data or training.data,
                recipe=self.recipe or training.recipe,
                initialiser=self.initialiser,
            ),
            rows,
            self.counters,
        )

    @property
    def nbytes(self) -> int:
        """Bytes that its numbers take, but for data, which several may share."""
        return self.rows.nbytes + (0 if self.at is None else self.at.nbytes)


def rows_of(training: Training) -> Floats:
    """Return present, first and best parameters and the optimizer's state as one array: (3 + slots, P), a copy."""
    state = training.state
    return np.vstack([state.vector, training.first, state.best_vector, state.slots])


def training_of(training: Training, rows: Floats, counters: Mapping[str, Any]) -> Training:
    """Return a training with these rows and counters."""
    vector, first, best = (np.ascontiguousarray(row) for row in rows[:3])
    return replace(training, first=first, state=State(vector, np.ascontiguousarray(rows[3:]), best, **counters))
