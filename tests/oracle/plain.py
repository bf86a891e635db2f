"""Training in plain NumPy: slow, obvious and written without a look at the core. No test may compare it with itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Network
from bpgui.training.optimizers import Momentum
from bpgui.training.recipe import Recipe

Floats = NDArray[np.float64]

SHUFFLE, DROPOUT = 2, 3

VALUE: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
}
SLOPE: dict[str, Callable[[Floats], Floats]] = {
    "linear": np.ones_like,
    "sigmoid": lambda z: VALUE["sigmoid"](z) * VALUE["sigmoid"](-z),
    "tanh": lambda z: np.cosh(z) ** -2.0,
    "relu": lambda z: (z > 0.0).astype(np.float64),
}


def words(seed: int, stream: int, c1: int, c2: int, count: int) -> NDArray[np.uint64]:
    """The first draws of a place, from NumPy's Philox, which counts up before it draws."""
    counter = ((c1 << 64) + (c2 << 128) - 1) % 2**256
    return np.random.Philox(key=seed + (stream << 64), counter=counter).random_raw(count)


def uniforms(seed: int, stream: int, c1: int, c2: int, count: int) -> Floats:
    """The same as numbers in [0, 1)."""
    return (words(seed, stream, c1, c2, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def permutation(seed: int, stream: int, c1: int, n: int) -> list[int]:
    """Fisher-Yates from the identity, with Python's own whole numbers."""
    draw = [int(word) for word in words(seed, stream, c1, 0, n)]
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = (draw[i] * (i + 1)) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def softmax(z: Floats) -> Floats:
    """Row by row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@dataclass
class Pass:
    """z and a of each layer (layer 0 has no z), a before dropout, and the dropout factors."""

    z: list[Floats]
    a: list[Floats]
    clean: list[Floats]
    keep: list[Floats | None]


def weights_and_biases(network: Network, vector: Floats) -> tuple[list[Floats], list[Floats]]:
    """Cut the vector up: a matrix for each block, then the biases of each layer (zeros where it has none)."""
    at, weights, biases = 0, [], [np.zeros(network.layers[0].units)]
    for block in network.blocks:
        shape = network.layers[block.source].units, network.layers[block.target].units
        weights.append(vector[at : at + shape[0] * shape[1]].reshape(shape))
        at += shape[0] * shape[1]
    for layer in network.layers[1:]:
        biases.append(vector[at : at + layer.units] if layer.bias else np.zeros(layer.units))
        at += layer.units if layer.bias else 0
    assert at == vector.size
    return weights, biases


def forward(network: Network, vector: Floats, x: Floats, keep: list[Floats | None] | None = None) -> Pass:
    """All layers for all rows of x."""
    weights, biases = weights_and_biases(network, vector)
    keep = keep or [None] * len(network.layers)
    result = Pass([x], [x], [x], keep)
    for d, layer in enumerate(network.layers[1:], 1):
        z = np.tile(biases[d], (len(x), 1))
        for block, w in zip(network.blocks, weights, strict=True):
            if block.target == d:
                z = z + result.a[block.source] @ w
        if layer.activation == "softmax":
            a = softmax(z)
        else:
            a = np.column_stack([VALUE[layer.activation_of(j)](z[:, j]) for j in range(layer.units)])
        result.z.append(z)
        result.clean.append(a)
        result.a.append(a if keep[d] is None else a * keep[d])
    return result


def losses(loss: str, z: Floats, y: Floats, t: Floats) -> Floats:
    """The loss of each sample."""
    n = t.shape[1]
    if loss == "half_sse":
        return 0.5 * ((t - y) ** 2).sum(axis=1)
    if loss == "mse":
        return ((t - y) ** 2).sum(axis=1) / n
    if loss == "binary_cross_entropy":
        return (np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))) - t * z).sum(axis=1) / n
    assert loss == "cross_entropy"
    log_softmax = z - z.max(axis=1, keepdims=True)
    log_softmax = log_softmax - np.log(np.exp(log_softmax).sum(axis=1, keepdims=True))
    return -(t * log_softmax).sum(axis=1)


def slope_of_loss(loss: str, y: Floats, t: Floats) -> Floats:
    """dE/dy of each sample, the textbook's way: even the cross-entropies go through the output's activation."""
    n = t.shape[1]
    if loss == "half_sse":
        return y - t
    if loss == "mse":
        return 2.0 * (y - t) / n
    if loss == "binary_cross_entropy":
        return (y - t) / (y * (1.0 - y)) / n
    assert loss == "cross_entropy"
    return -t / y


def error_and_gradient(
    network: Network,
    vector: Floats,
    x: Floats,
    t: Floats,
    loss: str,
    weight: Floats | None = None,
    keep: list[Floats | None] | None = None,
) -> tuple[Floats, Floats]:
    """(E of each sample, gradient of their weighted mean); masks are not looked at."""
    w = np.ones(len(x)) if weight is None else weight
    share = w / w.sum() if w.sum() > 0.0 else np.zeros(len(x))
    p = forward(network, vector, x, keep)
    weights, _ = weights_and_biases(network, vector)
    last = len(network.layers) - 1
    da = [np.zeros_like(a) for a in p.a]
    da[last] = share[:, None] * slope_of_loss(loss, p.clean[last], t)
    dw = [np.zeros_like(matrix) for matrix in weights]
    db: list[Floats] = [np.zeros(0)] * len(network.layers)
    for d in range(last, 0, -1):
        layer = network.layers[d]
        dclean = da[d] if p.keep[d] is None else da[d] * p.keep[d]
        if layer.activation == "softmax":
            s = p.clean[d]
            dz = s * (dclean - (dclean * s).sum(axis=1, keepdims=True))
        else:
            dz = np.column_stack([
                dclean[:, j] * SLOPE[layer.activation_of(j)](p.z[d][:, j]) for j in range(layer.units)
            ])
        db[d] = dz.sum(axis=0)
        for k, block in enumerate(network.blocks):
            if block.target == d:
                dw[k] = p.a[block.source].T @ dz
                da[block.source] = da[block.source] + dz @ weights[k].T
    gradient = [matrix.ravel() for matrix in dw]
    gradient += [db[d] for d, layer in enumerate(network.layers) if d and layer.bias]
    return losses(loss, p.z[last], p.a[last], t), np.concatenate(gradient)


@dataclass
class PlainTraining:
    """A training; ``do(updates)`` goes on. With masks, penalties, clipping, dropout, shuffling and sample weights."""

    network: Network
    vector: Floats
    x: Floats
    t: Floats
    recipe: Recipe
    weight: Floats | None = None
    update: int = 0
    epoch: int = 0
    position: int = 0
    met: list[tuple[float, float]] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vector = self.vector.copy()
        self.velocity = np.zeros_like(self.vector)

    def do(self, updates: int) -> None:
        """Go on for that many updates."""
        for _ in range(updates):
            self.one_update()

    def batch(self) -> list[int]:
        """The samples of the next update."""
        n, size = len(self.x), self.recipe.batch_size
        seed = self.recipe.seed
        order = permutation(seed, SHUFFLE, self.epoch, n) if self.recipe.shuffle else list(range(n))
        return order[self.position : self.position + (n if size == "full" else size)]

    def dropout_factors(self, b: int) -> list[Floats | None]:
        """For each layer, None or (b, units) of 0 and 1 / (1 - p)."""
        p = self.recipe.dropout
        factors: list[Floats | None] = [None] * len(self.network.layers)
        for d in range(1, len(self.network.layers) - 1) if p else ():
            units = self.network.layers[d].units
            u = np.array([uniforms(self.recipe.seed, DROPOUT, self.update, i * 2**32 + d, units) for i in range(b)])
            factors[d] = np.where(u < p, 0.0, 1.0 / (1.0 - p))
        return factors

    def one_update(self) -> None:
        """One update in the order of the definition."""
        rows = self.batch()
        weight = np.ones(len(rows)) if self.weight is None else self.weight[rows]
        e, g = error_and_gradient(
            self.network, self.vector, self.x[rows], self.t[rows], self.recipe.loss, weight,
            self.dropout_factors(len(rows)),
        )
        self.step(self.prepared(g))
        self.met += zip(e.tolist(), weight.tolist(), strict=True)
        self.update += 1
        self.position += len(rows)
        if self.position >= len(self.x):
            mass = sum(w for _, w in self.met)
            self.errors.append(sum(w * e for e, w in self.met) / mass if mass > 0.0 else 0.0)
            self.met, self.position, self.epoch = [], 0, self.epoch + 1

    def prepared(self, g: Floats) -> Floats:
        """The data gradient with penalties, without masked entries, clipped."""
        r, weights = self.recipe, self.network.weight_count
        g = g.copy()
        g[:weights] += r.l2 * self.vector[:weights] + r.l1 * np.sign(self.vector[:weights])
        g[self.network.cut | self.network.frozen] = 0.0
        if r.clip_value is not None:
            g = np.clip(g, -r.clip_value, r.clip_value)
        if r.clip_norm is not None and np.linalg.norm(g) > r.clip_norm:
            g = g * (r.clip_norm / np.linalg.norm(g))
        return g

    def step(self, g: Floats) -> None:
        """One step of the optimizer."""
        learns = ~(self.network.cut | self.network.frozen)
        method = self.recipe.method
        if isinstance(method, Momentum):
            self.velocity[learns] = method.momentum * self.velocity[learns] + g[learns]
            g = self.velocity
        self.vector[learns] -= self.recipe.learning_rate * g[learns]
