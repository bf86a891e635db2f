"""Every optimizer and schedule, with settings of its own, and both dtypes, survive a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import bpgui
from bpgui.files.project_file import load, save
from bpgui.project.state import of_builtin
from bpgui.training.optimizers import OPTIMIZERS, Optimizer
from bpgui.training.schedules import SCHEDULES, Cosine, Schedule, WarmUp
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer


def stirred(kind: type[Optimizer | Schedule]) -> Optimizer | Schedule:
    """An instance whose settings are not the defaults."""
    own = {name: getattr(kind(), name) * 0.9 + 0.1 * min(wanted.high, 10.0) for name, wanted in kind.ranges.items()}
    return replace(kind(), **own)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=[kind.name for kind in OPTIMIZERS])
def test_a_saved_training_goes_on_with_the_same_bits(tmp_path: Path, optimizer: type[Optimizer], dtype: str) -> None:
    project = of_builtin("xor")
    recipe = replace(project.recipe, optimizer=stirred(optimizer), learning_rate=0.01, batch_size="full")
    first = project.network.initialise(3, dtype=dtype)
    trainer = Trainer.of(Training.begin(project.network, project.data, recipe, first))
    trainer.run(updates=12)
    save(project.with_training(trainer.training), tmp_path / "one.bpgui")
    loaded = load(tmp_path / "one.bpgui")
    assert (loaded.training.dtype, loaded.recipe) == (dtype, recipe)
    again = Trainer.of(loaded.training)
    for each in (trainer, again):
        each.run(updates=30)
    assert again.state().same(trainer.state())


@pytest.mark.parametrize("schedule", SCHEDULES, ids=[kind.name for kind in SCHEDULES])
def test_a_schedule_keeps_its_settings(tmp_path: Path, schedule: type[Schedule]) -> None:
    given = stirred(schedule)
    if isinstance(given, WarmUp):
        given = replace(given, then=Cosine(0.25, 7.0))
    project = of_builtin("xor")
    project = project.with_training(replace(project.training, recipe=replace(project.recipe, schedule=given)))
    save(project, tmp_path / "one.bpgui")
    assert load(tmp_path / "one.bpgui").recipe.course == given


def test_float32_numbers_are_stored_as_such(tmp_path: Path) -> None:
    project = of_builtin("xor")
    save(project.with_training(project.training.in_dtype("float32")), tmp_path / "one.bpgui")
    with np.load(tmp_path / "one.bpgui") as members:
        assert {members[name].dtype for name in ("vector", "first", "best_vector", "slots")} == {np.dtype("<f4")}
    assert bpgui.load(tmp_path / "one.bpgui").training.dtype == "float32"
