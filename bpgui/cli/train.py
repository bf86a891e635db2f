"""`bpgui train`: a project trained without a window."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from math import inf, isfinite
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from bpgui.cli import DONE, FAILED, INTERRUPTED, UsageError, fail
from bpgui.cli.settings import Settings
from bpgui.cli.text_curve import TextCurve, can_draw
from bpgui.data import builtin
from bpgui.data.builtin import DATASETS
from bpgui.data.importers import read
from bpgui.explain.article import as_printed
from bpgui.files.project_file import SUFFIX, FileError, load, require_writable, save
from bpgui.project import edits
from bpgui.project.state import Project, of_builtin, of_data
from bpgui.project.timeline import Timeline, same
from bpgui.training.evaluation import accuracy, error, predict
from bpgui.training.history import NO_CURVES, Curves
from bpgui.training.stop import Seconds
from bpgui.training.trainer import Trainer, all_done, require_consistent, told

FRAME = 0.1
"""Seconds between two drawings of the curve."""

MAX_LINES = 1_000_000
"""Of a trace: so many errors does a trainer keep one by one."""

MAX_LABEL = 200
"""Letters of what the timeline says was set."""


@dataclass
class Result:
    """What is told of a run: the parameters at its end, on the samples trained on and on those held out."""

    status: str
    reason: str
    epochs: int
    updates: int
    error: float | None
    validation_error: float | None
    accuracy: float | None
    validation_accuracy: float | None
    seconds: float


def train(given: Namespace) -> int:
    """Train as the arguments say, tell and save what came of it, and return the exit status."""
    try:
        if given.as_printed:
            return _train_as_printed(given)
        project = _prepared(given)
    except ValueError as refusal:
        raise UsageError(str(refusal)) from refusal
    for warning in project.recipe.warnings:
        print(warning, file=sys.stderr)
    epochs = project.recipe.epochs if given.epochs is None else given.epochs
    trainer = Trainer.of(project.training)
    timeline = None if given.output is None else _timeline(project, ", ".join(given.set))
    ending, seconds = _run(project, Slices(trainer, timeline), epochs, _trace if given.trace else _progress)
    status, reason = told(ending, trainer)
    _tell(_result(trainer, status, reason, seconds), given)
    if timeline is not None:
        training = trainer.training
        past = timeline.whole(training, Curves.of(trainer.engine))
        try:
            save(replace(project, training=training, past=past), given.output)
        except FileError as failure:
            return fail(str(failure), FAILED)
        if timeline.let_go:
            print("the timeline was full, so its oldest part was let go", file=sys.stderr)
        print(f"saved {given.output}", file=sys.stderr)
    return {"interrupted": INTERRUPTED, "diverged": FAILED}.get(ending, DONE)


# What to train


def _prepared(given: Namespace) -> Project:
    """Return the project to train; ValueError where anything about it cannot be."""
    if given.trace and given.json:
        raise ValueError("--trace and --json both print on stdout; choose one")
    if given.output is not None:
        if Path(given.output).suffix != SUFFIX:
            raise ValueError(f"-o {given.output}: the name of a project ends in {SUFFIX}")
        require_writable(given.output)
    settings = Settings.parse(given.set)
    for key in ("seed", "epochs"):
        if key in settings.recipe and getattr(given, key) is not None:
            raise ValueError(f"{key} is given twice, by --{key} and by --set")
    project = _source(given, settings)
    if given.epochs is not None and not project.training.state.update:
        settings.recipe["epochs"] = str(given.epochs)
    project = settings.apply(project)
    epochs = project.recipe.epochs if given.epochs is None else given.epochs
    if given.trace and epochs > MAX_LINES:
        raise ValueError(f"a trace has at most {MAX_LINES:,} lines, got {epochs:,} epochs")
    require_consistent(project.training)
    return project


def _source(given: Namespace, settings: Settings) -> Project:
    """Return the project that NAME or FILE stands for, with its seed."""
    name, path = given.source, Path(given.source)
    seed = settings.take_seed() if given.seed is None else given.seed
    if any(entry.name == name for entry in DATASETS):
        project = of_builtin(name, seed or 0)
        if settings.data:
            data = builtin.load(name, **settings.data_arguments())
            project = edits.apply(project, edits.use_data(project, data))[0]
        return project
    if not path.exists():
        known = ", ".join(entry.name for entry in DATASETS)
        raise ValueError(f"there is no file {name!r} and no data set of that name; known: {known}")
    if path.is_dir():
        raise ValueError(f"{name!r} is a folder, wanted a project ({SUFFIX}) or a table (.csv)")
    if settings.data:
        raise ValueError(f"{next(iter(settings.data))} is for built-in data, {name!r} is a file")
    if path.suffix == SUFFIX:
        return _opened(load(path), seed, given.restart)
    data, notes = read(path)
    for note in notes:
        print(note, file=sys.stderr)
    return of_data(data, seed or 0)


def _opened(project: Project, seed: int | None, restart: bool) -> Project:
    """Return a project from a file, at its present state or at its beginning."""
    training = project.training.reset() if restart else project.training
    if seed is not None:
        if training.state.update:
            raise ValueError("another seed draws other first weights; --restart begins the project anew")
        training = training.with_seed(seed)
    return project.with_training(training)


def _timeline(project: Project, settings: str) -> Timeline:
    """Return the timeline of a project that was prepared with these settings, at its present state.

    What was set of a run that goes on is a change in it; what has not been trained at all begins another run.
    """
    past, training = project.past, project.training
    timeline = Timeline(training, project.remembered, past)
    before = timeline.past.here.tip.training
    if not same(before, training):
        if training.state.update:
            timeline.changed(f"set {settings}"[:MAX_LABEL], before, training)
        else:
            timeline.begun(before, training, None, NO_CURVES, project.remembered)
    return timeline


# Training


class Slices(NamedTuple):
    """A trainer, and the timeline that is told of what it does, None where nobody will ask."""

    trainer: Trainer
    timeline: Timeline | None

    def run(self, epochs: int, seconds: float | None) -> str:
        """Train for so many epochs or seconds, and return why it ended."""
        begun = monotonic()
        ending = self.trainer.run(epochs=epochs, seconds=seconds)
        if self.timeline is not None:
            self.timeline.advanced(self.trainer, monotonic() - begun)
        return ending


def _run(
    project: Project, slices: Slices, epochs: int, advance: Callable[[Project, Slices, int, float], str]
) -> tuple[str, float]:
    """Train for so many epochs more; returns how that ended, and the seconds it took."""
    trainer = slices.trainer
    rule = trainer.recipe.rule(Seconds)
    begun = monotonic()
    try:
        ending = advance(project, slices, trainer.epoch + epochs, begun + (inf if rule is None else rule.seconds))
    except KeyboardInterrupt:
        ending = "interrupted"
    return ending, monotonic() - begun


def _progress(project: Project, slices: Slices, last_epoch: int, deadline: float) -> str:
    """Train with a live curve where stderr is a terminal."""
    trainer = slices.trainer
    curve = TextCurve(sys.stderr, _title(project)) if can_draw(sys.stderr) else None
    begun, first = monotonic(), trainer.epoch
    ending = "time"
    while ending == "time" and monotonic() < deadline:
        ending = slices.run(last_epoch - trainer.epoch, min(FRAME, deadline - monotonic()))
        if curve is not None:
            rate = (trainer.epoch - first) / max(monotonic() - begun, 1e-9)
            curve.show(trainer.history, _caption(trainer, last_epoch, rate))
    return ending


def _title(project: Project) -> str:
    network, samples = project.network, len(project.data.training[0])
    sizes = "-".join(map(str, network.sizes))
    counted = f"{samples:,} sample{'s' if samples > 1 else ''}"
    return f"{project.name}: {sizes}, {network.parameter_count:,} parameters, {counted}"


def _caption(trainer: Trainer, last_epoch: int, rate: float) -> str:
    history = trainer.history
    errors = f"  error {history.last[-1]:.4g}" if history.epochs else ""
    return f"epoch {trainer.epoch:,} of {last_epoch:,}{errors}  {rate:,.0f} epochs/s"


def _trace(project: Project, slices: Slices, last_epoch: int, deadline: float) -> str:
    """Train epoch by epoch and print a line for each: what was met before its updates."""
    trainer = slices.trainer
    X = project.data.training[0]
    first = trainer.epoch
    while trainer.epoch < last_epoch:
        if monotonic() >= deadline:
            return "time"
        epoch = trainer.epoch
        outputs = predict(trainer.network, trainer.params, X)[0] if len(X) == 1 else ()
        ending = slices.run(1, None if deadline == inf else max(0.0, deadline - monotonic()))
        if trainer.epoch > epoch:
            _print_line(epoch, outputs, trainer.engine.errors(start=epoch - first)[0])
        if ending != "done":
            return ending
    return "done"


def _print_line(epoch: int, outputs: Any, met: float) -> None:
    """Print epoch, outputs (where there is one sample) and error, each number in full."""
    shown = [f"y{k} = {float(y)!r}" for k, y in enumerate(outputs, 1)]
    print(f"[{epoch}] {', '.join([*shown, f'E = {float(met)!r}'])}")


def _train_as_printed(given: Namespace) -> int:
    """Train the article by its own rule, which knows no other network, recipe or file."""
    if given.source != "article":
        raise ValueError(f"--as-printed is the rule of the article, it does not know {given.source!r}")
    for option in ("set", "seed", "restart", "output"):
        value = getattr(given, option)
        if value is not None and value is not False and value != []:
            raise ValueError(f"--as-printed runs the article as it is, without --{option}")
    if given.trace and given.json:
        raise ValueError("--trace and --json both print on stdout; choose one")
    epochs = of_builtin("article").recipe.epochs if given.epochs is None else given.epochs
    begun, iterations = monotonic(), as_printed()
    for epoch, (*outputs, met) in enumerate(islice(iterations, epochs)):
        if given.trace:
            _print_line(epoch, outputs, met)
    after = next(iterations)[-1]
    reason = f"{all_done(epochs)}, by the rule as it is printed"
    _tell(Result("finished", reason, epochs, epochs, after, None, None, None, monotonic() - begun), given)
    return DONE


# What came of it


def _result(trainer: Trainer, status: str, reason: str, seconds: float) -> Result:
    network, params, data = trainer.network, trainer.params, trainer.training.data
    held = data.validation
    parts = [(data.training, ~held)] + [(data.held_out, held)] * bool(held.any())
    weights = [None if data.sample_weight is None else data.sample_weight[those] for _, those in parts]
    errors = [
        error(network, params, *part, trainer.recipe.loss, weight)
        for (part, _), weight in zip(parts, weights, strict=True)
    ]
    shares = [accuracy(network, params, *part) for part, _ in parts] if data.classes else []
    finite = [value if isfinite(value) else None for value in errors]
    return Result(status, reason, trainer.epoch, trainer.update, *_two(finite), *_two(shares), seconds)


def _two(values: list[Any]) -> tuple[Any, Any]:
    """Return the first two, None for those that are not there."""
    return (*values, None, None)[0], (*values, None, None)[1]


def _tell(result: Result, given: Namespace) -> None:
    """Print the result; below a trace it is no part of the output."""
    if given.json:
        print(json.dumps(vars(result)))
        return
    stream = sys.stderr if given.trace else sys.stdout
    print(f"{result.status}: {result.reason}", file=stream)
    for name, its_error, share in (
        ("training", result.error, result.accuracy),
        ("validation", result.validation_error, result.validation_accuracy),
    ):
        if its_error is not None:
            told_share = "" if share is None else f"  accuracy {100.0 * share:.1f} %"
            print(f"{name:10}  error {its_error:.6g}{told_share}", file=stream)
