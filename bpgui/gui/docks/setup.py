"""The setup panel: data, network and training of the project, each in a section that folds."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from bpgui.gui.docks.setup_data import DataPanel
from bpgui.gui.docks.setup_limits import LimitsPanel
from bpgui.gui.docks.setup_network import NetworkPanel
from bpgui.gui.docks.setup_parts import Panel, tab_in_order
from bpgui.gui.docks.setup_training import TrainingPanel
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import PADDING
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.section import Section
from bpgui.project.changes import Changes

WIDTH = 274


class SetupDock(Dock):
    """Shows the project and makes edits of it through the session; stays usable while training runs."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("setup", self.tr("Setup"), parent=parent)
        self.data = DataPanel(session)
        self.network = NetworkPanel(session)
        self.training = TrainingPanel(session)
        self.limits = LimitsPanel(session)
        panels: dict[str, Panel] = {
            self.tr("Data"): self.data,
            self.tr("Network"): self.network,
            self.tr("Training"): self.training,
            self.tr("Limits"): self.limits,
        }
        self._sections = [(Section(title, panel), panel) for title, panel in panels.items()]
        self._sections[-1][0].expanded = False
        self._page = page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for section, _ in self._sections:
            # As high as lines that wrap need it; the stretch below takes what is left.
            section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            column.addWidget(section)
        column.addStretch(1)
        self._scroll = scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        scroll.setMinimumWidth(WIDTH - 2)  # the outline of the card
        scroll.verticalScrollBar().rangeChanged.connect(self._make_room)
        self.set_content(scroll)
        self._make_room()
        self.refresh(Changes.ALL)

    def refresh(self, changes: Changes) -> None:
        """Show again what was touched."""
        for section, panel in self._sections:
            panel.refresh(changes)
            section.set_caption(panel.caption)
        if changes & (Changes.TOPOLOGY | Changes.DATA | Changes.RECIPE) and self.isVisible():
            tab_in_order(self._page)

    def showEvent(self, event: QShowEvent) -> None:
        """Put the controls into the order of Tab: before they are in a window, Qt would tie knots."""
        super().showEvent(event)
        tab_in_order(self._page)

    @Slot()
    def _make_room(self) -> None:
        """Let the scroll bar lie in the padding, so that nothing moves when it comes and goes."""
        bar = self._scroll.verticalScrollBar()
        right = PADDING - (bar.sizeHint().width() if bar.maximum() > 0 else 0)
        for _, panel in self._sections:
            panel.setContentsMargins(0, 0, right, 0)
