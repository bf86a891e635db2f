"""The error curve: training and validation error over the epochs of the run, earlier runs in grey."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.gui.widgets.number_text import format_count, format_error, format_number
from bpgui.gui.widgets.switch import Switch
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.training.history import History

Floats = NDArray[np.float64]

MOST_EARLIER = 5
WORDS, AXIS = 122, 76
"""Pixels that the words at the end of a line take, and the axis with its margins."""


def curve_of(history: History) -> tuple[Floats, Floats]:
    """Return x and y that draw a history with every spike: both ends of each bucket that holds several epochs."""
    if history.width == 1:
        return history.epoch + 1.0, history.last
    x = np.repeat(history.epoch + 1.0, 2)
    return x, np.column_stack([history.low, history.high]).ravel()


class EpochAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Epochs with thousands commas."""

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        """Return the numbers of the ticks; a fraction of an epoch has none."""
        return [format_count(round(value)) if value == round(value) else "" for value in values]


class ErrorDock(Dock):
    """Draws the errors of the run; reads the session's histories, writes nothing but what its remedies ask for."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("error", self.tr("Error"), parent=parent)
        self._session = session
        self._drawn = (-1, -1, -1)
        self._log = Switch(self.tr("log y"))
        self._log.setChecked(True)
        self._log.clicked.connect(self._on_log)
        self.add_control(self._log)
        self._strip = MessageStrip()
        self._strip.acted.connect(self._on_remedy)
        self._plot = pg.PlotWidget(axisItems={"bottom": EpochAxis("bottom")})
        self._plot.setAccessibleName(self.tr("Error curve"))
        self._make_plot()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 6, 12, 6)
        column.addWidget(self._strip)
        column.addWidget(self._plot, 1)
        self.set_content(content)
        session.said.connect(self._on_said)
        self._colour()
        self.refresh(Changes.ALL)

    def _make_plot(self) -> None:
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.getViewBox().setDefaultPadding(0.03)
        item.showGrid(x=True, y=True, alpha=0.35)
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        item.setLabel("bottom", self.tr("epoch"))
        item.setLogMode(x=False, y=True)
        self._earlier = [item.plot() for _ in range(MOST_EARLIER)]
        self._validation = item.plot()
        self._train = item.plot()
        self._labels = {"train": pg.TextItem(anchor=(0, 0.5)), "validation": pg.TextItem(anchor=(0, 0.5))}
        for label in self._labels.values():
            item.addItem(label, ignoreBounds=True)

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_train"):
            self._colour()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words at the end of the lines take another share of the width."""
        super().resizeEvent(event)
        self._fit(self._session.bridge.history())

    def _colour(self) -> None:
        theme = current_theme(self)
        self._plot.setBackground(theme.surface)
        item = self._plot.getPlotItem()
        for name in ("left", "bottom"):
            axis = item.getAxis(name)
            axis.setPen(theme.border2)
            axis.setTextPen(theme.muted)
            axis.setTickFont(ui_font(CAPTION))
            axis.setStyle(tickLength=-4)
        item.getAxis("left").setWidth(52)
        item.getAxis("bottom").label.setFont(ui_font(CAPTION))
        self._train.setPen(pg.mkPen(theme.train, width=1))
        self._validation.setPen(pg.mkPen(theme.validation, width=1))
        for curve in self._earlier:
            curve.setPen(pg.mkPen(theme.earlier_run, width=1))
        for name, label in self._labels.items():
            label.setColor(getattr(theme, name))
            label.setFont(ui_font(CAPTION))

    @property
    def drawn_points(self) -> int:
        """Points of the training curve as it is drawn."""
        x, _ = self._train.getOriginalDataset()
        return 0 if x is None else len(x)

    @property
    def warning(self) -> str:
        """The warning shown, or ""."""
        return self._strip.text

    def refresh(self, changes: Changes) -> None:
        """Draw what is new."""
        if changes & (Changes.HISTORY | Changes.RUN | Changes.DATA):
            self._draw()
        if changes & Changes.RUN and self._session.running:
            self._strip.clear()

    def _draw(self) -> None:
        bridge = self._session.bridge
        history = bridge.history()
        drawn = (history.epochs, history.first_epoch, len(self._session.earlier))
        if drawn == self._drawn:
            return
        self._drawn = drawn
        run = len(self._session.earlier) + 1
        self._fit(history)
        self.set_caption(
            self.tr("run {run}, epoch {epoch}").format(
                run=run, epoch=format_count(history.first_epoch + history.epochs)
            )
        )
        self._show("train", self._train, history)
        self._show("validation", self._validation, bridge.history(validation=True))
        shown = self._session.earlier[-MOST_EARLIER:]
        for curve, earlier in zip(self._earlier, shown, strict=False):
            curve.setData(*self._positive(*curve_of(earlier)), connect="finite")

    def _fit(self, history: History) -> None:
        """Show the epochs from the first to where the run ends, and room for the words at the end of the lines."""
        epochs = max(1, self._session.project.recipe.epochs)
        done = history.first_epoch + history.epochs
        end = -(-max(done, 1) // epochs) * epochs
        room = max(100, self._plot.width() - AXIS - WORDS)
        words = (done - history.first_epoch) * WORDS / room
        self._plot.setXRange(history.first_epoch, max(end, done + words), padding=0.01)

    def _show(self, name: str, curve: pg.PlotDataItem, history: History) -> None:
        x, y = self._positive(*curve_of(history))
        curve.setData(x, y, connect="finite")
        label = self._labels[name]
        label.setVisible(bool(y.size) and bool(np.isfinite(y[-1])))
        if label.isVisible():
            word = self.tr("train") if name == "train" else self.tr("validation")
            label.setText(f"{word} {format_error(float(y[-1]))}")
            label.setPos(x[-1], np.log10(y[-1]) if self._log.isChecked() else y[-1])

    def _positive(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """On a logarithmic axis an error of 0 is a gap."""
        return (x, np.where(y > 0.0, y, np.nan)) if self._log.isChecked() else (x, y)

    @Slot()
    def _on_log(self) -> None:
        self._plot.getPlotItem().setLogMode(x=False, y=self._log.isChecked())
        self._drawn = (-1, -1, -1)
        self._draw()

    @Slot(str, str)
    def _on_said(self, kind: str, sentence: str) -> None:
        if kind == "warning":
            rate = format_number(self._session.project.recipe.learning_rate / 10)
            remedies = (
                ("slower", self.tr("Begin again with rate {rate}").format(rate=rate)),
                ("reset", self.tr("Reset")),
            )
            self._strip.show_message("warning", sentence[0].upper() + sentence[1:] + ".", remedies)

    @Slot(str)
    def _on_remedy(self, name: str) -> None:
        self._strip.clear()
        if name == "slower":
            rate = self._session.project.recipe.learning_rate / 10
            self._session.edit(edits.set_recipe, learning_rate=float(f"{rate:.3g}"), initiator=self)
        self._session.reset()
        if name == "slower":
            self._session.run()
