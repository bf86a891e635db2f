"""The real window on built-in data sets, for tests of its docks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from dressing import dress_light
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpgui.gui.application import make_window
from bpgui.gui.main_window import MainWindow
from bpgui.project.state import Project


def windows(qtbot: QtBot, qapp: QApplication, folder: Path) -> Iterator[Callable[[Project], MainWindow]]:
    """Yield what opens a window; each is closed, with its threads, at the end."""
    theme = dress_light(qapp)
    opened: list[MainWindow] = []

    def open_window(project: Project) -> MainWindow:
        settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        window = make_window(project, theme, settings)
        opened.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield open_window
    for window in opened:
        window.filing.let_go()
        window.close()
        window.deleteLater()
    theme.deleteLater()


def train(qtbot: QtBot, window: MainWindow, epochs: int) -> None:
    """Train for that many epochs, and wait until the window knows."""
    qtbot.waitUntil(lambda: window.session.settled, timeout=10_000)  # or a run that is over could be taken for this one
    wanted = window.session.progress.epoch + epochs
    window.session.bridge.worker.step(epochs=epochs)
    qtbot.waitUntil(lambda: window.session.progress.epoch == wanted and not window.session.running, timeout=20_000)


def exact(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until what is looked at is there exactly."""
    session = window.session
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact and not session.viewing.replaying)


def settled(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until every edit is carried out and nothing is trained."""
    qtbot.waitUntil(lambda: window.session.settled and not window.session.running, timeout=10_000)
