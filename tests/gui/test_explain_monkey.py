"""Anything in any order in the Explain workspace: nothing breaks, and at the end it shows what the session has."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from support import tries

from bpgui.gui.selection import Selection
from bpgui.lessons.catalogue import LESSONS
from bpgui.project import edits
from bpgui.project.state import of_builtin

NO = Qt.KeyboardModifier.NoModifier
STEPS = 150


class Monkey:
    """Knows what can be done, and does it by chance."""

    def __init__(self, window, seed):
        self.window, self.chance = window, random.Random(seed)
        self.session, self.explain = window.session, window.explain

    def step(self):
        """Do one thing."""
        self.chance.choice([self.select, self.walk, self.edit, self.train, self.learn, self.look, self.touch])()

    @property
    def network(self):
        return self.session.project.network

    def select(self):
        kind = self.chance.choice(["entry", "neuron", "layer"])
        layer = self.chance.choice(self.network.layers)
        ids = {"entry": self.network.keys.tolist(), "neuron": list(layer.unit_ids), "layer": [layer.id]}
        self.session.select(Selection.of(kind, self.chance.choice(ids[kind])))

    def walk(self):
        explanation = self.explain.explanation
        self.chance.choice(
            [
                lambda: explanation.step(self.chance.choice([-1, 1, 1])),
                lambda: explanation.go(self.chance.randrange(300)),
                lambda: explanation.set_grain(self.chance.choice(["layer", "neuron", "weight"])),
                lambda: explanation.set_digits(self.chance.choice([2, 3, 8, None])),
            ]
        )()

    def edit(self):
        layers, weights = len(self.network.layers), self.network.keys[: self.network.weight_count].tolist()
        layer = self.chance.randrange(1, layers)
        names = ["relu", "softmax", "tanh", "step", "gelu", "linear"]
        self.chance.choice(
            [
                lambda: self.session.edit(edits.set_units, layer, self.chance.randrange(1, 12)),
                lambda: self.session.edit(edits.add_layer, layers - 1) if layers < 6 else "",
                lambda: self.session.edit(edits.remove_layer, 1) if layers > 2 else "",
                lambda: self.session.edit(edits.set_activation, layer, self.chance.choice(names)),
                lambda: self.session.edit(edits.set_recipe, optimizer=self.chance.choice(["sgd", "adam", "rprop"])),
                lambda: self.session.edit(edits.set_recipe, loss=self.chance.choice(["mse", "mae", "huber"])),
                lambda: self.session.edit(edits.cut, [self.chance.choice(weights)]),
                lambda: self.session.edit(edits.freeze, [self.chance.choice(weights)]),
                lambda: self.session.edit(edits.use_project, of_builtin(self.chance.choice(["article", "xor"]))),
                self.session.undo_stack.undo,
                self.session.undo_stack.redo,
            ]
        )()

    def train(self):
        self.chance.choice([self.session.toggle, self.session.reset, self.session.new_seed])()

    def learn(self):
        lesson = self.explain.lesson
        entry = self.chance.choice(LESSONS)
        self.chance.choice(
            [lambda: lesson.open_lesson(entry.path), lesson.go_on, lesson.go_back, lesson.close_lesson]
        )()

    def look(self):
        self.chance.choice(
            [
                lambda: self.window.show_workspace(self.chance.choice(["train", "explain"])),
                lambda: self.window.resize(self.chance.choice([1180, 1440]), self.chance.choice([720, 900])),
                lambda: self.session.show_sample(self.chance.randrange(len(self.session.project.data.X))),
                lambda: self.session.replace(of_builtin(self.chance.choice(["article", "moons"]))),
                self.explain.weights.check,
                lambda: [spot.how().text for spot in self.explain.walk.drawing._spots],
                lambda: self.explain.values.view.how_at(QPointF(200, self.chance.randrange(300))),
            ]
        )()

    def touch(self):
        at = QPoint(self.chance.randrange(500), self.chance.randrange(300))
        drawing, table = self.explain.walk.drawing, self.explain.weights.table
        self.chance.choice(
            [
                lambda: QTest.mouseClick(drawing, Qt.MouseButton.LeftButton, NO, at),
                lambda: QTest.mouseMove(drawing, at),
                lambda: QTest.mouseDClick(table, Qt.MouseButton.LeftButton, NO, at),
            ]
        )()


@pytest.mark.parametrize("seed", tries(60))
def test_anything_in_any_order_breaks_nothing(qtbot, open_window, seed):
    window = open_window(of_builtin(["article", "xor", "spirals", "moons"][seed % 4]))
    window.show_workspace("explain")
    monkey = Monkey(window, seed)
    for _ in range(STEPS):
        monkey.step()
        qtbot.wait(monkey.chance.choice([0, 1, 10, 30]))
    window.session.pause()
    window.show_workspace("explain")
    explanation = window.explain.explanation
    qtbot.waitUntil(lambda: not window.session.running and window.session.settled and explanation.inquiry.settled)
    vector = window.session.project.training.state.vector.tolist()
    shown = explanation.numbers
    assert (shown is None and explanation.refusal) or shown.training.state.vector.tolist() == vector
