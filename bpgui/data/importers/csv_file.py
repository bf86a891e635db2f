"""CSV: one sample a row, numbers in all columns but the last, which is the target.

The file is guessed at (delimiter, decimal mark, row of names, classes or numbers) and each guess is told. Its cells
become numbers as they are read, so memory holds 8 bytes a cell and never the text of the file.
"""

from __future__ import annotations

import csv
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import numpy as np

from bpgui.data.dataset import MAX_CLASSES, DataError, Dataset, Integers
from bpgui.data.importers.imported import Imported
from bpgui.data.preprocessing import standardise

# What a file may hold: reading takes about 40 bytes of memory a cell at its peak, so 800 MB for the largest.
MAX_BYTES = 512 * 2**20
MAX_CELLS = 20_000_000
MAX_LINE = 2**22  # characters

SAMPLE = 2**16  # characters that the guesses are made from
MAX_CLASS_NUMBERS = 20  # a target with more different whole numbers is a quantity
LONGEST_SHOWN = 40  # characters of a cell in a message
LARGEST = 1e150  # the square of a difference between two numbers has to be finite
HELD_OUT = 0.2

# In the order of preference where several would do: a comma may be a decimal mark, a space may follow any other.
DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas", " ": "spaces"}


@dataclass(frozen=True)
class Format:
    """What was guessed about a file: how cells are parted and numbers written, how many cells a row has."""

    delimiter: str
    decimal: str
    columns: int
    header: bool

    def number(self, cell: str) -> float | None:
        """Return the number that a cell holds, which may be NaN or infinite, or None where it is no number."""
        if self.decimal == ",":
            if "." in cell:
                return None
            cell = cell.replace(",", ".")
        try:
            return None if "_" in cell else float(cell)
        except ValueError:
            return None


def read(path: Path) -> Imported:
    """Read a CSV file: the data, inputs standardised and a fifth held out at random, and what was guessed.

    The last column is the target: classes where it holds text, or at most 20 different whole numbers; otherwise
    numbers. DataError names the line, the column and what was met, what is wanted and the way out.
    """
    try:
        _require_file(path)
        with path.open(encoding="utf-8-sig") as file:
            return _read(file, path.stem)
    except UnicodeDecodeError as error:
        met = f"byte 0x{error.object[error.start]:02x} is no text in UTF-8"
        raise DataError(f"{path.name}: {met}, wanted a table saved as text (CSV, UTF-8)") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None


def _require_file(path: Path) -> None:
    if not path.exists():
        raise DataError(f"there is no such file in {path.parent}, wanted a CSV file")
    if not path.is_file():
        raise DataError(f"this is {'a folder' if path.is_dir() else 'no regular file'}, wanted a CSV file")
    if path.stat().st_size > MAX_BYTES:
        raise DataError(
            f"the file has {path.stat().st_size:,} bytes, at most {MAX_BYTES:,} can be read; take a part of the rows"
        )


def _read(file: TextIO, name: str) -> Imported:
    form = _guess(file)
    records = _records(_lines(file), form.delimiter)
    table = _Table(form, next(records) if form.header else None)
    for line, cells in records:
        table.add(line, cells)
    data, about_target = table.dataset(name)
    data = standardise(data.with_split(HELD_OUT))
    return Imported(data, (_told_format(form), about_target, *_told_preparation(data)))


# Guesses


def _guess(file: TextIO) -> Format:
    """Guess the format from the beginning of the file, and go back to it."""
    lines = list(_lines(file, SAMPLE))
    file.seek(0)
    if not "".join(lines).strip():
        raise DataError("there are no rows, wanted one sample a row")
    delimiter, columns, rows = _best_delimiter(lines)
    form = Format(delimiter, ".", columns, header=False)
    if delimiter == ";":
        commas = replace(form, decimal=",")
        if any("," in cell and commas.number(cell) is not None for row in rows for cell in row):
            form = commas
    return replace(form, header=_has_header(form, rows))


