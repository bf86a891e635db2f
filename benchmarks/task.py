"""What every competitor of a workload is given: one network, one data set, one rule, one first vector."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARRAYS = ("X", "T", "first")


@dataclass(frozen=True, kw_only=True)
class Task:
    """A training without shuffling; all of it is bpgui's public meaning.

    X (samples, inputs), T (samples, outputs; one-hot for cross_entropy) and ``first`` (P,), the first parameters, are
    in ``dtype``. ``batch`` divides the number of samples. ``loss`` is half_sse or cross_entropy, ``optimizer`` sgd or
    adam.
    """

    layers: tuple[int, ...]
    activation: str
    output: str
    loss: str
    bias: bool
    optimizer: str
    rate: float
    batch: int
    dtype: str
    X: NDArray[np.floating]
    T: NDArray[np.floating]
    first: NDArray[np.floating]

    def save(self, path: Path) -> None:
        """Write it for another process."""
        values = asdict(self)
        arrays = {name: values.pop(name) for name in ARRAYS}
        np.savez(path, settings=json.dumps(values), **arrays)

    @classmethod
    def read(cls, path: str) -> Task:
        """Return what ``save`` wrote."""
        with np.load(path) as file:
            settings = json.loads(str(file["settings"]))
            settings["layers"] = tuple(settings["layers"])
            return cls(**settings, **{name: file[name] for name in ARRAYS})

    def write_numbers(self, path: Path) -> None:
        """Write it as plain numbers, for a competitor in another language.

        Their order: number of layers, their sizes, rate, number of samples, for each sample its inputs and targets,
        number of parameters, the parameters.
        """
        head = [len(self.layers), *self.layers, self.rate, len(self.X)]
        rows = np.hstack([self.X, self.T]).ravel().tolist()
        path.write_text(" ".join(map(repr, [*head, *rows, self.first.size, *self.first.tolist()])))

    def split(self, vector: NDArray[np.floating]) -> list[tuple[NDArray[np.floating], NDArray[np.floating] | None]]:
        """Return views of a parameter vector, for each layer after the input (weights (sources, targets), bias)."""
        shapes = list(zip(self.layers, self.layers[1:], strict=False))
        ends = np.cumsum([s * t for s, t in shapes] + [t for _, t in shapes if self.bias])
        parts = np.split(vector[: ends[-1]], ends[:-1])
        weights = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=False)]
        biases = parts[len(shapes) :] if self.bias else [None] * len(shapes)
        return list(zip(weights, biases, strict=True))
