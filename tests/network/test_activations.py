"""Every activation: value and slope are what its definition says, at every z."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bpgui import _core
from bpgui.network.activations import ACTIVATIONS, Activation
from bpgui.network.network import Layer, Network

Floats = NDArray[np.float64]

ELEMENTWISE = [entry for entry in ACTIVATIONS if not entry.whole_layer]
WHOLE = [entry for entry in ACTIVATIONS if entry.whole_layer]
Z = np.concatenate([np.linspace(-30.0, 30.0, 241), [-1e3, -700.0, -1e-9, 1e-9, 700.0, 1e3]])


ALPHA, LAMBDA = 1.6732632423543772, 1.0507009873554805


def name_of(entry: Activation) -> str:
    return entry.name


def logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z > 0.0 else math.exp(z) / (1.0 + math.exp(z))


# The definitions, each with its slope.
DEFINED: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (lambda z: z, lambda z: 1.0),  # noqa: ARG005  (its slope does not depend on z)
    "sigmoid": (logistic, lambda z: logistic(z) * logistic(-z)),
    "tanh": (math.tanh, lambda z: 1.0 / math.cosh(z) ** 2 if abs(z) < 350.0 else 0.0),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0.0)),
    "leaky_relu": (lambda z: z if z > 0.0 else 0.01 * z, lambda z: 1.0 if z > 0.0 else 0.01),
    "elu": (lambda z: z if z > 0.0 else math.expm1(z), lambda z: 1.0 if z > 0.0 else math.exp(z)),
    "selu": (
        lambda z: LAMBDA * (z if z > 0.0 else ALPHA * math.expm1(z)),
        lambda z: LAMBDA * (1.0 if z > 0.0 else ALPHA * math.exp(z)),
    ),
    "gelu": (
        lambda z: z * 0.5 * math.erfc(-z / math.sqrt(2.0)),
        lambda z: 0.5 * math.erfc(-z / math.sqrt(2.0)) + z * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi),
    ),
    "silu": (lambda z: z * logistic(z), lambda z: logistic(z) * (1.0 + z * logistic(-z))),
    "softplus": (lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))), logistic),
    "sine": (math.sin, math.cos),
    "gaussian": (lambda z: math.exp(-z * z), lambda z: -2.0 * z * math.exp(-z * z)),
    "step": (lambda z: float(z >= 0.0), lambda z: 0.0),  # noqa: ARG005  (its slope does not depend on z)
}
# Where a slope or its slope jumps, and what it is there.
KINKS = {
    "relu": (0.0, 0.0), "leaky_relu": (0.0, 0.01), "elu": (0.0, 1.0), "selu": (0.0, LAMBDA * ALPHA), "step": (0.0, 0.0),
}


def values(name: str, z: Floats) -> Floats:
    """f of each number, by a network of one unit."""
    network = Network([Layer(1), Layer(1, name, bias=False)], [(0, 1)])
    return _core.float64.predict(network.plan(), np.ones(1), z[:, None].copy())[:, 0]


def slopes(name: str, z: Floats) -> Floats:
    """f' of each number: the gradient of ½ (t - f(b))² for b where t is f(b) - 1."""
    network = Network([Layer(1), Layer(1, name)], [(0, 1)])
    found = []
    for one in z:
        vector = np.array([0.0, one])
        a = _core.float64.predict(network.plan(), vector, np.zeros((1, 1)))
        _, gradient = _core.float64.error_and_gradient(network.plan(), vector, np.zeros((1, 1)), a - 1.0, np.empty(0), 0)
        assert gradient is not None
        found.append(gradient[1] / (a - (a - 1.0))[0, 0])
    return np.array(found)


