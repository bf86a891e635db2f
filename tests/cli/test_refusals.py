"""What cannot be is refused in one line, with status 2, before any training; what the machine lacks has status 3."""

from __future__ import annotations

import os
import random
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bpgui.cli import display, main
from bpgui.files.project_file import save
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer

REFUSED = {
    "train": "the following arguments are required: NAME|FILE",
    "train xor --colour": "unrecognized arguments: --colour",
    "train nope": "there is no file 'nope' and no data set of that name; known: article, xor, circles",
    "train nope.bpgui": "there is no file 'nope.bpgui' and no data set of that name; known: article",
    "train empty.csv": "empty.csv: there are no rows, wanted one sample a row",
    "train ragged.csv": "ragged.csv: line 3 has 2 cells, wanted 3 as in most lines",
    "train text.csv": "text.csv: line 3, column 1 'a': 'two' is text, wanted a number",
    "train nan.csv": "nan.csv: line 2, column 1: 'nan' cannot be trained on, wanted a ",
    "train picture.png": "'picture.png' ends in '.png', files that can be read end in .csv",
    "train folder": "'folder' is a folder, wanted a project (.bpgui) or a table (.csv)",
    "train folder.csv": "'folder.csv' is a folder, wanted a project",
    "train folder.bpgui": "'folder.bpgui' is a folder, wanted a project",
    "train random.bpgui": "random.bpgui: this is no bpgui project: it is no zip archive",
    "train random.csv": "random.csv: ",
    "train xor --epochs -1": "argument --epochs: wanted a whole number from 0 to 1,000,000,000,000, got '-1'",
    "train xor --epochs 1.5": "argument --epochs: wanted a whole number from 0 to 1,000,000,000,000, got '1.5'",
    "train xor --epochs " + "9" * 30: "argument --epochs: wanted a whole number from 0 to 1,000,000,000,000, got '999",
    "train xor --seed -1": "argument --seed: wanted a whole number from 0 to 18,446,744,073,709,551,615, got '-1'",
    "train xor --seed 18446744073709551616": "argument --seed: wanted a whole number from 0 to",
    "train xor --set seed=-1": "a seed is a whole number from 0 to 2**64 - 1, got -1",
    "train xor --set seed=1 --seed 2": "seed is given twice, by --seed and by --set",
    "train xor --set epochs=1 --epochs 2": "epochs is given twice, by --epochs and by --set",
    "train xor --set epochs=-1": "epochs is a whole number from 0 to 1,000,000,000,000, got -1",
    "train xor --set learning_rate=0": "learning_rate is a number greater than 0, got 0",
    "train xor --set learning_rate=-0.1": "learning_rate is a number greater than 0, got -0.1",
    "train xor --set learning_rate=nan": "learning_rate is a number greater than 0, got nan",
    "train xor --set learning_rate=inf": "learning_rate is a number greater than 0, got inf",
    "train xor --set learning_rate=fast": "learning_rate is a number greater than 0, got 'fast'",
    "train xor --set learning_rate=": "learning_rate is a number greater than 0, got ''",
    "train xor --set batch_size=0": "batch_size is a whole number from 1 on, or 'full', got 0",
    "train xor --set shuffle=maybe": "shuffle is true or false, got 'maybe'",
    "train xor --set dropout=1": "dropout is at least 0 and less than 1, got 1",
    "train xor --set loss=hope": "unknown loss 'hope'; known: half_sse, mse, mae, huber, binary_cross_entropy, ",
    "train xor --set optimizer=luck": "unknown optimizer 'luck'; known: sgd, momentum",
    "train xor --set schedule=none": "unknown schedule 'none'; known: constant",
    "train xor --set colour=red": "unknown key 'colour'; known: loss, optimizer, learning_rate, batch_size, epochs",
    "train xor --set optimizer.momentum=0.5": "unknown key 'optimizer.momentum'; known: loss, ",
    "train spirals --set optimizer.momentum=much": "optimizer.momentum is a number, got 'much'",
    "train spirals --set optimizer.momentum=1": "momentum is at least 0 and less than 1, got 1",
    "train xor --set learning_rate": "--set wants KEY=VALUE, got 'learning_rate'",
    "train xor --set l1=0 --set l1=1": "'l1' is set twice, to '0' and '1'",
    "train xor --set stop=hope:1": "unknown stop rule 'hope'; known: error_below, patience, seconds, as in",
    "train xor --set stop=patience:2.5": "patience: epochs is a whole number from 1 to 1,000,000,000,000, got 2.5",
    "train xor --set stop=patience:0": "patience: epochs is a whole number from 1 to 1,000,000,000,000, got 0",
    "train xor --set stop=patience:99999999999999999999": "patience: epochs is a whole number from 1 to",
    "train xor --set stop=patience": "patience is a number, got ''",
    "train xor --set layers=2-0-1": "a layer needs 1 to 100,000 units, got 0",
    "train xor --set layers=2": "layers are sizes such as 2-8-8-1, inputs first, got '2'",
    "train xor --set layers=2--1": "layers are sizes such as 2-8-8-1, inputs first, got '2--1'",
    "train xor --set layers=2-99999999-1": "a layer needs 1 to 100,000 units, got 99999999",
    "train xor --set layers=2-90000-90000-1": "8,100,450,001 parameters; at most 50,000,000 are supported",
    "train xor --set layers=3-4-1": "layers=3-4-1 begins with 3 inputs, the data have 2",
    "train xor --set layers=2-4-3": "2 classes need 1 or 2 outputs; the network has 3",
    "train regression --set layers=2-4-3": "the data have 1 target column, one for each output; the network has 3",
    "train xor --set layers=2-1 --set activation=relu": "activation=relu is for hidden layers, the network has none",
    "train xor --set activation=cosh": "unknown activation 'cosh'; known: linear, sigmoid, tanh, relu, leaky_relu",
    "train xor --set output=cosh": "unknown activation 'cosh'; known: ",
    "train xor --set output=tanh --set loss=cross_entropy": "loss 'cross_entropy' needs 'softmax' outputs, the network",
    "train article --set loss=cross_entropy": "cross_entropy needs targets from 0 on that sum to 1",
    "train moons --set data.noise=9": "noise of 'moons' is a number from 0 to 0.3, got 9",
    "train moons --set data.noise=loud": "data.noise is a number, got 'loud'",
    "train moons --set data.samples=2.5": "samples of 'moons' is a whole number, got 2.5",
    "train article --set data.noise=0.1": "noise of 'article' cannot be chosen, the data are fixed",
    "train good.csv --set data.noise=0.1": "data.noise is for built-in data, 'good.csv' is a file",
    "train done.bpgui --seed 4": "another seed draws other first weights; --restart begins the project anew",
    "train done.bpgui --set seed=4": "another seed draws other first weights; --restart begins the project anew",
    "train done.bpgui --set layers=2-3-1": "other layers are another network; --restart begins it anew",
    "train xor -o nowhere/x.bpgui": "x.bpgui: there is no folder",
    "train xor -o good.csv/x.bpgui": "x.bpgui: there is no folder",
    "train xor -o folder.bpgui": "folder.bpgui: this is a folder, wanted a file to write",
    "train xor -o x.csv": "-o x.csv: the name of a project ends in .bpgui",
    "train xor -o locked/x.bpgui": "x.bpgui: Permission denied",
    "train xor --trace --json": "--trace and --json both print on stdout; choose one",
    "train xor --trace --epochs 1000001": "a trace has at most 1,000,000 lines, got 1,000,001 epochs",
    "train xor --as-printed": "--as-printed is the rule of the article, it does not know 'xor'",
    "train article --as-printed --set learning_rate=1": "--as-printed runs the article as it is, without --set",
    "train article --as-printed -o x.bpgui": "--as-printed runs the article as it is, without --output",
    "train article --as-printed --seed 0": "--as-printed runs the article as it is, without --seed",
    "train article --as-printed --trace --json": "--trace and --json both print on stdout; choose one",
    "list": "the following arguments are required: WHAT",
    "list colours": "argument WHAT: invalid choice: 'colours' (choose from ",
    "nope.bpgui": "'nope.bpgui' is neither a file nor a command; commands: train, list",
    "trian xor": "unrecognized arguments: xor",
    "folder": "'folder' is a folder",
}


