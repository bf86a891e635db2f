"""The part of the protocol that all competitors in Python share."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Protocol

from task import Task


class Peer(Protocol):
    """A training that can begin anew."""

    def restart(self) -> None:
        """Go back to the first parameters; not timed."""

    def train(self, epochs: int) -> None:
        """Train so many epochs and return when they are done; timed."""

    def loss(self) -> float:
        """Return the mean loss over all samples; not timed."""


def lacks(*modules: str) -> str | None:
    """Name the first of these modules that is not installed."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    return f"the Python package {missing[0]} is not installed" if missing else None


def program(module: str, task: Task, folder: Path) -> list[str]:
    """Return the command that serves a task with a module of this folder."""
    file = folder / "task.npz"
    if not file.exists():
        task.save(file)
    return [sys.executable, "-m", module, str(file)]


def serve(make: Callable[[Task], Peer]) -> None:
    """Answer the numbers of epochs on the standard input."""
    peer = make(Task.read(sys.argv[1]))
    for line in sys.stdin:
        peer.restart()
        begin, busy = perf_counter(), process_time()
        peer.train(int(line))
        worked, seconds = process_time() - busy, perf_counter() - begin
        print(seconds, worked, float(peer.loss()), flush=True)
