"""A switch: on or off at once, with an optional label at its right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY
from bpgui.gui.widgets.buttons import press_on_enter
from bpgui.gui.widgets.paint import rounded, smooth

_WIDTH, _HEIGHT, _KNOB = 28.0, 16.0, 12.0
_GAP = 8.0


class Switch(QAbstractButton):
    """A painted checkable button.

    Its signal for what a person did is ``clicked(bool)``, which ``setChecked`` does not emit.
    """

    def __init__(self, label: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(label)
        self.setCheckable(True)
        self.setFont(ui_font(BODY, QFont.Weight.Medium))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return what the focus ring goes around."""
        return self._track(), _HEIGHT / 2

    def sizeHint(self) -> QSize:
        """Track, gap and label."""
        width = _WIDTH
        if self.text():
            width += _GAP + QFontMetricsF(self.font()).horizontalAdvance(self.text()) + 1
        return QSize(round(width), 20)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter switches."""
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track, knob and label."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        if not self.isEnabled():
            painter.setOpacity(0.5)
        on = self.isChecked()
        off = theme.muted if self.underMouse() else theme.border2
        track = self._track()
        rounded(painter, track, _HEIGHT / 2, theme.accent if on else off, "", 0)
        inset = (_HEIGHT - _KNOB) / 2
        left = track.right() - inset - _KNOB if on else track.left() + inset
        knob = QRectF(left, track.top() + inset, _KNOB, _KNOB)
        rounded(painter, knob, _KNOB / 2, theme.on_accent if on else theme.surface, "", 0)
        painter.setPen(QColor(theme.text2))
        label = QRectF(self.rect()).adjusted(_WIDTH + _GAP, 0, 0, 0)
        painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, self.text())

    def _track(self) -> QRectF:
        return QRectF(0, (self.height() - _HEIGHT) / 2, _WIDTH, _HEIGHT)
