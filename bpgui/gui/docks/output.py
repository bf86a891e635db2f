"""The output surface: what the network says over the plane of two inputs, with the data on it."""

from __future__ import annotations

from math import ceil, floor, log10
from time import monotonic

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.surface import Score, Surface, score, surface
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, Theme, decision_lut, diverging_lut
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.number_text import format_number, subscripted
from bpgui.gui.widgets.paint import smooth
from bpgui.project.changes import Changes

COARSE, FINE = 64, 160
"""Points a side of the grid while training and while paused."""
INTERVAL = 0.2
"""Seconds between two surfaces while training."""
MOST_OUTPUTS = 50
MOST_POINTS = 5000

LEFT, MOST_LEFT, BOTTOM, TOP = 30, 72, 22, 8
"""Pixels around the map; at the left as many as the longest text there needs, within these two."""
GAP = 5
LONGEST_NAME = 80
WIDEST_CHOICE = 140


class SurfaceView(QWidget):
    """Draws a Surface, its contour and its samples: circles are trained on, squares held out.

    It knows nothing but the Surface: what the session has by now may be of another shape.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._surface: Surface | None = None
        self._left = LEFT
        self._points: QPixmap | None = None
        self._points_key = ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Output surface"))

    def show_surface(self, shown: Surface) -> None:
        """Draw this from now on."""
        last, self._surface = self._surface, shown
        if last is None or last.data is not shown.data or not np.array_equal(last.wanted, shown.wanted):
            self._points = None
        if last is None or last.data is not shown.data:
            self._make_room()
        self.update()

    def _make_room(self) -> None:
        """Leave what the numbers and the name at the left need, so that nothing is cut off."""
        assert self._surface is not None
        _, _, low, high = self._surface.bounds
        texts = [subscripted(self._surface.data.names[1]), *map(format_number, ticks(low, high))]
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

    def _at(self, x0: float, x1: float) -> QPointF:
        assert self._surface is not None
        left, right, low, high = self._surface.bounds
        area = self._map()
        return QPointF(
            area.left() + (x0 - left) / (right - left) * area.width(),
            area.bottom() - (x1 - low) / (high - low) * area.height(),
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw map, contour, points and axes."""
        if self._surface is None:
            return
        with QPainter(self) as painter:
            self._paint(smooth(painter), current_theme(self), self._surface)

    def _paint(self, painter: QPainter, theme: Theme, shown: Surface) -> None:
        area = self._map()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rows = np.rint((shown.values + 1.0) * 127.5).astype(np.uint8)
        pixels = np.ascontiguousarray(decision_lut(theme)[rows])
        image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], QImage.Format.Format_RGBA8888)
        painter.drawImage(area, image)
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.drawLines([QLineF(self._at(*a), self._at(*b)) for a, b in shown.contour.tolist()])
        self._draw_points(painter, theme, shown)
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
        for place, held_out, colour in zip(shown.data.X, shown.data.validation, colours, strict=False):
            centre = self._at(*place)
            painter.setBrush(colour)
            if held_out:
                painter.drawRect(QRectF(centre.x() - 2.7, centre.y() - 2.7, 5.4, 5.4))
            else:
                painter.drawEllipse(centre, 3.1, 3.1)

    def _draw_x_axis(self, painter: QPainter, shown: Surface, area: QRectF) -> None:
        """The name stands at the right end; a number that would run into it or its neighbour is left out."""
        metrics = QFontMetricsF(painter.font())
        name = metrics.elidedText(subscripted(shown.data.names[0]), Qt.TextElideMode.ElideRight, LONGEST_NAME)
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
        for top, text in (*placed, (area.top(), subscripted(shown.data.names[1]))):
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


