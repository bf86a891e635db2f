"""The map of an output over the plane of two inputs, and the scale of its colours."""

from __future__ import annotations

from math import ceil, floor, log10

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.surface import Floats, Surface
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, Theme, decision_lut, diverging_lut
from bpgui.gui.widgets.paint import smooth
from bpgui.number_text import format_number, subscripted

MOST_POINTS = 5000
NEAR = 8.0
"""Logical pixels around a sample within which the pointer is on it."""

LEFT, MOST_LEFT, BOTTOM, TOP = 30, 72, 22, 8
"""Pixels around the map; at the left as many as the longest text there needs, within these two."""
GAP = 5
LONGEST_NAME = 80


class SurfaceView(QWidget):
    """Draws a Surface, its contour and its samples: circles are trained on, squares held out.

    It knows nothing but the Surface: what the session has by now may be of another shape. ``pointed(sample)`` tells the
    sample under the pointer, -1 for none; ``picked(sample)`` the one that was clicked.

    While it is drawn on, a click on nothing is ``drawn(x, y)``, a sample that was dragged ``moved(sample, x, y)``, one
    that was clicked with the right button ``erased(sample)``, and a digit ``digit(number)``.
    """

    pointed = Signal(int)
    picked = Signal(int)
    drawn = Signal(float, float)
    moved = Signal(int, float, float)
    erased = Signal(int)
    digit = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._surface: Surface | None = None
        self._left = LEFT
        self._points: QPixmap | None = None
        self._points_key = ""
        self._shows = (True, True)
        self._discretised = False
        self._sample = -1
        self._pointed = -1
        self._draws = False
        self._dragged: tuple[int, QPointF] | None = None
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Output surface"))

    def show_surface(self, shown: Surface) -> None:
        """Draw this from now on."""
        last, self._surface = self._surface, shown
        other = last is None or last.data is not shown.data or last.names != shown.names
        moved = last is None or last.bounds != shown.bounds or not np.array_equal(last.points, shown.points)
        if last is None or other or moved or not np.array_equal(last.wanted, shown.wanted):
            self._points = None
        if other:
            self._make_room()
        self.update()

    def show_parts(self, train: bool, validation: bool) -> None:
        """Draw the samples of these parts."""
        self._shows = (train, validation)
        self._points = None
        self.update()

    def show_sides(self, alone: bool) -> None:
        """Draw which side of its middle the output is on alone, or all its values."""
        self._discretised = alone
        self.update()

    def show_sample(self, sample: int) -> None:
        """Ring this sample."""
        self._sample = sample
        self.update()

    def draw_on(self, draws: bool) -> None:
        """Let clicks draw, or only pick."""
        self._draws = draws
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if draws else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.CrossCursor if draws else Qt.CursorShape.ArrowCursor)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """The region that is shown, None while nothing is."""
        return None if self._surface is None else self._surface.bounds

    @property
    def shown_samples(self) -> np.typing.NDArray[np.int64]:
        """The samples that are drawn: (n,) rows of the data."""
        assert self._surface is not None
        held_out = self._surface.data.validation[:MOST_POINTS]
        train, validation = self._shows
        return np.flatnonzero(np.where(held_out, validation, train))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Find the sample under the pointer, or drag one."""
        if self._dragged is not None:
            self._dragged = self._dragged[0], event.position()
            self.update()
            return
        self._point_at(self._nearest(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """None is."""
        super().leaveEvent(event)
        self._point_at(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the sample under the pointer; draw, take it up or erase it."""
        sample, left = self._nearest(event.position()), event.button() == Qt.MouseButton.LeftButton
        if sample >= 0 and left:
            self.picked.emit(sample)
            if self._draws:
                self._dragged = sample, event.position()
        elif sample >= 0 and self._draws and event.button() == Qt.MouseButton.RightButton:
            self.erased.emit(sample)
        elif left and self._draws and self._surface is not None and self._map().contains(event.position()):
            self.drawn.emit(*self._place_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Put down what was dragged."""
        dragged, self._dragged = self._dragged, None
        if dragged is None:
            return
        sample, place = dragged
        self.update()
        if self._map().contains(place) and (place - self._at(*self._surface_points(sample))).manhattanLength() > 2:
            self.moved.emit(sample, *self._place_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit chooses what is drawn."""
        if self._draws and event.text().isdigit():
            self.digit.emit(int(event.text()))
        else:
            super().keyPressEvent(event)

    def _surface_points(self, sample: int) -> list[float]:
        assert self._surface is not None
        return list(self._surface.points[sample].tolist())

    def _place_at(self, place: QPointF) -> tuple[float, float]:
        """Return the point of the plane that is drawn there."""
        assert self._surface is not None
        left, right, low, high = self._surface.bounds
        area = self._map()
        x = left + (place.x() - area.left()) / area.width() * (right - left)
        return x, low + (area.bottom() - place.y()) / area.height() * (high - low)

    def _point_at(self, sample: int) -> None:
        if sample != self._pointed:
            self._pointed = sample
            free = Qt.CursorShape.CrossCursor if self._draws else Qt.CursorShape.ArrowCursor
            self.setCursor(free if sample < 0 else Qt.CursorShape.PointingHandCursor)
            self.update()
            self.pointed.emit(sample)

    def _nearest(self, place: QPointF) -> int:
        if self._surface is None:
            return -1
        samples = self.shown_samples
        if not samples.size:
            return -1
        away = np.hypot(*np.moveaxis(self._places(self._surface.points[samples]) - (place.x(), place.y()), -1, 0))
        return int(samples[away.argmin()]) if away.min() <= NEAR else -1

    def _make_room(self) -> None:
        """Leave what the numbers and the name at the left need, so that nothing is cut off."""
        assert self._surface is not None
        _, _, low, high = self._surface.bounds
        texts = [subscripted(self._surface.names[1]), *map(format_number, ticks(low, high))]
        metrics = QFontMetricsF(ui_font(CAPTION))
        widest = max(metrics.horizontalAdvance(text) for text in texts)
        self._left = min(max(LEFT, ceil(widest) + GAP + 3), MOST_LEFT)
        self.updateGeometry()

    def heightForWidth(self, width: int) -> int:
        """The map is square."""
        return width - self._left + BOTTOM + TOP

    def sizeHint(self) -> QSize:
        """Return the size in a dock of the usual width."""
        return QSize(310, self.heightForWidth(310))

    def _map(self) -> QRectF:
        side = min(self.width() - self._left - 1, self.height() - BOTTOM - TOP)
        return QRectF(self._left, TOP, side, side)

    def _places(self, points: Floats) -> Floats:
        """Return where points of the plane, (…, 2), are drawn."""
        assert self._surface is not None
        left, right, low, high = self._surface.bounds
        area = self._map()
        share = (points - (left, low)) / (right - left, high - low)
        return np.asarray((area.left(), area.bottom()) + share * (area.width(), -area.height()))

    def _at(self, x0: float, x1: float) -> QPointF:
        return QPointF(*self._places(np.array([x0, x1])).tolist())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw map, contour, points and axes."""
        if self._surface is None:
            return
        with QPainter(self) as painter:
            self._paint(smooth(painter), current_theme(self), self._surface)

    def _paint(self, painter: QPainter, theme: Theme, shown: Surface) -> None:
        area = self._map()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not self._discretised)
        values = np.sign(shown.values) if self._discretised else shown.values
        rows = np.rint((values + 1.0) * 127.5).astype(np.uint8)
        pixels = np.ascontiguousarray(decision_lut(theme)[rows])
        image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], QImage.Format.Format_RGBA8888)
        painter.drawImage(area, image)
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.drawLines([QLineF(*ends) for ends in self._places(shown.contour).reshape(-1, 4).tolist()])
        self._draw_points(painter, theme, shown)
        self._draw_rings(painter, theme, shown)
        painter.setPen(QPen(QColor(theme.border2), 1))
        painter.drawRect(area)
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        self._draw_x_axis(painter, shown, area)
        self._draw_y_axis(painter, shown, area)

    def _draw_points(self, painter: QPainter, theme: Theme, shown: Surface) -> None:
        """The samples are painted once into a pixmap: they stay while the surface moves under them."""
        key = f"{theme.name} {self.width()} {self.height()} {self.devicePixelRatioF()} {self._left}"
        if self._points is None or self._points_key != key:
            ratio = self.devicePixelRatioF()
            self._points = QPixmap(self.size() * ratio)
            self._points.setDevicePixelRatio(ratio)
            self._points.fill(Qt.GlobalColor.transparent)
            self._points_key = key
            with QPainter(self._points) as inner:
                self._paint_samples(smooth(inner), theme, shown)
        painter.drawPixmap(0, 0, self._points)

    def _paint_samples(self, painter: QPainter, theme: Theme, shown: Surface) -> None:
        colours = colours_of(shown, theme)
        # Numbers have the very colours of a surface that is right: there the outline is what tells them from it.
        painter.setPen(QPen(QColor(theme.muted if shown.data.labels is None else theme.canvas), 0.8))
        for sample in self.shown_samples.tolist():
            centre = self._at(*shown.points[sample])
            painter.setBrush(colours[sample])
            if shown.data.validation[sample]:
                painter.drawRect(QRectF(centre.x() - 2.7, centre.y() - 2.7, 5.4, 5.4))
            else:
                painter.drawEllipse(centre, 3.1, 3.1)

    def _draw_rings(self, painter: QPainter, theme: Theme, shown: Surface) -> None:
        """Around the sample that the window shows, and the one that is pointed at."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for sample, colour in ((self._sample, theme.accent), (self._pointed, theme.text)):
            if 0 <= sample < len(shown.points):
                painter.setPen(QPen(QColor(colour), 1.6))
                painter.drawEllipse(self._at(*shown.points[sample]), 6.0, 6.0)
        if self._dragged is not None:
            painter.drawEllipse(self._dragged[1], 6.0, 6.0)

    def _draw_x_axis(self, painter: QPainter, shown: Surface, area: QRectF) -> None:
        """The name stands at the right end; a number that would run into it or its neighbour is left out."""
        metrics = QFontMetricsF(painter.font())
        name = metrics.elidedText(subscripted(shown.names[0]), Qt.TextElideMode.ElideRight, LONGEST_NAME)
        width = metrics.horizontalAdvance(name) + 1
        place = QRectF(area.right() - width, area.bottom() + 4, width, 16)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, name)
        left, right, low, _ = shown.bounds
        free = 0.0
        for x in ticks(left, right):
            text = format_number(x)
            half = metrics.horizontalAdvance(text) / 2 + 1
            middle = self._at(x, low).x()
            if middle - half < free or middle + half + GAP > place.left():
                continue
            free = middle + half + GAP
            box = QRectF(middle - half, area.bottom() + 4, 2 * half, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def _draw_y_axis(self, painter: QPainter, shown: Surface, area: QRectF) -> None:
        """The name stands at the upper end."""
        width = self._left - GAP - 2
        left, _, low, high = shown.bounds
        placed = [(self._at(left, y).y() - 8, format_number(y)) for y in ticks(low, high)]
        metrics = QFontMetricsF(painter.font())
        for top, text in (*placed, (area.top(), subscripted(shown.names[1]))):
            fitting = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(2, top, width, 16), side, fitting)


