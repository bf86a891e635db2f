"""How a number on the screen was computed: in letters, in numbers, and with all its digits."""

from __future__ import annotations

from dataclasses import dataclass

from bpgui.catalogue import find
from bpgui.explain.notation import ERROR, Formula, Quantity, Symbol, single
from bpgui.explain.sample_rules import Entry, SampleRules
from bpgui.gui.explain.explanation import Numbers
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES
from bpgui.number_text import format_number

MOST_OUTPUTS = 8
LONGEST = 400
"""Characters of a formula that a tooltip shows."""


@dataclass(frozen=True)
class How:
    """A symbol, what it is computed by, and its value; ``more`` is another one that follows from it."""

    symbol: Symbol
    formula: Formula | None
    value: float | None
    """None: the walk has not come by it."""
    more: How | None = None

    @property
    def text(self) -> str:
        """A few lines for a tooltip."""
        if self.value is None:
            return f"{self.symbol.plain}: comes later in the walk"
        lines = []
        if self.formula is not None and len(self.formula.numbers(4)) <= LONGEST:
            lines.append(f"{self.symbol.plain} = {self.formula.letters}")
            lines.append(f"= {self.formula.numbers(4)}")
            lines.append(f"= {format_number(self.value)}")
        else:
            lines.append(f"{self.symbol.plain} = {format_number(self.value)}")
        return "\n".join(lines if self.more is None else [*lines, "", self.more.text])


def how_z_and_a(rules: SampleRules, layer: int, unit: int) -> How:
    """Return how a neuron's sum and activation are computed; an input is given."""
    a = rules.quantity("a", layer, unit)
    if layer == 0:
        return How(a.symbol, None, a.value)
    z = rules.quantity("z", layer, unit)
    label = find(ACTIVATIONS, rules.network.layers[layer].activation_of(unit), "activation").label
    activation = How(a.symbol, Formula((f"{label}(", z, ")")), a.value)
    return How(z.symbol, rules.sum_formula(layer, unit), z.value, activation)


def how_delta(rules: SampleRules, layer: int, unit: int) -> How:
    """Return how a δ is computed."""
    delta = rules.delta(layer, unit)
    return How(delta.symbol, rules.delta_formula(layer, unit), delta.value)


def how_error(rules: SampleRules) -> How:
    """Return how the error is computed: the loss, and what each output brings."""
    label, last = find(LOSSES, rules.loss, "loss").label, len(rules.a) - 1
    parts: list[str | Quantity] = [f"{label}, with "]
    for unit, t in enumerate(rules.t[:MOST_OUTPUTS]):
        parts += ["; "] if unit else []
        parts += ["y = ", rules.quantity("a", last, unit), ", t = ", Quantity(single("t", unit), float(t))]
    return How(ERROR, Formula(tuple(parts)), rules.error)


def how_weight(numbers: Numbers, entry: Entry, index: int) -> How:
    """Return a weight, and how its gradient and the next update come about."""
    symbol = numbers.rules.notation.entry(*entry)
    value = float(numbers.training.state.vector[index])
    after = How(
        Symbol(f"next {symbol.plain}", ""), numbers.update.formula(index, symbol), float(numbers.update.after[index])
    )
    delta = numbers.rules.delta(*entry.target)
    by = () if entry.source is None else (" · ", numbers.rules.quantity("a", *entry.source))
    gradient = How(
        Symbol(f"∂E/∂{symbol.plain}", ""), Formula((delta, *by)), float(numbers.rules.gradient[index]), after
    )
    return How(symbol, None, value, gradient)
