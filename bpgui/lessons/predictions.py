"""Predictions: a question, answers to choose from, and which of them is right, found by computing it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bpgui.lessons.expressions import value
from bpgui.lessons.scene import Scene
from bpgui.lessons.settings import is_setting
from bpgui.lessons.source import Field, RawBlock, field_in

CHANGE = ("grow", "stay", "shrink")
SIGN = ("positive", "zero", "negative")
TRUTH = ("true", "false")
OWN_KEYS = ("watch", "answer", "because")

SAME = 1e-9
"""Numbers this near, as a share of the larger, count as the same."""

_OPTION = re.compile(r"\s{0,3}[-*+]\s+(.*)")
_WORD = re.compile(r"(\w+)\s*(?::\s*(.*))?")
_NUMBER = re.compile(r"\{([^{}|]*)(?:\|[^{}]*)?\}")


@dataclass
class RawPredict:
    """The parts of the block, each text with its line. ``settings`` are what the question supposes."""

    line: int
    question: list[tuple[int, str]] = field(default_factory=list)
    options: list[tuple[int, str]] = field(default_factory=list)
    because: list[tuple[int, str]] = field(default_factory=list)
    settings: list[Field] = field(default_factory=list)
    watch: Field | None = None
    answer: Field | None = None

    @property
    def begun(self) -> bool:
        """Whether more than the question has been met."""
        return bool(self.options or self.settings or self.watch or self.answer)


def take_apart(block: RawBlock, problem: Callable[[int, str], None]) -> RawPredict:
    """Return the parts of a block ``predict``."""
    parts = RawPredict(block.line)
    for number, text in block.lines:
        option, found = _OPTION.fullmatch(text), field_in(text, number)
        if parts.because:
            parts.because.append((number, text.strip()))
        elif found is not None and (found.key in OWN_KEYS or is_setting(found.key)):
            _take_field(parts, found, problem)
        elif option:
            parts.options.append((number, option[1].strip()))
        elif not parts.begun:
            parts.question.append((number, text.strip()))
        elif text.strip():
            problem(
                number, f"{text.strip()[:40]!r} is neither an answer, as - grow, nor one of the keys of a prediction"
            )
    _require_whole(parts, problem)
    return parts


def _require_whole(parts: RawPredict, problem: Callable[[int, str], None]) -> None:
    """Tell what is missing."""
    if not any(text for _, text in parts.question):
        problem(parts.line, "the prediction asks nothing; its question comes first")
    if len(parts.options) < 2:
        problem(parts.line, "a prediction has at least two answers to choose from, as - grow and - shrink")
    if (parts.watch is None) == (parts.answer is None):
        problem(parts.line, "a prediction says either watch: and what may change, or answer: and what it is")
    if not parts.because:
        problem(parts.line, "the prediction does not say why; its last part is because: and a sentence")
    if parts.watch is not None and not parts.settings:
        problem(parts.watch.line, "watch: needs something that changes, as set: 1.0 -> 2.0 = 1")


def _take_field(parts: RawPredict, found: Field, problem: Callable[[int, str], None]) -> None:
    if found.key == "because":
        parts.because.append((found.line, found.value))
    elif is_setting(found.key):
        parts.settings.append(found)
    elif getattr(parts, found.key) is not None:
        problem(found.line, f"{found.key} stands twice in this prediction")
    else:
        setattr(parts, found.key, found)


def words_of(parts: RawPredict, scene: Scene) -> tuple[str, tuple[str, ...]]:
    """Return the word of the right answer and all that there can be; no words where the answers are numbers.

    ValueError says what is wrong with ``watch`` or ``answer``.
    """
    if parts.watch is not None:
        if scene.changed is None:
            raise ValueError("nothing changes")
        before, after = value(parts.watch.value, scene), value(parts.watch.value, scene.changed)
        return CHANGE[1 if same(before, after) else 0 if after > before else 2], CHANGE
    assert parts.answer is not None
    text = parts.answer.value
    compared = re.split("[<>]", text.replace("->", "→"))
    if len(compared) == 2:
        one, other = (value(side, scene) for side in compared)
        is_less = one < other and not same(one, other)
        is_more = one > other and not same(one, other)
        return TRUTH[0 if (is_less if "<" in text else is_more) else 1], TRUTH
    if len(compared) > 2:
        raise ValueError("compare two numbers, as E < E after 100")
    sign = re.fullmatch(r"sign of\s+(.*)", text)
    if sign:
        number = value(sign[1], scene)
        return SIGN[1 if same(number, 0.0) else 0 if number > 0.0 else 2], SIGN
    value(text, scene)
    return "", ()


def labels_of(parts: RawPredict, scene: Scene, problem: Callable[[int, str], None]) -> list[tuple[int, str, bool]]:
    """Return for each answer its line, what it says and whether it is right; tells the problems."""
    key = parts.watch or parts.answer
    assert key is not None
    try:
        right, words = words_of(parts, scene)
    except ValueError as wrong:
        problem(key.line, f"{key.key}: {wrong}")
        return []
    if words:
        found = _by_words(parts, right, words, problem)
    else:
        assert parts.answer is not None
        found = _by_numbers(parts, value(parts.answer.value, scene), scene, problem)
    count = sum(is_right for _, _, is_right in found)
    if found and count != 1:
        which = "none of the answers is right" if not count else f"{count} answers are right"
        told = f"; it is {right}" if right else ""
        problem(parts.line, f"{which}{told}; exactly one of them has to be")
    return found


def _by_words(
    parts: RawPredict, right: str, words: tuple[str, ...], problem: Callable[[int, str], None]
) -> list[tuple[int, str, bool]]:
    found = []
    for line, text in parts.options:
        option = _WORD.fullmatch(text)
        if option is None or option[1] not in words:
            problem(line, f"the answers here are {', '.join(words)}, as - {words[0]} or - {words[0]}: in your words")
            return []
        found.append((line, option[2] or option[1], option[1] == right))
    return found


def _by_numbers(
    parts: RawPredict, right: float, scene: Scene, problem: Callable[[int, str], None]
) -> list[tuple[int, str, bool]]:
    found = []
    for line, text in parts.options:
        numbers = _NUMBER.findall(text)
        if len(numbers) != 1:
            problem(line, "each answer here holds one number in braces, as - {x 0}, or - the input, {x 0}")
            return []
        try:
            found.append((line, text, same(value(numbers[0], scene), right)))
        except ValueError as wrong:
            problem(line, f"{{{numbers[0].strip()}}}: {wrong}")
            return []
    return found


def same(one: float, other: float) -> bool:
    """Whether two numbers count as the same."""
    return abs(one - other) <= SAME * max(abs(one), abs(other))
