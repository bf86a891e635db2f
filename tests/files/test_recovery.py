"""Journals: after a crash all work but the last moments is offered, once, to one window, and never half of it."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tracemalloc
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project.test_timeline import small
from support import examples, tries

from bpgui.files import archive, frames, recovery
from bpgui.files.archive import FileError
from bpgui.files.frames import HEAD, MAGIC, Frames, digest_of
from bpgui.files.recovery import OLD, Found, Journal, abandoned
from bpgui.project.past import Past
from bpgui.project.state import Project, of_builtin
from bpgui.training.trainer import Trainer
from files.random_pasts import Recorder
from files.random_projects import assert_same_project, random_project
from files.test_damaged_files import LONG, spoil


def after(project: Project, updates: int) -> Project:
    trainer = Trainer.of(project.training)
    trainer.run(updates=updates)
    return project.with_training(trainer.training)


def crash(journal: Journal) -> Path:
    """Let go of a journal as a process does that is killed; where it is."""
    assert journal._lock is not None
    journal._lock.release()
    return journal._path


def leave_behind(folder: Path, *projects: Project) -> None:
    """Write these to a journal, and crash."""
    journal = Journal(folder)
    for project in projects:
        journal.write(project)
    crash(journal)


@contextmanager
def process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs some Python, in which this module's names are known."""
    command = [sys.executable, "-c", f"from files.test_recovery import *\n{code}", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        try:
            yield child
        finally:
            child.kill()


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


# What is written is offered


@examples(200)
@given(seed=st.integers(0, 2**32))
def test_the_last_of_several_projects_comes_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("recovery")
    projects = [random_project(seed), after(random_project(seed), 3), random_project(seed + 1)]
    leave_behind(folder, *projects)
    (found,) = abandoned(folder)
    assert_same_project(found.project(), projects[-1])


def test_what_is_found_says_what_it_is(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for path in ("/home/a/before.bpgui", os.fsdecode(b"/home/a/\xff then.bpgui")):
        journal.write(of_builtin("xor"), path)
    journal_path = crash(journal)
    leave_behind(tmp_path, of_builtin("moons"))
    new, old = abandoned(tmp_path)
    assert (old.path, old.name) == (path, Path(path).stem)
    assert (new.path, new.name) == ("", of_builtin("moons").name)
    assert old.size == journal_path.stat().st_size
    assert old.written <= new.written


def test_a_window_that_ends_as_it_should_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "recovery")
    journal.close()
    assert not any(tmp_path.glob("recovery"))
    for _ in range(2):
        journal.write(of_builtin("xor"))
        journal.close()
        assert not list((tmp_path / "recovery").iterdir())


def test_nothing_is_found_where_there_is_no_folder(tmp_path: Path) -> None:
    assert abandoned(tmp_path / "none") == []


def test_journals_are_in_the_platforms_folder_for_data(tmp_path: Path) -> None:
    assert recovery.default_folder().is_relative_to(tmp_path)  # where the tests have it
    assert recovery.default_folder().name == "recovery"


def test_a_frame_is_on_the_disk_when_it_counts_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, synced, sync = Journal(tmp_path), [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle)), sync(handle)))
    for project in (of_builtin("article"), of_builtin("xor")):
        journal.write(project)
        now = journal._path.stat()
        assert (now.st_ino, now.st_size) in [(each.st_ino, each.st_size) for each in synced]
    journal.close()


# One owner


def test_the_journal_of_a_living_window_is_not_offered_until_it_is_killed(tmp_path: Path) -> None:
    code = "j = Journal(Path(sys.argv[1])); j.write(of_builtin('xor')); say('written'); signal.pause()"
    with process(code, tmp_path) as child:
        assert line(child) == "written"
        assert abandoned(tmp_path) == []
        child.kill()
        child.wait()
        (found,) = abandoned(tmp_path)
        assert_same_project(replace(found.project(), id=""), replace(of_builtin("xor"), id=""))


def test_of_two_windows_only_one_gets_what_was_left(tmp_path: Path) -> None:
    leave_behind(tmp_path, of_builtin("xor"))
    (one,), (other,) = abandoned(tmp_path), abandoned(tmp_path)
    assert one.take()
    assert one.take()
    assert not other.take()
    assert abandoned(tmp_path) == []
    other.discard()
    assert one.project().name == of_builtin("xor").name
    one.discard()
    assert not list(tmp_path.iterdir())
    assert not other.take()
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileError, match=rf"^{other.name}: No such file"):
        other.project()


def test_a_lock_that_lost_its_name_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def seize(_: int) -> None:
        (tmp_path / "one.lock").unlink()

    monkeypatch.setattr("bpgui.files.lock._seize", seize)
    assert recovery.Lock.take(tmp_path / "one.lock") is None


# Killed, torn, spoilt


