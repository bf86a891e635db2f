"""How the chain rule is written: symbols and formulas, as plain text and as LaTeX, in letters and in numbers.

A neuron is ``layer·index`` from 0, so that z₁₀ is the pre-activation of neuron 1·0; where a number has two digits a
dot parts them: z₁₂·₃. A weight names the two neurons that it joins: w₁₀→₂₀. The article names it w¹₁₀ instead, by
layer, source (counted from 1) and target (counted from 0).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bpgui.network.network import Network
from bpgui.number_text import format_digits

_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HIGH = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LATEX = {
    "−": "-",
    "·": r" \cdot ",
    "×": r" \times ",
    "η": r"\eta ",
    "½": r"\frac{1}{2}",
    "Σ": r"\sum ",
    "δ": r"\delta ",
    "Φ": r"\Phi ",
    "φ": r"\varphi ",
    "σ": r"\sigma ",
    "√": r"\surd ",
    "²": "^2",
    "←": r" \leftarrow ",
    "…": r" \dots ",
}
_WORDS = re.compile(" ?[A-Za-z]{2,}(?: [A-Za-z]{2,})* ?")
_POWER = re.compile(r"([0-9.]+)e(-?[0-9]+)")


@dataclass(frozen=True)
class Symbol:
    """A letter with its indices."""

    plain: str
    latex: str


@dataclass(frozen=True)
class Quantity:
    """A symbol that stands for a number."""

    symbol: Symbol
    value: float


@dataclass(frozen=True)
class Formula:
    """Words, signs and quantities in a row, which can be written in letters or in numbers."""

    parts: tuple[str | Quantity, ...]

    @property
    def letters(self) -> str:
        """In letters, as plain text: "a₂₀ − t₀"."""
        return "".join(part if isinstance(part, str) else part.symbol.plain for part in self.parts)

    @property
    def latex(self) -> str:
        """In letters, as LaTeX."""
        return "".join(to_latex(part) if isinstance(part, str) else part.symbol.latex for part in self.parts)

    def numbers(self, digits: int | None = 4) -> str:
        """In numbers: "0.5669 − 0.2000"; a negative one stands in brackets behind a sign."""
        return self._in_numbers(lambda text: text, digits)

    def latex_numbers(self, digits: int | None = 4) -> str:
        """In numbers, as LaTeX."""
        return self._in_numbers(to_latex, digits)

    def _in_numbers(self, written: Callable[[str], str], digits: int | None) -> str:
        texts = []
        for place, part in enumerate(self.parts):
            if isinstance(part, str):
                texts.append(written(part))
                continue
            text = format_digits(part.value, digits)
            before = self.parts[place - 1] if place else ""
            after_sign = isinstance(before, str) and before.rstrip(" ").endswith(("−", "+", "·", "×"))
            texts.append(written(f"({text})" if text.startswith("−") and after_sign else text))
        return "".join(texts)


def to_latex(text: str) -> str:
    """Return signs as LaTeX; words stay words."""
    text = _WORDS.sub(r"\\text{\g<0>}", text)
    for sign, command in _LATEX.items():
        text = text.replace(sign, command)
    return _POWER.sub(r"\1 \\cdot 10^{\2}", text)


def product(formulas: Sequence[Formula]) -> Formula:
    """Return one formula that multiplies others; reasons why a slope is what it is are left out."""
    parts: list[str | Quantity] = []
    for formula in formulas:
        plain = [part.split(", as ")[0].split("; ")[0] if isinstance(part, str) else part for part in formula.parts]
        sums = len(formulas) > 1 and any(isinstance(p, str) and p.strip() in ("+", "−", "1 −") for p in plain)
        parts += [" · "] if parts else []
        parts += ["(", *plain, ")"] if sums else plain
    return Formula(tuple(parts))


ERROR = Symbol("E", "E")
RATE = Symbol("η", r"\eta")


class Notation:
    """The symbols of one network; ``article`` names the weights as the article does."""

    def __init__(self, network: Network, article: bool = False) -> None:
        self._article = article
        self._short = len(network.layers) <= 10 and max(network.sizes) <= 10

    def unit(self, letter: str, layer: int, unit: int) -> Symbol:
        """Return a letter with the indices of a neuron: unit("z", 1, 0) is z₁₀."""
        plain, latex = self._indices(layer, unit)
        greek = r"\delta" if letter == "δ" else letter
        return Symbol(f"{letter}{plain}", f"{greek}_{{{latex}}}")

    def a(self, layer: int, unit: int) -> Symbol:
        """Return the activation of a neuron; of an input the input itself, x₀."""
        return single("x", unit) if layer == 0 else self.unit("a", layer, unit)

    def entry(self, source: tuple[int, int] | None, target: tuple[int, int]) -> Symbol:
        """Return a weight, or without a source the bias of a neuron."""
        if source is None:
            return self.unit("b", *target)
        if self._article:
            high, low = str(source[0]), f"{source[1] + 1}{target[1]}"
            return Symbol(f"w{high.translate(_HIGH)}{low.translate(_LOW)}", f"w^{{{high}}}_{{{low}}}")
        (plain, latex), (to_plain, to_latex_) = self._indices(*source), self._indices(*target)
        return Symbol(f"w{plain}→{to_plain}", rf"w_{{{latex} \to {to_latex_}}}")

    def _indices(self, layer: int, unit: int) -> tuple[str, str]:
        parted = "" if self._short else "·"
        plain = f"{layer}{parted}{unit}".translate(_LOW)
        return plain, f"{layer}{'' if self._short else ','}{unit}"


def single(letter: str, index: int) -> Symbol:
    """Return a letter with one index: x₀, t₁."""
    return Symbol(f"{letter}{str(index).translate(_LOW)}", f"{letter}_{{{index}}}")


def slope(of: Symbol, by: Symbol) -> Symbol:
    """Return ∂of/∂by."""
    return Symbol(f"∂{of.plain}/∂{by.plain}", rf"\frac{{\partial {of.latex}}}{{\partial {by.latex}}}")
