"""What front matter, stages and predictions say about data, network, recipe and first weights, made into a project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from bpgui.catalogue import find
from bpgui.data import builtin
from bpgui.data.builtin import DATASETS, Builtin
from bpgui.data.dataset import Dataset
from bpgui.lessons.expressions import place, value
from bpgui.lessons.moment import MOST_UPDATES, Budget, key_of
from bpgui.lessons.scene import Scene
from bpgui.lessons.source import Field, LineError
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.initialisers import INITIALISERS
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.project import edits
from bpgui.project.state import Project
from bpgui.training.recipe import Recipe
from bpgui.training.state import Training
from bpgui.training.trainer import require_consistent

DATA_KEYS = ("data", "samples", "noise")
NETWORK_KEYS = ("layers", "activation", "output", "bias", "initialiser", "seed")
RECIPE_KEYS = ("loss", "optimizer", "learning_rate", "batch_size", "shuffle", "l1", "l2")
TIME_KEYS = ("sample", "trained")
KEYS = (*DATA_KEYS, *NETWORK_KEYS, *RECIPE_KEYS, "optimizer.…", "set", *TIME_KEYS)
"""All keys, as they are listed to a person."""

MOST_PARAMETERS = 20_000
_CIRCUMSTANCES = ("layers", "output", "loss", "data")
"""Where to look for the cause when data, network and loss do not fit together."""


class SettingError(ValueError):
    """A setting cannot be; ``key`` says which."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def is_setting(key: str) -> bool:
    """Whether a key is one of those above."""
    return key in KEYS or re.fullmatch(r"optimizer\.\w+", key) is not None


@dataclass(frozen=True)
class Settings:
    """Settings by key, and the lines ``set`` in their order."""

    fields: dict[str, Field]
    sets: tuple[Field, ...] = ()

    @classmethod
    def of(cls, fields: Iterable[Field]) -> Settings:
        """Sort fields; of several with one key, but for ``set``, the last counts."""
        given = tuple(fields)
        return cls({f.key: f for f in given if f.key != "set"}, tuple(f for f in given if f.key == "set"))

    def over(self, other: Settings) -> Settings:
        """Return other settings with these on top."""
        return Settings({**other.fields, **self.fields}, (*other.sets, *self.sets))

    @property
    def sample(self) -> int:
        """The row of the data that is looked at."""
        return self._whole("sample", 10**6)

    def project(self, budget: Budget) -> Project:
        """Return the project that these ask for; SettingError or LineError where something cannot be."""
        entry, data = self._data()
        network, drawn = self._network(entry)
        recipe = self._recipe(entry)
        method = self._text("initialiser") or entry.initialiser
        _require("initialiser", find, INITIALISERS, method, "initialiser")
        first = Parameters(network, entry.first) if entry.first is not None and not drawn else None
        project = Project(Training.begin(network, data, recipe, first, method), entry.label, pace=entry.pace)
        guilty = next((key for key in _CIRCUMSTANCES if key in self.fields), "data")
        _require(guilty, require_consistent, project.training)
        sample = _require("sample", Scene, project, self.sample, budget).start.sample
        project = self.set_in(project, sample, budget)
        if updates := self._whole("trained", MOST_UPDATES):
            project = _require("trained", budget.trained, project, updates)
        return project

    def set_in(self, project: Project, sample: int, budget: Budget) -> Project:
        """Return the project with what the lines ``set`` say, one after the other; LineError where one cannot be."""
        for line in self.sets:
            try:
                project = _with_set(project, sample, line.value, budget)
            except ValueError as wrong:
                raise LineError(line.line, f"set: {wrong}") from wrong
        return project

    def _text(self, key: str) -> str | None:
        return self.fields[key].value if key in self.fields else None

    def _whole(self, key: str, most: int) -> int:
        text = self._text(key) or "0"
        if not re.fullmatch(r"\d{1,7}", text.replace(",", "")) or int(text.replace(",", "")) > most:
            raise SettingError(key, f"{key} is a whole number from 0 to {most:,}, got {text!r}")
        return int(text.replace(",", ""))

    def _data(self) -> tuple[Builtin, Dataset]:
        name = self._text("data")
        if name is None:
            raise SettingError("data", f"data is missing; known: {', '.join(entry.name for entry in DATASETS)}")
        entry = _require("data", find, DATASETS, name, "data set")
        samples, noise = (self._typed(key) for key in ("samples", "noise"))
        _require("samples", _load, name, samples, None)
        return entry, _require("noise", _load, name, samples, noise)

    def _network(self, entry: Builtin) -> tuple[Network, bool]:
        """Return the network, and whether first weights are to be drawn, not those that the data come with."""
        layers = self._text("layers")
        if layers is not None and not re.fullmatch(r"\d{1,5}(-\d{1,5}){1,10}", layers):
            raise SettingError("layers", f"layers are sizes such as 2-8-1, inputs first, got {layers!r}")
        sizes = entry.layers if layers is None else tuple(map(int, layers.split("-")))
        if sizes[0] != entry.layers[0]:
            raise SettingError("layers", f"layers begins with {sizes[0]} inputs, the data have {entry.layers[0]}")
        if sum(a * b for a, b in pairwise(sizes)) > MOST_PARAMETERS:
            raise SettingError("layers", f"a lesson has at most {MOST_PARAMETERS:,} weights")
        bias = entry.bias if "bias" not in self.fields else self._typed("bias")
        if not isinstance(bias, bool):
            raise SettingError("bias", f"bias is yes or no, got {self._text('bias')!r}")
        names = [
            self._text(key) or default for key, default in (("activation", entry.activation), ("output", entry.output))
        ]
        for key, name in zip(("activation", "output"), names, strict=True):
            _require(key, find, ACTIVATIONS, name, "activation")
        drawn = any(key in self.fields for key in ("layers", "bias", "initialiser", "seed"))
        return _require("layers", Network.dense, sizes, *names, bias), drawn

    def _recipe(self, entry: Builtin) -> Recipe:
        recipe: Recipe = _require("seed", Recipe, seed=self._typed("seed") or 0).changed(entry.recipe)
        keys = [key for key in self.fields if key in RECIPE_KEYS or key.startswith("optimizer.")]
        values = {key: self._typed(key) for key in keys}
        try:
            return recipe.changed(values)
        except ValueError:
            for count in range(1, len(keys) + 1):  # the first key with which those before it do not fit
                _require(keys[count - 1], recipe.changed, {key: values[key] for key in keys[:count]})
            raise

    def _typed(self, key: str) -> Any:
        """Return a value as a truth value, a number or a text; whether it fits is for the receiver to say."""
        text = self._text(key)
        if text is None:
            return None
        plain = {"yes": True, "true": True, "no": False, "false": False}
        if text in plain:
            return plain[text]
        try:
            return int(text) if re.fullmatch(r"-?\d{1,20}", text) else float(text)
        except ValueError:
            return text


