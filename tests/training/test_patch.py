"""Patches: what a change came to, made again without the change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from support import examples

from bpgui.training.changes import SetParameters
from bpgui.training.patch import Patch, rows_of
from bpgui.training.trainer import Trainer
from training.cases import random_training, same
from training.test_inverses import ALL_KINDS, SEEDS, STEPS


@pytest.mark.parametrize("make", ALL_KINDS, ids=[kind.__name__ for kind in ALL_KINDS])
def test_a_patch_makes_of_the_one_training_the_other_to_the_last_bit(make: Any) -> None:
    @examples(400)
    @given(SEEDS, STEPS)
    def check(seed: int, updates: int) -> None:
        trainer = Trainer.of(random_training(seed))
        trainer.run(updates=updates)
        before = trainer.training
        after, _ = make(before, np.random.default_rng(seed)).apply(before)
        made = Patch.between(before, after).apply(before)
        assert same(made, after)
        assert rows_of(made).tobytes() == rows_of(after).tobytes()

    check()


def test_a_patch_of_a_weight_holds_no_more_than_that_weight() -> None:
    before = random_training(3)
    key = before.network.keys[~before.network.cut][:1]
    after, _ = SetParameters(key, np.array([0.125])).apply(before)
    patch = Patch.between(before, after)
    assert patch.rows.shape == (3 + len(before.state.slots), 1)
    assert (patch.network, patch.data, patch.recipe) == (None, None, None)


def test_minus_zero_is_another_number_than_zero() -> None:
    before = random_training(3)
    key = before.network.keys[~before.network.cut][:1]
    zero, _ = SetParameters(key, np.array([0.0])).apply(before)
    minus, _ = SetParameters(key, np.array([-0.0])).apply(zero)
    assert np.signbit(Patch.between(zero, minus).apply(zero).state.vector).sum() == np.signbit(minus.state.vector).sum()