class OutputDock(Dock):
    """Shows one output over the two inputs, and how many samples are told right."""

    def __init__(self, session: Session, observer: Observer, parent: QWidget | None = None) -> None:
        super().__init__("output", self.tr("Output"), parent=parent)
        self._session = session
        self._observer = observer
        self._asked = 0.0
        self._waiting = False
        self._view = SurfaceView()
        self._bar = ColourBar()
        self._score = Label(tone="caption")
        self._score.setTextFormat(Qt.TextFormat.RichText)
        self._why_not = Label(tone="caption")
        self._why_not.setWordWrap(True)
        self._which = Choice([("0", "ŷ", "")])
        self._which.setAccessibleName(self.tr("Output shown"))
        # Names come and go with the data; the first one shown must not set the width for all.
        self._which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._which.setMaximumWidth(WIDEST_CHOICE)
        self._which.chosen.connect(self._on_which)
        self.add_control(self._which)
        foot = QHBoxLayout()
        foot.addWidget(self._bar)
        foot.addStretch(1)
        foot.addWidget(self._score)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 8, 12, 10)
        column.addWidget(self._view)
        column.addLayout(foot)
        column.addWidget(self._why_not)
        column.addStretch(1)
        self.set_content(content)
        observer.answered.connect(self._on_answer)
        self.refresh(Changes.ALL)

    @property
    def output(self) -> int:
        """The output that is shown."""
        return int(self._which.value)

    def refresh(self, changes: Changes) -> None:
        """Ask for a new picture where it would be another one, at most five times a second while training."""
        if changes & (Changes.TOPOLOGY | Changes.DATA):
            self._describe()
        if changes & (Changes.TOPOLOGY | Changes.DATA | Changes.WEIGHTS | Changes.RUN):
            self._ask()

    def _describe(self) -> None:
        network, data = self._session.project.network, self._session.project.data
        flat = data.inputs == 2
        names = self._output_names()
        self._which.set_entries([(str(i), name, "") for i, name in enumerate(names)])
        self._which.setVisible(flat and len(names) > 1)
        self._view.setVisible(flat)
        self._bar.setVisible(flat)
        self._why_not.setVisible(not flat)
        self._why_not.setText(self.tr("A surface needs two inputs; these data have {n}.").format(n=network.inputs))
        self.set_caption(
            self.tr("ŷ over {a}, {b}").format(a=subscripted(data.names[0]), b=subscripted(data.names[1]))
            if flat
            else ""
        )

    def _output_names(self) -> list[str]:
        network, data = self._session.project.network, self._session.project.data
        if network.outputs == 1:
            return ["ŷ"]
        given = data.class_names if data.labels is not None else data.target_names
        names = list(given) if len(given) == network.outputs else [f"y{i}" for i in range(network.outputs)]
        return [subscripted(name) for name in names[:MOST_OUTPUTS]]

    def _ask(self) -> None:
        busy = self._session.running
        if busy and (self._waiting or monotonic() - self._asked < INTERVAL):
            return
        self._asked = monotonic()
        self._waiting = True
        project = self._session.project
        network, params, data = project.network, project.parameters, project.data
        output, side = self.output, COARSE if busy else FINE

        def look() -> tuple[Surface | None, Score, int]:
            flat = data.inputs == 2 and network.inputs == 2 and output < network.outputs
            return (
                surface(network, params, data, output, side) if flat else None,
                score(network, params, data),
                output,
            )

        self._observer.ask("output", look)

    @Slot(str, object)
    def _on_answer(self, name: str, answer: object) -> None:
        if name != "output":
            return
        self._waiting = False
        if not isinstance(answer, tuple):
            return  # the exception of a look that failed; the next one may not
        shown, scored, output = answer
        if shown is not None and output == self.output:
            self._view.show_surface(shown)
            self._bar.set_range(shown.low, shown.high)
        self._score.setText(self._told(scored))

    def _told(self, scored: Score) -> str:
        theme = current_theme(self)
        parts = [
            (scored.train, theme.train, self.tr("train")),
            (scored.validation, theme.validation, self.tr("val.")),
        ]
        told = [
            f'<span style="color:{colour}; font-weight:600">{100 * share:.1f} %</span> {word}'
            for share, colour, word in parts
            if share is not None
        ]
        return f"{self.tr('correct')} {' '.join(told)}" if told else ""

    @Slot(str)
    def _on_which(self, _value: str) -> None:
        self._ask()
