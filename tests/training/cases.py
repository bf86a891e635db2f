"""Trainings for the tests of this room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracle.networks import random_network
from support import bits

import bpgui
from bpgui.data.dataset import Dataset
from bpgui.training.optimizers import Momentum, Sgd
from bpgui.training.state import COUNTERS, State, Training
from bpgui.training.trainer import Trainer

Floats = NDArray[np.float64]

SEEDS = st.integers(0, 2**32)


def random_recipe(rng: np.random.Generator, **fixed: Any) -> bpgui.Recipe:
    """A recipe with every setting drawn, tame enough not to diverge."""
    drawn: dict[str, Any] = {
        "loss": str(rng.choice(["half_sse", "mse"])),
        "optimizer": [Sgd(), Momentum(), Momentum(0.5)][int(rng.integers(3))],
        "learning_rate": float(rng.choice([0.003, 0.01])),
        "batch_size": [1, 2, 3, 5, 7, 100, "full"][int(rng.integers(7))],
        "shuffle": bool(rng.random() < 0.7),
        "seed": int(rng.integers(2**63)),
        "l1": float(rng.choice([0.0, 0.01])),
        "l2": float(rng.choice([0.0, 0.02])),
        "dropout": float(rng.choice([0.0, 0.25, 0.5])),
        "clip_value": [None, 0.1][int(rng.integers(2))],
        "clip_norm": [None, 0.2][int(rng.integers(2))],
    }
    return bpgui.Recipe(**{**drawn, **fixed})


def random_data(rng: np.random.Generator, inputs: int, outputs: int, **fixed: Any) -> Dataset:
    """Up to a dozen samples, some held out, some weighed."""
    n = int(rng.integers(2, 13))
    drawn: dict[str, Any] = {
        "X": rng.normal(size=(n, inputs)),
        "targets": rng.normal(size=(n, outputs)),
        "validation": (np.arange(n) > 0) & (rng.random(n) < 0.3),
        "sample_weight": rng.uniform(0.0, 2.0, n) * (rng.random(n) < 0.8) if rng.random() < 0.5 else None,
    }
    return Dataset(name="drawn", **{**drawn, **fixed})


def random_training(seed: int, **recipe: Any) -> Training:
    """Any network, data and recipe, before the first update."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, "tanh")
    data = random_data(rng, network.inputs, network.outputs)
    params = bpgui.Parameters(network, rng.normal(0.0, 0.7, network.parameter_count))
    return Training.begin(network, data, random_recipe(rng, **recipe), params)


def state_bits(state: State) -> tuple[Any, ...]:
    """Every bit of a state."""
    counters = (bits(getattr(state, name)) for name in COUNTERS)
    return (*counters, bits(state.vector), bits(state.slots), bits(state.best_vector))


def training_bits(training: Training) -> tuple[Any, ...]:
    """Every bit of first values and state."""
    return (bits(training.first), *state_bits(training.state))


def same(one: Training, other: Training) -> bool:
    """Whether two trainings are equal in everything, to the last bit."""
    values = one.network == other.network and one.recipe == other.recipe and one.data is other.data
    return values and training_bits(one) == training_bits(other) and one.state.same(other.state)


def everything(trainer: Trainer) -> tuple[Any, ...]:
    """Every bit of a trainer: state and errors."""
    return (*training_bits(trainer.training), bits(trainer.errors), bits(trainer.validation_errors))


def with_recipe(training: Training, **values: Any) -> Training:
    """The same training before its first update by another recipe."""
    recipe = training.recipe.changed(values)
    return replace(training, recipe=recipe, state=State.fresh(training.first, recipe))
