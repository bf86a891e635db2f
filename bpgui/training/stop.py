"""Stop rules: when training ends before its last epoch. Tested at epoch ends, the time between updates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from bpgui.ranges import Range, check_ranges


@dataclass(frozen=True)
class StopRule:
    """What a stop rule declares. The fields of a subclass are its settings.

    ValueError where a setting is not of its range.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    help: ClassVar[str]
    ranges: ClassVar[Mapping[str, Range]] = {}
    """What each setting that is a number may be."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_ranges(self, self.ranges, f"{self.name}: ")

    @property
    def reason(self) -> str:
        """Why training stopped."""
        raise NotImplementedError


@dataclass(frozen=True)
class ErrorBelow(StopRule):
    """Stop at the first epoch whose training error is less than ``limit`` (> 0)."""

    name = "error_below"
    label = "error below"
    help = "Stops at the first epoch whose training error is less than this."
    ranges = {"limit": Range(0.0, inf, "a number greater than 0", low_included=False)}

    limit: float

    @property
    def reason(self) -> str:
        """Why training stopped."""
        return f"the error fell below {self.limit:g}"


@dataclass(frozen=True)
class Patience(StopRule):
    """Stop after ``epochs`` epochs in a row whose error is not less than the best one by more than ``min_delta``.

    The error is that of the validation set where there is one, else the training error. ``restore_best`` brings the
    parameters of the best epoch back when this rule ends the run; without a validation set they are those after the
    epoch whose error, met before its updates, was best.
    """

    name = "patience"
    label = "patience"
    help = "Stops when so many epochs in a row brought no better error; that of the validation set where there is one."
    ranges = {
        "epochs": Range(1, 10**12, "a whole number from 1 to 1,000,000,000,000", whole=True, unit="epochs"),
        "min_delta": Range(0.0, inf, "a number from 0 on"),
    }

    epochs: int
    min_delta: float = 0.0
    restore_best: bool = False

    def __post_init__(self) -> None:
        """Check the ranges."""
        super().__post_init__()
        if not isinstance(self.restore_best, bool):
            raise ValueError(f"{self.name}: restore_best is true or false, got {self.restore_best!r}")

    @property
    def reason(self) -> str:
        """Why training stopped."""
        return f"no better error for {self.epochs} epochs"


@dataclass(frozen=True)
class Seconds(StopRule):
    """Stop after that many seconds of training. Recorded, and replayed, as the number of the update."""

    name = "seconds"
    label = "seconds"
    help = "Stops after so many seconds of training."
    ranges = {"seconds": Range(0.0, inf, "a number greater than 0", low_included=False, unit="s")}

    seconds: float

    @property
    def reason(self) -> str:
        """Why training stopped."""
        return f"{self.seconds:g} seconds were over"


STOP_RULES: tuple[type[StopRule], ...] = (ErrorBelow, Patience, Seconds)

error_below = ErrorBelow
patience = Patience
seconds = Seconds
