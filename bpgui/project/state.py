"""The document: a training and what belongs to it on a person's desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

from bpgui.catalogue import find
from bpgui.data import builtin
from bpgui.data.builtin import DATASETS
from bpgui.data.dataset import Dataset
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.project.past import Past
from bpgui.training.recipe import Recipe
from bpgui.training.state import Training


@dataclass(frozen=True, eq=False)
class Project:
    """One document; immutable.

    ``training`` holds network, data, recipe, first parameters and present state. ``remembered`` gives back to a cut
    connection, by key, the weight it had. ``pace`` is the chosen speed in epochs a second, None for full speed.
    ``past`` is what came before, as a file has it, with ``training`` as the end of its present branch; a timeline
    takes it from there (see bpgui.project.timeline).
    """

    training: Training
    name: str
    remembered: Mapping[int, float] = field(default_factory=dict)
    pace: float | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    past: Past | None = None

    @property
    def network(self) -> Network:
        """The network."""
        return self.training.network

    @property
    def parameters(self) -> Parameters:
        """The present parameters, a copy."""
        return self.training.parameters

    @property
    def data(self) -> Dataset:
        """The data."""
        return self.training.data

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return self.training.recipe

    def with_training(self, training: Training) -> Project:
        """Return this project with another training."""
        return replace(self, training=training)

    def at(self, training: Training, remembered: Mapping[int, float]) -> Project:
        """Return this project as it was at a moment of its past; a run on other data is called by those."""
        return replace(self, training=training, remembered=remembered, name=self.name_on(training.data))

    def name_on(self, data: Dataset) -> str:
        """Return what the project is called when it has these data."""
        if data.name == self.data.name:
            return self.name
        return next((entry.label for entry in DATASETS if entry.name == data.name), data.name)


def of_builtin(name: str, seed: int = 0, data_seed: int = 0, noise: float | None = None) -> Project:
    """Return a new project with a built-in data set and the network, recipe and pace it declares.

    ``seed`` sets first weights (where the set declares none), order and dropout. ValueError lists the known names.
    """
    entry = find(DATASETS, name, "data set")
    data = builtin.load(name, noise=noise, seed=data_seed)
    network = Network.dense(entry.layers, entry.activation, entry.output, entry.bias)
    recipe = Recipe(seed=seed).changed(entry.recipe)
    first = None if entry.first is None else Parameters(network, entry.first)
    training = Training.begin(network, data, recipe, first, entry.initialiser)
    return Project(training, entry.label, pace=entry.pace)


def of_data(data: Dataset, seed: int = 0) -> Project:
    """Return a new project for data of one's own: inputs-8-8-outputs, tanh, with a softmax output for classes and a
    linear one for numbers."""
    outputs = data.classes or data.outputs
    network = Network.dense((data.inputs, 8, 8, outputs), "tanh", "softmax" if data.classes else "linear")
    loss = "cross_entropy" if data.classes else "mse"
    recipe = Recipe(loss=loss, optimizer="momentum", learning_rate=0.02, batch_size=16, epochs=500, seed=seed)
    return Project(Training.begin(network, data, recipe), data.name)
