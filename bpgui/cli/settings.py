"""What ``--set key=value`` changes in a project."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bpgui import _core
from bpgui.network.losses import require_pair
from bpgui.network.network import Network
from bpgui.project import edits
from bpgui.project.edits import Edit
from bpgui.project.state import Project
from bpgui.seeds import check_seed
from bpgui.training.state import Training
from bpgui.training.stop import STOP_RULES, StopRule

NETWORK_KEYS = ("layers", "activation", "output")
DATA_KEYS = ("data.noise", "data.samples")
DTYPE_KEY = "dtype"
NAMES = ("loss", "optimizer", "schedule", "schedule.then")
"""Fields of the recipe whose values are names, whatever they look like."""


@dataclass
class Settings:
    """Keys and values as they were typed, in groups: for the data, the network and the recipe.

    Every method raises ValueError where a key is unknown or a value cannot be.
    """

    data: dict[str, str] = field(default_factory=dict)
    network: dict[str, str] = field(default_factory=dict)
    recipe: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, pairs: Sequence[str]) -> Settings:
        """Sort ``key=value`` into groups."""
        settings = cls()
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise ValueError(f"--set wants KEY=VALUE, got {pair!r}")
            group = settings.data if key in DATA_KEYS else settings.network if key in NETWORK_KEYS else settings.recipe
            if key in group:
                raise ValueError(f"{key!r} is set twice, to {group[key]!r} and {value!r}")
            group[key] = value
        return settings

    def data_arguments(self) -> dict[str, Any]:
        """Return what ``datasets.load`` takes besides the name."""
        return {key.removeprefix("data."): number(key, value) for key, value in self.data.items()}

    def take_seed(self) -> int | None:
        """Return the seed and forget it: it sets more than the field of the recipe."""
        text = self.recipe.pop("seed", None)
        if text is None:
            return None
        seed = typed("seed", text)
        check_seed(seed)
        return int(seed)

    def apply(self, project: Project) -> Project:
        """Return the project with everything but the data set; what an edit changes besides is told on stderr."""
        dtype = self.recipe.pop(DTYPE_KEY, project.training.dtype)
        if dtype != project.training.dtype:
            _core.require_dtype(dtype)
            project = project.with_training(project.training.in_dtype(dtype))
        if "layers" in self.network:
            project = with_layers(project, self.network["layers"])
        if "activation" in self.network:
            project = with_hidden_activation(project, self.network["activation"])
        values = self._recipe_values(project)
        if "output" in self.network:
            last = len(project.network.layers) - 1
            edit = edits.set_activation(project, last, self.network["output"])
            if "loss" in values:  # both are given, so neither may give way to the other
                require_pair(values["loss"], {self.network["output"]})
            else:
                tell(edit)
            project = edits.apply(project, edit)[0]
        if values:
            edit = edits.set_recipe(project, **values)
            tell(edit)
            project = edits.apply(project, edit)[0]
        return project

    def _recipe_values(self, project: Project) -> dict[str, Any]:
        """Return the fields of the recipe with the types that they have."""
        known = project.recipe.keys(self.recipe)
        for key in self.recipe:
            if key not in known:
                listed = ", ".join([*known, *NETWORK_KEYS, DTYPE_KEY, *DATA_KEYS])
                raise ValueError(f"unknown key {key!r}; known: {listed}")
        return {key: typed(key, value) for key, value in self.recipe.items()}


def typed(key: str, text: str) -> Any:
    """Return the value of a field of the recipe; whether it is in range is for the recipe to say."""
    if key in NAMES:
        return text
    if key == "stop":
        return stop_rules(text)
    if "." in key:
        return number(key, text)
    plain = {"true": True, "false": False, "none": None}
    if text in plain:
        return plain[text]
    try:
        return number(key, text)
    except ValueError:
        return text


def number(key: str, text: str) -> float | int:
    """Return a number, whole where it is written so."""
    try:
        return int(text) if re.fullmatch(r"[+-]?\d{1,20}", text) else float(text)
    except ValueError:
        raise ValueError(f"{key} is a number, got {text!r}") from None


def stop_rules(text: str) -> tuple[Any, ...]:
    """Return stop rules written as "error_below:0.001,patience:20"; "none" is no rule."""
    known: dict[str, Callable[[float], StopRule]] = {rule.name: rule for rule in STOP_RULES}
    rules = []
    for part in text.split(",") if text != "none" else []:
        name, _, value = part.partition(":")
        if name not in known:
            raise ValueError(f"unknown stop rule {name!r}; known: {', '.join(known)}, as in error_below:0.001")
        rules.append(known[name](number(name, value)))
    return tuple(rules)


def with_layers(project: Project, text: str) -> Project:
    """Return the project before its first update with a network of other sizes, first weights drawn."""
    if not re.fullmatch(r"\d{1,9}(-\d{1,9})+", text):
        raise ValueError(f"layers are sizes such as 2-8-8-1, inputs first, got {text!r}")
    training, old = project.training, project.network
    sizes = tuple(map(int, text.split("-")))
    if sizes == old.sizes:
        return project
    if training.state.update:
        raise ValueError("other layers are another network; --restart begins it anew")
    if sizes[0] != old.inputs:
        raise ValueError(f"layers={text} begins with {sizes[0]} inputs, the data have {old.inputs}")
    hidden = old.layers[1].activation if len(old.layers) > 2 else "tanh"
    output = old.layers[-1]
    network = Network.dense(sizes, str(hidden), str(output.activation), output.bias)
    first = network.initialise(training.recipe.seed, training.initialiser, training.dtype)
    begun = Training.begin(network, training.data, training.recipe, first, training.initialiser)
    return project.with_training(begun)


def with_hidden_activation(project: Project, name: str) -> Project:
    """Return the project with that activation in every hidden layer."""
    hidden = range(1, len(project.network.layers) - 1)
    if not hidden:
        raise ValueError(f"activation={name} is for hidden layers, the network has none; output={name} sets the output")
    for index in hidden:
        project = edits.apply(project, edits.set_activation(project, index, name))[0]
    return project


def tell(edit: Edit) -> None:
    """Say on stderr what an edit changes beyond what was asked."""
    if edit.note:
        print(edit.note, file=sys.stderr)
