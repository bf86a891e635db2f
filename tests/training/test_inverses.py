"""Every change has an inverse that takes every bit back, and gives the same bits wherever it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import ELEMENTWISE
from support import examples

import bpgui
from bpgui.network import structure
from bpgui.network.network import Layer
from bpgui.network.parameters import Entries, places
from bpgui.training.changes import Begin, Change, SetData, SetNetwork, SetParameters, SetRecipe, Together
from bpgui.training.optimizers import Momentum, Sgd
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer
from training.cases import SEEDS, everything, random_data, random_training, same

STEPS = st.integers(0, 30)


# One of each class, of whatever kind comes up, that fits the training at hand.


def any_parameters(training: Training, rng: np.random.Generator) -> Change:
    live = training.network.keys[~training.network.cut]
    keys = rng.choice(live, int(rng.integers(min(1, live.size), live.size + 1)), replace=False)
    return SetParameters(keys, rng.choice([-0.0, 0.3, 1.5, -2.0], keys.size))


def any_masks(training: Training, rng: np.random.Generator) -> Change:
    weights = training.network.keys[: training.network.weight_count]
    name, value = str(rng.choice(["cut", "frozen"])), bool(rng.random() < 0.5)
    keys = [int(key) for key in weights if rng.random() < 0.5]
    return SetNetwork(structure.with_mask(training.network, name, keys, value))


def any_structure(training: Training, rng: np.random.Generator) -> Change:
    old = training.network
    index = int(rng.integers(1, len(old.layers)))
    network = structure.with_activation(old, index, str(rng.choice(ELEMENTWISE)))
    kind = int(rng.integers(4))
    if kind == 0:
        network = structure.with_bias(network, index, not network.layers[index].bias)
    elif kind == 1 and index < len(old.layers) - 1:
        network = structure.with_units(network, index, int(rng.integers(1, 7)))
    elif kind == 2:
        network = structure.with_layer_before(network, index, Layer(2, "tanh"))
    elif kind == 3 and index < len(old.layers) - 1:
        network = structure.without_layer(network, index)
    new = network.keys[places(old, network.keys) < 0]
    entries = Entries(new, rng.normal(size=(int(rng.integers(1, 5)), new.size)))
    return SetNetwork(network, entries if rng.random() < 0.5 else None)


def any_recipe(training: Training, rng: np.random.Generator) -> Change:
    values: dict[str, Any] = {
        "learning_rate": 0.004,
        "optimizer": [Sgd(), Momentum(0.8)][int(rng.integers(2))],
        "l1": 0.001,
        "l2": 0.002,
        "loss": str(rng.choice(["half_sse", "mse"])),
        "batch_size": int(rng.integers(1, 6)),
        "seed": int(rng.integers(99)),
        "shuffle": bool(rng.random() < 0.5),
        "dropout": 0.1,
        "clip_norm": 0.3,
        "clip_value": 0.2,
        "epochs": 7,
        "stop": (bpgui.stop.patience(10**9, restore_best=True),),
    }
    names = rng.choice(list(values), int(rng.integers(1, 4)), replace=False)
    chosen = {str(name): values[name] for name in names}
    if rng.random() < 0.3 and isinstance(training.recipe.method, Momentum) and "optimizer" not in chosen:
        chosen["optimizer.momentum"] = 0.3
    return SetRecipe(chosen)


def any_data(training: Training, rng: np.random.Generator) -> Change:
    return SetData(random_data(rng, training.network.inputs, training.network.outputs))


def any_beginning(training: Training, rng: np.random.Generator) -> Change:
    kinds: list[Callable[[], Training]] = [
        training.reset,
        lambda: training.with_seed(int(rng.integers(99))),
        lambda: random_training(int(rng.integers(99))),
    ]
    return Begin(kinds[int(rng.integers(3))]())


def any_together(training: Training, rng: np.random.Generator) -> Change:
    changes = []
    for _ in range(int(rng.integers(1, 4))):
        make = KINDS[int(rng.integers(len(KINDS)))]
        change = make(training, rng)
        training, _ = change.apply(training)
        changes.append(change)
    return Together(tuple(changes))


KINDS = [any_parameters, any_masks, any_structure, any_recipe, any_data]
ALL_KINDS = [*KINDS, any_beginning, any_together]


@pytest.mark.parametrize("make", ALL_KINDS, ids=[kind.__name__ for kind in ALL_KINDS])
def test_a_change_and_its_inverse_leave_no_trace(make: Any) -> None:
    @examples(400)
    @given(SEEDS, STEPS, STEPS)
    def check(seed: int, before: int, after: int) -> None:
        training = random_training(seed)
        trainer, untouched = Trainer.of(training), Trainer.of(training)
        for one in (trainer, untouched):
            one.run(updates=before)
        there = trainer.training
        inverse = trainer.apply(make(there, np.random.default_rng(seed)))
        redo = trainer.apply(inverse)
        assert same(trainer.training, there)
        assert same(untouched.training, trainer.training)
        # And once more, there and back.
        trainer.apply(trainer.apply(redo))
        assert same(trainer.training, there)
        for one in (trainer, untouched):
            one.run(updates=after)
        assert same(trainer.training, untouched.training)

    check()


@examples(600)
@given(SEEDS, st.lists(st.tuples(STEPS, st.integers(0, len(KINDS) - 1)), max_size=5))
def test_the_same_changes_at_the_same_updates_give_the_same_bits(seed: int, events: list[tuple[int, int]]) -> None:
    training = random_training(seed)
    first = Trainer.of(training)
    made: list[tuple[int, Change]] = []
    for updates, kind in events:
        first.run(updates=updates)
        change = KINDS[kind](first.training, np.random.default_rng(seed))
        made.append((first.update, change))
        first.apply(change)
    first.run(updates=10)
    second = Trainer.of(training)
    for at, change in made:
        while second.update < at:
            second.run(updates=1)
        second.apply(change)
    second.run(updates=10)
    assert everything(first) == everything(second)
