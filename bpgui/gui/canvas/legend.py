"""The legend under the drawing: how a weight's size and sign look, what the marks mean, what is left out."""

from __future__ import annotations

from math import floor, log10

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.edge_picture import CUT_DASHES, CUT_WIDTH, with_alpha
from bpgui.gui.canvas.edges import Edges, stroke
from bpgui.gui.canvas.scene import BIAS_RADIUS
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION, Theme
from bpgui.number_text import MINUS, format_count, format_number

_LEFT = 16.0
_PLAIN = 0.02, 1e4  # the largest number, where all are written without a power of ten
_SAMPLE, _STEP = 26.0, 42.0  # width of a line, and from one to the next
_SHARES = (-1.0, -0.5, -0.2, 0.2, 0.5, 1.0)
_ROUND = (7.0, 5.0, 3.0, 2.0, 1.5, 1.0)
_UPPER, _LOWER = 11.0, 25.0  # of the lines and the numbers below them
_SPACE = 22.0
_DASH_LENGTH = 26.0


def paint_legend(
    painter: QPainter, width: float, top: float, edges: Edges, reference: float, theme: Theme, shown: str
) -> None:
    """Paint the legend from ``top`` down; ``shown`` says what the width of a line stands for."""
    painter.setFont(ui_font(CAPTION))
    metrics = QFontMetricsF(painter.font())
    middle, low = top + _UPPER, top + _LOWER
    x = _write(painter, metrics, _LEFT, middle, shown, theme) + _SPACE - 6
    largest = round_below(reference)
    unit, numbers = scale_numbers(largest)
    _write(painter, metrics, _LEFT, low, unit, theme)
    for share, text in zip(_SHARES, numbers, strict=True):
        weight = largest * share
        thick, alpha = stroke(weight, reference)
        ink = with_alpha(QColor(theme.positive if weight > 0.0 else theme.negative), alpha)
        painter.fillRect(QRectF(x, middle - thick / 2, _SAMPLE, thick), ink)
        painter.setPen(QColor(theme.muted))
        number = QRectF(x - _STEP / 2, low - 8, _SAMPLE + _STEP, 16)
        painter.drawText(number, Qt.AlignmentFlag.AlignCenter, text)
        x += _STEP
    x += _SPACE
    for colour in (theme.negative, theme.positive):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QPointF(x, middle), BIAS_RADIUS, BIAS_RADIUS)
        x += 3 * BIAS_RADIUS
    x = _write(painter, metrics, x - 3, middle, labels.tr("bias"), theme) + _SPACE
    pen = QPen(QColor(theme.muted), CUT_WIDTH)
    pen.setDashPattern(CUT_DASHES)
    painter.setPen(pen)
    painter.drawLine(QPointF(x, middle), QPointF(x + _DASH_LENGTH, middle))
    x = _write(painter, metrics, x + _DASH_LENGTH + 6, middle, labels.tr("cut"), theme) + _SPACE
    if edges.drawn < edges.total:
        _write_at_right(painter, metrics, (x, width - _LEFT), (middle, low), left_out(edges), theme)


def left_out(edges: Edges) -> str:
    """Return the sentence that says how many connections are drawn."""
    text = labels.tr("{drawn} largest of {total} connections shown")
    return text.format(drawn=format_count(edges.drawn), total=format_count(edges.total))


def round_below(value: float) -> float:
    """Return the largest round number that does not exceed ``value`` (above 0)."""
    power = 10.0 ** floor(log10(value))
    return next((power * digit for digit in _ROUND if power * digit <= value), power)


def scale_numbers(largest: float) -> tuple[str, list[str]]:
    """Return a power of ten as "× 1e152", "" where none is wanted, and the numbers in units of it, short enough."""
    power = 0 if _PLAIN[0] <= largest < _PLAIN[1] else floor(log10(largest))
    unit = labels.tr("× {unit}").format(unit=f"1e{power}".replace("-", MINUS)) if power else ""
    return unit, [format_number(float(f"{largest / 10.0**power * share:.6g}")) for share in _SHARES]


def _write(painter: QPainter, metrics: QFontMetricsF, x: float, middle: float, text: str, theme: Theme) -> float:
    """Write a word from ``x`` on; return where it ends."""
    width = metrics.horizontalAdvance(text) + 1
    painter.setPen(QColor(theme.muted))
    painter.drawText(QRectF(x, middle - 8, width, 16), Qt.AlignmentFlag.AlignVCenter, text)
    return x + width


def _write_at_right(
    painter: QPainter,
    metrics: QFontMetricsF,
    room: tuple[float, float],
    lines: tuple[float, float],
    text: str,
    theme: Theme,
) -> None:
    """Write at the right end: in the first line where there is room, else under it and over the empty end."""
    wanted = metrics.horizontalAdvance(text) + 1
    middle = lines[0] if room[0] + wanted <= room[1] else lines[1]
    painter.setPen(QColor(theme.text2))
    painter.drawText(
        QRectF(room[1] - wanted, middle - 8, wanted, 16),
        Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
        text,
    )
