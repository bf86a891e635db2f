"""The document and its file: new, open, save, and what is asked before something could be lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from bpgui.data.importers import IMPORTERS
from bpgui.files.project_file import CHECKPOINT_BYTES, SUFFIX
from bpgui.files.stamp import Stamp
from bpgui.gui.documents import Documents
from bpgui.gui.session import Captured, Session
from bpgui.project.state import Project, of_builtin

MOST_RECENT = 10
LONG = 60.0
"""Seconds of computing that nobody gives away unasked, though it could be done again to the last bit."""


@dataclass(eq=False)
class Saving:
    """A save under way: where to, what, and the number of edits when it was asked for. ``is_ours``: the document keeps
    its place there."""

    path: str
    project: Project
    edits: int
    is_ours: bool = True
    made: int = 0
    seconds: float = 0.0
    """As the timeline counts them."""


class Filing(QObject):
    """Knows the file of the session's document and whether it holds all of it.

    ``retitled``: the name, or whether all is saved, may be another; ``said(sentence)``: how the file is;
    ``failed(sentence)``: what could not be opened or saved, and why; ``conflicted(sentence)``: it was not saved, as the
    file is another now; ``taken(notes)``: there is another document;
    ``saved``: a file was written.

    One save is under way at a time. The document counts as saved once the file is written, and only if nothing was
    edited since the save was asked for. ``_then`` goes on with what had to wait for the save.
    """

    retitled = Signal()
    said = Signal(str)
    failed = Signal(str)
    taken = Signal(object)
    saved = Signal()
    conflicted = Signal(str)

    def __init__(self, session: Session, settings: QSettings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window
        self.path = ""
        self.stamp: Stamp | None = None
        """Of the file under that path as it was last met."""
        self._saved_update = session.project.training.state.update
        self._saved_made = 0
        self._saved_seconds = session.timeline.seconds
        self._refused = False
        """Whether the file could not be written since: nobody knows what it holds now."""
        self.edits = 0
        self.checkpoint_bytes = CHECKPOINT_BYTES
        """Of the past that a file may hold."""
        self._saving: Saving | None = None
        self._then: Callable[[], object] | None = None
        self.documents = Documents(self)
        self.documents.opened.connect(self._on_opened)
        self.documents.not_opened.connect(self.failed)
        self.documents.saved.connect(self._on_saved)
        self.documents.not_saved.connect(self._on_not_saved)
        self.documents.conflicted.connect(self._on_conflicted)
        session.undo_stack.indexChanged.connect(self._on_edit)
        session.undo_stack.cleanChanged.connect(self.retitled)

    def close(self) -> None:
        """Finish what was begun and end the files' thread."""
        self.documents.close()

    @property
    def name(self) -> str:
        """The document's name: the file's, once there is one."""
        return Path(self.path).stem if self.path else self._session.project.name

    @property
    def recent(self) -> list[str]:
        """The files that were opened or saved last, the latest first."""
        kept = self._settings.value("recent", [])
        paths = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        return [path for path in paths if isinstance(path, str)]

    def _remember(self, path: str) -> None:
        whole = str(Path(path).absolute())
        self._settings.setValue("recent", [whole, *(each for each in self.recent if each != whole)][:MOST_RECENT])
        self.retitled.emit()

    @property
    def modified(self) -> bool:
        """Whether there is something that the file does not hold."""
        return self._is_edited or self._session.reached.update != self._saved_update

    @property
    def _is_edited(self) -> bool:
        """Whether a person did something that the file does not hold, to the document or to its past."""
        done = not self._session.undo_stack.isClean() or self._session.timeline.made != self._saved_made
        return done or self._refused

    def let_go(self) -> None:
        """Count everything as saved, so that nothing is asked when the window closes."""
        self._refused = False
        self._session.undo_stack.setClean()
        self._saved_made = self._session.timeline.made
        self._saved_seconds = self._session.timeline.seconds

    def may_leave(self, then: Callable[[], object]) -> bool:
        """Tell whether the document may go now; ask once if edits or long training would be lost.

        Where it must be saved first, ``then`` is called once it is.
        """
        self._then = None
        if self._saving:
            self._then = then
            return False
        trained_long = self._session.timeline.seconds - self._saved_seconds >= LONG
        if not (self._is_edited or trained_long or self._is_gone):
            return True
        buttons = QMessageBox.StandardButton
        question = self.tr("Save the changes to {name}?").format(name=self.name)
        choice = buttons.Save | buttons.Discard | buttons.Cancel
        answer = QMessageBox.question(self._window, self.tr("bpgui"), question, choice, buttons.Save)
        if answer == buttons.Save:
            self._then = then
            self.save()
        return bool(answer == buttons.Discard)

    @property
    def _is_gone(self) -> bool:
        """Whether the file was deleted, or cannot be reached: a look at the disk, where a person waits anyway."""
        try:
            return bool(self.path) and not Path(self.path).exists()
        except OSError:
            return True

    # New and open

    @Slot()
    def new(self) -> None:
        """Begin with the article's network."""
        if self.may_leave(self.new):
            self._take(of_builtin("article"), "", ())

    @Slot()
    def open(self) -> None:
        """Ask for a file and open it."""
        tables = " ".join(f"*{suffix}" for importer in IMPORTERS for suffix in importer.suffixes)
        kinds = self.tr("Projects and data (*{project} {tables});;All files (*)").format(project=SUFFIX, tables=tables)
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open"), self._folder(), kinds)
        if path:
            self.open_path(path)

    @Slot()
    def detach(self) -> None:
        """Forget the file: what the document becomes now must not be written over it."""
        self.path, self.stamp = "", None
        if self._saving is not None:
            self._saving.is_ours = False
        self.retitled.emit()

    def open_path(self, path: str) -> None:
        """Open a project, or a data file as a new project."""
        self._settings.setValue("folder", str(Path(path).parent))
        self.documents.open(path, self._session.project.recipe.seed)

    @Slot(object, str, object)
    def _on_opened(self, project: Project, path: str, notes: tuple[str, ...], stamp: Stamp | None) -> None:
        """Ask only now: nothing is asked for a file that cannot be read, and no edit made while it was read is lost."""
        if self.may_leave(partial(self._on_opened, project, path, notes, stamp)):
            self._remember(path)
            self._take(project, path if path.endswith(SUFFIX) else "", notes)
            self.stamp = stamp

    def recover(self, project: Project, path: str, stamp: Stamp | None) -> None:
        """Go on with a document that was never saved as it is; ``stamp``: of its file as it was known there."""
        self._take(project, path, ())
        self.stamp = stamp
        self._session.undo_stack.resetClean()
        self.retitled.emit()

    @property
    def waits(self) -> bool:
        """Whether something goes on once the document is saved."""
        return self._then is not None

    def _take(self, project: Project, path: str, notes: tuple[str, ...]) -> None:
        self.path, self.stamp, self._refused = path, None, False
        self._saved_update = project.training.state.update
        self._session.replace(project)
        self._saved_made = 0
        self._saved_seconds = self._session.timeline.seconds
        self._session.undo_stack.setClean()
        self.said.emit("")
        self.taken.emit(notes)
        self.retitled.emit()

    # Save

    @Slot()
    def replace(self) -> None:
        """Save over what another window or program wrote."""
        self.stamp = None
        self.save()

    @Slot()
    def save(self) -> None:
        """Save under the present name, or ask for one."""
        path = self._saving.path if self._saving and self._saving.is_ours else self.path
        if path:
            self._save_to(path)
        else:
            self.save_as()

    @Slot()
    def save_as(self) -> None:
        """Ask for a name and save."""
        first = self.path or str(Path(self._folder()) / f"{self._session.project.name}{SUFFIX}")
        kinds = self.tr("Projects (*.bpgui)")
        path, _ = QFileDialog.getSaveFileName(self._window, self.tr("Save as"), first, kinds)
        whole = path if path.endswith(SUFFIX) else f"{path}{SUFFIX}"
        if path and (whole == path or self._may_overwrite(whole)):
            self._save_to(whole)
        else:
            self._then = None

    def _may_overwrite(self, path: str) -> bool:
        """The dialog asked about the name as it was typed; the file with the suffix may be another."""
        if not Path(path).exists():
            return True
        question = self.tr("{name} is there already. Replace it?").format(name=Path(path).name)
        return QMessageBox.question(self._window, self.tr("bpgui"), question) == QMessageBox.StandardButton.Yes

    def _folder(self) -> str:
        return str(self._settings.value("folder", str(Path.home()), type=str))

    def _save_to(self, path: str) -> None:
        """The worker gives the exact state between two updates; the files' thread writes it."""
        if self._saving:
            self._then = partial(self._save_again, path, self._then)
            return
        self._saving = Saving(path, self._session.document, self.edits)
        self.said.emit(self.tr("Saving…"))
        self._session.capture(self._on_captured)

    def _save_again(self, path: str, then: Callable[[], object] | None) -> None:
        self._save_to(path)
        self._then = then

    def _on_captured(self, captured: Captured | None) -> None:
        if self._saving is None or captured is None:
            self._end_saving()
            self.said.emit("")
            return
        self._saving.made, self._saving.seconds = captured.made, captured.seconds
        self._saving.project = captured.project(self._saving.project)
        path = self._saving.path
        known = self.stamp if path == self.path else None
        self.documents.save(self._saving.project, path, known, self.checkpoint_bytes)

    def _end_saving(self) -> Callable[[], object] | None:
        then, self._then, self._saving = self._then, None, None
        return then

    @Slot(str, object)
    def _on_saved(self, path: str, stamp: Stamp | None) -> None:
        saving = self._saving
        then = self._end_saving()
        self._remember(path)
        if saving is not None and saving.is_ours:
            self.path, self.stamp, self._refused = path, stamp, False
            self._saved_update = saving.project.training.state.update
            self._saved_made, self._saved_seconds = saving.made, saving.seconds
            if saving.edits == self.edits:
                self._session.undo_stack.setClean()
            else:
                self._session.undo_stack.resetClean()
        self.said.emit(self.tr("Saved {name}").format(name=Path(path).name))
        self.saved.emit()
        self.retitled.emit()
        if then is not None:
            then()

    def _refuse(self) -> None:
        saving = self._saving
        self._end_saving()
        self._refused = self._refused or (saving is not None and saving.path == self.path)
        self.retitled.emit()

    @Slot(str)
    def _on_not_saved(self, sentence: str) -> None:
        self._refuse()
        self.said.emit("")
        self.failed.emit(self.tr("Not saved: {why}").format(why=sentence))

    @Slot(str)
    def _on_conflicted(self, sentence: str) -> None:
        self._refuse()
        self.said.emit("")
        self.conflicted.emit(self.tr("Not saved: {why}.").format(why=sentence))

    @Slot(int)
    def _on_edit(self, _index: int) -> None:
        """Count: the index alone may come back to where it was with another edit there."""
        self.edits += 1
