"""What the bits of a result depend on, beside the numbers that went in."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

from bpgui import _core


@cache
def fingerprint() -> str:
    """Return version, build of the core, instruction set and C library.

    Two runs of the same start give the same bits where their fingerprints are equal; elsewhere they agree to rounding.
    The C library counts because exp and tanh are its own.
    """
    library, release = platform.libc_ver()
    system = f"{library or platform.system()}-{release}"
    return " ".join((f"bpgui-{version('bpgui')}", _core.build(), platform.machine(), system))
