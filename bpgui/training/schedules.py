"""Schedules: a factor on the learning rate as training goes on, evaluated before each update.

x counts epochs: those that are complete, and the share of the present one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bpgui.ranges import Range, check_ranges

EPOCHS = Range(1.0, 1e12, "a number of epochs from 1 on")
FACTOR = Range(0.0, 1.0, "greater than 0 and at most 1", low_included=False)


@dataclass(frozen=True)
class Schedule:
    """What a schedule declares. The fields of a subclass are its settings, in the order the core takes them.

    ValueError where a setting is no number of its range.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[str]
    help: ClassVar[str]
    ranges: ClassVar[Mapping[str, Range]] = {}
    """What each setting may be."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_ranges(self, self.ranges)

    @property
    def settings(self) -> tuple[float, ...]:
        """The settings as the core takes them."""
        return tuple(float(getattr(self, name)) for name in self.ranges)


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate stays as it is."""

    name = "constant"
    label = "constant"
    formula = "1"
    help = "The learning rate stays as it is."


@dataclass(frozen=True)
class Step(Schedule):
    """``gamma ** floor(floor(x) / every)``."""

    name = "step"
    label = "step"
    formula = "γ^⌊⌊x⌋ / k⌋"
    help = "Falls by a factor every so many epochs."
    ranges = {"gamma": FACTOR, "every": EPOCHS}

    gamma: float = 0.5
    every: float = 30


@dataclass(frozen=True)
class Exponential(Schedule):
    """``gamma ** floor(x)``."""

    name = "exponential"
    label = "exponential"
    formula = "γ^⌊x⌋"
    help = "Falls by a factor with each epoch."
    ranges = {"gamma": FACTOR}

    gamma: float = 0.99


@dataclass(frozen=True)
class Cosine(Schedule):
    """``floor + (1 - floor) * (1 + cos(pi * x / X)) / 2``; X are the recipe's epochs.

    With a period (0: none) X is the period, and x begins again with each (Loshchilov and Hutter 2017).
    """

    name = "cosine"
    label = "cosine"
    formula = "f + (1 − f) · ½ (1 + cos π x / X)"
    help = "Falls along half a cosine to a floor at the last epoch; with a period it starts anew after each."
    ranges = {"floor": Range(0.0, 1.0, "from 0 to 1"), "period": Range(0.0, 1e12, "a number of epochs, or 0 for none")}

    floor: float = 0.0
    period: float = 0.0


@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """Falls by a factor after more than ``patience`` epochs whose error is not below (1 - threshold) times the best."""

    name = "reduce_on_plateau"
    label = "reduce on plateau"
    formula = "γ^(plateaus so far)"
    help = "Falls by a factor whenever the error stands still; it watches the validation error where there is one."
    ranges = {
        "factor": FACTOR,
        "patience": Range(0.0, 1e12, "a number of epochs from 0 on"),
        "threshold": Range(0.0, 1.0, "at least 0 and less than 1", high_included=False),
    }

    factor: float = 0.5
    patience: float = 10
    threshold: float = 1e-4


@dataclass(frozen=True)
class WarmUp(Schedule):
    """``min(1, x / epochs)`` times the schedule ``then``; at x = 0 the share of one update stands for x.

    ``then`` is a name or an instance, but no warm-up again.
    """

    name = "warm_up"
    label = "warm-up"
    formula = "min(1, x / k) times the rest"
    help = "Rises from 0 over the first epochs, then goes on as another schedule."
    ranges = {"epochs": EPOCHS}

    epochs: float = 5
    then: Schedule | str = field(default_factory=Constant)

    def __post_init__(self) -> None:
        """Check the ranges and turn a name into an instance."""
        super().__post_init__()
        if isinstance(self.then, str):
            known = {kind.name: kind for kind in SCHEDULES if kind is not WarmUp}
            if self.then not in known:
                raise ValueError(f"a warm-up leads to one of {', '.join(known)}, got {self.then!r}")
            object.__setattr__(self, "then", known[self.then]())
        if not isinstance(self.then, Schedule) or isinstance(self.then, WarmUp):
            raise ValueError(f"a warm-up leads to another schedule, got {self.then!r}")


# In the order of the codes in ext/schedules.pxd; a warm-up, which has none, comes last.
SCHEDULES: tuple[type[Schedule], ...] = (Constant, Step, Exponential, Cosine, ReduceOnPlateau, WarmUp)


def split(schedule: Schedule) -> tuple[float, Schedule]:
    """Return the epochs of a warm-up, 0 for none, and the schedule that it leads to."""
    if isinstance(schedule, WarmUp):
        assert isinstance(schedule.then, Schedule)
        return schedule.epochs, schedule.then
    return 0.0, schedule
