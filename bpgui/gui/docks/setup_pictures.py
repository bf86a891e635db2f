"""Pictures of the built-in data sets, painted from the data themselves where those are points of a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from bpgui.data.builtin import Builtin, load
from bpgui.data.dataset import Dataset
from bpgui.gui.theme.tokens import Theme, diverging_lut
from bpgui.gui.widgets.thumbnails import Thumbnail, network_thumbnail, points_thumbnail

Floats = NDArray[np.float64]

SAMPLES = 64
"""Enough to see the figure, few enough to paint at once."""

CALM = 0.7
"""Share of the noise: all of it would blur a figure this small."""

ROWS, COLUMNS = 12, 24
REACH = 0.25
"""How far a sample colours the plane around it, in its units."""

MARK = 1.6
"""Radius of a sample upon the colours."""

DIGITS = (
    "####..#####.#####",
    "....#.#.........#",
    "....#.#........#.",
    ".###..####....#..",
    "....#.....#...#..",
    "....#.....#...#..",
    "####..####....#..",
)


def picture_of(entry: Builtin) -> Thumbnail:
    """Return the picture of a data set; one that is no figure in the plane is shown by its network."""
    if entry.name == "digits":
        return digits_thumbnail  # the data themselves come with a library that may not be there
    if entry.samples_range is None or entry.layers[0] != 2:
        return network_thumbnail(entry.layers)
    return figure_of(load(entry.name, samples=SAMPLES, noise=CALM * (entry.noise or 0.0)))


def figure_of(data: Dataset) -> Thumbnail:
    """Return the picture of data in the plane, as they are, of some of the samples."""
    some = slice(None, None, (len(data.X) // SAMPLES) | 1)  # odd, or of classes in turn only one would be seen
    if data.labels is not None:
        return points_thumbnail(data.X[some], data.labels[some])
    assert data.targets is not None
    return surface_thumbnail(data.X[some], data.targets[some, 0])


def digits_thumbnail(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """Three digits of few pixels."""
    side = 3
    left = round(rect.center().x() - side * len(DIGITS[0]) / 2)
    top = round(rect.center().y() - side * len(DIGITS) / 2)
    for row, line in enumerate(DIGITS):
        for column, pixel in enumerate(line):
            if pixel == "#":
                painter.fillRect(left + column * side, top + row * side, side, side, QColor(theme.text2))


def surface_thumbnail(points: Floats, heights: Floats) -> Thumbnail:
    """Numbers over the plane, (n, 2) and (n,): their moving average in the colours of values, some samples upon it."""
    low, high = points.min(axis=0), points.max(axis=0)
    x = np.linspace(low[0], high[0], COLUMNS)
    y = np.linspace(high[1], low[1], ROWS)
    cells = np.stack(np.meshgrid(x, y), axis=-1)[:, :, None, :]
    near = np.exp(-(((cells - points) / REACH) ** 2).sum(axis=-1))
    mean = (near @ heights) / near.sum(axis=-1)
    index = np.rint((mean / np.abs(mean).max() + 1.0) / 2.0 * 255.0).astype(np.intp)
    shares = (points[::8] - low) / (high - low)

    def paint(painter: QPainter, rect: QRectF, theme: Theme) -> None:
        pixels = diverging_lut(theme)[index]
        image = QImage(pixels.tobytes(), COLUMNS, ROWS, 4 * COLUMNS, QImage.Format.Format_RGBA8888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, image)
        inside = rect.adjusted(2 * MARK, 2 * MARK, -2 * MARK, -2 * MARK)
        painter.setPen(QPen(QColor(theme.behind_points), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for right, up in shares:
            place = QPointF(inside.left() + right * inside.width(), inside.bottom() - up * inside.height())
            painter.drawEllipse(place, MARK, MARK)

    return paint
