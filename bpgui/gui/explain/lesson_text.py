"""The words of a lesson as rich text: numbers, code, colours of the factors, and mathematics in a line."""

from __future__ import annotations

import re
from html import escape

from bpgui.gui.theme.tokens import Theme
from bpgui.lessons.lesson import Line, Span

_COMMANDS = {
    r"\partial": "∂",
    r"\delta": "δ",
    r"\eta": "η",
    r"\cdot": "·",
    r"\times": "×",
    r"\sum": "Σ",
    r"\to": "→",
    r"\leftarrow": "←",
    r"\le": "≤",
    r"\ge": "≥",
    r"\sigma": "σ",
    r"\Delta": "Δ",
    r"\infty": "∞",
    r"\ne": "≠",
    r"\,": " ",
}
_FRACTION = re.compile(r"\\frac\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_LOW = re.compile(r"_(?:\{([^{}]*)\}|(\w))")
_HIGH = re.compile(r"\^(?:\{([^{}]*)\}|(\w))")


def rich(line: Line, theme: Theme) -> str:
    """Return a line as the HTML that a label shows."""
    return "".join(_span(span, theme) for span in line)


def _span(span: Span, theme: Theme) -> str:
    text = inline_mathematics(span.text) if span.kind == "math" else escape(span.text).replace("\n", " ")
    if span.kind == "code":
        text = f"<code>{text}</code>"
    if span.kind == "number" and not span.factor:
        text = f'<span style="color:{theme.text}">{text}</span>'
    if span.strong or span.factor:
        text = f"<b>{text}</b>"
    if span.emphasis:
        text = f"<i>{text}</i>"
    return f'<span style="color:{theme.factors[span.factor - 1]}">{text}</span>' if span.factor else text


def inline_mathematics(latex: str) -> str:
    """Return simple LaTeX as HTML: letters upright or in italics, indices, Greek, and fractions with a stroke."""
    text = _FRACTION.sub(r"\1/\2", latex)
    for command in sorted(_COMMANDS, key=len, reverse=True):
        text = text.replace(command, _COMMANDS[command])
    text = escape(text)
    text = _HIGH.sub(lambda found: f"<sup>{found[1] or found[2]}</sup>", text)
    text = _LOW.sub(lambda found: f"<sub>{found[1] or found[2]}</sub>", text)
    return f"<i>{text}</i>".replace("{", "").replace("}", "").replace("-", "−")
