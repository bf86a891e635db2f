#!/usr/bin/env python3
"""Count the instructions of one update with valgrind: a figure that neighbours cannot disturb.

    python benchmarks/instructions.py [--only NAME,NAME] [--json FILE]

Each training runs twice under callgrind, with few and with many epochs. The difference, over the updates by which they
differ, is the price of one. Counted is what lies in the core's own extension module: NumPy's idle threads are left out,
and so are the C library's exp and tanh and SciPy's BLAS where the core calls them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import HERE, ONE_THREAD, machine
from peers import with_bpgui
from task import Task
from workloads import article, digits, spirals, updates

FEW = 1000  # updates of the short run, about
COUNTED: dict[str, tuple[Callable[[], Task], int]] = {  # the task, and the updates by which the runs differ, about
    "W1": (article, 100_000),
    "W2": (spirals, 3000),
    "W3-sgd-float64": (partial(digits, "sgd", "float64"), 500),
    "W3-adam-float64": (partial(digits, "adam", "float64"), 500),
    "W3-sgd-float32": (partial(digits, "sgd", "float32"), 500),
    "W3-adam-float32": (partial(digits, "adam", "float32"), 500),
}
# A line of callgrind_annotate: instructions, their share, file and function, and in brackets the object.
LINE = re.compile(r"^\s*([\d,]+) \(\s*[\d.]+%\)\s.*\[(?P<object>[^\]]+)\]$", re.MULTILINE)


def instructions(command: list[str], epochs: int, folder: Path) -> int:
    """Return the instructions that the core's module executed in a training of so many epochs."""
    out = folder / f"callgrind.{epochs}"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--error-exitcode=1"]
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(
        [*tool, *command], input=f"{epochs}\n", capture_output=True, text=True, cwd=HERE, env=environment
    )
    if done.returncode:
        raise SystemExit(f"the training did not end well under valgrind:\n{done.stderr}")
    annotate = ["callgrind_annotate", "--threshold=100", "--auto=no", str(out)]
    lines = subprocess.run(annotate, capture_output=True, text=True, check=True).stdout
    found = [match for match in LINE.finditer(lines) if Path(match["object"]).name.startswith("_core")]
    if not found:
        raise SystemExit("callgrind_annotate names no function of the core's module _core*")
    return sum(int(match[1].replace(",", "")) for match in found)


def per_update(task: Task, more: int, folder: Path) -> float:
    """Return the instructions of one update, given about how many updates the runs differ by."""
    command = with_bpgui.command(task, folder)
    an_epoch = updates(task)
    few, differ = max(1, round(FEW / an_epoch)), max(1, round(more / an_epoch))
    counts = [instructions(command, epochs, folder) for epochs in (few, few + differ)]
    return (counts[1] - counts[0]) / (differ * an_epoch)


def main() -> None:
    """Count, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Count the instructions of one update.")
    parser.add_argument("--only", metavar="NAMES", help=f"names or their beginnings, of {', '.join(COUNTED)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts to this file")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise SystemExit("valgrind is not installed (Debian: valgrind)")
    words = tuple(options.only.split(",")) if options.only else ("",)
    names = [name for name in COUNTED if name.startswith(words)]
    if not names:
        raise SystemExit(f"--only {options.only} begins none of: {', '.join(COUNTED)}")
    counts = {}
    for name in names:
        make, more = COUNTED[name]
        with TemporaryDirectory() as folder:
            counts[name] = per_update(make(), more, Path(folder))
        print(f"{name:<18}{counts[name]:>14,.1f} instructions an update", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "instructions": counts}, indent=1))


if __name__ == "__main__":
    main()
