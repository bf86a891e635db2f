"""The proof by trying: a weight is moved a little both ways, and the error is asked how it changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import activations, errors, gradient
from bpgui.training.targets import targets

Floats = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
STEP = EPSILON ** (1.0 / 3.0)
KINKED = ("relu", "leaky_relu", "selu", "step")
"""Activations with a corner or a jump at 0. ELU has none: its slopes on both sides are 1."""

AGREES, AT_KINK, TOO_SMALL, DIFFERS = "agrees", "at a kink", "too small", "differs"


@dataclass(frozen=True)
class Numeric:
    """A central difference (E(w + step) − E(w − step)) / 2·step beside the analytic gradient.

    ``verdict``: "agrees" where they are as near as ``tolerance``, the most that rounding and the step explain; "at a
    kink" where they are not, but a neuron or the loss has a corner within the step; "too small" where they are near
    only because the gradients of all parameters are below what differences can see; else "differs".
    """

    value: float
    step: float
    difference: float
    tolerance: float
    verdict: str


@dataclass(frozen=True, eq=False)
class Differences:
    """Central differences of some entries, (entries,) each; ``kink`` says where a corner lies within the step."""

    indices: NDArray[np.int64]
    values: Floats
    steps: Floats
    kink: NDArray[np.bool_]
    largest: float
    """The largest absolute gradient of all parameters."""
    error: float

    @property
    def tolerance(self) -> Floats:
        """What rounding and the step explain, (entries,): 1e-7 max|g| + 100 · 2.2e-16 · E / h."""
        return 1e-7 * self.largest + self._noise

    @property
    def _noise(self) -> Floats:
        return 100.0 * EPSILON * max(self.error, 1e-300) / self.steps

    def entry(self, place: int, analytic: float) -> Numeric:
        """Return the check of one of them against a gradient."""
        value, step = float(self.values[place]), float(self.steps[place])
        tolerance, difference = float(self.tolerance[place]), abs(analytic - float(self.values[place]))
        if difference > tolerance:
            verdict = AT_KINK if self.kink[place] else DIFFERS
        else:
            verdict = TOO_SMALL if self.largest <= float(self._noise[place]) else AGREES
        return Numeric(value, step, difference, tolerance, verdict)


def central_differences(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    loss: str,
    indices: NDArray[np.int64],
    sample_weight: ArrayLike | None = None,
) -> Differences:
    """Return central differences of these entries of the vector, in float64 whatever the parameters are in.

    The step is cbrt(2.2e-16) · max(1, |w|). A cut connection keeps its 0: its difference is 0.
    """
    exact = Parameters(network, params.vector.astype(np.float64))
    steps = STEP * np.maximum(1.0, np.abs(exact.vector[indices]))
    moved = np.repeat(exact.vector[None], 2 * indices.size, axis=0)
    rows = np.arange(indices.size)
    moved[rows, indices] += steps
    moved[rows + indices.size, indices] -= steps
    found = errors(network, moved, X, T, loss, sample_weight)
    # What was added is what can be told apart from w, not the step itself.
    apart = moved[rows, indices] - moved[rows + indices.size, indices]
    values = np.where(network.cut[indices], 0.0, (found[: indices.size] - found[indices.size :]) / apart)
    error, whole = gradient(network, exact, X, T, loss, sample_weight)
    largest = float(np.abs(whole.vector).max())
    differences = Differences(indices, values, steps, np.zeros(indices.size, np.bool_), largest, error)
    suspect = np.abs(whole.vector[indices] - values) > differences.tolerance
    for place in np.flatnonzero(suspect):
        pair = moved[place], moved[place + indices.size]
        differences.kink[place] = _crosses_kink(network, pair, X, T, loss, 10.0 * float(steps[place]))
    return differences


def _crosses_kink(
    network: Network, vectors: tuple[Floats, Floats], X: ArrayLike, T: ArrayLike, loss: str, near: float
) -> bool:
    """Whether between two vectors a neuron passes, or comes near, a corner: of its activation, or of the loss."""
    kinked = np.array(
        [
            layer > 0 and of.activation_of(unit) in KINKED
            for layer, of in enumerate(network.layers)
            for unit in range(of.units)
        ]
    )
    low, high = (sums(network, Parameters(network, vector), X) for vector in vectors)
    corner = kinked[:, None] & ((np.sign(low) != np.sign(high)) | (np.minimum(np.abs(low), np.abs(high)) <= near))
    if corner.any():
        return True
    if loss != "mae":
        return False
    t = targets(T, network, low.shape[1])
    a, b = (activations(network, Parameters(network, vector), X)[-network.outputs :].T - t for vector in vectors)
    return bool(((np.sign(a) != np.sign(b)) | (np.minimum(np.abs(a), np.abs(b)) <= near)).any())


def sums(network: Network, params: Parameters, X: ArrayLike) -> Floats:
    """Return the pre-activation of every unit, inputs as they are: (units in all, samples)."""
    a = activations(network, params, X)
    first = np.cumsum([0, *network.sizes])
    z = a.astype(np.float64).copy()
    for layer in range(1, len(network.layers)):
        here = slice(first[layer], first[layer + 1])
        bias = params.biases[layer - 1]
        z[here] = 0.0 if bias is None else bias[:, None]
        for block, weight in zip(network.blocks, params.weights, strict=True):
            if block.target == layer:
                z[here] += weight.T @ a[first[block.source] : first[block.source + 1]]
    return z
