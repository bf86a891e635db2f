"""Makes gradients.json, optimizers.json and schedules.json with PyTorch; run once, in an environment that has it:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/oracle/make.py

Knows nothing of bpgui: what a network computes is said once more below, and PyTorch differentiates it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).parent
ACTIVATION: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": lambda z: functional.softplus(z, threshold=500.0),  # by default it is linear from 20 on
    "sine": torch.sin,
    "gaussian": lambda z: torch.exp(-z * z),
    "step": lambda z: (z >= 0.0).to(z.dtype) + 0.0 * z,  # PyTorch wants a path to differentiate along
}
HIDDEN = [*ACTIVATION, "softmax"]
FREE = ("half_sse", "mse", "mae", "huber")  # the losses that go with every output
PAIRS = [
    *product(FREE, HIDDEN),
    ("binary_cross_entropy", "sigmoid"),
    ("cross_entropy", "softmax"),
]

torch.set_default_dtype(torch.float64)
torch.use_deterministic_algorithms(True)


def draw_case(number: int, loss: str, output: str) -> dict[str, Any]:
    """Draw a network of 1 to 5 weight layers that has every trait there is, with samples, targets and weights."""
    rng = np.random.default_rng(number)
    depth = 1 + number % 5
    layers: list[dict[str, Any]] = [{"units": int(rng.integers(1, 4))}]
    for d in range(1, depth + 1):
        name = output if d == depth else str(rng.choice(HIDDEN))
        units = int(rng.integers(2, 4)) if name == "softmax" else int(rng.integers(1, 4))
        mixed = name != "softmax" and loss in FREE and rng.random() < 0.4
        overrides = {j: str(rng.choice(list(ACTIVATION))) for j in range(units) if rng.random() < 0.5} if mixed else {}
        layers.append({"units": units, "activation": name, "bias": bool(rng.random() < 0.7), "overrides": overrides})
    blocks = []
    for d in range(1, depth + 1):
        for s in range(d):
            if s == d - 1 or rng.random() < 0.3:
                shape = layers[s]["units"], layers[d]["units"]
                cut = rng.random(shape) < 0.3 if rng.random() < 0.4 else np.zeros(shape, bool)
                blocks.append({"source": s, "target": d, "cut": cut.tolist()})
    n = int(rng.integers(1, 5))
    outputs = layers[-1]["units"]
    t = rng.normal(size=(n, outputs))
    if loss == "binary_cross_entropy":
        t = rng.random((n, outputs))
    if loss == "cross_entropy":
        t = rng.random((n, outputs))
        t /= t.sum(axis=1, keepdims=True)
    weight = rng.uniform(0.1, 2.0, n) if number % 2 else np.ones(n)
    return {
        "loss": loss,
        "layers": layers,
        "blocks": blocks,
        "vector": (0.8 * rng.normal(size=length(layers, blocks))).tolist(),
        "x": rng.normal(size=(n, layers[0]["units"])).tolist(),
        "t": t.tolist(),
        "weight": weight.tolist(),
    }


def length(layers: list[dict[str, Any]], blocks: list[dict[str, Any]]) -> int:
    """Count the parameters."""
    weights = sum(layers[b["source"]]["units"] * layers[b["target"]]["units"] for b in blocks)
    return weights + sum(layer["units"] for layer in layers[1:] if layer["bias"])


def outputs(case: dict[str, Any], vector: torch.Tensor, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return z and a of the output layer; cut connections count nothing."""
    layers, at, weights, biases = case["layers"], 0, [], {}
    for block in case["blocks"]:
        shape = layers[block["source"]]["units"], layers[block["target"]]["units"]
        matrix = vector[at : at + shape[0] * shape[1]].reshape(shape)
        weights.append(torch.where(torch.tensor(block["cut"]), torch.zeros(()), matrix))
        at += shape[0] * shape[1]
    for d, layer in enumerate(layers[1:], 1):
        if layer["bias"]:
            biases[d] = vector[at : at + layer["units"]]
            at += layer["units"]
    a = [x]
    z = x
    for d, layer in enumerate(layers[1:], 1):
        z = torch.zeros(len(x), layer["units"]) + biases.get(d, torch.zeros(()))
        for block, matrix in zip(case["blocks"], weights, strict=True):
            if block["target"] == d:
                z = z + a[block["source"]] @ matrix
        if layer["activation"] == "softmax":
            a.append(torch.softmax(z, dim=1))
        else:
            names = [layer["overrides"].get(j, layer["activation"]) for j in range(layer["units"])]
            a.append(torch.stack([ACTIVATION[name](z[:, j]) for j, name in enumerate(names)], dim=1))
    return z, a[-1]


