from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

INIT: Final[int]
SHUFFLE: Final[int]
DROPOUT: Final[int]
SPLIT: Final[int]
DATA: Final[int]
SWEEP: Final[int]
KEPT_EPOCHS: Final[int]
ENDINGS: Final[tuple[str, ...]]

def build() -> str: ...
def draws(seed: int, stream: int, c1: int, c2: int, count: int) -> NDArray[np.uint64]: ...
def uniforms(seed: int, stream: int, c1: int, c2: int, count: int) -> Floats: ...
def normals(seed: int, stream: int, c1: int, c2: int, count: int) -> Floats: ...
def permutation(seed: int, stream: int, c1: int, n: int) -> Integers: ...

class Plan:
    inputs: int
    outputs: int
    parameters: int
    def __init__(
        self,
        units: list[int],
        bias_at: list[int],
        activation: list[int],
        of_unit: list[int],
        blocks: list[tuple[int, int, int]],
        learns: NDArray[np.bool_],
        weights: int,
    ) -> None: ...

class Workspace:
    def __init__(self, plan: Plan, samples: int = ..., dropout: bool = ...) -> None: ...

def predict(plan: Plan, vector: Floats, x: Floats, workspace: Workspace | None = ...) -> Floats: ...
def error_and_gradient(
    plan: Plan,
    vector: Floats,
    x: Floats,
    t: Floats,
    weight: Floats,
    loss: int,
    want_gradient: bool = ...,
    workspace: Workspace | None = ...,
) -> tuple[float, Floats | None]: ...

class Engine:
    plan: Plan
    @property
    def update(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    def __init__(
        self,
        plan: Plan,
        x: Floats,
        t: Floats,
        weight: Floats,
        validation_x: Floats,
        validation_t: Floats,
        validation_weight: Floats,
        settings: dict[str, Any],
        slots: int,
        before: Engine | None = ...,
    ) -> None: ...
    def run(self, last_update: int, last_epoch: int, seconds: float) -> str: ...
    def state(self) -> tuple[dict[str, Any], Floats, Floats, Floats]: ...
    def set_state(
        self, counters: dict[str, Any], vector: Floats, slots: Floats, best: Floats
    ) -> None: ...
    def interrupt(self) -> None: ...
    def request(self) -> None: ...
    def counters(self) -> tuple[int, int, int, float]: ...
    def snapshot(self) -> Floats: ...
    def errors(self, validation: bool = ..., start: int = ...) -> Floats: ...
    def history(self, validation: bool = ...) -> tuple[Floats, int, int, int]: ...
