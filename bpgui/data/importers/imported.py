"""What an importer gives back, whatever the format."""

from __future__ import annotations

from typing import NamedTuple

from bpgui.data.dataset import Dataset


class Imported(NamedTuple):
    """The ``data`` of a file, ready to train on, and ``notes``: in sentences, what was guessed and done."""

    data: Dataset
    notes: tuple[str, ...]
