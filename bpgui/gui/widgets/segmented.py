"""A row of choices of which one holds: workspaces, what the edges show."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BAR, BODY, FIELD_HEIGHT, TOP_BUTTON_HEIGHT
from bpgui.gui.widgets.paint import rounded, smooth

_RADIUS = 7.0
_INSET = 2
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Segmented(QWidget):
    """Options side by side, given as (value, label); one tab stop, arrow keys choose."""

    chosen = Signal(str)

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._values = [value for value, _ in options]
        self._value = self._values[0]
        self._segments = [_Segment(value, label, large=large) for value, label in options]
        row = QHBoxLayout(self)
        row.setContentsMargins(_INSET, _INSET, _INSET, _INSET)
        row.setSpacing(0)
        for segment in self._segments:
            segment.clicked.connect(self._segment_clicked)
            row.addWidget(segment)
        self.setFixedHeight(TOP_BUTTON_HEIGHT if large else FIELD_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._show_value()

    @property
    def value(self) -> str:
        """The value of the option that holds."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value not in self._values:
            raise ValueError(f"{value!r} is none of the options {self._values}")
        self._value = value
        self._show_value()

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return what the focus ring goes around."""
        return QRectF(self.rect()), _RADIUS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with the arrow keys, Home and End."""
        last = len(self._values) - 1
        here = self._values.index(self._value)
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._choose(self._values[min(max(here + _STEPS[key], 0), last)])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._choose(self._values[0 if key == Qt.Key.Key_Home else last])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bed that the segments lie in."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        rounded(painter, QRectF(self.rect()), _RADIUS, theme.surface2, theme.border)

    @Slot()
    def _segment_clicked(self) -> None:
        segment = self.sender()
        if isinstance(segment, _Segment):
            self._choose(segment.value)

    def _choose(self, value: str) -> None:
        changes = value != self._value
        self.value = value
        if changes:
            self.chosen.emit(value)

    def _show_value(self) -> None:
        for segment in self._segments:
            segment.setChecked(segment.value == self._value)
            if segment.isChecked():
                self.setAccessibleDescription(segment.text())


class _Segment(QAbstractButton):
    def __init__(self, value: str, label: str, *, large: bool) -> None:
        super().__init__()
        self.value = value
        self.setText(label)
        self.setAccessibleName(label)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._size = BAR if large else BODY
        self._padding = 10 if large else 11

    def sizeHint(self) -> QSize:
        """Return the size in the heavier weight, so that choosing moves nothing."""
        metrics = QFontMetricsF(ui_font(self._size, QFont.Weight.DemiBold))
        width = metrics.horizontalAdvance(self.text()) + 2 * self._padding
        return QSize(round(width), FIELD_HEIGHT - 2 * _INSET)

    def minimumSizeHint(self) -> QSize:
        """Return the whole label."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the raised plate of the chosen one, and the label."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        chosen = self.isChecked()
        if chosen:
            rounded(painter, QRectF(self.rect()), _RADIUS - _INSET, theme.plate, theme.border2)
        weight = QFont.Weight.DemiBold if chosen else QFont.Weight.Medium
        painter.setFont(ui_font(self._size, weight))
        painter.setPen(QColor(theme.text if chosen or self.underMouse() else theme.text2))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
