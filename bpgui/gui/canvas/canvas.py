"""The network drawing: what is painted, and what mouse and keyboard do with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from bpgui.gui.canvas import labels, overlay
from bpgui.gui.canvas.edge_picture import Drawing, EdgePicture
from bpgui.gui.canvas.edges import Scale, reference
from bpgui.gui.canvas.flash import Flash, Touched
from bpgui.gui.canvas.headers import Headers
from bpgui.gui.canvas.hover import Hover
from bpgui.gui.canvas.inline_editor import InlineEditor, step_size, wheel_notches
from bpgui.gui.canvas.keyboard import CTRL, SHIFT, Keyboard
from bpgui.gui.canvas.layout import HEADER, LEGEND, View
from bpgui.gui.canvas.legend import paint_legend
from bpgui.gui.canvas.neurons import paint_neurons
from bpgui.gui.canvas.scene import Scene
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.canvas.thumbnails import Thumbnails
from bpgui.gui.measures import Floats, Measures
from bpgui.gui.observer import Observer
from bpgui.gui.selection import Item, Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import DOCK_RADIUS, Theme
from bpgui.gui.widgets.paint import smooth
from bpgui.network.names import place_of
from bpgui.project import edits
from bpgui.project.changes import Changes

_DIMMED = 0.8
_ZOOM_STEP = 1.2
_RING = 2.0
_DRAG_FROM = 6.0  # pixels from which a movement is a drag


@dataclass(eq=False)
class Drag:
    """A movement with the left button held down, and what it began on."""

    start: QPointF
    now: QPointF
    item: Item | None

    @property
    def is_one(self) -> bool:
        """Whether it is more than a click with an unsteady hand."""
        return (self.now - self.start).manhattanLength() > _DRAG_FROM

    @property
    def band(self) -> QRectF:
        """The rectangle between its ends."""
        return QRectF(self.start, self.now).normalized()


class NetworkCanvas(QWidget):
    """Shows the network of a session and edits it. ``refresh`` tells it what changed; all else it reads."""

    def __init__(self, session: Session, observer: Observer, measures: Measures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._measures = measures
        self._shown = "weight"
        self._least = 0.0
        self.thumbnails = Thumbnails(session, observer, self)
        self.thumbnails.updated.connect(self.update)
        measures.updated.connect(self._on_measured)
        self._view = View()
        self._ringed = False
        self._pan_from: QPointF | None = None
        self._drag: Drag | None = None
        self._selected = Selected(session)
        self._appearance: tuple[QSize, float, Theme] | None = None  # what the picture was painted for
        self.picture = EdgePicture(self)
        self.picture.painted.connect(self.update)
        self.flash = Flash(self)
        self.flash.faded.connect(self.update)
        self.headers = Headers(session, self)
        self.hover = Hover(self)
        self.editor = InlineEditor(self._selected, self)
        self.editor.done.connect(self.setFocus)
        self._keyboard = Keyboard(session, self._selected, self.editor, self._anchor, self.say)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Network drawing"))
        self._lay_out()
        self._scale = Scale(reference(self.scene.network, self.scene.drawn))
        self._describe()

    # Showing

    def sizeHint(self) -> QSize:
        """Return the size in a window of the usual width."""
        return QSize(808, 532)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the drawing can be read, so low that all fits below it in the least window."""
        return QSize(560, 200)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the Tab key led here: only then there is a ring, for it is as large as the canvas."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._ringed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def refresh(self, changes: Changes) -> None:
        """Show what these changes touched."""
        self.thumbnails.refresh(changes)
        before = self.scene.network, self.scene.vector
        if self._session.project.network is not self.scene.network:
            self._adopt_network()
        elif changes & (Changes.WEIGHTS | Changes.HISTORY):
            self._show_values()
        if changes & (Changes.TOPOLOGY | Changes.WEIGHTS) and not changes & (Changes.RUN | Changes.HISTORY):
            self.flash.light(Touched.between(*before, self.scene.network, self.scene.vector))
        if changes & (Changes.TOPOLOGY | Changes.WEIGHTS | Changes.RUN):
            self._redraw()
        if changes & (Changes.TOPOLOGY | Changes.WEIGHTS | Changes.SELECTION):
            self.editor.refresh()
            self.hover.refresh()
        if changes & (Changes.TOPOLOGY | Changes.SELECTION):
            self.headers.update()
            self._describe()
        # What training changes is seen when the next picture or the next answers of the neurons are there.
        if changes & ~(Changes.HISTORY | Changes.RUN | Changes.WEIGHTS):
            self.update()

    @Slot()
    def fit(self) -> None:
        """Show the whole network."""
        self._set_view(View())

    @property
    def shown(self) -> str:
        """What the connections show: "weight", "gradient" or "change"."""
        return self._shown

    def show_figure(self, shown: str) -> None:
        """Let the connections show another figure."""
        self._shown = shown
        self._measures.want_gradient(shown == "gradient", self)
        self._show_values()
        self._scale = Scale(reference(self.scene.network, self.scene.drawn))
        self._redraw()
        self.update()

    def hide_weak(self, share: float) -> None:
        """Leave out connections smaller than this share of the size that is drawn at full strength."""
        self._least = share
        self._show_values()
        self._redraw()
        self.update()

    def _figures(self) -> Floats | None:
        """What is drawn for each parameter, (P,); None while it is not known."""
        if self._shown == "weight":
            return self._session.project.training.state.vector
        return self._measures.of(self._measures.gradient if self._shown == "gradient" else self._measures.change)

    def _show_values(self) -> None:
        vector, drawn = self._session.project.training.state.vector, self._figures()
        if drawn is None:
            drawn = np.zeros_like(vector)
        least = self._least * reference(self.scene.network, drawn) if self._least else 0.0
        self.scene.show(vector, drawn, least)

    def _redraw(self) -> None:
        self._scale.follow(reference(self.scene.network, self.scene.drawn), at_once=not self._session.running)
        if self.picture.image is not None:
            self.picture.request(self._drawing())

    @Slot()
    def _on_measured(self) -> None:
        if self._shown != "weight" and self._session.project.network is self.scene.network:
            self._show_values()
            self._redraw()

    def _adopt_network(self) -> None:
        old = self.scene.network
        self.hover.forget()
        self.flash.forget()
        self._lay_out()
        new = self.scene.network
        if old.sizes != new.sizes or [(b.source, b.target) for b in old.blocks] != [
            (b.source, b.target) for b in new.blocks
        ]:
            self._appearance = None  # nothing of the old picture is in its place
            self.headers.refusal.say("", 0.0)

    def _lay_out(self) -> None:
        project = self._session.project
        size = float(self.width()), float(self.height())
        vector = project.training.state.vector
        self.scene = Scene(project.network, vector, size, self._view, project.remembered)
        self._show_values()
        self.headers.show_scene(self.scene)

    def _drawing(self) -> Drawing:
        scene, theme = self.scene, current_theme(self)
        return Drawing(scene.edges, scene.curves, self._scale.value, theme, self.size(), self.devicePixelRatioF())

    def _caption(self) -> str:
        """What the width of a line stands for; the legend has room for a word or two."""
        if self._figures() is None:
            return self.tr("not known yet")
        return {"weight": self.tr("weight"), "gradient": self.tr("gradient"), "change": self.tr("change")}[self._shown]

    def _describe(self) -> None:
        sizes = labels.sizes(self.scene.network)
        self.setAccessibleDescription(f"{sizes}; {self._selected.spoken}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Put the picture of the connections down and paint what is few on top of it."""
        theme = current_theme(self)
        appearance = self.size(), self.devicePixelRatioF(), theme
        if appearance != self._appearance:
            self._appearance = appearance
            self.picture.restart(self._drawing())
        painter = smooth(QPainter(self))
        _paint_background(painter, QRectF(self.rect()), theme)
        painter.save()
        painter.setClipRect(QRectF(0, HEADER, self.width(), self.height() - HEADER - LEGEND))
        if self.picture.image is not None:
            painter.setOpacity(1.0 if self.hover.key is None else _DIMMED)
            painter.drawImage(0, 0, self.picture.image)
            painter.setOpacity(1.0)
        selection = self._session.selection
        keys = [*selection.keys, *([] if self.hover.key is None else [self.hover.key])]
        overlay.paint_halos(painter, self.scene, keys, theme, self._scale.value)
        overlay.paint_flash(painter, self.scene, self.flash, theme, self._scale.value)
        overlay.paint_cut_badges(painter, self.scene, theme)
        overlay.paint_locks(painter, self.scene, theme)
        item = self.hover.item
        neurons = [*selection.neurons, *([item.id] if item is not None and item.kind == "neuron" else [])]
        lit = overlay.lit_marks(self.scene, keys, neurons)
        paint_neurons(painter, self.scene, self._session.project, theme, lit, self._scale.value, self.thumbnails)
        overlay.paint_bias_rings(painter, self.scene, keys, theme)
        overlay.paint_names(painter, self.scene, self._session.project, [*keys, *neurons], theme)
        overlay.paint_new_neurons(painter, self.scene, self.flash, theme)
        self._paint_drag(painter, theme)
        painter.restore()
        top, edges = self.height() - LEGEND, self.scene.edges
        paint_legend(painter, self.width(), top, edges, self._scale.value, theme, self._caption())
        if self._ringed and self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), _RING))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), DOCK_RADIUS - 2, DOCK_RADIUS - 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the network out anew."""
        super().resizeEvent(event)
        self._set_view(self._view)

    def _set_view(self, view: View) -> None:
        self._view = view.within(self.width(), self.height() - HEADER - LEGEND)
        self._adopt_network()  # another one may be there that the canvas was not told of yet
        self._appearance = None
        self.hover.forget()
        if self._selected.key is not None and not self.editor.isHidden():
            self.editor.place(self._anchor())
        self.update()

    # Pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Light up what the pointer is on, or move the drawing with the middle button."""
        if self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self._set_view(self._view._replace(dx=self._view.dx + moved.x(), dy=self._view.dy + moved.y()))
        elif self._drag is not None:
            self._drag.now = event.position()
            self.hover.forget()
            self._session.point_at(None, self)
            self.update()
        elif self.hover.move(self.scene, event.position()):
            on_nothing = self.hover.item is None
            self._session.point_at(self.hover.item, self)
            self.setCursor(Qt.CursorShape.ArrowCursor if on_nothing else Qt.CursorShape.PointingHandCursor)
            self.update()
        if self.hover.key == self._selected.key and not self.editor.isHidden():
            self.hover.silence()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self.hover.forget()
        self._session.point_at(None, self)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked, open it where it is a value, and wait for what a drag will mean."""
        self.headers.refusal.say("", 0.0)
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
        elif event.button() == Qt.MouseButton.LeftButton:
            item = self.scene.item_at(event.position().x(), event.position().y())
            if item is not None and event.modifiers() & (CTRL | SHIFT):
                self._session.select(self._session.selection.toggled(item), self)
                return
            self._drag = Drag(event.position(), event.position(), item)
            self._session.select(Selection(() if item is None else (item,)), self)
            if item is not None and item.kind == "entry":
                self.hover.silence()
                self.editor.open(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End moving; what a drag led to is done."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = None
        elif event.button() == Qt.MouseButton.LeftButton and self._drag is not None:
            drag, self._drag = self._drag, None
            if drag.is_one:
                self._drop(drag)
            self.update()

    def _drop(self, drag: Drag) -> None:
        """A drag from nothing selects what lies in the rectangle; from a neuron to another it connects or moves it."""
        if drag.item is None:
            band = drag.band
            inside = self.scene.units_within(band.left(), band.top(), band.right(), band.bottom())
            self._session.select(Selection.of("neuron", *inside), self)
            return
        target = self.scene.item_at(drag.now.x(), drag.now.y())
        if drag.item.kind != "neuron" or target is None or target.id == drag.item.id:
            return
        if target.kind == "entry" and self.scene.place(target.id).source is not None:
            return
        start, end = (place_of(self.scene.network, item.id).target for item in (drag.item, target))
        if start[0] == end[0]:
            self.say(self._session.edit(edits.move_neuron, drag.item.id, end[1] - start[1]))
        else:
            self.say(self._session.edit(edits.connect, start, end))

    def say(self, refusal: str) -> None:
        """Say near what is selected why something is not done; "" takes it away."""
        if not self.editor.isHidden():
            self.editor.say(refusal)
            return
        layer = self._selected.layer
        self.headers.refusal.say(refusal, self.width() / 2 if layer is None else self.scene.columns[layer].x)

    def _paint_drag(self, painter: QPainter, theme: Theme) -> None:
        drag = self._drag
        if drag is None or not drag.is_one:
            return
        if drag.item is None:
            overlay.paint_rubber_band(painter, drag.band, theme)
        elif drag.item.kind == "neuron":
            overlay.paint_new_connection(painter, drag.start, drag.now, theme)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the selected value under the pointer; else spread out with Ctrl, or move what is spread out."""
        at, notches = event.position(), wheel_notches(event)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            middle_y = (HEADER + self.height() - LEGEND) / 2
            self._set_view(self._view.zoomed(_ZOOM_STEP**notches, at.x() - self.width() / 2, at.y() - middle_y))
        elif self._selected.key is not None and self.scene.is_on(self._selected.key, at.x(), at.y()):
            self.editor.step(notches * step_size(event.modifiers()))
        elif self._view.zoom > 1.0:
            moved = event.angleDelta() / 2
            self._set_view(self._view._replace(dx=self._view.dx + moved.x(), dy=self._view.dy + moved.y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the network, and edit, cut or restore what is selected; Esc selects nothing."""
        if not self._keyboard.press(event):
            super().keyPressEvent(event)

    def _anchor(self) -> QPointF:
        """Return a point of what is selected."""
        assert self._selected.key is not None
        return QPointF(*self.scene.anchor(self._selected.key))


def _paint_background(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """Fill the canvas; its lower corners are those of the dock."""
    shape = QPainterPath()
    shape.setFillRule(Qt.FillRule.WindingFill)
    shape.addRoundedRect(rect, DOCK_RADIUS - 1, DOCK_RADIUS - 1)
    shape.addRect(QRectF(0, 0, rect.width(), rect.height() / 2))
    painter.fillPath(shape, QColor(theme.canvas))
