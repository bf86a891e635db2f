"""FANN, compiled C that trains online. It has biases always, so its numbers are not those of the others."""

from __future__ import annotations

from pathlib import Path

from peers.native import compiled, compiles, numbers
from task import Task

LIBRARIES = ("-ldoublefann", "-lm")


def missing() -> str | None:
    """Return what this machine lacks."""
    program = "#include <doublefann.h>\nint main(void) { return 0; }"
    return None if compiles(program, *LIBRARIES) else "cc finds no doublefann.h (Debian: libfann-dev)"


def command(task: Task, folder: Path) -> list[str]:
    """Compile it and return the command of the protocol."""
    return [compiled("fann.c", folder, *LIBRARIES), numbers(task, folder), task.activation]
