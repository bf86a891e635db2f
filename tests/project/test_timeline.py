"""The timeline: any moment is reached to the last bit, and nothing that was trained is lost by looking back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from time import monotonic

import numpy as np
import pytest
from support import tries
from training.cases import same, training_bits

import bpgui
from bpgui.data.dataset import Dataset
from bpgui.network import structure
from bpgui.network.network import Network
from bpgui.project import edits, timeline
from bpgui.project.past import EVENT_BYTES, Branch, Past
from bpgui.project.state import Project, of_builtin
from bpgui.project.timeline import AbandonedError, Moment, Timeline, nearest, seek, seek_epoch
from bpgui.training.changes import Begin, Change, Place, SetData, SetNetwork, SetParameters, SetRecipe
from bpgui.training.history import Curves
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer

UPDATE, CHANGE = 1e-6, 1e-4
"""Seconds that an update and a change are said to take: what is kept must not depend on the machine."""


class Worker:
    """Trains as the worker does, and tells the timeline."""

    def __init__(self, training: Training, budget: int = timeline.BUDGET) -> None:
        self.trainer = Trainer.of(training)
        self.timeline = Timeline(training, budget=budget)

    @property
    def past(self) -> Past:
        return self.timeline.past

    @property
    def here(self) -> Branch:
        return self.past.here

    def run(self, updates: int, slice_: int = 500) -> None:
        """Train for so many updates in slices."""
        while updates > 0:
            now = min(updates, slice_)
            assert self.trainer.run(updates=now) != "diverged"
            self.timeline.advanced(self.trainer, now * UPDATE)
            updates -= now

    def apply(self, change: Change, label: str = "a change") -> None:
        before = self.trainer.training
        self.trainer.apply(change)
        self.timeline.changed(label, before, self.trainer.training)
        self.timeline.advanced(self.trainer, CHANGE)

    def go_to(self, training: Training, place: Place | None) -> None:
        """Go to a moment of the past, or begin a run."""
        before, curves = self.trainer.training, Curves.of(self.trainer.engine)
        self.trainer.apply(Begin(training, place))
        self.timeline.begun(before, self.trainer.training, place, curves)

    def go_back(self, place: Place) -> None:
        """Go on from a moment of the past."""
        moment = seek(self.past, place)
        self.go_to(moment.training, moment.place)

    def curves(self) -> Curves:
        return self.past.curves(self.past.present, Curves.of(self.trainer.engine))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints as close to each other as they would be in runs too long for a test."""
    monkeypatch.setattr(timeline, "SHORTEST", 0.0002)


def small(**recipe: object) -> Training:
    rng = np.random.default_rng(3)
    net = Network.dense((2, 3, 1))
    data = Dataset("d", rng.normal(size=(20, 2)), rng.normal(size=(20, 1)))
    values = {"optimizer": "momentum", "learning_rate": 0.01, "batch_size": 7, "seed": 5, **recipe}
    return Training.begin(net, data, bpgui.Recipe().changed(values))


def digest(training: Training) -> str:
    return hashlib.sha256(repr(training_bits(training)).encode()).hexdigest()


def digits() -> Training:
    project = of_builtin("digits")
    values = {"optimizer": "adam", "learning_rate": 0.002, "shuffle": True, "dropout": 0.1, "batch_size": 32}
    return project.with_training(edits.apply(project, edits.set_recipe(project, **values))[0].training).training


def changes_of(training: Training, number: int) -> Change:
    """Changes of several kinds, in turn."""
    net = training.network
    kinds: list[Callable[[], Change]] = [
        lambda: SetParameters(net.keys[:2], np.array([0.1, -0.1])),
        lambda: SetRecipe({"learning_rate": 0.001 + 0.0005 * (number % 3)}),
        lambda: SetNetwork(structure.with_units(net, 1, net.layers[1].units + 1)),
        lambda: SetRecipe({"seed": number, "l2": 1e-4}),
        lambda: SetNetwork(structure.with_mask(net, "cut", [int(net.keys[4])], number % 2 == 0)),
    ]
    return kinds[number % len(kinds)]()


