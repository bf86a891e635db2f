"""Networks and data sets in a project file: records in its document, arrays in its members.

A file holds several of each where the past of a project does; the members of those have names with a prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bpgui.data.dataset import Dataset, Origin, Scaling
from bpgui.files.archive import FileError, Members
from bpgui.files.records import BlockRecord, DataRecord, Dtype, LayerRecord, NetworkRecord, OriginRecord
from bpgui.network.network import MAX_PARAMETERS, Block, Layer, Network
from bpgui.training.state import Training

Arrays = dict[str, NDArray[Any]]

KINDS = {"float64": "<f8", "float32": "<f4"}
"""How the numbers of a training are stored."""

SHARED = {"X": "<f8", "targets": "<f8", "labels": "<i8", "validation": "|b1", "sample_weight": "<f8"}
"""Arrays of a data set with a row for each sample, which others may share, and how they are stored."""


def dtype_of(training: Training) -> Dtype:
    """Return the type of a training's numbers, as a record has it."""
    return "float32" if training.dtype == "float32" else "float64"


def of_network(network: Network, arrays: Arrays, prefix: str = "") -> NetworkRecord:
    """Return the record of a network; masks go to ``arrays``, under names that begin with ``prefix``."""
    layers, blocks = [], []
    for index, layer in enumerate(network.layers):
        assert layer.id is not None
        assert layer.unit_ids is not None
        if layer.frozen_bias is not None:
            arrays[f"{prefix}layer.{index}.frozen_bias"] = layer.frozen_bias
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
        arrays |= {f"{prefix}block.{index}.{name}": mask for name, mask in masks.items()}
        blocks.append(
            BlockRecord(source=block.source, target=block.target, cut="cut" in masks, frozen="frozen" in masks)
        )
    return NetworkRecord(layers=layers, blocks=blocks, next_id=network.next_id)


def to_network(record: NetworkRecord, members: Members, prefix: str = "") -> Network:
    """Return the network of a record; ValueError where it is none."""
    layers, blocks = [], []
    units = [len(layer.unit_ids) for layer in record.layers]
    for index, its in enumerate(record.layers):
        name = f"{prefix}layer.{index}.frozen_bias"
        frozen = members.take(name, "|b1", (units[index],)) if its.frozen_bias else None
        layers.append(Layer(units[index], its.activation, its.bias, its.overrides, frozen, its.id, tuple(its.unit_ids)))
    for index, block in enumerate(record.blocks):
        if max(block.source, block.target) >= len(units):
            raise FileError(f"a block from layer {block.source} to layer {block.target}, but there are {len(units)}")
        shape = units[block.source], units[block.target]
        masks = {
            name: members.take(f"{prefix}block.{index}.{name}", "|b1", shape)
            for name in ("cut", "frozen")
            if getattr(block, name)
        }
        blocks.append(Block(block.source, block.target, **masks))
    if sum(units[block.source] * units[block.target] for block in blocks) > MAX_PARAMETERS:
        raise FileError(f"it has more than {MAX_PARAMETERS:,} weights")
    return Network(layers, blocks, record.next_id)


def of_data(data: Dataset, arrays: Arrays, prefix: str = "data", earlier: Sequence[Dataset] = ()) -> DataRecord:
    """Return the record of a data set; numbers that it does not share with an earlier one go to ``arrays``."""
    shared = {}
    for name, kind in SHARED.items():
        array = getattr(data, name)
        whose = next((i for i, other in enumerate(earlier) if getattr(other, name) is array), None)
        if array is not None and whose is not None:
            shared[name] = whose
        elif array is not None:
            arrays[f"{prefix}.{name}"] = np.asarray(array, kind)
    for what, scaling in (("scaling", data.scaling), ("target_scaling", data.target_scaling)):
        if scaling is not None:
            arrays |= {f"{prefix}.{what}.{name}": np.asarray(part, "<f8") for name, part in scaling._asdict().items()}
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
        shared=shared,
    )


def to_data(record: DataRecord, members: Members, prefix: str = "data", earlier: Sequence[Dataset] = ()) -> Dataset:
    """Return the data set of a record; ValueError where it is none."""
    samples, inputs, targets = record.samples, len(record.names), len(record.target_names)
    has_classes = record.class_names is not None

    def rows(name: str, *columns: int) -> NDArray[Any]:
        if name not in record.shared:
            return members.take(f"{prefix}.{name}", SHARED[name], (samples, *columns))
        whose = record.shared[name]
        array: NDArray[Any] | None = getattr(earlier[whose], name) if whose < len(earlier) else None
        if array is None or array.shape != (samples, *columns):
            raise FileError(f"{prefix}.{name} is that of data set {whose}, which has none of {(samples, *columns)}")
        return array

    def scaling(name: str, columns: int) -> Scaling:
        return Scaling(*(members.take(f"{prefix}.{name}.{part}", "<f8", (columns,)) for part in Scaling._fields))

    return Dataset(
        name=record.name,
        X=rows("X", inputs),
        targets=None if has_classes else rows("targets", targets),
        labels=rows("labels") if has_classes else None,
        class_names=tuple(record.class_names or ()),
        names=tuple(record.names),
        target_names=tuple(record.target_names),
        validation=rows("validation"),
        sample_weight=rows("sample_weight") if record.sample_weight else None,
        scaling=scaling("scaling", inputs) if record.scaling else None,
        target_scaling=scaling("target_scaling", targets) if record.target_scaling else None,
        seed=record.seed,
        origin=None if record.origin is None else Origin(record.origin.samples, record.origin.noise),
    )
