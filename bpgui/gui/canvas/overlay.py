"""What lies over the picture of the connections: what is pointed at, what is selected, and the marks of cut ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.edge_picture import curve_path, paint_cut, with_alpha
from bpgui.gui.canvas.edges import stroke
from bpgui.gui.canvas.flash import Flash
from bpgui.gui.canvas.neurons import mark_rect, paint_bias_ring
from bpgui.gui.canvas.scene import Mark, Scene
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.tokens import CAPTION, TILE_RADIUS, Theme
from bpgui.gui.widgets.paint import rounded
from bpgui.project.state import Project

HALO_WIDTH, HALO_ALPHA = 9.0, 0.28
_LEAST_WIDTH, _LEAST_ALPHA = 1.6, 0.8  # of the connection in the halo, so that it can be seen at any weight
_BADGE, _BADGE_ICON = 8.0, 10
_BADGE_AT, _FROZEN_AT = 0.72, 0.28  # along the curve: most cross in the middle
_BAND_ALPHA = 0.12
_RING, _FAR = 2.0, 6.0  # around a neuron that appears: its width, and how far away it begins
_NAME_PADDING, _NAME_HEIGHT, _NAME_GAP = 6.0, 18.0, 6.0


def paint_halos(painter: QPainter, scene: Scene, keys: Sequence[int], theme: Theme, reference: float) -> None:
    """Paint the connections of these keys in a halo of the accent colour."""
    for key in keys:
        if scene.place(key).source is None:
            continue
        pair = scene.pair(key)
        path = curve_path(scene.curves, pair)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(with_alpha(QColor(theme.accent), HALO_ALPHA), HALO_WIDTH))
        painter.drawPath(path)
        if scene.is_cut(key):
            paint_cut(painter, scene.curves, pair, QColor(theme.text2))
            continue
        weight = scene.drawn_value(key)
        width, alpha = stroke(weight, reference)
        ink = QColor(theme.positive if weight > 0.0 else theme.negative)
        painter.setPen(QPen(with_alpha(ink, max(_LEAST_ALPHA, alpha)), max(_LEAST_WIDTH, width)))
        painter.drawPath(path)


def paint_flash(painter: QPainter, scene: Scene, flash: Flash, theme: Theme, reference: float) -> None:
    """Paint the connections and biases that were just changed, as bright as they still are."""
    painter.setOpacity(flash.strength)
    paint_halos(painter, scene, flash.touched.keys, theme, reference)
    paint_bias_rings(painter, scene, flash.touched.keys, theme)
    painter.setOpacity(1.0)


def paint_new_neurons(painter: QPainter, scene: Scene, flash: Flash, theme: Theme) -> None:
    """Paint rings that close around neurons that have just appeared."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(with_alpha(QColor(theme.accent), flash.strength), _RING))
    away = _RING + _FAR * flash.strength
    for mark in lit_marks(scene, (), flash.touched.units):
        tile = mark_rect(scene, mark).adjusted(-away, -away, away, away)
        painter.drawRoundedRect(tile, TILE_RADIUS + away, TILE_RADIUS + away)


def paint_bias_rings(painter: QPainter, scene: Scene, keys: Sequence[int], theme: Theme) -> None:
    """Paint rings around the biases of these keys."""
    for key in keys:
        if scene.place(key).source is None:
            paint_bias_ring(painter, QPointF(*scene.bias_dot(scene.marks(key)[0])), theme)


def paint_cut_badges(painter: QPainter, scene: Scene, theme: Theme) -> None:
    """Paint scissors on the cut connections that are drawn."""
    for pair in scene.edges.pairs[scene.edges.cut].tolist():
        _paint_badge(painter, QPointF(*scene.curves.point(pair, _BADGE_AT)), "scissors", theme)


def _paint_badge(painter: QPainter, centre: QPointF, name: str, theme: Theme) -> None:
    painter.setPen(QPen(QColor(theme.border2), 1))
    painter.setBrush(QColor(theme.canvas))
    painter.drawEllipse(centre, _BADGE, _BADGE)
    square = QRectF(0, 0, _BADGE_ICON, _BADGE_ICON)
    square.moveCenter(centre)
    # A pixmap, since an icon would go to whole pixels and sit off the centre.
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(square.topLeft(), icon(name, theme.text2, _BADGE_ICON).pixmap(square.size().toSize(), ratio))


def paint_names(painter: QPainter, scene: Scene, project: Project, keys: Sequence[int], theme: Theme) -> None:
    """Write beside the neurons of these keys what they are called: their tiles show what they answer."""
    font = ui_font(CAPTION, QFont.Weight.DemiBold)
    metrics = QFontMetricsF(font)
    named = {}
    for key in keys:
        place = scene.place(key)
        ends = [end for end in place if end is not None]
        for end, mark in zip(ends, scene.marks(key), strict=True):
            named[end] = mark, end is place.source
    for (layer, unit), (mark, at_left) in named.items():
        # Where the data have a name for an output it stands there already, and must not be hidden.
        outer = labels.outer_name(project, layer, unit) if layer else ""
        text = outer or labels.neuron(scene.network, layer, unit)
        tile = mark_rect(scene, mark)
        width = metrics.horizontalAdvance(text) + 2 * _NAME_PADDING
        left = tile.left() - _NAME_GAP - width if at_left else tile.right() + _NAME_GAP
        pill = QRectF(left, tile.center().y() - _NAME_HEIGHT / 2, width, _NAME_HEIGHT)
        rounded(painter, pill, _NAME_HEIGHT / 2, theme.accent_soft, theme.canvas, 1)
        painter.setFont(font)
        painter.setPen(QColor(theme.accent))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def lit_marks(scene: Scene, keys: Sequence[int], neurons: Sequence[int]) -> list[Mark]:
    """Return the marks of these neurons, and of those that these keys belong to."""
    return [mark for key in (*keys, *neurons) for mark in scene.marks(key)]


def paint_locks(painter: QPainter, scene: Scene, theme: Theme) -> None:
    """Paint a lock on the connections that are frozen and drawn."""
    frozen = scene.network.frozen[scene.edges.places] & ~scene.edges.cut
    for pair in scene.edges.pairs[frozen].tolist():
        _paint_badge(painter, QPointF(*scene.curves.point(pair, _FROZEN_AT)), "lock", theme)


def paint_rubber_band(painter: QPainter, band: QRectF, theme: Theme) -> None:
    """Paint the rectangle that selects what lies in it."""
    painter.setPen(QPen(QColor(theme.accent), 1))
    painter.setBrush(with_alpha(QColor(theme.accent), _BAND_ALPHA))
    painter.drawRect(band)


def paint_new_connection(painter: QPainter, start: QPointF, end: QPointF, theme: Theme) -> None:
    """Paint the line that is drawn from one neuron to another."""
    path = QPainterPath(start)
    half = (end.x() - start.x()) / 2
    path.cubicTo(start + QPointF(half, 0), end - QPointF(half, 0), end)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.accent), _LEAST_WIDTH, Qt.PenStyle.DashLine))
    painter.drawPath(path)