@pytest.mark.parametrize("made", [lambda: of_builtin("article").training, digits], ids=["seed network", "digits"])
def test_any_update_of_a_long_run_with_edits_on_the_way_is_reached_to_the_last_bit(
    made: Callable[[], Training],
) -> None:
    updates = 5_000 * len(tries(20))
    rng = np.random.default_rng(1)
    at = np.sort(rng.integers(0, updates, 12))
    one, reference = Worker(made()), Trainer.of(made())
    wanted = np.unique(np.concatenate([rng.integers(0, updates + 1, 10 * len(tries(20)) - 2), at[:1], [updates]]))
    stops = sorted({*at.tolist(), *wanted.tolist()})
    hashes = {}
    for stop in stops:
        if stop > reference.update:
            reference.run(updates=stop - reference.update)
            one.run(stop - one.trainer.update)
        for number in np.flatnonzero(at == stop).tolist():
            change = changes_of(reference.training, number)
            reference.apply(change)
            one.apply(change)
        if stop in wanted:
            hashes[stop] = digest(reference.training)
    assert len(one.here.checkpoints) > 3
    for update, expected in hashes.items():
        found = seek(one.past, Place(0, update))
        assert found.place == Place(0, update)
        assert digest(found.training) == expected, update


def test_an_epoch_is_reached_at_its_beginning_after_the_changes_made_there() -> None:
    one = Worker(small())
    one.run(30)  # of 3 updates each
    one.apply(SetRecipe({"learning_rate": 0.5}))
    one.run(31)
    found = seek_epoch(one.past, 0, 10)
    assert (found.place, found.training.state.position) == (Place(0, 30), 0)
    assert found.training.recipe.learning_rate == 0.5
    assert seek(one.past, Place(0, 29)).training.recipe.learning_rate == 0.01
    assert seek_epoch(one.past, 0, 0).place == Place(0, 0)


def test_what_is_replayed_goes_beyond_the_rules_that_had_stopped_it() -> None:
    one = Worker(small(stop=(bpgui.stop.patience(2, restore_best=True), bpgui.stop.error_below(10.0))))
    bits = {}
    while one.trainer.update < 200:
        begun = monotonic()
        one.trainer.run(epochs=3)  # which a rule ends sooner
        one.timeline.advanced(one.trainer, monotonic() - begun)
        bits[one.trainer.update] = training_bits(one.trainer.training)
    assert len(bits) > 20
    for update, wanted in bits.items():
        assert training_bits(seek(one.past, Place(0, update)).training) == wanted


def test_weights_of_cut_connections_are_remembered_as_they_were_at_each_moment() -> None:
    one = Worker(small())
    one.run(30)
    key = int(one.trainer.network.keys[0])
    value = float(one.trainer.params.vector[0])
    one.apply(SetNetwork(structure.with_mask(one.trainer.network, "cut", [key], True)))
    one.run(30)
    one.apply(SetNetwork(structure.with_mask(one.trainer.network, "cut", [key], False)))
    one.run(30)
    remembered = [dict(seek(one.past, Place(0, update)).remembered) for update in (29, 30, 59, 60, 90)]
    assert remembered == [{}, {key: value}, {key: value}, {}, {}]


def test_going_on_from_the_past_makes_a_branch_and_leaves_what_came_after_as_it_was() -> None:
    one = Worker(small())
    one.run(90)
    end, errors = one.trainer.training, one.curves().train.last
    one.go_back(Place(0, 45))
    one.apply(SetRecipe({"learning_rate": 0.001}))
    one.run(30)
    assert [branch.name for branch in one.past.branches.values()] == ["1", "1b"]
    assert one.here.parent == Place(0, 45)
    assert one.trainer.update == 75
    assert same(seek(one.past, Place(0, 90)).training, end)
    assert same(one.past.branches[0].tip.training, end)
    assert np.array_equal(one.past.curves(0).train.last, errors)
    mine = one.curves().train
    assert np.array_equal(mine.ends, np.arange(1, 26))
    assert np.array_equal(mine.last[:15], errors[:15])
    assert not np.array_equal(mine.last[15:], errors[15:25])
    assert seek(one.past, Place(1, 44)).place == Place(0, 44)  # which lies before the branch
    assert seek_epoch(one.past, 1, 3).place == Place(0, 9)


def test_a_branch_in_the_middle_of_an_epoch_has_the_error_of_all_of_it() -> None:
    one, other = Worker(small()), Worker(small())
    one.run(60)
    one.go_back(Place(0, 31))
    one.run(29)
    other.run(60)
    assert np.array_equal(one.curves().train.last, other.curves().train.last)
    assert training_bits(one.trainer.training) == training_bits(other.trainer.training)


