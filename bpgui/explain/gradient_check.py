"""The proof for all parameters at once: the analytic gradient against central differences, worst first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui.explain.numeric import AGREES, AT_KINK, DIFFERS, TOO_SMALL, Numeric, central_differences
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import gradient

Floats = NDArray[np.float64]

SLICE = 64
"""Parameters between two looks whether somebody still waits."""


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """Each parameter's gradient, ``analytic`` (P,), and its check by a central difference."""

    analytic: Floats
    checks: tuple[Numeric, ...]

    @property
    def worst_first(self) -> list[int]:
        """Places in the vector: what differs, then what lies at a kink, then the rest, the largest share of its
        tolerance first."""
        order = {DIFFERS: 0, AT_KINK: 1, TOO_SMALL: 2, AGREES: 2}

        def rank(place: int) -> tuple[int, float]:
            check = self.checks[place]
            return order[check.verdict], -check.difference / check.tolerance

        return sorted(range(len(self.checks)), key=rank)

    @property
    def passed(self) -> bool:
        """Whether nothing differs that no kink explains, and the differences could see the gradient at all."""
        return all(check.verdict in (AGREES, AT_KINK) for check in self.checks)

    @property
    def sentence(self) -> str:
        """What came out, in a sentence or two."""
        count = {verdict: sum(check.verdict == verdict for check in self.checks) for verdict in (DIFFERS, AT_KINK)}
        total, largest = len(self.checks), max(check.difference for check in self.checks)
        if count[DIFFERS]:
            return f"{count[DIFFERS]:,} of {total:,} gradients differ from their finite differences."
        if any(check.verdict == TOO_SMALL for check in self.checks):
            return "All gradients are too small for finite differences to see: nothing is proved, and nothing refuted."
        told = f"All {total:,} gradients agree with finite differences; the largest difference is {largest:.1e}."
        if count[AT_KINK]:
            told = (
                f"{total - count[AT_KINK]:,} of {total:,} gradients agree with finite differences. The other "
                f"{count[AT_KINK]:,} lie at a kink, where a slope is different on both sides: that is no error."
            )
        return told.replace("e-", "e−")


def gradient_check(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    loss: str = "half_sse",
    sample_weight: ArrayLike | None = None,
    progress: Callable[[float], bool] = lambda _share: True,
) -> GradientCheck | None:
    """Check the gradient of every parameter, in float64: 2 P evaluations of the error over all samples.

    X, T, loss, sample_weight: as for ``bpgui.error``. ``progress(share)`` is told how much is done, 0 to 1; where it
    answers False, None is returned at once. ValueError as for ``bpgui.error``.
    """
    exact = Parameters(network, params.vector.astype(np.float64))
    _, found = gradient(network, exact, X, T, loss, sample_weight)
    checks: list[Numeric] = []
    for first in range(0, found.vector.size, SLICE):
        if not progress(first / found.vector.size):
            return None
        indices = np.arange(first, min(first + SLICE, found.vector.size))
        differences = central_differences(network, exact, X, T, loss, indices, sample_weight)
        checks += [differences.entry(place, float(found.vector[index])) for place, index in enumerate(indices)]
    return GradientCheck(found.vector.astype(np.float64), tuple(checks))
