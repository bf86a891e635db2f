"""The errors of a run, in a bounded number of buckets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class History:
    """Errors by epoch in at most 65,536 buckets, however long the run: no spike is lost.

    Bucket k covers the epochs ``first_epoch + k * width`` to ``… + (k + 1) * width - 1``. ``low``, ``high``, ``last``
    (NaN where the last error is not finite) and ``count`` (finite errors) are (buckets,) float64; ``epochs`` is the
    number of epochs in all.
    """

    low: Floats
    high: Floats
    last: Floats
    count: Floats
    width: int
    epochs: int
    first_epoch: int

    @classmethod
    def of(cls, copied: tuple[Floats, int, int, int]) -> History:
        """Make it of what the core gives."""
        (low, high, last, count), width, epochs, first = copied
        return cls(low, high, last, count, width, epochs, first)

    @property
    def epoch(self) -> Floats:
        """(buckets,) number of the last epoch in each bucket."""
        ends = np.minimum((np.arange(self.last.size) + 1) * self.width, self.epochs)
        return (self.first_epoch - 1.0 + ends).astype(np.float64)

    def coarse(self, most: int) -> History:
        """Return the same errors in at most ``most`` buckets, with every spike: itself, or with neighbours joined."""
        join = -(-self.last.size // most)
        if join <= 1:
            return self
        starts = np.arange(0, self.last.size, join)
        return History(
            np.fmin.reduceat(self.low, starts),
            np.fmax.reduceat(self.high, starts),
            self.last[np.minimum(starts + join, self.last.size) - 1],
            np.add.reduceat(self.count, starts),
            self.width * join,
            self.epochs,
            self.first_epoch,
        )
