"""A person before a window with nothing but the setup panel, on a real session with its worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from dressing import dress_light
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QLineEdit, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from bpgui.gui.docks.setup import WIDTH, SetupDock
from bpgui.gui.docks.setup_parts import Line
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.section import Section
from bpgui.gui.widgets.stepper import Stepper
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.state import of_builtin

TABLE = "height,width,kind\n" + "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(40))


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    # A combo box tells its entry as its name on Linux and leaves the rest to the label beside it.
    return widget.accessibleName() or QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


class SetupPerson(QObject):
    """A window with nothing but the panel, and what a person does in it."""

    def __init__(self, qtbot: QtBot, name: str, theme: ThemeManager) -> None:
        super().__init__()
        self.theme = theme
        self._qtbot = qtbot
        self.session = Session(of_builtin(name))
        self.window = QMainWindow()
        self.dock = SetupDock(self.session)
        self.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        self.window.resize(WIDTH, 900)
        self.session.changed.connect(self._on_changed)
        self.session.said.connect(self._on_said)
        self.heard: list[str] = []
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    @Slot(object, object)
    def _on_changed(self, changes: Changes, _initiator: object) -> None:
        self.dock.refresh(changes)

    @Slot(str, str)
    def _on_said(self, _kind: str, sentence: str) -> None:
        self.heard.append(sentence)

    def close(self) -> None:
        self.session.close()
        self.window.close()
        self.window.deleteLater()

    def all(self, kind: type, name: str) -> list:
        QApplication.processEvents()  # a widget that came just now shows with the next event
        return [w for w in self.dock.findChildren(kind) if name_of(w) == name and w.isVisibleTo(self.dock)]

    def find(self, kind: type, name: str):
        found = self.all(kind, name)
        assert len(found) == 1, (name, [name_of(w) for w in self.dock.findChildren(kind)])
        return found[0]

    def click(self, name: str, kind: type = QAbstractButton) -> None:
        self._qtbot.mouseClick(self.find(kind, name), Qt.MouseButton.LeftButton)

    def type_in(self, name: str, text: str) -> QLineEdit:
        edit = self.find(QLineEdit, name)
        edit.setFocus(Qt.FocusReason.TabFocusReason)
        edit.selectAll()
        self._qtbot.keyClicks(edit, text)
        self._qtbot.keyClick(edit, Qt.Key.Key_Return)
        return edit

    def choose(self, name: str, label: str) -> None:
        """Go to an entry with the arrow keys of the open list."""
        choice = self.find(Choice, name)
        row = choice.findText(label)
        assert row >= 0
        choice.setFocus(Qt.FocusReason.TabFocusReason)
        choice.showPopup()
        view = choice.view()
        self._qtbot.keyClick(view, Qt.Key.Key_Home)
        for _ in range(row):
            self._qtbot.keyClick(view, Qt.Key.Key_Down)
        self._qtbot.keyClick(view, Qt.Key.Key_Return)

    def step(self, layer: int, what: str) -> None:
        stepper = self.stepper(layer)
        button = next(b for b in stepper.findChildren(QAbstractButton) if b.accessibleName() == what)
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def stepper(self, layer: int) -> Stepper:
        stepper = self.find(QLineEdit, f"Neurons of layer {layer}").parent()
        assert isinstance(stepper, Stepper)
        return stepper

    def lines(self) -> list[str]:
        return [line.text() for line in self.dock.findChildren(Line) if line.isVisibleTo(self.dock)]

    def caption(self, section: str) -> str:
        header = next(b for b in self.dock.findChildren(QAbstractButton) if b.accessibleName() == section)
        assert isinstance(header.parent(), Section)
        return header.accessibleDescription()

    @property
    def project(self):
        return self.session.project

    @property
    def steps(self) -> int:
        return self.session.undo_stack.index()

    def undo(self) -> None:
        self.session.undo_stack.undo()

    def settle(self) -> None:
        """Wait until what the session has is what the worker has."""
        trainer = self.session.bridge.worker.trainer
        self._qtbot.waitUntil(lambda: np.array_equal(self.project.parameters.vector, trainer.params.vector))

    def train(self, epochs: int) -> None:
        """Train for some epochs, then stand still."""
        for done in range(1, epochs + 1):
            self.session.step("epoch")
            self._qtbot.waitUntil(lambda done=done: self.session.progress.epoch == done)
        self.settle()

    def run(self) -> None:
        """Train on and on, at full speed."""
        self.session.set_pace(None)
        assert self.session.edit(edits.set_recipe, epochs=10**9) == ""
        self.session.run()
        self._qtbot.waitUntil(lambda: self.session.running and self.session.progress.epoch > 3)

    def goes_on(self) -> None:
        """Wait until training got further, with every edit made."""
        update = self.session.progress.update
        self._qtbot.waitUntil(lambda: self.session.progress.update > update)
        assert self.session.running


def panels(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[str], SetupPerson]]:
    """Open a panel on a built-in data set; each is closed, with its worker, at the end."""
    theme = dress_light(qapp)
    people: list[SetupPerson] = []

    def opened(name: str) -> SetupPerson:
        people.append(SetupPerson(qtbot, name, theme))
        return people[-1]

    yield opened
    for person in people:
        person.close()
    theme.deleteLater()


def texts(person: SetupPerson) -> list[str]:
    """What stands in the panel."""
    return [label.text() for label in person.dock.findChildren(QLabel) if label.isVisibleTo(person.dock)]


def is_error(person: SetupPerson, text: str) -> bool:
    """Whether that line is in the colour of errors."""
    return any(line.text() == text and line.property("tone") == "error" for line in person.dock.findChildren(Line))


def answer_file_dialog(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the file dialog answer at once, as if the person had picked that file."""

    def answered(dialog: QFileDialog) -> None:
        dialog.fileSelected.emit(str(path))
        dialog.reject()

    monkeypatch.setattr(QFileDialog, "open", answered)


def values(project) -> dict[int, float]:
    return dict(zip(project.network.keys.tolist(), project.parameters.vector.tolist(), strict=True))
