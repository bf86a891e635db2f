"""Files that are damaged or altered at random: each opens as what it says, or is refused in a sentence."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from bpgui.files.archive import FileError
from bpgui.files.project_file import load, save
from bpgui.project.past import Past
from bpgui.project.state import Project
from bpgui.project.timeline import AbandonedError, Timeline, seek
from bpgui.training.changes import Place
from bpgui.training.history import NO_CURVES
from bpgui.training.trainer import Trainer
from files.members import document, npy, read_members, with_document, write_members
from files.random_pasts import assert_same_past, random_past
from files.random_projects import assert_same_project, random_project

LONG = pytest.mark.timeout(600)  # with every example that there is
NONE = NO_CURVES
SOME = 14
"""Projects that are damaged in turn."""


@pytest.fixture(autouse=True, scope="module")
def at_most_a_gigabyte() -> Iterator[None]:
    """Whatever a file says, the process gets no more memory than that on top of what it has."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 2**30, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@cache
def some_file(seed: int) -> tuple[Project, bytes]:
    """One of some random projects, every other with a past, and its file."""
    project = random_past(seed, 12).project if seed % 2 else random_project(seed)
    with TemporaryDirectory() as folder:
        save(project, Path(folder) / "saved.bpgui")
        return project, (Path(folder) / "saved.bpgui").read_bytes()


# Blind damage: checksums have to find it


def spoil(content: bytes, rng: random.Random) -> bytes:
    """Flip bits, cut off, cut out, repeat, overwrite or insert."""
    at, length = rng.randrange(len(content)), rng.randrange(1, 200)
    if rng.random() < 0.5:
        spoilt = bytearray(content)
        # Half of the time near the end, where the directory of the archive is and no checksum covers it.
        start = rng.choice([0, max(0, len(content) - 2500)])
        for _ in range(rng.randrange(1, 9)):
            spoilt[rng.randrange(start, len(content))] ^= 1 << rng.randrange(8)
        return bytes(spoilt)
    middle = rng.choice([b"", bytes(length), rng.randbytes(length), content[at : at + length] * 2])
    rest = rng.choice([b"", middle + content[at:], middle + content[at + length :]])
    return content[:at] + rest


@LONG
@examples(10_000)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_opens_as_what_was_saved_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    path = tmp_path_factory.getbasetemp() / "spoilt.bpgui"
    saved, content = some_file(seed % SOME)
    path.write_bytes(spoil(content, rng))
    opened = opened_or_refused(path)
    if opened is None:
        return
    assert_same_project(opened, saved)
    if saved.past is not None:
        assert_same_past(opened.past, saved.past)


def opened_or_refused(path: Path) -> Project | None:
    """The project in a file, None where it is refused with a message of one line that begins with its name."""
    try:
        return load(path)
    except FileError as error:
        refusal = str(error)
    assert re.fullmatch(rf"{re.escape(path.name)}: [^\n]+", refusal)
    return None


# Damage with right checksums: every value has to be looked at

JUNK = [
    None, True, False, 0, 1, -1, 2, 3, 7, 10**9, 2**31, 2**53, 2**63, 10**40, 0.5, -0.5, 1e308, 1e-308, "", "inf",
    "tanh", "softmax", "full", "momentum", "x" * 5000, [], [0], [[]], {}, {"name": "sgd"}, {"name": "patience"},
    {"0": "relu"}, "nan",
]  # fmt: skip


def alter_past(value: Any, rng: random.Random) -> None:
    """Do that to something of the past, where there is one."""
    past = value.get("past")
    alter(past if past and isinstance(past, dict) else value, rng)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything within a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, part in inner for place in places(part, (*at, key)))] if at or inner else [at]


def alter(value: Any, rng: random.Random) -> None:
    """Replace, remove, add or exchange something within a JSON object."""
    *outer, last = rng.choice(places(value)[1:])
    holder = value
    for key in outer:
        holder = holder[key]
    what = rng.random()
    if what < 0.7:
        holder[last] = deepcopy(rng.choice(JUNK))  # it may be altered in its turn
    elif what < 0.8:
        del holder[last]
    elif isinstance(holder, dict):
        holder[rng.choice(["extra", "name", "id"])] = deepcopy(rng.choice(JUNK))
    else:
        holder.append(deepcopy(holder[rng.randrange(len(holder))]))


@LONG
@examples(10_000)
@given(seed=st.integers(0, 2**32))
def test_an_altered_document_opens_as_a_project_that_trains_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    path = tmp_path_factory.getbasetemp() / "altered.bpgui"
    path.write_bytes(some_file(seed % SOME)[1])
    members = read_members(path)
    altered = document(members)
    for _ in range(rng.randrange(1, 3)):
        rng.choice([alter, alter_past])(altered, rng)
    write_members(path, with_document(members, altered))
    require_trains_or_refused(path)


def require_trains_or_refused(path: Path) -> None:
    opened = opened_or_refused(path)
    if opened is None:
        return
    Trainer.of(opened.training).run(updates=2)
    save(opened, path)
    again = load(path)
    assert_same_project(again, opened)
    if opened.past is not None:
        assert_same_past(again.past, opened.past)
        require_reached(opened.past)


def require_reached(past: Past) -> None:
    """Every moment kept is one that a timeline goes on from, and what lies between is reached or takes too long."""
    for branch in past.branches.values():
        for update in (kept.update for kept in (*branch.checkpoints, branch.tip)):
            for place in (Place(branch.id, update), Place(branch.id, update + 1)):
                with suppress(AbandonedError):
                    seek(past, place, Turns(3))
    one = Timeline(past.here.tip.training, past=past)
    one.begun(past.here.tip.training, past.here.start.training, Place(past.present, past.here.start.update), NONE)
    past.curves(past.present)


class Turns:
    """Has a replay go on for so many turns."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, _: int) -> bool:
        self.left -= 1
        return self.left >= 0


@LONG
@examples(4_000)
@given(seed=st.integers(0, 2**32))
def test_an_archive_with_other_arrays_opens_as_a_project_that_trains_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = random.Random(seed)
    path = tmp_path_factory.getbasetemp() / "arrays.bpgui"
    path.write_bytes(some_file(seed % SOME)[1])
    members = read_members(path)
    name = rng.choice(sorted(members))
    array = np.load(io.BytesIO(members[name]))
    others: list[Callable[[], Any]] = [
        lambda: array.astype(rng.choice(["<f4", ">f8", "<i4", "<c16", "|b1", "|u1", "<U3"])),
        lambda: array[..., None],
        lambda: np.asfortranarray(np.tile(array, (3, 2))),
        lambda: array[:-1],
        lambda: array * np.nan if array.dtype.kind == "f" else array * 0 - 1,
        lambda: (array.astype("<f8") + rng.choice([1, -1, 2, 1000])).astype("<i8").astype(array.dtype),
        lambda: np.roll(array, 1),
        lambda: array.astype(object) if array.dtype.kind == "f" else np.array({"a": 1}),
    ]
    content = rng.choice([npy(rng.choice(others)()), rng.randbytes(60), b"", members[name][: rng.randrange(200)]])
    write_members(path, members | {name: content})
    require_trains_or_refused(path)
