"""What the Explain drawing is painted from, and what it has to point at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from bpgui.explain.sample_rules import Entry
from bpgui.gui.explain.explanation import Explanation, Numbers
from bpgui.gui.explain.how import How
from bpgui.gui.explain.layout import Places
from bpgui.gui.selection import Selection
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.tokens import CAPTION
from bpgui.number_text import fitting_digits

Unit = tuple[int, int]

MOST_DIGITS = 6


@dataclass(frozen=True)
class Spot:
    """Something that can be pointed at: a place, what it is about, and what tells how its number is computed."""

    place: QRectF
    select: Selection | None
    how: Callable[[], How]
    role: int = 0


@dataclass
class Scene:
    """One look at the explanation: its numbers, where they lie, which neurons are drawn, what is pointed at."""

    explanation: Explanation
    numbers: Numbers
    places: Places
    shown: list[list[int]]
    hovered: Entry | None
    spots: list[Spot] = field(default_factory=list)

    @property
    def position(self) -> int:
        """Where the walk is."""
        return self.explanation.position

    @property
    def goes_back(self) -> bool:
        """Whether the walk is on its way back."""
        return self.explanation.walk.stops[self.position].phase == "backward"

    def edges(self) -> Iterator[tuple[Unit, Unit, int]]:
        """Yield source, target and place in the vector of each connection drawn."""
        yield from edges(self.explanation, self.shown)

    @property
    def digits(self) -> int:
        """Decimals that are drawn at most: all digits are for the tables, and for what is pointed at."""
        asked = self.explanation.digits
        return MOST_DIGITS if asked is None else min(asked, MOST_DIGITS)

    def number(self, value: float, known: bool, room: float, size: float = CAPTION) -> str:
        """Write a number with as many of its digits as find room, or a dot while the walk has not come by it."""
        if not known:
            return "·"
        return fitting_digits(value, self.digits, lambda text: ui_width(text, size, QFont.Weight.DemiBold) <= room)

    def unit_id(self, unit: Unit) -> int:
        """Return the id of a neuron."""
        ids = self.explanation.network.layers[unit[0]].unit_ids
        assert ids is not None
        return ids[unit[1]]


def edges(explanation: Explanation, shown: list[list[int]]) -> Iterator[tuple[Unit, Unit, int]]:
    """Yield source, target and place in the vector of each connection between the neurons shown."""
    network = explanation.network
    for number, block in enumerate(network.blocks):
        for i in shown[block.source]:
            for j in shown[block.target]:
                index = network.index_of_weight(number, i, j)
                if not network.cut[index]:
                    yield (block.source, i), (block.target, j), index


def stroke(painter: QPainter, path: QPainterPath, colour: QColor, width: float) -> None:
    """Draw a line with round ends."""
    painter.strokePath(path, QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))


def italic(size: float) -> QFont:
    """Return the font of symbols."""
    font = ui_font(size)
    font.setItalic(True)
    return font


def fitting(text: str, size: float, room: float) -> QFont:
    """Return a font in which a number fits."""
    while size > CAPTION and ui_width(text, size, QFont.Weight.DemiBold) > room:
        size -= 1.0
    return ui_font(size, QFont.Weight.DemiBold)
