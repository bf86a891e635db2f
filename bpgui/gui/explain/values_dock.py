"""The Values panel of Explain: z, a and δ of each neuron, as far as the walk has come."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolTip, QWidget

from bpgui.explain.sample_rules import INTO_ENTRY
from bpgui.gui.explain.explanation import Explanation, Numbers
from bpgui.gui.explain.how import how_delta, how_z_and_a
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION, ROW_HEIGHT, Theme
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.paint import smooth
from bpgui.network.names import place_of, unit_name
from bpgui.number_text import fitting_digits, format_digits, subscripted
from bpgui.project.changes import Changes

HEAD = 28
SCROLL_BAR = 12
NARROWEST, ALL_DIGITS = 262, 600
"""Widths that three numbers need, with few digits and with all."""
MOST_ROWS = 200
"""Neurons that are listed; a network with more is looked at neuron by neuron."""

Unit = tuple[int, int]


class ValuesDock(Dock):
    """Lists the neurons of the network with the numbers of one sample."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__("values", self.tr("Values"), parent=parent)
        self._session = session
        self.view = ValuesView(session, explanation)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.view)
        scroll.setMinimumWidth(NARROWEST)
        self.set_content(scroll)
        self.refresh(Changes.ALL)

    def refresh(self, changes: Changes) -> None:
        """Name the sample; the numbers come by themselves."""
        if changes & (Changes.SAMPLE | Changes.DATA):
            samples = len(self._session.project.data.X)
            self.set_caption(
                self.tr("sample {n} of {all}").format(n=self._session.sample, all=samples) if samples > 1 else ""
            )
        if changes & (Changes.TOPOLOGY | Changes.SELECTION):
            self.view.updateGeometry()
            self.view.update()


