"""The small panel beside the selected connection or bias: its value, to be typed or stepped, and the scissors."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BAR, CONTROL_RADIUS
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.number_field import refusal_line
from bpgui.gui.widgets.paint import rounded, smooth

STEP = 0.01
_LARGE_STEP, _SMALL_STEP = 0.1, 0.001
_NOTCH = 120.0  # of a wheel, in Qt's units
_FRAME_WIDTH, _FRAME_HEIGHT = 112, 28
_ARROW_WIDTH = 20
_MARGIN = 5
_SHADOW = 3  # the panel floats over the drawing
_AWAY = 14.0  # from the pointer
_EDGE = 4.0  # from the edge of the canvas


def step_size(modifiers: Qt.KeyboardModifier) -> float:
    """Return how far one notch of the wheel, or one arrow key, moves a weight."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return _LARGE_STEP
    return _SMALL_STEP if modifiers & Qt.KeyboardModifier.AltModifier else STEP


def wheel_notches(event: QWheelEvent) -> float:
    """Return how many notches the wheel was turned; with Alt the turn comes as one to the side."""
    turned = event.angleDelta()
    return (turned.y() or turned.x()) / _NOTCH


class ValueField(QLineEdit):
    """The line in which the value is typed."""

    stepped = Signal(float)
    entered = Signal()
    left = Signal()
    dropped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("bare", True)
        self.setFont(ui_font(BAR, QFont.Weight.DemiBold))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the frame around field and arrows for the focus ring."""
        return QRectF(-self.x(), -self.y(), _FRAME_WIDTH, _FRAME_HEIGHT), CONTROL_RADIUS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with Up and Down, restore with Esc, enter with Enter."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(step_size(event.modifiers()) * (1 if key == Qt.Key.Key_Up else -1))
        elif key == Qt.Key.Key_Escape:
            self.dropped.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell when the keyboard goes elsewhere."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class _Arrow(QAbstractButton):
    """Half of the pair of arrows at the right end of the field."""

    def __init__(self, up: bool, label: str) -> None:
        super().__init__()
        self._up = up
        self.setFixedSize(_ARROW_WIDTH, _FRAME_HEIGHT // 2 - 1)
        self.setAccessibleName(label)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAutoRepeat(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the chevron."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        painter.setPen(QPen(QColor(theme.accent if self.underMouse() else theme.text2), 1.4))
        point = 1.6 if self._up else -1.6
        centre = QPointF(self.width() / 2, self.height() / 2 + point / 2)
        ends = QPointF(-3.2, point), QPointF(0.0, -point), QPointF(3.2, point)
        painter.drawPolyline(QPolygonF([centre + end for end in ends]))


class _Frame(QWidget):
    """The outline around field and arrows."""

    def __init__(self, field: ValueField, arrows: tuple[_Arrow, _Arrow]) -> None:
        super().__init__()
        self.invalid = False
        self.setFixedSize(_FRAME_WIDTH, _FRAME_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 1, 3, 1)
        row.setSpacing(2)
        row.addWidget(field)
        column = QVBoxLayout()
        column.setSpacing(0)
        for arrow in arrows:
            column.addWidget(arrow)
        row.addLayout(column)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it in the colour of an error where the value was refused."""
        theme = current_theme(self)
        line = theme.error if self.invalid else theme.border2
        rounded(smooth(QPainter(self)), QRectF(self.rect()), CONTROL_RADIUS, theme.field, line)


