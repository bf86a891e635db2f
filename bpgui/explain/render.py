"""A chain rule written out: as plain text for a terminal, and as LaTeX."""

from __future__ import annotations

from bpgui.explain.chain_rule import ChainRule
from bpgui.explain.notation import to_latex
from bpgui.network.names import unit_name
from bpgui.number_text import format_digits


def as_text(rule: ChainRule, digits: int | None = 4) -> str:
    """Return the rule, its factors with their numbers, its paths and its proof, a line each."""
    symbols = " · ".join(factor.symbol.plain for factor in rule.factors)
    values = " · ".join(_bracketed(factor.value, digits) for factor in rule.factors)
    lines = [f"{rule.gradient_symbol.plain} = {symbols}", ""]
    for factor in rule.factors:
        equals = f"{factor.formula.letters} = {factor.formula.numbers(digits)}"
        lines.append(f"  {factor.symbol.plain} = {equals} = {format_digits(factor.value, digits)}")
        lines.append(f"      {factor.help}")
    lines += ["", f"{rule.gradient_symbol.plain} = {values} = {format_digits(rule.sample_gradient, digits)}"]
    if rule.samples > 1:
        mean = format_digits(rule.gradient, digits, signed=True)
        lines.append(f"mean over {rule.samples:,} samples: {mean}; the factors are those of sample {rule.sample}")
        lines += [f"  sample {pull.sample}: {format_digits(pull.gradient, digits, signed=True)}" for pull in rule.pulls]
    if rule.paths is not None:
        lines += ["", f"by {rule.paths.count:,} path{'' if rule.paths.count == 1 else 's'} to the error:"]
        for path in rule.paths.listed:
            way = " → ".join(unit_name(*unit) for unit in path.units)
            lines.append(f"  {way} → E: {format_digits(path.value, digits, signed=True)}")
        if rule.paths.count > len(rule.paths.listed):
            others = rule.paths.count - len(rule.paths.listed)
            lines.append(f"  {others:,} more together: {format_digits(rule.paths.rest, digits, signed=True)}")
    check = rule.numeric
    lines += [
        "",
        f"finite difference, h = {format_digits(check.step, 3)}: {format_digits(check.value, digits)}, "
        f"differs by {format_digits(check.difference, 1)}: {check.verdict}",
    ]
    return "\n".join(lines)


def as_latex(rule: ChainRule, digits: int | None = 4) -> str:
    """Return the rule in letters, formulas and numbers, aligned, for a document that uses amsmath."""
    symbols = r" \cdot ".join(factor.symbol.latex for factor in rule.factors)
    formulas = r" \cdot ".join(f"({factor.formula.latex})" for factor in rule.factors)
    values = r" \cdot ".join(to_latex(_bracketed(factor.value, digits)) for factor in rule.factors)
    total = to_latex(format_digits(rule.sample_gradient, digits))
    rows = [f"{rule.gradient_symbol.latex} &= {symbols}", f"&= {formulas}", f"&= {values}", f"&= {total}"]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _bracketed(value: float, digits: int | None) -> str:
    text = format_digits(value, digits)
    return f"({text})" if text.startswith("−") else text
