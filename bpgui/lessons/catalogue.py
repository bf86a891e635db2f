"""The lessons that come with bpgui."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bpgui.lessons.source import parse

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Shipped:
    """A catalogue entry: the file of that name; what it says of itself is read when it is first asked for."""

    name: str

    @property
    def path(self) -> Path:
        """The file."""
        return FOLDER / f"{self.name}.md"

    @property
    def label(self) -> str:
        """The title."""
        return self._front["title"]

    @property
    def summary(self) -> str:
        """One sentence on what it is about."""
        return self._front["summary"]

    @cached_property
    def _front(self) -> dict[str, str]:
        source = parse(self.path.read_text("utf-8"))
        return {field.key: field.value for field in source.fields}


LESSONS = (Shipped("understanding_backpropagation"), Shipped("xor_needs_a_hidden_layer"), Shipped("the_learning_rate"))