def keep_writing(folder: Path) -> None:
    """Write frames without end, each after one more update, and tell of each that is written."""
    recovery.SLACK = 10_000  # so that it is often written anew
    journal, project = Journal(folder), replace(of_builtin("article"), id="killed")
    trainer = Trainer.of(project.training)
    while True:
        journal.write(project.with_training(trainer.training))
        say(trainer.update)
        trainer.run(updates=1)


@LONG
def test_a_process_that_is_killed_loses_nothing_that_was_written(tmp_path: Path) -> None:
    rng = random.Random(0)
    first = replace(of_builtin("article"), id="killed")
    for turn in tries(200):
        folder = tmp_path / str(turn)
        with process("keep_writing(Path(sys.argv[1]))", folder) as child:
            told = [line(child)]
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(rng.uniform(0.0, 0.05))
            child.kill()
            assert child.stdout is not None
            told += child.stdout.read().split()
        (found,) = abandoned(folder)
        project = found.project()
        update = project.training.state.update
        assert update - int(told[-1]) in (0, 1)
        assert_same_project(project, after(first, update))


@cache
def three() -> tuple[list[Project], bytes, list[int]]:
    """Three projects, their journal, and where the frame of each ends."""
    ends, projects = [], [replace(after(of_builtin("article"), n), name=f"{n}") for n in range(3)]
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        for project in projects:
            journal.write(project)
            ends.append(journal._path.stat().st_size)
        return projects, crash(journal).read_bytes(), ends


def test_a_journal_that_is_cut_off_anywhere_gives_its_last_whole_frame() -> None:
    projects, content, ends = three()
    assert ends[0] < ends[1] < ends[2] == len(content)
    for cut in range(len(content) + 1):
        index = Frames(io.BytesIO(content[:cut])).newest
        whole = sum(end <= cut for end in ends)
        assert (index.name if index else None) == (projects[whole - 1].name if whole else None)


def test_a_torn_frame_is_followed_by_whole_ones(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(of_builtin("article"))
    with journal._path.open("ab") as file:
        file.write(MAGIC + b"torn")
    journal.write(of_builtin("xor"))
    crash(journal)
    assert abandoned(tmp_path)[0].project().name == of_builtin("xor").name


@LONG
@examples(10_000)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_journal_gives_what_was_written_or_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    projects, content, _ = three()
    folder = tmp_path_factory.getbasetemp() / "spoilt"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "one.journal").write_bytes(spoil(content, random.Random(seed)))
    for found in abandoned(folder):
        assert_same_project(found.project(), projects[int(found.name)])


def test_a_block_that_is_damaged_costs_only_the_frames_that_need_it(tmp_path: Path) -> None:
    projects, content, ends = three()
    path = tmp_path / "one.journal"
    for damaged, expected in ((2, "1"), (1, "2")):
        start = ends[damaged - 1]
        body = start + HEAD.size + HEAD.unpack_from(content, start)[1]
        # What comes first is the document, which is another in each.
        path.write_bytes(content[:body] + b"?" + content[body + 1 :])
        (found,) = abandoned(tmp_path)
        assert found.name == expected
        assert_same_project(found.project(), projects[int(expected)])


# Made up or hostile


def frame(body: bytes = b"", **changed: Any) -> bytes:
    """A frame with right digests, whatever it says."""
    whole = {"name": "", "path": "", "written": 0.0, "sizes": [], "members": {}} | changed
    text = json.dumps(whole).encode()
    return HEAD.pack(MAGIC, len(text), digest_of(text)) + text + body


def digest(block: bytes) -> str:
    return b64encode(digest_of(block)).decode()


BLOCK = bytes(frames.BLOCK)
HOSTILE = {
    "no such block": frame(members={"a": [digest(b"x")]}),
    "a size too many": frame(BLOCK, sizes=[1, 2], members={"a": [digest(b"\0")]}),
    "a size beyond the end": frame(b"abc", sizes=[frames.BLOCK], members={"a": [digest(b"abc")]}),
    "a size beyond all bounds": frame(b"abc", sizes=[2**62], members={"a": [digest(b"abc")]}),
    "a size of nothing": frame(b"", sizes=[0], members={"a": [digest(b"")]}),
    "a block many times": frame(BLOCK, sizes=[len(BLOCK)], members={"a": [digest(BLOCK)] * 9000}),
    "another block": frame(b"abc", sizes=[3], members={"a": [digest(b"abd")]}),
    "an index beyond all bounds": HEAD.pack(MAGIC, 2**32 - 1, bytes(16)),
    "no index": HEAD.pack(MAGIC, 0, digest_of(b"")),
    "a time that never comes": frame(written=1e300),
    "more than it may say": frame(more=1),
    "a long name": frame(name="x" * 2000),
    "depth": HEAD.pack(MAGIC, 10**5, digest_of(b"[" * 10**5)) + b"[" * 10**5,
    "nothing": b"",
    "a head alone": MAGIC,
    "zeros": bytes(10**6),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_journal_that_holds_nothing_whole_is_removed_and_takes_no_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "one.journal").write_bytes(content)
    tracemalloc.start()
    assert abandoned(tmp_path) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000
    assert not list(tmp_path.iterdir())


