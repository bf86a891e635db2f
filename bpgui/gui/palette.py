"""The command palette: one line to type in, and below it whatever can be done that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION, DOCK_RADIUS
from bpgui.gui.widgets.paint import rounded, smooth

WIDTH, TOP, ROW, ROWS = 560, 64, 30, 11
"""Logical pixels of the palette, of its distance from the upper edge and of a row; and how many rows are seen."""
_PADDING = 10


@dataclass(frozen=True)
class Command:
    """Something that can be done: what it is called, what it does, its keys as they are written, and how to do it."""

    label: str
    help: str
    keys: str
    do: Callable[[], object]


def fitting(commands: Sequence[Command], typed: str) -> list[Command]:
    """Return the commands in which every typed word occurs, those first whose label begins with what was typed."""
    words = typed.casefold().split()
    found = [each for each in commands if all(word in f"{each.label} {each.help}".casefold() for word in words)]
    plain = " ".join(words)

    def rank(command: Command) -> tuple[bool, bool]:
        label = command.label.casefold()
        return not label.startswith(plain), not all(word in label for word in words)

    return sorted(found, key=rank)


class Palette(QFrame):
    """Lies over its window while it is open; typing narrows, arrows choose, Enter does, Esc closes."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._over = window
        self._commands: list[Command] = []
        self._before: QWidget | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("What would you like to do?"))
        self.field.setAccessibleName(self.tr("Search commands"))
        self.field.textChanged.connect(self._narrow)
        self.field.installEventFilter(self)
        self._model = _Model(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Row(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.clicked.connect(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(_PADDING, _PADDING, _PADDING, _PADDING)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.hide()
        window.installEventFilter(self)

    def open(self, commands: Sequence[Command]) -> None:
        """Offer these commands."""
        self._commands = list(commands)
        self._before = self.window().focusWidget()
        self.field.clear()
        self._narrow("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self) -> None:
        """Go away, and give the keyboard back to who had it."""
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None

    @property
    def offered(self) -> list[Command]:
        """What the list shows."""
        return self._model.commands

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the field act on the list; the palette closes when the keyboard goes elsewhere."""
        if not hasattr(self, "field"):
            return False  # at the very end Python takes the palette apart before Qt does
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            return self._on_key(Qt.Key(event.key()))
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._before = None
            self.hide()
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _on_key(self, key: Qt.Key) -> bool:
        row, last = self.list.currentIndex().row(), len(self._model.commands) - 1
        rows = {Qt.Key.Key_Up: row - 1, Qt.Key.Key_Down: row + 1}
        rows |= {Qt.Key.Key_PageUp: max(0, row - ROWS), Qt.Key.Key_PageDown: min(last, row + ROWS)}
        if key in rows:
            self.list.setCurrentIndex(self._model.index(rows[key] % (last + 1) if last >= 0 else 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do(self.list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return False
        return True

    @Slot(str)
    def _narrow(self, typed: str) -> None:
        self._model.show_commands(fitting(self._commands, typed))
        self.list.setCurrentIndex(self._model.index(0))

    @Slot(QModelIndex)
    def _do(self, index: QModelIndex) -> None:
        if index.isValid():
            command = self._model.commands[index.row()]
            self.close_palette()
            command.do()

    def _place(self) -> None:
        window = self._over
        height = ROW * ROWS + self.field.sizeHint().height() + 2 * _PADDING + 8
        self.setGeometry((window.width() - WIDTH) // 2, TOP, WIDTH, min(height, window.height() - 2 * TOP))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card."""
        theme = current_theme(self)
        rounded(smooth(QPainter(self)), QRectF(self.rect()), DOCK_RADIUS, theme.surface, theme.border2)


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.commands: list[Command] = []

    def show_commands(self, commands: list[Command]) -> None:
        self.beginResetModel()
        self.commands = commands
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008  (Qt's own)
        return 0 if parent.isValid() else len(self.commands)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        command = self.commands[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, [command.label, command.help, command.keys]))
        return command.label if role == Qt.ItemDataRole.DisplayRole else None


class _Row(QStyledItemDelegate):
    """A command in a row: its label, its help in grey, its keys at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(WIDTH - 40, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        assert isinstance(model, _Model)
        command, view = model.commands[index.row()], self.parent()
        assert isinstance(view, QWidget)
        theme = current_theme(view)
        rect = QRectF(option.rect)
        smooth(painter)
        if option.state & QStyle.StateFlag.State_Selected:
            rounded(painter, rect, 6, theme.accent_soft, "", 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        inner = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        painter.setFont(ui_font(BODY, QFont.Weight.Medium))
        painter.setPen(QColor(theme.text))
        painter.drawText(inner, middle, command.label)
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        keys = ui_width(command.keys, CAPTION)
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, command.keys)
        left = ui_width(command.label, BODY, QFont.Weight.Medium) + 12
        room = inner.adjusted(left, 0, -keys - 12, 0)
        told = painter.fontMetrics().elidedText(command.help, Qt.TextElideMode.ElideRight, max(0, int(room.width())))
        painter.drawText(room, middle, told)
