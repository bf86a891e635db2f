"""What tests of widgets do with them, and how they look at them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot


def show(qtbot: QtBot, widget: QWidget) -> None:
    """Show ``widget`` as the active window."""
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)


def window_of(qtbot: QtBot, *widgets: QWidget) -> QWidget:
    """Show ``widgets`` below each other; the window lives as long as the caller keeps it."""
    window = QWidget()
    column = QVBoxLayout(window)
    for widget in widgets:
        column.addWidget(widget)
    show(qtbot, window)
    return window


def turn_wheel(widget: QWidget, notches: int) -> bool:
    """Turn the wheel over the middle of a widget; tell whether the widget took it."""
    centre = QPointF(widget.rect().center())
    event = QWheelEvent(
        centre,
        widget.mapToGlobal(centre),
        QPoint(0, 0),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def emitted(spy: QSignalSpy) -> list[object]:
    """Return the first argument of every emission."""
    return [spy.at(each)[0] for each in range(spy.count())]


def colour_at(widget: QWidget, x: int, y: int) -> str:
    """Return the colour at a logical pixel, whatever the scale of the screen."""
    image = widget.grab().toImage()
    scale = image.devicePixelRatio()
    return QColor(image.pixelColor(int((x + 0.5) * scale), int((y + 0.5) * scale))).name().upper()


def colours_in(image: QImage) -> set[str]:
    """Return every opaque colour of an image."""
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }
