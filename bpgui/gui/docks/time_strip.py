"""The strip under the error curve: the branches of the run, the moments one can go to, and the handle of now."""

from __future__ import annotations

from time import monotonic

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QToolTip, QWidget

from bpgui.gui.docks.lanes import Lane, Mark, lanes_of, stops
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, TILE_RADIUS, Theme
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.number_text import format_count
from bpgui.training.changes import Place

FIELD = 24
"""Logical pixels that the field for a name is high."""
LANE, EDGE = 17, 5
"""Logical pixels from lane to lane, and above the first and below the last half of one."""
BEND = 16.0
"""Logical pixels over which a branch leaves its lane for another."""
DIAMOND, DOT, HANDLE = 4.0, 2.5, (10.0, 15.0)
FAR = 1e6
"""An epoch so far away that its place tells the width of one exactly."""
EVERY = 0.1
"""Seconds between two looks at a run that goes on."""
NEAR = 6.0
"""Logical pixels within which the pointer is on a mark."""


class TimeStrip(QWidget):
    """Drawn under a plot of epochs, at the very same places; a press or a drag goes to that moment."""

    def __init__(self, session: Session, plot: pg.PlotWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._plot = session, plot
        self.lanes: list[Lane] = []
        self._dragged: Lane | None = None
        self._looked = 0.0
        self._edit = QLineEdit(self)
        self._edit.setMaxLength(40)
        self._edit.setPlaceholderText(self.tr("a name for this moment"))
        self._edit.setAccessibleName(self.tr("Name of this moment"))
        self._edit.hide()
        self._edit.returnPressed.connect(self._on_named)
        self._edit.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Timeline"))
        self.setMouseTracking(True)
        plot.getPlotItem().getViewBox().sigRangeChanged.connect(self._on_range)
        self.refresh()

    # What is shown

    def refresh(self) -> None:
        """Follow the session."""
        session = self._session
        if session.running and monotonic() - self._looked < EVERY:
            return
        self._looked = monotonic()
        rows = len(self.lanes)
        self.lanes = lanes_of(session.past, session.branch.id, session.document.training, session.reached.epoch)
        if len(self.lanes) != rows:
            self.updateGeometry()
        now = self.tr("epoch {n}").format(n=format_count(session.progress.epoch))
        self.setAccessibleDescription(f"{self.tr('run')} {session.branch.name}, {now}")
        self.update()

    @property
    def end(self) -> int:
        """The last epoch that any lane has."""
        return max(lane.end for lane in self.lanes)

    def sizeHint(self) -> QSize:
        """Return room for every lane."""
        return QSize(200, 2 * EDGE + LANE * max(1, len(self.lanes)))

    def minimumSizeHint(self) -> QSize:
        """Return room for every lane, however narrow."""
        return QSize(60, self.sizeHint().height())

    def place_of(self, epoch: float) -> float:
        """Return where an epoch lies, in logical pixels from the left: where the plot has it."""
        zero, width = self._axis()
        return zero + width * epoch

    def _axis(self) -> tuple[float, float]:
        """Return where epoch 0 lies, and how wide an epoch is."""
        box = self._plot.getPlotItem().getViewBox()
        zero, far = (float(box.mapViewToScene(QPointF(epoch, 0.0)).x()) for epoch in (0.0, FAR))
        return zero, (far - zero) / FAR

    def epoch_at(self, x: float) -> int:
        """Return the epoch that lies nearest to a place."""
        box = self._plot.getPlotItem().getViewBox()
        return round(float(box.mapSceneToView(QPointF(x, 0.0)).x()))

    def height_of(self, row: int) -> float:
        """Return the middle of a row."""
        return EDGE + LANE * (row + 0.5)

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bed, lanes, marks and handle."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        left, right = self.place_of(0), float(self.width())
        bed = QRectF(left - NEAR, 0, right - left + NEAR, self.height())
        rounded(painter, bed, TILE_RADIUS, theme.surface2, theme.surface2, 0.0)
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        head = QRectF(0, 0, left - NEAR - 4, self.height())
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._head())
        for lane in sorted(self.lanes, key=lambda lane: lane.shown is not None):
            self._paint_lane(painter, theme, lane)
        for lane in self.lanes:
            self._paint_marks(painter, theme, lane)
        self._paint_handle(painter, theme)

    def _head(self) -> str:
        return self.tr("run {n}").format(n=self._session.branch.run)

    def _paint_lane(self, painter: QPainter, theme: Theme, lane: Lane) -> None:
        y, start, end = self.height_of(lane.row), self.place_of(lane.start), self.place_of(lane.end)
        shown = self.place_of(lane.shown) if lane.shown is not None else start
        if lane.shown is None or lane.shown < lane.end:
            painter.setPen(QPen(QColor(theme.earlier_run), 2.0, c=Qt.PenCapStyle.RoundCap))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._line(lane, start, end, y) if lane.shown is None else _level(shown, end, y))
            painter.setBrush(QColor(theme.earlier_run))
            painter.drawEllipse(QPointF(end, y), DOT, DOT)
            bent = end if lane.left_row is None else max(end, start + BEND)
            self._write(painter, theme.muted, QPointF(bent + 8, y), lane, QFont.Weight.Normal)
        if lane.shown is not None:
            painter.setPen(QPen(QColor(theme.accent), 3.0, c=Qt.PenCapStyle.RoundCap))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._line(lane, start, shown, y))
            if lane.shown == lane.end and lane.branch.letter:
                bent = shown if lane.left_row is None else max(shown, start + BEND)
                self._write(painter, theme.accent, QPointF(bent + 12, y), lane, QFont.Weight.DemiBold)

    def _line(self, lane: Lane, start: float, end: float, y: float) -> QPainterPath:
        """Return a lane, which leaves that of its parent in a curve."""
        if lane.left_row is None:
            return _level(start, end, y)
        above = self.height_of(lane.left_row)
        path = QPainterPath(QPointF(start, above))
        path.cubicTo(QPointF(start + BEND / 2, above), QPointF(start + BEND / 2, y), QPointF(start + BEND, y))
        path.lineTo(max(end, start + BEND), y)
        return path

    def _write(self, painter: QPainter, colour: str, at: QPointF, lane: Lane, weight: QFont.Weight) -> None:
        """Write name and difference of a branch behind its end, as far as there is room."""
        font = ui_font(CAPTION, weight)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        room = QRectF(at.x(), at.y() - LANE / 2, max(0.0, self.width() - at.x() - 4), LANE)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, lane.branch.name)
        used = QFontMetricsF(font).horizontalAdvance(lane.branch.name) + 6
        font = ui_font(CAPTION)
        painter.setFont(font)
        painter.setPen(QColor(current_theme(self).text2))
        told = QFontMetricsF(font).elidedText(lane.label, Qt.TextElideMode.ElideRight, room.width() - used)
        painter.drawText(room.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, told)

    def _paint_marks(self, painter: QPainter, theme: Theme, lane: Lane) -> None:
        y = self.height_of(lane.row)
        line = theme.accent if lane.shown is not None else theme.earlier_run
        painter.setPen(QPen(QColor(theme.muted), 1.0))
        zero, width = self._axis()
        for x in {round(zero + width * mark.epoch) for mark in lane.changes}:  # thousands lie on few pixels
            painter.drawLine(QPointF(x, y + 4), QPointF(x, y + 7))
        for mark in lane.moments:
            beyond = lane.shown is None or mark.epoch > lane.shown
            colour = theme.earlier_run if beyond else line
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.setBrush(QColor(colour if mark.name else theme.surface))
            painter.drawPolygon(_diamond(self.place_of(mark.epoch), y))

    def _paint_handle(self, painter: QPainter, theme: Theme) -> None:
        lane = self._lane_of_now()
        if lane is None:
            return
        x, y = self.place_of(self._session.progress.epoch), self.height_of(lane.row)
        width, height = HANDLE
        handle = QRectF(x - width / 2, y - height / 2, width, height)
        rounded(painter, handle, 3, theme.accent, theme.surface)
        painter.setPen(QPen(QColor(theme.on_accent), 1.2))
        for side in (-1.5, 1.5):
            painter.drawLine(QPointF(x + side, y - 3.5), QPointF(x + side, y + 3.5))

    def _lane_of_now(self) -> Lane | None:
        """Return the lane that the moment shown lies on."""
        view, past = self._session.view, self._session.past
        branch = past.present if view is None else view.moment.place.branch
        return next((lane for lane in self.lanes if lane.branch.id == branch), None)

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the moment under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = self._lane_at(event.position())
            self._go(event.position(), exactly=False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer."""
        if self._dragged is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position(), exactly=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show exactly where the pointer was let go."""
        if self._dragged is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go(event.position(), exactly=True)
            self._dragged = None

    def _lane_at(self, place: QPointF) -> Lane | None:
        """Return the lane nearest to the pointer, of those that have the epoch if any has."""
        epoch = self.epoch_at(place.x())
        there = [lane for lane in self.lanes if lane.start <= epoch <= lane.end] or self.lanes
        return min(there, key=lambda lane: abs(self.height_of(lane.row) - place.y()), default=None)

    def _go(self, place: QPointF, exactly: bool) -> None:
        lane = self._dragged
        if lane is None:
            return
        lane = next((each for each in self.lanes if each.branch.id == lane.branch.id), lane)  # it may have grown
        mark, session = self._caught(lane, place.x()), self._session
        epoch = min(max(0, mark.epoch), lane.end)
        leads = lane.shown is not None and epoch <= lane.shown
        branch = session.branch.id if leads else lane.branch.id
        if epoch == lane.end and lane.branch.id == session.past.present:
            session.look_live()
        elif mark.update:
            session.look_at(Place(branch, mark.update))
        else:
            session.look(branch, epoch, exactly)

    def _caught(self, lane: Lane, x: float) -> Mark:
        """Return what is under the pointer: a mark near it, one with a name before others, or an epoch."""
        marks = [*lane.moments, *lane.changes, Mark(lane.start, ""), Mark(lane.end, "")]
        zero, width = self._axis()
        near = [(abs(zero + width * mark.epoch - x), mark) for mark in marks]
        caught = [(distance, mark) for distance, mark in near if distance <= NEAR]
        _, found = min(caught, key=lambda each: (not each[1].name, each[0]), default=(0.0, None))
        return Mark(self.epoch_at(x), "") if found is None else found

    def event(self, event: QEvent) -> bool:
        """Tell what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.told_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def told_at(self, place: QPointF) -> str:
        """Return what a tooltip there says."""
        lane = self._lane_at(place)
        if lane is None:
            return ""
        caught = self._caught(lane, place.x())
        epoch = min(max(0, caught.epoch), lane.end)
        told = [self.tr("run {name}, epoch {n}").format(name=lane.branch.name, n=format_count(epoch)), lane.label]
        told += [mark.name for mark in (caught, *lane.moments, *lane.changes) if mark.epoch == epoch]
        return "\n".join(dict.fromkeys(filter(None, told)))

    # Keys, called by the window's actions

    def step(self, by: int) -> None:
        """Go to the marked moment before (-1) or after (1) the one that is shown."""
        session = self._session
        progress = session.progress
        now = session.viewing.wanted or (progress.epoch, progress.update if progress.so_far else 0)
        marks = [mark for mark in stops(self.lanes) if (mark.place < now if by < 0 else mark.place > now)]
        if marks:
            mark = marks[-1] if by < 0 else marks[0]
            if mark.update:
                session.look_at(Place(session.branch.id, mark.update))
            else:
                session.look(session.branch.id, mark.epoch)
        elif by > 0:
            session.look_live()

    def name_moment(self) -> None:
        """Let a person type a name for the moment that is shown."""
        x = self.place_of(self._session.progress.epoch)
        width = min(180, self.width())
        self._edit.setFont(ui_font(CAPTION))
        self._edit.setGeometry(round(min(max(0.0, x - width / 2), self.width() - width)), 0, width, FIELD)
        self._edit.clear()
        self._edit.show()
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Leave the field with Escape, or by going elsewhere."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._edit.hide()
            return True
        if event.type() == QEvent.Type.FocusOut:
            self._edit.hide()
        return super().eventFilter(watched, event)  # type: ignore[arg-type]  # it is the field

    @Slot()
    def _on_named(self) -> None:
        name = self._edit.text().strip()
        self._edit.hide()
        if name:
            self._session.name_moment(name)

    @Slot()
    def _on_range(self) -> None:
        self.update()


def _level(start: float, end: float, y: float) -> QPainterPath:
    path = QPainterPath(QPointF(start, y))
    path.lineTo(end, y)
    return path


def _diamond(x: float, y: float) -> QPolygonF:
    corners = (0.0, -DIAMOND), (DIAMOND, 0.0), (0.0, DIAMOND), (-DIAMOND, 0.0)
    return QPolygonF([QPointF(x + right, y + down) for right, down in corners])
