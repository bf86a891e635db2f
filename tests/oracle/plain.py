"""Training in plain NumPy: slow, obvious and written without a look at the core. No test may compare it with itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from bpgui.network.network import Network
from bpgui.training.recipe import Recipe
from bpgui.training.schedules import Cosine, Exponential, ReduceOnPlateau, Schedule, WarmUp
from bpgui.training.schedules import Step as Step_

Floats = NDArray[np.float64]

SHUFFLE, DROPOUT = 2, 3
ALPHA, LAMBDA = 1.6732632423543772, 1.0507009873554805

VALUE: dict[str, Callable[[Floats], Floats]] = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0.0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0.0, z, np.expm1(np.minimum(z, 0.0))),
    "selu": lambda z: LAMBDA * np.where(z > 0.0, z, ALPHA * np.expm1(np.minimum(z, 0.0))),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z / (1.0 + np.exp(-z)),
    "softplus": lambda z: np.logaddexp(z, 0.0),
    "sine": np.sin,
    "gaussian": lambda z: np.exp(-(z**2)),
    "step": lambda z: np.where(z >= 0.0, 1.0, 0.0),
}
SLOPE: dict[str, Callable[[Floats], Floats]] = {
    "linear": np.ones_like,
    "sigmoid": lambda z: VALUE["sigmoid"](z) * VALUE["sigmoid"](-z),
    "tanh": lambda z: np.cosh(z) ** -2.0,
    "relu": lambda z: (z > 0.0).astype(np.float64),
    "leaky_relu": lambda z: np.where(z > 0.0, 1.0, 0.01),
    "elu": lambda z: np.where(z > 0.0, 1.0, np.exp(np.minimum(z, 0.0))),
    "selu": lambda z: LAMBDA * np.where(z > 0.0, 1.0, ALPHA * np.exp(np.minimum(z, 0.0))),
    "gelu": lambda z: ndtr(z) + z * np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi),
    "silu": lambda z: VALUE["sigmoid"](z) * (1.0 + z * VALUE["sigmoid"](-z)),
    "softplus": lambda z: VALUE["sigmoid"](z),
    "sine": np.cos,
    "gaussian": lambda z: -2.0 * z * np.exp(-(z**2)),
    "step": np.zeros_like,
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
    if loss == "mae":
        return np.abs(t - y).sum(axis=1) / n
    if loss == "huber":
        d = np.abs(t - y)
        return np.where(d <= 1.0, 0.5 * d**2, d - 0.5).sum(axis=1) / n
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
        self.slots = np.zeros((self.recipe.method.slots, self.vector.size))
        self.steps, self.momentum_product, self.pairs = 0, 1.0, 0
        self.plateau = Plateau(self.recipe.course)

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
        mass = weight.sum()
        self.error = float((weight * e).sum() / mass) if mass > 0.0 else 0.0
        self.step(self.prepared(g))
        self.met += zip(e.tolist(), weight.tolist(), strict=True)
        self.update += 1
        self.position += len(rows)
        if self.position >= len(self.x):
            mass = sum(w for _, w in self.met)
            self.errors.append(sum(w * e for e, w in self.met) / mass if mass > 0.0 else 0.0)
            self.met, self.position, self.epoch = [], 0, self.epoch + 1
            self.plateau.watch(self.errors[-1])

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

    @property
    def rate(self) -> float:
        """The learning rate of the next update."""
        n, size = len(self.x), self.recipe.batch_size
        per_epoch = 1 if size == "full" else -(-n // size)
        x = self.epoch + self.position / n
        return self.recipe.learning_rate * factor(
            self.recipe.course, x, self.recipe.epochs, 1.0 / per_epoch, self.plateau.factor
        )

    def step(self, g: Floats) -> None:
        """One step of the optimizer."""
        learns = ~(self.network.cut | self.network.frozen)
        if self.recipe.method.name == "lbfgs":
            self.lbfgs_step(g, learns)
            return
        weights = np.arange(self.vector.size) < self.network.weight_count
        self.steps += 1
        w, state = self.vector[learns], self.slots[:, learns]
        moved = STEPS[self.recipe.method.name](self, w, g[learns], state, weights[learns])
        self.vector[learns], self.slots[:, learns] = moved, state

    def objective(self, vector: Floats) -> float:
        """The error of all samples and the penalties."""
        p = forward(self.network, vector, self.x)
        e = losses(self.recipe.loss, p.z[-1], p.a[-1], self.t)
        weight = np.ones(len(e)) if self.weight is None else self.weight
        mean = float((weight * e).sum() / weight.sum()) if weight.sum() > 0.0 else 0.0
        w = vector[: self.network.weight_count]
        return mean + 0.5 * self.recipe.l2 * float((w**2).sum()) + self.recipe.l1 * float(np.abs(w).sum())

    def lbfgs_step(self, g: Floats, learns: NDArray[np.bool_]) -> None:
        """Two-loop recursion (Nocedal and Wright 2006, algorithm 7.4) and Armijo's rule, over what learns."""
        slots, gradient = self.slots[:, learns], g[learns]
        kept = min(self.pairs, 10)
        rows = [(self.pairs - kept + k) % 10 for k in range(kept)]
        pairs = [(slots[row], slots[10 + row]) for row in rows]
        s, y = slots[21], gradient - slots[20]
        new = bool(s.any()) and s @ y > 1e-10 * (y @ y)
        if new:
            pairs = [*pairs, (s, y)][-10:]
        d = -gradient
        alphas = []
        for s_i, y_i in reversed(pairs):
            alphas.append((s_i @ d) / (y_i @ s_i))
            d = d - alphas[-1] * y_i
        if pairs:
            d = d * (pairs[-1][0] @ pairs[-1][1]) / (pairs[-1][1] @ pairs[-1][1])
        for (s_i, y_i), alpha in zip(pairs, reversed(alphas), strict=True):
            d = d + (alpha - (y_i @ d) / (y_i @ s_i)) * s_i
        if not gradient @ d < 0.0:
            d, pairs = -gradient, []
        size, before = self.rate, self.objective(self.vector)
        for _ in range(61):
            tried = self.vector.copy()
            tried[learns] += size * d
            reached = self.objective(tried)
            if np.isfinite(reached) and reached <= before + 1e-4 * size * (gradient @ d):
                break
            size *= 0.5
        else:
            size, pairs = 0.0, []
        if not pairs:
            self.pairs = 0
        elif new:
            row = self.pairs % 10
            self.slots[row, learns], self.slots[10 + row, learns] = s, y
            self.pairs += 1
        self.slots[20, learns], self.slots[21, learns] = gradient, size * d
        self.vector[learns] += size * d


