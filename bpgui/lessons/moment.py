"""A project at one moment of its training, and the numbers that a lesson may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bpgui.explain.notation import Notation
from bpgui.explain.sample_rules import Entry, SampleRules
from bpgui.explain.update import NextUpdate, next_update
from bpgui.network.names import Place, bias_key, unit_name, weight_key
from bpgui.network.network import Network
from bpgui.network.parameters import places
from bpgui.project.state import Project
from bpgui.training import evaluation
from bpgui.training.trainer import Trainer, require_consistent

Floats = NDArray[np.float64]
Argument = Literal["nothing", "index", "neuron", "place", "factor"]

MOST_UPDATES = 100_000
SECONDS = 30.0


class Budget:
    """The time that the numbers of one lesson may take. ValueError where it is over."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds, self._deadline = seconds, monotonic() + seconds

    def require_left(self) -> float:
        """Return the seconds that are left."""
        left = self._deadline - monotonic()
        if left <= 0.0:
            raise self._over()
        return left

    def trained(self, project: Project, updates: int) -> Project:
        """Return a project after so many updates; ValueError also where it diverges before."""
        trainer = Trainer.of(project.training)
        ending = trainer.run(updates=updates, seconds=self.require_left())
        if ending == "diverged":
            raise ValueError(f"the numbers leave the finite range at update {trainer.update:,}")
        if ending != "done":
            raise self._over()
        return project.with_training(trainer.training)

    def _over(self) -> ValueError:
        return ValueError(f"the numbers of this lesson take more than {self._seconds:g} seconds; train less")


def neuron_of(network: Network, layer: int, unit: int) -> tuple[int, int]:
    """Return a (layer, unit) of the network; ValueError where there is none."""
    if layer < len(network.layers) and unit < network.layers[layer].units:
        return layer, unit
    sizes = "-".join(map(str, network.sizes))
    raise ValueError(f"there is no neuron {layer}.{unit} in the network {sizes}; neurons are layer.number, from 0")


def key_of(network: Network, place: Place) -> int:
    """Return the key of a connection, or of the bias of a neuron; ValueError where the network does not have it."""
    target = neuron_of(network, *place.target)
    if place.source is None:
        key, what = bias_key(network, target), f"{unit_name(*target)} has no bias"
    else:
        source = neuron_of(network, *place.source)
        key, what = weight_key(network, source, target), f"{unit_name(*source)} → {unit_name(*target)} is no connection"
    if places(network, np.array([key]))[0] < 0:
        raise ValueError(what)
    return key


