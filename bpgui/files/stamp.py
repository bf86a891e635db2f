"""Whether a file is still the one that was met before."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """What tells a file from what was under its name before: another file, or the same one written to."""

    inode: int
    size: int
    changed: int
    """In nanoseconds, by the file system's clock."""

    @classmethod
    def of(cls, path: str | PathLike[str]) -> Stamp | None:
        """Return the stamp of a file, or of what a link leads to; None where there is nothing that can be read."""
        try:
            found = Path(path).stat()
        except (OSError, ValueError):  # the latter for a name that no file can have
            return None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)