def test_the_end_of_a_branch_goes_on_instead_of_branching() -> None:
    one = Worker(small())
    one.run(30)
    back = one.trainer.training
    one.go_to(one.trainer.training.with_seed(1), None)
    one.run(12)
    one.go_to(back, Place(0, 30))
    one.run(30)
    assert [branch.name for branch in one.past.branches.values()] == ["1", "2"]
    assert one.past.present == 0
    alone = Worker(small())
    alone.run(60)
    assert training_bits(one.trainer.training) == training_bits(alone.trainer.training)
    assert np.array_equal(one.curves().train.last, alone.curves().train.last)
    for update in (7, 29, 30, 31, 59):
        alone_there = seek(alone.past, Place(0, update)).training
        assert training_bits(seek(one.past, Place(0, update)).training) == training_bits(alone_there)


def test_what_made_no_update_is_no_run_and_no_branch() -> None:
    one = Worker(small())
    one.go_to(small(seed=1), None)
    one.apply(SetRecipe({"learning_rate": 0.3}))
    one.go_to(small(seed=2), None)
    assert [branch.name for branch in one.past.branches.values()] == ["1"]
    one.run(30)
    one.go_back(Place(one.past.present, 12))
    one.go_back(Place(one.here.parent.branch, 15))
    assert [branch.name for branch in one.past.branches.values()] == ["1", "1b"]
    one.run(3)
    assert one.trainer.update == 18


def test_a_place_that_is_gone_begins_a_run() -> None:
    one = Worker(small())
    one.run(30)
    one.go_to(small(seed=1), Place(7, 3))
    assert (one.here.name, one.here.parent) == ("2", None)


def test_a_place_on_a_branch_that_went_is_where_that_had_begun() -> None:
    one = Worker(small())
    one.run(30)
    one.go_back(Place(0, 12))
    place, there = Place(one.past.present, 12), one.trainer.training
    one.go_to(one.past.branches[0].tip.training, Place(0, 30))
    assert place.branch not in one.past.branches
    one.go_to(there, place)
    assert one.here.parent == Place(0, 12)


def test_a_branch_that_was_left_counts_as_made_where_anything_was_done_on_it() -> None:
    one = Worker(small())
    one.run(30)
    made = [one.timeline.made]
    one.go_back(Place(0, 12))
    made.append(one.timeline.made)
    one.go_back(Place(0, 16))
    made.append(one.timeline.made)
    one.apply(SetRecipe({"l2": 0.5}))
    one.go_back(Place(0, 20))
    made.append(one.timeline.made)
    assert made == [0, 1, 1, 2]


def test_branches_have_letters_after_z_too() -> None:
    one = Worker(small())
    one.run(30)
    for _ in range(27):
        one.go_back(Place(0, 15))
        one.run(1)
    assert [branch.name for branch in one.past.branches.values()][-3:] == ["1z", "1aa", "1ab"]


def test_other_futures_stay_until_they_are_forgotten() -> None:
    one = Worker(small())
    one.run(90)
    one.go_back(Place(0, 45))
    one.run(30)
    one.go_to(small(seed=1), None)
    one.run(30)
    one.go_back(Place(1, 75))
    mine, bits = one.curves().train.last, training_bits(seek(one.past, Place(1, 40)).training)
    assert len(one.past.branches) == 3
    one.timeline.forget_others()
    assert [branch.name for branch in one.past.branches.values()] == ["1", "1b"]
    root = one.past.branches[0]
    assert root.tip.update == 45
    assert max(kept.update for kept in root.checkpoints) <= 45
    assert sum(piece.train.epochs for piece in root.curves) == 15
    assert np.array_equal(one.curves().train.last, mine)
    assert training_bits(seek(one.past, Place(1, 40)).training) == bits


