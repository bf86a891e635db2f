"""Files, on a thread of their own: the window never waits for a disk."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from bpgui.data.importers import read
from bpgui.files.archive import named, write_text
from bpgui.files.project_file import SUFFIX, load, save
from bpgui.project.state import Project, of_data

Answer = tuple[Any, ...]


class Documents(QObject):
    """Opens and saves. The signals arrive in the GUI's thread: ``opened(project, path, notes)``,
    ``not_opened(sentence)``, ``saved(path)``, ``not_saved(sentence)``."""

    opened = Signal(object, str, object)
    not_opened = Signal(str)
    saved = Signal(str)
    not_saved = Signal(str)
    _done = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bpgui-files")
        self._done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)

    def open(self, path: str, seed: int = 0) -> None:
        """Read a project, or a data file, which becomes a new project."""

        def work() -> tuple[Project, str, tuple[str, ...]]:
            if Path(path).suffix == SUFFIX:
                return load(path), path, ()
            found = read(path)
            return of_data(found.data, seed), path, found.notes

        self._start(work, self.opened.emit, self.not_opened.emit)

    def save(self, project: Project, path: str) -> None:
        """Write a project."""

        def work() -> tuple[str]:
            save(project, path)
            return (path,)

        self._start(work, self.saved.emit, self.not_saved.emit)

    def write(self, path: str, make: Callable[[], str]) -> None:
        """Write a text, made on the thread: whole, or not at all."""

        def work() -> tuple[str]:
            with named(path):
                write_text(Path(path), make())
            return (path,)

        self._start(work, self.saved.emit, self.not_saved.emit)

    def close(self) -> None:
        """Finish what was begun and end the thread."""
        self._thread.shutdown(wait=True)

    def _start(self, work: Callable[[], Answer], tell: Callable[..., None], refuse: Callable[[str], None]) -> None:
        def finish(future: Future[Answer]) -> None:
            self._done.emit(future, tell, refuse)

        self._thread.submit(work).add_done_callback(finish)

    @Slot(object, object, object)
    def _on_done(self, future: Future[Answer], tell: Callable[..., None], refuse: Callable[[str], None]) -> None:
        error = future.exception()
        if error is None:
            tell(*future.result())
        elif isinstance(error, ValueError | OSError):
            refuse(str(error))
        else:
            # A fault of ours, or no memory: the person must learn that it was not done.
            refuse(f"{type(error).__name__}: {error}")
