"""Schedules: a factor on the learning rate as training goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Schedule:
    """What a schedule declares."""

    name: ClassVar[str]
    label: ClassVar[str]
    help: ClassVar[str]


@dataclass(frozen=True)
class Constant(Schedule):
    """The learning rate stays as it is."""

    name = "constant"
    label = "constant"
    help = "The learning rate stays as it is."


SCHEDULES: tuple[type[Schedule], ...] = (Constant,)
