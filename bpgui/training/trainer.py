"""The trainer: advances a training update by update."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core
from bpgui.catalogue import position
from bpgui.data.dataset import Dataset
from bpgui.network.losses import LOSSES
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters, without_cut
from bpgui.ranges import Range
from bpgui.training.changes import Begin, Change
from bpgui.training.history import History
from bpgui.training.optimizers import OPTIMIZERS
from bpgui.training.recipe import Recipe
from bpgui.training.schedules import SCHEDULES, split
from bpgui.training.state import COUNTERS, State, Training
from bpgui.training.stop import ErrorBelow, Patience, Seconds
from bpgui.training.targets import in_dtype, inputs, require_fit, sample_weights, targets

Floats = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]

# A slice is long enough that entering and leaving it costs nothing, and short enough that Ctrl+C is answered.
SLICE = 0.2
FOREVER = 2**62

COUNT = Range(0, inf, "a whole number from 0 on", whole=True)
TIME = Range(0.0, inf, "a number of seconds from 0 on")


class Trainer:
    """Trains step by step: ``run``, look, ``apply`` a change, ``run`` on.

    X: (samples, inputs); T: (samples, outputs), or (samples,) integer labels; validation: (X, T) or None;
    sample_weight: (samples,), 1 by default. ``params`` are copied. The numbers do not depend on how a run is cut into
    calls. ValueError names both shapes where something does not fit.
    """

    engine: _core.Engine
    """The core's part; other threads read what it shows."""
    _watched = False

    def __init__(
        self,
        network: Network,
        params: Parameters,
        X: ArrayLike,
        T: ArrayLike,
        recipe: Recipe,
        validation: tuple[ArrayLike, ArrayLike] | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        if params.network != network:
            raise ValueError(f"the parameters belong to {params.network!r}, not to {network!r}")
        data = dataset_of(network, X, T, validation, sample_weight)
        self._adopt(Training.begin(network, data, recipe, params))

    @classmethod
    def of(cls, training: Training) -> Trainer:
        """Return a trainer that continues a training from its state."""
        trainer = cls.__new__(cls)
        trainer._adopt(training)
        return trainer

    def _adopt(self, training: Training, before: _core.Engine | None = None) -> None:
        """Make an engine for this training, with the histories of the one before; where that raises nothing changes."""
        engine = make_engine(training, before)
        set_state(engine, training.network, training.state)
        if self._watched:
            engine.watch()
        self.engine = engine
        self._training = training

    def run(self, updates: int | None = None, epochs: int | None = None, seconds: float | None = None) -> str:
        """Train until that many updates, epochs or seconds more are done, or the recipe's epochs where none is given.

        Returns why it ended: "done", "time", "interrupted" (another thread called ``interrupt``), "diverged" (the state
        is the one before the update that would have left the finite numbers), "error_below" or "patience".
        """
        for name, value in (("updates", updates), ("epochs", epochs), ("seconds", seconds)):
            if value is not None:
                (TIME if name == "seconds" else COUNT).take(f"{name} to run", value)
        last_update = FOREVER if updates is None else min(FOREVER, self.update + int(updates))
        last_epoch = FOREVER if epochs is None else min(FOREVER, self.epoch + int(epochs))
        if updates is None and epochs is None and seconds is None:
            last_epoch = self.recipe.epochs
        deadline = inf if seconds is None else monotonic() + seconds
        while True:
            ending = self.engine.run(last_update, last_epoch, max(0.0, min(SLICE, deadline - monotonic())))
            if ending != "time" or monotonic() >= deadline:
                break
        rule = self.recipe.rule(Patience)
        if ending == "patience" and rule.restore_best:
            state = self.state()
            self.restore(replace(state, vector=state.best_vector))
        return ending

    def interrupt(self) -> None:
        """Make ``run`` return between two updates; for other threads."""
        self.engine.interrupt()

    def watch(self) -> None:
        """Keep from now on what the last complete epoch changed: ``engine.last_change`` tells it.

        This costs a copy of the parameters in each epoch.
        """
        self._watched = True
        self.engine.watch()

    def apply(self, change: Change) -> Change:
        """Apply a change between two updates and return its inverse; ValueError leaves everything as it was.

        Errors of earlier epochs stay, unless it is to ``Begin``, also as an inverse: the errors begin anew then.
        """
        training, inverse = change.apply(self.training)
        if isinstance(change, Begin):
            self._adopt(training)
        else:
            self.go_on(training)
        return inverse

    def go_on(self, training: Training) -> None:
        """Go on with what a change made of this training; errors of earlier epochs stay. ValueError as ``apply``."""
        self._adopt(training, self.engine)

    @property
    def training(self) -> Training:
        """The training with its present state."""
        return replace(self._training, state=self.state())

    @property
    def network(self) -> Network:
        """The network that is trained."""
        return self._training.network

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return self._training.recipe

    @property
    def params(self) -> Parameters:
        """The present parameters: a copy."""
        return Parameters(self.network, self.engine.state()[1])

    @property
    def update(self) -> int:
        """Updates done."""
        return self.engine.update

    @property
    def epoch(self) -> int:
        """Complete epochs."""
        return self.engine.epoch

    @property
    def errors(self) -> Floats:
        """Error of each epoch, met before each update and averaged over the epoch: (epochs,), at most a million."""
        return self.engine.errors()

    @property
    def validation_errors(self) -> Floats:
        """Error of the validation set after each epoch: (epochs,); NaN before it came, empty where none ever did."""
        return self.engine.errors(validation=True)

    @property
    def history(self) -> History:
        """Errors of all epochs in buckets."""
        return History.of(self.engine.history())

    def state(self) -> State:
        """Return the full state, a copy: restored, it continues with the same bits."""
        counters, vector, slots, best = self.engine.state()
        return State(vector, slots, best, **counters)

    def restore(self, state: State) -> None:
        """Go to a state of this network and recipe; errors of later epochs are forgotten; ValueError for others."""
        set_state(self.engine, self.network, state)


def require_consistent(training: Training) -> tuple[Numbers, Numbers]:
    """Return X and T of all samples as the core takes them; ValueError where network, data and loss do not fit."""
    network, data = training.network, training.data
    x = inputs(data.X, network)
    if data.classes and network.outputs != data.classes and (data.classes, network.outputs) != (2, 1):
        wanted = "1 or 2 outputs" if data.classes == 2 else f"{data.classes} outputs, one for each"
        raise ValueError(f"{data.classes} classes need {wanted}; the network has {network.outputs}")
    if not data.classes and network.outputs != data.outputs:
        columns = f"{data.outputs} target column{'s' if data.outputs > 1 else ''}"
        raise ValueError(f"the data have {columns}, one for each output; the network has {network.outputs}")
    t = targets(data.T, network, len(x))
    require_fit(training.recipe.loss, network, t)
    return in_dtype(x, "X", training.dtype), in_dtype(t, "T", training.dtype)


def make_engine(training: Training, before: _core.Engine | None = None) -> _core.Engine:
    """Return the engine for a training; ValueError where network, data and recipe do not fit together.

    ``before`` is the engine that it replaces and whose histories it goes on with.
    """
    network, data, recipe = training.network, training.data, training.recipe
    x, t = require_consistent(training)
    part = ~data.validation
    weights = sample_weights(data.sample_weight, len(x))
    core, plan = _core.of(training.dtype), network.plan(training.dtype)

    def samples(some: NDArray[np.bool_]) -> _core.Data:
        return core.Data(plan, x[some], t[some], weights[some] if weights.size else weights)

    return core.Engine(plan, samples(part), samples(~part), settings_of(recipe), recipe.method.slots, before)


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as the core takes it."""
    below, patience = recipe.rule(ErrorBelow), recipe.rule(Patience)
    warm_up, schedule = split(recipe.course)
    return {
        "loss": position(LOSSES, recipe.loss, "loss"),
        "optimizer": position(OPTIMIZERS, recipe.method.name, "optimizer"),
        "optimizer_settings": recipe.method.settings,
        "rate": recipe.learning_rate,
        "schedule": [kind.name for kind in SCHEDULES].index(schedule.name),
        "schedule_settings": schedule.settings,
        "warm_up": warm_up,
        "total_epochs": recipe.epochs,
        "l1": recipe.l1,
        "l2": recipe.l2,
        "clip_value": inf if recipe.clip_value is None else recipe.clip_value,
        "clip_norm": inf if recipe.clip_norm is None else recipe.clip_norm,
        "dropout": recipe.dropout,
        "batch": FOREVER if recipe.batch_size == "full" else recipe.batch_size,
        "shuffle": recipe.shuffle,
        "seed": recipe.seed,
        "error_below": -inf if below is None else below.limit,
        "patience": 0 if patience is None else patience.epochs,
        "min_delta": 0.0 if patience is None else patience.min_delta,
        "restore_best": patience is not None and patience.restore_best,
    }


def set_state(engine: _core.Engine, network: Network, state: State) -> None:
    """Put a state into the engine of a network; ValueError for other shapes or a parameter that is not finite."""
    if not np.isfinite(state.vector).all():
        raise ValueError("a state to restore has parameters that are not finite")
    counters = {name: getattr(state, name) for name in COUNTERS}
    vector, best = (without_cut(network, one) for one in (state.vector, state.best_vector))
    engine.set_state(counters, vector, state.slots, best)


def dataset_of(
    network: Network,
    X: ArrayLike,
    T: ArrayLike,
    validation: tuple[ArrayLike, ArrayLike] | None,
    sample_weight: ArrayLike | None,
) -> Dataset:
    """Return arrays as a data set whose held-out samples are those of ``validation``; weights there count 1."""
    x = inputs(X, network)
    t = targets(T, network, len(x))
    held_out = np.zeros(len(x), np.bool_)
    weight = None if sample_weight is None else sample_weights(sample_weight, len(x))
    if validation is not None:
        if not isinstance(validation, (tuple, list)) or len(validation) != 2:
            raise ValueError(f"validation is (X, T) or None, got {type(validation).__name__} of other parts")
        x_held = inputs(validation[0], network)
        t_held = targets(validation[1], network, len(x_held))
        x, t = np.vstack([x, x_held]), np.vstack([t, t_held])
        held_out = np.concatenate([held_out, np.ones(len(x_held), np.bool_)])
        weight = None if weight is None else np.concatenate([weight, np.ones(len(x_held))])
    return Dataset(name="arrays", X=x, targets=t, validation=held_out, sample_weight=weight)


@dataclass(frozen=True, eq=False)
class Run:
    """What came of a training.

    params: the parameters at the end, always finite. errors (epochs,): each epoch's error as met before its updates;
    validation_errors (epochs,): after it, empty without a validation set; at most a million, ``history`` has all in
    buckets. status: "finished", "stopped" or "diverged"; reason: one sentence.
    """

    params: Parameters
    errors: Floats
    validation_errors: Floats
    history: History
    status: str
    reason: str
    epochs: int
    updates: int


def train(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    recipe: Recipe,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    sample_weight: ArrayLike | None = None,
) -> Run:
    """Train for the recipe's epochs, or until a stop rule or divergence ends it. ``params`` is not changed.

    Arguments and errors as for Trainer.
    """
    trainer = Trainer(network, params, X, T, recipe, validation, sample_weight)
    return finish(trainer, recipe.epochs)


def finish(trainer: Trainer, last_epoch: int) -> Run:
    """Run a trainer up to a number of epochs and tell what came of it."""
    rule = trainer.recipe.rule(Seconds)
    seconds = None if rule is None else rule.seconds
    ending = trainer.run(epochs=max(0, last_epoch - trainer.epoch), seconds=seconds)
    status, reason = told(ending, trainer)
    return Run(
        trainer.params,
        trainer.errors,
        trainer.validation_errors,
        trainer.history,
        status,
        reason,
        trainer.epoch,
        trainer.update,
    )


def told(ending: str, trainer: Trainer) -> tuple[str, str]:
    """Return status and reason of a run that ended so."""
    recipe = trainer.recipe
    if ending == "diverged":
        left = f"the numbers left the finite range at update {trainer.update:,}, in epoch {trainer.epoch:,}"
        return "diverged", f"{left}; a smaller learning rate than {recipe.learning_rate:g} may help"
    if ending == "interrupted":
        return "stopped", f"stopped by hand at update {trainer.update:,}"
    rule = recipe.rule({"error_below": ErrorBelow, "patience": Patience, "time": Seconds}.get(ending, type(None)))
    if rule is not None:
        return "stopped", f"{rule.reason}; stopped at update {trainer.update:,}"
    return "finished", all_done(trainer.epoch)


def all_done(epochs: int) -> str:
    """Say that so many epochs are done."""
    return "1 epoch is done" if epochs == 1 else f"all {epochs:,} epochs are done"
