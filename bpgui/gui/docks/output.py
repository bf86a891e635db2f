"""The output surface: what the network says over the plane of two inputs, with the data on it."""

from __future__ import annotations

from time import monotonic

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

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

LEFT, BOTTOM, TOP = 30, 22, 8


class SurfaceView(QWidget):
    """Draws a Surface, its contour and the samples: circles are trained on, squares held out."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._surface: Surface | None = None
        self._points: QPixmap | None = None
        self._points_key = ""
        self._output = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Output surface"))

    def show_surface(self, shown: Surface, output: int) -> None:
        """Draw this from now on."""
        if self._surface is None or self._surface.bounds != shown.bounds or output != self._output:
            self._points = None
        self._surface = shown
        self._output = output
        self.update()

    def forget_points(self) -> None:
        """The data changed."""
        self._points = None
        self.update()

    def heightForWidth(self, width: int) -> int:
        """The map is square."""
        return width - LEFT + BOTTOM + TOP

    def sizeHint(self) -> QSize:
        """Return the size in a dock of the usual width."""
        return QSize(310, self.heightForWidth(310))

    def _map(self) -> QRectF:
        side = min(self.width() - LEFT - 1, self.height() - BOTTOM - TOP)
        return QRectF(LEFT, TOP, side, side)

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
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        area = self._map()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rows = np.rint((self._surface.values + 1.0) * 127.5).astype(np.uint8)
        pixels = np.ascontiguousarray(decision_lut(theme)[rows])
        image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], QImage.Format.Format_RGBA8888)
        painter.drawImage(area, image)
        painter.setPen(QPen(QColor(theme.text), 1.5))
        painter.drawLines([QLineF(self._at(*a), self._at(*b)) for a, b in self._surface.contour.tolist()])
        self._draw_points(painter, theme)
        painter.setPen(QPen(QColor(theme.border2), 1))
        painter.drawRect(area)
        self._draw_axes(painter, theme, area)

    def _draw_points(self, painter: QPainter, theme: Theme) -> None:
        """The samples are painted once into a pixmap: they stay while the surface moves under them."""
        key = f"{theme.name} {self.width()} {self.height()} {self.devicePixelRatioF()}"
        if self._points is None or self._points_key != key:
            ratio = self.devicePixelRatioF()
            self._points = QPixmap(self.size() * ratio)
            self._points.setDevicePixelRatio(ratio)
            self._points.fill(Qt.GlobalColor.transparent)
            self._points_key = key
            inner = smooth(QPainter(self._points))
            self._paint_samples(inner, theme)
            inner.end()
        painter.drawPixmap(0, 0, self._points)

    def _paint_samples(self, painter: QPainter, theme: Theme) -> None:
        data = self._session.project.data
        colours = self._colours(theme)
        painter.setPen(QPen(QColor(theme.canvas), 0.8))
        for index in range(min(len(data.X), MOST_POINTS)):
            centre = self._at(*data.X[index])
            painter.setBrush(colours[index])
            if data.validation[index]:
                painter.drawRect(QRectF(centre.x() - 2.7, centre.y() - 2.7, 5.4, 5.4))
            else:
                painter.drawEllipse(centre, 3.1, 3.1)

    def _colours(self, theme: Theme) -> list[QColor]:
        """Colour each sample by its target, on the scale of the surface."""
        data, shown = self._session.project.data, self._surface
        assert shown is not None
        if data.labels is not None:
            last = self._session.project.network.outputs
            side = data.labels == 1 if last == 1 else data.labels == self._output
            pair = QColor(theme.negative), QColor(theme.positive)
            return [pair[int(one)] for one in side]
        values = np.clip((2 * data.T[:, self._output] - shown.low - shown.high) / (shown.high - shown.low), -1, 1)
        return [QColor(*rgba) for rgba in diverging_lut(theme)[np.rint((values + 1) * 127.5).astype(int)].tolist()]

    def _draw_axes(self, painter: QPainter, theme: Theme, area: QRectF) -> None:
        assert self._surface is not None
        names = self._session.project.data.names
        left, right, low, high = self._surface.bounds
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for x in ticks(left, right):
            painter.drawText(QRectF(self._at(x, low).x() - 30, area.bottom() + 4, 60, 16), centre, format_number(x))
        for y in ticks(low, high):
            painter.drawText(QRectF(0, self._at(left, y).y() - 8, LEFT - 5, 16), side, format_number(y))
        place = QRectF(area.right() - 80, area.bottom() + 4, 80, 16)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, subscripted(names[0]))
        painter.drawText(QRectF(0, area.top(), LEFT - 5, 16), side, subscripted(names[1]))


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
        self._ends = ("−1", "0", "+1")
        self.setFixedSize(104, 28)

    def set_range(self, low: float, high: float) -> None:
        """Name the values at the ends and in the middle."""
        self._ends = format_number(low), format_number((low + high) / 2), format_number(high)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bar and numbers."""
        theme = current_theme(self)
        painter = QPainter(self)
        row = np.ascontiguousarray(diverging_lut(theme)[None])
        painter.drawImage(QRectF(2, 0, 100, 9), QImage(row.data, 256, 1, QImage.Format.Format_RGBA8888))
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        places = zip(
            self._ends,
            (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight),
            strict=True,
        )
        for text, align in places:
            painter.drawText(QRectF(0, 12, 104, 14), align, text)


class OutputDock(Dock):
    """Shows one output over the two inputs, and how many samples are told right."""

    def __init__(self, session: Session, observer: Observer, parent: QWidget | None = None) -> None:
        super().__init__("output", self.tr("Output"), parent=parent)
        self._session = session
        self._observer = observer
        self._asked = 0.0
        self._waiting = False
        self._view = SurfaceView(session)
        self._bar = ColourBar()
        self._score = Label(tone="caption")
        self._score.setTextFormat(Qt.TextFormat.RichText)
        self._why_not = Label(tone="caption")
        self._why_not.setWordWrap(True)
        self._which = Choice([("0", "ŷ", "")])
        self._which.setAccessibleName(self.tr("Output shown"))
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
        self._view.forget_points()
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
        if name != "output" or not isinstance(answer, tuple):
            return
        self._waiting = False
        shown, scored, output = answer
        if shown is not None and output == self.output:
            self._view.show_surface(shown, output)
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
        self._view.forget_points()
        self._ask()
