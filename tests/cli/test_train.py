"""`bpgui train`: the numbers of the library, printed and saved, whatever the way they were asked for."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bpgui
from bpgui.cli import main
from bpgui.files import archive
from bpgui.files.project_file import load, save
from bpgui.project.state import Project, of_builtin
from bpgui.project.timeline import seek
from bpgui.training.changes import Place
from bpgui.training.optimizers import Momentum
from bpgui.training.stop import error_below, patience
from bpgui.training.trainer import Trainer

TRACES = Path(__file__).parents[1] / "data"
LINE = re.compile(r"\[(\d+)\] y1 = (\S+), y2 = (\S+), E = (\S+)")

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command: exit status, stdout, stderr."""

    def run(line: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(line.split())
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.mark.parametrize(("option", "name"), [("", "article_exact"), (" --as-printed", "article_as_printed")])
def test_the_trace_of_the_article_has_every_number_of_its_thousand_lines(typed: Typed, option: str, name: str) -> None:
    status, out, err = typed(f"train article --epochs 1000 --trace{option}")
    with (TRACES / f"{name}.csv").open() as file:
        wanted = np.array(list(csv.reader(file))[1:], float)
    lines = [LINE.fullmatch(line) for line in out.splitlines()]
    assert status == 0
    assert len(lines) == 1000
    assert [line[1] for line in lines if line] == [str(i) for i in range(1000)]
    numbers = [list(line.groups()[1:]) for line in lines if line]
    assert np.abs(np.array(numbers, float) - wanted[:, 1:]).max() <= 1e-12
    assert all(repr(float(text)) == text for row in numbers for text in row)
    assert err.startswith("finished: all 1,000 epochs are done")


def test_a_trace_of_many_samples_has_the_errors_that_the_library_gives(typed: Typed) -> None:
    out = typed("train spirals --epochs 30 --trace")[1]
    trainer = Trainer.of(of_builtin("spirals").training)
    trainer.run(epochs=30)
    assert out.splitlines() == [f"[{epoch}] E = {error!r}" for epoch, error in enumerate(trainer.errors.tolist())]


def test_the_json_object_tells_what_the_library_tells(typed: Typed) -> None:
    status, out, err = typed("train moons --epochs 20 --seed 3 --json")
    result = json.loads(out)
    trainer = Trainer.of(of_builtin("moons", seed=3).training)
    trainer.run(epochs=20)
    network, data = trainer.network, trainer.training.data
    assert (status, err) == (0, "")
    assert result.pop("seconds") > 0.0
    assert result == {
        "status": "finished",
        "reason": "all 20 epochs are done",
        "epochs": 20,
        "updates": trainer.update,
        "error": bpgui.error(network, trainer.params, *data.training, "cross_entropy"),
        "validation_error": trainer.validation_errors[-1],
        "accuracy": np.mean(np.argmax(bpgui.predict(network, trainer.params, data.training[0]), 1) == data.training[1]),
        "validation_accuracy": np.mean(
            np.argmax(bpgui.predict(network, trainer.params, data.held_out[0]), 1) == data.held_out[1]
        ),
    }


def test_the_summary_says_how_it_ended_and_how_good_it_is(typed: Typed) -> None:
    status, out, err = typed("train circles --epochs 40")
    assert (status, err) == (0, "")
    assert re.fullmatch(
        r"finished: all 40 epochs are done\n"
        r"training    error 0\.\d+  accuracy \d+\.\d %\n"
        r"validation  error 0\.\d+  accuracy \d+\.\d %\n",
        out,
    )
    assert typed("train article --epochs 1")[1] == "finished: 1 epoch is done\ntraining    error 0.0703188\n"


# Projects


def test_a_saved_run_goes_on_as_if_it_had_not_stopped(typed: Typed) -> None:
    typed("train spirals --epochs 50 --set dropout=0.1 -o whole.bpgui")
    assert typed("train spirals --epochs 30 --set dropout=0.1 -o half.bpgui")[2] == "saved half.bpgui\n"
    typed("train half.bpgui --epochs 20 -o rest.bpgui")
    assert load("rest.bpgui").training.state.same(load("whole.bpgui").training.state)
    assert load("rest.bpgui").recipe.epochs == 30
    assert load("rest.bpgui").training.state.epoch == 50


def test_a_trace_of_a_project_counts_on(typed: Typed) -> None:
    whole = typed("train article --epochs 7 --trace")[1]
    first = typed("train article --epochs 4 --trace -o some.bpgui")[1]
    assert first + typed("train some.bpgui --epochs 3 --trace")[1] == whole
    xor = typed("train xor --epochs 7 --trace")[1]
    first = typed("train xor --epochs 4 --trace -o some.bpgui")[1]
    assert first + typed("train some.bpgui --epochs 3 --trace")[1] == xor


def test_restart_begins_at_the_first_parameters(typed: Typed) -> None:
    typed("train xor --epochs 9 --seed 5 -o some.bpgui")
    typed("train some.bpgui --restart -o again.bpgui")
    assert load("again.bpgui").training.state.same(load("some.bpgui").training.state)


def test_another_seed_is_another_run_of_the_same_data(typed: Typed) -> None:
    typed("train xor --epochs 2 --seed 5 -o five.bpgui")
    typed("train five.bpgui --restart --seed 6 -o six.bpgui")
    typed("train xor --epochs 2 --set seed=6 -o other.bpgui")
    assert load("six.bpgui").training.state.same(load("other.bpgui").training.state)
    assert not load("six.bpgui").training.state.same(load("five.bpgui").training.state)
    assert np.array_equal(load("six.bpgui").data.X, load("five.bpgui").data.X)


def test_a_project_without_epochs_is_told_how_good_it_is(typed: Typed) -> None:
    typed("train xor --epochs 60 -o good.bpgui")
    result = json.loads(typed("train good.bpgui --epochs 0 --json")[1])
    assert (result["epochs"], result["accuracy"]) == (60, 1.0)


def test_the_error_counts_samples_as_the_project_weighs_them(typed: Typed) -> None:
    project = of_builtin("circles")
    data, weight = project.data, np.linspace(0.0, 2.0, len(project.data.X))
    training = replace(project.training, data=replace(data, sample_weight=weight))
    save(project.with_training(training), "weighed.bpgui")
    result = json.loads(typed("train weighed.bpgui --epochs 0 --json")[1])
    of = project.network, project.parameters
    assert result["error"] == bpgui.error(*of, *data.training, project.recipe.loss, weight[~data.validation])
    assert result["error"] != bpgui.error(*of, *data.training, project.recipe.loss)
    assert result["validation_error"] == bpgui.error(*of, *data.held_out, project.recipe.loss, weight[data.validation])
    assert result["validation_error"] != bpgui.error(*of, *data.held_out, project.recipe.loss)


def test_a_table_is_trained_on_and_what_was_guessed_is_told(typed: Typed) -> None:
    rows = "".join(f"{i % 7},{i % 3},{'yes' if i % 7 > 3 else 'no'}\n" for i in range(60))
    Path("own.csv").write_text(f"width,height,good\n{rows}")
    status, out, err = typed("train own.csv --epochs 30 --json -o own.bpgui")
    assert status == 0
    assert json.loads(out)["accuracy"] == 1.0
    assert "The last column, 'good', is the target: text, so 2 classes: no and yes." in err
    project = load("own.bpgui")
    assert (project.network.sizes, project.recipe.loss) == ((2, 8, 8, 2), "cross_entropy")


def test_a_data_set_wins_over_a_file_of_its_name(typed: Typed) -> None:
    Path("xor").write_text("nonsense")
    assert typed("train xor --epochs 1")[0] == 0
    assert typed("train ./xor --epochs 1")[0] == 2


# --set


def saved(typed: Typed, line: str) -> tuple[Project, str]:
    """The project that a command leaves, and what it said on stderr before."""
    status, _, err = typed(f"train {line} --epochs 1 -o out.bpgui")
    assert status == 0, err
    return load("out.bpgui"), err.removesuffix("saved out.bpgui\n")


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("learning_rate=1", "learning_rate", 1.0),
        ("batch_size=full", "batch_size", "full"),
        ("batch_size=7", "batch_size", 7),
        ("shuffle=false", "shuffle", False),
        ("optimizer=momentum", "optimizer", Momentum(0.9)),
        ("optimizer=momentum --set optimizer.momentum=0.5", "optimizer", Momentum(0.5)),
        ("optimizer.momentum=0.5 --set optimizer=momentum", "optimizer", Momentum(0.5)),
        ("l2=1e-3", "l2", 1e-3),
        ("clip_norm=2", "clip_norm", 2.0),
        ("clip_norm=none", "clip_norm", None),
        ("stop=error_below:1e-9,patience:20", "stop", (error_below(1e-9), patience(20))),
        ("stop=none", "stop", ()),
        ("loss=half_sse", "loss", "half_sse"),
        ("seed=18446744073709551615", "seed", 2**64 - 1),
    ],
)
def test_a_field_of_the_recipe_is_set_by_its_name(typed: Typed, setting: str, field: str, value: Any) -> None:
    project, err = saved(typed, f"xor --set {setting}")
    assert getattr(project.recipe, field) == value
    assert err == ""


