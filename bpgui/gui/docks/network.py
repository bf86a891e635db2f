"""The dock that holds the network drawing."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.canvas import NetworkCanvas
from bpgui.gui.measures import MOST_SAMPLES, Measures
from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.widgets.buttons import IconButton
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.segments import Segments
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.stepper import Stepper
from bpgui.number_text import format_count
from bpgui.project.changes import Changes


class NetworkDock(Dock):
    """Network, its layer sizes, what the connections show, undo and redo."""

    def __init__(self, session: Session, observer: Observer, measures: Measures, parent: QWidget | None = None) -> None:
        super().__init__("network", "Network", parent=parent)
        self._session = session
        self.canvas = NetworkCanvas(session, observer, measures)
        self.figures = Segments(
            [
                ("weight", self.tr("weight"), self.tr("Width and colour of a line are its weight")),
                (
                    "gradient",
                    self.tr("gradient"),
                    self.tr("How the error changes with the weight, over at most {n} training samples").format(
                        n=format_count(MOST_SAMPLES)
                    ),
                ),
                ("change", self.tr("last change"), self.tr("What the last complete epoch changed in the weight")),
            ],
            self.tr("What the connections show"),
        )
        self.figures.chosen.connect(self.canvas.show_figure)
        self.sample = Stepper(0, 0)
        self.sample.setToolTip(self.tr("The sample whose activations the neurons show"))
        self.sample.stepped.connect(self._on_sample)
        self._sample_word = Label(self.tr("sample"), tone="caption")
        self.weak = ValueSlider(0.0, 1.0, step=0.01, label=self.tr("Hide weak connections"))
        self.weak.setToolTip(self.tr("Hide weak connections"))
        self.weak.setFixedWidth(72)
        for moved in (self.weak.moved, self.weak.committed):
            moved.connect(self.canvas.hide_weak)
        for control in (self._sample_word, self.sample, self.weak, self.figures):
            self.add_control(control, optional=control is self.weak)
        self.set_content(self.canvas)
        self.setFocusProxy(self.canvas)
        stack = session.undo_stack
        self.undo = IconButton("undo-2", self.tr("Undo"))
        self.redo = IconButton("redo-2", self.tr("Redo"))
        self.fit = IconButton("maximize", self.tr("Fit the network into view (Ctrl+0)"))
        for button in (self.undo, self.redo, self.fit):
            self.add_control(button)
        self.undo.clicked.connect(session.undo)
        self.redo.clicked.connect(session.redo)
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
        if changes & (Changes.TOPOLOGY | Changes.DATA | Changes.SAMPLE):
            project = self._session.project
            self.sample.set_range(0, len(project.data.X) - 1)
            self.sample.value = self._session.sample
            for part in (self.sample, self._sample_word):
                part.setVisible(project.network.inputs > 2)
        self.canvas.refresh(changes)

    @Slot(int)
    def _on_sample(self, sample: int) -> None:
        self._session.show_sample(sample, self)

    @Slot(str)
    def _name_undo(self, edit: str) -> None:
        self.undo.setToolTip(f"{self.tr('Undo')} {edit}".strip())

    @Slot(str)
    def _name_redo(self, edit: str) -> None:
        self.redo.setToolTip(f"{self.tr('Redo')} {edit}".strip())
