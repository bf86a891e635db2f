"""The Training section: what is learnt, by which steps, and when a run stops."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpgui.gui.docks.setup_parts import Panel
from bpgui.gui.docks.setup_rows import TYPED_SEED, ChoiceRow, NumberRow, Set, SettingRows
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import PADDING
from bpgui.network.initialisers import INITIALISERS
from bpgui.network.losses import LOSSES
from bpgui.number_text import format_count
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.training.optimizers import OPTIMIZERS
from bpgui.training.recipe import RANGES, Recipe
from bpgui.training.schedules import SCHEDULES, WarmUp, split


def sets(key: str) -> Set:
    """Return what sets a field of the recipe, by the name that ``Recipe.changed`` knows."""
    return lambda value: (edits.set_recipe, {key: value})


class RecipePanel(Panel):
    """A section of the recipe."""

    SHOWS = Changes.RECIPE | Changes.DATA

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(PADDING, PADDING, 0, PADDING)
        self._column.setSpacing(6)

    @property
    def recipe(self) -> Recipe:
        """The recipe shown."""
        return self._session.project.recipe

    def number(self, key: str, label: str, keeps: str, word: str = "") -> NumberRow:
        """Return the row of a number of the recipe."""
        return NumberRow(self, label, keeps, RANGES[key], sets(key), check=self._allow(key), word=word)

    def _allow(self, key: str) -> Callable[[object], None]:
        def allow(value: object) -> None:
            if key == "epochs" and value == 0:
                raise ValueError("Run would train nothing; write at least 1")
            self.recipe.changed({key: value})

        return allow


class TrainingPanel(RecipePanel):
    """What a person changes most."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        keeps, memory = self.tr("Keeps weights; counts from the next update."), self.tr("Keeps weights and memory.")
        self._loss = ChoiceRow(
            self, self.tr("Loss"), self.tr("Keeps weights; the present epoch begins again."), LOSSES, sets("loss")
        )
        self._optimizer = ChoiceRow(
            self, self.tr("Optimizer"), self.tr("Keeps weights; starts without memory."), OPTIMIZERS, sets("optimizer")
        )
        self._of_optimizer = SettingRows(self, memory, lambda name: sets(f"optimizer.{name}"))
        self._rate = self.number("learning_rate", self.tr("Learning rate"), keeps)
        self._batch = self.number("batch_size", self.tr("Batch size"), keeps, word="full")
        self._schedule = ChoiceRow(
            self,
            self.tr("Schedule"),
            self.tr("A factor on the learning rate as training goes on. Keeps weights."),
            SCHEDULES,
            sets("schedule"),
        )
        self._of_schedule = SettingRows(self, memory, lambda name: sets(f"schedule.{name}"))
        others = [kind for kind in SCHEDULES if kind is not WarmUp]
        self._then = ChoiceRow(
            self, self.tr("Then"), self.tr("What the warm-up leads to. Keeps weights."), others, sets("schedule.then")
        )
        self._of_then = SettingRows(self, memory, lambda name: sets(f"schedule.then.{name}"))
        self._l2 = self.number("l2", self.tr("L2"), keeps)
        self._epochs = self.number(
            "epochs", self.tr("Stop at"), self.tr("Run trains up to the next multiple of this.\nKeeps weights.")
        )
        self._first = ChoiceRow(
            self,
            self.tr("First weights"),
            self.tr("Begins again, with first weights drawn so; Undo brings yours back."),
            INITIALISERS,
            lambda name: (edits.set_initialiser, {"name": name}),
        )
        self._seed = NumberRow(
            self,
            self.tr("Seed"),
            self.tr(
                "First weights and the order of the samples follow from it.\nBegins again; Undo brings yours back."
            ),
            TYPED_SEED,
            lambda seed: (edits.new_seed, {"seed": seed}),
        )
        rows: list[QWidget] = [self._loss, self._optimizer, self._of_optimizer, self._rate, self._batch, self._schedule]
        rows += [self._of_schedule, self._then, self._of_then, self._l2, self._epochs, self._first, self._seed]
        for row in rows:
            self._column.addWidget(row)

    @property
    def caption(self) -> str:
        """Nothing: the counters of the window tell how far training is."""
        return ""

    def show_project(self) -> None:
        """Show the recipe."""
        recipe, training = self.recipe, self._session.project.training
        self._loss.show_value(recipe.loss)
        self._optimizer.show_value(recipe.method.name)
        self._of_optimizer.show_settings(recipe.method)
        self._rate.show_value(recipe.learning_rate)
        self._batch.show_value(recipe.batch_size)
        self._batch.beside.setText(self._updates_an_epoch())
        self._show_schedule(recipe)
        self._l2.show_value(recipe.l2)
        self._epochs.show_value(recipe.epochs)
        self._first.show_value(training.initialiser)
        self._seed.show_value(recipe.seed)

    def _show_schedule(self, recipe: Recipe) -> None:
        self._schedule.show_value(recipe.course.name)
        self._of_schedule.show_settings(recipe.course)
        warms_up, then = isinstance(recipe.course, WarmUp), split(recipe.course)[1]
        self._then.setVisible(warms_up)
        self._of_then.setVisible(warms_up)
        if warms_up:
            self._then.show_value(then.name)
            self._of_then.show_settings(then)

    def _updates_an_epoch(self) -> str:
        samples = int(np.count_nonzero(~self._session.project.data.validation))
        size = self.recipe.batch_size
        updates = 1 if size == "full" else ceil(samples / size)
        if updates == 1:
            return self.tr("1 update/epoch")
        return self.tr("{n} updates/epoch").format(n=format_count(updates))
