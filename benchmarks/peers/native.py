"""What the competitors in C and JavaScript share: the task as numbers, and a compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from task import Task

HERE = Path(__file__).parent


def numbers(task: Task, folder: Path) -> str:
    """Return the path of the task's plain numbers."""
    file = folder / "task.txt"
    if not file.exists():
        task.write_numbers(file)
    return str(file)


def compiles(program: str, *libraries: str) -> bool:
    """Tell whether the C compiler is there and takes a few lines with these libraries."""
    if shutil.which("cc") is None:
        return False
    options = ["-xc", "-", "-xnone", "-o", "/dev/null", *libraries]
    return subprocess.run(["cc", *options], input=program.encode(), capture_output=True).returncode == 0


def compiled(source: str, folder: Path, *libraries: str) -> str:
    """Return the path of a C source of this folder compiled for this very machine."""
    target = folder / source.removesuffix(".c")
    subprocess.run(["cc", "-O3", "-march=native", str(HERE / source), "-o", str(target), *libraries], check=True)
    return str(target)