def test_a_journal_that_is_longer_than_any_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "one.journal").open("wb") as file:
        file.write(three()[1])
        file.truncate(2**40)
    with pytest.raises(FileError, match="it has 1,099,511,627,776 bytes, at most 553,648,156 can be read"):
        Found(tmp_path / "one.journal")


@pytest.mark.parametrize("member", ["../../evil", "/evil", "evil", "a\0b", ""])
def test_a_frame_that_holds_no_project_is_kept_and_refused(tmp_path: Path, member: str) -> None:
    (tmp_path / "one.journal").write_bytes(frame(b"abc", sizes=[3], members={member: [digest(b"abc")]}, name="evil"))
    (found,) = abandoned(tmp_path)
    with pytest.raises(FileError, match=r"^evil: recovered.bpgui: it has no member project.json"):
        found.project()
    assert (tmp_path / "one.journal").exists()


def test_what_is_no_file_is_left_alone_and_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "folder.journal").mkdir()
    os.mkfifo(tmp_path / "pipe.journal")
    before = sorted(tmp_path.iterdir())
    assert abandoned(tmp_path) == []
    assert sorted(tmp_path.iterdir()) == before


def test_locks_and_drafts_of_the_dead_are_removed(tmp_path: Path) -> None:
    now, draft, old = (tmp_path / name for name in ("one.lock", ".bpgui-new.tmp", ".bpgui-old.tmp"))
    for path in (now, draft, old):
        path.touch()
    os.utime(old, (old.stat().st_mtime - OLD - 1,) * 2)
    living = recovery.Lock.take(tmp_path / "living.lock")
    assert living is not None
    assert abandoned(tmp_path) == []
    assert sorted(tmp_path.iterdir()) == [draft, tmp_path / "living.lock"]
    living.release()


# Size


def test_what_has_not_changed_is_not_written_again(tmp_path: Path) -> None:
    project = of_builtin("digits")
    journal = Journal(tmp_path)
    journal.write(project)
    first = journal._path.stat().st_size
    assert first > project.data.X.nbytes
    journal.write(after(project, 1))
    numbers = sum(getattr(after(project, 1).training.state, name).nbytes for name in ("vector", "slots", "best_vector"))
    assert journal._path.stat().st_size - first < numbers + 10_000
    journal.close()


def test_what_grows_at_its_end_is_written_only_there() -> None:
    rows = np.random.default_rng(0).normal(size=(1000, 100))
    before = frames.taken_apart({"past": rows[:900]})[1]
    now = frames.taken_apart({"past": rows})[1]
    assert sum(len(block) for digest, block in now.items() if digest not in before) < 200_000


def test_a_journal_is_written_anew_before_it_is_long_and_holds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "SLACK", 1)
    journal, sizes = Journal(tmp_path), []
    for n in range(50):
        project = after(of_builtin("article"), n)
        journal.write(project)
        sizes.append(journal._path.stat().st_size)
    assert max(sizes) < (recovery.GROWTH + 0.5) * sizes[0]
    assert sum(later < earlier for earlier, later in pairwise(sizes)) in range(2, 25)
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".journal", ".lock"]
    crash(journal)
    assert_same_project(abandoned(tmp_path)[0].project(), project)


def test_what_went_when_it_was_written_anew_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "SLACK", 1)
    monkeypatch.setattr(recovery, "GROWTH", 2)
    projects = [random_project(seed) for seed in range(6)]
    journal, rng = Journal(tmp_path), random.Random(0)
    for _ in range(60):
        project = rng.choice(projects)
        journal.write(project)
        assert_same_project(Found(journal._path).project(), project)
    journal.close()


def test_the_indexes_of_a_journal_stay_within_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (frames, recovery):
        monkeypatch.setattr(module, "MAX_INDEXES", 3000)
    journal, sizes = Journal(tmp_path), []
    for n in range(20):
        journal.write(replace(of_builtin("article"), name=f"{n}"))
        sizes.append(journal._path.stat().st_size)
    assert any(later < earlier for earlier, later in pairwise(sizes))
    assert sum(later <= earlier for earlier, later in pairwise(sizes)) < 10  # most are added to what is there
    crash(journal)
    assert abandoned(tmp_path)[0].name == "19"


