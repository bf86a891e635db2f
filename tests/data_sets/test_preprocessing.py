"""Standardising uses the training part alone and can be undone."""

from __future__ import annotations

import numpy as np
import pytest

from bpgui.data.dataset import Dataset
from bpgui.data.preprocessing import standardise

RAW = np.array([[1.0, 5.0], [3.0, 5.0], [100.0, 7.0], [5.0, 5.0]])
HELD_OUT = np.array([False, False, True, False])


def raw(X: np.ndarray = RAW) -> Dataset:
    return Dataset("raw", X, labels=np.array([0, 1, 0, 1]), validation=HELD_OUT)


def test_the_training_part_gets_mean_0_and_deviation_1() -> None:
    X = standardise(raw()).X[~HELD_OUT]
    assert X[:, 0].mean() == pytest.approx(0.0, abs=1e-15)
    assert X[:, 0].std() == pytest.approx(1.0, abs=1e-15)


def test_held_out_samples_have_no_say() -> None:
    other = RAW.copy()
    other[2] = -1e6
    assert np.array_equal(standardise(raw()).X[~HELD_OUT], standardise(raw(other)).X[~HELD_OUT])


def test_a_constant_column_gets_deviation_1() -> None:
    data = standardise(raw())
    assert data.scaling is not None
    assert data.scaling.std[1] == 1.0
    assert data.X[:, 1].tolist() == [0.0, 0.0, 2.0, 0.0]


def test_a_constant_column_becomes_exactly_0_though_its_mean_is_rounded() -> None:
    tenths = np.full((4, 1), 0.1)
    assert tenths[~HELD_OUT].mean() != 0.1
    assert standardise(raw(tenths)).X.tolist() == [[0.0]] * 4


def test_a_constant_column_is_exactly_0_though_its_mean_is_rounded() -> None:
    values = np.column_stack([RAW[:, 0], np.full(4, 0.1)])
    assert values[~HELD_OUT, 1].mean() != 0.1
    assert not standardise(raw(values)).X[:, 1].any()


def test_a_column_that_is_constant_but_for_rounding_counts_as_constant() -> None:
    values = np.column_stack([RAW[:, 0], np.full(4, 0.1)])
    values[0, 1] = 0.1 + 2e-17
    data = standardise(raw(values))
    assert data.scaling is not None
    assert data.scaling.std[1] == 1.0


def test_the_scaling_gives_the_original_back() -> None:
    data = standardise(raw())
    assert data.scaling is not None
    np.testing.assert_allclose(data.X * data.scaling.std + data.scaling.mean, RAW, rtol=1e-14)


def test_standardised_data_are_not_standardised_again() -> None:
    with pytest.raises(ValueError, match="'raw' are standardised already"):
        standardise(standardise(raw()))


def test_numeric_targets_are_standardised_by_the_training_samples_and_classes_stay():
    rng = np.random.default_rng(1)
    held_out = np.arange(40) % 4 == 0
    targets = rng.normal(5e5, 2e5, (40, 1))
    data = standardise(Dataset("prices", rng.normal(size=(40, 2)), targets=targets, validation=held_out))
    trained_on = data.targets[~held_out]
    assert abs(trained_on.mean()) < 1e-12
    assert abs(trained_on.std() - 1) < 1e-12
    np.testing.assert_allclose(data.targets * data.target_scaling.std + data.target_scaling.mean, targets, rtol=1e-12)
    classes = standardise(Dataset("classes", rng.normal(size=(40, 2)), labels=rng.integers(0, 2, 40)))
    assert classes.target_scaling is None
