"""What a network with given parameters says, how wrong it is, and in which direction that changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core
from bpgui.catalogue import position
from bpgui.network.losses import LOSSES
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters, without_cut
from bpgui.training.targets import in_dtype, inputs, require_fit, sample_weights, targets

Floats = NDArray[np.float64]
Numbers = NDArray[np.floating[Any]]
Answer = TypeVar("Answer")


class Interrupt:
    """A flag that another thread sets to end a computation within milliseconds. Set once, it stays so."""

    def __init__(self) -> None:
        self.flag = np.zeros(1, np.int32)

    def set(self) -> None:
        """End the computation."""
        self.flag[0] = 1


class InterruptError(Exception):
    """A computation ended before its result, because its interrupt was set."""


def predict(network: Network, params: Parameters, X: ArrayLike, interrupt: Interrupt | None = None) -> Numbers:
    """Return the outputs for each row of X: (samples, outputs) in the dtype of the parameters, without dropout.

    X: (samples, inputs) finite numbers; ValueError names both shapes where it does not fit. InterruptError where
    another thread sets ``interrupt``.
    """
    core, plan, vector = _parts(network, params)
    x = in_dtype(inputs(X, network), "X", params.dtype)
    return _finished(core.predict(plan, vector, x, None, flag_of(interrupt)))


def activations(network: Network, params: Parameters, X: ArrayLike, interrupt: Interrupt | None = None) -> Numbers:
    """Return what every unit says of each row of X, inputs first: (units in all, samples), without dropout.

    Over a grid of inputs each row is the picture of a unit. Arguments and errors as for ``predict``.
    """
    core, plan, vector = _parts(network, params)
    x = in_dtype(inputs(X, network), "X", params.dtype)
    return _finished(core.activations(plan, vector, x, None, flag_of(interrupt)))


def error(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    loss: str = "half_sse",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mean loss over the samples: sum of w_i E_i / sum of w_i, without penalties and dropout.

    X: (samples, inputs); T: (samples, outputs), or (samples,) labels of classes 0..K-1; sample_weight: (samples,), 1 by
    default. ValueError where a shape, a target or the pair of loss and output activation does not fit.
    """
    return _evaluate(network, params, X, T, loss, sample_weight, want_gradient=False)[0]


def gradient(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    loss: str = "half_sse",
    sample_weight: ArrayLike | None = None,
) -> tuple[float, Parameters]:
    """Return the error as ``error`` does and its exact gradient, as Parameters of the same shapes.

    Frozen entries show their true gradient, cut connections 0. Arguments and errors as for ``error``; ValueError also
    where the numbers are so large that the gradient leaves the finite range.
    """
    value, vector = _evaluate(network, params, X, T, loss, sample_weight, want_gradient=True)
    assert vector is not None
    if not np.isfinite(vector).all():
        raise ValueError(f"the gradient is not finite (the error is {value:g}); the parameters or X are too large")
    return value, Parameters(network, vector)


def errors(
    network: Network,
    vectors: ArrayLike,
    X: ArrayLike,
    T: ArrayLike,
    loss: str = "half_sse",
    sample_weight: ArrayLike | None = None,
    interrupt: Interrupt | None = None,
) -> Floats:
    """Return the error for many parameter vectors at once: (vectors,) float64, as ``error`` gives it for each.

    vectors: (vectors, parameters), float64 or float32, which is what it is computed in; infinite where the numbers
    leave the range. ValueError as for ``error``; InterruptError as for ``predict``.
    """
    rows = np.ascontiguousarray(vectors)
    dtype = "float32" if rows.dtype == np.float32 else "float64"
    if rows.ndim != 2 or rows.shape[1] != network.parameter_count:
        raise ValueError(f"vectors have shape {rows.shape}, the network needs (vectors, {network.parameter_count})")
    rows = np.where(network.cut, 0.0, rows).astype(dtype)
    samples = _samples(network, X, T, loss, sample_weight, dtype)
    return _finished(_core.of(dtype).errors(network.plan(dtype), rows, *samples, None, flag_of(interrupt)))


@dataclass(frozen=True, eq=False)
class SamplePass:
    """All numbers of one sample. z, a, delta (dE/dz): (units in all,), inputs first, where z is x and delta is 0.

    gradient (parameters,): of this sample's error, true also where entries are frozen.
    """

    error: float
    z: Numbers
    a: Numbers
    delta: Numbers
    gradient: Numbers


def sample_pass(network: Network, params: Parameters, x: ArrayLike, t: ArrayLike, loss: str = "half_sse") -> SamplePass:
    """Return the numbers that one sample meets on its way forward and back.

    x: (inputs,); t: (outputs,), or a class. ValueError as for ``error``.
    """
    core, plan, vector = _parts(network, params)
    X, T, _, code = _samples(network, np.asarray(x)[None], np.asarray(t)[None], loss, None, params.dtype)
    return SamplePass(*core.sample_pass(plan, vector, X[0], T[0], code))


def _evaluate(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    loss: str,
    sample_weight: ArrayLike | None,
    *,
    want_gradient: bool,
) -> tuple[float, Numbers | None]:
    core, plan, vector = _parts(network, params)
    samples = _samples(network, X, T, loss, sample_weight, params.dtype)
    return _finished(core.error_and_gradient(plan, vector, *samples, want_gradient))


def _parts(network: Network, params: Parameters) -> tuple[_core.Half, _core.Plan, Numbers]:
    """Return the half of the core for these parameters, and what it takes of them."""
    if params.network is not network and params.network != network:
        raise ValueError(f"the parameters belong to {params.network!r}, not to {network!r}")
    return _core.of(params.dtype), network.plan(params.dtype), without_cut(network, params.vector)


def _samples(
    network: Network, X: ArrayLike, T: ArrayLike, loss: str, sample_weight: ArrayLike | None, dtype: str
) -> tuple[Numbers, Numbers, Floats, int]:
    """Return X, T, weights and the code of the loss as the core takes them."""
    x = inputs(X, network)
    t = targets(T, network, len(x))
    require_fit(loss, network, t)
    weight = sample_weights(sample_weight, len(x))
    return in_dtype(x, "X", dtype), in_dtype(t, "T", dtype), weight, position(LOSSES, loss, "loss")


def flag_of(interrupt: Interrupt | None) -> NDArray[np.int32] | None:
    """Return what the core looks at, or None."""
    return None if interrupt is None else interrupt.flag


def _finished(result: Answer | None) -> Answer:
    if result is None:
        raise InterruptError("the computation was interrupted")
    return result


def accuracy(network: Network, params: Parameters, X: ArrayLike, labels: ArrayLike) -> float:
    """Return the share of samples whose class is told right, 0 to 1.

    labels: (samples,) integers 0..K-1. The class told is the largest output, or, for one output, 1 above the midpoint
    of its targets and 0 below. ValueError for other labels.
    """
    outputs = predict(network, params, X)
    given = np.asarray(labels)
    if given.ndim != 1 or given.dtype.kind not in "biu":
        raise ValueError(f"labels holds {given.dtype} in shape {given.shape}, wanted (samples,) class numbers")
    wanted = targets(given, network, len(outputs))
    if network.outputs > 1:
        return float(np.mean(outputs.argmax(axis=1) == given))
    midpoint = targets(np.array([0, 1]), network, 2).mean()
    return float(np.mean((outputs > midpoint) == (wanted > midpoint)))
