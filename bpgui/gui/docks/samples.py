"""The Data dock: the samples as a table that can be typed into, pasted into, and written to a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from bpgui.data import table
from bpgui.gui.docks.setup_parts import Line, sentence
from bpgui.gui.documents import Documents
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import LIGHT, Theme
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.number_table import NumberModel, NumberTable
from bpgui.number_text import MINUS, format_count, format_number, parse_number, subscripted
from bpgui.project import edits
from bpgui.project.changes import Changes


class SamplesModel(NumberModel):
    """The data of the session's project."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._theme = LIGHT
        self.data_set = session.project.data
        self._heads = table.columns(self.data_set)

    def show_data(self) -> None:
        """Show the present data."""
        data = self._session.project.data
        if data is self.data_set:
            return
        same = data.samples == self.data_set.samples and table.columns(data) == self._heads
        if not same:
            self.beginResetModel()
        self.data_set, self._heads = data, table.columns(data)
        self.look_again() if same else self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.look_again()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008  (Qt's own)
        """Samples."""
        return 0 if parent.isValid() else self.data_set.samples

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Inputs, targets, and whether it is held out."""
        return 0 if parent.isValid() else len(self._heads)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name the columns, number the samples."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return subscripted(self._heads[section]) if way == Qt.Orientation.Horizontal else str(section)

    def cell(self, row: int, column: int) -> str:
        """Numbers to six digits."""
        found = table.cell(self.data_set, row, column)
        return found if isinstance(found, str) else f"{found:.6g}".replace("-", MINUS)

    def exact(self, row: int, column: int) -> str:
        """All digits."""
        found = table.cell(self.data_set, row, column)
        return found if isinstance(found, str) else format_number(found)

    def ground(self, row: int, column: int) -> QColor | None:
        """Held-out samples on the ground of tiles, targets too."""
        return QColor(self._theme.surface2) if self.data_set.validation[row] or column >= self.data_set.inputs else None

    def ink(self, row: int, _column: int) -> QColor | None:
        """Held-out samples are grey."""
        return QColor(self._theme.muted if self.data_set.validation[row] else self._theme.text)

    def can_be_set(self, _row: int, _column: int) -> bool:
        """All can."""
        return True

    def enter(self, row: int, column: int, cells: list[list[str]]) -> str:
        """Set cells, all or none."""
        if row + len(cells) > self.rowCount() or column + len(cells[0]) > self.columnCount():
            return self.tr("{rows} × {columns} cells do not fit in here: {down} × {right} are left.").format(
                rows=len(cells),
                columns=len(cells[0]),
                down=self.rowCount() - row,
                right=self.columnCount() - column,
            )
        typed = cells == [[""]]  # one emptied cell is told what it wants; gaps in what is pasted stay as they are
        wanted = {
            (row + i, column + j): text for i, line in enumerate(cells) for j, text in enumerate(line) if text or typed
        }
        try:
            data = table.with_cells(self.data_set, wanted, parse_number)
        except ValueError as error:
            return sentence(str(error))
        return sentence(self._session.edit(edits.use_data, data))


class SampleTable(NumberTable):
    """Del takes samples away; the row that is chosen is the sample that the window shows."""

    def __init__(self, model: SamplesModel, session: Session, name: str) -> None:
        super().__init__(model, name)
        self._samples, self._session = model, session

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the selected samples away with Del."""
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            self.remove()
        else:
            super().keyPressEvent(event)

    @Slot()
    def remove(self) -> None:
        """Take the selected samples away."""
        rows = {index.row() for index in self.selectedIndexes()}
        if rows:
            try:
                data = table.without_rows(self._samples.data_set, rows)
            except ValueError as error:
                self._samples.refused.emit(sentence(str(error)))
                return
            self._samples.refused.emit(sentence(self._session.edit(edits.use_data, data)))


class DataDock(Dock):
    """Shows and edits the samples."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("data", self.tr("Data"), parent=parent)
        self._session = session
        self.model = SamplesModel(session)
        self.table = SampleTable(self.model, session, self.tr("Samples"))
        self.line = Line()
        self._files = Documents(self)
        self._files.saved.connect(self._on_written)
        self._files.not_saved.connect(self._on_refused)
        add = Button(self.tr("Add"), icon_name="plus", kind="link")
        add.setToolTip(self.tr("Add a copy of the selected sample"))
        remove = Button(self.tr("Remove"), icon_name="trash-2", kind="link", key="Del")
        export = Button(self.tr("Export as CSV…"), icon_name="save", kind="link")
        for button, act in ((add, self._on_add), (remove, self.table.remove), (export, self._on_export)):
            button.clicked.connect(act)
        foot = QHBoxLayout()
        for button in (add, remove, export):
            foot.addWidget(button)
        foot.addStretch(1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        self.set_content(content)
        self.setFocusProxy(self.table)
        self.model.refused.connect(self._on_refused)
        self.table.picked.connect(self._on_picked)
        self.model.set_theme(current_theme(self))
        self.refresh(Changes.ALL)

    def refresh(self, changes: Changes) -> None:
        """Show other data, and the sample that the window shows."""
        if changes & Changes.DATA:
            self.line.clear()
            self.model.show_data()
            samples = self.model.rowCount()
            words = self.tr("1 sample") if samples == 1 else self.tr("{n} samples")
            self.set_caption(words.format(n=format_count(samples)))
        if changes & (Changes.SAMPLE | Changes.DATA) and not self.table.hasFocus():
            column = max(0, self.table.currentIndex().column())
            self.table.setCurrentIndex(self.model.index(self._session.sample, column))

    def close_files(self) -> None:
        """Finish what is being written and end its thread."""
        self._files.close()

    @Slot(QModelIndex)
    def _on_picked(self, index: QModelIndex) -> None:
        self.line.clear()
        self._session.show_sample(index.row(), self)

    @Slot()
    def _on_add(self) -> None:
        like = max(0, self.table.currentIndex().row())
        self._on_refused(sentence(self._session.edit(edits.use_data, table.with_row(self.model.data_set, like))))
        self.table.setCurrentIndex(self.model.index(self.model.rowCount() - 1, 0))
        self.table.setFocus()

    @Slot()
    def _on_export(self) -> None:
        dialog = QFileDialog(self, self.tr("Export the samples"), "", self.tr("Tables (*.csv)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{self.model.data_set.name}.csv")
        dialog.fileSelected.connect(self.export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def export(self, path: str) -> None:
        """Write the samples to a file."""
        self._files.write(path, lambda data=self.model.data_set: table.as_csv(data))  # type: ignore[misc]

    @Slot(str)
    def _on_written(self, path: str) -> None:
        self.line.note(self.tr("Written to {name}.").format(name=Path(path).name))

    @Slot(str)
    def _on_refused(self, refusal: str) -> None:
        self.line.refuse(sentence(refusal)) if refusal else self.line.clear()