def test_layers_make_another_network_with_first_weights_of_the_seed(typed: Typed) -> None:
    project, _ = saved(typed, "spirals --set layers=2-5-4-3-1 --seed 9 --set activation=relu --set output=linear")
    assert project.network.sizes == (2, 5, 4, 3, 1)
    assert [layer.activation for layer in project.network.layers[1:]] == ["relu", "relu", "relu", "linear"]
    assert np.array_equal(project.training.first, project.network.initialise(9).vector)


def test_the_layers_that_there_are_keep_the_weights_that_there_are(typed: Typed) -> None:
    project, _ = saved(typed, "article --set layers=2-2-2")
    assert np.array_equal(project.training.first, of_builtin("article").training.first)


def test_data_are_made_as_asked_for(typed: Typed) -> None:
    project, _ = saved(typed, "moons --set data.samples=50 --set data.noise=0")
    wanted = bpgui.datasets.load("moons", samples=50, noise=0.0)
    assert np.array_equal(project.data.X, wanted.X)
    assert np.array_equal(project.data.validation, wanted.validation)


@pytest.mark.parametrize(
    ("line", "loss", "output", "note"),
    [
        ("xor --set loss=cross_entropy", "cross_entropy", "softmax", "The output is softmax now"),
        ("spirals --set loss=binary_cross_entropy", "binary_cross_entropy", "sigmoid", "The output is sigmoid now"),
        ("moons --set output=sigmoid", "binary_cross_entropy", "sigmoid", "The loss is binary cross-entropy now"),
        ("xor --set output=softmax", "cross_entropy", "softmax", "The output has 2 neurons now"),
        ("xor --set output=tanh --set loss=mse", "mse", "tanh", ""),
        ("moons --set loss=binary_cross_entropy --set output=sigmoid", "binary_cross_entropy", "sigmoid", ""),
        ("xor --set output=softmax --set loss=cross_entropy", "cross_entropy", "softmax", ""),
    ],
)
def test_loss_and_output_bring_each_other_along_and_say_so(
    typed: Typed, line: str, loss: str, output: str, note: str
) -> None:
    project, err = saved(typed, line)
    assert (project.recipe.loss, project.network.layers[-1].activation) == (loss, output)
    assert err.startswith(note)
    assert bool(err) == bool(note)


