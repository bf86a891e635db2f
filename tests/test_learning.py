"""What is declared for the built-in data sets does learn them."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest

from bpgui.data.builtin import DATASETS
from bpgui.project.state import Project, of_builtin
from bpgui.training.evaluation import accuracy, predict
from bpgui.training.trainer import Trainer, finish

SEEDS = range(5)
LEAST = {"xor": (1.0, 1.0)}
GENERATED = [entry.name for entry in DATASETS if entry.samples]


def learnt(name: str, seed: int) -> tuple[float, float]:
    """Train as declared, first weights and samples drawn with ``seed``.

    Return how well the training and the held-out samples are told, 1 for wholly right.
    """
    project = of_builtin(name, seed=seed, data_seed=seed)
    run = finish(Trainer.of(project.training), project.recipe.epochs)
    assert run.status == "finished"
    held_out = project.data.validation
    return score(project, run.params, ~held_out), score(project, run.params, held_out)


def score(project: Project, params, part: np.ndarray) -> float:
    """Return the share of right classes, or for quantities the share of their variance that is explained."""
    data, network = project.data, project.network
    if not part.any():
        return 1.0  # of some sets nothing is held out
    if data.labels is not None:
        return accuracy(network, params, data.X[part], data.labels[part])
    wanted = data.T[part]
    return float(1.0 - ((predict(network, params, data.X[part]) - wanted) ** 2).mean() / wanted.var())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", GENERATED)
def test_declared_network_and_recipe_learn_the_set_from_every_start_and_with_other_samples(name, seed):
    on_training, on_held_out = learnt(name, seed)
    least = LEAST.get(name, (0.97, 0.95))
    assert on_training >= least[0]
    assert on_held_out >= least[1]


def test_digits_reach_97_percent_of_a_held_out_fifth_in_the_median_of_five_seeds():
    assert median(learnt("digits", seed)[1] for seed in SEEDS) >= 0.97


def test_the_article_reaches_its_targets():
    assert learnt("article", 0)[0] > 0.99
