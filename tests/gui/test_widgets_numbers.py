"""Numbers as typed and as written, and the places of a slider. Nothing here needs a window."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpgui.gui.widgets.scale import Scale
from bpgui.number_text import (
    fitting_digits,
    format_count,
    format_digits,
    format_error,
    format_number,
    parse_number,
    parse_whole,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", 0.1),
        ("0,5", 0.5),
        ("0,005", 0.005),
        ("1/3", 1 / 3),
        ("-1/4", -0.25),
        ("1,5/3", 0.5),
        ("1e-3", 1e-3),
        ("1e−3", 1e-3),
        ("−2", -2.0),
        (" + 2. ", 2.0),
        (".5", 0.5),
        ("1 000", 1000.0),
        ("1,234,567", 1234567.0),
        ("1,234.5", 1234.5),
    ],
)
def test_a_number_is_read_as_people_type_it(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A number is wanted here"),
        ("abc", "“abc” is not a number"),
        ("nan", "is not a number"),
        ("inf", "is not a number"),
        ("1.2.3", "is not a number"),
        ("1,2,3", "is not a number"),
        ("1/2/3", "is not a number"),
        ("0x10", "is not a number"),
        ("1/0", "divides by zero"),
        ("1e999", "beyond the range"),
        ("1e308/1e-308", "beyond the range"),
        ("1e999/1e999", "beyond the range"),
        ("1,234", "write 1234 or 1.234"),
        ("−1,234", "write -1234 or -1.234"),
    ],
)
def test_what_is_no_number_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_number(text)


@pytest.mark.parametrize(("text", "number"), [("8", 8), ("2,000", 2000), ("2e3", 2000), ("8.0", 8)])
def test_a_whole_number_may_be_grouped_in_thousands(text: str, number: int) -> None:
    assert parse_whole(text) == number


def test_a_fraction_of_a_neuron_is_refused_with_its_neighbours() -> None:
    with pytest.raises(ValueError, match=r"8.5 is not a whole number: write 8 or 9."):
        parse_whole("8.5")


@pytest.mark.parametrize(
    ("value", "text"), [(float("inf"), "∞"), (float("-inf"), "−∞"), (float("nan"), "not a number"), (0.0, "0")]
)
def test_what_is_no_finite_number_is_written_however_little_room_there_is(value: float, text: str) -> None:
    assert fitting_digits(value, 3, lambda _: False) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_written_is_read_back_exactly(value: float) -> None:
    assert parse_number(format_number(value)) == value


@given(st.integers(-(10**12), 10**12))
def test_every_count_written_is_read_back_exactly(count: int) -> None:
    assert parse_whole(format_count(count)) == count


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (-1.284, "−1.284"), (1e-05, "1e−5"), (1e22, "1e22"), (0.1, "0.1")]
)
def test_numbers_are_written_short_with_a_true_minus(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.009654, "0.00965"),
        (0.9999, "1.00"),
        (0.07179, "0.0718"),
        (12.345, "12.3"),
        (99.96, "100"),
        (14_423.0, "14,400"),
        (-0.5, "−0.500"),
        (0.0000965, "9.65e−5"),
        (0.00009999, "0.000100"),
        (3.21e12, "3.21e12"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
    ],
)
def test_errors_and_rates_have_three_significant_digits(value: float, text: str) -> None:
    assert format_error(value) == text


@pytest.mark.parametrize("scale", [Scale(0.0, 0.5, step=0.01), Scale(1e-4, 1.0, logarithmic=True), Scale(-3.0, 3.0)])
def test_a_place_on_a_slider_and_its_number_belong_together(scale: Scale) -> None:
    for place in range(101):
        value = scale.value_at(place / 100)
        assert scale.value_at(scale.share(value)) == value
        assert scale.minimum <= value <= scale.maximum
    assert scale.value_at(-1.0) == scale.minimum
    assert scale.value_at(2.0) == scale.maximum


def test_stepped_numbers_are_round_for_a_person() -> None:
    assert Scale(0.0, 1.0, step=0.1).stepped(0.2, 1) == 0.3
    assert Scale(1e-4, 1.0, logarithmic=True).value_at(0.5) == 0.01
    assert Scale(1e-4, 1.0, logarithmic=True).value_at(0.37) == 0.003
    assert Scale(0.0, 1.0).stepped(0.99, 5) == 1.0


def test_only_a_logarithmic_scale_has_decades() -> None:
    assert Scale(1e-4, 1.0, logarithmic=True).decades() == pytest.approx([1e-4, 1e-3, 1e-2, 0.1, 1.0])
    assert Scale(0.0, 1.0).decades() == []


@pytest.mark.parametrize("arguments", [(1.0, 1.0, False), (2.0, 1.0, False), (0.0, 1.0, True)])
def test_an_impossible_scale_is_refused(arguments: tuple[float, float, bool]) -> None:
    minimum, maximum, logarithmic = arguments
    with pytest.raises(ValueError, match="is not possible"):
        Scale(minimum, maximum, logarithmic=logarithmic)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e9, "1e9"), (1.25e8, "1.25e8"), (-3e7, "−3e7"), (123456.0, "123456"), (100000.0, "100000"), (1e300, "1e300")],
)
def test_large_round_numbers_are_short_and_read_back(value, text):
    assert format_number(value) == text
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0718342, 3, "0.0718"),
        (0.4, 3, "0.400"),
        (-0.022604, 4, "−0.02260"),
        (12345.678, 2, "12,345.68"),
        (1.5e-9, 3, "1.50e−9"),
        (0.0, 3, "0.000"),
        (0.1 + 0.2, None, "0.30000000000000004"),
    ],
)
def test_digits_are_decimals_and_more_of_them_where_a_number_is_small(value, digits, text):
    assert format_digits(value, digits) == text
