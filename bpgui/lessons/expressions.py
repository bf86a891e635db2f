"""The expressions that stand in the braces of a lesson: quantities by name, numbers, + − × / and round brackets.

    expression = term {("+" | "-") term}        term = sign {("*" | "/") sign}        sign = ["-"] (value | "(" … ")")
    value = number | ["changed"] ["printed"] quantity [argument] ["after" (updates | "training")]

A neuron is written 1.0, the first of layer 1; x0 is the first input, 0.0 too; a connection 1.0 -> 2.0.
"""

from __future__ import annotations

import re
from math import isfinite

from bpgui.lessons.moment import QUANTITIES, Argument
from bpgui.lessons.scene import Scene
from bpgui.network.names import Place
from bpgui.number_text import format_digits, format_number

LONGEST = 200
DEEPEST = 10
DIGITS = 4
"""Decimals of a number whose digits are not asked for, more where it is small."""
ROUNDING = 12

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?|[A-Za-z_]\w*|[-+*/()→<>=])")
_NEURON = re.compile(r"(\d{1,5})\.(\d{1,6})|x(\d{1,6})")
_DIGITS = re.compile(r"(\+?)\s*(\d{1,2})")


def written(text: str, scene: Scene) -> str:
    """Return the number of "expression" or "expression | digits" as it is written; ValueError says what is wrong."""
    expression, bar, digits = text.partition("|")
    return write(value(expression, scene), digits.strip() if bar else None)


def write(number: float, digits: str | None = None) -> str:
    """Write a number: short where it is short, else with four decimals; with ``digits`` "3" that many, "+3" signed."""
    if digits is not None:
        asked = _DIGITS.fullmatch(digits)
        if asked is None or int(asked[2]) > 15:
            raise ValueError(f"{digits!r} is no number of digits; 0 to 15, with + before it for a signed number")
        return format_digits(number, int(asked[2]), signed=bool(asked[1]))
    if abs(number) < 1e7 and number == round(number):
        return format_digits(number, 0)
    short = format_number(round(number, ROUNDING))  # 0.17, though it was computed as 0.16999999999999998
    return short if "e" not in short and len(short.partition(".")[2]) <= DIGITS else format_digits(number, DIGITS)


def value(text: str, scene: Scene) -> float:
    """Return the number of an expression; ValueError says what is wrong."""
    scene.budget.require_left()
    tokens = _Tokens(text)
    result = _sum(tokens, scene, 0)
    tokens.require_end()
    return result


def place(text: str) -> Place:
    """Return the connection, or with one neuron its bias, that a text names; ValueError where it names none."""
    tokens = _Tokens(text)
    result = _place(tokens)
    tokens.require_end()
    return result


class _Tokens:
    """The words, numbers and signs of a text, one after the other."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ValueError(f"an expression has at most {LONGEST} characters")
        text = text.replace("->", "→").replace("−", "-").replace("×", "*")
        text, at = re.sub(r"(?<=\d)·(?=\d)", ".", text).strip(), 0
        self._tokens: list[str] = []
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"{text[at : at + 10].strip()!r} cannot stand here")
            self._tokens.append(found[1])
            at = found.end()
        self._at = 0

    @property
    def next(self) -> str:
        """The next one, "" at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, *wanted: str) -> str:
        """Return the next one and go on; with ``wanted`` only where it is one of these, else ""."""
        found = self.next
        if wanted and found not in wanted:
            return ""
        self._at += 1
        return found

    def require_end(self) -> None:
        """ValueError where something is left."""
        if self.next:
            raise ValueError(f"{self.next!r} is too much here")


def _sum(tokens: _Tokens, scene: Scene, depth: int) -> float:
    result = _product(tokens, scene, depth)
    while sign := tokens.take("+", "-"):
        other = _product(tokens, scene, depth)
        result = _finite(result + other if sign == "+" else result - other)
    return result


def _product(tokens: _Tokens, scene: Scene, depth: int) -> float:
    result = _signed(tokens, scene, depth)
    while sign := tokens.take("*", "/"):
        other = _signed(tokens, scene, depth)
        if sign == "/" and other == 0.0:
            raise ValueError("this divides by 0")
        result = _finite(result * other if sign == "*" else result / other)
    return result


def _signed(tokens: _Tokens, scene: Scene, depth: int) -> float:
    negative = bool(tokens.take("-"))
    if tokens.take("("):
        if depth == DEEPEST:
            raise ValueError(f"brackets stand in brackets at most {DEEPEST} deep")
        result = _sum(tokens, scene, depth + 1)
        if not tokens.take(")"):
            raise ValueError("a bracket is not closed")
    elif tokens.next[:1].isdigit():
        result = _finite(float(tokens.take()))
    else:
        result = _quantity(tokens, scene)
    return -result if negative else result


def _quantity(tokens: _Tokens, scene: Scene) -> float:
    """Return a number of the stage, of what a prediction supposes, or of the printed rule; now or later."""
    if tokens.take("changed"):
        if scene.changed is None:
            raise ValueError("changed is for predictions that suppose something, as with set: 1.0 -> 2.0 = 1")
        scene = scene.changed
    printed = bool(tokens.take("printed"))
    name = tokens.take()
    known = next((each for each in QUANTITIES if each.name == name), None)
    if known is None:
        met = f"{name!r} is not known" if name else "a number is missing"
        raise ValueError(f"{met}; known: {', '.join(each.name for each in QUANTITIES)}")
    argument = _argument(tokens, known.argument)
    updates = _updates(tokens, scene)
    if printed:
        return _finite(scene.of_printed(name, argument, updates))
    return _finite(float(known.read(scene.after(updates or 0), argument)))


def _argument(tokens: _Tokens, kind: Argument) -> object:
    if kind == "index":
        return _whole(tokens, "the number of an input or output, from 0,")
    if kind == "neuron":
        return _neuron(tokens)
    if kind == "place":
        return _place(tokens)
    if kind == "factor":
        number = _whole(tokens, "the number of the factor, from 1,")
        if not tokens.take("of"):
            raise ValueError("of is missing, as in factor 1 of 1.0 -> 2.0")
        return number, _place(tokens)
    return None


def _updates(tokens: _Tokens, scene: Scene) -> int | None:
    """Return how many updates later, None for now."""
    if not tokens.take("after"):
        return None
    if tokens.take("training"):
        if not scene.updates:
            raise ValueError("after training is for a stage that says train: and how many updates")
        return scene.updates
    return _whole(tokens, "a number of updates, or training,")


def _whole(tokens: _Tokens, what: str) -> int:
    text = tokens.take()
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"{what} is wanted here, got {text!r}" if text else f"{what} is missing")
    return int(text)


def _neuron(tokens: _Tokens) -> tuple[int, int]:
    text = tokens.take()
    found = _NEURON.fullmatch(text)
    if found is None:
        met = f"got {text!r}" if text else "there is none"
        raise ValueError(f"a neuron is wanted here, as 1.0 for the first of layer 1, {met}")
    return (0, int(found[3])) if found[3] else (int(found[1]), int(found[2]))


def _place(tokens: _Tokens) -> Place:
    first = _neuron(tokens)
    return Place(first, _neuron(tokens)) if tokens.take("→") else Place(None, first)


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError("this leaves the finite range")
    return number
