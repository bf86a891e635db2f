"""What a project file says in its document, version 2: everything but the arrays. Version 1 had no past.

A record holds names, never positions in a catalogue. Ranges stand here only where the values themselves do not check
them; what the document says of an array is that it is there, its numbers are a member of the archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import reduce
from math import inf
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, get_type_hints

import msgspec
import numpy as np
from msgspec import Meta, Struct
from msgspec.structs import asdict

from bpgui.data.dataset import MAX_CLASSES
from bpgui.network.network import MAX_PARAMETERS, MAX_UNITS
from bpgui.training.optimizers import OPTIMIZERS
from bpgui.training.recipe import Recipe
from bpgui.training.schedules import SCHEDULES, Schedule, WarmUp
from bpgui.training.state import COUNTERS
from bpgui.training.stop import STOP_RULES

FORMAT: Final = "bpgui project"
VERSION: Final = 2

MAX_LAYERS = 1_000
MAX_BLOCKS = 10_000
MAX_TABLE = 60_000
"""Networks of a past, and so on, more than a timeline has changes: what a few bytes of the document stand for takes a
thousand times as many."""

MAX_BRANCHES = 250
"""More than a timeline has."""

Id = Annotated[int, Meta(ge=0, lt=2**31)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Number = float | Literal["inf"]
"""JSON has no infinity, but the best error of a run is infinite until there is one."""
Sum = Number | Literal["nan"]
"""Sums of errors overflow."""
Text = Annotated[str, Meta(max_length=1_000)]
Name = Annotated[str, Meta(max_length=60)]
Texts = Annotated[list[Text], Meta(max_length=MAX_UNITS)]


Dtype = Literal["float64", "float32"]


class Record(Struct, forbid_unknown_fields=True):
    """A JSON object with exactly these fields."""


class Head(Struct):
    """What every version of the document begins with; the rest is read only by who knows the version."""

    format: str
    version: int


_KINDS: dict[Any, Any] = {int: Count, float: float, bool: bool}
_RECORDS: dict[type[Any], type[Struct]] = {}


def _tagged(name: str, cls: type[Any]) -> Any:
    """Return a record of a dataclass: its fields, and under "name" the name it has in its catalogue."""
    hints = get_type_hints(cls)
    _RECORDS[cls] = msgspec.defstruct(
        cls.__name__,
        [(f.name, _KINDS[hints[f.name]]) for f in fields(cls)],
        tag_field="name",
        tag=name,
        forbid_unknown_fields=True,
    )
    return _RECORDS[cls]


if TYPE_CHECKING:
    OptimizerRecord: TypeAlias = Struct
    ScheduleRecord: TypeAlias = Struct
    StopRecord: TypeAlias = Struct
else:
    OptimizerRecord = reduce(or_, (_tagged(kind.name, kind) for kind in OPTIMIZERS))
    # A warm-up holds the schedule that it leads to, which is none again: no file can nest them without bound.
    _KINDS[Schedule | str] = reduce(or_, (_tagged(kind.name, kind) for kind in SCHEDULES if kind is not WarmUp))
    ScheduleRecord = _KINDS[Schedule | str] | _tagged(WarmUp.name, WarmUp)
    StopRecord = reduce(or_, (_tagged(rule.name, rule) for rule in STOP_RULES))

_CLASSES = {record: cls for cls, record in _RECORDS.items()}


class LayerRecord(Record):
    """A layer; ``frozen_bias`` says that there is such an array."""

    id: Id
    unit_ids: Annotated[list[Id], Meta(min_length=1, max_length=MAX_UNITS)]
    activation: Name | None
    bias: bool
    overrides: dict[int, Name]
    frozen_bias: bool


class BlockRecord(Record):
    """A block; ``cut`` and ``frozen`` say that there are such arrays."""

    source: Annotated[int, Meta(ge=0, lt=MAX_LAYERS)]
    target: Annotated[int, Meta(ge=0, lt=MAX_LAYERS)]
    cut: bool
    frozen: bool


class NetworkRecord(Record):
    """A network."""

    layers: Annotated[list[LayerRecord], Meta(max_length=MAX_LAYERS)]
    blocks: Annotated[list[BlockRecord], Meta(max_length=MAX_BLOCKS)]
    next_id: Id


class OriginRecord(Record):
    """What a built-in set was made with."""

    samples: Annotated[int, Meta(ge=1, le=2**31)] | None
    noise: Annotated[float, Meta(ge=0.0)] | None


class DataRecord(Record):
    """A data set; targets have a column for each of ``target_names``, unless there are classes, which have labels.

    ``shared``: which of its arrays are those of an earlier data set, and of which; they have no members of their own.
    """

    name: Text
    samples: Annotated[int, Meta(ge=1, le=2**31)]
    names: Texts
    target_names: Texts
    class_names: Annotated[list[Text], Meta(min_length=1, max_length=MAX_CLASSES)] | None
    sample_weight: bool
    scaling: bool
    target_scaling: bool
    seed: Annotated[int, Meta(ge=0)] = 0
    origin: OriginRecord | None = None
    shared: dict[Name, Count] = {}


class RecipeRecord(Record):
    """A recipe, field by field."""

    loss: Name
    optimizer: OptimizerRecord
    learning_rate: float
    batch_size: int | Literal["full"]
    epochs: int
    shuffle: bool
    seed: int
    schedule: ScheduleRecord
    l1: float
    l2: float
    dropout: float
    clip_norm: float | None
    clip_value: float | None
    stop: Annotated[list[StopRecord], Meta(max_length=len(STOP_RULES))]


class CountersRecord(Record):
    """The numbers of a state, field by field."""

    update: Count
    epoch: Count
    position: Count
    step: Count
    error_sum: Sum
    weight_sum: Number
    best: Number
    waited: Count
    momentum_product: float = 1.0
    pairs: Count = 0
    plateau_factor: float = 1.0
    plateau_best: Number = "inf"
    plateau_waited: Count = 0


class CheckpointRecord(Record):
    """A moment that is kept whole; ``remembered`` is a place in the list of the past."""

    counters: CountersRecord
    events: Count
    seconds: Annotated[float, Meta(ge=0.0)]
    remembered: Count
    name: Text = ""


class EventRecord(Record):
    """A change. network, data, recipe: which of all there are, None where they stayed; ``places``: how many entries of
    the vector it changed, None where it came to another vector; ``dtype``: of its numbers."""

    label: Text
    counters: CountersRecord
    initialiser: Name
    places: Count | None
    dtype: Dtype
    network: Count | None = None
    data: Count | None = None
    recipe: Count | None = None
    remembered: Count | None = None


class HistoryRecord(Record):
    """Errors of the epochs from ``first_epoch`` on, in so many buckets."""

    first_epoch: Count
    buckets: Count


class CurvesRecord(Record):
    """Errors of an unbroken stretch of training."""

    train: HistoryRecord
    validation: HistoryRecord


class PlaceRecord(Record):
    """Where a branch left another."""

    branch: Id
    update: Count


class BranchRecord(Record):
    """A branch. network, data, recipe, initialiser and dtype are those that it begins with; later ones follow from the
    events. The first checkpoint is where it begins; the numbers of the present branch's tip are the project's.
    ``elsewhere``: up to which update another build than that of the fingerprint trained it."""

    id: Id
    run: Annotated[int, Meta(ge=1, lt=2**31)]
    letter: Annotated[str, Meta(pattern="^[a-z]{0,8}$")]
    parent: PlaceRecord | None
    network: Count
    data: Count
    recipe: Count
    initialiser: Name
    checkpoints: Annotated[list[CheckpointRecord], Meta(min_length=1)]
    tip: CheckpointRecord
    events: list[EventRecord]
    curves: list[CurvesRecord]
    dtype: Dtype = "float64"
    elsewhere: Count = 0


class PastRecord(Record):
    """All branches in the order in which they began, and the id of the one that is trained.

    networks, data, recipes: those besides the project's own, which is number 0 of each; ``remembered``: how many
    weights each of several sets of cut connections keeps.
    """

    present: Id
    branches: Annotated[list[BranchRecord], Meta(min_length=1, max_length=MAX_BRANCHES)]
    networks: Annotated[list[NetworkRecord], Meta(max_length=MAX_TABLE)]
    data: Annotated[list[DataRecord], Meta(max_length=MAX_TABLE)]
    recipes: Annotated[list[RecipeRecord], Meta(max_length=MAX_TABLE)]
    remembered: Annotated[list[Annotated[int, Meta(ge=0, le=MAX_PARAMETERS)]], Meta(max_length=MAX_TABLE)]


class ProjectRecord(Record):
    """The document."""

    format: Literal["bpgui project"]
    version: Literal[1, 2]
    fingerprint: Text
    id: Name
    name: Text
    pace: Annotated[float, Meta(gt=0.0)] | None
    initialiser: Name
    network: NetworkRecord
    recipe: RecipeRecord
    counters: CountersRecord
    data: DataRecord
    remembered: Annotated[int, Meta(ge=0, le=MAX_PARAMETERS)]
    """Cut connections whose weights are kept."""
    dtype: Dtype = "float64"
    """In which the parameters and the optimizer's state are."""
    past: PastRecord | None = None


