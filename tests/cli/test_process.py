"""The command as a process: its exit status, its pipes, a terminal, and Ctrl+C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bpgui.files.project_file import load

BPGUI = [sys.executable, "-m", "bpgui"]

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and pseudo-terminals")


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*BPGUI, *arguments], capture_output=True, text=True, **options)  # type: ignore[call-overload,no-any-return]


def test_results_messages_and_status_leave_the_process_apart(tmp_path: Path) -> None:
    done = run("train", "xor", "--epochs", "3", "-o", str(tmp_path / "some.bpgui"))
    assert done.returncode == 0
    assert done.stdout.startswith("finished: all 3 epochs are done\n")
    assert done.stderr == f"saved {tmp_path / 'some.bpgui'}\n"
    refused = run("train", "xor", "--set", "learning_rate=0")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "bpgui: error: learning_rate is a number greater than 0, got 0\n"


def test_help_and_version_are_results() -> None:
    assert re.fullmatch(r"bpgui \d+\.\d+\.\d+\S*\n", run("--version").stdout)
    for arguments in (["--help"], ["train", "--help"], ["list", "--help"]):
        done = run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("usage: bpgui")


def test_an_old_encoding_does_not_stop_a_list() -> None:
    done = run("list", "losses", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.startswith("half_sse")


def test_a_reader_that_goes_away_ends_the_run_quietly() -> None:
    command = [*BPGUI, "train", "spirals", "--epochs", "1000000", "--trace"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("[0] E = ")
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr.read() == ""


def in_a_terminal(arguments: Sequence[str]) -> tuple[subprocess.Popen[str], int]:
    """The process, whose stderr is a terminal, and the other end of that terminal."""
    import pty

    here, there = pty.openpty()
    process = subprocess.Popen(
        [*BPGUI, *arguments],
        stdout=subprocess.PIPE,
        stderr=there,
        text=True,
        env={**os.environ, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
    )
    os.close(there)
    return process, here


def read_until_closed(handle: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(handle, 65536)
        except OSError:  # how Linux says that the other end is closed
            part = b""
        if not part:
            os.close(handle)
            return b"".join(parts).decode()
        parts.append(part)


@posix
def test_ctrl_c_leaves_the_curve_the_result_and_the_project_with_status_130(tmp_path: Path) -> None:
    path = tmp_path / "some.bpgui"
    arguments = ["train", "spirals", "--epochs", "1000000000", "-o", str(path)]
    process, terminal = in_a_terminal(arguments)
    with process:
        seen = os.read(terminal, 100)  # the title: training begins
        process.send_signal(signal.SIGINT)
        shown = seen.decode() + read_until_closed(terminal)
        assert process.stdout is not None
        told = process.stdout.read()
        assert process.wait(30) == 130
    project = load(path)
    update = project.training.state.update
    assert f"stopped: stopped by hand at update {update:,}\n" in told
    assert re.search(r"error 0\.\d+  accuracy", told)
    assert shown.startswith("Spirals: 2-8-8-1, 105 parameters, 240 samples")
    assert "Traceback" not in shown


@posix
def test_a_terminal_shows_the_curve_at_most_ten_times_a_second() -> None:
    process, terminal = in_a_terminal(["train", "spirals", "--set", "stop=seconds:1", "--epochs", "1000000000"])
    with process:
        shown = read_until_closed(terminal)
        assert process.wait(30) == 0
    frames = re.findall(r"epoch ([\d,]+) of 1,000,000,000  error 0\.\d+  [\d,]+ epochs/s", shown)
    epochs = [int(frame.replace(",", "")) for frame in frames]
    assert 1 <= len(frames) <= 12  # few where the machine has much else to do
    assert epochs == sorted(set(epochs))
    assert "█" in shown
