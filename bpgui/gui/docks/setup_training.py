"""The Training section: loss, optimizer, learning rate, batch size, and when a run stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from math import ceil, inf

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpgui.gui.docks.setup_parts import FormRow, Panel, sentence, tab_through
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import CAPTION, PADDING
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.number_field import NumberField
from bpgui.gui.widgets.number_text import format_count
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.network.losses import LOSSES, Loss
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.training.optimizers import OPTIMIZERS, Optimizer
from bpgui.training.recipe import Recipe

FULL = inf
"""The number that stands for "full" in the field of the batch size."""

NARROWEST_CHOICE = 120
"""The panel does not grow with the longest name of a loss; its list does."""

NARROW, MIDDLE, WIDE = 52, 68, 76
"""Widths of fields …"""
WIDEST = 112
"""… and how far one grows with its number."""

SLOWEST, FASTEST = 1e-4, 10.0
"""Ends of the slider of the learning rate."""


class BatchField(NumberField):
    """A whole number, or "full"."""

    @Slot()
    def _enter(self) -> None:
        if self._edit.text().strip().casefold() != "full":
            super()._enter()
        elif self._edit.isModified():
            changes = self._value != FULL
            self._value = FULL
            self._show_value()
            if changes:
                self.committed.emit(FULL)

    def _show_value(self) -> None:
        if self._value != FULL:
            super()._show_value()
            return
        self._show("full")


class NumberRow(FormRow):
    """A number of the recipe, under the key that ``Recipe.changed`` knows it by."""

    def __init__(
        self, panel: TrainingPanel, key: str, label: str, keeps: str, *, kind: type[NumberField] = NumberField
    ) -> None:
        super().__init__(label, keeps)
        self.key = key
        self._panel = panel
        self._whole = key in ("batch_size", "epochs")
        self.field = kind(self._check, whole=self._whole, label=label, refusal_label=self.line)
        self.field.setToolTip(keeps)
        self.field.committed.connect(self.commit)

    def place(self, width: int, widest: int = 0, after: QWidget | None = None) -> None:
        """Put the field in the row, as wide as its number within these bounds, and something behind it."""
        self.field.set_width(width, widest or width)
        self.add(self.field)
        if after is not None:
            self.add(after, 1)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the number."""
        head, _, setting = self.key.partition(".")
        value = getattr(recipe.method, setting) if setting else getattr(recipe, head)
        self.field.value = FULL if value == "full" else float(value)

    @Slot(float)
    def commit(self, number: float) -> None:
        """Set the number in the recipe."""
        self._panel.ask(self.line, edits.set_recipe, **{self.key: self._as_set(number)})

    def _as_set(self, number: float) -> float | int | str:
        if number == FULL:
            return "full"
        return int(number) if self._whole else number

    def _check(self, number: float) -> str | None:
        try:
            self._panel.recipe.changed({self.key: self._as_set(number)})
        except ValueError as error:
            return sentence(str(error).replace("_", " "))
        return None


class LearningRateRow(NumberRow):
    """A slider over five decades, and a field for any number."""

    def __init__(self, panel: TrainingPanel) -> None:
        label, keeps = panel.tr("Learning rate"), panel.tr("Keeps weights; counts from the next update.")
        super().__init__(panel, "learning_rate", label, keeps)
        self._slider = ValueSlider(SLOWEST, FASTEST, logarithmic=True, label=panel.tr("Learning rate, slider"))
        self._slider.setToolTip(keeps)
        self._slider.moved.connect(self._preview)
        self._slider.committed.connect(self.commit)
        self.add(self._slider, 1)
        self.place(MIDDLE)  # the slider does not move under a hand

    def show_recipe(self, recipe: Recipe) -> None:
        """Show the number in both."""
        super().show_recipe(recipe)
        self._slider.value = self.field.value

    @Slot(float)
    def _preview(self, number: float) -> None:
        self.field.value = number


