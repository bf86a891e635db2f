"""What is wrong with a lesson is told: everything, each in its line, with the way out."""

from __future__ import annotations

import time

import pytest

from bpgui.lessons import moment
from bpgui.lessons.loader import check
from bpgui.lessons.source import MOST_BYTES
from tests.lessons.lesson_text import BODY, FRONT, problems

BEGINNINGS = {
    "title: T\n# A\nx\n": (1, "a lesson begins with a line --- and its title"),
    "---\ntitle: T\nsummary: S\ndata: xor\n# A\nx\n": (1, "the part that begins with --- has no second line ---"),
    "---\nsummary: S\ndata: xor\n---\n# A\nx\n": (1, "title is missing, as in title: What this lesson is about"),
    "---\ntitle: T\ndata: xor\n---\n# A\nx\n": (1, "summary is missing"),
    "---\ntitle: T\nsummary: S\n---\n# A\nx\n": (1, "data is missing; known: article, xor, circles"),
    "---\ntitle: T\nsummary: S\ndata: hope\n---\n# A\nx\n": (4, "unknown data set 'hope'; known: article, xor"),
    "---\ntitle: T\nsummary: S\ndata: xor\ncolour: red\n---\n# A\nx\n": (
        5,
        "a lesson has no key 'colour'; known: title, summary, names, data, samples, noise, layers",
    ),
    "---\ntitle: T\nsummary: S\ndata: xor\nwords\n---\n# A\nx\n": (5, "'words' is no key: value"),
    "---\ntitle: T\nsummary: S\ndata: xor\ndata: xor\n---\n# A\nx\n": (5, "data stands twice"),
    "---\ntitle: T\nsummary: S\ndata: xor\nnames: mine\n---\n# A\nx\n": (5, "names is article or plain, got 'mine'"),
    "---\ntitle: T\nsummary: S\ndata: digits\nnames: article\n---\n# A\nx\n": (
        5,
        "the article's names are for layers of at most 9 neurons",
    ),
    FRONT: (6, "there is no step; each begins with a heading, as in # The network"),
    FRONT + "words\n# A\nx\n": (6, "this stands before the first step"),
    "": (1, "a lesson begins with a line ---"),
}


@pytest.mark.parametrize("text", BEGINNINGS)
def test_the_beginning(text: str) -> None:
    line, message = BEGINNINGS[text]
    assert any(met[0] == line and met[1].startswith(message) for met in problems(text)), problems(text)


BODIES = {
    "## A\nx": (0, "a step begins with one # and its title"),
    "#A\nx": (0, "a step begins with one # and its title"),
    "# \nx": (0, "a step begins with one # and its title"),
    "# A\n": (0, "the step 'A' says nothing"),
    "# A\n```stage\n```": (0, "the step 'A' says nothing"),
    "# A\nx\n```python\nx\n```": (2, "unknown block 'python'; known: stage, compare, predict"),
    "# A\nx\n```\nx\n```": (2, "unknown block ''; known: stage, compare, predict"),
    "# A\nx\n```stage\nselect: 1.0\n": (2, "the block stage has no line ``` at its end"),
    "# A\nx\n```stage\n```\n```stage\n```": (4, "a step has one block stage; this is another"),
    "# A\n**x\n\ny": (1, "** begins here and does not end in this paragraph"),
    "# A\na *x\n": (1, "* begins here and does not end in this paragraph"),
    "# A\na\n{x 0": (2, "{ without }; a brace itself is \\{"),
    "# A\na }": (1, "} without {; a brace itself is \\}"),
    "# A\n[red]{factor 4}": (1, "factor 4; a chain rule has the factors 1, 2, 3"),
    "# A\n```compare\nexact {E}\n```": (2, "a line to compare is what it is, a colon and the number"),
    "# A\n```compare\n```": (1, "there is nothing to compare"),
}

