"""The headings over the columns: names, numbers of neurons, layers added and removed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLabel, QVBoxLayout, QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.layout import HEADER
from bpgui.gui.canvas.scene import Scene
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CONTROL_RADIUS
from bpgui.gui.widgets.number_field import refusal_line
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.gui.widgets.stepper import Stepper
from bpgui.number_text import format_count
from bpgui.project import edits

_TITLE_Y, _ROW_Y = 20.0, 45.0
"""Middle of the names, and of the row of numbers below them."""
_MOST_NEURONS = 9999
_REMOVE, _REMOVE_ICON = 16, 10
_ADD, _ADD_ICON = 20, 11
_GAP = 8.0
_REFUSAL_WIDTH = 280
_HEADING = 50.0  # to both sides of a column, where a click is on its name


class AddButton(QAbstractButton):
    """A dashed circle with a plus: a layer can be put in here."""

    asked = Signal(int)

    def __init__(self, before: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._before = before
        self.setFixedSize(_ADD, _ADD)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Add a layer before layer {number}").format(number=before))
        self.setToolTip(self.tr("Add a layer here: it passes on what it gets, and all weights stay"))
        self.clicked.connect(self._ask)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw circle and plus."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        hot = self.underMouse()
        pen = QPen(QColor(theme.accent if hot else theme.border2), 1)
        if not hot:
            pen.setDashPattern((2.5, 2.5))
        painter.setPen(pen)
        painter.setBrush(QColor(theme.accent_soft if hot else theme.canvas))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))
        _paint_icon(painter, self, "plus", theme.accent if hot else theme.text2, _ADD_ICON)

    @Slot()
    def _ask(self) -> None:
        self.asked.emit(self._before)


class RemoveButton(QAbstractButton):
    """A small × beside the number of neurons of a hidden layer."""

    asked = Signal(int)

    def __init__(self, layer: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._layer = layer
        self.setFixedSize(_REMOVE, _REMOVE)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Remove layer {number}").format(number=layer))
        self.setToolTip(
            self.tr("Remove this layer, which changes the output: new weights join its neighbours. Undo brings it back")
        )
        self.clicked.connect(self._ask)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the cross on a disc, red under the pointer."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        rounded(painter, QRectF(self.rect()), _REMOVE / 2, theme.error if self.underMouse() else theme.canvas, "", 0)
        _paint_icon(painter, self, "x", theme.canvas if self.underMouse() else theme.muted, _REMOVE_ICON)

    @Slot()
    def _ask(self) -> None:
        self.asked.emit(self._layer)


class LayerStepper(Stepper):
    """The number of neurons of one layer, in a pill."""

    asked = Signal(int, int)

    def __init__(self, layer: int, parent: QWidget) -> None:
        super().__init__(1, _MOST_NEURONS, parent=parent)
        self._layer = layer
        self.field.setAccessibleName(self.tr("neurons of layer {number}").format(number=layer))
        self.field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the canvas is one tab stop
        self.setToolTip(
            self.tr(
                "+ adds a neuron that changes nothing yet; − takes the last one away, which changes the output. "
                "Undo brings it back whole"
            )
        )
        self.stepped.connect(self._ask)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pill."""
        theme = current_theme(self)
        rounded(smooth(QPainter(self)), QRectF(self.rect()), self.height() / 2, theme.field, theme.border2)

    @Slot(int)
    def _ask(self, units: int) -> None:
        self.asked.emit(self._layer, units)


class Refusal(QWidget):
    """Why the number of neurons or layers stays as it is, under the heading where it was asked for."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._canvas = parent
        self._line: QLabel = refusal_line()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.addWidget(self._line)
        self.setFixedWidth(_REFUSAL_WIDTH)
        self.hide()

    @property
    def text(self) -> str:
        """What is said, "" when nothing is."""
        return "" if self.isHidden() else self._line.text()

    def say(self, text: str, x: float) -> None:
        """Say it below the headings, about ``x``; "" takes it away."""
        self._line.setText(text)
        self._line.setVisible(bool(text))
        self.setVisible(bool(text))
        if not text:
            return
        self.setFixedHeight(self._column.heightForWidth(_REFUSAL_WIDTH))
        room = self._canvas.width() - _REFUSAL_WIDTH - int(_GAP)
        self.move(max(int(_GAP), min(round(x - _REFUSAL_WIDTH / 2), room)), int(HEADER) - 4)
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card."""
        theme = current_theme(self)
        rounded(smooth(QPainter(self)), QRectF(self.rect()), CONTROL_RADIUS, theme.surface, theme.error)


