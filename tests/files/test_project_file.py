"""Project files: what is saved comes back to the bit, and a file is never left half written."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import fields, replace
from math import inf, nan
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

import bpgui
from bpgui.files import archive
from bpgui.files.archive import FileError
from bpgui.files.project_file import load, save
from bpgui.files.records import RecipeRecord
from bpgui.network.network import Block, Layer, Network
from bpgui.project.state import Project, of_builtin
from bpgui.training.fingerprint import fingerprint
from bpgui.training.optimizers import Momentum
from bpgui.training.recipe import Recipe
from bpgui.training.state import Training
from bpgui.training.stop import patience
from bpgui.training.trainer import Trainer
from files.random_projects import assert_same_project, random_project


def masked_project() -> Project:
    """Momentum, dropout, shuffled short batches, every kind of mask, patience: all that a state can hold."""
    rng = np.random.default_rng(3)
    frozen_bias = np.array([False, True, False, False, True])
    hidden = [Layer(5, "tanh", frozen_bias=frozen_bias, overrides={2: "relu"}), Layer(4, "sigmoid")]
    layers = [Layer(2), *hidden, Layer(1, "tanh")]
    blocks = [Block(s, d, rng.random(shape) < 0.3, rng.random(shape) < 0.3) for s, d, shape in (
        (0, 1, (2, 5)), (1, 2, (5, 4)), (2, 3, (4, 1)), (0, 3, (2, 1)),
    )]  # fmt: skip
    recipe = Recipe(
        optimizer=Momentum(0.8), learning_rate=0.05, batch_size=7, dropout=0.2, l1=1e-3, seed=2**64 - 1,
        stop=(patience(5, restore_best=True),),
    )  # fmt: skip
    data = of_builtin("spirals").data
    weighted = replace(data, sample_weight=rng.uniform(0.5, 2.0, len(data.X)))
    return Project(Training.begin(Network(layers, blocks), weighted, recipe), "masks")


def after(project: Project, updates: int) -> Project:
    trainer = Trainer.of(project.training)
    trainer.run(updates=updates)
    return project.with_training(trainer.training)


def test_a_run_that_is_saved_and_opened_mid_epoch_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    project = masked_project()
    whole = after(project, 37 + 200)
    save(after(project, 37), tmp_path / "half.bpgui")
    opened = load(tmp_path / "half.bpgui")
    assert opened.training.state.position > 0
    assert opened.training.state.slots.any()
    assert opened.network.cut.any()
    assert opened.network.frozen.any()
    assert after(opened, 200).training.state.same(whole.training.state)


@pytest.mark.timeout(600)  # with every example that there is
@examples(1_000)
@given(seed=st.integers(0, 2**32))
def test_every_project_comes_back_to_the_bit(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    project, path = random_project(seed), tmp_path_factory.getbasetemp() / "round.bpgui"
    save(project, path)
    opened = load(path)
    assert_same_project(opened, project)
    first = path.read_bytes()
    save(opened, path)
    assert path.read_bytes() == first


def test_the_best_error_that_is_not_yet_there_stays_infinite(tmp_path: Path) -> None:
    project = of_builtin("article")
    assert project.training.state.best == inf
    save(project, tmp_path / "new.bpgui")
    assert load(tmp_path / "new.bpgui").training.state.best == inf


@pytest.mark.parametrize("error_sum", [inf, nan])
def test_a_sum_of_errors_that_overflowed_comes_back(tmp_path: Path, error_sum: float) -> None:
    project = of_builtin("article")
    state = replace(project.training.state, error_sum=error_sum)
    save(project.with_training(replace(project.training, state=state)), tmp_path / "new.bpgui")
    found = load(tmp_path / "new.bpgui").training
    assert repr(found.state.error_sum) == repr(error_sum)
    Trainer.of(found).run(updates=1)


def test_a_file_is_an_ordinary_numpy_archive_whose_document_names_what_it_holds(tmp_path: Path) -> None:
    project = after(of_builtin("moons"), 3)
    save(project, tmp_path / "moons.bpgui")
    with np.load(tmp_path / "moons.bpgui") as members:
        document = msgspec.json.decode(bytes(members["project.json"]))
        assert np.array_equal(members["vector"], project.training.state.vector)
        assert np.array_equal(members["data.labels"], project.data.labels)
    assert (document["format"], document["version"]) == ("bpgui project", 2)
    assert document["fingerprint"] == fingerprint()
    assert document["recipe"]["loss"] == "cross_entropy"
    assert [layer["activation"] for layer in document["network"]["layers"]] == [None, "relu", "softmax"]


def test_the_document_has_every_field_of_a_recipe() -> None:
    assert [f.name for f in msgspec.structs.fields(RecipeRecord)] == [f.name for f in fields(Recipe)]


def test_the_public_names_save_and_open(tmp_path: Path) -> None:
    bpgui.save(of_builtin("xor"), tmp_path / "xor.bpgui")
    assert bpgui.load(str(tmp_path / "xor.bpgui")).name == "XOR"


def test_numpy_numbers_in_a_project_are_saved_as_numbers(tmp_path: Path) -> None:
    project = of_builtin("article")
    recipe = replace(project.recipe, learning_rate=np.float64(0.25), seed=np.int64(7))
    network = Network([Layer(2), Layer(2, "tanh", overrides={np.int64(1): "relu"}), Layer(2, "tanh")], [(0, 1), (1, 2)])
    made = Project(Training.begin(network, project.data, recipe), "numbers", pace=np.float64(2.0))
    save(made, tmp_path / "numbers.bpgui")
    assert_same_project(load(tmp_path / "numbers.bpgui"), made)


# Written whole or not at all


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "kept.bpgui"
    save(of_builtin("article"), path)
    return path


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    old = saved.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"kept\.bpgui: No space left on device"):
        save(of_builtin("xor"), saved)
    assert saved.read_bytes() == old
    assert os.listdir(saved.parent) == [saved.name]


def test_a_file_that_does_not_read_back_never_takes_the_place_of_one_that_does(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = saved.read_bytes()
    monkeypatch.setattr(archive.np, "savez", lambda file, **_: file.write(old[:-30]))
    with pytest.raises(FileError, match="its end is missing"):
        save(of_builtin("xor"), saved)
    assert saved.read_bytes() == old
    assert os.listdir(saved.parent) == [saved.name]


def test_the_numbers_are_on_the_disk_before_the_file_gets_its_name(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, rename = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("sync"), sync(handle)))
    monkeypatch.setattr(Path, "replace", lambda path, target: (done.append("rename"), rename(path, target)))
    save(of_builtin("xor"), saved)
    assert done == ["sync", "rename", "sync"]


def test_the_old_file_is_there_until_the_new_one_takes_its_name(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, rename, there = saved.read_bytes(), Path.replace, []

    def watched(path: Path, target: Path) -> Path:
        there.append(saved.read_bytes() == old)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", watched)
    save(of_builtin("xor"), saved)
    assert there == [True]
    assert load(saved).name == "XOR"


def test_a_link_stays_a_link_and_rights_stay_as_they_were(saved: Path) -> None:
    saved.chmod(0o640)
    link = saved.with_name("link.bpgui")
    link.symlink_to(saved)
    save(of_builtin("xor"), link)
    assert link.is_symlink()
    assert load(saved).name == "XOR"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o640


def test_a_new_file_gets_the_rights_that_new_files_get(tmp_path: Path) -> None:
    save(of_builtin("xor"), tmp_path / "new.bpgui")
    (tmp_path / "other").touch()
    assert (tmp_path / "new.bpgui").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere/new.bpgui", "new.bpgui: there is no folder .*nowhere to write it in"),
        ("kept.bpgui/new.bpgui", "new.bpgui: there is no folder .*kept.bpgui to write it in"),
        (".", "this is a folder, wanted a file to write"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused(saved: Path, name: str, sentence: str) -> None:
    with pytest.raises(FileError, match=sentence):
        save(of_builtin("xor"), saved.parent / name)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "x" * 2000}, r"length <= 1000 - at `\$.name`"),
        ({"name": "\udc80"}, "surrogates not allowed"),
        ({"pace": -1.0}, r"`float` > 0.0 - at `\$.pace`"),
    ],
)
def test_what_could_not_be_opened_again_is_not_saved(saved: Path, changed: dict[str, object], sentence: str) -> None:
    old = saved.read_bytes()
    with pytest.raises(FileError, match=sentence):
        save(replace(of_builtin("xor"), **changed), saved)
    assert saved.read_bytes() == old
