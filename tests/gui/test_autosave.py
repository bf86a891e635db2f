"""The document is kept safe while it is worked on, and what a crash left behind is offered at the next start."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from dressing import dress_light
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from support import bits
from whole_window import train

from bpgui.files.project_file import FileError, load, save
from bpgui.files.recovery import Journal, abandoned
from bpgui.files.stamp import Stamp
from bpgui.gui.application import make_window
from bpgui.network.names import weight_key
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "recovery"


@pytest.fixture
def open_window(qtbot, qapp, tmp_path, folder):
    theme, opened = dress_light(qapp), []

    def open_one(name: str = "xor"):
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        window = make_window(of_builtin(name), theme, settings, folder)
        opened.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.session.set_pace(None)
        return window

    yield open_one
    for window in opened:
        window.filing.let_go()
        window.close()
        window.deleteLater()
    theme.deleteLater()


CRASHED = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings, QTimer
from bpgui.gui.application import dress, make_application, make_window
from bpgui.project.state import of_builtin
folder = Path(sys.argv[1])
application = make_application()
settings = QSettings(str(folder / "other.ini"), QSettings.Format.IniFormat)
window = make_window(of_builtin("spirals"), dress(application, "light"), settings, folder / "recovery")
window.show()
window.session.set_pace(None)
window.session.bridge.worker.step(epochs=30)
timer = QTimer()
timer.timeout.connect(lambda: print("kept", flush=True) if window.autosave._kept is not None else None)
timer.start(50)
application.exec()
"""


