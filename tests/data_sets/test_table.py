"""Data as a table: what is read in a cell can be written there, and what is written out is read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bpgui.data import table
from bpgui.data.builtin import load
from bpgui.data.dataset import Dataset
from bpgui.data.importers import read
from bpgui.data.preprocessing import standardise


def pets() -> Dataset:
    X = np.array([[1.0, 20.0], [2.0, 30.0], [4.0, 50.0]])
    return Dataset(
        "pets",
        X,
        labels=np.array([0, 1, 0]),
        class_names=("dog", "cat"),
        names=("age", "size"),
        validation=np.array([False, False, True]),
        sample_weight=np.array([1.0, 2.0, 3.0]),
    )


def cells(data: Dataset) -> list[list[str | float]]:
    return [
        [table.cell(data, row, column) for column in range(len(table.columns(data)))] for row in range(data.samples)
    ]


def test_columns_are_inputs_targets_and_what_is_held_out() -> None:
    assert table.columns(pets()) == ["age", "size", "class", "held out"]
    assert cells(pets()) == [[1.0, 20.0, "dog", ""], [2.0, 30.0, "cat", ""], [4.0, 50.0, "dog", "yes"]]
    assert table.columns(load("article")) == ["x0", "x1", "y0", "y1", "held out"]
    assert cells(load("article")) == [[0.2, 0.5, 0.2, 0.7, ""]]


def test_cells_are_set_together_and_the_old_data_stay() -> None:
    data = pets()
    changed = table.with_cells(data, {(0, 0): "7.5", (1, 2): "dog", (2, 3): "no", (0, 3): "Yes"})
    assert cells(changed) == [[7.5, 20.0, "dog", "yes"], [2.0, 30.0, "dog", ""], [4.0, 50.0, "dog", ""]]
    assert cells(data) == cells(pets())
    assert table.with_cells(load("moons"), {(0, 0): "1"}).origin is None


@pytest.mark.parametrize("data", [standardise(pets()), standardise(load("regression"))], ids=["classes", "numbers"])
def test_standardised_numbers_are_shown_and_taken_as_they_were(data: Dataset) -> None:
    assert table.cell(data, 1, 1) == pytest.approx(float((data.X * data.scaling.std + data.scaling.mean)[1, 1]))
    last = data.inputs - 1 if data.labels is not None else data.inputs
    changed = table.with_cells(data, {(1, last): "12.5"})
    assert table.cell(changed, 1, last) == pytest.approx(12.5)
    assert np.array_equal(changed.scaling, data.scaling)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({(0, 0): "x"}, "could not convert"),
        ({(0, 0): "inf"}, "X is inf in row 0, column 0, wanted a finite number"),
        ({(0, 2): "bird"}, "'bird' is no class of these data; known: dog, cat"),
        ({(0, 3): "perhaps"}, "held out is yes or no, got 'perhaps'"),
        ({(0, 3): "yes", (1, 3): "yes"}, "at least one has to be trained on"),
    ],
)
def test_what_cannot_stand_in_a_cell_is_refused(wanted: dict[tuple[int, int], str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        table.with_cells(pets(), wanted)


def test_a_row_is_added_as_a_copy_that_is_trained_on_and_rows_are_taken_away() -> None:
    data = table.with_row(pets(), 2)
    assert cells(data)[3] == [4.0, 50.0, "dog", ""]
    assert data.sample_weight.tolist() == [1.0, 2.0, 3.0, 3.0]
    left = table.without_rows(data, [0, 2])
    assert cells(left) == [[2.0, 30.0, "cat", ""], [4.0, 50.0, "dog", ""]]
    with pytest.raises(ValueError, match="no sample would be left to train on"):
        table.without_rows(pets(), [0, 1])


@pytest.mark.parametrize("name", ["spirals", "regression"])
def test_what_is_exported_is_read_back_as_the_same_numbers(name: str, tmp_path: Path) -> None:
    data = load(name)
    path = tmp_path / "written.csv"
    path.write_text(table.as_csv(data))
    again = read(path).data
    assert again.names == data.names
    assert again.scaling is not None
    np.testing.assert_allclose(table.numbers(again), table.numbers(data), rtol=0, atol=1e-14)
    if data.labels is not None:
        assert [again.class_names[i] for i in again.labels] == [data.class_names[i] for i in data.labels]
