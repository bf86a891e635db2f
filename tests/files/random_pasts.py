"""Pasts drawn at random, and what it means that two are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from project.test_timeline import Worker, small
from training.cases import training_bits

from bpgui.network import structure
from bpgui.project.past import Checkpoint, Past
from bpgui.project.state import Project
from bpgui.project.timeline import Timeline
from bpgui.training.changes import Change, Place, SetData, SetNetwork, SetParameters, SetRecipe, Together
from bpgui.training.history import NO_CURVES, Curves
from bpgui.training.recipe import Recipe
from bpgui.training.state import Training

STEPS = ("run", "run", "run", "change", "change", "back", "begin", "end", "name")


class Recorder(Worker):
    """A worker for which every slice takes the same time, so that what it keeps does not depend on the machine."""

    @classmethod
    def going_on(cls, project: Project) -> Recorder:
        """One that opens a project."""
        found = cls(project.training)
        found.timeline = Timeline(project.training, project.remembered, project.past)
        return found

    def run(self, updates: int, slice_: int = 10) -> None:
        while updates > 0:
            now = min(updates, slice_)
            self.trainer.run(updates=now)
            self.timeline.advanced(self.trainer, 0.01 * now)
            updates -= now

    @property
    def project(self) -> Project:
        """What would be saved now."""
        training = self.trainer.training
        past = self.timeline.whole(training, Curves.of(self.trainer.engine))
        return Project(training, "with a past", past.here.tip.remembered, past=past, id="a" * 32)


def change_of(training: Training, rng: np.random.Generator) -> Change:
    """A change of any kind."""
    net, data = training.network, training.data
    number = int(rng.integers(100))
    kinds: list[Callable[[], Change]] = [
        lambda: SetParameters(net.keys[-2:], rng.normal(0.0, 0.1, 2)),
        lambda: SetRecipe({"learning_rate": 0.001 + 0.0005 * (number % 3)}),
        lambda: SetRecipe({"optimizer": ["sgd", "adam", "momentum", "nadam"][number % 4]}),
        lambda: SetNetwork(structure.with_units(net, 1, 1 + number % 4)),
        lambda: SetNetwork(structure.with_mask(net, ["cut", "frozen"][number % 2], net.keys[:1].tolist(), number < 60)),
        lambda: SetData(data.with_split(0.25, number)),
        lambda: SetData(replace(data, X=data.X + 0.01, sample_weight=np.ones(data.samples))),
        lambda: Together((SetRecipe({"loss": "mae"}), SetRecipe({"seed": number}))),
    ]
    return kinds[int(rng.integers(len(kinds)))]()


def random_past(seed: int, steps: int = 25) -> Recorder:
    """A worker with a past that is a function of the seed."""
    rng = np.random.default_rng(seed)
    one = Recorder(small())
    seen = []
    for number in range(steps):
        step = STEPS[int(rng.integers(len(STEPS)))]
        if step == "run":
            one.run(int(rng.integers(1, 60)))
        elif step == "change":
            one.apply(change_of(one.trainer.training, rng), f"change {number}")
        elif step == "back" and seen:
            one.go_back(seen[int(rng.integers(len(seen)))])
        elif step == "begin":
            one.go_to(small(seed=number).in_dtype("float32" if rng.random() < 0.5 else "float64"), None)
        elif step == "end":
            branches = [branch for branch in one.past.branches.values() if branch.id != one.past.present]
            if branches:
                tip = branches[int(rng.integers(len(branches)))]
                one.go_back(Place(tip.id, tip.tip.update))
        elif step == "name":
            one.timeline.name(one.trainer.training, f"n{number}")
        here = Place(one.past.present, one.trainer.update)
        seen = [place for place in [*seen, here] if place.branch in one.past.branches]
    return one


def with_past(project: Project) -> Project:
    """The same project at the end of a branch of another run, after changes of network, data and recipe."""
    one = Recorder(project.training)
    data = project.data
    network = project.network
    one.run(12)
    one.apply(SetParameters(network.keys[~network.cut][:3], np.zeros(3)))
    one.run(2)
    one.apply(
        SetNetwork(structure.with_mask(one.trainer.network, "frozen", one.trainer.network.keys[:1].tolist(), True))
    )
    one.run(7)
    one.apply(SetRecipe({"optimizer": "adam"}))
    one.apply(SetData(replace(data, X=data.X * 1.5, sample_weight=np.ones(data.samples))))
    one.timeline.name(one.trainer.training, "before")
    one.run(11)
    one.go_to(project.training, Place(0, project.training.state.update))
    return replace(project, past=one.timeline.whole(project.training, NO_CURVES))


def moments(past: Past) -> Iterator[Checkpoint]:
    """All that is kept whole."""
    for branch in past.branches.values():
        yield from (*branch.checkpoints, branch.tip)


def values_of(past: Past) -> list[Any]:
    """Networks, data sets and recipes wherever they stand, None where there is none."""
    found: list[Any] = []
    for branch in past.branches.values():
        trainings = [kept.training for kept in (*branch.checkpoints, branch.tip)] + [branch.trained]
        patches = [event.patch for event in branch.events]
        found += [part for each in (*trainings, *patches) for part in (each.network, each.data, each.recipe)]
    return found


def shared(past: Past) -> list[int]:
    """For each of those values, which of them was the first to be this very one, or an equal recipe."""
    first: dict[object, int] = {}
    keys = (repr(value) if isinstance(value, Recipe | None) else id(value) for value in values_of(past))
    return [first.setdefault(key, len(first)) for key in keys]


def told(past: Past) -> list[Any]:
    """All of a past that is no network, data set or recipe, to the bit."""
    return [
        (
            (branch.id, branch.run, branch.letter, branch.parent, branch.elsewhere),
            (branch.trained.initialiser, branch.trained.dtype),
            [
                (_bits(kept.training), kept.events, kept.seconds, dict(kept.remembered), kept.name)
                for kept in (*branch.checkpoints, branch.tip)
            ],
            [
                (
                    (event.update, event.label, None if event.remembered is None else dict(event.remembered)),
                    (event.patch.initialiser, repr(dict(event.patch.counters)), event.patch.rows.tobytes()),
                    None if event.patch.at is None else event.patch.at.tobytes(),
                )
                for event in branch.events
            ],
            [[_history(history) for history in piece] for piece in branch.curves],
        )
        for branch in past.branches.values()
    ]


def _bits(training: Training) -> Any:
    return training_bits(training), training.initialiser, training.dtype, training.first.tobytes()


def _history(history: Any) -> Any:
    arrays = (history.low, history.high, history.last, history.count, history.ends)
    return [array.tobytes() for array in arrays], history.first_epoch


def assert_same_past(one: Past, other: Past) -> None:
    """Every bit is equal, and what was one value is one value."""
    assert one.present == other.present
    assert told(one) == told(other)
    assert shared(one) == shared(other)
