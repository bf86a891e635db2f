"""The curve in the terminal: every spike in it, drawn in place, and nothing of it where there is no terminal."""

from __future__ import annotations

import io

import numpy as np
import pytest

from bpgui.cli.text_curve import BLOCKS, HEIGHT, TextCurve, can_draw, plot
from bpgui.training.history import History


def history(*errors: float) -> History:
    """One error a bucket, as the core keeps them while they are few."""
    each = np.array(errors)
    finite = np.isfinite(each)
    low, high = np.where(finite, each, np.inf), np.where(finite, each, -np.inf)
    return History(low, high, each, finite.astype(float), np.arange(len(errors)) + 1, 0)


def heights(lines: list[str]) -> list[int]:
    """Eighths of a line that each column is high."""
    rows = [line.partition("│")[2] for line in lines]
    return [sum(BLOCKS.index(row[i]) for row in rows) for i in range(len(rows[0]))]


def test_equal_ratios_are_equal_steps() -> None:
    lines = plot(history(1.0, 0.1, 0.01, 0.001, 0.0001), 5)
    assert heights(lines) == [48, 36, 24, 12, 1]
    assert lines[0].startswith("        1 │")
    assert lines[-1].startswith("   0.0001 │")


def test_no_spike_is_lost_among_many_epochs() -> None:
    errors = np.full(100_000, 0.01)
    errors[54_321] = 1.0
    drawn = heights(plot(history(*errors), 60))
    assert max(drawn) == 48
    assert drawn.index(48) == int(60 * 54_321 / 100_000)
    assert len(drawn) == 60


def test_few_epochs_are_stretched_and_constant_ones_are_flat() -> None:
    assert heights(plot(history(0.5, 0.5), 60)) == [48] * 60
    assert len(heights(plot(history(*[0.1] * 7), 60))) == 56


def test_errors_without_a_logarithm_lie_at_the_bottom_or_are_left_out() -> None:
    assert heights(plot(history(1.0, 0.1, 0.0), 3)) == [48, 1, 1]
    assert heights(plot(history(0.0, 0.0), 2)) == [48, 48]
    assert heights(plot(history(1.0, np.nan, 0.1), 2)) == [48, 1]
    assert plot(history(), 60) == []
    assert plot(history(np.nan), 60) == []


def test_each_drawing_takes_the_place_of_the_one_before() -> None:
    stream = io.StringIO()
    stream.fileno = lambda: -1  # type: ignore[method-assign]  # no terminal that knows its width
    curve = TextCurve(stream, "title")
    curve.show(history(1.0), "epoch 1")
    curve.show(history(1.0, 0.5), "epoch 2")
    first, second = stream.getvalue().split(f"\x1b[{HEIGHT + 1}A\r")
    assert first.startswith("title\x1b[K\n")
    assert [text.count("\n") for text in (first, second)] == [HEIGHT + 2, HEIGHT + 1]
    assert second.endswith("epoch 2\x1b[K\n")


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("encoding", "term", "drawn"), [("utf-8", "xterm", True), ("latin-1", "xterm", False), ("utf-8", "dumb", False)]
)
def test_only_a_terminal_that_can_show_it_gets_a_curve(
    monkeypatch: pytest.MonkeyPatch, encoding: str, term: str, drawn: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    assert can_draw(Terminal(io.BytesIO(), encoding)) is drawn
    assert not can_draw(io.StringIO())
