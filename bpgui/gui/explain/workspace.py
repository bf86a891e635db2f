"""The Explain workspace: one step of learning with all its numbers, and why each weight moves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from bpgui.gui.explain.explanation import Explanation
from bpgui.gui.explain.lesson_dock import LessonDock
from bpgui.gui.explain.rule_dock import RuleDock
from bpgui.gui.explain.values_dock import ValuesDock
from bpgui.gui.explain.walk_dock import WalkDock
from bpgui.gui.explain.weights_dock import StepWeightsDock
from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.workspace import ACROSS, DOWN, LEFT, Workspace
from bpgui.project.changes import Changes


class ExplainWorkspace(Workspace):
    """The network over its values and weights, the chain rule at the right, the lesson at the left."""

    name = "explain"

    def __init__(self, session: Session, observer: Observer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.explanation = Explanation(session, observer, self)
        self.walk = WalkDock(session, self.explanation)
        self.rule = RuleDock(session, self.explanation)
        self.values = ValuesDock(session, self.explanation)
        self.weights = StepWeightsDock(session, self.explanation, observer)
        self.lesson = LessonDock(session, self.explanation, observer)
        self.addDockWidget(LEFT, self.lesson)
        self.splitDockWidget(self.lesson, self.walk, ACROSS)
        self.splitDockWidget(self.walk, self.rule, ACROSS)
        self.splitDockWidget(self.walk, self.values, DOWN)
        self.splitDockWidget(self.values, self.weights, ACROSS)
        self.settle((self.lesson, self.walk, self.rule, self.values, self.weights))

    def size_panels(self) -> None:
        """Give the panels their first sizes; call it once the window has its own."""
        self.resizeDocks([self.lesson, self.walk, self.rule], [264, 782, 370], ACROSS)
        self.resizeDocks([self.walk, self.values], [556, 250], DOWN)
        self.resizeDocks([self.values, self.weights], [354, 422], ACROSS)
        self.settle(self.docks)

    def look_again(self, changes: Changes) -> None:
        """The numbers first, then the panels that show them."""
        self.explanation.refresh(changes)
        super().look_again(changes)

    def set_seen(self, seen: bool) -> None:
        """Compute only while somebody looks."""
        super().set_seen(seen)
        self.explanation.want(seen)

    def close_files(self) -> None:
        """Finish the sheet that is being written."""
        self.rule.close_files()

    def take_focus(self) -> None:
        """Give the keyboard to the drawing."""
        self.walk.drawing.setFocus(Qt.FocusReason.MouseFocusReason)

    @property
    def middle(self) -> Dock:
        """The network."""
        return self.walk
