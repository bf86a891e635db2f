"""The network drawn large, with every number of one sample: what is known so far, and the selected weight's factors."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpgui.explain.sample_rules import Entry
from bpgui.gui.canvas.keyboard import SelectionKeys
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.explain.explanation import Explanation
from bpgui.gui.explain.layout import MARGIN, Places, lay_out, least_width, rows_that_fit, shown_units
from bpgui.gui.explain.picture import Picture
from bpgui.gui.explain.scene import Scene, Spot, edges
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.motion import reduces_motion
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY
from bpgui.gui.widgets.paint import smooth
from bpgui.network.names import place_of

Unit = tuple[int, int]

REACH = 7.0
"""Pixels around a connection in which the pointer is on it."""
SIGNAL = 450
"""Milliseconds that a signal takes along a connection."""


class Drawing(QWidget):
    """Draws what the explanation holds; a click selects, pointing at a number tells how it was computed."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._explanation = session, explanation
        self._spots: list[Spot] = []
        self._places = Places()
        self._shown: list[list[int]] = []
        self._hovered: Entry | None = None
        self._ringed = False
        self._keys = SelectionKeys(session, Selected(session), self._say)
        self._signal = QVariantAnimation(self)
        self._signal.setDuration(SIGNAL)
        self._signal.setStartValue(0.0)
        self._signal.setEndValue(1.0)
        self._signal.valueChanged.connect(self._on_signal)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Numbers of the network"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        explanation.drawn.connect(self._on_computed)
        explanation.moved.connect(self._on_moved)
        explanation.lit.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size in a window of the usual width."""
        return QSize(780, 430)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the numbers can be read: the panel scrolls."""
        return QSize(max(420, round(least_width(len(self._explanation.network.layers)))), 220)

    @property
    def caption(self) -> str:
        """What is drawn of a network that is too large, "" where it is all of it."""
        network = self._explanation.network
        parts = [
            self.tr("{n} of {all} neurons of layer {layer}").format(n=len(units), all=of.units, layer=layer)
            for layer, (units, of) in enumerate(zip(self._shown, network.layers, strict=False))
            if len(units) < of.units
        ]
        return self.tr("Drawn: {what}").format(what=", ".join(parts)) if parts else ""

    # Following

    @Slot()
    def _on_computed(self) -> None:
        self._lay_out()
        self.update()

    @Slot()
    def _on_moved(self) -> None:
        self._lay_out()
        if not reduces_motion() and self.isVisible():
            self._signal.stop()
            self._signal.start()
        self.update()

    @Slot(object)
    def _on_signal(self, _value: object) -> None:
        self.update()

    def _lay_out(self) -> None:
        network = self._explanation.network
        wanted: list[Unit] = []
        for item in self._session.selection.within(network).items:
            if item.kind in ("entry", "neuron"):
                place = place_of(network, item.id)
                wanted += [place.target] if place.source is None else [place.source, place.target]
        self.updateGeometry()
        self._shown = shown_units(network, wanted, rows_that_fit(self.height()))
        self._places = lay_out(network, self._shown, self.width(), self.height())

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw everything anew: some hundred strokes."""
        painter = smooth(QPainter(self))
        theme, numbers = current_theme(self), self._explanation.numbers
        self._spots = []
        if numbers is None:
            painter.setPen(QColor(theme.muted))
            painter.setFont(ui_font(BODY))
            told = self._explanation.refusal or self.tr("The numbers are on their way…")
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, told)
            return
        if not self._places.cards:
            self._lay_out()
        scene = Scene(self._explanation, numbers, self._places, self._shown, self._hovered)
        running = self._signal.state() == QVariantAnimation.State.Running
        Picture(painter, theme, scene).paint(float(self._signal.currentValue()) if running else None)
        self._spots = scene.spots
        if self._ringed and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(4, 2, -4, -2), 6, 6)

    # The pointer

    def resizeEvent(self, event: object) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)  # type: ignore[arg-type]  # a QResizeEvent, of which nothing is asked
        self._lay_out()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the connection or factor under the pointer stand out."""
        spot, edge = self._spot(event.position()), self._edge(event.position())
        self._explanation.light(spot.role if spot is not None else 0)
        hovered = None if spot is not None else edge
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()
        pointing = edge is not None or (spot is not None and spot.select is not None)
        self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._hovered = None
        self._explanation.light(0)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what is under the pointer."""
        spot, edge = self._spot(event.position()), self._edge(event.position())
        if spot is not None and spot.select is not None:
            self._session.select(spot.select, self._explanation)
        elif spot is None and edge is not None:
            self._explanation.select(edge)

    def event(self, event: QEvent) -> bool:
        """Tell how the number under the pointer was computed."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            spot = self._spot(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), spot.how().text if spot is not None else "", self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the selection, and do with it what the keys of the canvas do."""
        if not self._keys.press(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the Tab key led here: only then there is a ring, for it is as large as the drawing."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._ringed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def _say(self, refusal: str) -> None:
        if refusal:
            QToolTip.showText(self.mapToGlobal(self.rect().center()), refusal, self)

    def _spot(self, at: QPointF) -> Spot | None:
        return next((spot for spot in reversed(self._spots) if spot.place.contains(at)), None)

    def _edge(self, at: QPointF) -> Entry | None:
        near = QRectF(at.x() - REACH, at.y() - REACH, 2 * REACH, 2 * REACH)
        if at.y() < MARGIN or not self._shown:
            return None
        best, found = REACH + 1.0, None
        for source, target, _ in edges(self._explanation, self._shown):
            curve = self._places.curve(source, target)
            if curve.controlPointRect().adjusted(-REACH, -REACH, REACH, REACH).intersects(near):
                points = [curve.pointAtPercent(share) for share in np.linspace(0.0, 1.0, 41)]
                distance = min((point - at).manhattanLength() for point in points)
                if distance < best:
                    best, found = distance, Entry(source, target)
        return found