def test_what_was_changed_where_a_branch_left_after_it_had_left_is_not_forgotten() -> None:
    one = Worker(small())
    one.run(30)
    one.apply(SetRecipe({"learning_rate": 0.5}))
    one.go_to(small(seed=1), None)
    one.run(3)
    one.go_back(Place(0, 30))  # its end: the run goes on
    one.run(1)
    one.go_back(Place(0, 30))  # a branch
    one.run(9)
    branch = one.past.present
    one.go_to(one.past.branches[0].tip.training, Place(0, 31))
    one.go_to(seek(one.past, Place(branch, 39)).training, Place(branch, 39))
    one.timeline.forget_others()
    assert seek(one.past, Place(0, 30)).training.recipe.learning_rate == 0.5
    assert training_bits(one.past.branches[0].tip.training) == training_bits(seek(one.past, Place(0, 30)).training)


@pytest.fixture
def changed_after(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """On a branch that left run 1 at update 30, where something was changed since, after which run 1 went on."""
    monkeypatch.setattr(timeline, "SHORTEST", 100.0)
    one = Worker(small())
    one.run(30)
    one.go_to(SetRecipe({"l2": 0.1}).apply(one.trainer.training)[0], Place(0, 30))
    branch = one.past.present
    one.run(9)
    end = one.trainer.training
    one.go_to(one.past.branches[0].tip.training, Place(0, 30))
    one.apply(SetRecipe({"learning_rate": 0.02}))
    one.run(20)
    one.go_to(end, Place(branch, 39))
    return one


def test_what_was_changed_at_the_end_that_a_branch_had_left_is_not_forgotten(changed_after: Worker) -> None:
    one = changed_after
    changed = seek(one.past, Place(0, 30)).training
    assert changed.recipe.learning_rate == 0.02
    one.timeline.forget_others()
    assert one.past.branches[0].tip.update == 30
    assert same(seek(one.past, Place(0, 30)).training, changed)


def test_what_nobody_waits_for_forgets_nothing(changed_after: Worker) -> None:
    one = changed_after
    before = one.past
    with pytest.raises(AbandonedError):
        one.timeline.forget_others(lambda _update: False)
    assert one.past is before


def test_a_branch_on_which_something_was_changed_stays_and_one_where_all_was_undone_goes() -> None:
    one = Worker(small())
    one.run(30)
    end = one.trainer.training
    one.go_back(Place(0, 12))
    key = one.trainer.network.keys[:1]
    one.apply(SetParameters(key, np.array([0.5])))
    one.go_to(end, Place(0, 30))
    assert [branch.name for branch in one.past.branches.values()] == ["1", "1b"]
    assert 0.5 in seek(one.past, Place(1, 12)).training.state.vector
    one.go_back(Place(0, 15))
    one.apply(SetParameters(key, np.array([0.5])))
    one.apply(SetParameters(key, seek(one.past, Place(0, 15)).training.state.vector[:1]))
    assert one.here.events == ()
    one.go_to(end, Place(0, 30))
    assert [branch.name for branch in one.past.branches.values()] == ["1", "1b"]


def test_going_to_and_fro_costs_no_checkpoint() -> None:
    one = Worker(small(), budget=200 * small().state.vector.nbytes * 3)
    one.run(900, 10)
    end, kept = one.trainer.training, one.past.checkpoints
    for _ in range(100):
        one.go_back(Place(0, 300))
        one.go_to(end, Place(0, 900))
    one.run(3, 1)
    assert one.past.checkpoints >= kept - 2


def test_a_moment_named_between_checkpoints_lies_between_them_in_training_time() -> None:
    one = Worker(small())
    for _ in range(4):
        one.trainer.run(updates=100)
        one.timeline.advanced(one.trainer, 1.0)
    one.timeline.name_past(seek(one.past, Place(0, 250)), "here")
    assert [kept.seconds for kept in one.here.checkpoints if kept.name] == [2.5]


def test_hundreds_of_changes_while_nothing_is_trained_come_to_one() -> None:
    one = Worker(small())
    one.run(10)
    for number in range(300):
        one.apply(SetParameters(one.trainer.network.keys[:1], np.array([number / 100.0])))
    one.apply(SetRecipe({"learning_rate": 0.02}), "the last")
    there = one.trainer.training
    assert [(event.update, event.label) for event in one.here.events] == [(10, "the last")]
    assert same(seek(one.past, Place(0, 10)).training, there)
    one.run(5)
    assert same(seek(one.past, Place(0, 15)).training, one.trainer.training)


def gaps(branch: Branch) -> list[float]:
    return [after.seconds - before.seconds for before, after in pairwise(branch.checkpoints)]


def test_checkpoints_stay_within_their_number_and_evenly_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST", 20)
    one = Worker(small())
    for _ in range(400):
        one.trainer.run(updates=10)
        one.timeline.advanced(one.trainer, 0.01)
    assert 15 <= one.past.checkpoints <= 21
    assert max(gaps(one.here)) <= 4.0 / 20 * 3.0
    assert one.here.start.update == 0
    assert training_bits(seek(one.past, Place(0, 1234)).training) == training_bits(_at(1234))


def _at(update: int) -> Training:
    trainer = Trainer.of(small())
    trainer.run(updates=update)
    return trainer.training


def test_checkpoints_stay_within_their_bytes_and_those_with_a_name_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_BUCKETS", 4)  # a curve takes little beside moments, as with a real network
    size = Worker(small()).here.start.nbytes
    one = Worker(small(), budget=30 * size)
    for number in range(300):
        one.trainer.run(updates=10)
        one.timeline.advanced(one.trainer, 0.01)
        if number in (3, 150):
            one.timeline.name(one.trainer.training, f"after {number}")
        if number == 200:
            one.go_back(Place(0, 1000))
    assert one.past.nbytes <= 30 * size
    assert one.past.checkpoints > 15
    names = {kept.name: kept.update for branch in one.past.branches.values() for kept in branch.checkpoints}
    assert names | {"": 0} == {"": 0, "after 3": 40, "after 150": 1510}


def test_naming_one_moment_again_and_again_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "SHORTEST", 0.0)
    size = Worker(small()).here.start.nbytes
    one = Worker(small(), budget=60 * size)
    one.run(20, 1)
    kept = len(one.here.checkpoints)
    for number in range(200):
        one.timeline.name(one.trainer.training, f"n{number}")
    one.run(20, 1)
    assert len(one.here.checkpoints) == kept + 20


