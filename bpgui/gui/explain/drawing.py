"""The network drawn large, with every number of one sample: what is known so far, and the selected weight's factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QVariantAnimation, Slot
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpgui.explain.chain_rule import ChainRule
from bpgui.explain.sample_rules import FROM_ERROR, INTO_ENTRY, THROUGH_NEURON, Entry
from bpgui.gui.explain.explanation import Explanation, Numbers, key_of
from bpgui.gui.explain.how import How, how_delta, how_error, how_weight, how_z_and_a
from bpgui.gui.explain.layout import MARGIN, Places, lay_out, rows_that_fit, shown_units
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.motion import reduces_motion
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION, TITLE, Theme
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.network.names import place_of, unit_name
from bpgui.number_text import format_digits, format_short, subscripted

Unit = tuple[int, int]

REACH = 7.0
"""Pixels around a connection in which the pointer is on it."""
MOST_CHIPS = 24
"""Connections up to which each carries its number; of more those of the step and of the selection."""
Glow = tuple[tuple[float, float], ...]
GLOW: Glow = ((20.0, 0.10), (13.0, 0.16), (8.0, 0.28))
"""Widths and alphas of the strokes around a way back."""
FEW = 6
"""Connections on the way from a neuron to the error up to which each glows softly."""
SIGNAL = 450
"""Milliseconds that a signal takes along a connection."""
CARD_RADIUS = 14.0
SMALL_RADIUS = 9.0


@dataclass(frozen=True)
class Spot:
    """Something that can be pointed at: a place, what it is about, and what tells how its number is computed."""

    place: QRectF
    select: Selection | None
    how: Callable[[], How]
    role: int = 0


class Drawing(QWidget):
    """Draws what the explanation holds; a click selects, pointing at a number tells how it was computed."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._explanation = session, explanation
        self._spots: list[Spot] = []
        self._places = Places()
        self._shown: list[list[int]] = []
        self._hovered: Entry | None = None
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
        """Return the least size at which the numbers can be read."""
        return QSize(420, 220)

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
        for item in self._session.selection.items:
            if item.kind in ("entry", "neuron"):
                place = place_of(network, item.id)
                wanted += [place.target] if place.source is None else [place.source, place.target]
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
        self._paint_headings(painter, theme)
        self._paint_edges(painter, theme, numbers)
        self._paint_error(painter, theme, numbers)
        if numbers.rule is not None and self._position >= self._explanation.walk.first_of("backward"):
            self._paint_factors(painter, theme, numbers.rule)
        for layer, units in enumerate(self._shown):
            for unit in units:
                self._paint_card(painter, theme, numbers, (layer, unit))
        self._paint_chips(painter, theme, numbers)
        if self._signal.state() == QVariantAnimation.State.Running:
            self._paint_signal(painter, theme)

    @property
    def _position(self) -> int:
        return self._explanation.position

    def _paint_headings(self, painter: QPainter, theme: Theme) -> None:
        network = self._explanation.network
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        for layer, place in enumerate(self._places.headings):
            if layer == 0:
                text = self.tr("Input")
            elif layer == len(network.layers):
                text = self.tr("Error")
            else:
                text = f"{self.tr('Layer')} {layer} · {network.layers[layer].activation or ''}".replace("_", " ")
            if layer < len(network.layers) and (more := network.layers[layer].units - len(self._shown[layer])):
                text += f" (+{more})"
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _edges(self) -> Iterator[tuple[Unit, Unit, int]]:
        """Yield source, target and place in the vector of each connection drawn."""
        network = self._explanation.network
        for number, block in enumerate(network.blocks):
            for i in self._shown[block.source]:
                for j in self._shown[block.target]:
                    index = network.index_of_weight(number, i, j)
                    if not network.cut[index]:
                        yield (block.source, i), (block.target, j), index

    def _paint_edges(self, painter: QPainter, theme: Theme, numbers: Numbers) -> None:
        vector = numbers.training.state.vector
        sizes = np.abs(vector[: self._explanation.network.weight_count])
        reference = float(np.quantile(sizes, 0.95)) or 1.0
        for source, target, index in sorted(self._edges(), key=lambda edge: abs(float(vector[edge[2]]))):
            strength = min(1.0, abs(float(vector[index])) / reference)
            colour = QColor(theme.positive if vector[index] >= 0 else theme.negative)
            colour.setAlphaF(0.10 + 0.65 * strength)
            if self._hovered is not None and self._hovered == Entry(source, target):
                halo = QColor(theme.accent)
                halo.setAlphaF(0.28)
                _stroke(painter, self._places.curve(source, target), halo, 9.0)
            _stroke(painter, self._places.curve(source, target), colour, 0.75 + 4.25 * strength)
        line = QColor(theme.border2)
        for unit in self._shown[-1]:
            _stroke(painter, self._places.error_curve((len(self._shown) - 1, unit)), line, 1.25)

    def _paint_error(self, painter: QPainter, theme: Theme, numbers: Numbers) -> None:
        place, rules = self._places.error, numbers.rules
        known = self._position >= self._explanation.walk.error
        colour = theme.factors[0] if known else theme.border2
        rounded(painter, place, CARD_RADIUS - 4, theme.surface2, colour, 1.5)
        head = QRectF(place.left() + 10, place.top() + 4, place.width() - 20, 36)
        painter.setFont(_italic(TITLE))
        painter.setPen(QColor(theme.text2))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, "E")
        painter.setFont(ui_font(16, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.text if known else theme.muted))
        painter.drawText(
            head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._number(rules.error, known)
        )
        self._spots.append(Spot(place, None, partial(how_error, rules), FROM_ERROR))
        outputs = self._shown[-1]
        painter.setFont(ui_font(CAPTION))
        if len(outputs) > 1:
            for row, unit in enumerate(outputs[:4]):
                line = QRectF(place.left() + 10, place.top() + 44 + 16 * row, place.width() - 20, 16)
                painter.setPen(QColor(theme.muted))
                name = self.tr("via {unit}").format(unit=unit_name(len(self._shown) - 1, unit))
                painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
                painter.setPen(QColor(theme.text if known else theme.muted))
                share = self._number(float(rules.shares[unit]), known)
                painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share)
        for unit, target in self._places.targets.items():
            rounded(painter, target, target.height() / 2, theme.surface2, theme.border2)
            painter.setPen(QPen(QColor(theme.border2), 1, Qt.PenStyle.DashLine))
            x, above = target.center().x(), target.bottom() < place.top()
            ends = (target.bottom(), place.top()) if above else (place.bottom(), target.top())
            painter.drawLine(QPointF(x, ends[0] + 2), QPointF(x, ends[1] - 2))
            painter.setPen(QColor(theme.text2))
            painter.setFont(ui_font(CAPTION))
            text = self.tr("target {t}").format(t=format_short(float(rules.t[unit]), self._explanation.digits))
            painter.drawText(target, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_card(self, painter: QPainter, theme: Theme, numbers: Numbers, unit: Unit) -> None:
        place, rules, walk = self._places.cards[unit], numbers.rules, self._explanation.walk
        layer, index = unit
        known = layer == 0 or self._position >= walk.forward[unit]
        stop = walk.stops[self._position]
        active = unit in stop.units and stop.phase in ("forward", "backward")
        selected = numbers.rule is not None and unit == numbers.rule.entry.target
        line = theme.accent if active else theme.factors[1] if selected and self._goes_back else theme.border2
        radius = SMALL_RADIUS if self._places.flat or layer == 0 else CARD_RADIUS
        rounded(painter, place, radius, theme.surface2, line, 2.0 if active or selected else 1.0)
        z, a = rules.quantity("z", *unit), rules.quantity("a", *unit)
        neuron = Selection.of("neuron", self._unit_id(unit))
        if layer == 0:
            self._paint_pair(
                painter, theme, place, subscripted(f"x{index}"), format_short(a.value, self._explanation.digits)
            )
            self._spots.append(Spot(place, neuron, partial(how_z_and_a, rules, layer, index)))
            return
        if self._places.single:
            self._paint_pair(painter, theme, place, a.symbol.plain, self._number(a.value, known), muted=not known)
            self._spots.append(Spot(place, neuron, partial(how_z_and_a, rules, layer, index)))
            self._paint_delta(painter, theme, numbers, unit)
            return
        half = place.width() / 2
        left, right = QRectF(place), QRectF(place)
        left.setWidth(half)
        right.setLeft(place.left() + half)
        self._paint_pair(painter, theme, left, z.symbol.plain, self._number(z.value, known), muted=not known)
        if self._goes_back and numbers.rule is not None and unit == numbers.rule.entry.source:
            tint = QColor(theme.factors[INTO_ENTRY - 1])
            tint.setAlphaF(0.16)
            painter.setPen(QPen(QColor(theme.factors[INTO_ENTRY - 1]), 1.5))
            painter.setBrush(tint)
            painter.drawRoundedRect(right.adjusted(2, 3, -3, -3), radius - 4, radius - 4)
        self._paint_pair(painter, theme, right, a.symbol.plain, self._number(a.value, known), muted=not known)
        painter.setPen(QColor(theme.border2))
        inset = 4.0 if self._places.flat else 10.0
        painter.drawLine(
            QPointF(place.left() + half, place.top() + inset), QPointF(place.left() + half, place.bottom() - inset)
        )
        self._spots.append(Spot(left, neuron, partial(how_z_and_a, rules, layer, index)))
        self._spots.append(Spot(right, neuron, partial(how_z_and_a, rules, layer, index)))
        self._paint_delta(painter, theme, numbers, unit)

    def _paint_delta(self, painter: QPainter, theme: Theme, numbers: Numbers, unit: Unit) -> None:
        if not self._goes_back and self._explanation.walk.stops[self._position].phase != "update":
            return
        place = self._places.cards[unit]
        line = QRectF(place.left() - 8, place.bottom() + 1, place.width() + 16, 16)
        known = self._position >= self._explanation.walk.delta[unit]
        delta = numbers.rules.delta(*unit)
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.text2 if known else theme.muted))
        text = format_digits(delta.value, self._explanation.digits, signed=True) if known else self.tr("comes next")
        if not self._places.flat or known:
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, f"δ {text}")
        if known:
            self._spots.append(Spot(line, None, partial(how_delta, numbers.rules, *unit)))

    def _paint_pair(
        self, painter: QPainter, theme: Theme, place: QRectF, symbol: str, number: str, *, muted: bool = False
    ) -> None:
        value = QColor(theme.muted if muted else theme.text)
        if self._places.flat:
            painter.setFont(_fitting(number, BODY, place.width() - 6))
            painter.setPen(value)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number)
            return
        upper = QRectF(place.left(), place.top() + 8, place.width(), 20)
        lower = QRectF(place.left(), place.top() + 30, place.width(), 24)
        painter.setFont(_italic(BODY))
        painter.setPen(QColor(theme.muted))
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, symbol)
        painter.setFont(_fitting(number, 14.0, place.width() - 6))
        painter.setPen(value)
        painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, number)

    def _paint_chips(self, painter: QPainter, theme: Theme, numbers: Numbers) -> None:
        edges = list(self._edges())
        stop = self._explanation.walk.stops[self._position]
        rule = numbers.rule
        for source, target, index in edges:
            entry = Entry(source, target)
            selected = rule is not None and rule.entry == entry
            if not (
                len(edges) <= MOST_CHIPS
                or selected
                or entry == self._hovered
                or (len(stop.entries) == 1 and index in stop.entries)
            ):
                continue
            self._paint_chip(painter, theme, numbers, entry, index, selected)

    def _paint_chip(
        self, painter: QPainter, theme: Theme, numbers: Numbers, entry: Entry, index: int, selected: bool
    ) -> None:
        assert entry.source is not None
        updated = self._explanation.walk.update.get(index, 0)
        after = self._explanation.walk.stops[self._position].phase == "update" and self._position >= updated
        value = float((numbers.update.after if after else numbers.training.state.vector)[index])
        text = format_short(value, self._explanation.digits)
        weight = QFont.Weight.DemiBold if selected else QFont.Weight.Normal
        left, right = self._places.cards[entry.source].right() + 3, self._places.cards[entry.target].left() - 3
        if selected:
            named = f"{self._explanation.notation.entry(*entry).plain} = {text}"
            text = named if ui_width(named, CAPTION, weight) + 14 <= right - left else text
        wide = ui_width(text, CAPTION, weight) + 14
        at = self._places.chip(entry.source, entry.target)
        at.setX(min(max(at.x(), left + wide / 2), max(left + wide / 2, right - wide / 2)))
        place = QRectF(at.x() - wide / 2, at.y() - 10, wide, 20)
        line = theme.accent if selected or after else theme.border2
        rounded(painter, place, 6, theme.surface2, line, 1.5 if selected else 1.0)
        painter.setFont(ui_font(CAPTION, weight))
        painter.setPen(QColor(theme.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        key = key_of(self._explanation.network, entry)
        how = partial(how_weight, numbers, entry, index)
        self._spots.append(Spot(place, Selection.of("entry", key), how, INTO_ENTRY if selected else 0))

    # The factors of the selected weight

    @property
    def _goes_back(self) -> bool:
        return self._explanation.walk.stops[self._position].phase == "backward"

    def _paint_factors(self, painter: QPainter, theme: Theme, rule: ChainRule) -> None:
        """Light the way from the error back to the weight, each stretch in the colour of its factor."""
        last = len(self._shown) - 1
        target = rule.entry.target
        if target not in self._places.cards:
            return
        onward = self._onward(target)
        few = len(onward) <= FEW
        for edge in onward:
            self._glow(painter, theme, self._places.curve(*edge), FROM_ERROR, GLOW if few else GLOW[-1:])
        for unit in {target} | {edge[1] for edge in onward}:
            if unit[0] == last:
                self._glow(painter, theme, self._places.error_curve(unit), FROM_ERROR)
        if rule.entry.source is not None and rule.entry.source in self._places.cards:
            self._glow(painter, theme, self._places.curve(rule.entry.source, target), INTO_ENTRY)
        by_role = {factor.role: factor for factor in rule.factors}
        if THROUGH_NEURON in by_role:
            self._paint_arc(painter, theme, target, by_role[THROUGH_NEURON].value)
        if INTO_ENTRY in by_role and rule.entry.source is not None and rule.entry.source in self._places.cards:
            card = self._places.cards[rule.entry.source]
            at = QPointF(
                card.right() - card.width() / 4 if rule.entry.source[0] else card.center().x(), card.top() - 18
            )
            if not self._places.flat:
                self._pill(painter, theme, at, by_role[INTO_ENTRY].value, INTO_ENTRY)
        if target[0] == last and FROM_ERROR in by_role:
            at = self._places.error_curve(target).pointAtPercent(0.5)
            self._pill(painter, theme, at, by_role[FROM_ERROR].value, FROM_ERROR)

    def _onward(self, start: Unit) -> list[tuple[Unit, Unit]]:
        """Return the drawn connections that the neuron's activation reaches."""
        reached, found = {start}, []
        for source, target, _ in sorted(self._edges(), key=lambda edge: edge[0]):
            if source in reached:
                reached.add(target)
                found.append((source, target))
        return found

    def _glow(self, painter: QPainter, theme: Theme, path: QPainterPath, role: int, glow: Glow = GLOW) -> None:
        strength = 0.35 if self._explanation.role not in (0, role) else 1.0
        for width, alpha in glow:
            colour = QColor(theme.factors[role - 1])
            colour.setAlphaF(alpha * strength)
            _stroke(painter, path, colour, width)
        colour = QColor(theme.factors[role - 1])
        colour.setAlphaF(strength)
        _stroke(painter, path, colour, 2.4)
        self._arrow(painter, path, colour)

    def _arrow(self, painter: QPainter, path: QPainterPath, colour: QColor) -> None:
        """A head at the beginning of a path: the way is walked back."""
        tip = path.pointAtPercent(0.0)
        head = QPainterPath(tip)
        head.lineTo(tip.x() + 9, tip.y() - 5)
        head.lineTo(tip.x() + 9, tip.y() + 5)
        head.closeSubpath()
        painter.fillPath(head, colour)

    def _paint_arc(self, painter: QPainter, theme: Theme, unit: Unit, value: float) -> None:
        card = self._places.cards[unit]
        left, right = card.left() + card.width() / 4, card.right() - card.width() / 4
        arc = QPainterPath(QPointF(left, card.top() - 1))
        arc.cubicTo(QPointF(left, card.top() - 20), QPointF(right, card.top() - 20), QPointF(right, card.top() - 1))
        strength = 0.35 if self._explanation.role not in (0, THROUGH_NEURON) else 1.0
        colour = QColor(theme.factors[THROUGH_NEURON - 1])
        colour.setAlphaF(strength)
        _stroke(painter, arc, colour, 2.4)
        if not self._places.flat:
            self._pill(painter, theme, QPointF(card.center().x(), card.top() - 28), value, THROUGH_NEURON)

    def _pill(self, painter: QPainter, theme: Theme, at: QPointF, value: float, role: int) -> None:
        text = format_digits(value, self._more_digits)
        wide = ui_width(text, BODY, QFont.Weight.DemiBold) + 18
        place = QRectF(at.x() - wide / 2, at.y() - 11, wide, 22)
        colour = theme.factors[role - 1]
        rounded(painter, place, 11, theme.surface2, colour, 2.0 if self._explanation.role == role else 1.5)
        painter.setFont(ui_font(BODY, QFont.Weight.DemiBold))
        painter.setPen(QColor(colour))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        numbers = self._explanation.numbers
        assert numbers is not None
        assert numbers.rule is not None
        factor = next(factor for factor in numbers.rule.factors if factor.role == role)
        self._spots.insert(0, Spot(place, None, partial(How, factor.symbol, factor.formula, factor.value), role))

    def _paint_signal(self, painter: QPainter, theme: Theme) -> None:
        """Dots that run along the connections of the present stop: forward, or back from the error."""
        stop = self._explanation.walk.stops[self._position]
        share = float(self._signal.currentValue())
        share = share if stop.phase == "forward" else 1.0 - share
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.accent))
        paths = []
        if stop.phase in ("forward", "backward"):
            paths += [self._places.curve(s, t) for s, t, index in self._edges() if index in stop.entries]
        if stop.phase == "error":
            paths += [self._places.error_curve(unit) for unit in stop.units if unit in self._places.cards]
            share = float(self._signal.currentValue())
        for path in paths:
            painter.drawEllipse(path.pointAtPercent(share), 3.5, 3.5)

    # Numbers

    def _number(self, value: float, known: bool) -> str:
        return format_digits(value, self._explanation.digits) if known else "·"

    @property
    def _more_digits(self) -> int | None:
        digits = self._explanation.digits
        return None if digits is None else digits + 1

    def _unit_id(self, unit: Unit) -> int:
        ids = self._explanation.network.layers[unit[0]].unit_ids
        assert ids is not None
        return ids[unit[1]]

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

    def _spot(self, at: QPointF) -> Spot | None:
        return next((spot for spot in reversed(self._spots) if spot.place.contains(at)), None)

    def _edge(self, at: QPointF) -> Entry | None:
        near = QRectF(at.x() - REACH, at.y() - REACH, 2 * REACH, 2 * REACH)
        if at.y() < MARGIN or not self._shown:
            return None
        best, found = REACH + 1.0, None
        for source, target, _ in self._edges():
            curve = self._places.curve(source, target)
            if curve.controlPointRect().adjusted(-REACH, -REACH, REACH, REACH).intersects(near):
                points = [curve.pointAtPercent(share) for share in np.linspace(0.0, 1.0, 41)]
                distance = min((point - at).manhattanLength() for point in points)
                if distance < best:
                    best, found = distance, Entry(source, target)
        return found


def _stroke(painter: QPainter, path: QPainterPath, colour: QColor, width: float) -> None:
    painter.strokePath(path, QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))


def _italic(size: float) -> QFont:
    font = ui_font(size)
    font.setItalic(True)
    return font


def _fitting(text: str, size: float, room: float) -> QFont:
    """Return a font in which a number fits."""
    while size > CAPTION and ui_width(text, size, QFont.Weight.DemiBold) > room:
        size -= 1.0
    return ui_font(size, QFont.Weight.DemiBold)
