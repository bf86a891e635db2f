"""The picture of all connections, painted a few milliseconds at a time and swapped in when it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from bpgui import _core
from bpgui.gui.canvas.curves import Curves
from bpgui.gui.canvas.edges import Edges, stroke, strokes
from bpgui.gui.theme.tokens import Theme
from bpgui.gui.widgets.paint import smooth

SLICE = 0.003
"""Seconds of painting in one frame."""
AT_ONCE = 20
"""Connections that the core paints between two looks at the clock."""
PAUSE = 0
"""Milliseconds from one slice to the next: what else there is to do comes in between, and nothing else waits."""
INTERVAL = 100
"""Milliseconds from one picture to the next."""

CUT_WIDTH = 1.2
CUT_DASHES = (3.0 / CUT_WIDTH, 5.0 / CUT_WIDTH)  # a pen counts dashes in its own widths


TIGHT = 0.35
"""A piece whose width times its rise is more than this share of its length squared bends too tightly for the core."""


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
        self.image: QImage | None = None
        self.slices: list[float] = []
        """Seconds that each slice of the last picture took."""
        self._next: QImage | None = None
        self._wanted: Drawing | None = None
        self._strokes: Strokes | None = None  # what the next one is painted from
        self._place = 0  # of the connection to be painted next
        self._slice_timer = QTimer(self)
        self._slice_timer.setInterval(PAUSE)
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
        self.image = None
        self._strokes = None
        self._wanted = drawing
        self._begin()

    @Slot()
    def _begin(self) -> None:
        drawing, self._wanted = self._wanted, None
        if drawing is None:
            return
        since = perf_counter()
        self._next = QImage(drawing.size * drawing.ratio, QImage.Format.Format_ARGB32_Premultiplied)
        self._next.setDevicePixelRatio(drawing.ratio)
        self._next.fill(Qt.GlobalColor.transparent)
        if self.image is None:
            self.image = self._next  # better seen growing than not seen
        self._strokes, self._place = Strokes(drawing), 0
        self.slices = []
        self._pause.start()
        self._slice_timer.start()
        self._paint(since)

    @Slot()
    def _paint_slice(self) -> None:
        self._paint(perf_counter())

    def _paint(self, since: float) -> None:
        strokes, target = self._strokes, self._next
        if strokes is None or target is None:
            self._slice_timer.stop()
            return
        begun = self._place
        try:
            while self._place < strokes.count and (self._place == begun or perf_counter() - since < SLICE):
                self._place = strokes.paint(target, self._place)
        except Exception:
            self._strokes = None  # or it would fail again in each frame
            raise
        self.slices.append(perf_counter() - since)
        whole = self._place >= strokes.count
        if whole:
            self.image, self._next, self._strokes = target, None, None
            self._slice_timer.stop()
        if self.image is target:
            self.painted.emit()
        if whole and not self._pause.isActive():
            self._begin()


class Strokes:
    """The connections of a drawing, ready to be painted a few at a time."""

    def __init__(self, drawing: Drawing) -> None:
        edges, curves, theme = drawing.edges, drawing.curves, drawing.theme
        self.count = edges.pairs.size
        self._drawing = drawing
        counts = np.diff(curves.first)[edges.pairs]
        self._first = np.concatenate([[0], np.cumsum(counts)])
        of_edge = np.repeat(np.arange(self.count), counts)
        pieces = curves.pieces[curves.first[edges.pairs][of_edge] + np.arange(of_edge.size) - self._first[of_edge]]
        self._pieces = pieces * drawing.ratio
        widths, alphas = strokes(edges.weights, drawing.reference)
        self._widths = (widths * drawing.ratio)[of_edge]
        inks = np.where(edges.weights > 0.0, _rgb(theme.positive), _rgb(theme.negative))
        self._colours = _premultiplied(inks, alphas)[of_edge]
        length, rise = np.abs(pieces[:, 3] - pieces[:, 0]).T
        hard = edges.cut.copy()
        hard[of_edge[widths[of_edge] * rise > TIGHT * length**2]] = True
        self._hard = np.append(np.flatnonzero(hard), self.count)

    def paint(self, image: QImage, place: int) -> int:
        """Paint some from a place on and return the place of the next."""
        until = int(self._hard[np.searchsorted(self._hard, place)])
        if until == place:
            painter = smooth(QPainter(image))
            try:
                paint_edge(painter, self._drawing, place)
            finally:
                painter.end()  # an image must not go while it is painted on
            return place + 1
        until = min(until, place + AT_ONCE)
        part = slice(self._first[place], self._first[until])
        pixels = np.frombuffer(image.bits(), np.uint32).reshape(image.height(), image.width())
        _core.paint_strokes(pixels, self._pieces[part], self._widths[part], self._colours[part])
        return until


def _rgb(name: str) -> int:
    return QColor(name).rgb() & 0xFFFFFF


def _premultiplied(colours: NDArray[np.int64], alphas: NDArray[np.float64]) -> NDArray[np.uint32]:
    """0xAARRGGBB of colours 0xRRGGBB, premultiplied by their alphas, 0 to 1: (n,)."""
    channels = np.stack([np.full_like(colours, 0xFF), colours >> 16, colours >> 8, colours]) & 0xFF
    alpha, red, green, blue = np.rint(channels * alphas).astype(np.uint32)
    packed: NDArray[np.uint32] = alpha << 24 | red << 16 | green << 8 | blue
    return packed


def paint_edge(painter: QPainter, drawing: Drawing, place: int) -> None:
    """Paint the connection that stands at that place among the drawn ones."""
    edges, theme = drawing.edges, drawing.theme
    pair = int(edges.pairs[place])
    if edges.cut[place]:
        paint_cut(painter, drawing.curves, pair, QColor(theme.muted))
        return
    width, alpha = stroke(float(edges.weights[place]), drawing.reference)
    ink = QColor(theme.positive if edges.weights[place] > 0.0 else theme.negative)
    paint_curve(painter, drawing.curves, pair, width, with_alpha(ink, alpha))


def with_alpha(colour: QColor, alpha: float) -> QColor:
    """Return the colour at that alpha."""
    result = QColor(colour)
    result.setAlphaF(alpha)
    return result


def paint_curve(painter: QPainter, curves: Curves, pair: int, width: float, colour: QColor) -> None:
    """Paint the line of a connection."""
    painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(curve_path(curves, pair))


def paint_cut(painter: QPainter, curves: Curves, pair: int, colour: QColor) -> None:
    """Paint the dashed line of a connection that does not exist."""
    pen = QPen(colour, CUT_WIDTH, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern(CUT_DASHES)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(curve_path(curves, pair))


def curve_path(curves: Curves, pair: int) -> QPainterPath:
    """Return a pair's curve as a path."""
    pieces = curves.of_pair(pair).tolist()
    path = QPainterPath(QPointF(*pieces[0][0]))
    for _, one, two, end in pieces:
        path.cubicTo(*one, *two, *end)
    return path
