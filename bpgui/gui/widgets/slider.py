"""A slider over a range of numbers, linear or logarithmic."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CONTROL_RADIUS
from bpgui.gui.widgets.paint import smooth
from bpgui.gui.widgets.scale import Scale
from bpgui.number_text import format_number

_TRACK = 3.0
_HANDLE = 13.0
_TICK = 2.0
_PAGE = 5  # strokes that Page Up and Page Down stand for


class ValueSlider(QWidget):
    """A slider with an accent track.

    ``moved`` is emitted while a person drags, ``committed`` once at the end of the act (release, or
    each key and wheel turn), with the value. Values snap to ``step`` from ``minimum``; without a
    step a logarithmic slider gives values of 2 significant digits and shows its decades.
    """

    moved = Signal(float)
    committed = Signal(float)

    def __init__(
        self,
        minimum: float,
        maximum: float,
        *,
        logarithmic: bool = False,
        step: float | None = None,
        label: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._scale = Scale(minimum, maximum, logarithmic=logarithmic, step=step)
        self._value = minimum
        self._value_before_drag: float | None = None
        self.setAccessibleName(label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.value = minimum

    @property
    def value(self) -> float:
        """The number shown; one outside the range stands at its end."""
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        if self._value_before_drag is None:  # a refresh must not pull the handle from the hand
            self._show(value)

    def set_range(self, minimum: float, maximum: float) -> None:
        """Let the linear slider reach from one number to another, unless it is being dragged."""
        if self._value_before_drag is None and (minimum, maximum) != (self._scale.minimum, self._scale.maximum):
            self._scale = Scale(minimum, maximum, logarithmic=self._scale.logarithmic, step=self._scale.step)
            self.update()

    def sizeHint(self) -> QSize:
        """Return the width of the panels' sliders and the height of the handle with its ring."""
        return QSize(106, 20)

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest that can still be aimed at."""
        return QSize(48, 20)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return what the focus ring goes around."""
        return QRectF(self.rect()), CONTROL_RADIUS

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag; the handle jumps to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._value_before_drag = self._value
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._value_before_drag is not None:
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Commit the value where it was let go."""
        before = self._value_before_drag
        if event.button() == Qt.MouseButton.LeftButton and before is not None:
            self._value_before_drag = None
            if self._value != before:
                self.committed.emit(self._value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys, Page Up and Down, Home and End; Esc ends a drag undone."""
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageDown: -_PAGE,
            Qt.Key.Key_PageUp: _PAGE,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._commit(self._scale.stepped(self._value, steps[key]))
        elif key == Qt.Key.Key_Home:
            self._commit(self._scale.minimum)
        elif key == Qt.Key.Key_End:
            self._commit(self._scale.maximum)
        elif key == Qt.Key.Key_Escape and self._value_before_drag is not None:
            self._show(self._value_before_drag)
            self._value_before_drag = None
            self.moved.emit(self._value)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move with the wheel, but only with the keyboard focus: else the panel scrolls."""
        turn = event.angleDelta().y()
        if self.hasFocus() and turn:
            self._commit(self._scale.stepped(self._value, 1 if turn > 0 else -1))
            event.accept()
        else:
            event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw decades, track and handle."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        if not self.isEnabled():
            painter.setOpacity(0.5)
        handle = self._handle()
        left, right, y = _HANDLE / 2, self.width() - _HANDLE / 2, handle.y()
        for decade in self._scale.decades():
            tick = QRectF(self._x_of(decade) - _TICK / 2, y + 5, _TICK, _TICK)
            painter.fillRect(tick, QColor(theme.border2))
        for start, end, colour in (
            (left, right, theme.border2),
            (left, handle.x(), theme.accent),
        ):
            pen = QPen(QColor(colour), _TRACK)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(start, y), QPointF(end, y))
        painter.setPen(QPen(QColor(theme.accent), 2))
        painter.setBrush(QColor(theme.accent_soft if self.underMouse() else theme.surface))
        painter.drawEllipse(handle, _HANDLE / 2 - 1, _HANDLE / 2 - 1)

    def _show(self, value: float) -> None:
        self._value = value
        self.setAccessibleDescription(format_number(value))
        self.update()

    def _drag_to(self, x: float) -> None:
        value = self._scale.value_at((x - _HANDLE / 2) / self._span())
        if value != self._value:
            self._show(value)
            self.moved.emit(value)

    def _commit(self, value: float) -> None:
        if value != self._value:
            self._show(value)
            self.committed.emit(value)

    def _handle(self) -> QPointF:
        return QPointF(self._x_of(self._value), self.height() / 2)

    def _span(self) -> float:
        return max(1.0, self.width() - _HANDLE)

    def _x_of(self, value: float) -> float:
        return _HANDLE / 2 + self._scale.share(value) * self._span()
