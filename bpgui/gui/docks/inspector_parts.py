"""What the Inspector is made of: the ends of a connection, a parameter's history, numbers with their sign."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.thumbnails import Thumbnails
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.number_text import MINUS, format_error

TILE = 28
UNKNOWN = "–"


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
    """The values of one parameter over the run."""

    def __init__(self) -> None:
        super().__init__()
        self._values: NDArray[np.float64] = np.empty(0)
        self._epochs: NDArray[np.int64] = np.empty(0, np.int64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(self.tr("Value over the run"))

    def sizeHint(self) -> QSize:
        """Return the size in a window of the usual height."""
        return QSize(200, 64)

    def minimumSizeHint(self) -> QSize:
        """Return the least height that shows a trend."""
        return QSize(80, 28)

    def show_values(self, epochs: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Show these, (n,) each."""
        self._epochs, self._values = epochs, np.asarray(values, np.float64)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line, where 0 lies if it is near, and the value of now."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        painter.setPen(QPen(QColor(theme.border), 1))
        if self._values.size < 2:
            painter.drawLine(QPointF(0, self.height() - 1.5), QPointF(self.width(), self.height() - 1.5))
            return
        low, high = float(self._values.min()), float(self._values.max())
        span = high - low or 1.0
        room = self.height() - 8.0
        xs = (self._epochs - self._epochs[0]) / max(1, self._epochs[-1] - self._epochs[0]) * (self.width() - 8.0)
        ys = 4.0 + room * (high - self._values) / span
        if low < 0.0 < high:
            zero = 4.0 + room * high / span
            painter.drawLine(QPointF(0, zero), QPointF(self.width(), zero))
        ink = QColor(theme.positive if self._values[-1] > 0.0 else theme.negative)
        painter.setPen(QPen(ink, 1.5))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)]))
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(float(xs[-1]), float(ys[-1])), 3.0, 3.0)