class Headers(QWidget):
    """The row of headings along the top of a canvas."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._scene: Scene | None = None
        self.steppers: list[LayerStepper] = []
        self.adders: list[AddButton] = []
        self.removers: list[RemoveButton] = []
        self.refusal = Refusal(parent)

    def show_scene(self, scene: Scene) -> None:
        """Put the headings over these columns."""
        self._scene = scene
        self.setGeometry(0, 0, round(scene.width), int(HEADER))
        layers = len(scene.columns)
        # Widgets that stay are kept: one of them may just be held down.
        self._fit(self.adders, layers - 1, self._new_adder)
        self._fit(self.steppers, layers - 1, self._new_stepper)
        self._fit(self.removers, layers - 2, self._new_remover)
        xs = [column.x for column in scene.columns]
        gap = xs[1] - xs[0]
        width = self.steppers[0].width()
        has_steppers = gap >= width + 4
        for number, (stepper, x) in enumerate(zip(self.steppers, xs[1:], strict=True), 1):
            stepper.value = scene.network.layers[number].units
            stepper.setVisible(has_steppers)
            _centre(stepper, x, _ROW_Y)
        for remover, x in zip(self.removers, xs[1:], strict=False):
            remover.setVisible(has_steppers)
            beside = x + width / 2 + 2 + _REMOVE / 2, _ROW_Y
            _centre(remover, *(beside if gap >= width + _ADD + 2 * _REMOVE else (x + width / 2 - 3, _ROW_Y - 11)))
            remover.raise_()
        for adder, (left, right) in zip(self.adders, pairwise(xs), strict=True):
            adder.setVisible(gap >= width + _ADD + 4 or (has_steppers and gap >= 2 * _ADD))
            _centre(adder, (left + right) / 2, _ROW_Y if gap >= width + _ADD + 4 else _TITLE_Y)
        self.update()

    def _fit(self, widgets: list[Any], count: int, new: Callable[[int], QWidget]) -> None:
        while len(widgets) > count:
            widgets.pop().deleteLater()
        while len(widgets) < count:
            widgets.append(new(len(widgets) + 1))

    def _new_adder(self, before: int) -> AddButton:
        button = AddButton(before, self)
        button.asked.connect(self._add_layer)
        return button

    def _new_stepper(self, layer: int) -> LayerStepper:
        stepper = LayerStepper(layer, self)
        stepper.asked.connect(self._set_units)
        return stepper

    def _new_remover(self, layer: int) -> RemoveButton:
        button = RemoveButton(layer, self)
        button.asked.connect(self._remove_layer)
        return button

    @Slot(int)
    def _add_layer(self, before: int) -> None:
        self._edit(before - 0.5, edits.add_layer, before)

    @Slot(int)
    def _remove_layer(self, layer: int) -> None:
        self._edit(layer, edits.remove_layer, layer)

    @Slot(int, int)
    def _set_units(self, layer: int, units: int) -> None:
        self._edit(layer, edits.set_units, layer, units)

    def _edit(self, at: float, make: Callable[..., edits.Edit], *values: int) -> None:
        """Make an edit of the structure; a refusal is said at the heading (``at`` counts columns)."""
        assert self._scene is not None
        xs = [column.x for column in self._scene.columns]
        x = (xs[int(at)] + xs[int(at + 0.5)]) / 2
        self.refusal.say(self._session.edit(make, *values, initiator=self), x)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a heading selects its layer."""
        if self._scene is None or event.button() != Qt.MouseButton.LeftButton or event.position().y() > 2 * _TITLE_Y:
            event.ignore()
            return
        at = event.position().x()
        distances = [abs(column.x - at) for column in self._scene.columns]
        nearest = distances.index(min(distances))
        layer = self._scene.network.layers[nearest].id
        if distances[nearest] < _HEADING and layer is not None:
            self._session.select(Selection.of("layer", layer), self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw names, the number of inputs, and the lines between the layers."""
        if self._scene is None:
            return
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        columns, network = self._scene.columns, self._scene.network
        last_item = self._session.selection.last
        gap = columns[1].x - columns[0].x
        font = ui_font(BODY, QFont.Weight.DemiBold)
        metrics = QFontMetricsF(font)
        last = len(columns) - 1
        names = [labels.heading(network, layer) for layer in range(last + 1)]
        if max(map(metrics.horizontalAdvance, names)) > gap - _GAP:
            names = [labels.short_heading(layer, last) for layer in range(last + 1)]
        painter.setPen(QColor(theme.border))
        for (left, right), adder in zip(pairwise(columns), self.adders, strict=True):
            if not adder.isHidden() and adder.geometry().center().y() > _TITLE_Y + 5:
                self._paint_line(painter, left.x, right.x)
        painter.setFont(font)
        for column, name, layer in zip(columns, names, network.layers, strict=True):
            selected = last_item is not None and last_item == ("layer", layer.id)
            painter.setPen(QColor(theme.accent if selected else theme.text))
            _write(painter, column.x, _TITLE_Y, name)
        painter.setFont(ui_font(BODY))
        painter.setPen(QColor(theme.text2))
        for column, layer in zip(columns, network.layers, strict=True):
            if column is columns[0] or self.steppers[0].isHidden():
                _write(painter, column.x, _ROW_Y, format_count(layer.units))

    def _paint_line(self, painter: QPainter, left: float, right: float) -> None:
        """Draw the line from one heading to the next, with a gap for the plus."""
        half = self.steppers[0].width() / 2
        middle = (left + right) / 2
        around = _ADD / 2 + _GAP
        start = left + half + _REMOVE + _GAP
        end = right - half - _GAP
        for one, other in ((start, middle - around), (middle + around, end)):
            if other > one:
                painter.drawLine(QPointF(one, _ROW_Y + 0.5), QPointF(other, _ROW_Y + 0.5))


def _centre(widget: QWidget, x: float, y: float) -> None:
    widget.move(round(x - widget.width() / 2), round(y - widget.height() / 2))


def _write(painter: QPainter, x: float, y: float, text: str) -> None:
    painter.drawText(QRectF(x - 100, y - 10, 200, 20), Qt.AlignmentFlag.AlignCenter, text)


def _paint_icon(painter: QPainter, button: QWidget, name: str, colour: str, size: int) -> None:
    left, top = (button.width() - size) // 2, (button.height() - size) // 2
    icon(name, colour, size).paint(painter, left, top, size, size)
