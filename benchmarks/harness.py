"""How things are measured: competitors in processes of their own, whole rounds in turn, medians over the rounds."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

import bpgui
from task import Task

HERE = Path(__file__).parent
TIE = 0.05  # what rounds differ by on an idle machine: closer figures are the same
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class PeerError(Exception):
    """A competitor ended before it answered; its own words are on stderr."""


@dataclass(frozen=True)
class Goal:
    """The speed of ``of`` is at least so many times that of the fastest of ``against``; ``wanted`` is the dream."""

    against: tuple[str, ...]
    least: float | None = None
    wanted: float | None = None
    of: str = "bpgui"

    def judge(self, speeds: Mapping[str, float]) -> dict[str, object]:
        """Return what came of it, given the median speeds; ``ratio`` is None where no competitor was there."""
        there = [name for name in self.against if name in speeds]
        fastest = max(there, key=lambda name: speeds[name]) if there else None
        ratio = speeds[self.of] / speeds[fastest] if fastest else None
        return {
            "of": self.of,
            "against": fastest or " or ".join(self.against),
            "ratio": ratio,
            "least": self.least,
            "wanted": self.wanted,
            "verdict": verdict(ratio, self.least),
            "wanted_verdict": verdict(ratio, self.wanted),
        }


def verdict(ratio: float | None, limit: float | None) -> str | None:
    """Return "met", "missed" or "missed, a tie" where a ratio falls short by less than rounds differ by."""
    if ratio is None or limit is None:
        return None
    if ratio >= limit:
        return "met"
    return "missed, a tie" if ratio >= limit * (1.0 - TIE) else "missed"


class Competitor:
    """A process that keeps the protocol of ``peers``, on one core and with one thread."""

    def __init__(self, name: str, task: Task, folder: Path, clock: str) -> None:
        self.name, self.clock = name, clock
        command = import_module(module_of(name)).command(task, folder)
        with one_core():
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                cwd=HERE,
                env={**os.environ, **ONE_THREAD},
            )

    def run(self, epochs: int) -> tuple[float, float]:
        """Train from the first parameters; return the seconds by the clock and the loss afterwards."""
        try:
            print(epochs, file=self.process.stdin, flush=True)
            elapsed, processor, loss = map(float, self.process.stdout.readline().split())
        except (BrokenPipeError, ValueError):
            raise PeerError(f"{self.name} ended without an answer; what it said is above") from None
        return {"elapsed": elapsed, "processor": processor}[self.clock], loss

    def epochs_for(self, seconds: float) -> int:
        """Return how many epochs take about so long; the first run, in which it may compile, does not count."""
        self.run(1)
        epochs = 1
        while (taken := self.run(epochs)[0]) < seconds / 4:
            epochs *= 4
        return max(1, round(epochs * seconds / taken))

    def close(self) -> None:
        """End the process, which ends when there is nothing more to read."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def module_of(name: str) -> str:
    """Return the module of a competitor: Python's own libraries are not to be hidden by ours of that name."""
    plain = ("article_rule", "two_two_two", "fann", "gemm")
    return f"peers.{name}" if name in plain else f"peers.with_{name}"


@contextmanager
def one_core() -> Iterator[None]:
    """Bind the processes that are begun meanwhile to the last core; where the system cannot, do nothing.

    JAX cannot otherwise be held to one thread, and what is compared should run under the same conditions.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class Neighbours:
    """How many cores other processes of this machine kept busy since it was made, by Linux's /proc."""

    def __init__(self, own: Iterable[int] = ()) -> None:
        self.own = ["self", *map(str, own)]
        self.begin = perf_counter()
        self.others = self._ticks()

    def _ticks(self) -> float:
        busy = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        total = sum(busy) - busy[3] - busy[4]  # less idle and waiting for disks; what a hypervisor takes counts
        for process in self.own:
            total -= sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]))
        return total

    def cores(self) -> float:
        """Return the mean number of cores."""
        taken = self._ticks() - self.others
        return max(0.0, taken / os.sysconf("SC_CLK_TCK") / (perf_counter() - self.begin))


def summary(rounds: list[float]) -> dict[str, object]:
    """Return the median of a figure and what it is the median of."""
    return {"median": median(rounds), "rounds": rounds}


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "bpgui": bpgui.fingerprint(),
    }
