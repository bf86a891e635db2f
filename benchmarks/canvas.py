#!/usr/bin/env python3
"""Time the network drawing: how long a frame takes, and how long until a change is seen whole.

    python benchmarks/canvas.py [--rounds N] [--json FILE]

A frame is the longest slice of painting a picture's connections plus the repaint that shows them; a refresh goes from a
new picture being asked for to its last slice, with the pauses between slices that the window makes. Goals: no frame
over 16 ms, a refresh within 200 ms at 1,500 connections and 100 ms at 100. Needs no display.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings

from bpgui.data.dataset import Dataset
from bpgui.gui.application import dress, make_application, make_window
from bpgui.gui.main_window import MainWindow
from bpgui.network.network import Network
from bpgui.project import edits
from bpgui.project.state import Project
from bpgui.training.recipe import Recipe
from bpgui.training.state import Training
from harness import machine

SIZES = {
    "100 connections": ((2, 8, 8, 2), 100.0),
    "1,500 connections": ((24, 24, 24, 14), 200.0),
    "784-128-10": ((784, 128, 10), None),
}
FRAME = 16.0
"""Milliseconds that a frame may take."""


def project_of(sizes: tuple[int, ...]) -> Project:
    """Return a project with a dense network and a few random samples."""
    random = np.random.default_rng(0)
    data = Dataset("random", random.normal(size=(20, sizes[0])), random.uniform(size=(20, sizes[-1])))
    return Project(Training.begin(Network.dense(sizes), data, Recipe(loss="mse")), "random")


def measure(window: MainWindow, rounds: int) -> dict[str, list[float]]:
    """Change a weight again and again; return milliseconds of each frame's two parts and of each refresh."""
    canvas, session, loop = window.train.network.canvas, window.session, QEventLoop()
    key = int(session.project.network.keys[0])
    found: dict[str, list[float]] = {"slice": [], "repaint": [], "frame": [], "refresh": []}
    wait_for(loop, lambda: canvas.picture.image is not None)
    for number in range(rounds):
        wait_for(loop, lambda: canvas.picture.complete and not canvas.picture._pause.isActive())
        old = canvas.picture.image
        begin = perf_counter()
        session.edit(edits.set_parameter, key, 0.1 + 0.001 * number)
        wait_for(loop, lambda old=old: canvas.picture.image is not old)
        found["refresh"].append(1e3 * (perf_counter() - begin))
        slices = [1e3 * seconds for seconds in canvas.picture.slices]
        found["slice"] += slices
        begin = perf_counter()
        canvas.repaint()
        found["repaint"].append(1e3 * (perf_counter() - begin))
        found["frame"].append(max(slices) + found["repaint"][-1])
    return found


def wait_for(loop: QEventLoop, done) -> None:
    """Let the window live until something is so."""
    while not done():
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Time the network drawing.")
    parser.add_argument("--rounds", type=int, default=30, help="changes of a weight for each network (30)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    options = parser.parse_args()
    application = make_application()
    theme = dress(application, "light")
    results = {}
    for name, (sizes, limit) in SIZES.items():
        with TemporaryDirectory() as folder:
            settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
            window = make_window(project_of(sizes), theme, settings)
            window.show()
            found = measure(window, options.rounds)
            drawn = window.train.network.canvas.scene.edges.drawn
            window.filing.let_go()
            window.close()
        worst = max(found["frame"])
        refresh = median(found["refresh"])
        results[name] = {"drawn": drawn, "worst frame": worst, "refresh": refresh, "limit": limit, **found}
        told = "" if limit is None else f" (goal {limit:.0f})"
        print(
            f"{name:<18} {drawn:>5} drawn   slice {median(found['slice']):5.1f} ms, at most {max(found['slice']):5.1f}"
            f"   repaint {median(found['repaint']):5.1f}, at most {max(found['repaint']):5.1f}"
            f"   worst frame {worst:5.1f} (goal {FRAME:.0f})   refresh {refresh:6.1f} ms{told}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1))


if __name__ == "__main__":
    main()
