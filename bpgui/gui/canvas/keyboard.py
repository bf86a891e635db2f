"""What each key does to the network drawing while it has the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from PySide6.QtCore import QKeyCombination, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from bpgui.gui.actions import Action, text
from bpgui.gui.canvas.inline_editor import STEP, InlineEditor
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session

_TYPED = "0123456789.,+-−"

CANVAS_KEYS = (
    Action("left", text("Previous layer"), ("Left",), text("Select in the layer before")),
    Action("right", text("Next layer"), ("Right",), text("Select in the layer after")),
    Action("up", text("Neuron above"), ("Up",), text("Select the neuron above")),
    Action("down", text("Neuron below"), ("Down",), text("Select the neuron below")),
    Action("more_up", text("And the one above"), ("Shift+Up",), text("Select the neuron above too")),
    Action("more_down", text("And the one below"), ("Shift+Down",), text("Select the neuron below too")),
    Action("more_left", text("And in the layer before"), ("Shift+Left",), text("Select in the layer before too")),
    Action("more_right", text("And in the layer after"), ("Shift+Right",), text("Select in the layer after too")),
    Action("next_edge", text("Next connection"), ("N",), text("Walk the connections of the selected neuron")),
    Action("last_edge", text("Connection before"), ("Shift+N",), text("Walk them the other way")),
    Action("layer", text("Layer"), ("L",), text("Select the whole layer")),
    Action("nothing", text("Nothing"), ("Esc",), text("Select nothing")),
    Action("raise_value", text("Raise"), ("Alt+Up",), text("Raise the selected value by 0.01")),
    Action("lower_value", text("Lower"), ("Alt+Down",), text("Lower the selected value by 0.01")),
    Action("delete", text("Cut or remove"), ("Del",), text("Cut the connection, remove the neuron or layer")),
    Action("restore", text("Restore"), ("Shift+Del",), text("Restore the connection, or connect two neurons")),
    Action("freeze", text("Freeze or thaw"), ("F",), text("Keep what is selected from learning, or let it learn")),
    Action("more", text("More neurons"), ("+",), text("Add a neuron to the layer")),
    Action("fewer", text("Fewer neurons"), ("-",), text("Take a neuron from the layer")),
    Action("move_up", text("Move up"), ("Ctrl+Up",), text("Move the neuron up within its layer")),
    Action("move_down", text("Move down"), ("Ctrl+Down",), text("Move the neuron down within its layer")),
    Action("add_layer", text("Add layer"), ("Ctrl+L",), text("Add a layer after the selection")),
)
"""What the keys do while the drawing has the keyboard; digits and Enter begin to type a value."""


@cache
def _names() -> dict[str, str]:
    """Return the name of each key by how Qt writes it; asked once there is an application."""
    return {key.toString(): entry.name for entry in CANVAS_KEYS for key in entry.shortcuts}


NO, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


class SelectionKeys:
    """Walks the selection and does with it what the keys say; ``say`` shows why something is not done."""

    def __init__(self, session: Session, selected: Selected, say: Callable[[str], None]) -> None:
        self._session = session
        self._selected = selected
        self._say = say

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key says; tell whether it says anything."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        name = _names().get(QKeySequence(QKeyCombination(plain, Qt.Key(event.key()))).toString(), "")
        if plain in (NO, SHIFT) and event.text() in ("+", "-", "\N{MINUS SIGN}"):
            name = "more" if event.text() == "+" else "fewer"  # where a keyboard has them with Shift
        return self._walk(name) or self._act(name)

    def _walk(self, name: str) -> bool:
        """Move the selection where the key leads; with Shift in its name it grows."""
        selected = self._selected
        steps: dict[str, Callable[[], Selection]] = {
            "left": lambda: selected.walk(-1, 0),
            "right": lambda: selected.walk(1, 0),
            "up": lambda: selected.walk(0, -1),
            "down": lambda: selected.walk(0, 1),
            "next_edge": lambda: selected.walk_edges(1),
            "last_edge": lambda: selected.walk_edges(-1),
            "layer": selected.layer_of_selection,
            "nothing": Selection,
        }
        grows = name.startswith("more_")
        step = steps.get(name.removeprefix("more_"))
        if step is None or (name == "nothing" and not self._session.selection.items):
            return False
        more = self._session.selection.items if grows else ()
        self._session.select(Selection((*more, *step().items)))
        return True

    def _act(self, name: str) -> bool:
        """Do with the selection what the key says; tell whether it says anything."""
        selected = self._selected
        on_value = selected.key is not None
        acts: dict[str, Callable[[], str]] = {
            "delete": selected.delete,
            "restore": selected.restore,
            "freeze": selected.freeze,
            "add_layer": selected.add_layer,
            "raise_value": lambda: selected.step(STEP) if on_value else "",
            "lower_value": lambda: selected.step(-STEP) if on_value else "",
            "move_up": lambda: selected.move_neuron(-1),
            "move_down": lambda: selected.move_neuron(1),
        }
        if not on_value:
            acts |= {"more": lambda: selected.change_units(1), "fewer": lambda: selected.change_units(-1)}
        act = acts.get(name)
        if act is None or not (self._session.selection.items or name == "add_layer"):
            return False
        self._say(act())
        return True


class Keyboard(SelectionKeys):
    """The keys of the canvas, where a value can be typed too: ``anchor`` gives the point where the editor opens."""

    def __init__(
        self,
        session: Session,
        selected: Selected,
        editor: InlineEditor,
        anchor: Callable[[], QPointF],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(session, selected, say)
        self._editor = editor
        self._anchor = anchor

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key says; tell whether it says anything."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return super().press(event) or self._type(event.text(), plain)

    def _walk(self, name: str) -> bool:
        """Open the editor at the connection or bias that the key leads to."""
        walked = super()._walk(name)
        if walked and self._selected.key is not None:
            self._editor.open(self._anchor())
        return walked

    def _type(self, text: str, modifiers: Qt.KeyboardModifier) -> bool:
        """Begin to type a value; tell whether it is one."""
        if self._selected.key is None or modifiers not in (NO, SHIFT):
            return False
        if text in ("\r", "\n"):
            self._editor.begin_typing("", self._anchor())
        elif text and text in _TYPED:
            self._editor.begin_typing(text, self._anchor())
        else:
            return False
        return True
