"""The window: puts the parts together, gives each what changed, and carries out the actions."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox, QVBoxLayout, QWidget

from bpgui.gui.actions import ACTIONS
from bpgui.gui.docks.error import ErrorDock
from bpgui.gui.docks.network import NetworkDock
from bpgui.gui.docks.output import OutputDock
from bpgui.gui.docks.setup import SetupDock
from bpgui.gui.documents import Documents
from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.status_bar import StatusBar
from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.theme.tokens import GUTTER
from bpgui.gui.top_bar import TopBar
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.project.changes import Changes
from bpgui.project.state import Project, of_builtin
from bpgui.training.trainer import Trainer

FIRST_SIZE = 1440, 900
SMALLEST = 1180, 720


class MainWindow(QMainWindow):
    """One project in one window.

    Each dock and bar has ``refresh(changes)``; the window calls it and knows nothing else about them. The methods with
    the names of ACTIONS are what those actions do.
    """

    _captured = Signal(object)

    def __init__(self, session: Session, theme: ThemeManager, settings: QSettings) -> None:
        super().__init__()
        self._session = session
        self._theme = theme
        self._settings = settings
        self._path = ""
        self._saved_update = 0
        self._closing_after_save = False
        self._observer = Observer(self)
        self._documents = Documents(self)
        self._actions = self._make_actions()
        self._top = TopBar(session, self._actions)
        self._strip = MessageStrip()
        self._status = StatusBar(session)
        self.setup = SetupDock(session)
        self.network = NetworkDock(session)
        self.error = ErrorDock(session)
        self.output = OutputDock(session, self._observer)
        self.docks: tuple[Dock, ...] = (self.setup, self.network, self.error, self.output)
        self._arrange()
        self._connect()
        self.setAcceptDrops(True)
        self.network.setFocus(Qt.FocusReason.MouseFocusReason)
        self._show_title()

    @property
    def session(self) -> Session:
        """What the window shows and works on."""
        return self._session

    @property
    def documents(self) -> Documents:
        """What opens and saves files."""
        return self._documents

    @property
    def complaint(self) -> str:
        """The error shown under the top bar, or ""."""
        return self._strip.text

    # Putting together

    def _make_actions(self) -> dict[str, QAction]:
        actions = {}
        for entry in ACTIONS:
            action = QAction(self.tr(entry.label), self)
            action.setShortcuts([QKeySequence(key) for key in entry.keys])
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{self.tr(entry.help)} ({shown})" if shown else self.tr(entry.help))
            action.triggered.connect(getattr(self, entry.name))
            self.addAction(action)
            actions[entry.name] = action
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
        frame = QMainWindow()
        frame.setWindowFlags(Qt.WindowType.Widget)
        frame.setContentsMargins(GUTTER, GUTTER, GUTTER, GUTTER)
        frame.setDockNestingEnabled(True)
        self.setCentralWidget(frame)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        frame.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.setup)
        frame.splitDockWidget(self.setup, self.network, horizontal)
        frame.splitDockWidget(self.network, self.output, horizontal)
        frame.splitDockWidget(self.network, self.error, vertical)
        foot = self.statusBar()
        foot.setSizeGripEnabled(False)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addPermanentWidget(self._status, 1)
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        frame.resizeDocks([self.setup, self.network, self.output], [274, 808, 334], horizontal)
        frame.resizeDocks([self.network, self.error], [566, 240], vertical)

    def _connect(self) -> None:
        self._session.changed.connect(self._on_changed)
        self._session.said.connect(self._on_said)
        self._session.undo_stack.cleanChanged.connect(self._show_title)
        self._documents.opened.connect(self._on_opened)
        self._documents.saved.connect(self._on_saved)
        self._documents.failed.connect(self._on_failed)
        self._captured.connect(self._on_captured, Qt.ConnectionType.QueuedConnection)
        self._top.mode_chosen.connect(self._on_mode)

    @Slot(object, object)
    def _on_changed(self, changes: Changes, _initiator: object) -> None:
        for part in (self._top, *self.docks, self._status):
            part.refresh(changes)  # type: ignore[attr-defined]  # every dock has it; a test holds them to it
        undo, redo = self._session.undo_stack.canUndo(), self._session.undo_stack.canRedo()
        self._actions["undo"].setEnabled(undo)
        self._actions["redo"].setEnabled(redo)
        self._show_title()

    @Slot(str, str)
    def _on_said(self, kind: str, sentence: str) -> None:
        if kind == "error":
            self._strip.show_message("error", sentence)
        elif kind == "info":
            self._status.say(sentence)

    @property
    def modified(self) -> bool:
        """Whether there is something that the file does not hold."""
        return not self._session.undo_stack.isClean() or self._session.progress.update != self._saved_update

    def _show_title(self, _clean: bool = True) -> None:
        name = Path(self._path).stem if self._path else self._session.project.name
        self.setWindowTitle(f"{name}[*] – bpgui")
        self.setWindowModified(self.modified)

    # The actions

    @Slot()
    def run_or_pause(self) -> None:
        """Train, or pause."""
        self._session.toggle()

    @Slot()
    def step(self) -> None:
        """Train for one update or epoch."""
        self._session.step(self._top.mode)

    @Slot()
    def step_mode(self) -> None:
        """Let a step be the other one."""
        self._top.mode = "epoch" if self._top.mode == "update" else "update"
        self._on_mode(self._top.mode)

    @Slot(str)
    def _on_mode(self, mode: str) -> None:
        self._status.say(self.tr("A step is one {mode} now.").format(mode=mode))

    @Slot()
    def reset(self) -> None:
        """Begin again from the same first weights."""
        self._session.reset()

    @Slot()
    def new_seed(self) -> None:
        """Begin again from other first weights."""
        self._session.new_seed()

    @Slot()
    def undo(self) -> None:
        """Take the last edit back."""
        self._session.undo_stack.undo()

    @Slot()
    def redo(self) -> None:
        """Do it again."""
        self._session.undo_stack.redo()

    @Slot()
    def theme(self) -> None:
        """Light or dark."""
        self._theme.toggle()
        self._settings.setValue("theme", self._theme.choice)

    @Slot()
    def quit(self) -> None:
        """Close the window."""
        self.close()

    # Files

    @Slot()
    def new(self) -> None:
        """Begin with the article's network."""
        if self._may_leave():
            self._take(of_builtin("article"), "")

    @Slot()
    def open(self) -> None:
        """Ask for a file and open it."""
        kinds = self.tr("Projects and data (*.bpgui *.csv *.tsv *.txt);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Open"), self._folder(), kinds)
        if path:
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Open a project, or a data file as a new project."""
        if self._may_leave():
            self._settings.setValue("folder", str(Path(path).parent))
            self._documents.open(path, self._session.project.recipe.seed)

    @Slot()
    def save(self) -> None:
        """Save under the present name, or ask for one."""
        if self._path:
            self._save_to(self._path)
        else:
            self.save_as()

    @Slot()
    def save_as(self) -> None:
        """Ask for a name and save."""
        first = self._path or str(Path(self._folder()) / f"{self._session.project.name}.bpgui")
        kinds = self.tr("Projects (*.bpgui)")
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save as"), first, kinds)
        if path:
            self._save_to(path if path.endswith(".bpgui") else f"{path}.bpgui")

    def _folder(self) -> str:
        return str(self._settings.value("folder", str(Path.home()), type=str))

    def _save_to(self, path: str) -> None:
        """The worker gives the exact state between two updates; the files' thread writes it."""
        self._path = path
        self._status.say_file(self.tr("Saving…"))
        self._session.bridge.worker.ask(self._capture)

    def _capture(self, trainer: Trainer) -> None:
        self._captured.emit(trainer.training)

    @Slot(object)
    def _on_captured(self, training: object) -> None:
        project = self._session.project.with_training(training)  # type: ignore[arg-type]  # a Training, see _capture
        self._saved_update = project.training.state.update
        self._session.undo_stack.setClean()
        self._documents.save(project, self._path)

    @Slot(str)
    def _on_saved(self, path: str) -> None:
        self._status.say_file(self.tr("Saved {name}").format(name=Path(path).name))
        self._show_title()
        if self._closing_after_save:
            self.close()

    @Slot(object, str, object)
    def _on_opened(self, project: Project, path: str, notes: tuple[str, ...]) -> None:
        self._take(project, path)
        self._status.say(" ".join(notes))

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._closing_after_save = False
        self._saved_update = -1
        self._status.say_file("")
        self._strip.show_message("error", sentence)
        self._show_title()

    def _take(self, project: Project, path: str) -> None:
        self._strip.clear()
        self._path = path
        self._saved_update = project.training.state.update
        self._session.replace(project)
        self._status.say_file("")

    def _may_leave(self) -> bool:
        """Ask once what to do with changes that no file holds."""
        if not self.modified or self._session.undo_stack.isClean():
            # Training alone is not asked about: it can be done again to the last bit.
            return True
        buttons = QMessageBox.StandardButton
        question = self.tr("Save the changes to {name}?").format(name=self._session.project.name)
        answer = QMessageBox.question(
            self, self.tr("bpgui"), question, buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save
        )
        if answer == buttons.Save:
            self.save()
        return bool(answer == buttons.Discard)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the first file dropped."""
        urls = event.mimeData().urls()
        if urls:
            self.open_path(urls[0].toLocalFile())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once, then end every thread."""
        if not self._closing_after_save and not self._may_leave():
            self._closing_after_save = bool(self._path)
            event.ignore()
            return
        self._session.close()
        self._observer.close()
        self._documents.close()
        event.accept()