def test_data_that_are_trained_on_do_not_count() -> None:
    rng = np.random.default_rng(1)
    large = Dataset("large", rng.normal(size=(5_000, 2)), rng.normal(size=(5_000, 1)))
    one = Worker(replace(small(), data=large))
    one.run(3)
    assert one.past.nbytes < large.X.nbytes


def test_changes_after_which_no_moment_is_kept_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "SHORTEST", 0.0)
    one = Worker(small())
    one.run(4, 1)
    monkeypatch.setattr(timeline, "SHORTEST", 100.0)
    for number in range(8):
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
        one.run(1)
    one.timeline.set_budget(4 * EVENT_BYTES)
    assert (one.here.start.update, len(one.here.events)) == (0, 8)


def test_a_branch_that_left_just_where_another_begins_later_still_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "SHORTEST", 100.0)
    one = Worker(small())
    for number in range(8):
        one.run(1)
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
        if number == 5:
            one.timeline.name(one.trainer.training, "here")
    end = one.trainer.training
    one.go_back(Place(0, 6))
    branch = one.past.present
    one.run(3)
    one.go_to(end, Place(0, 8))
    monkeypatch.setattr(timeline, "MOST_EVENTS", 6)
    one.timeline.set_budget(timeline.BUDGET)
    assert one.here.start.update == 6
    assert one.past.branches[branch].parent == Place(0, 6)


def test_where_nothing_fits_beginnings_and_ends_remain_and_all_is_reached() -> None:
    one = Worker(small(), budget=1)
    one.run(3000, 100)
    assert one.past.checkpoints == 1
    assert training_bits(seek(one.past, Place(0, 1234)).training) == training_bits(_at(1234))


def test_what_changes_take_counts_as_part_of_the_budget() -> None:
    one = Worker(small())
    for number in range(40):
        one.run(5)
        for _ in range(3):
            one.apply(changes_of(one.trainer.training, number))
    one.go_back(Place(0, 60))
    one.run(5)
    assert one.timeline._nbytes_of_changes == one.past.nbytes_of_changes > 0


def test_a_run_that_is_changed_between_any_two_updates_is_kept_as_densely_as_its_changes_take_time() -> None:
    one = Worker(small())
    for number in range(200):
        one.run(1)
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
    made = [kept.events for kept in one.here.checkpoints]
    assert max(after - before for before, after in pairwise([*made, 200])) <= 4
    assert seek(one.past, Place(0, 100)).training.recipe.learning_rate == 0.001 + 1e-5 * 99


