"""The gradient is exact: against central differences, against PyTorch, against plain NumPy."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from oracle import plain
from oracle.networks import HIDDEN, Case, random_case, sized_case
from support import FULL, distance, examples

import bpgui
from bpgui.network.losses import LOSSES

Floats = NDArray[np.float64]

PYTORCH = json.loads((Path(__file__).parents[1] / "oracle" / "gradients.json").read_text())
PAIRS = [
    (loss.name, output) for loss, output in product(LOSSES, HIDDEN) if loss.output is None or loss.output == output
]
NETWORKS = 100 if FULL else 10


def sides(case: Case, vector: Floats) -> NDArray[np.bool_]:
    """Which side of each kink each unit is on, and each output of each kink of its loss, for each sample."""
    p = plain.forward(case.network, vector, case.x)
    found = [
        p.z[d][:, j] > 0.0
        for d, layer in enumerate(case.network.layers)
        for j in range(layer.units)
        if d and layer.activation_of(j) in plain.KINKED
    ]
    kinks = {"mae": (0.0,), "huber": (-1.0, 1.0)}.get(case.loss, ())
    found += [column > kink for kink in kinks for column in (p.a[-1] - case.t).T]
    return np.array(found)


def near_a_kink(case: Case, i: int, h: float) -> bool:
    """Whether anything changes sides within ten steps of parameter i."""
    here = sides(case, case.params.vector)
    for step in (-10.0 * h, 10.0 * h):
        vector = case.params.vector.copy()
        vector[i] += step
        if not np.array_equal(sides(case, vector), here):
            return True
    return False


def central_differences(case: Case) -> tuple[Floats, NDArray[np.bool_]]:
    """(slopes of the error, where they mean something): cut entries stay 0, kinks are left out."""
    vector = case.params.vector
    slopes, usable = np.zeros(vector.size), ~case.network.cut
    for i in np.flatnonzero(usable):
        h = np.cbrt(2.2e-16) * max(1.0, abs(vector[i]))
        if near_a_kink(case, i, h):
            usable[i] = False
            continue
        around = []
        for step in (h, -h):
            params = case.params.copy()
            params.vector[i] += step
            around.append(bpgui.error(case.network, params, case.x, case.t, case.loss, case.weight))
        slopes[i] = (around[0] - around[1]) / (2.0 * h)
    return slopes, usable


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_the_gradient_is_the_slope_of_the_error(loss: str, output: str) -> None:
    compared, skipped = 0, 0
    for number in range(NETWORKS):
        case = random_case(1000 * PAIRS.index((loss, output)) + number, loss, output, depth=1 + number % 5)
        error, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, loss, case.weight)
        assert error == bpgui.error(case.network, case.params, case.x, case.t, loss, case.weight)
        slopes, usable = central_differences(case)
        assert distance(gradient.vector[usable], slopes[usable]) < 1e-7, case.network
        assert not gradient.vector[case.network.cut].any()
        compared += np.count_nonzero(usable)
        skipped += np.count_nonzero(~usable & ~case.network.cut)
    assert skipped < 0.01 * compared


@examples(2000)
@given(st.integers(0, 2**32))
def test_the_gradient_is_that_of_the_textbook(seed: int) -> None:
    case = random_case(seed)
    errors, wanted = plain.error_and_gradient(case.network, case.params.vector, case.x, case.t, case.loss, case.weight)
    wanted[case.network.cut] = 0.0
    error, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, case.loss, case.weight)
    weight = np.ones(len(errors)) if case.weight is None else case.weight
    assert error == pytest.approx((weight * errors).sum() / weight.sum() if weight.sum() else 0.0, rel=1e-12)
    assert distance(gradient.vector, wanted) < 1e-11


def network_of(case: dict[str, Any]) -> bpgui.Network:
    layers = [
        bpgui.Layer(
            layer["units"],
            layer.get("activation"),
            layer.get("bias", True),
            {int(unit): name for unit, name in layer.get("overrides", {}).items()},
        )
        for layer in case["layers"]
    ]
    return bpgui.Network(layers, [bpgui.Block(b["source"], b["target"], np.array(b["cut"])) for b in case["blocks"]])


@pytest.mark.parametrize("case", PYTORCH, ids=[f"{i}-{case['loss']}" for i, case in enumerate(PYTORCH)])
def test_error_and_gradient_are_pytorchs(case: dict[str, Any]) -> None:
    net = network_of(case)
    params = bpgui.Parameters(net, case["vector"])
    error, gradient = bpgui.gradient(net, params, case["x"], case["t"], case["loss"], case["weight"])
    assert abs(error - case["error"]) <= 1e-12 * max(1.0, abs(case["error"]))
    assert distance(gradient.vector, case["gradient"]) <= 1e-12


@pytest.mark.parametrize("case", PYTORCH, ids=[f"{i}-{case['loss']}" for i, case in enumerate(PYTORCH)])
def test_plain_numpy_says_what_pytorch_says(case: dict[str, Any]) -> None:
    net = network_of(case)
    vector = bpgui.Parameters(net, case["vector"]).vector
    x, t, weight = (np.array(case[name]) for name in ("x", "t", "weight"))
    errors, gradient = plain.error_and_gradient(net, vector, x, t, case["loss"], weight)
    gradient[net.cut] = 0.0
    assert abs(plain.mean_error(errors, weight) - case["error"]) <= 1e-13 * max(1.0, abs(case["error"]))
    assert distance(gradient, case["gradient"]) <= 1e-13


@pytest.mark.parametrize("case", PYTORCH, ids=[f"{i}-{case['loss']}" for i, case in enumerate(PYTORCH)])
def test_float32_comes_near_float64(case: dict[str, Any]) -> None:
    net = network_of(case)
    vector, x = np.array(case["vector"], np.float32), np.array(case["x"], np.float32)
    results = []
    for dtype in ("float32", "float64"):
        params = bpgui.Parameters(net, vector.astype(dtype))
        error, gradient = bpgui.gradient(net, params, x, case["t"], case["loss"], case["weight"])
        outputs = bpgui.predict(net, params, x)
        assert outputs.dtype == gradient.vector.dtype == dtype
        assert isinstance(error, float)
        results.append((error, gradient.vector, outputs))
    for one, other in zip(*results, strict=True):
        assert distance(one, other) <= 1e-4
    same = [np.array_equal(one, other) for one, other in zip(*results, strict=True)]
    assert not all(same) or not results[0][1].any()


SIZES = [(1, 1), (3, 2, 1), (2, 8, 3), (8, 17, 5), (4, 33, 17, 8), (64, 64, 10), (17, 64, 33, 2)]
WIDE = (300, 200, 150)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("sizes", "samples"),
    [*product(SIZES, [*range(1, 10), 64, 256, 257, 600]), (WIDE, 64), (WIDE, 300)],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
def test_every_size_of_layers_and_batches_has_the_gradient_of_the_textbook(
    sizes: tuple[int, ...], samples: int, dtype: str
) -> None:
    case = sized_case(samples, sizes, samples, dtype)
    exact = [numbers.astype(np.float64) for numbers in (case.params.vector, case.x, case.t)]
    errors, wanted = plain.error_and_gradient(case.network, *exact, "mse")
    wanted[case.network.cut] = 0.0
    error, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, "mse")
    tolerance = 1e-12 if dtype == "float64" else 1e-4
    assert error == pytest.approx(errors.mean(), rel=tolerance)
    assert distance(gradient.vector, wanted) <= tolerance * np.abs(wanted).max()  # most are far below 1
    outputs = plain.forward(case.network, exact[0], exact[1]).a[-1]
    assert distance(bpgui.predict(case.network, case.params, case.x), outputs) <= tolerance


def test_the_cases_of_pytorch_have_every_trait() -> None:
    layers = [layer for case in PYTORCH for layer in case["layers"][1:]]
    assert {len(case["layers"]) for case in PYTORCH} == {2, 3, 4, 5, 6}
    assert {(case["loss"], case["layers"][-1]["activation"]) for case in PYTORCH} == set(PAIRS)
    assert {layer["activation"] for case in PYTORCH for layer in case["layers"][1:-1]} == set(HIDDEN)
    assert {layer["bias"] for layer in layers} == {True, False}
    assert any(layer["overrides"] for layer in layers)
    assert any(np.any(block["cut"]) for case in PYTORCH for block in case["blocks"])
    assert any(block["target"] - block["source"] > 1 for case in PYTORCH for block in case["blocks"])
    assert any(len(set(case["weight"])) > 1 for case in PYTORCH)


def test_frozen_entries_show_their_true_gradient_and_cut_ones_0() -> None:
    layers = bpgui.Network.dense((2, 1), output="tanh").layers
    masks = {"cut": [[True], [False]], "frozen": [[False], [True]]}
    net = bpgui.Network(layers, [bpgui.Block(0, 1, **{k: np.array(v) for k, v in masks.items()})])
    _, gradient = bpgui.gradient(net, bpgui.Parameters(net, [0.0, 0.3, 0.1]), [[1.0, 2.0]], [[0.5]])
    y = np.tanh(0.7)
    delta = (y - 0.5) * (1.0 - y * y)
    assert gradient.vector == pytest.approx([0.0, 2.0 * delta, delta], rel=1e-14)
    assert gradient.vector[0] == 0.0


@pytest.mark.parametrize("samples", [1, 255, 256, 257, 1000])
def test_the_mean_over_many_samples_is_the_mean_of_their_gradients(samples: int) -> None:
    case = random_case(77, "mse", "tanh", samples)
    _, wanted = plain.error_and_gradient(case.network, case.params.vector, case.x, case.t, "mse")
    wanted[case.network.cut] = 0.0
    _, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, "mse")
    assert distance(gradient.vector, wanted) < 1e-12


def test_samples_that_weigh_nothing_give_error_0_and_gradient_0() -> None:
    case = random_case(3, "mse", "tanh", 4)
    error, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, "mse", np.zeros(4))
    assert error == 0.0
    assert not gradient.vector.any()


def test_a_sample_of_weight_0_takes_no_part_even_where_its_numbers_overflow() -> None:
    net = bpgui.Network.dense((1, 2, 2, 1), "relu")
    params = bpgui.Parameters(net, np.full(net.parameter_count, 2.0))
    with_it = bpgui.gradient(net, params, [[0.5], [1e308]], [[0.1], [0.0]], "half_sse", [1.0, 0.0])
    without = bpgui.gradient(net, params, [[0.5]], [[0.1]])
    assert with_it[0] == without[0]
    with pytest.raises(ValueError, match=r"gradient is not finite \(the error is inf\)"):
        bpgui.gradient(net, params, [[1e308]], [[0.0]])
    assert with_it[1].vector.tolist() == without[1].vector.tolist()


@pytest.mark.parametrize(("dtype", "within"), [("float64", 1e-11), ("float32", 1e-6)])
@pytest.mark.parametrize(
    "z", [[1000.0, 985.0, 990.0], [30.0, 18.0, 10.0], [-2000.0, -2007.5, -2003.0], [5.0, 5.0, 5.0]]
)
@pytest.mark.parametrize("target", [0, 1, 2])
def test_cross_entropy_keeps_its_digits_however_large_and_sure_the_outputs_are(
    z: list[float], target: int, dtype: str, within: float
) -> None:
    net = bpgui.Network.dense((1, 3), output="softmax")
    params = bpgui.Parameters(net, np.array([0.0, 0.0, 0.0, *z], dtype))
    error = bpgui.error(net, params, [[0.0]], [target], "cross_entropy")
    # log(sum of e^(z - z_t)), whose term for the target itself is 1.
    wanted = np.log1p(sum(np.exp(other - z[target]) for i, other in enumerate(z) if i != target))
    assert error == pytest.approx(wanted, rel=within, abs=2.3e-16)  # what log(1 + tiny) can tell


def test_cross_entropy_of_targets_that_add_up_to_1_only_nearly_has_the_slope_of_its_value() -> None:
    net = bpgui.Network.dense((1, 3), output="softmax")
    z = np.array([0.3, -0.2, 0.9])
    t = np.array([0.5, 0.3, 0.2]) * (1.0 + 8e-7)
    params = bpgui.Parameters(net, np.concatenate([np.zeros(3), z]))
    error, gradient = bpgui.gradient(net, params, [[0.0]], t[None], "cross_entropy")
    total = np.exp(z).sum()
    np.testing.assert_allclose(error, (t * (np.log(total) - z)).sum(), rtol=1e-14)
    np.testing.assert_allclose(gradient.vector[3:], np.exp(z) / total * t.sum() - t, rtol=0, atol=1e-15)