@pytest.fixture
def crashed(tmp_path):
    """A process that trained 30 epochs, paused, and was killed once that was kept."""
    child = subprocess.Popen(
        [sys.executable, "-c", CRASHED, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "kept\n"
    child.kill()
    child.wait()
    child.stdout.close()


def buttons(window, words):
    return [each for each in window._offer.findChildren(QPushButton) if each.text() == words]


def kept(qtbot, window):
    qtbot.waitUntil(lambda: window.autosave._kept == window.autosave._state, timeout=10_000)


@pytest.mark.usefixtures("crashed")
def test_after_a_crash_the_next_start_offers_the_work_and_it_goes_on_with_the_same_bits(qtbot, open_window, folder):
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    assert "bpgui ended before “Spirals” was saved; a copy made less than a minute ago is there." in window._offer.text
    (restore,) = buttons(window, "Open it")
    restore.click()
    qtbot.waitUntil(lambda: window.session.progress.epoch == 30, timeout=10_000)
    assert window.isWindowModified()
    assert not window._offer.isVisible()
    assert window.session.curves().train.epochs == 30
    train(qtbot, window, 5)
    alone = Trainer.of(of_builtin("spirals").training)
    alone.run(epochs=35)
    assert bits(window.session.bridge.worker.trainer.params.vector) == bits(alone.params.vector)
    # It is in this window's own journal now, and nowhere else.
    kept(qtbot, window)
    qtbot.waitUntil(lambda: len(list(folder.glob("*.journal"))) == 1, timeout=10_000)
    assert abandoned(folder) == []


@pytest.mark.usefixtures("crashed")
def test_what_was_left_behind_can_be_discarded_or_put_off(qtbot, open_window, folder):
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    window._offer._close.click()
    assert not window._offer.isVisible()
    other = open_window()
    qtbot.waitUntil(lambda: other._offer.text != "", timeout=10_000)
    (discard,) = buttons(other, "Discard it")
    discard.click()
    qtbot.waitUntil(lambda: not list(folder.glob("*.journal")), timeout=10_000)
    assert not other._offer.isVisible()


@pytest.mark.usefixtures("crashed")
def test_work_that_another_window_took_is_not_taken_twice(qtbot, open_window, folder):
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    (found,) = abandoned(folder)
    assert found.take()
    buttons(window, "Open it")[0].click()
    qtbot.waitUntil(lambda: "another window has it already" in window.complaint, timeout=10_000)
    assert window.session.progress.epoch == 0
    found.give_back()


@pytest.fixture
def overtaken(folder, tmp_path):
    """A journal of a document whose file was written to after that."""
    path = tmp_path / "mine.bpgui"
    save(of_builtin("moons"), path)
    journal = Journal(folder)
    journal.write(of_builtin("circles"), str(path), Stamp.of(path))
    journal._lock.release()  # as by a crash
    save(of_builtin("spirals"), path)
    return path


def test_what_is_recovered_does_not_replace_a_file_that_was_saved_after_it_unasked(qtbot, open_window, overtaken):
    theirs = overtaken.read_bytes()
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    assert "“mine” was saved" in window._offer.text
    assert "Its file was saved after that, by another window or program." in window._offer.text
    buttons(window, "Open it")[0].click()
    qtbot.waitUntil(lambda: window.session.document.name == "Circles", timeout=10_000)
    with qtbot.waitSignal(window.filing.conflicted, timeout=10_000):
        window.filing.save()
    assert overtaken.read_bytes() == theirs
    assert "mine.bpgui is not as it was here" in window.complaint


@pytest.mark.usefixtures("crashed")
def test_what_is_recovered_waits_until_the_document_before_it_is_saved(
    qtbot, open_window, folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Save)
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        window.filing._save_to(str(tmp_path / "before.bpgui"))
    window.session.edit(edits.set_recipe, learning_rate=0.75)
    buttons(window, "Open it")[0].click()
    qtbot.waitUntil(lambda: window.session.progress.epoch == 30, timeout=10_000)
    assert load(tmp_path / "before.bpgui").recipe.learning_rate == 0.75
    kept(qtbot, window)
    qtbot.waitUntil(lambda: len(list(folder.glob("*.journal"))) == 1, timeout=10_000)
    assert not window._offer.isVisible()
    assert abandoned(folder) == []  # it is this window's


@pytest.mark.usefixtures("crashed")
def test_what_is_not_opened_after_all_is_offered_again(qtbot, open_window, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    window.session.edit(edits.set_recipe, learning_rate=0.75)
    buttons(window, "Open it")[0].click()
    assert not window._offer.isVisible()
    qtbot.waitUntil(lambda: window._offer.isVisible(), timeout=10_000)
    assert window.session.document.recipe.learning_rate == 0.75
    other = open_window()  # which may have it
    qtbot.waitUntil(lambda: other._offer.text != "", timeout=10_000)
    buttons(other, "Open it")[0].click()
    qtbot.waitUntil(lambda: other.session.progress.epoch == 30, timeout=10_000)


@pytest.mark.usefixtures("crashed")
def test_a_window_that_closes_before_what_it_recovers_is_safe_leaves_it_to_others(
    qtbot, open_window, folder, monkeypatch
):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    buttons(window, "Open it")[0].click()
    window.close()
    (found,) = abandoned(folder)
    assert found.take()
    found.give_back()


def test_of_a_document_that_was_let_go_for_another_nothing_is_left(qtbot, open_window, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)
    save(of_builtin("moons"), tmp_path / "other.bpgui")
    window = open_window()
    window.session.edit(edits.set_recipe, learning_rate=0.75)
    kept(qtbot, window)
    assert list(folder.glob("*.journal"))
    window.open_path(str(tmp_path / "other.bpgui"))
    qtbot.waitUntil(lambda: not list(folder.glob("*.journal")), timeout=10_000)
    assert window.session.document.name == "Moons"


def test_a_window_that_ends_as_it_should_leaves_nothing(qtbot, open_window, folder, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Discard)
    window = open_window()
    train(qtbot, window, 3)
    window.session.edit(edits.set_recipe, learning_rate=0.25)
    kept(qtbot, window)
    assert len(list(folder.glob("*.journal"))) == 1
    window.close()
    assert list(folder.iterdir()) == []


def test_a_copy_is_made_soon_after_each_pause_and_every_half_minute(qtbot, open_window, folder, monkeypatch):
    monkeypatch.setattr("bpgui.gui.autosave.EVERY", 100)
    window = open_window()
    assert not folder.exists()  # nothing was done that a person would miss
    window.session.edit(edits.set_recipe, epochs=10**9)
    window.session.run()
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.journal"))), timeout=10_000)
    assert window.session.running
    window.session.pause()
    kept(qtbot, window)
    assert window._status._file.text() == "Kept safe 0 s ago"
    key = weight_key(window.session.project.network, (0, 0), (1, 0))
    window.session.edit(edits.set_parameter, key, 0.5)
    kept(qtbot, window)


def test_copies_that_take_long_are_made_less_often(qtbot, open_window, monkeypatch):
    write = Journal.write

    def slow(*arguments):
        time.sleep(0.3)
        write(*arguments)

    monkeypatch.setattr(Journal, "write", slow)
    monkeypatch.setattr("bpgui.gui.autosave.EVERY", 100)
    window = open_window()
    window.session.edit(edits.set_recipe, l2=0.5)
    kept(qtbot, window)
    assert window.autosave._every.interval() >= 3000


def test_a_copy_that_comes_after_its_document_went_is_told_of_no_other(qtbot, open_window, monkeypatch):
    write, gate = Journal.write, threading.Event()

    def late(*arguments):
        gate.wait(20)
        write(*arguments)

    window = open_window()
    told = []
    window.autosave.told.connect(lambda *given: told.append(given))
    monkeypatch.setattr(Journal, "write", late)
    window.session.edit(edits.set_recipe, l2=0.5)
    qtbot.waitUntil(lambda: window.autosave._asked is not None)
    window.filing.let_go()
    window.filing.new()
    gate.set()
    qtbot.waitUntil(lambda: window.autosave._asked is None)
    assert told == []


def test_the_same_file_opened_again_is_kept_again(qtbot, open_window, folder, tmp_path):
    path = tmp_path / "a.bpgui"
    save(of_builtin("xor"), path)
    window = open_window()
    for _ in range(2):
        with qtbot.waitSignal(window.filing.taken, timeout=10_000):
            window.filing.let_go()
            window.open_path(str(path))
        qtbot.waitUntil(lambda: not list(folder.glob("*.journal")), timeout=10_000)
        train(qtbot, window, 20)
        qtbot.waitUntil(lambda: bool(list(folder.glob("*.journal"))), timeout=10_000)


@pytest.mark.usefixtures("crashed")
def test_a_recovery_that_waits_for_a_save_is_offered_again_where_something_else_is_opened_first(
    qtbot, open_window, tmp_path, monkeypatch
):
    window, gate = open_window(), threading.Event()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    offered = window._offer.text

    def late(*arguments):
        gate.wait(20)
        save(*arguments)

    monkeypatch.setattr("bpgui.gui.documents.save", late)
    window.session.edit(edits.set_recipe, l2=0.5)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Save)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine.bpgui"), ""))
    (restore,) = buttons(window, "Open it")
    restore.click()
    qtbot.waitUntil(lambda: window.autosave._waiting is not None, timeout=10_000)
    window.filing.new()
    with qtbot.waitSignal(window.filing.taken, timeout=10_000):
        gate.set()
    assert window._offer.text == offered
    assert window.autosave._waiting is None


@pytest.mark.usefixtures("crashed")
def test_a_recovered_document_that_was_saved_is_not_offered_again_even_where_no_copy_could_be_made(
    qtbot, open_window, folder, tmp_path, monkeypatch
):
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)

    def no(*_arguments):
        raise FileError("no room")

    monkeypatch.setattr(Journal, "write", no)
    (restore,) = buttons(window, "Open it")
    restore.click()
    qtbot.waitUntil(lambda: window.session.progress.epoch == 30, timeout=10_000)
    qtbot.waitUntil(lambda: "Not kept safe" in window._status._file.text())
    assert len(list(folder.glob("*.journal"))) == 1
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        window.filing._save_to(str(tmp_path / "mine.bpgui"))
    qtbot.waitUntil(lambda: not list(folder.glob("*.journal")), timeout=10_000)


@pytest.mark.usefixtures("crashed")
def test_where_the_document_before_it_cannot_be_saved_the_work_is_offered_again(
    qtbot, open_window, tmp_path, monkeypatch
):
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    offered = window._offer.text
    window.session.edit(edits.set_recipe, l2=0.5)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Save)
    nowhere = str(tmp_path / "no folder" / "mine.bpgui")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (nowhere, ""))
    (restore,) = buttons(window, "Open it")
    restore.click()
    qtbot.waitUntil(lambda: "Not saved" in window.complaint, timeout=10_000)
    assert window._offer.text == offered
    assert window.session.document.recipe.l2 == 0.5


