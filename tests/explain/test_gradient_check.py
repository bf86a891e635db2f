"""The gradient check over all parameters."""

from __future__ import annotations

import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from oracle.networks import random_case
from support import examples

import bpgui
from bpgui.explain.gradient_check import SLICE, gradient_check
from bpgui.explain.numeric import AT_KINK, DIFFERS, TOO_SMALL


@examples(300)
@given(st.integers(0, 2**32))
def test_the_gradient_of_any_network_passes_or_nothing_could_be_seen(seed):
    case = random_case(seed)
    check = gradient_check(case.network, case.params, case.x, case.t, case.loss, case.weight)
    assert all(each.verdict != DIFFERS for each in check.checks)
    assert check.passed or any(each.verdict == TOO_SMALL for each in check.checks)
    _, gradient = bpgui.gradient(case.network, case.params, case.x, case.t, case.loss, case.weight)
    assert check.analytic.tolist() == gradient.vector.tolist()


def wide():
    network = bpgui.Network.dense((5, 20, 20, 2))
    rng = np.random.default_rng(0)
    return network, network.initialise(), rng.normal(size=(10, 5)), rng.normal(size=(10, 2))


def test_a_wrong_gradient_is_found_and_comes_first(monkeypatch):
    real = bpgui.gradient

    def spoilt(*arguments):
        error, found = real(*arguments)
        found.vector[137] += 1e-3
        return error, found

    monkeypatch.setattr(sys.modules["bpgui.explain.gradient_check"], "gradient", spoilt)
    check = gradient_check(*wide())
    assert check.worst_first[0] == 137
    assert not check.passed
    assert check.sentence == "1 of 582 gradients differ from their finite differences."


def test_what_lies_at_a_kink_is_told_apart_and_is_no_error():
    network = bpgui.Network.dense((1, 2, 1), activation="relu", bias=False)
    params = bpgui.Parameters(network, [0.0, 0.7, 1.0, 0.5])
    check = gradient_check(network, params, [[1.0]], [[1.0]])
    assert check.checks[0].verdict == AT_KINK
    assert check.worst_first[0] == 0
    assert check.passed
    assert "kink" in check.sentence


def test_it_tells_how_far_it_is_and_stops_when_nobody_waits():
    told = []
    assert gradient_check(*wide(), progress=lambda share: told.append(share) or True) is not None
    assert told == sorted(told)
    assert (told[0], len(told)) == (0.0, -(-582 // SLICE))
    assert gradient_check(*wide(), progress=lambda share: share < 0.3) is None


def test_float32_parameters_are_checked_in_float64():
    network, params, x, t = wide()
    rounded = bpgui.Parameters(network, params.vector.astype(np.float32))
    check = gradient_check(network, rounded, x, t)
    assert check.passed
    assert max(each.difference for each in check.checks) < 1e-8
