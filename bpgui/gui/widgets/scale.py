"""What a slider's place means as a number, and back. Knows no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = 50  # from end to end, where no step is given


@dataclass(frozen=True)
class Scale:
    """A range of numbers, linear or logarithmic, with the values that can be chosen in it.

    Those are ``minimum + k step``; without a step any value of a linear scale, and those of 2
    significant digits of a logarithmic one. A *share* is a place: 0 the minimum, 1 the maximum.
    """

    minimum: float
    maximum: float
    logarithmic: bool = False
    step: float | None = None

    def __post_init__(self) -> None:
        if not self.minimum < self.maximum or (self.logarithmic and self.minimum <= 0):
            raise ValueError(
                f"a scale from {self.minimum} to {self.maximum} is not possible: the minimum must "
                "be below the maximum, and above 0 on a logarithmic scale"
            )

    def share(self, value: float) -> float:
        """Return the place of ``value``; one outside the range stands at its end."""
        value = min(max(value, self.minimum), self.maximum)
        if self.logarithmic:
            return math.log(value / self.minimum) / math.log(self.maximum / self.minimum)
        return (value - self.minimum) / (self.maximum - self.minimum)

    def value_at(self, share: float) -> float:
        """Return the number to choose nearest to a place, which may lie outside 0 to 1."""
        share = min(max(share, 0.0), 1.0)
        if self.logarithmic:
            return self._snapped(self.minimum * math.pow(self.maximum / self.minimum, share))
        return self._snapped(self.minimum + share * (self.maximum - self.minimum))

    def stepped(self, value: float, count: int) -> float:
        """Return the number ``count`` steps from ``value``; a 50th of the way is one step."""
        if self.step is not None:
            return self._snapped(value + count * self.step)
        return self.value_at(self.share(value) + count / _STEPS)

    def decades(self) -> list[float]:
        """Return the powers of ten of a logarithmic range; none of a linear one."""
        if not self.logarithmic:
            return []
        first = math.ceil(math.log10(self.minimum) - 1e-9)
        last = math.floor(math.log10(self.maximum) + 1e-9)
        return [math.pow(10.0, power) for power in range(first, last + 1)]

    def _snapped(self, value: float) -> float:
        digits = "12g"  # 3 * 0.1 is 0.3 for a person
        if self.step is not None:
            count = round((value - self.minimum) / self.step)
            value = self.minimum + count * self.step
        elif self.logarithmic:
            digits = "1e"
        return min(max(float(f"{value:.{digits}}"), self.minimum), self.maximum)
