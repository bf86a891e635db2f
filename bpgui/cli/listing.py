"""What `bpgui list` prints: the catalogues, a line an entry."""

from __future__ import annotations

from bpgui.data.builtin import DATASETS
from bpgui.data.importers import IMPORTERS
from bpgui.lessons.catalogue import LESSONS
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.initialisers import INITIALISERS
from bpgui.network.losses import LOSSES
from bpgui.training.optimizers import OPTIMIZERS
from bpgui.training.schedules import SCHEDULES

ROWS: dict[str, list[tuple[str, ...]]] = {
    "datasets": [(entry.name, "-".join(map(str, entry.layers)), entry.summary) for entry in DATASETS],
    "activations": [(entry.name, entry.formula, entry.help) for entry in ACTIVATIONS],
    "losses": [(entry.name, entry.formula, entry.help) for entry in LOSSES],
    "optimizers": [(entry.name, entry.formula, entry.help) for entry in OPTIMIZERS],
    "schedules": [(entry.name, entry.formula, entry.help) for entry in SCHEDULES],
    "initialisers": [(entry.name, entry.help) for entry in INITIALISERS],
    "importers": [(entry.name, " ".join(entry.suffixes), entry.label) for entry in IMPORTERS],
    "lessons": [(entry.name, entry.label, entry.summary) for entry in LESSONS],
}


def lines(what: str) -> list[str]:
    """Return the entries of a catalogue in columns."""
    rows = ROWS[what]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
