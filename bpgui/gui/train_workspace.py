"""The Train workspace: set a network up, train it, and watch."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from bpgui.gui.docks.error import ErrorDock
from bpgui.gui.docks.inspector import InspectorDock
from bpgui.gui.docks.network import NetworkDock
from bpgui.gui.docks.output import OutputDock
from bpgui.gui.docks.samples import DataDock
from bpgui.gui.docks.setup import SetupDock
from bpgui.gui.docks.weights import WeightsDock
from bpgui.gui.measures import Measures
from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.workspace import ACROSS, DOWN, LEFT, Workspace


class TrainWorkspace(Workspace):
    """Setup at the left, the network over the error curve in the middle, output and inspector at the right."""

    name = "train"

    def __init__(self, session: Session, observer: Observer, measures: Measures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setup = SetupDock(session)
        self.network = NetworkDock(session, observer, measures)
        self.error = ErrorDock(session, observer)
        self.output = OutputDock(session, observer)
        self.inspector = InspectorDock(session, measures, self.network.canvas.thumbnails)
        self.weights, self.samples = WeightsDock(session), DataDock(session)
        self.addDockWidget(LEFT, self.setup)
        self.splitDockWidget(self.setup, self.network, ACROSS)
        self.splitDockWidget(self.network, self.output, ACROSS)
        self.splitDockWidget(self.network, self.error, DOWN)
        self.splitDockWidget(self.output, self.inspector, DOWN)
        self.tabifyDockWidget(self.error, self.weights)
        self.tabifyDockWidget(self.weights, self.samples)
        self.error.raise_()
        self.settle((self.setup, self.network, self.error, self.output, self.inspector, self.weights, self.samples))

    def size_panels(self) -> None:
        """Give the panels their first sizes; call it once the window has its own."""
        self.resizeDocks([self.setup, self.network, self.output], [274, 808, 334], ACROSS)
        self.resizeDocks([self.network, self.error], [548, 258], DOWN)
        self.resizeDocks([self.output, self.inspector], [434, 372], DOWN)
        self.settle(self.docks)

    def close_files(self) -> None:
        """Finish the export of samples."""
        self.samples.close_files()

    @property
    def middle(self) -> Dock:
        """The network."""
        return self.network
