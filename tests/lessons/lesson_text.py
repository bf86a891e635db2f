"""Lesson files for tests, made of the parts that a test is about, and what is shown of a lesson."""

from __future__ import annotations

from collections.abc import Iterator

from bpgui.lessons.lesson import Bullets, Compare, Lesson, Line, Paragraph, Predict, Span, Step
from bpgui.lessons.loader import check_text

FRONT = "---\ntitle: T\nsummary: S\ndata: article\n---\n"
BODY = 6
"""The line that follows the front matter."""


def problems(text: str) -> list[tuple[int, str]]:
    return [(line, message) for line, message in check_text(text).problems]


def lesson(body: str, front: str = FRONT) -> Lesson:
    checked = check_text(front + body)
    assert checked.problems == ()
    assert checked.lesson is not None
    return checked.lesson


def number(expression: str, stage: str = "", front: str = FRONT) -> str:
    """What stands for a number in braces on a stage."""
    block = lesson(f"# A\n```stage\n{stage}\n```\n{{{expression}}}\n", front).steps[0].blocks[0]
    assert isinstance(block, Paragraph)
    assert [span.kind for span in block.line] == ["number"]
    return block.line[0].text


def prediction(parts: str, stage: str = "", front: str = FRONT) -> Predict:
    """A prediction that asks "Q" because "B"."""
    text = f"# A\n```stage\n{stage}\n```\n```predict\nQ\n{parts}\nbecause: B\n```\n"
    block = lesson(text, front).steps[0].blocks[0]
    assert isinstance(block, Predict)
    return block


def spans(step: Step) -> Iterator[Span]:
    """All spans of a step, in reading order."""
    for block in step.blocks:
        for line in lines(block):
            yield from line


def lines(block: object) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield block.line
        case Bullets():
            yield from block.items
        case Compare():
            for row in block.rows:
                yield from row
        case Predict():
            yield block.question
            yield from (option.line for option in block.options)
            yield block.because
