"""A workspace: panels that are seen together, which a person may move, and which keep their places."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from bpgui.gui.theme.tokens import GUTTER
from bpgui.gui.widgets.dock import Dock
from bpgui.project.changes import Changes

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


class Workspace(QMainWindow):
    """Base of the workspaces: a frame of docks, so that these keep a margin to the bars and edges of the window.

    A subclass makes its docks, places them, and calls ``settle``.
    """

    name: ClassVar[str]
    """Known to settings and files."""
    docks: tuple[Dock, ...]
    seen = True
    """Whether this is the workspace that is shown."""
    alone: QByteArray | None = None
    """How the panels were before one had the workspace to itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._missed = Changes.NONE
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setContentsMargins(GUTTER, GUTTER, GUTTER, GUTTER)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)

    def settle(self, docks: tuple[Dock, ...]) -> None:
        """Remember the panels and how they lie at first."""
        self.docks = docks
        self._first = self.saveState()

    def refresh(self, changes: Changes) -> None:
        """Let each panel look again at what these changes touched; while nobody looks, once somebody does."""
        self._missed |= changes
        if self.seen:
            missed, self._missed = self._missed, Changes.NONE
            self.look_again(missed)

    def look_again(self, changes: Changes) -> None:
        """Let each panel look again."""
        for dock in self.docks:
            dock.refresh(changes)  # type: ignore[attr-defined]  # every dock has it; a test holds them to it

    def set_seen(self, seen: bool) -> None:
        """Say whether this is the workspace that is shown: what nobody looks at need not be computed."""
        self.seen = seen
        if seen and self._missed:
            self.refresh(Changes.NONE)

    def close_files(self) -> None:
        """Finish what is being written; called when the window closes."""

    def take_layout(self, settings: QSettings) -> None:
        """Put the panels where they were when the window was closed; what cannot be read is passed over."""
        kept = settings.value(self._key)
        if isinstance(kept, QByteArray):
            self.restoreState(kept)

    def keep_layout(self, settings: QSettings) -> None:
        """Remember where the panels are."""
        self.show_all()
        settings.setValue(self._key, self.saveState())

    @property
    def _key(self) -> str:
        return f"layout_{self.name}"

    def restore_layout(self) -> None:
        """Put every panel back where it was at first."""
        self.alone = None
        self.restoreState(self._first)

    def show_alone(self) -> None:
        """Show the panel that has the keyboard alone, the one in the middle where none has it."""
        focus = self.focusWidget()
        shown = next((dock for dock in self.docks if focus is not None and dock.isAncestorOf(focus)), self.middle)
        self.alone = self.saveState()
        for dock in self.docks:
            dock.setVisible(dock is shown)

    def show_all(self) -> None:
        """Show the panels as they were before one was alone."""
        if self.alone is not None:
            self.restoreState(self.alone)
            self.alone = None

    @property
    def middle(self) -> Dock:
        """The panel that matters most."""
        return self.docks[0]

    def take_focus(self) -> None:
        """Give the keyboard to what matters most; no ring: nobody came there by Tab."""
        self.middle.setFocus(Qt.FocusReason.MouseFocusReason)
