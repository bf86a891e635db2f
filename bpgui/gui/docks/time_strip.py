"""The strip under the error curve: the branches of the run, the moments one can go to, and the handle of now."""

from __future__ import annotations

from time import monotonic

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
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
from PySide6.QtWidgets import QApplication, QLineEdit, QSizePolicy, QToolTip, QWidget
from shiboken6 import isValid

from bpgui.gui.docks.lanes import ChangeEpochs, Lane, Mark, lanes_of, stops
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, TILE_RADIUS, Theme
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.number_text import format_count
from bpgui.training.changes import Place

FIELD = 24
"""Logical pixels that the field for a name is high."""
LANE, NARROW, EDGE = 17, 13, 5
"""Logical pixels from lane to lane where there are one or two, and where there are more, so that they leave room for
the plot; and above the first and below the last half of one."""
BEND = 16.0
"""Logical pixels over which a branch leaves its lane for another."""
DIAMOND, DOT, HANDLE = 4.0, 2.5, (10.0, 15.0)
MARGIN = 6.0
"""Logical pixels of the bed before epoch 0."""
EVERY = 0.1
"""Seconds between two looks at a run that goes on."""
NEAR = 2.0
"""Logical pixels within which the pointer is on an end or a change; on a moment with a name within its diamond. All
else is an epoch: what catches more takes others away."""
MOST_TOLD = 6
"""Changes made in one epoch that a tooltip names."""


