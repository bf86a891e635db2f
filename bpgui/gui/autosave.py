"""Keeps the document safe while it is worked on, and offers what a crash left behind.

A copy goes into a journal every half minute, and soon after each pause and each edit while nothing is trained, on the
files' thread; whatever a disk does is said in the status bar, and training goes on. See bpgui.files.recovery.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path
from time import monotonic, time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from bpgui.files.archive import FileError
from bpgui.files.crash_log import last_crashes
from bpgui.files.recovery import Found, Journal, abandoned
from bpgui.gui.filing import Filing
from bpgui.gui.session import Captured, Session
from bpgui.number_text import format_count
from bpgui.project.changes import Changes
from bpgui.project.state import Project

EVERY, SOON = 30_000, 500
"""Milliseconds between two copies, and after a pause: who steps quickly makes one copy, not a hundred."""
SHARE = 0.1
"""Of the time that copies may take, where one of tens of thousands of changes takes seconds."""
TOLD_EVERY = 5_000
WORK = Changes.TOPOLOGY | Changes.WEIGHTS | Changes.MASKS | Changes.DATA | Changes.RECIPE | Changes.RUN
"""Parts of what is shown that a copy may have to be made of."""


class Autosave(QObject):
    """``told(sentence, is_well)``: how safe the document is; ``offered(sentence)``: there is work to recover, or, with
    "", no more; ``failed(sentence)``: it could not be recovered."""

    told = Signal(str, bool)
    offered = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, filing: Filing, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._filing, self._folder = session, filing, folder
        self._journal = Journal(folder)
        self._kept: tuple[object, ...] | None = None  # what the last copy was of
        self._asked: tuple[object, ...] | None = None
        self._asked_at = self._kept_at = 0.0
        self._offers: deque[Found] = deque()
        self._restored: tuple[str, Found] | None = None
        """The id of a document that was recovered, and where from, until it is safe elsewhere."""
        self._taken: list[Found] = []
        """What was to be opened here, and is locked until it is discarded or given back."""
        self._waiting: Found | None = None
        """What is opened once the document before it is saved."""
        self._crashes: list[tuple[float, Path]] = []
        """When crashes were, and their logs, the latest first."""
        self._closed = False
        self._every, self._soon, self._telling = QTimer(self), QTimer(self), QTimer(self)
        self._every.setInterval(EVERY)
        self._soon.setInterval(SOON)
        self._soon.setSingleShot(True)
        self._telling.setInterval(TOLD_EVERY)
        for timer in (self._every, self._soon):
            timer.timeout.connect(self.keep)
        self._telling.timeout.connect(self._tell)
        self._every.start()
        session.changed.connect(self._on_changed)
        filing.saved.connect(self._on_saved)
        filing.taken.connect(self._on_taken)
        for refused in (filing.failed, filing.conflicted):
            refused.connect(self._on_refused)
        filing.documents.start(
            lambda: (abandoned(folder), last_crashes(folder)),
            self._on_found,
            self.failed.emit,
        )

    # Keeping

    @property
    def _state(self) -> tuple[object, ...]:
        """What a copy would be of."""
        session = self._session
        done = session.reached.update, session.past.present, session.timeline.made
        return session.document.id, self._filing.edits, *done

    @Slot()
    def keep(self) -> None:
        """Make a copy, where there is anything new in the document that its file does not hold."""
        if self._asked is None and self._state != self._kept and self._filing.modified:
            self._asked, self._asked_at = self._state, monotonic()
            self._session.capture(partial(self._on_captured, self._session.document))

    def _on_captured(self, document: Project, captured: Captured | None) -> None:
        if captured is None or self._closed:
            self._asked = None
            return
        project = captured.project(document)
        path, stamp, journal = self._filing.path, self._filing.stamp, self._journal

        asked = self._asked

        def write() -> tuple[()]:
            journal.write(project, path, stamp)
            return ()

        self._filing.documents.start(write, partial(self._on_kept, asked), partial(self._on_not_kept, asked))

    def _on_kept(self, asked: tuple[object, ...] | None) -> None:
        if asked is not self._asked:
            return  # another document was opened meanwhile
        self._kept, self._asked = asked, None
        self._kept_at = monotonic()
        took = round(1000 * (self._kept_at - self._asked_at))
        self._every.setInterval(max(EVERY, round(took / SHARE)))
        self._soon.setInterval(max(SOON, took))
        if self._state != self._kept:
            self._soon.start()
        self._telling.start()
        self._tell()
        self._discard_restored()  # which is in this window's journal now

    def _discard_restored(self) -> None:
        if self._restored is not None and self._restored[0] == self._session.document.id:
            self._discard(self._restored[1])
            self._restored = None

    @Slot()
    def _on_saved(self) -> None:
        """What the file holds need not be recovered, least of all an older copy of it."""
        if not self._filing.modified:
            self._telling.stop()
            self._retire()
            self._discard_restored()

    @Slot(object)
    def _on_taken(self, _notes: object) -> None:
        """Of another document nothing is kept yet, and the one before was let go."""
        self._telling.stop()
        self._asked = self._kept = None
        self._every.setInterval(EVERY)
        self._soon.setInterval(SOON)
        self._retire()
        if self._waiting is not None:
            self._offer_again(self._waiting)  # yet another took its place
            self._waiting = None
        if self._restored is not None:
            self._restored[1].give_back()  # it was let go before it was safe elsewhere
            self._restored = None

    def _retire(self) -> None:
        journal = self._journal

        def close() -> tuple[()]:
            journal.close()
            return ()

        self._filing.documents.start(close, lambda: None, lambda _sentence: None)

    def _on_not_kept(self, asked: tuple[object, ...] | None, sentence: str) -> None:
        if asked is not self._asked:
            return
        self._asked = None
        self._telling.stop()
        self.told.emit(self.tr("Not kept safe: {why}").format(why=sentence), False)

    @Slot()
    def _tell(self) -> None:
        age = round(monotonic() - self._kept_at)
        if age < 60:
            self.told.emit(self.tr("Kept safe {n} s ago").format(n=age), True)
        else:
            self.told.emit(self.tr("Kept safe {n} min ago").format(n=age // 60), True)

    @Slot(object, object)
    def _on_changed(self, changes: Changes, _initiator: object) -> None:
        if changes & WORK and not self._session.running and self._session.view is None and self._state != self._kept:
            self._soon.start()

    def close(self) -> None:
        """End as it should: nothing is left to recover. Call it before the files' thread ends."""
        self._closed = True
        for timer in (self._every, self._soon, self._telling):
            timer.stop()
        self._retire()

        def give_back() -> tuple[()]:
            for found in self._taken:
                found.give_back()
            return ()

        self._filing.documents.start(give_back, lambda: None, lambda _sentence: None)

    # Recovering

    def _on_found(self, found: list[Found], crashes: list[tuple[float, Path]]) -> None:
        self._offers.extend(found)
        self._crashes = crashes
        self._offer()

    def _offer(self) -> None:
        """Offer the first of what was found."""
        if not self._offers:
            self.offered.emit("")
            return
        found = self._offers[0]
        sentence = self.tr("bpgui ended before “{name}” was saved; a copy made {when} is there.")
        told = sentence.format(name=found.name, when=self._ago(time() - found.written))
        if found.overtaken:
            told += " " + self.tr("Its file was saved after that, by another window or program.")
        crash = next((path for written, path in reversed(self._crashes) if written >= found.written), None)
        if crash is not None:
            told += " " + self.tr("What went wrong may stand in {path}.").format(path=crash)
        self.offered.emit(told)

    def _ago(self, seconds: float) -> str:
        """Say how long ago something was."""
        minutes = round(seconds / 60)
        if minutes < 1:
            return self.tr("less than a minute ago")
        if minutes < 120:
            return self.tr("{n} min ago").format(n=minutes)
        hours = round(minutes / 60)
        if hours < 48:
            return self.tr("{n} hours ago").format(n=hours)
        return self.tr("{n} days ago").format(n=format_count(round(hours / 24)))

    @Slot()
    def restore(self) -> None:
        """Open what is offered."""
        found = self._offers.popleft()
        self._taken.append(found)

        def read() -> tuple[Found, Project]:
            if not found.take():
                raise FileError(f"{found.name}: another window has it already")
            try:
                return found, found.project()
            except ValueError:
                found.give_back()
                raise

        self._filing.documents.start(read, self._on_read, self._on_not_read)
        self._offer()

    def _on_read(self, found: Found, project: Project) -> None:
        self._waiting = None
        if self._filing.may_leave(partial(self._on_read, found, project)):
            self._filing.recover(project, found.path, found.stamp)
            self._restored = project.id, found
            self.keep()
        elif self._filing.waits:
            self._waiting = found
        else:
            self._offer_again(found)

    def _offer_again(self, found: Found) -> None:
        found.give_back()
        self._offers.appendleft(found)
        self._offer()

    @Slot()
    def _on_refused(self) -> None:
        """The document before it was not saved, so it stays."""
        found, self._waiting = self._waiting, None
        if found is not None and not self._filing.waits:
            self._offer_again(found)

    def _on_not_read(self, sentence: str) -> None:
        self.failed.emit(self.tr("Not recovered: {why}").format(why=sentence))

    @Slot()
    def discard(self) -> None:
        """Remove what is offered."""
        self._discard(self._offers.popleft())
        self._offer()

    @Slot()
    def put_off(self) -> None:
        """Offer it at the next start again."""
        self._offers.clear()

    def _discard(self, found: Found) -> None:
        def discard() -> tuple[()]:
            found.discard()
            return ()

        self._filing.documents.start(discard, lambda: None, self.failed.emit)
