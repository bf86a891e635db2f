"""Numbers as a person types them and as the window, the chain rule and the lessons write them.

The window writes a true minus sign (U+2212) and thousands commas; whatever it writes in a field,
the parser of that field reads back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

MINUS = "−"

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_NUMBERED = re.compile(r"[^\W\d_]\d+")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SIGNIFICANT = 3
_SMALLEST_PLAIN = 1e-4  # smaller ones are written with an exponent
_LARGEST_PLAIN = 1e9
_MANY_ZEROS = 6  # at the end of a number, from which on it is written with an exponent


def parse_number(text: str) -> float:
    """Read "0.1", "0,5", "1/3", "1e-3" or "−2"; a comma is a decimal comma unless it groups.

    ValueError, one sentence for the person who typed it, when the text is no finite number or
    when "1,234" could be read both ways.
    """
    plain = _tidy(text)
    if not plain:
        raise ValueError("A number is wanted here, such as 0.1, 1/3 or 1e-3.")
    numerator, slash, denominator = plain.partition("/")
    value = _parse_decimal(numerator, text)
    if slash:
        divisor = _parse_decimal(denominator, text)
        if divisor == 0.0:
            raise ValueError(f"“{text.strip()}” divides by zero: write another fraction.")
        value /= divisor
    if not math.isfinite(value):
        raise ValueError(f"“{text.strip()}” is beyond the range of numbers (about 1.8e308).")
    return value


def parse_whole(text: str) -> int:
    """Read a whole number, "2000" or "2,000" or "2e3". ValueError, one sentence, otherwise."""
    plain = _tidy(text)
    value = parse_number(plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else text)
    if not value.is_integer():
        below = math.floor(value)
        raise ValueError(
            f"{format_number(value)} is not a whole number: write {format_number(below)} or {format_number(below + 1)}."
        )
    return int(value)


def format_number(value: float) -> str:
    """Write the shortest text that reads back as exactly ``value``."""
    text = repr(float(value)).removesuffix(".0")
    mantissa, exponent, power = text.partition("e")
    figures = text.lstrip("-").rstrip("0")
    zeros = len(text.lstrip("-")) - len(figures)
    if zeros >= _MANY_ZEROS and figures.isdigit():
        point = f".{figures[1:]}" if len(figures) > 1 else ""
        text = f"{'-' if value < 0 else ''}{figures[0]}{point}e{len(figures) + zeros - 1}"
    elif exponent:
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", MINUS)


def format_digits(value: float, digits: int | None, *, signed: bool = False) -> str:
    """Write a number with that many decimals, more where it is small, so that as many of its digits are seen.

    None for all digits. ``signed`` puts a plus before what is above 0: for gradients and deltas. Very large and very
    small numbers have an exponent.
    """
    if digits is None or not math.isfinite(value):
        text = format_number(value) if math.isfinite(value) else format_error(value)
    else:
        size = math.floor(math.log10(abs(value))) if value else 0
        if -5 <= size < 7:
            text = f"{value:,.{digits - min(0, size + 1)}f}"
            text = text if float(text.replace(",", "")) else text.lstrip("-")
        else:
            mantissa, _, power = f"{value:.{max(0, digits - 1)}e}".partition("e")
            text = f"{mantissa}e{int(power)}"
        text = text.replace("-", MINUS)
    return f"+{text}" if signed and value > 0.0 else text


def fitting_digits(value: float, digits: int | None, fits: Callable[[str], bool], *, signed: bool = False) -> str:
    """Write a number as ``format_digits`` does, with fewer decimals where it does not fit, but at least two figures."""
    if not math.isfinite(value):
        return format_digits(value, digits, signed=signed)
    tried = [format_digits(value, digits, signed=signed)]
    tried += [format_digits(value, fewer, signed=signed) for fewer in range(min(digits or 12, 12), 1, -1)]
    mantissa, _, power = f"{value:.1e}".partition("e")
    sign = "+" if signed and value > 0.0 else ""
    tried.append(f"{sign}{mantissa}e{int(power)}".replace("-", MINUS) if value else "0")
    return next((text for text in tried if fits(text)), tried[-1])


def format_short(value: float, digits: int | None) -> str:
    """Write a number as ``format_digits`` does, but without zeros where it has not so many decimals: 0.4, not 0.400."""
    exact = format_number(value)
    decimals = len(exact.partition(".")[2])
    return exact if digits is None or (decimals <= digits and len(exact) <= 8) else format_digits(value, digits)


def subscripted(name: str) -> str:
    """Return a letter and a number as books write them: x0 as x₀; any other name as it is."""
    return f"{name[0]}{name[1:].translate(_SUBSCRIPTS)}" if _NUMBERED.fullmatch(name) else name


def format_count(count: int) -> str:
    """Write a whole number with thousands commas."""
    return f"{count:,}".replace("-", MINUS)


def format_error(value: float) -> str:
    """Write an error or a rate with 3 significant digits, so "0.00965", "14,400", "1.20e−5"."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    mantissa, _, power = f"{value:.{_SIGNIFICANT - 1}e}".partition("e")
    rounded = float(f"{mantissa}e{power}")
    if rounded == 0.0:
        text = "0"
    elif _SMALLEST_PLAIN <= abs(rounded) < _LARGEST_PLAIN:
        text = f"{rounded:,.{max(0, _SIGNIFICANT - 1 - int(power))}f}"
    else:
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", MINUS)


def _tidy(text: str) -> str:
    return "".join(text.split()).replace(MINUS, "-")


def _parse_decimal(plain: str, typed: str) -> float:
    if "," in plain:
        plain = _without_comma(plain, typed)
    if not _DECIMAL.fullmatch(plain):
        raise ValueError(f"“{typed.strip()}” is not a number: write it like 0.1, {MINUS}2, 1/3 or 1e-3.")
    return float(plain)


def _without_comma(plain: str, typed: str) -> str:
    if _THOUSANDS.fullmatch(plain):
        if plain.count(",") == 1 and "." not in plain:
            raise ValueError(
                f"“{typed.strip()}” can be read in two ways: "
                f"write {plain.replace(',', '')} or {plain.replace(',', '.')}."
            )
        return plain.replace(",", "")
    return plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
