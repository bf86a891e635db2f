"""What a network with given parameters says, how wrong it is, and in which direction that changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core
from bpgui.catalogue import position
from bpgui.network.losses import LOSSES
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters, without_cut
from bpgui.training.targets import inputs, require_fit, sample_weights, targets

Floats = NDArray[np.float64]


def predict(network: Network, params: Parameters, X: ArrayLike) -> Floats:
    """Return the outputs for each row of X: (samples, outputs) float64, without dropout.

    X: (samples, inputs) finite numbers; ValueError names both shapes where it does not fit.
    """
    _require_own(network, params)
    dtype = str(params.vector.dtype)
    x = inputs(X, network).astype(dtype, copy=False)
    return _core.of(dtype).predict(network.plan(dtype), without_cut(network, params.vector), x)


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


def _evaluate(
    network: Network,
    params: Parameters,
    X: ArrayLike,
    T: ArrayLike,
    loss: str,
    sample_weight: ArrayLike | None,
    *,
    want_gradient: bool,
) -> tuple[float, Floats | None]:
    _require_own(network, params)
    x = inputs(X, network)
    t = targets(T, network, len(x))
    require_fit(loss, network, t)
    weight = sample_weights(sample_weight, len(x))
    code = position(LOSSES, loss, "loss")
    vector = without_cut(network, params.vector)
    dtype = str(vector.dtype)
    x, t = x.astype(dtype, copy=False), t.astype(dtype, copy=False)
    return _core.of(dtype).error_and_gradient(network.plan(dtype), vector, x, t, weight, code, want_gradient)


def _require_own(network: Network, params: Parameters) -> None:
    if params.network is not network and params.network != network:
        raise ValueError(f"the parameters belong to {params.network!r}, not to {network!r}")


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
