"""A line under the pointer on a plot of epochs, and beside it what each curve says there."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Slot

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION, Theme
from bpgui.number_text import format_count

Read = Callable[[int], list[tuple[str, str, str]]]


class Crosshair(QObject):
    """``read(epoch)`` gives name, colour and number of each curve; the card keeps to the side that has room."""

    def __init__(self, plot: pg.PlotWidget, read: Read) -> None:
        super().__init__(plot)
        self._plot, self._read = plot, read
        self._item = plot.getPlotItem()
        self.line = pg.InfiniteLine(angle=90, movable=False)
        self.card = pg.TextItem(anchor=(0, 0))
        for item in (self.line, self.card):
            item.setZValue(10)
            self._item.addItem(item, ignoreBounds=True)
            item.hide()
        plot.scene().sigMouseMoved.connect(self._on_moved)
        plot.viewport().installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.line.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DashLine))
        self.card.fill = pg.mkBrush(theme.surface)
        self.card.border = pg.mkPen(theme.border2)
        self.card.setColor(theme.text)
        self.card.setFont(ui_font(CAPTION))

    def hide(self) -> None:
        """Show nothing."""
        self.line.hide()
        self.card.hide()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Show nothing once the pointer is elsewhere."""
        if event.type() == QEvent.Type.Leave:
            self.hide()
        return False

    @Slot(object)
    def _on_moved(self, place: QPointF) -> None:
        box = self._item.getViewBox()
        if not box.sceneBoundingRect().contains(place):
            self.hide()
            return
        epoch = round(box.mapSceneToView(place).x())
        read = self._read(epoch)
        if not read:
            self.hide()
            return
        rows = "".join(
            f'<tr><td><span style="color:{colour}">●</span> {escape(name)}&nbsp;&nbsp;</td>'
            f'<td align="right"><b>{escape(number)}</b></td></tr>'
            for name, colour, number in read
        )
        head = self.tr("epoch {n}").format(n=format_count(epoch))
        self.card.setHtml(f"<b>{escape(head)}</b><table>{rows}</table>")
        (left, right), (_, top) = box.viewRange()
        self.card.setAnchor((0, 0) if epoch < (left + right) / 2 else (1, 0))
        self.card.setPos(epoch, top)
        self.line.setPos(epoch)
        self.line.show()
        self.card.show()
