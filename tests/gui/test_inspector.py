"""The Inspector in the real window: it tells what is selected or pointed at, and edits it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from whole_window import train, windows

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.neurons import mark_rect
from bpgui.gui.canvas.scene import Mark
from bpgui.gui.docks.inspector import InspectorDock
from bpgui.gui.docks.inspector_parts import signed
from bpgui.gui.main_window import MainWindow
from bpgui.gui.selection import Item, Selection
from bpgui.network.names import bias_key, weight_key
from bpgui.network.parameters import places
from bpgui.project import edits
from bpgui.project.state import Project, of_builtin
from bpgui.training.evaluation import gradient
from bpgui.training.targets import targets


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[Project], MainWindow]]:
    yield from windows(qtbot, qapp, tmp_path)


@pytest.fixture
def window(opened: Callable[[Project], MainWindow]) -> MainWindow:
    return opened(of_builtin("spirals"))


def rows(dock: InspectorDock) -> dict[str, str]:
    return {name.text(): number.text() for name, _, number in dock.figures if name.text()}


def select_edge(window: MainWindow) -> tuple[int, int]:
    """Select a connection; its key and its place."""
    network = window.session.project.network
    key = weight_key(network, (1, 2), (2, 3))
    window.session.select(Selection.of("entry", key))
    return key, int(places(network, np.array([key]))[0])


def test_nothing_selected_says_what_to_do(window: MainWindow) -> None:
    assert window.train.inspector.empty.isVisible()
    assert not window.train.inspector.freeze.isVisible()


def test_a_connection_tells_value_rank_gradient_change_and_first_value(qtbot: QtBot, window: MainWindow) -> None:
    _, at = select_edge(window)
    train(qtbot, window, 2)
    dock, session = window.train.inspector, window.session
    qtbot.waitUntil(lambda: session.settled and window._measures.inquiry.settled, timeout=5000)
    project = session.project
    vector = project.training.state.vector
    assert dock.value.text() == labels.value_text(float(vector[at]))
    sizes = np.abs(vector[: project.network.weight_count])
    assert f"no. {np.count_nonzero(sizes > sizes[at]) + 1} of 88" in dock.about.text()
    part = ~project.data.validation
    t = targets(project.data.T, project.network, len(part))
    _, wanted = gradient(project.network, project.parameters, project.data.X[part], t[part], project.recipe.loss)
    told = rows(dock)
    assert told["∂E/∂w"] == signed(float(wanted.vector[at]))
    assert told["at the start"] == labels.value_text(float(project.training.first[at]))
    assert told["last change"] == signed(float(session.bridge.last_change()[at]))
    assert dock.history.isVisible()


def test_the_window_keeps_its_shape_whatever_is_inspected_and_the_canvas_its_room(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.resize(1180, 720)
    network = window.session.project.network
    widths = set()
    for selection in (
        Selection(),
        Selection.of("entry", int(network.keys[20])),
        Selection.of("neuron", network.layers[1].unit_ids[2]),
        Selection.of("layer", network.layers[1].id),
    ):
        window.session.select(selection)
        qtbot.wait(30)
        widths.add(window.train.network.canvas.width())
        assert window.train.inspector.minimumSizeHint().width() <= window.train.inspector.width()
    assert window.width() == 1180
    assert len(widths) == 1
    assert min(widths) >= 560


def test_before_an_epoch_the_change_is_not_made_up(window: MainWindow) -> None:
    select_edge(window)
    assert rows(window.train.inspector)["last change"] == "–"


def test_its_buttons_freeze_cut_and_restore(qtbot: QtBot, window: MainWindow) -> None:
    key, at = select_edge(window)
    dock, session = window.train.inspector, window.session
    before = float(session.project.training.state.vector[at])
    qtbot.mouseClick(dock.freeze, Qt.MouseButton.LeftButton)
    assert session.project.network.keys[session.project.network.frozen].tolist() == [key]
    assert dock.freeze.text() == "Thaw"
    qtbot.mouseClick(dock.freeze, Qt.MouseButton.LeftButton)
    assert not session.project.network.frozen.any()
    qtbot.mouseClick(dock.delete, Qt.MouseButton.LeftButton)
    assert session.project.network.cut[at]
    assert dock.value.text() == "cut"
    assert labels.value_text(before) in dock.about.text()
    assert dock.delete.text() == "Restore"
    qtbot.mouseClick(dock.delete, Qt.MouseButton.LeftButton)
    assert session.project.training.state.vector[at] == before


def test_the_slider_sets_the_weight_in_one_step_of_undo_and_reaches_as_far_as_it_must(
    qtbot: QtBot, window: MainWindow
) -> None:
    _, at = select_edge(window)
    dock, session = window.train.inspector, window.session
    before = float(session.project.training.state.vector[at])
    slider = dock.slider
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 2, middle))
    qtbot.mouseMove(slider, QPoint(slider.width() - 20, middle))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 20, middle))
    value = float(session.project.training.state.vector[at])
    assert 0.5 < value < 1.0
    assert slider.value == value
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert float(session.project.training.state.vector[at]) == before
    for set_to, reach in ((2.0, 3.0), (-250.0, 300.0), (1e300, 1e300)):
        session.edit(edits.set_parameter, session.selection.key, set_to)
        assert slider.value == set_to
        assert slider._scale.maximum == pytest.approx(reach)


def test_a_bias_cannot_be_cut_here(window: MainWindow) -> None:
    window.session.select(Selection.of("entry", bias_key(window.session.project.network, (1, 2))))
    assert not window.train.inspector.delete.isVisible()
    assert window.train.inspector.freeze.isVisible()


def test_a_neuron_gets_an_activation_of_its_own_and_can_be_removed(qtbot: QtBot, window: MainWindow) -> None:
    dock, session = window.train.inspector, window.session
    session.select(Selection.of("neuron", session.project.network.layers[1].unit_ids[2]))
    assert rows(dock)["connections in"] == "2"
    assert rows(dock)["connections out"] == "8"
    assert "changes the output" in dock.will_change.text()
    assert dock.will_change.isVisible()
    dock.activation.setFocus()
    row = dock.activation.findData("sine")
    dock.activation.setCurrentIndex(row)
    dock.activation.activated.emit(row)
    assert session.project.network.layers[1].activation_of(2) == "sine"
    assert session.project.network.layers[1].activation_of(3) == "tanh"
    qtbot.mouseClick(dock.delete, Qt.MouseButton.LeftButton)
    assert session.project.network.sizes == (2, 7, 8, 1)
    assert dock.empty.isVisible()


def test_what_cannot_be_is_refused_in_the_dock(window: MainWindow) -> None:
    dock, session = window.train.inspector, window.session
    session.select(Selection.of("neuron", session.project.network.layers[1].unit_ids[2]))
    row = dock.activation.findData("softmax")
    dock.activation.setCurrentIndex(row)
    dock.activation.activated.emit(row)
    assert "cannot be 'softmax'" in dock.refusal.text()
    assert dock.activation.value == "tanh"


def test_inputs_and_outputs_offer_no_removal(window: MainWindow) -> None:
    network = window.session.project.network
    for layer in (0, 3):
        window.session.select(Selection.of("neuron", network.layers[layer].unit_ids[0]))
        assert not window.train.inspector.delete.isVisible()
        window.session.select(Selection.of("layer", network.layers[layer].id))
        assert not window.train.inspector.delete.isVisible()


def test_a_layer_is_shown_and_its_activation_set(window: MainWindow) -> None:
    dock, session = window.train.inspector, window.session
    session.select(Selection.of("layer", session.project.network.layers[2].id))
    assert dock.value.text() == "8"
    assert rows(dock)["weights in"] == "64"
    row = dock.activation.findData("relu")
    dock.activation.setCurrentIndex(row)
    dock.activation.activated.emit(row)
    assert session.project.network.layers[2].activation == "relu"


def test_what_the_pointer_is_on_is_previewed_and_goes_when_it_leaves(qtbot: QtBot, window: MainWindow) -> None:
    select_edge(window)
    canvas, dock = window.train.network.canvas, window.train.inspector
    tile = mark_rect(canvas.scene, Mark(1, 4)).center().toPoint()
    qtbot.mouseMove(canvas, tile + QPoint(1, 1))
    qtbot.mouseMove(canvas, tile)
    assert dock.item == Item("neuron", window.session.project.network.layers[1].unit_ids[4])
    assert dock._badge.isVisible()
    assert not dock.delete.isEnabled()
    qtbot.mouseMove(canvas, QPoint(15, 120))
    assert dock.item.kind == "entry"
    assert not dock._badge.isVisible()
    assert dock.delete.isEnabled()


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.00553, "+0.00553"), (-0.25, "−0.250"), (0.0, "0"), (1e-9, "+1.00e−9")]
)
def test_signed_numbers_carry_their_sign(value: float | None, text: str) -> None:
    assert signed(value) == text
