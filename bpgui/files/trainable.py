"""Whether what a file holds can be trained on."""

from __future__ import annotations

from bpgui.data.dataset import Dataset
from bpgui.files.archive import FileError
from bpgui.training.changes import outputs_of
from bpgui.training.state import Training
from bpgui.training.trainer import require_consistent

# Targets are made of labels when a file is opened: one number for each sample and output.
MAX_TARGETS = 50_000_000

# Numbers of all data sets, and of each combination of one with a network and a loss.
MAX_COMPARED = 1_000_000_000


class Trainable:
    """Refuses trainings that a trainer would not take, with FileError or ValueError.

    Each combination of network, data, loss and dtype is looked at once, and all of them together are bounded: a small
    file can name many.
    """

    def __init__(self) -> None:
        self._fits: dict[tuple[object, ...], object] = {}
        self._samples: dict[int, int] = {}
        self._compared = 0

    def require(self, training: Training, position: int) -> None:
        """Refuse a training whose parts do not fit together, or that is at no sample of its epoch."""
        network, data = training.network, training.data
        key: tuple[object, ...] = (id(network), id(data), training.recipe.loss, training.dtype)
        if key not in self._fits:
            alike = (id(data), network.inputs, *outputs_of(network), training.recipe.loss, training.dtype)
            if alike not in self._fits:
                self._require_consistent(training)
            # What is looked up by its identity must live as long.
            self._fits[key] = self._fits[alike] = training
            self._samples[id(data)] = len(data.X) - int(data.validation.sum())
        if position >= self._samples[id(data)]:
            epoch = self._samples[id(data)]
            raise FileError(f"sample {position} of the epoch comes next, but there are only {epoch} to train on")

    def count(self, data: Dataset, outputs: int = 0) -> None:
        """Refuse more data than are looked at in one file."""
        self._compared += data.samples * (data.inputs + outputs)
        if self._compared > MAX_COMPARED:
            raise FileError(
                f"its data sets, with all that was trained on them, have more than {MAX_COMPARED:,} numbers"
            )

    def _require_consistent(self, training: Training) -> None:
        samples, outputs = training.data.samples, training.network.outputs
        if samples * outputs > MAX_TARGETS:
            raise FileError(f"{samples:,} samples of {outputs:,} outputs are too many, at most {MAX_TARGETS:,} in all")
        self.count(training.data, outputs)
        require_consistent(training)
