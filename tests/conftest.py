"""What every test gets: no display, settings of its own, and a look at the threads it leaves.

`pytest -p no:pytest-qt` runs the tests that need no Qt, with Qt out of reach.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QThread

GUI_TESTS = Path(__file__).parent / "gui"
PATIENCE = 2.0  # seconds that a thread which was told to end may take

if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Know the settings of pytest-qt where it is switched off, or pytest would warn of them."""
    if not pluginmanager.has_plugin("pytest-qt"):
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "belongs to pytest-qt, which is switched off")


def pytest_configure(config: pytest.Config) -> None:
    """Put Qt out of reach where pytest-qt is switched off."""
    if not config.pluginmanager.has_plugin("pytest-qt"):
        sys.modules["PySide6"] = sys.modules["pyqtgraph"] = None  # type: ignore[assignment]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests of the window out where there is no Qt."""
    without_qt = not config.pluginmanager.has_plugin("pytest-qt")
    return True if without_qt and collection_path == GUI_TESTS else None


@pytest.fixture(autouse=True)
def private_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings, state and caches of a test away from those of the person who runs it."""
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))


@pytest.fixture(autouse=True)
def no_thread_left_behind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test whose threads go on after it: they would disturb the ones that follow."""
    before = set(threading.enumerate())
    started = watch_qt_threads(monkeypatch)
    yield
    left = []
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        if thread.is_alive():
            left.append(thread.name)
    for qt_thread in started:
        if is_running(qt_thread) and not qt_thread.wait(int(PATIENCE * 1000)):
            left.append(f"QThread {qt_thread.objectName()!r}")
    if left:
        pytest.fail(f"{request.node.name} left threads behind: {', '.join(left)}", pytrace=False)


def watch_qt_threads(monkeypatch: pytest.MonkeyPatch) -> list[QThread]:
    """Return a list that gets every QThread started from now on; empty without Qt."""
    started: list[QThread] = []
    qt = sys.modules.get("PySide6.QtCore")
    if qt is None:
        return started
    start = qt.QThread.start

    def record(thread: QThread, *priority: QThread.Priority) -> None:
        started.append(thread)
        start(thread, *priority)

    monkeypatch.setattr(qt.QThread, "start", record)
    return started


def is_running(thread: QThread) -> bool:
    """Tell whether a QThread still exists and runs."""
    from shiboken6 import isValid

    return isValid(thread) and thread.isRunning()
