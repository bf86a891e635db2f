"""A project file taken apart into its members, and put together again with others and right checksums."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

Members = dict[str, bytes]


def npy(array: Any) -> bytes:
    """An array as it stands in an archive."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def read_members(path: Path) -> Members:
    with zipfile.ZipFile(path) as file:
        return {member.filename: file.read(member) for member in file.infolist()}


def write_members(path: Path, members: Members) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content)
    return path


def document(members: Members) -> Any:
    return json.loads(np.load(io.BytesIO(members["project.json.npy"])).tobytes())


def with_document(members: Members, value: Any) -> Members:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return members | {"project.json.npy": npy(np.frombuffer(text, np.uint8))}
