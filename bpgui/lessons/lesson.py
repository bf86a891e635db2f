"""What a lesson is, once it is read: steps of blocks, every number worked out, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from bpgui.explain.walk import Grain, Phase
from bpgui.project.state import Project

SpanKind = Literal["text", "number", "code", "math"]
SelectionKind = Literal["entry", "neuron", "layer"]


class Problem(NamedTuple):
    """What is wrong in a lesson file, and in which line, counted from 1."""

    line: int
    message: str


@dataclass(frozen=True)
class Span:
    """Text of one look. ``factor``: 1 to 3 where it has the colour of that factor of the chain rule, else 0. The text
    of "math" is LaTeX, a "number" is written out."""

    text: str
    kind: SpanKind = "text"
    strong: bool = False
    emphasis: bool = False
    factor: int = 0


Line = tuple[Span, ...]
"""Spans in a row; the lines of a paragraph are one."""


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    line: Line


@dataclass(frozen=True)
class Bullets:
    """A list, with dots or with numbers from 1."""

    items: tuple[Line, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Compare:
    """Numbers beside each other: what each is, and the number."""

    rows: tuple[tuple[Line, Line], ...]


@dataclass(frozen=True, eq=False)
class Stage:
    """What the window shows beside a step.

    ``project`` is all that the step begins with; ``sample`` its row in the data. ``selected`` is a connection or bias
    by its key, a neuron or a layer by its id. The walk goes by ``grain`` to the stop ``position``, None: no walk is
    asked for. ``updates`` are to be trained when the reader says so, 0: none.
    """

    project: Project
    sample: int = 0
    selected: tuple[SelectionKind, int] | None = None
    grain: Grain = "layer"
    phase: Phase | None = None
    position: int | None = None
    updates: int = 0


@dataclass(frozen=True)
class Option:
    """One answer to choose."""

    line: Line
    right: bool


@dataclass(frozen=True, eq=False)
class Predict:
    """A question to answer before what stands below it is shown, ``because`` first.

    ``changed`` is the stage with what the question supposes, None where it supposes nothing.
    """

    question: Line
    options: tuple[Option, ...]
    because: Line
    changed: Stage | None = None

    @property
    def right(self) -> int:
        """Which option is right."""
        return next(place for place, option in enumerate(self.options) if option.right)


Block = Paragraph | Bullets | Compare | Predict


@dataclass(frozen=True, eq=False)
class Step:
    """One page: its blocks in their order, at most one of them a prediction."""

    title: str
    blocks: tuple[Block, ...]
    stage: Stage


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson. ``project`` is what it begins with; ``article`` says that weights have the article's names."""

    title: str
    summary: str
    article: bool
    project: Project
    steps: tuple[Step, ...]


def plain(line: Line) -> str:
    """Return a line as plain text."""
    return "".join(span.text for span in line)