NUMBERS = {
    "nope": "'nope' is not known; known: x, target, y,",
    "": "a number is missing; known: x,",
    "x": "the number of an input or output, from 0, is missing",
    "x 2": "there is no input 2; there are 0 to 1",
    "y 5": "there is no output 5; there are 0 to 1",
    "x a": "the number of an input or output, from 0, is wanted here, got 'a'",
    "a": "a neuron is wanted here, as 1.0 for the first of layer 1, there is none",
    "a 1": "a neuron is wanted here, as 1.0 for the first of layer 1, got '1'",
    "a 3.0": "there is no neuron 3.0 in the network 2-2-2",
    "a 1.2": "there is no neuron 1.2 in the network 2-2-2",
    "w 0.0 -> 2.0": "x0 → 2·0 is no connection",
    "w 1.0 -> 0.0": "1·0 → x0 is no connection",
    "b 1.0": "1·0 has no bias",
    "factor 4 of 1.0 -> 2.0": "this chain rule has the factors 1 to 3",
    "factor 1 1.0 -> 2.0": "of is missing, as in factor 1 of 1.0 -> 2.0",
    "E after": "a number of updates, or training, is missing",
    "E after 1.5": "a number of updates, or training, is wanted here, got '1.5'",
    "E after 100001": "at most 100,000 updates, got 100,001",
    "E after training": "after training is for a stage that says train:",
    "changed E": "changed is for predictions that suppose something",
    "printed share 0": "the printed rule has no share; it has y, z, a, delta, w, gradient, updated, E",
    "accuracy": "these data have no classes",
    "diverges": "training does not leave the finite range within 100,000 updates",
    "E E": "'E' is too much here",
    "E ? 1": "'? 1' cannot stand here",
    "(E": "a bracket is not closed",
    "E / (x 0 - x 0)": "this divides by 0",
    "1e308 * 1e308": "this leaves the finite range",
    "(" * 12 + "1" + ")" * 12: "brackets stand in brackets at most 10 deep",
    "1 + " * 60 + "1": "an expression has at most 200 characters",
    "E | many": "'many' is no number of digits; 0 to 15",
    "E | 16": "'16' is no number of digits; 0 to 15",
}

STAGES = {
    "colour: red": "a stage has no key 'colour'; known: select, walk, phase, train, data, samples",
    "words": "'words' is no key: value, as in select: 1.0 -> 2.0",
    "train: 10\ntrain: 10": "train stands twice",
    "select: 5.0": "select: there is no neuron 5.0",
    "select: 0.0 -> 2.0": "select: x0 → 2·0 is no connection",
    "select: layer 3": "select: there is no layer 3; there are 0 to 2",
    "select: bias 1.0": "select: 1·0 has no bias",
    "select: bias 0.0 -> 1.0": "select: a bias belongs to one neuron",
    "select: all": "select: a neuron is wanted here, as 1.0 for the first of layer 1, got 'all'",
    "walk: far": "walk: the walk goes by layer, neuron, weight, got 'far'",
    "phase: sideways": "phase: the phases are forward, error, backward, update, got 'sideways'",
    "phase: backward 3": "phase: backward has the stops 1 to 2, got '3'",
    "train: 0": "train: a whole number of updates from 1 to 100,000, got '0'",
    "train: 100001": "train: a whole number of updates from 1 to 100,000, got '100001'",
    "trained: 100001": "trained is a whole number from 0 to 100,000, got '100001'",
    "sample: 1": "there is no sample 1; the data have 0 to 0",
    "sample: -1": "sample is a whole number from 0 to 1,000,000, got '-1'",
    "layers: big": "layers are sizes such as 2-8-1, inputs first, got 'big'",
    "layers: 3-2-2": "layers begins with 3 inputs, the data have 2",
    "layers: 2-2-1": "the data have 2 target columns",
    "layers: 2-0-2": "a layer needs 1 to 100,000 units, got 0",
    "layers: 2-1000-1000-2": "a lesson has at most 20,000 weights",
    "activation: hope": "unknown activation 'hope'",
    "output: hope": "unknown activation 'hope'",
    "bias: maybe": "bias is yes or no, got 'maybe'",
    "initialiser: luck": "unknown initialiser 'luck'",
    "seed: -1": "a seed is a whole number from 0 to 2**64 - 1, got -1",
    "samples: 10": "samples of 'article' cannot be chosen, the data are fixed",
    "noise: 0.1": "noise of 'article' cannot be chosen, the data are fixed",
    "noise: much": "noise is a number, got 'much'",
    "learning_rate: 0": "learning_rate is a number greater than 0, got 0",
    "loss: cross_entropy": "loss 'cross_entropy' needs 'softmax' outputs",
    "optimizer: luck": "unknown optimizer 'luck'",
    "optimizer.momentum: 0.5": "unknown key 'optimizer.momentum'; known: loss",
    "set: 1.0 -> 2.0": "set: set is written 1.0 -> 2.0 = 0.5, got '1.0 -> 2.0'",
    "set: 1.0 -> 2.0 = much": "set: 'much' is not known",
    "set: 1.0 = 1": "set: 1·0 has no bias",
    "set: x 2 = 1": "set: there is no x 2; there are 0 to 1",
    "set: target 2 = 1": "set: there is no target 2; there are 0 to 1",
}

