"""Looks at the run from time to time, on the observer's thread, and tells what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal, Slot

from bpgui.explain.diagnosis import Finding, diagnose
from bpgui.gui.observer import Observer, SlowInquiry
from bpgui.gui.session import Session
from bpgui.gui.viewing import View
from bpgui.project.changes import Changes


class Answer(NamedTuple):
    """What was found in a branch, by its id, at what was looked at of it, None for the present."""

    branch: int
    view: View | None
    finding: Finding | None


class Adviser(QObject):
    """``found(finding or None)``: what is most wrong now. Nothing is found twice that was dismissed in the same run."""

    found = Signal(object)

    def __init__(self, session: Session, observer: Observer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._dismissed: set[tuple[int, str]] = set()
        self.inquiry = SlowInquiry(observer, "diagnosis", self._question, self)
        self.inquiry.answered.connect(self._on_answer)

    def refresh(self, changes: Changes) -> None:
        """Look again where the run went on, or was changed."""
        if changes & (Changes.HISTORY | Changes.TOPOLOGY | Changes.DATA):
            self.inquiry.ask()

    def dismiss(self, finding: Finding) -> None:
        """Say no more of this in this run."""
        self._dismissed.add((self._session.branch.id, finding.name))

    def _question(self) -> Callable[[], Answer]:
        session = self._session
        project, errors, branch, view = session.project, session.errors(), session.branch.id, session.view
        return lambda: Answer(branch, view, diagnose(project, *errors))

    @Slot(object)
    def _on_answer(self, answer: object) -> None:
        if not isinstance(answer, Answer) or answer.view is not self._session.view:
            return  # the exception of a look that failed, or what is wrong with another moment
        if answer.branch != self._session.branch.id:
            return
        finding = answer.finding
        if finding is not None and (answer.branch, finding.name) in self._dismissed:
            finding = None
        self.found.emit(finding)
