"""What can be done to the selected connection or bias. Each act returns "" or the refusal, to be shown beside it."""

from __future__ import annotations

from math import inf
from time import monotonic

import numpy as np

from bpgui.gui.canvas import labels
from bpgui.gui.session import Session
from bpgui.gui.widgets.number_text import parse_number
from bpgui.network.names import place_of
from bpgui.network.parameters import places
from bpgui.project import edits

_DECIMALS = 12  # a step leaves no digits of binary rounding behind
_BURST = 1.0  # seconds within which steps are one step of undo


class Selected:
    """The session's selection, as one number. Ask for a value only while something is selected."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last_step = -inf  # when it was

    @property
    def key(self) -> int | None:
        """The key of the connection or bias, None while nothing is selected."""
        return self._session.selection

    @property
    def index(self) -> int:
        """Its place in the vector."""
        return int(places(self._session.project.network, np.array([self.key], np.int64))[0])

    @property
    def is_cut(self) -> bool:
        """Whether it is a cut connection."""
        return bool(self._session.project.network.cut[self.index])

    @property
    def is_bias(self) -> bool:
        """Whether it is a bias."""
        return self.index >= self._session.project.network.weight_count

    @property
    def value(self) -> float:
        """The present weight or bias; of a cut connection the one that it would get back."""
        project = self._session.project
        if self.is_cut and self.key is not None:
            return project.remembered.get(self.key, 0.0)
        return float(project.training.state.vector[self.index])

    @property
    def spoken(self) -> str:
        """Name and value, for a screen reader."""
        if self.key is None:
            return labels.tr("nothing selected")
        network = self._session.project.network
        return labels.spoken(network, place_of(network, self.key), self.value, self.is_cut)

    def set_text(self, text: str) -> str:
        """Set the value that the text says."""
        try:
            value = parse_number(text)
        except ValueError as error:
            return str(error)
        self._last_step = -inf
        return "" if value == self.value else self._session.edit(edits.set_parameter, self.key, value)

    def step(self, by: float) -> str:
        """Move the value; steps in quick succession are one step of undo."""
        if self.key is None:
            return ""
        now = monotonic()
        merge = now - self._last_step < _BURST
        self._last_step = now
        return self._session.edit(edits.set_parameter, self.key, round(self.value + by, _DECIMALS), merge=merge)

    def cut(self) -> str:
        """Take the connection away; it remembers its weight."""
        if self.key is None or self.is_cut:
            return ""
        return self._session.edit(edits.cut, [self.key])

    def restore(self) -> str:
        """Bring the connection back with the weight that it had."""
        if self.key is None or not self.is_cut:
            return ""
        return self._session.edit(edits.restore, [self.key])
