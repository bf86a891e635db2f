"""Optimizers and their settings; each has a kernel of the same name in the core."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Optimizer:
    """What an optimizer declares. The fields of a subclass are its settings, in the order the kernel takes them."""

    name: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[str]
    help: ClassVar[str]
    slots: ClassVar[int] = 0
    """Numbers of state that the optimizer keeps for each parameter."""

    @property
    def settings(self) -> tuple[float, ...]:
        """The settings as the kernel takes them."""
        return astuple(self)


@dataclass(frozen=True)
class Sgd(Optimizer):
    """Steepest descent: ``w -= rate * g``."""

    name = "sgd"
    label = "SGD"
    formula = "w ← w − η g"
    help = "Steepest descent: a step against the gradient."


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Heavy ball (Polyak 1964): ``v = momentum * v + g; w -= rate * v``, v zero at first.

    ValueError unless 0 <= momentum < 1.
    """

    name = "momentum"
    label = "momentum"
    formula = "v ← μ v + g,  w ← w − η v"
    help = "Steepest descent with a memory: earlier gradients keep pushing."
    slots = 1

    momentum: float = 0.9

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0.0 <= self.momentum < 1.0:
            raise ValueError(f"momentum is at least 0 and less than 1, got {self.momentum!r}")


# In the order of the codes in ext/optimizers.pxd.
OPTIMIZERS: tuple[type[Optimizer], ...] = (Sgd, Momentum)