Step = Callable[[PlainTraining, Floats, Floats, Floats, NDArray[np.bool_]], Floats]


def momentum(run: PlainTraining, w: Floats, g: Floats, state: Floats, _: NDArray[np.bool_]) -> Floats:
    """v = mu v + g; nesterov steps along g + mu v."""
    [mu] = run.recipe.method.settings
    state[0] = mu * state[0] + g
    return w - run.rate * (state[0] if run.recipe.method.name == "momentum" else g + mu * state[0])


def rmsprop(run: PlainTraining, w: Floats, g: Floats, state: Floats, _: NDArray[np.bool_]) -> Floats:
    """s averages g²."""
    alpha, epsilon = run.recipe.method.settings
    state[0] = alpha * state[0] + (1.0 - alpha) * g**2
    return w - run.rate * g / (np.sqrt(state[0]) + epsilon)


def adagrad(run: PlainTraining, w: Floats, g: Floats, state: Floats, _: NDArray[np.bool_]) -> Floats:
    """s sums g²."""
    [epsilon] = run.recipe.method.settings
    state[0] = state[0] + g**2
    return w - run.rate * g / (np.sqrt(state[0]) + epsilon)


def adam(run: PlainTraining, w: Floats, g: Floats, state: Floats, weights: NDArray[np.bool_]) -> Floats:
    """Adam, and with a fourth setting AdamW."""
    beta1, beta2, epsilon, *decay = run.recipe.method.settings
    w = w - run.rate * (decay[0] if decay else 0.0) * w * weights
    state[0] = beta1 * state[0] + (1.0 - beta1) * g
    state[1] = beta2 * state[1] + (1.0 - beta2) * g**2
    m, v = state[0] / (1.0 - beta1**run.steps), state[1] / (1.0 - beta2**run.steps)
    return w - run.rate * m / (np.sqrt(v) + epsilon)


