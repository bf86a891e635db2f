"""Lanes: which branches the strip shows, where they lie, and the moments one can go to. No window."""

from __future__ import annotations

import pytest

from bpgui.gui.docks.lanes import Lane, Mark, lanes_of, stops, tenth
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


def test_a_run_is_one_lane_with_its_tenths_and_its_changes() -> None:
    run = Run()
    run.train(40)
    run.set_rate(0.25)
    run.train(55)
    (lane,) = run.lanes()
    assert (lane.row, lane.left_row, lane.start, lane.end, lane.shown, lane.label) == (0, None, 0, 95, 95, "")
    assert [mark.epoch for mark in lane.moments] == list(range(10, 95, 10))
    assert lane.changes == (Mark(40, "learning rate 0.25"),)


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


def test_a_long_line_of_branches_keeps_its_last() -> None:
    run = Run()
    run.train(10)
    for number in range(6):
        run.go_back(number, 10 + number)
        run.go_back(number, 9 + number)
        run.train(2)
    lanes = run.lanes()
    assert [lane.branch.name for lane in lanes] == ["1d", "1e", "1f", "1g"]
    assert [lane.left_row for lane in lanes] == [None, 0, 1, 2]
