"""The article that the project grew from: its network, trained with the exact gradient, line by line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import bpgui

TRACE = Path(__file__).parents[1] / "data" / "article_exact.csv"


def article() -> tuple[bpgui.Network, bpgui.Parameters, list[list[float]], list[list[float]], bpgui.Recipe]:
    """Two sigmoid layers of two units without biases, one sample."""
    net = bpgui.Network.dense((2, 2, 2), "sigmoid", "sigmoid", bias=False)
    params = bpgui.Parameters(net, [0.1, 0.2, 0.3, 0.1, 0.4, 0.5, 0.1, 0.3])
    recipe = bpgui.Recipe("half_sse", learning_rate=0.3, batch_size=1, epochs=1000, shuffle=False)
    return net, params, [[0.2, 0.5]], [[0.2, 0.7]], recipe


def test_all_1000_lines_agree_in_outputs_and_error() -> None:
    rows = list(csv.DictReader(TRACE.read_text().splitlines()))
    assert [int(row["iteration"]) for row in rows] == list(range(1000))
    net, params, x, t, recipe = article()
    trainer = bpgui.Trainer(net, params, x, t, recipe)
    for row in rows:
        y = bpgui.predict(net, trainer.params, x)[0]
        assert trainer.run(updates=1) == "done"
        wanted = [float(row[name]) for name in ("y1", "y2", "E")]
        assert np.abs([*y, trainer.errors[-1]] - np.array(wanted)).max() <= 1e-12
    run = bpgui.train(net, params, x, t, recipe)
    assert run.errors.tolist() == trainer.errors.tolist()
    assert (run.status, run.epochs, run.updates) == ("finished", 1000, 1000)


def test_the_first_pass_is_the_one_worked_out_on_paper() -> None:
    net, params, x, t, _ = article()
    error, gradient = bpgui.gradient(net, params, x, t)
    assert error == pytest.approx(0.0717834252, abs=5e-11)
    assert bpgui.predict(net, params, x)[0] == pytest.approx([0.5668983760, 0.6053827077], abs=5e-11)
    # The exact gradient of the first weight; with the hidden activation in place of the input it would be 0.0034.
    assert gradient.weights[0][0, 0] == pytest.approx(0.00122767, abs=5e-9)
    assert gradient.weights[1][0, 0] == pytest.approx(0.0489, abs=5e-5)
