"""What each key does to the network drawing while it has the keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from bpgui.gui.canvas.inline_editor import STEP, InlineEditor
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session

_TYPED = "0123456789.,+-−"
NO, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Keyboard:
    """Walks the selection and does with it what the keys say.

    ``anchor`` gives the point where the editor opens, ``say`` shows why something is not done.
    """

    def __init__(
        self,
        session: Session,
        selected: Selected,
        editor: InlineEditor,
        anchor: Callable[[], QPointF],
        say: Callable[[str], None],
    ) -> None:
        self._session = session
        self._selected = selected
        self._editor = editor
        self._anchor = anchor
        self._say = say

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key says; tell whether it says anything."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return self._walk(event.key(), plain) or self._act(event.key(), plain) or self._type(event.text(), plain)

    def _walk(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Move the selection where the key leads."""
        selected = self._selected
        steps: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], Selection]] = {
            (Qt.Key.Key_Left, NO): lambda: selected.walk(-1, 0),
            (Qt.Key.Key_Right, NO): lambda: selected.walk(1, 0),
            (Qt.Key.Key_Up, NO): lambda: selected.walk(0, -1),
            (Qt.Key.Key_Down, NO): lambda: selected.walk(0, 1),
            (Qt.Key.Key_N, NO): lambda: selected.walk_edges(1),
            (Qt.Key.Key_N, SHIFT): lambda: selected.walk_edges(-1),
            (Qt.Key.Key_L, NO): selected.layer_of_selection,
            (Qt.Key.Key_Escape, NO): Selection,
        }
        step = steps.get((Qt.Key(key), modifiers))
        if step is None or (key == Qt.Key.Key_Escape and not self._session.selection.items):
            return False
        more = self._session.selection.items if modifiers & SHIFT and key != Qt.Key.Key_N else ()
        self._session.select(Selection((*more, *step().items)))
        if self._selected.key is not None:
            self._editor.open(self._anchor())
        return True

    def _act(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Do with the selection what the key says; tell whether it says anything."""
        selected = self._selected
        on_value = selected.key is not None
        acts: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], str]] = {
            (Qt.Key.Key_Delete, NO): selected.delete,
            (Qt.Key.Key_Delete, SHIFT): selected.restore,
            (Qt.Key.Key_F, NO): selected.freeze,
            (Qt.Key.Key_L, CTRL): selected.add_layer,
            (Qt.Key.Key_Up, ALT): lambda: selected.step(STEP) if on_value else "",
            (Qt.Key.Key_Down, ALT): lambda: selected.step(-STEP) if on_value else "",
            (Qt.Key.Key_Up, CTRL): lambda: selected.move_neuron(-1),
            (Qt.Key.Key_Down, CTRL): lambda: selected.move_neuron(1),
        }
        if not on_value:
            acts[Qt.Key.Key_Plus, NO] = acts[Qt.Key.Key_Plus, SHIFT] = lambda: selected.change_units(1)
            acts[Qt.Key.Key_Minus, NO] = lambda: selected.change_units(-1)
        act = acts.get((Qt.Key(key), modifiers))
        if act is None or not (self._session.selection.items or key == Qt.Key.Key_L):
            return False
        self._say(act())
        return True

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
