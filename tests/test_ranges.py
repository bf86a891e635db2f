"""A range takes every kind of number that lies in it, and nothing else."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bpgui
from bpgui.ranges import Range

SHARE = Range(0.0, 1.0, "at least 0 and less than 1", high_included=False)
COUNT = Range(1, 10, "a whole number from 1 to 10, or 'all'", whole=True, other=("all",))
ANY = Range(-math.inf, math.inf, "a number")


@pytest.mark.parametrize("value", [0, 0.0, 0.999, np.float32(0.5), np.float16(0.25), np.int64(0), Fraction(1, 3)])
def test_numbers_of_all_kinds_become_pythons_own(value: Any) -> None:
    taken = SHARE.take("p", value)
    assert type(taken) in (int, float)
    assert taken == float(value)


@pytest.mark.parametrize(
    "value", [1.0, -1e-9, math.nan, math.inf, True, np.True_, "0", None, [0.5], np.array([0.5]), 1j]
)
def test_the_rest_is_refused_in_words(value: Any) -> None:
    with pytest.raises(ValueError, match="p is at least 0 and less than 1, got "):
        SHARE.take("p", value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**400, np.float32("inf"), np.longdouble("1e4000")])
def test_what_no_float_holds_is_in_no_range(value: Any) -> None:
    assert value not in ANY


def test_whole_ranges_take_whole_numbers_and_their_words() -> None:
    assert [COUNT.take("n", value) for value in (1, 10, np.uint8(7), "all")] == [1, 10, 7, "all"]
    for value in (0, 11, 2.0, np.float64(2.0), "ten", None, False):
        assert value not in COUNT


def test_numpys_numbers_are_taken_all_over_and_give_equal_recipes() -> None:
    plain = bpgui.Recipe(
        optimizer=bpgui.optimizers.Adam(epsilon=0.5),
        learning_rate=0.5,
        batch_size=4,
        l2=0.25,
        clip_norm=2.0,
        stop=(bpgui.stop.patience(3, 0.5), bpgui.stop.seconds(8.0)),
    )
    given = bpgui.Recipe(
        optimizer=bpgui.optimizers.Adam(epsilon=np.float32(0.5)),
        learning_rate=np.float32(0.5),
        batch_size=np.int32(4),
        l2=np.float16(0.25),
        clip_norm=np.int64(2),
        stop=(bpgui.stop.patience(np.int64(3), np.float32(0.5)), bpgui.stop.seconds(np.int8(8))),
    )
    assert given == plain
    assert type(given.learning_rate) is float
