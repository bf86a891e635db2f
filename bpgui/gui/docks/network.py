"""The dock that holds the network drawing."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.canvas import NetworkCanvas
from bpgui.gui.session import Session
from bpgui.gui.widgets.buttons import IconButton
from bpgui.gui.widgets.dock import Dock
from bpgui.project.changes import Changes


class NetworkDock(Dock):
    """Network, its layer sizes, undo and redo."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("network", "Network", parent=parent)
        self._session = session
        self.canvas = NetworkCanvas(session)
        self.set_content(self.canvas)
        self.setFocusProxy(self.canvas)
        stack = session.undo_stack
        self.undo = IconButton("undo-2", self.tr("Undo"))
        self.redo = IconButton("redo-2", self.tr("Redo"))
        self.fit = IconButton("maximize", self.tr("Fit the network into view (Ctrl+0)"))
        for button in (self.undo, self.redo, self.fit):
            self.add_control(button)
        self.undo.clicked.connect(stack.undo)
        self.redo.clicked.connect(stack.redo)
        self.fit.clicked.connect(self.canvas.fit)
        QShortcut(QKeySequence("Ctrl+0"), self, self.canvas.fit)
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        stack.canUndoChanged.connect(self.undo.setEnabled)
        stack.canRedoChanged.connect(self.redo.setEnabled)
        stack.undoTextChanged.connect(self._name_undo)
        stack.redoTextChanged.connect(self._name_redo)
        self.refresh(Changes.ALL)

    def refresh(self, changes: Changes) -> None:
        """Show what these changes touched."""
        if changes & Changes.TOPOLOGY:
            self.set_caption(labels.sizes(self._session.project.network))
        self.canvas.refresh(changes)

    @Slot(str)
    def _name_undo(self, edit: str) -> None:
        self.undo.setToolTip(f"{self.tr('Undo')} {edit}".strip())

    @Slot(str)
    def _name_redo(self, edit: str) -> None:
        self.redo.setToolTip(f"{self.tr('Redo')} {edit}".strip())