def colours_of(shown: Surface, theme: Theme) -> list[QColor]:
    """Return a colour for each sample that is drawn: of its class, or of its target on the scale of the surface."""
    wanted = shown.wanted[:MOST_POINTS]
    if shown.data.labels is not None:
        pair = QColor(theme.negative), QColor(theme.positive)
        return [pair[int(side > 0.0)] for side in wanted]
    return [QColor(*rgba) for rgba in diverging_lut(theme)[np.rint((wanted + 1.0) * 127.5).astype(int)].tolist()]


def ticks(low: float, high: float) -> list[float]:
    """Return two or three round numbers well inside a range."""
    decade = 10.0 ** np.floor(np.log10(high - low))
    for step in (decade, decade / 2, decade / 5, decade / 10):
        found = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
        # The ends are kept free for the names of the inputs.
        inner = found[(found > low + 0.02 * (high - low)) & (found < high - 0.1 * (high - low))]
        if inner.size >= 2:
            break
    return [float(f"{value:.6g}") + 0.0 for value in inner]


class ColourBar(QWidget):
    """The scale of the surface: what its colours stand for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = scale_texts(-1.0, 1.0)
        self.setFixedSize(104, 28)

    @property
    def ends(self) -> tuple[str, str, str]:
        """What stands under the left end, the middle and the right end."""
        return self._ends

    def set_range(self, low: float, high: float) -> None:
        """Name the values at the ends and in the middle."""
        self._ends = scale_texts(low, high)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bar and numbers."""
        theme = current_theme(self)
        with QPainter(self) as painter:
            row = np.ascontiguousarray(diverging_lut(theme)[None])
            painter.drawImage(QRectF(2, 0, 100, 9), QImage(row.data, 256, 1, QImage.Format.Format_RGBA8888))
            painter.setFont(ui_font(CAPTION))
            painter.setPen(QColor(theme.muted))
            metrics = QFontMetricsF(painter.font())
            left, middle, right = self._ends
            both = metrics.horizontalAdvance(left), metrics.horizontalAdvance(right)
            place = QRectF(0, 12, self.width(), 14)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft, left)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, right)
            # Half the middle text on either side has to fit between the middle and the longer end.
            if metrics.horizontalAdvance(middle) / 2 + GAP + max(both) <= self.width() / 2:
                painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, middle)


def scale_texts(low: float, high: float) -> tuple[str, str, str]:
    """Return the ends and the middle of a range, to two significant digits of its width."""
    digits = 1 - floor(log10(high - low))
    texts = [format_number(round(value, digits) + 0.0) for value in (low, (low + high) / 2, high)]
    return texts[0], texts[1], texts[2]
