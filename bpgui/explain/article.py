"""The article that bpgui grew from, with the slip in its update rule.

The chain rule for a weight from input x to hidden unit h ends with the factor ∂z_h/∂w = x, the input. The article
prints the hidden activation a_h in its place. Both are positive there, so the wrong gradient has the right sign and its
run still learns; with a negative input it would climb. Everything else in bpgui uses the exact gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from bpgui.catalogue import find
from bpgui.data.builtin import DATASETS, load


def as_printed() -> Iterator[tuple[float, float, float]]:
    """Train the article's 2-2-2 network by the rule as it is printed, without end.

    Yields the outputs y1 and y2 and the error E = ½ Σ (t − y)² of each iteration, met before its update. Weights,
    sample and learning rate are those of the built-in data set; there are no biases.
    """
    entry, data = find(DATASETS, "article", "data set"), load("article")
    assert entry.first is not None
    first = iter(entry.first)
    into_hidden = [[next(first) for _ in range(2)] for _ in range(2)]  # [input][hidden]
    into_output = [[next(first) for _ in range(2)] for _ in range(2)]  # [hidden][output]
    rate = float(str(entry.recipe["learning_rate"]))
    x, t = data.X[0].tolist(), data.T[0].tolist()
    while True:  # at_hidden and at_output are the deltas, ∂E/∂z
        a = _through(into_hidden, x)
        y = _through(into_output, a)
        yield y[0], y[1], 0.5 * sum((t[k] - y[k]) ** 2 for k in range(2))
        at_output = [(y[k] - t[k]) * y[k] * (1.0 - y[k]) for k in range(2)]
        at_hidden = [a[h] * (1.0 - a[h]) * sum(at_output[k] * into_output[h][k] for k in range(2)) for h in range(2)]
        for h in range(2):
            for k in range(2):
                into_output[h][k] -= rate * at_output[k] * a[h]
            for i in range(2):
                into_hidden[i][h] -= rate * at_hidden[h] * a[h]  # the slip: x[i] belongs here


def _through(weights: list[list[float]], values: list[float]) -> list[float]:
    """Return the sigmoids of a layer that these values reach through the weights."""
    sums = [sum(values[i] * weights[i][j] for i in range(2)) for j in range(2)]
    return [1.0 / (1.0 + exp(-z)) for z in sums]