def test_a_continued_project_takes_settings_too(typed: Typed) -> None:
    typed("train spirals --epochs 3 -o some.bpgui")
    project, _ = saved(typed, "some.bpgui --set learning_rate=0.5 --set activation=relu")
    assert project.recipe.learning_rate == 0.5
    assert project.training.state.epoch == 4
    assert project.network.layers[1].activation == "relu"


# How it ends


def test_a_run_that_diverges_has_status_1_and_keeps_the_last_finite_state(typed: Typed) -> None:
    status, out, err = typed("train regression --set learning_rate=1e6 --json -o bad.bpgui")
    result = json.loads(out)
    assert (status, result["status"]) == (1, "diverged")
    assert "a smaller learning rate than 1e+06 may help" in result["reason"]
    assert np.isfinite(load("bad.bpgui").training.state.vector).all()
    assert err == "saved bad.bpgui\n"


@pytest.mark.parametrize("option", ["", " --trace"])
def test_a_stop_rule_ends_the_run_with_its_reason(typed: Typed, option: str) -> None:
    status, out, err = typed(f"train article --set stop=error_below:0.01{option}")
    assert status == 0
    assert re.match(r"stopped: the error fell below 0.01; stopped at update \d+\n", err if option else out)
    status, out, err = typed(f"train spirals --epochs 1000000 --set stop=seconds:0.3{option}")
    assert (status, "0.3 seconds were over" in (err if option else out)) == (0, True)


