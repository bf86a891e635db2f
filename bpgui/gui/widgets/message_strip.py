"""A strip that says something where it happened, instead of a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CONTROL_RADIUS, PADDING
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.paint import rounded, smooth

Kind = Literal["info", "warning", "error"]

_ICONS = {"info": "info", "warning": "triangle-alert", "error": "triangle-alert"}
_ICON = 16
_LEFT, _EDGE = PADDING + _ICON + 8, 4
_LINES_BESIDE = 2
"""Lines that the text may take beside its buttons."""


class MessageStrip(QWidget):
    """Icon, text, action buttons and a cross; hidden until there is a message."""

    acted = Signal(str)
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "info"
        self._text = Label()
        self._text.setFont(ui_font(prose=True))
        self._text.setWordWrap(True)
        self._buttons: list[_Action] = []
        self._close = IconButton("x", self.tr("Dismiss"), size=14)
        self._close.clicked.connect(self._dismiss)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(_LEFT, _EDGE, _EDGE, _EDGE)
        rows.setSpacing(0)
        self._row, self._below = QHBoxLayout(), QHBoxLayout()
        for row in (self._row, self._below):
            row.setSpacing(4)
            rows.addLayout(row)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self._below.addStretch(1)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """The message shown, "" when there is none."""
        return self._text.text()

    @property
    def message(self) -> tuple[str, list[tuple[str, str]]]:
        """The message shown with its actions, as they were given; "" and none when there is none."""
        return self.text, [(button.name, button.text()) for button in self._buttons] if self.text else []

    def show_message(self, kind: Kind, text: str, actions: Sequence[tuple[str, str]] = ()) -> None:
        """Say ``text``, with a button for each (name, label); ``acted`` carries the name."""
        self._kind = kind
        self._text.setText(text)
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [_Action(name, label) for name, label in actions]
        for button in self._buttons:
            button.clicked.connect(self._act)
        self._arrange()
        self.setVisible(True)
        self.update()
        self.setAccessibleName(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def clear(self) -> None:
        """Take the message away."""
        self._text.clear()
        self.setVisible(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the text needs at this width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the buttons beside the text, or below where that would take many lines, and let nothing lie on it: what
        a layout asks of a panel does not count the lines of what it wraps."""
        room, gap = self.width() - _LEFT - _EDGE, self._row.spacing()
        room -= self._close.sizeHint().width() + gap + sum(each.sizeHint().width() + gap for each in self._buttons)
        lines = self._text.heightForWidth(max(1, room)) / self._text.fontMetrics().lineSpacing()
        is_below = lines > _LINES_BESIDE
        for place, button in enumerate(self._buttons):
            if is_below:
                self._below.insertWidget(place, button)
            else:
                self._row.insertWidget(1 + place, button)
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))  # -1: it says nothing

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the band and the icon of its kind."""
        theme = current_theme(self)
        fills = {"info": theme.accent_soft, "warning": theme.warning_soft, "error": theme.surface2}
        marks = {"info": theme.accent, "warning": theme.warning, "error": theme.error}
        mark = marks[self._kind]
        painter = smooth(QPainter(self))
        fill = fills[self._kind]
        line = mark if self._kind == "error" else fill
        rounded(painter, QRectF(self.rect()), CONTROL_RADIUS, fill, line)
        top = (self.height() - _ICON) // 2
        icon(_ICONS[self._kind], mark, _ICON).paint(painter, PADDING, top, _ICON, _ICON)

    @Slot()
    def _act(self) -> None:
        button = self.sender()
        if isinstance(button, _Action):
            self.acted.emit(button.name)

    @Slot()
    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()


class _Action(Button):
    def __init__(self, name: str, label: str) -> None:
        super().__init__(label, kind="link")
        self.name = name
        self.setCursor(Qt.CursorShape.PointingHandCursor)
