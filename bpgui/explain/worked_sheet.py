"""The worked sheet: one sample forward, its error, back, and the update, with every number, to read or to print."""

from __future__ import annotations

from dataclasses import dataclass

from bpgui.catalogue import find
from bpgui.explain.notation import ERROR, Formula, Notation, Symbol, single, slope, to_latex
from bpgui.explain.sample_rules import Entry, SampleRules
from bpgui.explain.update import NextUpdate, next_update
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.losses import LOSSES
from bpgui.number_text import format_digits
from bpgui.training.state import Training
from bpgui.training.trainer import require_consistent

FORMATS = ("markdown", "latex")
MOST_PARAMETERS = 2000
"""A sheet of more would be hundreds of pages; a few weights of it are better looked at one by one."""


@dataclass(frozen=True)
class _Line:
    """Symbol = formula in letters = formula in numbers = number; a part that says nothing new is left out."""

    symbol: Symbol
    formula: Formula | None
    value: float


@dataclass(frozen=True)
class _Part:
    title: str
    lines: tuple[_Line, ...]


def worked_sheet(
    training: Training,
    sample: int = 0,
    *,
    kind: str = "markdown",
    digits: int | None = 4,
    article: bool = False,
    title: str = "A worked step of back-propagation",
) -> str:
    """Return the sheet of one sample of the data, with the training's present parameters, recipe and next update.

    ``kind`` is "markdown" or "latex" (a document for pdflatex); ``digits`` decimals, None for all. ValueError for a
    sample that is not there, a network of more than 2,000 parameters, or another kind.
    """
    if kind not in FORMATS:
        raise ValueError(f"a sheet is {' or '.join(FORMATS)}, got {kind!r}")
    network = training.network
    if network.parameter_count > MOST_PARAMETERS:
        raise ValueError(
            f"a sheet of {network.parameter_count:,} parameters would fill books; at most {MOST_PARAMETERS:,} are"
            " written"
        )
    x, t = require_consistent(training)
    if not 0 <= sample < len(x):
        raise ValueError(f"sample {sample} is not one of 0 to {len(x) - 1}")
    notation = Notation(network, article)
    sheet = _Sheet(SampleRules(network, training.parameters, x[sample], t[sample], training.recipe.loss, notation))
    update = next_update(training)
    several = update.rows.tolist() != [sample]
    parts = [
        _Part(f"Sample {sample}", sheet.given()),
        *(_Part(f"Forward: layer {layer}", sheet.forward(layer)) for layer in range(1, len(network.layers))),
        _Part(f"Error: {find(LOSSES, training.recipe.loss, 'loss').label}", sheet.error()),
        *(_Part(f"Backward: layer {layer}", sheet.backward(layer)) for layer in range(len(network.layers) - 1, 0, -1)),
        _Part("Gradients of this sample", sheet.gradients()),
        _Part(
            f"Update by {training.recipe.method.label}, learning rate {training.recipe.learning_rate:g}"
            + (f", over {update.rows.size:,} samples" if several else ""),
            sheet.update(update),
        ),
    ]
    write = _markdown if kind == "markdown" else _latex
    return write(title, parts, digits)


