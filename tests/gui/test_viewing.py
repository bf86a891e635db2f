"""Looking back in the window: every panel shows the moment, nothing is destroyed by it, and one can go on there."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMessageBox, QPushButton
from support import bits
from whole_window import exact, settled, train

from bpgui.explain.diagnosis import Finding, Remedy
from bpgui.gui.adviser import Answer
from bpgui.gui.docks.error import OTHERS_ROOM
from bpgui.gui.docks.lanes import stops
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.widgets.tile import Tile
from bpgui.network.names import weight_key
from bpgui.number_text import format_error
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.project.timeline import AbandonedError, seek, seek_epoch
from bpgui.training.changes import Place
from bpgui.training.trainer import Trainer

LEFT, NO = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(qtbot, open_window):
    """A window on the spirals, 60 epochs trained."""
    window = open_window(of_builtin("spirals"))
    window.session.set_pace(None)
    train(qtbot, window, 60)
    return window


def at(epoch):
    """The very state that a run of its own has there."""
    trainer = Trainer.of(of_builtin("spirals").training)
    trainer.run(epochs=epoch)
    return trainer.training


@pytest.fixture
def gate(monkeypatch):
    """What holds every replay until it is set."""
    gate = threading.Event()

    def late(*arguments):
        gate.wait(20)
        return seek_epoch(*arguments)

    monkeypatch.setattr("bpgui.gui.viewing.seek_epoch", late)
    return gate


def strip(window):
    return window.train.error.time_strip


def place(window, epoch, row=0):
    return QPoint(round(strip(window).place_of(epoch)), round(strip(window).height_of(row)))


def test_a_press_on_the_strip_shows_that_epoch_in_every_panel_and_changes_nothing(qtbot, window):
    session, live = window.session, window.session.bridge.worker.trainer
    errors, end = session.curves().train.last, live.training
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 23))
    exact(qtbot, window)
    epoch = session.progress.epoch
    assert abs(epoch - 23) <= 3  # a pixel is more than an epoch, and a mark draws the pointer
    wanted = at(epoch)
    assert bits(session.project.training.state.vector) == bits(wanted.state.vector)
    assert session.progress.update == wanted.state.update
    assert window._top._epoch.text == str(epoch)
    assert f"Viewing epoch {epoch} of run 1." in window._viewing.text
    assert window._viewing.isVisible()
    assert np.array_equal(session.curves().train.last, errors)
    assert np.array_equal(session.errors().train.last, errors[:epoch])
    QTest.keyClick(window, Qt.Key.Key_End)
    assert session.view is None
    assert not window._viewing.isVisible()
    assert session.progress.epoch == 60
    assert bits(session.project.training.state.vector) == bits(end.state.vector)
    assert live is session.bridge.worker.trainer
    assert bits(live.params.vector) == bits(end.state.vector)


def test_a_drag_along_the_strip_goes_through_the_epochs(qtbot, window):
    session, seen = window.session, []
    QTest.mousePress(strip(window), LEFT, NO, place(window, 50))
    for epoch in (40, 30, 20, 10):
        QTest.mouseMove(strip(window), place(window, epoch))
        qtbot.waitUntil(lambda: session.view is not None and not session.viewing.replaying)
        seen.append(session.progress.epoch)
    QTest.mouseRelease(strip(window), LEFT, NO, place(window, 10))
    exact(qtbot, window)
    assert seen == sorted(seen, reverse=True)
    assert abs(session.progress.epoch - 10) <= 1
    assert len(session.past.branches) == 1
    QTest.mousePress(strip(window), LEFT, NO, place(window, 10))
    QTest.mouseMove(strip(window), place(window, 400))
    QTest.mouseRelease(strip(window), LEFT, NO, place(window, 400))  # beyond the end is the present
    assert session.view is None


def test_looking_back_pauses_a_run_and_going_back_to_live_does_not_resume_it(qtbot, window):
    session = window.session
    session.edit(edits.set_recipe, epochs=10**9)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.running and session.progress.epoch > 80, timeout=10_000)
    QTest.keyClick(window, Qt.Key.Key_Home)
    exact(qtbot, window)
    settled(qtbot, window)
    assert session.progress.update == 0
    assert bits(session.project.training.state.vector) == bits(at(0).state.vector)
    QTest.keyClick(window, Qt.Key.Key_End)
    assert session.progress.epoch > 80
    assert not session.running
    trainer = session.bridge.worker.trainer
    qtbot.waitUntil(lambda: bits(session.project.training.state.vector) == bits(trainer.params.vector))


def test_the_brackets_walk_along_the_marked_moments(qtbot, window):
    session, walked = window.session, []
    marks = [mark.epoch for mark in stops(strip(window).lanes)]
    assert marks == [0, 10, 20, 30, 40, 50, 60]
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_BracketLeft)
        exact(qtbot, window)
        walked.append(session.progress.epoch)
    QTest.keyClick(window, Qt.Key.Key_BracketRight)
    qtbot.waitUntil(lambda: session.progress.epoch == 40 and session.view.exact)
    assert walked == [50, 40, 30]
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_BracketRight)
        qtbot.waitUntil(lambda: not session.viewing.replaying)
    assert session.view is None  # which was the present


def test_continue_makes_a_branch_and_trains_on_as_if_nothing_had_come_after(qtbot, window):
    session = window.session
    session.look(0, 25)
    exact(qtbot, window)
    assert window._top._run.text() == "Continue"
    session.set_pace(200.0)
    QTest.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.running and session.progress.epoch >= 80, timeout=10_000)
    assert "Branch 1b continues run 1 from epoch 25." in window._status._said.text()
    session.pause()
    settled(qtbot, window)
    assert session.branch.name == "1b"
    assert [branch.name for branch in session.past.branches.values()] == ["1", "1b"]
    reference = Trainer.of(of_builtin("spirals").training)
    reference.run(updates=session.progress.update)
    assert bits(session.bridge.worker.trainer.params.vector) == bits(reference.params.vector)
    assert session.curves().train.epochs == session.progress.epoch
    assert seek(session.past, Place(0, 60 * 15)).training.state.epoch == 60


def test_branch_here_waits_and_the_next_edit_belongs_to_the_branch(qtbot, window):
    session = window.session
    session.look(0, 30)
    exact(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_B)
    settled(qtbot, window)
    assert (session.view, session.branch.name, session.progress.epoch) == (None, "1b", 30)
    assert "Branch 1b continues run 1 from epoch 30." in window._status._said.text()
    session.edit(edits.set_recipe, learning_rate=0.003)
    train(qtbot, window, 5)
    assert [lane.label for lane in strip(window).lanes] == ["", "learning rate 0.03 → 0.003"]
    assert session.past.branches[0].tip.training.recipe.learning_rate == 0.03


def test_an_edit_while_looking_back_branches_there_and_undo_leads_back(qtbot, window):
    session = window.session
    end = session.bridge.worker.trainer.training
    session.look(0, 30)
    exact(qtbot, window)
    key = weight_key(session.project.network, (1, 2), (2, 3))
    assert session.edit(edits.set_parameter, key, -1.25) == ""
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1b", 30)
    assert -1.25 in session.project.training.state.vector
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch, len(session.past.branches)) == ("1", 60, 1)
    assert bits(session.bridge.worker.trainer.params.vector) == bits(end.state.vector)
    assert session.curves().train.epochs == 60


def test_a_setting_changed_while_looking_back_and_undone_leaves_no_branch(qtbot, window):
    session = window.session
    session.look(0, 30)
    exact(qtbot, window)
    session.edit(edits.set_recipe, learning_rate=0.5)
    settled(qtbot, window)
    assert session.branch.name == "1b"
    session.undo()
    settled(qtbot, window)
    qtbot.waitUntil(lambda: [branch.name for branch in session.past.branches.values()] == ["1"])
    assert session.progress.epoch == 60


def test_reset_while_looking_back_begins_a_run_with_what_is_seen(qtbot, window):
    session = window.session
    session.edit(edits.set_units, 1, 5)
    train(qtbot, window, 5)
    session.look(0, 30)
    exact(qtbot, window)
    assert session.project.network.sizes == (2, 8, 8, 1)
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    assert (session.branch.name, session.progress.update) == ("2", 0)
    assert session.project.network.sizes == (2, 8, 8, 1)
    assert window.train.network.canvas.scene.network is session.project.network


def test_a_past_structure_is_shown_everywhere_and_the_present_comes_back(qtbot, window):
    session = window.session
    session.edit(edits.set_units, 1, 12)
    train(qtbot, window, 5)
    for epoch, sizes in ((30, (2, 8, 8, 1)), (62, (2, 12, 8, 1))):
        session.look(0, epoch)
        exact(qtbot, window)
        assert session.project.network.sizes == sizes
        assert window.train.network.canvas.scene.network is session.project.network
        window.grab()
    session.viewing.end()
    assert window.train.network.canvas.scene.network is session.project.network is session.document.network


def test_an_abandoned_future_is_looked_at_and_goes_on(qtbot, window):
    session = window.session
    end = at(60)
    session.look(0, 30)
    exact(qtbot, window)
    session.continue_here()
    train(qtbot, window, 10)
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 60, 0))
    exact(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1", 60)
    assert bits(session.project.training.state.vector) == bits(end.state.vector)
    assert session.curves().train.epochs == 60
    session.continue_here()
    settled(qtbot, window)
    assert session.branch.name == "1"
    assert "Run 1 goes on from epoch 60." in window._status._said.text()
    train(qtbot, window, 5)
    assert bits(session.bridge.worker.trainer.params.vector) == bits(at(65).state.vector)


def test_a_moment_gets_a_name_and_the_strip_tells_it(qtbot, window):
    session = window.session
    session.look(0, 35)
    exact(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_C)
    field = strip(window)._edit
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "before lunch")
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(kept.name for kept in session.past.here.checkpoints))
    assert not field.isVisible()
    qtbot.waitUntil(lambda: "before lunch" in strip(window).told_at(QPointF(place(window, 35))))
    assert [mark.epoch for mark in stops(strip(window).lanes) if mark.name] == [35]
    assert window._viewing.text == "Viewing “before lunch”, epoch 35 of run 1."
    assert window.filing._is_edited  # a name is work, too: it is asked about and kept safe
    QTest.keyClick(window, Qt.Key.Key_C)
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "no")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert len([kept for kept in session.past.here.checkpoints if kept.name]) == 1


def test_other_runs_are_in_the_menu_and_can_be_forgotten(qtbot, window, monkeypatch):
    session, menu = window.session, window.train.error.time_menu
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    train(qtbot, window, 4)
    menu._fill()
    going = next(action for action in menu.actions() if action.text() == "Go to the end of").menu()
    assert [action.text() for action in going.actions()] == ["run 1, epoch 60"]
    going.actions()[0].trigger()
    exact(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1", 60)
    menu._fill()
    asked, answers = [], [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *given: (asked.append(given[2]), answers.pop(0))[1])
    forget = next(action for action in menu.actions() if action.text() == "Forget all but run 2…")
    forget.trigger()
    assert len(session.past.branches) == 2
    forget.trigger()
    assert asked == ["Forget all runs and branches but run 2 and the way there? They cannot be brought back."] * 2
    qtbot.waitUntil(lambda: len(session.past.branches) == 1)
    qtbot.waitUntil(lambda: window._status._said.text() == "All but what led here is forgotten.")
    assert not session.undo_stack.canUndo()  # it would lead to what is forgotten
    assert window.filing._is_edited
    assert (session.view, session.branch.name, session.progress.epoch) == (None, "2", 4)


def test_all_of_the_menu_is_in_the_palette_too(qtbot, window, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    session = window.session
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    train(qtbot, window, 4)
    commands = {each.label: each.do for each in window.commands()}
    commands["Memory for the timeline: 64 MB"]()
    assert session.budget == 64 * 2**20
    commands["Go to the end of: run 1, epoch 60"]()
    exact(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1", 60)
    commands["Forget all but run 2…"]()
    qtbot.waitUntil(lambda: [branch.name for branch in session.past.branches.values()] == ["2"])


def test_the_memory_of_the_timeline_is_a_setting_that_is_kept(qtbot, window, open_window):
    menu = window.train.error.time_menu
    menu._fill()
    memory = next(action for action in menu.actions() if action.text() == "Memory for the timeline").menu()
    assert [(action.text(), action.isChecked()) for action in memory.actions()] == [
        ("64 MB", False),
        ("256 MB", True),
        ("1,024 MB", False),
    ]
    memory.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.session.timeline.budget == 64 * 2**20)
    in_files = next(action for action in menu.actions() if action.text() == "Room for it in files").menu()
    assert [action.isChecked() for action in in_files.actions()] == [False, True, False]
    in_files.actions()[2].trigger()
    assert window.filing.checkpoint_bytes == 128 * 2**20
    again = open_window(of_builtin("xor"))
    qtbot.waitUntil(lambda: again.session.timeline.budget == 64 * 2**20)
    assert again.filing.checkpoint_bytes == 128 * 2**20


def test_a_diverged_run_offers_the_way_back_to_its_best_epoch(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    session = window.session
    session.set_pace(None)
    train(qtbot, window, 20)
    session.edit(edits.set_activation, 1, "linear")
    session.edit(edits.set_recipe, learning_rate=0.7, epochs=400)
    session.run()
    qtbot.waitUntil(lambda: window.train.error.warning != "" and not session.running, timeout=10_000)
    best = int(np.nanargmin(session.curves().train.last))
    words = f"Back to epoch {best}, the best"
    (back,) = [each for each in window.train.error.findChildren(QPushButton) if each.text() == words]
    QTest.mouseClick(back, LEFT)
    exact(qtbot, window)
    assert session.progress.epoch == best
    assert session.edit(edits.set_recipe, learning_rate=0.01) == ""
    settled(qtbot, window)
    assert session.branch.name == "1b"


def test_what_is_wrong_with_the_present_is_not_said_of_a_moment_of_the_past(qtbot, open_window):
    window = open_window(of_builtin("regression"))
    session, error = window.session, window.train.error
    session.set_pace(None)
    train(qtbot, window, 20)
    session.edit(edits.set_activation, 1, "linear")
    session.edit(edits.set_recipe, learning_rate=0.7, epochs=400)
    session.run()
    qtbot.waitUntil(lambda: error.warning != "" and not session.running, timeout=10_000)
    diverged = error.warning
    assert window._status._said.text().startswith("The numbers left the finite range")  # also where it is not seen
    session.look(0, 10)
    assert error.warning == ""
    exact(qtbot, window)
    assert error.warning != diverged
    QTest.keyClick(window, Qt.Key.Key_End)
    assert error.warning == diverged
    session.reset()  # another run has not diverged
    settled(qtbot, window)
    assert error.warning == ""
    session.undo()
    settled(qtbot, window)
    assert error.warning == diverged
    finding = Finding("saturated", "All is lost.", (Remedy("Wait", edits.reset),))
    error._on_remedy("back")
    exact(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_End)
    error.adviser.found.emit(finding)
    assert error.warning == "All is lost."
    session.look(0, 10)
    exact(qtbot, window)
    assert error.warning != "All is lost."


def test_what_was_found_in_another_moment_is_not_told(qtbot, window):
    session, adviser, found = window.session, window.train.error.adviser, []
    session.look(0, 30)
    exact(qtbot, window)
    adviser.found.connect(found.append)
    finding = Finding("saturated", "All is lost.", (Remedy("Wait", edits.reset),))
    adviser._on_answer(Answer(session.branch.id, None, finding))
    adviser._on_answer(Answer(7, session.view, finding))
    assert found == []
    adviser._on_answer(Answer(session.branch.id, session.view, finding))
    assert found == [finding]


def test_another_run_whose_error_went_out_of_all_bounds_leaves_that_of_this_one_to_be_seen(window):
    error = window.train.error
    view = error._plot.getPlotItem().getViewBox()
    own = error._extents[error._train]
    for log, room in ((True, OTHERS_ROOM), (False, abs(10.0 ** own[1]))):
        error._log.setChecked(log)
        error._on_log()
        bottom, top = error._extents[error._train]
        error._extents[error._others[0]] = (-300.0, 250.0) if log else (0.0, 1e250)
        error._fit_errors()
        low, high = view.viewRange()[1]
        assert low < bottom < top < high
        assert high < top + 1.5 * room


def test_an_edit_waits_until_the_moment_is_there_exactly(qtbot, window, monkeypatch):
    session = window.session
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", -1.0)
    session.look(0, 33)
    view = session.view
    assert not view.exact
    assert view.epoch == 33
    assert "the nearest that is kept" in window._viewing.text
    assert session.edit(edits.set_recipe, l2=0.5) == ""
    assert session.edit(edits.set_recipe, learning_rate=0.25) == ""
    assert len(session.past.branches) == 1
    assert "then it goes on" in window._viewing.text
    qtbot.waitUntil(lambda: session.view is None)
    settled(qtbot, window)
    assert session.branch.name == "1b"
    assert (session.document.recipe.l2, session.document.recipe.learning_rate) == (0.5, 0.25)
    assert bits(session.document.training.state.vector) == bits(at(33).state.vector)


def test_saving_while_looking_back_saves_what_is_trained(qtbot, window, tmp_path):
    session, path = window.session, tmp_path / "a.bpgui"
    session.look(0, 10)
    exact(qtbot, window)
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        window.filing._save_to(str(path))
    assert session.progress.epoch == 10
    with qtbot.waitSignal(window.filing.taken, timeout=10_000):
        window.filing.open_path(str(path))
    assert (session.view, session.progress.epoch) == (None, 60)


def test_what_another_build_trained_says_that_it_was_trained_again_here(qtbot, window, tmp_path, monkeypatch):
    path = tmp_path / "other.bpgui"
    monkeypatch.setattr("bpgui.files.project_file.fingerprint", lambda: "another build")
    with qtbot.waitSignal(window.filing.saved, timeout=10_000):
        window.filing._save_to(str(path))
    monkeypatch.undo()
    with qtbot.waitSignal(window.filing.taken, timeout=10_000):
        window.open_path(str(path))
    window.session.look(0, 33)
    exact(qtbot, window)
    assert "Recomputed here: another build or processor trained it" in window._viewing.text
    window.session.look(0, 0)
    exact(qtbot, window)
    assert window._viewing.text == "Viewing epoch 0 of run 1."


def test_a_full_timeline_says_that_its_oldest_part_went(qtbot, window, monkeypatch):
    monkeypatch.setattr("bpgui.project.timeline.MOST_EVENTS", 3)
    said = []
    window.session.said.connect(lambda _kind, sentence: said.append(sentence))
    for number in range(5):
        window.session.edit(edits.set_recipe, learning_rate=0.01 + 0.01 * number)
        train(qtbot, window, 2)
    assert said == ["The timeline was full, so its oldest part was let go."]
    assert window.session.past.here.start.epoch > 0
    QTest.keyClick(window, Qt.Key.Key_Home)
    exact(qtbot, window)
    assert window.session.progress.epoch == window.session.past.here.start.epoch


def test_opening_another_document_ends_the_look_back(qtbot, window):
    session = window.session
    session.look(0, 10)
    exact(qtbot, window)
    session.replace(of_builtin("xor"))
    settled(qtbot, window)
    assert (session.view, session.progress.update, len(session.past.branches)) == (None, 0, 1)
    assert not window._viewing.isVisible()


def test_single_keys_of_the_timeline_are_typed_where_one_types(qtbot, window):
    session = window.session
    QTest.keyClick(window, Qt.Key.Key_C)
    field = strip(window)._edit
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "b[c]")
    QTest.keyClick(field, Qt.Key.Key_Home)
    assert field.text() == "b[c]"
    assert (session.view, len(session.past.branches)) == (None, 1)


def test_home_and_end_belong_to_what_has_a_beginning_and_an_end_of_its_own(qtbot, window):
    session, choice = window.session, window.train.setup.findChild(QComboBox)
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_End)
    assert choice.currentIndex() == choice.count() - 1
    window.train.network.canvas.setFocus()
    QTest.keyClick(window.train.network.canvas, Qt.Key.Key_Home)
    exact(qtbot, window)
    assert session.progress.update == 0
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_End)  # who looks back wants back
    assert (session.view, choice.currentIndex()) == (None, choice.count() - 1)
    QTest.keyClick(choice, Qt.Key.Key_Home)
    assert (session.view, choice.currentIndex()) == (None, 0)
    tile = window.train.setup.findChild(Tile)
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Home)
    exact(qtbot, window)
    assert session.progress.update == 0


def test_edits_in_several_moments_undone_one_after_the_other_leave_no_branch(qtbot, window):
    session = window.session
    end = bits(session.bridge.worker.trainer.params.vector)
    for epoch, rate in ((30, 0.5), (20, 0.25), (10, 0.125)):
        session.look(0, epoch)
        exact(qtbot, window)
        session.edit(edits.set_recipe, learning_rate=rate)
        settled(qtbot, window)
    assert len(session.past.branches) == 4
    for _ in range(3):
        session.undo()
        settled(qtbot, window)
    assert [branch.name for branch in session.past.branches.values()] == ["1"]
    assert bits(session.bridge.worker.trainer.params.vector) == end


def test_a_branch_that_was_trained_and_left_by_undo_is_not_given_away_unasked(qtbot, window, tmp_path):
    session, filing = window.session, window.filing
    with qtbot.waitSignal(filing.documents.saved):
        filing._save_to(str(tmp_path / "a.bpgui"))
    session.look(0, 30)
    exact(qtbot, window)
    session.continue_here()
    train(qtbot, window, 20)
    session.undo()
    settled(qtbot, window)
    assert session.progress.epoch == 60
    assert window.isWindowModified()
    assert filing._is_edited


def test_undo_of_a_reset_leads_back_to_the_branch_that_was_not_trained_yet(qtbot, window):
    session = window.session
    session.look(0, 25)
    exact(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_B)
    settled(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1b", 25)
    assert session.curves().train.epochs == 25
    QTest.keyClick(window, Qt.Key.Key_Home)
    exact(qtbot, window)
    assert session.progress.update == 0


def test_a_moment_inside_an_epoch_is_named_shown_and_gone_to(qtbot, window):
    session = window.session
    session.bridge.worker.step(updates=7)
    qtbot.waitUntil(lambda: session.progress.update == 907 and not session.running)
    session.name_moment("inside")
    train(qtbot, window, 5)
    qtbot.waitUntil(lambda: any(mark.name == "inside" for mark in stops(strip(window).lanes)))
    session.look(0, 64)
    exact(qtbot, window)
    for wanted in (907, 900):
        QTest.keyClick(window, Qt.Key.Key_BracketLeft)
        qtbot.waitUntil(lambda wanted=wanted: session.progress.update == wanted)
    QTest.mouseClick(strip(window), LEFT, NO, place(window, 60))
    qtbot.waitUntil(lambda: session.progress.update == 907 and session.view.exact)


def test_the_beginning_is_reached_from_inside_the_first_epoch(qtbot, open_window):
    window = open_window(of_builtin("spirals"))
    QTest.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.update == 1)
    QTest.keyClick(window, Qt.Key.Key_Home)
    exact(qtbot, window)
    assert window.session.progress.update == 0


def test_quick_presses_of_a_bracket_are_all_counted(qtbot, window):
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    exact(qtbot, window)
    assert window.session.progress.epoch == 20


def test_letters_are_typed_into_a_cell_that_is_selected(window):
    table = window.train.weights.table
    window.train.weights.raise_()
    table.setFocus()
    table.setCurrentIndex(window.train.weights.model.index(0, 0))
    for key in (Qt.Key.Key_C, Qt.Key.Key_R, Qt.Key.Key_BracketLeft):
        assert not any(key == combination.key() for name in ACTION_NAMES for combination in keys_of(window, name))
    window.train.network.canvas.setFocus()
    assert any(Qt.Key.Key_C == combination.key() for combination in keys_of(window, "name_moment"))


ACTION_NAMES = ("name_moment", "reset", "earlier")


def keys_of(window, name):
    return [sequence[0] for sequence in window._actions[name].shortcuts()]


def test_a_window_closes_at_once_while_a_moment_is_computed(qtbot, window, monkeypatch):
    begun = threading.Event()

    def endless(_past, _branch, _epoch, goes_on):
        begun.set()
        while goes_on(0):
            pass
        raise AbandonedError

    monkeypatch.setattr("bpgui.gui.viewing.seek_epoch", endless)
    window.session.look(0, 30)
    qtbot.waitUntil(begun.is_set)
    window.filing.let_go()
    window.close()
    assert not window.isVisible()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("bpgui")]


def test_an_edit_never_lands_on_the_present_while_a_moment_is_computed(qtbot, window, monkeypatch, gate):
    session = window.session
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", 1e9)
    session.look(0, 33)
    assert session.edit(edits.set_recipe, l2=0.5) == ""
    assert session.document.recipe.l2 == 0.0
    gate.set()
    qtbot.waitUntil(lambda: session.branch.name == "1b")
    settled(qtbot, window)
    assert session.document.recipe.l2 == 0.5
    assert session.past.branches[0].events == ()
    assert bits(session.document.training.state.vector) == bits(at(33).state.vector)


@pytest.mark.parametrize("press", ["Space", "S", "B", "edit", "name"])
def test_what_is_wanted_of_a_moment_waits_until_it_is_computed(qtbot, window, gate, press):
    session = window.session
    session.look(0, 33)
    if press == "name":
        session.name_moment("the knee")
    elif press == "edit":
        session.edit(edits.set_recipe, l2=0.5)
    else:
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{press}"))
    qtbot.wait(50)
    assert len(session.past.branches) == 1
    gate.set()
    if press == "name":
        qtbot.waitUntil(lambda: [kept.name for kept in session.branch.checkpoints if kept.name] == ["the knee"])
        assert session.progress.epoch == 33
    else:
        qtbot.waitUntil(lambda: session.branch.name == "1b")
        settled(qtbot, window)
        assert session.branch.start.epoch == 33


def test_an_edit_that_waited_is_not_made_of_a_network_that_was_not_seen_then(qtbot, window, gate, monkeypatch):
    monkeypatch.setattr("bpgui.gui.viewing.AT_ONCE", 1e9)  # so that the present is seen until the moment is there
    session = window.session
    session.edit(edits.set_units, 1, 12)
    session.name_moment("wide")  # a moment kept after the one that is wanted
    settled(qtbot, window)
    qtbot.waitUntil(lambda: len(session.past.here.checkpoints) > 1)
    train(qtbot, window, 5)
    session.look(0, 33)
    assert session.view is None
    assert session.edit(edits.set_units, 2, 3) == ""
    gate.set()
    qtbot.waitUntil(lambda: session.view is not None and session.view.exact)
    assert "do it again here" in window.complaint
    assert len(session.past.branches) == 1
    assert session.project.network.layers[1].units == 8


def test_naming_and_a_new_budget_leave_a_moment_that_is_computed_alone(qtbot, window, gate):
    session = window.session
    session.name_moment("now")
    session.set_budget(64 * 2**20)
    session.look(0, 33)
    qtbot.wait(100)
    gate.set()
    exact(qtbot, window)
    assert session.progress.epoch == 33


def test_an_edit_that_waits_for_what_is_then_forgotten_is_not_made_of_the_present(qtbot, window, gate):
    session = window.session
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    train(qtbot, window, 4)
    session.forget_others()
    session.look(0, 33)
    session.edit(edits.set_recipe, l2=0.5)
    qtbot.waitUntil(lambda: len(session.past.branches) == 1)
    gate.set()
    qtbot.waitUntil(lambda: not session.viewing.replaying)
    assert session.viewing.view is None
    assert session.document.recipe.l2 == 0.0


def test_undo_of_the_very_first_edit_can_be_had_while_it_waits(qtbot, window, gate):
    session = window.session
    session.look(0, 33)
    session.edit(edits.set_recipe, learning_rate=0.5)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.viewing.goes_on
    assert not window._actions["undo"].isEnabled()
    gate.set()
    exact(qtbot, window)
    assert len(session.past.branches) == 1


def test_undo_of_an_edit_that_waits_takes_back_no_other(qtbot, window, gate):
    session = window.session
    session.edit(edits.set_recipe, l2=0.25)
    settled(qtbot, window)
    session.look(0, 33)
    session.edit(edits.set_recipe, learning_rate=0.5)
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window._status._said.text() == "What was to be done at this moment is not done."
    gate.set()
    exact(qtbot, window)
    assert session.progress.epoch == 33
    assert (session.document.recipe.l2, len(session.past.branches)) == (0.25, 1)


def test_a_look_that_failed_ends_no_later_one(qtbot, window, monkeypatch):
    def broken(past, branch, epoch, goes_on):
        if epoch == 20:
            raise ValueError("it cannot be")
        return seek_epoch(past, branch, epoch, goes_on)

    monkeypatch.setattr("bpgui.gui.viewing.seek_epoch", broken)
    window.session.look(0, 20)
    qtbot.waitUntil(lambda: "it cannot be" in window.complaint)
    assert not window.session.viewing.replaying
    window.session.look(0, 20)
    QTest.qSleep(100)  # it is answered, and not heard of yet
    window.session.look(0, 30)
    exact(qtbot, window)
    assert window.session.progress.epoch == 30


def test_who_goes_elsewhere_does_not_go_on_from_a_moment_that_is_still_computed(qtbot, window, gate):
    session = window.session
    session.look(0, 33)
    QTest.keyClick(window, Qt.Key.Key_Space)
    QTest.keyClick(window, Qt.Key.Key_End)
    gate.set()
    qtbot.wait(100)
    assert session.view is None
    assert not session.running
    assert len(session.past.branches) == 1


def test_redo_of_going_on_leads_to_where_undo_left_and_not_to_another_branch(qtbot, window):
    session = window.session
    session.look(0, 30)
    exact(qtbot, window)
    session.continue_here()
    settled(qtbot, window)
    train(qtbot, window, 12)
    end = session.document.training
    session.undo()
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1", 60)
    session.redo()
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1b", 42)
    assert bits(session.document.training.state.vector) == bits(end.state.vector)
    assert len(session.past.branches) == 2
    session.undo()
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch) == ("1", 60)


def test_an_edit_in_the_past_is_one_step_of_undo_and_a_refused_one_makes_no_branch(qtbot, window):
    session = window.session
    session.look(0, 30)
    exact(qtbot, window)
    assert "got -1.0" in session.edit(edits.set_recipe, learning_rate=-1.0)
    assert session.view is not None
    assert len(session.past.branches) == 1
    session.edit(edits.set_recipe, l2=0.5)
    settled(qtbot, window)
    assert session.undo_stack.count() == 1
    session.undo()
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch, session.document.recipe.l2) == ("1", 60, 0.0)
    session.redo()
    settled(qtbot, window)
    assert (session.branch.name, session.progress.epoch, session.document.recipe.l2) == ("1b", 30, 0.5)


def test_undo_while_looking_back_says_that_it_is_the_present_that_changes(qtbot, window):
    session = window.session
    session.edit(edits.set_recipe, l2=0.5)
    settled(qtbot, window)
    session.look(0, 30)
    exact(qtbot, window)
    session.undo()
    assert session.view is None
    assert window._status._said.text() == "Undone at the present: l2 0.5."


def test_looking_at_what_is_being_forgotten_shows_nothing_of_it(qtbot, window):
    session = window.session
    QTest.keyClick(window, Qt.Key.Key_R)
    settled(qtbot, window)
    train(qtbot, window, 4)
    session.forget_others()
    session.look(0, 0)
    qtbot.waitUntil(lambda: len(session.past.branches) == 1 and not session.viewing.replaying)
    qtbot.waitUntil(lambda: session.view is None)
    assert session.branch.run == 2


def test_the_error_of_any_epoch_of_a_long_run_is_the_one_that_the_replay_met(qtbot, open_window):
    window = open_window(of_builtin("article"))
    session = window.session
    session.bridge.worker.step(epochs=200_000)
    qtbot.waitUntil(lambda: session.progress.epoch == 200_000 and not session.running, timeout=20_000)
    session.look(0, 123_457)
    exact(qtbot, window)
    assert np.isnan(session.errors().train.last[-1])  # its bucket holds several epochs
    reference = Trainer.of(of_builtin("article").training)
    reference.run(epochs=123_457)
    assert session.view.moment.error == reference.errors[-1]
    assert window._top._error.text == format_error(reference.errors[-1])


def test_the_lanes_of_other_branches_are_lines_and_not_filled(qtbot, open_window):
    window = open_window(of_builtin("article"))
    session = window.session
    train(qtbot, window, 600)
    for epoch in (200, 300):
        session.look(0, epoch)
        exact(qtbot, window)
        session.continue_here()
        train(qtbot, window, 400)
    session.look(0, 600)
    exact(qtbot, window)
    assert [lane.shown for lane in strip(window).lanes] == [600, None, None]
    image, theme = strip(window).grab().toImage(), current_theme(window)
    branch = strip(window).lanes[2]
    middle = place(window, 550, branch.row)  # between two diamonds
    assert branch.start < 500 < 600 < branch.end
    assert image.pixelColor(middle.x(), middle.y() - 5).name() == theme.surface2.lower()
