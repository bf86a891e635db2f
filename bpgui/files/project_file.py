"""Project files: a whole document in an ordinary NumPy archive.

``numpy.load("my.bpgui")`` shows the arrays, among them ``project.json``, the bytes of the document that says what they
are. Reading a file trusts nothing in it; a project that opens is one that can be trained on, and gives the bits that it
would have given without the break.
"""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.catalogue import find
from bpgui.files import archive
from bpgui.files.archive import FileError, InMemory, Members, named
from bpgui.files.parts import KINDS, Arrays, dtype_of, of_data, of_network, to_data, to_network
from bpgui.files.past_file import of_past, thinned
from bpgui.files.past_reader import require_room, to_past
from bpgui.files.records import (
    FORMAT,
    VERSION,
    ProjectRecord,
    decode,
    encode,
    of_counters,
    of_recipe,
    to_counters,
    to_recipe,
)
from bpgui.files.trainable import Trainable
from bpgui.network.initialisers import INITIALISERS
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.project.past import Past
from bpgui.project.state import Project
from bpgui.project.timeline import Timeline, same
from bpgui.training.fingerprint import fingerprint
from bpgui.training.history import NO_CURVES
from bpgui.training.state import State, Training

SUFFIX = ".bpgui"
DOCUMENT = "project.json"

CHECKPOINT_BYTES = 32 * 2**20
"""How much the moments of a past take by default; beginnings, ends and what has a name stay also where that is more."""

__all__ = ["SUFFIX", "FileError", "load", "members_of", "require_readable", "require_writable", "save"]


def save(project: Project, path: str | PathLike[str], checkpoint_bytes: int = CHECKPOINT_BYTES) -> None:
    """Write a project, with so many bytes of checkpoints of its past at most; any moment can still be reached.

    What was there under that name stays until the new file is complete and reads back. FileError where it cannot be
    written, says why.
    """
    path = Path(path)
    with named(path.name):
        archive.write(path, members_of(project, checkpoint_bytes), check=_read)


def load(path: str | PathLike[str]) -> Project:
    """Return the project in a file; FileError where there is none, says what was met and what is wanted."""
    path = Path(path)
    with named(path.name):
        project = _read(path)
        if project.past is not None:
            require_room(project.past)
        return project


def require_writable(path: str | PathLike[str]) -> None:
    """Refuse a place that nothing can be written to, before there is something to write; FileError says why."""
    path = Path(path)
    with named(path.name):
        archive.require_writable(path)


def _read(path: Path) -> Project:
    with archive.opened(path) as members:
        return _whole(members)


def _whole(members: Members) -> Project:
    project = _project(decode(members.document(DOCUMENT)), members)
    members.require_all_taken()
    return project


def require_readable(arrays: Arrays) -> None:
    """Refuse the members of a file that could not be opened; FileError or ValueError says why."""
    _whole(InMemory(arrays))


def members_of(project: Project, checkpoint_bytes: int = CHECKPOINT_BYTES) -> Arrays:
    """Return the members of the file, with so many bytes of checkpoints at most."""
    training, arrays = project.training, Arrays()
    remembered = {key: project.remembered[key] for key in _cut_keys(project.network) if key in project.remembered}
    record = ProjectRecord(
        format=FORMAT,
        version=VERSION,
        fingerprint=fingerprint(),
        id=project.id,
        name=project.name,
        pace=project.pace,
        initialiser=training.initialiser,
        network=of_network(training.network, arrays),
        recipe=of_recipe(training.recipe),
        counters=of_counters(vars(training.state)),
        data=of_data(training.data, arrays),
        remembered=len(remembered),
        dtype=dtype_of(training),
    )
    state = training.state
    numbers = {"vector": state.vector, "first": training.first, "best_vector": state.best_vector, "slots": state.slots}
    arrays |= {name: np.ascontiguousarray(array, KINDS[training.dtype]) for name, array in numbers.items()}
    arrays["remembered.keys"] = np.array(list(remembered), "<i8")
    arrays["remembered.values"] = np.array(list(remembered.values()), "<f8")
    if project.past is not None:
        record.past = of_past(thinned(_ending_in(project, project.past), checkpoint_bytes), arrays)
    document = encode(record)
    if len(document) > archive.MAX_DOCUMENT:
        met = f"what it says of its past has {len(document):,} bytes, at most {archive.MAX_DOCUMENT:,} can be written"
        raise FileError(f"{met}; forget other runs and branches")
    return {DOCUMENT: np.frombuffer(document, np.uint8), **arrays}


def _ending_in(project: Project, past: Past) -> Past:
    """Return the past with the project's training as the end of its present branch, if need be as a run of its own."""
    tip = past.here.tip.training
    if tip is project.training:
        return past
    if same(tip, project.training):
        here = replace(past.here, tip=replace(past.here.tip, training=project.training))
        return Past({**past.branches, past.present: here}, past.present)
    timeline = Timeline(tip, past=past)
    timeline.begun(tip, project.training, None, NO_CURVES, project.remembered)
    return timeline.past


def _project(record: ProjectRecord, members: Members) -> Project:
    """Return the project of a record, with its arrays; ValueError where the parts do not fit together."""
    network, data, recipe = to_network(record.network, members), to_data(record.data, members), to_recipe(record.recipe)
    find(INITIALISERS, record.initialiser, "initialiser")
    kind = KINDS[record.dtype]
    vector, first, best = (_vector(name, kind, network, members) for name in ("vector", "first", "best_vector"))
    slots = members.take("slots", kind, (recipe.method.slots, network.parameter_count)).copy()
    state = State(vector, slots, best, **to_counters(record.counters))
    training = Training(network, data, recipe, first, state, record.initialiser)
    trainable = Trainable()
    trainable.require(training, state.position)
    keys = members.take("remembered.keys", "<i8", (record.remembered,)).tolist()
    values = members.take("remembered.values", "<f8", (record.remembered,)).tolist()
    if unknown := set(keys) - set(_cut_keys(network)):
        raise FileError(f"it remembers a weight of {min(unknown)}, which is no cut connection")
    is_ours = record.fingerprint == fingerprint()
    past = None if record.past is None else to_past(record.past, members, training, trainable, is_ours)
    return Project(training, record.name, dict(zip(keys, values, strict=True)), record.pace, record.id, past)


def _vector(name: str, kind: str, network: Network, members: Members) -> NDArray[np.floating[Any]]:
    return Parameters(network, members.take(name, kind, (network.parameter_count,))).vector


def _cut_keys(network: Network) -> list[int]:
    keys: list[int] = network.keys[network.cut].tolist()
    return keys
