"""CSV files: every way of writing a table gives the same numbers, every fault is refused by line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from support import examples

from bpgui.data.dataset import DataError, Dataset
from bpgui.data.importers import csv_file
from bpgui.data.importers.csv_file import read
from bpgui.data.preprocessing import standardise

ROWS = [[0.5, 10.0, 1.25], [1.5, 20.0, 2.5], [-2.5, 30.0, 3.75], [4.0, 5e1, -5.0], [0.0, 7.0, 0.125]]
X = np.array(ROWS)[:, :2]
Y = np.array(ROWS)[:, 2:]

Load = Callable[[str | bytes], tuple[Dataset, tuple[str, ...]]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(content: str | bytes) -> tuple[Dataset, tuple[str, ...]]:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(path)

    return load


def table(rows: list[list[object]], delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(map(str, row)) + end for row in rows)


def original(data: Dataset) -> np.ndarray:
    assert data.scaling is not None
    return data.X * data.scaling.std + data.scaling.mean


def original_targets(data: Dataset) -> np.ndarray:
    assert data.target_scaling is not None
    return data.T * data.target_scaling.std + data.target_scaling.mean


# Ways of writing the same table

HEADED = [["width", "height", "weight"], *ROWS]
WRITTEN = {
    "commas": table(HEADED),
    "semicolons": table(HEADED, ";"),
    "tabs": table(HEADED, "\t"),
    "spaces": table(HEADED, " "),
    "comma and space": table(HEADED, ", "),
    "columns set with spaces": "".join("".join(f"{cell!s:>9}" for cell in row) + "  \n" for row in HEADED),
    "decimal commas": table(HEADED, ";").replace(".", ","),
    "Windows": table(HEADED, ",", "\r\n"),
    "old Mac": table(HEADED, ",", "\r"),
    "byte order mark": "\ufeff" + table(HEADED),
    "all quoted": table([[f'"{cell}"' for cell in row] for row in HEADED]),
    "blank lines": "\n\n" + table(HEADED, ",", "\n\n"),
    "no end of line at the end": table(HEADED)[:-1],
}


@pytest.mark.parametrize("way", WRITTEN)
def test_every_way_of_writing_gives_the_same_data(load: Load, way: str) -> None:
    data, _ = load(WRITTEN[way])
    np.testing.assert_allclose(original(data), X, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(original_targets(data), Y, rtol=1e-14, atol=1e-14)
    assert (data.names, data.target_names) == (("width", "height"), ("weight",))


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("commas", "Cells are parted by commas; row 1 names the columns."),
        ("semicolons", "Cells are parted by semicolons; row 1 names the columns."),
        ("tabs", "Cells are parted by tabs; row 1 names the columns."),
        ("spaces", "Cells are parted by spaces; row 1 names the columns."),
        ("decimal commas", "Cells are parted by semicolons and numbers have a decimal comma; row 1 names the columns."),
    ],
)
def test_the_guessed_format_is_told(load: Load, way: str, told: str) -> None:
    assert load(WRITTEN[way])[1][0] == told


def test_without_a_row_of_names_the_first_row_is_a_sample(load: Load) -> None:
    data, notes = load(table(ROWS))
    assert len(data.X) == len(ROWS)
    assert (data.names, data.target_names) == (("x0", "x1"), ("y",))
    assert notes[0].endswith("; there is no row of names.")


def test_commas_within_numbers_do_not_part_them(load: Load) -> None:
    data, _ = load("1,5;2,5;3,5\n4,5;5,5;6,5\n")
    assert original(data).tolist() == [[1.5, 2.5], [4.5, 5.5]]
    assert original_targets(data).tolist() == [[3.5], [6.5]]


def test_a_comma_is_a_decimal_mark_only_between_semicolons(load: Load) -> None:
    with pytest.raises(DataError, match="line 2, column 1: '1,234' is text, wanted a number; leave out"):
        load('1,2,3.5\n"1,234",2,3.5\n')


def test_a_delimiter_that_fails_on_the_second_row_is_not_taken(load: Load) -> None:
    data, notes = load('w,cm h,cm kind\n"1" 2 a\n"3" 5 b\n"4" 6 b\n')
    assert data.names == ("w,cm", "h,cm")
    assert "parted by spaces" in notes[0]


def test_a_name_left_empty_is_filled_in(load: Load) -> None:
    data, _ = load(",height,\n" + table(ROWS))
    assert (data.names, data.target_names) == (("x0", "height"), ("y",))


def test_quoted_cells_may_hold_delimiters(load: Load) -> None:
    data, _ = load('"width, in cm",height,"kind; or sort"\n1,2,"a, b"\n3,4,c\n5,7,c\n')
    assert data.names == ("width, in cm", "height")
    assert data.class_names == ("a, b", "c")


def test_a_number_written_as_program_text_is_no_number(load: Load) -> None:
    with pytest.raises(DataError, match="line 2, column 1: '1_000' is text"):
        load("1,2,3.5\n1_000,2,3.5\n")


# Names or a sample


def test_a_first_row_whose_class_comes_again_is_a_sample(load: Load) -> None:
    data, notes = load("5.1,3.5,setosa\n4.9,3.0,setosa\n6.0,2.2,virginica\n")
    assert len(data.X) == 3
    assert data.T.tolist() == [0, 0, 1]
    assert "no row of names" in notes[0]


def test_a_first_row_whose_last_text_never_comes_again_names_the_columns(load: Load) -> None:
    data, _ = load("2001,2002,total\n1,2,3.5\n3,4,4.5\n")
    assert len(data.X) == 2
    assert data.names == ("2001", "2002")


# The target


def test_text_is_classes_in_alphabetical_order(load: Load) -> None:
    data, notes = load("x,kind\n1,b\n2,a\n3,c\n4,a\n")
    assert data.T.tolist() == [1, 0, 2, 0]
    assert data.class_names == ("a", "b", "c")
    assert notes[1] == "The last column, 'kind', is the target: text, so 3 classes: a, b and c."


def test_few_whole_numbers_are_classes_in_their_order(load: Load) -> None:
    data, notes = load("x,quality\n1,10\n2,-1\n3,2.0\n4,10\n")
    assert data.T.tolist() == [2, 0, 1, 2]
    assert data.class_names == ("-1", "2", "10")
    assert notes[1] == (
        "The last column, 'quality', is the target: at most 20 different whole numbers, so 3 classes: -1, 2 and 10."
    )


@pytest.mark.parametrize(("different", "classes"), [(20, 20), (21, 0)])
def test_many_whole_numbers_are_numbers(load: Load, different: int, classes: int) -> None:
    data, _ = load(table([[i * 0.5, i % different] for i in range(50)]))
    assert data.classes == classes


def test_numbers_with_a_fraction_are_numbers(load: Load) -> None:
    data, notes = load("1,0\n2,1\n3,0\n4,0.5\n")
    assert (data.outputs, data.classes) == (1, 0)
    assert notes[1] == "The last column, 'y', is the target: numbers."


def test_text_among_few_whole_numbers_is_a_class(load: Load) -> None:
    assert load("1,1\n2,2\n3,3+\n4,2\n")[0].class_names == ("1", "2", "3+")


@pytest.mark.parametrize("others", [["1.5", "2.5"], [str(i) for i in range(30)]])
def test_text_among_quantities_is_refused(load: Load, others: list[str]) -> None:
    rows = [[i, text] for i, text in enumerate([*others, "n/a", *others])]
    with pytest.raises(DataError, match=f"line {len(others) + 2}, column 2 'weight': 'n/a' is text, wanted a number"):
        load("x,weight\n" + table(rows))


def test_names_of_samples_are_no_classes(load: Load) -> None:
    with pytest.raises(DataError, match="the last column has more than 1,000 different texts"):
        load(table([["x", "name"]] + [[i, f"customer {i}"] for i in range(1001)]))


def test_a_thousand_classes_are_classes(load: Load) -> None:
    assert load(table([["x", "kind"]] + [[i, f"class {i}"] for i in range(1000)]))[0].classes == 1000


@pytest.mark.parametrize("target", ["yes", "1"])
def test_a_single_class_is_refused(load: Load, target: str) -> None:
    with pytest.raises(DataError, match=f"every row has the same target '{target}', wanted at least two classes"):
        load(f"x,y\n1,{target}\n2,{target}\n")


# What is done to the data


def test_inputs_are_standardised_over_the_training_part(load: Load) -> None:
    data, notes = load(table([[i * i, 7, i % 2] for i in range(20)]))
    assert data.training[0][:, 0].mean() == pytest.approx(0.0, abs=1e-14)
    assert data.training[0][:, 0].std() == pytest.approx(1.0, abs=1e-14)
    assert "The inputs are standardised: mean 0 and standard deviation 1 over the training samples." in notes
    assert "The same in every training sample, so of no help: x1." in notes


def test_a_fifth_is_held_out_evenly_and_always_the_same(load: Load) -> None:
    content = table([[i, "ab"[i % 2]] for i in range(100)])
    (data, notes), (again, _) = load(content), load(content)
    assert np.bincount(data.held_out[1].astype(int)).tolist() == [10, 10]
    assert np.array_equal(data.validation, again.validation)
    assert notes[-1] == "20 of 100 samples, drawn at random, are held out for validation."


def test_too_few_samples_are_all_trained_on(load: Load) -> None:
    data, notes = load("1,0.5\n2,1.5\n")
    assert not data.validation.any()
    assert notes[-1] == "Nothing is held out for validation: there are too few samples."


def test_long_names_are_cut(load: Load) -> None:
    data, _ = load(f"{'a' * 99},b\n1,2.5\n2,3.5\n")
    assert data.names == (f"{'a' * 39}…",)


def test_long_lists_are_told_in_short(load: Load) -> None:
    _, notes = load(table([[i, f"c{i % 15:02}"] for i in range(60)]))
    assert notes[1].endswith("15 classes: c00, c01, c02, c03, c04, c05, c06, c07, c08, c09 and 5 more.")


# Faults

FAULTS = {
    "only a header": ("a,b,c\n", "there is a row of names and no sample below it"),
    "one column": ("1\n2\n3\n", "there is one column only, the first row is '1'; wanted at least one input"),
    "one column of text": ("a title\n", "there is a row of names and no sample below it"),
    "a row too short": ("a,b,c\n1,2,3\n4,5\n", "line 3 has 2 cells, wanted 3 as in most lines"),
    "a row too long": ("a,b,c\n1,2,3\n\n4,5,6,7\n", "line 4 has 4 cells, wanted 3 as in most lines"),
    "a title first": ("My table\na,b,c\n1,2,3\n4,5,6\n", "line 1 has 1 cell, wanted 3 as in most lines"),
    "text": ("a,b,c\n1,2,3\n1,big,3\n", "line 3, column 2 'b': 'big' is text, wanted a number; leave out the column"),
    "text, no names": ("1,2,3\n1,big,3\n", "line 2, column 2: 'big' is text, wanted a number"),
    "long text": (f"1,2,3\n1,{'a' * 99},3\n", f"'{'a' * 39}…' is text"),
    "empty cell": ("a,b,c\n1,,3\n", "line 2, column 2 'b': the cell is empty, wanted a number; fill it in"),
    "empty cell in row 1": ("1,,3\n1,2,3\n", "line 1, column 2: the cell is empty"),
    "empty target": ("a,b,c\n1,2,\n", "line 2, column 3 'c': the cell is empty"),
    "NaN": (
        "a,b,c\n1,NaN,3\n",
        "line 2, column 2 'b': 'NaN' cannot be trained on, wanted a finite number up to ±1e+150",
    ),
    "infinity": ("a,b,c\n1,-inf,3\n", "line 2, column 2 'b': '-inf' cannot be trained on"),
    "too large": ("a,b,c\n1,1e400,3\n", "line 2, column 2 'b': '1e400' cannot be trained on"),
    "NaN target": ("a,b,c\n1,2,nan\n", "line 2, column 3 'c': 'nan' cannot be trained on"),
    "point among commas": (
        "1,5;2;3\n1;2.5;3\n",
        "line 2, column 2: '2.5' is text, wanted a number with a decimal comma",
    ),
    "a quote left open": ('a,b,c\n1,2,"' + "3\n1,2," * 30_000, "is a quotation mark missing, or one too many?"),
    "a quote left open at the end": (
        'a,b,c\n1,2,"3\n4,5,6\n',
        "line 3: unexpected end of data; is a quotation mark missing",
    ),
    "text after a quote": ('a,b,c\n1,2,"3"4\n', "line 2: ',' expected after '\"'; is a quotation mark missing"),
    "zero bytes": ("a,b\n1,2\0\n", "the file holds zero bytes, wanted a table saved as text"),
    "Latin-1": ("größe,b\n1,2\n".encode("latin-1"), "byte 0xf6 is no text in UTF-8, wanted a table saved as text"),
    "UTF-16": (table(HEADED).encode("utf-16"), "is no text in UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "byte 0x89 is no text in UTF-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_by_line_and_column(load: Load, fault: str) -> None:
    content, message = FAULTS[fault]
    with pytest.raises(DataError) as refusal:
        load(content)
    assert str(refusal.value).startswith("table.csv: ")
    assert message in str(refusal.value)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.csv").write_text(table(ROWS))
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"secret.csv cannot be read: Permission denied"):
        read(tmp_path / "secret.csv")


@pytest.mark.parametrize(
    ("limit", "at", "message"),
    [
        ("MAX_BYTES", 50, "the file has 81 bytes, at most 50 can be read"),
        ("MAX_CELLS", 14, "there are more than 14 cells"),
        ("MAX_LINE", 10, "a line has 10 characters or more"),
    ],
)
def test_what_is_too_large_is_refused_before_memory_is_taken(
    load: Load, monkeypatch: pytest.MonkeyPatch, limit: str, at: int, message: str
) -> None:
    monkeypatch.setattr(csv_file, limit, at)
    with pytest.raises(DataError, match=message):
        load(table(ROWS) + " " * (81 - len(table(ROWS))))


def test_a_wide_row_without_its_delimiter_does_not_end_the_guessing(load: Load) -> None:
    data, _ = load(table([[i * j % 7 + 0.5 for j in range(40_000)] for i in range(3)]))
    assert data.X.shape == (3, 39_999)


def test_the_guess_may_end_within_a_quoted_cell(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table([[i, i * i + 0.5, '"of two\nlines"' if i % 2 else '"of one"'] for i in range(100)])
    for characters in range(200, 300, 5):
        monkeypatch.setattr(csv_file, "SAMPLE", characters)
        data, _ = load(rows)
        assert data.samples == 100
        assert data.class_names == ("of one", "of two\nlines")


# Round trips

NUMBERS = st.floats(-1e150, 1e150)


@examples(2000)
@given(
    values=arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(2, 6)), elements=NUMBERS),
    delimiter=st.sampled_from("\t;, "),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    header=st.booleans(),
)
def test_numbers_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray, delimiter: str, quoting: int, end: str, header: bool
) -> None:
    values[0, -1] = 0.5  # a quantity
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end)
        if header:
            writer.writerow([f"c{i}" for i in range(values.shape[1])])
        writer.writerows(values.tolist())
    data, _ = read(path)
    wanted = standardise(Dataset("written", values[:, :-1], values[:, -1:]).with_split(0.2))
    assert np.array_equal(data.X, wanted.X)
    assert np.array_equal(data.T, wanted.T)


@examples(2000)
@given(classes=st.lists(st.text(max_size=10), min_size=2, max_size=20), delimiter=st.sampled_from("\t;,"))
def test_classes_of_any_text_come_back(
    tmp_path_factory: pytest.TempPathFactory, classes: list[str], delimiter: str
) -> None:
    written = [f"c{text}" for text in classes]  # never a number, never empty
    written = [" ".join(text.replace("\0", "").split()) for text in [*written, "one", "other"]]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["x", "kind"], *([i, kind] for i, kind in enumerate(written))])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    data, _ = read(path)
    assert [data.class_names[label] for label in data.T] == [t.encode("utf-8", "replace").decode() for t in written]
