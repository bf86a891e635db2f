"""Files and leaving: nothing that a person made is lost, and nobody is asked in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from bpgui.files.project_file import load, save
from bpgui.gui import filing
from bpgui.gui.application import make_window
from bpgui.gui.main_window import MainWindow
from bpgui.gui.theme.theme import ThemeManager
from bpgui.network.names import weight_key
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SAVE, DISCARD, CANCEL = (
    QMessageBox.StandardButton.Save,
    QMessageBox.StandardButton.Discard,
    QMessageBox.StandardButton.Cancel,
)


class Answers:
    """What the person answers to dialogs, and what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.leave = CANCEL
        self.path = ""
        self.questions: list[str] = []
        monkeypatch.setattr(QMessageBox, "question", self._question)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (self.path, ""))
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (self.path, ""))

    def _question(self, *arguments: object) -> QMessageBox.StandardButton:
        self.questions.append(str(arguments[2]))
        return self.leave


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def window(qtbot: QtBot, theme: ThemeManager, tmp_path: Path) -> Iterator[MainWindow]:
    window = make_window(
        of_builtin("xor"), theme, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    )
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.filing.let_go()
    window.close()
    window.deleteLater()


def edit(qtbot: QtBot, window: MainWindow) -> None:
    """Make an edit with the keyboard: another seed."""
    qtbot.keyClick(window, Qt.Key.Key_R, SHIFT)


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    qtbot.keyClick(window, key, CONTROL)


def saved(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Have the document in a file."""
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        window.filing.save_as()
    assert path.exists()
    assert not window.isWindowModified()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Files are written only once this is set."""
    gate = threading.Event()

    def late(*arguments: object) -> None:
        gate.wait(20)
        save(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("bpgui.gui.documents.save", late)
    yield gate
    gate.set()


# Closing


def test_closing_asks_nothing_where_nothing_was_edited_even_after_training(qtbot, window, answers):
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.update == 1)
    assert window.isWindowModified()
    press(qtbot, window, Qt.Key.Key_Q)
    assert not window.isVisible()
    assert answers.questions == []


def test_long_training_is_not_given_away_unasked_unless_it_is_saved(qtbot, window, answers, tmp_path, monkeypatch):
    monkeypatch.setattr(filing, "LONG", 1e-9)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.update == 1 and not window.session.running)
    window.close()
    assert window.isVisible()
    assert len(answers.questions) == 1
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    window.close()
    assert not window.isVisible()
    assert len(answers.questions) == 1


def test_after_a_save_that_was_refused_nothing_is_given_away_unasked(qtbot, window, answers, tmp_path):
    path = tmp_path / "mine.bpgui"
    answers.path = str(path)
    saved(qtbot, window, path)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.update == 1 and not window.session.running)
    save(of_builtin("article"), path)  # another window's
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: "another window or program wrote to it" in window.complaint)
    window.close()
    assert window.isVisible()
    assert len(answers.questions) == 1
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        window.filing.replace()
    window.close()
    assert not window.isVisible()


def test_a_save_under_another_name_is_no_conflict_with_what_is_there(qtbot, window, answers, tmp_path):
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    save(of_builtin("article"), tmp_path / "other.bpgui")
    answers.path = str(tmp_path / "other.bpgui")
    saved(qtbot, window, tmp_path / "other.bpgui")
    assert window.filing.path == answers.path
    assert window.complaint == ""


def test_where_the_file_was_deleted_closing_asks(qtbot, window, answers, tmp_path):
    path = tmp_path / "mine.bpgui"
    answers.path = str(path)
    saved(qtbot, window, path)
    path.unlink()
    window.close()
    assert window.isVisible()
    assert len(answers.questions) == 1
    answers.leave = DISCARD
    window.close()
    assert not window.isVisible()


def test_a_save_that_ends_after_the_document_left_its_file_takes_it_not_back(qtbot, window, answers, tmp_path, held):
    answers.path = str(tmp_path / "mine.bpgui")
    window.filing.save_as()
    window.filing.detach()
    held.set()
    qtbot.waitUntil(lambda: window.filing._saving is None)
    assert window.filing.path == ""


