"""Settings of optimizers and schedules: their ranges, and the names a recipe changes them by."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf, nan

import pytest

import bpgui
from bpgui.training.optimizers import OPTIMIZERS, Optimizer
from bpgui.training.schedules import SCHEDULES, Constant, Cosine, Schedule, WarmUp, split
from bpgui.training.stop import STOP_RULES, StopRule

KINDS = [*OPTIMIZERS, *SCHEDULES]


def name_of(kind: type[Optimizer | Schedule]) -> str:
    return kind.name


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_setting_declares_its_range_and_has_a_default_within(kind: type[Optimizer | Schedule]) -> None:
    numbers = {field.name for field in fields(kind)} - {"then"}
    assert kind.ranges.keys() == numbers
    assert all(getattr(kind(), name) in wanted for name, wanted in kind.ranges.items())


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_what_lies_outside_its_range_is_refused_with_the_range(kind: type[Optimizer | Schedule]) -> None:
    for name, wanted in kind.ranges.items():
        outside = [wanted.low - 1.0, wanted.high * 2.0 + 1.0, nan, inf, True, "0.5", None]
        outside += [] if wanted.low_included else [wanted.low]
        outside += [] if wanted.high_included else [wanted.high]
        for value in outside:
            with pytest.raises(ValueError, match=f"{name} is {wanted.words}, got"):
                replace(kind(), **{name: value})


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_entry_tells_a_person_what_it_is(kind: type[Optimizer | Schedule]) -> None:
    assert kind.label
    assert kind.formula
    assert kind.help.endswith(".")


def test_a_recipe_knows_its_settings_by_name() -> None:
    recipe = bpgui.Recipe(optimizer="adam", schedule="cosine")
    changed = recipe.changed({"optimizer.beta1": 0.8, "schedule.floor": 0.1})
    assert changed.method == bpgui.optimizers.Adam(beta1=0.8)
    assert changed.course == Cosine(floor=0.1)
    assert recipe.changed({"optimizer": "momentum", "optimizer.momentum": 0.5}).method == bpgui.optimizers.Momentum(0.5)
    with pytest.raises(ValueError, match=r"unknown key 'optimizer.momentum'; known: .*optimizer.beta1"):
        recipe.changed({"optimizer.momentum": 0.5})


def test_a_warm_up_leads_to_any_other_schedule() -> None:
    recipe = bpgui.Recipe(schedule="warm_up")
    assert split(recipe.course) == (5, Constant())
    changed = recipe.changed({"schedule.epochs": 3, "schedule.then": "cosine", "schedule.then.floor": 0.2})
    assert split(changed.course) == (3, Cosine(floor=0.2))
    assert "schedule.then.period" in changed.keys()  # noqa: SIM118  (a method of the recipe)
    for then in ("warm_up", WarmUp(), 3, None):
        with pytest.raises(ValueError, match="a warm-up leads to"):
            WarmUp(then=then)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [{"batch_size": 8}, {"batch_size": "full", "dropout": 0.2}], ids=str)
def test_a_recipe_warns_of_an_optimizer_that_wants_full_batches(values: dict[str, object]) -> None:
    [warning] = bpgui.Recipe(optimizer="rprop").changed(values).warnings
    assert "Rprop" in warning
    assert bpgui.Recipe(optimizer="rprop", batch_size="full").warnings == ()
    assert bpgui.Recipe(optimizer="adam").changed(values).warnings == ()


def test_a_step_that_vanishes_in_float32_is_no_epsilon() -> None:
    with pytest.raises(ValueError, match="epsilon is at least 1e-30, got 1e-50"):
        bpgui.optimizers.Adam(epsilon=1e-50)


def test_the_steps_of_rprop_have_room_between_the_smallest_and_the_largest() -> None:
    assert bpgui.optimizers.Rprop(smallest=0.1, largest=0.1).smallest == 0.1
    with pytest.raises(ValueError, match=r"smallest is at most largest, 0.1, got 0.2"):
        bpgui.optimizers.Rprop(smallest=0.2, largest=0.1)


@pytest.mark.parametrize("rule", STOP_RULES, ids=lambda rule: rule.name)
def test_every_stop_rule_tells_a_person_what_it_is_and_what_its_numbers_may_be(rule: type[StopRule]) -> None:
    assert rule.label
    assert rule.help.endswith(".")
    assert rule.ranges.keys() == {field.name for field in fields(rule)} - {"restore_best"}
