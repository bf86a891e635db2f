"""Neurons, biases and the names beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap, QTransform

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.edge_picture import with_alpha
from bpgui.gui.canvas.scene import BIAS_RADIUS, Mark, Scene
from bpgui.gui.canvas.thumbnails import Thumbnails
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.tokens import BODY, CAPTION, TILE_RADIUS, Theme
from bpgui.gui.widgets.paint import rounded
from bpgui.number_text import MINUS, format_count
from bpgui.project.state import Project

_RIM = 1.2
_INSIDE = 3.0  # between a name and the edge of its tile
_BESIDE = 8.0  # between a tile and the name beside it
_RING, _RING_GAP = 2.0, 1.0
"""Around the neurons of the selected connection."""


def mark_rect(scene: Scene, mark: Mark) -> QRectF:
    """Return the outline of a neuron's tile, or of what stands for many."""
    column = scene.columns[mark.layer]
    width, height = column.size(mark.mark)
    return QRectF(column.x - width / 2, float(column.ys[mark.mark]) - height / 2, width, height)


def paint_neurons(
    painter: QPainter,
    scene: Scene,
    project: Project,
    theme: Theme,
    lit: Sequence[Mark],
    reference: float,
    thumbnails: Thumbnails,
) -> None:
    """Paint all neurons, those in ``lit`` as ends of what is pointed at or selected."""
    for layer, column in enumerate(scene.columns):
        font, names = tile_names(scene, layer)
        for number, group in enumerate(column.groups):
            mark = Mark(layer, number)
            rect = mark_rect(scene, mark)
            if len(group) > 1:
                _paint_more(painter, rect, len(group), theme, mark in lit)
                continue
            unit = scene.unit_of(mark)
            picture = None if unit is None else thumbnails.picture(unit, theme)
            _paint_tile(painter, rect, theme, mark in lit, picture)
            painter.setFont(font)
            if picture is None:
                painter.setPen(QColor(theme.text if mark in lit else theme.text2))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, names[number])
            elif unit is not None and (value := thumbnails.value(unit)) is not None:
                _paint_value(painter, rect, value, picture, theme)
            _paint_bias(painter, scene, mark, theme, reference)
        _paint_outer_names(painter, scene, project, layer, theme)


def tile_names(scene: Scene, layer: int) -> tuple[QFont, list[str]]:
    """Return font and text for each tile of a layer: the name, or the index alone, or nothing, as room allows."""
    column = scene.columns[layer]
    size = BODY if column.tile >= 34 else CAPTION
    font = ui_font(size, QFont.Weight.Medium)
    fits = QFontMetricsF(font).height() <= column.tile
    full = [labels.neuron(scene.network, layer, group.start) for group in column.groups]
    short = [str(group.start) for group in column.groups]
    room = column.tile - 2 * _INSIDE
    for names in (full, short):
        if fits and max(ui_width(name, size, QFont.Weight.Medium) for name in names) <= room:
            return font, names
    return font, [""] * len(full)


def _paint_tile(painter: QPainter, rect: QRectF, theme: Theme, lit: bool, picture: QPixmap | None) -> None:
    radius = min(TILE_RADIUS, rect.width() / 4)
    rounded(painter, rect, radius, theme.surface2, theme.accent if lit else theme.border2, _RING if lit else 1.0)
    if picture is not None:
        inner = rect.adjusted(1, 1, -1, -1)
        brush = QBrush(picture)
        brush.setTransform(
            QTransform(
                inner.width() / picture.width(), 0, 0, inner.height() / picture.height(), inner.left(), inner.top()
            )
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(brush)
        painter.drawRoundedRect(inner, radius - 1, radius - 1)


def _paint_value(painter: QPainter, rect: QRectF, value: float, picture: QPixmap, theme: Theme) -> None:
    """Write an activation on its colour, in the ink that can be read there."""
    text = f"{value:.2f}".replace("-", MINUS)
    if ui_width(text, CAPTION, QFont.Weight.Medium) > rect.width() - 2:
        text = text.replace("0.", ".", 1)  # a tile too small for "−0.94" has room for "−.94"
    if ui_width(text, CAPTION, QFont.Weight.Medium) > rect.width():
        return
    painter.setFont(ui_font(CAPTION, QFont.Weight.Medium))
    ground = picture.toImage().pixelColor(0, 0)
    dark_ink, light_ink = sorted((QColor(theme.text), QColor(theme.canvas)), key=QColor.lightness)
    painter.setPen(light_ink if ground.lightness() < 140 else dark_ink)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _paint_more(painter: QPainter, rect: QRectF, count: int, theme: Theme, lit: bool) -> None:
    """Paint what stands for the units that are not shown one by one."""
    rounded(painter, rect, rect.height() / 2, theme.canvas, theme.accent if lit else theme.border, _RING if lit else 1)
    painter.setFont(ui_font(CAPTION))
    painter.setPen(QColor(theme.muted))
    text = labels.tr("+{count} more").format(count=format_count(count))
    if painter.fontMetrics().height() <= rect.height() + 4:
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def _paint_bias(painter: QPainter, scene: Scene, mark: Mark, theme: Theme, reference: float) -> None:
    place = scene.network.index_of_bias(mark.layer, scene.columns[mark.layer].groups[mark.mark].start)
    if place is None:
        return
    value = float(scene.drawn[place])
    paint_bias_dot(painter, QPointF(*scene.bias_dot(mark)), value, theme, reference, scene.columns[mark.layer].tile)


def paint_bias_dot(
    painter: QPainter, centre: QPointF, value: float, theme: Theme, reference: float, tile: float
) -> None:
    """Paint the dot of a bias: its colour is the sign, its strength the size."""
    radius = min(BIAS_RADIUS, tile / 5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.canvas))
    painter.drawEllipse(centre, radius + _RIM, radius + _RIM)
    ink = QColor(theme.border2) if value == 0.0 else QColor(theme.positive if value > 0.0 else theme.negative)
    painter.setBrush(with_alpha(ink, 0.5 + 0.5 * min(1.0, abs(value) / reference)))
    painter.drawEllipse(centre, radius, radius)


def _paint_outer_names(painter: QPainter, scene: Scene, project: Project, layer: int, theme: Theme) -> None:
    """Write beside the outer columns what the data call their neurons."""
    column = scene.columns[layer]
    left = layer == 0
    painter.setFont(ui_font(BODY, prose=True))
    painter.setPen(QColor(theme.text2))
    pitch = float(column.ys[1] - column.ys[0]) if len(column.ys) > 1 else column.tile
    if painter.fontMetrics().height() > pitch + 4:
        return
    room = (column.x if left else scene.width - column.x) - column.tile / 2 - 2 * _BESIDE
    for number, group in enumerate(column.groups):
        name = labels.outer_name(project, layer, group.start) if len(group) == 1 else ""
        if not name or room < column.tile:
            continue
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room))
        y = float(column.ys[number]) - 10
        x = column.x - column.tile / 2 - _BESIDE - room if left else column.x + column.tile / 2 + _BESIDE
        side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(x, y, room, 20), side | Qt.AlignmentFlag.AlignVCenter, shown)


def paint_bias_ring(painter: QPainter, centre: QPointF, theme: Theme) -> None:
    """Paint the ring around a bias that is pointed at or selected."""
    radius = BIAS_RADIUS + _RIM + _RING_GAP + _RING / 2
    painter.setPen(QPen(QColor(theme.accent), _RING))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(centre, radius, radius)