def test_where_changes_are_too_many_the_run_begins_later_and_the_rest_is_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeline, "MOST_EVENTS", 50)
    one = Worker(small())
    seen = {}
    for number in range(120):
        one.run(2)
        if number == 20:
            one.go_back(Place(0, 20))
            one.run(20)
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
        seen[Place(one.past.present, one.trainer.update)] = training_bits(one.trainer.training)
    assert one.past.events <= 50
    assert one.timeline.let_go > 0
    there = [place for place in seen if one.past.reaches(place)]
    assert 25 <= len(there) < len(seen)
    assert one.here.parent is None  # what it left lies before its beginning now
    assert one.here.tip.events >= 0
    assert seek_epoch(one.past, one.past.present, 0).place.update == one.here.start.update
    for place in there:
        assert training_bits(seek(one.past, place).training) == seen[place], place


def test_where_a_branch_begins_later_its_end_does_not_lie_before_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_EVENTS", 3)
    monkeypatch.setattr(timeline, "SHORTEST", 100.0)  # no other moment to begin at
    one = Worker(small())
    for number in range(3):
        one.run(3)
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
    end = one.trainer.training
    one.go_to(small(seed=1), None)
    one.run(3)
    one.go_to(end, Place(0, 9))
    one.apply(SetRecipe({"learning_rate": 0.1}))
    assert (one.here.start.update, one.here.start.events, one.here.events) == (9, 0, ())
    assert one.here.tip.events == 0


def test_a_place_before_the_beginning_that_is_left_begins_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_EVENTS", 4)
    one = Worker(small())
    begin = one.trainer.training
    for number in range(6):
        one.run(3)
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
    assert one.here.start.update > 0
    one.go_to(begin, Place(0, 0))
    assert [branch.name for branch in one.past.branches.values()] == ["1", "2"]


def test_of_runs_that_do_not_fit_the_oldest_go_but_for_a_few_and_those_with_a_name() -> None:
    size = small().state.vector.nbytes * 3
    one = Worker(small(), budget=40 * size)
    for number in range(60):
        one.run(2)
        if number == 5:
            one.timeline.name(one.trainer.training, "this one")
        one.go_to(small(seed=number), None)
    names = [branch.name for branch in one.past.branches.values()]
    assert timeline.FEWEST_BRANCHES <= len(names) < 20
    assert (names[0], names[-1]) == ("6", "61")
    assert names[1:] == [str(run) for run in range(63 - len(names), 62)]
    assert one.past.nbytes <= 40 * size


def test_runs_that_are_too_large_for_the_budget_stay_while_they_are_few() -> None:
    one = Worker(small(), budget=1)
    for number in range(20):
        one.run(2)
        one.go_to(small(seed=number), None)
    assert len(one.past.branches) == timeline.FEWEST_BRANCHES


def test_where_all_branches_lead_to_the_present_the_first_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST_BRANCHES", 9)
    one = Worker(small())
    seen = {}
    for number in range(1, 31):
        one.run(4)
        one.go_back(Place(one.past.present, one.trainer.update - 1))
        one.run(3, 1)
        seen[Place(one.past.present, one.trainer.update)] = training_bits(one.trainer.training)
        assert len(one.past.branches) == min(number + 1, 9)
    assert len(one.past.path(one.past.present)) == 9
    there = [place for place in seen if one.past.reaches(place)]
    assert len(there) == 9
    for place in there:
        assert training_bits(seek(one.past, place).training) == seen[place]


def test_a_name_stays_where_a_change_has_the_same_moment_kept_again() -> None:
    one = Worker(small(), budget=60_000)
    for number in range(40):
        one.run(3)
        one.apply(SetRecipe({"learning_rate": 0.001 + 1e-5 * number}))
        one.timeline.name(one.trainer.training, f"n{number}")
        one.apply(SetRecipe({"learning_rate": 0.002 + 1e-5 * number}))
        assert one.here.checkpoints[-1].name == f"n{number}"
    assert one.timeline.let_go > 0


