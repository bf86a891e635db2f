"""The lessons in the real window: each is walked to its end, and what it says of the window is so."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from bpgui.gui.explain.lesson_blocks import PredictBox, Words
from bpgui.gui.explain.lesson_dock import StepRow
from bpgui.gui.explain.lesson_text import inline_mathematics, rich
from bpgui.gui.theme.tokens import LIGHT
from bpgui.gui.widgets.buttons import Button
from bpgui.lessons.catalogue import LESSONS
from bpgui.lessons.lesson import Predict, Span
from bpgui.project import edits
from bpgui.project.state import of_builtin


def begin(qtbot, window, path):
    dock = window.explain.lesson
    window.open_lesson(path)
    qtbot.waitUntil(lambda: dock.lesson is not None, timeout=30_000)
    return dock


def press(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def staged(window, stage):
    """Whether the window shows what a stage asks for."""
    session, explanation = window.session, window.explain.explanation
    selected = None if session.selection.last is None else tuple(session.selection.last)
    return (
        session.project.training.state.vector.tolist() == stage.project.training.state.vector.tolist()
        and session.project.recipe == stage.project.recipe
        and session.sample == stage.sample
        and selected == (None if stage.selected is None else tuple(stage.selected))
        and stage.position in (None, explanation.position)
    )


def wait_for_training(qtbot, window, update):
    """Wait until that update is done, or the run diverged before."""
    qtbot.waitUntil(
        lambda: window.session.progress.update == update or bool(window.train.error.warning), timeout=30_000
    )
    qtbot.waitUntil(lambda: not window.session.running)


@pytest.mark.parametrize("entry", LESSONS, ids=lambda entry: entry.name)
def test_each_lesson_is_walked_to_its_end_through_the_window(qtbot, open_window, entry):
    window = open_window(of_builtin("moons"))
    dock = begin(qtbot, window, entry.path)
    steps = len(dock.lesson.steps)
    for place in range(steps):
        assert dock.place == place
        step = dock.step
        assert dock._title.text() == step.title
        assert staged(window, step.stage)
        box = dock._scroll.widget().findChild(PredictBox)
        question = next((block for block in step.blocks if isinstance(block, Predict)), None)
        assert (box is None) == (question is None)
        if box is not None:
            assert not box.because.isVisible()
            press(box.buttons[question.right])
            assert box.because.isVisible()
            assert box.verdict.text() == "Right."
        if step.stage.updates:
            press(dock.train)
            wait_for_training(qtbot, window, step.stage.project.training.state.update + step.stage.updates)
        press(dock.next)
    assert dock.lesson is None
    assert set(dock.choices) == {entry.name for entry in LESSONS}


def test_steps_are_entered_in_any_order_and_undo_brings_the_work_back(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    mine = window.session.project
    dock = begin(qtbot, window, LESSONS[0].path)
    rows = dock._scroll.widget().findChildren(StepRow)
    assert len(rows) == 9
    press(rows[5])
    assert dock.place == 5
    assert staged(window, dock.step.stage)
    press(dock.back)
    assert dock.place == 4
    QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert dock.place == 5
    while window.session.undo_stack.canUndo():
        window.session.undo_stack.undo()
    assert window.session.project.data is mine.data
    assert window.session.project.training.state.vector.tolist() == mine.training.state.vector.tolist()


def test_a_lesson_is_never_saved_over_the_file_of_the_last_document(qtbot, open_window, tmp_path, monkeypatch):
    window = open_window(of_builtin("moons"))
    mine = tmp_path / "mine.bpgui"
    window.filing._save_to(str(mine))
    qtbot.waitUntil(mine.is_file)
    qtbot.waitUntil(lambda: window.filing.name == "mine")
    before = mine.read_bytes()
    begin(qtbot, window, LESSONS[0].path)
    asked = []
    monkeypatch.setattr(window.filing, "save_as", lambda: asked.append(True))
    window.filing.save()
    assert asked == [True]
    assert window.filing.name != "mine"
    assert mine.read_bytes() == before


def test_a_lesson_over_another_project_says_so_and_does_nothing_to_it(qtbot, open_window):
    window = open_window(of_builtin("article"))
    dock = begin(qtbot, window, LESSONS[0].path)
    dock.go(8)
    assert dock.train is not None
    window.session.edit(edits.use_project, of_builtin("spirals"))
    assert "not the lesson's project" in dock.refusal
    assert not dock.train.isEnabled()
    press(dock.again)
    assert staged(window, dock.step.stage)
    assert not dock.refusal


def test_one_undo_brings_back_what_was_before_a_lesson_however_far_it_was_walked(qtbot, open_window):
    window = open_window(of_builtin("moons"))
    mine = window.session.project
    dock = begin(qtbot, window, LESSONS[1].path)
    for place in (1, 2, 3, 1):
        dock.go(place)
    window.session.undo_stack.undo()
    assert window.session.project.data is mine.data
    assert window.session.project.training.state.vector.tolist() == mine.training.state.vector.tolist()


def test_a_step_that_is_trained_is_not_trained_again(qtbot, open_window):
    window = open_window(of_builtin("article"))
    dock = begin(qtbot, window, LESSONS[0].path)
    dock.go(7)
    dock._scroll.widget().findChild(PredictBox).choose(0)
    assert dock.train.text() == "Train 1 update"
    press(dock.train)
    wait_for_training(qtbot, window, dock.step.stage.project.training.state.update + 1)
    assert not dock.train.isEnabled()


def test_a_lesson_that_was_closed_in_the_middle_begins_again(qtbot, open_window):
    window = open_window(of_builtin("article"))
    dock = begin(qtbot, window, LESSONS[0].path)
    dock.go(7)
    press(dock.leave)
    qtbot.wait(10)  # the page goes
    window.session.replace(of_builtin("xor"))
    begin(qtbot, window, LESSONS[0].path)
    assert staged(window, dock.step.stage)


def test_leaving_a_page_with_the_keyboard_in_it_breaks_nothing(qtbot, open_window):
    window = open_window(of_builtin("article"))
    dock = begin(qtbot, window, LESSONS[0].path)
    for _ in range(4):
        box = dock._scroll.widget().findChild(PredictBox)
        if box is not None:
            box.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
        qtbot.wait(20)
    assert dock.place == 4


def test_a_wrong_answer_is_told_and_the_right_one_marked(qtbot, open_window):
    window = open_window(of_builtin("article"))
    dock = begin(qtbot, window, LESSONS[0].path)
    place = next(n for n, step in enumerate(dock.lesson.steps) if any(isinstance(b, Predict) for b in step.blocks))
    dock.go(place)
    question = next(block for block in dock.step.blocks if isinstance(block, Predict))
    box = dock._scroll.widget().findChild(PredictBox)
    wrong = next(n for n, option in enumerate(question.options) if not option.right)
    press(box.buttons[wrong])
    assert box.verdict.text() == "Not so."
    assert not any(button.isEnabled() for button in box.buttons)
    assert box.buttons[question.right]._icon_name == "check"


def test_the_numbers_of_the_article_are_on_the_page_printed_and_exact(qtbot, open_window):
    window = open_window(of_builtin("article"))
    dock = begin(qtbot, window, LESSONS[0].path)
    dock.go(5)
    told = " ".join(label.accessibleName() for label in dock._scroll.widget().findChildren(Words))
    assert "0.0034" in told
    assert "0.00122767" in told or "0.001228" in told


def test_a_lesson_with_a_mistake_says_where_it_is_and_nothing_is_lost(qtbot, open_window, tmp_path):
    window = open_window(of_builtin("moons"))
    mine = window.session.project
    bad = tmp_path / "bad.md"
    bad.write_text("---\ntitle: Bad\nsummary: Bad\ndata: article\n---\n\n# One\n\nThe number {nonsense}.\n")
    window.open_lesson(bad)
    dock = window.explain.lesson
    qtbot.waitUntil(lambda: bool(dock.refusal), timeout=10_000)
    assert dock.refusal.startswith("bad.md:9:")
    assert dock.lesson is None
    assert window.session.project is mine
    window.open_lesson(tmp_path / "missing.md")
    qtbot.waitUntil(lambda: "missing.md" in dock.refusal, timeout=10_000)
    press(next(iter(dock.choices.values())))
    qtbot.waitUntil(lambda: dock.lesson is not None, timeout=30_000)
    assert not dock.refusal


def test_lessons_are_found_in_the_palette(open_window):
    window = open_window(of_builtin("article"))
    labels = [command.label for command in window.commands()]
    for entry in LESSONS:
        assert f"Lesson: {entry.label}" in labels


def test_no_text_of_a_lesson_is_cut_off_in_the_smallest_window(qtbot, open_window):
    window = open_window(of_builtin("article"))
    window.resize(1180, 720)
    dock = begin(qtbot, window, LESSONS[0].path)
    for place in range(len(dock.lesson.steps)):
        dock.go(place)
        qtbot.wait(30)
        page = dock._scroll.widget()
        assert page.width() <= dock._scroll.viewport().width()
        for label in page.findChildren(QLabel):
            if label.isVisible() and label.wordWrap():
                assert label.height() >= label.heightForWidth(label.width()) - 1, label.text()
        for button in page.findChildren(Button):
            if button.isVisible() and not isinstance(button, StepRow):
                assert button.width() >= button.sizeHint().width() - 1, button.text()


@pytest.mark.parametrize(
    ("latex", "html"),
    [
        ("z_{10}", "<i>z<sub>10</sub></i>"),
        ("w^1_{10}", "<i>w<sup>1</sup><sub>10</sub></i>"),
        (r"\frac{\partial E}{\partial w}", "<i>∂ E/∂ w</i>"),
        (r"\delta = a - t", "<i>δ = a − t</i>"),
        ("a < b", "<i>a &lt; b</i>"),
    ],
)
def test_mathematics_in_a_line_is_written_with_indices_and_signs(latex, html):
    assert inline_mathematics(latex) == html


def test_words_take_the_colour_of_their_factor_and_nothing_of_a_lesson_is_taken_for_html():
    assert rich((Span("error to output", factor=1),), LIGHT) == (
        f'<span style="color:{LIGHT.factors[0]}"><b>error to output</b></span>'
    )
    assert rich((Span("<b>&"),), LIGHT) == "&lt;b&gt;&amp;"
