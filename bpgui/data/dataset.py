"""The data set: samples, what is wanted for each, and which of them are held out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import floor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core
from bpgui.seeds import check_seed

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# Each class is an output; more than this are names of samples, or a mistake.
MAX_CLASSES = 1000


class DataError(ValueError):
    """Data that cannot be used; the message names what was met, what is wanted and the way out."""


class MissingExtra(ImportError):  # noqa: N818  (it says what is missing; "Error" would add nothing)
    """A library that is wanted for this is not installed; the message names the command that installs it."""


class Scaling(NamedTuple):
    """How columns were standardised: value = (original - mean) / std, each (columns,)."""

    mean: Floats
    std: Floats


class Origin(NamedTuple):
    """What a built-in set was made with: None where the set leaves no choice."""

    samples: int | None
    noise: float | None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Samples of one task; immutable, its arrays read-only.

    X (N, inputs): one row a sample. Either ``targets`` (N, outputs), numbers to reach, or ``labels`` (N,), classes
    0..K-1 whose ``class_names`` are "0", "1", … by default. ``names``: one for each input; ``target_names``: one for
    each target column, a single one for classes. ``validation`` (N,): True where a sample is held out, by default
    nowhere. ``sample_weight`` (N,): what each sample counts, None where all count 1. ``scaling`` says how X was
    standardised, ``target_scaling`` how the targets were; None where they were not. ``seed``: of the draw of what is
    held out, and of the samples where a built-in set of that name was made; then ``origin`` says with what.

    Raises ValueError naming what was met, with its place, and what is wanted.
    """

    name: str
    X: Floats
    targets: Floats | None = None
    labels: Integers | None = None
    class_names: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    validation: Booleans = field(default_factory=lambda: np.empty(0, np.bool_))
    sample_weight: Floats | None = None
    scaling: Scaling | None = None
    target_scaling: Scaling | None = None
    seed: int = 0
    origin: Origin | None = None

    def __post_init__(self) -> None:
        """Check everything and fill in the names."""
        self._set("X", _numbers(self.X, "X", 2))
        samples, inputs = self.X.shape
        if not self.X.size:
            raise ValueError(f"X has shape {self.X.shape}, wanted at least one sample and one input")
        if (self.targets is None) == (self.labels is None):
            met = "neither" if self.labels is None else "both"
            raise ValueError(f"a data set has either targets or class labels, got {met}")
        if self.targets is not None:
            self._check_targets(self.targets)
        if self.labels is not None:
            self._check_labels(self.labels)
        self._set("names", tuple(map(str, self.names)) or tuple(f"x{i}" for i in range(inputs)))
        self._require_names("names", inputs)
        self._check_validation(samples)
        check_seed(self.seed)
        if self.sample_weight is not None:
            weight = _numbers(self.sample_weight, "sample_weight", 1)
            self._require_one_a_sample("sample_weight", weight)
            _refuse(weight < 0.0, weight, "sample_weight", "a number from 0 on")
            self._set("sample_weight", weight)
        if self.scaling is not None:
            self._set("scaling", _scaling(self.scaling, "scaling", inputs))
        if self.target_scaling is not None:
            if self.targets is None:
                raise ValueError("target_scaling goes with targets, got it with class labels")
            self._set("target_scaling", _scaling(self.target_scaling, "target_scaling", self.outputs))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _require_one_a_sample(self, name: str, array: NDArray[Any]) -> None:
        if array.shape[:1] != self.X.shape[:1]:
            raise ValueError(f"{name} has shape {array.shape}, X has shape {self.X.shape}; wanted one row a sample")

    def _require_names(self, field_name: str, count: int) -> None:
        names = getattr(self, field_name)
        if len(names) != count:
            raise ValueError(f"{field_name} has {len(names)} names {names!r}, wanted {count}, one for each column")

    def _check_targets(self, given: Floats) -> None:
        targets = _numbers(given, "targets", 2)
        self._require_one_a_sample("targets", targets)
        if not targets.size:
            raise ValueError(f"targets has shape {targets.shape}, wanted at least one column")
        if self.class_names:
            raise ValueError(f"class_names go with labels, got {self.class_names!r} with targets")
        self._set("targets", targets)
        default = ("y",) if self.outputs == 1 else tuple(f"y{i}" for i in range(self.outputs))
        self._set("target_names", tuple(map(str, self.target_names)) or default)
        self._require_names("target_names", self.outputs)

    def _check_labels(self, given: Integers) -> None:
        labels = np.asarray(given)
        if labels.dtype.kind not in "biu":
            raise ValueError(f"labels holds {labels.dtype}, wanted whole numbers, 0 for the first class")
        labels = _read_only(labels, np.int64)
        if labels.ndim != 1:
            raise ValueError(f"labels has shape {labels.shape}, wanted one number a sample")
        self._require_one_a_sample("labels", labels)
        classes = len(self.class_names) or MAX_CLASSES
        _refuse((labels < 0) | (labels >= classes), labels, "labels", f"a class from 0 to {classes - 1}")
        self._set("labels", labels)
        self._set("class_names", tuple(map(str, self.class_names or range(int(labels.max()) + 1))))
        self._set("target_names", tuple(map(str, self.target_names)) or ("class",))
        self._require_names("target_names", 1)

    def _check_validation(self, samples: int) -> None:
        held_out = np.asarray(self.validation)
        if not held_out.size:
            held_out = np.zeros(samples, np.bool_)
        if held_out.dtype != np.bool_:
            raise ValueError(f"validation holds {held_out.dtype}, wanted true or false for each sample")
        if held_out.shape != (samples,):
            raise ValueError(f"validation has shape {held_out.shape}, X has shape {self.X.shape}; wanted one a sample")
        if held_out.all():
            raise ValueError(f"all {samples} samples are held out for validation, wanted at least one to train on")
        self._set("validation", _read_only(held_out, np.bool_))

    @property
    def T(self) -> Floats | Integers:
        """What is wanted: targets (N, outputs), or labels (N,) from which the output layer's targets are derived."""
        if self.targets is not None:
            return self.targets
        assert self.labels is not None
        return self.labels

    @property
    def samples(self) -> int:
        """Rows of X."""
        return int(self.X.shape[0])

    @property
    def inputs(self) -> int:
        """Columns of X."""
        return int(self.X.shape[1])

    @property
    def outputs(self) -> int:
        """Target columns; for class data the number of classes."""
        return self.classes if self.targets is None else int(self.targets.shape[1])

    @property
    def classes(self) -> int:
        """Number of classes, 0 for data with target numbers."""
        return len(self.class_names)

    @property
    def training(self) -> tuple[Floats, Floats | Integers]:
        """X and T of the samples to train on."""
        return self.X[~self.validation], self.T[~self.validation]

    @property
    def held_out(self) -> tuple[Floats, Floats | Integers]:
        """X and T of the validation samples."""
        return self.X[self.validation], self.T[self.validation]

    def with_split(self, fraction: float, seed: int = 0) -> Dataset:
        """Return these data with another held-out part, drawn at random, of round(fraction * N) samples.

        0 <= fraction < 1; half a sample rounds up; at least one sample stays for training. Of classes each is held out
        in its share, to within one sample, and none wholly while another can give. The draw is ``permutation(seed,
        SPLIT, 0, N)``: the first of each class in that order are held out. X and its scaling stay as they are.
        ValueError for another fraction.
        """
        if isinstance(fraction, bool) or not 0.0 <= fraction < 1.0:
            raise ValueError(f"the held-out share is a number from 0 to less than 1, got {fraction!r}")
        samples = len(self.X)
        groups = np.zeros(samples, np.int64) if self.labels is None else self.labels
        size = np.bincount(groups)
        quota = _shares(min(floor(fraction * samples + 0.5), samples - 1), size)
        check_seed(seed)
        order = _core.permutation(seed, _core.SPLIT, 0, samples)
        held_out = np.zeros(samples, np.bool_)
        for group, count in enumerate(quota):
            held_out[order[groups[order] == group][:count]] = True
        return replace(self, validation=held_out, seed=int(seed))


