"""The line through the plot at the moment that is shown, with its epoch above it."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QGraphicsLineItem, QStyleOptionGraphicsItem, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION, Theme

PILL = 17.0
"""Logical pixels that the pill is high."""


class Pill(QGraphicsItem):
    """A word on the interface's colour; hangs from its place."""

    def __init__(self) -> None:
        super().__init__()
        self._font = ui_font(CAPTION, QFont.Weight.DemiBold)
        self._text = ""
        self._fill = self._ink = QColor()

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
    """Belongs to a plot; ``show`` puts it at an epoch, ``hide`` takes it away.

    Its words stand in a margin above the plot, where they hide nothing, and the line goes on below it to the end of the
    widget, over the numbers of the axis: what lies there draws the rest of it.
    """

    def __init__(self, item: pg.PlotItem) -> None:
        self._item, self._box = item, item.getViewBox()
        item.layout.setContentsMargins(0, PILL, 0, 0)
        self.line, self.pill = QGraphicsLineItem(item), Pill()
        self.pill.setParentItem(item)
        for part in (self.line, self.pill):
            part.setZValue(1)
        self._epoch = 0.0
        self._box.sigRangeChanged.connect(self._place)
        self._box.sigResized.connect(self._place)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.line.setPen(pg.mkPen(theme.accent, width=1))
        self.pill.set_colours(theme.accent, theme.on_accent)

    def show(self, epoch: int, text: str) -> None:
        """Stand at an epoch."""
        self._epoch = float(epoch)
        self.pill.set_text(text)
        self._place()
        self.line.show()
        self.pill.show()

    def hide(self) -> None:
        """Be gone."""
        self.line.hide()
        self.pill.hide()

    def _place(self, *_changed: object) -> None:
        """Keep the line at its epoch, and all of the words over the plot."""
        plot = self._box.mapRectToItem(self._item, self._box.boundingRect())
        x = self._box.mapFromViewToItem(self._item, QPointF(self._epoch, 0.0)).x()
        half = self.pill.boundingRect().width() / 2
        self.line.setLine(x, plot.top(), x, self._item.boundingRect().bottom())
        self.pill.setPos(min(max(x, plot.left() + half), plot.right() - half), plot.top() - PILL)
