"""Catalogues are plain tuples of declared entries; this is how one is found by its name."""

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Named(Protocol):
    """An entry of a catalogue."""

    @property
    def name(self) -> str:
        """What files and the command line say."""
        ...

    @property
    def label(self) -> str:
        """What a person reads."""
        ...


Entry = TypeVar("Entry", bound=Named)


def find(catalogue: Sequence[Entry], name: str, what: str) -> Entry:
    """Return the entry of that name; ValueError lists the names there are."""
    for entry in catalogue:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in catalogue)
    raise ValueError(f"unknown {what} {name!r}; known: {known}")


def position(catalogue: Sequence[Entry], name: str, what: str) -> int:
    """Return the place of the entry of that name, which is its code in the core."""
    return catalogue.index(find(catalogue, name, what))
