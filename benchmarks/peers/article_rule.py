"""The article's rule, slip included, in JavaScript under node: steady state, nothing printed."""

from __future__ import annotations

import shutil
from pathlib import Path

from peers.native import HERE, numbers
from task import Task


def missing() -> str | None:
    """Return what this machine lacks."""
    return None if shutil.which("node") else "node is not installed"


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return ["node", str(HERE / "article_rule.js"), numbers(task, folder)]
