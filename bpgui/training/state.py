"""A training as a value: what is trained, on what, how, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.recipe import Recipe

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class State:
    """How far a training has come: with network, data and recipe, all that its future depends on.

    update: updates done; epoch: complete epochs; position: samples of the present epoch visited; step: updates the
    optimizer has done since it began; error_sum, weight_sum: of the present epoch so far; best, waited, best_vector:
    the patience rule's; momentum_product, pairs: scalars of nadam and lbfgs; plateau_*: of the schedule that watches
    the error. vector (P,): the parameters; slots (s, P): the optimizer's state, in the same dtype.
    """

    vector: Floats
    slots: Floats
    best_vector: Floats
    update: int = 0
    epoch: int = 0
    position: int = 0
    step: int = 0
    error_sum: float = 0.0
    weight_sum: float = 0.0
    best: float = inf
    waited: int = 0
    momentum_product: float = 1.0
    pairs: int = 0
    plateau_factor: float = 1.0
    plateau_best: float = inf
    plateau_waited: int = 0

    @classmethod
    def fresh(cls, vector: Floats, recipe: Recipe) -> State:
        """Before the first update."""
        return cls(vector.copy(), np.zeros((recipe.method.slots, vector.size), vector.dtype), vector.copy())

    def at_epoch_start(self) -> State:
        """The present epoch begins again: its number stays, its partial sums are dropped."""
        return replace(self, position=0, error_sum=0.0, weight_sum=0.0)

    def at_rule_start(self) -> State:
        """The patience rule forgets the best error and waits anew."""
        return replace(self, best=inf, waited=0, best_vector=self.vector.copy())

    def at_other_errors(self) -> State:
        """The error means something else from here on: whatever compares it with earlier ones begins anew."""
        return replace(self.at_rule_start(), plateau_best=inf, plateau_waited=0)

    def at_schedule_start(self) -> State:
        """Another schedule begins."""
        return replace(self, plateau_factor=1.0, plateau_best=inf, plateau_waited=0)

    def for_optimizer(self, slots: int) -> State:
        """Another optimizer, of that many slots, begins without state."""
        fresh = np.zeros((slots, self.vector.size), self.vector.dtype)
        return replace(self, slots=fresh, step=0, momentum_product=1.0, pairs=0)

    def in_dtype(self, dtype: str) -> State:
        """The same state in numbers of another type, rounded; ValueError where one does not fit."""
        vector, slots, best = (rounded(a, dtype) for a in (self.vector, self.slots, self.best_vector))
        return replace(self, vector=vector, slots=slots, best_vector=best)

    def same(self, other: State) -> bool:
        """Whether every number is equal; one that is none equals itself, and zeros with another sign each other."""
        mine, theirs = vars(self), vars(other)
        return all(np.array_equal(mine[name], theirs[name], equal_nan=True) for name in mine)


COUNTERS = tuple(f.name for f in fields(State) if f.name not in ("vector", "slots", "best_vector"))


def rounded(numbers: Floats, dtype: str) -> Floats:
    """Return an array in that dtype; ValueError where a number leaves its range."""
    with np.errstate(over="ignore"):
        result = numbers.astype(dtype)
    bad = np.flatnonzero(~np.isfinite(result))
    if bad.size:
        raise ValueError(f"{numbers.flat[bad[0]]:g} is too large for {dtype}")
    return result


@dataclass(frozen=True, eq=False)
class Training:
    """Network, data and recipe, the first parameters, to which Reset goes back, and the present state.

    ``first`` is a (P,) vector. ``initialiser`` names how first weights are drawn, also those of units added later.
    """

    network: Network
    data: Dataset
    recipe: Recipe
    first: Floats
    state: State
    initialiser: str = "xavier"

    @classmethod
    def begin(
        cls,
        network: Network,
        data: Dataset,
        recipe: Recipe,
        first: Parameters | None = None,
        initialiser: str = "xavier",
    ) -> Training:
        """Return a training before its first update; first parameters are drawn with the recipe's seed by default."""
        if first is None:
            first = network.initialise(recipe.seed, initialiser)
        vector = first.copy().vector
        return cls(network, data, recipe, vector, State.fresh(vector, recipe), initialiser)

    @property
    def dtype(self) -> str:
        """The type of all numbers: "float64" or "float32"."""
        return str(self.state.vector.dtype)

    def in_dtype(self, dtype: str) -> Training:
        """Return this training in numbers of another type, all rounded; ValueError where one does not fit."""
        return replace(self, first=rounded(self.first, dtype), state=self.state.in_dtype(dtype))

    @property
    def parameters(self) -> Parameters:
        """The present parameters, a copy."""
        return Parameters(self.network, self.state.vector)

    def reset(self) -> Training:
        """Return this training before its first update, with the same first parameters."""
        return replace(self, state=State.fresh(self.first, self.recipe))

    def with_seed(self, seed: int) -> Training:
        """Return this training before its first update, with first parameters, order and dropout of another seed."""
        recipe = self.recipe.changed({"seed": seed})
        first = self.network.initialise(seed, self.initialiser, self.dtype)
        return Training.begin(self.network, self.data, recipe, first, self.initialiser)