def test_what_a_file_holds_is_not_offered_again(qtbot, open_window, folder, tmp_path):
    window = open_window()
    window.session.edit(edits.set_recipe, learning_rate=0.25)
    kept(qtbot, window)
    window.session.edit(edits.set_recipe, learning_rate=0.5)
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        window.filing._save_to(str(tmp_path / "a.bpgui"))
    qtbot.waitUntil(lambda: not list(folder.glob("*.journal")), timeout=10_000)
    assert window._status._file.text() == "Saved a.bpgui"
    assert not window.autosave._telling.isActive()


def test_a_full_disk_is_said_in_the_status_bar_training_goes_on_and_the_next_copy_is_made(
    qtbot, open_window, monkeypatch
):
    window = open_window()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        window.session.edit(edits.set_recipe, epochs=10**9)
        window.session.run()
        qtbot.waitUntil(lambda: window.session.running)
        window.autosave.keep()
        qtbot.waitUntil(lambda: "No space left on device" in window._status._file.text(), timeout=10_000)
        assert window._status._file.text().startswith("Not kept safe: ")
        assert window._status._file.property("tone") == "error"
        assert window.session.running
    window.session.pause()
    kept(qtbot, window)
    assert window._status._file.text().startswith("Kept safe ")
    assert window._status._file.property("tone") == "caption"


