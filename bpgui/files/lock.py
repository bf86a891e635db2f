"""Files that one process holds while it lives: the lock ends with it, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def _seize(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _seize(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """A file held by its ``owner``, which is open for appending; made by ``take``."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self.file = file

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """Hold the file of that name, made if there is none. None where another holds it, OSError where none can."""
        lock = cls(path, path.open("ab"))
        try:
            _seize(lock.file.fileno())
            if lock.there:  # else whoever held it has taken it away
                return lock
        except (BlockingIOError, PermissionError):
            pass
        lock.release()
        return None

    @property
    def there(self) -> bool:
        """Whether the file still has its name."""
        try:
            return os.path.samestat(os.fstat(self.file.fileno()), self._path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Let go of the file, which stays."""
        self.file.close()

    def remove(self) -> None:
        """Let go of the file and remove it. Only in this order will Windows do it; OSError where it cannot be done."""
        self.release()
        self._path.unlink(missing_ok=True)
