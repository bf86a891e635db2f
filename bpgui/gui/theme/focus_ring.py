"""The focus ring: 2 px of accent outside a 1 px gap, around whatever control has the keyboard.

A style sheet cannot paint outside its widget, so the ring is a widget of its own that lies over
the focused control and follows it. It appears with the keyboard, not with a click, except around
text fields.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from shiboken6 import isValid

from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CONTROL_RADIUS

_GAP = 1.0
_WIDTH = 2.0
_REACH = 3  # gap and ring together, whole pixels
_PLAIN_CONTROLS = (QAbstractButton, QComboBox, QLineEdit)


@runtime_checkable
class FocusShaped(Protocol):
    """A painted control that tells what the ring goes around."""

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the rectangle, in the control's own coordinates, and its corner radius."""


class FocusRings(QObject):
    """Shows the one focus ring of an application; owned by the application."""

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        application.focusChanged.connect(self._focus_moved)

    @Slot(QWidget, QWidget)
    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and isinstance(new, (FocusShaped, *_PLAIN_CONTROLS)):
            FocusRing(new, self._application)


class FocusRing(QWidget):
    """The ring around one control; it goes when the control loses the keyboard."""

    def __init__(self, control: QWidget, application: QApplication) -> None:
        self._control = control
        self._host = _host(control)
        super().__init__(self._host)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched = _chain(control, self._host)
        for widget in self._watched:
            widget.installEventFilter(self)
        application.focusChanged.connect(self._focus_moved)
        clicked = QApplication.mouseButtons() != Qt.MouseButton.NoButton
        if not clicked or isinstance(control, QLineEdit):
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the control: moved, resized, hidden, typed in, left for a popup."""
        kind = event.type()
        if kind in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._follow()
        elif watched is self._control and kind == QEvent.Type.KeyPress:
            self._place()  # focus came by a click, and now the keyboard is used
        elif kind == QEvent.Type.Hide or (watched is self._control and kind == QEvent.Type.FocusOut):
            self.hide()
        elif watched is self._control and kind == QEvent.Type.FocusIn:
            self._place()  # back from a popup or from another window
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw gap and ring."""
        theme = current_theme(self)
        rect, radius = _shape(self._control)
        rect.translate(self.mapFromGlobal(self._control.mapToGlobal(QPoint(0, 0))))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for width, colour, out in (
            (_GAP, theme.surface, _GAP / 2),
            (_WIDTH, theme.accent, _GAP + _WIDTH / 2),
        ):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRoundedRect(rect.adjusted(-out, -out, out, out), radius + out, radius + out)

    def _place(self) -> None:
        self._follow()
        self.raise_()
        self.show()

    def _follow(self) -> None:
        shape, _ = _shape(self._control)
        around = shape.toAlignedRect().adjusted(-_REACH, -_REACH, _REACH, _REACH)
        around.translate(self._control.mapTo(self._host, QPoint(0, 0)))
        self.setGeometry(around)
        self.update()

    @Slot(QWidget, QWidget)
    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is self._control:
            return
        for widget in self._watched:
            if isValid(widget):  # a page may have been replaced with the focus in it
                widget.removeEventFilter(self)
        self._watched = []
        self.hide()
        self.deleteLater()


def _shape(control: QWidget) -> tuple[QRectF, float]:
    if isinstance(control, FocusShaped):
        return control.focus_shape()
    return QRectF(control.rect()), CONTROL_RADIUS


def _host(control: QWidget) -> QWidget:
    """Return the widget to lie on: the page of the nearest scroll area (it clips), or the window."""
    widget = control
    while not widget.isWindow() and (parent := widget.parentWidget()) is not None:
        if isinstance(parent.parentWidget(), QAbstractScrollArea):
            return widget if widget is not control else parent
        widget = parent
    return widget


def _chain(control: QWidget, host: QWidget) -> list[QWidget]:
    chain = [control]
    while (parent := chain[-1].parentWidget()) is not None and parent is not host:
        chain.append(parent)
    return chain