@pytest.mark.parametrize("option", ["", " --trace"])
def test_ctrl_c_tells_and_saves_what_was_trained(typed: Typed, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    run = Trainer.run

    def interrupted(trainer: Trainer, *_: Any, **__: Any) -> str:
        if trainer.epoch >= 5:
            raise KeyboardInterrupt
        run(trainer, epochs=1)
        return "done" if option else "time"

    monkeypatch.setattr(Trainer, "run", interrupted)
    status, out, err = typed(f"train spirals -o some.bpgui{option}")
    assert status == 130
    assert "stopped: stopped by hand at update 75\n" in (err if option else out)
    assert load("some.bpgui").training.state.update == 75


def test_ctrl_c_before_the_training_begins_is_quiet(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bpgui.cli.train.of_builtin", interrupted)
    assert typed("train xor -o some.bpgui") == (130, "", "")
    assert not Path("some.bpgui").exists()


def test_a_disk_that_fills_up_is_told_after_the_result(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.np, "savez", full)
    status, out, err = typed("train xor --epochs 2 -o some.bpgui")
    assert status == 1
    assert out.startswith("finished: ")
    assert err == "bpgui: error: some.bpgui: No space left on device\n"


def test_epochs_of_a_new_run_become_its_recipe(typed: Typed) -> None:
    assert saved(typed, "xor")[0].recipe.epochs == 1


def test_a_project_that_was_never_trained_can_get_other_layers(typed: Typed) -> None:
    save(of_builtin("xor"), "new.bpgui")
    assert saved(typed, "new.bpgui --set layers=2-3-1")[0].network.sizes == (2, 3, 1)


def kept(typed: Typed, line: str) -> Project:
    """The project that a command saves."""
    status, _, err = typed(f"train {line} -o kept.bpgui")
    assert status == 0, err
    return load("kept.bpgui")


def test_float32_and_schedules_are_kept_and_go_on_with_the_same_bits(typed: Typed) -> None:
    options = (
        "--set dtype=float32 --set optimizer=adam --set learning_rate=0.01 --set schedule=warm_up "
        "--set schedule.epochs=3 --set schedule.then=reduce_on_plateau --set schedule.then.patience=1"
    )
    whole = kept(typed, f"xor --epochs 40 {options}")
    half = kept(typed, f"xor --epochs 20 {options}")
    assert half.training.dtype == whole.training.dtype == "float32"
    assert half.recipe.course == bpgui.schedules.WarmUp(3, bpgui.schedules.ReduceOnPlateau(patience=1))
    trainer = Trainer.of(half.training)
    trainer.run(epochs=20)
    assert trainer.state().same(whole.training.state)


def test_another_dtype_rounds_the_state_that_there_is(typed: Typed) -> None:
    project = kept(typed, "xor --epochs 5 --set optimizer=adam")
    save(project, "one.bpgui")
    single = kept(typed, "one.bpgui --epochs 0 --set dtype=float32")
    assert single.training.state.vector.tolist() == project.training.state.vector.astype(np.float32).tolist()
    assert single.training.state.slots.dtype == np.float32


def test_an_optimizer_that_wants_full_batches_says_so_once(typed: Typed) -> None:
    _, _, said = typed("train xor --epochs 2 --set optimizer=rprop --set batch_size=2")
    assert said.count("Rprop compares gradients of different updates") == 1


# The past


def branches(project: Project) -> list[tuple[str, int, int]]:
    """Of each branch the name, and where it begins and ends."""
    assert project.past is not None
    assert project.past.here.tip.training is project.training
    return [(branch.name, branch.start.update, branch.tip.update) for branch in project.past.branches.values()]


def test_what_is_trained_goes_on_with_the_past_of_the_project(typed: Typed) -> None:
    first = kept(typed, "xor --epochs 20")
    second = kept(typed, "kept.bpgui --epochs 30")
    updates = first.training.state.update
    assert branches(first) == [("1", 0, updates)]
    assert branches(second) == [("1", 0, second.training.state.update)]
    whole = Trainer.of(first.training.reset())
    whole.run(epochs=50)
    assert second.past is not None
    curve = second.past.curves(0).train
    assert curve.last.tolist() == whole.errors.tolist()
    assert curve.ends.tolist() == list(range(1, 51))
    whole = Trainer.of(first.training.reset())
    whole.run(updates=updates + 7)
    found = seek(second.past, Place(0, updates + 7)).training
    assert found.state.same(whole.state())


def test_what_is_set_on_the_way_is_a_change_in_the_past(typed: Typed) -> None:
    first = kept(typed, "xor --epochs 20")
    second = kept(typed, "kept.bpgui --epochs 10 --set learning_rate=0.125 --set optimizer=adam")
    assert second.past is not None
    (event,) = second.past.here.events
    assert (event.update, event.label) == (first.training.state.update, "set learning_rate=0.125, optimizer=adam")
    assert second.past.here.trained.recipe is second.recipe
    assert seek(second.past, Place(0, event.update - 1)).training.recipe == first.recipe
    trainer = Trainer.of(seek(second.past, Place(0, event.update)).training)
    assert trainer.recipe == second.recipe
    trainer.run(epochs=10)
    assert trainer.state().same(second.training.state)


@pytest.mark.parametrize("option", ["--restart", "--restart --seed 4 --set learning_rate=0.25"])
def test_a_restart_is_another_run_and_the_one_before_stays(typed: Typed, option: str) -> None:
    first = kept(typed, "xor --epochs 20")
    second = kept(typed, f"kept.bpgui --epochs 10 {option}")
    updates = first.training.state.update
    assert branches(second) == [("1", 0, updates), ("2", 0, second.training.state.update)]
    assert second.past is not None
    assert second.past.branches[0].tip.training.state.same(first.training.state)
    assert not second.past.here.events


def test_settings_before_the_first_update_leave_no_run_that_was_never_trained(typed: Typed) -> None:
    save(of_builtin("xor"), "new.bpgui")
    kept(typed, "new.bpgui --epochs 0")
    found = kept(typed, "kept.bpgui --epochs 5 --seed 3 --set layers=2-3-1")
    assert branches(found) == [("1", 0, found.training.state.update)]


def test_a_trace_keeps_the_same_past_and_numbers(typed: Typed) -> None:
    traced, plain = kept(typed, "xor --epochs 60 --trace"), kept(typed, "xor --epochs 60")
    assert traced.training.state.same(plain.training.state)
    assert branches(traced) == branches(plain)


def test_long_runs_keep_moments_on_the_way_within_what_a_file_holds(typed: Typed) -> None:
    found = kept(typed, "spirals --epochs 100000000 --set stop=seconds:1.5")
    assert found.past is not None
    moments = found.past.here.checkpoints
    assert 5 <= len(moments) <= 30
    assert max(after.seconds - before.seconds for before, after in pairwise(moments)) < 1.0