def test_every_elementwise_activation_has_its_definition_here() -> None:
    assert {entry.name for entry in ELEMENTWISE} == set(DEFINED)


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_value_and_slope_are_those_of_the_definition(entry: Activation) -> None:
    f, slope = DEFINED[entry.name]
    # Far out, erfc magnifies the last bit of its argument a thousandfold.
    assert values(entry.name, Z) == pytest.approx([f(z) for z in Z], rel=1e-12 if entry.name == "gelu" else 1e-14, abs=1e-300)
    assert slopes(entry.name, Z) == pytest.approx([slope(z) for z in Z], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_the_slope_is_that_of_the_values(entry: Activation) -> None:
    z = np.linspace(-5.0, 5.0, 101)
    z = z[np.abs(z - KINKS[entry.name][0]) > 1e-3] if entry.name in KINKS else z
    h = np.cbrt(2.2e-16) * np.maximum(1.0, np.abs(z))
    numeric = (values(entry.name, z + h) - values(entry.name, z - h)) / (2.0 * h)
    assert slopes(entry.name, z) == pytest.approx(numeric, abs=1e-8)


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_at_a_kink_the_slope_is_the_one_agreed_on(entry: Activation) -> None:
    if entry.name in KINKS:
        place, slope = KINKS[entry.name]
        assert slopes(entry.name, np.array([place, -place])) == pytest.approx([slope, slope], rel=1e-15)


@pytest.mark.parametrize("entry", ACTIVATIONS, ids=name_of)
def test_nan_comes_out_as_nan(entry: Activation) -> None:
    network = Network([Layer(3), Layer(3, entry.name, bias=False)], [(0, 1)])
    for place in range(3):
        z = np.array([[0.3, -0.2, 0.1]])
        z[0, place] = np.nan
        a = _core.float64.predict(network.plan(), np.eye(3).ravel(), z)
        # NaN times the zeros of the identity is NaN: all units are.
        assert np.isnan(a).all()
    one = Network([Layer(1), Layer(1, entry.name, bias=False)], [(0, 1)])
    assert np.isnan(_core.float64.predict(one.plan(), np.ones(1), np.full((1, 1), np.nan))).all()


@pytest.mark.parametrize("entry", ACTIVATIONS, ids=name_of)
def test_nan_in_one_unit_spreads_through_softmax_alone(entry: Activation) -> None:
    network = Network([Layer(1), Layer(3, entry.name)], [(0, 1)])
    for place in range(3):
        vector = np.array([0.0, 0.0, 0.0, 0.4, 0.1, -0.3])
        vector[3 + place] = np.nan
        a = _core.float64.predict(network.plan(), vector, np.zeros((1, 1)))[0]
        assert np.isnan(a).tolist() == [entry.whole_layer or i == place for i in range(3)]


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_far_out_values_saturate_and_slopes_stay_finite(entry: Activation) -> None:
    far = np.array([-1e3, 1e3])
    assert np.isfinite(values(entry.name, far)).all()
    assert np.isfinite(slopes(entry.name, far)).all()


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_low_and_high_are_the_ends_of_the_values(entry: Activation) -> None:
    a = values(entry.name, np.concatenate([Z, np.linspace(-2.0, 2.0, 400_001), [-1e8, 1e8]]))
    assert (a >= entry.low).all()
    assert (a <= entry.high).all()
    assert a.min() == pytest.approx(entry.low, abs=1e-10) if math.isfinite(entry.low) else a.min() < -1e5
    assert a.max() == pytest.approx(entry.high, abs=1e-10) if math.isfinite(entry.high) else a.max() > 1e5


def test_softmax_is_positive_sums_to_one_and_knows_no_overflow() -> None:
    network = Network([Layer(3), Layer(3, "softmax", bias=False)], [(0, 1)])
    z = np.array([[0.1, 0.2, 0.3], [1e3, -1e3, 0.0], [1e3, 1e3, 1e3], [-1e3, -1e3, -1e3], [30.0, -30.0, 29.0]])
    a = _core.float64.predict(network.plan(), np.eye(3).ravel(), z)
    shifted = np.exp(z - z.max(axis=1, keepdims=True))
    assert a == pytest.approx(shifted / shifted.sum(axis=1, keepdims=True), rel=1e-14, abs=1e-300)
    assert a.sum(axis=1) == pytest.approx(np.ones(5), rel=1e-15)
    [entry] = WHOLE
    assert (entry.name, entry.low, entry.high) == ("softmax", 0.0, 1.0)
    assert (a.min(), a.max()) == (0.0, 1.0)


@pytest.mark.parametrize("entry", ACTIVATIONS, ids=name_of)
def test_every_entry_tells_a_person_what_it_is(entry: Activation) -> None:
    assert entry.label
    assert entry.formula
    assert entry.help.endswith(".")
    assert entry.low < entry.high


def test_names_are_unique_lower_case_words() -> None:
    names = [entry.name for entry in ACTIVATIONS]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() and name == name.lower() for name in names)
