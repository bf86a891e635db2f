"""The rule of one weight as a few lines of NumPy that one can run."""

from __future__ import annotations

import re

from bpgui.explain.chain_rule import ChainRule


def as_code(rule: ChainRule) -> str:
    """Return lines that compute the factors of the rule from the numbers of its sample, and multiply them.

    Each line is a number or an expression of numbers, with all digits, so that it gives what the card shows.
    """
    names = []
    lines = ["import numpy as np", ""]
    for place, factor in enumerate(rule.factors, 1):
        name = f"factor_{place}"
        names.append(name)
        lines.append(
            f"{name} = {_expression(factor.formula.numbers(None))}  # {factor.symbol.plain} = {factor.formula.letters}"
        )
    lines += [f"gradient = {' * '.join(names)}  # {rule.gradient_symbol.plain}", "print(gradient)"]
    return "\n".join(lines)


def _expression(numbers: str) -> str:
    """Turn a formula in numbers into Python."""
    text = numbers.split(", as ")[0].split("; ")[0].replace(",", "")
    text = re.sub(r"cos (\(?[−0-9.e]+\)?)", r"np.cos(\1)", text)
    return text.replace("−", "-").replace("·", "*").replace("²", "**2")
