"""Paints the factors of the selected weight into the Explain drawing: the way from the error back, in three colours."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath

from bpgui.explain.chain_rule import ChainRule
from bpgui.explain.sample_rules import FROM_ERROR, INTO_ENTRY, THROUGH_NEURON
from bpgui.gui.explain.how import How
from bpgui.gui.explain.scene import Scene, Spot, Unit, stroke
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.tokens import BODY, Theme
from bpgui.gui.widgets.paint import rounded
from bpgui.number_text import format_digits

Glow = tuple[tuple[float, float], ...]
GLOW: Glow = ((20.0, 0.10), (13.0, 0.16), (8.0, 0.28))
"""Widths and alphas of the strokes around a way back."""
FEW = 6
"""Connections on the way from a neuron to the error up to which each glows softly."""


class FactorPicture:
    """The rule of one weight, lit in a scene; the factor that is pointed at stands out."""

    def __init__(self, painter: QPainter, theme: Theme, scene: Scene, rule: ChainRule) -> None:
        self.painter, self.theme, self.scene, self.rule = painter, theme, scene, rule

    def paint(self) -> None:
        """Light each stretch."""
        rule, last = self.rule, len(self.scene.shown) - 1
        target = rule.entry.target
        if target not in self.scene.places.cards:
            return
        onward = self._onward(target)
        few = len(onward) <= FEW
        for edge in onward:
            self._glow(self.scene.places.curve(*edge), FROM_ERROR, GLOW if few else GLOW[-1:])
        for unit in {target} | {edge[1] for edge in onward}:
            if unit[0] == last:
                self._glow(self.scene.places.error_curve(unit), FROM_ERROR)
        if rule.entry.source is not None and rule.entry.source in self.scene.places.cards:
            self._glow(self.scene.places.curve(rule.entry.source, target), INTO_ENTRY)
        by_role = {factor.role: factor for factor in rule.factors}
        if THROUGH_NEURON in by_role:
            self._paint_arc(target, by_role[THROUGH_NEURON].value)
        if INTO_ENTRY in by_role and rule.entry.source is not None and rule.entry.source in self.scene.places.cards:
            card = self.scene.places.cards[rule.entry.source]
            at = QPointF(
                card.right() - card.width() / 4 if rule.entry.source[0] else card.center().x(), card.top() - 18
            )
            if not self.scene.places.flat:
                self._pill(at, by_role[INTO_ENTRY].value, INTO_ENTRY)
        if target[0] == last and FROM_ERROR in by_role:
            at = self.scene.places.error_curve(target).pointAtPercent(0.5)
            self._pill(at, by_role[FROM_ERROR].value, FROM_ERROR)

    def _onward(self, start: Unit) -> list[tuple[Unit, Unit]]:
        """Return the drawn connections that the neuron's activation reaches."""
        reached, found = {start}, []
        for source, target, _ in sorted(self.scene.edges(), key=lambda edge: edge[0]):
            if source in reached:
                reached.add(target)
                found.append((source, target))
        return found

    def _glow(self, path: QPainterPath, role: int, glow: Glow = GLOW) -> None:
        strength = 0.35 if self.scene.explanation.role not in (0, role) else 1.0
        for width, alpha in glow:
            colour = QColor(self.theme.factors[role - 1])
            colour.setAlphaF(alpha * strength)
            stroke(self.painter, path, colour, width)
        colour = QColor(self.theme.factors[role - 1])
        colour.setAlphaF(strength)
        stroke(self.painter, path, colour, 2.4)
        self._arrow(path, colour)

    def _arrow(self, path: QPainterPath, colour: QColor) -> None:
        """A head at the beginning of a path: the way is walked back."""
        tip = path.pointAtPercent(0.0)
        head = QPainterPath(tip)
        head.lineTo(tip.x() + 9, tip.y() - 5)
        head.lineTo(tip.x() + 9, tip.y() + 5)
        head.closeSubpath()
        self.painter.fillPath(head, colour)

    def _paint_arc(self, unit: Unit, value: float) -> None:
        card = self.scene.places.cards[unit]
        left, right = card.left() + card.width() / 4, card.right() - card.width() / 4
        arc = QPainterPath(QPointF(left, card.top() - 1))
        arc.cubicTo(QPointF(left, card.top() - 20), QPointF(right, card.top() - 20), QPointF(right, card.top() - 1))
        strength = 0.35 if self.scene.explanation.role not in (0, THROUGH_NEURON) else 1.0
        colour = QColor(self.theme.factors[THROUGH_NEURON - 1])
        colour.setAlphaF(strength)
        stroke(self.painter, arc, colour, 2.4)
        if not self.scene.places.flat:
            self._pill(QPointF(card.center().x(), card.top() - 28), value, THROUGH_NEURON)

    def _pill(self, at: QPointF, value: float, role: int) -> None:
        text = format_digits(value, self._digits)
        wide = ui_width(text, BODY, QFont.Weight.DemiBold) + 18
        place = QRectF(at.x() - wide / 2, at.y() - 11, wide, 22)
        colour = self.theme.factors[role - 1]
        lit = self.scene.explanation.role == role
        rounded(self.painter, place, 11, self.theme.surface2, colour, 2.0 if lit else 1.5)
        self.painter.setFont(ui_font(BODY, QFont.Weight.DemiBold))
        self.painter.setPen(QColor(colour))
        self.painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        factor = next(factor for factor in self.rule.factors if factor.role == role)
        self.scene.spots.insert(0, Spot(place, None, partial(How, factor.symbol, factor.formula, factor.value), role))

    @property
    def _digits(self) -> int:
        return self.scene.digits + 1
