"""Paints the Explain drawing: connections, cards with z and a, deltas, targets, the error, and the signal that runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from bpgui.explain.sample_rules import FROM_ERROR, INTO_ENTRY, Entry, SampleRules
from bpgui.gui.canvas.labels import tr
from bpgui.gui.explain.explanation import key_of
from bpgui.gui.explain.factor_picture import FactorPicture
from bpgui.gui.explain.how import How, how_delta, how_error, how_weight, how_z_and_a
from bpgui.gui.explain.scene import Scene, Spot, Unit, fitting, italic, stroke
from bpgui.gui.selection import Selection
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.tokens import BODY, CAPTION, TITLE, Theme
from bpgui.gui.widgets.paint import rounded
from bpgui.network.names import unit_name
from bpgui.number_text import format_digits, format_short, subscripted

MOST_CHIPS = 24
"""Connections up to which each carries its number; of more those of the step and of the selection."""
CARD_RADIUS, SMALL_RADIUS = 14.0, 9.0


class Picture:
    """Paints a scene, and notes in its ``spots`` what can be pointed at. ``signal``: how far it has run, or None."""

    def __init__(self, painter: QPainter, theme: Theme, scene: Scene) -> None:
        self.painter, self.theme, self.scene = painter, theme, scene

    def paint(self, signal: float | None) -> None:
        """Paint everything anew: some hundred strokes."""
        scene = self.scene
        self._paint_headings()
        self._paint_edges()
        self._paint_error()
        rule = scene.numbers.rule
        if rule is not None and scene.position >= scene.explanation.walk.first_of("backward"):
            FactorPicture(self.painter, self.theme, scene, rule).paint()
        for layer, units in enumerate(scene.shown):
            for unit in units:
                self._paint_card((layer, unit))
        self._paint_chips()
        if signal is not None:
            self._paint_signal(signal)

    def _paint_headings(self) -> None:
        network = self.scene.explanation.network
        self.painter.setFont(ui_font(CAPTION))
        self.painter.setPen(QColor(self.theme.muted))
        for layer, place in enumerate(self.scene.places.headings):
            if layer == 0:
                text = tr("Input")
            elif layer == len(network.layers):
                text = tr("Error of the sample") if len(self.scene.numbers.training.data.X) > 1 else tr("Error")
            else:
                text = f"{tr('Layer')} {layer} · {network.layers[layer].activation or ''}".replace("_", " ")
            if layer < len(network.layers) and (more := network.layers[layer].units - len(self.scene.shown[layer])):
                text += f" (+{more})"
            self.painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_edges(self) -> None:
        vector = self.scene.numbers.training.state.vector
        sizes = np.abs(vector[: self.scene.explanation.network.weight_count])
        reference = float(np.quantile(sizes, 0.95)) or 1.0
        for source, target, index in sorted(self.scene.edges(), key=lambda edge: abs(float(vector[edge[2]]))):
            strength = min(1.0, abs(float(vector[index])) / reference)
            colour = QColor(self.theme.positive if vector[index] >= 0 else self.theme.negative)
            colour.setAlphaF(0.10 + 0.65 * strength)
            if self.scene.hovered is not None and self.scene.hovered == Entry(source, target):
                halo = QColor(self.theme.accent)
                halo.setAlphaF(0.28)
                stroke(self.painter, self.scene.places.curve(source, target), halo, 9.0)
            stroke(self.painter, self.scene.places.curve(source, target), colour, 0.75 + 4.25 * strength)
        line = QColor(self.theme.border2)
        for unit in self.scene.shown[-1]:
            stroke(self.painter, self.scene.places.error_curve((len(self.scene.shown) - 1, unit)), line, 1.25)

    def _paint_error(self) -> None:
        place, rules = self.scene.places.error, self.scene.numbers.rules
        known = self.scene.position >= self.scene.explanation.walk.error
        colour = self.theme.factors[0] if known else self.theme.border2
        rounded(self.painter, place, CARD_RADIUS - 4, self.theme.surface2, colour, 1.5)
        head = QRectF(place.left() + 10, place.top() + 4, place.width() - 20, 36)
        self.painter.setFont(italic(TITLE))
        self.painter.setPen(QColor(self.theme.text2))
        self.painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, "E")
        self.painter.setFont(ui_font(16, QFont.Weight.DemiBold))
        self.painter.setPen(QColor(self.theme.text if known else self.theme.muted))
        self.painter.drawText(
            head,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            self.scene.number(rules.error, known, head.width() - 20, 16.0),
        )
        if known:
            self.scene.spots.append(Spot(place, None, partial(how_error, rules), FROM_ERROR))
        outputs = self.scene.shown[-1]
        self.painter.setFont(ui_font(CAPTION))
        if len(outputs) > 1:
            for row, unit in enumerate(outputs[:4]):
                line = QRectF(place.left() + 10, place.top() + 44 + 16 * row, place.width() - 20, 16)
                self.painter.setPen(QColor(self.theme.muted))
                name = tr("via {unit}").format(unit=unit_name(len(self.scene.shown) - 1, unit))
                self.painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, name)
                self.painter.setPen(QColor(self.theme.text if known else self.theme.muted))
                share = self.scene.number(float(rules.shares[unit]), known, 54.0)
                self.painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, share)
        for unit, target in self.scene.places.targets.items():
            rounded(self.painter, target, target.height() / 2, self.theme.surface2, self.theme.border2)
            self.painter.setPen(QPen(QColor(self.theme.border2), 1, Qt.PenStyle.DashLine))
            x, above = target.center().x(), target.bottom() < place.top()
            ends = (target.bottom(), place.top()) if above else (place.bottom(), target.top())
            self.painter.drawLine(QPointF(x, ends[0] + 2), QPointF(x, ends[1] - 2))
            self.painter.setPen(QColor(self.theme.text2))
            self.painter.setFont(ui_font(CAPTION))
            told = format_short(float(rules.t[unit]), self.scene.digits)
            text = tr("target {t}").format(t=told) if len(rules.t) <= 2 else f"{subscripted(f't{unit}')} = {told}"
            self.painter.drawText(target, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_card(self, unit: Unit) -> None:
        place, rules, walk = self.scene.places.cards[unit], self.scene.numbers.rules, self.scene.explanation.walk
        layer, index = unit
        known = layer == 0 or self.scene.position >= walk.forward[unit]
        stop = walk.stops[self.scene.position]
        active = unit in stop.units and stop.phase in ("forward", "backward")
        selected = self.scene.numbers.rule is not None and unit == self.scene.numbers.rule.entry.target
        through = selected and self.scene.goes_back
        line = self.theme.accent if active else self.theme.factors[1] if through else self.theme.border2
        radius = SMALL_RADIUS if self.scene.places.flat or layer == 0 else CARD_RADIUS
        rounded(self.painter, place, radius, self.theme.surface2, line, 2.0 if active or selected else 1.0)
        z, a = rules.quantity("z", *unit), rules.quantity("a", *unit)
        neuron = Selection.of("neuron", self.scene.unit_id(unit))
        if layer == 0:
            given = format_short(a.value, self.scene.digits)
            self._paint_pair(place, subscripted(f"x{index}"), given)
            self.scene.spots.append(Spot(place, neuron, self._how(rules, unit, known)))
            return
        room = (place.width() if self.scene.places.single else place.width() / 2) - 6
        if self.scene.places.single:
            self._paint_pair(place, a.symbol.plain, self.scene.number(a.value, known, room), muted=not known)
            self.scene.spots.append(Spot(place, neuron, self._how(rules, unit, known)))
            self._paint_delta(unit)
            return
        half = place.width() / 2
        left, right = QRectF(place), QRectF(place)
        left.setWidth(half)
        right.setLeft(place.left() + half)
        self._paint_pair(left, z.symbol.plain, self.scene.number(z.value, known, room), muted=not known)
        rule = self.scene.numbers.rule
        if self.scene.goes_back and rule is not None and unit == rule.entry.source:
            tint = QColor(self.theme.factors[INTO_ENTRY - 1])
            tint.setAlphaF(0.16)
            self.painter.setPen(QPen(QColor(self.theme.factors[INTO_ENTRY - 1]), 1.5))
            self.painter.setBrush(tint)
            self.painter.drawRoundedRect(right.adjusted(2, 3, -3, -3), radius - 4, radius - 4)
        self._paint_pair(right, a.symbol.plain, self.scene.number(a.value, known, room), muted=not known)
        self.painter.setPen(QColor(self.theme.border2))
        inset = 4.0 if self.scene.places.flat else 10.0
        self.painter.drawLine(
            QPointF(place.left() + half, place.top() + inset), QPointF(place.left() + half, place.bottom() - inset)
        )
        self.scene.spots.append(Spot(left, neuron, self._how(rules, unit, known)))
        self.scene.spots.append(Spot(right, neuron, self._how(rules, unit, known)))
        self._paint_delta(unit)

    def _how(self, rules: SampleRules, unit: Unit, known: bool) -> Callable[[], How]:
        """Return what tells how z and a are computed, once the walk has come by them."""
        a = rules.quantity("a", *unit)
        return partial(how_z_and_a, rules, *unit) if known else partial(How, a.symbol, None, None)

    def _paint_delta(self, unit: Unit) -> None:
        if not self.scene.goes_back and self.scene.explanation.walk.stops[self.scene.position].phase != "update":
            return
        place = self.scene.places.cards[unit]
        line = QRectF(place.left() - 8, place.bottom() + 1, place.width() + 16, 16)
        known = self.scene.position >= self.scene.explanation.walk.delta[unit]
        delta = self.scene.numbers.rules.delta(*unit)
        self.painter.setFont(ui_font(CAPTION))
        self.painter.setPen(QColor(self.theme.text2 if known else self.theme.muted))
        text = format_digits(delta.value, self.scene.digits, signed=True) if known else tr("comes next")
        if not self.scene.places.flat or known:
            self.painter.drawText(line, Qt.AlignmentFlag.AlignCenter, f"δ {text}")
        if known:
            self.scene.spots.append(Spot(line, None, partial(how_delta, self.scene.numbers.rules, *unit)))

    def _paint_pair(self, place: QRectF, symbol: str, number: str, *, muted: bool = False) -> None:
        value = QColor(self.theme.muted if muted else self.theme.text)
        if self.scene.places.flat:
            self.painter.setFont(fitting(number, BODY, place.width() - 6))
            self.painter.setPen(value)
            self.painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number)
            return
        upper = QRectF(place.left(), place.top() + 8, place.width(), 20)
        lower = QRectF(place.left(), place.top() + 30, place.width(), 24)
        self.painter.setFont(italic(BODY))
        self.painter.setPen(QColor(self.theme.muted))
        self.painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, symbol)
        self.painter.setFont(fitting(number, 14.0, place.width() - 6))
        self.painter.setPen(value)
        self.painter.drawText(lower, Qt.AlignmentFlag.AlignCenter, number)

    def _paint_chips(self) -> None:
        edges = list(self.scene.edges())
        stop = self.scene.explanation.walk.stops[self.scene.position]
        rule = self.scene.numbers.rule
        for source, target, index in edges:
            entry = Entry(source, target)
            selected = rule is not None and rule.entry == entry
            if not (
                (len(edges) <= MOST_CHIPS and not self.scene.places.flat)
                or selected
                or entry == self.scene.hovered
                or (len(stop.entries) == 1 and index in stop.entries)
            ):
                continue
            self._paint_chip(entry, index, selected)

    def _paint_chip(self, entry: Entry, index: int, selected: bool) -> None:
        assert entry.source is not None
        walk, position = self.scene.explanation.walk, self.scene.position
        after = walk.stops[position].phase == "update" and position >= walk.update.get(index, 0)
        value = float((self.scene.numbers.update.after if after else self.scene.numbers.training.state.vector)[index])
        text = format_short(value, self.scene.digits)
        weight = QFont.Weight.DemiBold if selected else QFont.Weight.Normal
        cards = self.scene.places.cards
        left, right = cards[entry.source].right() + 3, cards[entry.target].left() - 3
        if selected:
            named = f"{self.scene.explanation.notation.entry(*entry).plain} = {text}"
            text = named if ui_width(named, CAPTION, weight) + 14 <= right - left else text
        wide = ui_width(text, CAPTION, weight) + 14
        at = self.scene.places.chip(entry.source, entry.target)
        at.setX(min(max(at.x(), left + wide / 2), max(left + wide / 2, right - wide / 2)))
        place = QRectF(at.x() - wide / 2, at.y() - 10, wide, 20)
        line = self.theme.accent if selected or after else self.theme.border2
        rounded(self.painter, place, 6, self.theme.surface2, line, 1.5 if selected else 1.0)
        self.painter.setFont(ui_font(CAPTION, weight))
        self.painter.setPen(QColor(self.theme.text))
        self.painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        key = key_of(self.scene.explanation.network, entry)
        how = partial(how_weight, self.scene.numbers, entry, index)
        self.scene.spots.append(Spot(place, Selection.of("entry", key), how, INTO_ENTRY if selected else 0))

    def _paint_signal(self, run: float) -> None:
        """Dots that run along the connections of the present stop: forward, or back from the error."""
        stop = self.scene.explanation.walk.stops[self.scene.position]
        share = 1.0 - run if stop.phase == "backward" else run
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QColor(self.theme.accent))
        paths = []
        if stop.phase in ("forward", "backward"):
            paths += [self.scene.places.curve(s, t) for s, t, index in self.scene.edges() if index in stop.entries]
        if stop.phase == "error":
            paths += [self.scene.places.error_curve(unit) for unit in stop.units if unit in self.scene.places.cards]
        for path in paths:
            self.painter.drawEllipse(path.pointAtPercent(share), 3.5, 3.5)
