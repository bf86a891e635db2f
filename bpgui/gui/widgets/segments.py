"""A row of words of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CONTROL_RADIUS, FIELD_HEIGHT
from bpgui.gui.widgets.paint import rounded, smooth

_PADDING = 10.0


class Segments(QWidget):
    """Entries given as (name, label, help); ``chosen`` tells the name. Arrow keys move on."""

    chosen = Signal(str)

    def __init__(self, entries: Sequence[tuple[str, str, str]], label: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all = self._entries = tuple(entries)
        self._value = self._entries[0][0]
        self.setAccessibleName(label)
        self.setFixedHeight(FIELD_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.value = self._value

    def show_only(self, names: Sequence[str]) -> None:
        """Offer these of the entries; where the chosen one is none of them the first is chosen."""
        self._entries = tuple(entry for entry in self._all if entry[0] in names)
        if self._value not in names:
            self.value = self._entries[0][0]
        self.updateGeometry()
        self.update()

    @property
    def value(self) -> str:
        """The name of the chosen entry."""
        return self._value

    @value.setter
    def value(self, name: str) -> None:
        label = next(label for known, label, _ in self._entries if known == name)
        self._value = name
        self.setAccessibleDescription(label)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room that all words take."""
        return QSize(round(sum(self._widths())) + 4, FIELD_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the same: words are never clipped."""
        return self.sizeHint()

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return what the focus ring goes around."""
        return QRectF(self.rect()), CONTROL_RADIUS

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the word under the pointer."""
        found = self._at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._choose(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the next or the last word."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        names = [name for name, _, _ in self._entries]
        self._choose(min(max(names.index(self._value) + step, 0), len(names) - 1))

    def event(self, event: QEvent) -> bool:
        """Show the help of the word under the pointer."""
        if event.type() == QEvent.Type.ToolTip:
            found = self._at(event.pos().x())  # type: ignore[attr-defined]  # a QHelpEvent
            if found is not None:
                QToolTip.showText(event.globalPos(), self._entries[found][2], self)  # type: ignore[attr-defined]
            return True
        return super().event(event)

    def _choose(self, index: int) -> None:
        name = self._entries[index][0]
        if name != self._value:
            self.value = name
            self.chosen.emit(name)

    def _widths(self) -> list[float]:
        metrics = QFontMetricsF(ui_font(BODY, QFont.Weight.DemiBold))
        return [metrics.horizontalAdvance(label) + 2 * _PADDING for _, label, _ in self._entries]

    def _at(self, x: float) -> int | None:
        left = 2.0
        for index, width in enumerate(self._widths()):
            if left <= x < left + width:
                return index
            left += width
        return None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the trough and the words, the chosen one raised."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        rounded(painter, QRectF(self.rect()), CONTROL_RADIUS, theme.surface2, theme.border)
        left = 2.0
        for (name, label, _), width in zip(self._entries, self._widths(), strict=True):
            place = QRectF(left, 2, width, self.height() - 4)
            if name == self._value:
                rounded(painter, place, CONTROL_RADIUS - 1, theme.field, theme.border2)
            painter.setFont(ui_font(BODY, QFont.Weight.DemiBold if name == self._value else QFont.Weight.Normal))
            painter.setPen(QColor(theme.text if name == self._value else theme.text2))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, label)
            left += width
