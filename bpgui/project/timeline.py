"""The timeline: keeps what training went through, and goes back to any moment of it, to the last bit.

Checkpoints hold whole states, within a budget; what lies between them is replayed, changes included, which is exact
because training is deterministic. Looking back only reads. The training thread alone writes: each call below puts a
new ``Past`` in the place of the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import NamedTuple

from bpgui.project.edits import remember
from bpgui.project.past import Branch, Checkpoint, Event, Past
from bpgui.training.changes import Place
from bpgui.training.history import Curves
from bpgui.training.patch import Patch, rows_of
from bpgui.training.state import Training
from bpgui.training.trainer import FOREVER, Trainer

BUDGET = 256 * 2**20
"""Bytes of checkpoints by default."""
MOST = 1000
"""Checkpoints in all, ends of branches not counted."""
SHORTEST = 0.05
"""Seconds of training between two checkpoints, at least."""
LEAST = 0.005
"""Seconds of training before it is told again, at least: a slice costs something."""
MOST_BUCKETS = 4096
"""Of the curve of a branch that was left."""
ENDS = 4
"""Checkpoints' worth of the budget that beginnings and ends of branches may take."""
TURN = 0.05
"""Seconds of a replay after which it asks whether to go on."""


class Timeline:
    """The past of one document while it grows.

    ``past`` may be read from any thread. All methods are for the training thread.
    """

    past: Past
    made: int
    """Counts what a person did to the past itself: names, what was forgotten, and changes on a branch that was left."""
    _next_id: int
    _gone: dict[int, Place]
    """Where branches began that went because no update was made on them: undo may lead back there."""
    _here_seconds: float
    """Of training that led to the present state."""
    _remembered: Mapping[int, float]
    _changed_at: int
    """The update of the last change, or of the beginning of the branch."""
    _before: Training | None
    """The training before the changes that were made last, all at one update."""

    def __init__(
        self,
        training: Training,
        remembered: Mapping[int, float] | None = None,
        past: Past | None = None,
        budget: int = BUDGET,
    ) -> None:
        """Begin with a training, which is the end of the present branch of ``past`` where that is given."""
        self.budget = budget
        if past is None:
            root = _root(0, {}, training, remembered or {})
            past = Past({root.id: root}, root.id)
        self.past = past
        self._next_id = max(past.branches) + 1
        self._gone = {}
        self.made = 0
        self._arrive(past.here.tip)
        self._seconds = sum(branch.tip.seconds - branch.start.seconds for branch in self.past.branches.values())
        self._nbytes = self.past.nbytes

    # What the worker tells

    @property
    def until_due(self) -> float:
        """Seconds of training until the next checkpoint."""
        return max(LEAST, self.past.here.checkpoints[-1].seconds + self._spacing - self._here_seconds)

    def advanced(self, trainer: Trainer, seconds: float) -> None:
        """Training went on for so many seconds."""
        self._seconds += seconds
        self._here_seconds += seconds
        last = self.past.here.checkpoints[-1]
        if self._here_seconds - last.seconds >= self._spacing and trainer.update > last.update:
            self._keep(trainer.training, "")
            self._thin()

    def changed(
        self, label: str, before: Training, after: Training, remembered: Mapping[int, float] | None = None
    ) -> None:
        """A change was applied between two updates; ``remembered`` as in Event."""
        branch = self.past.here
        update = before.state.update
        trained = before if update > self._changed_at else branch.trained
        self._changed_at = update
        self._remembered = remember(self._remembered, before, after) if remembered is None else dict(remembered)
        events = branch.events
        if self._before is not None and len(events) > branch.checkpoints[-1].events and events[-1].update == update:
            # A slider that is dragged while nothing is trained makes hundreds of changes, which come to one.
            before, events = self._before, events[:-1]
            remembered = self._remembered
            if same(before, after):
                self._before = None  # all of it was undone
                self._put(replace(branch, events=events, trained=trained))
                return
        self._before = before
        event = Event(update, label, Patch.between(before, after), remembered)
        self._nbytes += event.patch.nbytes - sum(old.patch.nbytes for old in branch.events[len(events) :])
        self._put(replace(branch, events=(*events, event), trained=trained))

    def begun(
        self,
        before: Training,
        after: Training,
        place: Place | None,
        curves: Curves,
        remembered: Mapping[int, float] | None = None,
    ) -> None:
        """The training left where it was, with these curves since the last such call, and went to another.

        ``place`` is where that lies: the end of a branch goes on, from elsewhere a branch begins, and None, or a branch
        that is gone, begins a run. ``remembered`` as in Event.
        """
        branches = self._left(before, curves)
        self.made += bool(self.past.here.events)
        remembered = remember(self._remembered, before, after) if remembered is None else dict(remembered)
        while place is not None and place.branch in self._gone:
            place = self._gone[place.branch]
        if place is None or place.branch not in branches or place.update > branches[place.branch].tip.update:
            branch = _root(self._new_id(), branches, after, remembered)
            at = branch.start
        else:
            branch = Past(branches, place.branch).holding(place)
            at = branch.tip
            if place.update != at.update or not same(after, at.training):
                left = Place(branch.id, place.update)
                at = replace(branch.before(place.update), training=after, events=0, name="", remembered=remembered)
                branch = Branch(self._new_id(), branch.run, _letter(branches, branch.run), left, (at,), at, after)
        self.past = Past({**branches, branch.id: branch}, branch.id)
        self._nbytes = self.past.nbytes
        self._arrive(at)

    def here(self, training: Training) -> Place:
        """Return the place of the present state."""
        return Place(self.past.present, training.state.update)

    # What a person wants

    def name(self, training: Training, name: str) -> None:
        """Keep the present moment under a name; an empty one lets it go like others."""
        self._keep(training, name)
        self.made += 1

    def name_past(self, moment: Moment, name: str) -> None:
        """Keep a moment that was looked at under a name."""
        branch = self.past.holding(moment.place)
        update = moment.place.update
        base = branch.before(update)
        after = next((one for one in (*branch.checkpoints, branch.tip) if one.update > update), base)
        share = (update - base.update) / max(1, after.update - base.update)
        seconds = base.seconds + share * (after.seconds - base.seconds)
        events = sum(event.update <= update for event in branch.events)
        kept = Checkpoint(moment.training, events, seconds, moment.remembered, name)
        later = [one for one in branch.checkpoints if one.update > kept.update]
        earlier = [one for one in branch.checkpoints if one.update < kept.update]
        if not earlier:
            kept = replace(branch.start, name=name)
        self._put(replace(branch, checkpoints=(*earlier, kept, *later)))
        self._nbytes = self.past.nbytes
        self.made += 1

    def set_budget(self, budget: int) -> None:
        """Keep at most so many bytes of checkpoints from now on."""
        self.budget = budget
        self._thin()

    def forget_others(self) -> None:
        """Forget all runs and branches but those that lead to the present, and of these what lies after it was left."""
        path = self.past.path(self.past.present)
        kept = [_until(self.past, branch, child) for branch, child in pairwise(path)] + path[-1:]
        self.past = Past({branch.id: branch for branch in kept}, self.past.present)
        self.made += 1
        self._nbytes = self.past.nbytes

    def whole(self, training: Training, curves: Curves) -> Past:
        """Return the past with the present state as the end of its branch, and the curves since it was begun."""
        return Past(
            {**self.past.branches, self.past.present: self._ended(training, curves)},
            self.past.present,
        )

    # Within

    @property
    def _spacing(self) -> float:
        """Seconds of training from one checkpoint to the next."""
        fit = min(MOST, self.budget // self.past.here.start.nbytes - ENDS)
        return max(SHORTEST, self._seconds / fit) if fit > 0 else inf

    def _new_id(self) -> int:
        """Return an id that no branch ever had: places of those that are gone must not come to mean others."""
        self._next_id += 1
        return self._next_id - 1

    def _put(self, branch: Branch) -> None:
        self.past = Past({**self.past.branches, branch.id: branch}, self.past.present)

    def _arrive(self, at: Checkpoint) -> None:
        """The present is this moment of the present branch."""
        self._here_seconds = at.seconds
        self._remembered = at.remembered
        self._changed_at = at.update
        self._before = None

    def _ended(self, training: Training, curves: Curves) -> Branch:
        branch = self.past.here
        tip = Checkpoint(training, len(branch.events), self._here_seconds, self._remembered)
        trained = training if tip.update > self._changed_at else branch.trained
        coarse = Curves(*(history.coarse(MOST_BUCKETS) for history in curves))
        pieces = (*branch.curves, coarse) if curves.train.epochs else branch.curves
        return replace(branch, tip=tip, trained=trained, curves=pieces)

    def _left(self, training: Training, curves: Curves) -> dict[int, Branch]:
        """Return all branches with the end of the present one, which goes where nothing was done on it; a run that was
        only set up is none."""
        branch = self._ended(training, curves)
        branches = {**self.past.branches, branch.id: branch}
        led_on = any(other.parent is not None and other.parent.branch == branch.id for other in branches.values())
        is_empty = branch.tip.update == branch.start.update and not (branch.parent is not None and branch.events)
        if is_empty and not branch.start.name and not led_on:
            del branches[branch.id]
            if branch.parent is not None:
                self._gone[branch.id] = branch.parent
        return branches

    def _keep(self, training: Training, name: str) -> None:
        branch = self.past.here
        kept = Checkpoint(training, len(branch.events), self._here_seconds, self._remembered, name)
        *earlier, last = branch.checkpoints
        if last.update < kept.update:
            earlier.append(last)
        elif not earlier:
            # What a branch begins with stays as it was before any change.
            kept = replace(last, name=name)
        self._nbytes += kept.nbytes
        self._put(replace(branch, checkpoints=(*earlier, kept)))

    def _thin(self) -> None:
        if self._nbytes > self.budget:
            self._nbytes = self.past.nbytes  # what was put in the place of others was counted beside them
        over, many = self._nbytes - self.budget, self.past.checkpoints - MOST
        if over > 0 or many > 0:
            self.past, gone = self.past.thinned(over, many)
            self._nbytes -= gone


def _until(past: Past, branch: Branch, child: Branch) -> Branch:
    """Return a branch up to where another left it."""
    at = child.start
    events = tuple(event for event in branch.events if event.update <= at.update)
    if events and events[-1].update == at.update:
        # It may be that more was changed there after the other had left.
        moment = seek(past, Place(branch.id, at.update))
        at = replace(at, training=moment.training, remembered=moment.remembered)
    return replace(
        branch,
        checkpoints=tuple(one for one in branch.checkpoints if one.update <= at.update),
        tip=replace(at, events=len(events), name=""),
        trained=at.training,
        events=events,
        curves=tuple(Curves(*(history.until(at.epoch) for history in piece)) for piece in branch.curves),
    )


def _root(id_: int, branches: Mapping[int, Branch], training: Training, remembered: Mapping[int, float]) -> Branch:
    """Return the root of the next run."""
    run = max((branch.run for branch in branches.values()), default=0) + 1
    start = Checkpoint(training, remembered=dict(remembered))
    return Branch(id_, run, "", None, (start,), start, training)


def _letter(branches: Mapping[int, Branch], run: int) -> str:
    """Return the letters of the next branch of a run: "b", "c", …, "z", "aa", …; its root has none."""
    number = max(_number(branch.letter) for branch in branches.values() if branch.run == run) + 1
    found = ""
    while number:
        number, digit = divmod(number - 1, 26)
        found = chr(ord("a") + digit) + found
    return found


def _number(letters: str) -> int:
    number = 0
    for letter in letters or "a":
        number = 26 * number + ord(letter) - ord("a") + 1
    return number


class Moment(NamedTuple):
    """A moment of the past: what is trained, the remembered weights of cut connections, and where it lies."""

    training: Training
    remembered: Mapping[int, float]
    place: Place


class AbandonedError(Exception):
    """A replay that nobody waits for any more."""


def seek(past: Past, place: Place, goes_on: Callable[[int], bool] | None = None) -> Moment:
    """Return the moment at an update of a branch, exactly, after all changes that were made at it.

    ``goes_on(update)`` is called now and then with how far the replay has come; where it returns False, AbandonedError
    is raised. Runs on any thread, for as long as it took to train from the checkpoint before.
    """
    branch = past.holding(place)
    return _replay(branch, branch.before(place.update), place.update, FOREVER, goes_on)


def seek_epoch(past: Past, branch: int, epoch: int, goes_on: Callable[[int], bool] | None = None) -> Moment:
    """Return the moment at the beginning of an epoch, after all changes that were made at it; see ``seek``."""
    found = past.holding_epoch(branch, epoch)
    return _replay(found, found.before_epoch(epoch), FOREVER, epoch, goes_on)


def nearest(past: Past, branch: int, epoch: int) -> Moment:
    """Return the moment kept that is nearest to an epoch, at once."""
    found = past.holding_epoch(branch, epoch)
    before = found.before_epoch(epoch)
    later = [one for one in (*found.checkpoints, found.tip) if one.within > before.within]
    kept = min((before, *later[:1]), key=lambda one: abs(one.epoch - epoch))
    return Moment(kept.training, kept.remembered, Place(found.id, kept.update))


def _replay(
    branch: Branch, start: Checkpoint, update: int, epoch: int, goes_on: Callable[[int], bool] | None
) -> Moment:
    """Train from a checkpoint to an update or the beginning of an epoch, whichever comes first."""
    trainer: Trainer | None = None
    training, remembered = start.training, start.remembered
    for event in (*branch.events[start.events :], None):
        at = update if event is None else min(update, event.update)
        if training.state.update < at and training.state.epoch < epoch:
            trainer = Trainer.of(training)
            _run_to(trainer, at, epoch, goes_on)
            training = trainer.training
        if event is None or training.state.update < event.update:
            break
        before, training = training, event.patch.apply(training)
        remembered = remember(remembered, before, training) if event.remembered is None else event.remembered
    return Moment(training, remembered, Place(branch.id, training.state.update))


def _run_to(trainer: Trainer, update: int, epoch: int, goes_on: Callable[[int], bool] | None) -> None:
    """Train on, also beyond stop rules after which the run had gone on."""
    while trainer.update < update and trainer.epoch < epoch:
        if goes_on is not None and not goes_on(trainer.update):
            raise AbandonedError
        if trainer.run(updates=update - trainer.update, epochs=epoch - trainer.epoch, seconds=TURN) == "diverged":
            return


def same(one: Training, other: Training) -> bool:
    """Whether two trainings are the same to the last bit, network, data and recipe being the very same values."""
    parts = one.network is other.network and one.data is other.data and one.recipe is other.recipe
    if not parts or one.dtype != other.dtype or one.state.slots.shape != other.state.slots.shape:
        return False
    return one.state.same(other.state) and rows_of(one).tobytes() == rows_of(other).tobytes()