def encode(record: ProjectRecord) -> bytes:
    """Return the document as JSON."""
    return msgspec.json.encode(record, enc_hook=np.generic.item)


def decode(document: bytes) -> ProjectRecord:
    """Return the record that a document holds; ValueError where it is of another version or anything in it is wrong."""
    head = msgspec.json.decode(document, type=Head)
    if head.format != FORMAT:
        raise ValueError(f"this is a {head.format[:60]!r}, wanted a {FORMAT!r}")
    if head.version > VERSION:
        raise ValueError(
            f"made by a newer bpgui: version {head.version}, this one reads version {VERSION}; a newer bpgui opens it"
        )
    if head.version < 1:
        raise ValueError(f"version {head.version} of a project never was, this bpgui reads versions 1 to {VERSION}")
    return msgspec.json.decode(document, type=ProjectRecord)


def of_recipe(recipe: Recipe) -> RecipeRecord:
    """Return the record of a recipe."""
    values = {f.name: getattr(recipe, f.name) for f in fields(recipe)}
    values |= {name: _to_record(values[name]) for name in ("optimizer", "schedule")}
    return RecipeRecord(**values | {"stop": [_to_record(rule) for rule in recipe.stop]})


def to_recipe(record: RecipeRecord) -> Recipe:
    """Return the recipe of a record; ValueError where a value is out of range."""
    values = asdict(record)
    values |= {name: _of_record(values[name]) for name in ("optimizer", "schedule")}
    return Recipe(**values | {"stop": tuple(_of_record(rule) for rule in record.stop)})


def of_counters(counters: Mapping[str, Any]) -> CountersRecord:
    """Return the record of a state's counters, by name."""
    values = {name: counters[name] for name in COUNTERS}
    values |= {name: str(float(value)) for name, value in values.items() if value == inf or value != value}
    return CountersRecord(**values)


def to_counters(record: CountersRecord) -> dict[str, Any]:
    """Return the counters of a record, by name."""
    return {name: float(value) if isinstance(value, str) else value for name, value in asdict(record).items()}


def _to_record(value: Any) -> Struct:
    values = {f.name: getattr(value, f.name) for f in fields(value)}
    return _RECORDS[type(value)](**{k: _to_record(v) if type(v) in _RECORDS else v for k, v in values.items()})


def _of_record(record: Struct) -> Any:
    values = asdict(record)
    return _CLASSES[type(record)](**{k: _of_record(v) if type(v) in _CLASSES else v for k, v in values.items()})
