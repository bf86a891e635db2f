"""What is wrong with a run, in one sentence, and what one can do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.network.activations import ACTIVATIONS
from bpgui.project import edits
from bpgui.project.edits import Edit
from bpgui.project.state import Project
from bpgui.training.evaluation import activations
from bpgui.training.history import History
from bpgui.training.stop import Patience

Floats = NDArray[np.float64]

MOST_SAMPLES = 512
"""Training samples that are looked at, spread evenly."""

LEAKY = "leaky_relu"
DEAD_SHARE = 0.25
"""Share of a layer's neurons from which on dead ones are told of."""

SATURATED_SHARE = 0.5
AT_THE_END, OF_SAMPLES = 0.03, 0.95
"""A neuron is saturated where it is this near an end of its range, as a share of it, for this share of the samples."""

LONG_ENOUGH = 20
"""Epochs before which nothing is said of how the error goes."""
NO_BETTER = 0.98
"""An error is stuck whose best in the last half of the epochs is more than this share of the best before."""
WORSE, BETTER = 1.15, 0.95
"""Over-fitted: the validation error rose over its best by this factor, and the training error fell by that since."""
LAST = 5
"""Epochs whose mean stands for how it is now."""


@dataclass(frozen=True)
class Remedy:
    """Something to do about it: ``make(project, **values)`` is an edit. ``resets``: then the run begins again."""

    label: str
    make: Callable[..., Edit]
    values: Mapping[str, Any] = field(default_factory=dict)
    resets: bool = False


@dataclass(frozen=True)
class Finding:
    """One sentence, and its remedies. ``name`` is what it is about: "dead", "saturated" or "overfitted"."""

    name: str
    sentence: str
    remedies: tuple[Remedy, ...]


def diagnose(project: Project, errors: History, validation: History) -> Finding | None:
    """Return what is most wrong with a run, or None. Takes milliseconds; knows no window."""
    said = _answers(project)
    return _dead(project, said) or _saturated(project, said, errors) or _overfitted(errors, validation)


def _answers(project: Project) -> list[Floats]:
    """What the neurons of each layer say of some training samples: (units, samples) each."""
    network, x = project.network, project.data.training[0]
    x = x[:: 1 + len(x) // MOST_SAMPLES]
    rows = activations(network, project.parameters, x).astype(np.float64)
    return np.split(rows, np.cumsum(network.sizes)[:-1])


def _units(project: Project, layer: int, names: set[str]) -> NDArray[np.bool_]:
    """Which neurons of a layer have one of these activations: (units,)."""
    of = project.network.layers[layer]
    return np.array([of.activation_of(unit) in names for unit in range(of.units)], np.bool_)


def _dead(project: Project, said: list[Floats]) -> Finding | None:
    """ReLU neurons that answer 0 to everything: no gradient passes them, so they stay so."""
    if not project.training.state.update:
        return None
    for layer in range(1, len(said) - 1):
        dead = _units(project, layer, {"relu"}) & (said[layer] == 0.0).all(axis=1)
        count, units = int(dead.sum()), dead.size
        if count and count >= DEAD_SHARE * units:
            return Finding(
                "dead",
                f"{_some(count, units)} of layer {layer} answer{'s' if count == 1 else ''} 0 to every sample: "
                "no gradient passes a ReLU at 0, so nothing can wake it.",
                (
                    Remedy(f"Leaky ReLU in layer {layer}", edits.set_activation, {"index": layer, "name": LEAKY}),
                    Remedy("Begin again with He weights", edits.set_initialiser, {"name": "he"}),
                ),
            )
    return None


def _saturated(project: Project, said: list[Floats], errors: History) -> Finding | None:
    """Neurons at the flat ends of their activation, in a run whose error no longer falls."""
    if not _is_stuck(errors):
        return None
    ranges = {e.name: (e.low, e.high) for e in ACTIVATIONS if np.isfinite(e.low + e.high) and e.name != "step"}
    for layer in range(1, len(said) - 1):
        count = 0
        for unit, values in enumerate(said[layer]):
            low, high = ranges.get(project.network.layers[layer].activation_of(unit), (-np.inf, np.inf))
            edge = AT_THE_END * (high - low)
            count += bool(np.mean((values < low + edge) | (values > high - edge)) >= OF_SAMPLES) if edge < np.inf else 0
        units = len(said[layer])
        if count and count >= SATURATED_SHARE * units:
            rate = float(f"{project.recipe.learning_rate / 10:.3g}")
            return Finding(
                "saturated",
                f"{_some(count, units)} of layer {layer} {'is' if count == 1 else 'are'} saturated, and the error"
                " stands still: at the flat ends of an activation hardly any gradient is left.",
                (
                    Remedy("Begin again with Xavier weights", edits.set_initialiser, {"name": "xavier"}),
                    Remedy(f"Learning rate {rate:g}", edits.set_recipe, {"learning_rate": rate}),
                ),
            )
    return None


def _overfitted(errors: History, validation: History) -> Finding | None:
    """A validation error that rises again while the training error goes on falling."""
    held_out, trained = validation.last, errors.last
    if held_out.size < LONG_ENOUGH or held_out.size != trained.size or not np.isfinite(held_out[-LAST:]).all():
        return None
    best = int(np.nanargmin(held_out))
    now, then = float(held_out[-LAST:].mean()), float(held_out[best])
    fell = float(trained[-LAST:].mean()) < BETTER * float(trained[best])
    if best >= held_out.size - LAST or now <= WORSE * then or not fell:
        return None
    epoch = int(validation.epoch[best]) + 1
    return Finding(
        "overfitted",
        f"Over-fitted since epoch {epoch:,}: the validation error rose from {then:.3g} to {now:.3g} while the training "
        "error fell.",
        (
            Remedy("Pull weights to 0 (L2)", _with_decay),
            Remedy("Begin again, keep the best", _with_patience, resets=True),
        ),
    )


def _with_decay(project: Project) -> Edit:
    """Begin with little, and pull ten times as much where that was not enough."""
    return edits.set_recipe(project, l2=max(0.001, 10.0 * project.recipe.l2))


def _with_patience(project: Project) -> Edit:
    """Stop where the validation error no longer falls, and take the best weights: a rule for the next run."""
    rest = [rule for rule in project.recipe.stop if not isinstance(rule, Patience)]
    return edits.set_recipe(project, stop=(*rest, Patience(max(LONG_ENOUGH, project.recipe.epochs // 20), 0.0, True)))


def _is_stuck(errors: History) -> bool:
    """Whether the last half of the epochs brought no better error."""
    last = errors.last[np.isfinite(errors.last)]
    if errors.epochs < LONG_ENOUGH or last.size < 4:
        return False
    half = last.size // 2
    return bool(last[half:].min() > NO_BETTER * last[:half].min())


def _some(count: int, units: int) -> str:
    return f"{count} of {units} neurons" if units > 1 else "The only neuron"
