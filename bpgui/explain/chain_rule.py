"""Why a weight moves: the chain rule of one weight or bias, factor by factor, with the numbers of one sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core
from bpgui.catalogue import find, position
from bpgui.explain.notation import ERROR, Formula, Notation, Quantity, Symbol, single, slope
from bpgui.explain.numeric import Numeric, central_differences
from bpgui.explain.paths import Paths, strongest_paths
from bpgui.explain.slopes import activation_slope, loss_slope
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import SamplePass, sample_pass
from bpgui.training.targets import inputs, sample_weights, targets

Floats = NDArray[np.float64]

FROM_ERROR, THROUGH_NEURON, INTO_ENTRY = 1, 2, 3
"""What a factor is: how the error reacts to a neuron, that neuron to its sum, its sum to the weight."""

MOST_PULLS = 8
MOST_TERMS = 64


class Entry(NamedTuple):
    """A weight from one (layer, unit) to another, or without a source the bias of a neuron."""

    source: tuple[int, int] | None
    target: tuple[int, int]


@dataclass(frozen=True)
class Factor:
    """One slope of the product. ``role`` is FROM_ERROR, THROUGH_NEURON or INTO_ENTRY; a factor that takes two of them
    together has the first. ``unit`` is the neuron that it belongs to on the drawing."""

    symbol: Symbol
    formula: Formula
    value: float
    role: int
    help: str
    unit: tuple[int, int]


@dataclass(frozen=True)
class Term:
    """What one connection brings back to a neuron: weight times the delta of where it leads."""

    unit: tuple[int, int]
    weight: Quantity
    delta: Quantity

    @property
    def value(self) -> float:
        """The product."""
        return self.weight.value * self.delta.value


@dataclass(frozen=True)
class Pull:
    """The gradient of one sample's error by the entry, times its share of the mean."""

    sample: int
    gradient: float
    share: float


@dataclass(frozen=True, eq=False)
class ChainRule:
    """Why one weight or bias moves.

    The ``factors`` belong to sample ``sample``; their product is ``sample_gradient``. ``gradient`` is ∂E/∂w of the mean
    error over all samples given, by the core; ``pulls`` the samples that bring most of it. ``terms`` are what the
    recursion δ = f'(z) · Σ w·δ adds up for a hidden neuron (the strongest 64, ``other_terms`` the sum of the rest), and
    ``paths`` the same sum written out way by way; both are about the neuron that the entry leads to. ``cut`` and
    ``frozen`` say that training leaves the entry alone.
    """

    entry: Entry
    symbol: Symbol
    value: float
    factors: tuple[Factor, ...]
    delta: Quantity
    terms: tuple[Term, ...]
    other_terms: float
    paths: Paths | None
    sample: int
    sample_gradient: float
    gradient: float
    samples: int
    pulls: tuple[Pull, ...]
    numeric: Numeric
    cut: bool
    frozen: bool

    @property
    def gradient_symbol(self) -> Symbol:
        """∂E/∂w."""
        return slope(ERROR, self.symbol)

    @property
    def product(self) -> float:
        """The product of the factors, multiplied in their order."""
        result = 1.0
        for factor in self.factors:
            result *= factor.value
        return result


