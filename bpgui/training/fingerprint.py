"""What the bits of a result depend on, beside the numbers that went in."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

from bpgui import _core, blas


@cache
def fingerprint() -> str:
    """Return version, build of the core, instruction set, BLAS and its kernels, and C library.

    Two runs of the same start give the same bits where their fingerprints are equal; elsewhere they agree to rounding.
    The C library counts because sine, erf and logarithms are its own. Takes a moment the first time: SciPy is asked.
    """
    library, release = platform.libc_ver()
    system = f"{library or platform.system()}-{release}"
    numbers = f"scipy-{version('scipy')}-{blas.kernel()}"
    return " ".join((f"bpgui-{version('bpgui')}", _core.build(), platform.machine(), numbers, system))
