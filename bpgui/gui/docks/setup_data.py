"""The Data section: a gallery of data sets, and a way to data of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from bpgui.data.builtin import DATASETS, Builtin
from bpgui.data.dataset import Dataset, MissingExtra, Origin
from bpgui.data.importers import IMPORTERS, read
from bpgui.gui.docks.setup_parts import Line, Panel, sentence
from bpgui.gui.docks.setup_pictures import figure_of, picture_of
from bpgui.gui.docks.setup_rows import TYPED_SEED, Set, SettingRows
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import PADDING
from bpgui.gui.widgets.thumbnails import icon_thumbnail
from bpgui.gui.widgets.tile import Tile, TileGrid
from bpgui.number_text import format_count
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.edits import Edit
from bpgui.project.state import Project, of_builtin, of_data
from bpgui.ranges import Range

OPEN = "open"
"""The value of the tile that opens a file."""

DRAW = "draw"
"""The value of the tile that lets one draw."""

LOOK = 30
"""Milliseconds between two looks whether the data are read."""

PATIENCE = 300
"""Milliseconds after which the panel says that it reads."""

NOISE, SAMPLES, HELD_OUT, SEED = "noise", "samples", "validation_%", "data_seed"
"""The settings of data that may have some."""

Found = tuple[Project, str]
"""A project on the data asked for, and what is to be said of them."""


class DataPanel(Panel):
    """Shows which data the network learns. What is asked for is read on a thread of its own; the last wish counts."""

    SHOWS = Changes.DATA
    drawing = Signal()
    """Samples are to be drawn now."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._reading: Future[Found] | None = None
        self._what = ""
        self._waited = 0
        self._told: tuple[Dataset, str] | None = None
        """What there is to say of the data read last, while they are the project's."""
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._look)
        self._line = Line()
        self._tiles = {entry.name: self._tile(entry) for entry in DATASETS}
        self._redrawn = ""  # the set whose tile shows what was made of it, not what it is at first
        self._gallery = TileGrid([*self._tiles.values(), self._open_tile(), self._draw_tile()])
        self._gallery.setAccessibleName(self.tr("Data sets"))
        self._gallery.chosen.connect(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, PADDING, 0, 8)
        column.setSpacing(6)
        column.addWidget(self._gallery)
        column.addWidget(self._line)
        keeps = self.tr("Draws the data anew. Keeps weights; the present epoch begins again.")
        self._settings = SettingRows(self, keeps, self._set)
        column.addWidget(self._settings)

    def _tile(self, entry: Builtin) -> Tile:
        effect = self.tr("Sets up its network, recipe and pace too; Undo brings yours back.")
        return Tile(entry.name, entry.label, picture_of(entry), help_text=f"{entry.summary}\n{effect}")

    def _open_tile(self) -> Tile:
        effect = self.tr(
            "Reads a table: one sample a row, the target in the last column.\n"
            "Sets up a network and a recipe for it; Undo brings yours back."
        )
        return Tile(OPEN, self.tr("Open CSV…"), icon_thumbnail("folder-open"), help_text=effect, opens=True)

    def _draw_tile(self) -> Tile:
        effect = self.tr(
            "Begins with two samples and lets you draw more on the plane.\n"
            "Sets up a network and a recipe for them; Undo brings yours back."
        )
        return Tile(DRAW, self.tr("Draw points…"), icon_thumbnail("pencil"), help_text=effect, opens=True)

    @property
    def caption(self) -> str:
        """How many samples there are."""
        samples = len(self._session.project.data.X)
        return self.tr("1 sample") if samples == 1 else self.tr("{n} samples").format(n=format_count(samples))

    def show_project(self) -> None:
        """Mark the data set that the project has, and say what there is to know of data of one's own."""
        project = self._session.project
        # A file may have the name of a built-in set; the project made of it has not its label.
        known = next((e.name for e in DATASETS if (e.name, e.label) == (project.data.name, project.name)), "")
        self._gallery.value = known
        self._draw_tiles(known)
        if self._told is not None and self._told[0] is project.data:
            self._line.note(self._told[1])
        elif not known:
            self._line.note(self.tr("Data: {name}").format(name=project.data.name))
        else:
            self._line.clear()
        data = project.data
        samples, noise = data.origin or (None, None)
        share = round(100.0 * float(np.mean(data.validation)))
        values = {NOISE: noise, SAMPLES: samples, HELD_OUT: share, SEED: data.seed}
        self._settings.show_values(ranges_of(data), values)

    def tell(self, notes: str) -> None:
        """Say what there is to know of the project's data, as long as it has them."""
        self._told = (self._session.project.data, notes) if notes else None
        self.show_project()

    def _draw_tiles(self, known: str) -> None:
        """Let the tile of the present data show them as they are, with their noise."""
        if self._redrawn:
            entry = next(entry for entry in DATASETS if entry.name == self._redrawn)
            self._tiles[entry.name].set_thumbnail(picture_of(entry))
            self._redrawn = ""
        data = self._session.project.data
        if not known or data.origin is None or data.X.shape[1] != 2:
            return
        entry = next(entry for entry in DATASETS if entry.name == known)
        if (data.origin, data.seed) != (Origin(entry.samples, entry.noise), 0):
            self._tiles[known].set_thumbnail(figure_of(data))
            self._redrawn = known

    def _set(self, name: str) -> Set:
        def make(value: Any) -> tuple[Callable[..., Edit], dict[str, Any]]:
            asked = {HELD_OUT: {"validation": value / 100.0}, SEED: {"seed": value}}
            return edits.remake_data, asked.get(name, {name: value})

        return make

    @Slot(str)
    def choose(self, name: str) -> None:
        """Set up the data set of that name, or ask for a file."""
        if name == OPEN:
            self._ask_for_file()
            return
        seed = self._session.project.recipe.seed
        if name == DRAW:
            first = Dataset("drawn", np.array([[-0.5, 0.0], [0.5, 0.0]]), labels=np.array([0, 1]))
            self.ask(self._line, edits.use_project, of_data(first, seed))
            self.drawing.emit()
            return

        def make() -> Found:
            return of_builtin(name, seed=seed), ""

        self._read(next(e.label for e in DATASETS if e.name == name), make)

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a table"))
        suffixes = " ".join(f"*{suffix}" for importer in IMPORTERS for suffix in importer.suffixes)
        dialog.setNameFilters([self.tr("Tables ({suffixes})").format(suffixes=suffixes), self.tr("All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _on_file(self, path: str) -> None:
        seed = self._session.project.recipe.seed
        name = Path(path).name

        def make() -> Found:
            found = read(path)
            return of_data(found.data, seed), f"{name}: {' '.join(found.notes)}"

        self._read(name, make)

    def _read(self, what: str, make: Callable[[], Found]) -> None:
        """Call ``make`` on a thread that ends by itself; what was asked for before is not waited for any more."""
        self._what, self._waited = what, 0
        self._line.clear()
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bpgui-data")
        self._reading = thread.submit(make)
        thread.shutdown(wait=False)
        self._timer.start()

    @Slot()
    def _look(self) -> None:
        assert self._reading is not None
        if not self._reading.done():
            self._waited += LOOK
            if self._waited >= PATIENCE:
                self._line.note(self.tr("Reading {what}…").format(what=self._what))
            return
        self._timer.stop()
        reading, self._reading = self._reading, None
        try:
            project, notes = reading.result()
        except (ValueError, OSError, MissingExtra) as error:
            self.show_project()
            self._line.refuse(sentence(str(error)))
            return
        self._told = (project.data, notes) if notes else None
        self.ask(self._line, edits.use_project, project)


def ranges_of(data: Dataset) -> Mapping[str, Range]:
    """Return what may be chosen of data: noise and samples where they are made here, and what is held out."""
    entry = next((entry for entry in DATASETS if entry.name == data.name), None)
    ranges = {}
    if data.origin is not None and entry is not None:
        if entry.noise_range is not None:
            low, high = entry.noise_range
            words, told = f"a number from {low:g} to {high:g}", "How far the samples stray from their figure."
            ranges[NOISE] = Range(low, high, words, help=told, slider=entry.noise_range)
        if entry.samples_range is not None:
            fewest, most = entry.samples_range
            words, told = f"a whole number from {fewest} to {most:,}", "How many samples there are."
            ranges[SAMPLES] = Range(fewest, most, words, whole=True, help=told, slider=(fewest, most))
    if data.samples > 1:
        told = "Share of the samples that are held out: never trained on, only looked at."
        ranges[HELD_OUT] = Range(0, 99, "a whole number from 0 to 99", whole=True, help=told, slider=(0, 50))
        ranges[SEED] = replace(TYPED_SEED, help="Of the draw of the data and of what is held out.")
    return ranges
