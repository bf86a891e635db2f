"""A number of the top bar: a caption over a value."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, COUNTER

_CAPTION_HEIGHT = 14
_VALUE_HEIGHT = 20


class Counter(QWidget):
    """Caption and value, as wide as ``widest`` from the start, so that nothing beside it jumps."""

    def __init__(self, caption: str, widest: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = caption
        self._widest = widest
        self._text = "–"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(caption)

    @property
    def caption(self) -> str:
        """The small line over the value."""
        return self._caption

    @caption.setter
    def caption(self, caption: str) -> None:
        if caption != self._caption:
            self._caption = caption
            self.setAccessibleName(caption)
            self.update()

    @property
    def text(self) -> str:
        """The value as it is written."""
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room of the widest value."""
        value = QFontMetricsF(_value_font()).horizontalAdvance(self._widest)
        caption = QFontMetricsF(ui_font(CAPTION)).horizontalAdvance(self._caption)
        return QSize(round(max(value, caption)) + 2, _CAPTION_HEIGHT + _VALUE_HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw both lines."""
        theme = current_theme(self)
        painter = QPainter(self)
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, 0, self.width(), _CAPTION_HEIGHT), align, self._caption)
        painter.setFont(_value_font())
        painter.setPen(QColor(theme.text))
        value = QRectF(0, _CAPTION_HEIGHT, self.width(), _VALUE_HEIGHT)
        painter.drawText(value, align, self._text)


def _value_font() -> QFont:
    return ui_font(COUNTER, QFont.Weight.DemiBold)