class ChoiceRow(FormRow):
    """An entry of a catalogue, under the key that ``Recipe.changed`` knows it by."""

    def __init__(
        self, panel: TrainingPanel, key: str, label: str, keeps: str, entries: Sequence[Loss | type[Optimizer]]
    ) -> None:
        super().__init__(label, keeps)
        self._panel = panel
        self._key = key
        self.choice = Choice([(e.name, e.label, f"{e.formula}\n{e.help}\n{keeps}") for e in entries])
        self.choice.setAccessibleName(label)
        self.choice.setMinimumWidth(NARROWEST_CHOICE)
        self.choice.chosen.connect(self._commit)
        self.add(self.choice, 1)

    @Slot(str)
    def _commit(self, name: str) -> None:
        self._panel.ask(self.line, edits.set_recipe, **{self._key: name})


class TrainingPanel(Panel):
    """Shows the recipe."""

    SHOWS = Changes.RECIPE | Changes.DATA

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._loss = ChoiceRow(
            self, "loss", self.tr("Loss"), self.tr("Keeps weights; the present epoch begins again."), LOSSES
        )
        self._optimizer = ChoiceRow(
            self, "optimizer", self.tr("Optimizer"), self.tr("Keeps weights; starts without memory."), OPTIMIZERS
        )
        self._settings: list[NumberRow] = []
        self._settings_of: type[Optimizer] | None = None
        self._rate = LearningRateRow(self)
        self._batch = NumberRow(
            self,
            "batch_size",
            self.tr("Batch size"),
            self.tr("Samples an update, or full for all of them.\nKeeps weights; counts from the next update."),
            kind=BatchField,
        )
        self._updates = Label(tone="caption", size=CAPTION, elided=True)
        self._epochs = NumberRow(
            self,
            "epochs",
            self.tr("Stop at"),
            self.tr("Run trains up to the next multiple of this.\nKeeps weights."),
        )
        self._seed = FormRow(self.tr("Seed"), self.tr("First weights and the order of the samples follow from it."))
        self._seed_shown = Label(elided=True)
        self._column = QVBoxLayout(self)
        self._arrange()

    def _arrange(self) -> None:
        self._batch.place(NARROW, WIDEST, self._updates)
        self._epochs.place(WIDE, WIDEST, Label(self.tr("epochs"), tone="caption", size=CAPTION))
        self._seed.add(self._seed_shown, 1)
        self._column.setContentsMargins(PADDING, PADDING, 0, PADDING)
        self._column.setSpacing(6)
        for each in (self._loss, self._optimizer, self._rate, self._batch, self._epochs, self._seed):
            self._column.addWidget(each)

    @property
    def recipe(self) -> Recipe:
        """The recipe shown."""
        return self._session.project.recipe

    @property
    def caption(self) -> str:
        """Nothing: the counters of the window tell how far training is."""
        return ""

    def show_project(self) -> None:
        """Show the recipe; what lines say of the last choice is past."""
        recipe = self.recipe
        for row, name in ((self._loss, recipe.loss), (self._optimizer, recipe.method.name)):
            row.line.clear()
            row.choice.value = name
        if type(recipe.method) is not self._settings_of:
            self._make_settings(type(recipe.method))
        for number in (*self._settings, self._rate, self._batch, self._epochs):
            number.show_recipe(recipe)
        self._updates.setText(self._updates_an_epoch())
        self._seed_shown.setText(str(recipe.seed))

    def _make_settings(self, optimizer: type[Optimizer]) -> None:
        for row in self._settings:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._settings = []
        self._settings_of = optimizer
        place = self._column.indexOf(self._optimizer)
        before: QWidget = self._optimizer.choice
        for setting in fields(optimizer):
            label = setting.name.replace("_", " ").capitalize()
            row = NumberRow(self, f"optimizer.{setting.name}", label, self.tr("Keeps weights and memory."))
            row.place(WIDE, WIDEST, QWidget())
            place += 1
            self._column.insertWidget(place, row)
            tab_through(before, row.field)
            before = row.field
            self._settings.append(row)

    def _updates_an_epoch(self) -> str:
        samples = int(np.count_nonzero(~self._session.project.data.validation))
        size = self.recipe.batch_size
        updates = 1 if size == "full" else ceil(samples / size)
        if updates == 1:
            return self.tr("1 update/epoch")
        return self.tr("{n} updates/epoch").format(n=format_count(updates))