@lru_cache(maxsize=16)
def _load(name: str, samples: Any, noise: Any) -> Dataset:
    """Return a built-in data set, drawn with seed 0."""
    if isinstance(noise, (str, bool)):
        raise ValueError(f"noise is a number, got {noise!r}")
    try:
        return builtin.load(name, samples, noise)
    except ImportError as missing:
        raise ValueError(str(missing)) from missing


def _with_set(project: Project, sample: int, text: str, budget: Budget) -> Project:
    """Return the project with one weight, bias, input or target set."""
    what, equals, expression = text.rpartition("=")
    if not equals:
        raise ValueError(f"set is written 1.0 -> 2.0 = 0.5, got {text[:40]!r}")
    number = value(expression, Scene(project, sample, budget))
    column = re.fullmatch(r"\s*(x|target)\s+(\d{1,6})\s*", what)
    if column is None:
        key = key_of(project.network, place(what))
        return edits.apply(project, edits.set_parameter(project, key, number))[0]
    data = project.data
    table = data.X if column[1] == "x" else data.targets
    if table is None:
        raise ValueError("these data have classes, whose targets cannot be set")
    if int(column[2]) >= table.shape[1]:
        raise ValueError(f"there is no {column[0].strip()}; there are 0 to {table.shape[1] - 1}")
    changed = np.array(table)
    changed[sample, int(column[2])] = number
    moved = replace(data, origin=None, X=changed) if column[1] == "x" else replace(data, origin=None, targets=changed)
    return edits.apply(project, edits.use_data(project, moved))[0]


def _require(key: str, make: Any, *arguments: Any, **named: Any) -> Any:
    """Return what ``make`` makes; SettingError with that key where it refuses."""
    try:
        return make(*arguments, **named)
    except SettingError:
        raise
    except ValueError as wrong:
        raise SettingError(key, str(wrong)) from wrong
