"""A monkey at the real window: whatever it does, with training on and off, nothing breaks and undo leads back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from support import tries
from whole_window import windows

from bpgui.gui.main_window import MainWindow
from bpgui.project.state import Project, of_builtin

NO = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
LEFT = Qt.MouseButton.LeftButton
KEYS = [
    *((key, NO) for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)),
    *((key, CTRL) for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_L, Qt.Key.Key_0)),
    *((key, ALT) for key in (Qt.Key.Key_Up, Qt.Key.Key_Down)),
    *((key, modifier) for key in (Qt.Key.Key_N, Qt.Key.Key_Delete) for modifier in (NO, SHIFT)),
    *((key, NO) for key in (Qt.Key.Key_F, Qt.Key.Key_L, Qt.Key.Key_Escape, Qt.Key.Key_Plus, Qt.Key.Key_Minus)),
    *((key, NO) for key in (Qt.Key.Key_1, Qt.Key.Key_5, Qt.Key.Key_Period, Qt.Key.Key_Return, Qt.Key.Key_Tab)),
]
MOST_UNITS = 14
"""The monkey would else build networks that take it minutes to walk through."""


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[Project], MainWindow]]:
    yield from windows(qtbot, qapp, tmp_path)


class Monkey:
    """One random act after another, the same ones for the same seed."""

    def __init__(self, qtbot: QtBot, window: MainWindow, seed: int, *, trains: bool) -> None:
        self.qtbot, self.window = qtbot, window
        self.draw = random.Random(seed)
        self.trains = trains
        self.canvas, self.session = window.train.network.canvas, window.session

    def act(self) -> None:
        acts: list[Callable[[], object]] = [
            *[self.click] * 6,
            *[self.drag] * 4,
            *[self.press] * 12,
            self.hover,
            self.undo,
            self.undo,
            self.redo,
            self.figure,
            self.weak,
            self.step_units,
            self.inspect,
            self.activation,
            self.zoom,
            *[self.look] * 3,
            self.session.viewing.end,
            self.session.continue_here,
            self.name,
        ]
        if self.trains:
            acts += [self.window._actions["run_or_pause"].trigger, self.window.step, self.session.reset]
        if max(self.session.project.network.sizes) > MOST_UNITS or len(self.session.project.network.layers) > 6:
            acts = [self.undo]
        self.draw.choice(acts)()
        if self.draw.random() < 0.2:
            self.qtbot.wait(self.draw.randint(0, 30))

    def point(self) -> QPoint:
        """Mostly on a neuron."""
        scene = self.canvas.scene
        if self.draw.random() < 0.6:
            column = self.draw.choice(scene.columns)
            return QPoint(round(column.x), round(float(self.draw.choice(column.ys.tolist()))))
        return QPoint(self.draw.randrange(self.canvas.width()), self.draw.randrange(self.canvas.height()))

    def click(self) -> None:
        self.qtbot.mouseClick(self.canvas, LEFT, self.draw.choice([NO, NO, CTRL]), self.point())

    def drag(self) -> None:
        start, end = self.point(), self.point()
        self.qtbot.mousePress(self.canvas, LEFT, NO, start)
        self.qtbot.mouseMove(self.canvas, (start + end) / 2)
        self.qtbot.mouseMove(self.canvas, end)
        self.qtbot.mouseRelease(self.canvas, LEFT, NO, end)

    def press(self) -> None:
        if self.draw.random() < 0.5:
            self.canvas.setFocus()
        self.qtbot.keyClick(QApplication.focusWidget() or self.canvas, *self.draw.choice(KEYS))

    def hover(self) -> None:
        self.qtbot.mouseMove(self.canvas, self.point())

    def undo(self) -> None:
        self.session.undo()

    def redo(self) -> None:
        self.session.redo()

    def look(self) -> None:
        branch = self.draw.choice(list(self.session.past.branches))
        self.session.look(branch, self.draw.randint(0, self.session.reached.epoch + 2))

    def name(self) -> None:
        self.session.name_moment(f"moment {self.draw.randint(0, 9)}")

    def figure(self) -> None:
        self.window.train.network.figures.setFocus()
        self.qtbot.keyClick(self.window.train.network.figures, self.draw.choice([Qt.Key.Key_Left, Qt.Key.Key_Right]))

    def weak(self) -> None:
        self.window.train.network.weak.setFocus()
        self.qtbot.keyClick(self.window.train.network.weak, self.draw.choice([Qt.Key.Key_Home, Qt.Key.Key_PageUp]))

    def step_units(self) -> None:
        stepper = self.draw.choice(self.canvas.headers.steppers)
        stepper.ask(stepper.value + self.draw.choice([-2, -1, 1, 2]))

    def inspect(self) -> None:
        button = self.draw.choice([self.window.train.inspector.freeze, self.window.train.inspector.delete])
        if button.isVisible():
            self.qtbot.mouseClick(button, LEFT)

    def activation(self) -> None:
        choice = self.window.train.inspector.activation
        if choice.isVisible():
            choice.activated.emit(self.draw.randrange(choice.count()))

    def zoom(self) -> None:
        self.canvas._set_view(self.canvas._view.zoomed(self.draw.choice([0.5, 1.3]), 10.0, 10.0))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "trains"), [("spirals", False), ("xor", True)])
def test_a_monkey_breaks_nothing_and_undo_leads_back_to_the_start(
    qtbot: QtBot, opened: Callable[[Project], MainWindow], name: str, trains: bool
) -> None:
    window = opened(of_builtin(name))
    session = window.session
    start = session.project
    monkey = Monkey(qtbot, window, 1, trains=trains)
    for _ in tries(2000):
        monkey.act()
    session.viewing.end()
    session.pause()
    qtbot.waitUntil(lambda: session.settled and not session.running, timeout=20_000)
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    qtbot.waitUntil(lambda: session.settled, timeout=20_000)
    project = session.project
    assert project.network == start.network
    assert project.recipe == start.recipe
    assert project.data is start.data
    if not trains:
        assert np.array_equal(project.training.state.vector, start.training.state.vector)
        trainer = session.bridge.worker.trainer
        assert np.array_equal(trainer.state().vector, start.training.state.vector)
    window.filing.let_go()
    window.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not [each for each in names if each.startswith("bpgui")]