class _Sheet:
    """The lines of each part."""

    def __init__(self, rules: SampleRules) -> None:
        self._rules, self._network, self._notation = rules, rules.network, rules.notation
        entries = [
            (Entry((block.source, i), (block.target, j)), self._network.index_of_weight(number, i, j))
            for number, block in enumerate(self._network.blocks)
            for i in range(self._network.layers[block.source].units)
            for j in range(self._network.layers[block.target].units)
        ]
        for layer, of in enumerate(self._network.layers):
            for unit in range(of.units):
                index = self._network.index_of_bias(layer, unit)
                entries += [] if index is None else [(Entry(None, (layer, unit)), index)]
        self._entries = [(entry, index) for entry, index in entries if not self._network.cut[index]]

    def given(self) -> tuple[_Line, ...]:
        inputs = [_Line(single("x", i), None, float(value)) for i, value in enumerate(self._rules.a[0])]
        return (*inputs, *(_Line(single("t", k), None, float(value)) for k, value in enumerate(self._rules.t)))

    def forward(self, layer: int) -> tuple[_Line, ...]:
        lines = []
        for unit in range(self._network.layers[layer].units):
            z, a = self._rules.quantity("z", layer, unit), self._rules.quantity("a", layer, unit)
            name = self._network.layers[layer].activation_of(unit)
            label = find(ACTIVATIONS, name, "activation").label
            lines.append(_Line(z.symbol, self._rules.sum_formula(layer, unit), z.value))
            lines.append(_Line(a.symbol, Formula((f"{label}(", z, ")")), a.value))
        return tuple(lines)

    def error(self) -> tuple[_Line, ...]:
        return (_Line(ERROR, None, self._rules.error),)

    def backward(self, layer: int) -> tuple[_Line, ...]:
        units = range(self._network.layers[layer].units)
        deltas = [(self._rules.delta(layer, unit), self._rules.delta_formula(layer, unit)) for unit in units]
        return tuple(_Line(delta.symbol, formula, delta.value) for delta, formula in deltas)

    def gradients(self) -> tuple[_Line, ...]:
        lines = []
        for entry, index in self._entries:
            delta = self._rules.delta(*entry.target)
            by = () if entry.source is None else (" · ", self._rules.quantity("a", *entry.source))
            symbol = slope(ERROR, self._notation.entry(*entry))
            lines.append(_Line(symbol, Formula((delta, *by)), float(self._rules.gradient[index])))
        return tuple(lines)

    def update(self, update: NextUpdate) -> tuple[_Line, ...]:
        found = [(self._notation.entry(*entry), index) for entry, index in self._entries]
        return tuple(
            _Line(symbol, update.formula(index, symbol), float(update.after[index])) for symbol, index in found
        )


def _markdown(title: str, parts: list[_Part], digits: int | None) -> str:
    text = [f"# {title}"]
    for part in parts:
        text += ["", f"## {part.title}", ""]
        text += [f"- {_equal(line, digits, ' = ')}" for line in part.lines]
    return "\n".join(text) + "\n"


def _equal(line: _Line, digits: int | None, equals: str) -> str:
    sides = [line.symbol.plain]
    if line.formula is not None:
        sides += _new([line.formula.letters, line.formula.numbers(digits)])
    return equals.join(_new([*sides, format_digits(line.value, digits)]))


def _latex(title: str, parts: list[_Part], digits: int | None) -> str:
    text = [
        r"\documentclass{article}",
        r"\usepackage{amsmath}",
        r"\usepackage[utf8]{inputenc}",
        r"\allowdisplaybreaks",
        r"\begin{document}",
        rf"\section*{{{_escaped(title)}}}",
    ]
    for part in parts:
        rows = []
        for line in part.lines:
            sides = [] if line.formula is None else [line.formula.latex, line.formula.latex_numbers(digits)]
            sides = _new([*sides, to_latex(format_digits(line.value, digits))])
            rows.append(f"{line.symbol.latex} &= " + " = ".join(sides))
        text += [rf"\subsection*{{{_escaped(part.title)}}}", r"\begin{align*}", " \\\\\n".join(rows), r"\end{align*}"]
    return "\n".join([*text, r"\end{document}", ""])


def _escaped(text: str) -> str:
    for sign, command in {"½": r"$\frac12$", "Σ": r"$\Sigma$", "²": r"$^2$", "−": r"$-$", "·": r"$\cdot$"}.items():
        text = text.replace(sign, command)
    return text.replace("|", r"$|$").replace("_", r"\_")


def _new(sides: list[str]) -> list[str]:
    """Leave out what was just said."""
    return [side for place, side in enumerate(sides) if place == 0 or side != sides[place - 1]]
