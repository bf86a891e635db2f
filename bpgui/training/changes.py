"""Changes that can be made to a training at any update, each a value whose ``apply`` gives its inverse.

A change made while training is an event (update, change): applied at the same update of another trainer, it gives the
same bits. The inverse sets what was there just before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset
from bpgui.network.network import Network
from bpgui.network.parameters import Entries, carry_over, places
from bpgui.training.state import State, Training

Floats = NDArray[np.floating[Any]]


class Change(Protocol):
    """What a training can undergo between two updates."""

    def apply(self, training: Training) -> tuple[Training, Change]:
        """Return the changed training and the change that undoes this one; ValueError leaves all as it was."""
        ...


@dataclass(frozen=True, eq=False)
class SetParameters:
    """Set weights or biases to values, by key (see Network.keys). The optimizer's state stays.

    keys, values: (n,). Before the first update they become the first values too; an inverse says with ``first`` what
    those were.
    """

    keys: NDArray[np.int64]
    values: Floats
    first: Floats | None = None

    def apply(self, training: Training) -> tuple[Training, Change]:
        """ValueError where a key is unknown, a connection is cut or a value is not finite."""
        at = places(training.network, self.keys)
        if (at < 0).any():
            raise ValueError("a weight to set belongs to a connection that the network does not have")
        if training.network.cut[at].any():
            raise ValueError("a cut connection has no weight to set; restore it first")
        with np.errstate(over="ignore"):
            bad = ~np.isfinite(self.values.astype(training.dtype))
        if bad.any():
            raise ValueError(f"a weight is a finite number of {training.dtype}, got {self.values[bad][0]}")
        vector, first = training.state.vector.copy(), training.first.copy()
        inverse = SetParameters(self.keys, vector[at], first[at])
        vector[at] = self.values
        if self.first is not None:
            first[at] = self.first
        elif training.state.update == 0:
            first[at] = self.values
        return replace(training, first=first, state=replace(training.state, vector=vector)), inverse


@dataclass(frozen=True, eq=False)
class SetNetwork:
    """Give the training another network: layers, units, activations, biases, masks.

    What has the same key keeps value and optimizer state. New entries are 0 unless ``entries`` gives their rows:
    present values, first values, best values, then optimizer state; rows that are not given are 0. Cutting, restoring
    and thawing an entry sets its optimizer state to 0. Other activations of the output begin the patience rule anew.

    An inverse says with ``before`` what the patience rule dropped, as that of SetRecipe does.
    """

    network: Network
    entries: Entries | None = None
    before: State | None = None

    def apply(self, training: Training) -> tuple[Training, Change]:
        """Never resets the run: counters and the place in the epoch stay."""
        old, new, state = training.network, self.network, training.state
        rows = np.vstack([state.vector, training.first, state.best_vector, state.slots])
        carried = carry_over(rows, old, new)
        carried[3:, woken(old, new)] = 0.0
        carried[:, new.cut] = 0.0
        if self.entries is not None:
            given = self.entries.rows[: len(carried)]
            Entries(self.entries.keys, given).write(new, carried[: len(given)])
        carried[:3, new.cut] = 0.0
        # What going back would not bring back by itself, to the last bit: -0.0 is not 0.0.
        back = carry_over(carried, new, old)
        back[3:, woken(new, old)] = 0.0
        bits = np.int64 if rows.itemsize == 8 else np.int32
        differs = (back.view(bits) != rows.view(bits)).any(axis=0)
        changed = replace(state, vector=carried[0], best_vector=carried[2], slots=carried[3:])
        if outputs_of(old) != outputs_of(new):
            changed = changed.at_other_errors()
        if self.before is not None and self.before.update == state.update:
            kept = self.before
            changed = replace(changed, **{name: getattr(kept, name) for name in RULES})
        before = state if outputs_of(old) != outputs_of(new) else None
        inverse = SetNetwork(old, Entries(old.keys[differs], rows[:, differs]), before)
        return replace(training, network=new, first=carried[1], state=changed), inverse


RULES = ("best", "waited", "best_vector", "plateau_best", "plateau_waited")
"""What of a state compares the error with earlier ones."""


def outputs_of(network: Network) -> list[str]:
    """Return the activation of each output."""
    layer = network.layers[-1]
    return [layer.activation_of(unit) for unit in range(layer.units)]


def woken(old: Network, new: Network) -> NDArray[np.bool_]:
    """Which entries of the new network learn that were cut or frozen in the old one: (P,) bool."""
    masked: NDArray[np.bool_] = carry_over((old.frozen | old.cut)[None].astype(np.float64), old, new)[0] > 0.0
    return masked & ~(new.frozen | new.cut)


def dropped(before: State, after: State) -> State | None:
    """Return the state that a change took something from, for its inverse; None where it took nothing."""
    return None if after is before else before


def taken_back(state: State, before: State | None) -> State:
    """Return the state with what the change dropped, where no update has come between the change and its inverse."""
    if before is None or before.update != state.update or before.slots.shape != state.slots.shape:
        return state
    return replace(before, vector=state.vector)


@dataclass(frozen=True, eq=False)
class SetRecipe:
    """Set fields of the recipe, by the names that Recipe.changed knows.

    An inverse says with ``before`` what the change dropped: undone before any further update, it leaves no trace.
    """

    values: Mapping[str, object]
    before: State | None = None

    def apply(self, training: Training) -> tuple[Training, Change]:
        """A new optimizer starts without state; another loss, seed or order begins the present epoch again.

        The patience rule begins anew with another stop rule, and with another loss, whose errors are others.
        """
        old = training.recipe
        new = old.changed(self.values)
        names = dict.fromkeys(key.partition(".")[0] for key in self.values)
        state = training.state
        if type(new.method) is not type(old.method):
            state = state.for_optimizer(new.method.slots)
        if new.schedule != old.schedule:
            state = state.at_schedule_start()
        if (new.loss, new.seed, new.shuffle) != (old.loss, old.seed, old.shuffle):
            state = state.at_epoch_start()
        if new.loss != old.loss:
            state = state.at_other_errors()
        elif new.stop != old.stop:
            state = state.at_rule_start()
        inverse = SetRecipe({name: getattr(old, name) for name in names}, dropped(training.state, state))
        return replace(training, recipe=new, state=taken_back(state, self.before)), inverse


@dataclass(frozen=True, eq=False)
class SetData:
    """Train on other data, or on another split of them. The present epoch begins again.

    An inverse says with ``before`` what the change dropped, as that of SetRecipe does.
    """

    data: Dataset
    before: State | None = None

    def apply(self, training: Training) -> tuple[Training, Change]:
        """Weights, optimizer state and counters stay; the patience rule begins anew."""
        state = training.state.at_epoch_start().at_other_errors()
        inverse = SetData(training.data, dropped(training.state, state))
        return replace(training, data=self.data, state=taken_back(state, self.before)), inverse


class Place(NamedTuple):
    """Where a training stands among all that were made of it: the id of a branch of its timeline, and an update."""

    branch: int
    update: int


@dataclass(frozen=True, eq=False)
class Begin:
    """Go to another training: Reset, a new seed, other data, or back to where one was; the inverse returns.

    ``place`` is where the timeline has this training; None where it is the first of another run.
    """

    training: Training
    place: Place | None = None

    def apply(self, training: Training) -> tuple[Training, Change]:
        """Replace everything."""
        return self.training, Begin(training)


@dataclass(frozen=True, eq=False)
class Together:
    """Several changes as one; ``Begin`` stands alone, so it is none of them."""

    changes: tuple[Change, ...]

    def apply(self, training: Training) -> tuple[Training, Change]:
        """Apply them in order; the inverse undoes them from the last to the first."""
        inverses = []
        for change in self.changes:
            training, inverse = change.apply(training)
            inverses.append(inverse)
        return training, Together(tuple(reversed(inverses)))
