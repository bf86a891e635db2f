"""Strokes that several painted widgets share."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen


def rounded(painter: QPainter, rect: QRectF, radius: float, fill: str, line: str, width: float = 1.0) -> None:
    """Fill a rounded rectangle and draw its outline of ``width`` wholly inside ``rect``."""
    inset = width / 2
    painter.setPen(QPen(QColor(line), width) if width else Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(QColor(fill)))
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)


def smooth(painter: QPainter) -> QPainter:
    """Return the painter with antialiasing on."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter
