"""scikit-learn's MLPClassifier. It draws its own first weights, so its loss is not held to the others'."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from peers.python import lacks, program, serve
from task import Task


def missing() -> str | None:
    """Return what is not installed."""
    return lacks("sklearn")


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return program("peers.with_sklearn", task, folder)


class Peer:
    """One call of partial_fit is one epoch in batches."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.labels = task.T.argmax(axis=1)

    def restart(self) -> None:
        """Make a new classifier; its first epoch is the one that allocates, and is not timed."""
        from sklearn.neural_network import MLPClassifier

        task = self.task
        self.model = MLPClassifier(
            task.layers[1:-1],
            task.activation,
            solver=task.optimizer,
            alpha=0.0,
            batch_size=task.batch,
            learning_rate_init=task.rate,
            shuffle=False,
            momentum=0.0,
            nesterovs_momentum=False,
            random_state=0,
        )
        self.model.partial_fit(task.X, self.labels, classes=np.arange(task.layers[-1]))

    def train(self, epochs: int) -> None:
        """Train whole epochs."""
        for _ in range(epochs):
            self.model.partial_fit(self.task.X, self.labels)

    def loss(self) -> float:
        """Return the mean loss of the last epoch."""
        return self.model.loss_


if __name__ == "__main__":
    serve(Peer)
