"""The error curve as characters, drawn again in place while training goes on."""

from __future__ import annotations

import os
from math import log
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from bpgui.training.history import History

Floats = NDArray[np.float64]

BLOCKS = " ▁▂▃▄▅▆▇█"
EIGHTHS = len(BLOCKS) - 1
HEIGHT, WIDTH = 6, 72
LABEL = 9  # characters of the numbers at the axis
NARROWEST = 20


def can_draw(stream: TextIO) -> bool:
    """Whether the stream is a terminal that can show a curve and draw it again."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    try:
        BLOCKS.encode(stream.encoding)
    except UnicodeEncodeError:
        return False
    return True


class TextCurve:
    """Draws the errors of a run on a terminal, the last epoch at the right, on a logarithmic scale."""

    def __init__(self, stream: TextIO, title: str) -> None:
        self._stream = stream
        self._drawn = 0
        self._write([title])

    def show(self, history: History, caption: str) -> None:
        """Draw the curve, and a line below it, in the place of the ones before."""
        columns = _columns_of(self._stream)
        width = min(WIDTH, columns - LABEL - 2)
        curve = plot(history, width) if width >= NARROWEST else []
        up = f"\x1b[{self._drawn}A\r" if self._drawn else ""
        lines = [*curve, caption[: columns - 1]]
        self._write(lines, up)
        self._drawn = len(lines)

    def _write(self, lines: list[str], before: str = "") -> None:
        self._stream.write(before + "".join(f"{line}\x1b[K\n" for line in lines))
        self._stream.flush()


def plot(history: History, width: int) -> list[str]:
    """Return the curve in HEIGHT lines, at their left the largest and the smallest error; none without errors.

    A column shows the largest error among its epochs, so that no spike is lost.
    """
    errors = _largest(history.high[history.count > 0.0], width)
    if not errors.size:
        return []
    # An error of 0 has no logarithm: it lies at the bottom, with the smallest one that has.
    positive = errors[errors > 0.0]
    top, bottom = (float(positive.max()), float(positive.min())) if positive.size else (1.0, 1.0)
    scale = max(log(top / bottom), log(1.1))
    share = 1.0 - np.log(top / np.maximum(errors, bottom)) / scale
    levels = np.maximum(np.rint(share * HEIGHT * EIGHTHS).astype(int), 1)
    labels = {0: f"{top:.3g}", HEIGHT - 1: f"{bottom:.3g}"}
    lines = []
    for row in range(HEIGHT):
        fill = np.clip(levels - (HEIGHT - 1 - row) * EIGHTHS, 0, EIGHTHS)
        lines.append(f"{labels.get(row, ''):>{LABEL}} │{''.join(BLOCKS[i] for i in fill)}")
    return lines


def _largest(errors: Floats, width: int) -> Floats:
    """Return at most ``width`` numbers, each the largest of its share."""
    if errors.size <= width:
        return np.repeat(errors, width // max(errors.size, 1))
    edges = np.linspace(0, errors.size, width + 1).astype(int)
    return np.maximum.reduceat(errors, edges[:-1])


def _columns_of(stream: TextIO) -> int:
    """Return the width of a terminal; 80 where it does not tell."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80