def chain_rule(  # noqa: PLR0913  # the public call: what is asked for has as many parts
    network: Network,
    params: Parameters,
    x: ArrayLike,
    t: ArrayLike,
    loss: str = "half_sse",
    *,
    weight: tuple[int, int, int, int] | None = None,
    bias: tuple[int, int] | None = None,
    sample: int | None = None,
    sample_weight: ArrayLike | None = None,
    article: bool = False,
) -> ChainRule:
    """Return the chain rule of the weight (s, d, i, j), from unit i of layer s to unit j of layer d, or of the bias
    (layer, j).

    x: (inputs,) and t: (outputs,) or a class, one sample; or (samples, inputs) and what ``bpgui.error`` takes, then the
    gradient is that of the mean, weighted by ``sample_weight`` (samples,), and the factors are those of ``sample``, by
    default the one that pulls most. ``article`` names the weights as the article does.

    ValueError where the entry does not exist, neither or both are named, or x, t and loss do not fit the network.
    """
    entry, index = _entry(network, weight, bias)
    one = np.ndim(x) == 1
    given_x = np.asarray(x)[None] if one else np.asarray(x)
    given_t = np.asarray(t)[None] if one else np.asarray(t)
    X = inputs(given_x, network)
    T = targets(given_t, network, len(X))
    if sample is not None and not 0 <= sample < len(X):
        raise ValueError(f"sample {sample} is not one of 0 to {len(X) - 1}")
    weights = sample_weights(sample_weight, len(X)) if sample_weight is not None else np.ones(len(X))
    share = weights / (weights.sum() or 1.0)
    is_cut = bool(network.cut[index])
    gradients = np.zeros(len(X))
    if not is_cut:
        for row in range(len(X)):
            gradients[row] = sample_pass(network, params, X[row], T[row], loss).gradient[index]
    pulling = gradients * share
    order = np.argsort(-np.abs(pulling), kind="stable")
    shown = int(order[0]) if sample is None else sample
    here = sample_pass(network, params, X[shown], T[shown], loss)
    sides = _Sides(network, params, here, T[shown], loss, Notation(network, article))
    terms, others = sides.terms(*entry.target)
    gradient = float(pulling.sum())
    differences = central_differences(network, params, X, T, loss, np.array([index]), sample_weight)
    return ChainRule(
        entry=entry,
        symbol=sides.notation.entry(*entry),
        value=float(params.vector[index]),
        factors=sides.factors(entry),
        delta=sides.delta(*entry.target),
        terms=terms,
        other_terms=others,
        paths=sides.paths(*entry.target),
        sample=shown,
        sample_gradient=float(gradients[shown]),
        gradient=gradient,
        samples=len(X),
        pulls=tuple(Pull(int(row), float(gradients[row]), float(share[row])) for row in order[:MOST_PULLS]),
        numeric=differences.entry(0, gradient),
        cut=is_cut,
        frozen=bool(network.frozen[index]),
    )


def _entry(
    network: Network, weight: tuple[int, int, int, int] | None, bias: tuple[int, int] | None
) -> tuple[Entry, int]:
    """Return the entry and its place in the vector."""
    if (weight is None) == (bias is None):
        raise ValueError("name either a weight, (s, d, i, j), or a bias, (layer, j)")
    if bias is not None:
        layer, unit = bias
        if not 1 <= layer < len(network.layers) or not 0 <= unit < network.layers[layer].units:
            raise ValueError(f"no neuron {layer}·{unit}; the network is {network!r}")
        at = network.index_of_bias(layer, unit)
        if at is None:
            raise ValueError(f"layer {layer} has no biases")
        return Entry(None, (layer, unit)), at
    assert weight is not None
    source, target, i, j = weight
    for number, block in enumerate(network.blocks):
        if (block.source, block.target) == (source, target):
            if not 0 <= i < network.layers[source].units or not 0 <= j < network.layers[target].units:
                units = network.layers[source].units, network.layers[target].units
                raise ValueError(f"no weight ({i}, {j}) in the block ({source}, {target}) of {units[0]} x {units[1]}")
            return Entry((source, i), (target, j)), network.index_of_weight(number, i, j)
    known = ", ".join(f"({block.source}, {block.target})" for block in network.blocks)
    raise ValueError(f"no block leads from layer {source} to layer {target}; there are {known}")


