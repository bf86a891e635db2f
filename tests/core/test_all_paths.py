"""Every path through the kernels, for the builds of the core that check each step: checked and sanitized."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
import pytest
from oracle import plain
from oracle.networks import HIDDEN, random_case
from support import distance

from bpgui import _core
from bpgui.network.losses import LOSSES
from bpgui.network.network import Network
from bpgui.training.optimizers import OPTIMIZERS
from core.engines import FOREVER, SETTINGS, set_vector

SETTINGS_DRAWN: dict[str, list[Any]] = {
    "rate": [0.001, 1e200],
    "l1": [0.0, 0.1],
    "l2": [0.0, 0.1],
    "clip_value": [inf, 0.1],
    "clip_norm": [inf, 0.1],
    "dropout": [0.0, 0.4],
    "batch": [1, 3, 300, FOREVER],
    "shuffle": [True, False],
    "seed": [0, 2**64 - 1],
    "error_below": [-inf, 0.5],
    "patience": [0, 1, 3],
    "min_delta": [0.0, 0.1],
    "restore_best": [True, False],
}


TOLERANCE = {"float64": 1e-11, "float32": 2e-4}


@pytest.mark.parametrize("dtype", _core.DTYPES)
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("loss", range(len(LOSSES)), ids=[loss.name for loss in LOSSES])
def test_any_network_computes_what_plain_numpy_does(loss: int, depth: int, dtype: str) -> None:
    output = LOSSES[loss].output
    core, tolerance = _core.of(dtype), TOLERANCE[dtype]
    for seed in range(8):
        name = output or HIDDEN[seed % len(HIDDEN)]
        samples = [1, 2, 255, 256, 257, 513][seed % 6]
        case = random_case(100 * depth + seed, LOSSES[loss].name, name, samples, depth)
        net, vector = case.network, case.params.vector
        if dtype == "float32" and "step" in {layer.activation for layer in net.layers} | set(net_overrides(net)):
            continue  # where a sum stands at the corner, rounding decides
        weight = np.empty(0) if case.weight is None else case.weight
        mine = (net.plan(dtype), vector.astype(dtype), case.x.astype(dtype))
        error, gradient = core.error_and_gradient(*mine, case.t.astype(dtype), weight, loss)
        errors, wanted = plain.error_and_gradient(net, vector, case.x, case.t, LOSSES[loss].name, case.weight)
        mass = np.ones(samples) if case.weight is None else case.weight
        mean = (mass * errors).sum() / mass.sum() if mass.sum() else 0.0
        assert abs(error - mean) <= tolerance * max(1.0, abs(mean))
        assert gradient.dtype == dtype
        assert distance(gradient, wanted) < tolerance
        outputs = core.predict(*mine)
        assert distance(outputs, plain.forward(net, vector, case.x).a[-1]) < tolerance


def net_overrides(net: Network) -> list[str]:
    """The activations of single units."""
    return [name for layer in net.layers for name in layer.overrides.values()]


@pytest.mark.parametrize("optimizer", range(len(OPTIMIZERS)), ids=[kind.name for kind in OPTIMIZERS])
@pytest.mark.parametrize("part", range(10))
def test_any_settings_train_to_an_ending(optimizer: int, part: int) -> None:
    rng = np.random.default_rng(part)
    dtype = _core.DTYPES[part % 2]
    core = _core.of(dtype)
    endings = set()
    for seed in range(30):
        case = random_case(1000 * part + seed, samples=int(rng.integers(1, 600)) if seed % 5 == 0 else None)
        drawn = {name: values[int(rng.integers(len(values)))] for name, values in SETTINGS_DRAWN.items()}
        settings = {
            **SETTINGS,
            **drawn,
            "loss": [loss.name for loss in LOSSES].index(case.loss),
            "optimizer": optimizer,
            "optimizer_settings": OPTIMIZERS[optimizer]().settings,
        }
        held = int(rng.integers(0, 2)) * len(case.x)
        weight = np.empty(0) if case.weight is None else case.weight
        plan, x, t = case.network.plan(dtype), case.x.astype(dtype), case.t.astype(dtype)
        data = core.Data(plan, x, t, weight)
        validation = core.Data(plan, x[:held], t[:held], weight[:held])
        engine = core.Engine(plan, data, validation, settings, OPTIMIZERS[optimizer].slots)
        set_vector(engine, case.params.vector)
        ending = engine.run(60, FOREVER, 30.0)
        endings.add(ending)
        counters, vector, slots, best = engine.state()
        assert np.isfinite(vector).all()
        assert np.isfinite(best).all()
        assert not vector[case.network.cut].any()
        assert engine.errors().size == engine.epoch == counters["epoch"]
        assert engine.errors(True).size == (engine.epoch if held else 0)
        again = core.Engine(plan, data, validation, settings, len(slots))
        again.set_state(counters, vector, slots, best)
        assert again.run(again.update + 5, FOREVER, 30.0) in _core.ENDINGS
    # The steps of rprop are bounded, and lbfgs takes none that does not lead down.
    bounded = OPTIMIZERS[optimizer].name in ("rprop", "lbfgs")
    assert endings >= ({"done", "patience"} if bounded else {"done", "diverged", "patience"})
