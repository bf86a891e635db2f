"""The composition root: makes the application, its one session and its one window, and runs them."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event
from types import FrameType

from platformdirs import user_config_dir
from PySide6.QtCore import QSettings, QTimer, Slot
from PySide6.QtWidgets import QApplication

from bpgui.files import crash_log
from bpgui.files.recovery import default_folder
from bpgui.gui.main_window import MainWindow
from bpgui.gui.session import Session
from bpgui.gui.theme.focus_ring import FocusRings
from bpgui.gui.theme.motion import reduce_motion
from bpgui.gui.theme.theme import Choice, ThemeManager
from bpgui.project.state import Project, of_builtin

CHOICES = ("system", "light", "dark")

TURN = 0.001
"""Seconds after which a thread that computes in Python lets the window's thread have its turn; Python's own 5 ms, for
each of two other threads, would be seen."""


def make_application() -> QApplication:
    """Return the one QApplication, made if there is none yet."""
    sys.setswitchinterval(TURN)
    application = QApplication.instance() or QApplication(["bpgui"])
    assert isinstance(application, QApplication)
    application.setApplicationName("bpgui")
    application.setDesktopFileName("bpgui")
    return application


def dress(application: QApplication, choice: Choice) -> ThemeManager:
    """Put the theme on the application, and rings around what has the keyboard's focus."""
    theme = ThemeManager(application, choice)
    FocusRings(application)
    return theme


def make_settings() -> QSettings:
    """Return the person's settings, an INI file in the platform's folder for them."""
    path = Path(user_config_dir("bpgui", appauthor=False)) / "settings.ini"
    return QSettings(str(path), QSettings.Format.IniFormat)


def make_window(project: Project, theme: ThemeManager, settings: QSettings, recovery: Path | None = None) -> MainWindow:
    """Return a window on a project, kept safe in the folder ``recovery``; closing it ends its threads."""
    return MainWindow(Session(project), theme, settings, recovery)


def main(path: str | None = None, lesson: str | None = None) -> int:
    """Open the window, with a file or a lesson if one is given, and return the exit status when it is closed."""
    application = make_application()
    settings = make_settings()
    chosen = settings.value("theme", "system", type=str)
    theme = dress(application, chosen if chosen in CHOICES else "system")  # type: ignore[arg-type]  # checked
    reduce_motion(settings.value("reduce_motion", False, type=bool) is True)
    recovery = default_folder()
    with crash_log.start(recovery):
        window = make_window(of_builtin("article"), theme, settings, recovery)
        window.show()
        if path is not None:
            window.open_path(path)
        if lesson is not None:
            window.open_lesson(lesson)
        interrupted = quit_on_interrupt(application)
        status = application.exec()
    return 130 if interrupted.is_set() else int(status)


def quit_on_interrupt(application: QApplication) -> Event:
    """Let Ctrl+C in the terminal close the window. Returns an event that is set when it did.

    Python runs its signal handlers between byte codes only, so a timer gives it a turn now and then.
    """
    interrupted = Event()

    def handle(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        application.closeAllWindows()
        application.quit()

    signal.signal(signal.SIGINT, handle)
    timer = QTimer(application)
    timer.timeout.connect(_give_python_a_turn)
    timer.start(250)
    return interrupted


@Slot()
def _give_python_a_turn() -> None:
    """Nothing to do: being called is the point."""
