"""Ranges of settings, declared beside them and checked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers from ``low`` to ``high`` that a setting may be; ``words`` says them to a person."""

    low: float
    high: float
    words: str
    low_included: bool = True
    high_included: bool = True

    def __contains__(self, value: object) -> bool:
        """Whether a value is a finite number of the range."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            return False
        above = self.low <= value if self.low_included else self.low < value
        return above and (value <= self.high if self.high_included else value < self.high)


def check_ranges(settings: object, ranges: Mapping[str, Range]) -> None:
    """Refuse settings outside their ranges; ValueError names the first, what it is and what is wanted."""
    for name, wanted in ranges.items():
        value = getattr(settings, name)
        if value not in wanted:
            raise ValueError(f"{name} is {wanted.words}, got {value!r}")
