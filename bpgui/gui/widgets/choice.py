"""A combo box over the entries of a catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import FIELD_HEIGHT

_UNDER_ARROW = 4
"""Pixels of the padding before the arrow that a text may take."""


class Choice(QComboBox):
    """Entries given as (name, label, help); the help is the tooltip of the entry and the box."""

    chosen = Signal(str)

    def __init__(self, entries: Sequence[tuple[str, str, str]], *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fill(entries)
        self.setItemDelegate(QStyledItemDelegate(self))  # the one that heeds the style sheet
        self._value = entries[0][0]
        self.setFont(ui_font(prose=True))
        self.setFixedHeight(FIELD_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.activated.connect(self._activated)
        self.value = self._value

    def set_entries(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Offer other entries; the one shown stays where it is among them, else the first is shown."""
        self.clear()
        self._fill(entries)
        names = [name for name, _, _ in entries]
        self.value = self._value if self._value in names else names[0]

    def _fill(self, entries: Sequence[tuple[str, str, str]]) -> None:
        for row, (name, label, help_text) in enumerate(entries):
            self.addItem(label, name)
            self.setItemData(row, help_text, Qt.ItemDataRole.ToolTipRole)

    @property
    def value(self) -> str:
        """The name of the entry shown."""
        return self._value

    @value.setter
    def value(self, name: str) -> None:
        row = self.findData(name)
        if row < 0:
            names = [self.itemData(each) for each in range(self.count())]
            raise ValueError(f"{name!r} is none of the entries {names}")
        self._value = name
        self.setCurrentIndex(row)
        self.setToolTip(self.itemData(row, Qt.ItemDataRole.ToolTipRole))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the box, a name that is too long with an ellipsis: Qt would cut it off in the middle of a letter."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        kind, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(kind, option, field, self).width() + _UNDER_ARROW
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(kind, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll unless the box has the keyboard focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @Slot(int)
    def _activated(self, row: int) -> None:
        name = self.itemData(row)
        if name != self._value:
            self.value = name
            self.chosen.emit(name)
