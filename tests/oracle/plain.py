"""Training in plain NumPy: slow, obvious and written from the definitions, not from the core.

No test may compare it with itself; test_gradients and test_optimizers hold it to PyTorch too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, cos, erfc, floor, inf, pi, sqrt

import numpy as np
from numpy.typing import NDArray

from bpgui.network.network import Network
from bpgui.training.optimizers import Adagrad, Adam, AdamW, Lbfgs, Momentum, Nadam, Nesterov, RmsProp, Rprop, Sgd
from bpgui.training.recipe import Recipe
from bpgui.training.schedules import Cosine, Exponential, ReduceOnPlateau, Schedule, Step, WarmUp

Floats = NDArray[np.float64]

SHUFFLE, DROPOUT = 2, 3
MOST = float(np.finfo(np.float64).max)

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + e^-z), without overflow."""
    return np.exp(-np.logaddexp(0.0, -z))


def normal(z: Floats) -> Floats:
    """The share of a normal distribution below z, exact also where it is small."""
    return np.array([0.5 * erfc(-one / sqrt(2.0)) for one in z])


def density(z: Floats) -> Floats:
    """The density of a normal distribution at z."""
    return np.exp(-0.5 * z * z) / sqrt(2.0 * pi)


def exp_below(z: Floats) -> Floats:
    """e^z where z is below 0, else 1."""
    return np.exp(np.minimum(z, 0.0))


VALUE: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda z: z,
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "leaky_relu": lambda z: np.maximum(z, 0.01 * z),
    "elu": lambda z: np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0))),
    "selu": lambda z: SELU_SCALE * np.where(z > 0.0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0.0))),
    "gelu": lambda z: z * normal(z),
    "silu": lambda z: z * sigmoid(z),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "sine": np.sin,
    "gaussian": lambda z: np.exp(-z * z),
    "step": lambda z: (z >= 0.0).astype(np.float64),
}
SLOPE: dict[str, Callable[[Floats], Floats]] = {
    "linear": np.ones_like,
    "sigmoid": lambda z: sigmoid(z) * sigmoid(-z),
    "tanh": lambda z: 4.0 * sigmoid(2.0 * z) * sigmoid(-2.0 * z),
    "relu": lambda z: (z > 0.0).astype(np.float64),
    "leaky_relu": lambda z: np.where(z > 0.0, 1.0, 0.01),
    "elu": exp_below,
    "selu": lambda z: SELU_SCALE * np.where(z > 0.0, 1.0, SELU_ALPHA * exp_below(z)),
    "gelu": lambda z: normal(z) + z * density(z),
    "silu": lambda z: sigmoid(z) * (1.0 + z * sigmoid(-z)),
    "softplus": sigmoid,
    "sine": np.cos,
    "gaussian": lambda z: -2.0 * z * np.exp(-z * z),
    "step": np.zeros_like,
}
# Where value or slope jumps, or where the slope bends; a finite difference across it means nothing.
KINKED = ("relu", "leaky_relu", "elu", "selu", "step")


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
    if loss == "mae":
        return np.abs(t - y).sum(axis=1) / n
    if loss == "huber":
        d = np.abs(t - y)
        return np.where(d <= 1.0, 0.5 * d * d, d - 0.5).sum(axis=1) / n
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
    if loss == "mae":
        return np.sign(y - t) / n
    if loss == "huber":
        return np.clip(y - t, -1.0, 1.0) / n
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
            dz = np.column_stack(
                [dclean[:, j] * SLOPE[layer.activation_of(j)](p.z[d][:, j]) for j in range(layer.units)]
            )
        db[d] = dz.sum(axis=0)
        for k, block in enumerate(network.blocks):
            if block.target == d:
                dw[k] = p.a[block.source].T @ dz
                da[block.source] = da[block.source] + dz @ weights[k].T
    gradient = [matrix.ravel() for matrix in dw]
    gradient += [db[d] for d, layer in enumerate(network.layers) if d and layer.bias]
    return losses(loss, p.z[last], p.a[last], t), np.concatenate(gradient)


def mean_error(errors: Floats, weight: Floats) -> float:
    """The weighted mean of samples' errors, 0 where they weigh nothing."""
    return float((weight * errors).sum() / weight.sum()) if weight.sum() > 0.0 else 0.0


