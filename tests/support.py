"""What several tests share: how many examples to try, and when two numbers count as close."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import HealthCheck, settings
from numpy.typing import ArrayLike

FULL = os.environ.get("BPGUI_FULL") == "1"


def examples(full: int) -> settings:
    """Settings that try ``full`` examples with BPGUI_FULL=1, else a twentieth, the same ones each time."""
    return settings(
        max_examples=full if FULL else max(1, full // 20),
        derandomize=not FULL,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def tries(full: int) -> range:
    """As many numbers as ``examples`` would try."""
    return range(full if FULL else max(1, full // 20))


def distance(a: ArrayLike, b: ArrayLike) -> float:
    """Largest difference, relative to the largest number of ``b`` where that is more than 1; shapes have to agree."""
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    assert one.shape == other.shape
    if one.size == 0:
        return 0.0
    return float(np.abs(one - other).max() / max(1.0, np.abs(other).max()))


def bits(numbers: ArrayLike) -> bytes:
    """The very bits of the numbers, so that 0.0 and -0.0 differ and NaN equals itself."""
    return np.ascontiguousarray(numbers, np.float64).tobytes()
