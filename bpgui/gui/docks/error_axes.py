"""The axes of the error curve, whole epochs and errors over many powers of ten; words at the ends of its lines, and
those that name other runs."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSimpleTextItem,
    QSizePolicy,
    QStyleOptionGraphicsItem,
    QWidget,
)

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.paint import smooth
from bpgui.number_text import MINUS, format_count

Floats = NDArray[np.float64]

NEAREST_TICKS = 18.0
"""Pixels between two numbers at the left axis, at least."""

BED = 0.7
"""How strong the ground behind words is: they can be read, and lines behind them are not broken."""
GAP = 4.0
"""Pixels between the end of a line and its words."""


class Words(QGraphicsSimpleTextItem):
    """Words beside a place of the plot, upright and of one size however it is stretched.

    They change at every tick; a pg.TextItem lays out a whole document each time, which takes ten times as long.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bed = QColor()
        font = ui_font(CAPTION)
        self.setFont(font)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setTransform(QTransform.fromTranslate(GAP, -QFontMetricsF(font).height() / 2))

    def set_colours(self, ink: str, bed: str) -> None:
        """Write in a colour, on another that hides lines behind."""
        self.setBrush(QColor(ink))
        self._bed = QColor(bed)
        self._bed.setAlphaF(BED)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the bed, then the words."""
        painter.fillRect(self.boundingRect(), self._bed)
        super().paint(painter, option, widget)  # type: ignore[arg-type]  # the stubs forget that there may be none


class Legend(QWidget):
    """Names of lines beside dots of their colours, in one line, so that they take nothing from the plot: each is
    shortened where they do not all fit, and the tooltip tells them whole."""

    DOT, BEHIND = 11.0, 14.0

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[str, str]] = []
        self.setFont(ui_font(CAPTION))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return all names, a line each."""
        return "\n".join(words for _, words in self._parts)

    def set_parts(self, parts: list[tuple[str, str]]) -> None:
        """Show other names: colour, "" for no dot, and words."""
        self._parts = parts
        self.setToolTip(self.text())
        self.setAccessibleName(self.text())
        self.update()

    def sizeHint(self) -> QSize:
        """Return one line."""
        return QSize(0, ceil(QFontMetricsF(self.font()).lineSpacing()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw dots and names."""
        painter, metrics, theme = smooth(QPainter(self)), QFontMetricsF(self.font()), current_theme(self)
        room = self.width() - sum(self.DOT * bool(colour) + self.BEHIND for colour, _ in self._parts)
        wanted = [metrics.horizontalAdvance(words) + 1.0 for _, words in self._parts]
        x = 0.0
        for (colour, words), width in zip(self._parts, shares(wanted, room), strict=True):
            if colour:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colour))
                painter.drawEllipse(QRectF(x, self.height() / 2 - 3.0, 6.0, 6.0))
                x += self.DOT
            painter.setPen(QColor(theme.muted))
            told = metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)
            painter.drawText(QRectF(x, 0.0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, told)
            x += width + self.BEHIND


def shares(wanted: list[float], room: float) -> list[float]:
    """Divide room among those who want so much each: who wants less than an equal share leaves the rest to others."""
    given = [0.0] * len(wanted)
    for left, at in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        given[at] = max(0.0, min(wanted[at], room / (len(wanted) - left)))
        room -= given[at]
    return given


class EpochAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Epochs with thousands commas, none where no run goes: there the words at the end of the lines stand."""

    end = np.inf
    word = ""
    """What is counted, beside the last number."""
    _widest = 0.0

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return spacing and places of the ticks of each level."""
        levels = super().tickValues(low, high, size)
        self._widest = max((spacing for spacing, _ in levels), default=0.0)
        return [(spacing, [value for value in values if 0 <= value <= self.end]) for spacing, values in levels]

    def tickStrings(self, values: list[float], _scale: float, spacing: float) -> list[str]:
        """Return the numbers of the ticks; a fraction of an epoch has none."""
        texts = [format_count(round(value)) if value == round(value) else "" for value in values]
        if texts and texts[-1] and values[-1] > 0 and spacing >= self._widest:
            texts[-1] = f"{texts[-1]} {self.word}"
        return texts


class ErrorAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Errors; where the axis is logarithmic, decades or a few round numbers, never so many that they touch."""

    def logTickValues(self, low: float, high: float, size: float, _linear: object) -> list[tuple[None, list[float]]]:
        """Return one level of ticks, as logarithms to base 10."""
        return [(None, log_ticks(low, high, size))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers of the ticks, with a true minus sign."""
        return [text.replace("-", MINUS) for text in super().tickStrings(values, scale, spacing)]

    def logTickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """Return the numbers of which ``values`` are the logarithms."""
        texts = []
        for value in values:
            mantissa, _, power = f"{10.0**value:.4g}".partition("e")
            texts.append(f"{mantissa}e{int(power)}" if power else mantissa)
        return texts


def log_ticks(low: float, high: float, size: float) -> list[float]:
    """Return logarithms of round numbers from ``low`` to ``high``, logarithms too, at an axis of ``size`` pixels.

    Decades where there are at least two of them; else a few numbers times powers of ten, or equal steps. They keep
    their distance, and half of it to the ends of the axis, where a number would be cut off.
    """
    pixels = size / (high - low)
    edge = min(NEAREST_TICKS / 2 / pixels, (high - low) / 4)
    low, high = max(low + edge, -307.0), min(high - edge, 308.0)
    if not low < high:
        return []  # beyond the range of numbers there are none to write
    step = max(1, ceil(NEAREST_TICKS / pixels))
    decades = np.arange(ceil(low), floor(high) + 1, dtype=np.float64)
    if decades.size >= 2:
        thinned = decades[decades % step == 0]
        return [float(decade) for decade in (thinned if thinned.size >= 2 else decades[::step])]
    sets = [times_powers((1, 2, 5), low, high), times_powers((1, 3), low, high), *equal_steps(10.0**low, 10.0**high)]
    # The closest that still keep their distance; where none do, the first number of the widest set.
    apart = [found for found in sets if found.size >= 2 and np.diff(found).min() * pixels >= NEAREST_TICKS]
    found = max(apart, key=len) if apart else next(found for found in sets if found.size)[:1]
    return [float(tick) for tick in found]


def times_powers(numbers: tuple[int, ...], low: float, high: float) -> Floats:
    """Return the logarithms of these numbers times powers of ten, from ``low`` to ``high``."""
    found = np.add.outer(np.arange(floor(low), ceil(high)), np.log10(numbers)).ravel()
    return found[(found >= low) & (found <= high)]


def equal_steps(low: float, high: float) -> list[Floats]:
    """Return logarithms of equally spaced round numbers between two numbers, ever closer sets."""
    decade = 10.0 ** floor(log10(high - low))
    steps = [decade * share for share in (5.0, 2.0, 1.0, 0.5, 0.2, 0.1)]
    return [np.log10(np.arange(max(1, ceil(low / step)), floor(high / step) + 1) * step) for step in steps]
