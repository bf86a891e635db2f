"""The network drawing: what is painted, and what mouse and keyboard do with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import (
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
from bpgui.gui.canvas.headers import Headers
from bpgui.gui.canvas.hover import Hover
from bpgui.gui.canvas.inline_editor import InlineEditor, step_size, wheel_notches
from bpgui.gui.canvas.layout import HEADER, LEGEND, View
from bpgui.gui.canvas.legend import paint_legend
from bpgui.gui.canvas.neurons import paint_neurons
from bpgui.gui.canvas.scene import Scene
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import DOCK_RADIUS, Theme
from bpgui.gui.widgets.paint import smooth
from bpgui.project.changes import Changes

_DIMMED = 0.8
_ZOOM_STEP = 1.2
_RING = 2.0
_TYPED = "0123456789.,+-−"


class NetworkCanvas(QWidget):
    """Shows the network of a session and edits it. ``refresh`` tells it what changed; all else it reads."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._view = View()
        self._ringed = False
        self._pan_from: QPointF | None = None
        self._selected = Selected(session)
        self._appearance: tuple[QSize, float, Theme] | None = None  # what the picture was painted for
        self.picture = EdgePicture(self)
        self.picture.painted.connect(self.update)
        self.headers = Headers(session, self)
        self.hover = Hover(self)
        self.editor = InlineEditor(self._selected, self)
        self.editor.done.connect(self.setFocus)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Network drawing"))
        self._lay_out()
        self._scale = Scale(reference(self.scene.network, self.scene.vector))
        self._describe()

    # Showing

    def sizeHint(self) -> QSize:
        """Return the size in a window of the usual width."""
        return QSize(808, 532)

    def minimumSizeHint(self) -> QSize:
        """Return the least size at which the drawing can be read."""
        return QSize(420, 300)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Remember whether the Tab key led here: only then there is a ring, for it is as large as the canvas."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._ringed = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)

    def refresh(self, changes: Changes) -> None:
        """Show what these changes touched."""
        if self._session.project.network is not self.scene.network:
            self._adopt_network()
        elif changes & Changes.WEIGHTS:
            self.scene.show(self._session.project.training.state.vector)
        if changes & (Changes.TOPOLOGY | Changes.WEIGHTS | Changes.RUN):
            self._scale.follow(reference(self.scene.network, self.scene.vector), at_once=not self._session.running)
            if self.picture.pixmap is not None:
                self.picture.request(self._drawing())
        if changes & (Changes.TOPOLOGY | Changes.WEIGHTS | Changes.SELECTION):
            self.editor.refresh()
            self.hover.refresh()
        if changes & (Changes.TOPOLOGY | Changes.SELECTION):
            self._describe()
        if changes & ~Changes.HISTORY:
            self.update()

    @Slot()
    def fit(self) -> None:
        """Show the whole network."""
        self._set_view(View())

    def _adopt_network(self) -> None:
        old = self.scene.network
        self.hover.forget()
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
        self.scene = Scene(project.network, project.training.state.vector, size, self._view)
        self.headers.show_scene(self.scene)

    def _drawing(self) -> Drawing:
        scene, theme = self.scene, current_theme(self)
        return Drawing(scene.edges, scene.curves, self._scale.value, theme, self.size(), self.devicePixelRatioF())

    def _describe(self) -> None:
        sizes = labels.sizes(self.scene.network)
        self.setAccessibleDescription(f"{sizes}; {self._selected.spoken}")

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
        if self.picture.pixmap is not None:
            painter.setOpacity(1.0 if self.hover.key is None else _DIMMED)
            painter.drawPixmap(0, 0, self.picture.pixmap)
            painter.setOpacity(1.0)
        keys = [key for key in (self._selected.key, self.hover.key) if key is not None]
        overlay.paint_halos(painter, self.scene, keys, theme, self._scale.value)
        overlay.paint_cut_badges(painter, self.scene, theme)
        lit = overlay.lit_marks(self.scene, keys)
        paint_neurons(painter, self.scene, self._session.project, theme, lit, self._scale.value)
        overlay.paint_bias_rings(painter, self.scene, keys, theme)
        overlay.paint_names(painter, self.scene, keys, theme)
        painter.restore()
        paint_legend(painter, self.width(), self.height() - LEGEND, self.scene.edges, self._scale.value, theme)
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
        self._lay_out()
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
        elif self.hover.move(self.scene, event.position()):
            on_nothing = self.hover.key is None
            self.setCursor(Qt.CursorShape.ArrowCursor if on_nothing else Qt.CursorShape.PointingHandCursor)
            self.update()
        if self.hover.key == self._selected.key and not self.editor.isHidden():
            self.hover.silence()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self.hover.forget()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked and open it, or select nothing."""
        self.headers.refusal.say("", 0.0)
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
        elif event.button() == Qt.MouseButton.LeftButton:
            key = self.scene.at(event.position().x(), event.position().y())
            self._session.select(key, self)
            if key is not None:
                self.hover.silence()
                self.editor.open(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End moving."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = None

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

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Edit, cut or restore what is selected; Esc selects nothing."""
        key, plain = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shift = plain == Qt.KeyboardModifier.ShiftModifier
        if self._selected.key is None or (plain != Qt.KeyboardModifier.NoModifier and not shift):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            self._session.select(None, self)
        elif key == Qt.Key.Key_Delete:
            (self.editor.restore if shift else self.editor.cut)()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.editor.begin_typing("", self._anchor())
        elif event.text() and event.text() in _TYPED:
            self.editor.begin_typing(event.text(), self._anchor())
        else:
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
