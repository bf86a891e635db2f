"""A table of numbers that behaves like a spreadsheet: typed into, copied from and pasted into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QStyledItemDelegate, QTableView, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION

Index = QModelIndex | QPersistentModelIndex
ROW, COLUMN, ROW_NAME = 24, 76, 52
"""Logical pixels of a cell, and of the name of a row."""
WIDEST, MOST_FITTED = 180, 100
"""Logical pixels of the widest column, and columns that are made as wide as their names."""
MOST_PASTED = 1_000_000
"""Cells that are taken from the clipboard at most."""


def cells_of(text: str) -> list[list[str]]:
    """Return the cells of what a spreadsheet, or a table in a text, put on the clipboard; ValueError for no table."""
    lines = text.rstrip("\n").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    splits = "\t" if any("\t" in line for line in lines) else ";" if any(";" in line for line in lines) else None
    cells = [line.split(splits) if splits else re.split(r",\s+|\s+", line.strip()) for line in lines]
    if sum(map(len, cells)) > MOST_PASTED:
        raise ValueError(f"the clipboard holds more than {MOST_PASTED:,} cells")
    if len({len(row) for row in cells}) > 1:
        raise ValueError("the rows on the clipboard are of different lengths")
    return [[cell.strip() for cell in row] for row in cells]


class NumberModel(QAbstractTableModel):
    """What a table shows. A subclass says what stands in a cell, and sets a block of cells in one step."""

    refused = Signal(str)

    def cell(self, row: int, column: int) -> str:
        """Return what a cell shows."""
        raise NotImplementedError

    def exact(self, row: int, column: int) -> str:
        """Return what a cell gives to the clipboard: all of its number."""
        return self.cell(row, column)

    def ground(self, row: int, column: int) -> QColor | None:
        """Return the colour behind a cell, or None."""
        raise NotImplementedError

    def ink(self, row: int, column: int) -> QColor | None:
        """Return the colour of a cell's text, or None for that of the table."""
        raise NotImplementedError

    def can_be_set(self, row: int, column: int) -> bool:
        """Tell whether a cell holds something that can be set."""
        raise NotImplementedError

    def enter(self, row: int, column: int, cells: list[list[str]]) -> str:
        """Set a block of cells from there on, those of an empty text left as they are; return "" or why not."""
        raise NotImplementedError

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what Qt asks of a cell."""
        row, column = index.row(), index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.cell(row, column)
        if role == Qt.ItemDataRole.BackgroundRole:
            return self.ground(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.ink(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsEditable if self.can_be_set(index.row(), index.column()) else plain

    def setData(self, index: Index, value: Any, _role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed into a cell."""
        if str(value).strip() == self.cell(index.row(), index.column()):
            return True  # only looked at: what is shown has fewer digits than the number
        refusal = self.enter(index.row(), index.column(), [[str(value)]])
        self.refused.emit(refusal)
        return not refusal

    def look_again(self) -> None:
        """Show every cell anew; rows and columns are as before."""
        if self.rowCount() and self.columnCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, self.columnCount() - 1))


class _RowHeader(QHeaderView):
    """As wide as a name of a row may be: Qt would ask for the names of hundreds of rows, again and again."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)

    def sizeHint(self) -> QSize:
        """Return the width; the height is the table's."""
        return QSize(ROW_NAME, ROW)


class NumberTable(QTableView):
    """The view of a NumberModel. ``picked`` tells the cell that a person went to, by mouse or keys."""

    picked = Signal(QModelIndex)

    def __init__(self, model: NumberModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setVerticalHeader(_RowHeader(self))
        self.setModel(model)
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setAccessibleName(name)
        self.setFont(ui_font(CAPTION))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header, size in ((self.horizontalHeader(), COLUMN), (self.verticalHeader(), ROW)):
            header.setDefaultSectionSize(size)
            header.setFont(ui_font(CAPTION, QFont.Weight.Medium))
            header.setHighlightSections(False)
        self.setTabKeyNavigation(False)  # Tab leaves the table, as it leaves the canvas
        model.modelReset.connect(self._fit_names)
        self._fit_names()

    @Slot()
    def _fit_names(self) -> None:
        """Make the columns as wide as their names, within bounds."""
        header = self.horizontalHeader()
        for column in range(min(self._model.columnCount(), MOST_FITTED)):
            self.setColumnWidth(column, min(max(COLUMN, header.sectionSizeHint(column) + 8), WIDEST))

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Show other numbers; what is being typed stays, as long as training changes the cell beneath it."""
        if self.state() == QAbstractItemView.State.EditingState:
            self.viewport().update()
        else:
            super().dataChanged(first, last, roles)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy and paste; all else moves or types."""
        before = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        else:
            super().keyPressEvent(event)
        if self.currentIndex() != before:
            self.picked.emit(self.currentIndex())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the cell."""
        super().mousePressEvent(event)
        if self.currentIndex().isValid():
            self.picked.emit(self.currentIndex())

    @Slot()
    def copy(self) -> None:
        """Put the rectangle around the selected cells on the clipboard, as spreadsheets take it."""
        chosen = self.selectedIndexes()
        if not chosen:
            return
        rows = range(min(i.row() for i in chosen), max(i.row() for i in chosen) + 1)
        columns = range(min(i.column() for i in chosen), max(i.column() for i in chosen) + 1)
        wanted = {(i.row(), i.column()) for i in chosen}
        lines = ["\t".join(self._plain(r, c) if (r, c) in wanted else "" for c in columns) for r in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    @Slot()
    def paste(self) -> None:
        """Set the cells from the first selected one on to what is on the clipboard, in one step."""
        chosen = self.selectedIndexes() or [self.currentIndex()]
        row, column = min(i.row() for i in chosen), min(i.column() for i in chosen)
        if row < 0 or column < 0:
            return
        try:
            cells = cells_of(QGuiApplication.clipboard().text())
        except ValueError as error:
            self._model.refused.emit(str(error))
            return
        if cells == [[""]]:
            return
        if len(cells) == len(cells[0]) == 1 and len(chosen) > 1:
            rows = max(i.row() for i in chosen) - row + 1
            columns = max(i.column() for i in chosen) - column + 1
            wanted = {(i.row() - row, i.column() - column) for i in chosen}
            text = cells[0][0]
            cells = [[text if (r, c) in wanted else "" for c in range(columns)] for r in range(rows)]
        self._model.refused.emit(self._model.enter(row, column, cells))

    def _plain(self, row: int, column: int) -> str:
        return self._model.exact(row, column).replace("−", "-")
