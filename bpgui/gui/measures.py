"""What is shown of each parameter beside its value: the gradient, what the last epoch changed, and how it came about.

The gradient is computed by the observer, at most ten times a second and only while somebody wants it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from bpgui.gui.observer import Inquiry, Observer
from bpgui.gui.record import Record, Snapshot, Values
from bpgui.gui.session import Session
from bpgui.network.network import Network
from bpgui.project.changes import Changes
from bpgui.training.evaluation import gradient
from bpgui.training.state import Training
from bpgui.training.trainer import require_consistent

Floats = NDArray[np.floating[Any]]

MOST_SAMPLES = 4096
"""Training samples that the gradient is taken over, spread evenly over all of them."""


class Measured(NamedTuple):
    """A number for each parameter of a network, (P,), and for a gradient the samples it was taken over."""

    network: Network
    values: Floats
    samples: int = 0


class Measures(QObject):
    """Keeps the newest figures; ``updated`` says that there are other ones."""

    updated = Signal()

    def __init__(self, session: Session, observer: Observer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.gradient: Measured | None = None
        self.change: Measured | None = None
        self._record, self._timeline = Record(), session.timeline
        self._wanting: set[QObject] = set()
        self.inquiry = Inquiry(observer, "gradient", lambda: question(self._session.project.training), self)
        self.inquiry.answered.connect(self._on_answer)
        self.refresh(Changes.ALL)

    def want_gradient(self, wanted: bool, who: QObject) -> None:
        """Say whether somebody looks at the gradient."""
        before = bool(self._wanting)
        (self._wanting.add if wanted else self._wanting.discard)(who)
        if self._wanting and not before:
            self.inquiry.ask()

    def of(self, measured: Measured | None) -> Floats | None:
        """Return the numbers where they belong to the present network, else None."""
        network = self._session.project.network
        return measured.values if measured is not None and measured.network is network else None

    def refresh(self, changes: Changes) -> None:
        """Follow what these changes touched."""
        if changes & (Changes.WEIGHTS | Changes.TOPOLOGY | Changes.RUN):
            self._note()
        if changes & (Changes.WEIGHTS | Changes.TOPOLOGY | Changes.HISTORY):
            view = self._session.view
            found = self._session.bridge.last_change() if view is None else view.moment.change
            network = self._session.project.network
            if found is not None and found.size == network.parameter_count:
                self.change = Measured(network, found)
            else:
                self.change = None
        if self._wanting and changes & (Changes.WEIGHTS | Changes.TOPOLOGY | Changes.DATA | Changes.RECIPE):
            self.inquiry.ask()

    def values_of(self, key: int) -> Values:
        """Return the values of one parameter on the way to the end of the branch that is looked at."""
        session = self._session
        (past, branch), seen = session.shown(), None
        if session.view is not None:
            training = session.view.moment.training
            seen = Snapshot(training.state.update, training.state.epoch, training.network, training.state.vector)
        return self._record.of(key, past, branch.id, self._present() if branch.id == past.present else None, seen)

    def _note(self) -> None:
        """Keep the present moment, once it is certain which branch it belongs to."""
        session = self._session
        if session.timeline is not self._timeline:
            self._record.clear()
            self._timeline = session.timeline
        self._record.keep(session.past)
        if session.settled and session.view is None:
            self._record.add(session.past.present, self._present())

    def _present(self) -> Snapshot:
        reached, training = self._session.reached, self._session.document.training
        return Snapshot(reached.update, reached.epoch, training.network, training.state.vector)

    @Slot(object)
    def _on_answer(self, answer: object) -> None:
        self.gradient = answer if isinstance(answer, Measured) else None  # an exception: numbers beyond the range
        self.updated.emit()


def question(training: Training) -> Callable[[], Measured]:
    """Return what computes the gradient of the error over the training samples."""

    def look() -> Measured:
        x, t = require_consistent(training)
        rows = np.flatnonzero(~training.data.validation)
        if rows.size > MOST_SAMPLES:
            rows = rows[np.linspace(0, rows.size - 1, MOST_SAMPLES).astype(np.int64)]
        weight = training.data.sample_weight
        of_rows = None if weight is None else np.asarray(weight)[rows]
        _, found = gradient(training.network, training.parameters, x[rows], t[rows], training.recipe.loss, of_rows)
        return Measured(training.network, found.vector, rows.size)

    return look
