"""− n +: a small whole number that is stepped or typed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CONTROL_RADIUS
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.number_text import format_count, parse_whole

_HEIGHT = 24
_BUTTON_WIDTH = 16
_ICON = 11


class Stepper(QWidget):
    """A whole number with − and + beside it.

    It shows what ``value`` was last set to and only asks: ``stepped`` carries the number a person
    wants, clamped to the range, and whoever owns the number answers by setting ``value``. A typed
    text that is no whole number goes back to the value.
    """

    stepped = Signal(int)

    def __init__(self, minimum: int, maximum: int, *, label: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._less = _StepButton("minus", self.tr("fewer"))
        self._more = _StepButton("plus", self.tr("more"))
        self._number = _Number(self)
        self._number.setAccessibleName(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 0, 3, 0)
        row.setSpacing(0)
        for part in (self._less, self._number, self._more):
            row.addWidget(part)
        self._less.clicked.connect(self._ask_less)
        self._more.clicked.connect(self._ask_more)
        self._number.editingFinished.connect(self._ask_typed)
        self._value = minimum
        self.set_range(minimum, maximum)

    def set_range(self, minimum: int, maximum: int) -> None:
        """Let the numbers lie in another range; there is room for the longest."""
        self._minimum, self._maximum = minimum, maximum
        digits = QFontMetricsF(self._number.font()).horizontalAdvance(format_count(maximum))
        self.setFixedSize(max(60, round(digits) + 2 * _BUTTON_WIDTH + 8), _HEIGHT)
        self.value = min(max(self._value, minimum), maximum)

    @property
    def field(self) -> QLineEdit:
        """Where the number is typed."""
        return self._number

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Let the person type; see NumberField."""
        self._number.setFocus(reason)

    @property
    def value(self) -> int:
        """The number shown."""
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        if value != self._value or not self._number.isModified():
            self._number.setText(format_count(value))  # not over what is being typed
        self._value = value
        self._less.setEnabled(value > self._minimum)
        self._more.setEnabled(value < self._maximum)

    def ask(self, value: int) -> None:
        """Ask for ``value``, clamped to the range, unless it is the one shown."""
        value = min(max(value, self._minimum), self._maximum)
        if value != self._value:
            self.stepped.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step with the wheel, but only with the keyboard focus: else the panel scrolls."""
        turn = event.angleDelta().y()
        if self._number.hasFocus() and turn:
            self.ask(self._value + (1 if turn > 0 else -1))
            event.accept()
        else:
            event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame around the three parts."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        rounded(painter, QRectF(self.rect()), CONTROL_RADIUS, theme.field, theme.border2)

    @Slot()
    def _ask_less(self) -> None:
        self.ask(self._value - 1)

    @Slot()
    def _ask_more(self) -> None:
        self.ask(self._value + 1)

    @Slot()
    def _ask_typed(self) -> None:
        if not self._number.isModified():
            return
        try:
            typed = parse_whole(self._number.text())
        except ValueError:
            typed = self._value
        self._number.setText(format_count(self._value))
        self.ask(typed)


class _Number(QLineEdit):
    """The typed number; the arrow keys step, Esc restores."""

    def __init__(self, stepper: Stepper) -> None:
        super().__init__()
        self._stepper = stepper
        self.setProperty("bare", True)
        self.setFont(ui_font(BODY, QFont.Weight.DemiBold))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the frame of the whole stepper for the focus ring."""
        frame = QRectF(self._stepper.rect())
        frame.translate(-self.pos())
        return frame, CONTROL_RADIUS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with Up and Down, restore with Esc."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._stepper.ask(self._stepper.value + (1 if key == Qt.Key.Key_Up else -1))
        elif key == Qt.Key.Key_Escape:
            self.setText(format_count(self._stepper.value))
            self.selectAll()
        else:
            super().keyPressEvent(event)


class _StepButton(QAbstractButton):
    def __init__(self, icon_name: str, label: str) -> None:
        super().__init__()
        self._icon_name = icon_name
        self.setAccessibleName(label)
        self.setFixedSize(_BUTTON_WIDTH, _HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAutoRepeat(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the sign, fainter where there is no further step."""
        theme = current_theme(self)
        colour = theme.text2
        if not self.isEnabled():
            colour = theme.border2
        elif self.underMouse():
            colour = theme.accent
        left, top = (self.width() - _ICON) // 2, (self.height() - _ICON) // 2
        painter = QPainter(self)
        icon(self._icon_name, colour, _ICON).paint(painter, left, top, _ICON, _ICON)
