"""Projects drawn at random, in the middle of a training, and what it means that two are the same."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from oracle.networks import Case, random_case

from bpgui.data.dataset import Dataset, Origin, Scaling
from bpgui.network.initialisers import INITIALISERS
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.project.state import Project
from bpgui.training.optimizers import Momentum, Sgd
from bpgui.training.recipe import Recipe
from bpgui.training.state import COUNTERS, Training
from bpgui.training.stop import error_below, patience, seconds
from bpgui.training.trainer import Trainer

WORDS = ["", "x", "Größe", "面积", "a\nb", '"\\', "\0", "🎲", "x" * 900]


def random_project(seed: int) -> Project:
    """A project that is a function of the seed, some updates into its run."""
    rng = np.random.default_rng(seed)
    case = random_case(seed, samples=int(rng.integers(2, 9)))
    # As after edits that took units away: their ids are not used again.
    network = Network(case.network.layers, case.network.blocks, case.network.next_id + int(rng.integers(0, 3)))
    recipe = Recipe(
        loss=case.loss,
        optimizer=Momentum(float(rng.uniform(0.0, 0.99))) if rng.random() < 0.5 else Sgd(),
        learning_rate=float(10.0 ** rng.uniform(-6.0, 0.0)),
        batch_size="full" if rng.random() < 0.3 else int(rng.integers(1, 6)),
        epochs=int(rng.integers(0, 10**12)),
        shuffle=bool(rng.random() < 0.5),
        seed=int(rng.integers(0, 2**64, dtype=np.uint64)),
        l1=float(rng.random() * (rng.random() < 0.3)),
        l2=float(rng.random() * (rng.random() < 0.3)),
        dropout=float(rng.random() * (rng.random() < 0.3)),
        clip_norm=float(rng.random() + 0.1) if rng.random() < 0.3 else None,
        clip_value=float(rng.random() + 0.1) if rng.random() < 0.3 else None,
        stop=tuple(
            rule
            for rule in (error_below(1e-9), patience(3, 0.01, bool(rng.random() < 0.5)), seconds(60.0))
            if rng.random() < 0.3
        ),
    )
    initialiser = str(rng.choice([entry.name for entry in INITIALISERS]))
    first = Parameters(network, rng.normal(0.0, 1.0, network.parameter_count))
    trainer = Trainer.of(Training.begin(network, random_data(rng, case), recipe, first, initialiser))
    trainer.run(updates=int(rng.integers(0, 12)))
    cut = [int(key) for key in network.keys[network.cut] if rng.random() < 0.7]
    remembered = {key: float(rng.normal()) for key in cut}
    pace = None if rng.random() < 0.3 else float(rng.uniform(0.1, 1000.0))
    return Project(trainer.training, str(rng.choice(WORDS)), remembered, pace)


def random_data(rng: np.random.Generator, case: Case) -> Dataset:
    """The samples of a case, or labels in place of its targets, with everything that a data set may have."""
    n, inputs = case.x.shape
    validation = rng.random(n) < 0.3
    validation[rng.integers(n)] = False
    data = Dataset(
        str(rng.choice(WORDS)),
        case.x,
        case.t,
        names=tuple(map(str, rng.choice(WORDS, inputs))),
        validation=validation,
        sample_weight=case.weight,
        scaling=Scaling(rng.normal(0.0, 1.0, inputs), rng.uniform(0.1, 2.0, inputs)) if rng.random() < 0.5 else None,
        seed=int(rng.integers(2**64, dtype=np.uint64)),
        origin=Origin(int(rng.integers(1, 99)), float(rng.random())) if rng.random() < 0.5 else None,
    )
    outputs = case.t.shape[1]
    if rng.random() < 0.5:
        data = replace(data, target_scaling=Scaling(rng.normal(0.0, 1.0, outputs), rng.uniform(0.1, 2.0, outputs)))
    if rng.random() < 0.5 or (case.loss == "cross_entropy" and case.network.outputs == 1):
        return data
    classes = max(case.network.outputs, 2)
    names = tuple(f"class {i}" for i in range(classes))
    no_targets = replace(data, targets=None, target_scaling=None, target_names=(), labels=rng.integers(0, classes, n))
    return replace(no_targets, class_names=names)


def assert_same_project(one: Project, other: Project) -> None:
    """Every bit is equal."""
    assert one.network == other.network
    assert one.network.next_id == other.network.next_id
    assert one.recipe == other.recipe
    assert one.training.first.tobytes() == other.training.first.tobytes()
    assert one.training.initialiser == other.training.initialiser
    for name in COUNTERS:  # of which one may be NaN
        assert repr(getattr(one.training.state, name)) == repr(getattr(other.training.state, name)), name
    for name in ("vector", "slots", "best_vector"):
        assert getattr(one.training.state, name).tobytes() == getattr(other.training.state, name).tobytes()
    assert_same_data(one.data, other.data)
    assert (one.name, one.remembered, one.pace, one.id) == (other.name, other.remembered, other.pace, other.id)


def assert_same_data(one: Dataset, other: Dataset) -> None:
    """Every field of one is the same in the other."""
    for field in fields(Dataset):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, np.ndarray):
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape), field.name
            assert mine.tobytes() == theirs.tobytes(), field.name
        elif isinstance(mine, Scaling):
            assert np.array_equal(mine, theirs)
        else:
            assert mine == theirs, field.name