def factor(schedule: Schedule, x: float, epochs: float, share: float, plateau: float = 1.0) -> float:
    """A schedule's factor at x epochs of a recipe's; share: of an epoch, of one update; plateau: what that one has."""
    if isinstance(schedule, WarmUp):
        assert isinstance(schedule.then, Schedule)
        rise = min(1.0, (x or share) / schedule.epochs)
        return rise * factor(schedule.then, x, epochs, share, plateau)
    if isinstance(schedule, Step):
        return float(schedule.gamma ** (floor(x) // schedule.every))
    if isinstance(schedule, Exponential):
        return float(schedule.gamma ** floor(x))
    if isinstance(schedule, Cosine):
        angle = pi * (x % schedule.period / schedule.period if schedule.period else min(x / epochs, 1.0))
        return schedule.floor + (1.0 - schedule.floor) * 0.5 * (1.0 + cos(angle))
    return plateau if isinstance(schedule, ReduceOnPlateau) else 1.0


@dataclass
class Plateau:
    """What reduce_on_plateau knows; ``met`` tells it the error of an epoch."""

    factor: float = 1.0
    best: float = inf
    waited: int = 0

    def met(self, schedule: Schedule, error: float) -> None:
        """An epoch has ended."""
        rule = schedule.then if isinstance(schedule, WarmUp) else schedule
        if not isinstance(rule, ReduceOnPlateau):
            return
        if error < self.best * (1.0 - rule.threshold):
            self.best, self.waited = error, 0
            return
        self.waited += 1
        if self.waited > rule.patience:
            self.factor, self.waited = self.factor * rule.factor, 0


@dataclass
class PlainTraining:
    """A training; ``do(updates)`` goes on. With masks, penalties, clipping, dropout, shuffling and sample weights.

    slots (s, P) are the optimizer's state as it is defined for all; step counts its updates, momentum_product and
    pairs are scalars of nadam and lbfgs.
    """

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
    momentum_product: float = 1.0
    pairs: int = 0
    plateau: Plateau = field(default_factory=Plateau)

    def __post_init__(self) -> None:
        self.vector = self.vector.astype(np.float64)
        self.slots = np.zeros((self.recipe.method.slots, self.vector.size))
        self.gradient = np.zeros_like(self.vector)  # that of the last update, as its step took it
        self.learns = ~(self.network.cut | self.network.frozen)

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

    def rate(self) -> float:
        """The learning rate of the next update."""
        n, size = len(self.x), self.recipe.batch_size
        share = 1.0 / ceil(n / (n if size == "full" else min(size, n)))
        x = self.epoch + self.position / n
        return self.recipe.learning_rate * factor(self.recipe.course, x, self.recipe.epochs, share, self.plateau.factor)

    def one_update(self) -> None:
        """One update in the order of the definition."""
        rows = self.batch()
        weight = np.ones(len(rows)) if self.weight is None else self.weight[rows]
        e, g = error_and_gradient(
            self.network,
            self.vector,
            self.x[rows],
            self.t[rows],
            self.recipe.loss,
            weight,
            self.dropout_factors(len(rows)),
        )
        self.gradient = self.prepared(g)
        if isinstance(self.recipe.method, Lbfgs):
            self.lbfgs(self.gradient)
        else:
            self.step(self.gradient)
        self.met += zip(e.tolist(), weight.tolist(), strict=True)
        self.update += 1
        self.position += len(rows)
        if self.position >= len(self.x):
            errors, weights = np.array(self.met).T
            self.errors.append(mean_error(errors, weights))
            self.plateau.met(self.recipe.course, self.errors[-1])
            self.met, self.position, self.epoch = [], 0, self.epoch + 1

    def prepared(self, g: Floats) -> Floats:
        """The data gradient with penalties, without masked entries, clipped."""
        r, weights = self.recipe, self.network.weight_count
        g = g.copy()
        g[:weights] += r.l2 * self.vector[:weights] + r.l1 * np.sign(self.vector[:weights])
        g[~self.learns] = 0.0
        if r.clip_value is not None:
            g = np.clip(g, -r.clip_value, r.clip_value)
        if r.clip_norm is not None and np.linalg.norm(g) > r.clip_norm:
            g = g * (r.clip_norm / np.linalg.norm(g))
        return g

    def step(self, g: Floats) -> None:
        """One step of any optimizer but lbfgs."""
        learns = self.learns
        w, slots = self.vector[learns], self.slots[:, learns]
        is_weight = (np.arange(self.vector.size) < self.network.weight_count)[learns]
        eta, g, method = self.rate(), g[learns], self.recipe.method
        t = self.update + 1
        if isinstance(method, (Momentum, Nesterov)):
            [v] = slots = method.momentum * slots + g
            w = w - eta * (v if isinstance(method, Momentum) else g + method.momentum * v)
        elif isinstance(method, RmsProp):
            [s] = slots = method.alpha * slots + (1.0 - method.alpha) * g**2
            w = w - eta * g / (np.sqrt(s) + method.epsilon)
        elif isinstance(method, Adagrad):
            [s] = slots = slots + g**2
            w = w - eta * g / (np.sqrt(s) + method.epsilon)
        elif isinstance(method, (Adam, AdamW, Nadam)):
            if isinstance(method, AdamW):
                w = np.where(is_weight, w - eta * method.weight_decay * w, w)
            m = method.beta1 * slots[0] + (1.0 - method.beta1) * g
            v = method.beta2 * slots[1] + (1.0 - method.beta2) * g**2
            slots = np.array([m, v])
            root = np.sqrt(v / (1.0 - method.beta2**t)) + method.epsilon
            if isinstance(method, Nadam):
                now, later = (method.beta1 * (1.0 - 0.5 * 0.96 ** (i * method.momentum_decay)) for i in (t, t + 1))
                self.momentum_product *= now
                ahead = later * m / (1.0 - self.momentum_product * later)
                w = w - eta * ((1.0 - now) * g / (1.0 - self.momentum_product) + ahead) / root
            else:
                w = w - eta * m / (1.0 - method.beta1**t) / root
        elif isinstance(method, Rprop):
            before, size = slots
            size = np.where(size == 0.0, eta, size)
            shrunk = np.where(g * before < 0.0, size * method.shrink, size)
            size = np.where(g * before > 0.0, size * method.grow, shrunk)
            size = np.clip(size, method.smallest, method.largest)
            g = np.where(g * before < 0.0, 0.0, g)
            slots = np.array([g, size])
            w = w - np.sign(g) * size
        else:
            assert isinstance(method, Sgd)
            w = w - eta * g
        self.vector[learns], self.slots[:, learns] = w, slots

    def minimised(self, w: Floats) -> float:
        """What lbfgs makes smaller at the learning entries w: the error of all samples, and the penalties."""
        vector = self.vector.copy()
        vector[self.learns] = w
        p = forward(self.network, vector, self.x)
        weight = np.ones(len(self.x)) if self.weight is None else self.weight
        weights = vector[: self.network.weight_count]
        penalty = 0.5 * self.recipe.l2 * (weights**2).sum() + self.recipe.l1 * np.abs(weights).sum()
        return mean_error(losses(self.recipe.loss, p.z[-1], p.a[-1], self.t), weight) + float(penalty)

    def lbfgs(self, g: Floats) -> None:
        """One accepted step of L-BFGS; rows 0-9 of the slots are s, 10-19 y, 20 the last gradient, 21 the last step."""
        w, slots, g = self.vector[self.learns], self.slots[:, self.learns], g[self.learns]
        stored = [(slots[i % 10], slots[10 + i % 10]) for i in range(max(0, self.pairs - 10), self.pairs)]
        s, y = slots[21], g - slots[20]
        is_new = bool(s.any()) and s @ y > 1e-10 * (y @ y)
        if is_new:
            stored = [*stored, (s, y)][-10:]
        d = two_loops(g, stored)
        if not g @ d < 0.0:
            stored, d = [], -g
        start, alpha, halvings = self.minimised(w), self.rate(), 0
        with np.errstate(all="ignore"):
            while not self.minimised(w + alpha * d) <= min(start + 1e-4 * alpha * (g @ d), MOST) and halvings <= 60:
                alpha, halvings = alpha / 2.0, halvings + 1
        if halvings > 60:
            stored, alpha = [], 0.0
        if not stored:
            self.pairs = 0
        elif is_new:
            slots[self.pairs % 10], slots[10 + self.pairs % 10] = s.copy(), y
            self.pairs += 1
        slots[20], slots[21] = g, alpha * d
        self.vector[self.learns], self.slots[:, self.learns] = w + alpha * d, slots


def two_loops(g: Floats, pairs: list[tuple[Floats, Floats]]) -> Floats:
    """-H g by the two-loop recursion (Nocedal 1980); pairs (s, y) from the oldest on."""
    q, shares = g, []
    for s, y in reversed(pairs):
        shares.append((s @ q) / (s @ y))
        q = q - shares[-1] * y
    if pairs:
        s, y = pairs[-1]
        q = q * ((s @ y) / (y @ y))
    for (s, y), share in zip(pairs, reversed(shares), strict=True):
        q = q + s * (share - (y @ q) / (s @ y))
    return -q
