"""What is done to inputs before a network sees them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bpgui.data.dataset import Dataset, Scaling

# Below this share of a column's largest value a spread is the rounding of float64, not a difference between samples.
ROUNDING = 1e-14


def standardise(data: Dataset) -> Dataset:
    """Return data whose inputs have mean 0 and standard deviation 1 over the samples to train on.

    The held-out samples are shifted and scaled by the same numbers, so nothing of them leaks into training. A column
    that is constant over the training samples gets standard deviation 1. ``scaling`` says how X was before; data that
    are standardised already are refused with ValueError.
    """
    if data.scaling is not None:
        raise ValueError(f"the inputs of {data.name!r} are standardised already")
    trained_on = data.X[~data.validation]
    mean, std = trained_on.mean(axis=0), trained_on.std(axis=0)
    constant = std <= ROUNDING * np.abs(data.X).max(axis=0)
    mean = np.where(constant, trained_on[0], mean)  # the mean of equal numbers is rounded, and need not be that number
    std = np.where(constant, 1.0, std)
    return replace(data, X=(data.X - mean) / std, scaling=Scaling(mean, std))
