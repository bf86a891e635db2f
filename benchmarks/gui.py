#!/usr/bin/env python3
"""Measure the window: how soon it is there, what it takes from training, how smoothly it lives, what it keeps.

    python benchmarks/gui.py [--rounds N] [--seconds S] [--minutes M] [--only NAME,…] [--json FILE]

`start`: from the interpreter to the first painted frame, against a bare PySide6 and pyqtgraph window that imports both;
processes in turn. `training`: the same training with the window open, every dock to be seen, against headless; in turn.
`explain`: the same in the Explain workspace with a weight selected, whose card follows; and how often the card is new.
`loop`: how late a timer of the GUI's thread comes while training runs, and how long a stop takes. `memory`: what the
process keeps over minutes of training at full speed, of which the last two thirds count. Needs no display.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from harness import machine, verdict

NAMES = ("start", "training", "explain", "loop", "memory")
TASKS = ("spirals", "digits")
INTERVAL = 10
"""Milliseconds of the timer whose lateness is measured."""

BEGIN = """
import os, sys, time
begun = time.time()
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
"""
BARE = """
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1440, 900)
"""
OURS = """
from bpgui.gui.application import dress, make_application, make_settings, make_window
from bpgui.project.state import of_builtin
application = make_application()
window = make_window(of_builtin("article"), dress(application, "system"), make_settings())
"""
END = """
window.show()
application.processEvents()  # the window is exposed and painted
print(time.time() - begun, flush=True)
os._exit(0)
"""


def start(options: argparse.Namespace) -> dict[str, object]:
    """Return seconds from the start of Python to the first painted window, bare and ours, in turn."""
    found: dict[str, list[float]] = {"bare": [], "bpgui": []}
    with TemporaryDirectory() as folder:
        places = {f"XDG_{kind}_HOME": folder for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        # As on a person's second start: Python finds what it compiled at the first, bpgui's modules too.
        places |= {"PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        for number in range(options.rounds + 1):
            for name, script in (("bare", BARE), ("bpgui", OURS)):
                command = [sys.executable, "-c", BEGIN + script + END]
                told = subprocess.run(
                    command, capture_output=True, text=True, check=True, env={**os.environ, **places}, timeout=60
                ).stdout
                if number:  # the first of each brings the files into memory
                    found[name].append(float(told.split()[0]))
    ratio = median(found["bpgui"]) / median(found["bare"])
    print(
        f"start      bare window {median(found['bare']):.2f} s, bpgui {median(found['bpgui']):.2f} s: "
        f"{ratio:.2f} x (goal at most 1.2: {verdict(1.2 / ratio, 1.0)})"
    )
    return {**found, "ratio": ratio}


@contextmanager
def opened(name: str, folder: str) -> Iterator[object]:
    """Yield the window on a built-in set at full speed, with every dock to be seen."""
    from PySide6.QtCore import QSettings

    from bpgui.gui.application import dress, make_application, make_window
    from bpgui.project.state import of_builtin

    application = make_application()
    theme = dress(application, "light")
    settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
    window = make_window(of_builtin(name), theme, settings)
    window.show()
    window.session.set_pace(None)
    network = window.session.project.network
    from bpgui.gui.selection import Selection

    window.session.select(Selection.of("entry", int(network.keys[0])))
    live(1.0)
    try:
        yield window
    finally:
        window.session.pause()
        live(0.3)
        window.filing.let_go()
        window.close()


def live(seconds: float) -> None:
    """Let the window live for so long."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def training(options: argparse.Namespace) -> dict[str, object]:
    """Return updates a second headless and with the window open, in turn."""
    from bpgui.project.state import of_builtin
    from bpgui.training.trainer import Trainer

    results = {}
    for name in TASKS:
        found: dict[str, list[float]] = {"headless": [], "window": []}
        for _ in range(options.rounds):
            trainer = Trainer.of(of_builtin(name).training)
            trainer.run(seconds=0.3)
            begun, before = perf_counter(), trainer.update
            trainer.run(seconds=options.seconds)
            found["headless"].append((trainer.update - before) / (perf_counter() - begun))
            with TemporaryDirectory() as folder, opened(name, folder) as window:
                engine = window.session.bridge.worker.trainer.engine
                window.session.bridge.worker.step(epochs=10**9)
                live(1.0)
                begun, before = perf_counter(), engine.update
                live(options.seconds)
                found["window"].append((engine.update - before) / (perf_counter() - begun))
        ratio = median(found["window"]) / median(found["headless"])
        results[name] = {**found, "ratio": ratio}
        print(
            f"training   {name}: headless {median(found['headless']):,.0f} updates/s, with the window "
            f"{median(found['window']):,.0f}: {ratio:.2f} x (goal 0.9: {verdict(ratio, 0.9)})"
        )
    return results


