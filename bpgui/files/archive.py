"""NumPy archives (.npz), written whole or not at all and read without trust.

What is read is bounded before memory is taken for it: members are stored as they are, so they cannot claim more than
the file holds, and each has to have the type and shape that its reader asks for. Nothing is unpickled or extracted.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import struct
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import prod
from pathlib import Path
from typing import IO, Any, BinaryIO
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

# Below the size from which zip archives have a second kind of directory, and more than any project needs.
MAX_BYTES = 2**31 - 1
MAX_NUMBERS = 2_000_000_000  # leaves room for names and headers
MAX_DIRECTORY = 4 * 2**20
MAX_DOCUMENT = 64 * 2**20

ZIP_START = b"PK\x03\x04"
ZIP_END = struct.Struct("<4s4H2IH")
ZIP64_END, ZIP64_END_SIZE = b"PK\x06\x07", 20  # lies before the end where there is a directory of the second kind
NPY_START = b"\x93NUMPY\x01\x00"
NPY_HEADER = re.compile(rb"\{'descr': '([^']{2,8})', 'fortran_order': False, 'shape': \(([0-9, ]*)\), \} *\n")
MAX_NPY_HEADER = 1024


class FileError(ValueError):
    """A file that cannot be opened or written; the message names it, what was met, what is wanted and the way out."""


class Members(ABC):
    """Arrays by name, each to be taken once, of the type and shape that is asked for. Methods raise FileError."""

    def document(self, name: str) -> bytes:
        """Return the bytes of a one-dimensional uint8 member."""

        def require(kind: str, shape: tuple[int, ...]) -> None:
            if kind != "|u1" or len(shape) != 1 or shape[0] > MAX_DOCUMENT:
                raise FileError(f"{name} is {kind} of shape {shape}, wanted |u1 of up to {MAX_DOCUMENT:,} bytes")

        return self._read(name, require).tobytes()

    def take(self, name: str, kind: str, shape: tuple[int | None, ...], finite: bool = True) -> NDArray[Any]:
        """Return a member of that type ("<f8", "<f4", "<i8" or "|b1") and shape, None where any length will do.

        Its numbers are finite unless ``finite`` is False.
        """

        def require(met_kind: str, met: tuple[int, ...]) -> None:
            fits = len(met) == len(shape) and all(length in (None, n) for length, n in zip(shape, met, strict=True))
            if met_kind != kind or not fits:
                raise FileError(f"{name} is {met_kind} of shape {met}, wanted {kind} of shape {_shape_shown(shape)}")

        array = self._read(name, require)
        bad = array.view(np.uint8) > 1 if kind == "|b1" else ~np.isfinite(array)
        if finite and bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            met, wanted = (array.view(np.uint8), "0 or 1") if kind == "|b1" else (array, "a finite number")
            raise FileError(f"{name}{list(place)} is {met[place]}, wanted {wanted}")
        return array

    def require_all_taken(self) -> None:
        """Refuse members that nobody asked for."""
        name = next(iter(self._names()), None)
        if name is not None:
            raise FileError(f"it has a member {_shown(name)}, which no project has")

    @abstractmethod
    def _read(self, name: str, require: Callable[[str, tuple[int, ...]], None]) -> NDArray[Any]:
        """Take an array; ``require(kind, shape)`` refuses what is not wanted, before memory is taken for it."""

    @abstractmethod
    def _names(self) -> Iterable[str]:
        """Return the names of those that were not taken."""


class InMemory(Members):
    """What an archive would hold, before it is written."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = dict(arrays)

    def _read(self, name: str, require: Callable[[str, tuple[int, ...]], None]) -> NDArray[Any]:
        array = self._arrays.pop(name, None)
        if array is None:
            raise FileError(f"it has no member {name}")
        require(array.dtype.str, array.shape)
        return array

    def _names(self) -> Iterable[str]:
        return self._arrays


class Archive(Members):
    """An archive that is open for reading; made by ``opened``."""

    def __init__(self, file: BinaryIO) -> None:
        _require_small_directory(file)
        self._zip = zipfile.ZipFile(file)
        self._members: dict[str, zipfile.ZipInfo] = {}
        size = 0
        for member in self._zip.infolist():
            if member.filename in self._members:
                raise FileError(f"two of its members are called {_shown(member.filename)}")
            _require_plain(member)
            size += member.file_size
            self._members[member.filename] = member
        length = file.seek(0, os.SEEK_END)
        if size > length:
            raise FileError(f"its members claim {size:,} bytes, but the file has {length:,}")

    def _read(self, name: str, require: Callable[[str, tuple[int, ...]], None]) -> NDArray[Any]:
        member = self._members.pop(f"{name}.npy", None)
        if member is None:
            raise FileError(f"it has no member {name}")
        with self._zip.open(member) as stream:
            kind, shape = _npy_header(stream, name)
            require(kind, shape)
            size = prod(shape) * int(kind[2:])
            body = stream.read(size)
            # That has to be all, as its end is where the checksum is compared.
            if len(body) != size or stream.read(1):
                raise FileError(f"{name} has not the {size:,} bytes that its shape asks for")
        return np.frombuffer(body, kind).reshape(shape)

    def _names(self) -> Iterable[str]:
        return self._members


