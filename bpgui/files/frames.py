"""The frames of a journal: each a whole project, of which only those blocks stand in it that no earlier frame has.

A frame is a head, an index in JSON and the new blocks. The head vouches for the index, the index for every block, by
its digest; so a frame is whole or it is not, whatever happened to the file. Reading trusts nothing: it is bounded by
what the file holds and by the sizes below.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import chain
from typing import Annotated, Any, BinaryIO

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from bpgui.files.archive import FileError
from bpgui.files.records import Record, Text
from bpgui.files.stamp import Stamp

MAGIC = b"bpgui\x00J1"
HEAD = struct.Struct("<8sI16s")  # with the length and the digest of the index

BLOCK = 2**16
MAX_PROJECT = 512 * 2**20
MAX_INDEXES = 16 * 2**20
"""All indexes of a journal together; those that are read take many times as much memory."""
MAX_JOURNAL = MAX_PROJECT + MAX_INDEXES + HEAD.size

Digest = Annotated[bytes, Meta(min_length=16, max_length=16)]
Block = bytes | memoryview
Members = dict[str, list[bytes]]
"""The blocks of each member, by digest."""


class Index(Record):
    """What a frame says of its project: the name, and the path of its file, empty where there is none, as the bytes
    that it is; ``written`` in seconds since 1970; ``sizes`` of the new blocks, in the order of ``members``; ``stamp``
    of that file as it was last met."""

    name: Text
    path: Annotated[bytes, Meta(max_length=2**16)]
    written: Annotated[float, Meta(ge=0.0, lt=2.0**33)]
    sizes: list[Annotated[int, Meta(ge=1, le=BLOCK)]]
    members: dict[Text, list[Digest]]
    stamp: Stamp | None = None

    @property
    def digests(self) -> Iterator[bytes]:
        """Of all its blocks, in order."""
        return chain.from_iterable(self.members.values())


_decode = msgspec.json.Decoder(Index).decode


def digest_of(block: Block) -> bytes:
    """Return 16 bytes that no other block has."""
    return blake2b(block, digest_size=16).digest()


def taken_apart(arrays: Mapping[str, NDArray[Any]]) -> tuple[Members, dict[bytes, Block]]:
    """Return arrays in blocks, without a copy of their numbers, and every block by its digest, in order.

    FileError where that is more than a journal may hold.
    """
    parts = {name: _blocks(array) for name, array in arrays.items()}
    size = sum(len(block) for part in parts.values() for block in part)
    if size > MAX_PROJECT:
        raise FileError(f"the project has {size:,} bytes, at most {MAX_PROJECT:,} can be kept for a recovery")
    members: Members = {}
    blocks: dict[bytes, Block] = {}
    for name, part in parts.items():
        members[name] = [digest_of(block) for block in part]
        for digest, block in zip(members[name], part, strict=True):
            blocks.setdefault(digest, block)
    return members, blocks


def _blocks(array: NDArray[Any]) -> list[Block]:
    """Return the header that an array has in a file, then its numbers."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    numbers = array.reshape(-1).view(np.uint8).data
    return [header.getvalue(), *(numbers[start : start + BLOCK] for start in range(0, len(numbers), BLOCK))]


def encode(index: Index) -> bytes:
    """Return head and index; FileError where it is none that could be read."""
    text = msgspec.json.encode(index)
    if len(text) > MAX_INDEXES:
        raise FileError(f"the list of its blocks has {len(text):,} bytes, at most {MAX_INDEXES:,} can be kept")
    _decode(text)
    return HEAD.pack(MAGIC, len(text), digest_of(text)) + text


class Frames:
    """The frames of a journal that is open for reading, up to the first that is torn. FileError if it is too long."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._indexes: list[Index] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        """Where every block stands, and its size."""
        self._right: dict[bytes, bool] = {}
        length = file.seek(0, os.SEEK_END)
        if length > MAX_JOURNAL:
            raise FileError(f"it has {length:,} bytes, at most {MAX_JOURNAL:,} can be read")
        start, room = 0, MAX_INDEXES
        while (text := self._text(start, room)) is not None:
            room -= len(text)
            start += HEAD.size + len(text)
            try:
                index = _decode(text)
            except ValueError:
                break
            new = dict.fromkeys(digest for digest in index.digests if digest not in self._places)
            if len(new) != len(index.sizes) or start + sum(index.sizes) > length:
                break
            for digest, size in zip(new, index.sizes, strict=True):
                self._places[digest] = start, size
                start += size
            if sum(self._places[digest][1] for digest in index.digests) > MAX_PROJECT:
                break
            self._indexes.append(index)

    def _text(self, start: int, room: int) -> bytes | None:
        """Return the index of the frame that begins there, of at most ``room`` bytes, None where there is none."""
        self._file.seek(start)
        head = self._file.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        magic, length, digest = HEAD.unpack(head)
        if magic != MAGIC or length > room:
            return None
        text = self._file.read(length)
        return text if digest_of(text) == digest else None

    @property
    def newest(self) -> Index | None:
        """The last frame all of whose blocks are there and right; None where there is none."""
        for index in reversed(self._indexes):
            if all(self._is_right(digest) for digest in index.digests):
                return index
        return None

    def _is_right(self, digest: bytes) -> bool:
        if digest not in self._right:
            self._right[digest] = digest_of(self.block(digest)) == digest
        return self._right[digest]

    def block(self, digest: bytes) -> bytes:
        """Return a block of a frame that is whole."""
        start, size = self._places[digest]
        self._file.seek(start)
        return self._file.read(size)
