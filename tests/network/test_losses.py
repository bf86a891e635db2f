"""Every loss: its value is its definition's, its slope that of its values, and it works in a training."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import plain
from oracle.networks import targets
from support import distance

import bpgui
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES, Loss, require_pair


def name_of(entry: Loss) -> str:
    return entry.name


def outputs_of(entry: Loss) -> list[str]:
    return [entry.output] if entry.output else [activation.name for activation in ACTIVATIONS]


@pytest.mark.parametrize("entry", LOSSES, ids=name_of)
def test_the_error_is_the_mean_of_the_definition(entry: Loss) -> None:
    rng = np.random.default_rng(2)
    for output in outputs_of(entry):
        net = bpgui.Network.dense((2, 3), output=output)
        params = bpgui.Parameters(net, rng.normal(size=9))
        x, t = rng.normal(size=(7, 2)), targets(rng, entry.name, 7, 3)
        p = plain.forward(net, params.vector, x)
        wanted = plain.losses(entry.name, p.z[-1], p.a[-1], t)
        weight = rng.uniform(0.0, 3.0, 7)
        assert bpgui.error(net, params, x, t, entry.name) == pytest.approx(wanted.mean(), rel=1e-13)
        weighted = float((weight * wanted).sum() / weight.sum())
        assert bpgui.error(net, params, x, t, entry.name, weight) == pytest.approx(weighted, rel=1e-13)


@pytest.mark.parametrize(
    ("name", "y", "t", "wanted"),
    [
        ("half_sse", [0.5, 2.0], [1.0, 0.0], 2.125),
        ("mse", [0.5, 2.0], [1.0, 0.0], 2.125),
    ],
)
def test_errors_worked_out_by_hand(name: str, y: list[float], t: list[float], wanted: float) -> None:
    net = bpgui.Network.dense((1, 2))
    params = bpgui.Parameters(net, [0.0, 0.0, *y])
    assert bpgui.error(net, params, [[0.0]], [t], name) == wanted


def test_cross_entropies_worked_out_by_hand() -> None:
    net = bpgui.Network.dense((1, 2), output="sigmoid")
    even = bpgui.Parameters(net, np.zeros(4))
    assert bpgui.error(net, even, [[0.0]], [[0.3, 1.0]], "binary_cross_entropy") == pytest.approx(np.log(2.0))
    net = bpgui.Network.dense((1, 4), output="softmax")
    even = bpgui.Parameters(net, np.zeros(8))
    assert bpgui.error(net, even, [[0.0]], [[0.1, 0.2, 0.3, 0.4]], "cross_entropy") == pytest.approx(np.log(4.0))


@pytest.mark.parametrize("entry", [entry for entry in LOSSES if entry.output], ids=name_of)
def test_the_cross_entropies_stay_exact_where_the_output_saturates(entry: Loss) -> None:
    net = bpgui.Network.dense((1, 2), output=str(entry.output))
    params = bpgui.Parameters(net, [0.0, 0.0, 800.0, -800.0])
    wrong, right = [[0.0, 1.0]], [[1.0, 0.0]]
    error, gradient = bpgui.gradient(net, params, [[1.0]], wrong, entry.name)
    n = 1.0 if entry.name == "cross_entropy" else 2.0
    assert error == 1600.0 / n
    assert gradient.vector.tolist() == [1.0 / n, -1.0 / n, 1.0 / n, -1.0 / n]
    error, gradient = bpgui.gradient(net, params, [[1.0]], right, entry.name)
    assert error == 0.0
    assert not gradient.vector.any()


def test_a_class_that_cannot_be_costs_nothing_where_its_target_is_zero() -> None:
    net = bpgui.Network.dense((1, 3), output="softmax")
    params = bpgui.Parameters(net, [0.0, 0.0, 0.0, 1e308, 0.0, -1e308])
    assert bpgui.error(net, params, [[0.0]], [[1.0, 0.0, 0.0]], "cross_entropy") == 0.0


@pytest.mark.parametrize("entry", LOSSES, ids=name_of)
def test_every_loss_falls_in_a_training(entry: Loss) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 2))
    for output in outputs_of(entry):
        net = bpgui.Network.dense((2, 4, 2), output=output)
        t = np.eye(2)[(x[:, 0] > x[:, 1]).astype(int)]
        recipe = bpgui.Recipe(loss=entry.name, epochs=30, batch_size=10, learning_rate=0.2)
        run = bpgui.train(net, net.initialise(1), x, t, recipe)
        assert run.status == "finished"
        if output == "step":  # whose slope is 0 everywhere
            assert run.errors[-1] == run.errors[0]
        else:
            assert run.errors[-1] < 0.8 * run.errors[0], output


@pytest.mark.parametrize("entry", LOSSES, ids=name_of)
def test_a_pair_that_is_not_defined_names_the_output_that_fits(entry: Loss) -> None:
    for activation in ACTIVATIONS:
        if entry.output in (None, activation.name):
            require_pair(entry.name, {activation.name})
        else:
            with pytest.raises(ValueError, match=f"{entry.name}.*needs '{entry.output}'.*{activation.name}"):
                require_pair(entry.name, {activation.name})
    if entry.output:
        with pytest.raises(ValueError, match=f"needs '{entry.output}'.*linear, {entry.output}"):
            require_pair(entry.name, {entry.output, "linear"})


def test_a_mixed_output_layer_is_told_from_a_whole_one() -> None:
    net = bpgui.Network([bpgui.Layer(1), bpgui.Layer(2, "sigmoid", overrides={1: "tanh"})], [(0, 1)])
    with pytest.raises(ValueError, match=r"needs 'sigmoid' outputs, the network has sigmoid, tanh"):
        bpgui.error(net, net.initialise(), [[1.0]], [[0.0, 1.0]], "binary_cross_entropy")


@pytest.mark.parametrize("entry", LOSSES, ids=name_of)
def test_every_entry_tells_a_person_what_it_is(entry: Loss) -> None:
    assert entry.label
    assert entry.formula
    assert entry.help.endswith(".")


def test_weights_of_samples_scale_the_gradient_as_they_scale_the_error() -> None:
    rng = np.random.default_rng(8)
    net = bpgui.Network.dense((2, 3, 1))
    params, x, t = net.initialise(1), rng.normal(size=(6, 2)), rng.normal(size=(6, 1))
    twice = bpgui.gradient(net, params, np.vstack([x, x[:2]]), np.vstack([t, t[:2]]))
    weighted = bpgui.gradient(net, params, x, t, sample_weight=[2, 2, 1, 1, 1, 1])
    assert weighted[0] == pytest.approx(twice[0], rel=1e-13)
    assert distance(weighted[1].vector, twice[1].vector) < 1e-13
