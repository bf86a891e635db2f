"""What the present optimizer does with a parameter in the next update."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bpgui import _core
from bpgui.explain.notation import ERROR, RATE, Formula, Quantity, Symbol, slope
from bpgui.training.evaluation import gradient
from bpgui.training.schedules import Constant
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer, require_consistent

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NextUpdate:
    """The next update of a training: which ``rows`` of the data it takes, ``gradient`` (P,) of their mean error, and
    the parameters ``before`` and ``after``, (P,) each. ``exact`` says that after = before − η · gradient, entry by
    entry where it learns: plain descent at a constant rate, without penalties, clipping and dropout. ``diverges`` where
    the update would leave the finite numbers; then ``after`` is ``before``."""

    training: Training
    rows: NDArray[np.int64]
    gradient: Floats
    before: Floats
    after: Floats
    exact: bool
    diverges: bool

    def formula(self, place: int, symbol: Symbol) -> Formula:
        """Return what happens to one parameter: "0.4 − 0.3 × 0.04886", or where more is done, the step that is."""
        network, recipe = self.training.network, self.training.recipe
        w, step = Quantity(symbol, float(self.before[place])), float(self.after[place] - self.before[place])
        if network.cut[place] or network.frozen[place]:
            return Formula((w, ", as it is cut" if network.cut[place] else ", as it is frozen"))
        if self.exact:
            by = Quantity(slope(ERROR, symbol), float(self.gradient[place]))
            return Formula((w, " − ", Quantity(RATE, recipe.learning_rate), " × ", by))
        taken = Quantity(Symbol("Δw", r"\Delta w"), abs(step))
        return Formula((w, " − " if step < 0.0 else " + ", taken))


def next_update(training: Training) -> NextUpdate:
    """Carry out the next update of a training on a copy, and return what it does.

    ValueError where recipe and data do not fit, as for ``bpgui.train``.
    """
    x, t = require_consistent(training)
    recipe, state = training.recipe, training.state
    rows = rows_of(training)
    weight = training.data.sample_weight
    of_rows = None if weight is None else np.asarray(weight)[rows]
    params = training.parameters
    _, found = gradient(training.network, params, x[rows], t[rows], recipe.loss, of_rows)
    trainer = Trainer.of(replace(training, recipe=recipe.changed({"stop": ()})))
    ending = trainer.run(updates=1)
    plain = recipe.method.name == "sgd" and isinstance(recipe.course, Constant)
    extras = recipe.l1 or recipe.l2 or recipe.dropout or recipe.clip_norm is not None or recipe.clip_value is not None
    return NextUpdate(
        training,
        rows,
        found.vector.astype(np.float64),
        state.vector.astype(np.float64),
        trainer.params.vector.astype(np.float64),
        plain and not extras,
        ending == "diverged",
    )


def rows_of(training: Training) -> NDArray[np.int64]:
    """Return the rows of the data that the next update is the mean over, in their order."""
    recipe, state = training.recipe, training.state
    trained = np.flatnonzero(~training.data.validation)
    n = trained.size
    size = n if recipe.batch_size == "full" else min(int(recipe.batch_size), n)
    order = np.arange(n)
    if recipe.shuffle:
        order = np.asarray(_core.permutation(recipe.seed, _core.SHUFFLE, state.epoch, n))
    return trained[order[state.position : state.position + size]].astype(np.int64)
