"""Small pictures for tiles. Each is painted at need, so it follows theme and screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.tokens import Theme

Thumbnail = Callable[[QPainter, QRectF, Theme], None]

_DOT = 1.35  # radius of a point
_NEURON = 4.0  # radius
_COLUMN, _ROW = 20.0, 18.0  # distances between neurons
_ICON = 16


def points_thumbnail(points: npt.ArrayLike, labels: npt.ArrayLike) -> Thumbnail:
    """Points of a plane, (n, 2), blue where the label, (n,), is above 0 and orange elsewhere."""
    places = np.asarray(points, dtype=np.float64)
    positive = np.asarray(labels) > 0
    if places.ndim != 2 or places.shape[1] != 2 or positive.shape != places.shape[:1]:
        raise ValueError(f"points {places.shape} and labels {positive.shape} do not fit: (n, 2) and (n,) are wanted")
    centre = (places.min(axis=0) + places.max(axis=0)) / 2
    reach = float(np.max(places.max(axis=0) - places.min(axis=0))) / 2 or 1.0
    units = (places - centre) / reach

    def paint(painter: QPainter, rect: QRectF, theme: Theme) -> None:
        half = min(rect.width(), rect.height()) / 2 - _DOT
        painter.setPen(Qt.PenStyle.NoPen)
        for (x, y), is_positive in zip(units, positive, strict=True):
            painter.setBrush(QColor(theme.positive if is_positive else theme.negative))
            place = QPointF(rect.center().x() + half * x, rect.center().y() - half * y)
            painter.drawEllipse(place, _DOT, _DOT)

    return paint


def network_thumbnail(units: Sequence[int]) -> Thumbnail:
    """Neurons in columns, ``units`` of them in each layer, all connected to the next layer."""

    def paint(painter: QPainter, rect: QRectF, theme: Theme) -> None:
        columns, rows = len(units) - 1, max(units) - 1
        fit = min(
            1.0,
            (rect.width() - 2 * _NEURON) / max(1.0, columns * _COLUMN),
            (rect.height() - 2 * _NEURON) / max(1.0, rows * _ROW),
        )
        layers = [
            [
                rect.center() + QPointF((layer - columns / 2) * _COLUMN, (unit - (n - 1) / 2) * _ROW) * fit
                for unit in range(n)
            ]
            for layer, n in enumerate(units)
        ]
        painter.setPen(QPen(QColor(theme.earlier_run), 1))
        for left, right in pairwise(layers):
            for start in left:
                for end in right:
                    painter.drawLine(start, end)
        painter.setPen(QPen(QColor(theme.accent), 1.25))
        painter.setBrush(QColor(theme.canvas))
        for place in (place for layer in layers for place in layer):
            painter.drawEllipse(place, _NEURON, _NEURON)

    return paint


def icon_thumbnail(name: str) -> Thumbnail:
    """Draw an icon, for a tile that opens something."""

    def paint(painter: QPainter, rect: QRectF, theme: Theme) -> None:
        square = QRectF(0, 0, _ICON, _ICON)
        square.moveCenter(rect.center())
        icon(name, theme.text2, _ICON).paint(painter, square.toAlignedRect())

    return paint
