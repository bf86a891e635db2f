"""The BLAS of SciPy, for products that are large enough for it; imported when the first of them is met.

Its routines are taken from ``scipy.linalg.cython_blas`` at run time, so that building and starting bpgui need no SciPy.
It uses one thread: with two the last bits change, and a window needs a core too.
"""

from __future__ import annotations

from functools import cache
from typing import Any

ROUTINES = {"float64": "dgemm", "float32": "sgemm"}
CHUNK = 256
"""Samples a pass works on at once, as in ext/network.pxd."""

# The multiplications from which on BLAS is faster than the core's own kernel: measured, by the name of OpenBLAS's
# kernels. A table and no timing at the start, because the same machine must always take the same path.
LEAST = {"SkylakeX": 8_192, "Cooperlake": 8_192, "SapphireRapids": 8_192}
LEAST_ELSEWHERE = 262_144


def gemm(dtype: str, largest: int) -> tuple[Any, int] | None:
    """Return the product of matrices for numbers of that dtype, and from how many multiplications on it is used.

    largest: the weights of the largest block; None where no product with it would be large enough.
    """
    if largest * CHUNK < LEAST_ELSEWHERE * 16:
        return None
    routine = _library()[ROUTINES[dtype]]
    return routine, LEAST.get(kernel(), LEAST_ELSEWHERE)


@cache
def _library() -> dict[str, Any]:
    from scipy.linalg import cython_blas
    from threadpoolctl import ThreadpoolController

    ThreadpoolController().select(user_api="blas").limit(limits=1)
    return cython_blas.__pyx_capi__  # type: ignore[no-any-return]  # Cython's table of C functions


@cache
def kernel() -> str:
    """Return the name of the kernels that SciPy's BLAS chose for this processor."""
    from threadpoolctl import ThreadpoolController

    _library()
    return next((str(i.get("architecture")) for i in ThreadpoolController().info() if "scipy" in i["filepath"]), "unknown")
