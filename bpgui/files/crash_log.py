"""What Python has to say when the process dies of a fault in native code, kept where it can be found afterwards."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bpgui.files.lock import Lock
from bpgui.files.stamp import Stamp

KEPT = 5
LOGS = "crash-*.log"


@contextmanager
def start(folder: Path) -> Iterator[None]:
    """Have the stacks of all threads written to a file in that folder if the process dies within.

    Where no file can be made there will be none. It stays empty, and goes at the end, if nothing happens.
    """
    lock = None
    with suppress(OSError):
        folder.mkdir(0o700, parents=True, exist_ok=True)
        _clear_up(folder)
        lock = Lock.take(folder / LOGS.replace("*", str(os.getpid())))
    if lock is None:
        yield
        return
    faulthandler.enable(lock.file)
    try:
        yield
    finally:
        faulthandler.disable()
        _remove_if_empty(lock)


def last_crashes(folder: Path) -> list[tuple[float, Path]]:
    """Return when each crash was, in seconds since 1970, and the file that tells of it, the latest first."""
    stamps = ((path, Stamp.of(path)) for path in folder.glob(LOGS))
    return sorted(((stamp.changed / 1e9, path) for path, stamp in stamps if stamp and stamp.size), reverse=True)


def _clear_up(folder: Path) -> None:
    """Keep room for one more crash, and no log of a process that ended without one."""
    for _, path in last_crashes(folder)[KEPT - 1 :]:
        with suppress(OSError):  # it may be somebody else's
            path.unlink()
    for path in folder.glob(LOGS):
        with suppress(OSError):
            lock = Lock.take(path)
            if lock is not None:
                _remove_if_empty(lock)


def _remove_if_empty(lock: Lock) -> None:
    with suppress(OSError):
        if os.fstat(lock.file.fileno()).st_size:
            lock.release()
        else:
            lock.remove()
