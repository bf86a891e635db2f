"""Where the cards of the Explain drawing lie: inputs, neurons with z and a, targets and the error. Knows no window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from bpgui.network.network import Network

Unit = tuple[int, int]

MOST_SHOWN = 8
"""Neurons of a layer that are drawn; of more the first, and those of the selection."""

MARGIN = 22.0
HEADING = 30.0
"""Height of the layers' names."""
FOOT = 22.0
INPUT, NEURON, ERROR = 66.0, 118.0, 112.0
"""Widths of the cards where there is room."""
BOTH, NARROWEST = 100.0, 64.0
"""Widths of a neuron's card from which on both z and a find room, and the least with one of them."""
SMALLEST_GAP = 42.0
"""Between two layers, that a number finds room on a connection; the cards get narrower first."""
CARD_HEIGHT, FLAT_HEIGHT, SMALLEST_CARD = 66.0, 34.0, 22.0
"""Of a card with symbols over numbers, and the most and least of one with numbers alone."""
BELOW = 20.0
"""Under a card, for its δ."""
WIDEST_PITCH = 168.0
ABOVE = 28.0
"""Over the uppermost card, for the number of its factor."""
TARGET = 86.0, 28.0
STRAIGHT, CROSSING = 0.5, 0.27
"""Where on a connection its number stands."""
BEND = 0.48


@dataclass
class Places:
    """Rectangles of the cards by (layer, unit), of the error and of the targets by output."""

    cards: dict[Unit, QRectF] = field(default_factory=dict)
    targets: dict[int, QRectF] = field(default_factory=dict)
    error: QRectF = field(default_factory=QRectF)
    headings: list[QRectF] = field(default_factory=list)
    flat: bool = False
    """Whether there is only room for numbers."""
    single: bool = False
    """Whether there is only room for one of them, the activation."""

    def curve(self, source: Unit, target: Unit) -> QPainterPath:
        """Return the line of a connection."""
        return bezier(*self._ends(source, target))

    def error_curve(self, output: Unit) -> QPainterPath:
        """Return the line from an output to the error."""
        card = self.cards[output]
        there = QPointF(self.error.left(), min(max(card.center().y(), self.error.top() + 14), self.error.bottom() - 14))
        return bezier(QPointF(card.right(), card.center().y()), there)

    def chip(self, source: Unit, target: Unit) -> QPointF:
        """Return where the number of a connection stands."""
        share = STRAIGHT if abs(self.cards[source].center().y() - self.cards[target].center().y()) < 1 else CROSSING
        return self.curve(source, target).pointAtPercent(share)

    def _ends(self, source: Unit, target: Unit) -> tuple[QPointF, QPointF]:
        here, there = self.cards[source], self.cards[target]
        return QPointF(here.right(), here.center().y()), QPointF(there.left(), there.center().y())


def bezier(here: QPointF, there: QPointF) -> QPainterPath:
    """Return the curve between two points that leaves and arrives level."""
    path = QPainterPath(here)
    bend = BEND * (there.x() - here.x())
    path.cubicTo(QPointF(here.x() + bend, here.y()), QPointF(there.x() - bend, there.y()), there)
    return path


def least_width(layers: int) -> float:
    """Return the width that so many layers need."""
    return 2 * MARGIN + INPUT + (layers - 1) * NARROWEST + ERROR + layers * SMALLEST_GAP * 0.75


def rows_that_fit(height: float) -> int:
    """Return how many neurons find room above each other."""
    return max(3, min(MOST_SHOWN, int((height - HEADING - 8 - FOOT) / (SMALLEST_CARD + BELOW))))


def shown_units(network: Network, wanted: Iterable[Unit] = (), most: int = MOST_SHOWN) -> list[list[int]]:
    """Return the neurons of each layer that are drawn: the first ones, and those wanted."""
    result = []
    for layer, of in enumerate(network.layers):
        also = sorted({unit for at, unit in wanted if at == layer and unit < of.units})[:most]
        others = [unit for unit in range(of.units) if unit not in also][: max(0, most - len(also))]
        result.append(sorted([*also, *others]))
    return result


def lay_out(network: Network, shown: list[list[int]], width: float, height: float) -> Places:
    """Return the places for a drawing of that size, which is at least ``least_width`` wide."""
    places = Places()
    layers = len(network.layers)
    room = width - 2 * MARGIN
    gap = (room - INPUT - (layers - 1) * NEURON - ERROR) / layers
    neuron = NEURON
    if gap < SMALLEST_GAP:
        neuron = max(NARROWEST, NEURON - (SMALLEST_GAP - gap) * layers / (layers - 1))
        gap = max(SMALLEST_GAP * 0.75, (room - INPUT - (layers - 1) * neuron - ERROR) / layers)
    top, bottom = HEADING + 8, height - FOOT
    rows = max(len(units) for units in shown)
    pitch = min(WIDEST_PITCH, (bottom - top) / rows)
    places.flat = pitch < CARD_HEIGHT + BELOW + 4 or neuron < BOTH
    places.single = neuron < BOTH
    if not places.flat:
        top += ABOVE
        pitch = min(WIDEST_PITCH, (bottom - top) / rows)
    card = min(FLAT_HEIGHT if places.flat else CARD_HEIGHT, pitch - BELOW + 3)
    middle = (top + bottom) / 2
    left = MARGIN
    for layer, units in enumerate(shown):
        wide = INPUT if layer == 0 else neuron
        places.headings.append(QRectF(left - 20, 8, wide + 40, HEADING - 8))
        here = pitch if len(units) == rows else min(WIDEST_PITCH, (bottom - top) / max(len(units), 1), pitch * 2)
        first = middle - here * (len(units) - 1) / 2
        for row, unit in enumerate(units):
            centre = first + row * here - (0 if places.flat else BELOW / 4)
            places.cards[layer, unit] = QRectF(left, centre - card / 2, wide, card)
        left += wide + gap
    _place_error(places, shown[-1], QPointF(left, middle), top, bottom)
    places.headings.append(QRectF(left, 8, ERROR, HEADING - 8))
    return places


def _place_error(places: Places, outputs: list[int], at: QPointF, top: float, bottom: float) -> None:
    lines = min(len(outputs), 4)
    tall = 44.0 + (16.0 * lines + 8 if lines > 1 else 0.0)
    places.error = QRectF(at.x(), at.y() - tall / 2, ERROR, tall)
    wide, high = TARGET
    above = len(outputs[: (len(outputs) + 1) // 2])
    for row, output in enumerate(outputs):
        if row < above:
            y = places.error.top() - 16 - high - (above - 1 - row) * (high + 6)
        else:
            y = places.error.bottom() + 16 + (row - above) * (high + 6)
        if top <= y and y + high <= bottom:
            places.targets[output] = QRectF(at.x() + (ERROR - wide) / 2, y, wide, high)
