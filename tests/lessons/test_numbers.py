"""The numbers of a lesson: what they are, and how they are written."""

from __future__ import annotations

import numpy as np
import pytest

import bpgui
from bpgui.lessons.expressions import write
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer
from tests.lessons.by_hand import EXACT, SLIP
from tests.lessons.lesson_text import FRONT, number, prediction

XOR = FRONT.replace("article", "xor")

NUMBERS = {
    "x 1": 0.5,
    "target 1": 0.7,
    "z 1.0": EXACT.z1[0],
    "z 1.1": EXACT.z1[1],
    "a 1.0": EXACT.a1[0],
    "a 1·1": EXACT.a1[1],
    "a x1": 0.5,
    "z 2.0": EXACT.z2[0],
    "y 0": EXACT.y[0],
    "a 2.1": EXACT.y[1],
    "E": EXACT.E,
    "share 0": EXACT.shares[0],
    "slope 2.0": EXACT.y[0] * (1 - EXACT.y[0]),
    "delta 2.0": EXACT.d2[0],
    "delta 1.1": EXACT.d1[1],
    "factor 1 of 1.0 -> 2.0": EXACT.y[0] - 0.2,
    "factor 2 of 1.0 → 2.0": EXACT.y[0] * (1 - EXACT.y[0]),
    "factor 3 of 0.0 -> 1.0": 0.2,
    "gradient 1.0 -> 2.0": EXACT.g1[0][0],
    "gradient x0 -> 1.0": EXACT.g0[0][0],
    "updated 1.0 -> 2.0": 0.4 - 0.3 * EXACT.g1[0][0],
    "updated 0.0 -> 1.0": 0.1 - 0.3 * EXACT.g0[0][0],
    "w 0.1->1.0": 0.3,
    "learning_rate": 0.3,
    "parameters": 8.0,
    "samples": 1.0,
}


def test_the_oracle_has_the_digits_that_are_known() -> None:
    known = {"a 1.0": 0.5423979, "E": 0.0717834252, "gradient x0 -> 1.0": 0.00122767, "updated 0.0 -> 1.0": 0.0996317}
    assert all(abs(NUMBERS[name] - value) < 1e-7 for name, value in known.items())


@pytest.mark.parametrize("expression", NUMBERS)
def test_each_number_of_the_article_is_exact(expression: str) -> None:
    digits = number(f"{expression} | 12").replace("−", "-")
    assert abs(float(digits) - NUMBERS[expression]) <= 1e-12


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        ("printed a 1.0 | 2", "0.54"),
        ("printed z 2.1 | 2", "0.43"),
        ("printed y 1 | 2", "0.61"),
        ("printed E | 2", "0.072"),
        ("printed gradient 1.0 -> 2.0 | 2", "0.049"),
        ("printed updated 1.0 -> 2.0 | 4", "0.3853"),
        ("printed gradient 0.0 -> 1.0 | 2", "0.0034"),
        ("printed updated 0.0 -> 1.0 | 4", "0.09897"),
        ("printed w 0.0 -> 1.0", "0.1"),
    ],
)
def test_the_printed_rule_gives_what_the_article_prints(expression: str, printed: str) -> None:
    assert number(expression) == printed


def test_later_is_after_so_many_updates_exact_and_printed() -> None:
    trainer = Trainer.of(of_builtin("article").training)
    trainer.run(updates=100)
    weight = float(trainer.params.weights[0][1, 0])
    assert number("w 0.1 -> 1.0 after 100 | 12") == f"{weight:.12f}"
    assert number("w 0.1 -> 1.0 after training | 12", "train: 100") == f"{weight:.12f}"
    there = SLIP.later(100)
    assert number("printed w 0.1 -> 1.0 after 100 | 10") == f"{there.w0[1][0]:.10f}"
    assert number("printed E after 100 | 10") == f"{there.E:.12f}"  # 0.0094: two digits more
    assert number("printed delta 1.1 after 0 | +5") != number("printed delta 1.1 | +5")  # one rounds, one does not


def test_the_printed_rule_climbs_where_inputs_are_negative() -> None:
    stage = "set: x 0 = -2\nset: x 1 = -5"
    exact, printed = (float(number(f"{p}gradient 0.0 -> 1.0 | 9", stage).replace("−", "-")) for p in ("", "printed "))
    assert exact < 0.0 < printed or printed < 0.0 < exact
    assert float(number("E after 1000", stage).replace("−", "-")) < 1e-6
    assert float(number("printed E after 1000", stage)) > 0.04


