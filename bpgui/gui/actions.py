"""What the window can be told to do, declared once: menus, buttons, tooltips and shortcuts read this."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtGui import QKeySequence

Key = str | QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class Action:
    """A catalogue entry; the window knows by ``name`` what does it."""

    name: str
    label: str
    keys: tuple[Key, ...]
    help: str
    checkable: bool = False

    @property
    def shortcuts(self) -> list[QKeySequence]:
        """The platform's keys and ours, each once: Qt carries out nothing for a key that is there twice.

        Ask once there is an application: it knows the platform.
        """
        found: list[QKeySequence] = []
        for key in self.keys:
            meant = QKeySequence.keyBindings(key) if isinstance(key, QKeySequence.StandardKey) else [QKeySequence(key)]
            found += [sequence for sequence in meant if sequence not in found]
        return found


def _text(text: str) -> str:
    """Mark a text for translation."""
    return str(QT_TRANSLATE_NOOP("ACTIONS", text))


ACTIONS = (
    Action("run_or_pause", _text("Run"), ("Space",), _text("Train, or pause between two updates")),
    Action("step", _text("Step"), ("S",), _text("Train for one update or one epoch")),
    Action("step_mode", _text("Step by"), ("Shift+S",), _text("Choose what a step is: one update or one epoch")),
    Action("reset", _text("Reset"), ("R",), _text("Begin again from the same first weights")),
    Action("new_seed", _text("New seed"), ("Shift+R",), _text("Begin again from other first weights; the data stay")),
    Action("undo", _text("Undo"), (QKeySequence.StandardKey.Undo,), _text("Take the last edit back")),
    Action("redo", _text("Redo"), (QKeySequence.StandardKey.Redo, "Ctrl+Shift+Z"), _text("Do the edit again")),
    Action(
        "new", _text("New"), (QKeySequence.StandardKey.New,), _text("Begin a new project with the article's network")
    ),
    Action("open", _text("Open…"), (QKeySequence.StandardKey.Open,), _text("Open a project or a CSV file")),
    Action("save", _text("Save"), (QKeySequence.StandardKey.Save,), _text("Save the project")),
    Action(
        "save_as",
        _text("Save as…"),
        (QKeySequence.StandardKey.SaveAs, "Ctrl+Shift+S"),
        _text("Save under another name"),
    ),
    Action("theme", _text("Theme"), ("T",), _text("Light or dark")),
    Action("theme_of_system", _text("Theme of the system"), (), _text("Light or dark as the desktop is")),
    Action("reduce_motion", _text("Reduce motion"), (), _text("Nothing moves but what training moves"), checkable=True),
    Action("quit", _text("Quit"), (QKeySequence.StandardKey.Quit, "Ctrl+Q"), _text("Close the window")),
)
