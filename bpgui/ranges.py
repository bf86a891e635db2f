"""Ranges of settings, declared beside them and checked in one place."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real

MOST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Range:
    """The finite numbers from ``low`` to ``high`` that a setting may be, or only the ``whole`` ones.

    ``words`` says them to a person. ``other`` are words, or None, that a setting may be besides. ``help`` says what the
    setting does, ``unit`` what it counts; a slider over it reaches from one to the other of ``slider``, in equal ratios
    where the first is above 0 and the second far above it.
    """

    low: float
    high: float
    words: str
    low_included: bool = True
    high_included: bool = True
    whole: bool = False
    other: tuple[str | None, ...] = ()
    help: str = ""
    unit: str = ""
    slider: tuple[float, float] | None = None

    def __contains__(self, value: object) -> bool:
        """Whether a value may be taken; NumPy's numbers are numbers too, truth values are none."""
        if value is None or isinstance(value, str):
            return value in self.other
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            return False
        number = _plain(value)
        above = self.low <= number if self.low_included else self.low < number
        below = number <= self.high if self.high_included else number < self.high
        return above and below and abs(number) <= MOST

    def take(self, name: str, value: object) -> object:
        """Return a value of the range, numbers as Python's own; ValueError says what is wanted and what was met."""
        if value not in self:
            raise ValueError(f"{name} is {self.words}, got {value!r}")
        return _plain(value) if isinstance(value, Real) else value


def check_ranges(settings: object, ranges: Mapping[str, Range], prefix: str = "") -> None:
    """Take the settings of a frozen dataclass; ValueError names the first outside its range."""
    for name, wanted in ranges.items():
        object.__setattr__(settings, name, wanted.take(prefix + name, getattr(settings, name)))


def _plain(value: Real) -> int | float:
    return int(value) if isinstance(value, Integral) else float(value)
