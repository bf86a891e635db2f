#!/usr/bin/env python3
"""Make every picture in the docs from the running program; needs no display.

    python docs/screenshots.py [--folder DIR] [--all]

``--all`` adds those that are only looked at beside the design: light and dark, 1440x900 and 1180x720, several data.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QSettings, QTimer

from bpgui.gui.application import dress, make_application, make_window
from bpgui.gui.main_window import MainWindow
from bpgui.gui.selection import Selection
from bpgui.lessons.catalogue import LESSONS
from bpgui.network.names import weight_key
from bpgui.project import edits
from bpgui.project.state import of_builtin

FOLDER = Path(__file__).parent / "pictures"


def connection(window: MainWindow) -> None:
    """Select a connection between two hidden neurons."""
    network = window.session.project.network
    last = len(network.layers) - 1
    window.session.select(Selection.of("entry", weight_key(network, (last - 1, 0), (last, 0))))


def neuron(window: MainWindow) -> None:
    """Select a hidden neuron and show the gradient."""
    ids = window.session.project.network.layers[1].unit_ids
    assert ids is not None
    window.session.select(Selection.of("neuron", ids[0]))
    window.train.network.figures.value = "gradient"
    window.train.network.canvas.show_figure("gradient")


@dataclass(frozen=True)
class Picture:
    """What is shown: a built-in data set after so many epochs, and what was done then."""

    name: str
    data: str
    epochs: int
    theme: str = "light"
    size: tuple[int, int] = (1440, 900)
    act: Callable[[MainWindow], None] = connection


def explained(window: MainWindow) -> None:
    """Show why a connection to an output moves."""
    window.show_workspace("explain")
    connection(window)


def lesson(window: MainWindow) -> None:
    """Show the fifth step of the article's lesson."""
    window.open_lesson(LESSONS[0].path)
    wait(window, 1500)
    window.explain.lesson.go(4)


def branched(window: MainWindow) -> None:
    """Go back to the middle, take a third of the rate, and train on in a branch."""
    session = window.session
    session.look(session.branch.id, session.progress.epoch // 2)
    while session.view is None or not session.view.exact:
        wait(window, 20)
    session.edit(edits.set_recipe, learning_rate=round(session.project.recipe.learning_rate / 3, 3))
    train(window, 400)
    connection(window)


def looking_back(window: MainWindow) -> None:
    """Show the middle of a branch."""
    branched(window)
    window.session.look(window.session.branch.id, window.session.progress.epoch * 3 // 4)
    wait(window, 1000)


DOCS = [
    Picture("train-light", "spirals", 400),
    Picture("train-dark", "spirals", 400, "dark"),
    Picture("explain-dark", "article", 0, "dark", act=lesson),
    Picture("timeline-light", "spirals", 400, act=looking_back),
]
BESIDE_THE_DESIGN = [
    Picture(f"{data}-{act.__name__}-{theme}-{size[0]}", data, epochs, theme, size, act)
    for (data, epochs), theme, size, act in product(
        [("spirals", 400), ("digits", 6), ("article", 300)],
        ["light", "dark"],
        [(1440, 900), (1180, 720)],
        [connection, neuron, explained, branched, looking_back],
    )
]


def wait(window: MainWindow, milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop(window)
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def train(window: MainWindow, epochs: int) -> None:
    """Train in steps, as a person would see it: the Inspector records what the window was shown."""
    for done in range(0, epochs, max(1, epochs // 20)):
        window.session.bridge.worker.step(epochs=min(max(1, epochs // 20), epochs - done))
        wait(window, 60)
        while window.session.running:
            wait(window, 20)


def main() -> None:
    """Train, act, and grab the window, for each picture."""
    parser = argparse.ArgumentParser(description="Make the pictures of the docs.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to put them (docs/pictures)")
    parser.add_argument("--all", action="store_true", help="also those that are only looked at")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    for picture in [*DOCS, *(BESIDE_THE_DESIGN if options.all else [])]:
        theme = dress(application, picture.theme)
        with TemporaryDirectory() as folder:
            settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
            window = make_window(of_builtin(picture.data), theme, settings)
            window.resize(*picture.size)
            window.show()
            train(window, picture.epochs)
            picture.act(window)
            wait(window, 1000)
            window.grab().save(str(options.folder / f"{picture.name}.png"))
            window.filing.let_go()
            window.close()


if __name__ == "__main__":
    main()
