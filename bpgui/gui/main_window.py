"""The window: puts the parts together, gives each what changed, and carries out the actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QTabWidget, QVBoxLayout, QWidget

from bpgui.data.builtin import DATASETS
from bpgui.gui.actions import ACTIONS
from bpgui.gui.docks.error import ErrorDock
from bpgui.gui.docks.inspector import InspectorDock
from bpgui.gui.docks.network import NetworkDock
from bpgui.gui.docks.output import OutputDock
from bpgui.gui.docks.samples import DataDock
from bpgui.gui.docks.setup import SetupDock
from bpgui.gui.docks.weights import WeightsDock
from bpgui.gui.filing import Filing
from bpgui.gui.measures import Measures
from bpgui.gui.observer import Observer
from bpgui.gui.palette import Command, Palette
from bpgui.gui.recent_files import RecentFiles
from bpgui.gui.session import Session
from bpgui.gui.shortcuts import ShortcutSheet
from bpgui.gui.status_bar import StatusBar
from bpgui.gui.theme.motion import reduce_motion, reduces_motion
from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.theme.tokens import GUTTER
from bpgui.gui.top_bar import TopBar
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.project.changes import Changes

FIRST_SIZE = 1440, 900
SMALLEST = 1180, 720
OUTDATES = Changes.TOPOLOGY | Changes.MASKS | Changes.DATA | Changes.RECIPE | Changes.HISTORY
"""Edits after which the sentence in the status bar may be wrong."""


@dataclass(frozen=True)
class Alone:
    """How the window was before one panel had it to itself."""

    layout: QByteArray
    maximised: bool


class MainWindow(QMainWindow):
    """One project in one window.

    Each dock and bar has ``refresh(changes)``; the window calls it and knows nothing else about them.
    """

    def __init__(self, session: Session, theme: ThemeManager, settings: QSettings) -> None:
        super().__init__()
        self.session = session
        self._theme = theme
        self._settings = settings
        self._training = False
        self._observer = Observer(self)
        self.filing = Filing(session, settings, self)
        self._actions = self._make_actions()
        self._top = TopBar(session, self._actions, RecentFiles(self.filing))
        self._strip = MessageStrip()
        self._status = StatusBar(session)
        self.setup = SetupDock(session)
        self._measures = Measures(session, self._observer, self)
        self.network = NetworkDock(session, self._observer, self._measures)
        self.error = ErrorDock(session, self._observer)
        self.output = OutputDock(session, self._observer)
        self.inspector = InspectorDock(session, self._measures, self.network.canvas.thumbnails)
        self.weights, self.samples = WeightsDock(session), DataDock(session)
        self.docks: tuple[Dock, ...] = (
            self.setup,
            self.network,
            self.error,
            self.output,
            self.inspector,
            self.weights,
            self.samples,
        )
        self._palette = Palette(self)
        self._frame = QMainWindow()
        self._alone: Alone | None = None
        self._arrange()
        self._first_layout = self._frame.saveState()
        self._take_layout()
        self._connect()
        self.setAcceptDrops(True)
        self.network.setFocus(Qt.FocusReason.MouseFocusReason)
        self._show_title()

    @property
    def complaint(self) -> str:
        """The error shown under the top bar, or ""."""
        return self._strip.text

    # Putting together

    def _make_actions(self) -> dict[str, QAction]:
        does: dict[str, Callable[..., object]] = {
            "run_or_pause": self.session.toggle,
            "step": self.step,
            "step_mode": self.step_mode,
            "reset": self.session.reset,
            "new_seed": self.session.new_seed,
            "undo": self.session.undo_stack.undo,
            "redo": self.session.undo_stack.redo,
            "new": self.filing.new,
            "open": self.filing.open,
            "save": self.filing.save,
            "save_as": self.filing.save_as,
            "theme": self.switch_theme,
            "theme_of_system": self.follow_system,
            "reduce_motion": self.switch_motion,
            "search": self.search,
            "shortcuts": self.show_shortcuts,
            "full_screen": self.switch_full_screen,
            "restore_layout": self.restore_layout,
            "quit": self.close,
        }
        actions = {}
        for entry in ACTIONS:
            action = QAction(self.tr(entry.label), self)
            action.setShortcuts(entry.shortcuts)
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{self.tr(entry.help)} ({shown})" if shown else self.tr(entry.help))
            action.setCheckable(entry.checkable)
            action.triggered.connect(does[entry.name])
            self.addAction(action)
            actions[entry.name] = action
        actions["reduce_motion"].setChecked(reduces_motion())
        actions["undo"].setEnabled(False)
        actions["redo"].setEnabled(False)
        return actions

    def _arrange(self) -> None:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addWidget(self._strip)
        self.setMenuWidget(head)
        # The docks live in a frame of their own, so that they keep a margin to bars and edges.
        frame = self._frame
        frame.setWindowFlags(Qt.WindowType.Widget)
        frame.setContentsMargins(GUTTER, GUTTER, GUTTER, GUTTER)
        frame.setDockNestingEnabled(True)
        self.setCentralWidget(frame)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        frame.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.setup)
        frame.splitDockWidget(self.setup, self.network, horizontal)
        frame.splitDockWidget(self.network, self.output, horizontal)
        frame.splitDockWidget(self.network, self.error, vertical)
        frame.splitDockWidget(self.output, self.inspector, vertical)
        frame.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        frame.tabifyDockWidget(self.error, self.weights)
        frame.tabifyDockWidget(self.weights, self.samples)
        self.error.raise_()
        foot = self.statusBar()
        foot.setSizeGripEnabled(False)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addPermanentWidget(self._status, 1)
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        frame.resizeDocks([self.setup, self.network, self.output], [274, 808, 334], horizontal)
        frame.resizeDocks([self.network, self.error], [566, 240], vertical)
        frame.resizeDocks([self.output, self.inspector], [434, 372], vertical)

    def _connect(self) -> None:
        self.session.changed.connect(self._on_changed)
        self.session.said.connect(self._on_said)
        self.session.undo_stack.canUndoChanged.connect(self._actions["undo"].setEnabled)
        self.session.undo_stack.canRedoChanged.connect(self._actions["redo"].setEnabled)
        self.filing.retitled.connect(self._show_title)
        self.filing.said.connect(self._status.say_file)
        self.filing.failed.connect(self._on_failed)
        self.filing.taken.connect(self._on_taken)
        self._top.mode_chosen.connect(self._on_mode)
        self.setup.data.drawing.connect(self._on_drawing)

    @Slot(object, object)
    def _on_changed(self, changes: Changes, initiator: object) -> None:
        self._measures.refresh(changes)
        for part in (self._top, *self.docks, self._status):
            part.refresh(changes)  # type: ignore[attr-defined]  # every dock has it; a test holds them to it
        # What was said of another run or network is no longer so; a note on this very change comes after it.
        edited = initiator is not self.session.bridge and bool(changes & OUTDATES)
        if edited or (self.session.running and not self._training):
            self._status.say("")
        self._training = self.session.running
        self._show_title()

    @Slot(str, str)
    def _on_said(self, kind: str, sentence: str) -> None:
        if kind == "error":
            self._on_failed(sentence)
        elif kind == "info":
            self._status.say(sentence)

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._strip.show_message("error", sentence)

    @Slot()
    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.filing.name}[*] – bpgui")
        self.setWindowModified(self.filing.modified)

    @Slot(str)
    def _on_mode(self, mode: str) -> None:
        self._status.say(self.tr("A step is one {mode} now.").format(mode=mode))

    @Slot()
    def _on_drawing(self) -> None:
        """The plane keeps to what has room for a figure, whatever the first samples are."""
        self.output.raise_()
        self.output.draw(True, (-1.1, 1.1, -1.1, 1.1))

    @Slot(object)
    def _on_taken(self, notes: tuple[str, ...]) -> None:
        self._strip.clear()
        self._status.say(" ".join(notes))

    # The layout of the panels

    def _take_layout(self) -> None:
        """Put the window and its panels where they were when it was closed; what cannot be read is passed over."""
        for name, take in (("window", self.restoreGeometry), ("layout", self._frame.restoreState)):
            kept = self._settings.value(name)
            if isinstance(kept, QByteArray):
                take(kept)

    def _keep_layout(self) -> None:
        if self._alone is not None:
            self.switch_full_screen()
        self._settings.setValue("window", self.saveGeometry())
        self._settings.setValue("layout", self._frame.saveState())

    @Slot()
    def restore_layout(self) -> None:
        """Put every panel back where it was at first."""
        if self._alone is not None:
            self.switch_full_screen()
        self._frame.restoreState(self._first_layout)

    @Slot()
    def switch_full_screen(self) -> None:
        """Show the panel that has the keyboard alone on the screen, the network where none has it; or all again."""
        if self._alone is None:
            focus = self.focusWidget()
            shown = next((dock for dock in self.docks if focus is not None and dock.isAncestorOf(focus)), self.network)
            self._alone = Alone(self._frame.saveState(), self.isMaximized())
            for dock in self.docks:
                dock.setVisible(dock is shown)
            self.showFullScreen()
        else:
            before, self._alone = self._alone, None
            self.showMaximized() if before.maximised else self.showNormal()
            self._frame.restoreState(before.layout)

    # The actions that are the window's own

    def commands(self) -> list[Command]:
        """Return all that can be done now."""
        found = [
            Command(action.text(), self.tr(entry.help), entry.written, action.trigger)
            for entry in ACTIONS
            if (action := self._actions[entry.name]).isEnabled() and entry.name != "search"
        ]
        load, learn = self.tr("Data: {name}"), self.tr("Open {name}")
        found += [
            Command(load.format(name=entry.label), entry.summary, "", partial(self.setup.data.choose, entry.name))
            for entry in DATASETS
        ]
        for path in self.filing.recent:
            name, folder = Path(path).name, str(Path(path).parent)
            found.append(Command(learn.format(name=name), folder, "", partial(self.open_path, path)))
        return found

    @Slot()
    def search(self) -> None:
        """Open the palette, or close it."""
        if self._palette.isVisible():
            self._palette.close_palette()
        else:
            self._palette.open(self.commands())

    @Slot()
    def show_shortcuts(self) -> None:
        """Show all keys."""
        ShortcutSheet(self).show()

    @Slot()
    def step(self) -> None:
        """Train for one update or epoch."""
        self.session.step(self._top.mode)

    @Slot()
    def step_mode(self) -> None:
        """Let a step be the other one."""
        self._top.mode = "epoch" if self._top.mode == "update" else "update"
        self._on_mode(self._top.mode)

    @Slot()
    def switch_theme(self) -> None:
        """Light or dark."""
        self._theme.toggle()
        self._settings.setValue("theme", self._theme.choice)

    @Slot()
    def follow_system(self) -> None:
        """As the desktop is."""
        self._theme.set_choice("system")
        self._settings.setValue("theme", self._theme.choice)

    @Slot(bool)
    def switch_motion(self, reduced: bool) -> None:
        """Let nothing move, or let it again."""
        reduce_motion(reduced)
        self._settings.setValue("reduce_motion", reduced)

    def open_path(self, path: str) -> None:
        """Open a project, or a data file as a new project."""
        self.filing.open_path(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first file dropped."""
        event.acceptProposedAction()
        self.open_path(next(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask if something would be lost, then end every thread."""
        if not self.filing.may_leave(self.close):
            event.ignore()
            return
        self._keep_layout()
        self.session.close()
        self._observer.close()
        self.samples.close_files()
        self.filing.close()
        event.accept()
