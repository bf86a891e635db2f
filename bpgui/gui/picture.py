"""A picture of the window after a run, also where there is no display.

``python -m bpgui.gui.picture article -o window.png [--theme dark] [--epochs 500] [--size 1180x720]``
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QEventLoop, QObject, QSettings, QTimer, Slot

from bpgui.gui.application import dress, make_application, make_window
from bpgui.gui.main_window import MainWindow
from bpgui.project import edits
from bpgui.project.state import of_builtin

SETTLED = 8
"""Looks in a row that find nothing going on before the picture is taken."""


class Photographer(QObject):
    """Waits in an event loop until the run is over and every view has drawn it, then takes the picture."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._loop = QEventLoop(self)
        self._quiet = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def take(self, path: str) -> bool:
        """Save the picture as PNG and tell whether that went well."""
        self._timer.start(50)
        self._loop.exec()
        self._timer.stop()
        return self._window.grab().save(path)

    @Slot()
    def _look(self) -> None:
        idle = not self._window.session.running and self._window.session.progress.epoch > 0
        self._quiet = self._quiet + 1 if idle else 0
        if self._quiet >= SETTLED:
            self._loop.quit()


def main(arguments: list[str] | None = None) -> int:
    """Train a built-in data set's network in the window at full speed and save what it shows."""
    parser = argparse.ArgumentParser(prog="python -m bpgui.gui.picture", description=main.__doc__)
    parser.add_argument("name", help="a built-in data set")
    parser.add_argument("-o", "--output", required=True, help="the PNG file to write")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--epochs", type=int, help="how many to train; the data set's own number by default")
    parser.add_argument("--size", default="1440x900", help="of the window, in pixels")
    given = parser.parse_args(arguments)
    application = make_application()
    theme = dress(application, given.theme)
    with TemporaryDirectory() as folder:
        settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
        window = make_window(of_builtin(given.name), theme, settings)
        window.resize(*map(int, given.size.split("x")))
        window.show()
        if given.epochs is not None:
            window.session.edit(edits.set_recipe, epochs=given.epochs)
        window.session.set_pace(None)
        window.session.run()
        done = Photographer(window).take(given.output)
        window.filing.let_go()
        window.close()
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
