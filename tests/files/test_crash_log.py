"""Crash logs: a fault in native code leaves the stack it happened on, and nothing else leaves anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bpgui.files.crash_log import KEPT, last_crashes

CODE = """
import faulthandler, os, signal, sys
from pathlib import Path
from bpgui.files.crash_log import start

def somewhere():
    {what}

with start(Path(sys.argv[1])):
    somewhere()
"""


def run(folder: Path, what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", CODE.format(what=what), str(folder)], capture_output=True, text=True)


def test_a_fault_leaves_the_stack_that_it_happened_on(tmp_path: Path) -> None:
    assert run(tmp_path / "logs", "os.kill(os.getpid(), signal.SIGSEGV)").returncode < 0
    ((_, log),) = last_crashes(tmp_path / "logs")
    assert "Segmentation fault" in log.read_text()
    assert "in somewhere" in log.read_text()


def test_a_proper_end_and_an_exception_leave_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "pass").returncode == 0
    assert "OSError: kept" in run(tmp_path, "raise OSError('kept')").stderr
    assert not list(tmp_path.iterdir())


def test_the_log_of_a_killed_process_goes_with_the_next_start_and_that_of_a_living_one_stays(tmp_path: Path) -> None:
    run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    (empty,) = tmp_path.iterdir()
    command = [sys.executable, "-c", CODE.format(what="print(flush=True); signal.pause()"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as living:
        assert living.stdout is not None
        living.stdout.readline()
        assert run(tmp_path, "pass").returncode == 0
        assert list(tmp_path.iterdir()) == [tmp_path / f"crash-{living.pid}.log"]
        living.kill()
    assert not empty.exists()
    assert last_crashes(tmp_path) == []


def test_what_cannot_be_opened_there_stops_no_log(tmp_path: Path) -> None:
    (tmp_path / "crash-1.log").mkdir()
    assert run(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)").returncode < 0
    assert any("somewhere" in log.read_text() for _, log in last_crashes(tmp_path) if log.is_file())


def test_the_latest_crashes_are_kept(tmp_path: Path) -> None:
    logs = [tmp_path / f"crash-{9_000_000 + n}.log" for n in range(KEPT + 3)]
    for n, log in enumerate(logs):
        log.write_text("Fatal Python error")
        os.utime(log, (n, n))
    assert [path for _, path in last_crashes(tmp_path)] == logs[::-1]
    run(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)")
    kept = [path for _, path in last_crashes(tmp_path)]
    assert len(kept) == KEPT
    assert kept[1:] == logs[:-KEPT:-1]


@pytest.mark.parametrize("where", ["file/logs", "file"])
def test_where_there_can_be_no_log_the_work_goes_on(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    done = run(tmp_path / where, "print('done')")
    assert (done.returncode, done.stdout) == (0, "done\n")
