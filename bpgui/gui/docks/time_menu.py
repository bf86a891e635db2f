"""What can be done with the past, as a menu: go to any run, name a moment, forget, and how much is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from bpgui.files.project_file import CHECKPOINT_BYTES
from bpgui.gui.docks.lanes import label_of
from bpgui.gui.session import Session
from bpgui.number_text import format_count

MOST_LISTED = 20
MEGABYTES, FILE_MEGABYTES = (64, 256, 1024), (8, 32, 128)


class TimeMenu(QMenu):
    """Made anew whenever it opens. ``naming``: a person wants to name the moment that is shown;
    ``budgeted(megabytes)`` and ``file_budgeted(megabytes)``: chose how much of the past is kept in memory, in files."""

    naming = Signal()
    budgeted = Signal(int)
    file_budgeted = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Runs, branches and moments"))
        self._session = session
        self.in_files = CHECKPOINT_BYTES // 2**20
        """Megabytes of the past that a file may hold."""
        self.aboutToShow.connect(self._fill)

    def choices(self) -> list[tuple[str, Callable[[], object]]]:
        """Return all that can be chosen now but the name, in words that stand alone, and how to do it."""
        self._fill()
        return list(_choices_of(self.actions()[1:], ""))

    @Slot()
    def _fill(self) -> None:
        for action in self.actions():
            if isinstance(below := action.menu(), QMenu):
                below.deleteLater()  # clear() leaves it
        self.clear()
        self.addAction(self.tr("Name this moment…"), self.naming.emit)
        past = self._session.past
        others = [branch for branch in past.branches.values() if branch.id != self._session.branch.id]
        going = self.addMenu(self.tr("Go to the end of"))
        going.setEnabled(bool(others))
        for branch in reversed(others[-MOST_LISTED:]):
            epoch = self._session.reached.epoch if branch.id == past.present else branch.tip.epoch
            words = self.tr("{name}, epoch {n}").format(name=self._session.called(branch), n=format_count(epoch))
            label = label_of(branch, branch.trained)
            going.addAction(f"{words}   {label}".rstrip(), partial(self._session.look, branch.id, epoch))
        self.addSeparator()
        words = self.tr("Forget all but {name}…").format(name=self._session.called(past.here))
        forget = self.addAction(words, self._forget)
        forget.setEnabled(len(past.branches) > len(past.path(past.present)) or self._has_other_future())
        self._offer(self.tr("Memory for the timeline"), MEGABYTES, self._session.budget // 2**20, self.budgeted.emit)
        self._offer(self.tr("Room for it in files"), FILE_MEGABYTES, self.in_files, self.file_budgeted.emit)

    @Slot()
    def _forget(self) -> None:
        """Ask, as no undo brings it back, and say what stays: it need not be what is looked at."""
        name = self._session.called(self._session.past.here)
        question = self.tr("Forget all runs and branches but {name} and the way there? They cannot be brought back.")
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Cancel
        if QMessageBox.question(self, self.tr("bpgui"), question.format(name=name), yes | no, no) == yes:
            self._session.forget_others()

    def _offer(self, title: str, choices: tuple[int, ...], present: int, choose: Callable[[int], object]) -> None:
        """Add a menu of numbers of megabytes."""
        menu = self.addMenu(title)
        group = QActionGroup(menu)
        for megabytes in choices:
            action = menu.addAction(self.tr("{n} MB").format(n=format_count(megabytes)))
            action.setCheckable(True)
            action.setChecked(megabytes == present)
            action.triggered.connect(partial(choose, megabytes))
            group.addAction(action)

    def _has_other_future(self) -> bool:
        """Whether a branch on the way to the present goes on beyond where it was left."""
        past = self._session.past
        path = past.path(past.present)
        return any(branch.tip.update > child.start.update for branch, child in pairwise(path))


def _choices_of(actions: Sequence[QAction], before: str) -> Iterator[tuple[str, Callable[[], object]]]:
    for action in actions:
        words, below = f"{before}{action.text()}", action.menu()
        if isinstance(below, QMenu):
            yield from _choices_of(below.actions(), f"{words}: ")
        elif action.isEnabled() and not action.isSeparator():
            yield words, action.trigger
