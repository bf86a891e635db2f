"""The article's network in plain Python, apart from everything in bpgui: an oracle for the numbers of its lesson."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

Pair = tuple[float, float]
W0: tuple[Pair, Pair] = ((0.1, 0.2), (0.3, 0.1))
W1: tuple[Pair, Pair] = ((0.4, 0.5), (0.1, 0.3))
RATE = 0.3


@dataclass
class Hand:
    """One sample through the network and back. ``slip`` takes the hidden answer where the input belongs."""

    x: Pair = (0.2, 0.5)
    t: Pair = (0.2, 0.7)
    w0: tuple[Pair, Pair] = W0
    w1: tuple[Pair, Pair] = W1
    slip: bool = False
    decimals: int = 30

    def __post_init__(self) -> None:
        self.z1, self.a1 = self.through(self.w0, self.x)
        self.z2, self.y = self.through(self.w1, self.a1)
        self.shares = tuple((t - y) ** 2 / 2 for t, y in zip(self.t, self.y, strict=True))
        self.E = sum(self.shares)
        self.d2 = tuple((y - t) * y * (1 - y) for t, y in zip(self.t, self.y, strict=True))
        self.slope1 = tuple(a * (1 - a) for a in self.a1)
        back = [sum(self.w1[h][k] * self.d2[k] for k in (0, 1)) for h in (0, 1)]
        self.d1 = tuple(slope * b for slope, b in zip(self.slope1, back, strict=True))
        self.g0 = [[self.d1[h] * (self.a1[h] if self.slip else self.x[i]) for h in (0, 1)] for i in (0, 1)]
        self.g1 = [[self.d2[k] * self.a1[h] for k in (0, 1)] for h in (0, 1)]

    def through(self, w: tuple[Pair, Pair], values: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        z = tuple(round(values[0] * w[0][j] + values[1] * w[1][j], self.decimals) for j in (0, 1))
        return z, tuple(round(1 / (1 + exp(-each)), self.decimals) for each in z)

    def later(self, updates: int) -> Hand:
        now = self
        for _ in range(updates):
            w0, w1 = (
                tuple(tuple(w[i][j] - RATE * g[i][j] for j in (0, 1)) for i in (0, 1))
                for w, g in ((now.w0, now.g0), (now.w1, now.g1))
            )
            now = Hand(self.x, self.t, w0, w1, self.slip, self.decimals)  # type: ignore[arg-type]  # pairs of pairs
        return now


EXACT = Hand()
PRINTED = Hand(slip=True, decimals=2)
SLIP = Hand(slip=True)