class _Sides:
    """The numbers of one sample on its way forward and back, layer by layer, and what they are called."""

    def __init__(
        self, network: Network, params: Parameters, found: SamplePass, t: Floats, loss: str, notation: Notation
    ) -> None:
        self.network, self.params, self.t, self.loss, self.notation = network, params, t, loss, notation
        ends = np.cumsum(network.sizes)[:-1]
        self.z, self.a, self.deltas = (
            [part.astype(np.float64) for part in np.split(numbers, ends)] for numbers in (found.z, found.a, found.delta)
        )
        self.last = len(network.layers) - 1
        self.slopes = [layer_slopes(network, layer, self.z[layer], self.a[layer]) for layer in range(self.last + 1)]

    def quantity(self, letter: str, layer: int, unit: int) -> Quantity:
        numbers = {"z": self.z, "a": self.a, "δ": self.deltas}[letter]
        symbol = self.notation.a(layer, unit) if letter == "a" else self.notation.unit(letter, layer, unit)
        return Quantity(symbol, float(numbers[layer][unit]))

    def delta(self, layer: int, unit: int) -> Quantity:
        return self.quantity("δ", layer, unit)

    def factors(self, entry: Entry) -> tuple[Factor, ...]:
        layer, unit = entry.target
        into = self._into(entry)
        if layer == self.last:
            return (*self._of_output(unit), into)
        return (*self._of_hidden(layer, unit), into)

    def _of_output(self, unit: int) -> tuple[Factor, ...]:
        layer, outputs = self.last, self.network.outputs
        name = self.network.layers[layer].activation_of(unit)
        a, t = self.quantity("a", layer, unit), Quantity(single("t", unit), float(self.t[unit]))
        formula = loss_slope(self.loss, outputs, a, t)
        if find(LOSSES, self.loss, "loss").output is not None:
            told = f"how the error reacts to the sum: {self.loss.replace('_', '-')} and {name} taken together"
            return (self._by_z(layer, unit, formula, told),)
        if name == "softmax":
            return (self._by_z(layer, unit, self._softmax_formula(layer, unit), "by way of every output"),)
        value = self._loss_slopes()[unit]
        first = Factor(
            slope(ERROR, a.symbol), formula, value, FROM_ERROR, "how the error reacts to the output", (layer, unit)
        )
        return first, self._through(layer, unit)

    def _of_hidden(self, layer: int, unit: int) -> tuple[Factor, ...]:
        a = self.quantity("a", layer, unit)
        if self.network.layers[layer].activation == "softmax":
            return (self._by_z(layer, unit, self._softmax_formula(layer, unit), "by way of the whole layer"),)
        terms, others = self.terms(layer, unit)
        first = Factor(
            slope(ERROR, a.symbol),
            sum_formula(terms, others),
            sum(term.value for term in terms) + others,
            FROM_ERROR,
            "how the error reacts to this neuron, by every way on",
            (layer, unit),
        )
        return first, self._through(layer, unit)

    def _by_z(self, layer: int, unit: int, formula: Formula, told: str) -> Factor:
        delta = self.delta(layer, unit)
        z = self.notation.unit("z", layer, unit)
        return Factor(slope(ERROR, z), formula, delta.value, FROM_ERROR, told, (layer, unit))

    def _softmax_formula(self, layer: int, unit: int) -> Formula:
        """∂E/∂z of one unit of a softmax: a · (∂E/∂a − Σ a·∂E/∂a), the sum over the layer."""
        by_a = self._by_a(layer)
        a, mean = self.quantity("a", layer, unit), float(by_a @ self.a[layer])
        own = Quantity(slope(ERROR, a.symbol), float(by_a[unit]))
        letter = Symbol("Σ a·∂E/∂a", r"\sum a \frac{\partial E}{\partial a}")
        return Formula((a, " · (", own, " − ", Quantity(letter, mean), ")"))

    def _by_a(self, layer: int) -> Floats:
        """∂E/∂a of each unit of a layer."""
        if layer == self.last:
            return self._loss_slopes()
        result = np.zeros(self.network.layers[layer].units)
        for block, weight in zip(self.network.blocks, self.params.weights, strict=True):
            if block.source == layer:
                result += weight.astype(np.float64) @ self.deltas[block.target]
        return result

    def _loss_slopes(self) -> Floats:
        a, t, n = self.a[self.last], self.t, self.network.outputs
        distance = a - t
        slopes = {
            "half_sse": distance,
            "mse": 2.0 * distance / n,
            "mae": np.sign(distance) / n,
            "huber": np.clip(distance, -1.0, 1.0) / n,
        }
        return slopes[self.loss]

    def _through(self, layer: int, unit: int) -> Factor:
        name = self.network.layers[layer].activation_of(unit)
        a, z = self.quantity("a", layer, unit), self.quantity("z", layer, unit)
        label = find(ACTIVATIONS, name, "activation").label
        return Factor(
            slope(a.symbol, z.symbol),
            activation_slope(name, z, a),
            float(self.slopes[layer][unit]),
            THROUGH_NEURON,
            f"slope of the {label} at this point",
            (layer, unit),
        )

    def _into(self, entry: Entry) -> Factor:
        symbol = slope(self.notation.unit("z", *entry.target), self.notation.entry(*entry))
        if entry.source is None:
            return Factor(symbol, Formula(("1",)), 1.0, INTO_ENTRY, "a bias is added as it is", entry.target)
        a = self.quantity("a", *entry.source)
        told = "the input itself" if entry.source[0] == 0 else "what flows in through this weight"
        return Factor(symbol, Formula((a,)), a.value, INTO_ENTRY, told, entry.source)

    def terms(self, layer: int, unit: int) -> tuple[tuple[Term, ...], float]:
        """Return what the connections of a hidden neuron bring back, strongest first, and the sum of those beyond."""
        found = []
        for block, weight, place in zip(
            self.network.blocks, self.params.weights, self.network.weight_slices, strict=True
        ):
            if block.source != layer:
                continue
            exists = ~self.network.cut[place].reshape(weight.shape)[unit]
            for target in np.flatnonzero(exists):
                symbol = self.notation.entry((layer, unit), (block.target, int(target)))
                there = self.delta(block.target, int(target))
                found.append(Term((block.target, int(target)), Quantity(symbol, float(weight[unit, target])), there))
        strongest = sorted(found, key=lambda term: -abs(term.value))[:MOST_TERMS]
        kept = [term for term in found if term in strongest] if len(found) <= MOST_TERMS else strongest
        return tuple(kept), sum(term.value for term in found) - sum(term.value for term in kept)

    def paths(self, layer: int, unit: int) -> Paths | None:
        """Return the ways from a hidden neuron to the error; None for an output, which has one."""
        if layer == self.last:
            return None
        total = float(self._by_a(layer)[unit])
        return strongest_paths(self.network, self.params, self.slopes, self.deltas, (layer, unit), total)


