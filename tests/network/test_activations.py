"""Every activation: value and slope are what its definition says, at every z and in both dtypes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from support import FULL

from bpgui import _core
from bpgui.catalogue import position
from bpgui.network.activations import ACTIVATIONS, Activation
from bpgui.network.network import Layer, Network

Floats = NDArray[np.floating]

ELEMENTWISE = [entry for entry in ACTIVATIONS if not entry.whole_layer]
WHOLE = [entry for entry in ACTIVATIONS if entry.whole_layer]
DTYPES = ["float64", "float32"]
Z = np.concatenate([np.linspace(-30.0, 30.0, 241), [-1e3, -700.0, -1e-9, 1e-9, 700.0, 1e3]])
POINTS = 1_000_000 if FULL else 50_000


def name_of(entry: Activation) -> str:
    return entry.name


def logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z > 0.0 else math.exp(z) / (1.0 + math.exp(z))


def normal(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def density(z: float) -> float:
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772

# The definitions, each with its slope; at a kink the slope is that of the side below.
DEFINED: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "linear": (lambda z: z, lambda z: 1.0),  # noqa: ARG005  (its slope does not depend on z)
    "sigmoid": (logistic, lambda z: logistic(z) * logistic(-z)),
    "tanh": (math.tanh, lambda z: 1.0 / math.cosh(z) ** 2 if abs(z) < 350.0 else 0.0),
    "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0.0)),
    "leaky_relu": (lambda z: max(z, 0.01 * z), lambda z: 1.0 if z > 0.0 else 0.01),
    "elu": (lambda z: z if z > 0.0 else math.expm1(z), lambda z: math.exp(min(z, 0.0))),
    "selu": (
        lambda z: SCALE * (z if z > 0.0 else ALPHA * math.expm1(z)),
        lambda z: SCALE * (1.0 if z > 0.0 else ALPHA * math.exp(z)),
    ),
    "gelu": (lambda z: z * normal(z), lambda z: normal(z) + z * density(z)),
    "silu": (lambda z: z * logistic(z), lambda z: logistic(z) + z * logistic(z) * logistic(-z)),
    "softplus": (lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))), logistic),
    "sine": (math.sin, math.cos),
    "gaussian": (lambda z: math.exp(-z * z), lambda z: -2.0 * z * math.exp(-z * z)),
    "step": (lambda z: float(z >= 0.0), lambda z: 0.0),  # noqa: ARG005
}
# The slope at 0 where value, slope or bend jumps there.
KINKS = {"relu": 0.0, "leaky_relu": 0.01, "elu": 1.0, "selu": SCALE * ALPHA, "step": 0.0}


def activation(name: str, z: Floats) -> tuple[Floats, Floats]:
    """Values and slopes, in the dtype of z."""
    return _core.of(str(z.dtype)).activation(position(ACTIVATIONS, name, "activation"), z)


def test_every_elementwise_activation_has_its_definition_here() -> None:
    assert {entry.name for entry in ELEMENTWISE} == set(DEFINED)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_value_and_slope_are_those_of_the_definition(entry: Activation, dtype: str) -> None:
    f, slope = DEFINED[entry.name]
    z = Z.astype(dtype)
    a, found = activation(entry.name, z)
    assert a.dtype == found.dtype == z.dtype
    relative, absolute = (1e-14, 1e-15) if dtype == "float64" else (2e-6, 1e-6)
    assert a == pytest.approx([f(one) for one in z.tolist()], rel=relative, abs=absolute)
    assert found == pytest.approx([slope(one) for one in z.tolist()], rel=relative, abs=absolute)


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_the_slope_is_that_of_the_values(entry: Activation) -> None:
    z = np.linspace(-5.0, 5.0, 101)
    z = z[np.abs(z) > 1e-3] if entry.name in KINKS else z
    h = np.cbrt(2.2e-16) * np.maximum(1.0, np.abs(z))
    numeric = (activation(entry.name, z + h)[0] - activation(entry.name, z - h)[0]) / (2.0 * h)
    assert activation(entry.name, z)[1] == pytest.approx(numeric, abs=1e-8)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", KINKS)
def test_at_a_kink_the_slope_is_the_one_agreed_on(name: str, dtype: str) -> None:
    a, slopes = activation(name, np.array([0.0, -0.0], dtype))
    assert slopes.tolist() == pytest.approx([KINKS[name]] * 2, rel=1e-15 if dtype == "float64" else 1e-7, abs=0.0)
    assert a.tolist() == [float(name == "step")] * 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_an_infinity_comes_out_as_the_limit_and_its_slope_too(entry: Activation, dtype: str) -> None:
    if entry.name == "sine":
        assert all(np.isnan(numbers).all() for numbers in activation("sine", np.array([-np.inf, np.inf], dtype)))
        return
    f, slope = DEFINED[entry.name]
    a, slopes = activation(entry.name, np.array([-np.inf, np.inf], dtype))
    for i, far in enumerate((-1e5, 1e5)):
        wanted = f(far) if abs(f(far)) < 100.0 else math.copysign(math.inf, f(far))
        assert a[i] == pytest.approx(wanted, rel=1e-15 if dtype == "float64" else 1e-7, abs=0.0)
        assert slopes[i] == pytest.approx(slope(far), rel=1e-15 if dtype == "float64" else 1e-7, abs=0.0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_a_number_has_the_same_bits_wherever_it_stands(entry: Activation, dtype: str) -> None:
    z = np.random.default_rng(4).normal(0.0, 3.0, 40).astype(dtype)
    before = z.copy()
    every = activation(entry.name, z)
    for count in range(41):
        for found, wanted in zip(activation(entry.name, z[:count]), every, strict=True):
            assert found.tobytes() == wanted[:count].tobytes()
    assert z.tobytes() == before.tobytes()
    for overrides in ({}, {5: entry.name}, dict.fromkeys(range(40), entry.name)):
        layer = Layer(40, entry.name if len(overrides) != 40 else "linear", overrides=overrides)
        network = Network([Layer(1), layer], [(0, 1)])
        vector = np.concatenate([np.zeros(40, dtype), z])
        found = _core.of(dtype).predict(network.plan(dtype), vector, np.zeros((1, 1), dtype))
        assert found[0].tobytes() == every[0].tobytes()


def spread(dtype: str, limits: tuple[float, ...]) -> Floats:
    """Numbers over the whole range, of every size and sign, dense around 0 and around the limits."""
    rng = np.random.default_rng(9)
    info, quarter = np.finfo(dtype), POINTS // 4
    largest = max(abs(limit) for limit in limits)
    sign = rng.choice([-1.0, 1.0], quarter)
    parts = [
        sign * np.exp(rng.uniform(np.log(float(info.tiny)), np.log(float(info.max)), quarter)),
        rng.uniform(-1.1 * largest, 1.1 * largest, quarter),
        rng.normal(0.0, 1.0, quarter),
        rng.choice(limits, quarter) * (1.0 + rng.normal(0.0, 1e-3, quarter)),
        [0.0, -0.0, np.inf, -np.inf, info.tiny, -info.tiny, info.max, -info.max, *limits],
    ]
    return np.concatenate(parts).astype(dtype)


def require_within(found: Floats, wanted: Floats, ulps: float) -> None:
    """Hold ``found`` to more exact numbers; where they are below twice the smallest normal number it may be 0."""
    info = np.finfo(found.dtype)
    ceiling = wanted.dtype.type(2.0) ** info.maxexp  # infinity counts as the first number that does not fit
    got = np.where(np.isinf(found), np.copysign(ceiling, found), found.astype(wanted.dtype))
    want = np.clip(wanted, -ceiling, ceiling)
    with np.errstate(over="ignore", under="ignore"):
        unit = np.spacing(np.minimum(np.abs(want), info.max).astype(found.dtype)).astype(wanted.dtype)
    off = np.abs(got - want) / np.maximum(unit, info.tiny * info.eps)
    off[(found == 0.0) & (np.abs(want) < 2.0 * info.tiny)] = 0.0
    worst = int(off.argmax())
    assert off[worst] <= ulps, f"{off[worst]} ulp: {found[worst]!r}, wanted {wanted[worst]!r}"


FUNCTIONS: dict[str, tuple[float, dict[str, tuple[float, ...]]]] = {
    # How many ulp it may be off, and around which numbers it changes its ways.
    "exp": (1.5, {"float64": (709.7827, -708.3964, -745.13, 1.0), "float32": (88.72284, -87.33654, -103.97, 1.0)}),
    "tanh": (3.0, {"float64": (19.06, -19.06, 0.55, -1e-8), "float32": (9.01, -9.01, 0.55, -3e-4)}),
    "sigmoid": (3.0, {"float64": (36.7, -36.7, -708.3964, -745.13), "float32": (16.6, -16.6, -87.33654, -103.97)}),
}
EXACT: dict[str, Callable[[Floats], Floats]] = {
    "exp": np.exp,
    "tanh": np.tanh,
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
}


def own(name: str, z: Floats) -> Floats:
    """The core's function of that name."""
    if name == "sigmoid":
        return activation("sigmoid", z)[0]
    return getattr(_core.of(str(z.dtype)), name)(z)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant <= 52, reason="no numbers here are more exact than float64")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_cores_own_functions_are_exact_to_a_few_ulp(name: str) -> None:
    ulps, limits = FUNCTIONS[name]
    z = spread("float64", limits["float64"])
    with np.errstate(over="ignore", under="ignore"):
        wanted = EXACT[name](z.astype(np.longdouble))
    require_within(own(name, z), wanted, ulps)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_cores_own_functions_are_exact_to_a_few_ulp_in_float32(name: str) -> None:
    ulps, limits = FUNCTIONS[name]
    z = spread("float32", limits["float32"])
    with np.errstate(over="ignore", under="ignore"):
        wanted = EXACT[name](z.astype(np.float64))
    require_within(own(name, z), wanted, ulps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_cores_own_functions_know_zeros_infinities_and_nan(name: str, dtype: str) -> None:
    z = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], dtype)
    found = own(name, z)
    assert found.dtype == z.dtype
    with np.errstate(over="ignore"):
        assert found.tobytes()[: -z.itemsize] == EXACT[name](z).astype(dtype).tobytes()[: -z.itemsize]
    assert np.isnan(found[-1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_nan_comes_out_of_its_own_place_alone(entry: Activation, dtype: str) -> None:
    for place in range(20):
        z = np.full(20, 0.3, dtype)
        z[place] = np.nan
        a, slopes = activation(entry.name, z)
        assert np.isnan(a).tolist() == [i == place for i in range(20)]
        assert np.isfinite(slopes[np.arange(20) != place]).all()


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
    assert all(np.isfinite(numbers).all() for numbers in activation(entry.name, np.array([-1e3, 1e3])))


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=name_of)
def test_low_and_high_are_the_ends_of_the_values(entry: Activation) -> None:
    a, _ = activation(entry.name, np.concatenate([Z, np.linspace(-5.0, 5.0, 20_001), [-1e6, 1e6]]))
    assert (a >= entry.low).all()
    assert (a <= entry.high).all()
    assert a.min() == pytest.approx(entry.low, abs=1e-6) if math.isfinite(entry.low) else a.min() < -1e3
    assert a.max() == pytest.approx(entry.high, abs=1e-6) if math.isfinite(entry.high) else a.max() > 1e5


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
