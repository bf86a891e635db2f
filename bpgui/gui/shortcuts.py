"""The sheet of all shortcuts, made from what declares them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from bpgui.gui.actions import ACTIONS, Action
from bpgui.gui.canvas.keyboard import CANVAS_KEYS
from bpgui.gui.theme.tokens import PADDING, TITLE
from bpgui.gui.widgets.label import Label


class ShortcutSheet(QDialog):
    """Keys of the window, and keys of the network drawing, side by side. Not modal: it may stay open."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * PADDING, PADDING, 2 * PADDING, PADDING)
        row.setSpacing(4 * PADDING)
        row.addLayout(self._part(self.tr("Everywhere"), [entry for entry in ACTIONS if entry.keys]))
        row.addLayout(self._part(self.tr("In the network drawing"), CANVAS_KEYS))

    def _part(self, title: str, entries: Sequence[Action]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.addWidget(Label(title, size=TITLE, weight=QFont.Weight.DemiBold))
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * PADDING)
        grid.setVerticalSpacing(4)
        for place, entry in enumerate(entries):
            grid.addWidget(Label(entry.written, weight=QFont.Weight.Medium), place, 0)
            grid.addWidget(Label(self.tr(entry.help), tone="label"), place, 1)
        column.addLayout(grid)
        column.addStretch(1)
        return column
