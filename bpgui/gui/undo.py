"""What stands on the undo stack: edits that were carried out, and what takes them back."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, cast

from PySide6.QtGui import QUndoCommand, QUndoStack

from bpgui.project.edits import Edit
from bpgui.training.changes import Begin, Change, SetNetwork, SetParameters, Together
from bpgui.training.worker import Ticket

if TYPE_CHECKING:
    from bpgui.gui.session import Session


BURST = 1.0
"""Seconds between two changes of one weight that are still one act."""
MOST, BYTES = 1000, 128 * 2**20
"""Edits that can be taken back, and about what they may take: some hold whole trainings or networks."""


@dataclass
class Step:
    """An Edit that was carried out, what undoes it here, and its change on its way to the worker."""

    edit: Edit
    inverse: Edit
    ticket: Ticket

    @property
    def goes_elsewhere(self) -> bool:
        """Whether it leads to another run or branch."""
        return isinstance(self.edit.change, Begin)


class EditCommand(QUndoCommand):
    """Edits on the undo stack that are undone together, called like the last.

    Undo applies the inverses that the worker found at the very update of each edit.
    """

    def __init__(self, session: Session, steps: list[Step], merges: bool) -> None:
        super().__init__(steps[-1].edit.label)
        self._session = session
        self._steps = steps
        self._merges = merges
        self._made_at = monotonic()
        self._pushed = False
        state = session.document.training.state
        nbytes = state.vector.nbytes * (3 + len(state.slots))
        held = sum(trainings_in(step.edit.change) + 2 * trainings_in(step.inverse.change) for step in steps)
        self.nbytes = round(nbytes * held)
        """That it keeps in memory, about: the edit, and what takes it back here and in the worker."""

    def let_go(self) -> None:
        """Take no more memory, and do nothing any more."""
        self.setObsolete(True)
        self._steps, self.nbytes = [], 0

    def redo(self) -> None:
        """Apply again; the stack calls this also when the command, already applied, is pushed.

        What went to another run or branch goes to where undo left that, so that nothing of it is trained twice.
        """
        for step in self._steps if self._pushed else ():
            if step.goes_elsewhere:
                step.inverse, step.ticket = self._session.take_back(step.edit, step.ticket)
            else:
                step.inverse, step.ticket = self._session.apply(step.edit)
        self._pushed = True

    def undo(self) -> None:
        """Take back, the last first."""
        for step in reversed(self._steps):
            again, ticket = self._session.take_back(step.inverse, step.ticket)
            if step.goes_elsewhere:
                step.edit, step.ticket = again, ticket

    @property
    def _change(self) -> SetParameters | None:
        """What alone merges with others of its kind: that of a single weight."""
        change = self._steps[0].edit.change if self._steps else None
        alone = len(self._steps) == 1 and isinstance(change, SetParameters) and change.keys.size == 1
        return cast(SetParameters, change) if alone else None

    def id(self) -> int:
        """Only weights merge with each other."""
        return -1 if self._change is None else int(self._change.keys[0]) % 2**31

    def mergeWith(self, other: QUndoCommand) -> bool:
        """A wheel or a key held down on one weight is one step of undo; not one that comes back to it later."""
        if not isinstance(other, EditCommand) or not other._merges or other._made_at - self._made_at > BURST:
            return False
        mine, theirs = self._change, other._change
        if mine is None or theirs is None or mine.keys.tolist() != theirs.keys.tolist():
            return False
        self._made_at = other._made_at
        self._steps[0].edit = other._steps[0].edit
        self.setText(other.text())
        return True


def trainings_in(change: Change) -> float:
    """Return about how many trainings as large as the document's a change keeps in memory."""
    if isinstance(change, Together):
        return sum(map(trainings_in, change.changes))
    whole = isinstance(change, Begin) or getattr(change, "before", None) is not None
    return float(whole) + (0.5 if isinstance(change, SetNetwork) else 0.0)


def push(stack: QUndoStack, command: EditCommand) -> None:
    """Put an edit on the stack; the oldest go where they take too much, but never the last."""
    stack.push(command)
    left = BYTES
    for at in range(stack.count() - 1, -1, -1):
        found = stack.command(at)
        assert isinstance(found, EditCommand)
        left -= found.nbytes
        if left < 0 and at < stack.count() - 1:
            found.let_go()


def undo(stack: QUndoStack) -> None:
    """Take the last edit back; where those before it were let go, it was the last that can be."""
    stack.undo()
    while stack.index() and stack.command(stack.index() - 1).isObsolete():
        stack.undo()  # which only removes it
