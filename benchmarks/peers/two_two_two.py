"""A 2-2-2 network written out by hand in C: what the machine can do when the core may know the network."""

from __future__ import annotations

from pathlib import Path

from peers.native import compiled, compiles, numbers
from task import Task


def missing() -> str | None:
    """Return what this machine lacks."""
    return None if compiles("int main(void) { return 0; }") else "there is no C compiler cc"


def command(task: Task, folder: Path) -> list[str]:
    """Compile it and return the command of the protocol."""
    return [compiled("two_two_two.c", folder, "-lm"), numbers(task, folder)]
