"""The Weights panel of Explain: weights with their gradients, what the next update makes of them, and the proof."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from bpgui.explain.gradient_check import GradientCheck, gradient_check
from bpgui.gui.explain.explanation import Explanation
from bpgui.gui.explain.proof_list import ProofList
from bpgui.gui.explain.weights_view import WeightsView
from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.segments import Segments
from bpgui.network.network import Network
from bpgui.project.changes import Changes
from bpgui.training.trainer import require_consistent

QUESTION = "gradient check"
FOR_BOTH = 300
"""Height from which on a proof is a map and a table."""
OUTDATED = Changes.WEIGHTS | Changes.TOPOLOGY | Changes.MASKS | Changes.DATA | Changes.RECIPE | Changes.SAMPLE


class StepWeightsDock(Dock):
    """Shows the blocks of the network. The proof is worked out by the observer when it is asked for."""

    def __init__(
        self, session: Session, explanation: Explanation, observer: Observer, parent: QWidget | None = None
    ) -> None:
        super().__init__("step_weights", self.tr("Weights"), parent=parent)
        self._session, self._explanation, self._observer = session, explanation, observer
        self._asked, self._checks = 0, False
        self.views = Segments(
            [
                ("gradient", self.tr("gradient"), self.tr("Each weight, below it the gradient of this sample")),
                ("after", self.tr("after update"), self.tr("What the next update makes of it, below it the step")),
                ("proof", self.tr("proof"), self.tr("Each gradient, below it how far a finite difference is from it")),
            ],
            self.tr("What the cells show"),
        )
        self.views.chosen.connect(self._on_view)
        self.add_control(self.views)
        self.table = WeightsView(session, explanation)
        self.list = ProofList(session)
        self._told = Label(tone="caption", size=CAPTION)
        self._told.setWordWrap(True)
        self._check = Button(self.tr("Check all gradients"), icon_name="circle-check")
        self._check.clicked.connect(self.check)
        self._map = scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.table)
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 4, 12, 8)
        foot.addWidget(self._told, 1)
        foot.addWidget(self._check)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 2)
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        self.set_content(content)
        observer.answered.connect(self._on_answer)
        self._show()

    def refresh(self, changes: Changes) -> None:
        """A proof is of the weights that it was worked out for, and of no other."""
        if changes & OUTDATED:
            self._asked += 1  # what is being worked out now is of what was before
            if self.table.proof is not None or self._checks:
                self._take(None)
        if changes & (Changes.SELECTION | Changes.TOPOLOGY):
            self.table.updateGeometry()
            self.table.update()

    @property
    def sentence(self) -> str:
        """What the foot says."""
        return self._told.text()

    @Slot()
    def check(self) -> None:
        """Check every gradient of the present sample."""
        self._asked += 1
        self.views.value = "proof"
        self.table.show_view("proof")
        self._checks = True
        self._told.setText(self.tr("Checking…"))
        self._observer.ask(QUESTION, self._question(self._asked))

    def _question(self, asked: int) -> Callable[[], tuple[int, Network, GradientCheck | None]]:
        training, sample = self._session.project.training, self._session.sample

        def look() -> tuple[int, Network, GradientCheck | None]:
            x, t = require_consistent(training)
            return (
                asked,
                training.network,
                gradient_check(
                    training.network,
                    training.parameters,
                    x[[sample]],
                    t[[sample]],
                    training.recipe.loss,
                    progress=lambda _share: asked == self._asked,
                ),
            )

        return look

    @Slot(str, object)
    def _on_answer(self, name: str, answer: object) -> None:
        if name != QUESTION:
            return
        if isinstance(answer, ValueError):
            self._take(None)
            self._told.setText(str(answer))
        elif isinstance(answer, tuple) and answer[0] == self._asked and answer[2] is not None:
            self.table.proved = answer[1]
            self._take(answer[2])

    def _take(self, proof: GradientCheck | None) -> None:
        self._checks = False
        self.table.proof = proof
        self._show()

    @Slot(str)
    def _on_view(self, view: str) -> None:
        self.table.show_view(view)
        if view == "proof" and self.table.proof is None:
            self.check()
        else:
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Where there is no room for both, the table of the proof stands in the place of the map."""
        proved = self.views.value == "proof" and self.table.proof is not None
        self._map.setVisible(not proved or self.height() >= FOR_BOTH)

    def _show(self) -> None:
        view, proof = self.views.value, self.table.proof
        told = {
            "gradient": self.tr("Weight above, its gradient for this sample below. Double click to type."),
            "after": self.tr("After the next update above, the step below."),
            "proof": self.tr("The numbers changed since the proof: check again.") if proof is None else proof.sentence,
        }
        self._told.setText(told[view])
        self.list.setVisible(view == "proof" and proof is not None)
        self.list.show_proof(proof if view == "proof" else None, self.table.proved)
        self._share_room()
        self.table.update()
