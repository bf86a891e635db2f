"""NumPy as one writes it who wants speed: everything allocated once, every step in place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from peers.python import lacks, program, serve
from task import Task

Floats = NDArray[np.floating]


def missing() -> str | None:
    """Return None: bpgui needs NumPy too."""
    return lacks("numpy")


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return program("peers.with_numpy", task, folder)


def activate(name: str, z: Floats) -> None:
    """Put a layer's activations where its z were: z (samples, units)."""
    if name == "relu":
        np.maximum(z, 0.0, out=z)
    elif name == "tanh":
        np.tanh(z, out=z)
    elif name == "sigmoid":
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += 1.0
        np.reciprocal(z, out=z)
    else:  # softmax
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)


def times_slope(name: str, a: Floats, delta: Floats, scratch: Floats) -> None:
    """Multiply delta by the slope of the activations a, all (samples, units)."""
    if name == "relu":
        np.greater(a, 0.0, out=scratch)
    elif name == "tanh":
        np.multiply(a, a, out=scratch)
        np.subtract(1.0, scratch, out=scratch)
    else:  # sigmoid
        np.subtract(1.0, a, out=scratch)
        scratch *= a
    delta *= scratch


class Peer:
    """Forward, backward and step over one flat vector."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.vector, self.gradient = np.empty_like(task.first), np.empty_like(task.first)
        self.scratch, self.root = np.empty_like(task.first), np.empty_like(task.first)
        self.m, self.v = np.empty_like(task.first), np.empty_like(task.first)
        self.params, self.slopes = task.split(self.vector), task.split(self.gradient)
        sizes = [(task.batch, units) for units in task.layers[1:]]
        self.a, self.delta, self.spare = ([np.empty(size, task.dtype) for size in sizes] for _ in range(3))
        self.names = [task.activation] * (len(sizes) - 1) + [task.output]
        starts = range(0, len(task.X), task.batch)
        self.batches = [(task.X[i : i + task.batch], task.T[i : i + task.batch]) for i in starts]

    def restart(self) -> None:
        """Go back to the first parameters."""
        self.vector[:] = self.task.first
        self.m[:] = self.v[:] = 0.0
        self.steps = 0

    def train(self, epochs: int) -> None:
        """Train whole epochs."""
        step = self.sgd if self.task.optimizer == "sgd" else self.adam
        for _ in range(epochs):
            for x, t in self.batches:
                self.forward(x)
                self.backward(x, t)
                step()

    def forward(self, x: Floats) -> None:
        """Fill the activations."""
        for (weights, bias), name, a in zip(self.params, self.names, self.a, strict=True):
            np.matmul(x, weights, out=a)
            if bias is not None:
                a += bias
            activate(name, a)
            x = a

    def backward(self, x: Floats, t: Floats) -> None:
        """Fill the mean gradient."""
        delta = self.delta[-1]
        np.subtract(self.a[-1], t, out=delta)
        delta *= 1.0 / self.task.batch
        if self.task.loss != "cross_entropy":  # with softmax a - t is the slope at z already
            times_slope(self.names[-1], self.a[-1], delta, self.spare[-1])
        for layer in reversed(range(len(self.params))):
            weights, bias = self.slopes[layer]
            below = self.a[layer - 1] if layer else x
            np.matmul(below.T, self.delta[layer], out=weights)
            if bias is not None:
                np.add.reduce(self.delta[layer], axis=0, out=bias)
            if layer:
                np.matmul(self.delta[layer], self.params[layer][0].T, out=self.delta[layer - 1])
                times_slope(self.names[layer - 1], below, self.delta[layer - 1], self.spare[layer - 1])

    def sgd(self) -> None:
        """Step down the gradient."""
        self.gradient *= self.task.rate
        self.vector -= self.gradient

    def adam(self) -> None:
        """Step as Kingma and Ba (2015) write it, with their default settings."""
        self.steps += 1
        g, scratch, root = self.gradient, self.scratch, self.root
        self.m *= 0.9
        np.multiply(g, 0.1, out=scratch)
        self.m += scratch
        self.v *= 0.999
        np.multiply(g, g, out=scratch)
        scratch *= 0.001
        self.v += scratch
        np.multiply(self.v, 1.0 / (1.0 - 0.999**self.steps), out=root)
        np.sqrt(root, out=root)
        root += 1e-8
        np.multiply(self.m, self.task.rate / (1.0 - 0.9**self.steps), out=scratch)
        scratch /= root
        self.vector -= scratch

    def loss(self) -> float:
        """Return the mean loss over all samples."""
        total = 0.0
        for x, t in self.batches:
            self.forward(x)
            y = self.a[-1]
            total += -np.sum(t * np.log(y)) if self.task.loss == "cross_entropy" else 0.5 * np.sum((t - y) ** 2)
        return total / len(self.task.X)


if __name__ == "__main__":
    serve(Peer)
