"""`bpgui lesson --check` and `bpgui list lessons`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpgui.cli import main
from bpgui.lessons.catalogue import LESSONS
from tests.lessons.lesson_text import FRONT


@pytest.mark.parametrize("name", [entry.name for entry in LESSONS])
def test_a_lesson_that_comes_along_is_found_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    steps = {"understanding_backpropagation": 9}.get(name, 6)
    assert main(["lesson", name, "--check"]) == 0
    assert capsys.readouterr() == (f"no problems in {steps} steps\n", "")


def test_problems_are_results_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.md").write_text(FRONT + "# A\n{x 7}\n\n{y 9}\n")
    assert main(["lesson", "my.md", "--check"]) == 2
    assert capsys.readouterr() == (
        "my.md:7: {x 7}: there is no input 7; there are 0 to 1\n"
        "my.md:9: {y 9}: there is no output 9; there are 0 to 1\n",
        "",
    )


REFUSED = {
    "nope --check": "there is no file 'nope' and no lesson of that name; known: understanding_backpropagation, xor_",
    "folder --check": "'folder' is a folder, wanted a lesson, a Markdown file",
    "--check": "the following arguments are required: NAME|FILE",
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_no_lesson_is_refused_in_one_line(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    assert main(["lesson", *line.split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"bpgui: error: {REFUSED[line]}")
    assert err.count("\n") == 1


def test_lessons_are_listed_with_what_they_are_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "lessons"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [entry.name for entry in LESSONS]
    assert all(entry.label in line and entry.summary in line for entry, line in zip(LESSONS, listed, strict=True))
