"""What is done to numbers before a network sees them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset, Scaling

# Below this share of a column's largest value a spread is the rounding of float64, not a difference between samples.
ROUNDING = 1e-14


def standardise(data: Dataset) -> Dataset:
    """Return data whose inputs and numeric targets have mean 0 and standard deviation 1 over the samples to train on.

    The held-out samples are shifted and scaled by the same numbers, so nothing of them leaks into training. A column
    that is constant over the training samples gets standard deviation 1. ``scaling`` and ``target_scaling`` say how the
    numbers were before; data that are standardised already are refused with ValueError.
    """
    if data.scaling is not None:
        raise ValueError(f"the inputs of {data.name!r} are standardised already")
    scaling = _scaling_of(data.X, data.validation)
    X = (data.X - scaling.mean) / scaling.std
    if data.targets is None:
        return replace(data, X=X, scaling=scaling)
    of_targets = _scaling_of(data.targets, data.validation)
    targets = (data.targets - of_targets.mean) / of_targets.std
    return replace(data, X=X, scaling=scaling, targets=targets, target_scaling=of_targets)


def _scaling_of(columns: NDArray[np.float64], validation: NDArray[np.bool_]) -> Scaling:
    """Return mean and standard deviation of each column over the samples that are not held out."""
    trained_on = columns[~validation]
    mean, std = trained_on.mean(axis=0), trained_on.std(axis=0)
    constant = std <= ROUNDING * np.abs(columns).max(axis=0)
    mean = np.where(constant, trained_on[0], mean)  # the mean of equal numbers is rounded, and need not be that number
    return Scaling(mean, np.where(constant, 1.0, std))