@pytest.mark.parametrize(
    ("bound", "sentence"),
    [
        ("MAX_PROJECT", "the project has .* bytes, at most 500 can be kept"),
        ("MAX_INDEXES", "the list of its blocks has .* bytes, at most 500 can be kept"),
    ],
)
def test_a_project_that_is_too_large_is_refused_and_the_one_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, sentence: str
) -> None:
    journal = Journal(tmp_path)
    journal.write(of_builtin("article"))
    with monkeypatch.context() as patch:
        patch.setattr(frames, bound, 500)
        with pytest.raises(FileError, match=sentence):
            journal.write(of_builtin("xor"))
    crash(journal)
    assert abandoned(tmp_path)[0].name == of_builtin("article").name


@pytest.mark.parametrize(("name", "path"), [("x" * 2000, ""), ("xor", "x" * 70_000)])
def test_what_could_not_be_opened_again_does_not_pass_for_safe(tmp_path: Path, name: str, path: str) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(FileError, match=r"length <= \d+ - at `\$.(name|path)`"):
        journal.write(replace(of_builtin("xor"), name=name), path)
    journal.close()


def test_a_past_that_could_not_be_opened_again_does_not_pass_for_safe(tmp_path: Path) -> None:
    one = Recorder(small())
    one.run(50)
    past = one.project.past
    assert past is not None
    late = replace(past.here.tip, events=1)
    journal = Journal(tmp_path)
    with pytest.raises(FileError, match=r"past\.branches\[0\]: event 1 is wanted"):
        journal.write(replace(one.project, past=Past({0: replace(past.here, checkpoints=(past.here.start, late))}, 0)))
    assert abandoned(tmp_path) == []
    journal.close()


def test_a_journal_that_does_not_read_back_never_takes_the_place_of_one_that_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    journal.write(of_builtin("article"))
    monkeypatch.setattr(recovery, "SLACK", 1)
    monkeypatch.setattr(recovery, "GROWTH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(recovery, "encode", lambda index: frames.encode(index)[:-1] + b"?")
        with pytest.raises(FileError, match="nothing in it is whole"):
            journal.write(of_builtin("xor"))
    assert Found(journal._path).name == of_builtin("article").name
    journal.close()


# Places that cannot be written


def test_where_there_can_be_no_folder_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    journal = Journal(tmp_path / "data" / "recovery")
    for _ in range(2):
        with pytest.raises(FileError, match=r"data/recovery: Not a directory"):
            journal.write(of_builtin("xor"))
    (tmp_path / "data").unlink()
    journal.write(of_builtin("xor"))
    crash(journal)
    assert len(abandoned(tmp_path / "data" / "recovery")) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is barred to root")
def test_a_folder_that_is_read_only_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="Permission denied"):
        Journal(tmp_path).write(of_builtin("xor"))
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("what", ["*", "*.journal", "*.lock"])
def test_what_is_deleted_underneath_is_made_again(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "recovery"
    journal = Journal(folder)
    journal.write(of_builtin("article"))
    for path in folder.glob(what):
        path.unlink()
    if what == "*":
        folder.rmdir()
    project = of_builtin("xor")
    journal.write(project)
    assert all(found.name != project.name for found in abandoned(folder))
    crash(journal)
    assert_same_project(abandoned(folder)[0].project(), project)


def fill_the_disk(folder: Path) -> None:
    """Write while there is room for a part of the next frame only, then while there is room."""
    journal = Journal(folder)
    journal.write(of_builtin("article"))
    size = journal._path.stat().st_size
    for room in (0, 10, 2000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, resource.RLIM_INFINITY))
        try:
            journal.write(of_builtin("xor"))
        except FileError as error:
            say(f"{error}, {journal._path.stat().st_size - size} bytes more")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    journal.write(of_builtin("moons"))
    say("written")
    signal.pause()


def test_a_full_disk_is_said_and_the_next_frame_goes_where_there_is_room(tmp_path: Path) -> None:
    with process("fill_the_disk(Path(sys.argv[1]))", tmp_path) as child:
        said = [line(child) for _ in range(4)]
    assert said == [*[f"{tmp_path}: File too large, 0 bytes more"] * 3, "written"]
    assert abandoned(tmp_path)[0].name == of_builtin("moons").name


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_a_journal_that_cannot_be_written_anew_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    journal = Journal(tmp_path)
    journal.write(of_builtin("article"))
    monkeypatch.setattr(recovery, "SLACK", 1)
    monkeypatch.setattr(recovery, "GROWTH", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os if at == "fsync" else archive.Path, at, full)
        with pytest.raises(FileError, match="No space left on device"):
            journal.write(of_builtin("xor"))
    assert Found(journal._path).name == of_builtin("article").name
    assert len(list(tmp_path.iterdir())) == 2
    journal.write(of_builtin("moons"))
    assert Found(journal._path).name == of_builtin("moons").name
    journal.close()