def _best_delimiter(lines: list[str]) -> tuple[str, int, list[list[str]]]:
    """Return the delimiter by which most rows have the same number of cells, that number, and the rows."""
    best_share, best, unread = 0.0, None, None
    for delimiter in DELIMITERS:
        records = []
        try:
            for record in _records(iter(lines), delimiter):
                records.append(record)
        except DataError as error:  # not this delimiter; or the lines end within a quoted cell
            unread = error
        if records:
            rows = [cells for _, cells in records]
            columns, agreeing = Counter(map(len, rows)).most_common(1)[0]
            share = agreeing / len(rows) * records[-1][0] / len(lines)  # of the rows, and of the lines that were read
            if columns > 1 and share > best_share:
                best_share, best = share, (delimiter, columns, rows)
    if best is None and unread is not None:
        raise unread
    if best is None:
        first = next(line for line in lines if line.strip())
        wanted = f"at least one input and the target, parted by {_list(list(DELIMITERS.values()), 'or')}"
        raise DataError(f"there is one column only, the first row is {_quoted(first)}; wanted {wanted}")
    return best


def _has_header(form: Format, rows: list[list[str]]) -> bool:
    """Whether row 1 names the columns: a cell of it is text.

    Not so where only its last cell is text and other rows end in that very text: then it is a sample of that class.
    """
    text = [bool(cell.strip()) and form.number(cell) is None for cell in rows[0]]
    a_class = not any(text[:-1]) and any(row and row[-1] == rows[0][-1] for row in rows[1:])
    return any(text) and not a_class


# Reading


def _lines(file: TextIO, characters: int | None = None) -> Iterator[str]:
    """Yield the lines without spaces at their ends, those of the first so many characters where that is given."""
    taken = 0
    while (characters is None or taken < characters) and (line := file.readline(MAX_LINE)):
        taken += len(line)
        if "\0" in line:
            raise DataError("the file holds zero bytes, wanted a table saved as text (CSV, UTF-8)")
        if len(line) == MAX_LINE:
            raise DataError(f"a line has {MAX_LINE:,} characters or more, wanted one sample a line")
        yield line.rstrip(" \n") + "\n"