def _require_small_directory(file: BinaryIO) -> None:
    """Refuse what is no plain zip archive, and a directory of members that is larger than a project's."""
    length = file.seek(0, os.SEEK_END)
    if length > MAX_BYTES:
        raise FileError(f"it has {length:,} bytes, at most {MAX_BYTES:,} can be read")
    file.seek(0)
    start = file.read(len(ZIP_START))
    if start != ZIP_START:
        met = "is no zip archive" if start else "is empty"
        raise FileError(f"this is no bpgui project: it {met}")
    file.seek(max(0, length - ZIP64_END_SIZE - ZIP_END.size))
    before, end = file.read(ZIP64_END_SIZE), file.read()
    if len(end) != ZIP_END.size or not end.startswith(b"PK\x05\x06"):
        raise FileError("its end is missing; was it copied only in part?")
    if before.startswith(ZIP64_END):
        raise FileError("it is a zip archive for more than 4 GB, which no project is")
    size = ZIP_END.unpack(end)[5]
    if size > MAX_DIRECTORY:
        raise FileError(f"its directory has {size:,} bytes, at most {MAX_DIRECTORY:,} are read")


def _require_plain(member: zipfile.ZipInfo) -> None:
    """Refuse a member that is compressed, encrypted, or no file."""
    name = _shown(member.filename)
    if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
        raise FileError(f"its member {name} is compressed, projects are stored as they are; write it with numpy.savez")
    if member.flag_bits & 1:
        raise FileError(f"its member {name} is encrypted")
    if member.is_dir() or stat.S_ISLNK(member.external_attr >> 16):
        raise FileError(f"its member {name} is a {'folder' if member.is_dir() else 'link'}, wanted an array")


def _npy_header(stream: IO[bytes], name: str) -> tuple[str, tuple[int, ...]]:
    """Return type and shape of the array, without evaluating anything; only what NumPy itself writes is read."""
    start = stream.read(len(NPY_START))
    length = int.from_bytes(stream.read(2), "little")
    header = NPY_HEADER.fullmatch(stream.read(length)) if start == NPY_START and length <= MAX_NPY_HEADER else None
    if header is None:
        raise FileError(f"{name} is no array in C order as numpy.savez writes it")
    numbers = header[2].decode().replace(" ", "").removesuffix(",")
    return header[1].decode("latin-1"), tuple(int(n) for n in numbers.split(",") if n)


def _shape_shown(shape: tuple[int | None, ...]) -> str:
    return str(shape).replace("None", "n")


def _shown(name: str) -> str:
    """Return the name of a member as text to show, cut where it is long."""
    return repr(name if len(name) <= 60 else f"{name[:59]}…")


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive for reading; within ``named``, whatever is wrong with it is a FileError."""
    if not path.exists():
        raise FileError(f"there is no such file in {path.absolute().parent}")
    if not path.is_file():
        raise FileError(f"this is {_kind(path)}, wanted a bpgui project")
    with path.open("rb") as file:
        yield Archive(file)


def _kind(path: Path) -> str:
    return "a folder" if path.is_dir() else "no regular file"


@contextmanager
def named(name: str) -> Iterator[None]:
    """Turn what goes wrong within into a FileError that begins with the name of the file."""
    try:
        yield
    except MemoryError:
        raise
    except ValueError as error:
        raise FileError(f"{name}: {error}") from error
    except Exception as error:  # zipfile meets a damaged archive with whatever the damage leads to
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # which is a place outside the file
            raise FileError(f"{name}: {error.strerror or error}") from error
        raise FileError(f"{name}: it is damaged ({error}); is there another copy?") from error


def write(path: Path, arrays: Mapping[str, NDArray[Any]], check: Callable[[Path], object]) -> None:
    """Write an archive; see ``write_whole``."""
    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_NUMBERS:
        raise FileError(f"it would hold {size:,} bytes of numbers, at most {MAX_NUMBERS:,} can be written")
    write_whole(path, lambda file: np.savez(file, **arrays), check)  # type: ignore[arg-type]  # no name is its own


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8; see ``write_whole``."""
    write_whole(path, lambda file: file.write(text.encode()))


def write_whole(path: Path, fill: Callable[[BinaryIO], object], check: Callable[[Path], object] | None = None) -> None:
    """Write what ``fill`` puts into the file: whole, or not at all. ``check`` reads it before it gets the name.

    At no time is there half a file under that name, also where the machine stops: it is written beside it and on the
    disk when it gets the name. Where the name is a link, the file it leads to is replaced.
    """
    require_writable(path)
    path = path.resolve()
    draft = _beside(path)
    try:
        with draft.open("xb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(draft)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def require_writable(path: Path) -> None:
    """Refuse a name under which nothing can be written, without touching what is there: FileError or OSError."""
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise FileError(f"this is {_kind(path)}, wanted a file to write")
    if not path.parent.is_dir():
        raise FileError(f"there is no folder {path.parent} to write it in")
    draft = _beside(path)
    draft.touch(exist_ok=False)
    draft.unlink()


def _beside(path: Path) -> Path:
    return path.with_name(f".bpgui-{uuid4().hex}.tmp")


def _sync_folder(folder: Path) -> None:
    """Put the new name on the disk, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
