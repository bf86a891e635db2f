"""A person before a window with nothing but the network drawing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from pytestqt.qtbot import QtBot
from support import bits

from bpgui.data.dataset import Dataset
from bpgui.gui.docks.network import NetworkDock
from bpgui.gui.measures import Measures
from bpgui.gui.session import Session
from bpgui.network.names import weight_key
from bpgui.network.network import Network
from bpgui.network.parameters import places
from bpgui.project.changes import Changes
from bpgui.project.state import Project
from bpgui.training.recipe import Recipe
from bpgui.training.state import Training

NO = Qt.KeyboardModifier.NoModifier
SHIFT, ALT, CTRL = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LEFT = Qt.MouseButton.LeftButton


class Person(QObject):
    """A window with nothing but the network, and what a person does in it."""

    def __init__(self, qtbot: QtBot, project: Project) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.session = Session(project)
        self.observer = self.session.observer
        self.measures = Measures(self.session, self.observer)
        self.dock = NetworkDock(self.session, self.observer, self.measures)
        self.canvas = self.dock.canvas
        self.editor = self.canvas.editor
        self.session.changed.connect(self._on_changed)
        self.window = QMainWindow()
        self.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        self.window.resize(808, 566)

    def open(self) -> None:
        self.window.show()
        self.qtbot.waitExposed(self.window)
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)
        self.painted()

    @Slot(object, object)
    def _on_changed(self, changes: Changes, _initiator: object) -> None:
        self.measures.refresh(changes)
        self.dock.refresh(changes)

    def close(self) -> None:
        self.session.close()
        self.window.close()
        self.window.deleteLater()

    # Looking

    def settled(self) -> Project:
        """Wait until the document is what the worker has; return it."""
        trainer = self.session.bridge.worker.trainer
        self.qtbot.waitUntil(
            lambda: bits(self.session.project.training.state.vector) == bits(trainer.params.vector), timeout=10_000
        )
        return self.session.project

    def value(self, key: int) -> float:
        project = self.settled()
        return float(project.training.state.vector[places(project.network, np.array([key]))[0]])

    def others(self, *keys: int) -> dict[int, bytes]:
        """The bits of all parameters but these."""
        project = self.settled()
        pairs = zip(project.network.keys.tolist(), project.training.state.vector, strict=True)
        return {key: bits(value) for key, value in pairs if key not in keys}

    def painted(self) -> None:
        self.qtbot.waitUntil(lambda: self.canvas.picture.complete, timeout=20_000)

    def weight(self, source: tuple[int, int], target: tuple[int, int]) -> int:
        return weight_key(self.session.project.network, source, target)

    # Doing

    def point(self, key: int) -> QPoint:
        """A point where this connection or bias, and no other, is clicked."""
        scene = self.canvas.scene
        if scene.place(key).source is None:
            return QPointF(*scene.anchor(key)).toPoint()
        along = (scene.curves.point(scene.pair(key), at / 100) for at in range(5, 96))
        free = (QPoint(round(x), round(y)) for x, y in along if scene.at(round(x), round(y)) == key)
        found = next(free, None)
        assert found is not None, "no point of the curve is free"
        return found

    def click(self, key: int) -> None:
        self.qtbot.mouseClick(self.canvas, LEFT, NO, self.point(key))
        assert self.session.selection.key == key

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NO) -> None:
        self.qtbot.keyClick(focused(), key, modifiers)

    def type(self, text: str) -> None:
        for letter in text:  # each goes where the keyboard is by then
            if letter.isascii():
                self.qtbot.keyClick(focused(), letter)
            else:  # QTest knows no other keys
                QApplication.sendEvent(focused(), QKeyEvent(QEvent.Type.KeyPress, 0, NO, letter))

    def enter(self, text: str) -> None:
        self.type(text)
        self.press(Qt.Key.Key_Return)

    def turn_wheel(self, at: QPoint, notches: int, modifiers: Qt.KeyboardModifier = NO) -> None:
        turned = QPoint(0, 120 * notches)
        if modifiers == ALT:
            turned = turned.transposed()  # as the desktop sends it
        where = QPointF(at)
        event = QWheelEvent(
            where,
            self.canvas.mapToGlobal(where),
            QPoint(),
            turned,
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def dense(*sizes: int) -> Project:
    rng = np.random.default_rng(0)
    data = Dataset("made", rng.normal(size=(6, sizes[0])), rng.uniform(size=(6, sizes[-1])))
    return Project(Training.begin(Network.dense(sizes), data, Recipe(loss="mse")), "made")