def layer_slopes(network: Network, layer: int, z: Floats, a: Floats) -> Floats:
    """Return f'(z) of each unit of a layer, (units,), 1 for inputs; of a softmax ∂a/∂z, (units, units), row by a.

    The numbers are the core's own, at kinks too.
    """
    of = network.layers[layer]
    if layer == 0:
        return np.ones(of.units)
    if of.activation == "softmax":
        return np.diag(a) - np.outer(a, a)
    names = [of.activation_of(unit) for unit in range(of.units)]
    result = np.empty(of.units)
    for name in sorted(set(names)):
        units = np.array([each == name for each in names])
        result[units] = _core.float64.activation(position(ACTIVATIONS, name, "activation"), z[units])[1]
    return result


def sum_formula(terms: tuple[Term, ...], others: float, most: int = 4) -> Formula:
    """Return "w·δ + w·δ", or where there are many their number and sum."""
    if not terms:
        return Formula(("0, as nothing leads on",))
    if len(terms) > most:
        total = sum(term.value for term in terms) + others
        return Formula((Quantity(Symbol("Σ w·δ", r"\sum w \, \delta"), total), f", as {len(terms)} add up"))
    parts: list[Any] = []
    for term in terms:
        parts += [" + "] if parts else []
        parts += [term.weight, " · ", term.delta]
    return Formula(tuple(parts))
