"""A small line without axes: the trend of a number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.theme.theme import current_theme
from bpgui.gui.widgets.paint import smooth

_LINE = 1.25


class Sparkline(QWidget):
    """The line through the values given, in the training colour, scaled to their own range."""

    def __init__(self, *, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: npt.NDArray[np.float64] = np.empty(0)
        self.setAccessibleName(label)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_values(self, values: npt.ArrayLike) -> None:
        """Show ``values``, (n,) real; those that are not finite are left out."""
        array = np.asarray(values, dtype=np.float64)
        self._values = array[np.isfinite(array)]
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the trend in the top bar."""
        return QSize(34, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line; nothing for fewer than two values."""
        if len(self._values) < 2:
            return
        low, high = float(self._values.min()), float(self._values.max())
        xs = np.linspace(_LINE, self.width() - _LINE, len(self._values))
        share = (self._values - low) / (high - low) if high > low else np.full(len(xs), 0.5)
        ys = (self.height() - _LINE) - share * (self.height() - 2 * _LINE)
        painter = smooth(QPainter(self))
        painter.setPen(QPen(QColor(current_theme(self).train), _LINE))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(xs, ys, strict=True)]))
