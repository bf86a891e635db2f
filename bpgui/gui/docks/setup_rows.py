"""The rows of a form: each shows one setting as its declaration says, and makes an edit of what a person sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Protocol

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpgui.gui.docks.setup_parts import FormRow, Panel, sentence
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.number_field import NumberField
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.switch import Switch
from bpgui.project.edits import Edit
from bpgui.ranges import Range

WORD = inf
"""The number that stands for the word in a field that takes one, such as "full"."""

NARROWEST_CHOICE = 120
"""A panel does not grow with the longest name of an entry; its list does."""

FIELD, WIDEST, BESIDE_SLIDER = 68, 112, 68
"""Widths of a field: the least, how far it grows with its number, and that beside a slider, which must not move."""

TYPED_SEED = Range(0, 2**53 - 1, "a whole number from 0 to 9,007,199,254,740,991", whole=True)
"""A seed that a field can hold to its last digit; a file or the library may use larger ones."""

FAR = 100.0
"""A slider whose ends are in this ratio or more goes by ratios."""

Set = Callable[[Any], tuple[Callable[..., Edit], dict[str, Any]]]
"""Given a value, what makes the edit that sets it, and with which arguments."""


class Entry(Protocol):
    """An entry of a catalogue, as far as a choice shows it."""

    name: str
    label: str
    help: str


class WordField(NumberField):
    """A number, or a word that stands for none, such as "off"."""

    def __init__(self, check: Callable[[float], str | None], word: str, **more: Any) -> None:
        self._word = word
        super().__init__(check, **more)

    @Slot()
    def _enter(self) -> None:
        if self._edit.text().strip().casefold() != self._word:
            super()._enter()
        elif self._edit.isModified():
            changes = self._value != WORD
            self._value = WORD
            self._show_value()
            if changes:
                self.committed.emit(WORD)

    def _show_value(self) -> None:
        if self._value == WORD:
            self._show(self._word)
        else:
            super()._show_value()


class NumberRow(FormRow):
    """A number in a field, beside it a slider or its unit, as the range declares it.

    ``make(value)`` says which edit sets it; ``check(value)`` refuses what the range alone would not. ``word`` is shown
    where the setting is the word, or None, that it may be besides a number.
    """

    def __init__(
        self,
        panel: Panel,
        label: str,
        keeps: str,
        wanted: Range,
        make: Set,
        *,
        check: Callable[[Any], None] | None = None,
        word: str = "",
    ) -> None:
        help_text = "\n".join(filter(None, [wanted.help, keeps]))
        super().__init__(label, help_text)
        self._panel, self._range, self._make, self._allow = panel, wanted, make, check
        given: dict[str, Any] = {"whole": wanted.whole, "label": label, "refusal_label": self.line}
        self.field = WordField(self._check, word, **given) if word else NumberField(self._check, **given)
        self.field.setToolTip(help_text)
        self.field.committed.connect(self.commit)
        self.slider: ValueSlider | None = None
        if wanted.slider is not None:
            low, high = wanted.slider
            by_ratio = low > 0.0 and high / low >= FAR
            self.slider = ValueSlider(
                low,
                high,
                logarithmic=by_ratio,
                step=None if by_ratio else 1.0 if wanted.whole else (high - low) / 100.0,
                label=panel.tr("{label}, slider").format(label=label),
            )
            self.slider.setToolTip(help_text)
            self.slider.moved.connect(self._preview)
            self.slider.committed.connect(self.commit)
            self.add(self.slider, 1)
            self.field.set_width(BESIDE_SLIDER, BESIDE_SLIDER)
            self.add(self.field)
        else:
            self.field.set_width(FIELD, WIDEST)
            self.add(self.field)
            self.beside = Label(wanted.unit, tone="caption", size=CAPTION, elided=True)
            self.add(self.beside, 1)

    def show_value(self, value: object) -> None:
        """Show what the setting is."""
        self.field.value = float(value) if isinstance(value, (int, float)) else WORD
        if self.slider is not None:
            self.slider.value = self.field.value

    @Slot(float)
    def _preview(self, number: float) -> None:
        self.field.value = number

    @Slot(float)
    def commit(self, number: float) -> None:
        """Set the number."""
        make, values = self._make(self._as_set(number))
        self._panel.ask(self.line, make, **values)

    def _as_set(self, number: float) -> Any:
        if number == WORD and self._range.other:
            return self._range.other[0]
        return int(number) if self._range.whole else number

    def _check(self, number: float) -> str | None:
        try:
            value = self._range.take(self._panel.tr("This"), self._as_set(number))
            if self._allow is not None:
                self._allow(value)
        except ValueError as error:
            return sentence(str(error).replace("_", " "))
        return None


class ChoiceRow(FormRow):
    """An entry of a catalogue."""

    def __init__(self, panel: Panel, label: str, keeps: str, entries: Sequence[Any], make: Set) -> None:
        super().__init__(label, keeps)
        self._panel, self._make = panel, make
        self.choice = Choice([(e.name, e.label, _told(e, keeps)) for e in entries])
        self.choice.setAccessibleName(label)
        self.choice.setMinimumWidth(NARROWEST_CHOICE)
        self.choice.chosen.connect(self._commit)
        self.add(self.choice, 1)

    def show_value(self, value: str) -> None:
        """Show the entry of that name; what the line says of the last choice is past."""
        self.line.clear()
        self.choice.value = value

    @Slot(str)
    def _commit(self, name: str) -> None:
        make, values = self._make(name)
        self._panel.ask(self.line, make, **values)


class SwitchRow(FormRow):
    """On or off."""

    def __init__(self, panel: Panel, label: str, help_text: str, make: Set) -> None:
        super().__init__(label, help_text)
        self._panel, self._make = panel, make
        self.switch = Switch()
        self.switch.setAccessibleName(label)
        self.switch.setToolTip(help_text)
        self.switch.clicked.connect(self._commit)
        self.add(self.switch)
        self.add(QWidget(), 1)

    def show_value(self, value: bool) -> None:
        """Show which."""
        self.switch.setChecked(value)

    @Slot(bool)
    def _commit(self, on: bool) -> None:
        make, values = self._make(on)
        self._panel.ask(self.line, make, **values)


class SettingRows(QWidget):
    """A number for each setting of what is declared somewhere; other rows for another declaration."""

    def __init__(self, panel: Panel, keeps: str, make: Callable[[str], Set]) -> None:
        super().__init__()
        self._panel, self._keeps, self._make = panel, keeps, make
        self._ranges: Mapping[str, Range] = {}
        self._rows: dict[str, NumberRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_settings(self, entry: Any) -> None:
        """Show the settings of an entry of a catalogue."""
        self.show_values(entry.ranges, {name: getattr(entry, name) for name in entry.ranges})

    def show_values(self, ranges: Mapping[str, Range], values: Mapping[str, object]) -> None:
        """Show values of settings."""
        if ranges != self._ranges:
            self._ranges = ranges
            self._make_rows()
        for name, row in self._rows.items():
            row.show_value(values[name])
        self.setVisible(bool(self._rows))

    def _make_rows(self) -> None:
        for row in self._rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = {}
        for name, wanted in self._ranges.items():
            row = NumberRow(self._panel, name.replace("_", " ").capitalize(), self._keeps, wanted, self._make(name))
            self._rows[name] = row
            self._column.addWidget(row)


def _told(entry: Entry, keeps: str) -> str:
    return "\n".join(filter(None, [getattr(entry, "formula", ""), entry.help, keeps]))
