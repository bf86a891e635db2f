"""The picture of all connections, painted a few milliseconds at a time and swapped in when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from time import perf_counter

import numpy as np
from PySide6.QtCore import QObject, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from bpgui.gui.canvas.curves import Curves
from bpgui.gui.canvas.edges import Edges, stroke
from bpgui.gui.theme.tokens import Theme
from bpgui.gui.widgets.paint import smooth

SLICE = 0.006
"""Seconds of painting in one frame."""
FRAME = 16
"""Milliseconds between two slices."""
INTERVAL = 100
"""Milliseconds from one picture to the next."""

CUT_WIDTH = 1.2
CUT_DASHES = (3.0 / CUT_WIDTH, 5.0 / CUT_WIDTH)  # a pen counts dashes in its own widths


@dataclass(frozen=True, eq=False)
class Drawing:
    """What a picture is painted from."""

    edges: Edges
    curves: Curves
    reference: float
    theme: Theme
    size: QSize
    ratio: float


class EdgePicture(QObject):
    """Keeps the present picture and paints the next one; ``painted`` says that there is something new to see."""

    painted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pixmap: QPixmap | None = None
        self.slices: list[float] = []
        """Seconds that each slice of the last picture took."""
        self._next: QPixmap | None = None
        self._wanted: Drawing | None = None
        self._strokes: Iterator[None] | None = None
        self._pen_on = QPainter()
        self._slice_timer = QTimer(self)
        self._slice_timer.setInterval(FRAME)
        self._slice_timer.timeout.connect(self._paint_slice)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(INTERVAL)
        self._pause.timeout.connect(self._begin)

    @property
    def complete(self) -> bool:
        """Whether the picture shows what was last asked for."""
        return self._wanted is None and self._strokes is None

    def request(self, drawing: Drawing) -> None:
        """Paint this when the present painting is done and the last one is long enough ago."""
        self._wanted = drawing
        if self._strokes is None and not self._pause.isActive():
            self._begin()

    def restart(self, drawing: Drawing) -> None:
        """Paint this in place of what is there, which lies elsewhere now."""
        self.pixmap = None
        self._strokes = None
        self._wanted = drawing
        self._begin()

    @Slot()
    def _begin(self) -> None:
        drawing, self._wanted = self._wanted, None
        if drawing is None:
            return
        self._next = QPixmap(drawing.size * drawing.ratio)
        self._next.setDevicePixelRatio(drawing.ratio)
        self._next.fill(Qt.GlobalColor.transparent)
        if self.pixmap is None:
            self.pixmap = self._next  # better seen growing than not seen
        self._strokes = _strokes(self._pen_on, drawing)
        self.slices = []
        self._pause.start()
        self._slice_timer.start()
        self._paint_slice()

    @Slot()
    def _paint_slice(self) -> None:
        if self._strokes is None or self._next is None:
            self._slice_timer.stop()
            return
        since = perf_counter()
        self._pen_on.begin(self._next)
        smooth(self._pen_on)
        whole = False
        while not whole and perf_counter() - since < SLICE:
            whole = next(self._strokes, self) is self
        self._pen_on.end()
        self.slices.append(perf_counter() - since)
        if whole:
            self.pixmap, self._next, self._strokes = self._next, None, None
            self._slice_timer.stop()
        if whole or self.pixmap is self._next:
            self.painted.emit()
        if whole and not self._pause.isActive():
            self._begin()


def _strokes(painter: QPainter, drawing: Drawing) -> Iterator[None]:
    """Paint one connection at each step."""
    edges, theme = drawing.edges, drawing.theme
    inks = QColor(theme.negative), QColor(theme.positive)
    for pair, weight, cut in zip(edges.pairs.tolist(), edges.weights.tolist(), edges.cut.tolist(), strict=True):
        if cut:
            paint_cut(painter, drawing.curves, pair, QColor(theme.muted))
        else:
            width, alpha = stroke(weight, drawing.reference)
            paint_curve(painter, drawing.curves, pair, width, with_alpha(inks[weight > 0.0], alpha), drawing.ratio)
        yield


def with_alpha(colour: QColor, alpha: float) -> QColor:
    """Return the colour at that alpha."""
    result = QColor(colour)
    result.setAlphaF(alpha)
    return result


def paint_curve(
    painter: QPainter, curves: Curves, pair: int, width: float, colour: QColor, ratio: float
) -> None:
    """Paint a curve as parallel lines one device pixel wide: several times faster than one wide line.

    Where they lie closer than a pixel each is the fainter for it, so that width and strength stay what was asked for.
    """
    lines = max(1, ceil(width * ratio))
    step = width / lines
    pen = QPen(with_alpha(colour, colour.alphaF() * min(1.0, step * ratio)), 1)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(curve_path(curves, pair, step * (np.arange(lines) - (lines - 1) / 2)))


def paint_cut(painter: QPainter, curves: Curves, pair: int, colour: QColor) -> None:
    """Paint the dashed line of a connection that does not exist."""
    pen = QPen(colour, CUT_WIDTH)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setDashPattern(CUT_DASHES)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(curve_path(curves, pair))


def curve_path(curves: Curves, pair: int, shifts: np.ndarray | tuple[float, ...] = (0.0,)) -> QPainterPath:
    """Return a pair's curve as a path, or several side by side, each shifted by some logical pixels."""
    start, stop = curves.first[pair], curves.first[pair + 1]
    pieces, leans = curves.pieces[start:stop].tolist(), curves.leans[start:stop].tolist()
    path = QPainterPath()
    for shift in shifts:
        shift = float(shift)
        path.moveTo(QPointF(pieces[0][0][0], pieces[0][0][1] + shift))
        for (_, one, two, end), (lean_x, lean_y) in zip(pieces, leans, strict=True):
            dx, dy = lean_x * shift, lean_y * shift
            path.cubicTo(one[0] + dx, one[1] + dy, two[0] + dx, two[1] + dy, end[0], end[1] + shift)
    return path