PREDICTIONS = {
    "- grow\n- stay\nwatch: E\nset: 1.0 -> 2.0 = 0.5": (0, "the prediction asks nothing; its question comes first"),
    "Q\n- grow\nwatch: E\nset: 1.0 -> 2.0 = 0.5": (0, "a prediction has at least two answers to choose from"),
    "Q\n- grow\n- stay": (0, "a prediction says either watch: and what may change, or answer:"),
    "Q\n- grow\n- stay\nwatch: E\nanswer: E\nset: 1.0 -> 2.0 = 1": (
        0,
        "a prediction says either watch: and what may change, or answer:",
    ),
    "Q\n- grow\n- stay\nwatch: E": (4, "watch: needs something that changes, as set: 1.0 -> 2.0 = 1"),
    "Q\n- grow\n- stay\nwatch: E\nwatch: E\nset: 1.0 -> 2.0 = 1": (5, "watch stands twice in this prediction"),
    "Q\n- true\n- false\nwords\nanswer: E > 0": (
        4,
        "'words' is neither an answer, as - grow, nor one of the keys of a prediction",
    ),
    "Q\n- grow\n- stay\nwatch: nope\nset: 1.0 -> 2.0 = 0.5": (4, "watch: 'nope' is not known"),
    "Q\n- grow\n- stay\nwatch: E\nset: 1.0 -> 9.0 = 0.5": (5, "set: there is no neuron 9.0 in the network 2-2-2"),
    "Q\n- grow\n- stay\nwatch: E\nlearning_rate: no": (5, "learning_rate is a number greater than 0, got False"),
    "Q\n- grow\n- sink\nwatch: E\nset: 1.0 -> 2.0 = 0.5": (3, "the answers here are grow, stay, shrink, as - grow"),
    "Q\n- stay\n- shrink\nwatch: E\nset: 1.0 -> 2.0 = 0.5": (0, "none of the answers is right; it is grow"),
    "Q\n- grow: a\n- grow: b\nwatch: E\nset: 1.0 -> 2.0 = 0.5": (0, "2 answers are right; it is grow"),
    "Q\n- grow: a\n- stay: a\nwatch: E\nset: 1.0 -> 2.0 = 0.5": (0, "two answers say the same"),
    "Q\n- true\n- false\nanswer: E < 1 < 2": (4, "answer: compare two numbers, as E < E after 100"),
    "Q\n- true\n- false\nanswer: E < ": (4, "answer: a number is missing"),
    "Q\n- positive\n- zero\nanswer: sign of nope": (4, "answer: 'nope' is not known"),
    "Q\n- {x 0}\n- words\nanswer: x 0": (3, "each answer here holds one number in braces"),
    "Q\n- {x 0}\n- {nope}\nanswer: x 0": (3, "{nope}: 'nope' is not known"),
    "Q\n- {x 0}\n- {x 1}\nanswer: E": (0, "none of the answers is right; exactly one of them has to be"),
    "Q {nope}\n- {x 0}\n- {x 1}\nanswer: x 0": (1, "{nope}: 'nope' is not known"),
}


@pytest.mark.parametrize("body", BODIES)
def test_steps_blocks_and_marks(body: str) -> None:
    line, message = BODIES[body]
    met = problems(FRONT + body)
    assert len(met) == 1, met
    assert (met[0][0] - BODY, met[0][1][: len(message)]) == (line, message)


