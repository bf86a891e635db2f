"""Whether there is a display that a window could open on. Qt, asked to open one where there is none, aborts."""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

WAIT = 3.0  # seconds for a display on another machine


def missing() -> str:
    """Return why no window can open, "" where one can as far as can be told."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    displays = {name: value for name in ("WAYLAND_DISPLAY", "DISPLAY") if (value := os.environ.get(name))}
    if not displays:
        return "there is no display for a window (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if any(_answers(name, value) for name, value in displays.items()):
        return ""
    named = " and ".join(f"{name}={value}" for name, value in displays.items())
    return f"there is no display for a window ({named}, where nothing answers)"


def _answers(name: str, value: str) -> bool:
    """Whether something listens there; True for ways of naming a display that are not known here."""
    if name == "WAYLAND_DISPLAY":
        return _listens(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/run")) / value))
    x11 = re.fullmatch(r"(?:unix|([^:/]*)):(\d{1,5})(?:\.\d+)?", value)
    if x11 is None:
        return True
    host, number = x11[1], int(x11[2])
    if host:
        return _listens((host, 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"
    return _listens(path) or _listens(f"\0{path}")


def _listens(address: str | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, WAIT).close()
        else:
            with socket.socket(family) as probe:
                probe.connect(address)
    except OSError:
        return False
    return True
