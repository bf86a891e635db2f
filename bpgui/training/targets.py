"""From what a person gives to what the core takes: samples as matrices, and targets that fit the output layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui.catalogue import find
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import require_pair
from bpgui.network.network import Network

Floats = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]


def matrix(values: ArrayLike, name: str, columns: int) -> Floats:
    """Return (samples, columns) float64, C-contiguous; ValueError for another shape or a number that is not finite."""
    given = np.asarray(values)
    if given.dtype.kind not in "buif":
        raise ValueError(f"{name} holds {given.dtype}, wanted numbers")
    if given.ndim != 2 or given.shape[1] != columns:
        raise ValueError(f"{name} has shape {given.shape}, the network needs (samples, {columns})")
    result = np.ascontiguousarray(given, np.float64)
    _refuse(~np.isfinite(result), result, name, "a finite number")
    return result


def in_dtype(values: Floats, name: str, dtype: str) -> Numbers:
    """Return a matrix in the dtype of the core; ValueError where a number leaves its range."""
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(values, dtype)
    _refuse(~np.isfinite(result), values, name, f"a number that {dtype} can hold")
    return result


def _refuse(bad: NDArray[np.bool_], values: Floats, name: str, wanted: str) -> None:
    at = np.argwhere(bad)
    if at.size:
        raise ValueError(f"{name}[{', '.join(map(str, at[0]))}] is {values[tuple(at[0])]}, wanted {wanted}")


def inputs(X: ArrayLike, network: Network) -> Floats:
    """Return X as (samples, inputs) float64."""
    return matrix(X, "X", network.inputs)


def targets(T: ArrayLike, network: Network, samples: int) -> Floats:
    """Return targets as (samples, outputs) float64.

    T is that already, or (samples,) numbers for one output, or (samples,) integer labels 0..K-1. Labels become what the
    output layer can reach: one column 0/1 for one output with values in [0, 1], -1/+1 for any other single output, and
    for K outputs a 1 in the column of the class, 0 elsewhere (-1 where the output is tanh).
    """
    given = np.asarray(T)
    if given.ndim == 1 and given.dtype.kind in "biu":
        result = _from_labels(given.astype(np.int64), network)
    elif given.ndim == 1 and network.outputs == 1:
        result = matrix(given[:, None], "T", 1)
    else:
        result = matrix(given, "T", network.outputs)
    if len(result) != samples:
        raise ValueError(f"T has shape {given.shape}, X has {samples} samples")
    return result


def _from_labels(labels: NDArray[np.int64], network: Network) -> Floats:
    outputs = network.outputs
    classes = max(outputs, 2)
    bad = np.flatnonzero((labels < 0) | (labels >= classes))
    if bad.size:
        raise ValueError(
            f"T[{bad[0]}] is class {labels[bad[0]]}; {outputs} output{'s' if outputs > 1 else ''} "
            f"can tell classes 0 to {classes - 1} apart; numbers to reach are floats or have a column for each output"
        )
    low, high = np.empty(outputs), np.ones(outputs)
    for unit in range(outputs):
        activation = find(ACTIVATIONS, network.layers[-1].activation_of(unit), "activation")
        within_01 = (activation.low, activation.high) == (0.0, 1.0)
        symmetric = activation.low == -1.0
        low[unit] = 0.0 if within_01 or (outputs > 1 and not symmetric) else -1.0
    if outputs == 1:
        return np.where(labels[:, None] == 1, high, low)
    return np.where(labels[:, None] == np.arange(outputs), high, low)


ROUNDED = 1e-6
"""How far probabilities may be from a sum of 1: those in float32 add up no better."""


def require_fit(loss: str, network: Network, T: Floats) -> None:
    """Refuse a loss that is not defined for these outputs or targets; ValueError says what it needs."""
    require_pair(loss, network.output_activations)
    if loss == "binary_cross_entropy":
        bad = np.argwhere((T < 0.0) | (T > 1.0))
        if bad.size:
            raise ValueError(f"T[{bad[0][0]}, {bad[0][1]}] is {T[tuple(bad[0])]:g}; {loss} needs targets from 0 to 1")
    if loss == "cross_entropy":
        off = np.flatnonzero((T < 0.0).any(axis=1) | (np.abs(T.sum(axis=1) - 1.0) > ROUNDED))
        if off.size:
            raise ValueError(f"T[{off[0]}] is {T[off[0]].tolist()}; {loss} needs targets from 0 on that sum to 1")


def sample_weights(weights: ArrayLike | None, samples: int) -> Floats:
    """Return (samples,) weights, or an empty array where each sample counts 1.

    Samples may all weigh nothing: then error and gradient are 0.
    """
    if weights is None:
        return np.empty(0)
    result = np.ascontiguousarray(weights, np.float64)
    if result.shape != (samples,):
        raise ValueError(f"sample_weight has shape {result.shape}, X has {samples} samples")
    _refuse(~np.isfinite(result) | (result < 0.0), result, "sample_weight", "a finite number from 0 on")
    with np.errstate(over="ignore"):
        if not np.isfinite(result.sum()):
            raise ValueError("the sample weights add up to more than a number can hold; only their ratios count")
    return result
