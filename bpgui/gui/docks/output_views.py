"""What can be told of outputs where no plane will do: who is taken for whom, how far off, and what one sample gets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, Theme
from bpgui.gui.widgets.paint import smooth
from bpgui.number_text import format_count, format_number

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_CLASSES = 24
"""More have no room for their cells."""
MOST_POINTS, MOST = 5000, 1e100
_NAMES, _LEFT, _LEGEND, _HEAD = 64.0, 44.0, 18.0, 34.0
_BAR, _PITCH = 8.0, 18.0


class ConfusionView(QWidget):
    """How often samples of each class, a row, are told as each class, a column: darker is more of the row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: Integers = np.zeros((0, 0), np.int64)
        self._names: tuple[str, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Confusion matrix"))

    def show_counts(self, counts: Integers, names: tuple[str, ...]) -> None:
        """Draw (K, K) counts: rows are the classes that samples have, columns those that they are told as."""
        self._counts, self._names = counts, names
        told = [f"{name}: {row[i]} / {row.sum()}" for i, (name, row) in enumerate(zip(names, counts, strict=True))]
        self.setAccessibleDescription("; ".join(told))
        self.update()

    def heightForWidth(self, width: int) -> int:
        """The matrix is square, with the names above it."""
        return round(width - _NAMES + _HEAD + 6)

    def sizeHint(self) -> QSize:
        """Return the size in a dock of the usual width."""
        return QSize(310, self.heightForWidth(310))

    def event(self, event: QEvent) -> bool:
        """Tell a cell in words."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row, column = self._cell_at(event.position() if hasattr(event, "position") else event.pos().toPointF())
            text = ""
            if row >= 0:
                text = self.tr("{n} samples of {row} are told as {column}").format(
                    n=format_count(int(self._counts[row, column])), row=self._names[row], column=self._names[column]
                )
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _side(self) -> float:
        return min(self.width() - _NAMES - 1, self.height() - _HEAD - 2) / max(1, len(self._names))

    def _cell_at(self, place: QPointF) -> tuple[int, int]:
        side = self._side()
        row, column = int((place.y() - _HEAD) // side), int((place.x() - _NAMES) // side)
        inside = 0 <= row < len(self._names) and 0 <= column < len(self._names)
        return (row, column) if inside else (-1, -1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw cells, counts and names."""
        theme, side, size = current_theme(self), self._side(), len(self._names)
        with QPainter(self) as painter:
            smooth(painter)
            painter.setFont(ui_font(CAPTION))
            painter.setPen(QColor(theme.muted))
            line = painter.fontMetrics().height()
            painter.drawText(QRectF(_NAMES, 0, side * size, line), Qt.AlignmentFlag.AlignLeft, self.tr("told as"))
            for column, name in enumerate(self._names):
                shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(side - 2))
                place = QRectF(_NAMES + column * side, line, side, _HEAD - line - 2)
                painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, shown)
            for row in range(size):
                total = max(1, int(self._counts[row].sum()))
                self._write_name(painter, theme, row, side)
                for column in range(size):
                    cell = QRectF(_NAMES + column * side, _HEAD + row * side, side, side)
                    self._paint_cell(painter, theme, cell, int(self._counts[row, column]), total, row == column)

    def _write_name(self, painter: QPainter, theme: Theme, row: int, side: float) -> None:
        painter.setPen(QColor(theme.text2))
        name = painter.fontMetrics().elidedText(self._names[row], Qt.TextElideMode.ElideRight, int(_NAMES - 8))
        place = QRectF(0, _HEAD + row * side, _NAMES - 6, side)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_cell(self, painter: QPainter, theme: Theme, cell: QRectF, count: int, total: int, right: bool) -> None:
        painter.fillRect(cell, QColor(theme.surface2))
        if not count:
            return
        share = count / total
        ink = QColor(theme.ok if right else theme.error)
        ink.setAlphaF(0.15 + 0.75 * share)
        painter.fillRect(cell, ink)
        text = format_count(count)
        if ui_width(text, CAPTION, QFont.Weight.Medium) <= cell.width() - 2:
            painter.setFont(ui_font(CAPTION, QFont.Weight.Medium))
            painter.setPen(QColor(theme.text))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
            painter.setFont(ui_font(CAPTION))


