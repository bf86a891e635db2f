"""What each neuron answers: over the plane of the inputs a small picture, with more than two inputs one number.

Computed by the observer from the present parameters, at most ten times a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from bpgui.catalogue import find
from bpgui.gui.observer import Inquiry, Observer
from bpgui.gui.session import Session
from bpgui.gui.surface import bounds_of
from bpgui.gui.theme.tokens import Theme, diverging_lut
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.network import Network
from bpgui.project.changes import Changes
from bpgui.project.state import Project
from bpgui.training.evaluation import activations

Floats = NDArray[np.floating[Any]]

SIDE = 48
"""Points a side of a picture."""


class Answers(NamedTuple):
    """What all units of a network say, inputs first.

    shades: (units, rows, columns) uint8, 0 for -1 and 255 for +1 on the colour scale; (units, 1, 1) where one sample
    is shown. values: (units,) its activations, None where a plane is.
    """

    network: Network
    shades: NDArray[np.uint8]
    values: Floats | None


class Thumbnails(QObject):
    """Keeps the newest answers; ``updated`` says that there are other ones."""

    updated = Signal()

    def __init__(self, session: Session, observer: Observer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._answers: Answers | None = None
        self._places: dict[int, int] = {}
        self._pixmaps: dict[int, QPixmap] = {}
        self._theme: Theme | None = None
        self.inquiry = Inquiry(observer, "thumbnails", self._question, self)
        self.inquiry.answered.connect(self._on_answer)
        self.inquiry.ask()

    def _question(self) -> Callable[[], Answers]:
        return question(self._session.project, self._session.sample)

    def refresh(self, changes: Changes) -> None:
        """Look again where these changes touched what the neurons say."""
        if changes & (Changes.WEIGHTS | Changes.TOPOLOGY | Changes.DATA | Changes.SAMPLE):
            self.inquiry.ask()

    def picture(self, unit_id: int, theme: Theme) -> QPixmap | None:
        """Return the picture of a neuron, by its unit id; None while there is none."""
        place = self._places.get(unit_id)
        if place is None or self._answers is None:
            return None
        if theme is not self._theme:
            self._theme = theme
            self._pixmaps.clear()
        if unit_id not in self._pixmaps:
            colours = np.ascontiguousarray(diverging_lut(theme)[self._answers.shades[place]])
            height, width = colours.shape[:2]
            image = QImage(colours.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
            self._pixmaps[unit_id] = QPixmap.fromImage(image)
        return self._pixmaps[unit_id]

    def value(self, unit_id: int) -> float | None:
        """Return what a neuron says of the present sample, None where a whole plane is shown."""
        place = self._places.get(unit_id)
        if place is None or self._answers is None or self._answers.values is None:
            return None
        return float(self._answers.values[place])

    @Slot(object)
    def _on_answer(self, answer: object) -> None:
        if not isinstance(answer, Answers):
            return  # the exception of a look that failed; the next one may not
        self._answers = answer
        ids = [unit for layer in answer.network.layers for unit in layer.unit_ids or ()]
        self._places = {unit: place for place, unit in enumerate(ids)}
        self._pixmaps.clear()
        self.updated.emit()


def question(project: Project, sample: int) -> Callable[[], Answers]:
    """Return what computes the answers of a project's network."""
    network, params, data = project.network, project.parameters, project.data

    def look() -> Answers:
        if network.inputs <= 2:
            points = plane(data.X)
            said = activations(network, params, points).astype(np.float64)
            rows = SIDE if network.inputs == 2 else 1
            return Answers(network, shades(network, said).reshape(len(said), rows, SIDE), None)
        said = activations(network, params, data.X[sample : sample + 1]).astype(np.float64)
        return Answers(network, shades(network, said).reshape(len(said), 1, 1), said[:, 0])

    def plane(x: Floats) -> Floats:
        if network.inputs == 1:
            return np.linspace(x.min(), x.max(), SIDE)[:, None]
        left, right, low, high = bounds_of(data)
        grid = np.meshgrid(np.linspace(left, right, SIDE), np.linspace(high, low, SIDE))
        return np.stack(grid, axis=-1).reshape(-1, 2)

    return look


def shades(network: Network, said: Floats) -> NDArray[np.uint8]:
    """Return (units, points) activations as places on the colour scale.

    Where an activation has two ends these are the scale's; else the largest size that the layer says is its end.
    """
    result = np.empty(said.shape, np.uint8)
    at = 0
    for layer in network.layers:
        rows = slice(at, at + layer.units)
        of_layer = np.nan_to_num(said[rows])
        largest = np.abs(of_layer).max(initial=0.0) or 1.0
        for unit, values in enumerate(of_layer):
            entry = find(ACTIVATIONS, layer.activation_of(unit), "activation")
            if np.isfinite(entry.low + entry.high):
                share = (np.clip(values, entry.low, entry.high) - entry.low) / (entry.high - entry.low)
            else:
                share = 0.5 + 0.5 * (values / largest)
            result[at + unit] = np.rint(255 * share).astype(np.uint8)
        at += layer.units
    return result
