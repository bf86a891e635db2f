"""The line through the plot at the moment that is shown, with its epoch on top."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION, Theme

PILL = 17.0
"""Logical pixels that the pill is high."""


class Pill(QGraphicsItem):
    """A word on the interface's colour, of one size however the plot is stretched; hangs from its place."""

    def __init__(self) -> None:
        super().__init__()
        self._font = ui_font(CAPTION, QFont.Weight.DemiBold)
        self._text = ""
        self._fill = self._ink = QColor()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)

    def set_colours(self, fill: str, ink: str) -> None:
        """Take the colours of a theme."""
        self._fill, self._ink = QColor(fill), QColor(ink)
        self.update()

    def set_text(self, text: str) -> None:
        """Show another word."""
        if text != self._text:
            self.prepareGeometryChange()
            self._text = text

    def boundingRect(self) -> QRectF:
        """Return the pill's outline."""
        width = QFontMetricsF(self._font).horizontalAdvance(self._text) + 14.0
        return QRectF(-width / 2, 0.0, width, PILL)

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._fill)
        painter.drawRoundedRect(self.boundingRect(), PILL / 2, PILL / 2)
        painter.setFont(self._font)
        painter.setPen(self._ink)
        painter.drawText(self.boundingRect(), Qt.AlignmentFlag.AlignCenter, self._text)


class NowLine:
    """Belongs to a plot; ``show`` puts it at an epoch, ``hide`` takes it away."""

    def __init__(self, item: pg.PlotItem) -> None:
        self._box = item.getViewBox()
        self.line = pg.InfiniteLine(angle=90, movable=False)
        self.pill = Pill()
        for part, height in ((self.line, 8), (self.pill, 9)):
            part.setZValue(height)
            item.addItem(part, ignoreBounds=True)
        self._epoch = 0.0
        self._box.sigRangeChanged.connect(self._place)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.line.setPen(pg.mkPen(theme.accent, width=1))
        self.pill.set_colours(theme.accent, theme.on_accent)

    def show(self, epoch: int, text: str) -> None:
        """Stand at an epoch."""
        self._epoch = float(epoch)
        self.line.setPos(epoch)
        self.pill.set_text(text)
        self._place()
        self.line.show()
        self.pill.show()

    def hide(self) -> None:
        """Be gone."""
        self.line.hide()
        self.pill.hide()

    def _place(self, *_range: object) -> None:
        """Keep the pill at the top, all of it inside the plot."""
        (left, right), (_, top) = self._box.viewRange()
        half = self.pill.boundingRect().width() / 2 * (right - left) / max(1.0, self._box.width())
        self.pill.setPos(QPointF(min(max(self._epoch, left + half), right - half), top))
