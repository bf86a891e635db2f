"""A training as a value: what is trained, on what, how, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.recipe import Recipe

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class State:
    """How far a training has come: with network, data and recipe, all that its future depends on.

    update: updates done; epoch: complete epochs; position: samples of the present epoch visited; step: updates the
    optimizer has done since it began; error_sum, weight_sum: of the present epoch so far; best, waited, best_vector:
    the patience rule's. vector (P,): the parameters; slots (s, P): the optimizer's state.
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

    @classmethod
    def fresh(cls, vector: Floats, recipe: Recipe) -> State:
        """Before the first update."""
        return cls(vector.copy(), np.zeros((recipe.method.slots, vector.size)), vector.copy())

    def at_epoch_start(self) -> State:
        """The present epoch begins again: its number stays, its partial sums are dropped."""
        return replace(self, position=0, error_sum=0.0, weight_sum=0.0)

    def at_rule_start(self) -> State:
        """The error means something else from here on: the patience rule forgets the best one and waits anew."""
        return replace(self, best=inf, waited=0, best_vector=self.vector.copy())

    def same(self, other: State) -> bool:
        """Whether every bit is equal."""
        mine, theirs = vars(self), vars(other)
        return all(np.array_equal(mine[name], theirs[name]) for name in mine)


COUNTERS = ("update", "epoch", "position", "step", "error_sum", "weight_sum", "best", "waited")


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
    def parameters(self) -> Parameters:
        """The present parameters, a copy."""
        return Parameters(self.network, self.state.vector)

    def reset(self) -> Training:
        """Return this training before its first update, with the same first parameters."""
        return replace(self, state=State.fresh(self.first, self.recipe))

    def with_seed(self, seed: int) -> Training:
        """Return this training before its first update, with first parameters, order and dropout of another seed."""
        recipe = self.recipe.changed({"seed": seed})
        return Training.begin(self.network, self.data, recipe, initialiser=self.initialiser)
