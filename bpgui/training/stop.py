"""Stop rules: when training ends before its last epoch. Tested at epoch ends, the time between updates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorBelow:
    """Stop at the first epoch whose training error is less than ``limit`` (> 0)."""

    limit: float

    def __post_init__(self) -> None:
        """Check the range."""
        if not self.limit > 0.0:
            raise ValueError(f"error_below needs a limit greater than 0, got {self.limit!r}")

    @property
    def reason(self) -> str:
        """Why training stopped."""
        return f"the error fell below {self.limit:g}"


@dataclass(frozen=True)
class Patience:
    """Stop after ``epochs`` epochs in a row whose error is not less than the best one by more than ``min_delta``.

    The error is that of the validation set where there is one, else the training error. ``restore_best`` brings the
    parameters of the best epoch back.
    """

    epochs: int
    min_delta: float = 0.0
    restore_best: bool = False

    def __post_init__(self) -> None:
        """Check the ranges."""
        if isinstance(self.epochs, bool) or not isinstance(self.epochs, int) or self.epochs < 1:
            raise ValueError(f"patience needs a whole number of epochs from 1 on, got {self.epochs!r}")
        if not self.min_delta >= 0.0:
            raise ValueError(f"min_delta is at least 0, got {self.min_delta!r}")

    @property
    def reason(self) -> str:
        """Why training stopped."""
        return f"no better error for {self.epochs} epochs"


@dataclass(frozen=True)
class Seconds:
    """Stop after that many seconds of training. Recorded, and replayed, as the number of the update."""

    seconds: float

    def __post_init__(self) -> None:
        """Check the range."""
        if not self.seconds > 0.0:
            raise ValueError(f"a time to stop after is greater than 0 seconds, got {self.seconds!r}")

    @property
    def reason(self) -> str:
        """Why training stopped."""
        return f"{self.seconds:g} seconds were over"


StopRule = ErrorBelow | Patience | Seconds

error_below = ErrorBelow
patience = Patience
seconds = Seconds
