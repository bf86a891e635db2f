"""What every importer promises, and how the right one is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from bpgui.data.dataset import DataError, Dataset
from bpgui.data.importers import IMPORTERS, Importer, read

EACH = pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)

GOOD = {"csv": b"a,b,kind\n" + b"".join(b"%d,%d.5,%s\n" % (i, i * i % 7, b"yn"[i % 2 : i % 2 + 1]) for i in range(10))}


def test_names_and_suffixes_are_unique() -> None:
    names = [importer.name for importer in IMPORTERS]
    suffixes = [suffix for importer in IMPORTERS for suffix in importer.suffixes]
    assert len(set(names)) == len(names)
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


@EACH
def test_a_good_file_gives_data_and_sentences(importer: Importer, tmp_path: Path) -> None:
    path = tmp_path / f"mine{importer.suffixes[0]}"
    path.write_bytes(GOOD[importer.name])
    data, notes = importer.read(path)
    assert isinstance(data, Dataset)
    assert data.name == "mine"
    assert notes
    assert all(note.endswith(".") and not note[0].islower() for note in notes)


@EACH
def test_a_file_that_is_not_there_is_refused(importer: Importer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone.csv: there is no such file in .*, wanted"):
        importer.read(tmp_path / "gone.csv")


@EACH
def test_a_folder_is_refused(importer: Importer, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder.csv: this is a folder, wanted"):
        importer.read(tmp_path / "folder.csv")


@EACH
def test_what_is_neither_file_nor_folder_is_refused(importer: Importer) -> None:
    with pytest.raises(DataError, match="zero: this is no regular file, wanted"):
        importer.read(Path("/dev/zero"))


@EACH
def test_an_empty_file_is_refused(importer: Importer, tmp_path: Path) -> None:
    for content in (b"", b"\n\n  \n", b"\xef\xbb\xbf"):
        (tmp_path / "empty.csv").write_bytes(content)
        with pytest.raises(DataError, match=r"empty.csv: there are no rows, wanted one sample a row"):
            importer.read(tmp_path / "empty.csv")


@EACH
@examples(4000)
@given(st.binary(max_size=300))
def test_random_bytes_give_data_or_a_refusal(
    importer: Importer, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(content)
    try:
        data, _ = importer.read(path)
    except DataError:
        return
    assert np.isfinite(data.X).all()


@EACH
@examples(4000)
@given(st.text(st.sampled_from("01.,;e-+ \t\n\"'nax_\r"), max_size=60))
def test_random_tables_give_data_or_a_refusal(
    importer: Importer, tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_text(content, newline="")
    try:
        data, _ = importer.read(path)
    except DataError:
        return
    assert np.isfinite(data.X).all()


def test_the_importer_is_found_by_the_suffix_in_any_case(tmp_path: Path) -> None:
    for name in ("one.CSV", "two.tsv", "three.txt"):
        (tmp_path / name).write_bytes(GOOD["csv"])
        assert read(str(tmp_path / name))[0].classes == 2


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'table.xlsx' ends in '.xlsx', files that can be read end in .csv, "):
        read(tmp_path / "table.xlsx")
    with pytest.raises(DataError, match="'table' has no suffix"):
        read(tmp_path / "table")