def test_numbers_of_many_samples_are_means_over_those_trained_on() -> None:
    project = of_builtin("circles")
    params = project.parameters
    X, T = project.data.training
    error, gradient = bpgui.gradient(project.network, params, X, T, "binary_cross_entropy")
    front = FRONT.replace("article", "circles")
    assert number("E | 12", front=front) == f"{error:.12f}"
    assert number("samples", front=front) == str(len(X)) == "160"
    assert float(number("gradient 2.0 | 15", front=front).replace("−", "-")) == pytest.approx(
        float(gradient.vector[-1]), abs=1e-14
    )
    assert float(number("accuracy | 12", front=front)) == pytest.approx(
        np.mean((bpgui.predict(project.network, params, X)[:, 0] > 0.5) == (T == 1))
    )


def test_a_bias_has_a_value_and_an_update() -> None:
    assert number("b 1.0", "set: 1.0 = 0.25", XOR) == "0.25"
    assert number("w 2.0", front=XOR) == "0"
    assert number("updated 2.0", front=XOR) != "0"


def test_divergence_is_told_by_its_update() -> None:
    front = FRONT.replace("article", "regression\nbatch_size: full\nshuffle: no")
    at = int(number("diverges", "learning_rate: 1", front))
    trainer = Trainer.of(of_builtin("regression").training)
    assert 50 < at < 500
    assert trainer.run(updates=at) == "done"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("8 / 2 / 2 - 1 - -2", "3"),
        ("-(2 - 5) × 2", "6"),
        ("2 − 5", "−3"),
        ("w 1.0 -> 2.0 - w 1.1 -> 2.0", "0.3"),
        ("1e3", "1,000"),
        ("x 0 - 0.2", "0"),
    ],
)
def test_expressions_are_calculated(expression: str, text: str) -> None:
    assert number(expression) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.4, None, "0.4"),
        (0.16999999999999998, None, "0.17"),
        (0.04886060, None, "0.04886"),
        (-0.5423979, None, "−0.5424"),
        (12.0, None, "12"),
        (1e-7, None, "1.000e−7"),
        (0.0034297, "2", "0.0034"),
        (0.0901, "+4", "+0.09010"),
        (-0.0226, "+3", "−0.0226"),
        (59.5, "0", "60"),
    ],
)
def test_numbers_are_written_short_or_with_the_digits_asked_for(value: float, digits: str | None, text: str) -> None:
    assert write(value, digits) == text


# Predictions


@pytest.mark.parametrize(
    ("parts", "right"),
    [
        ("- grow\n- stay\n- shrink\nwatch: gradient 1.0 -> 2.0\nset: 1.0 -> 2.0 = 0.5", "grow"),
        ("- grow\n- stay\n- shrink\nwatch: E\nset: 1.0 -> 2.0 = 0.1", "shrink"),
        ("- grow\n- stay\n- shrink\nwatch: y 0\nset: 1.0 -> 2.1 = 9", "stay"),
        ("- grow\n- shrink\nwatch: E after 10\nlearning_rate: 0.6", "shrink"),
        ("- grow\n- stay\nwatch: E after 10\nlearning_rate: 0.1", "grow"),
        ("- positive\n- zero\n- negative\nanswer: sign of delta 2.1", "negative"),
        ("- positive\n- zero\n- negative\nanswer: sign of delta 2.0", "positive"),
        ("- positive\n- zero\n- negative\nanswer: sign of x 0 - 0.2", "zero"),
        ("- true\n- false\nanswer: a 1.0 < a 1.1", "false"),
        ("- true\n- false\nanswer: a 1.0 > a 1.1", "true"),
        ("- true\n- false\nanswer: gradient 0.0->1.0 < gradient 1.0 -> 2.0", "true"),
        ("- true\n- false\nanswer: x 0 < target 0", "false"),
        ("- {a 1.0 | 2}\n- the input, {x 0}\nanswer: factor 3 of 0.0 -> 1.0", "the input, 0.2"),
    ],
)
def test_the_right_answer_is_computed(parts: str, right: str) -> None:
    asked = prediction(parts)
    assert ["".join(span.text for span in option.line) for option in asked.options if option.right] == [right]
    assert asked.options[asked.right].right
