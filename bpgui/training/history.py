"""The errors of a run, in a bounded number of buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui import _core

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class History:
    """Errors by epoch in a bounded number of buckets, however long the run: no spike is lost.

    Bucket k covers the epochs from the end of the one before (``first_epoch`` for the first) up to ``ends[k]``, which
    is (buckets,) int64: a bucket that ends at 3 holds epochs 0, 1 and 2. ``low``, ``high``, ``last`` (NaN where the
    last error is not finite) and ``count`` (finite errors) are (buckets,) float64.
    """

    low: Floats
    high: Floats
    last: Floats
    count: Floats
    ends: NDArray[np.int64]
    first_epoch: int

    @classmethod
    def of(cls, copied: tuple[Floats, int, int, int]) -> History:
        """Make it of what the core gives."""
        (low, high, last, count), width, epochs, first = copied
        ends = np.minimum((np.arange(last.size) + 1) * width, epochs) + first
        return cls(low, high, last, count, ends.astype(np.int64), first)

    @classmethod
    def joined(cls, parts: Sequence[History]) -> History:
        """Return several histories, each of which goes on where the one before ends, as one.

        Where one begins later, the epochs between are a gap in its first bucket.
        """
        names = ("low", "high", "last", "count", "ends")
        low, high, last, count, ends = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
        return cls(low, high, last, count, ends, parts[0].first_epoch)

    @property
    def epochs(self) -> int:
        """The number of epochs in all."""
        return int(self.ends[-1]) - self.first_epoch if self.ends.size else 0

    @property
    def epoch(self) -> Floats:
        """(buckets,) number of the last epoch in each bucket."""
        return (self.ends - 1).astype(np.float64)

    @property
    def width(self) -> int:
        """Epochs in the widest bucket, 1 where every error stands for itself."""
        return int(np.diff(self.ends, prepend=self.first_epoch).max()) if self.ends.size else 1

    @property
    def nbytes(self) -> int:
        """Bytes that it takes."""
        return 5 * self.ends.nbytes

    def until(self, epoch: int) -> History:
        """Return the errors of the epochs before that one; of a bucket that it cuts through the last is not known."""
        if not self.ends.size or epoch >= self.ends[-1]:
            return self
        whole = int(np.searchsorted(self.ends, epoch, side="right"))
        begun = int(self.ends[whole - 1]) if whole else self.first_epoch
        cut = whole + (epoch > begun)
        last, ends = self.last[:cut].copy(), self.ends[:cut].copy()
        if cut > whole:
            last[whole], ends[whole] = np.nan, epoch
        return History(self.low[:cut], self.high[:cut], last, self.count[:cut], ends, self.first_epoch)

    def since(self, epoch: int) -> History:
        """Return the errors from that epoch on; a bucket that it cuts through stays whole."""
        cut = int(np.searchsorted(self.ends, epoch, side="right"))
        first = int(self.ends[cut - 1]) if cut else self.first_epoch
        return History(self.low[cut:], self.high[cut:], self.last[cut:], self.count[cut:], self.ends[cut:], first)

    def coarse(self, most: int) -> History:
        """Return the same errors in at most ``most`` buckets, with every spike: itself, or with neighbours joined."""
        join = -(-self.last.size // most)
        if join <= 1:
            return self
        starts = np.arange(0, self.last.size, join)
        last = np.minimum(starts + join, self.last.size) - 1
        return History(
            np.fmin.reduceat(self.low, starts),
            np.fmax.reduceat(self.high, starts),
            self.last[last],
            np.add.reduceat(self.count, starts),
            self.ends[last],
            self.first_epoch,
        )


_NONE = np.empty(0)
NO_HISTORY = History(_NONE, _NONE, _NONE, _NONE, np.empty(0, np.int64), 0)
"""The history before the first epoch."""


class Curves(NamedTuple):
    """Errors of an unbroken stretch of training, of the samples trained on and of those held out."""

    train: History
    validation: History = NO_HISTORY

    @classmethod
    def of(cls, engine: _core.Engine) -> Curves:
        """Return what an engine shows, on any thread."""
        return cls(History.of(engine.history()), History.of(engine.history(True)))

    @classmethod
    def joined(cls, parts: Sequence[Curves]) -> Curves:
        """Return those of several stretches, one or more, each of which goes on where the one before ends, as one."""
        if len(parts) == 1:
            return parts[0]
        validated = [part.validation for part in parts if part.validation.epochs]
        validation = History.joined(validated) if validated else NO_HISTORY
        return cls(History.joined([part.train for part in parts]), validation)


NO_CURVES = Curves(NO_HISTORY)
