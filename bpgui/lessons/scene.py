"""What the numbers of a step are asked of: its stage, at any later update too, and the article's printed rule there."""

from __future__ import annotations

from bpgui.explain.article import BY_HAND, Printed, iterations
from bpgui.lessons.moment import MOST_UPDATES, Budget, Moment, neuron_of
from bpgui.network.names import Place
from bpgui.project.state import Project

CHECKED = 1_000
"""Iterations of the printed rule between two looks at the clock."""

PRINTED = ("y", "z", "a", "delta", "w", "gradient", "updated", "E")
"""What may be asked of the printed rule."""


class Scene:
    """A stage. ``updates`` are those it is to be trained for, 0 where it asks for none; ``changed`` is the stage with
    what a prediction supposes, None outside of one."""

    def __init__(
        self, project: Project, sample: int, budget: Budget, updates: int = 0, changed: Scene | None = None
    ) -> None:
        self.start = Moment(project, sample, budget)
        self.budget, self.updates, self.changed = budget, updates, changed
        self._moments = {0: self.start}
        self._printed: dict[int | None, Printed] = {}

    def after(self, updates: int) -> Moment:
        """Return the stage so many updates later; ValueError where it diverges before, or takes too long."""
        _require_few(updates)
        found = self._moments.get(updates)
        if found is None:
            project = self.budget.trained(self.start.project, updates)
            found = self._moments[updates] = Moment(project, self.start.sample, self.budget)
        return found

    def printed(self, updates: int | None) -> Printed:
        """Return an iteration by the printed rule: as worked by hand, None, or by its program after so many updates."""
        _require_few(updates or 0)
        if updates not in self._printed:
            self._require_article()
            project, sample = self.start.project, self.start.sample
            first = project.training.state.vector.tolist()
            x, t = project.data.X[sample].tolist(), project.data.T[sample].tolist()
            rounded = BY_HAND if updates is None else None
            rule = iterations(first, x, t, project.recipe.learning_rate, rounded)
            for number in range(updates or 0):
                next(rule)
                if number % CHECKED == 0:
                    self.budget.require_left()
            self._printed[updates] = next(rule)
        return self._printed[updates]

    def of_printed(self, name: str, argument: object, updates: int | None) -> float:
        """Return a number of the printed rule; ``argument`` as for the quantity of that name."""
        if name not in PRINTED:
            raise ValueError(f"the printed rule has no {name}; it has {', '.join(PRINTED)}")
        found = self.printed(updates)
        if name == "E":
            return found.error
        if name == "y":
            assert isinstance(argument, int)
            return found.a[2][neuron_of(self.start.network, 2, argument)[1]]
        if isinstance(argument, Place):
            index = self.start.index_of(argument)
            return {"w": found.before, "gradient": found.gradient, "updated": found.after}[name][index]
        assert isinstance(argument, tuple)
        layer, unit = neuron_of(self.start.network, *argument)
        return {"z": found.z, "a": found.a, "delta": found.deltas}[name][layer][unit]

    def _require_article(self) -> None:
        project = self.start.project
        network, recipe = project.network, project.recipe
        sigmoids = all(layer.activation == "sigmoid" and not layer.bias for layer in network.layers[1:])
        fits = network.sizes == (2, 2, 2) and sigmoids and project.data.samples == 1 and recipe.loss == "half_sse"
        if not fits or recipe.method.name != "sgd":
            raise ValueError("printed is for the article: 2-2-2 sigmoids without biases, one sample, half_sse, sgd")


def _require_few(updates: int) -> None:
    if updates > MOST_UPDATES:
        raise ValueError(f"at most {MOST_UPDATES:,} updates, got {updates:,}")
