"""The slopes of activations and losses as formulas: what a factor of the chain rule is, in the letters of the sample.

Each formula gives the number of the core; tests hold every entry of the two catalogues to that.
"""

from __future__ import annotations

from collections.abc import Callable
from math import erf, exp, pi, sqrt

from bpgui.explain.notation import Formula, Quantity, Symbol

Parts = tuple[str | Quantity, ...]
Slope = Callable[[Quantity, Quantity], Parts]


def activation_slope(name: str, z: Quantity, a: Quantity) -> Formula:
    """Return f'(z) of an activation of a unit; ``a`` is f(z). At a kink it is the slope that numbers are taken with.

    ValueError for softmax, where a unit has no slope of its own.
    """
    if name not in _SLOPES:
        raise ValueError(f"a unit of {name!r} has no slope of its own")
    return Formula(_SLOPES[name](z, a))


def _gelu(z: Quantity, _a: Quantity) -> Parts:
    share = 0.5 * (1.0 + erf(z.value / sqrt(2.0)))
    height = exp(-0.5 * z.value * z.value) / sqrt(2.0 * pi)
    return _call("Φ", z, share), " + ", z, " · ", _call("φ", z, height)


def _silu(z: Quantity, a: Quantity) -> Parts:
    s = _call("σ", z, _sigmoid(z.value))
    return s, " + ", a, " · (1 − ", s, ")"


def _by_side(above: str, below: str) -> Slope:
    """Return a slope that is one number above 0 and another below."""
    return lambda z, _a: (f"{above}, as z > 0" if z.value > 0.0 else f"{below}, as z ≤ 0",)


def _softly(above: str, added: str) -> Slope:
    """Return a slope that is a number above 0 and grows out of the activation below."""
    return lambda z, a: (f"{above}, as z > 0",) if z.value > 0.0 else (a, added)


_SLOPES: dict[str, Slope] = {
    "linear": lambda _z, _a: ("1, as a = z",),
    "sigmoid": lambda _z, a: (a, " · (1 − ", a, ")"),
    "tanh": lambda _z, a: ("1 − ", a, "²"),
    "relu": _by_side("1", "0"),
    "leaky_relu": _by_side("1", "0.01"),
    "elu": _softly("1", " + 1"),
    "selu": _softly("1.0507", " + 1.7581"),
    "gelu": _gelu,
    "silu": _silu,
    "softplus": lambda z, _a: (_call("σ", z, _sigmoid(z.value)),),
    "sine": lambda z, _a: ("cos ", z),
    "gaussian": lambda z, a: ("−2 · ", z, " · ", a),
    "step": lambda _z, _a: ("0; a step is flat",),
}


def loss_slope(name: str, outputs: int, a: Quantity, t: Quantity) -> Formula:
    """Return ∂E/∂a of one output, for the two cross-entropies ∂E/∂z, which they are taken by."""
    distance, shared = a.value - t.value, "" if outputs == 1 else f" / {outputs}"
    difference = (a, " − ", t) if outputs == 1 else ("(", a, " − ", t, ")")
    if name in ("half_sse", "cross_entropy"):
        return Formula((a, " − ", t))
    if name == "mse":
        return Formula(("2 · (", a, " − ", t, ")" + shared))
    if name == "binary_cross_entropy" or (name == "huber" and abs(distance) <= 1.0):
        return Formula((*difference, shared) if shared else difference)
    sign, relation = ("1", ">") if distance > 0.0 else ("−1", "<") if distance < 0.0 else ("0", "=")
    if name == "mae":
        return Formula((f"{sign}{shared}, as a {relation} t",))
    if name == "huber":
        return Formula((f"{sign}{shared}, as |a − t| > 1",))
    raise ValueError(f"no slope is known of the loss {name!r}")


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + exp(-z)) if z > -700.0 else 0.0


def _call(function: str, z: Quantity, value: float) -> Quantity:
    """Return a function of z as one quantity: Φ(z₁₀)."""
    latex = {"Φ": r"\Phi", "φ": r"\varphi", "σ": r"\sigma"}[function]
    return Quantity(Symbol(f"{function}({z.symbol.plain})", f"{latex}({z.symbol.latex})"), value)
