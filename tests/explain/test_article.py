"""The article's printed rule: its own numbers, and what its slip makes of them."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path

import numpy as np

from bpgui.explain.article import as_printed
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer

TRACES = Path(__file__).parents[1] / "data"


def trace(name: str) -> np.ndarray:
    """(iterations, 3): y1, y2, E of each."""
    with (TRACES / f"{name}.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["iteration", "y1", "y2", "E"]
    numbers = np.array(rows[1:], float)
    assert np.array_equal(numbers[:, 0], np.arange(1000))
    return numbers[:, 1:]


def test_every_number_of_the_printed_run_comes_out() -> None:
    printed = trace("article_as_printed")
    assert np.abs(np.array(list(islice(as_printed(), len(printed)))) - printed).max() <= 1e-12


def test_the_exact_gradient_gives_other_numbers_from_the_first_update_on() -> None:
    exact, printed = trace("article_exact"), trace("article_as_printed")
    apart = np.abs(exact - printed).max(axis=1)
    assert apart[0] <= 1e-15
    assert (apart[1:] > 1e-12).all()
    trainer = Trainer.of(of_builtin("article").training)
    trainer.run(epochs=1000)
    assert np.abs(trainer.errors - exact[:, 2]).max() <= 1e-12
    assert np.abs(trainer.errors - printed[:, 2]).max() > 1e-6
