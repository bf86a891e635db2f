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
    """A run or branch beside the one that is shown: its errors, and how it was set up."""

    branch: Branch
    history: History
    settings: Mapping[str, str]


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
    return [
        OtherRun(
            other,
            past.curves(other.id, live if other.id == past.present else None).train,
            settings_of(other.trained),
        )
        for other in found[-MOST_OTHERS:]
    ]


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