def test_a_save_while_the_one_before_the_document_left_its_file_is_on_asks_for_a_name(
    qtbot, window, answers, tmp_path, held
):
    answers.path = str(tmp_path / "mine.bpgui")
    window.filing.save_as()
    window.filing.detach()
    answers.path = ""
    window.filing.save()
    held.set()
    qtbot.waitUntil(lambda: window.filing._saving is None)
    assert window.filing.path == ""


def test_what_waits_for_a_save_waits_also_where_another_save_is_asked_for(qtbot, window, answers, tmp_path, held):
    answers.path = str(tmp_path / "mine.bpgui")
    window.filing.save_as()
    window.close()
    assert window.isVisible()
    window.filing.save()
    held.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)


def test_where_the_file_cannot_even_be_looked_at_closing_asks(qtbot, window, answers, tmp_path, monkeypatch):
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")

    def lost(_path: Path) -> bool:
        raise OSError("stale file handle")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "exists", lost)
        window.close()
    assert window.isVisible()
    assert len(answers.questions) == 1


def test_forgetting_saves_nothing(qtbot, window, answers):
    edit(qtbot, window)
    window.session.bridge.worker.ask(lambda _trainer: time.sleep(0.2))
    window.session.forget_others()
    window.close()
    assert window.isVisible()
    assert len(answers.questions) == 1


def test_a_file_that_was_still_read_when_the_window_closed_is_not_opened(qtbot, window, answers, tmp_path, monkeypatch):
    save(of_builtin("xor"), tmp_path / "late.bpgui")
    gate = threading.Event()

    def late(path: object) -> object:
        gate.wait(20)
        return load(path)

    monkeypatch.setattr("bpgui.gui.documents.load", late)
    edit(qtbot, window)
    answers.leave = DISCARD
    window.open_path(str(tmp_path / "late.bpgui"))
    threading.Timer(0.2, gate.set).start()
    window.close()
    assert not window.isVisible()
    qtbot.wait(100)
    assert len(answers.questions) == 1
    assert window.filing.path == ""


def test_each_close_asks_again_after_cancel(qtbot, window, answers, tmp_path):
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    edit(qtbot, window)
    for times in (1, 2):
        window.close()
        assert window.isVisible()
        assert len(answers.questions) == times
    assert "mine" in answers.questions[0]
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        press(qtbot, window, Qt.Key.Key_S)
    assert window.isVisible()


def test_discard_closes_and_leaves_the_file_as_it_was(qtbot, window, answers, tmp_path):
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    edit(qtbot, window)
    answers.leave = DISCARD
    window.close()
    assert not window.isVisible()
    assert not window.session.bridge.worker.alive
    assert load(answers.path).recipe.seed == 0


def test_save_saves_and_then_closes(qtbot, window, answers, tmp_path):
    answers.leave, answers.path = SAVE, str(tmp_path / "mine")
    edit(qtbot, window)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    assert len(answers.questions) == 1
    assert load(f"{answers.path}.bpgui").recipe.seed == 1


def test_a_save_that_fails_keeps_the_window_and_what_is_unsaved(qtbot, window, answers, tmp_path):
    answers.leave, answers.path = SAVE, str(tmp_path / "missing" / "mine.bpgui")
    edit(qtbot, window)
    title = window.windowTitle()
    with qtbot.waitSignal(window.filing.documents.not_saved, timeout=10_000):
        window.close()
    assert window.isVisible()
    assert window.complaint
    assert window.isWindowModified()
    assert window.windowTitle() == title
    answers.leave = CANCEL
    window.close()
    assert len(answers.questions) == 2
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    assert window.isVisible()


def test_no_name_given_keeps_the_window_and_a_later_save_does_not_close_it(qtbot, window, answers, tmp_path):
    answers.leave = SAVE
    edit(qtbot, window)
    window.close()
    assert window.isVisible()
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    assert window.isVisible()


def test_closing_while_a_save_is_under_way_waits_for_it(qtbot, window, answers, tmp_path, held):
    answers.path = str(tmp_path / "mine.bpgui")
    edit(qtbot, window)
    press(qtbot, window, Qt.Key.Key_S)
    window.close()
    assert window.isVisible()
    held.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)
    assert answers.questions == []
    assert load(answers.path).recipe.seed == 1