def mean_loss(case: dict[str, Any], vector: torch.Tensor) -> torch.Tensor:
    """Return the weighted mean of the samples' losses."""
    x, t, weight = (torch.tensor(case[name]) for name in ("x", "t", "weight"))
    z, y = outputs(case, vector, x)
    each = {
        "half_sse": lambda: 0.5 * functional.mse_loss(y, t, reduction="none").sum(dim=1),
        "mse": lambda: functional.mse_loss(y, t, reduction="none").mean(dim=1),
        "mae": lambda: functional.l1_loss(y, t, reduction="none").mean(dim=1),
        "huber": lambda: functional.huber_loss(y, t, reduction="none").mean(dim=1),
        "binary_cross_entropy": lambda: functional.binary_cross_entropy_with_logits(z, t, reduction="none").mean(dim=1),
        "cross_entropy": lambda: functional.cross_entropy(z, t, reduction="none"),
    }[case["loss"]]()
    return (weight * each).sum() / weight.sum()


def with_gradient(case: dict[str, Any]) -> dict[str, Any]:
    """Add the error and the gradient to a case."""
    vector = torch.tensor(case["vector"], requires_grad=True)
    error = mean_loss(case, vector)
    error.backward()
    assert vector.grad is not None
    return {**case, "error": float(error.detach()), "gradient": vector.grad.tolist()}


METHODS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": torch.optim.SGD,
    "nesterov": partial(torch.optim.SGD, nesterov=True),
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "rprop": torch.optim.Rprop,
}