def test_a_folder_deleted_while_one_works_is_made_again(qtbot, open_window, folder):
    window = open_window()
    train(qtbot, window, 3)
    kept(qtbot, window)
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    train(qtbot, window, 3)
    kept(qtbot, window)
    assert len(list(folder.glob("*.journal"))) == 1


def test_what_cannot_be_recovered_says_why(qtbot, open_window, folder):
    journal = Journal(folder)
    journal.write(of_builtin("xor"))
    path = next(folder.glob("*.journal"))
    content = path.read_bytes()
    journal.close()
    folder.joinpath("left.journal").write_bytes(content)
    window = open_window("circles")
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    folder.joinpath("left.journal").write_bytes(b"nothing")
    buttons(window, "Open it")[0].click()
    qtbot.waitUntil(lambda: window.complaint.startswith("Not recovered: "), timeout=10_000)
    assert window.session.document.name == "Circles"


@pytest.mark.usefixtures("crashed")
def test_the_log_of_a_crash_is_named_where_it_is_of_that_time(qtbot, open_window, folder):
    old, new = folder / "crash-1.log", folder / "crash-2.log"
    for path in (old, new):
        path.write_text("Fatal Python error")
    os.utime(old, (0, 0))
    window = open_window()
    qtbot.waitUntil(lambda: window._offer.text != "", timeout=10_000)
    assert f"What went wrong may stand in {new}." in window._offer.text


# Two windows on one file


def test_a_file_that_another_window_wrote_is_not_written_over_unasked(qtbot, open_window, tmp_path):
    path = tmp_path / "shared.bpgui"
    window, other = open_window(), open_window()
    for each in (window, other):
        if each is window:
            save(of_builtin("moons"), path)
        with qtbot.waitSignal(each.filing.taken, timeout=10_000):
            each.open_path(str(path))
    other.session.edit(edits.set_recipe, learning_rate=0.25)
    with qtbot.waitSignal(other.filing.saved, timeout=10_000):
        other.filing.save()
    theirs = path.read_bytes()
    window.session.edit(edits.set_recipe, learning_rate=0.75)
    with qtbot.waitSignal(window.filing.conflicted, timeout=10_000):
        window.filing.save()
    assert path.read_bytes() == theirs
    assert "shared.bpgui is not as it was here: another window or program wrote to it." in window.complaint
    assert window.isWindowModified()
    (replace,) = [each for each in window._strip.findChildren(QPushButton) if each.text() == "Replace it"]
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        replace.click()
    assert path.read_bytes() != theirs
    assert window.complaint == ""
    window.session.edit(edits.set_recipe, learning_rate=0.5)
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        window.filing.save()  # its own file again


def test_a_file_deleted_under_us_is_written_anew(qtbot, open_window, tmp_path):
    path = tmp_path / "mine.bpgui"
    save(of_builtin("moons"), path)
    window = open_window()
    with qtbot.waitSignal(window.filing.taken, timeout=10_000):
        window.open_path(str(path))
    path.unlink()
    window.session.edit(edits.set_recipe, learning_rate=0.75)
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        window.filing.save()
    assert Path(path).exists()
