"""Schedules: the factor on the learning rate before each update, against PyTorch's and seen in a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from oracle import plain

import bpgui
from bpgui.training.schedules import SCHEDULES, ReduceOnPlateau, Schedule, WarmUp, split

CASES = json.loads((Path(__file__).parents[1] / "oracle" / "schedules.json").read_text())
NAMES = [f"{i}-{case['schedule']}{' after a warm-up' if case['warm_up'] else ''}" for i, case in enumerate(CASES)]


def schedule_of(case: dict[str, Any]) -> Schedule:
    [kind] = [kind for kind in SCHEDULES if kind.name == case["schedule"]]
    schedule = kind(**case["settings"])
    return WarmUp(case["warm_up"], schedule) if case["warm_up"] else schedule


def rates_met(recipe: bpgui.Recipe, updates: int, samples: int) -> tuple[list[float], bpgui.Trainer]:
    """The learning rate of each update over the recipe's, read off the steps of a weight whose gradient is known."""
    net = bpgui.Network.dense((1, 1), bias=False)
    x, t = np.ones((samples, 1)), np.linspace(2.0, 5.0, samples)[:, None]
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [1.0]), x, t, recipe)
    found, w = [], 1.0
    for u in range(updates):
        trainer.run(updates=1)
        after = float(trainer.params.vector[0])
        found.append((after - w) / (t[u % samples, 0] - w) / recipe.learning_rate)
        w = after
    return found, trainer


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_factors_are_those_of_pytorch(case: dict[str, Any]) -> None:
    schedule, n = schedule_of(case), case["updates"]
    plateau, found = plain.Plateau(), []
    for e in range(case["epochs"]):
        for i in range(n):
            found.append(plain.factor(schedule, e + i / n, case["epochs"], 1.0 / n, plateau.factor))
        if case["errors"]:
            plateau.met(schedule, case["errors"][e])
    assert found == pytest.approx(case["factors"], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_training_takes_the_steps_of_the_factors(case: dict[str, Any]) -> None:
    schedule, n = schedule_of(case), case["updates"]
    recipe = bpgui.Recipe(learning_rate=0.4, batch_size=1, epochs=case["epochs"], shuffle=False, schedule=schedule)
    found, trainer = rates_met(recipe, case["epochs"] * n, n)
    watches = isinstance(split(schedule)[1], ReduceOnPlateau)
    plateau, wanted = plain.Plateau(), []
    for e in range(case["epochs"]):
        for i in range(n):
            wanted.append(plain.factor(schedule, e + i / n, case["epochs"], 1.0 / n, plateau.factor))
        plateau.met(schedule, trainer.errors[e])
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert wanted == pytest.approx(case["factors"], rel=1e-10, abs=1e-12) or watches
    assert trainer.state().plateau_factor == (plateau.factor if watches else 1.0)


def test_beyond_its_epochs_a_cosine_stays_at_its_floor() -> None:
    course = bpgui.schedules.Cosine(0.25)
    recipe = bpgui.Recipe(learning_rate=0.4, batch_size=1, epochs=4, shuffle=False, schedule=course)
    found, _ = rates_met(recipe, 24, 3)
    assert found[12:] == pytest.approx([0.25] * 12)


def test_a_plateau_watches_the_validation_error_where_there_is_one() -> None:
    net = bpgui.Network.dense((1, 1), bias=False)
    schedule = ReduceOnPlateau(0.5, 0, 0.0)
    recipe = bpgui.Recipe(learning_rate=0.1, batch_size=1, epochs=5, schedule=schedule)
    # While the weight goes to 1, the training error falls and the validation error, which wants 0, rises.
    trainer = bpgui.Trainer(net, bpgui.Parameters(net, [0.0]), [[1.0]], [[1.0]], recipe, ([[1.0]], [[0.0]]))
    trainer.run()
    assert np.all(np.diff(trainer.errors) < 0.0)
    assert trainer.state().plateau_factor == 0.5**4
