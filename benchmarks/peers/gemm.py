"""No training: products of two 2048 x 2048 matrices, the peak that one core's BLAS reaches. An epoch is one product."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from peers.python import lacks, program, serve
from task import Task

SIZE = 2048
FLOPS = 2 * SIZE**3


def missing() -> str | None:
    """Return what is not installed."""
    return lacks("scipy")


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return program("peers.gemm", task, folder)


class Peer:
    """Two matrices of random numbers and the place of their product, in Fortran's order so that nothing is copied."""

    def __init__(self, task: Task) -> None:
        from scipy.linalg import blas

        self.multiply = blas.dgemm if task.dtype == "float64" else blas.sgemm
        random = np.random.default_rng(0)
        self.a, self.b, self.c = (
            np.asfortranarray(random.standard_normal((SIZE, SIZE)).astype(task.dtype)) for _ in range(3)
        )

    def restart(self) -> None:
        """Do nothing: a product has no state."""

    def train(self, epochs: int) -> None:
        """Multiply so often."""
        for _ in range(epochs):
            self.c = self.multiply(1.0, self.a, self.b, c=self.c, overwrite_c=True)

    def loss(self) -> float:
        """Return 0: there is none."""
        return 0.0


if __name__ == "__main__":
    serve(Peer)
