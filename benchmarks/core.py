#!/usr/bin/env python3
"""Time the core against others and print how it stands with its goals; README.md tells what is claimed.

    python benchmarks/core.py [--only NAME,NAME] [--rounds N] [--clock elapsed|processor] [--quick] [--json FILE]

Exit status: 0, also where goals are missed; 1 where a competitor computes something else or fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from behaviour import BEHAVIOURS, Behaviour
from bpgui.explain.article import as_printed
from harness import Competitor, Neighbours, PeerError, machine, module_of, summary
from task import Task
from workloads import WORKLOADS, Workload

SAME = {"float64": 1e-6, "float32": 1e-3}  # relative difference of two losses that were computed alike
T = TypeVar("T")
SECONDS, QUICK = 0.3, 0.02  # what one timing takes


def compete(workload: Workload, rounds: int, seconds: float, clock: str) -> dict[str, Any]:
    """Time all that are there, in turn; one that fails takes no further part."""
    task = workload.task()
    missing = {name: why for name in workload.peers if (why := import_module(module_of(name)).missing())}
    failed: dict[str, str] = {}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        field = []
        for name in ("bpgui", *workload.peers):
            if name not in missing:
                field.append(stack.enter_context(closing(Competitor(name, task, Path(folder), clock))))

        def each(ask: Callable[[Competitor], T]) -> dict[str, T]:
            """Ask all that are still there."""
            answers = {}
            for one in field:
                try:
                    answers[one.name] = ask(one)
                except PeerError as failure:
                    if one.name == "bpgui":
                        raise
                    failed[one.name] = str(failure)
            field[:] = [one for one in field if one.name not in failed]
            return answers

        checks = compare(workload, task, each(lambda one: one.run(workload.check)[1] if one.name != "gemm" else None))
        epochs = each(lambda one: one.epochs_for(seconds))

        def speed(one: Competitor) -> float:
            one.run(max(1, epochs[one.name] // 10))  # caches, clock and branch predictor are the last one's
            return workload.work_of(one.name, task) * epochs[one.name] / one.run(epochs[one.name])[0]

        speeds: dict[str, list[float]] = {}
        taken = []
        for _ in range(rounds):
            neighbours = Neighbours(one.process.pid for one in field)
            for name, reached in each(speed).items():
                speeds.setdefault(name, []).append(reached)
            taken.append(neighbours.cores())
    speeds = {name: reached for name, reached in speeds.items() if name not in failed}
    told = {"checks": checks, "missing": missing, "failed": failed, "neighbours": taken}
    return {**told, **judged(workload, speeds)}


def compare(workload: Workload, task: Task, losses: dict[str, float | None]) -> list[dict[str, Any]]:
    """Return how far the losses of the exact competitors are from bpgui's, and the article's rule from its own.

    The others cannot be given this very task: FANN trains online with biases, scikit-learn draws its own weights.
    """
    found = []
    for name, loss in losses.items():
        wanted = losses["bpgui"]
        if name == "article_rule":
            wanted = next(islice(as_printed(), workload.check, None))[2]
        elif name not in workload.exact:
            continue
        difference = abs(loss / wanted - 1.0)
        same = difference <= SAME[task.dtype]
        found.append({"peer": name, "epochs": workload.check, "difference": difference, "same": same})
    return found


def observe(behaviour: Behaviour, rounds: int, seconds: float) -> dict[str, Any]:
    """Measure bpgui alone."""
    speeds: dict[str, list[float]] = {}
    taken = []
    for _ in range(rounds):
        neighbours = Neighbours()
        for name, speed in behaviour.measure(4.0 * seconds).items():
            speeds.setdefault(name, []).append(speed)
        taken.append(neighbours.cores())
    return {"checks": [], "missing": {}, "failed": {}, "neighbours": taken, **judged(behaviour, speeds)}


def judged(subject: Workload | Behaviour, speeds: dict[str, list[float]]) -> dict[str, Any]:
    """Return the figures of a subject and its goals."""
    figures = {name: summary(rounds) for name, rounds in speeds.items()}
    medians = {name: figure["median"] for name, figure in figures.items()}
    unit = subject.unit if isinstance(subject, Workload) else "updates/s"
    goals = [goal.judge(medians) for goal in subject.goals]
    return {"name": subject.name, "summary": subject.summary, "unit": unit, "speeds": figures, "goals": goals}


def shown(speed: float, unit: str) -> str:
    """Return a speed (per second) as one reads it."""
    if unit == "ns/update":
        return f"{1e9 / speed:,.1f} ns an update"
    if unit == "flop/s":
        return f"{speed / 1e9:,.1f} Gflop/s"
    return f"{speed:,.0f} {unit}"


def print_result(result: dict[str, Any]) -> None:
    """Print the figures of one workload."""
    print(f"\n{result['name']}: {result['summary']}")
    reference = next(iter(result["speeds"].values()))["median"]
    for name, figure in result["speeds"].items():
        low, high = min(figure["rounds"]), max(figure["rounds"])
        spread = f"{100 * (high - low) / figure['median']:.0f} %"
        times = f"{reference / figure['median']:.2f} x"
        print(f"  {name:<18}{shown(figure['median'], result['unit']):>26}{times:>12}   rounds within {spread}")
    for name, why in result["missing"].items():
        print(f"  {name:<18}not measured: {why}")
    for name, why in result["failed"].items():
        print(f"  {name:<18}FAILED: {why}")
    for check in result["checks"]:
        told = "same loss" if check["same"] else "ANOTHER LOSS"
        print(f"  {check['peer']:<18}{told} after {check['epochs']} epochs, off by {check['difference']:.1e}")
    checked = {"bpgui", "gemm", *(check["peer"] for check in result["checks"])}
    if result["checks"] and (others := [name for name in result["speeds"] if name not in checked]):
        print(f"  {', '.join(others):<18}loss not compared: cannot be given this very task")
    print(f"  neighbours took {max(result['neighbours']):.2f} cores at most in a round")


def print_goals(results: list[dict[str, Any]]) -> None:
    """Print all goals in one table."""
    print(f"\n{'':<18}{'against':<20}{'ratio':>8}{'goal':>8}  {'':<16}{'wanted':>8}")
    for result in results:
        for goal in result["goals"]:
            ratio, least, wanted = (f"{n:.2f}" if (n := goal[key]) else "-" for key in ("ratio", "least", "wanted"))
            met, reached = goal["verdict"] or "", goal["wanted_verdict"] or ""
            line = f"{result['name']:<18}{goal['against']:<20}{ratio:>8}{least:>8}  {met:<16}{wanted:>8}  {reached}"
            print(line.rstrip())


def chosen(only: str | None) -> list[Workload | Behaviour]:
    """Return the subjects whose names begin with one of these; SystemExit lists the names where none does."""
    subjects = [*WORKLOADS, *BEHAVIOURS]
    if only is None:
        return subjects
    for word in only.split(","):
        if not any(subject.name.startswith(word) for subject in subjects):
            raise SystemExit(f"--only {word} begins none of: {', '.join(subject.name for subject in subjects)}")
    return [subject for subject in subjects if subject.name.startswith(tuple(only.split(",")))]


def main() -> int:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="Time the core against others.")
    parser.add_argument("--only", metavar="NAMES", help="names or their beginnings, as W1,W3-sgd,T2")
    parser.add_argument("--rounds", type=int, default=5, help="whole rounds to take medians over (5)")
    parser.add_argument(
        "--clock",
        choices=("elapsed", "processor"),
        default="elapsed",
        help="what W1 to W5 are timed by; the processor's time leaves out most of what neighbours take",
    )
    parser.add_argument("--quick", action="store_true", help="too short to mean anything: tries the harness")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds is a whole number from 1 on, got {options.rounds}")
    subjects = chosen(options.only)
    seconds = QUICK if options.quick else SECONDS
    about = machine()
    for name, value in {**about, "clock": options.clock}.items():
        print(f"{name}: {value}")
    results = []
    for subject in subjects:
        try:
            if isinstance(subject, Workload):
                results.append(compete(subject, options.rounds, seconds, options.clock))
            else:
                results.append(observe(subject, options.rounds, seconds))
        except PeerError as failure:
            print(f"{subject.name}: {failure}", file=sys.stderr)
            return 1
        print_result(results[-1])
        sys.stdout.flush()
    print_goals(results)
    if options.json:
        settings = {"rounds": options.rounds, "quick": options.quick, "clock": options.clock}
        options.json.write_text(json.dumps({"machine": about, **settings, "results": results}, indent=1))
    alike = all(check["same"] for result in results for check in result["checks"])
    return 0 if alike and not any(result["failed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
