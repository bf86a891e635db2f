"""Lanes: which branches the strip shows, where they lie, and the moments one can go to. No window."""

from __future__ import annotations

from collections import UserDict
from dataclasses import replace

import pytest

from bpgui.gui.docks.lanes import ChangeEpochs, Lane, Mark, lanes_of, stops, tenth
from bpgui.project.past import Event
from bpgui.project.state import of_builtin
from bpgui.project.timeline import Timeline, seek
from bpgui.training.changes import Begin, Place, SetRecipe
from bpgui.training.history import Curves
from bpgui.training.trainer import Trainer


class Run:
    """Trains with a timeline, an update an epoch."""

    def __init__(self) -> None:
        training = of_builtin("article").training
        self.trainer, self.timeline = Trainer.of(training), Timeline(training)

    def train(self, epochs: int) -> None:
        self.trainer.run(epochs=epochs)

    def go_back(self, branch: int, epoch: int) -> None:
        moment = seek(self.timeline.past, Place(branch, epoch))
        before, curves = self.trainer.training, Curves.of(self.trainer.engine)
        self.trainer.apply(Begin(moment.training))
        self.timeline.begun(before, self.trainer.training, moment.place, curves)

    def set_rate(self, rate: float) -> None:
        before = self.trainer.training
        self.trainer.apply(SetRecipe({"learning_rate": rate}))
        self.timeline.changed(f"learning rate {rate}", before, self.trainer.training)

    def lanes(self, shown: int | None = None) -> list[Lane]:
        past = self.timeline.past
        return lanes_of(past, past.present if shown is None else shown, self.trainer.training, self.trainer.epoch)


@pytest.mark.parametrize(
    ("epochs", "step"), [(1, 1), (10, 1), (11, 2), (20, 2), (21, 5), (99, 10), (100, 10), (101, 20), (2000, 200)]
)
def test_diamonds_stand_at_round_tenths(epochs: int, step: int) -> None:
    assert tenth(epochs) == step


def test_a_run_is_one_lane_with_its_tenths() -> None:
    run = Run()
    run.train(95)
    (lane,) = run.lanes()
    assert (lane.row, lane.left_row, lane.start, lane.end, lane.shown, lane.label) == (0, None, 0, 95, 95, "")
    assert [mark.epoch for mark in lane.moments] == list(range(10, 95, 10))


def test_a_branch_on_which_something_was_changed_and_nothing_trained_says_what() -> None:
    run = Run()
    run.train(40)
    run.go_back(0, 20)
    run.set_rate(0.25)
    run.go_back(0, 30)
    assert run.lanes()[1].label == "learning rate 0.3 → 0.25"


def test_a_branch_lies_under_the_lane_it_left_which_is_shown_up_to_there() -> None:
    run = Run()
    run.train(90)
    run.go_back(0, 60)
    run.set_rate(0.25)
    run.train(75)
    root, branch = run.lanes()
    assert (root.shown, root.end) == (60, 90)
    assert (branch.row, branch.left_row, branch.start, branch.end, branch.shown) == (1, 0, 60, 135, 135)
    assert branch.label == "learning rate 0.3 → 0.25"
    root, branch = run.lanes(shown=0)
    assert (root.shown, branch.shown) == (90, None)
    assert [mark.epoch for mark in stops(run.lanes())] == [0, 20, 40, 60, 80, 100, 120, 135]


def test_of_many_branches_those_that_lead_to_what_is_shown_and_the_newest_have_lanes() -> None:
    run = Run()
    run.train(90)
    for _ in range(6):
        run.go_back(0, 60)
        run.train(5)
    assert [lane.branch.name for lane in run.lanes()] == ["1", "1e", "1f", "1g"]
    assert [lane.branch.name for lane in run.lanes(shown=1)] == ["1", "1b", "1f", "1g"]
    assert [lane.row for lane in run.lanes()] == [0, 1, 2, 3]


def nested() -> Run:
    """A run with six branches, each of which leaves the one before, two epochs after that began."""
    run = Run()
    run.train(12)
    for number in range(6):
        run.go_back(number, 10 + 2 * number)
        run.train(4)
    return run


def test_a_long_line_of_branches_keeps_its_root_and_its_last() -> None:
    lanes = nested().lanes()
    assert [lane.branch.name for lane in lanes] == ["1", "1e", "1f", "1g"]
    assert [lane.left_row for lane in lanes] == [None, 0, 1, 2]


def test_what_is_shown_leads_from_the_beginning_to_its_end_also_over_branches_without_a_lane() -> None:
    run = nested()
    lanes = run.lanes()
    assert [(lane.left, lane.start, lane.shown) for lane in lanes] == [
        (0, 0, 10),
        (10, 16, 18),
        (18, 18, 20),
        (20, 20, 24),
    ]
    assert stops(lanes)[0].epoch == 0
    assert 15 in {mark.epoch for mark in stops(lanes)}  # on the way that has no lane
    run.timeline.name_past(seek(run.timeline.past, Place(2, 13)), "hidden")
    assert [mark for mark in stops(run.lanes()) if mark.name] == [Mark(13, "hidden")]


def test_a_branch_of_one_without_a_lane_leaves_the_nearest_that_has_one() -> None:
    run = nested()
    run.go_back(2, 14)
    run.train(3)
    run.go_back(0, 12)
    lanes = run.lanes()
    assert [(lane.branch.name, lane.left_row, lane.left, lane.start) for lane in lanes] == [
        ("1", None, 0, 0),
        ("1f", 0, 10, 18),
        ("1g", 1, 20, 20),
        ("1h", 0, 10, 14),
    ]


class Counters(UserDict[str, int]):
    """Counts how often it was asked."""

    asked = 0

    def __getitem__(self, name: str) -> int:
        Counters.asked += 1
        return super().__getitem__(name)


def test_the_epochs_of_changes_are_found_once_however_they_come_and_go() -> None:
    run = Run()
    run.train(1)
    run.set_rate(0.25)
    here = run.timeline.past.here
    patch, epochs = here.events[0].patch, ChangeEpochs()

    def event(epoch: int) -> Event:
        return Event(epoch, "", replace(patch, counters=Counters({"epoch": epoch})))

    def look(events: tuple[Event, ...]) -> list[int]:
        Counters.asked = 0
        epochs.follow([replace(here, events=events)])
        found: list[int] = epochs[here.id].tolist()
        return found

    events = tuple(event(number // 2) for number in range(100))
    assert look(events) == [number // 2 for number in range(100)]
    assert Counters.asked == 100
    look(events)
    assert Counters.asked == 0
    grown = (*events, event(60))
    assert look(grown)[-2:] == [49, 60]
    assert Counters.asked == 1
    assert look((*events, event(61)))[-2:] == [49, 61]  # the last one was made another at the same update
    assert look(events[:99])[-2:] == [48, 49]
    assert look(events[50:]) == [number // 2 for number in range(50, 100)]
    assert look((event(3),)) == [3]
    assert look(()) == []