class InlineEditor(QWidget):
    """Shows and sets what is selected. The value follows training until something is typed.

    ``done`` says that the keyboard belongs to the canvas again.
    """

    done = Signal()

    def __init__(self, selected: Selected, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._selected = selected
        self._shown: int | None = None  # the key
        self.field = ValueField()
        self.field.stepped.connect(self.step)
        self.field.dropped.connect(self._drop)
        self.field.entered.connect(self._enter)
        self.field.left.connect(self._leave)
        self.up, self.down = _Arrow(True, self.tr("more")), _Arrow(False, self.tr("less"))
        self.up.clicked.connect(self._step_up)
        self.down.clicked.connect(self._step_down)
        self.scissors = IconButton("scissors", self.tr("Cut this connection (Del)"))
        self.scissors.clicked.connect(self.cut)
        self.restorer = Button(self.tr("Restore"), icon_name="undo-2", kind="link")
        self.restorer.setToolTip(self.tr("Bring this connection back with the weight it had (Shift+Del)"))
        self.restorer.clicked.connect(self.restore)
        for button in (self.scissors, self.restorer):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._frame = _Frame(self.field, (self.up, self.down))
        self._refusal = refusal_line()
        row = QHBoxLayout()
        row.setSpacing(3)
        for part in (self._frame, self.scissors, self.restorer):
            row.addWidget(part)
        self._column = column = QVBoxLayout(self)
        edge = _MARGIN + _SHADOW
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(4)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        column.addLayout(row)
        column.addWidget(self._refusal)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    @property
    def refusal(self) -> str:
        """Why the last value was refused, "" where it was not."""
        return self._refusal.text()

    def open(self, near: QPointF) -> None:
        """Show what is selected, above a point of the canvas."""
        self.field.setModified(False)
        self.refresh()
        self.show()
        self.place(near)
        self.raise_()

    def place(self, near: QPointF) -> None:
        """Stand above a point, or below it where there is no room above, within the canvas.

        At a bias stand to the left of it where there is room: its neuron is at the right.
        """
        self._column.activate()
        size, area = self.sizeHint(), self._canvas.rect()
        top = near.y() - _AWAY - size.height()
        if top < _EDGE:
            top = near.y() + _AWAY
        left = min(max(near.x() - size.width() / 2, _EDGE), area.width() - size.width() - _EDGE)
        beside = near.x() - _AWAY - size.width()
        if self._selected.is_bias and beside >= _EDGE:
            left, top = beside, near.y() - size.height() / 2
        self.move(round(left), round(min(top, area.height() - size.height() - _EDGE)))

    def refresh(self) -> None:
        """Show what is selected as it is now, unless a person is typing; hide when nothing is."""
        key = self._selected.key
        if key is None:
            self.field.setModified(False)
            self._shown = None
            self.hide()
        elif key != self._shown:
            self.hide()  # selected elsewhere; ``open`` shows it here
            self._shown = key
            self._show_value()
        elif not self.field.isModified():
            self._show_value()

    def _show_value(self) -> None:
        is_cut = self._selected.is_cut
        text = labels.value_text(self._selected.value)
        if self.field.text() != text:
            all_selected = self.field.hasSelectedText()
            self.field.setText(text)
            if all_selected:
                self.field.selectAll()
        self.field.setModified(False)
        self.field.setReadOnly(is_cut)
        self.field.setEnabled(not is_cut)
        self.field.setAccessibleName(self._selected.spoken)
        self.up.setVisible(not is_cut)
        self.down.setVisible(not is_cut)
        self.scissors.setVisible(not is_cut and not self._selected.is_bias)
        self.restorer.setVisible(is_cut)
        self.say("")

    def begin_typing(self, text: str, near: QPointF) -> None:
        """Give the field the keyboard; ``text`` replaces what it shows. Opens near a point where it is hidden."""
        if self.isHidden():
            self.open(near)
        if self._selected.is_cut:
            self.say(self.tr("A cut connection has no weight. Restore it first (Shift+Del)."))
            return
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        if text:
            self.field.insert(text)

    @Slot(float)
    def step(self, by: float) -> None:
        """Move the value; what was typed and not entered goes first."""
        if self.field.isModified() and not self._commit():
            return
        self.say(self._selected.step(by))

    @Slot()
    def cut(self) -> None:
        """Cut the connection."""
        self.say(self._selected.delete())

    @Slot()
    def restore(self) -> None:
        """Restore the connection."""
        self.say(self._selected.restore())

    @Slot()
    def _step_up(self) -> None:
        self.step(STEP)

    @Slot()
    def _step_down(self) -> None:
        self.step(-STEP)

    def _commit(self) -> bool:
        """Set what is typed; tell whether it was accepted."""
        refused = self._selected.set_text(self.field.text())
        if not refused:
            self.field.setModified(False)
            self._show_value()
        self.say(refused)
        return not refused

    @Slot()
    def _enter(self) -> None:
        if not self.field.isModified() or self._commit():
            self.done.emit()

    @Slot()
    def _drop(self) -> None:
        """Show the value again; a second time leave the field."""
        was_typed = self.field.isModified()
        self._show_value()
        if was_typed:
            self.field.selectAll()
        else:
            self.done.emit()

    @Slot()
    def _leave(self) -> None:
        """The keyboard went elsewhere: a valid value is taken, another one is dropped."""
        if self.field.isModified() and not self._commit():
            self._show_value()

    def say(self, refusal: str) -> None:
        """Show why something was refused, "" when nothing is."""
        self._refusal.setText(refusal)
        self._refusal.setVisible(bool(refusal))
        self.field.setAccessibleDescription(refusal)
        self._frame.invalid = bool(refusal)
        self._frame.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move the value."""
        self.step(wheel_notches(event) * step_size(event.modifiers()))
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the panel and its shadow."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        panel = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW - 1, -_SHADOW, -_SHADOW - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for spread in (1.0, 2.5):
            painter.setBrush(QColor(0, 0, 0, 16))
            shade = panel.adjusted(-spread / 2, 0, spread / 2, spread)
            painter.drawRoundedRect(shade, CONTROL_RADIUS + 3, CONTROL_RADIUS + 3)
        rounded(painter, panel, CONTROL_RADIUS + 2, theme.surface, theme.border2)
