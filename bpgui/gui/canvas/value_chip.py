"""The chip beside the pointer: name and value of what it points at."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY
from bpgui.gui.widgets.paint import rounded, smooth

_HEIGHT, _PADDING, _GAP = 24, 10.0, 8.0
_AWAY = 12  # from the pointer


class ValueChip(QWidget):
    """Lies over the canvas and lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.name = ""
        self.value = ""
        self._name_font = ui_font(BODY)
        self._value_font = ui_font(BODY, QFont.Weight.DemiBold)
        self.hide()

    def set_text(self, name: str, value: str) -> None:
        """Say this from now on."""
        self.name, self.value = name, value
        width = self._name_width() + QFontMetricsF(self._value_font).horizontalAdvance(value)
        self.resize(QSize(round(width + 2 * _PADDING + _GAP), _HEIGHT))
        self.update()

    def show_at(self, pointer: QPointF, covers_tile: Callable[[QRectF], bool]) -> None:
        """Appear above the pointer, or beside or below it where it would cover a neuron there."""
        area = self._canvas.rect()
        half, x, y = self.width() // 2, round(pointer.x()), round(pointer.y())
        above, below = y - _AWAY - _HEIGHT, y + 2 * _AWAY
        corners = [(x - half, above), (x + _AWAY, above), (x - _AWAY - self.width(), above), (x - half, below)]
        rects = [QRect(left, top, self.width(), _HEIGHT) for left, top in corners]
        fitting = [rect for rect in rects if area.contains(rect)] or rects[:1]
        free = [rect for rect in fitting if not covers_tile(QRectF(rect))]
        self.setGeometry((free or fitting)[0])
        self.show()
        self.raise_()

    def _name_width(self) -> float:
        return QFontMetricsF(self._name_font).horizontalAdvance(self.name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name and value."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        rounded(painter, QRectF(self.rect()), _HEIGHT / 2, theme.surface, theme.border2)
        inner = QRectF(self.rect()).adjusted(_PADDING, 0, -_PADDING, 0)
        painter.setFont(self._name_font)
        painter.setPen(QColor(theme.text2))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.name)
        painter.setFont(self._value_font)
        painter.setPen(QColor(theme.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self.value)
