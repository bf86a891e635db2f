"""What a person changed lights up for a moment, wherever the change came from: a table, an undo, the canvas itself."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QVariantAnimation, Signal, Slot

from bpgui.gui.theme.motion import reduces_motion
from bpgui.network.network import Network
from bpgui.network.parameters import places

VALUE, NEURON = 240, 200
"""Milliseconds for which a changed value, and a neuron that appeared, light up."""
LOOK = 0.07
"""Seconds between two looks."""
MOST = 40
"""More values than this are no change that one looks for."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Touched:
    """Parameters, by key, whose value is another, and units, by id, that were not there."""

    keys: tuple[int, ...] = ()
    units: tuple[int, ...] = ()

    @classmethod
    def between(cls, old: Network, before: Floats, new: Network, after: Floats) -> Touched:
        """Return what makes a network with parameters, (P,), another."""
        units = tuple(sorted(_ids(new) - _ids(old)))
        at = places(old, new.keys)
        common = at >= 0
        keys = new.keys[common][before[at[common]] != after[common]]
        return cls(tuple(keys.tolist()) if keys.size <= MOST else (), units)


class Flash(QObject):
    """Fades what was touched; ``faded`` asks for another look."""

    faded = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.touched = Touched()
        self._animation = QVariantAnimation(self)
        self._animation.setStartValue(1.0)
        self._animation.setEndValue(0.0)
        self._animation.valueChanged.connect(self._on_value)
        self._animation.finished.connect(self.forget)
        self._looked = 0.0

    @Slot()
    def _on_value(self) -> None:
        """Ask for a look now and then: each repaints the canvas, and the eye does not count them."""
        now = monotonic()
        if now - self._looked >= LOOK:
            self._looked = now
            self.faded.emit()

    @property
    def strength(self) -> float:
        """How bright it is, 1 to 0."""
        return float(self._animation.currentValue()) if self.touched != Touched() else 0.0

    def light(self, touched: Touched) -> None:
        """Light this up in place of what still fades."""
        if touched == Touched() or reduces_motion():
            return
        self._animation.stop()
        self.touched = touched
        self._animation.setDuration(VALUE if touched.keys else NEURON)
        self._animation.start()

    def forget(self) -> None:
        """Light nothing."""
        self.touched = Touched()
        self.faded.emit()


def _ids(network: Network) -> set[int]:
    return {unit for layer in network.layers for unit in layer.unit_ids or ()}
