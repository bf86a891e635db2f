"""Past values of the parameters, thinned so that they never take more than a budget. Knows no Qt."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Network
from bpgui.network.parameters import places

Floats = NDArray[np.floating[Any]]

MOST_MOMENTS = 400
BUDGET = 16_000_000
"""Bytes that all moments together may take."""


class Moment(NamedTuple):
    """The parameters of a network, (P,), when so many updates and epochs were done."""

    update: int
    epoch: int
    network: Network
    vector: Floats


class Record:
    """Moments of a run in order. When there are too many every second one goes, and the next come half as often."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []
        self._spacing = 1  # updates from one moment to the next, at least

    def add(self, moment: Moment) -> None:
        """Keep a moment, unless the last one is hardly older; what lies after it belongs to another run and goes."""
        while self._moments and self._moments[-1].update >= moment.update:
            self._moments.pop()
        if self._moments and moment.update < self._moments[-1].update + self._spacing:
            return
        self._moments.append(moment)
        if len(self._moments) > max(4, min(MOST_MOMENTS, BUDGET // max(1, moment.vector.nbytes))):
            self._moments = self._moments[::2]
            self._spacing = max(1, (moment.update - self._moments[0].update) // max(1, len(self._moments)))

    def clear(self) -> None:
        """Forget everything: another run begins."""
        self._moments.clear()
        self._spacing = 1

    def of(self, key: int) -> tuple[NDArray[np.int64], Floats]:
        """Return epochs and values of one parameter, (n,) each; moments at which it did not exist are left out."""
        epochs, values = [], []
        network, place = None, -1
        for moment in self._moments:
            if moment.network is not network:
                network = moment.network
                place = int(places(network, np.array([key]))[0])
            if place >= 0:
                epochs.append(moment.epoch)
                values.append(moment.vector[place])
        return np.array(epochs, np.int64), np.array(values, np.float64)
