"""The article that bpgui grew from, with the slip in its update rule.

The chain rule for a weight from input x to hidden unit h ends with the factor ∂z_h/∂w = x, the input. The article
prints the hidden activation a_h in its place. Both are positive there, so the wrong gradient has the right sign and its
run still learns; with a negative input it climbs. Everything else in bpgui uses the exact gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from bpgui.catalogue import find
from bpgui.data.builtin import DATASETS, load

BY_HAND = 2
"""Decimals to which the article rounds sums and activations where it computes by hand; its program does not round."""


@dataclass(frozen=True)
class Printed:
    """One iteration of the 2-2-2 network by the printed rule, met before its update.

    ``z``, ``a`` and ``deltas`` (∂E/∂z) hold two numbers for each layer, the inputs first (delta 0); ``before``,
    ``gradient`` and ``after`` the eight weights in the order of the parameter vector.
    """

    z: tuple[tuple[float, ...], ...]
    a: tuple[tuple[float, ...], ...]
    deltas: tuple[tuple[float, ...], ...]
    error: float
    before: tuple[float, ...]
    gradient: tuple[float, ...]
    rate: float

    @property
    def after(self) -> tuple[float, ...]:
        """The weights after the update."""
        return tuple(w - self.rate * g for w, g in zip(self.before, self.gradient, strict=True))


def as_printed() -> Iterator[tuple[float, float, float]]:
    """Train the article's 2-2-2 network by the rule as it is printed, without end.

    Yields the outputs y1 and y2 and the error E = ½ Σ (t − y)² of each iteration, met before its update. Weights,
    sample and learning rate are those of the built-in data set; there are no biases.
    """
    entry, data = find(DATASETS, "article", "data set"), load("article")
    assert entry.first is not None
    rate = float(str(entry.recipe["learning_rate"]))
    for printed in iterations(entry.first, data.X[0].tolist(), data.T[0].tolist(), rate):
        yield printed.a[2][0], printed.a[2][1], printed.error


def iterations(
    first: Sequence[float], x: Sequence[float], t: Sequence[float], rate: float, decimals: int | None = None
) -> Iterator[Printed]:
    """Train a 2-2-2 network of sigmoids without biases by the printed rule, without end.

    first: the eight weights in the order of the parameter vector; x, t: (2,), the one sample. ``decimals``: sums and
    activations are rounded to that many, as the article does by hand; None for not at all, as its program.
    """
    vector = tuple(map(float, first))
    while True:
        into_hidden, into_output = (vector[0:2], vector[2:4]), (vector[4:6], vector[6:8])  # [source][unit]
        at_hidden, a = _through(into_hidden, x, decimals)
        at_output, y = _through(into_output, a, decimals)
        error = 0.5 * sum((t[k] - y[k]) ** 2 for k in range(2))
        of_output = tuple((y[k] - t[k]) * y[k] * (1.0 - y[k]) for k in range(2))
        of_hidden = tuple(
            a[h] * (1.0 - a[h]) * sum(of_output[k] * into_output[h][k] for k in range(2)) for h in range(2)
        )
        gradient = [of_hidden[h] * a[h] for _input in range(2) for h in range(2)]  # the slip: the input belongs here
        gradient += [of_output[k] * a[h] for h in range(2) for k in range(2)]
        inputs = tuple(map(float, x))
        yield (
            printed := Printed(
                z=(inputs, at_hidden, at_output),
                a=(inputs, a, y),
                deltas=((0.0, 0.0), of_hidden, of_output),
                error=error,
                before=vector,
                gradient=tuple(gradient),
                rate=rate,
            )
        )
        vector = printed.after


def _through(
    weights: tuple[Sequence[float], Sequence[float]], values: Sequence[float], decimals: int | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the sums of a layer that these values reach through the weights, and their sigmoids."""
    sums = [sum(values[i] * weights[i][j] for i in range(2)) for j in range(2)]
    if decimals is None:
        return tuple(sums), tuple(_sigmoid(z) for z in sums)
    rounded = tuple(round(z, decimals) for z in sums)
    return rounded, tuple(round(_sigmoid(z), decimals) for z in rounded)


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + exp(-z)) if z > -700.0 else 0.0  # beyond, e^-z is more than a number can hold
