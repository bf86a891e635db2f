"""Text in one of the tones of the window."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import BODY

Tone = Literal["value", "label", "caption", "error"]


class Label(QLabel):
    """A label whose colour follows the theme: the style sheet knows the tones.

    With ``elided`` it gives way when room is short and ends in "…".
    """

    def __init__(
        self,
        text: str = "",
        *,
        tone: Tone = "value",
        size: float = BODY,
        weight: QFont.Weight = QFont.Weight.Normal,
        elided: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._elided = elided
        self.setProperty("tone", tone)
        self.setFont(ui_font(size, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """Return the whole text, or next to nothing where it may be elided."""
        hint = super().minimumSizeHint()
        return QSize(0, hint.height()) if self._elided else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, shortened if it has to be."""
        metrics = QFontMetrics(self.font())
        if not self._elided or metrics.horizontalAdvance(self.text()) <= self.width():
            super().paintEvent(event)
            return
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment(), shown)
