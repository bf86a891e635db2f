"""Project files: a whole document, all but its timeline, in an ordinary NumPy archive.

``numpy.load("my.bpgui")`` shows the arrays, among them ``project.json``, the bytes of the document that says what they
are. Reading a file trusts nothing in it; a project that opens is one that can be trained on, and gives the bits that it
would have given without the break.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.catalogue import find
from bpgui.data.dataset import Dataset, Origin, Scaling
from bpgui.files import archive
from bpgui.files.archive import Archive, FileError, named
from bpgui.files.records import (
    FORMAT,
    VERSION,
    BlockRecord,
    DataRecord,
    LayerRecord,
    NetworkRecord,
    OriginRecord,
    ProjectRecord,
    decode,
    encode,
    of_counters,
    of_recipe,
    to_counters,
    to_recipe,
)
from bpgui.network.initialisers import INITIALISERS
from bpgui.network.network import MAX_PARAMETERS, Block, Layer, Network
from bpgui.network.parameters import Parameters
from bpgui.project.state import Project
from bpgui.training.fingerprint import fingerprint
from bpgui.training.state import State, Training
from bpgui.training.trainer import require_consistent

SUFFIX = ".bpgui"
DOCUMENT = "project.json"

# Targets are made of labels when a file is opened: one number for each sample and output.
MAX_TARGETS = 50_000_000

# How the numbers of a training are stored.
KINDS = {"float64": "<f8", "float32": "<f4"}

Arrays = dict[str, NDArray[Any]]

__all__ = ["SUFFIX", "FileError", "load", "require_writable", "save"]


def save(project: Project, path: str | PathLike[str]) -> None:
    """Write a project. What was there under that name stays until the new file is complete and reads back.

    FileError where it cannot be written, says why.
    """
    path = Path(path)
    with named(path.name):
        archive.write(path, _arrays(project), check=_read)


def load(path: str | PathLike[str]) -> Project:
    """Return the project in a file; FileError where there is none, says what was met and what is wanted."""
    path = Path(path)
    with named(path.name):
        return _read(path)


def require_writable(path: str | PathLike[str]) -> None:
    """Refuse a place that nothing can be written to, before there is something to write; FileError says why."""
    path = Path(path)
    with named(path.name):
        archive.require_writable(path)


def _read(path: Path) -> Project:
    with archive.opened(path) as members:
        project = _project(decode(members.document(DOCUMENT)), members)
        members.require_all_taken()
        return project


def _arrays(project: Project) -> Arrays:
    """Return the members of the file."""
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
        network=_of_network(training.network, arrays),
        recipe=of_recipe(training.recipe),
        counters=of_counters(training.state),
        data=_of_data(training.data, arrays),
        remembered=len(remembered),
        dtype="float32" if training.dtype == "float32" else "float64",
    )
    state = training.state
    numbers = {"vector": state.vector, "first": training.first, "best_vector": state.best_vector, "slots": state.slots}
    arrays |= {name: np.ascontiguousarray(array, KINDS[training.dtype]) for name, array in numbers.items()}
    arrays["remembered.keys"] = np.array(list(remembered), "<i8")
    arrays["remembered.values"] = np.array(list(remembered.values()), "<f8")
    return {DOCUMENT: np.frombuffer(encode(record), np.uint8), **arrays}


def _project(record: ProjectRecord, members: Archive) -> Project:
    """Return the project of a record, with its arrays; ValueError where the parts do not fit together."""
    network = _to_network(record.network, members)
    data = _to_data(record.data, network.inputs, members)
    recipe = to_recipe(record.recipe)
    find(INITIALISERS, record.initialiser, "initialiser")
    kind = KINDS[record.dtype]
    vector, first, best = (_vector(name, kind, network, members) for name in ("vector", "first", "best_vector"))
    slots = members.take("slots", kind, (recipe.method.slots, network.parameter_count)).copy()
    state = State(vector, slots, best, **to_counters(record.counters))
    training = Training(network, data, recipe, first, state, record.initialiser)
    _require_trainable(training)
    keys = members.take("remembered.keys", "<i8", (record.remembered,)).tolist()
    values = members.take("remembered.values", "<f8", (record.remembered,)).tolist()
    if unknown := set(keys) - set(_cut_keys(network)):
        raise FileError(f"it remembers a weight of {min(unknown)}, which is no cut connection")
    return Project(training, record.name, dict(zip(keys, values, strict=True)), record.pace, record.id)


def _vector(name: str, kind: str, network: Network, members: Archive) -> NDArray[np.floating[Any]]:
    return Parameters(network, members.take(name, kind, (network.parameter_count,))).vector


def _cut_keys(network: Network) -> list[int]:
    keys: list[int] = network.keys[network.cut].tolist()
    return keys


def _require_trainable(training: Training) -> None:
    """Refuse a training that a trainer would not take."""
    samples, outputs = len(training.data.X), training.network.outputs
    if samples * outputs > MAX_TARGETS:
        raise FileError(f"{samples:,} samples of {outputs:,} outputs are too many, at most {MAX_TARGETS:,} in all")
    require_consistent(training)
    visited, epoch = training.state.position, len(training.data.training[0])
    if visited >= epoch:
        raise FileError(f"sample {visited} of the epoch comes next, but there are only {epoch} to train on")


def _of_network(network: Network, arrays: Arrays) -> NetworkRecord:
    """Return the record of a network; masks go to ``arrays``."""
    layers, blocks = [], []
    for index, layer in enumerate(network.layers):
        assert layer.id is not None
        assert layer.unit_ids is not None
        if layer.frozen_bias is not None:
            arrays[f"layer.{index}.frozen_bias"] = layer.frozen_bias
        layers.append(
            LayerRecord(
                id=layer.id,
                unit_ids=list(layer.unit_ids),
                activation=layer.activation,
                bias=layer.bias,
                overrides={int(unit): name for unit, name in layer.overrides.items()},
                frozen_bias=layer.frozen_bias is not None,
            )
        )
    for index, block in enumerate(network.blocks):
        masks = {name: mask for name in ("cut", "frozen") if (mask := getattr(block, name)) is not None}
        arrays |= {f"block.{index}.{name}": mask for name, mask in masks.items()}
        blocks.append(
            BlockRecord(source=block.source, target=block.target, cut="cut" in masks, frozen="frozen" in masks)
        )
    return NetworkRecord(layers=layers, blocks=blocks, next_id=network.next_id)


def _to_network(record: NetworkRecord, members: Archive) -> Network:
    """Return the network of a record; ValueError where it is none."""
    layers, blocks = [], []
    units = [len(layer.unit_ids) for layer in record.layers]
    for index, its in enumerate(record.layers):
        frozen = members.take(f"layer.{index}.frozen_bias", "|b1", (units[index],)) if its.frozen_bias else None
        layers.append(Layer(units[index], its.activation, its.bias, its.overrides, frozen, its.id, tuple(its.unit_ids)))
    for index, block in enumerate(record.blocks):
        if max(block.source, block.target) >= len(units):
            raise FileError(f"a block from layer {block.source} to layer {block.target}, but there are {len(units)}")
        shape = units[block.source], units[block.target]
        masks = {
            name: members.take(f"block.{index}.{name}", "|b1", shape)
            for name in ("cut", "frozen")
            if getattr(block, name)
        }
        blocks.append(Block(block.source, block.target, **masks))
    if sum(units[block.source] * units[block.target] for block in blocks) > MAX_PARAMETERS:
        raise FileError(f"it has more than {MAX_PARAMETERS:,} weights")
    return Network(layers, blocks, record.next_id)


def _of_data(data: Dataset, arrays: Arrays) -> DataRecord:
    """Return the record of a data set; its numbers go to ``arrays``."""
    arrays["data.X"] = np.asarray(data.X, "<f8")
    arrays["data.validation"] = data.validation
    if data.targets is not None:
        arrays["data.targets"] = np.asarray(data.targets, "<f8")
    if data.labels is not None:
        arrays["data.labels"] = np.asarray(data.labels, "<i8")
    if data.sample_weight is not None:
        arrays["data.sample_weight"] = np.asarray(data.sample_weight, "<f8")
    for what, scaling in (("scaling", data.scaling), ("target_scaling", data.target_scaling)):
        if scaling is not None:
            arrays |= {f"data.{what}.{name}": np.asarray(part, "<f8") for name, part in scaling._asdict().items()}
    return DataRecord(
        name=data.name,
        samples=len(data.X),
        names=list(data.names),
        target_names=list(data.target_names),
        class_names=list(data.class_names) or None,
        sample_weight=data.sample_weight is not None,
        scaling=data.scaling is not None,
        target_scaling=data.target_scaling is not None,
        seed=data.seed,
        origin=None if data.origin is None else OriginRecord(*data.origin),
    )


def _to_data(record: DataRecord, inputs: int, members: Archive) -> Dataset:
    """Return the data set of a record; ValueError where it is none."""
    samples, classes = record.samples, record.class_names
    targets = len(record.target_names)
    return Dataset(
        name=record.name,
        X=members.take("data.X", "<f8", (samples, inputs)),
        targets=members.take("data.targets", "<f8", (samples, targets)) if classes is None else None,
        labels=None if classes is None else members.take("data.labels", "<i8", (samples,)),
        class_names=tuple(classes or ()),
        names=tuple(record.names),
        target_names=tuple(record.target_names),
        validation=members.take("data.validation", "|b1", (samples,)),
        sample_weight=members.take("data.sample_weight", "<f8", (samples,)) if record.sample_weight else None,
        scaling=_to_scaling("scaling", inputs, members) if record.scaling else None,
        target_scaling=_to_scaling("target_scaling", targets, members) if record.target_scaling else None,
        seed=record.seed,
        origin=None if record.origin is None else Origin(record.origin.samples, record.origin.noise),
    )


def _to_scaling(what: str, columns: int, members: Archive) -> Scaling:
    return Scaling(*(members.take(f"data.{what}.{name}", "<f8", (columns,)) for name in Scaling._fields))