@pytest.fixture(autouse=True)
def in_a_folder_with_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")  # a way to show a window, wherever this runs
    files = {
        "empty.csv": "",
        "ragged.csv": "1,2,3\n4,5,6\n7,8\n",
        "text.csv": "a,b\n1,2\ntwo,3\n4,5\n",
        "nan.csv": "1,2\nnan,3\n4,6\n",
        "good.csv": "1,2\n2,3\n4,6\n5,1\n",
        "picture.png": "",
    }
    for name, content in files.items():
        Path(name).write_text(content)
    for name in ("random.bpgui", "random.csv"):
        Path(name).write_bytes(random.Random(1).randbytes(4000))
    for name in ("folder", "folder.csv", "folder.bpgui"):
        Path(name).mkdir()
    done = of_builtin("xor")
    trainer = Trainer.of(done.training)
    trainer.run(updates=1)
    save(done.with_training(trainer.training), "done.bpgui")
    lock(Path("locked"), monkeypatch)


def lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder that nothing can be written to, also not by root, for whom rights are no hindrance."""
    folder.mkdir()
    touch = Path.touch

    def refuse(path: Path, *args: Any, **kwargs: Any) -> None:
        if path.parent.name == folder.name:
            raise PermissionError(13, "Permission denied")
        touch(path, *args, **kwargs)

    monkeypatch.setattr(Path, "touch", refuse)


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_is_refused_in_one_line_before_any_training(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "run", None)
    before = sorted(os.listdir())
    assert main(line.split(" ")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    # What is told of a table that was read stands above the refusal.
    refusal = err.splitlines()[-1]
    assert refusal.startswith("bpgui: error: ")
    assert REFUSED[line] in refusal
    assert err.count("bpgui: error: ") == 1
    assert "Traceback" not in err
    assert sorted(os.listdir()) == before


def test_what_a_library_is_missing_for_is_told_with_status_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    assert main(["train", "digits"]) == 3
    assert capsys.readouterr().err == (
        "bpgui: error: the digits come with scikit-learn, which is not installed; "
        'pip install "bpgui[sklearn]" brings it\n'
    )


def test_too_little_memory_is_told_with_status_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(Trainer, "of", no_memory)
    assert main(["train", "xor"]) == 3
    assert capsys.readouterr().err == "bpgui: error: there is not enough memory for this\n"


# The window


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What a stand-in for the window was opened with."""
    opened: list[str | None] = []
    application = ModuleType("bpgui.gui.application")
    application.main = lambda path, lesson: opened.append(lesson or path) or 5  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bpgui.gui.application", application)
    return opened


