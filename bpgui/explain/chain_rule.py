"""Why a weight moves: the chain rule of one weight or bias, factor by factor, with the numbers of one sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui.explain.notation import ERROR, Notation, Quantity, Symbol, slope
from bpgui.explain.numeric import Numeric, central_differences
from bpgui.explain.paths import Paths
from bpgui.explain.sample_rules import Entry, Factor, SampleRules, Term
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import sample_pass
from bpgui.training.targets import inputs, sample_weights, targets

Floats = NDArray[np.float64]

MOST_PULLS = 8


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
    params = Parameters(network, params.vector.astype(np.float64))  # so that the proof can hold it to the last digits
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
    rules = SampleRules(network, params, X[shown], T[shown], loss, Notation(network, article))
    terms, others = rules.terms(*entry.target)
    gradient = float(pulling.sum())
    differences = central_differences(network, params, X, T, loss, np.array([index]), sample_weight)
    return ChainRule(
        entry=entry,
        symbol=rules.notation.entry(*entry),
        value=float(params.vector[index]),
        factors=rules.factors(entry),
        delta=rules.delta(*entry.target),
        terms=terms,
        other_terms=others,
        paths=rules.paths(*entry.target),
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
