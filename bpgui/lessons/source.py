"""A lesson file taken apart into its front matter, its steps and their blocks, with the line of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bpgui.lessons.lesson import Problem

MOST_BYTES = 1_000_000
MOST_STEPS = 100
FENCES = ("stage", "compare", "predict")

_FIELD = re.compile(r"([A-Za-z_][\w.]*)\s*:\s*(.*)")
_ITEM = re.compile(r"\s{0,3}(?:([-*+])|\d{1,3}[.)])\s+(.*)")


@dataclass(frozen=True)
class Field:
    """``key: value`` in a line."""

    key: str
    value: str
    line: int


class LineError(ValueError):
    """Something cannot be; ``line`` says where it stands."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class RawBlock:
    """A block: ``kind`` is "text", "bullets", "numbers" or the name of a fence; each of ``lines`` with its number."""

    kind: str
    line: int
    lines: tuple[tuple[int, str], ...]


@dataclass
class RawStep:
    """What stands below one heading."""

    title: str
    line: int
    blocks: list[RawBlock] = field(default_factory=list)


@dataclass
class Source:
    """A file taken apart."""

    fields: list[Field]
    steps: list[RawStep]
    problems: list[Problem]


def field_in(text: str, line: int) -> Field | None:
    """Return the field that a line holds, None where it is none."""
    found = _FIELD.fullmatch(text.strip())
    return Field(found[1], found[2].strip(), line) if found else None


def parse(text: str) -> Source:
    """Take a lesson apart. Never raises; what is wrong is among the problems."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    source = Source([], [], [])
    begin = _front_matter(lines, source)
    _Body(source).read(lines, begin)
    if not source.steps and not source.problems:
        source.problems.append(Problem(len(lines), "there is no step; each begins with a heading, as in # The network"))
    if len(source.steps) > MOST_STEPS:
        wrong = f"{len(source.steps)} steps, a lesson has at most {MOST_STEPS}"
        source.problems.append(Problem(source.steps[MOST_STEPS].line, wrong))
        del source.steps[MOST_STEPS:]
    return source


def _front_matter(lines: list[str], source: Source) -> int:
    """Read the fields between the first two lines ---; returns the place of the line behind them."""
    if lines[0].strip() != "---":
        source.problems.append(Problem(1, "a lesson begins with a line --- and its title, as in title: My lesson"))
        return 0
    for place in range(1, len(lines)):
        text = lines[place].strip()
        if text == "---":
            return place + 1
        found = field_in(text, place + 1)
        if found is not None:
            source.fields.append(found)
        elif text.startswith("# "):
            break  # a step: the second --- was forgotten
        elif text:
            source.problems.append(Problem(place + 1, f"{text[:40]!r} is no key: value; the first part ends with ---"))
    source.problems.append(Problem(1, "the part that begins with --- has no second line --- at its end"))
    return place if len(lines) > 1 else 1


class _Body:
    """Reads what follows the front matter."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.kind = ""  # of the block that is being read, "" between blocks
        self.lines: list[tuple[int, str]] = []
        self.first = 0

    def read(self, lines: list[str], begin: int) -> None:
        """Read all lines from a place on."""
        for number, text in enumerate(lines[begin:], begin + 1):
            if self.kind in FENCES or self.kind == "unknown":
                if text.strip() == "```":
                    self._end()
                else:
                    self.lines.append((number, text))
            else:
                self._outside(number, text)
        if self.kind in FENCES:
            self._problem(self.first, f"the block {self.kind} has no line ``` at its end")
        self._end()

    def _outside(self, number: int, text: str) -> None:
        item = _ITEM.fullmatch(text)
        if text.startswith("```"):
            self._end()
            self._fence(number, text[3:].strip())
        elif text.startswith("#"):
            self._end()
            self._heading(number, text)
        elif not text.strip():
            self._end()
        elif item:
            kind = "bullets" if item[1] else "numbers"
            if self.kind != kind:
                self._begin(kind, number)
            self.lines.append((number, item[2]))
        elif self.kind in ("bullets", "numbers"):
            last, before = self.lines[-1]
            self.lines[-1] = last, f"{before}\n{text.strip()}"
        else:
            if not self.kind:
                self._begin("text", number)
            self.lines.append((number, text.strip()))

    def _fence(self, number: int, name: str) -> None:
        if name in FENCES:
            self._begin(name, number)
            return
        self._begin("unknown", number)
        self._problem(number, f"unknown block {name!r}; known: {', '.join(FENCES)}, as in ```stage")

    def _heading(self, number: int, text: str) -> None:
        title = text[1:].strip()
        if not text.startswith("# ") or not title:
            self._problem(number, "a step begins with one # and its title, as in # The network")
            title = title.strip("# ") or "untitled"
        self.source.steps.append(RawStep(title, number))

    def _begin(self, kind: str, number: int) -> None:
        self._end()
        self.kind, self.first = kind, number

    def _end(self) -> None:
        kind, lines = self.kind, tuple(self.lines)
        self.kind, self.lines = "", []
        if not kind or kind == "unknown":
            return
        if not self.source.steps:
            self._problem(self.first, "this stands before the first step; each begins with a heading, as in # Title")
            self.source.steps.append(RawStep("untitled", self.first))
        self.source.steps[-1].blocks.append(RawBlock(kind, self.first, lines))

    def _problem(self, line: int, message: str) -> None:
        self.source.problems.append(Problem(line, message))