def test_a_file_or_nothing_opens_the_window_and_its_status_is_passed_on(window: list[str | None]) -> None:
    assert main([]) == 5
    assert main(["done.bpgui"]) == 5
    assert main(["good.csv"]) == 5
    assert window == [None, "done.bpgui", "good.csv"]


def test_a_lesson_opens_the_window_by_its_name_or_its_file(window: list[str | None]) -> None:
    Path("mine.md").write_text("anything; the window says what is wrong with it")
    assert main(["lesson", "the_learning_rate"]) == 5
    assert main(["lesson", "mine.md"]) == 5
    assert window[0] is not None
    assert window[0].endswith("the_learning_rate.md")
    assert window[1] == "mine.md"


def test_a_command_wins_over_a_file_of_its_name(window: list[str | None], capsys: pytest.CaptureFixture[str]) -> None:
    Path("list").touch()
    assert main(["list", "schedules"]) == 0
    assert capsys.readouterr().out.startswith("constant")
    assert main(["./list"]) == 5
    assert window == ["./list"]


def test_a_window_that_cannot_be_loaded_is_told_with_status_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bpgui.gui.application", None)
    assert main([]) == 3
    assert capsys.readouterr().err.startswith("bpgui: error: the window does not start here: ")


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    return monkeypatch


@pytest.mark.usefixtures("no_display")
def test_without_a_display_one_line_says_so_with_status_3(
    window: list[str | None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 3
    assert capsys.readouterr() == (
        "",
        "bpgui: error: there is no display for a window (neither DISPLAY nor WAYLAND_DISPLAY is set); "
        "`bpgui train` needs none\n",
    )
    assert window == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("DISPLAY", ":4711"), ("DISPLAY", "unix:4711.0"), ("DISPLAY", "127.0.0.1:59000"), ("WAYLAND_DISPLAY", "gone-0")],
)
def test_a_display_that_does_not_answer_is_none(no_display: pytest.MonkeyPatch, name: str, value: str) -> None:
    no_display.setenv(name, value)
    assert f"{name}={value}, where nothing answers" in display.missing()


def test_a_display_that_answers_or_is_named_in_another_way_is_one(no_display: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("wayland-7")  # in the current folder: a path of a socket has to be short
        server.listen()
        no_display.setenv("XDG_RUNTIME_DIR", ".")
        no_display.setenv("WAYLAND_DISPLAY", "wayland-7")
        assert display.missing() == ""
    no_display.delenv("WAYLAND_DISPLAY")
    with socket.create_server(("127.0.0.1", 0)) as server:
        no_display.setenv("DISPLAY", f"127.0.0.1:{server.getsockname()[1] - 6000}.0")
        assert display.missing() == ""
    no_display.setenv("DISPLAY", "/private/tmp/launch/org.xquartz:0")
    assert display.missing() == ""
