"""The session: the open document and everything that may be done to it.

The window's parts read ``project``, ``progress`` and the histories, make edits with ``edit``, and look again when
``changed`` says that what they show was touched. The worker owns the parameters while the session lives; the
document here follows it: structure, recipe and data at once, parameters at display rate and exactly after each edit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from bpgui.gui.bridge import Bridge, Progress
from bpgui.gui.garbage import GarbageCollector
from bpgui.gui.runs import EarlierRun, settings_of
from bpgui.gui.selection import Item, Selection, exists
from bpgui.network.parameters import places
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.edits import Edit
from bpgui.project.state import Project
from bpgui.training.changes import Begin, SetParameters
from bpgui.training.state import Training
from bpgui.training.worker import Ticket

MOST_EARLIER = 5


class EditCommand(QUndoCommand):
    """An Edit on the undo stack. Undo applies the inverse that the worker found at the very update of the edit."""

    def __init__(self, session: Session, edit: Edit, inverse: Edit, ticket: Ticket, merges: bool) -> None:
        super().__init__(edit.label)
        self._merges = merges
        self._session = session
        self._edit = edit
        self._inverse = inverse
        self._ticket = ticket
        self._pushed = False

    def redo(self) -> None:
        """Apply again; the stack calls this also when the command, already applied, is pushed."""
        if self._pushed:
            self._inverse, self._ticket = self._session.apply(self._edit)
        self._pushed = True

    def undo(self) -> None:
        """Take back."""
        self._session.take_back(self._inverse, self._ticket)

    def id(self) -> int:
        """Only weights merge with each other."""
        change = self._edit.change
        return int(change.keys[0]) % 2**31 if isinstance(change, SetParameters) and change.keys.size == 1 else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """A wheel or a key held down on one weight is one step of undo."""
        if not isinstance(other, EditCommand) or not other._merges:
            return False
        mine, theirs = self._edit.change, other._edit.change
        if not isinstance(mine, SetParameters) or not isinstance(theirs, SetParameters):
            return False
        if mine.keys.tolist() != theirs.keys.tolist():
            return False
        self._edit = other._edit
        self.setText(other.text())
        return True


@dataclass(frozen=True)
class Ended:
    """The earlier runs, and the number of the present one, as they were before another run began."""

    earlier: list[EarlierRun]
    number: int


class Session(QObject):
    """One document and its worker.

    ``changed(changes, initiator)``: what was touched and by whom; ``said(kind, sentence)``: something to tell the
    person, kind "info", "warning" or "error".
    """

    changed = Signal(object, object)
    said = Signal(str, str)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self.undo_stack = QUndoStack(self)
        self.progress = Progress()
        self.selection = Selection()
        self.hovered: Item | None = None
        """What the pointer is on."""
        self.sample = 0
        """The sample whose activations are shown where a plane cannot be."""
        self.earlier: list[EarlierRun] = []
        """The last runs before this one, with the same loss."""
        self.run_number = 1
        self.running = False
        self._trained = project  # as it was at the last update: what a curve belongs to
        self._tickets: list[Ticket] = []
        self._ended: dict[Ticket, Ended] = {}
        """What the edits that began another run did to the list of runs."""
        self._garbage = GarbageCollector(self)
        self.bridge = Bridge(project.training, self)
        self.bridge.ticked.connect(self._on_tick)
        self.bridge.happened.connect(self._on_events)
        self.bridge.worker.set_pace(project.pace)

    @property
    def settled(self) -> bool:
        """Whether the worker has seen every edit, so that the document is exact but for what training changes."""
        return not self._tickets

    def close(self) -> None:
        """End the worker's thread."""
        self.bridge.close()
        self._garbage.close()

    # Edits

    def edit(
        self,
        make: Callable[..., Edit],
        *args: Any,
        initiator: QObject | None = None,
        merge: bool = False,
        **values: Any,
    ) -> str:
        """Make an edit of the present project with ``make(project, *args, **values)`` and carry it out.

        ``merge`` joins it with the step before where both set the same weight (a wheel, a key held down).
        Returns "" or the refusal, a sentence for the person, to be shown where the value was entered.
        """
        try:
            edit = make(self.project, *args, **values)
            inverse, ticket = self.apply(edit, initiator)
        except ValueError as error:
            return str(error)
        self.undo_stack.push(EditCommand(self, edit, inverse, ticket, merge))
        if edit.note:
            self.said.emit("info", edit.note)
        return ""

    def apply(self, edit: Edit, initiator: QObject | None = None) -> tuple[Edit, Ticket]:
        """Apply an edit here and post it to the worker; ValueError where it cannot be."""
        project, inverse, changes = edits.apply(self.project, edit)
        ended = self._keep_curve(project) if isinstance(edit.change, Begin) else None
        ticket = self.bridge.worker.post(edit.change)
        if ended is not None:
            self._ended[ticket] = ended
        self._adopt(project, ticket, changes, initiator)
        return inverse, ticket

    def take_back(self, inverse: Edit, ticket: Ticket) -> None:
        """Undo an edit: here with what was known, in the worker with what was exactly there."""
        project, _, changes = edits.apply(self.project, inverse)
        if ticket in self._ended:
            self._take_curve_back(self._ended.pop(ticket))
        self._adopt(project, self.bridge.worker.undo(ticket), changes, None)

    def _adopt(self, project: Project, ticket: Ticket, changes: Changes, initiator: QObject | None) -> None:
        pace_changed = project.pace != self.project.pace
        self.project = project
        self._tickets.append(ticket)
        if Changes.RUN in changes:
            state = project.training.state
            so_far = state.error_sum / state.weight_sum if state.weight_sum else 0.0
            self.progress = Progress(state.update, state.epoch, so_far)
        if pace_changed:
            self.bridge.worker.set_pace(project.pace)
        if self.sample >= len(project.data.X):
            self.sample = 0
            changes |= Changes.SAMPLE
        if Changes.TOPOLOGY in changes and self.hovered is not None and not exists(project.network, self.hovered):
            self.hovered = None
            changes |= Changes.HOVER
        if Changes.TOPOLOGY in changes and (left := self.selection.within(project.network)) != self.selection:
            self.selection = left
            changes |= Changes.SELECTION
        self.changed.emit(changes, initiator)

    def _keep_curve(self, project: Project) -> Ended:
        """A run ends and that of ``project`` begins: its curve stays where the two can be compared."""
        history, before = self.bridge.history(), list(self.earlier)
        if project.data is not self.project.data or project.recipe.loss != self.project.recipe.loss:
            self.earlier.clear()
        elif history.epochs:
            run = EarlierRun(self.run_number, history, settings_of(self._trained))
            self.earlier = [*self.earlier, run][-MOST_EARLIER:]
        number = self.run_number
        if self.bridge.progress().update:
            # A run is one that made an update; what was only set up is none.
            self.run_number += 1
        return Ended(before, number)

    def _take_curve_back(self, ended: Ended) -> None:
        """The run that ended goes on: its curve is no earlier one any more."""
        self.earlier, self.run_number = list(ended.earlier), ended.number

    # Selection

    def select(self, selection: Selection, initiator: QObject | None = None) -> None:
        """Select this for the whole window."""
        if selection != self.selection:
            self.selection = selection
            self.changed.emit(Changes.SELECTION, initiator)

    def point_at(self, item: Item | None, initiator: QObject | None = None) -> None:
        """Say what the pointer is on, for the whole window."""
        if item != self.hovered:
            self.hovered = item
            self.changed.emit(Changes.HOVER, initiator)

    def show_sample(self, sample: int, initiator: QObject | None = None) -> None:
        """Let another sample be the present one."""
        if sample != self.sample:
            self.sample = sample
            self.changed.emit(Changes.SAMPLE, initiator)

    # Training

    def run(self) -> None:
        """Train on to the next multiple of the recipe's epochs."""
        self.bridge.worker.run()

    def pause(self) -> None:
        """Stop between two updates."""
        self.bridge.worker.pause()

    def toggle(self) -> None:
        """Run or pause."""
        if self.running:
            self.pause()
        else:
            self.run()

    def step(self, mode: str) -> None:
        """Train for one "update" or one "epoch"."""
        if mode == "update":
            self.bridge.worker.step(updates=1)
        else:
            self.bridge.worker.step(epochs=1)

    def reset(self) -> None:
        """Begin another run from the same first parameters."""
        self.pause()
        self.edit(edits.reset)

    def new_seed(self) -> None:
        """Begin another run with the next seed."""
        self.pause()
        self.edit(edits.new_seed)

    def set_pace(self, pace: float | None, initiator: QObject | None = None) -> None:
        """Train at that many epochs a second, or at full speed."""
        self.project = edits.set_pace(self.project, pace)
        self.bridge.worker.set_pace(pace)
        self.changed.emit(Changes.RUN, initiator)

    def replace(self, project: Project) -> None:
        """Open another document in this window; its undo history begins anew."""
        self.pause()
        self.earlier.clear()
        self.run_number = 1
        self.selection, self.hovered, self.sample = Selection(), None, 0  # ids of another document mean other things
        self.undo_stack.clear()
        ticket = self.bridge.worker.post(Begin(project.training))
        self._adopt(project, ticket, Changes.ALL, None)

    # What the worker shows

    @Slot()
    def _on_tick(self) -> None:
        before = self.progress
        self.progress = self.bridge.progress()
        changes = Changes.NONE
        if self.progress.epoch != before.epoch:
            changes |= Changes.HISTORY
        if self.progress.update != before.update:
            self._trained = self.project
        vector = self.bridge.new_vector() if not self._tickets else None
        if vector is not None and vector.size == self.project.network.parameter_count:
            self._follow(vector)
            changes |= Changes.WEIGHTS
        if changes or self.progress != before:
            self.changed.emit(changes | Changes.RUN, self.bridge)

    def _follow(self, vector: Any) -> None:
        training = self.project.training
        state = replace(training.state, vector=vector, update=self.progress.update, epoch=self.progress.epoch)
        self.project = self.project.with_training(replace(training, state=state))

    @Slot()
    def _on_events(self) -> None:
        self._settle()
        self.running = self.bridge.worker.busy
        for event in self.bridge.worker.events():
            if event.kind in ("diverged", "failed", "refused"):
                self.said.emit("warning" if event.kind == "diverged" else "error", event.text)
            elif event.kind in ("finished", "stopped"):
                self.said.emit("info", event.text)
        self.changed.emit(Changes.RUN | Changes.HISTORY, self.bridge)

    def _settle(self) -> None:
        """Once every posted change was applied or refused, take over what is exactly there."""
        if not self._tickets or any(not ticket.done for ticket in self._tickets):
            return
        for ticket in self._tickets:
            if ticket.undoes is None and ticket.before is not None and ticket.after is not None:
                self._remember_exactly(ticket.before, ticket.after)
        last = self._tickets[-1].after
        refused = any(ticket.refusal for ticket in self._tickets)
        self._tickets.clear()
        if last is not None:
            self.project = self.project.with_training(last)
            self.changed.emit(Changes.ALL if refused else Changes.WEIGHTS | Changes.HISTORY, self.bridge)

    def _remember_exactly(self, before: Training, after: Training) -> None:
        """The weights that connections had at the very update they were cut; here they were up to a tick old."""
        new = edits.cut_keys(after.network) - edits.cut_keys(before.network)
        keys = np.array(sorted(new & edits.cut_keys(self.project.network)), np.int64)
        at = places(before.network, keys)
        exact = {int(key): float(before.state.vector[place]) for key, place in zip(keys, at, strict=True) if place >= 0}
        if exact:
            self.project = replace(self.project, remembered={**self.project.remembered, **exact})
