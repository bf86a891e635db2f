"""The session: the open document and everything that may be done to it.

The window's parts read ``project``, ``progress`` and the histories, make edits with ``edit``, and look again when
``changed`` says that what they show was touched. The worker owns the parameters while the session lives; the
document here follows it: structure, recipe and data at once, parameters at display rate and exactly after each edit.
While one looks back, ``project`` and ``progress`` are those of that moment, and the document waits unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple, cast

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QUndoStack

from bpgui.gui.bridge import Bridge, Progress
from bpgui.gui.garbage import GarbageCollector
from bpgui.gui.observer import Observer
from bpgui.gui.runs import OtherRun, other_runs
from bpgui.gui.selection import Item, Selection, exists
from bpgui.gui.undo import MOST, EditCommand, Step, push, undo
from bpgui.gui.viewing import View, Viewing
from bpgui.network.parameters import places
from bpgui.number_text import format_count
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.edits import Edit
from bpgui.project.past import Branch, Past
from bpgui.project.state import Project
from bpgui.project.timeline import BUDGET, AbandonedError, Moment, Timeline
from bpgui.training.changes import Begin, Place
from bpgui.training.history import NO_CURVES, Curves
from bpgui.training.state import State, Training
from bpgui.training.trainer import Trainer
from bpgui.training.worker import Ticket

Remembered = dict[int, float] | None


class Captured(NamedTuple):
    """The past, whose end is the exact present, and what the timeline had counted by then (see there)."""

    past: Past
    made: int
    seconds: float

    def project(self, document: Project) -> Project:
        """Return the document as it was when this was asked for, with all that is exactly there."""
        tip = self.past.here.tip
        return replace(document, training=tip.training, remembered=tip.remembered, past=self.past)


class Session(QObject):
    """One document and its worker.

    ``changed(changes, initiator)``: what was touched and by whom; ``said(kind, sentence)``: something to tell the
    person, kind "info", "warning" or "error".
    """

    changed = Signal(object, object)
    said = Signal(str, str)
    _recorded = Signal(str)
    _captured = Signal(object, object, object)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = replace(project, past=None)
        """What is edited, trained and saved."""
        self.reached = Progress()
        """How far training has come."""
        self.budget = BUDGET
        """Bytes that the timeline may take."""
        self.timeline = Timeline(project.training, project.remembered, project.past)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(MOST)
        self.observer = Observer(self)
        self.viewing = Viewing(self)
        self.selection = Selection()
        self.hovered: Item | None = None
        """What the pointer is on."""
        self._sample = 0
        self.running = False
        self._shown = project.training
        self._curves: Curves | None = None
        self._before: tuple[tuple[object, ...], Curves] = (), NO_CURVES
        """The errors before the branch that is shown, and the way that leads there."""
        self._others: tuple[tuple[object, ...], list[OtherRun]] = (), []
        self._continued: Ticket | None = None
        self._let_go = 0
        self._closed = False
        self._tickets: list[Ticket] = []
        self._garbage = GarbageCollector(self)
        self.bridge = Bridge(project.training, self.timeline, self)
        self.viewing.moved.connect(self._on_moved)
        self.viewing.failed.connect(self._on_failed)
        self._recorded.connect(self._on_recorded, Qt.ConnectionType.QueuedConnection)
        self._captured.connect(self._on_captured, Qt.ConnectionType.QueuedConnection)
        self.bridge.ticked.connect(self._on_tick)
        self.bridge.happened.connect(self._on_events)
        self.bridge.worker.set_pace(project.pace)

    @property
    def settled(self) -> bool:
        """Whether the worker has seen every edit, so that the document is exact but for what training changes."""
        return not self._tickets

    def close(self) -> None:
        """End the threads."""
        self._closed = True
        self.viewing.close()
        self.bridge.close()
        self.observer.close()
        self._garbage.close()

    # What is shown

    @property
    def view(self) -> View | None:
        """What of the past is looked at, None while it is the present, also where that was forgotten meanwhile."""
        return self._view_of(self.past)

    def _view_of(self, past: Past) -> View | None:
        found = self.viewing.view
        is_there = found is not None and found.branch in past.branches and past.has(found.moment.place)
        return found if is_there else None

    @property
    def project(self) -> Project:
        """The document, as it was at the moment that is looked at."""
        if self.view is None:
            return self.document
        moment = self.view.moment
        return self.document.at(moment.training, moment.remembered)

    @property
    def sample(self) -> int:
        """The sample whose activations are shown where a plane cannot be: the one that was chosen, if it is there."""
        return self._sample if self._sample < len(self._shown.data.X) else 0

    @property
    def progress(self) -> Progress:
        """How far training had come at the moment that is looked at, or has come."""
        return self.reached if self.view is None else progress_of(self.view.moment.training.state)

    @property
    def past(self) -> Past:
        """All runs and branches."""
        return self.timeline.past

    @property
    def branch(self) -> Branch:
        """The branch that is looked at, or trained."""
        return self.shown()[1]

    def shown(self) -> tuple[Past, Branch]:
        """Return the past and that branch of it: both of one moment, as the worker may put another past there."""
        past = self.past
        view = self._view_of(past)
        return past, past.here if view is None else past.branches[view.branch]

    def called(self, branch: Branch) -> str:
        """Return what a run or branch is called within a sentence."""
        words = self.tr("branch {name}") if branch.letter else self.tr("run {name}")
        return words.format(name=branch.name)

    @property
    def name_of_moment(self) -> str:
        """What a person called the moment that is looked at, or the present one; "" where it has no name."""
        past, view = self.past, self.view
        if view is not None and not view.exact:
            return ""
        place = Place(past.present, self.reached.update) if view is None else view.moment.place
        checkpoints = past.holding(place).checkpoints if past.reaches(place) else ()
        return next((kept.name for kept in reversed(checkpoints) if kept.update == place.update), "")

    def curves(self) -> Curves:
        """Return the errors that lead to the end of that branch."""
        if self._curves is None:
            past, branch = self.shown()
            way = *past.path(branch.id)[:-1], branch.start
            if self._before[0] != way:  # which holds for thousands of looks, and may be long
                self._before = way, past.curves_before(branch.id)
            live = self.bridge.curves() if branch.id == past.present else None
            self._curves = past.curves(branch.id, live, self._before[1])
        return self._curves

    def errors(self) -> Curves:
        """Return the errors that lead to the moment that is looked at."""
        curves = self.curves()
        return curves if self.view is None else Curves(*(each.until(self.progress.epoch) for each in curves))

    def others(self) -> list[OtherRun]:
        """Return the last other runs and branches that can be compared with the one that is shown."""
        (past, shown), training = self.shown(), self.project.training
        left = [branch for branch in past.branches.values() if branch.id != past.present]
        key = (past.present, shown.id, id(training.data), training.recipe.loss, *left)
        if self._others[0] != key:
            self._others = key, other_runs(past, shown.id, training, self.bridge.curves())
        return self._others[1]

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

        ``merge`` joins it with the step before where both set the same weight (a wheel, a key held down). While one
        looks back, it makes a branch there, both being one step of undo; it waits for a moment that is computed.
        Returns "" or the refusal, a sentence for the person, to be shown where the value was entered.
        """
        seen = self.project.training
        try:
            edit = make(self.project, *args, **values)
            if self._waits(lambda: self._edit_late(seen, make, *args, initiator=initiator, merge=merge, **values)):
                return ""
            steps = []
            if self.view is not None and not isinstance(edit.change, Begin):
                edits.apply(self.project, edit)  # before there is a branch for what is then refused
                steps.append(self._continue(self.view.moment))
                edit = make(self.document, *args, **values)
            self.viewing.end()
            steps.append(Step(edit, *self.apply(edit, initiator)))
            push(self.undo_stack, EditCommand(self, steps, merge))
        except ValueError as error:
            return str(error)
        if edit.note:
            self.said.emit("info", edit.note)
        return ""

    def _edit_late(self, seen: Training, make: Callable[..., Edit], *args: Any, **values: Any) -> None:
        """Make an edit that had to wait, of what was ``seen`` then: neurons and samples of others are no longer meant.

        Where it was entered is no place for a refusal any more.
        """
        if edits.touched(seen, self.project.training) & (Changes.TOPOLOGY | Changes.DATA):
            refusal = self.tr("Network or data are others at this moment: nothing was changed, do it again here.")
        else:
            refusal = self.edit(make, *args, **values)
        if refusal:
            self.said.emit("error", refusal)

    def undo(self) -> None:
        """Take the last edit back."""
        self._undo_or_redo(
            lambda: undo(self.undo_stack), self.undo_stack.undoText(), self.tr("Undone at the present: {edit}.")
        )

    def redo(self) -> None:
        """Do the edit again that was taken back."""
        self._undo_or_redo(self.undo_stack.redo, self.undo_stack.redoText(), self.tr("Redone at the present: {edit}."))

    def _undo_or_redo(self, act: Callable[[], None], label: str, sentence: str) -> None:
        """Edits belong to the present; who looks back is told, as it is not what is looked at that changes.

        What still waits for a moment is taken back by not being done.
        """
        if self.viewing.goes_on:
            self.viewing.wait_no_more()
            self.said.emit("info", self.tr("What was to be done at this moment is not done."))
            return
        looked_back = self.view is not None
        self.viewing.end()
        act()
        if looked_back and label:
            self.said.emit("info", sentence.format(edit=label))

    def apply(self, edit: Edit, initiator: QObject | None = None) -> tuple[Edit, Ticket]:
        """Apply an edit here and post it to the worker; ValueError where it cannot be."""
        project, inverse, changes = edits.apply(self.document, edit)
        remembered = cast(Remembered, edit.document.get("remembered"))
        ticket = self.bridge.worker.post(edit.change, edit.label, remembered)
        self._adopt(project, ticket, changes, initiator)
        return inverse, ticket

    def take_back(self, inverse: Edit, ticket: Ticket) -> tuple[Edit, Ticket]:
        """Undo an edit: here with what was known, in the worker with what was exactly there; return what takes that
        back in turn."""
        project, again, changes = edits.apply(self.document, inverse)
        remembered = cast(Remembered, inverse.document["remembered"])
        back = self.bridge.worker.undo(ticket, remembered)
        self._adopt(project, back, changes, None)
        return again, back

    def _adopt(self, project: Project, ticket: Ticket, changes: Changes, initiator: QObject | None) -> None:
        pace_changed = project.pace != self.document.pace
        self.document = project
        self._tickets.append(ticket)
        if Changes.RUN in changes:
            self.reached = progress_of(project.training.state)
        if pace_changed:
            self.bridge.worker.set_pace(project.pace)
        self._tell(changes, initiator)

    def _tell(self, changes: Changes, initiator: QObject | None) -> None:
        """Say what of what is shown is another; what is selected and pointed on is always there."""
        project, sample = self.project, self.sample
        self._curves, self._shown = None, project.training
        if self.sample != sample:
            changes |= Changes.SAMPLE
        if Changes.TOPOLOGY in changes and self.hovered is not None and not exists(project.network, self.hovered):
            self.hovered = None
            changes |= Changes.HOVER
        if Changes.TOPOLOGY in changes and (left := self.selection.within(project.network)) != self.selection:
            self.selection = left
            changes |= Changes.SELECTION
        self.changed.emit(changes, initiator)

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
            self._sample = sample
            self.changed.emit(Changes.SAMPLE, initiator)

    # Training

    def run(self) -> None:
        """Train on to the next multiple of the recipe's epochs, from the moment that is looked at."""
        if not self._waits(self.run):
            self._begin_to_train()
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
        """Train for one "update" or one "epoch", from the moment that is looked at."""
        if self._waits(lambda: self.step(mode)):
            return
        self._begin_to_train()
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

    def _begin_to_train(self) -> None:
        """Go on from the moment that is looked at; what was said of training before is no longer so."""
        self.said.emit("info", "")
        self.continue_here()

    def set_pace(self, pace: float | None, initiator: QObject | None = None) -> None:
        """Train at that many epochs a second, or at full speed."""
        self.document = edits.set_pace(self.document, pace)
        self.bridge.worker.set_pace(pace)
        self.changed.emit(Changes.RUN, initiator)

    def replace(self, project: Project) -> None:
        """Open another document in this window; its undo history begins anew."""
        self.pause()
        self.viewing.end()
        self._tickets.clear()  # what they tell is of the document that goes
        self._continued, self._let_go = None, 0
        self.selection, self.hovered, self._sample = Selection(), None, 0  # ids of another document mean other things
        self.undo_stack.clear()
        self.timeline = Timeline(project.training, project.remembered, project.past, self.budget)
        ticket = self.bridge.worker.open(project.training, self.timeline)
        self._adopt(replace(project, past=None), ticket, Changes.ALL, None)

    def capture(self, take: Callable[[Captured | None], None]) -> None:
        """Have ``take`` called in this thread, soon, with what was captured; with None where that failed, of which the
        worker tells, or another document is open by then."""
        timeline = self.timeline

        def answer(trainer: Trainer) -> None:
            try:
                past = timeline.whole(trainer.training, Curves.of(trainer.engine))
                self._captured.emit(take, timeline, Captured(past, timeline.made, timeline.seconds))
            except Exception:
                self._captured.emit(take, timeline, None)
                raise

        self.bridge.worker.ask(answer)

    @Slot(object, object, object)
    def _on_captured(
        self, take: Callable[[Captured | None], None], timeline: Timeline, captured: Captured | None
    ) -> None:
        take(captured if timeline is self.timeline else None)

    # Time

    def look(self, branch: int, epoch: int) -> None:
        """Look at the beginning of an epoch of a branch.

        Pauses training. The end of what is trained is the present.
        """
        self.pause()
        past = self.past
        if branch not in past.branches:
            return  # it was forgotten just now
        at_epoch_start = not self.reached.so_far
        if branch == past.present and epoch >= self.reached.epoch + (0 if at_epoch_start else 1):
            self.viewing.end()
        else:
            end = past.branches[branch].tip.epoch
            self.viewing.look(past, branch, epoch if branch == past.present else min(epoch, end))

    def look_live(self) -> None:
        """Look at what is trained again, which stays paused."""
        self.pause()
        self.viewing.end()

    def look_at(self, place: Place) -> None:
        """Look at an update of a branch."""
        self.pause()
        if place.branch not in self.past.branches:
            return
        if place.branch == self.past.present and place.update >= self.reached.update:
            self.viewing.end()
        else:
            self.viewing.look_at(self.past, place)

    def continue_here(self) -> None:
        """Let the moment that is looked at be the present one: at the end of a branch that goes on, else one begins.

        It waits for a moment that is computed.
        """
        if self._waits(self.continue_here) or self.view is None:
            return
        push(self.undo_stack, EditCommand(self, [self._continue(self.view.moment)], False))

    def _continue(self, moment: Moment) -> Step:
        self.viewing.take()
        edit = edits.continue_from(self.document, moment.training, moment.remembered, moment.place)
        step = Step(edit, *self.apply(edit))
        self._continued = step.ticket
        return step

    def _waits(self, act: Callable[[], object]) -> bool:
        """Tell whether the moment that is looked at is still being computed; ``act`` is called once it is there."""
        view, viewing = self.view, self.viewing
        if viewing.replaying:
            viewing.wait(act)
        elif view is not None and not view.exact:
            viewing.look(self.past, view.branch, view.epoch)
            viewing.wait(act)
        else:
            return False
        return True

    def name_moment(self, name: str) -> None:
        """Keep the moment that is looked at under a name; an empty one takes its name away."""
        if self._waits(lambda: self.name_moment(name)):
            return
        view, timeline = self.view, self.timeline
        told = self.tr("This moment is called “{name}” now.") if name else self.tr("This moment has no name any more.")

        gone = self.tr("This moment was let go just now, it could not be named.")

        def keep(trainer: Trainer) -> None:
            if view is None:
                timeline.name(trainer.training, name)
            elif timeline.past.has(view.moment.place):
                timeline.name_past(view.moment, name)
            else:
                self._recorded.emit(gone)
                return
            self._recorded.emit(told.format(name=name))

        self.bridge.worker.ask(keep)

    def set_budget(self, budget: int) -> None:
        """Let the timeline take so many bytes."""
        self.budget = budget
        timeline = self.timeline

        def keep(_trainer: Trainer) -> None:
            timeline.set_budget(budget)
            self._recorded.emit("")

        self.bridge.worker.ask(keep)

    def forget_others(self) -> None:
        """Forget all other runs and branches, and the edits that led there."""
        self.viewing.end()
        is_saved = self.undo_stack.isClean()
        self.undo_stack.clear()
        if not is_saved:
            self.undo_stack.resetClean()  # clear() says that all is saved
        timeline = self.timeline

        told = self.tr("All but what led here is forgotten.")

        def forget(_trainer: Trainer) -> None:
            with suppress(AbandonedError):  # the window closes
                timeline.forget_others(lambda _update: not self._closed)
                self._recorded.emit(told)

        self.bridge.worker.ask(forget)

    @Slot(str)
    def _on_recorded(self, sentence: str) -> None:
        if self._is_forgotten:
            self.viewing.end()
        self._tell(Changes.HISTORY | Changes.RUN, None)
        self._say_what_went()
        if sentence:
            self.said.emit("info", sentence)

    @property
    def _is_forgotten(self) -> bool:
        """Whether the moment that was to be looked at went with its branch."""
        return self.viewing.view is not None and self.view is None

    @Slot()
    def _on_moved(self) -> None:
        if self._is_forgotten:
            self.viewing.end()  # nor is anything done that waited for it
            return
        before = self._shown
        changes = edits.touched(before, self.project.training)
        self._tell(changes | Changes.HISTORY | Changes.RUN, self.viewing)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self.said.emit("error", self.tr("This moment cannot be computed again: {why}").format(why=sentence))

    # What the worker shows

    @Slot()
    def _on_tick(self) -> None:
        changes = self._pull()
        if changes:
            self._tell(changes, self.bridge)
        self._say_what_went()

    def _pull(self) -> Changes:
        """Take over how far training has come; return what that touched."""
        before = self.reached
        self.reached = self.bridge.progress()
        changes = Changes.NONE
        if self.reached.epoch != before.epoch:
            changes |= Changes.HISTORY
        vector = self.bridge.new_vector() if not self._tickets else None
        if vector is not None and vector.size == self.document.network.parameter_count:
            self._follow(vector)
            changes |= Changes.WEIGHTS
        return changes | Changes.RUN if changes or self.reached != before else changes

    def _say_what_went(self) -> None:
        if self.timeline.let_go != self._let_go:
            self._let_go = self.timeline.let_go
            self.said.emit("info", self.tr("The timeline was full, so its oldest part was let go."))

    def _follow(self, vector: Any) -> None:
        training = self.document.training
        state = replace(training.state, vector=vector, update=self.reached.update, epoch=self.reached.epoch)
        self.document = self.document.with_training(replace(training, state=state))

    @Slot()
    def _on_events(self) -> None:
        continued, arrived = self._continued, None
        if continued is not None and continued.done:
            self._continued, arrived = None, continued.after
        changes = self._settle()
        self.running = self.bridge.worker.busy
        events = self.bridge.worker.events()
        began = max((at for at, event in enumerate(events) if event.kind == "began"), default=-1)
        for at, event in enumerate(events):
            if event.kind == "diverged" and at < began:
                continue  # another run or branch is there already
            if event.kind in ("diverged", "failed", "refused"):
                self.said.emit("warning" if event.kind == "diverged" else "error", event.text)
            elif event.kind in ("finished", "stopped"):
                self.said.emit("info", event.text)
        self._tell(changes | self._pull() | Changes.RUN | Changes.HISTORY, self.bridge)
        self._say_what_went()
        if arrived is not None:
            self._tell_of_branch(arrived.state)

    def _tell_of_branch(self, state: State) -> None:
        """Say what became of going on in the past from there."""
        past = self.past
        here = past.here
        if here.parent is None or here.parent.update != state.update:
            sentence, left = self.tr("{name} goes on from epoch {n}."), ""
        else:
            sentence = self.tr("{name} continues {left} from epoch {n}.")
            left = self.called(past.branches[here.parent.branch])
        told = sentence.format(name=self.called(here), left=left, n=format_count(state.epoch))
        self.said.emit("info", told[0].upper() + told[1:])

    def _settle(self) -> Changes:
        """Once every posted change was applied or refused, take over what is exactly there; tell what that touched."""
        if not self._tickets or any(not ticket.done for ticket in self._tickets):
            return Changes.NONE
        for ticket in self._tickets:
            if ticket.undoes is None and ticket.before is not None and ticket.after is not None:
                self._remember_exactly(ticket.before, ticket.after)
        last = self._tickets[-1].after
        refused = any(ticket.refusal for ticket in self._tickets)
        for ticket in self._tickets:
            ticket.forget()
        self._tickets.clear()
        if last is None:
            return Changes.NONE
        self.document = self.document.with_training(last)
        return Changes.ALL if refused else Changes.WEIGHTS | Changes.HISTORY

    def _remember_exactly(self, before: Training, after: Training) -> None:
        """The weights that connections had at the very update they were cut; here they were up to a tick old."""
        new = edits.cut_keys(after.network) - edits.cut_keys(before.network)
        keys = np.array(sorted(new & edits.cut_keys(self.document.network)), np.int64)
        at = places(before.network, keys)
        exact = {int(key): float(before.state.vector[place]) for key, place in zip(keys, at, strict=True) if place >= 0}
        if exact:
            self.document = replace(self.document, remembered={**self.document.remembered, **exact})


def progress_of(state: State) -> Progress:
    """Return how far a training has come."""
    return Progress(state.update, state.epoch, state.error_sum / state.weight_sum if state.weight_sum else 0.0)
