"""Other runs and branches, and in what they differ. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from bpgui.project.past import Branch, Past
from bpgui.ranges import Range
from bpgui.training.history import Curves, History
from bpgui.training.state import Training
from bpgui.training.stop import StopRule

MOST_OTHERS = 5


@dataclass(frozen=True, eq=False)
class OtherRun:
    """A run or branch beside the one that is shown: its errors, and how it was set up; ``is_same_run``: it shares its
    beginning with what is shown, and its errors begin where the two part."""

    branch: Branch
    history: History
    settings: Mapping[str, str]
    is_same_run: bool


def other_runs(past: Past, branch: int, training: Training, live: Curves) -> list[OtherRun]:
    """Return the last runs and branches beside one whose errors mean the same: those on the same data by this loss.

    ``live`` are the curves of the present branch since it is trained.
    """
    found = [
        other
        for other in past.branches.values()
        if other.id != branch
        and other.trained.data is training.data
        and other.trained.recipe.loss == training.recipe.loss
    ]
    runs = []
    for other in found[-MOST_OTHERS:]:
        parting = past.parting(branch, other.id)
        before = past.curves_before(other.id, parting or 0)
        history = past.curves(other.id, live if other.id == past.present else None, before).train
        part = history if parting is None else history.since(parting)
        runs.append(OtherRun(other, part, settings_of(other.trained), parting is not None))
    return runs


def settings_of(training: Training) -> dict[str, str]:
    """Return all that a run depends on, as short words by short names."""
    network, recipe, data = training.network, training.recipe, training.data
    hidden = dict.fromkeys(str(layer.activation) for layer in network.layers[1:-1])
    found = {
        "network": "-".join(map(str, network.sizes)),
        "activation": ", ".join(hidden),
        "output": str(network.layers[-1].activation),
        "first weights": training.initialiser,
        "numbers": training.dtype,
        "data seed": str(data.seed),
        "held out": f"{100 * float(data.validation.mean()):.0f} %",
    }
    if data.origin is not None:
        found |= {name: _words(value) for name, value in data.origin._asdict().items()}
    for field in fields(recipe):
        value = getattr(recipe, field.name)
        found[field.name.replace("_", " ")] = _words(value)
    for part in (recipe.method, recipe.course):
        found |= {f"{part.name} {name}".replace("_", " "): _words(getattr(part, name)) for name in part.ranges}
    return found


def differences(runs: Sequence[Mapping[str, str]]) -> list[str]:
    """Return for each run those of its settings in which the runs differ, as in "learning rate 0.1, seed 2"."""
    names = list(dict.fromkeys(name for run in runs for name in run))
    differing = [name for name in names if len({run.get(name) for run in runs}) > 1]
    return [", ".join(f"{name} {run[name]}" for name in differing if name in run) for run in runs]


def changes_between(before: Training, after: Training) -> str:
    """Return in what a training was set up otherwise later, as in "learning rate 0.01 → 0.003"."""
    old, new = settings_of(before), settings_of(after)
    names = [name for name in new if new[name] != old.get(name)]
    return ", ".join(f"{name} {old[name]} → {new[name]}" if name in old else f"{name} {new[name]}" for name in names)


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return " and ".join(map(_words, value)) or "none"
    if isinstance(value, StopRule):
        given: Mapping[str, Range] = value.ranges
        return f"{value.label} {', '.join(_words(getattr(value, name)) for name in given)}"
    if isinstance(value, bool) or value is None:
        return {True: "on", False: "off", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:g}"
    return str(getattr(value, "label", value))