def _records(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number of the line and cells of each row that is not blank."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"line {reader.line_num}: {error}; is a quotation mark missing, or one too many?") from None


class _Table:
    """The numbers of a file, gathered row by row."""

    def __init__(self, form: Format, header: tuple[int, list[str]] | None) -> None:
        self.form = form
        self.names = [""] * form.columns  # empty where there is none
        if header is not None:
            self._require_width(*header)
            self.names = [_cut(cell) for cell in header[1]]
        self.inputs = array("d")
        self.targets = array("d")  # NaN where the cell is text
        self.codes: dict[str, int] = {}  # of target cells; not continued beyond MAX_CLASSES
        self.coded = array("q")
        self.first_text: tuple[int, str] | None = None

    def add(self, line: int, cells: list[str]) -> None:
        """Take a row in; DataError where it does not fit."""
        self._require_width(line, cells)
        if len(self.inputs) + len(self.targets) + len(cells) > MAX_CELLS:
            raise DataError(f"there are more than {MAX_CELLS:,} cells; take a part of the rows or columns")
        for column, cell in enumerate(cells[:-1]):
            number = self.form.number(cell)
            if number is None or not -LARGEST <= number <= LARGEST:
                raise DataError(f"{self._place(line, column)}: {self._unfit(cell)}")
            self.inputs.append(number)
        self._add_target(line, cells[-1].strip())

    def _add_target(self, line: int, cell: str) -> None:
        number = self.form.number(cell)
        if not cell or (number is not None and not -LARGEST <= number <= LARGEST):
            raise DataError(f"{self._place(line, self.form.columns - 1)}: {self._unfit(cell)}")
        if number is None and self.first_text is None:
            self.first_text = line, cell
        self.targets.append(np.nan if number is None else number)
        if len(self.codes) <= MAX_CLASSES:
            self.coded.append(self.codes.setdefault(cell, len(self.codes)))

    def _require_width(self, line: int, cells: list[str]) -> None:
        if len(cells) != self.form.columns:
            met = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}"
            raise DataError(f"line {line} has {met}, wanted {self.form.columns} as in most lines")

    def _place(self, line: int, column: int) -> str:
        name = self.names[column]
        return f"line {line}, column {column + 1}{f' {name!r}' if name else ''}"

    def _unfit(self, cell: str) -> str:
        if not cell.strip():
            return "the cell is empty, wanted a number; fill it in or leave the row out"
        if self.form.number(cell) is None:
            comma = " with a decimal comma, as other cells have" if self.form.decimal == "," else ""
            return (
                f"{_quoted(cell)} is text, wanted a number{comma}; leave out the column, or write numbers for its texts"
            )
        return f"{_quoted(cell)} cannot be trained on, wanted a finite number up to ±{LARGEST:g}; leave the row out"

    def dataset(self, name: str) -> tuple[Dataset, str]:
        """Return the data as they stand in the file, and a sentence about the target."""
        if not self.targets:
            raise DataError("there is a row of names and no sample below it, wanted one sample a row")
        X = np.frombuffer(self.inputs).reshape(len(self.targets), self.form.columns - 1)
        names = tuple(cell or f"x{i}" for i, cell in enumerate(self.names[:-1]))
        target = self.names[-1] or "y"
        about = f"The last column, {target!r}, is the target: "
        labels, class_names, why = self._classes()
        if labels is None:
            targets = np.frombuffer(self.targets)[:, None]
            return Dataset(name, X, targets, names=names, target_names=(target,)), f"{about}numbers."
        if len(class_names) == 1:
            raise DataError(
                f"every row has the same target {class_names[0]!r}, wanted at least two classes, or numbers"
            )
        data = Dataset(name, X, labels=labels, class_names=class_names, names=names, target_names=(target,))
        return data, f"{about}{why}, so {len(class_names)} classes: {_list(class_names)}."

    def _classes(self) -> tuple[Integers | None, tuple[str, ...], str]:
        """Return labels, names of the classes and why they are classes; None where the target is numbers."""
        numbers = np.frombuffer(self.targets)
        if self.first_text is None:
            different, labels = np.unique(numbers, return_inverse=True)
            whole = bool((different == np.floor(different)).all())
            if not whole or len(different) > MAX_CLASS_NUMBERS:
                return None, (), ""
            return labels, tuple(str(int(n)) for n in different), f"at most {MAX_CLASS_NUMBERS} different whole numbers"
        known = numbers[~np.isnan(numbers)]
        line, text = self.first_text
        if known.size and ((known != np.floor(known)).any() or len(self.codes) > MAX_CLASS_NUMBERS):
            raise DataError(f"{self._place(line, self.form.columns - 1)}: {self._unfit(text)}")
        if len(self.codes) > MAX_CLASSES:
            raise DataError(f"the last column has more than {MAX_CLASSES:,} different texts, wanted a target there")
        in_order = sorted(self.codes)
        rank = np.array([in_order.index(text) for text in self.codes])
        return rank[np.frombuffer(self.coded, np.int64)], tuple(in_order), "text"


# What is told


def _told_format(form: Format) -> str:
    decimal = " and numbers have a decimal comma" if form.decimal == "," else ""
    header = "row 1 names the columns" if form.header else "there is no row of names"
    return f"Cells are parted by {DELIMITERS[form.delimiter]}{decimal}; {header}."


def _told_preparation(data: Dataset) -> Iterator[str]:
    what = "The inputs are" if data.target_scaling is None else "Inputs and targets are"
    yield f"{what} standardised: mean 0 and standard deviation 1 over the training samples."
    constant = [name for name, column in zip(data.names, data.X[~data.validation].T, strict=True) if not column.any()]
    if constant:
        yield f"The same in every training sample, so of no help: {_list(constant)}."
    held_out = int(data.validation.sum())
    if held_out:
        yield f"{held_out:,} of {data.samples:,} samples, drawn at random, are held out for validation."
    else:
        yield "Nothing is held out for validation: there are too few samples."


def _quoted(cell: str) -> str:
    return repr(_cut(cell))


def _cut(text: str) -> str:
    """Return text to show in one line, its end left out where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _list(words: list[str] | tuple[str, ...], joint: str = "and") -> str:
    """Return "a, b and c", the first ten and the number of the rest where there are more."""
    shown = [_cut(word) for word in (words if len(words) <= 11 else words[:10])]
    if len(words) > len(shown):
        shown.append(f"{len(words) - len(shown):,} more")
    return f" {joint} ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
