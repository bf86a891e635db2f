"""What is wrong with a run is found where it is so, and nowhere else; each remedy is an edit that can be made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bpgui
from bpgui.explain.diagnosis import Finding, diagnose
from bpgui.network.parameters import Parameters
from bpgui.project import edits
from bpgui.project.state import Project, of_builtin
from bpgui.training.history import History
from bpgui.training.stop import Patience
from bpgui.training.trainer import Trainer


def history(errors: object) -> History:
    last = np.asarray(errors, np.float64)
    return History(last, last, last, np.ones(last.size), np.arange(last.size) + 1, 0)


FALLING, STUCK, NONE = np.linspace(1.0, 0.1, 60), np.full(60, 0.5), np.empty(0)


def with_weights(project: Project, name: str, layer: int, weights: float, bias: float) -> Project:
    """All weights into a layer, and its biases, are these; its activation is that, and an update is done."""
    project = edits.apply(project, edits.set_activation(project, layer, name))[0]
    network = project.network
    vector = project.training.state.vector.copy()
    params = Parameters(network, vector)
    params.weights[layer - 1][:] = weights
    params.biases[layer - 1][:] = bias
    state = replace(project.training.state, vector=params.vector, update=1)
    return project.with_training(replace(project.training, state=state))


def doable(project: Project, finding: Finding) -> None:
    """Every remedy is an edit that changes something, and comes back."""
    assert finding.remedies
    for remedy in finding.remedies:
        changed, inverse, _ = edits.apply(project, remedy.make(project, **remedy.values))
        assert changed is not project
        edits.apply(changed, inverse)


def test_relus_that_answer_0_to_every_sample_are_dead() -> None:
    project = with_weights(of_builtin("spirals"), "relu", 2, 0.1, -100.0)
    found = diagnose(project, history(FALLING), history(NONE))
    assert found is not None
    assert found.name == "dead"
    assert found.sentence.startswith("8 of 8 neurons of layer 2 answer 0 to every sample")
    doable(project, found)
    healed = edits.apply(project, found.remedies[0].make(project, **found.remedies[0].values))[0]
    assert diagnose(healed, history(FALLING), history(NONE)) is None


def test_a_relu_that_answers_to_one_sample_is_alive_and_one_of_leaky_kind_never_dies() -> None:
    project = with_weights(of_builtin("spirals"), "relu", 1, 1.0, -1.0)
    assert diagnose(project, history(FALLING), history(NONE)) is None
    leaky = with_weights(of_builtin("spirals"), "leaky_relu", 2, 0.1, -100.0)
    assert diagnose(leaky, history(FALLING), history(NONE)) is None


def test_nothing_is_dead_before_the_first_update() -> None:
    project = with_weights(of_builtin("spirals"), "relu", 2, 0.1, -100.0)
    fresh = project.with_training(replace(project.training, state=replace(project.training.state, update=0)))
    assert diagnose(fresh, history(NONE), history(NONE)) is None


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_neurons_at_the_ends_of_their_range_are_saturated_where_the_error_stands_still(name: str) -> None:
    project = with_weights(of_builtin("spirals"), name, 1, 0.1, 50.0)
    found = diagnose(project, history(STUCK), history(NONE))
    assert found is not None
    assert found.name == "saturated"
    assert "8 of 8 neurons of layer 1 are saturated" in found.sentence
    doable(project, found)
    assert diagnose(project, history(FALLING), history(NONE)) is None
    assert diagnose(project, history(STUCK[:10]), history(NONE)) is None


def test_a_validation_error_that_rises_while_the_other_falls_is_overfitting_and_tells_since_when() -> None:
    project = of_builtin("spirals")
    rising = np.concatenate([np.linspace(1.0, 0.2, 30), np.linspace(0.2, 0.4, 30)])
    found = diagnose(project, history(FALLING), history(rising))
    assert found is not None
    assert found.name == "overfitted"
    assert found.sentence.startswith("Over-fitted since epoch 30: the validation error rose from 0.2 to 0.386")
    doable(project, found)
    kept = edits.apply(project, found.remedies[1].make(project))[0].recipe.rule(Patience)
    assert kept.restore_best
    for errors, held_out in (
        (FALLING, np.linspace(1.0, 0.2, 60)),  # both fall
        (STUCK, rising),  # neither learns
        (FALLING[:15], rising[20:35]),  # too early to tell
        (FALLING, np.where(np.arange(60) > 57, np.nan, rising)),
    ):
        assert diagnose(project, history(errors), history(held_out)) is None


def test_a_run_that_really_overfits_is_told_and_one_that_does_not_is_left_alone() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 6))
    noise = bpgui.Project(
        bpgui.training.state.Training.begin(
            bpgui.Network.dense((6, 30, 1)),
            bpgui.data.dataset.Dataset("noise", X, rng.normal(size=(40, 1)), validation=np.arange(40) >= 20),
            bpgui.Recipe("mse", "adam", 0.01, "full", 300),
        ),
        "noise",
    )
    for project, name in ((noise, "overfitted"), (of_builtin("circles"), None)):
        trainer = Trainer.of(project.training)
        trainer.run(epochs=300)
        held_out = History.of(trainer.engine.history(validation=True))
        found = diagnose(project.with_training(trainer.training), trainer.history, held_out)
        assert (found and found.name) == name
