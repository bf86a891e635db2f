"""PyTorch as it is used, one thread, with its fused optimizers and denormals flushed."""

from __future__ import annotations

from pathlib import Path

from peers.python import lacks, program, serve
from task import Task


def missing() -> str | None:
    """Return what is not installed."""
    return lacks("torch")


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return program("peers.with_torch", task, folder)


class Peer:
    """An eager loop over batches that were cut beforehand."""

    def __init__(self, task: Task) -> None:
        import torch

        torch.set_num_threads(1)
        torch.set_flush_denormal(True)
        self.torch, self.task = torch, task
        self.x, self.t = torch.from_numpy(task.X), torch.from_numpy(task.T)
        if task.loss == "cross_entropy":
            self.t = self.t.argmax(dim=1)
        self.batches = list(zip(self.x.split(task.batch), self.t.split(task.batch), strict=True))

    def restart(self) -> None:
        """Make parameters and optimizer anew."""
        torch = self.torch
        self.params = [
            tuple(torch.from_numpy(part.copy()).requires_grad_() for part in layer if part is not None)
            for layer in self.task.split(self.task.first)
        ]
        method = torch.optim.SGD if self.task.optimizer == "sgd" else torch.optim.Adam
        self.optimizer = method([part for layer in self.params for part in layer], lr=self.task.rate, fused=True)

    def train(self, epochs: int) -> None:
        """Train whole epochs."""
        for _ in range(epochs):
            for x, t in self.batches:
                self.optimizer.zero_grad()
                self.loss_of(x, t).backward()
                self.optimizer.step()

    def loss(self) -> float:
        """Return the mean loss over all samples."""
        with self.torch.no_grad():
            return self.loss_of(self.x, self.t).item()

    def loss_of(self, x, t):
        """Return the mean loss of samples x (b, inputs)."""
        torch, task = self.torch, self.task
        functions = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
        for layer in self.params:
            z = torch.addmm(layer[1], x, layer[0]) if task.bias else x @ layer[0]
            last = layer is self.params[-1]
            if last and task.loss == "cross_entropy":
                return torch.nn.functional.cross_entropy(z, t)
            x = functions[task.output if last else task.activation](z)
        return 0.5 * (t - x).square().sum() / len(t)


if __name__ == "__main__":
    serve(Peer)
