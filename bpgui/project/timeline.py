"""The timeline: keeps what training went through, and goes back to any moment of it, to the last bit.

Checkpoints hold whole states, within a budget; what lies between them is replayed, changes included, which is exact
because training is deterministic. Where even what has to stay outgrows its part of the budget, the oldest is let go.
Looking back only reads. The training thread alone writes: each call below puts a new ``Past`` in the place of the old
one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from math import inf, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui.project.edits import remember
from bpgui.project.past import WEIGHT_BYTES, Branch, Checkpoint, Event, Past, arrays_in
from bpgui.training.changes import Place
from bpgui.training.history import Curves, History
from bpgui.training.patch import Patch, rows_of
from bpgui.training.state import Training
from bpgui.training.trainer import FOREVER, Trainer

Floats = NDArray[np.floating[Any]]

BUDGET = 256 * 2**20
"""Bytes of the past by default."""
MOST = 1000
"""Checkpoints in all, ends of branches not counted."""
MOST_EVENTS, MOST_BRANCHES = 50_000, 200
"""Changes and branches in all: so that every past fits a project file, and can still be looked through."""
FEWEST_BRANCHES = 8
"""That stay whatever they take: going on from the past must not cost what was left a moment ago."""
SHORTEST = 0.05
"""Seconds of training between two checkpoints, at least."""
LEAST = 0.005
"""Seconds of training before it is told again, at least: a slice costs something."""
MOST_BUCKETS = 4096
"""Of the curve of a branch that was left, however often it was gone on with."""
TURN = 0.05
"""Seconds of a replay after which it asks whether to go on."""


class Timeline:
    """The past of one document while it grows.

    ``past`` may be read from any thread. All methods are for the training thread.
    """

    past: Past
    made: int
    """Counts what a person did to the past itself: names, what was forgotten, and branches with anything on them that
    were left."""
    let_go: int
    """Counts how often the oldest part of the past had to go."""
    seconds: float
    """Of training, and of changes, since it was made."""
    _next_id: int
    _gone: dict[int, Place]
    """Where branches began that went because no update was made on them: undo may lead back there."""
    _here_seconds: float
    """Of training, and of changes, that led to the present state."""
    _all_seconds: float
    """The same for all branches together."""
    _nbytes: int
    _nbytes_of_changes: int
    _nbytes_at_least: int
    """Of the past, see there; between two counts an estimate."""
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
        self.made = self.let_go = 0
        self.seconds = 0.0
        self._arrive(past.here.tip)
        self._count()

    # What the worker tells

    @property
    def until_due(self) -> float:
        """Seconds of training until the next checkpoint."""
        return max(LEAST, self.past.here.checkpoints[-1].seconds + self._spacing - self._here_seconds)

    def advanced(self, trainer: Trainer, seconds: float) -> None:
        """Training went on for so many seconds, or a change took them, which takes as long in a replay."""
        self.seconds += seconds
        self._all_seconds += seconds
        self._here_seconds += seconds
        last = self.past.here.checkpoints[-1]
        # Further changes at the same update may still come to one with those before.
        goes_on = trainer.update > max(last.update, self._changed_at)
        if goes_on and self._here_seconds - last.seconds >= self._spacing:
            self._keep(trainer.training)
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
        taken = event.nbytes - sum(old.nbytes for old in branch.events[len(events) :])
        if event.patch.data is not None:
            # From now on the timeline alone holds what these data have no part in.
            left = {id(array) for array in arrays_in(after.data)}
            taken += sum(array.nbytes for array in arrays_in(before.data) if id(array) not in left)
        if remembered is not None:
            taken += WEIGHT_BYTES * len(remembered)
        self._nbytes += taken
        self._nbytes_of_changes += taken
        self._nbytes_at_least += taken
        self._put(replace(branch, events=(*events, event), trained=trained))
        if self._has_many_changes:
            self._keep(after)  # there has to be a moment that it can begin at
            self._thin()

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
        self.made += bool(self.past.here.events) or before.state.update > self.past.here.start.update
        remembered = remember(self._remembered, before, after) if remembered is None else dict(remembered)
        if place is not None:
            place = self._gone.get(place.branch, place)
        known = Past(branches, self.past.present)
        if place is None or not known.reaches(place) or place.update > branches[place.branch].tip.update:
            branch = _root(self._new_id(), branches, after, remembered)
            at = branch.start
        else:
            branch = known.holding(place)
            at = branch.tip
            if place.update != at.update or not same(after, at.training):
                left = Place(branch.id, place.update)
                at = replace(branch.before(place.update), training=after, events=0, name="", remembered=remembered)
                branch = Branch(self._new_id(), branch.run, _letter(branches, branch.run), left, (at,), at, after)
        self.past = Past({**branches, branch.id: branch}, branch.id)
        self._arrive(at)
        self._count()
        self._thin()

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
        self._count()
        self.made += 1

    def set_budget(self, budget: int) -> None:
        """Let the past take at most so many bytes from now on, as far as what has to stay leaves room."""
        self.budget = budget
        self._thin()

    def forget_others(self, goes_on: Callable[[int], bool] | None = None) -> None:
        """Forget all runs and branches but those that lead to the present, and of these what lies after it was left.

        It may have to replay: ``goes_on`` as in ``seek``; where AbandonedError is raised nothing is forgotten.
        """
        path = self.past.path(self.past.present)
        kept = [_until(self.past, branch, child, goes_on) for branch, child in pairwise(path)] + path[-1:]
        self.past = Past({branch.id: branch for branch in kept}, self.past.present)
        self.made += 1
        self._count()

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
        room = self.budget - self._nbytes_at_least
        fit = min(MOST, room // max(1, self.past.here.checkpoints[-1].nbytes))
        return max(SHORTEST, self._all_seconds / fit) if fit > 0 else inf

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
        pieces = branch.curves
        if curves.train.epochs:
            whole = Curves.joined([*pieces, curves])
            pieces = (Curves(*(history.coarse(MOST_BUCKETS) for history in whole)),)
        return replace(branch, tip=tip, trained=trained, curves=pieces)

    def _left(self, training: Training, curves: Curves) -> dict[int, Branch]:
        """Return all branches with the end of the present one, which goes where nothing was done on it; a run that was
        only set up is none."""
        branch = self._ended(training, curves)
        branches = {**self.past.branches, branch.id: branch}
        is_as_begun = branch.tip.update == branch.start.update and same(branch.start.training, training)
        led_on = any(other.parent is not None and other.parent.branch == branch.id for other in branches.values())
        is_empty = is_as_begun or (branch.tip.update == branch.start.update and branch.parent is None)
        if is_empty and not branch.start.name and not led_on:
            del branches[branch.id]
            if branch.parent is not None:
                self._gone[branch.id] = branch.parent
        return branches

    def _keep(self, training: Training, name: str | None = None) -> None:
        """Keep the present moment; without a name it has that which this update was given before."""
        branch = self.past.here
        *earlier, last = branch.checkpoints
        if name is None:
            name = last.name if last.update == training.state.update else ""
        kept = Checkpoint(training, len(branch.events), self._here_seconds, self._remembered, name)
        if last.update < kept.update:
            earlier.append(last)
        elif not earlier:
            # What a branch begins with stays as it was before any change.
            kept = replace(last, name=name)
        self._nbytes += kept.nbytes
        self._put(replace(branch, checkpoints=(*earlier, kept)))

    def _count(self) -> None:
        """Find what the past takes, and the seconds that led to all ends."""
        self._nbytes, self._nbytes_at_least = self.past.nbytes, self.past.nbytes_at_least
        self._nbytes_of_changes = self.past.nbytes_of_changes
        left = (branch for branch in self.past.branches.values() if branch.id != self.past.present)
        here = self._here_seconds - self.past.here.start.seconds
        self._all_seconds = here + sum(branch.tip.seconds - branch.start.seconds for branch in left)

    @property
    def _has_many_branches(self) -> bool:
        """Whether there are more than can be kept, or more than the fewest and these take over half of the budget."""
        branches = len(self.past.branches)
        return branches > MOST_BRANCHES or (branches > FEWEST_BRANCHES and self._nbytes_at_least > self.budget // 2)

    @property
    def _has_many_changes(self) -> bool:
        """Whether there are more than can be kept, or they take over half of the budget."""
        return self.past.events > MOST_EVENTS or self._nbytes_of_changes > self.budget // 2

    def _thin(self) -> None:
        """Let moments go until the rest fits; first the oldest branches and changes where these alone are too much."""
        self._let_go(lambda: self._has_many_branches, Past.without_oldest_branch)
        self._let_go(lambda: self._has_many_changes, Past.without_oldest_changes)
        if self._nbytes > self.budget:
            self._count()  # what was put in the place of others was counted beside them
        over, many = self._nbytes - self.budget, self.past.checkpoints - MOST
        if over > 0 or many > 0:
            self.past, gone = self.past.thinned(over, many)
            self._nbytes -= gone

    def _let_go(self, is_too_much: Callable[[], bool], shorten: Callable[[Past], Past]) -> None:
        """Shorten the past while it is too much and can be shortened."""
        if not is_too_much():
            return
        self._count()
        while is_too_much():
            less = shorten(self.past)
            if less is self.past:
                break
            self.past = less
            self.let_go += 1
            self._count()


def _until(past: Past, branch: Branch, child: Branch, goes_on: Callable[[int], bool] | None) -> Branch:
    """Return a branch up to where another left it."""
    at = child.start
    events = tuple(event for event in branch.events if event.update <= at.update)
    if events and events[-1].update == at.update:
        # It may be that more was changed there after the other had left.
        moment = seek(past, Place(branch.id, at.update), goes_on)
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
    """A moment of the past: what is trained, the remembered weights of cut connections, and where it lies.

    What a replay found of the last complete epoch before it: ``error``, NaN where it is not known, and ``change`` of
    the parameters, (P,), None where it is not known or they are others. ``recomputed``: whether the replay went over
    what another build or processor had trained, so that the last digits may be others.
    """

    training: Training
    remembered: Mapping[int, float]
    place: Place
    error: float = nan
    change: Floats | None = None
    recomputed: bool = False


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
    return _replay(found, base_of_epoch(found, epoch), FOREVER, epoch, goes_on)


def base_of_epoch(branch: Branch, epoch: int) -> Checkpoint:
    """Return what a replay up to an epoch begins with: the last moment kept before the epoch that leads there, so that
    this one's error and change are found on the way, or the end of the branch, if that is wanted."""
    is_end = branch.tip.within == (epoch, 0)
    return branch.tip if is_end else branch.before_epoch(max(0, epoch - 1))


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
    training, remembered = start.training, start.remembered
    trainer, completed = None, None  # the latter: the engine that completed the last epoch
    for event in (*branch.events[start.events :], None):
        at = update if event is None else min(update, event.update)
        if training.state.update < at and training.state.epoch < epoch:
            if trainer is None:
                trainer = Trainer.of(training)
                trainer.watch()
            else:
                trainer.go_on(training)
            _run_to(trainer, at, epoch, goes_on)
            completed = trainer.engine if trainer.epoch > training.state.epoch else completed
            training = trainer.training
        if event is None or training.state.update < event.update:
            break
        before, training = training, event.patch.apply(training)
        remembered = remember(remembered, before, training) if event.remembered is None else event.remembered
    place = Place(branch.id, training.state.update)
    recomputed = start.update < min(place.update, branch.elsewhere)
    if completed is None:
        return Moment(training, remembered, place, recomputed=recomputed)
    error, found = History.of(completed.history()).last[-1], completed.last_change()
    change = found[1] if found is not None and found[1].size == training.network.parameter_count else None
    return Moment(training, remembered, place, float(error), change, recomputed)


def _run_to(trainer: Trainer, update: int, epoch: int, goes_on: Callable[[int], bool] | None) -> None:
    """Train on, also beyond stop rules after which the run had gone on."""
    while trainer.update < update and trainer.epoch < epoch:
        if goes_on is not None and not goes_on(trainer.update):
            raise AbandonedError
        if trainer.run(updates=update - trainer.update, epochs=epoch - trainer.epoch, seconds=TURN) == "diverged":
            return


def same(one: Training, other: Training) -> bool:
    """Whether two trainings are the same to the last bit, network and data being the very same values."""
    parts = one.network is other.network and one.data is other.data
    recipes = one.recipe is other.recipe or repr(one.recipe) == repr(other.recipe)  # which tells -0.0 from 0.0
    if not parts or not recipes or one.dtype != other.dtype or one.state.slots.shape != other.state.slots.shape:
        return False
    return one.state.same(other.state) and rows_of(one).tobytes() == rows_of(other).tobytes()