def nadam(run: PlainTraining, w: Floats, g: Floats, state: Floats, _: NDArray[np.bool_]) -> Floats:
    """As PyTorch's documentation writes it."""
    beta1, beta2, epsilon, psi = run.recipe.method.settings
    mu, after = (beta1 * (1.0 - 0.5 * 0.96 ** (t * psi)) for t in (run.steps, run.steps + 1))
    run.momentum_product *= mu
    state[0] = beta1 * state[0] + (1.0 - beta1) * g
    state[1] = beta2 * state[1] + (1.0 - beta2) * g**2
    m = after * state[0] / (1.0 - run.momentum_product * after) + (1.0 - mu) * g / (1.0 - run.momentum_product)
    return w - run.rate * m / (np.sqrt(state[1] / (1.0 - beta2**run.steps)) + epsilon)


def rprop(run: PlainTraining, w: Floats, g: Floats, state: Floats, _: NDArray[np.bool_]) -> Floats:
    """iRprop-: where the sign turns, the step shrinks and the gradient counts as 0."""
    shrink, grow, smallest, largest = run.recipe.method.settings
    begun = state[1] > 0.0
    turn = np.sign(g * state[0])
    size = np.where(turn > 0.0, grow, np.where(turn < 0.0, shrink, 1.0)) * state[1]
    state[1] = np.clip(np.where(begun, size, run.rate), smallest, largest)
    state[0] = np.where(turn < 0.0, 0.0, g)
    return w - np.sign(state[0]) * state[1]


STEPS: dict[str, Step] = {
    "sgd": lambda run, w, g, _state, _weights: w - run.rate * g,
    "momentum": momentum,
    "nesterov": momentum,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
    "adam": adam,
    "adamw": adam,
    "nadam": nadam,
    "rprop": rprop,
}


@dataclass
class Plateau:
    """What reduce_on_plateau keeps in mind."""

    schedule: Schedule
    factor: float = 1.0
    best: float = np.inf
    waited: int = 0

    def watch(self, error: float) -> None:
        """An epoch ended with that error."""
        entry = self.schedule.then if isinstance(self.schedule, WarmUp) else self.schedule
        if not isinstance(entry, ReduceOnPlateau):
            return
        if error < self.best * (1.0 - entry.threshold):
            self.best, self.waited = error, 0
            return
        self.waited += 1
        if self.waited > entry.patience:
            self.factor, self.waited = self.factor * entry.factor, 0


def factor(schedule: Schedule, x: float, total: float, share: float, plateau: float) -> float:
    """The factor on the learning rate at x epochs of ``total``; ``share`` of an epoch is one update."""
    if isinstance(schedule, WarmUp):
        assert isinstance(schedule.then, Schedule)
        warm = min(1.0, (x or share) / schedule.epochs)
        return warm * factor(schedule.then, x, total, share, plateau)
    if isinstance(schedule, Step_):
        return schedule.gamma ** np.floor(np.floor(x) / schedule.every)
    if isinstance(schedule, Exponential):
        return schedule.gamma ** np.floor(x)
    if isinstance(schedule, Cosine):
        along = (x % schedule.period) / schedule.period if schedule.period else min(x / total, 1.0)
        return schedule.floor + (1.0 - schedule.floor) * 0.5 * (1.0 + np.cos(np.pi * along))
    return plateau if isinstance(schedule, ReduceOnPlateau) else 1.0
