#!/usr/bin/env python3
"""Measure the timeline: how long it takes to be at any moment of a long run, and what keeping the past costs.

    python benchmarks/timeline.py [--updates N] [--seeks N] [--only NAME,…] [--json FILE]

Each task is trained for N updates (10 million by default, digits for a fiftieth of them) with a change now and then;
"dragged" are spirals for N / 500, with a change after each update, as by a slider that is held. Each is trained
once without a timeline and once with one, in turn; then moments of it are sought at random. Every moment is compared
with the state that the run without a timeline had there: what is fast and wrong counts for nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from bpgui.project.edits import apply, set_recipe
from bpgui.project.state import of_builtin
from bpgui.project.timeline import Timeline, seek
from bpgui.training.changes import Place, SetRecipe
from bpgui.training.state import Training
from bpgui.training.trainer import Trainer
from harness import machine, verdict

TASKS = ("article", "spirals", "digits", "dragged")
SLOW = {"digits": 50, "dragged": 500}
"""Tasks of which an update takes much longer, and by how much fewer of them are done."""
CHANGES = 20
"""Of a task that is not changed all the time."""
GOAL = 0.1
"""Seconds that going to a moment may take, in the middle and at most."""


def main() -> int:
    """Run the tasks that were asked for, print a line for each, and write the figures where that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=10_000_000)
    parser.add_argument("--seeks", type=int, default=200)
    parser.add_argument("--only", default=",".join(TASKS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := set(names) - set(TASKS):
        print(f"there is no task {min(unknown)!r}; known: {', '.join(TASKS)}", file=sys.stderr)
        return 1
    results = [measure(name, options.updates // SLOW.get(name, 1), options.seeks) for name in names]
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "results": results}, indent=1))
    return 0 if all(result["exact"] for result in results) else 1


def measure(name: str, updates: int, seeks: int) -> dict[str, object]:
    """Train a task with and without a timeline and seek moments of it."""
    rng = np.random.default_rng(0)
    changed_at = range(1, updates) if name == "dragged" else rng.integers(0, updates, CHANGES).tolist()
    changes = {at: 0.9 + 0.2 * rng.random() for at in changed_at}
    wanted = sorted({int(at) for at in rng.integers(0, updates, seeks)})
    plain, hashes = run(name, updates, changes, wanted, None)
    timeline = Timeline(training_of(name))
    kept, _ = run(name, updates, changes, [], timeline)
    times, exact = [], True
    for at in rng.permutation(wanted).tolist():
        begun = perf_counter()
        found = seek(timeline.past, Place(0, at))
        times.append(perf_counter() - begun)
        exact = exact and digest(found.training) == hashes[at]
    middle, worst = median(times), max(times)
    megabytes = timeline.past.nbytes / 2**20
    print(
        f"{name:8} {updates:>10,} updates in {kept:6.1f} s, {kept / plain - 1.0:+6.1%} for"
        f" {timeline.past.checkpoints:,} checkpoints of {megabytes:.1f} MB; {len(times)} seeks:"
        f" median {1000 * middle:.1f} ms ({verdict(GOAL / middle, 1.0)}),"
        f" worst {1000 * worst:.1f} ms ({verdict(GOAL / worst, 1.0)}), {'each exact' if exact else 'WRONG'}",
        flush=True,
    )
    return {
        "name": name,
        "updates": updates,
        "seconds": kept,
        "seconds_without": plain,
        "checkpoints": timeline.past.checkpoints,
        "bytes": timeline.past.nbytes,
        "median": middle,
        "worst": worst,
        "exact": exact,
    }


def training_of(name: str) -> Training:
    """Return the training of a task; that of digits with all that makes a run hard to repeat."""
    project = of_builtin("spirals" if name == "dragged" else name)
    if name == "digits":
        project = apply(project, set_recipe(project, optimizer="adam", shuffle=True, dropout=0.1))[0]
    return project.training


def run(
    name: str, updates: int, changes: dict[int, float], wanted: list[int], timeline: Timeline | None
) -> tuple[float, dict[int, str]]:
    """Train with these changes of the rate; return the seconds of training, and the hashes that are wanted."""
    trainer, seconds, hashes = Trainer.of(training_of(name)), 0.0, {}
    for stop in sorted({*changes, *wanted, updates}):
        while trainer.update < stop:
            slice_ = 0.2 if timeline is None else min(0.2, timeline.until_due)
            begun = perf_counter()
            trainer.run(updates=stop - trainer.update, seconds=slice_)
            if timeline is not None:
                timeline.advanced(trainer, perf_counter() - begun)
            seconds += perf_counter() - begun
        if stop in changes:
            begun = perf_counter()
            before = trainer.training
            trainer.apply(SetRecipe({"learning_rate": before.recipe.learning_rate * changes[stop]}))
            if timeline is not None:
                timeline.changed("the rate", before, trainer.training)
                timeline.advanced(trainer, perf_counter() - begun)
            seconds += perf_counter() - begun
        if stop in wanted:
            hashes[stop] = digest(trainer.training)
    return seconds, hashes


def digest(training: Training) -> str:
    """Return a hash of all that the future depends on."""
    state = training.state
    found = hashlib.sha256(repr(sorted((k, v) for k, v in vars(state).items() if np.ndim(v) == 0)).encode())
    for numbers in (state.vector, state.slots, state.best_vector):
        found.update(np.ascontiguousarray(numbers).tobytes())
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
