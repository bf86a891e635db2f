"""bpgui itself, by its public names."""

from __future__ import annotations

from pathlib import Path

import bpgui
from peers.python import program, serve
from task import Task


def missing() -> None:
    """Return None: it is what is measured."""


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return program("peers.with_bpgui", task, folder)


def trainer_of(task: Task) -> bpgui.Trainer:
    """Return a trainer at the first parameters of a task."""
    network = bpgui.Network.dense(task.layers, task.activation, task.output, task.bias)
    params = network.initialise(dtype=task.dtype)
    params.vector[:] = task.first
    recipe = bpgui.Recipe(
        loss=task.loss, optimizer=task.optimizer, learning_rate=task.rate, batch_size=task.batch, shuffle=False
    )
    return bpgui.Trainer(network, params, task.X, task.T, recipe)


class Peer:
    """One trainer after another."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def restart(self) -> None:
        """Make a new trainer."""
        self.trainer = trainer_of(self.task)

    def train(self, epochs: int) -> None:
        """Train whole epochs."""
        self.trainer.run(epochs=epochs)

    def loss(self) -> float:
        """Return the error of the present parameters."""
        return bpgui.error(self.trainer.network, self.trainer.params, self.task.X, self.task.T, self.task.loss)


if __name__ == "__main__":
    serve(Peer)
