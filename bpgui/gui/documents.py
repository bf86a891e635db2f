"""Files, on a thread of their own: the window never waits for a disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from bpgui.data.importers import read
from bpgui.files.archive import named, write_text
from bpgui.files.project_file import CHECKPOINT_BYTES, SUFFIX, load, save
from bpgui.files.stamp import Stamp
from bpgui.project.state import Project, of_data

Answer = tuple[Any, ...]


class ConflictError(ValueError):
    """A file that is not the one that was met before."""


class Documents(QObject):
    """Opens and saves. The signals arrive in the GUI's thread: ``opened(project, path, notes, stamp)``,
    ``not_opened(sentence)``, ``saved(path, stamp)``, ``not_saved(sentence)``, and ``conflicted(sentence)`` where the
    file is not the one that was met before."""

    opened = Signal(object, str, object, object)
    not_opened = Signal(str)
    saved = Signal(str, object)
    not_saved = Signal(str)
    conflicted = Signal(str)
    _done = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bpgui-files")
        self._done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)

    def open(self, path: str, seed: int = 0) -> None:
        """Read a project, or a data file, which becomes a new project."""

        def work() -> tuple[Project, str, tuple[str, ...], Stamp | None]:
            stamp = Stamp.of(path)
            if Path(path).suffix == SUFFIX:
                return load(path), path, (), stamp
            found = read(path)
            return of_data(found.data, seed), path, found.notes, stamp

        self.start(work, self.opened.emit, self.not_opened.emit)

    def save(
        self, project: Project, path: str, known: Stamp | None = None, checkpoint_bytes: int = CHECKPOINT_BYTES
    ) -> None:
        """Write a project with so many bytes of its past; not over a file that is there and is another than the one
        of which ``known`` is the stamp, where that is given."""

        def work() -> tuple[str, Stamp | None]:
            if known is not None and Stamp.of(path) not in (known, None):
                raise ConflictError(f"{Path(path).name} is not as it was here: another window or program wrote to it")
            save(project, path, checkpoint_bytes)
            return path, Stamp.of(path)

        self.start(work, self.saved.emit, self.not_saved.emit)

    def write(self, path: str, make: Callable[[], str]) -> None:
        """Write a text, made on the thread: whole, or not at all."""

        def work() -> tuple[str, None]:
            with named(path):
                write_text(Path(path), make())
            return path, None

        self.start(work, self.saved.emit, self.not_saved.emit)

    def close(self) -> None:
        """Finish what was begun and end the thread; what comes of it is told to nobody any more."""
        self._closed = True
        self._thread.shutdown(wait=True)

    def start(self, work: Callable[[], Answer], tell: Callable[..., None], refuse: Callable[[str], None]) -> None:
        """Do some work on the thread; then ``tell`` gets what it returned, or ``refuse`` why it could not be done."""

        def finish(future: Future[Answer]) -> None:
            self._done.emit(future, tell, refuse)

        self._thread.submit(work).add_done_callback(finish)

    @Slot(object, object, object)
    def _on_done(self, future: Future[Answer], tell: Callable[..., None], refuse: Callable[[str], None]) -> None:
        if self._closed:
            return
        error = future.exception()
        if error is None:
            tell(*future.result())
        elif isinstance(error, ConflictError):
            self.conflicted.emit(str(error))
        elif isinstance(error, ValueError | OSError):
            refuse(str(error))
        else:
            # A fault of ours, or no memory: the person must learn that it was not done.
            refuse(f"{type(error).__name__}: {error}")
