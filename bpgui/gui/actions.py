"""What the window can be told to do, declared once: menus, buttons, tooltips and shortcuts read this."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtGui import QKeySequence

Key = str | QKeySequence.StandardKey

_SPECIAL = ("Help", "Save", "Open", "New", "Copy", "Cut", "Paste", "Undo", "Redo", "Exit", "Close")


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
            found += [sequence for sequence in meant if sequence not in found and not _is_special(sequence)]
        return found

    @property
    def written(self) -> str:
        """The keys as a person reads them."""
        shown = [each.toString(QKeySequence.SequenceFormat.NativeText) for each in self.shortcuts]
        return ", ".join(shown)


def _is_special(sequence: QKeySequence) -> bool:
    """Whether it is a key that only some keyboards have, such as Save or Help: nobody needs to read of it."""
    written = sequence.toString(QKeySequence.SequenceFormat.PortableText)
    return written.rpartition("+")[2] in _SPECIAL


def text(text: str) -> str:
    """Mark a text for translation."""
    return str(QT_TRANSLATE_NOOP("ACTIONS", text))


ACTIONS = (
    Action("run_or_pause", text("Run"), ("Space",), text("Train, or pause between two updates")),
    Action("step", text("Step"), ("S",), text("Train for one update or one epoch")),
    Action("step_mode", text("Step by"), ("Shift+S",), text("Choose what a step is: one update or one epoch")),
    Action("reset", text("Reset"), ("R",), text("Begin again from the same first weights")),
    Action("new_seed", text("New seed"), ("Shift+R",), text("Begin again from other first weights; the data stay")),
    Action("undo", text("Undo"), (QKeySequence.StandardKey.Undo,), text("Take the last edit back")),
    Action("redo", text("Redo"), (QKeySequence.StandardKey.Redo, "Ctrl+Shift+Z"), text("Do the edit again")),
    Action("earlier", text("Earlier"), ("[",), text("Look at the marked moment before this one; training pauses")),
    Action("later", text("Later"), ("]",), text("Look at the marked moment after this one")),
    Action("epoch_back", text("Epoch back"), (",",), text("Look at the epoch before this one; training pauses")),
    Action("epoch_on", text("Epoch on"), (".",), text("Look at the epoch after this one")),
    Action("to_start", text("To the start"), ("Home",), text("Look at the beginning of the run")),
    Action("to_live", text("Back to live"), ("End",), text("Show what is trained again")),
    Action("continue_here", text("Branch here"), ("B",), text("Go on from the moment that is looked at, in a branch")),
    Action("name_moment", text("Name this moment"), ("C",), text("Keep the moment that is shown under a name")),
    Action("new", text("New"), (QKeySequence.StandardKey.New,), text("Begin a new project with the article's network")),
    Action("open", text("Open…"), (QKeySequence.StandardKey.Open,), text("Open a project or a CSV file")),
    Action("save", text("Save"), (QKeySequence.StandardKey.Save,), text("Save the project")),
    Action(
        "save_as",
        text("Save as…"),
        (QKeySequence.StandardKey.SaveAs, "Ctrl+Shift+S"),
        text("Save under another name"),
    ),
    Action("theme", text("Theme"), ("T",), text("Light or dark")),
    Action("theme_of_system", text("Theme of the system"), (), text("Light or dark as the desktop is")),
    Action("reduce_motion", text("Reduce motion"), (), text("Nothing moves but what training moves"), checkable=True),
    Action("search", text("Search"), ("Ctrl+K",), text("Find and do anything")),
    Action(
        "shortcuts", text("Keyboard shortcuts"), (QKeySequence.StandardKey.HelpContents, "F1"), text("Show all keys")
    ),
    Action("full_screen", text("Full screen"), ("F11",), text("Show one panel alone, or all again")),
    Action("train", text("Train workspace"), ("Ctrl+1",), text("Set a network up, train it, and watch")),
    Action(
        "explain", text("Explain workspace"), ("Ctrl+2",), text("See each number of a step, and why a weight moves")
    ),
    Action("explain_selection", text("Explain the selection"), ("E",), text("Why does what is selected move?")),
    Action("walk_back", text("Walk back"), ("PgUp",), text("In Explain: one stop back")),
    Action("walk_on", text("Walk on"), ("PgDown",), text("In Explain: one stop on; after the last the update is done")),
    Action("restore_layout", text("Restore layout"), (), text("Put every panel back where it was at first")),
    Action("quit", text("Quit"), (QKeySequence.StandardKey.Quit, "Ctrl+Q"), text("Close the window")),
)