def _shares(total: int, size: Integers) -> Integers:
    """Divide ``total`` over groups of these sizes in proportion, by largest remainder; the sum is exact."""
    exact = total * size / size.sum()
    share: Integers = np.floor(exact).astype(np.int64)
    emptied = share + 1 >= size  # one more would leave this group nothing to train on
    first = np.lexsort((share - exact, emptied))
    share[first[: total - share.sum()]] += 1
    return share


def _scaling(given: Scaling, name: str, columns: int) -> Scaling:
    """Return a scaling of that many columns; ValueError where it has another shape or a deviation is not positive."""
    mean, std = (_numbers(part, f"{name}.{field}", 1) for field, part in zip(Scaling._fields, given, strict=True))
    for field_name, part in (("mean", mean), ("std", std)):
        if len(part) != columns:
            raise ValueError(f"{name}.{field_name} has shape {part.shape}, wanted ({columns},), one for each column")
    _refuse(std <= 0.0, std, f"{name}.std", "a number greater than 0")
    return Scaling(mean, std)


def _numbers(values: ArrayLike, name: str, dimensions: int) -> Floats:
    """Return a read-only float64 array; ValueError for anything but finite numbers in that many dimensions."""
    given = np.asarray(values)
    if given.dtype.kind not in "buif":
        raise ValueError(f"{name} holds {given.dtype}, wanted numbers")
    if given.ndim != dimensions:
        wanted = "(samples, columns)" if dimensions == 2 else "one number each"
        raise ValueError(f"{name} has shape {given.shape}, wanted {wanted}")
    result = _read_only(given, np.float64)
    _refuse(~np.isfinite(result), result, name, "a finite number")
    return result


def _read_only(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """Return a C-contiguous read-only copy, or the array itself where it is one of ours already."""
    if array.dtype == dtype and array.flags.owndata and array.flags.c_contiguous and not array.flags.writeable:
        return array
    result = np.array(array, dtype, order="C")
    result.setflags(write=False)
    return result


def _refuse(bad: Booleans, values: NDArray[Any], name: str, wanted: str) -> None:
    """Raise ValueError with the place of the first bad value, if there is one."""
    places = np.argwhere(bad)
    if places.size:
        row, *column = places[0]
        place = f"row {row}, column {column[0]}" if column else f"row {row}"
        raise ValueError(f"{name} is {values[tuple(places[0])]} in {place}, wanted {wanted}")
