"""The gradient check as a table, worst first: analytic, numeric and their difference for each parameter."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from bpgui.explain.gradient_check import GradientCheck
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION
from bpgui.network.names import entry_name
from bpgui.network.network import Network
from bpgui.number_text import format_digits

ROOT = QModelIndex()
DIGITS = 6
WIDTHS = 84, 78, 78, 66, 60


class ProofModel(QAbstractTableModel):
    """Rows in the order of the proof."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._proof: GradientCheck | None = None
        self.network = session.project.network
        self.order: list[int] = []

    def show_proof(self, proof: GradientCheck | None, network: Network) -> None:
        """Show another proof, of that network."""
        self.beginResetModel()
        self._proof, self.network = proof, network
        self.order = [] if proof is None else proof.worst_first
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        """Parameters."""
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        """Name, analytic, numeric, difference, verdict."""
        return 0 if parent.isValid() else 5

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name the columns."""
        if role != Qt.ItemDataRole.DisplayRole or way != Qt.Orientation.Horizontal:
            return None
        heads = self.tr("parameter"), self.tr("analytic"), self.tr("numeric"), self.tr("differs by"), self.tr("verdict")
        return heads[section]

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Write a cell."""
        if role == Qt.ItemDataRole.TextAlignmentRole and 0 < index.column() < 4:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole or self._proof is None:
            return None
        place = self.order[index.row()]
        check, network = self._proof.checks[place], self.network
        cells = (
            entry_name(network, int(network.keys[place])),
            format_digits(float(self._proof.analytic[place]), DIGITS, signed=True),
            format_digits(check.value, DIGITS, signed=True),
            f"{check.difference:.1e}".replace("e-", "e−"),
            check.verdict,
        )
        return cells[index.column()]


class ProofList(QTableView):
    """A click on a row selects its connection or bias."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model_ = ProofModel(session)
        self.setModel(self.model_)
        self.setFont(ui_font(CAPTION))
        self.setAccessibleName(self.tr("Gradient check, worst first"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)
        self.horizontalHeader().setStretchLastSection(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.clicked.connect(self._on_clicked)

    def show_proof(self, proof: GradientCheck | None, network: Network) -> None:
        """Show another proof of a network, or none."""
        self.model_.show_proof(proof, network)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        key = int(self.model_.network.keys[self.model_.order[index.row()]])
        self._session.select(Selection.of("entry", key), self)
