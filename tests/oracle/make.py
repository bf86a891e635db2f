"""Makes gradients.json and optimizers.json with PyTorch; run once, in an environment that has it:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/oracle/make.py

Knows nothing of bpgui: what a network computes is said once more below, and PyTorch differentiates it.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

HERE = Path(__file__).parent
ACTIVATION = {"linear": lambda z: z, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
HIDDEN = [*ACTIVATION, "softmax"]
PAIRS = [
    *product(("half_sse", "mse"), HIDDEN),
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
        mixed = name != "softmax" and loss in ("half_sse", "mse") and rng.random() < 0.4
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


def trained(number: int, settings: dict[str, float]) -> dict[str, Any]:
    """Train with torch.optim.SGD for 100 full-batch updates; l2 falls on the weights alone."""
    case = draw_case(number, "mse", "tanh")
    for block in case["blocks"]:
        block["cut"] = np.zeros_like(block["cut"]).tolist()  # weight decay would move a cut entry
    vector = torch.tensor(case["vector"])
    weights = length(case["layers"], case["blocks"]) - sum(
        layer["units"] for layer in case["layers"][1:] if layer["bias"]
    )
    parts = [vector[:weights].clone().requires_grad_(), vector[weights:].clone().requires_grad_()]
    groups = [{"params": [parts[0]], "weight_decay": settings["l2"]}, {"params": [parts[1]], "weight_decay": 0.0}]
    optimizer = torch.optim.SGD(groups, lr=settings["learning_rate"], momentum=settings["momentum"])
    vectors = {}
    for update in range(1, 101):
        optimizer.zero_grad()
        mean_loss(case, torch.cat(parts)).backward()
        optimizer.step()
        if update in (1, 2, 10, 100):
            vectors[update] = torch.cat(parts).tolist()
    return {**case, **settings, "vectors": vectors}


def main() -> None:
    """Write both files."""
    cases = [with_gradient(draw_case(3 * i + k, *pair)) for i, pair in enumerate(PAIRS) for k in range(3)]
    (HERE / "gradients.json").write_text(json.dumps(cases) + "\n")
    runs = [
        trained(22, {"learning_rate": 0.1, "momentum": 0.0, "l2": 0.0}),
        trained(22, {"learning_rate": 0.1, "momentum": 0.0, "l2": 0.05}),
        trained(22, {"learning_rate": 0.05, "momentum": 0.9, "l2": 0.0}),
        trained(22, {"learning_rate": 0.05, "momentum": 0.7, "l2": 0.05}),
    ]
    (HERE / "optimizers.json").write_text(json.dumps(runs) + "\n")


if __name__ == "__main__":
    main()
