"""The Weights dock: each block of weights as a table with its biases below, heat-mapped and typed into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.docks.setup_parts import Line, sentence
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import DARK, LIGHT, Theme, diverging_lut
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.number_table import NumberModel, NumberTable
from bpgui.number_text import MINUS, format_number, parse_number
from bpgui.project import edits
from bpgui.project.changes import Changes

REACH = 1.7
"""The colours reach this many times as far as the largest weight: so numbers can be read on them."""
CUT = "cut"


class WeightsModel(NumberModel):
    """A block of the session's network: a row for each source, a column for each target, and a last row of biases."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.network = session.project.network
        """The network that is shown: Qt asks for cells also before the window's parts know of another one."""
        self._vector = session.project.training.state.vector
        self._theme = LIGHT
        self.block = 0
        self._places: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._largest = 1.0
        self.show_block(0)

    def show_block(self, block: int) -> None:
        """Show this block of the present network."""
        self.beginResetModel()
        network = self.network = self._session.project.network
        self.block = min(block, len(network.blocks) - 1)
        of, place = network.blocks[self.block], network.weight_slices[self.block]
        rows, columns = network.layers[of.source].units, network.layers[of.target].units
        self._places = np.arange(place.start, place.stop).reshape(rows, columns)
        bias = network.bias_slices[of.target - 1]
        if bias is not None:
            self._places = np.vstack([self._places, np.arange(bias.start, bias.stop)])
        self._measure()
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.look_again()

    def refresh(self) -> None:
        """Show the present numbers."""
        self._measure()
        self.look_again()

    def _measure(self) -> None:
        vector = self._session.project.training.state.vector
        if vector.size == self.network.parameter_count:
            self._vector = vector
        self._largest = max(1e-300, float(np.abs(self._vector[self._places]).max()))

    def key_at(self, row: int, column: int) -> int:
        """Return the key of the weight or bias in a cell."""
        return int(self.network.keys[self._places[row, column]])

    def cell_of(self, key: int) -> tuple[int, int] | None:
        """Return the cell of a weight or bias, None where this block has none."""
        network = self.network
        found = np.argwhere(network.keys[self._places] == key)
        return (int(found[0][0]), int(found[0][1])) if len(found) else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008  (Qt's own)
        """Sources, and the biases."""
        return 0 if parent.isValid() else self._places.shape[0]

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Targets."""
        return 0 if parent.isValid() else self._places.shape[1]

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name the neurons."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        network = self.network
        block = network.blocks[self.block]
        if way == Qt.Orientation.Horizontal:
            return labels.neuron(network, block.target, section)
        if section < network.layers[block.source].units:
            return labels.neuron(network, block.source, section)
        return labels.tr("bias")

    def cell(self, row: int, column: int) -> str:
        """Four decimals, or that there is no connection."""
        place = self._places[row, column]
        if self.network.cut[place]:
            return CUT
        value = float(self._vector[place])
        text = f"{value:.4f}" if abs(value) < 1e6 and (value == 0.0 or abs(value) >= 5e-5) else f"{value:.3e}"
        return text.replace("-", MINUS)

    def exact(self, row: int, column: int) -> str:
        """All digits, or that there is no connection."""
        place = self._places[row, column]
        cut = self.network.cut[place]
        return CUT if cut else format_number(float(self._vector[place]))

    def ground(self, row: int, column: int) -> QColor | None:
        """The colour of the value."""
        place = self._places[row, column]
        if self.network.cut[place]:
            return None
        share = float(self._vector[place]) / (REACH * self._largest)
        return QColor(*diverging_lut(self._theme)[round(127.5 * (share + 1.0))].tolist())

    def ink(self, row: int, column: int) -> QColor | None:
        """Grey where there is no connection, or one that does not learn."""
        network, place = self.network, self._places[row, column]
        return QColor(self._theme.muted if network.cut[place] or network.frozen[place] else self._theme.text)

    def can_be_set(self, row: int, column: int) -> bool:
        """A cut connection has no weight."""
        return not self.network.cut[self._places[row, column]]

    def enter(self, row: int, column: int, cells: list[list[str]]) -> str:
        """Set weights and biases, all or none."""
        rows, columns = len(cells), len(cells[0])
        if row + rows > self.rowCount() or column + columns > self.columnCount():
            return labels.tr("{rows} × {columns} cells do not fit in here: {down} × {right} are left.").format(
                rows=rows, columns=columns, down=self.rowCount() - row, right=self.columnCount() - column
            )
        keys, values = [], []
        for down, line in enumerate(cells):
            for right, text in enumerate(line):
                if not text or text == CUT:
                    continue
                if not self.can_be_set(row + down, column + right):
                    return labels.tr("A cut connection has no weight to set; restore it first.")
                try:
                    values.append(parse_number(text))
                except ValueError as error:
                    return str(error)
                keys.append(self.key_at(row + down, column + right))
        return sentence(self._session.edit(edits.set_values, keys, values)) if keys else ""


class WeightsDock(Dock):
    """Shows one block at a time; the cell that is chosen is the connection that is selected everywhere."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("weights", self.tr("Weights"), parent=parent)
        self._session = session
        self.model = WeightsModel(session)
        self.table = NumberTable(self.model, self.tr("Weights"))
        self._which = Choice([("0", "", "")])
        self._which.setAccessibleName(self.tr("Block"))
        self._which.chosen.connect(self._on_block)
        self.add_control(self._which)
        self.line = Line()
        self.model.refused.connect(self._on_refused)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.line)
        column.addWidget(self.table, 1)
        self.set_content(content)
        self.setFocusProxy(self.table)
        self.table.picked.connect(self._on_picked)
        self.model.set_theme(current_theme(self))
        self.refresh(Changes.ALL)

    def refresh(self, changes: Changes) -> None:
        """Show what is new, while it can be seen."""
        if changes & Changes.TOPOLOGY or self.model.network is not self._session.project.network:
            self._describe()
        elif changes & Changes.WEIGHTS and self.isVisible():
            self.model.refresh()
        if changes & (Changes.SELECTION | Changes.TOPOLOGY):
            self._show_selection()

    def showEvent(self, event: QShowEvent) -> None:
        """Show the present numbers."""
        super().showEvent(event)
        self.model.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self.model.set_theme(DARK if current_theme(self) is DARK else LIGHT)

    def _describe(self) -> None:
        network = self._session.project.network
        names = [
            self.tr("layer {a} to {b}: {rows} × {columns}").format(
                a=block.source,
                b=block.target,
                rows=network.layers[block.source].units,
                columns=network.layers[block.target].units,
            )
            for block in network.blocks
        ]
        self.model.show_block(self.model.block)
        self._which.set_entries([(str(i), name, "") for i, name in enumerate(names)])
        self._which.value = str(self.model.block)
        self.line.clear()

    def _show_selection(self) -> None:
        key = self._session.selection.key
        if key is None or key == self._current_key():
            return
        blocks = [self.model.block, *range(len(self._session.project.network.blocks))]
        for block in blocks:
            if block != self.model.block:
                self.model.show_block(block)
                self._which.value = str(block)
            cell = self.model.cell_of(key)
            if cell is not None:
                self.table.setCurrentIndex(self.model.index(*cell))
                return

    def _current_key(self) -> int | None:
        index = self.table.currentIndex()
        return self.model.key_at(index.row(), index.column()) if index.isValid() else None

    @Slot(QModelIndex)
    def _on_picked(self, index: QModelIndex) -> None:
        self.line.clear()
        self._session.select(Selection.of("entry", self.model.key_at(index.row(), index.column())), self)

    @Slot(str)
    def _on_block(self, block: str) -> None:
        self.model.show_block(int(block))
        self.line.clear()

    @Slot(str)
    def _on_refused(self, refusal: str) -> None:
        self.line.refuse(refusal) if refusal else self.line.clear()
