"""Stamps: a file that is not what it was is seen as such."""

from __future__ import annotations

from pathlib import Path

from bpgui.files.project_file import save
from bpgui.files.stamp import Stamp
from bpgui.project.state import of_builtin


def test_a_file_keeps_its_stamp_until_it_is_written_again(tmp_path: Path) -> None:
    path, project = tmp_path / "one.bpgui", of_builtin("xor")
    save(project, path)
    first = Stamp.of(path)
    assert first is not None
    assert path.read_bytes()
    assert Stamp.of(str(path)) == first
    save(project, path)
    assert Stamp.of(path) != first


def test_a_link_has_the_stamp_of_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    (tmp_path / "link").symlink_to(tmp_path / "one")
    assert Stamp.of(tmp_path / "link") == Stamp.of(tmp_path / "one")


def test_there_is_no_stamp_where_there_is_no_file(tmp_path: Path) -> None:
    assert Stamp.of(tmp_path / "none") is None
    assert Stamp.of("a\0b") is None
