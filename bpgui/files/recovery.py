"""What a crash must not take: a journal of the document in each window, and the journals that crashes left behind.

A journal is made with its first frame, takes one more for each ``write`` and goes when its window ends as it should.
A lock file beside it, which the process holds, tells the journals of the living from those of the dead.
"""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from platformdirs import user_data_path

from bpgui.files.archive import FileError, named, write_whole
from bpgui.files.frames import MAX_INDEXES, MAX_JOURNAL, Block, Frames, Index, encode, taken_apart
from bpgui.files.lock import Lock
from bpgui.files.project_file import SUFFIX, load, members_of, require_readable
from bpgui.files.stamp import Stamp
from bpgui.project.state import Project

JOURNAL = ".journal"  # a form that this bpgui cannot read will end in something else
LOCK = ".lock"

GROWTH = 4
"""A journal is written anew before it is so many times as long as its newest frame would be alone,"""
SLACK = 4 * 2**20
"""but not before it has so many bytes."""
OLD = 3600.0
"""Seconds after which nobody is writing at a draft any more."""


def default_folder() -> Path:
    """Return the folder for journals in the platform's place for data; it may not be there yet."""
    return user_data_path("bpgui", appauthor=False) / "recovery"


class Journal:
    """The journal of one window, in a folder that is made where there is none. All calls come from one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"none{JOURNAL}"
        self._lock: Lock | None = None
        self._held: set[bytes] = set()
        """The digests of the blocks that are in it."""
        self._indexes = 0
        self._stamp: Stamp | None = None
        """Of the file as it was left, None where the next frame has to stand alone in a new one."""

    def write(self, project: Project, path: str = "", stamp: Stamp | None = None) -> None:
        """Add a frame with a project, and the path of its file if it has one, of which ``stamp`` is that by which it
        was last met; it is on the disk when this returns.

        FileError where that cannot be done, says why. What was written before stays, and the next call tries again.
        """
        with named(str(self._folder)):
            arrays = members_of(project)
            require_readable(arrays)  # what could not be opened again must not pass for safe
            members, blocks = taken_apart(arrays)
            index = Index(project.name, os.fsencode(path), time.time(), sizes=[], members=members, stamp=stamp)
            self._require_lock()
            if not self._append(index, blocks):
                self._write_anew(index, blocks)
            self._held |= blocks.keys()
            self._stamp = Stamp.of(self._path)

    def close(self) -> None:
        """Remove the journal, as there is nothing to recover; a later ``write`` begins another."""
        if self._lock is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
                self._lock.remove()
            self._lock.release()
        self._lock = self._stamp = None

    def _require_lock(self) -> None:
        """Hold a lock that others see: where the folder was deleted, that of a new journal."""
        if self._lock is not None:
            if self._lock.there:
                return
            self._lock.release()
        self._stamp = None
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        self._path = self._folder / f"{uuid4().hex}{JOURNAL}"
        self._lock = Lock.take(self._path.with_suffix(LOCK))
        if self._lock is None:
            raise FileError("another window is clearing up there just now")

    def _append(self, index: Index, blocks: Mapping[bytes, Block]) -> bool:
        """Add a frame with those blocks that are new; False where the file is another than was left, or too long."""
        if self._stamp is None or Stamp.of(self._path) != self._stamp:
            return False
        new = {digest: block for digest, block in blocks.items() if digest not in self._held}
        index.sizes = [len(block) for block in new.values()]
        head, end = encode(index), self._stamp.size
        alone = len(head) + sum(len(block) for block in blocks.values())
        longest = min(MAX_JOURNAL, max(SLACK, GROWTH * alone))
        if end + len(head) + sum(index.sizes) > longest or self._indexes + len(head) > MAX_INDEXES:
            return False
        try:
            with self._path.open("ab") as file:
                file.writelines((head, *new.values()))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                os.truncate(self._path, end)
                self._stamp = Stamp.of(self._path)
            raise
        self._indexes += len(head)
        return True

    def _write_anew(self, index: Index, blocks: Mapping[bytes, Block]) -> None:
        """Put a file with this frame alone in the place of what is there."""
        index.sizes = [len(block) for block in blocks.values()]
        head = encode(index)
        write_whole(self._path, lambda file: file.writelines((head, *blocks.values())), check=_index)
        self._held, self._indexes = set(), len(head)


class Found:
    """A journal whose owner is gone: ``name`` of the document and ``path`` of its file, "" if it had none, with the
    ``stamp`` by which that was last met; when it was ``written``, in seconds since 1970, and the ``size`` of all that
    was kept, in bytes. ``overtaken``: whether the file was written to since."""

    def __init__(self, journal: Path) -> None:
        """Read what a journal says. FileError where nothing in it is whole, OSError where it cannot be read."""
        index = _index(journal)
        self.path = os.fsdecode(index.path)
        self.name = Path(self.path).stem or index.name
        self.written = index.written
        self.stamp = index.stamp
        self.overtaken = bool(self.path) and Stamp.of(self.path) not in (self.stamp, None)
        self.size = journal.stat().st_size
        self._journal = journal
        self._lock: Lock | None = None

    def take(self) -> bool:
        """Keep other windows from it while this process lives; False where another has it, or has removed it.

        FileError where it cannot be held, says why.
        """
        with named(self.name):
            if self._lock is None:
                self._lock = Lock.take(self._journal.with_suffix(LOCK))
                if self._lock is not None and not self._journal.exists():
                    self._lock.remove()
                    self._lock = None
            return self._lock is not None

    def give_back(self) -> None:
        """Let other windows take it again."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def project(self) -> Project:
        """Return the project as it was written last; FileError where it cannot be opened, says why."""
        with named(self.name), TemporaryDirectory(prefix="bpgui-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / f"recovered{SUFFIX}"
            with _newest(self._journal) as (frames, index), zipfile.ZipFile(path, "w") as archive:
                for name, digests in index.members.items():
                    with archive.open(f"{name}.npy", "w") as member:
                        member.writelines(map(frames.block, digests))
            return load(path)

    def discard(self) -> None:
        """Remove it for good, if no other process has it. FileError where that cannot be done, says why."""
        if self.take() and self._lock is not None:
            with named(self.name):
                self._journal.unlink(missing_ok=True)
                self._lock.remove()
                self._lock = None


def abandoned(folder: Path) -> list[Found]:
    """Return the journals whose owners are gone, the newest first, and remove what is of no use to anybody."""
    found = []
    for path in filter(Path.is_file, folder.glob(f"*{JOURNAL}")):
        with _held(path.with_suffix(LOCK)) as lock:
            if lock is not None:
                try:
                    found.append(Found(path))
                except ValueError:
                    path.unlink()
    for path in folder.glob(f"*{LOCK}"):
        with _held(path) as lock:
            if lock is not None and not path.with_suffix(JOURNAL).exists():
                lock.remove()
    for path in folder.glob("*.tmp"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > OLD:
                path.unlink()
    return sorted(found, key=lambda each: each.written, reverse=True)


@contextmanager
def _held(path: Path) -> Iterator[Lock | None]:
    """Hold a lock for a moment, None where another does. What cannot be held or read is left alone."""
    lock = None
    with suppress(OSError):
        lock = Lock.take(path)
    try:
        with suppress(OSError):
            yield lock
    finally:
        if lock is not None:
            lock.release()


@contextmanager
def _newest(journal: Path) -> Iterator[tuple[Frames, Index]]:
    """Open a journal at its last whole frame; FileError where there is none, OSError where it cannot be read."""
    with journal.open("rb") as file:
        frames = Frames(file)
        index = frames.newest
        if index is None:
            raise FileError("nothing in it is whole")
        yield frames, index


def _index(journal: Path) -> Index:
    with _newest(journal) as (_, index):
        return index
