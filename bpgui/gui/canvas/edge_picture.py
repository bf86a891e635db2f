"""The picture of all connections, painted a few milliseconds at a time and swapped in when it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from PySide6.QtCore import QObject, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from bpgui.gui.canvas.curves import Curves
from bpgui.gui.canvas.edges import Edges, stroke
from bpgui.gui.theme.tokens import Theme
from bpgui.gui.widgets.paint import smooth

SLICE = 0.006
"""Seconds of painting in one frame."""
LEAST = 40
"""Connections painted in a slice however long they take: on a busy machine a picture would else never be whole."""
FRAME = 8
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
        self._drawing: Drawing | None = None  # what the next one is painted from
        self._place = 0  # of the connection to be painted next
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
        return self._wanted is None and self._drawing is None

    def request(self, drawing: Drawing) -> None:
        """Paint this when the present painting is done and the last one is long enough ago."""
        self._wanted = drawing
        if self._drawing is None and not self._pause.isActive():
            self._begin()

    def restart(self, drawing: Drawing) -> None:
        """Paint this in place of what is there, which lies elsewhere now."""
        self.pixmap = None
        self._drawing = None
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
        self._drawing, self._place = drawing, 0
        self.slices = []
        self._pause.start()
        self._slice_timer.start()
        self._paint_slice()

    @Slot()
    def _paint_slice(self) -> None:
        drawing, target = self._drawing, self._next
        if drawing is None or target is None:
            self._slice_timer.stop()
            return
        begun, since, last = self._place, perf_counter(), drawing.edges.pairs.size
        painter = smooth(QPainter(target))
        try:
            while self._place < last and (self._place < begun + LEAST or perf_counter() - since < SLICE):
                paint_edge(painter, drawing, self._place)
                self._place += 1
        except Exception:
            self._drawing = None  # or it would fail again in each frame
            raise
        finally:
            painter.end()  # a pixmap must not go while it is painted on
        self.slices.append(perf_counter() - since)
        whole = self._place >= last
        if whole:
            self.pixmap, self._next, self._drawing = target, None, None
            self._slice_timer.stop()
        if self.pixmap is target:
            self.painted.emit()
        if whole and not self._pause.isActive():
            self._begin()


def paint_edge(painter: QPainter, drawing: Drawing, place: int) -> None:
    """Paint the connection that stands at that place among the drawn ones."""
    edges, theme = drawing.edges, drawing.theme
    pair = int(edges.pairs[place])
    if edges.cut[place]:
        paint_cut(painter, drawing.curves, pair, QColor(theme.muted))
        return
    weight = float(edges.weights[place])
    width, alpha = stroke(weight, drawing.reference)
    ink = QColor(theme.positive if weight > 0.0 else theme.negative)
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
