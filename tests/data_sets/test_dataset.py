"""The data set refuses what cannot be trained on, and its split is exact, stratified and a function of the seed."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from bpgui import _core
from bpgui.data.dataset import MAX_CLASSES, Dataset, Scaling

X = np.arange(6.0).reshape(3, 2)
TARGETS = np.array([[1.0], [2.0], [3.0]])
LABELS = np.array([0, 1, 1])


def test_targets_and_labels_are_what_T_gives() -> None:
    numbers, classes = Dataset("n", X, TARGETS), Dataset("c", X, labels=LABELS)
    assert np.array_equal(numbers.T, TARGETS)
    assert (numbers.inputs, numbers.outputs, numbers.classes) == (2, 1, 0)
    assert np.array_equal(classes.T, LABELS)
    assert classes.T.dtype == np.int64
    assert (classes.inputs, classes.outputs, classes.classes, classes.samples) == (2, 2, 2, 3)


def test_names_are_filled_in() -> None:
    two = Dataset("n", X, np.column_stack([TARGETS, TARGETS]))
    assert (two.names, two.target_names) == (("x0", "x1"), ("y0", "y1"))
    assert Dataset("n", X, TARGETS).target_names == ("y",)
    assert Dataset("c", X, labels=LABELS).class_names == ("0", "1")
    assert Dataset("c", X, labels=LABELS).target_names == ("class",)
    named = Dataset("c", X, labels=LABELS, class_names=("no", "yes", "maybe"))
    assert (named.class_names, named.classes) == (("no", "yes", "maybe"), 3)


def test_anything_array_like_becomes_contiguous_numbers() -> None:
    data = Dataset("n", np.asfortranarray(X.astype(np.float32)), TARGETS.astype(int), validation=[True, False, False])
    assert data.X.dtype == data.T.dtype == np.float64
    assert data.X.flags.c_contiguous
    assert np.array_equal(data.X, X)


def test_the_arrays_cannot_be_written_to_and_are_not_those_of_the_caller() -> None:
    inputs, labels = X.copy(), LABELS.copy()
    data = Dataset("c", inputs, labels=labels, sample_weight=np.ones(3), scaling=Scaling(np.zeros(2), np.ones(2)))
    assert data.scaling is not None
    assert data.sample_weight is not None
    for array in (data.X, data.T, data.validation, data.sample_weight, *data.scaling):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    inputs[:], labels[:] = 7.0, 0
    assert np.array_equal(data.X, X)
    assert np.array_equal(data.T, LABELS)


def test_a_read_only_view_of_somebody_elses_array_is_copied_too() -> None:
    theirs = X.copy()
    view = theirs.view()
    view.setflags(write=False)
    data = Dataset("n", view, TARGETS)
    theirs[0, 0] = 99.0
    assert data.X[0, 0] == 0.0


def test_the_parts_are_those_of_the_mask() -> None:
    data = Dataset("c", X, labels=LABELS, validation=np.array([False, True, False]))
    assert np.array_equal(data.training[0], X[[0, 2]])
    assert np.array_equal(data.training[1], LABELS[[0, 2]])
    assert np.array_equal(data.held_out[0], X[[1]])
    assert np.array_equal(data.held_out[1], LABELS[[1]])
    assert not Dataset("c", X, labels=LABELS).validation.any()


NAN = np.array([[0.0, 1.0], [np.nan, 3.0], [4.0, 5.0]])
REFUSED = {
    "X of one dimension": ({"X": np.arange(3.0)}, "X has shape (3,), wanted (samples, columns)"),
    "no samples": ({"X": np.empty((0, 2))}, "X has shape (0, 2), wanted at least one sample and one input"),
    "no inputs": ({"X": np.empty((3, 0))}, "X has shape (3, 0), wanted at least one sample and one input"),
    "text in X": ({"X": np.array([["a", "b"]])}, "X holds <U1, wanted numbers"),
    "complex X": ({"X": X * 1j}, "X holds complex128, wanted numbers"),
    "NaN in X": ({"X": NAN}, "X is nan in row 1, column 0, wanted a finite number"),
    "targets and labels": ({"labels": LABELS}, "either targets or class labels, got both"),
    "neither": ({"targets": None}, "either targets or class labels, got neither"),
    "targets too short": ({"targets": TARGETS[:2]}, "targets has shape (2, 1), X has shape (3, 2)"),
    "targets of one dimension": ({"targets": TARGETS[:, 0]}, "targets has shape (3,), wanted (samples, columns)"),
    "no target columns": ({"targets": np.empty((3, 0))}, "targets has shape (3, 0), wanted at least one column"),
    "infinite target": ({"targets": np.array([[1.0], [np.inf], [3.0]])}, "targets is inf in row 1, column 0"),
    "class names with targets": ({"class_names": ("a",)}, "class_names go with labels, got ('a',)"),
    "one name too few": ({"names": ("a",)}, "names has 1 names ('a',), wanted 2"),
    "two target names": ({"target_names": ("a", "b")}, "target_names has 2 names ('a', 'b'), wanted 1"),
    "validation too long": ({"validation": np.zeros(4, bool)}, "validation has shape (4,), X has shape (3, 2)"),
    "validation of numbers": ({"validation": np.array([0, 1, 0])}, "validation holds int64, wanted true or false"),
    "all held out": ({"validation": np.ones(3, bool)}, "all 3 samples are held out"),
    "negative weight": ({"sample_weight": [1, -2, 1]}, "sample_weight is -2.0 in row 1, wanted a number from 0 on"),
    "weight not finite": ({"sample_weight": [1, 2, np.inf]}, "sample_weight is inf in row 2, wanted a finite number"),
    "weights too short": ({"sample_weight": [1, 2]}, "sample_weight has shape (2,), X has shape (3, 2)"),
    "scaling too short": (
        {"scaling": Scaling(np.zeros(1), np.ones(2))},
        "scaling.mean has shape (1,), wanted (2,)",
    ),
    "scaling by zero": ({"scaling": Scaling(np.zeros(2), np.zeros(2))}, "scaling.std is 0.0 in row 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained_on_is_refused_by_name_and_place(case: str) -> None:
    changed, message = REFUSED[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        Dataset(**{"name": "bad", "X": X, "targets": TARGETS, **changed})


REFUSED_LABELS = {
    "negative": ([0, -1, 1], {}, "labels is -1 in row 1, wanted a class from 0 to 999"),
    "beyond the names": ([0, 1, 2], {"class_names": ("a", "b")}, "labels is 2 in row 2, wanted a class from 0 to 1"),
    "very large": ([0, 1, 10**12], {}, f"wanted a class from 0 to {MAX_CLASSES - 1}"),
    "not whole": ([0.0, 1.0, 1.5], {}, "labels holds float64, wanted whole numbers"),
    "too short": ([0, 1], {}, "labels has shape (2,), X has shape (3, 2)"),
    "a column": ([[0], [1], [1]], {}, "labels has shape (3, 1), wanted one number a sample"),
    "two names": ([0, 1, 1], {"target_names": ("a", "b")}, "target_names has 2 names"),
}


@pytest.mark.parametrize("case", REFUSED_LABELS)
def test_labels_that_are_no_classes_are_refused_by_place(case: str) -> None:
    labels, more, message = REFUSED_LABELS[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        Dataset("bad", X, labels=np.array(labels), **more)


# The split


def numbers(samples: int) -> Dataset:
    return Dataset("n", np.arange(float(samples))[:, None], np.zeros((samples, 1)))


@examples(2000)
@given(st.integers(1, 200), st.floats(0.0, 0.999), st.integers(0, 2**64 - 1))
def test_a_split_holds_out_the_rounded_share_and_leaves_one_to_train_on(samples: int, share: float, seed: int) -> None:
    held_out = numbers(samples).with_split(share, seed).validation
    assert held_out.sum() == min(int(share * samples + 0.5), samples - 1)


@examples(2000)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.floats(0.0, 0.999), st.integers(0, 1000))
def test_classes_are_held_out_in_their_shares_to_within_one_sample(sizes: list[int], share: float, seed: int) -> None:
    size = np.array(sizes)
    labels = np.repeat(np.arange(len(sizes)), size)
    data = Dataset("c", np.zeros((len(labels), 1)), labels=labels).with_split(share, seed)
    held_out = np.bincount(labels[data.validation], minlength=len(sizes))
    total = min(int(share * len(labels) + 0.5), len(labels) - 1)
    assert held_out.sum() == total
    lower = total * size // len(labels)
    assert ((held_out == lower) | (held_out == lower + 1)).all()
    could_give = (held_out == lower) & (lower + 1 < size)
    assert not (held_out == size).any() or not could_give.any()


def test_the_larger_remainder_gives_the_sample() -> None:
    labels = np.repeat([0, 1], [6, 9])  # shares 1.2 and 1.8 of three
    data = Dataset("c", np.zeros((15, 1)), labels=labels).with_split(0.2)
    assert np.bincount(labels[data.validation]).tolist() == [1, 2]


def test_no_class_is_held_out_wholly_while_another_can_give() -> None:
    labels = np.array([0, 0, 0, 0, 0, 1])
    for seed in range(20):
        data = Dataset("c", np.zeros((6, 1)), labels=labels).with_split(0.6, seed)
        assert data.validation.sum() == 4
        assert not data.validation[5]


def test_the_draw_is_the_one_the_docstring_names() -> None:
    order = _core.permutation(7, _core.SPLIT, 0, 10)
    assert set(np.flatnonzero(numbers(10).with_split(0.3, 7).validation)) == set(order[:3])


def test_a_split_is_a_function_of_the_seed() -> None:
    first, again, other = (numbers(100).with_split(0.2, seed).validation for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_split_replaces_the_one_before_and_keeps_the_rest() -> None:
    data = Dataset("c", X, labels=LABELS, class_names=("a", "b"), sample_weight=np.ones(3)).with_split(0.5)
    back = data.with_split(0.0)
    assert data.validation.any()
    assert not back.validation.any()
    assert back.X is data.X
    assert (back.class_names, back.sample_weight is data.sample_weight) == (("a", "b"), True)


@pytest.mark.parametrize("share", [-0.1, 1.0, 2, float("nan"), True])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="from 0 to less than 1, got"):
        numbers(5).with_split(share)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, True])
def test_a_seed_that_is_none_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="a seed is a whole number from 0"):
        numbers(5).with_split(0.5, seed)