def test_no_memory_for_a_save_is_told_and_the_window_can_still_be_closed(qtbot, window, answers, tmp_path, monkeypatch):
    def none(_trainer: Trainer) -> None:
        raise MemoryError("no room")

    answers.leave, answers.path = DISCARD, str(tmp_path / "mine.bpgui")
    edit(qtbot, window)
    qtbot.waitUntil(lambda: all(ticket.done for ticket in window.session._tickets))
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "training", property(none))
        press(qtbot, window, Qt.Key.Key_S)
        qtbot.waitUntil(lambda: "no room" in window.complaint, timeout=10_000)
    assert window.isWindowModified()
    window.close()
    assert not window.isVisible()


def test_a_name_given_while_a_save_is_under_way_counts_as_unsaved(qtbot, window, answers, tmp_path):
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    session, named = window.session, []
    window.filing.save()
    session.name_moment("precious")
    session.bridge.worker.ask(lambda _trainer: named.append(session.timeline.made))
    while not named:
        time.sleep(0.001)  # the window does something else until all of it is done
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        pass
    assert not any(kept.name for kept in load(tmp_path / "mine.bpgui").past.here.checkpoints)
    window.close()
    assert len(answers.questions) == 1
    answers.leave = DISCARD
    window.close()


# Saved or not


def test_a_document_counts_as_saved_only_once_the_file_is_written(qtbot, window, answers, tmp_path, held):
    answers.path = str(tmp_path / "mine.bpgui")
    edit(qtbot, window)
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        press(qtbot, window, Qt.Key.Key_S)
        qtbot.wait(50)
        assert window.isWindowModified()
        assert "mine" not in window.windowTitle()
        held.set()
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("mine")


def change_seed(qtbot: QtBot, window: MainWindow) -> None:
    edit(qtbot, window)


def take_back(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_Z)


def another_in_its_place(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_Z)
    window.session.edit(edits.set_recipe, learning_rate=0.011)


def same_weight_again(_qtbot: QtBot, window: MainWindow) -> None:
    turn(window, 0.75)


def another_data_set(_qtbot: QtBot, window: MainWindow) -> None:
    assert window.session.edit(edits.use_project, of_builtin("circles")) == ""


def turn(window: MainWindow, value: float) -> None:
    """Set a weight as the wheel does."""
    key = weight_key(window.session.project.network, (0, 0), (1, 0))
    assert window.session.edit(edits.set_parameter, key, value, merge=True) == ""


@pytest.mark.parametrize(
    "meanwhile", [change_seed, take_back, another_in_its_place, same_weight_again, another_data_set]
)
@pytest.mark.parametrize("when", ["before the worker gave the state", "before it is written"])
def test_an_edit_made_during_a_save_leaves_the_document_modified(
    qtbot, window, answers, tmp_path, held, meanwhile: Callable[..., None], when: str
):
    answers.path = str(tmp_path / "mine.bpgui")
    turn(window, 0.5)
    asked = window.session.project
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        if when == "before the worker gave the state":
            held.set()
            gate = threading.Event()
            window.session.bridge.worker.ask(lambda _trainer: gate.wait(20))
            press(qtbot, window, Qt.Key.Key_S)
            meanwhile(qtbot, window)
            gate.set()
        else:
            with qtbot.waitSignal(window.session._captured):
                press(qtbot, window, Qt.Key.Key_S)
            meanwhile(qtbot, window)
            held.set()
    assert window.isWindowModified()
    window.close()
    assert len(answers.questions) == 1
    assert window.isVisible()
    written = load(answers.path)
    assert written.parameters.vector[0] == 0.5
    assert written.recipe == asked.recipe
    assert written.name == asked.name


def test_saving_again_during_a_save_writes_the_later_state(qtbot, window, answers, tmp_path, held):
    answers.path = str(tmp_path / "mine.bpgui")
    edit(qtbot, window)
    press(qtbot, window, Qt.Key.Key_S)
    edit(qtbot, window)
    press(qtbot, window, Qt.Key.Key_S)
    held.set()
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=10_000)
    assert load(answers.path).recipe.seed == 2


def test_undo_past_a_save_is_a_change_and_redo_takes_it_back(qtbot, window, answers, tmp_path):
    answers.path = str(tmp_path / "mine.bpgui")
    edit(qtbot, window)
    saved(qtbot, window, tmp_path / "mine.bpgui")
    press(qtbot, window, Qt.Key.Key_Z)
    assert window.isWindowModified()
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: not window.isWindowModified())


