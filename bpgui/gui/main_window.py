"""The window: puts the parts together, gives each what changed, and carries out the actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QByteArray, QSettings, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from bpgui.data.builtin import DATASETS
from bpgui.gui.actions import ACTIONS
from bpgui.gui.autosave import Autosave
from bpgui.gui.docks.time_menu import FILE_MEGABYTES, MEGABYTES
from bpgui.gui.explain.workspace import ExplainWorkspace
from bpgui.gui.filing import Filing
from bpgui.gui.measures import Measures
from bpgui.gui.palette import Command, Palette
from bpgui.gui.recent_files import RecentFiles
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.shortcuts import ShortcutSheet
from bpgui.gui.status_bar import StatusBar
from bpgui.gui.theme.motion import reduce_motion, reduces_motion
from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.top_bar import TopBar
from bpgui.gui.train_workspace import TrainWorkspace
from bpgui.gui.viewing_bar import ViewingBar
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.workspace import Workspace
from bpgui.lessons.catalogue import LESSONS
from bpgui.project.changes import Changes

FIRST_SIZE = 1440, 900
SMALLEST = 1180, 720
OUTDATES = Changes.TOPOLOGY | Changes.MASKS | Changes.DATA | Changes.RECIPE | Changes.HISTORY
"""Edits after which the sentence in the status bar may be wrong."""


class MainWindow(QMainWindow):
    """One project in one window, seen in one workspace at a time.

    Each workspace, dock and bar has ``refresh(changes)``; the window calls it and knows nothing else about them.
    """

    def __init__(
        self, session: Session, theme: ThemeManager, settings: QSettings, recovery: Path | None = None
    ) -> None:
        """``recovery`` is the folder in which the document is kept safe from crashes; without one it is not."""
        super().__init__()
        self.session = session
        self._theme = theme
        self._settings = settings
        self._observer = session.observer
        self._can_undo = False
        self.filing = Filing(session, settings, self)
        self._actions = self._make_actions()
        self._top = TopBar(session, self._actions, RecentFiles(self.filing))
        self._viewing = ViewingBar(session, self._actions)
        self._strip, self._offer = MessageStrip(), MessageStrip()
        self.autosave = None if recovery is None else Autosave(session, self.filing, recovery, self)
        self._status = StatusBar(session)
        self._measures = Measures(session, self._observer, self)
        self.train = TrainWorkspace(session, self._observer, self._measures)
        self._workspaces: dict[str, Workspace] = {self.train.name: self.train}
        self._stack = QStackedWidget()
        self._maximised = False
        self._palette = Palette(self)
        self._arrange()
        self._take_layout()
        self._connect()
        self.setAcceptDrops(True)
        self.train.network.setFocus(Qt.FocusReason.MouseFocusReason)
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
            "undo": self.session.undo,
            "earlier": self.look_earlier,
            "later": self.look_later,
            "epoch_back": self.look_epoch_back,
            "epoch_on": self.look_epoch_on,
            "to_start": self.look_at_start,
            "to_live": self.session.look_live,
            "continue_here": self.session.continue_here,
            "name_moment": self.name_moment,
            "redo": self.session.redo,
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
            "train": self.show_train,
            "explain": self.show_explain,
            "explain_selection": self.explain_selection,
            "walk_on": self.walk_on,
            "walk_back": self.walk_back,
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
        for name in ("undo", "redo", "walk_on", "walk_back"):
            actions[name].setEnabled(False)
        return actions

    def _arrange(self) -> None:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addWidget(self._viewing)
        column.addWidget(self._offer)
        column.addWidget(self._strip)
        self.setMenuWidget(head)
        self._stack.addWidget(self.train)
        self.setCentralWidget(self._stack)
        foot = self.statusBar()
        foot.setSizeGripEnabled(False)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addPermanentWidget(self._status, 1)
        self.setMinimumSize(*SMALLEST)
        self.resize(*FIRST_SIZE)
        self.train.size_panels()

    def _connect(self) -> None:
        self.session.changed.connect(self._on_changed)
        self.session.said.connect(self._on_said)
        self.session.undo_stack.canUndoChanged.connect(self._on_can_undo)
        for told in (self.session.viewing.told, self.session.viewing.moved):
            told.connect(self._show_undo)
        self.session.undo_stack.canRedoChanged.connect(self._actions["redo"].setEnabled)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)
        self.session.viewing.moved.connect(self._on_moved)
        self.filing.retitled.connect(self._show_title)
        self.filing.said.connect(self._status.say_file)
        self.filing.saved.connect(self._strip.clear)
        self.filing.failed.connect(self._on_failed)
        self.filing.conflicted.connect(self._on_conflicted)
        self._strip.acted.connect(self._on_acted)
        self._offer.acted.connect(self._on_acted)
        if self.autosave is not None:
            self._offer.dismissed.connect(self.autosave.put_off)
            self.autosave.told.connect(self._status.say_file)
            self.autosave.offered.connect(self._on_offered)
            self.autosave.failed.connect(self._on_failed)
        self.filing.taken.connect(self._on_taken)
        self._top.mode_chosen.connect(self._on_mode)
        self._top.workspaces.chosen.connect(self.show_workspace)
        self.train.setup.data.drawing.connect(self._on_drawing)
        self.train.error.time_menu.budgeted.connect(self._on_budgeted)
        self.train.error.time_menu.file_budgeted.connect(self._on_file_budgeted)

    @Slot(object, object)
    def _on_changed(self, changes: Changes, initiator: object) -> None:
        self._measures.refresh(changes)
        self._top.refresh(changes)
        self._viewing.refresh()
        for workspace in self._workspaces.values():
            workspace.refresh(changes)
        self._status.refresh(changes)
        # What was said of another network is no longer so; a note on this very change comes after it.
        if initiator is not self.session.bridge and changes & OUTDATES:
            self._status.say("")
        self._show_title()

    @Slot(str, str)
    def _on_said(self, kind: str, sentence: str) -> None:
        if kind == "error":
            self._on_failed(sentence)
        else:  # a warning stands in the error panel too, which need not be seen
            self._status.say(sentence[:1].upper() + sentence[1:])

    @Slot(str)
    def _on_failed(self, sentence: str) -> None:
        self._strip.show_message("error", sentence)

    @Slot(str)
    def _on_conflicted(self, sentence: str) -> None:
        ways = [("replace", self.tr("Replace it")), ("save_as", self.tr("Save as…"))]
        self._strip.show_message("error", sentence, ways)

    @Slot(str)
    def _on_offered(self, sentence: str) -> None:
        if sentence:
            ways = [("restore", self.tr("Open it")), ("discard", self.tr("Discard it"))]
            self._offer.show_message("info", sentence, ways)
        else:
            self._offer.clear()

    @Slot(str)
    def _on_acted(self, name: str) -> None:
        """Do what a strip offers."""
        if name in ("replace", "save_as"):
            self._strip.clear()
            self.filing.replace() if name == "replace" else self.filing.save_as()
        elif self.autosave is not None:
            self.autosave.restore() if name == "restore" else self.autosave.discard()

    @Slot(bool)
    def _on_can_undo(self, can: bool) -> None:
        self._can_undo = can
        self._show_undo()

    @Slot()
    def _show_undo(self) -> None:
        """Offer undo where there is anything to take back, be it that it is not done yet."""
        self._actions["undo"].setEnabled(self._can_undo or self.session.viewing.goes_on)

    @Slot()
    def _on_moved(self) -> None:
        self._on_focus(None, self.focusWidget())

    @Slot()
    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.filing.name}[*] – bpgui")
        self.setWindowModified(self.filing.modified)

    @Slot(QWidget, QWidget)
    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Home and End belong to what has a beginning and an end of its own and the keyboard, unless one looks back,
        letters to a table."""
        looks_back = self.session.view is not None
        has_ends, is_table = isinstance(now, (QComboBox, ValueSlider)), isinstance(now, QAbstractItemView)
        for entry in ACTIONS:
            is_end, is_letter = entry.name in ("to_start", "to_live"), any(len(str(key)) == 1 for key in entry.keys)
            if is_end or is_letter:
                taken = is_table or (has_ends and is_end and not looks_back)
                self._actions[entry.name].setShortcuts([] if taken else entry.shortcuts)

    @Slot(str)
    def _on_mode(self, mode: str) -> None:
        self._status.say(self.tr("A step is one {mode} now.").format(mode=mode))

    @Slot()
    def _on_drawing(self) -> None:
        """The plane keeps to what has room for a figure, whatever the first samples are."""
        self.train.output.raise_()
        self.train.output.draw(True, (-1.1, 1.1, -1.1, 1.1))

    @Slot(object)
    def _on_taken(self, notes: tuple[str, ...]) -> None:
        self._strip.clear()
        self._status.say(" ".join(notes))
        self.train.setup.data.tell(" ".join(notes))

    # Workspaces and their panels

    @property
    def workspace(self) -> Workspace:
        """The workspace that is shown."""
        return self._workspaces[self._top.workspaces.value]

    @property
    def explain(self) -> ExplainWorkspace:
        """The Explain workspace, made when it is first wanted."""
        if "explain" not in self._workspaces:
            made = ExplainWorkspace(self.session, self._observer)
            self._workspaces[made.name] = made
            made.lesson.begun.connect(self.filing.detach)
            self._stack.addWidget(made)
            made.resize(self._stack.size())
            made.size_panels()
            made.take_layout(self._settings)
        found = self._workspaces["explain"]
        assert isinstance(found, ExplainWorkspace)
        return found

    @Slot(str)
    def show_workspace(self, name: str) -> None:
        """Show "train" or "explain"."""
        if self.workspace.alone is not None:
            self.switch_full_screen()
        shown = self.explain if name == "explain" else self._workspaces[name]
        self._top.workspaces.value = name
        for workspace in self._workspaces.values():
            workspace.set_seen(workspace is shown)  # first: what is shown must not be of what is not there any more
        self._stack.setCurrentWidget(shown)
        for action in ("walk_on", "walk_back"):
            self._actions[action].setEnabled(name == "explain")
        shown.take_focus()

    def _take_layout(self) -> None:
        """Put the window and its panels where they were when it was closed; what cannot be read is passed over."""
        megabytes = self._settings.value("timeline/megabytes", 0, type=int)
        if megabytes in MEGABYTES:
            self.session.set_budget(int(megabytes) * 2**20)
        in_files = self._settings.value("timeline/megabytes_in_files", 0, type=int)
        if in_files in FILE_MEGABYTES:
            self._keep_in_files(int(in_files))
        kept = self._settings.value("window")
        if isinstance(kept, QByteArray):
            self.restoreGeometry(kept)
        self.train.take_layout(self._settings)

    def _keep_layout(self) -> None:
        if self.workspace.alone is not None:
            self.switch_full_screen()
        self._settings.setValue("window", self.saveGeometry())
        for workspace in self._workspaces.values():
            workspace.keep_layout(self._settings)

    @Slot()
    def restore_layout(self) -> None:
        """Put every panel back where it was at first."""
        if self.workspace.alone is not None:
            self.switch_full_screen()
        self.workspace.restore_layout()

    @Slot()
    def switch_full_screen(self) -> None:
        """Show the panel that has the keyboard alone on the screen, the network where none has it; or all again."""
        if self.workspace.alone is None:
            self._maximised = self.isMaximized()
            self.workspace.show_alone()
            self.showFullScreen()
        else:
            self.showMaximized() if self._maximised else self.showNormal()
            self.workspace.show_all()

    @Slot()
    def show_train(self) -> None:
        """Show the Train workspace."""
        self.show_workspace("train")

    @Slot()
    def show_explain(self) -> None:
        """Show the Explain workspace."""
        self.show_workspace("explain")

    @Slot()
    def explain_selection(self) -> None:
        """Show why what is selected moves; of a neuron the strongest weight that leads into it."""
        selection, network = self.session.selection, self.session.project.network
        into = selection.entries(network) if selection.neurons and selection.key is None else None
        if into is not None and into.any():
            sizes = np.where(into & ~network.cut, np.abs(self.session.project.training.state.vector), -1.0)
            self.session.select(Selection.of("entry", int(network.keys[int(sizes.argmax())])))
        self.show_workspace("explain")

    @Slot()
    def walk_on(self) -> None:
        """Go on by one stop of the walk."""
        if self.workspace is self._workspaces.get("explain"):
            self.explain.explanation.step(1)

    @Slot()
    def walk_back(self) -> None:
        """Go back by one stop of the walk."""
        if self.workspace is self._workspaces.get("explain"):
            self.explain.explanation.step(-1)

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
            Command(load.format(name=entry.label), entry.summary, "", partial(self.train.setup.data.choose, entry.name))
            for entry in DATASETS
        ]
        lesson = self.tr("Lesson: {name}")
        found += [
            Command(lesson.format(name=entry.label), entry.summary, "", partial(self.open_lesson, entry.path))
            for entry in LESSONS
        ]
        menu = self.train.error.time_menu
        found += [Command(words, menu.title(), "", act) for words, act in menu.choices()]
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
    def look_earlier(self) -> None:
        """Look at the marked moment before the one that is shown."""
        self.train.error.time_strip.step(-1)

    @Slot()
    def look_later(self) -> None:
        """Look at the marked moment after the one that is shown."""
        self.train.error.time_strip.step(1)

    @Slot()
    def look_epoch_back(self) -> None:
        """Look at the epoch before the one that is shown."""
        self.train.error.time_strip.step_epoch(-1)

    @Slot()
    def look_epoch_on(self) -> None:
        """Look at the epoch after the one that is shown."""
        self.train.error.time_strip.step_epoch(1)

    @Slot()
    def look_at_start(self) -> None:
        """Look at the beginning of the run."""
        self.session.look(self.session.branch.id, 0)

    @Slot()
    def name_moment(self) -> None:
        """Let a person name the moment that is shown."""
        self.show_train()
        self.train.error.show()
        self.train.error.raise_()
        self.train.error.time_strip.name_moment()

    @Slot(int)
    def _on_budgeted(self, megabytes: int) -> None:
        self.session.set_budget(megabytes * 2**20)
        self._settings.setValue("timeline/megabytes", megabytes)

    @Slot(int)
    def _on_file_budgeted(self, megabytes: int) -> None:
        self._keep_in_files(megabytes)
        self._settings.setValue("timeline/megabytes_in_files", megabytes)

    def _keep_in_files(self, megabytes: int) -> None:
        self.train.error.time_menu.in_files = megabytes
        self.filing.checkpoint_bytes = megabytes * 2**20

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

    def open_lesson(self, path: str | Path) -> None:
        """Open a lesson in the Explain workspace."""
        self.show_workspace("explain")
        self.explain.lesson.open_lesson(path)

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
        self.hide()  # a thread may need a moment to see that nobody waits any more
        self.session.close()
        for workspace in self._workspaces.values():
            workspace.close_files()
        if self.autosave is not None:
            self.autosave.close()
        self.filing.close()
        event.accept()
