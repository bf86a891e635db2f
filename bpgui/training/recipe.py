"""The recipe: everything about how to train that is neither network nor data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from math import inf
from types import MappingProxyType
from typing import Any, Literal

from bpgui.catalogue import find
from bpgui.network.losses import LOSSES
from bpgui.ranges import Range, check_ranges
from bpgui.seeds import check_seed
from bpgui.training.optimizers import OPTIMIZERS, Lbfgs, Optimizer
from bpgui.training.schedules import SCHEDULES, Schedule, WarmUp
from bpgui.training.stop import STOP_RULES, StopRule

MAX_EPOCHS = 10**12

RANGES = {
    "learning_rate": Range(
        0.0,
        inf,
        "a number greater than 0",
        low_included=False,
        help="How far a step goes against the gradient.",
        slider=(1e-4, 10.0),
    ),
    "batch_size": Range(
        1,
        MAX_EPOCHS,
        "a whole number from 1 on, or 'full'",
        whole=True,
        other=("full",),
        help="Samples whose gradients make one update; full: all of them.",
    ),
    "epochs": Range(
        0,
        MAX_EPOCHS,
        f"a whole number from 0 to {MAX_EPOCHS:,}",
        whole=True,
        help="How many epochs a run trains.",
        unit="epochs",
    ),
    "l1": Range(0.0, inf, "a number from 0 on", help="Pulls every weight, but no bias, towards 0 by the same step."),
    "l2": Range(0.0, inf, "a number from 0 on", help="Pulls every weight, but no bias, towards 0 in its proportion."),
    "dropout": Range(
        0.0,
        1.0,
        "at least 0 and less than 1",
        high_included=False,
        help="Share of the hidden neurons left out of each update, others each time.",
        slider=(0.0, 0.9),
    ),
    "clip_norm": Range(
        0.0,
        inf,
        "a number greater than 0, or None",
        low_included=False,
        other=(None,),
        help="Shortens a gradient that is longer than this.",
    ),
    "clip_value": Range(
        0.0,
        inf,
        "a number greater than 0, or None",
        low_included=False,
        other=(None,),
        help="Cuts each part of the gradient to at most this.",
    ),
}
"""What each setting that is a number may be."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    loss, optimizer, schedule: names in their catalogues; optimizer and schedule also as instances with settings, and
    always so once constructed. learning_rate: > 0. batch_size: samples an update, or "full". epochs: how many a run
    does. shuffle: visit the samples of each epoch in an order of its own, a function of ``seed``, which governs dropout
    too. l1, l2: penalties on the weights, not on biases. dropout: share of hidden units left out, 0 <= p < 1.
    clip_norm, clip_value: limits for the gradient. stop: rules, at most one of a kind.

    Raises ValueError naming the field, what was met and what is wanted.
    """

    loss: str = "half_sse"
    optimizer: Optimizer | str = "sgd"
    learning_rate: float = 0.1
    batch_size: int | Literal["full"] = 32
    epochs: int = 100
    shuffle: bool = True
    seed: int = 0
    schedule: Schedule | str = "constant"
    l1: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    stop: tuple[StopRule, ...] = ()

    def __post_init__(self) -> None:
        """Turn names into instances and check every range."""
        find(LOSSES, self.loss, "loss")
        if isinstance(self.optimizer, str):
            object.__setattr__(self, "optimizer", find(OPTIMIZERS, self.optimizer, "optimizer")())
        if isinstance(self.schedule, str):
            object.__setattr__(self, "schedule", find(SCHEDULES, self.schedule, "schedule")())
        for name, kind in (("optimizer", Optimizer), ("schedule", Schedule)):
            if not isinstance(getattr(self, name), kind):
                raise ValueError(f"{name} is a name or an instance with its settings, got {getattr(self, name)!r}")
        check_ranges(self, RANGES)
        if not isinstance(self.shuffle, bool):
            raise ValueError(f"shuffle is true or false, got {self.shuffle!r}")
        check_seed(self.seed)
        object.__setattr__(self, "seed", int(self.seed))
        self._check_fit()
        self._check_stop()

    def _check_fit(self) -> None:
        if not isinstance(self.method, Lbfgs):
            return
        if self.batch_size != "full":
            raise ValueError(f"lbfgs needs the same samples each update: batch_size 'full', got {self.batch_size!r}")
        if self.dropout > 0.0:
            raise ValueError(f"lbfgs needs the same network each update: dropout 0, got {self.dropout!r}")

    def _check_stop(self) -> None:
        given = self.stop
        object.__setattr__(self, "stop", tuple(given) if isinstance(given, (list, tuple)) else (None,))
        kinds = [type(rule) for rule in self.stop]
        if any(kind not in STOP_RULES for kind in kinds) or len(set(kinds)) < len(kinds):
            raise ValueError(f"stop is a tuple of stop rules, at most one of a kind, got {given!r}")

    @property
    def method(self) -> Optimizer:
        """The optimizer, always an instance."""
        assert isinstance(self.optimizer, Optimizer)
        return self.optimizer

    @property
    def course(self) -> Schedule:
        """The schedule, always an instance."""
        assert isinstance(self.schedule, Schedule)
        return self.schedule

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on what can be done but hardly works."""
        if self.method.wants_full_batch and (self.batch_size != "full" or self.dropout > 0.0):
            return (f"{self.method.label} compares gradients of different updates: batch 'full', no dropout.",)
        return ()

    def rule(self, kind: type[Any]) -> Any:
        """Return the stop rule of that kind, or None."""
        return next((rule for rule in self.stop if isinstance(rule, kind)), None)

    def changed(self, values: Mapping[str, object]) -> Recipe:
        """Return this recipe with fields set.

        ``optimizer.momentum`` names a setting of the optimizer, ``schedule.gamma`` one of the schedule,
        ``schedule.then.gamma`` one of the schedule after a warm-up.

        ValueError lists the known names where one is unknown.
        """
        known = self.keys(values)
        for key in values:
            if key not in known:
                raise ValueError(f"unknown key {key!r}; known: {', '.join(known)}")
        own = {key: value for key, value in values.items() if "." not in key}
        for part in ("optimizer", "schedule"):
            nested = {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{part}.")}
            if nested:
                # The other fields wait: with lbfgs they may not fit before its settings do.
                whole = _instance(part, own.get(part, getattr(self, part)))
                own[part] = _with_settings(whole, nested)
        return replace(self, **own)  # type: ignore[arg-type]  # checked by __post_init__

    def keys(self, values: Mapping[str, object] = MappingProxyType({})) -> list[str]:
        """Return the names that ``changed`` knows for this recipe, with the optimizer and schedule of ``values``."""
        names = [f.name for f in fields(self)]
        for part in ("optimizer", "schedule"):
            whole = _instance(part, values.get(part, getattr(self, part)))
            if not is_dataclass(whole):
                continue  # what it is instead the recipe will say
            names += [f"{part}.{f.name}" for f in fields(whole)]
            if isinstance(whole, WarmUp):
                then = _instance(part, values.get("schedule.then", whole.then))
                names += [f"{part}.then.{f.name}" for f in fields(then)]
        return names


def _instance(part: str, given: Any) -> Any:
    """Return an optimizer or schedule; a name stands for the one of that name with its default settings."""
    if part == "optimizer":
        return find(OPTIMIZERS, given, "optimizer")() if isinstance(given, str) else given
    return find(SCHEDULES, given, "schedule")() if isinstance(given, str) else given


def _with_settings(whole: Any, values: Mapping[str, Any]) -> Any:
    """Return an optimizer or schedule with settings changed; ``then.floor`` is one of the schedule after a warm-up."""
    own = {name: value for name, value in values.items() if "." not in name}
    nested = {name.partition(".")[2]: value for name, value in values.items() if "." in name}
    if nested:
        own["then"] = replace(_instance("schedule", own.get("then", whole.then)), **nested)
    return replace(whole, **own)
