"""Text in one of the tones of the window."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import BODY

STEP = 12
"""Logical pixels by which a steady label grows."""

Tone = Literal["value", "label", "caption", "error"]


class Label(QLabel):
    """A label whose colour follows the theme: the style sheet knows the tones.

    With ``elided`` it takes the room that is there, and ends in "…" where that is short. It then keeps its text to
    itself: Qt would lay the whole window out anew for each one, and while training there are ten a second.
    ``steady`` is for numbers that change as often: it keeps its width while they fit.
    """

    def __init__(
        self,
        text: str = "",
        *,
        tone: Tone = "value",
        size: float = BODY,
        weight: QFont.Weight = QFont.Weight.Normal,
        elided: bool = False,
        steady: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("" if elided else text, parent)
        self._elided = elided
        self._steady = steady
        self._own = ""
        if elided:
            self.setText(text)
        self.setProperty("tone", tone)
        self.setFont(ui_font(size, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)

    def text(self) -> str:
        """Return the text."""
        return self._own if self._elided else super().text()

    def setText(self, text: str) -> None:
        """Show another text."""
        if text == self.text():
            return
        if not self._elided:
            super().setText(text)
            if self._steady:
                self._keep_size()
            return
        self._own = text
        self.setAccessibleName(text)
        self.update()

    def _keep_size(self) -> None:
        """Take another width only where the text is wider, or much narrower: Qt asks nobody about what is fixed."""
        needed = QFontMetrics(self.font()).horizontalAdvance(self.text()) + 2
        if not self.width() - 2 * STEP < needed <= self.width() or self.minimumWidth() != self.maximumWidth():
            self.setFixedSize(-(-needed // STEP) * STEP, super().sizeHint().height())

    def clear(self) -> None:
        """Show nothing."""
        self.setText("")

    def sizeHint(self) -> QSize:
        """Return the whole text, or a line of any width where it may be elided."""
        hint = super().sizeHint()
        return QSize(hint.width(), QFontMetrics(self.font()).height()) if self._elided else hint

    def minimumSizeHint(self) -> QSize:
        """Return the whole text, or next to nothing where it may be elided."""
        return QSize(0, self.sizeHint().height()) if self._elided else super().minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, shortened if it has to be."""
        if not self._elided:
            super().paintEvent(event)
            return
        room = self.contentsRect()
        shown = QFontMetrics(self.font()).elidedText(self._own, Qt.TextElideMode.ElideRight, room.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, self.alignment(), shown)
