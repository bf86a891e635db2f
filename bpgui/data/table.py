"""Data as a table: what stands in a cell, the data with cells changed, rows added or taken away, and the text of it.

Columns are the inputs, then the targets, or the class, then whether a sample is held out. Numbers are those from before
they were standardised.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset, Scaling

HELD_OUT = "held out"
YES, NO = "yes", ""
_TRUE = frozenset({"yes", "y", "true", "1", "x", "validation"})
_FALSE = frozenset({"", "no", "n", "false", "0", "train"})


def columns(data: Dataset) -> list[str]:
    """Return the heads of the columns."""
    return [*data.names, *data.target_names, HELD_OUT]


def numbers(data: Dataset) -> NDArray[np.float64]:
    """Return inputs and targets as they were before they were standardised: (samples, columns)."""
    X, targets = data.X, data.targets
    if data.scaling is not None:
        X = X * data.scaling.std + data.scaling.mean
    if targets is None:
        return X
    if data.target_scaling is not None:
        targets = targets * data.target_scaling.std + data.target_scaling.mean
    return np.hstack([X, targets])


def cell(data: Dataset, row: int, column: int) -> str | float:
    """Return what stands in a cell: a number, a class by its name, or whether the sample is held out."""
    if column == len(columns(data)) - 1:
        return YES if data.validation[row] else NO
    if column >= data.inputs and data.labels is not None:
        return data.class_names[int(data.labels[row])]
    place, scaling, array = column, data.scaling, data.X
    if column >= data.inputs:
        assert data.targets is not None
        place, scaling, array = column - data.inputs, data.target_scaling, data.targets
    value = float(array[row, place])
    return value if scaling is None else value * float(scaling.std[place]) + float(scaling.mean[place])


def with_cells(data: Dataset, cells: Mapping[tuple[int, int], str], number: Callable[[str], float] = float) -> Dataset:
    """Return data with the texts in these cells, (row, column) each; ValueError says which cell cannot be so.

    ``number`` reads a number. A class is one that the data have.
    """
    X, held_out = data.X.copy(), data.validation.copy()
    targets = None if data.targets is None else data.targets.copy()
    labels = None if data.labels is None else data.labels.copy()
    heads = columns(data)
    for (row, column), text in cells.items():
        if column == len(heads) - 1:
            held_out[row] = _truth(text)
        elif column < data.inputs or targets is not None:
            value = number(text)
            if column < data.inputs:
                X[row, column] = _scaled(value, data.scaling, column)
            elif targets is not None:
                targets[row, column - data.inputs] = _scaled(value, data.target_scaling, column - data.inputs)
        elif labels is not None:
            if text not in data.class_names:
                known = ", ".join(data.class_names[:10])
                raise ValueError(f"{text!r} is no class of these data; known: {known}")
            labels[row] = data.class_names.index(text)
    if held_out.all():
        raise ValueError("all samples would be held out; at least one has to be trained on")
    return replace(data, X=X, targets=targets, labels=labels, validation=held_out, origin=None)


def _scaled(value: float, scaling: Scaling | None, column: int) -> float:
    return value if scaling is None else (value - float(scaling.mean[column])) / float(scaling.std[column])


def _truth(text: str) -> bool:
    word = text.strip().casefold()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"whether a sample is held out is yes or no, got {text!r}")
    return word in _TRUE


def with_row(data: Dataset, like: int) -> Dataset:
    """Return data with one more sample at the end, a copy of another; it is trained on."""
    parts = {
        name: np.concatenate([array, array[like : like + 1]])
        for name in ("X", "targets", "labels", "validation", "sample_weight")
        if (array := getattr(data, name)) is not None
    }
    parts["validation"][-1] = False
    return replace(data, **parts, origin=None)  # type: ignore[arg-type]  # arrays under their own names


def with_sample(data: Dataset, x: Sequence[float], wanted: float) -> Dataset:
    """Return data with one more sample to train on: x (inputs,); wanted: its class number, or what all targets are."""
    added = with_row(data, 0)
    X = added.X.copy()
    X[-1] = x
    if added.labels is not None:
        labels = added.labels.copy()
        labels[-1] = int(wanted)
        return replace(added, X=X, labels=labels)
    assert added.targets is not None
    targets = added.targets.copy()
    targets[-1] = wanted
    return replace(added, X=X, targets=targets)


def with_place(data: Dataset, sample: int, axes: tuple[int, int], place: tuple[float, float]) -> Dataset:
    """Return data with a sample moved in the plane of two inputs."""
    X = data.X.copy()
    X[sample, list(axes)] = place
    return replace(data, X=X, origin=None)


def without_rows(data: Dataset, rows: Iterable[int]) -> Dataset:
    """Return data without these samples; ValueError where none would be left to train on."""
    keep = np.ones(data.samples, np.bool_)
    keep[list(rows)] = False
    if not (keep & ~data.validation).any():
        raise ValueError("no sample would be left to train on")
    parts = {
        name: array[keep]
        for name in ("X", "targets", "labels", "validation", "sample_weight")
        if (array := getattr(data, name)) is not None
    }
    return replace(data, **parts, origin=None)


def as_csv(data: Dataset) -> str:
    """Return the samples as comma-separated values with a head, to their last digit.

    Inputs first, then targets or class: the order that is read back. What is held out is left to whoever reads it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*data.names, *data.target_names])
    for row, values in enumerate(numbers(data).tolist()):
        last = [data.class_names[data.labels[row]]] if data.labels is not None else []
        writer.writerow([*map(repr, values), *last])
    return text.getvalue()
