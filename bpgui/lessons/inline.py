"""The marks inside a line of text: **strong**, *emphasis*, `code`, $mathematics$, {numbers} and [words]{factor 1}."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bpgui.lessons.lesson import Line, Span

FACTORS = ("1", "2", "3")

_MARK = re.compile(
    r"\\(?P<escaped>[\\{}*`$\[\]])"
    r"|\{(?P<number>[^{}]*)\}"
    r"|`(?P<code>[^`\n]+)`"
    r"|\$(?P<math>[^$\n]+)\$"
    r"|\[(?P<words>[^\[\]\n]+)\]\{\s*factor(?P<factor>[^{}\n]*)\}"
    r"|(?P<strong>\*\*)"
    r"|(?P<emphasis>\*(?=\S)|(?<=\S)\*)"
    r"|(?P<stray>[{}])"
)


class Reader:
    """Reads lines of text; ``number`` writes what stands in braces, ValueError where it cannot; ``problem(line,
    message)`` is told what is wrong."""

    def __init__(self, number: Callable[[str], str], problem: Callable[[int, str], None]) -> None:
        self._number, self._problem = number, problem

    def read(self, text: str, line: int, factor: int = 0) -> Line:
        """Return the spans of a text that begins in that line and may go over several."""
        spans: list[Span] = []
        look, at = Span("", factor=factor), 0
        for mark in _MARK.finditer(text):
            _add(spans, replace(look, text=text[at : mark.start()]))
            at = mark.end()
            here = line + text.count("\n", 0, mark.start())
            if mark["strong"]:
                look = replace(look, strong=not look.strong)
            elif mark["emphasis"]:
                look = replace(look, emphasis=not look.emphasis)
            elif mark["words"]:
                for span in self.read(mark["words"], here, self._factor(mark["factor"].strip(), here)):
                    spans.append(replace(span, strong=span.strong or look.strong))
            else:
                _add(spans, self._span(mark, look, here))
        _add(spans, replace(look, text=text[at:]))
        if look.strong or look.emphasis:
            self._problem(line, f"{'**' if look.strong else '*'} begins here and does not end in this paragraph")
        return tuple(spans)

    def _span(self, mark: re.Match[str], look: Span, line: int) -> Span:
        """Return the span that a mark stands for."""
        if mark["escaped"] is not None:
            return replace(look, text=mark["escaped"])
        if mark["code"] is not None:
            return replace(look, text=mark["code"], kind="code")
        if mark["math"] is not None:
            return replace(look, text=mark["math"], kind="math")
        if mark["stray"] is not None:
            other = "}" if mark["stray"] == "{" else "{"
            self._problem(line, f"{mark['stray']} without {other}; a brace itself is \\{mark['stray']}")
            return replace(look, text=mark["stray"])
        try:
            return replace(look, text=self._number(mark["number"]), kind="number")
        except ValueError as wrong:
            self._problem(line, f"{{{mark['number'].strip()}}}: {wrong}")
            return replace(look, text="?", kind="number")

    def _factor(self, text: str, line: int) -> int:
        if text in FACTORS:
            return int(text)
        self._problem(line, f"factor {text or 'without a number'}; a chain rule has the factors {', '.join(FACTORS)}")
        return 0


def _add(spans: list[Span], span: Span) -> None:
    """Add a span; text of the same look is one span."""
    text = span.text.replace("\n", " ") if span.kind == "text" else span.text
    if not text:
        return
    span = replace(span, text=text)
    if spans and span.kind == "text" and replace(spans[-1], text="") == replace(span, text=""):
        spans[-1] = replace(span, text=spans[-1].text + text)
    else:
        spans.append(span)