def explain(options: argparse.Namespace) -> dict[str, object]:
    """Return updates a second headless and in the Explain workspace, in turn, and how often its numbers are new."""
    from bpgui.gui.selection import Selection
    from bpgui.project.state import of_builtin
    from bpgui.training.trainer import Trainer

    results = {}
    for name in TASKS:
        found: dict[str, list[float]] = {"headless": [], "explain": [], "hertz": []}
        for _ in range(options.rounds):
            trainer = Trainer.of(of_builtin(name).training)
            trainer.run(seconds=0.3)
            begun, before = perf_counter(), trainer.update
            trainer.run(seconds=options.seconds)
            found["headless"].append((trainer.update - before) / (perf_counter() - begun))
            with TemporaryDirectory() as folder, opened(name, folder) as window:
                window.show_workspace("explain")
                network = window.session.project.network
                window.session.select(Selection.of("entry", int(network.keys[0])))
                computed: list[float] = []
                window.explain.explanation.computed.connect(partial(computed.append, 0.0))
                engine = window.session.bridge.worker.trainer.engine
                window.session.bridge.worker.step(epochs=10**9)
                live(1.0)
                computed.clear()
                begun, before = perf_counter(), engine.update
                live(options.seconds)
                found["explain"].append((engine.update - before) / (perf_counter() - begun))
                found["hertz"].append(len(computed) / (perf_counter() - begun))
        ratio = median(found["explain"]) / median(found["headless"])
        results[name] = {**found, "ratio": ratio}
        print(
            f"explain    {name}: headless {median(found['headless']):,.0f} updates/s, with the card following "
            f"{median(found['explain']):,.0f}: {ratio:.2f} x (goal 0.95: {verdict(ratio, 0.95)}), "
            f"new numbers {median(found['hertz']):.1f} times a second (goal 10)"
        )
    return results


def loop(options: argparse.Namespace) -> dict[str, object]:
    """Return how many milliseconds a timer comes late while training runs, and how many a stop takes."""
    from PySide6.QtCore import QObject, Qt, QTimer, Slot

    class Clock(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.ticks: list[float] = []
            self.timer = QTimer(self)
            self.timer.setTimerType(Qt.TimerType.PreciseTimer)
            self.timer.setInterval(INTERVAL)
            self.timer.timeout.connect(self.tick)
            self.timer.start()

        @Slot()
        def tick(self) -> None:
            self.ticks.append(1000 * perf_counter())

    stops = []
    with TemporaryDirectory() as folder, opened("spirals", folder) as window:
        worker = window.session.bridge.worker
        worker.step(epochs=10**9)
        live(1.0)
        clock = Clock()
        live(options.seconds * 5)
        clock.timer.stop()
        for _ in range(options.rounds * 5):
            begun = perf_counter()
            window.session.pause()
            while worker.busy:
                pass
            stops.append(1000 * (perf_counter() - begun))
            live(0.05)
            worker.step(epochs=10**9)
            live(0.1)
    gaps = [later - earlier for earlier, later in zip(clock.ticks, clock.ticks[1:], strict=False)]
    late = quantiles(gaps, n=100)[98] - INTERVAL
    print(
        f"loop       99 of 100 gaps of a {INTERVAL} ms timer at most {late:.1f} ms late (goal 1: {told(late, 1.0)}), "
        f"the worst gap {max(gaps):.0f} ms (goal 50: {told(max(gaps), 50.0)}), over {options.seconds * 5:.0f} s; "
        f"a stop takes at most {max(stops):.1f} ms (goal 20: {told(max(stops), 20.0)})"
    )
    return {"late": late, "worst": max(gaps), "stops": stops}


def told(met: float, most: float) -> str:
    """Return whether a figure is within its limit."""
    return "met" if met <= most else "missed"


def memory(options: argparse.Namespace) -> dict[str, object]:
    """Return the megabytes of the process, ten times a minute."""
    found = []
    with TemporaryDirectory() as folder, opened("spirals", folder) as window:
        window.session.bridge.worker.step(epochs=10**12)
        for _ in range(max(6, round(options.minutes * 10))):
            live(options.minutes * 60 / max(6, round(options.minutes * 10)))
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            found.append(pages * os.sysconf("SC_PAGESIZE") / 2**20)
    last = found[len(found) // 3 :]
    print(
        f"memory     {options.minutes:g} minutes: {min(last):.1f} to {max(last):.1f} MB over the last two thirds "
        f"(goal: within 10 MB: {told(max(last) - min(last), 10.0)})"
    )
    return {"megabytes": found}


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Measure the window.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of start and training (5)")
    parser.add_argument(
        "--seconds", type=float, default=12.0, help="of training in a round; of the loop 5 times as long"
    )
    parser.add_argument("--minutes", type=float, default=15.0, help="of training for the memory (15)")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some of {', '.join(NAMES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if unknown := set(wanted) - set(NAMES):
        sys.exit(f"{', '.join(sorted(unknown))}: known are {', '.join(NAMES)}")
    measures = {"start": start, "training": training, "explain": explain, "loop": loop, "memory": memory}
    results = {name: measures[name](options) for name in wanted}
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1))


if __name__ == "__main__":
    main()
