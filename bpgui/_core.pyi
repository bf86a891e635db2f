from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
"""Of the dtype of the half of the core that takes or gives them."""
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flag = NDArray[np.int32]

DTYPES: Final[tuple[str, ...]]
INIT: Final[int]
SHUFFLE: Final[int]
DROPOUT: Final[int]
SPLIT: Final[int]
DATA: Final[int]
SWEEP: Final[int]
KEPT_EPOCHS: Final[int]
ENDINGS: Final[tuple[str, ...]]

def build() -> str: ...
def has_avx512() -> bool: ...
def require_dtype(dtype: object) -> None: ...
def draws(seed: int, stream: int, c1: int, c2: int, count: int) -> NDArray[np.uint64]: ...
def uniforms(seed: int, stream: int, c1: int, c2: int, count: int) -> Floats: ...
def normals(seed: int, stream: int, c1: int, c2: int, count: int) -> Floats: ...
def permutation(seed: int, stream: int, c1: int, n: int) -> Integers: ...
def paint_strokes(pixels: NDArray[np.uint32], pieces: Floats, widths: Floats, colours: NDArray[np.uint32]) -> None: ...

class Plan:
    inputs: int
    outputs: int
    parameters: int
    blocks: int
    def __init__(
        self,
        units: list[int],
        bias_at: list[int],
        activation: list[int],
        of_unit: list[int],
        blocks: list[tuple[int, int, int]],
        learns: NDArray[np.bool_],
        weights: int,
        gemm: tuple[Any, int] | None = ...,
    ) -> None: ...
    def by_blas(self, samples: int) -> list[bool]: ...

class Workspace:
    def __init__(self, plan: Plan, samples: int = ..., dropout: bool = ...) -> None: ...

class Data:
    def __init__(self, plan: Plan, x: Numbers, t: Numbers, weight: Floats) -> None: ...

class Engine:
    plan: Plan
    @property
    def update(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    def __init__(
        self,
        plan: Plan,
        data: Data,
        validation: Data,
        settings: dict[str, Any],
        slots: int,
        before: Engine | None = ...,
    ) -> None: ...
    def run(self, last_update: int, last_epoch: int, seconds: float) -> str: ...
    def state(self) -> tuple[dict[str, Any], Numbers, Numbers, Numbers]: ...
    def set_state(self, counters: dict[str, Any], vector: Numbers, slots: Numbers, best: Numbers) -> None: ...
    def watch(self) -> None: ...
    def last_change(self) -> tuple[int, Numbers] | None: ...
    def interrupt(self) -> None: ...
    def request(self) -> None: ...
    def counters(self) -> tuple[int, int, int, float]: ...
    def snapshot(self) -> Numbers: ...
    def errors(self, validation: bool = ..., start: int = ...) -> Floats: ...
    def history(self, validation: bool = ...) -> tuple[Floats, int, int, int]: ...

_Plan = Plan
_Workspace = Workspace

class Half(Protocol):
    """The compiled module for one type of numbers."""

    Plan: type[Plan]
    Workspace: type[Workspace]
    Data: type[Data]
    Engine: type[Engine]

    @staticmethod
    def predict(
        plan: _Plan,
        vector: Numbers,
        x: Numbers,
        workspace: _Workspace | None = ...,
        interrupt: Flag | None = ...,
    ) -> Numbers | None: ...
    @staticmethod
    def activations(
        plan: _Plan,
        vector: Numbers,
        x: Numbers,
        workspace: _Workspace | None = ...,
        interrupt: Flag | None = ...,
    ) -> Numbers | None: ...
    @staticmethod
    def error_and_gradient(
        plan: _Plan,
        vector: Numbers,
        x: Numbers,
        t: Numbers,
        weight: Floats,
        loss: int,
        want_gradient: bool = ...,
        workspace: _Workspace | None = ...,
        interrupt: Flag | None = ...,
    ) -> tuple[float, Numbers | None] | None: ...
    @staticmethod
    def errors(
        plan: _Plan,
        vectors: Numbers,
        x: Numbers,
        t: Numbers,
        weight: Floats,
        loss: int,
        workspace: _Workspace | None = ...,
        interrupt: Flag | None = ...,
    ) -> Floats | None: ...
    @staticmethod
    def sample_pass(
        plan: _Plan,
        vector: Numbers,
        x: Numbers,
        t: Numbers,
        loss: int,
        workspace: _Workspace | None = ...,
    ) -> tuple[float, Numbers, Numbers, Numbers, Numbers]: ...
    @staticmethod
    def activation(code: int, z: Numbers) -> tuple[Numbers, Numbers]: ...
    @staticmethod
    def exp(x: Numbers) -> Numbers: ...
    @staticmethod
    def tanh(x: Numbers) -> Numbers: ...

float64: Final[Half]
float32: Final[Half]

def of(dtype: str) -> Half: ...
