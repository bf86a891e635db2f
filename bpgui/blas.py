"""The BLAS of SciPy, for products that are large enough for it; imported when the first of them is met.

Its routines are taken from ``scipy.linalg.cython_blas`` at run time, so that building and starting bpgui need no SciPy.
SciPy's BLAS, not NumPy's where that is another, is set to one thread for good: with two the last bits change, and a
window needs a core too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from bpgui import _core

ROUTINES = {"float64": "dgemm", "float32": "sgemm"}
CHUNK = 256
"""Samples a pass works on at once, as in ext/network.pxd."""

# The multiplications from which on BLAS is faster than the core's own kernel: measured, by the name of OpenBLAS's
# kernels. A table and no timing at the start, because the same machine must always take the same path.
ELSEWHERE = {"float64": 2**22, "float32": 2**23}
LEAST = {"SkylakeX": dict.fromkeys(ROUTINES, 2**13)}
SMALL_BLOCK = 2**10
"""Weights of a block that no processor needs BLAS for: small networks never wait for SciPy."""


def gemm(dtype: str, largest: int) -> tuple[Any, int] | None:
    """Return the product of matrices for numbers of that dtype, and from how many multiplications on it is used.

    largest: the weights of the largest block. None where no product with it would be large enough.
    """
    small = SMALL_BLOCK if _core.has_avx512() else ELSEWHERE[dtype] // CHUNK
    if largest < small:
        return None
    return _library()[ROUTINES[dtype]], LEAST.get(kernel(), ELSEWHERE)[dtype]


@cache
def _library() -> dict[str, Any]:
    from scipy.linalg import cython_blas

    for library in _libraries():
        library.set_num_threads(1)
    return cython_blas.__pyx_capi__  # type: ignore[no-any-return]  # Cython's table of C functions


def _libraries() -> list[Any]:
    """Return the BLAS that came with SciPy; where it came from elsewhere, each that is loaded."""
    import scipy
    from threadpoolctl import ThreadpoolController

    package = Path(scipy.__file__).resolve().parent
    homes = (package, package.with_name("scipy.libs"))
    loaded = ThreadpoolController().select(user_api="blas").lib_controllers
    own = [each for each in loaded if any(Path(each.filepath).resolve().is_relative_to(home) for home in homes)]
    return own or loaded


@cache
def kernel() -> str:
    """Return the name of the kernels that SciPy's BLAS chose for this processor."""
    _library()
    return next((str(library.info().get("architecture", "unknown")) for library in _libraries()), "unknown")
