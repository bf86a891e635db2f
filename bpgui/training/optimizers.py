"""Optimizers and their settings; each has a kernel of the same name in the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from math import inf
from typing import ClassVar

from bpgui.ranges import Range, check_ranges

SHARE = Range(0.0, 1.0, "at least 0 and less than 1", high_included=False)
POSITIVE = Range(0.0, inf, "greater than 0", low_included=False, high_included=False)
FROM_0 = Range(0.0, inf, "at least 0", high_included=False)
EPSILON = Range(1e-30, inf, "at least 1e-30")  # less would be 0 in float32, and divide by it


@dataclass(frozen=True)
class Optimizer:
    """What an optimizer declares. The fields of a subclass are its settings, in the order the kernel takes them.

    ValueError where a setting is no number of its range.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[str]
    help: ClassVar[str]
    slots: ClassVar[int] = 0
    """Numbers of state that the optimizer keeps for each parameter."""
    ranges: ClassVar[Mapping[str, Range]] = {}
    """What each setting may be."""
    wants_full_batch: ClassVar[bool] = False
    """Whether it compares gradients of different updates, which only makes sense on the same samples."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_ranges(self, self.ranges)

    @property
    def settings(self) -> tuple[float, ...]:
        """The settings as the kernel takes them."""
        return tuple(float(value) for value in astuple(self))

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """The names of the settings."""
        return tuple(field.name for field in fields(cls))


@dataclass(frozen=True)
class Sgd(Optimizer):
    """Steepest descent: ``w -= rate * g``."""

    name = "sgd"
    label = "SGD"
    formula = "w ← w − η g"
    help = "Steepest descent: a step against the gradient."


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Heavy ball (Polyak 1964): ``v = momentum * v + g; w -= rate * v``, v zero at first."""

    name = "momentum"
    label = "momentum"
    formula = "v ← μ v + g,  w ← w − η v"
    help = "Steepest descent with a memory: earlier gradients keep pushing."
    slots = 1
    ranges = {"momentum": SHARE}

    momentum: float = 0.9


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Momentum that looks ahead (Nesterov 1983): ``v = momentum * v + g; w -= rate * (g + momentum * v)``."""

    name = "nesterov"
    label = "Nesterov"
    formula = "v ← μ v + g,  w ← w − η (g + μ v)"
    help = "Momentum that takes its next push into account already: less overshooting."
    slots = 1
    ranges = {"momentum": SHARE}

    momentum: float = 0.9


@dataclass(frozen=True)
class RmsProp(Optimizer):
    """Steps of like size (Tieleman and Hinton 2012): s averages g²; ``w -= rate * g / (√s + epsilon)``."""

    name = "rmsprop"
    label = "RMSprop"
    formula = "s ← α s + (1 − α) g²,  w ← w − η g / (√s + ε)"
    help = "Divides each gradient by its usual size, so that flat and steep directions move alike."
    slots = 1
    ranges = {"alpha": SHARE, "epsilon": EPSILON}

    alpha: float = 0.99
    epsilon: float = 1e-8


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Smaller steps for what moved much (Duchi and others 2011): s sums g²; ``w -= rate * g / (√s + epsilon)``."""

    name = "adagrad"
    label = "Adagrad"
    formula = "s ← s + g²,  w ← w − η g / (√s + ε)"
    help = "Each weight slows down with the ground it has covered; wants a larger learning rate."
    slots = 1
    ranges = {"epsilon": EPSILON}

    epsilon: float = 1e-10


@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum and RMSprop together, corrected for their start at zero (Kingma and Ba 2015)."""

    name = "adam"
    label = "Adam"
    formula = "m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  w ← w − η m̂ / (√v̂ + ε)"
    help = "Momentum, with each step divided by the usual size of its gradient: works without much tuning."
    slots = 2
    ranges = {"beta1": SHARE, "beta2": SHARE, "epsilon": EPSILON}

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam after a decay of the weights (Loshchilov and Hutter 2019): ``w -= rate * weight_decay * w``."""

    name = "adamw"
    label = "AdamW"
    formula = "w ← w − η λ w,  then as Adam"
    help = "Adam that also pulls every weight, but no bias, towards 0."
    slots = 2
    ranges = {"beta1": SHARE, "beta2": SHARE, "epsilon": EPSILON, "weight_decay": FROM_0}

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01


@dataclass(frozen=True)
class Nadam(Optimizer):
    """Adam with Nesterov's look ahead (Dozat 2016, as PyTorch)."""

    name = "nadam"
    label = "NAdam"
    formula = "as Adam, with μ g + μ' m in place of m"
    help = "Adam with Nesterov's look ahead."
    slots = 2
    ranges = {"beta1": SHARE, "beta2": SHARE, "epsilon": EPSILON, "momentum_decay": FROM_0}

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    momentum_decay: float = 0.004


@dataclass(frozen=True)
class Rprop(Optimizer):
    """Resilient propagation without backtracking (Riedmiller and Braun 1993, Igel and Hüsken 2000: iRprop-)."""

    name = "rprop"
    label = "Rprop"
    formula = "Δ ← 1.2 Δ, or 0.5 Δ where g changed its sign,  w ← w − Δ sign g"
    help = "Steps grow while the sign of a gradient stays and shrink when it turns. For full batches."
    slots = 2
    ranges = {
        "shrink": Range(0.0, 1.0, "between 0 and 1", low_included=False, high_included=False),
        "grow": Range(1.0, inf, "greater than 1", low_included=False, high_included=False),
        "smallest": FROM_0,
        "largest": POSITIVE,
    }
    wants_full_batch = True

    shrink: float = 0.5
    grow: float = 1.2
    smallest: float = 1e-6
    largest: float = 50.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        super().__post_init__()
        if self.smallest > self.largest:
            raise ValueError(f"smallest is at most largest, {self.largest!r}, got {self.smallest!r}")


@dataclass(frozen=True)
class Lbfgs(Optimizer):
    """Limited-memory BFGS (Nocedal 1980): the last 10 steps tell how the surface bends; Armijo's rule sizes the step.

    The learning rate is the first size tried, halved until the error falls enough; 1 is natural once there are pairs.
    """

    name = "lbfgs"
    label = "L-BFGS"
    formula = "w ← w − α H g"
    help = "Learns from its last ten steps how the error surface bends, and heads for the bottom. For full batches."
    slots = 22
    wants_full_batch = True


# In the order of the codes in ext/optimizers.pxd.
OPTIMIZERS: tuple[type[Optimizer], ...] = (
    Sgd,
    Momentum,
    Nesterov,
    RmsProp,
    Adagrad,
    Adam,
    AdamW,
    Nadam,
    Rprop,
    Lbfgs,
)
