"""Whatever is in a lesson file: it is a lesson, or its problems are told, in time."""

from __future__ import annotations

import random
import re
import time

import pytest

from bpgui.lessons import moment
from bpgui.lessons.catalogue import LESSONS
from bpgui.lessons.loader import check_text
from tests.support import tries

STEPS = 2
"""Of a lesson that is mutated: all of them would only take longer."""

TEXTS = [entry.path.read_text("utf-8") for entry in LESSONS]
PIECES = [
    "```stage\n", "```predict\n", "```compare\n", "```\n", "---\n", "# A\n", "{", "}", "{E}", "{E after 99999}",
    "->", "- ", "watch: ", "answer: ", "set: x 0 = 1e308\n", "set: 1.0 -> 2.0 = -1e308\n", "trained: 99999\n",
    "because: ", "layers: 2-100-1\n", "learning_rate: 1e300\n", "train: 100000\n", "{diverges}",
    "{printed E after 9999}", "(((((((", "|", "**", "9" * 30, "\0", "\u2028", "x0", "\\", "[a]{factor ", "$", "\t",
    "sample: 7\n", "seed: 18446744073709551615\n",
    "data: spirals\n", "data: digits\n", "samples: 10000\n", "optimizer: lbfgs\n", "loss: mae\n", "output: softmax\n",
]  # fmt: skip


def mutated(draw: random.Random) -> str:
    front, *steps = re.split(r"(?m)^(?=# )", draw.choice(TEXTS))
    text = front + "".join(draw.sample(steps, STEPS))
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(text) + 1)
        end = min(len(text), at + draw.choice([0, 1, 2, 10, 100]))
        kind = draw.randrange(4)
        if kind == 0:
            piece = ""
        elif kind == 1:
            piece = draw.choice(PIECES)
        elif kind == 2:
            other = draw.choice(TEXTS)
            start = draw.randrange(len(other))
            piece = other[start : start + draw.randint(1, 200)]
        else:
            piece = "".join(chr(draw.choice([draw.randrange(32, 127), draw.randrange(0x110000)])) for _ in range(3))
        text = text[:at] + piece + text[end:]
    return text


@pytest.mark.timeout(600)
def test_mutated_lessons_neither_raise_nor_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment.Budget.__init__, "__defaults__", (0.2,))
    draw = random.Random(0)
    refused = 0
    for number in tries(1000):
        text = mutated(draw)
        begun = time.monotonic()
        checked = check_text(text)
        assert time.monotonic() - begun < 10.0, number
        assert (checked.lesson is None) == bool(checked.problems), number
        lines = text.count("\n") + text.count("\r") + 1
        assert all(1 <= line <= lines and message for line, message in checked.problems), number
        refused += bool(checked.problems)
    assert refused > len(tries(1000)) / 2  # else the mutations are too mild to say anything
