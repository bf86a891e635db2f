"""The trainings that are timed against others, with the goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

import bpgui
from bpgui.catalogue import find
from bpgui.data.builtin import DATASETS
from harness import Goal
from peers import gemm
from task import Task


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A task, who competes and for what.

    ``work(task)`` is what an epoch amounts to, in units of which ``unit`` says how a speed is shown. ``exact`` names
    those that have to come to bpgui's loss after ``check`` epochs.
    """

    name: str
    summary: str
    task: Callable[[], Task]
    unit: str
    work: Callable[[Task], float]
    peers: tuple[str, ...]
    exact: tuple[str, ...] = ()
    check: int
    goals: tuple[Goal, ...]

    def work_of(self, peer: str, task: Task) -> float:
        """Return what an epoch of a competitor amounts to."""
        return gemm.FLOPS if peer == "gemm" else self.work(task)


def updates(task: Task) -> float:
    """Return the updates of an epoch."""
    return len(task.X) / task.batch


def samples(task: Task) -> float:
    """Return the samples of an epoch."""
    return len(task.X)


def flops(task: Task) -> float:
    """Return the floating-point operations of the products of an epoch.

    Each weight takes part in three products, a multiplication and an addition each; those of the first block in two,
    as nobody asks for the slope at the inputs.
    """
    weights = [a * b for a, b in zip(task.layers, task.layers[1:], strict=False)]
    return len(task.X) * 2 * (3 * sum(weights) - weights[0])


def article() -> Task:
    """The article's network, weights, sample and rate, as the built-in data set declares them."""
    entry, data = find(DATASETS, "article", "data set"), bpgui.datasets.load("article")
    return Task(
        layers=entry.layers,
        activation=entry.activation,
        output=entry.output,
        loss=entry.recipe["loss"],
        bias=entry.bias,
        optimizer="sgd",
        rate=entry.recipe["learning_rate"],
        batch=1,
        dtype="float64",
        X=data.X,
        T=data.T,
        first=np.array(entry.first),
    )


def spirals() -> Task:
    """The 300 points of the built-in spirals, the classes as -1 and 1."""
    data = bpgui.datasets.load("spirals")
    layers = (2, 8, 8, 1)
    return Task(
        layers=layers,
        activation="tanh",
        output="tanh",
        loss="half_sse",
        bias=True,
        optimizer="sgd",
        rate=0.03,
        batch=10,
        dtype="float64",
        X=data.X,
        T=2.0 * data.labels[:, None] - 1.0,
        first=first_parameters(layers, "tanh", "tanh", "xavier"),
    )


def digits(optimizer: str, dtype: str) -> Task:
    """The digits, less the five that would be a batch of their own."""
    data = bpgui.datasets.load("digits")
    kept = len(data.X) // 32 * 32
    return classes((64, 32, 10), optimizer, dtype, 32, data.X[:kept], data.labels[:kept])


def random_classes(layers: tuple[int, ...], optimizer: str, dtype: str, batch: int, batches: int) -> Task:
    """Random inputs in random classes: nothing to learn, all the work."""
    random = np.random.default_rng(0)
    X = random.random((batch * batches, layers[0]))
    return classes(layers, optimizer, dtype, batch, X, random.integers(0, layers[-1], len(X)))


def classes(layers, optimizer: str, dtype: str, batch: int, X, labels) -> Task:
    """Return ReLU layers that lead to a softmax with cross-entropy."""
    return Task(
        layers=layers,
        activation="relu",
        output="softmax",
        loss="cross_entropy",
        bias=True,
        optimizer=optimizer,
        rate=0.05 if optimizer == "sgd" else 0.001,
        batch=batch,
        dtype=dtype,
        X=X.astype(dtype),
        T=np.eye(layers[-1], dtype=dtype)[labels],
        first=first_parameters(layers, "relu", "softmax", "he").astype(dtype),
    )


def first_parameters(layers: tuple[int, ...], activation: str, output: str, method: str) -> np.ndarray:
    """Return the vector that bpgui begins with under seed 0."""
    return bpgui.Network.dense(layers, activation, output).initialise(method=method).vector


LIBRARIES = ("numpy", "jax", "torch", "sklearn")
EXACT = ("numpy", "jax", "torch")


def of_digits(optimizer: str, dtype: str, *against_jax: Goal) -> Workload:
    """Return W3 with one optimizer and one kind of numbers."""
    wanted = 5.5 if dtype == "float64" else 9.0
    return Workload(
        name=f"W3-{optimizer}-{dtype}",
        summary=f"digits, 64-32-10 ReLU and softmax, batch 32, {optimizer}, {dtype}",
        task=partial(digits, optimizer, dtype),
        unit="samples/s",
        work=samples,
        peers=LIBRARIES,
        exact=EXACT,
        check=2,
        goals=(
            *against_jax,
            Goal(("sklearn",), 8.0),
            Goal(("torch",), 15.0),
            Goal(("numpy",), wanted=wanted),
        ),
    )


def of_random(dtype: str, least: float) -> Workload:
    """Return W4 with one kind of numbers."""
    return Workload(
        name=f"W4-adam-{dtype}",
        summary=f"random data, 784-128-64-10 ReLU and softmax, batch 128, adam, {dtype}",
        task=partial(random_classes, (784, 128, 64, 10), "adam", dtype, 128, 16),
        unit="samples/s",
        work=samples,
        peers=LIBRARIES,
        exact=EXACT,
        check=1,
        goals=(Goal(LIBRARIES, least),),
    )


def of_wide(dtype: str) -> Workload:
    """Return W5 with one kind of numbers."""
    return Workload(
        name=f"W5-sgd-{dtype}",
        summary=f"random data, 784-1024-1024-10 ReLU and softmax, batch 256, sgd, {dtype}; gemm is the peak",
        task=partial(random_classes, (784, 1024, 1024, 10), "sgd", dtype, 256, 4),
        unit="flop/s",
        work=flops,
        peers=("gemm", "torch"),
        exact=("torch",),
        check=1,
        goals=(Goal(("gemm",), 0.85, 0.92),),
    )


WORKLOADS = (
    Workload(
        name="W1",
        summary="the article's 2-2-2, one sample, online",
        task=article,
        unit="ns/update",
        work=updates,
        peers=("article_rule", "two_two_two", "fann", "jax", "numpy"),
        exact=("two_two_two", "jax", "numpy"),
        check=1000,
        goals=(
            Goal(("article_rule",), 2.5),
            Goal(("fann", "jax", "numpy"), 1.1),
            Goal(("two_two_two",), wanted=1.0 / 1.1),
        ),
    ),
    Workload(
        name="W2",
        summary="spirals, 2-8-8-1 tanh, batch 10 (FANN: online)",
        task=spirals,
        unit="samples/s",
        work=samples,
        peers=("fann", "numpy", "jax"),
        exact=("numpy", "jax"),
        check=10,
        goals=(Goal(("fann",), 4.5), Goal(("numpy",), 28.0)),
    ),
    of_digits("sgd", "float64", Goal(("jax",), 2.3)),
    of_digits("adam", "float64", Goal(("jax",), 1.8)),
    of_digits("sgd", "float32"),
    of_digits("adam", "float32"),
    of_random("float64", 1.15),
    of_random("float32", 0.95),
    of_wide("float64"),
    of_wide("float32"),
)