def test_a_curve_stays_bounded_and_whole_however_often_its_branch_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeline, "MOST_BUCKETS", 64)
    one = Worker(small())
    one.run(100)
    one.go_back(Place(0, 50))
    one.run(100)
    for _ in range(20):
        (other,) = (branch for branch in one.past.branches.values() if branch.id != one.past.present)
        one.go_to(other.tip.training, Place(other.id, other.tip.update))
        one.run(30)
    updates_per_epoch = 3
    for branch in one.past.branches.values():
        curves = one.past.curves(branch.id, Curves.of(one.trainer.engine) if branch is one.here else None)
        end = one.trainer.epoch if branch is one.here else branch.tip.epoch
        assert curves.train.ends[-1] == end == (curves.train.count.sum()) >= 100 / updates_per_epoch
        if branch is not one.here:
            assert sum(piece.train.ends.size for piece in branch.curves) <= 64
    curves = [history for branch in one.past.branches.values() for piece in branch.curves for history in piece]
    without = Past({branch.id: replace(branch, curves=()) for branch in one.past.branches.values()}, one.past.present)
    held = sum(array.nbytes for each in curves for array in (each.low, each.high, each.last, each.count, each.ends))
    assert one.past.nbytes - without.nbytes == one.past.nbytes_at_least - without.nbytes_at_least == held > 0


def test_data_that_only_the_past_still_holds_count_as_part_of_the_budget() -> None:
    one = Worker(small())
    X = one.trainer.training.data.X
    for number in range(5):
        one.run(3)
        moved = X.copy()
        moved[0, 0] = number
        one.apply(SetData(replace(one.trainer.training.data, X=moved)))
    one.timeline.forget_others()  # which counts anew
    without = Worker(small())
    for number in range(5):
        without.run(3)
        without.apply(SetRecipe({"seed": 10 + number}))
    assert one.past.nbytes_of_changes - 5 * X.nbytes == pytest.approx(without.past.nbytes_of_changes, abs=5 * 2500)
    assert one.past.nbytes_of_changes > 5 * X.nbytes


def test_large_data_that_another_run_began_with_cost_no_change_of_this_one() -> None:
    rng = np.random.default_rng(1)
    large = Dataset("large", rng.normal(size=(5_000, 2)), rng.normal(size=(5_000, 1)))
    one = Worker(replace(small(), data=large), budget=large.X.nbytes)
    one.run(3)
    one.go_to(small(), None)
    for number in range(10):
        one.run(3)
        one.apply(SetRecipe({"learning_rate": 0.01 + 0.001 * number}))
    assert one.past.nbytes_at_least > one.timeline.budget // 2
    assert len(one.here.events) == 10
    assert one.timeline.let_go == 0


def test_what_is_forgotten_no_longer_spreads_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "MOST", 20)
    one = Worker(small())
    one.trainer.run(updates=100)
    one.timeline.advanced(one.trainer, 100.0)
    one.go_to(small(seed=1), None)
    assert one.timeline.until_due == pytest.approx(100.0 / 20)
    one.timeline.forget_others()
    assert one.timeline.until_due == timeline.LEAST


def test_a_moment_tells_error_and_change_of_the_epoch_before_it() -> None:
    one = Worker(small())
    one.run(30)  # of 3 updates each
    one.apply(SetRecipe({"learning_rate": 0.02}))
    one.run(300)
    reference = Trainer.of(small())
    reference.watch()
    errors = one.curves().train.last
    for epoch in (1, 9, 10, 11, 50, 93):
        reference.run(epochs=epoch - reference.epoch)
        change = reference.engine.last_change()
        if epoch == 10:
            reference.apply(SetRecipe({"learning_rate": 0.02}))
        found = seek_epoch(one.past, 0, epoch)
        assert found.error == errors[epoch - 1] == reference.errors[-1]
        assert found.change is not None
        assert change is not None
        assert found.change.tobytes() == change[1].tobytes()
    assert np.isnan(seek_epoch(one.past, 0, 0).error)
    assert seek_epoch(one.past, 0, 0).change is None


def test_a_moment_that_is_looked_at_can_be_named() -> None:
    one = Worker(small())
    one.run(600, 100)
    one.timeline.name_past(seek(one.past, Place(0, 333)), "here")
    updates = [kept.update for kept in one.here.checkpoints]
    assert updates == sorted(set(updates))
    assert [(kept.update, kept.name) for kept in one.here.checkpoints if kept.name] == [(333, "here")]
    assert training_bits(seek(one.past, Place(0, 400)).training) == training_bits(_at(400))
    one.timeline.name_past(seek(one.past, Place(0, 0)), "the beginning")
    assert (one.here.start.update, one.here.start.name) == (0, "the beginning")


