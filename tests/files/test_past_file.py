"""The past in a project file: all of it comes back, and any moment is reached as if nothing had been saved."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from functools import cache
from math import isnan
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project.test_timeline import digits, small
from support import examples, tries
from training.cases import training_bits

import bpgui
from bpgui.files import archive, past_reader, project_file
from bpgui.files.past_file import LARGE
from bpgui.files.project_file import CHECKPOINT_BYTES, FileError, load, members_of, save
from bpgui.files.records import MAX_BRANCHES
from bpgui.network import structure
from bpgui.project import edits, timeline
from bpgui.project.past import Checkpoint, Event, Past
from bpgui.project.state import of_builtin
from bpgui.project.timeline import seek
from bpgui.training.changes import Place, SetData, SetNetwork, SetParameters, SetRecipe
from bpgui.training.history import Curves
from bpgui.training.patch import Patch
from bpgui.training.state import Training
from files.random_pasts import Recorder, assert_same_past, moments, random_past
from files.random_projects import assert_same_data, assert_same_project

VERSION_1 = Path(__file__).parents[1] / "data" / "version_1.bpgui"


def reopened(one: Recorder, folder: Path, **options: int) -> Recorder:
    save(one.project, folder / "kept.bpgui", **options)
    return Recorder.going_on(load(folder / "kept.bpgui"))


@cache
def changed_twice() -> Recorder:
    """A run, changed on its way, left at two places and named at one."""
    one = Recorder(small())
    one.run(45)
    one.apply(SetNetwork(structure.with_mask(one.trainer.network, "cut", [int(one.trainer.network.keys[0])], True)))
    one.run(33)
    one.timeline.name(one.trainer.training, "the knee")
    one.apply(SetRecipe({"optimizer": "adam"}), "optimizer adam")
    one.run(45)
    one.go_back(Place(0, 50))
    one.apply(SetData(one.trainer.training.data.with_split(0.25)))
    one.run(30)
    return one


@pytest.mark.timeout(600)  # with every example that there is
@examples(1_000)
@given(seed=st.integers(0, 2**32))
def test_every_past_comes_back_to_the_bit(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    one, path = random_past(seed), tmp_path_factory.getbasetemp() / "past.bpgui"
    save(one.project, path)
    opened = load(path)
    assert_same_project(opened, one.project)
    assert opened.past is not None
    assert_same_past(opened.past, one.project.past)
    first = path.read_bytes()
    save(opened, path)
    assert path.read_bytes() == first


def test_the_present_is_the_end_of_its_branch_and_what_was_one_value_is_one_again(tmp_path: Path) -> None:
    save(changed_twice().project, tmp_path / "kept.bpgui")
    opened = load(tmp_path / "kept.bpgui")
    assert opened.past is not None
    assert opened.past.here.tip.training is opened.training
    root, branch = opened.past.branches.values()
    assert root.events[0].patch.network is opened.network
    assert branch.start.training.network is opened.network
    assert branch.start.training.data is root.tip.training.data is not opened.data
    assert branch.start.training.data.X is opened.data.X
    assert root.events[1].patch.recipe is root.tip.training.recipe is not opened.recipe
    assert len({id(kept.remembered) for kept in root.checkpoints if kept.update > 45}) == 1


def test_reopened_and_continued_gives_the_bits_of_a_run_without_a_break(tmp_path: Path) -> None:
    for seed in tries(200):
        one = random_past(seed)
        again = reopened(one, tmp_path)
        for each in (one, again):
            each.run(40)
            each.apply(SetParameters(each.trainer.network.keys[-1:], np.array([0.125])))
            each.go_back(each.timeline.here(each.trainer.training)._replace(update=each.here.start.update))
            each.run(21)
        assert training_bits(one.trainer.training) == training_bits(again.trainer.training)
        assert np.array_equal(one.curves().train.last, again.curves().train.last, equal_nan=True)
        assert np.array_equal(one.curves().train.ends, again.curves().train.ends)
        assert [branch.name for branch in again.past.branches.values()] == [
            branch.name for branch in one.past.branches.values()
        ]


@pytest.mark.parametrize("checkpoint_bytes", [CHECKPOINT_BYTES, 0])
def test_every_moment_is_reached_after_reopening_also_where_few_are_kept(tmp_path: Path, checkpoint_bytes: int) -> None:
    for seed in tries(100):
        one = random_past(seed)
        again = reopened(one, tmp_path, checkpoint_bytes=checkpoint_bytes)
        for branch in one.project.past.branches.values():
            for update in np.linspace(branch.start.update, branch.tip.update, 5).astype(int).tolist():
                mine, theirs = (seek(each.past, Place(branch.id, update)) for each in (one, again))
                assert training_bits(mine.training) == training_bits(theirs.training), (seed, branch.name, update)
                assert mine.remembered == theirs.remembered
                assert mine.place == theirs.place


def test_numbers_in_float32_and_runs_in_another_dtype_stay_in_it(tmp_path: Path) -> None:
    one = Recorder(small())
    one.run(20)
    before = one.trainer.training
    one.trainer = type(one.trainer).of(before.in_dtype("float32"))
    one.timeline.changed("float32", before, one.trainer.training)
    one.run(20)
    again = reopened(one, tmp_path)
    assert [kept.training.dtype for kept in again.here.checkpoints] == ["float64"] * 3 + ["float32"] * 2
    for update in (0, 15, 20, 25, 40):
        mine, theirs = (seek(each.past, Place(0, update)).training for each in (one, again))
        assert training_bits(mine) == training_bits(theirs)


def test_large_moments_are_members_of_their_own_and_small_ones_share_few(tmp_path: Path) -> None:
    large, small_ = Recorder(digits()), Recorder(small())
    for one in (large, small_):
        one.run(30)
        one.apply(SetRecipe({"learning_rate": 0.003}))
        one.run(20)
        assert_same_past(reopened(one, tmp_path).past, one.project.past)
    members = members_of(large.project)
    assert [members[f"past.rows.{i}"].shape for i in range(6)] == [(5, large.trainer.network.parameter_count)] * 6
    assert members["past.rows.0"].nbytes >= LARGE
    assert not any(name.startswith("past.rows") for name in members_of(small_.project))


def test_thousands_of_changes_and_moments_take_few_members_and_little_time(tmp_path: Path) -> None:
    one = Recorder(small())
    for number in range(1_500):
        one.run(2)
        one.apply(SetParameters(one.trainer.network.keys[:1], np.array([number / 1e4])), f"set {number}")
    begun = monotonic()
    save(one.project, tmp_path / "many.bpgui")
    opened = load(tmp_path / "many.bpgui")
    assert monotonic() - begun < 10.0
    assert_same_past(opened.past, one.project.past)
    with zipfile.ZipFile(tmp_path / "many.bpgui") as file:
        assert len(file.infolist()) < 30


def test_a_slider_dragged_to_and_fro_has_each_of_its_recipes_in_the_file_once(tmp_path: Path) -> None:
    one = Recorder(small())
    for number in range(200):
        one.run(1)
        one.apply(SetRecipe({"learning_rate": 0.01 + 0.001 * (number % 10)}))
    document = json.loads(members_of(one.project)["project.json"].tobytes())
    assert len(document["past"]["recipes"]) == 9  # and that of the end
    save(one.project, tmp_path / "dragged.bpgui")
    assert_same_past(load(tmp_path / "dragged.bpgui").past, one.project.past)


def test_a_past_that_begins_later_than_its_branches_did_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "MOST_EVENTS", 20)
    one = Recorder(small())
    for number in range(60):
        one.run(2)
        if number == 15:
            one.go_back(Place(0, 26))
        one.apply(SetRecipe({"learning_rate": 0.01 + 0.0001 * number}))
    assert one.here.parent is None
    assert one.here.letter == "b"
    again = reopened(one, tmp_path)
    assert_same_past(again.past, one.project.past)
    update = one.here.start.update + 3
    assert training_bits(seek(again.past, Place(1, update)).training) == training_bits(
        seek(one.past, Place(1, update)).training
    )


def test_what_another_build_trained_is_marked_where_it_is_replayed_and_no_more_where_it_went_on_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Recorder(small())
    one.run(90)
    monkeypatch.setattr(project_file, "fingerprint", lambda: "another build")
    save(one.project, tmp_path / "other.bpgui")
    monkeypatch.undo()
    again = Recorder.going_on(load(tmp_path / "other.bpgui"))
    kept = again.here.checkpoints[1].update
    again.run(60)
    again = reopened(again, tmp_path)  # by this build, which knows it still
    marked = [seek(again.past, Place(0, update)).recomputed for update in (0, 5, kept, kept + 1, 90, 91, 150)]
    assert marked == [False, True, False, True, False, False, False]
    again.go_back(Place(0, 45))
    again.run(20)
    assert not seek(again.past, Place(1, 50)).recomputed


def test_errors_that_are_no_numbers_come_back(tmp_path: Path) -> None:
    one = Recorder(small())
    one.run(40)
    one.go_back(Place(0, 31))  # in the middle of an epoch, which cuts a bucket
    one.run(30)
    project = one.project
    root = project.past.branches[0]
    cut = Curves(*(history.until(5) for history in root.curves[0]))
    cut.train.last[-1] = np.nan
    cut.train.high[0] = np.inf
    branches = {**project.past.branches, 0: replace(root, curves=(cut,))}
    save(replace(project, past=Past(branches, 1)), tmp_path / "nan.bpgui")
    found = load(tmp_path / "nan.bpgui").past.branches[0].curves[0].train
    assert isnan(found.last[-1])
    assert found.high[0] == np.inf
    assert np.array_equal(found.ends, cut.train.ends)


def test_data_that_are_only_split_otherwise_are_written_once(tmp_path: Path) -> None:
    one = Recorder(small())
    for number in range(5):
        one.run(9)
        one.apply(SetData(one.trainer.training.data.with_split(0.25, number)))
    names = set(members_of(one.project))
    assert {name for name in names if name.endswith(".X")} == {"data.X"}
    assert {name for name in names if name.endswith(".validation")} >= {"data.validation", "past.data.5.validation"}
    opened = load_after_save(one, tmp_path)
    for mine, theirs in zip(one.here.events, opened.here.events, strict=True):
        assert_same_data(mine.patch.data, theirs.patch.data)
        assert theirs.patch.data.X is opened.here.tip.training.data.X


def load_after_save(one: Recorder, folder: Path) -> Past:
    save(one.project, folder / "kept.bpgui")
    past = load(folder / "kept.bpgui").past
    assert past is not None
    return past


@pytest.mark.parametrize("numbers", [{"id": 2**30 + 1}, {"run": 2**30 + 1}, {"letter": "zzzzzzz"}])
def test_branches_that_leave_no_room_for_another_are_refused(tmp_path: Path, numbers: dict[str, Any]) -> None:
    one = Recorder(small())
    one.run(20)
    project = one.project
    here = replace(project.past.here, **numbers)
    save(replace(project, past=Past({here.id: here}, here.id)), tmp_path / "far.bpgui")
    with pytest.raises(FileError, match="leaves no room for another"):
        load(tmp_path / "far.bpgui")


def test_more_branches_than_a_timeline_has_are_refused(tmp_path: Path) -> None:
    one = Recorder(small())
    one.run(2)
    project = one.project
    here = project.past.here
    branches = {id_: replace(here, id=id_, run=id_ + 1) for id_ in range(MAX_BRANCHES + 1)}
    assert MAX_BRANCHES > timeline.MOST_BRANCHES
    with pytest.raises(FileError, match=r"length <= 250 - at `\$\.past\.branches`"):
        save(replace(project, past=Past(branches, MAX_BRANCHES)), tmp_path / "many.bpgui")


def test_a_training_that_the_past_does_not_lead_to_is_a_run_of_its_own(tmp_path: Path) -> None:
    project = changed_twice().project
    edited = edits.apply(project, edits.set_recipe(project, learning_rate=0.5))[0]
    save(edited, tmp_path / "edited.bpgui")
    opened = load(tmp_path / "edited.bpgui")
    assert [branch.name for branch in opened.past.branches.values()] == ["1", "1b", "2"]
    assert opened.past.here.tip.training is opened.training
    assert opened.recipe.learning_rate == 0.5
    assert training_bits(opened.past.branches[1].tip.training) == training_bits(project.training)


def test_a_copy_of_the_same_training_is_still_the_end_of_the_past(tmp_path: Path) -> None:
    project = changed_twice().project
    copied = project.with_training(replace(project.training, state=replace(project.training.state)))
    save(copied, tmp_path / "copied.bpgui")
    assert [branch.name for branch in load(tmp_path / "copied.bpgui").past.branches.values()] == ["1", "1b"]


# How much is kept


def wide(budget: int = timeline.BUDGET) -> Recorder:
    """Moments of a megabyte each."""
    project = of_builtin("xor")
    network = bpgui.Network.dense((2, 10_000, 2), "tanh", "softmax")
    recipe = bpgui.Recipe("cross_entropy", learning_rate=1e-4)
    training = Training.begin(network, project.data, recipe)
    one = Recorder(training, budget)
    for _ in range(50):
        one.trainer.run(updates=1)
        one.timeline.advanced(one.trainer, 1.0)
    return one


def test_a_file_holds_32_megabytes_of_moments_and_those_with_a_name_and_the_ends(tmp_path: Path) -> None:
    one = wide()
    one.timeline.name_past(seek(one.past, Place(0, 33)), "here")
    assert len(one.here.checkpoints) == 51
    save(one.project, tmp_path / "wide.bpgui")
    assert 30e6 < (tmp_path / "wide.bpgui").stat().st_size < CHECKPOINT_BYTES + 3e6
    kept = load(tmp_path / "wide.bpgui").past.here.checkpoints
    seconds = [one.seconds for one in kept]
    assert len(kept) == CHECKPOINT_BYTES // (3 * one.trainer.params.vector.nbytes)
    assert np.diff(seconds).max() <= 3.0  # spread over all of the run
    save(one.project, tmp_path / "wide.bpgui", checkpoint_bytes=1)
    kept = load(tmp_path / "wide.bpgui").past.here.checkpoints
    assert [(each.update, each.name) for each in kept] == [(0, ""), (33, "here"), (50, "")]
    assert len(one.here.checkpoints) == 51


def test_moments_go_whose_neighbours_are_nearest() -> None:
    training = small()
    seconds = (0.0, 1.0, 1.5, 4.0, 8.0, 9.0, 20.0)
    kept = tuple(Checkpoint(training, seconds=each, name="x" * (each == 8.0)) for each in seconds)
    branch = replace(Recorder(training).here, checkpoints=kept, tip=kept[-1])
    past = Past({0: branch}, 0)

    def left(moments_: int) -> list[float]:
        return [one.seconds for one in past.thinned(0, moments_)[0].here.checkpoints]

    assert left(1) == [0.0, 1.5, 4.0, 8.0, 9.0, 20.0]
    assert left(2) == [0.0, 4.0, 8.0, 9.0, 20.0]
    assert left(3) == [0.0, 8.0, 9.0, 20.0]
    assert left(99) == [0.0, 8.0, 20.0]
    assert past.thinned(2 * kept[0].nbytes - 1)[1] == 2 * kept[0].nbytes
    assert past.thinned(0, 0)[0].here.checkpoints == kept


def test_a_past_that_is_too_long_for_a_file_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Recorder(small())
    one.run(40)
    monkeypatch.setattr(archive, "MAX_DOCUMENT", 2_000)
    with pytest.raises(archive.FileError, match=r"has [\d,]+ bytes, at most 2,000 can be written; forget other runs"):
        save(one.project, tmp_path / "long.bpgui")
    monkeypatch.undo()
    monkeypatch.setattr(past_reader, "MAX_PARTS", 2)
    with pytest.raises(archive.FileError, match=r"past.branches have 6 moments, events and curves, at most 2 are read"):
        save(one.project, tmp_path / "long.bpgui")


# Versions


def test_a_file_of_version_1_opens_and_goes_on_with_a_past_from_there(tmp_path: Path) -> None:
    opened = load(VERSION_1)
    assert (opened.name, opened.id, opened.pace, opened.past) == ("of version 1", "0123456789abcdef", 2.5, None)
    state = opened.training.state
    assert (state.update, state.epoch, state.position, state.slots.shape) == (23, 5, 30, (2, 42))
    assert opened.remembered == {int(opened.network.keys[1]): 0.25}
    with np.load(VERSION_1) as members:
        assert members["vector"].tobytes() == state.vector.tobytes()
        assert b'"version":1,' in members["project.json"].tobytes()
    one = Recorder.going_on(opened)
    one.run(30)
    again = reopened(one, tmp_path)
    assert again.here.start.update == 23
    assert again.trainer.update == 53
    assert training_bits(seek(again.past, Place(0, 23)).training) == training_bits(opened.training)


def test_a_project_without_a_past_stays_without(tmp_path: Path) -> None:
    save(of_builtin("xor"), tmp_path / "xor.bpgui")
    assert load(tmp_path / "xor.bpgui").past is None


def test_all_that_was_kept_can_be_trained_on(tmp_path: Path) -> None:
    save(changed_twice().project, tmp_path / "kept.bpgui")
    for kept in moments(load(tmp_path / "kept.bpgui").past):
        bpgui.Trainer.of(kept.training).run(updates=3)


def test_an_event_is_applied_to_arrays_of_its_own(tmp_path: Path) -> None:
    past = load_after_save(changed_twice(), tmp_path)
    event: Event = past.branches[0].events[0]
    patch: Patch = event.patch
    assert patch.rows.base is None or patch.rows.base.nbytes == patch.rows.nbytes
    before = seek(past, Place(0, 44)).training
    after = patch.apply(before)
    assert after.network.cut.any()
    assert not before.network.cut.any()
