"""The numbers of one sample, and for each neuron and weight the slopes that make its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bpgui import _core
from bpgui.catalogue import find, position
from bpgui.explain.notation import ERROR, Formula, Notation, Quantity, Symbol, product, single, slope
from bpgui.explain.paths import Paths, strongest_paths
from bpgui.explain.slopes import activation_slope, loss_slope
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import sample_pass

Floats = NDArray[np.float64]

FROM_ERROR, THROUGH_NEURON, INTO_ENTRY = 1, 2, 3
"""What a factor is: how the error reacts to a neuron, that neuron to its sum, its sum to the weight."""

MOST_TERMS = 64
"""Connections that are told one by one of those that a neuron leads on by."""


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


class SampleRules:
    """One sample on its way forward and back: its numbers, layer by layer, their symbols, and the slopes between them.

    ``z``, ``a``, ``deltas`` (∂E/∂z) and ``slopes`` (f'(z), of a softmax ∂a/∂z) hold an array for each layer;
    ``gradient`` is that of the sample's ``error``, (P,), true at frozen entries too; ``shares``, (outputs,), is what
    each output brings of the error. x: (inputs,); t: (outputs,).
    ValueError as for ``bpgui.error``.
    """

    def __init__(
        self, network: Network, params: Parameters, x: Floats, t: Floats, loss: str, notation: Notation
    ) -> None:
        self.network, self.params, self.t, self.loss, self.notation = network, params, t, loss, notation
        found = sample_pass(network, params, x, t, loss)
        self.error, self.gradient = found.error, found.gradient
        ends = np.cumsum(network.sizes)[:-1]
        self.z, self.a, self.deltas = (
            [part.astype(np.float64) for part in np.split(numbers, ends)] for numbers in (found.z, found.a, found.delta)
        )
        self.last = len(network.layers) - 1
        self.slopes = [layer_slopes(network, layer, self.z[layer], self.a[layer]) for layer in range(self.last + 1)]

    @property
    def shares(self) -> Floats:
        """What each output brings of the error: (outputs,), adding up to it."""
        z, a, t, n = self.z[self.last], self.a[self.last], self.t, self.network.outputs
        distance = np.abs(a - t)
        if self.loss == "cross_entropy":
            return np.asarray(t * (z.max() - z + np.log(np.exp(z - z.max()).sum())))
        if self.loss == "binary_cross_entropy":
            return (np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))) - t * z) / n
        each: dict[str, Floats] = {
            "half_sse": 0.5 * distance**2,
            "mse": distance**2 / n,
            "mae": distance / n,
            "huber": np.where(distance <= 1.0, 0.5 * distance**2, distance - 0.5) / n,
        }
        return each[self.loss]

    def quantity(self, letter: str, layer: int, unit: int) -> Quantity:
        """Return "z", "a" or "δ" of a neuron."""
        numbers = {"z": self.z, "a": self.a, "δ": self.deltas}[letter]
        symbol = self.notation.a(layer, unit) if letter == "a" else self.notation.unit(letter, layer, unit)
        return Quantity(symbol, float(numbers[layer][unit]))

    def delta(self, layer: int, unit: int) -> Quantity:
        """Return δ = ∂E/∂z of a neuron."""
        return self.quantity("δ", layer, unit)

    def sum_formula(self, layer: int, unit: int) -> Formula:
        """Return z of a neuron as the sum that it is, its bias last."""
        parts: list[str | Quantity] = []
        for block, weight, place in zip(
            self.network.blocks, self.params.weights, self.network.weight_slices, strict=True
        ):
            if block.target != layer:
                continue
            exists = ~self.network.cut[place].reshape(weight.shape)[:, unit]
            for i in np.flatnonzero(exists).tolist():
                symbol = self.notation.entry((block.source, i), (layer, unit))
                parts += [" + "] if parts else []
                parts += [Quantity(symbol, float(weight[i, unit])), " · ", self.quantity("a", block.source, i)]
        at = self.network.index_of_bias(layer, unit)
        if at is not None:
            bias = Quantity(self.notation.entry(None, (layer, unit)), float(self.params.vector[at]))
            parts += [" + ", bias] if parts else [bias]
        return Formula(tuple(parts) or ("0",))

    def factors(self, entry: Entry) -> tuple[Factor, ...]:
        """Return the slopes whose product is ∂E/∂w of a weight or bias."""
        return (*self.of_delta(*entry.target), self._into(entry))

    def of_delta(self, layer: int, unit: int) -> tuple[Factor, ...]:
        """Return the slopes whose product is the δ of a neuron: two, or one where they are taken together."""
        return self._of_output(unit) if layer == self.last else self._of_hidden(layer, unit)

    def delta_formula(self, layer: int, unit: int) -> Formula:
        """Return the δ of a neuron in one formula."""
        return product([factor.formula for factor in self.of_delta(layer, unit)])

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
    parts: list[str | Quantity] = []
    for term in terms:
        parts += [" + "] if parts else []
        parts += [term.weight, " · ", term.delta]
    return Formula(tuple(parts))