class ValuesView(QWidget):
    """A row for each neuron; a click selects it, pointing at a number tells how it was computed."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._explanation = session, explanation
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(self.tr("Values of the neurons"))
        explanation.drawn.connect(self._on_computed)
        explanation.moved.connect(self._on_computed)

    @Slot()
    def _on_computed(self) -> None:
        self.updateGeometry()
        self.update()

    def rows(self) -> list[Unit]:
        """Return the neurons in the order in which they are listed."""
        network = self._explanation.network
        units = [(layer, unit) for layer, of in enumerate(network.layers) for unit in range(of.units)]
        return units[:MOST_ROWS]

    def sizeHint(self) -> QSize:
        """Return the room that all rows take."""
        return QSize(340, HEAD + ROW_HEIGHT * len(self.rows()) + 6)

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest that shows three numbers."""
        wide = NARROWEST - SCROLL_BAR if self._explanation.digits is not None else ALL_DIGITS
        return QSize(wide, HEAD + ROW_HEIGHT * len(self.rows()) + 6)

    def text_of(self, unit: Unit, letter: str) -> str:
        """Return what a cell says: its number, or that it is not known yet."""
        numbers, walk, position = self._explanation.numbers, self._explanation.walk, self._explanation.position
        if numbers is None or (unit[0] == 0 and letter != "a"):
            return ""
        known = walk.delta if letter == "δ" else walk.forward
        if unit[0] and position < known[unit]:
            return self.tr("next") if position + 1 == known[unit] else "·"
        value, room = numbers.rules.quantity(letter, *unit).value, self._columns(0)[-1].width() - 8
        digits = self._explanation.digits
        if digits is None:
            return format_digits(value, None, signed=letter == "δ")  # the table scrolls
        return fitting_digits(value, digits, lambda text: ui_width(text, BODY) <= room, signed=letter == "δ")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the head and the rows that are seen."""
        theme, numbers = current_theme(self), self._explanation.numbers
        painter = smooth(QPainter(self))
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        heads = (self.tr("layer"), self.tr("neuron"), "z", "a", "δ")
        for place, (words, head) in enumerate(zip(self._columns(0), heads, strict=True)):
            right = Qt.AlignmentFlag.AlignRight if place > 1 else Qt.AlignmentFlag.AlignLeft
            painter.drawText(words.adjusted(0, 0, 0, HEAD - ROW_HEIGHT), Qt.AlignmentFlag.AlignVCenter | right, head)
        painter.fillRect(12, HEAD - 1, self.width() - 24, 1, QColor(theme.border))
        if numbers is None:
            return
        for row, unit in enumerate(self.rows()):
            top = HEAD + row * ROW_HEIGHT
            if top <= event.rect().bottom() and top + ROW_HEIGHT >= event.rect().top():
                self._paint_row(painter, theme, numbers, unit, top)

    def _paint_row(self, painter: QPainter, theme: Theme, numbers: Numbers, unit: Unit, top: int) -> None:
        layer, index = unit
        stop = self._explanation.walk.stops[self._explanation.position]
        if unit in stop.units and stop.phase in ("forward", "backward"):
            painter.fillRect(1, top, self.width() - 2, ROW_HEIGHT, QColor(theme.accent_soft))
        if index == 0 and layer:
            painter.fillRect(12, top, self.width() - 24, 1, QColor(theme.border))
        cells = self._columns(top)
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setFont(ui_font(BODY))
        painter.setPen(QColor(theme.muted))
        if index == 0:
            painter.drawText(cells[0], middle, self.tr("input") if layer == 0 else str(layer))
        selected = self._selected() == unit
        painter.setFont(ui_font(BODY, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.accent if selected else theme.text))
        painter.drawText(cells[1], middle, subscripted(unit_name(*unit)))
        painter.setFont(ui_font(BODY))
        source = numbers.rule.entry.source if numbers.rule is not None else None
        for cell, letter in zip(cells[2:], "zaδ", strict=True):
            text = self.text_of(unit, letter)
            colour = theme.muted if text in ("·", self.tr("next")) else theme.text
            if letter == "a" and unit == source:
                colour = theme.factors[INTO_ENTRY - 1]
            painter.setPen(QColor(colour))
            painter.drawText(cell, right, text)

    def _columns(self, top: float) -> list[QRectF]:
        """Return the cells of a row."""
        room = self.width() - 24
        first, second = (46.0, 52.0) if self.width() > 320 else (34.0, 42.0)
        each = (room - first - second) / 3
        places = [QRectF(12, top, first, ROW_HEIGHT), QRectF(12 + first, top, second, ROW_HEIGHT)]
        return places + [QRectF(12 + first + second + n * each, top, each, ROW_HEIGHT) for n in range(3)]

    def _selected(self) -> Unit | None:
        last = self._session.selection.last
        network = self._explanation.network
        if last is None or last.kind == "layer" or self._session.project.network is not network:
            return None
        return place_of(network, last.id).target

    def _unit_at(self, y: float) -> Unit | None:
        row = int((y - HEAD) // ROW_HEIGHT)
        rows = self.rows()
        return rows[row] if y >= HEAD and 0 <= row < len(rows) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the neuron."""
        unit = self._unit_at(event.position().y())
        if unit is not None:
            ids = self._explanation.network.layers[unit[0]].unit_ids
            assert ids is not None
            self._session.select(Selection.of("neuron", ids[unit[1]]), self._explanation)

    def event(self, event: QEvent) -> bool:
        """Tell how the number under the pointer was computed."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.how_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def how_at(self, at: QPointF) -> str:
        """Return how the number at a place was computed, "" where there is none."""
        unit, numbers = self._unit_at(at.y()), self._explanation.numbers
        if unit is None or numbers is None:
            return ""
        column = next((n for n, cell in enumerate(self._columns(0)) if cell.left() <= at.x() <= cell.right()), 0)
        letter = " nzaδ"[column]
        if self.text_of(unit, letter if letter in "zaδ" else "a") in ("", "·", self.tr("next")):
            return ""
        return how_delta(numbers.rules, *unit).text if letter == "δ" else how_z_and_a(numbers.rules, *unit).text
