"""The Explain workspace in the real window: the walk, the card, the tables and the proof, by real keys and clicks."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QGuiApplication, QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from whole_window import train, windows

import bpgui
from bpgui.explain import chain_rule
from bpgui.explain.sample_rules import FROM_ERROR, INTO_ENTRY, Entry
from bpgui.gui.explain import weights_dock
from bpgui.gui.explain.weights_view import CELL
from bpgui.gui.main_window import SMALLEST
from bpgui.gui.selection import Selection
from bpgui.gui.theme.fonts import ui_width
from bpgui.gui.theme.tokens import BODY, CAPTION, DARK, LIGHT
from bpgui.network.names import bias_key, weight_key
from bpgui.number_text import format_digits
from bpgui.project import edits
from bpgui.project.state import of_builtin


@pytest.fixture
def open_explain(qtbot, qapp, tmp_path):
    """Open the window on a project, in the Explain workspace, and wait for its numbers."""
    opening = windows(qtbot, qapp, tmp_path)
    open_window = next(opening)

    def opened(project):
        window = open_window(project)
        QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        assert window.workspace is window.explain
        settle(qtbot, window)
        return window

    yield opened
    next(opening, None)


def settle(qtbot, window):
    """Wait until what is shown is what the session has."""
    explanation = window.explain.explanation

    def settled():
        numbers = explanation.numbers
        training = window.session.project.training
        return (
            explanation.inquiry.settled
            and window.session.settled
            and numbers is not None
            and numbers.training.state.vector.tolist() == training.state.vector.tolist()
            and numbers.sample == window.session.sample
            and numbers.key == window.session.selection.key
        )

    qtbot.waitUntil(settled, timeout=10_000)


def select(qtbot, window, source, target):
    network = window.session.project.network
    key = bias_key(network, target) if source is None else weight_key(network, source, target)
    window.session.select(Selection.of("entry", key))
    settle(qtbot, window)


def click(widget, at):
    QTest.mouseClick(
        widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(round(at.x()), round(at.y()))
    )


def test_a_click_on_a_connection_shows_its_rule_with_the_numbers_of_the_sample(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    drawing, rule = window.explain.walk.drawing, window.explain.rule
    assert rule.rule is None
    click(drawing, drawing._places.chip((1, 0), (2, 0)))
    settle(qtbot, window)
    assert rule.rule.entry == Entry((1, 0), (2, 0))
    assert [row.number for row in rule.rows if row.isVisible()] == ["0.3669", "0.2455", "0.5424"]
    assert rule._equation._left.latex == r"\frac{\partial E}{\partial w^{1}_{10}}"
    assert "agrees" in rule._check_line.text()
    assert "0.38534" in rule._update_line.text()
    # And of a line between two numbers, by its curve.
    curve = drawing._places.curve((0, 1), (1, 0))
    click(drawing, curve.pointAtPercent(0.6))
    settle(qtbot, window)
    assert rule.rule.entry == Entry((0, 1), (1, 0))
    assert rule._paths_section._header.caption == "∂E/∂a₁₀ by 2 paths"
    told = QTextDocumentFragment.fromHtml(rule._paths.text()).toPlainText()
    assert "1·0 → 2·1 → E" in told
    assert "w¹₁₁ · δ₂₁" in told


def test_the_walk_goes_on_and_back_and_keeps_back_what_is_not_known_yet(open_explain):
    window = open_explain(of_builtin("article"))
    explanation, view = window.explain.explanation, window.explain.values.view
    explanation.go(0)
    assert view.text_of((1, 0), "z") == "0.170"
    assert view.text_of((2, 0), "z") == "next"
    assert view.text_of((2, 0), "δ") == "·"
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_PageDown)
    assert explanation.walk.stops[explanation.position].phase == "backward"
    assert view.text_of((2, 0), "δ") == "+0.0901"
    assert view.text_of((1, 0), "δ") == "next"
    QTest.keyClick(window, Qt.Key.Key_PageUp)
    assert view.text_of((2, 0), "δ") == "next"
    assert explanation.walk.stops[explanation.position].phase == "error"


def test_behind_the_last_stop_the_update_is_done_and_the_walk_begins_again(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    explanation = window.explain.explanation
    wanted = explanation.numbers.update.after.tolist()
    explanation.go(len(explanation.walk.stops) - 1)
    QTest.keyClick(window, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: window.session.progress.update == 1)
    settle(qtbot, window)
    assert window.session.project.training.state.vector.tolist() == wanted
    assert explanation.position == 0


def test_the_walk_by_neurons_and_weights_is_finer_and_stays_in_its_phase(open_explain):
    window = open_explain(of_builtin("article"))
    explanation, walk = window.explain.explanation, window.explain.walk
    walk.grain.setFocus()
    QTest.keyClick(walk.grain, Qt.Key.Key_Right)
    assert (explanation.grain, len(explanation.walk.stops)) == ("neuron", 13)
    QTest.keyClick(walk.grain, Qt.Key.Key_Right)
    assert (explanation.grain, len(explanation.walk.stops)) == ("weight", 25)
    assert explanation.walk.stops[explanation.position].phase == "backward"
    bar = walk.phases
    click(bar, bar.places()["forward"].topLeft() + QPointF(20, 16))
    assert explanation.position == explanation.walk.last_of("forward")


def test_pointing_at_a_factor_lights_it_in_the_drawing_and_the_reverse(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    select(qtbot, window, (1, 0), (2, 0))
    explanation, drawing = window.explain.explanation, window.explain.walk.drawing
    before = drawing.grab().toImage()
    row = window.explain.rule.rows[2]
    QApplication.sendEvent(row, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(row.mapToGlobal(QPoint(5, 5)))))
    assert explanation.role == INTO_ENTRY
    assert drawing.grab().toImage() != before
    QApplication.sendEvent(row, QEvent(QEvent.Type.Leave))
    assert explanation.role == 0
    drawing.grab()
    at = drawing._places.error_curve((2, 0)).pointAtPercent(0.5)
    QTest.mouseMove(drawing, QPoint(round(at.x()), round(at.y())))
    qtbot.waitUntil(lambda: explanation.role == FROM_ERROR)


def test_every_number_tells_how_it_was_computed_with_all_its_digits(open_explain):
    window = open_explain(of_builtin("article"))
    explanation, drawing = window.explain.explanation, window.explain.walk.drawing
    drawing.grab()
    numbers = explanation.numbers
    told = {spot.how().symbol.plain: spot.how().text for spot in drawing._spots}
    assert "z₁₀ = w⁰₁₀ · x₀ + w⁰₂₀ · x₁\n= 0.1000 · 0.2000 + 0.3000 · 0.5000" in told["z₁₀"]
    assert repr(float(numbers.rules.a[2][0])) in told["z₂₀"]
    assert repr(float(numbers.rules.deltas[1][0])) in told["δ₁₀"]
    assert repr(float(numbers.update.after[4])) in told["w¹₁₀"]
    assert repr(numbers.rules.error) in next(text for name, text in told.items() if name.startswith("E"))
    view = window.explain.values.view
    cell = view._columns(28 + 28 * 4)[4].center()
    assert repr(float(numbers.rules.deltas[2][0])) in view.how_at(cell)


def test_digits_are_as_many_as_are_asked_for(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    select(qtbot, window, (1, 0), (2, 0))
    choice, view = window.explain.walk.digits, window.explain.values.view
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_End)
    assert window.explain.explanation.digits is None
    assert view.text_of((2, 0), "a") == repr(float(window.explain.explanation.numbers.rules.a[2][0]))
    QTest.keyClick(choice, Qt.Key.Key_Home)
    assert view.text_of((2, 0), "a") == "0.57"


def cell_of(view, entry):
    return next(cell for cell in view.cells() if cell.entry == entry)


def test_a_weight_is_typed_into_its_cell_and_a_wrong_one_is_refused_there(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    view = window.explain.weights.table
    cell = cell_of(view, Entry((1, 0), (2, 0)))
    click(view, cell.place.center())
    settle(qtbot, window)
    assert window.explain.rule.rule.entry == cell.entry
    at = cell.place.center().toPoint()
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    field = view.findChild(QLineEdit)
    assert field.text() == "0.4"
    QTest.keyClicks(field, "nonsense")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert "is not a number" in field.toolTip()
    field.selectAll()
    QTest.keyClicks(field, "-0,25")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not field.isVisible()
    settle(qtbot, window)
    assert window.explain.rule.rule.value == -0.25
    window.session.undo_stack.undo()
    settle(qtbot, window)
    assert window.explain.rule.rule.value == 0.4


def test_the_proof_of_all_gradients_is_one_click_and_ends_with_the_next_change(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    dock = window.explain.weights
    click(dock._check, QPointF(dock._check.rect().center()))
    qtbot.waitUntil(lambda: dock.table.proof is not None, timeout=10_000)
    assert dock.views.value == "proof"
    assert dock.sentence.startswith("All 105 gradients agree")
    assert dock.list.isVisible()
    assert dock.list.model().rowCount() == 105
    worst = dock.table.proof.worst_first[0]
    dock.list.clicked.emit(dock.list.model().index(0, 0))
    assert window.session.selection.key == int(window.session.project.network.keys[worst])
    window.session.edit(edits.set_parameter, int(window.session.project.network.keys[0]), 0.5)
    assert dock.table.proof is None
    assert "check again" in dock.sentence


def test_a_relu_at_its_kink_is_explained_and_not_called_an_error(qtbot, open_explain):
    project = of_builtin("article")
    window = open_explain(project)
    window.session.edit(edits.set_activation, 1, "relu")
    network = window.session.project.network
    for source in (0, 1):
        window.session.edit(edits.set_parameter, weight_key(network, (0, source), (1, 0)), 0.0)
    select(qtbot, window, (0, 0), (1, 0))
    assert "at a kink" in window.explain.rule._check_line.text()
    assert "no error" in window.explain.rule._check_line.text()


def test_another_sample_has_other_numbers(qtbot, open_explain):
    window = open_explain(of_builtin("xor"))
    stepper = window.explain.walk._sample
    before = window.explain.explanation.numbers.rules.a[0].tolist()
    QTest.mouseClick(stepper._more, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert window.session.sample == 1
    data = window.session.project.data
    assert window.explain.explanation.numbers.rules.a[0].tolist() == data.X[1].tolist() != before


def test_the_card_follows_a_training_that_goes_on(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    select(qtbot, window, (1, 0), (2, 0))
    explanation = window.explain.explanation
    seen = set()
    explanation.computed.connect(lambda: seen.add(explanation.numbers.training.state.update))
    window.session.set_pace(None)
    window.session.bridge.worker.step(epochs=10**7)
    qtbot.waitUntil(lambda: len(seen) > 5, timeout=10_000)
    window.session.pause()
    qtbot.waitUntil(lambda: not window.session.running)
    settle(qtbot, window)
    numbers, project = explanation.numbers, window.session.project
    x, t = project.data.X[0], numbers.rules.t
    alone = chain_rule(project.network, project.parameters, x, t, project.recipe.loss, weight=(1, 2, 0, 0))
    assert numbers.rule.gradient == alone.gradient
    shown = [row.number for row in window.explain.rule.rows]
    assert shown == [format_digits(factor.value, 4) for factor in alone.factors]


def test_of_a_large_network_it_says_what_it_shows(qtbot, open_explain):
    pytest.importorskip("sklearn")
    window = open_explain(of_builtin("digits"))
    drawing = window.explain.walk.drawing
    drawing.grab()
    assert "8 of 64 neurons of layer 0" in drawing.caption
    select(qtbot, window, (0, 40), (1, 20))
    drawing.grab()
    assert (0, 40) in drawing._places.cards
    assert (1, 20) in drawing._places.cards
    assert len(window.explain.rule.rule.paths.listed) == 10


def test_networks_of_other_kinds_are_drawn_and_explained(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    session = window.session
    session.edit(edits.connect, (0, 0), (3, 0))  # a skip connection
    session.edit(edits.set_activation, 1, "softmax")
    session.edit(edits.cut, [int(session.project.network.keys[3])])
    settle(qtbot, window)
    select(qtbot, window, (0, 0), (3, 0))
    assert window.explain.rule.rule.factors[-1].formula.letters == "x₀"
    select(qtbot, window, (0, 1), (1, 2))
    assert len(window.explain.rule.rule.factors) == 2
    select(qtbot, window, None, (2, 1))
    assert window.explain.rule.rule.factors[-1].value == 1.0
    window.explain.walk.drawing.grab()
    session.edit(edits.add_layer, 2)
    settle(qtbot, window)
    window.explain.walk.drawing.grab()
    assert len(window.explain.explanation.walk.network.layers) == 5


def test_keys_walk_the_selection_in_the_drawing_and_e_explains_a_neuron(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    network, drawing = window.session.project.network, window.explain.walk.drawing
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    window.session.select(Selection.of("neuron", network.layers[2].unit_ids[3]))
    QTest.keyClick(window, Qt.Key.Key_E)
    settle(qtbot, window)
    weights = np.abs(window.session.project.parameters.weights[1][:, 3])
    assert window.explain.rule.rule.entry == Entry((1, int(weights.argmax())), (2, 3))
    window.session.select(Selection.of("neuron", network.layers[1].unit_ids[0]))
    drawing.setFocus()
    QTest.keyClick(drawing, Qt.Key.Key_Down)
    assert window.session.selection.neurons == (network.layers[1].unit_ids[1],)
    QTest.keyClick(drawing, Qt.Key.Key_N)
    settle(qtbot, window)
    assert (1, 1) in window.explain.rule.rule.entry
    QTest.keyClick(drawing, Qt.Key.Key_F)
    settle(qtbot, window)
    assert window.explain.rule.rule.frozen
    assert "Frozen" in window.explain.rule._mean.text()


def test_the_samples_that_pull_most_are_told_and_a_click_shows_one(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    select(qtbot, window, (1, 0), (2, 0))
    rule, explanation = window.explain.rule, window.explain.explanation
    qtbot.waitUntil(lambda: explanation.mean is not None, timeout=10_000)
    project = window.session.project
    x, t = project.data.training
    _, gradient = bpgui.gradient(project.network, project.parameters, x, t, project.recipe.loss)
    place = int((project.network.keys == window.session.selection.key).nonzero()[0][0])
    assert explanation.mean.rule.gradient == pytest.approx(gradient.vector[place], rel=1e-9)
    assert "mean of 240" in rule._pulls_section._header.caption
    strongest = int(explanation.mean.rows[explanation.mean.rule.pulls[0].sample])
    assert not project.data.validation[strongest]
    rule._pulls.linkActivated.emit(str(strongest))
    settle(qtbot, window)
    assert window.session.sample == strongest


@pytest.mark.parametrize(("name", "begins"), [("step.md", "# "), ("step.tex", r"\documentclass")])
def test_the_step_is_written_as_a_sheet(qtbot, open_explain, tmp_path, name, begins):
    window = open_explain(of_builtin("article"))
    window.explain.rule.write_sheet(str(tmp_path / name))
    qtbot.waitUntil(lambda: (tmp_path / name).is_file())
    written = (tmp_path / name).read_text("utf-8")
    assert written.startswith(begins)
    assert "0.385" in written
    window.explain.rule.write_sheet(str(tmp_path / "nowhere" / name))
    qtbot.waitUntil(lambda: "nowhere" in window.complaint)


def test_the_rule_is_copied_as_latex(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    select(qtbot, window, (1, 0), (2, 0))
    click(window.explain.rule._copy, QPointF(8, 8))
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(r"\begin{align*}")
    assert r"\frac{\partial E}{\partial w^{1}_{10}}" in copied


@pytest.mark.parametrize("name", ["article", "spirals", "digits"])
def test_nothing_is_clipped_in_the_smallest_window(qtbot, open_explain, name):
    if name == "digits":
        pytest.importorskip("sklearn")
    window = open_explain(of_builtin(name))
    window.resize(*SMALLEST)
    qtbot.waitUntil(lambda: window.width() == SMALLEST[0])
    select(qtbot, window, (0, 0), (1, 0))
    assert window.minimumSizeHint().width() <= SMALLEST[0]
    docks = window.explain.docks
    for dock in docks:
        assert dock.width() >= dock.minimumSizeHint().width(), dock.objectName()
        assert dock.geometry().right() <= window.explain.width()
    seen = [dock.geometry() for dock in docks]
    assert not any(a.intersects(b) for i, a in enumerate(seen) for b in seen[:i])
    cards = list(window.explain.walk.drawing._places.cards.values())
    assert not any(a.intersects(b) for i, a in enumerate(cards) for b in cards[:i])
    room = window.explain.walk.drawing.rect().toRectF()
    assert all(room.contains(card) for card in cards)


def test_nothing_is_computed_while_the_workspace_is_not_seen(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert window.workspace is window.train
    before = window.explain.explanation.numbers
    train(qtbot, window, 3)
    assert window.explain.explanation.numbers is before
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert window.explain.explanation.numbers is not before


def test_its_panels_keep_their_places(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    window.explain.splitDockWidget(window.explain.walk, window.explain.rule, Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: window.explain.rule.y() > window.explain.walk.y())
    window.filing.let_go()
    window.close()
    again = open_explain(of_builtin("article"))
    qtbot.waitUntil(lambda: again.explain.rule.y() > again.explain.walk.y())
    assert again.explain.rule.x() == again.explain.walk.x()
    again.restore_layout()
    qtbot.waitUntil(lambda: again.explain.rule.x() > again.explain.walk.x())


def test_data_that_do_not_fit_are_told_in_the_drawing_and_nothing_stops(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    explanation = window.explain.explanation
    huge = np.full(8, 1e308)
    keys = [int(key) for key in window.session.project.network.keys]
    window.session.edit(edits.set_values, keys, huge.tolist())
    window.session.edit(edits.set_activation, 1, "linear")
    window.session.edit(edits.set_activation, 2, "linear")
    qtbot.waitUntil(lambda: explanation.numbers is None and bool(explanation.refusal), timeout=5_000)
    window.explain.walk.drawing.grab()
    window.session.undo_stack.undo()
    window.session.undo_stack.undo()
    window.session.undo_stack.undo()
    settle(qtbot, window)


@pytest.mark.parametrize("rate", [1.0, 10.0, 0.8, 100.0])
def test_a_run_that_diverged_is_drawn_with_what_became_of_its_numbers(qtbot, open_explain, rate):
    window = open_explain(of_builtin("regression"))
    session, explanation = window.session, window.explain.explanation
    session.edit(edits.set_recipe, learning_rate=rate)
    session.set_pace(None)
    session.run()
    qtbot.waitUntil(lambda: window.train.error._divergence is not None and not session.running, timeout=10_000)
    qtbot.waitUntil(lambda: explanation.inquiry.settled and session.settled)
    for digits in (3, None):
        explanation.set_digits(digits)
        window.explain.grab()


def test_a_proof_of_what_was_before_is_not_taken_for_one_of_what_is_there(qtbot, open_explain, monkeypatch):
    window = open_explain(of_builtin("spirals"))
    dock = window.explain.weights
    goes_on = threading.Event()
    real = weights_dock.gradient_check

    def slow(*arguments, **more):
        goes_on.wait(10)
        return real(*arguments, **more)

    monkeypatch.setattr(weights_dock, "gradient_check", slow)
    click(dock._check, QPointF(dock._check.rect().center()))
    window.session.show_sample(7)
    assert "check again" in dock.sentence
    goes_on.set()
    settle(qtbot, window)
    qtbot.wait(200)
    assert dock.table.proof is None
    assert "check again" in dock.sentence


def test_what_the_walk_has_not_come_by_is_told_nowhere(open_explain):
    window = open_explain(of_builtin("article"))
    explanation, drawing = window.explain.explanation, window.explain.walk.drawing
    explanation.go(0)
    drawing.grab()
    told = "\n".join(spot.how().text for spot in drawing._spots)
    assert "z₂₀: comes later" in told or "a₂₀: comes later" in told
    assert repr(explanation.numbers.rules.error) not in told
    assert repr(float(explanation.numbers.rules.a[2][0])) not in told


def test_another_theme_takes_the_colours_of_the_words_along(qtbot, open_explain):
    window = open_explain(of_builtin("article"))
    select(qtbot, window, (1, 0), (2, 0))
    window.switch_theme()
    try:
        colours = DARK.factors if window._theme.theme is DARK else LIGHT.factors
        assert colours[0] in window.explain.rule._product.text()
        assert colours[0] in window.explain.walk._legend.text()
    finally:
        window.switch_theme()


def test_tab_comes_to_everything_that_can_be_used(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    select(qtbot, window, (1, 0), (2, 0))
    walk = window.explain.walk
    walk.drawing.setFocus(Qt.FocusReason.TabFocusReason)
    seen = []
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        if here in seen:
            break
        seen.append(here)
    for wanted in (walk.grain, walk.digits, walk.phases, walk.back, walk.forward, window.explain.weights.views):
        assert wanted in seen or not wanted.isEnabled(), wanted.accessibleName()


def test_a_deep_network_is_drawn_whole_in_a_panel_that_scrolls(qtbot, open_explain):
    window = open_explain(of_builtin("spirals"))
    for _ in range(6):
        window.session.edit(edits.add_layer, len(window.session.project.network.layers) - 1)
    settle(qtbot, window)
    window.resize(*SMALLEST)
    drawing = window.explain.walk.drawing
    qtbot.waitUntil(lambda: drawing.width() >= drawing.minimumSizeHint().width())
    drawing.grab()
    room = drawing.rect().toRectF()
    assert all(room.contains(card) for card in drawing._places.cards.values())
    assert room.contains(drawing._places.error)


@pytest.mark.parametrize("digits", [8, 2])
def test_no_number_is_wider_than_its_cell(qtbot, open_explain, digits):
    window = open_explain(of_builtin("xor"))
    window.explain.explanation.set_digits(digits)
    window.resize(*SMALLEST)
    qtbot.wait(50)
    view, table = window.explain.values.view, window.explain.weights.table
    room = view._columns(0)[-1].width()
    for unit in view.rows():
        assert all(ui_width(view.text_of(unit, letter), BODY) <= room for letter in "zaδ")
    for cell in table.cells():
        assert all(
            ui_width(text, CAPTION) <= CELL.width() for text in table.texts(window.explain.explanation.numbers, cell)
        )