class ResidualView(QWidget):
    """What the network says against what is wanted: on the line it is right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted: Floats = np.empty(0)
        self._said: Floats = np.empty(0)
        self._held_out: NDArray[np.bool_] = np.empty(0, np.bool_)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Outputs against targets"))

    def show_samples(self, wanted: Floats, said: Floats, held_out: NDArray[np.bool_]) -> None:
        """Draw samples, (n,) each."""
        # Just before it diverges a network may say anything; the ends of the axes have to stay numbers.
        self._wanted, self._said, self._held_out = wanted, np.clip(np.nan_to_num(said), -MOST, MOST), held_out
        self.update()

    def heightForWidth(self, width: int) -> int:
        """The plot is square."""
        return round(width - _LEFT + _LEGEND)

    def sizeHint(self) -> QSize:
        """Return the size in a dock of the usual width."""
        return QSize(310, self.heightForWidth(310))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line, the samples and the ends of the axes."""
        if not self._wanted.size:
            return
        theme = current_theme(self)
        side = min(self.width() - _LEFT - 2, self.height() - _LEGEND - 2)
        area = QRectF(_LEFT, 1, side, side)
        low = float(min(self._wanted.min(), self._said.min()))
        high = float(max(self._wanted.max(), self._said.max()))
        low, high = (low, high) if low < high else (low - 1.0, high + 1.0)
        with QPainter(self) as painter:
            smooth(painter)
            painter.fillRect(area, QColor(theme.canvas))
            painter.setPen(QPen(QColor(theme.border2), 1))
            painter.drawRect(area)
            painter.drawLine(area.bottomLeft(), area.topRight())
            painter.setPen(Qt.PenStyle.NoPen)
            x = area.left() + (self._wanted[:MOST_POINTS] - low) / (high - low) * side
            y = area.bottom() - (self._said[:MOST_POINTS] - low) / (high - low) * side
            for left, top, held_out in zip(x.tolist(), y.tolist(), self._held_out.tolist(), strict=False):
                painter.setBrush(QColor(theme.validation if held_out else theme.train))
                if held_out:
                    painter.drawRect(QRectF(left - 2.3, top - 2.3, 4.6, 4.6))
                else:
                    painter.drawEllipse(QPointF(left, top), 2.6, 2.6)
            self._write(painter, theme, area, low, high)

    def _write(self, painter: QPainter, theme: Theme, area: QRectF, low: float, high: float) -> None:
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        for text, place, side in (
            (format_number(float(f"{high:.3g}")), QRectF(0, area.top(), _LEFT - 6, 16), right),
            (format_number(float(f"{low:.3g}")), QRectF(0, area.bottom() - 16, _LEFT - 6, 16), right),
            ("ŷ", QRectF(0, area.center().y() - 8, _LEFT - 6, 16), right),
            (format_number(float(f"{low:.3g}")), QRectF(area.left(), area.bottom() + 3, 90, 14), left),
            (format_number(float(f"{high:.3g}")), QRectF(area.right() - 90, area.bottom() + 3, 90, 14), right),
            (self.tr("target"), area.adjusted(0, area.height() + 3, 0, 17), Qt.AlignmentFlag.AlignHCenter),
        ):
            painter.drawText(place, side, text)


class SampleView(QWidget):
    """What each output says of one sample, as a bar; the wanted class is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: Floats = np.empty(0)
        self._names: list[str] = []
        self._right = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Outputs for the sample"))

    def show_outputs(self, said: Floats, names: list[str], right: int) -> None:
        """Draw (K,) outputs; ``right`` is the one that should be largest, -1 for none."""
        count = min(len(names), MOST_CLASSES)
        self._said, self._names, self._right = np.nan_to_num(said[:count]), names[:count], right
        self.setAccessibleDescription("; ".join(f"{n} {v:.3f}" for n, v in zip(self._names, self._said, strict=True)))
        self.setFixedHeight(round(_PITCH * count + 4))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw names, bars and numbers."""
        theme = current_theme(self)
        reach = max(1e-12, float(np.abs(self._said).max(initial=0.0)))
        low = min(0.0, float(self._said.min(initial=0.0))) / reach
        room = self.width() - _NAMES - 52.0
        zero = _NAMES + room * (-low) / (1.0 - low)
        with QPainter(self) as painter:
            smooth(painter)
            for row, (name, value) in enumerate(zip(self._names, self._said.tolist(), strict=True)):
                line = QRectF(0, row * _PITCH, self.width(), _PITCH)
                weight = QFont.Weight.DemiBold if row == self._right else QFont.Weight.Normal
                painter.setFont(ui_font(CAPTION, weight))
                painter.setPen(QColor(theme.text if row == self._right else theme.text2))
                shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(_NAMES - 8))
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(0, line.top(), _NAMES - 6, _PITCH), right, shown)
                length = room * value / reach / (1.0 - low)
                bar = QRectF(zero, line.center().y() - _BAR / 2, length, _BAR).normalized()
                painter.fillRect(bar, QColor(theme.positive if value >= 0.0 else theme.negative))
                painter.drawText(line.adjusted(0, 0, -2, 0), right, f"{value:.3f}".replace("-", "−"))