class TimeStrip(QWidget):
    """Drawn under a plot of epochs, at the very same places; a press or a drag goes to that moment.

    ``asked``: another moment was asked for, which is to be computed yet."""

    asked = Signal()

    def __init__(self, session: Session, plot: pg.PlotWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._plot = session, plot
        self.lanes: list[Lane] = []
        self._changes = ChangeEpochs()
        self._dragged: Lane | None = None
        self._before: QWidget | None = None
        self._prefilled = ""
        self._naming = 0, 0
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
        self.asked.connect(self.update)
        session.viewing.moved.connect(self._on_moved)
        self.refresh()

    # What is shown

    def refresh(self) -> None:
        """Follow the session."""
        session = self._session
        if session.running and monotonic() - self._looked < EVERY:
            return
        self._looked = monotonic()
        rows = len(self.lanes)
        past, branch = session.shown()
        self.lanes = lanes_of(past, branch.id, session.document.training, session.reached.epoch)
        self._changes.follow(lane.branch for lane in self.lanes)
        if len(self.lanes) != rows:
            self.updateGeometry()
        now = self.tr("epoch {n}").format(n=format_count(self.now))
        self.setAccessibleDescription(f"{session.called(branch)}, {now}")
        self.update()

    @property
    def now(self) -> int:
        """The epoch that is shown, or that is asked for where that is still being computed."""
        session = self._session
        wanted, view = session.viewing.wanted, session.view
        if wanted is not None:
            return wanted[0]
        return session.progress.epoch if view is None or view.exact else view.epoch

    @property
    def end(self) -> int:
        """The last epoch that any lane has."""
        return max(lane.end for lane in self.lanes)

    def sizeHint(self) -> QSize:
        """Return room for every lane."""
        return QSize(200, 2 * EDGE + self._pitch * max(1, len(self.lanes)))

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
        placed = box.childTransform() * box.sceneTransform()
        return placed.dx(), placed.m11()

    def epoch_at(self, x: float) -> int:
        """Return the epoch that lies nearest to a place."""
        box = self._plot.getPlotItem().getViewBox()
        return round(float(box.mapSceneToView(QPointF(x, 0.0)).x()))

    def height_of(self, row: int) -> float:
        """Return the middle of a row."""
        return EDGE + self._pitch * (row + 0.5)

    @property
    def _pitch(self) -> int:
        return LANE if len(self.lanes) <= 2 else NARROW

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw bed, lanes, marks and handle."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        left, right = self.place_of(0), float(self.width())
        bed = QRectF(left - MARGIN, 0, right - left + MARGIN, self.height())
        rounded(painter, bed, TILE_RADIUS, theme.surface2, theme.surface2, 0.0)
        painter.setFont(ui_font(CAPTION))
        painter.setPen(QColor(theme.muted))
        head = QRectF(0, 0, left - MARGIN - 4, self.height())
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._head())
        x = self.place_of(self.now)
        lane_of_now = self._lane_of_now()
        if lane_of_now is not None and (self._session.view is not None or self._session.progress.update):
            painter.setPen(QPen(QColor(theme.accent), 1.0))
            painter.drawLine(QPointF(x, 0.0), QPointF(x, self.height_of(lane_of_now.row)))  # that of the plot goes on
        for lane in sorted(self.lanes, key=lambda lane: lane.shown is not None):
            self._paint_lane(painter, theme, lane)
        for lane in self.lanes:
            self._paint_marks(painter, theme, lane)
        if lane_of_now is not None:
            self._paint_handle(painter, theme, QPointF(x, self.height_of(lane_of_now.row)))

    def _head(self) -> str:
        return self.tr("run {n}").format(n=self._session.branch.run)

    def _paint_lane(self, painter: QPainter, theme: Theme, lane: Lane) -> None:
        y, start, end = self.height_of(lane.row), self.place_of(lane.left), self.place_of(lane.end)
        shown = self.place_of(lane.shown) if lane.shown is not None else start
        if lane.shown is None or lane.shown < lane.end:
            painter.setPen(QPen(QColor(theme.earlier_run), 2.0, c=Qt.PenCapStyle.RoundCap))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if lane.shown is None:
                self._draw_line(painter, lane, end, y)
            else:
                painter.drawPath(_level(shown, end, y))
            painter.setBrush(QColor(theme.earlier_run))
            painter.drawEllipse(QPointF(end, y), DOT, DOT)
            bent = end if lane.left_row is None else max(end, start + BEND)
            self._write(painter, theme.muted, QPointF(bent + 8, y), lane, QFont.Weight.Normal)
        if lane.shown is not None:
            painter.setPen(QPen(QColor(theme.accent), 3.0, c=Qt.PenCapStyle.RoundCap))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            self._draw_line(painter, lane, shown, y)
            if lane.shown == lane.end and lane.branch.letter:
                bent = shown if lane.left_row is None else max(shown, start + BEND)
                self._write(painter, theme.accent, QPointF(bent + 12, y), lane, QFont.Weight.DemiBold)

    def _draw_line(self, painter: QPainter, lane: Lane, end: float, y: float) -> None:
        """Draw a lane, which leaves another in a curve; where it goes over branches that have no lane it is dashed."""
        left, start = self.place_of(lane.left), self.place_of(lane.start)
        if lane.left_row is not None:
            above = self.height_of(lane.left_row)
            bend = QPainterPath(QPointF(left, above))
            bend.cubicTo(QPointF(left + BEND / 2, above), QPointF(left + BEND / 2, y), QPointF(left + BEND, y))
            painter.drawPath(bend)
            left += BEND
        if left < start:
            pen = painter.pen()
            dashed = QPen(pen)
            dashed.setDashPattern([1.0, 2.0])
            painter.setPen(dashed)
            painter.drawPath(_level(left, start, y))
            painter.setPen(pen)
        if max(left, start) < end:
            painter.drawPath(_level(max(left, start), end, y))

    def _write(self, painter: QPainter, colour: str, at: QPointF, lane: Lane, weight: QFont.Weight) -> None:
        """Write name and difference of a branch behind its end, as far as there is room."""
        theme, x = current_theme(self), at.x()
        for words, ink, font in (
            (lane.branch.name, colour, ui_font(CAPTION, weight)),
            (lane.label, theme.text2, ui_font(CAPTION)),
        ):
            metrics = QFontMetricsF(font)
            told = metrics.elidedText(words, Qt.TextElideMode.ElideRight, max(0.0, self.width() - x - 4))
            room = QRectF(x, at.y() - NARROW / 2, metrics.horizontalAdvance(told), NARROW)
            painter.fillRect(room, QColor(theme.surface2))  # the line of now is not to go through words
            painter.setFont(font)
            painter.setPen(QColor(ink))
            painter.drawText(room.adjusted(0, -2, 2, 2), Qt.AlignmentFlag.AlignVCenter, told)
            x += room.width() + 6

    def _paint_marks(self, painter: QPainter, theme: Theme, lane: Lane) -> None:
        y = self.height_of(lane.row)
        line = theme.accent if lane.shown is not None else theme.earlier_run
        for first, last in self._ticks(lane):
            painter.fillRect(QRectF(first - 0.5, y + 4, last - first + 1, 3), QColor(theme.muted))
        for mark in lane.moments:
            beyond = lane.shown is None or mark.epoch > lane.shown
            colour = theme.earlier_run if beyond else line
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.setBrush(QColor(colour if mark.name else theme.surface))
            painter.drawPolygon(_diamond(self.place_of(mark.epoch), y))

    def _ticks(self, lane: Lane) -> list[tuple[int, int]]:
        """Return the pixels on which changes lie, as first and last ones of unbroken rows: thousands lie on few."""
        zero, width = self._axis()
        edges = np.arange(self.width() + 1) - 0.5
        epochs = self._changes[lane.branch.id]
        if lane.left_row is not None:
            epochs = epochs[np.searchsorted(epochs, lane.left, side="right") :]  # its label tells the first
        before = np.searchsorted(epochs, (edges - zero) / width)
        marked = np.diff(before) > 0
        turns = np.flatnonzero(np.diff(marked, prepend=False, append=False)).tolist()
        return [(first, end - 1) for first, end in zip(turns[::2], turns[1::2], strict=True)]

    def _paint_handle(self, painter: QPainter, theme: Theme, at: QPointF) -> None:
        width, height = HANDLE
        handle = QRectF(at.x() - width / 2, at.y() - height / 2, width, height)
        rounded(painter, handle, 3, theme.accent, theme.surface)
        painter.setPen(QPen(QColor(theme.on_accent), 1.2))
        for side in (-1.5, 1.5):
            painter.drawLine(at + QPointF(side, -3.5), at + QPointF(side, 3.5))

    def _lane_of_now(self) -> Lane | None:
        """Return the lane that the moment shown, or asked for, lies on."""
        session, past = self._session, self._session.past
        view = session.view
        if session.viewing.wanted is None and (view is None or view.exact):
            branch = past.present if view is None else view.moment.place.branch
            lane = next((lane for lane in self.lanes if lane.branch.id == branch), None)
            if lane is not None:
                return lane
        branch = session.branch.id if self._dragged is None else self._dragged.branch.id
        way = {each.id for each in past.path(branch)} if branch in past.branches else set()
        return next((lane for lane in reversed(self.lanes) if lane.branch.id in way and lane.left <= self.now), None)

    # Pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the moment under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = self._lane_at(event.position())
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the pointer."""
        if self._dragged is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay at what is shown."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = None

    def _lane_at(self, place: QPointF) -> Lane | None:
        """Return the lane nearest to the pointer, of those that have the epoch if any has."""
        epoch = self.epoch_at(place.x())
        there = [lane for lane in self.lanes if lane.left <= epoch <= lane.end] or self.lanes
        return min(there, key=lambda lane: abs(self.height_of(lane.row) - place.y()), default=None)

    def _go(self, place: QPointF) -> None:
        dragged = self._dragged
        lane = next((each for each in self.lanes if dragged is not None and each.branch.id == dragged.branch.id), None)
        if lane is None:  # it went meanwhile
            self._dragged = None
            return
        mark, session = self._caught(lane, place.x()), self._session
        epoch = min(max(0, mark.epoch), lane.end)
        # Where a branch leaves the lane that was pressed it may have been changed already; the lane was not.
        leads = lane.shown is not None and (epoch < lane.shown or lane.branch.id == session.branch.id)
        branch = session.branch.id if leads else lane.branch.id
        if epoch == lane.end and lane.branch.id == session.past.present:
            session.look_live()
        elif mark.update:
            session.look_at(Place(branch, mark.update))
        else:
            session.look(branch, epoch)
        self.asked.emit()

    def _caught(self, lane: Lane, x: float) -> Mark:
        """Return what is under the pointer: a moment with a name, else an end or a change very near, else an epoch."""
        zero, width = self._axis()
        epochs, events = self._changes[lane.branch.id], lane.branch.events
        after = int(np.searchsorted(epochs, (x - zero) / width))
        changes = [Mark(int(epochs[at]), events[at].label) for at in (after - 1, after) if 0 <= at < len(epochs)]
        ends = [Mark(lane.left, ""), Mark(lane.start, ""), Mark(lane.end, "")]
        reach = [(DIAMOND, mark) for mark in lane.moments if mark.name] + [(NEAR, mark) for mark in [*changes, *ends]]
        found = [(-far, abs(zero + width * mark.epoch - x), mark) for far, mark in reach]
        caught = [each for each in found if each[1] <= -each[0]]
        return min(caught)[2] if caught else Mark(self.epoch_at(x), "")

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
        epoch, past = min(max(0, caught.epoch), lane.end), self._session.past
        branch = past.holding_epoch(lane.branch.id, epoch) if lane.branch.id in past.branches else lane.branch
        called = self._session.called(branch)
        told = [self.tr("{name}, epoch {n}").format(name=called, n=format_count(epoch)), lane.label]
        told += [mark.name for mark in (caught, *lane.moments) if mark.epoch == epoch]
        first, end = np.searchsorted(self._changes[lane.branch.id], [epoch, epoch + 1]).tolist()
        told += [event.label for event in lane.branch.events[first:end][:MOST_TOLD]]
        if end - first > MOST_TOLD:
            told.append(self.tr("and {n} more").format(n=format_count(end - first - MOST_TOLD)))
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
        self.asked.emit()

    def step_epoch(self, by: int) -> None:
        """Go to the beginning of the epoch before (-1) or after (1)."""
        session = self._session
        epoch, inside = (self.now, 0) if session.viewing.replaying else (self.now, session.progress.so_far)
        wanted = epoch + by + (1 if inside and by < 0 else 0)
        if wanted >= 0:
            session.look(session.branch.id, wanted)
            self.asked.emit()

    def name_moment(self) -> None:
        """Let a person type a name for the moment that is shown, or another one; an empty one removes it.

        That moment stays: training pauses, and who looks elsewhere names nothing.
        """
        self._session.pause()
        focus = QApplication.focusWidget()
        self._before = focus if focus is not self._edit else self._before
        self._naming = self._session.branch.id, self.now
        self._prefilled = self._session.name_of_moment
        x = self.place_of(self.now)
        width = min(180, self.width())
        self._edit.setFont(ui_font(CAPTION))
        self._edit.setGeometry(round(min(max(0.0, x - width / 2), self.width() - width)), 0, width, FIELD)
        self._edit.setText(self._prefilled)
        self._edit.selectAll()
        self._edit.show()
        self._edit.activateWindow()  # the panel may float
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Leave the field with Escape, or by going elsewhere."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._leave_field()
            return True
        if event.type() == QEvent.Type.FocusOut:
            self._edit.hide()
        return super().eventFilter(watched, event)  # type: ignore[arg-type]  # it is the field

    def _leave_field(self) -> None:
        """Give the keyboard back to what had it."""
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._edit.hide()

    @Slot()
    def _on_moved(self) -> None:
        """What was to be named is shown no more; that which stood in for it may go."""
        if self._edit.isVisible() and self._naming != (self._session.branch.id, self.now):
            self._leave_field()

    @Slot()
    def _on_named(self) -> None:
        name = self._edit.text().strip()
        self._leave_field()
        if name != self._prefilled:
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