# Optimizer, learning rate, settings: once those that are the default everywhere, once others.
RUNS: list[tuple[str, float, dict[str, float]]] = [
    ("sgd", 0.1, {}),
    ("sgd", 0.03, {}),
    ("momentum", 0.05, {"momentum": 0.9}),
    ("momentum", 0.05, {"momentum": 0.7}),
    ("nesterov", 0.05, {"momentum": 0.9}),
    ("nesterov", 0.05, {"momentum": 0.7}),
    ("rmsprop", 0.003, {"alpha": 0.99, "epsilon": 1e-8}),
    ("rmsprop", 0.003, {"alpha": 0.9, "epsilon": 1e-3}),
    ("adagrad", 0.05, {"epsilon": 1e-10}),
    ("adagrad", 0.02, {"epsilon": 1e-3}),
    ("adam", 0.02, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}),
    ("adam", 0.01, {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}),
    ("adamw", 0.02, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01}),
    ("adamw", 0.01, {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weight_decay": 0.3}),
    ("nadam", 0.02, {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentum_decay": 0.004}),
    ("nadam", 0.01, {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "momentum_decay": 0.05}),
    ("rprop", 0.01, {"shrink": 0.5, "grow": 1.2, "smallest": 1e-6, "largest": 50.0}),
    ("rprop", 0.02, {"shrink": 0.3, "grow": 1.1, "smallest": 1e-3, "largest": 0.05}),
]
PENALTIES = (0.0, 0.05)
START = 22  # the case that the optimizers start from
CASES = 3  # of gradients, for each pair
EPOCHS, UPDATES = 24, 3  # of the schedules' cases: epochs, and updates in each


def as_pytorch_names(settings: dict[str, float]) -> dict[str, Any]:
    """Return settings under the names that PyTorch has for them."""
    given = dict(settings)
    named: dict[str, Any] = {}
    pairs = (("betas", "beta1", "beta2"), ("etas", "shrink", "grow"), ("step_sizes", "smallest", "largest"))
    for name, one, other in pairs:
        if one in given:
            named[name] = given.pop(one), given.pop(other)
    if "epsilon" in given:
        named["eps"] = given.pop("epsilon")
    return {**named, **given}


def start() -> dict[str, Any]:
    """Return the case that all optimizers start from; nothing is cut, as a cut entry would decay."""
    case = draw_case(START, "mse", "tanh")
    for block in case["blocks"]:
        block["cut"] = np.zeros_like(block["cut"]).tolist()
    return case


def trained(case: dict[str, Any], name: str, rate: float, settings: dict[str, float], l2: float) -> dict[str, Any]:
    """Train for 100 full-batch updates; the penalty, in the gradient, and adamw's decay fall on the weights alone."""
    vector = torch.tensor(case["vector"])
    biases = sum(layer["units"] for layer in case["layers"][1:] if layer["bias"])
    parts = [part.clone().requires_grad_() for part in vector.split([len(vector) - biases, biases])]
    named = as_pytorch_names(settings)
    decay = {"weight_decay": named.pop("weight_decay")} if name == "adamw" else {}
    without = {"weight_decay": 0.0} if decay else {}
    optimizer = METHODS[name]([{"params": parts[:1], **decay}, {"params": parts[1:], **without}], lr=rate, **named)
    vectors = {}
    for update in range(1, 101):
        optimizer.zero_grad()
        (mean_loss(case, torch.cat(parts)) + 0.5 * l2 * (parts[0] ** 2).sum()).backward()
        optimizer.step()
        if update in (1, 2, 10, 100):
            vectors[update] = torch.cat(parts).tolist()
    return {"optimizer": name, "settings": settings, "learning_rate": rate, "l2": l2, "vectors": vectors}


def paced(make: Callable[..., Any], pace: Callable[[int], list[tuple[float, ...]]], **named: Any) -> list[float]:
    """Return a schedule's factor before each update; pace(i): what it is told after update i, once for each entry."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimizer, **named)
    factors = []
    for i in range(1, EPOCHS * UPDATES + 1):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for told in pace(i):
            schedule.step(*told)
    return factors


def each_epoch(i: int) -> list[tuple[float, ...]]:
    """Tell the end of an epoch."""
    return [] if i % UPDATES else [()]


def where(i: int) -> list[tuple[float, ...]]:
    """Tell the epochs so far, with the share of the present one."""
    return [(i / UPDATES,)]


def warmed_up(epochs: int, factors: list[float]) -> list[float]:
    """Multiply with PyTorch's line from 1/n to 1 over the n updates of those epochs.

    PyTorch's first update has 1/n, its second 2/n; here the share is that of the updates done, and the first, whose
    share would be 0, has 1/n too.
    """
    n = epochs * UPDATES
    line = paced(torch.optim.lr_scheduler.LinearLR, lambda i: [()], start_factor=1.0 / n, total_iters=n - 1)  # noqa: ARG005
    return [a * b for a, b in zip([line[0], *line], factors, strict=False)]


def on_plateaus(errors: list[float], **named: float) -> list[float]:
    """Return the factor of each update where the epochs have those errors."""
    make = partial(torch.optim.lr_scheduler.ReduceLROnPlateau, eps=0.0, threshold_mode="rel", **named)
    return paced(make, lambda i: [] if i % UPDATES else [(errors[i // UPDATES - 1],)])


def schedules() -> list[dict[str, Any]]:
    """Follow each schedule, also after a warm-up."""
    lr = torch.optim.lr_scheduler
    rng = np.random.default_rng(8)
    # They fall, stand still, rise, and fall by less than a threshold.
    errors = [float(2.0 * 0.7 ** min(e, 9) * (1.0 - 1e-5 * e) + 0.02 * rng.random() * (e % 3)) for e in range(EPOCHS)]
    cases: list[tuple[str, dict[str, float], list[float]]] = [
        ("constant", {}, [1.0] * EPOCHS * UPDATES),
        ("step", {"gamma": 0.3, "every": 5}, paced(lr.StepLR, each_epoch, gamma=0.3, step_size=5)),
        ("exponential", {"gamma": 0.9}, paced(lr.ExponentialLR, each_epoch, gamma=0.9)),
    ]
    restarts = lr.CosineAnnealingWarmRestarts
    for floor, period in ((0.0, 0), (0.1, 0), (0.0, 7), (0.2, 1)):
        factors = paced(restarts, where, T_0=period or EPOCHS, eta_min=floor)
        cases.append(("cosine", {"floor": floor, "period": period}, factors))
    for factor, patience, threshold in ((0.5, 10, 1e-4), (0.5, 2, 1e-4), (0.1, 0, 0.0), (0.7, 1, 0.2)):
        settings = {"factor": factor, "patience": patience, "threshold": threshold}
        cases.append(("reduce_on_plateau", settings, on_plateaus(errors, **settings)))
    return [
        {
            "schedule": name,
            "settings": settings,
            "warm_up": warm_up,
            "epochs": EPOCHS,
            "updates": UPDATES,
            "errors": errors if name == "reduce_on_plateau" else [],
            "factors": warmed_up(warm_up, factors) if warm_up else factors,
        }
        for warm_up in (0, 4)
        for name, settings, factors in cases
    ]


def write(name: str, content: object) -> None:
    """Write one of the files."""
    (HERE / name).write_text(json.dumps(content) + "\n")


def main() -> None:
    """Write all files."""
    write(
        "gradients.json",
        [with_gradient(draw_case(CASES * i + k, *pair)) for i, pair in enumerate(PAIRS) for k in range(CASES)],
    )
    case = start()
    runs = [trained(case, *run, l2) for run in RUNS for l2 in PENALTIES]
    write("optimizers.json", {**case, "runs": runs})
    write("schedules.json", schedules())


if __name__ == "__main__":
    main()