class Moment:
    """A project as it is, with one of its samples; computes each number once."""

    def __init__(self, project: Project, sample: int, budget: Budget) -> None:
        self.project, self.budget = project, budget
        if not 0 <= sample < project.data.samples:
            raise ValueError(f"there is no sample {sample}; the data have 0 to {project.data.samples - 1}")
        self.sample = sample

    @property
    def network(self) -> Network:
        """The network."""
        return self.project.network

    @cached_property
    def rules(self) -> SampleRules:
        """The numbers of the sample."""
        project = self.project
        x, t = require_consistent(project.training)
        loss, notation = project.recipe.loss, Notation(project.network)
        return SampleRules(project.network, project.parameters, x[self.sample], t[self.sample], loss, notation)

    @cached_property
    def _error_and_gradient(self) -> tuple[float, Floats]:
        """The mean error over the samples trained on, and its gradient (P,)."""
        data, project = self.project.data, self.project
        weight = None if data.sample_weight is None else data.sample_weight[~data.validation]
        loss, params = project.recipe.loss, project.parameters
        error, found = evaluation.gradient(project.network, params, *data.training, loss, weight)
        return error, found.vector.astype(np.float64)

    @cached_property
    def _next(self) -> NextUpdate:
        return next_update(self.project.training)

    # What may be asked

    def x(self, index: int) -> float:
        """Return an input of the sample."""
        return float(self.rules.a[0][_within(index, self.network.inputs, "input")])

    def target(self, index: int) -> float:
        """Return a target of the sample."""
        return float(self.rules.t[_within(index, self.network.outputs, "output")])

    def y(self, index: int) -> float:
        """Return an output."""
        return float(self.rules.a[-1][_within(index, self.network.outputs, "output")])

    def share(self, index: int) -> float:
        """Return what an output brings of the sample's error."""
        return float(self.rules.shares[_within(index, self.network.outputs, "output")])

    def z(self, neuron: tuple[int, int]) -> float:
        """Return the weighted sum of a neuron."""
        return self._of(self.rules.z, neuron)

    def a(self, neuron: tuple[int, int]) -> float:
        """Return the activation of a neuron; of an input the input."""
        return self._of(self.rules.a, neuron)

    def delta(self, neuron: tuple[int, int]) -> float:
        """Return ∂E/∂z of a neuron, for the sample."""
        return self._of(self.rules.deltas, neuron)

    def slope(self, neuron: tuple[int, int]) -> float:
        """Return ∂a/∂z of a neuron."""
        layer, unit = neuron_of(self.network, *neuron)
        slopes = self.rules.slopes[layer]
        if slopes.ndim > 1:
            raise ValueError("a softmax has no slope of one neuron alone")
        return float(slopes[unit])

    def w(self, place: Place) -> float:
        """Return a weight, or of a neuron its bias."""
        return float(self.project.training.state.vector[self.index_of(place)])

    def gradient(self, place: Place) -> float:
        """Return ∂E/∂w of the error over all samples trained on."""
        return float(self._error_and_gradient[1][self.index_of(place)])

    def updated(self, place: Place) -> float:
        """Return what the next update makes of a weight or bias."""
        index = self.index_of(place)
        if self._next.diverges:
            raise ValueError("the next update leaves the finite range")
        return float(self._next.after[index])

    def factor(self, asked: tuple[int, Place]) -> float:
        """Return one of the factors of the chain rule, counted from 1."""
        number, place = asked
        self.index_of(place)
        factors = self.rules.factors(Entry(*place))
        if not 1 <= number <= len(factors):
            raise ValueError(f"this chain rule has the factors 1 to {len(factors)}")
        return factors[number - 1].value

    def error(self, _: None) -> float:
        """Return the mean error over the samples trained on."""
        return self._error_and_gradient[0]

    def accuracy(self, _: None) -> float:
        """Return the share of the samples trained on whose class is told right."""
        if not self.project.data.classes:
            raise ValueError("these data have no classes")
        return evaluation.accuracy(self.network, self.project.parameters, *self.project.data.training)

    def diverges(self, _: None) -> float:
        """Return the update at which training leaves the finite range."""
        trainer = Trainer.of(self.project.training)
        if trainer.run(updates=MOST_UPDATES, seconds=self.budget.require_left()) != "diverged":
            raise ValueError(f"training does not leave the finite range within {MOST_UPDATES:,} updates")
        return float(trainer.update)

    def index_of(self, place: Place) -> int:
        """Return where a weight or bias stands in the vector."""
        return int(places(self.network, np.array([key_of(self.network, place)]))[0])

    def _of(self, layers: list[Floats], neuron: tuple[int, int]) -> float:
        layer, unit = neuron_of(self.network, *neuron)
        return float(layers[layer][unit])


def _within(index: int, count: int, what: str) -> int:
    if index >= count:
        raise ValueError(f"there is no {what} {index}; there are 0 to {count - 1}")
    return index


@dataclass(frozen=True)
class Quantity:
    """A number that a lesson may ask for by its name; ``read(moment, argument)`` finds it."""

    name: str
    argument: Argument
    help: str
    read: Callable[[Moment, Any], float]


QUANTITIES = (
    Quantity("x", "index", "an input of the sample", Moment.x),
    Quantity("target", "index", "a target of the sample", Moment.target),
    Quantity("y", "index", "an output", Moment.y),
    Quantity("share", "index", "what an output brings of the sample's error", Moment.share),
    Quantity("z", "neuron", "the sum that a neuron gets", Moment.z),
    Quantity("a", "neuron", "what a neuron answers", Moment.a),
    Quantity("delta", "neuron", "∂E/∂z of a neuron", Moment.delta),
    Quantity("slope", "neuron", "the slope of a neuron's activation, ∂a/∂z", Moment.slope),
    Quantity("w", "place", "a weight", Moment.w),
    Quantity("b", "neuron", "a bias", lambda moment, neuron: moment.w(Place(None, neuron))),
    Quantity("gradient", "place", "∂E/∂w of a weight, or of the bias of a neuron", Moment.gradient),
    Quantity("updated", "place", "what the next update makes of a weight or bias", Moment.updated),
    Quantity("factor", "factor", "a factor of the chain rule: factor 1 of 1.0 -> 2.0", Moment.factor),
    Quantity("E", "nothing", "the mean error over the samples trained on", Moment.error),
    Quantity("accuracy", "nothing", "the share of samples told right, 0 to 1", Moment.accuracy),
    Quantity("learning_rate", "nothing", "the learning rate", lambda moment, _: moment.project.recipe.learning_rate),
    Quantity("parameters", "nothing", "how many weights and biases there are", lambda m, _: m.network.parameter_count),
    Quantity("samples", "nothing", "how many samples are trained on", lambda m, _: len(m.project.data.training[0])),
    Quantity("diverges", "nothing", "the update at which training leaves the finite range", Moment.diverges),
)