# New and open


def a_project(tmp_path: Path) -> Path:
    path = tmp_path / "other.bpgui"
    save(of_builtin("circles"), path)
    return path


def drop(window: MainWindow, path: Path) -> None:
    """Drop a file on the window as a file manager does."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, mime, button, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPoint(9, 9), copy, mime, button, none))


def test_cancel_keeps_the_document_and_discard_takes_the_new_one(qtbot, window, answers):
    edit(qtbot, window)
    press(qtbot, window, Qt.Key.Key_N)
    assert window.session.project.recipe.seed == 1
    answers.leave = DISCARD
    press(qtbot, window, Qt.Key.Key_N)
    assert len(answers.questions) == 2
    assert window.session.project.name == of_builtin("article").name
    assert not window.session.undo_stack.canUndo()


def test_save_as_the_answer_to_new_saves_and_goes_on_with_new(qtbot, window, answers, tmp_path):
    answers.leave, answers.path = SAVE, str(tmp_path / "mine.bpgui")
    edit(qtbot, window)
    press(qtbot, window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: window.session.project.network.outputs == 2, timeout=10_000)
    assert load(answers.path).recipe.seed == 1
    assert "mine" not in window.windowTitle()
    assert len(answers.questions) == 1


def test_save_as_the_answer_to_open_saves_and_goes_on_with_open(qtbot, window, answers, tmp_path):
    mine, other = tmp_path / "mine.bpgui", a_project(tmp_path)
    answers.path = str(mine)
    saved(qtbot, window, mine)
    edit(qtbot, window)
    answers.leave, answers.path = SAVE, str(other)
    press(qtbot, window, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("other"), timeout=10_000)
    assert load(mine).recipe.seed == 1
    assert window.session.project.id == load(other).id
    assert not window.isWindowModified()


@pytest.mark.parametrize("folder", ["", "missing/"])
def test_a_save_given_up_or_failed_drops_what_was_to_come_after_it(qtbot, window, answers, tmp_path, folder):
    answers.leave, answers.path = SAVE, f"{tmp_path}/{folder}mine.bpgui" if folder else ""
    edit(qtbot, window)
    press(qtbot, window, Qt.Key.Key_N)
    if folder:
        qtbot.waitUntil(lambda: window.complaint != "", timeout=10_000)
    answers.path = str(tmp_path / "mine.bpgui")
    saved(qtbot, window, tmp_path / "mine.bpgui")
    assert window.session.project.recipe.seed == 1
    assert window.windowTitle().startswith("mine")


def test_a_dropped_file_is_opened_and_an_edit_made_meanwhile_is_not_lost(qtbot, window, answers, tmp_path, monkeypatch):
    other, gate = a_project(tmp_path), threading.Event()
    monkeypatch.setattr("bpgui.gui.documents.load", lambda path: gate.wait(20) and load(path))
    drop(window, other)
    edit(qtbot, window)
    with qtbot.waitSignal(window.filing.documents.opened, timeout=10_000):
        gate.set()
    assert len(answers.questions) == 1
    assert window.session.project.recipe.seed == 1
    answers.leave = DISCARD
    drop(window, other)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("other"), timeout=10_000)


def test_a_file_that_cannot_be_opened_modifies_nothing_and_asks_nothing(qtbot, window, answers, tmp_path):
    path = tmp_path / "bad.bpgui"
    path.write_bytes(b"no project")
    with qtbot.waitSignal(window.filing.documents.not_opened, timeout=10_000):
        drop(window, path)
    assert window.complaint
    assert not window.isWindowModified()
    edit(qtbot, window)
    with qtbot.waitSignal(window.filing.documents.not_opened, timeout=10_000):
        drop(window, path)
    assert answers.questions == []


def test_a_name_typed_without_its_suffix_does_not_overwrite_a_file_unasked(qtbot, window, answers, tmp_path):
    there = tmp_path / "mine.bpgui"
    there.write_bytes(b"somebody's")
    answers.path = str(tmp_path / "mine")
    answers.leave = QMessageBox.StandardButton.No
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert answers.questions == ["mine.bpgui is there already. Replace it?"]
    assert there.read_bytes() == b"somebody's"
    answers.leave = QMessageBox.StandardButton.Yes
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert load(str(there)).network == window.session.project.network
