"""A save that is killed, or that the disk has no room or no rights for: the file is the old one or the new one."""

from __future__ import annotations

import errno
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support import tries

from bpgui.files.archive import FileError
from bpgui.files.project_file import load, save
from bpgui.project.state import Project, of_builtin
from files.random_pasts import Recorder, assert_same_past, random_past
from files.random_projects import assert_same_project

SAVES = """
import sys
from bpgui.files.project_file import load, save
one, other, target = sys.argv[1:]
projects = [load(one), load(other)]
save(projects[0], target)
print("begun", flush=True)
while True:
    for project in projects:
        save(project, target)
"""


@pytest.mark.timeout(900)  # with every moment that there is
def test_a_save_killed_at_any_moment_leaves_the_old_or_the_new_file_whole(tmp_path: Path) -> None:
    versions = [random_past(seed, 40).project for seed in (1, 2)]
    names = [str(tmp_path / f"{number}.bpgui") for number in range(2)]
    for project, name in zip(versions, names, strict=True):
        save(project, name)
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "killed.bpgui"
    rng, met = random.Random(1), set()
    for _ in tries(200):
        process = subprocess.Popen([sys.executable, "-c", SAVES, *names, str(target)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(rng.uniform(0.0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        opened = load(target)
        which = next(i for i, project in enumerate(versions) if len(project.past.branches) == len(opened.past.branches))
        assert_same_project(opened, versions[which])
        assert_same_past(opened.past, versions[which].past)
        met.add(which)
        drafts = [name for name in os.listdir(target.parent) if name != target.name]
        assert all(re.fullmatch(r"\.bpgui-[0-9a-f]{32}\.tmp", name) for name in drafts)
    assert met == {0, 1}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save(of_builtin("article"), tmp_path / "kept.bpgui")
    return tmp_path / "kept.bpgui"


def with_much() -> Project:
    one = Recorder(of_builtin("digits").training)
    one.run(20)
    return one.project


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have the system refuse to make a file larger than that, as it does where a disk is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("size", [0, 100, 5_000, 100_000, 300_000])
def test_a_disk_that_fills_up_on_the_way_leaves_the_old_file_and_the_work(saved: Path, size: int) -> None:
    old, project = saved.read_bytes(), with_much()
    with files_of_at_most(size), pytest.raises(FileError, match=rf"kept\.bpgui: {os.strerror(errno.EFBIG)}"):
        save(project, saved)
    assert saved.read_bytes() == old
    assert os.listdir(saved.parent) == [saved.name]
    save(project, saved)
    assert_same_project(load(saved), project)


def test_a_folder_that_cannot_be_written_in_is_refused_with_the_reason(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = saved.read_bytes()
    refused = OSError(errno.EROFS, os.strerror(errno.EROFS))
    monkeypatch.setattr(Path, "touch", lambda *_, **__: (_ for _ in ()).throw(refused))
    with pytest.raises(FileError, match=rf"kept\.bpgui: {os.strerror(errno.EROFS)}"):
        save(with_much(), saved)
    assert saved.read_bytes() == old
    assert os.listdir(saved.parent) == [saved.name]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is barred to root")
def test_a_folder_without_rights_to_write_is_refused_with_the_reason(saved: Path) -> None:
    old = saved.read_bytes()
    saved.parent.chmod(0o500)
    try:
        with pytest.raises(FileError, match=r"kept\.bpgui: Permission denied"):
            save(with_much(), saved)
    finally:
        saved.parent.chmod(0o700)
    assert saved.read_bytes() == old


def test_a_file_deleted_under_us_is_written_anew(saved: Path) -> None:
    project = replace(with_much(), name="anew")
    saved.unlink()
    save(project, saved)
    assert load(saved).name == "anew"
