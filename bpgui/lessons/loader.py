"""Reads lesson files: everything worked out, and everything that is wrong told by line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bpgui.lessons.build import Builder
from bpgui.lessons.lesson import Lesson, Problem
from bpgui.lessons.source import MOST_BYTES, parse


@dataclass(frozen=True, eq=False)
class Checked:
    """A lesson, None where there are problems, and these in the order of their lines."""

    lesson: Lesson | None
    problems: tuple[Problem, ...]


def check(path: Path | str) -> Checked:
    """Read a lesson file and tell all that is wrong with it. OSError where the file cannot be read."""
    with Path(path).open("rb") as file:
        given = file.read(MOST_BYTES + 1)
    if len(given) > MOST_BYTES:
        return Checked(None, (Problem(1, f"the file has more than {MOST_BYTES:,} bytes"),))
    try:
        text = given.decode("utf-8")
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        return Checked(None, (Problem(line, "this is no text in UTF-8; save the file in that encoding"),))
    return check_text(text)


def check_text(text: str) -> Checked:
    """Read a lesson and tell all that is wrong with it."""
    builder = Builder(parse(text))
    lesson = builder.lesson()
    problems = tuple(sorted(set(builder.problems)))
    return Checked(None if problems else lesson, problems)


def load(path: Path | str) -> Lesson:
    """Return a lesson, all its numbers worked out; seconds where it trains much.

    ValueError names the first problem with its line, OSError says why the file cannot be read.
    """
    checked = check(path)
    if checked.lesson is None:
        line, message = checked.problems[0]
        raise ValueError(f"{Path(path).name}:{line}: {message}")
    return checked.lesson
