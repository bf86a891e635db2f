"""Blocks of weights side by side, each cell with a weight and its gradient, what it will be, or the proof of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from bpgui.explain.gradient_check import GradientCheck
from bpgui.explain.numeric import AGREES, AT_KINK, TOO_SMALL
from bpgui.explain.sample_rules import Entry
from bpgui.gui.explain.explanation import Explanation, Numbers, key_of
from bpgui.gui.explain.how import how_weight
from bpgui.gui.explain.layout import shown_units
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, LIGHT, Theme, diverging_lut
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.network.names import place_of, unit_name
from bpgui.network.network import Network
from bpgui.number_text import fitting_digits, format_number, format_short, parse_number, subscripted
from bpgui.project import edits

CELL, GAP = QSize(68, 46), 4
LEFT, TOP = 44.0, 44.0
BETWEEN = 28.0
REACH = 1.7
"""The colours reach this many times as far as the largest weight, so that numbers can be read on them."""


@dataclass(frozen=True)
class Cell:
    """A weight or bias at its place."""

    place: QRectF
    entry: Entry
    index: int


class CellEdit(QLineEdit):
    """What is typed over a cell. Its keys are its own: Enter ends it, and must not begin it again below."""

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leave the cell as it was where the person goes elsewhere with something that cannot be taken."""
        super().focusOutEvent(event)
        if self.isVisible() and event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the cell as it was with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
        event.accept()


