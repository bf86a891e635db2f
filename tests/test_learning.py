"""What is declared for the built-in data sets does learn them."""

from __future__ import annotations

from statistics import median

import pytest

from bpgui.project.state import of_builtin
from bpgui.training.evaluation import accuracy
from bpgui.training.trainer import Trainer, finish

SEEDS = range(5)


def held_out_accuracy(name: str, seed: int) -> float:
    """Train as declared, first weights and held-out samples drawn with ``seed``."""
    project = of_builtin(name, seed=seed, data_seed=seed)
    run = finish(Trainer.of(project.training), project.recipe.epochs)
    assert run.status == "finished"
    data, part = project.data, project.data.validation
    return accuracy(project.network, run.params, data.X[part], data.labels[part])


def test_digits_reach_97_percent_of_a_held_out_fifth_in_the_median_of_five_seeds():
    assert median(held_out_accuracy("digits", seed) for seed in SEEDS) >= 0.97


@pytest.mark.parametrize(("name", "share"), [("circles", 0.9), ("moons", 0.9), ("spirals", 0.95)])
def test_declared_network_and_recipe_learn_the_set(name, share):
    assert median(held_out_accuracy(name, seed) for seed in SEEDS) >= share


def test_xor_is_learnt_by_every_seed():
    for seed in SEEDS:
        project = of_builtin("xor", seed=seed)
        run = finish(Trainer.of(project.training), project.recipe.epochs)
        assert accuracy(project.network, run.params, project.data.X, project.data.labels) == 1.0
