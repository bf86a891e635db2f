"""A training as a value: where it begins, where Reset goes back to, and what its bits depend on."""

from __future__ import annotations

from dataclasses import fields, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
from support import bits

import bpgui
from bpgui import _core
from bpgui.training.state import COUNTERS, State, Training
from bpgui.training.trainer import Trainer, dataset_of
from training.cases import random_training, training_bits


def begun(**more: Any) -> Training:
    net = bpgui.Network.dense((2, 3, 1))
    return Training.begin(net, dataset_of(net, np.eye(2), np.ones((2, 1)), None, None), bpgui.Recipe(seed=7), **more)


def test_first_parameters_are_drawn_with_the_recipes_seed_unless_they_are_given() -> None:
    net = bpgui.Network.dense((2, 3, 1))
    assert bits(begun().first) == bits(net.initialise(7).vector)
    assert bits(begun(initialiser="he").first) == bits(net.initialise(7, "he").vector)
    given = net.initialise(99)
    training = begun(first=given)
    assert bits(training.first) == bits(given.vector)
    training.state.vector[:] = 5.0
    assert bits(training.first) == bits(given.vector) == bits(net.initialise(99).vector)


def test_reset_goes_back_to_the_same_first_parameters_and_another_seed_to_others() -> None:
    trainer = Trainer.of(random_training(4))
    start = trainer.training
    trainer.run(updates=20)
    there = trainer.training
    assert training_bits(there) != training_bits(start)
    assert training_bits(there.reset()) == training_bits(start)
    other = there.with_seed(11)
    assert other.recipe == start.recipe.changed({"seed": 11})
    assert bits(other.first) == bits(start.network.initialise(11).vector)
    assert (other.state.update, other.state.epoch) == (0, 0)
    assert bits(begun(initialiser="he").with_seed(3).first) == bits(start_of("he", 3))


def start_of(method: str, seed: int) -> Any:
    return bpgui.Network.dense((2, 3, 1)).initialise(seed, method).vector


@pytest.mark.parametrize("name", [field.name for field in fields(State)])
def test_states_are_the_same_only_if_every_part_is(name: str) -> None:
    state = Trainer.of(random_training(4, optimizer="momentum")).state()
    assert state.same(replace(state, vector=state.vector.copy()))
    other = -1.0 if name in COUNTERS else getattr(state, name) - 1.0
    assert not state.same(replace(state, **{name: other}))
    assert {field.name for field in fields(State)} == {*COUNTERS, "vector", "slots", "best_vector"}


def test_present_parameters_are_a_copy() -> None:
    training = begun()
    training.parameters.vector[:] = 3.0
    assert bits(training.parameters.vector) == bits(training.first)


def test_the_fingerprint_names_what_bits_depend_on() -> None:
    names = bpgui.fingerprint().split()
    assert names[0] == f"bpgui-{version('bpgui')}"
    assert names[1] == _core.build()
    assert names[3].startswith("scipy-")
    assert len(names) == 5
    assert bpgui.fingerprint() == " ".join(names)