class WeightsView(QWidget):
    """A click selects, a double click or Enter edits, Esc leaves it as it was."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._explanation = session, explanation
        self.view = "gradient"
        self.proof: GradientCheck | None = None
        self.proved = session.project.network
        """The network that the proof is of; the one that is explained may not be there yet, or any more."""
        self._editing: Cell | None = None
        self._editing_network: Network | None = None
        self._edit = CellEdit(self)
        self._edit.left.connect(self._end)
        self._edit.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._edit.hide()
        self._edit.editingFinished.connect(self._on_edited)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Weights and gradients"))
        explanation.drawn.connect(self._on_computed)
        explanation.moved.connect(self._on_moved)

    @Slot()
    def _on_computed(self) -> None:
        self.updateGeometry()
        self.update()

    @Slot()
    def _on_moved(self) -> None:
        """Another network may be there: what is typed belongs to a weight of the last one."""
        if self._editing is not None and self._editing_network is not self._explanation.network:
            self._end()
        self.update()

    def show_view(self, view: str) -> None:
        """Show "gradient", "after" or "proof" below each weight."""
        self.view = view
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room that all blocks take."""
        rects = [cell.place for cell in self.cells()]
        right = max((rect.right() for rect in rects), default=300.0)
        bottom = max((rect.bottom() for rect in rects), default=150.0)
        return QSize(round(right) + 12, round(bottom) + 12)

    def minimumSizeHint(self) -> QSize:
        """Return the same: the panel scrolls."""
        return self.sizeHint()

    def cells(self) -> Iterator[Cell]:
        """Yield every weight and bias drawn, where it lies."""
        network = self._explanation.network
        key = self._session.selection.key
        wanted = []
        if key is not None and key in network.keys:
            place = place_of(network, key)
            wanted = [place.target] if place.source is None else [place.source, place.target]
        shown = shown_units(network, wanted)
        left = LEFT
        for number, block in enumerate(network.blocks):
            columns, rows = shown[block.target], shown[block.source]
            for column, j in enumerate(columns):
                x = left + column * (CELL.width() + GAP)
                for row, i in enumerate(rows):
                    index = network.index_of_weight(number, i, j)
                    if not network.cut[index]:
                        at = QRectF(x, TOP + row * (CELL.height() + GAP), CELL.width(), CELL.height())
                        yield Cell(at, Entry((block.source, i), (block.target, j)), index)
                bias = network.index_of_bias(block.target, j)
                first = all(other.target != block.target for other in network.blocks[:number])
                if bias is not None and first:
                    at = QRectF(x, TOP + len(rows) * (CELL.height() + GAP) + 6, CELL.width(), CELL.height())
                    yield Cell(at, Entry(None, (block.target, j)), bias)
            left += len(columns) * (CELL.width() + GAP) + BETWEEN + LEFT - 12

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw names and cells."""
        numbers = self._explanation.numbers
        if numbers is None:
            return
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        largest = max(1e-300, float(np.abs(numbers.training.state.vector).max()))
        named: set[tuple[str, float]] = set()
        for cell in self.cells():
            self._paint_names(painter, theme, cell, named)
            self._paint_cell(painter, theme, numbers, cell, largest)

    def _paint_names(self, painter: QPainter, theme: Theme, cell: Cell, named: set[tuple[str, float]]) -> None:
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        target = subscripted(unit_name(*cell.entry.target))
        source = self.tr("bias") if cell.entry.source is None else subscripted(unit_name(*cell.entry.source))
        if cell.entry.source is not None and ("column", cell.place.left()) not in named:
            named.add(("column", cell.place.left()))
            head = QRectF(cell.place.left(), TOP - 20, cell.place.width(), 18)
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, target)
        layers = f"{'' if cell.entry.source is None else cell.entry.source[0]}-{cell.entry.target[0]}"
        if (layers, cell.place.top()) in named:
            return
        named.add((layers, cell.place.top()))
        beside = QRectF(cell.place.left() - LEFT + 6, cell.place.top(), LEFT - 12, cell.place.height())
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, source)
        if cell.entry.source is not None and (layers, -1.0) not in named:
            named.add((layers, -1.0))
            words = self.tr("layer {s} to layer {d}").format(s=cell.entry.source[0], d=cell.entry.target[0])
            head = QRectF(cell.place.left(), 4, 200, 18)
            painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_cell(self, painter: QPainter, theme: Theme, numbers: Numbers, cell: Cell, largest: float) -> None:
        value = float(numbers.training.state.vector[cell.index])
        ground, ink = self._ground(theme, cell, value / (REACH * largest))
        selected = self._session.selection.key == key_of(self._explanation.network, cell.entry)
        line = theme.accent if selected else ground.name()
        rounded(painter, cell.place, 5, ground.name(), line, 2.0 if selected else 1.0)
        upper = QRectF(cell.place.left(), cell.place.top() + 5, cell.place.width(), 20)
        lower = QRectF(cell.place.left(), cell.place.top() + 24, cell.place.width(), 16)
        painter.setPen(QColor(ink))
        above, below = self.texts(numbers, cell)
        small = ui_width(above, 13.0, QFont.Weight.DemiBold) > cell.place.width() - 4
        painter.setFont(ui_font(CAPTION if small else 13.0, QFont.Weight.DemiBold))
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, above)
        painter.setFont(ui_font(CAPTION))
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, below)

    def texts(self, numbers: Numbers, cell: Cell) -> tuple[str, str]:
        """Return the two lines of a cell."""
        digits = self._explanation.digits
        digits = 6 if digits is None else min(digits, 6)
        value = float(numbers.training.state.vector[cell.index])
        if self.view == "after":
            after = float(numbers.update.after[cell.index])
            return _in_cell(after, digits + 1), _in_cell(after - value, digits + 1, signed=True)
        gradient = float(numbers.rules.gradient[cell.index])
        if self.view == "proof" and self.proof is not None and self.proved is self._explanation.network:
            check = self.proof.checks[cell.index]
            marks = {AGREES: "✓", AT_KINK: self.tr("kink"), TOO_SMALL: self.tr("too small")}
            mark = marks.get(check.verdict, "✗")
            shown = f"{check.difference:.0e}".replace("e-0", "e−").replace("e-", "e−")
            return _in_cell(float(self.proof.analytic[cell.index]), digits + 1, signed=True), f"{mark} {shown}"
        known = self._explanation.position >= self._explanation.walk.gradient.get(cell.index, 0)
        above = format_short(value, digits) if len(format_short(value, digits)) <= 8 else _in_cell(value, digits)
        return above, _in_cell(gradient, digits, signed=True) if known else "·"

    def _ground(self, theme: Theme, cell: Cell, share: float) -> tuple[QColor, str]:
        """Return the colour of a cell and that of its text."""
        if self.view == "proof" and self.proof is not None and self.proved is self._explanation.network:
            check = self.proof.checks[cell.index]
            wrong = check.verdict not in (AGREES, AT_KINK, TOO_SMALL)
            base, tint = QColor(theme.surface2), QColor(theme.error if wrong else theme.ok)
            part = 0.75 if wrong else 0.10 + 0.4 * min(1.0, check.difference / check.tolerance)
            base_channels, tint_channels = ((c.red(), c.green(), c.blue()) for c in (base, tint))
            mixed = [round(b + (t - b) * part) for b, t in zip(base_channels, tint_channels, strict=True)]
            return QColor(*mixed), theme.text
        row = round((min(max(share, -1.0), 1.0) + 1.0) / 2.0 * 255.0)
        red, green, blue = (int(channel) for channel in diverging_lut(theme)[row, :3])
        light = 0.299 * red + 0.587 * green + 0.114 * blue > 140
        return QColor(red, green, blue), LIGHT.text if light else LIGHT.surface

    # Selecting and editing

    def cell_at(self, at: QPointF) -> Cell | None:
        """Return the cell under a place."""
        return next((cell for cell in self.cells() if cell.place.contains(at)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select."""
        cell = self.cell_at(event.position())
        if cell is not None:
            self._explanation.select(cell.entry)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit."""
        cell = self.cell_at(event.position())
        if cell is not None:
            self._begin(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Edit the selected one with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._editing is None:
            key = self._session.selection.key
            found = (cell for cell in self.cells() if key_of(self._explanation.network, cell.entry) == key)
            cell = next(found, None)
            if cell is not None:
                self._begin(cell)
        else:
            super().keyPressEvent(event)

    def _begin(self, cell: Cell) -> None:
        self._editing, self._editing_network = cell, self._explanation.network
        self._edit.setGeometry(cell.place.toRect())
        self._edit.setText(format_number(float(self._session.project.training.state.vector[cell.index])))
        self._edit.setProperty("invalid", False)
        self._edit.setToolTip("")
        self._edit.show()
        self._edit.setFocus()
        self._edit.selectAll()

    @Slot()
    def _end(self) -> None:
        self._editing = None
        self._edit.hide()
        self.setFocus()

    @Slot()
    def _on_edited(self) -> None:
        cell = self._editing
        if cell is None:
            return
        try:
            value = parse_number(self._edit.text())
            refusal = self._session.edit(
                edits.set_parameter, key_of(self._explanation.network, cell.entry), value, initiator=self
            )
        except ValueError as error:
            refusal = str(error)
        if not refusal:
            self._end()
            return
        self._edit.setProperty("invalid", True)
        self._edit.style().polish(self._edit)
        self._edit.setToolTip(refusal)
        QToolTip.showText(self._edit.mapToGlobal(self._edit.rect().bottomLeft()), refusal, self._edit)

    def event(self, event: QEvent) -> bool:
        """Tell how the number under the pointer was computed."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell, numbers = self.cell_at(QPointF(event.pos())), self._explanation.numbers
            known = cell is not None and numbers is not None
            text = how_weight(numbers, cell.entry, cell.index).text if known else ""  # type: ignore[union-attr, arg-type]  # both are there
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)


def _in_cell(value: float, digits: int, *, signed: bool = False) -> str:
    """Write a number that fits into a cell."""
    room = CELL.width() - 6
    return fitting_digits(value, digits, lambda text: ui_width(text, CAPTION) <= room, signed=signed)
