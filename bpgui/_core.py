"""The core: this module chooses the build of it that suits this machine, and gives its two halves.

``float64`` and ``float32`` are the compiled modules, from one source, each for one type of numbers; ``of`` gives the
one for a dtype. What has nothing to do with a network's numbers stands here by itself. ``BPGUI_CORE`` names another
build, as the tests do ("checked", "sanitized").
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def _load(build: str, dtype: str) -> ModuleType:
    try:
        return import_module(f"bpgui._core_{build}_{dtype}")
    except ModuleNotFoundError as error:
        raise ImportError(
            f"the build {build!r} of the core is not there; "
            f"BPGUI_BUILDS={build} python setup.py build_ext --inplace makes it"
        ) from error


float64 = _load(os.environ.get("BPGUI_CORE") or "plain", "float64")
if "BPGUI_CORE" not in os.environ and float64.supports_v3():
    float64 = _load("v3", "float64")

DTYPES = ("float64", "float32")

INIT, SHUFFLE, DROPOUT = float64.INIT, float64.SHUFFLE, float64.DROPOUT
SPLIT, DATA, SWEEP = float64.SPLIT, float64.DATA, float64.SWEEP
KEPT_EPOCHS = float64.KEPT_EPOCHS
ENDINGS = float64.ENDINGS
build = float64.build
has_avx512 = float64.has_avx512
draws, uniforms, normals, permutation = float64.draws, float64.uniforms, float64.normals, float64.permutation
paint_strokes = float64.paint_strokes


def require_dtype(dtype: object) -> None:
    """Refuse what the core does not compute in: ValueError unless it is the name of one of its dtypes."""
    if dtype not in DTYPES:
        raise ValueError(f"a dtype is {' or '.join(DTYPES)}, got {dtype!r}")


def of(dtype: str) -> Any:
    """Return the half for numbers of that dtype; ValueError for other ones."""
    require_dtype(dtype)
    return float64 if dtype == "float64" else __getattr__("float32")


def __getattr__(name: str) -> Any:
    """Load the other half when it is first used."""
    if name != "float32":
        raise AttributeError(f"module 'bpgui._core' has no attribute {name!r}")
    globals()[name] = _load(build(), name)
    return globals()[name]