def test_the_change_of_an_epoch_is_not_told_of_a_network_that_is_another_by_now() -> None:
    one = Worker(small())
    one.run(6)
    one.apply(SetNetwork(structure.with_units(one.trainer.network, 1, 4)))
    one.run(1)
    assert seek(one.past, Place(0, 5)).change is not None
    moment = seek(one.past, Place(0, 7))
    assert (moment.change, np.isfinite(moment.error)) == (None, True)


def test_what_has_an_end_is_found_from_there() -> None:
    one = Worker(small())
    one.run(30)
    one.go_to(small(seed=1), None)
    branch = one.past.branches[0]
    assert branch.before(40) is branch.before(30) is branch.before_epoch(10) is branch.tip
    assert branch.before(29) is not branch.tip is not branch.before_epoch(9)


def test_the_nearest_moment_kept_is_there_at_once() -> None:
    one = Worker(small())
    for _ in range(10):
        one.trainer.run(updates=30)
        one.timeline.advanced(one.trainer, 1.0)
    assert [nearest(one.past, 0, epoch).place.update for epoch in (0, 14, 16, 26, 99)] == [0, 30, 60, 90, 300]


def test_a_replay_that_nobody_waits_for_ends() -> None:
    one = Worker(of_builtin("spirals").training)
    one.trainer.run(updates=3)
    told = []

    def goes_on(update: int) -> bool:
        told.append(update)
        return len(told) < 3

    with pytest.raises(AbandonedError):
        seek(one.past, Place(0, 10**9), goes_on)
    assert told == sorted(told)
    assert told[0] == 0


def test_the_whole_past_goes_on_in_another_timeline_with_the_same_bits() -> None:
    one = Worker(small())
    one.run(45)
    one.apply(SetRecipe({"learning_rate": 0.02}))
    one.run(45)
    past = one.timeline.whole(one.trainer.training, Curves.of(one.trainer.engine))
    again = Worker(past.here.tip.training)
    again.timeline = Timeline(past.here.tip.training, past=past)
    for each in (one, again):
        each.run(45)
    assert same(one.trainer.training, again.trainer.training)
    assert np.array_equal(one.curves().train.last, again.curves().train.last)
    for update in (20, 45, 90, 120):
        assert same(seek(one.past, Place(0, update)).training, seek(again.past, Place(0, update)).training)


STEPS = ("run", "run", "run", "run", "change", "change", "change", "back", "back", "back", "begin", "name", "forget")


@pytest.mark.parametrize("seed", tries(100))
def test_whatever_was_done_every_moment_seen_on_the_way_is_found_again(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = Worker(small(), budget=int(rng.integers(1, 40)) * 3000)  # for a few changes, or for all
    seen: dict[Place, tuple[object, ...]] = {}
    for number in range(60):
        step = STEPS[int(rng.integers(len(STEPS)))]
        if step == "run":
            one.run(int(rng.integers(1, 60)), 7)
        elif step == "change":
            one.apply(changes_of(one.trainer.training, int(rng.integers(5))))
        elif step == "back" and seen:
            one.go_back(list(seen)[int(rng.integers(len(seen)))])
        elif step == "begin":
            one.go_to(small(seed=number), None)
        elif step == "name":
            one.timeline.name(one.trainer.training, f"n{number}")
        elif step == "forget":
            one.timeline.forget_others()
        here = Place(one.past.present, one.trainer.update)
        seen = {place: bits for place, bits in seen.items() if one.past.has(place)}
        seen[here] = training_bits(one.trainer.training)
        assert one.timeline._nbytes_of_changes >= one.past.nbytes_of_changes
    for place, bits in seen.items():
        found: Moment = seek(one.past, place)
        assert training_bits(found.training) == bits, place


def test_an_edit_of_the_document_gives_the_timeline_what_it_remembers() -> None:
    project: Project = of_builtin("xor")
    edit = edits.continue_from(project, project.training, {3: 1.5}, Place(0, 0))
    assert edit.document == {"remembered": {3: 1.5}, "name": "XOR"}
    assert isinstance(edit.change, Begin)
