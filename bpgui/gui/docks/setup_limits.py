"""The Limits section: what keeps weights and gradients small, the order of the samples, and what else ends a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bpgui.gui.docks.setup_rows import NumberRow, Set, SwitchRow
from bpgui.gui.docks.setup_training import RecipePanel, sets
from bpgui.gui.session import Session
from bpgui.project import edits
from bpgui.training.stop import STOP_RULES, Patience, StopRule


class LimitsPanel(RecipePanel):
    """What a person changes now and then."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        keeps, off = self.tr("Keeps weights; counts from the next update."), self.tr("off")
        self._numbers = {
            "l1": self.number("l1", self.tr("L1"), keeps),
            "dropout": self.number("dropout", self.tr("Dropout"), keeps),
            "clip_norm": self.number("clip_norm", self.tr("Clip norm"), keeps, word=off),
            "clip_value": self.number("clip_value", self.tr("Clip value"), keeps, word=off),
        }
        self._shuffle = SwitchRow(
            self,
            self.tr("Shuffle"),
            self.tr("Visits the samples in another order each epoch.\nKeeps weights; the present epoch begins again."),
            sets("shuffle"),
        )
        self._stops = {rule: self._stop_row(rule) for rule in STOP_RULES}
        self._gain = self._patience_row("min_delta", self.tr("Least gain"))
        self._best = SwitchRow(
            self,
            self.tr("Best back"),
            self.tr("When patience ends the run, the weights of its best epoch come back."),
            self._with_patience("restore_best"),
        )
        for row in (*self._numbers.values(), self._shuffle, *self._stops.values(), self._gain, self._best):
            self._column.addWidget(row)

    def _stop_row(self, rule: type[StopRule]) -> NumberRow:
        [setting, *_] = rule.ranges
        wanted = replace(rule.ranges[setting], other=(None,), help=rule.help)

        def make(value: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
            old = self.recipe.rule(rule)
            new = (
                None if value is None else rule(**{setting: value}) if old is None else replace(old, **{setting: value})
            )
            return edits.set_recipe, {"stop": self._with(rule, new)}

        return NumberRow(self, rule.label.capitalize(), self.tr("Keeps weights."), wanted, make, word=self.tr("off"))

    def _patience_row(self, setting: str, label: str) -> NumberRow:
        wanted = replace(
            Patience.ranges[setting], help=self.tr("A better error is one that is less by more than this.")
        )
        return NumberRow(self, label, self.tr("Keeps weights."), wanted, self._with_patience(setting))

    def _with_patience(self, setting: str) -> Set:
        def make(value: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
            new = replace(self.recipe.rule(Patience), **{setting: value})
            return edits.set_recipe, {"stop": self._with(Patience, new)}

        return make

    def _with(self, kind: type[StopRule], rule: StopRule | None) -> tuple[StopRule, ...]:
        rest = [each for each in self.recipe.stop if type(each) is not kind]
        return tuple(rest if rule is None else [*rest, rule])

    @property
    def caption(self) -> str:
        """How many of these do something."""
        recipe = self.recipe
        given = [recipe.l1, recipe.dropout, recipe.clip_norm, recipe.clip_value, *recipe.stop]
        count = sum(bool(each) for each in given)
        return self.tr("{n} set").format(n=count) if count else self.tr("none set")

    def show_project(self) -> None:
        """Show the recipe."""
        recipe = self.recipe
        for name, row in self._numbers.items():
            row.show_value(getattr(recipe, name))
        self._shuffle.show_value(recipe.shuffle)
        for rule, row in self._stops.items():
            [setting, *_] = rule.ranges
            row.show_value(getattr(recipe.rule(rule), setting, None))
        patience = recipe.rule(Patience)
        self._gain.setVisible(patience is not None)
        self._best.setVisible(patience is not None)
        if patience is not None:
            self._gain.show_value(patience.min_delta)
            self._best.show_value(patience.restore_best)
