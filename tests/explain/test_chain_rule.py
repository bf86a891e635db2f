"""The chain rule of any weight of any network: its factors, its paths, its recursion, its proof."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import random_case
from support import examples

import bpgui
from bpgui.explain import chain_rule
from bpgui.explain.notation import Notation
from bpgui.explain.numeric import AGREES, AT_KINK, TOO_SMALL
from bpgui.explain.sample_rules import FROM_ERROR, INTO_ENTRY, THROUGH_NEURON, SampleRules
from bpgui.project.state import of_builtin


def article(**asked):
    project = of_builtin("article")
    x, t = project.data.X[0], project.data.T[0]
    return chain_rule(project.network, project.parameters, x, t, article=True, **asked)


def entries(network):
    """Every weight and bias, as chain_rule names it, with its place in the vector."""
    for number, block in enumerate(network.blocks):
        for i, j in np.ndindex(network.layers[block.source].units, network.layers[block.target].units):
            yield {"weight": (block.source, block.target, i, j)}, network.index_of_weight(number, i, j)
    for layer, of in enumerate(network.layers):
        for unit in range(of.units if layer and of.bias else 0):
            yield {"bias": (layer, unit)}, network.index_of_bias(layer, unit)


def near(value, wanted):
    return abs(value - wanted) <= 1e-12 * max(1.0, abs(wanted))


def value_of(formula):
    """What a formula comes to, from the numbers that it shows."""
    text = formula.numbers(None).split(", as ")[0].split("; ")[0].replace(",", "")
    for sign, python in {"−": "-", "·": "*", "²": "**2", "cos ": "math.cos "}.items():
        text = text.replace(sign, python)
    if text.startswith("math.cos "):
        return math.cos(float(text.removeprefix("math.cos ").strip("()")))
    if "**2" in text:
        text = text.replace("1 - ", "1 - (", 1).replace("**2", ")**2", 1)
    return eval(text, {"__builtins__": {}})  # digits and signs, written here


# The article's numbers


def test_an_output_weight_of_the_article_is_the_product_of_its_three_factors():
    rule = article(weight=(1, 2, 0, 0))
    assert [round(factor.value, 4) for factor in rule.factors] == [0.3669, 0.2455, 0.5424]
    assert [factor.role for factor in rule.factors] == [FROM_ERROR, THROUGH_NEURON, INTO_ENTRY]
    assert round(rule.gradient, 5) == 0.04886
    assert rule.symbol.plain == "w¹₁₀"
    assert [factor.symbol.plain for factor in rule.factors] == ["∂E/∂a₂₀", "∂a₂₀/∂z₂₀", "∂z₂₀/∂w¹₁₀"]
    assert [factor.formula.letters for factor in rule.factors] == ["a₂₀ − t₀", "a₂₀ · (1 − a₂₀)", "a₁₀"]
    assert rule.factors[0].formula.numbers(4) == "0.5669 − 0.2000"
    assert rule.paths is None
    assert rule.numeric.verdict == AGREES
    assert rule.numeric.difference < 1e-10


def test_a_hidden_weight_of_the_article_ends_with_the_input_and_sums_over_two_paths():
    rule = article(weight=(0, 1, 0, 0))
    assert rule.gradient == pytest.approx(0.00122767, abs=5e-9)
    assert rule.factors[-1].formula.letters == "x₀"
    assert rule.factors[-1].value == 0.2
    assert [path.units for path in rule.paths.listed] == [((1, 0), (2, 0)), ((1, 0), (2, 1))]
    assert sum(path.value for path in rule.paths.listed) == pytest.approx(rule.factors[0].value, rel=1e-14)
    assert [term.unit for term in rule.terms] == [(2, 0), (2, 1)]
    assert rule.delta.value == pytest.approx(rule.factors[0].value * rule.factors[1].value, rel=1e-14)


def test_softmax_with_cross_entropy_is_one_factor():
    network = bpgui.Network.dense((2, 3), output="softmax")
    rule = chain_rule(network, network.initialise(), [0.3, -1.0], 2, "cross_entropy", weight=(0, 1, 1, 2))
    assert [factor.symbol.plain for factor in rule.factors] == ["∂E/∂z₁₂", "∂z₁₂/∂w₀₁→₁₂"]
    assert rule.factors[0].formula.letters == "a₁₂ − t₂"


# Any network


@examples(600)
@given(st.integers(0, 2**32))
def test_every_product_of_factors_and_every_formula_is_the_gradient_of_the_core(seed):
    case = random_case(seed, samples=1)
    _, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, case.loss)
    for asked, at in entries(case.network):
        rule = chain_rule(case.network, case.params, case.x[0], case.t[0], case.loss, **asked)
        if rule.cut:
            assert (rule.gradient, rule.value) == (0.0, 0.0)
            continue
        assert near(rule.product, gradient.vector[at])
        assert near(rule.gradient, gradient.vector[at])
        assert rule.frozen == bool(case.network.frozen[at])
        for factor in rule.factors:
            rounding = 5e-4 if "1.0507" in factor.formula.letters or "1.7581" in factor.formula.letters else 1e-9
            assert value_of(factor.formula) == pytest.approx(factor.value, rel=rounding, abs=rounding)


@examples(400)
@given(st.integers(0, 2**32), st.integers(1, 20))
def test_paths_and_recursion_are_two_views_of_the_same_sum(seed, most):
    from bpgui.explain import paths as module

    case = random_case(seed, samples=1)
    network = case.network
    for layer in range(1, len(network.layers) - 1):
        if not network.layers[layer].bias:
            continue
        rule = chain_rule(network, case.params, case.x[0], case.t[0], case.loss, bias=(layer, 0))
        recursion = sum(term.value for term in rule.terms) + rule.other_terms
        listed = sum(path.value for path in rule.paths.listed)
        assert near(listed + rule.paths.rest, recursion)
        every = every_path(network, case.params, case, layer)
        assert rule.paths.count == len(every)
        assert near(sum(every.values()), recursion)
        for path in rule.paths.listed:
            assert near(path.value, every[path.units])
        few = module.strongest_paths(*few_arguments(case, layer, recursion), most)
        strongest = sorted((abs(value) for value in every.values()), reverse=True)[:most]
        assert [abs(path.value) for path in few.listed] == pytest.approx(strongest, rel=1e-9, abs=1e-15)
        assert near(sum(path.value for path in few.listed) + few.rest, recursion)


def few_arguments(case, layer, total):
    slopes, delta = numbers_of(case)
    return case.network, case.params, slopes, delta, (layer, 0), total


def numbers_of(case):
    from bpgui.explain.sample_rules import layer_slopes
    from bpgui.training.evaluation import sample_pass

    found = sample_pass(case.network, case.params, case.x[0], case.t[0], case.loss)
    ends = np.cumsum(case.network.sizes)[:-1]
    z, a, delta = (np.split(numbers, ends) for numbers in (found.z, found.a, found.delta))
    return [layer_slopes(case.network, n, z[n], a[n]) for n in range(len(z))], delta


def every_path(network, params, case, layer):
    """All ways from the activation of neuron (layer, 0), by walking each of them."""
    slopes, delta = numbers_of(case)
    last = len(network.layers) - 1
    found = {}

    def from_a(way, unit, product):
        for block, weight, place in zip(network.blocks, params.weights, network.weight_slices, strict=True):
            if block.source != unit[0]:
                continue
            cut = network.cut[place].reshape(weight.shape)
            for j in range(weight.shape[1]):
                if not cut[unit[1], j]:
                    from_z(way, (block.target, j), product * weight[unit[1], j])

    def from_z(way, unit, product):
        here, slope = (*way, unit), slopes[unit[0]]
        if unit[0] == last:
            found[here] = product * delta[last][unit[1]]
        elif slope.ndim == 1:
            from_a(here, unit, product * slope[unit[1]])
        else:
            for m in range(len(slope)):
                onto = here if m == unit[1] else (*here, (unit[0], m))
                from_a(onto, (unit[0], m), product * slope[m, unit[1]])

    from_a(((layer, 0),), (layer, 0), 1.0)
    return found


def test_of_many_paths_the_64_strongest_are_listed_and_the_rest_is_summed_in_one_row():
    network = bpgui.Network.dense((2, 6, 6, 6, 3))
    params = network.initialise(seed=1)
    rule = chain_rule(network, params, [0.4, -0.2], [0.0, 1.0, 0.5], weight=(0, 1, 0, 0))
    assert (len(rule.paths.listed), rule.paths.count) == (64, 6 * 6 * 3)
    sizes = [abs(path.value) for path in rule.paths.listed]
    assert sizes == sorted(sizes, reverse=True)
    total = sum(path.value for path in rule.paths.listed) + rule.paths.rest
    assert total == pytest.approx(rule.factors[0].value, rel=1e-12)
    assert rule.paths.rest != 0.0


def test_more_paths_than_a_computer_could_walk_are_counted_and_summed():
    network = bpgui.Network.dense((3, *([10] * 30), 2))
    rule = chain_rule(network, network.initialise(), [1.0, 0.5, -1.0], [0.0, 1.0], bias=(1, 0))
    assert rule.paths.count == 10**29 * 2
    total = sum(path.value for path in rule.paths.listed) + rule.paths.rest
    assert total == pytest.approx(rule.factors[0].value, rel=1e-9)


@examples(600)
@given(st.integers(0, 2**32))
def test_the_shares_of_the_outputs_add_up_to_the_error(seed):
    case = random_case(seed, samples=1)
    rules = SampleRules(case.network, case.params, case.x[0], case.t[0], case.loss, Notation(case.network))
    assert near(rules.shares.sum(), rules.error)


# Over a batch


@examples(300)
@given(st.integers(0, 2**32))
def test_over_a_batch_it_is_the_weighted_mean_and_tells_the_samples_that_pull_most(seed):
    case = random_case(seed, samples=6)
    _, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, case.loss, case.weight)
    for asked, at in itertools.islice(entries(case.network), 5):
        rule = chain_rule(case.network, case.params, case.x, case.t, case.loss, sample_weight=case.weight, **asked)
        if not rule.cut:
            assert near(rule.gradient, gradient.vector[at])
        assert rule.samples == 6
        pulls = [abs(pull.gradient * pull.share) for pull in rule.pulls]
        assert pulls == sorted(pulls, reverse=True)
        assert rule.sample == rule.pulls[0].sample
        assert near(sum(pull.gradient * pull.share for pull in rule.pulls), rule.gradient)
        third = chain_rule(case.network, case.params, case.x, case.t, case.loss, sample=3, **asked)
        alone = chain_rule(case.network, case.params, case.x[3], case.t[3], case.loss, **asked)
        assert third.sample == 3
        assert [factor.value for factor in third.factors] == [factor.value for factor in alone.factors]


# The proof by trying


@examples(1000)
@given(st.integers(0, 2**32))
def test_central_differences_agree_or_a_corner_is_found_to_blame(seed):
    case = random_case(seed)
    for asked, _ in itertools.islice(entries(case.network), 8):
        rule = chain_rule(case.network, case.params, case.x, case.t, case.loss, sample_weight=case.weight, **asked)
        assert rule.numeric.verdict in (AGREES, AT_KINK, TOO_SMALL), (asked, rule.numeric)


def at_the_corner(activation):
    """A network whose one hidden neuron has z = 0."""
    network = bpgui.Network.dense((1, 1, 1), activation=activation, bias=False)
    return network, bpgui.Parameters(network, [0.0, 1.0])


def test_a_corner_within_the_step_is_told_and_not_called_an_error():
    network, params = at_the_corner("relu")
    rule = chain_rule(network, params, [1.0], [1.0], weight=(0, 1, 0, 0))
    assert rule.gradient == 0.0
    assert rule.numeric.verdict == AT_KINK
    smooth, params = at_the_corner("softplus")
    assert chain_rule(smooth, params, [1.0], [1.0], weight=(0, 1, 0, 0)).numeric.verdict == AGREES


def test_a_wrong_gradient_would_be_called_wrong():
    from bpgui.explain.numeric import DIFFERS, central_differences

    project = of_builtin("article")
    x, t = project.data.X, project.data.T
    found = central_differences(project.network, project.parameters, x, t, "half_sse", np.array([0]))
    printed = 0.0034  # the slip: the hidden activation in place of the input
    assert found.entry(0, printed).verdict == DIFFERS
    assert found.entry(0, 0.00122767155).verdict == AGREES


def test_gradients_below_what_differences_can_see_are_called_too_small():
    network = bpgui.Network.dense((1, 1, 1), activation="sigmoid", output="sigmoid")
    params = bpgui.Parameters(network, [1.0, 60.0, 0.0, 60.0])
    rule = chain_rule(network, params, [1.0], [0.0], weight=(0, 1, 0, 0))
    assert rule.numeric.verdict == TOO_SMALL


def test_classes_and_single_columns_of_targets_are_compared_with_their_own_samples():
    network = bpgui.Network.dense((1, 3), output="linear", bias=False)
    params = bpgui.Parameters(network, [1.000001, 0.3, 0.2])
    rule = chain_rule(network, params, [[1.0], [2.0]], np.array([0, 1]), "mae", weight=(0, 1, 0, 0))
    assert rule.numeric.verdict == AT_KINK


def test_in_float32_the_rule_is_still_proved_to_the_last_digits():
    network = bpgui.Network.dense((3, 6, 6, 2), output="sigmoid")
    params = bpgui.Parameters(network, network.initialise(seed=3).vector.astype(np.float32))
    for asked, _ in entries(network):
        assert chain_rule(network, params, [0.5, -1.0, 2.0], [0.0, 1.0], **asked).numeric.verdict == AGREES


# What cannot be asked


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "name either a weight"),
        ({"weight": (0, 1, 0, 0), "bias": (1, 0)}, "name either a weight"),
        ({"weight": (0, 2, 0, 0)}, r"no block leads from layer 0 to layer 2; there are \(0, 1\), \(1, 2\)"),
        ({"weight": (0, 1, 2, 0)}, r"no weight \(2, 0\) in the block \(0, 1\) of 2 x 2"),
        ({"bias": (1, 0)}, "layer 1 has no biases"),
        ({"bias": (3, 0)}, "no neuron 3·0"),
        ({"weight": (0, 1, 0, 0), "sample": 1}, "sample 1 is not one of 0 to 0"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(asked, told):
    with pytest.raises(ValueError, match=told):
        article(**asked)


def test_the_public_name_is_there():
    assert bpgui.explain.chain_rule is chain_rule
