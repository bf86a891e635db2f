"""`bpgui lesson --check`: what is wrong with a lesson, by line."""

from __future__ import annotations

from pathlib import Path

from bpgui.cli import DONE, USAGE, UsageError
from bpgui.lessons import loader
from bpgui.lessons.catalogue import LESSONS


def path_of(source: str) -> Path:
    """Return the file of a lesson, by its name or path; UsageError where there is neither."""
    for entry in LESSONS:
        if entry.name == source:
            return entry.path
    path = Path(source)
    if path.is_file():
        return path
    if path.is_dir():
        raise UsageError(f"{source!r} is a folder, wanted a lesson, a Markdown file")
    known = ", ".join(entry.name for entry in LESSONS)
    raise UsageError(f"there is no file {source!r} and no lesson of that name; known: {known}")


def check(source: str) -> int:
    """Print each problem of a lesson as file:line: message, or that there is none, and return the exit status."""
    path = path_of(source)
    try:
        checked = loader.check(path)
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror or error}") from error
    for line, message in checked.problems:
        print(f"{source}:{line}: {message}")
    if checked.lesson is None:
        return USAGE
    print(f"no problems in {len(checked.lesson.steps)} steps")
    return DONE