@pytest.mark.parametrize("expression", NUMBERS)
def test_numbers(expression: str) -> None:
    met = problems(FRONT + f"# A\n\nfirst line\nis {{{expression}}}\n")
    assert len(met) == 1, met
    braced = "{" + expression.strip() + "}: "
    assert (met[0][0] - BODY, met[0][1].startswith(braced + NUMBERS[expression])) == (3, True), met


@pytest.mark.parametrize("stage", STAGES)
def test_stages(stage: str) -> None:
    met = problems(FRONT + f"# A\nx\n\n```stage\n\n{stage}\n```\n")
    assert len(met) == 1, met
    assert met[0][1].startswith(STAGES[stage]), met
    assert met[0][0] - BODY == 5 + stage.count("\n")


@pytest.mark.parametrize("parts", PREDICTIONS)
def test_predictions(parts: str) -> None:
    line, message = PREDICTIONS[parts]
    met = problems(FRONT + f"# A\n```predict\n{parts}\nbecause: B\n```\n")
    assert len(met) == 1, met
    assert (met[0][0] - BODY - 1, met[0][1][: len(message)]) == (line, message)


def test_a_prediction_says_why() -> None:
    met = problems(FRONT + "# A\n```predict\nQ\n- true\n- false\nanswer: E > 0\n```\n")
    assert met == [(7, "the prediction does not say why; its last part is because: and a sentence")]


def test_a_setting_of_the_beginning_is_told_in_its_line_and_once() -> None:
    front = FRONT.replace("data: article", "data: article\nset: 1.0 -> 9.0 = 1")
    assert problems(front + "# A\nx\n# B\ny\n") == [
        (5, "set: there is no neuron 9.0 in the network 2-2-2; neurons are layer.number, from 0")
    ]


def test_a_divergence_is_no_number() -> None:
    front = FRONT.replace("article", "regression\nbatch_size: full\nlearning_rate: 3")
    met = problems(front + "# A\n{E after 1000}\n```stage\ntrain: 1000\n```\n")
    assert len(met) == 1
    assert met[0][1].startswith("{E after 1000}: the numbers leave the finite range at update ")


def test_all_problems_are_told_in_the_order_of_their_lines() -> None:
    text = FRONT + "# A\n{nope} and {w 9.9}\n```stage\nphase: no\n```\n# B\n{E\n```predict\n```\n"
    lines = [line for line, _ in problems(text)]
    assert lines == sorted(lines)
    assert set(lines) >= {9, 12, 13}  # the stage's numbers cannot be asked for where the stage is none
    assert [line for line, _ in problems(FRONT + "# A\n{nope} and {w 9.9}\n{E\n")] == [7, 7, 8]


def test_a_hundred_problems_are_enough() -> None:
    assert len(problems(FRONT + "# A\n" + "{nope}\n" * 500)) == 100


def test_at_most_a_hundred_steps() -> None:
    assert problems(FRONT + "# A\nx\n" * 101) == [(206, "101 steps, a lesson has at most 100")]


def test_a_file_is_a_text_of_a_bounded_size(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "some.md"
    path.write_bytes(FRONT.encode() + b"# A\n\xff\n")
    assert [tuple(p) for p in check(path).problems] == [(7, "this is no text in UTF-8; save the file in that encoding")]
    path.write_bytes(FRONT.encode() + b"# A\n" + b"x" * MOST_BYTES)
    assert [tuple(p) for p in check(path).problems] == [(1, "the file has more than 1,000,000 bytes")]
    with pytest.raises(OSError, match="No such file"):
        check(tmp_path / "none.md")


def test_a_lesson_that_takes_too_long_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment.Budget.__init__, "__defaults__", (0.3,))
    body = "".join(f"# {n}\n{{E after {100_000 - n}}} {{printed E after {100_000 - n}}}\n" for n in range(90))
    begun = time.monotonic()
    met = problems(FRONT + body)
    assert time.monotonic() - begun < 5.0
    assert "the numbers of this lesson take more than 0.3 seconds; train less" in met[-1][1]
