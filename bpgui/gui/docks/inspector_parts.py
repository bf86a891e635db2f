"""What the Inspector is made of: the ends of a connection, a parameter's history, numbers with their sign."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.thumbnails import Thumbnails
from bpgui.gui.record import Values
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, Theme
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.number_text import MINUS, format_count, format_error

TILE = 28
UNKNOWN = "–"
MARGIN = 4.0
"""Logical pixels around a line of values, for the dot on it."""
PALE = 0.35
"""How strong what came after the present moment is."""
ROOM_FOR_WORDS = 40
"""Logical pixels of height from which there are words beside the line."""
NO_VALUES = Values(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def signed(value: float | None) -> str:
    """Write a gradient or a change: always with its sign, "–" where it is not known."""
    if value is None:
        return UNKNOWN
    text = format_error(value)
    return text if text == "0" or text.startswith(MINUS) else f"+{text}"


class Ends(QWidget):
    """The neurons that an item belongs to, as the drawing shows them, and an arrow in the colour of the weight."""

    def __init__(self, session: Session, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._session = session
        self._thumbnails = thumbnails
        self._neurons: list[tuple[int, int]] = []
        self._weight: float | None = None
        self.setFixedHeight(TILE + 4)

    def show_neurons(self, neurons: list[tuple[int, int]], weight: float | None) -> None:
        """Show one (layer, unit), or the two ends of a connection with its weight, None where it is cut."""
        self._neurons, self._weight = neurons, weight
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw tiles, names and the arrow."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        network = self._session.project.network
        xs = [0.0, self.width() - 100.0]
        for (layer, unit), x in zip(self._neurons, xs, strict=False):
            ids = network.layers[layer].unit_ids if layer < len(network.layers) else None
            if ids is None or unit >= len(ids):
                continue  # an edit on its way took it; the next refresh says so
            tile = QRectF(x, 2, TILE, TILE)
            rounded(painter, tile, 6, theme.surface2, theme.border2)
            picture = self._thumbnails.picture(ids[unit], theme)
            if picture is not None:
                painter.drawPixmap(tile.adjusted(1, 1, -1, -1), picture, QRectF(picture.rect()))
            painter.setFont(ui_font(weight=QFont.Weight.DemiBold))
            painter.setPen(QColor(theme.text))
            painter.drawText(QPointF(tile.right() + 8, 13), labels.neuron(network, layer, unit))
            painter.setFont(ui_font(CAPTION))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(tile.right() + 8, 28), labels.activation(network, layer, unit))
        if len(self._neurons) == 2:
            ink = theme.muted
            if self._weight is not None:
                ink = theme.positive if self._weight > 0.0 else theme.negative
            pen = QPen(QColor(ink), 2, Qt.PenStyle.SolidLine if self._weight is not None else Qt.PenStyle.DashLine)
            painter.setPen(pen)
            left, right, y = 96.0, self.width() - 112.0, 2 + TILE / 2
            if right > left + 12:
                painter.drawLine(QPointF(left, y), QPointF(right, y))
                painter.drawPolyline([QPointF(right - 6, y - 5), QPointF(right, y), QPointF(right - 6, y + 5)])


class HistoryLine(QWidget):
    """The values of one parameter on the way to the end of what is looked at, and where on it that is."""

    def __init__(self) -> None:
        super().__init__()
        self._found = NO_VALUES
        self._now = 0
        self._left: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Value over the run"))

    def sizeHint(self) -> QSize:
        """Return the size in a window of the usual height."""
        return QSize(200, 64)

    def minimumSizeHint(self) -> QSize:
        """Return the least height that shows a trend."""
        return QSize(80, 28)

    def show_values(self, found: Values, now: int, left: int | None) -> None:
        """Show these, the present one at update ``now``; ``left``: the epoch at which the branch began."""
        self._found, self._now, self._left = found, now, left
        self.update()

    def points(self) -> list[QPointF]:
        """Return where each value lies."""
        epochs, values = self._found.epochs, self._found.values
        low, high = float(values.min()), float(values.max())
        room = self.height() - 2 * MARGIN
        ys = MARGIN + room * (high - values) / (high - low or 1.0)
        return [QPointF(x, y) for x, y in zip(self._places(epochs).tolist(), ys.tolist(), strict=True)]

    def _places(self, epochs: NDArray[np.int64]) -> NDArray[np.float64]:
        first, last = self._found.epochs[[0, -1]]
        return np.asarray((epochs - first) / max(1, last - first) * (self.width() - 2 * MARGIN), np.float64)

    @property
    def present(self) -> int:
        """Which of the values is that of the present moment, or the last before it."""
        return max(0, int(np.searchsorted(self._found.updates, self._now, side="right")) - 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw where the branch began, where 0 lies if it is near, the line, pale after now, and the value of now."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        painter.setPen(QPen(QColor(theme.border), 1))
        values = self._found.values
        if values.size < 2:
            painter.drawLine(QPointF(0, self.height() - 1.5), QPointF(self.width(), self.height() - 1.5))
            return
        low, high = float(values.min()), float(values.max())
        if low < 0.0 < high:
            zero = MARGIN + (self.height() - 2 * MARGIN) * high / (high - low)
            painter.drawLine(QPointF(0, zero), QPointF(self.width(), zero))
        points, now = self.points(), self.present
        if self._left is not None:
            self._paint_left(painter, theme, self._left, points)
        ink = QColor(theme.positive if values[now] > 0.0 else theme.negative)
        pale = QColor(ink)
        pale.setAlphaF(PALE)
        for colour, some in ((pale, points[now:]), (ink, points[: now + 1])):
            painter.setPen(QPen(colour, 1.5))
            painter.drawPolyline(QPolygonF(some))
        painter.setBrush(ink)
        painter.drawEllipse(points[now], 3.0, 3.0)

    def _paint_left(self, painter: QPainter, theme: Theme, epoch: int, points: list[QPointF]) -> None:
        """Draw where the branch began, in words too where there is room, above the line of values or below it."""
        x = float(self._places(np.array([epoch]))[0])
        painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        font = ui_font(CAPTION)
        words = self.tr("branch at {n}").format(n=format_count(epoch))
        width = QFontMetricsF(font).horizontalAdvance(words)
        if self.height() >= ROOM_FOR_WORDS and x + 5 + width <= self.width():
            under = np.interp(np.linspace(x, x + width, 9), [at.x() for at in points], [at.y() for at in points])
            painter.setFont(font)
            painter.drawText(
                QPointF(x + 5, 12 if under.min() > self.height() - under.max() else self.height() - 4), words
            )
