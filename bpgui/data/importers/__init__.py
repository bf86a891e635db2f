"""Importers: how a file of somebody's own becomes a data set, one format a module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from bpgui.data.dataset import DataError
from bpgui.data.importers import csv_file
from bpgui.data.importers.imported import Imported


@dataclass(frozen=True)
class Importer:
    """A catalogue entry: ``read(path)`` gives the data and, in sentences, what was guessed and done.

    ``suffixes`` are those of the files it reads, in lower case with the dot. ``read`` raises DataError where the file
    cannot be used, saying where and why.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Imported]


IMPORTERS: tuple[Importer, ...] = (
    Importer("csv", "Table of numbers (CSV)", (".csv", ".tsv", ".txt", ".data"), csv_file.read),
)


def read(path: str | PathLike[str]) -> Imported:
    """Read a file with the importer for its suffix.

    DataError where no importer knows the suffix, or the file cannot be used.
    """
    suffix = Path(path).suffix.lower()
    for importer in IMPORTERS:
        if suffix in importer.suffixes:
            return importer.read(Path(path))
    known = ", ".join(suffix for importer in IMPORTERS for suffix in importer.suffixes)
    met = f"ends in {suffix!r}" if suffix else "has no suffix"
    raise DataError(f"{Path(path).name!r} {met}, files that can be read end in {known}")
