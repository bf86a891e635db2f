"""The window as a person uses it: real keys and clicks in the real window."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from dressing import dress_light
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bpgui.gui.actions import ACTIONS
from bpgui.gui.application import make_window
from bpgui.gui.main_window import SMALLEST, MainWindow
from bpgui.gui.selection import Selection
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.motion import reduce_motion, reduces_motion
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.top_bar import ThemeButton
from bpgui.network.names import weight_key
from bpgui.project import edits
from bpgui.project.state import of_builtin
from bpgui.project.timeline import seek
from bpgui.training.changes import Place
from bpgui.training.state import State
from bpgui.training.trainer import Trainer

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, tmp_path: Path):
    """Open windows on built-in data sets; each is closed, with its threads, at the end."""
    theme = dress_light(qapp)
    windows: list[MainWindow] = []

    def opened(name: str) -> MainWindow:
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        window = make_window(of_builtin(name), theme, settings)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield opened
    for window in windows:
        window.filing.let_go()
        window.close()
        window.deleteLater()
    theme.deleteLater()


def pause(qtbot: QtBot, window: MainWindow) -> None:
    """Pause with the space bar and wait until the worker has stopped and the window knows all."""
    if window.session.running:
        qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.session.running)
    settle(qtbot, window)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until what the window shows is what the worker has."""
    trainer = window.session.bridge.worker.trainer
    qtbot.waitUntil(lambda: np.array_equal(window.session.project.parameters.vector, trainer.params.vector))


def fingerprint_of(state: State) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(vars(state).items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def test_space_starts_training_and_the_curve_grows_until_space_pauses_it(qtbot, open_window):
    window = open_window("spirals")
    assert window.session.curves().train.epochs == 0
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.progress.epoch >= 3, timeout=10_000)
    drawn = window.train.error.drawn_points
    assert drawn >= 3
    qtbot.waitUntil(lambda: window.train.error.drawn_points > drawn, timeout=10_000)
    pause(qtbot, window)
    done = window.session.progress.update
    qtbot.wait(120)
    assert window.session.progress.update == done


def test_a_step_is_one_update_or_one_epoch(qtbot, open_window):
    window = open_window("spirals")
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.update == 1)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.epoch == 1)
    per_epoch = window.session.progress.update
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.session.progress.epoch == 2)
    assert window.session.progress.update == 2 * per_epoch


def test_the_timeline_of_a_run_with_edits_gives_every_bit(qtbot, open_window):
    window = open_window("spirals")
    session = window.session
    session.set_pace(None)
    key = weight_key(session.project.network, (1, 2), (2, 3))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.progress.epoch >= 20, timeout=10_000)
    assert session.edit(edits.set_parameter, key, -1.25) == ""
    qtbot.waitUntil(lambda: len(session.past.here.events) == 1)
    assert session.edit(edits.set_units, 1, 9) == ""
    assert session.edit(edits.cut, [key]) == ""
    assert session.edit(edits.set_recipe, learning_rate=0.01, batch_size=7) == ""
    session.undo()
    session.undo()
    qtbot.waitUntil(lambda: session.settled, timeout=10_000)
    pause(qtbot, window)
    trainer = session.bridge.worker.trainer
    again = seek(session.past, Place(0, trainer.update)).training
    assert again.state.update == trainer.update > 0
    assert fingerprint_of(again.state) == fingerprint_of(trainer.state())
    assert again.network == trainer.network


def test_undo_sets_the_value_that_the_weight_had_just_before_it_was_typed(qtbot, open_window):
    window = open_window("spirals")
    session = window.session
    key = weight_key(session.project.network, (0, 0), (1, 0))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.progress.epoch >= 5, timeout=10_000)
    session.edit(edits.set_parameter, key, 3.0)
    pause(qtbot, window)
    (event,) = session.past.here.events
    exact = Trainer.of(seek(session.past, Place(0, event.update - 1)).training)
    exact.run(updates=1)
    place = list(session.project.network.keys).index(key)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert seek(session.past, Place(0, event.update)).training.state.vector[place] == exact.params.vector[place]
    assert session.project.parameters.vector[place] == exact.params.vector[place]


def test_reset_goes_back_to_the_same_first_weights_and_new_seed_to_others(qtbot, open_window):
    window = open_window("spirals")
    session = window.session
    first = session.project.parameters.vector
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.progress.epoch >= 3, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: session.progress.update == 0 and not session.running)
    settle(qtbot, window)
    assert np.array_equal(session.project.parameters.vector, first)
    assert len(session.others()) == 1
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, window)
    assert session.project.recipe.seed == 1
    assert not np.array_equal(session.project.parameters.vector, first)
    assert session.project.data is session.project.training.data


def test_a_weight_typed_before_the_first_update_is_a_first_weight(qtbot, open_window):
    window = open_window("article")
    session = window.session
    key = weight_key(session.project.network, (0, 0), (1, 0))
    session.edit(edits.set_parameter, key, 0.9)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: session.progress.update == 1)
    qtbot.keyClick(window, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: session.progress.update == 0)
    settle(qtbot, window)
    assert session.project.parameters.vector[0] == 0.9


def test_a_diverged_run_says_so_and_offers_to_begin_again_slower(qtbot, open_window):
    window = open_window("regression")
    session = window.session
    session.edit(edits.set_activation, 1, "linear")
    session.edit(edits.set_recipe, learning_rate=100.0)
    session.set_pace(None)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.train.error.warning != "", timeout=10_000)
    assert "finite" in window.train.error.warning
    assert not session.running
    settle(qtbot, window)
    assert np.isfinite(session.project.parameters.vector).all()


def test_the_pace_is_kept_and_full_speed_is_faster(qtbot, open_window):
    window = open_window("article")
    session = window.session
    assert session.project.pace == 60
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.wait(700)
    slow = session.progress.epoch
    session.set_pace(None)
    qtbot.waitUntil(lambda: session.progress.epoch == 1000, timeout=10_000)
    assert 10 <= slow <= 90


def test_a_project_saved_from_the_window_opens_again_with_every_bit(qtbot, open_window, tmp_path, monkeypatch):
    window = open_window("spirals")
    session = window.session
    path = tmp_path / "mine.bpgui"
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.progress.epoch >= 3, timeout=10_000)
    pause(qtbot, window)
    monkeypatch.setattr("bpgui.gui.filing.QFileDialog.getSaveFileName", lambda *_: (str(path), ""))
    assert window.filing.modified
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert not window.filing.modified
    state = session.bridge.worker.trainer.state()
    window.filing.new()
    qtbot.waitUntil(lambda: session.progress.update == 0)
    with qtbot.waitSignal(window.filing.documents.opened, timeout=10_000):
        window.open_path(str(path))
    qtbot.waitUntil(lambda: session.progress.update == state.update)
    settle(qtbot, window)
    assert session.bridge.worker.trainer.state().same(state)


def test_a_file_that_is_no_project_is_refused_in_the_window_and_nothing_is_lost(qtbot, open_window, tmp_path):
    window = open_window("xor")
    before = window.session.project
    path = tmp_path / "bad.bpgui"
    path.write_bytes(np.random.default_rng(0).bytes(500))
    with qtbot.waitSignal(window.filing.documents.not_opened, timeout=10_000):
        window.open_path(str(path))
    assert window.complaint
    assert window.session.project.training is before.training


def test_closing_the_window_while_it_trains_ends_the_worker(qtbot, open_window):
    window = open_window("spirals")
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.progress.epoch >= 1, timeout=10_000)
    window.filing.let_go()
    window.close()
    assert not window.session.bridge.worker.alive


def test_every_dock_and_bar_can_refresh(open_window):
    window = open_window("article")
    for dock in window.train.docks:
        assert callable(dock.refresh)
        assert dock.objectName()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_reaches_the_plot(open_window, qtbot, theme):
    window = open_window("article")
    if theme == "dark":
        qtbot.keyClick(window, Qt.Key.Key_T)
    image = window.train.error.grab().toImage()
    colour = image.pixelColor(image.width() - 30, image.height() // 2)
    assert (colour.lightness() > 128) == (theme == "light")


def test_stop_at_changed_while_training_counts_at_once(qtbot, open_window):
    window = open_window("spirals")
    session = window.session
    session.set_pace(20.0)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.progress.epoch >= 1, timeout=10_000)
    session.edit(edits.set_recipe, epochs=30)
    qtbot.waitUntil(lambda: not session.running, timeout=10_000)
    assert session.progress.epoch == 30


def test_a_long_step_can_be_paused(qtbot, open_window):
    window = open_window("spirals")
    session = window.session
    session.bridge.worker.step(epochs=10_000_000)
    qtbot.waitUntil(lambda: session.running, timeout=10_000)
    pause(qtbot, window)
    assert 0 < session.progress.epoch < 10_000_000


@pytest.mark.qt_log_ignore("keyToAscii Unhandled key code", extend=True)  # keys such as "Open" write no letter
@pytest.mark.parametrize("entry", ACTIONS, ids=[entry.name for entry in ACTIONS])
def test_every_shortcut_of_every_action_does_it_once(open_window, entry):
    window = open_window("xor")
    action = window._actions[entry.name]
    action.triggered.disconnect()  # what it does is for other tests; whether the key reaches it, for this one
    action.setEnabled(True)
    spies = {each: QSignalSpy(other.triggered) for each, other in window._actions.items()}
    for times, sequence in enumerate(action.shortcuts(), start=1):
        QTest.keyClick(window, sequence[0].key(), sequence[0].keyboardModifiers())
        assert {each: spy.count() for each, spy in spies.items() if spy.count()} == {entry.name: times}


@pytest.mark.parametrize("key", ["Ctrl+Shift+Z", "Ctrl+Q", "Ctrl+Shift+S"])
def test_keys_that_a_platform_may_lack_are_there(open_window, key):
    window = open_window("xor")
    assert QKeySequence(key) in [each for action in window._actions.values() for each in action.shortcuts()]


def test_undo_and_redo_can_be_had_exactly_when_there_is_something_to_undo_or_redo(qtbot, open_window):
    window = open_window("xor")
    undo, redo = window._actions["undo"], window._actions["redo"]
    assert (undo.isEnabled(), redo.isEnabled()) == (False, False)
    qtbot.keyClick(window, Qt.Key.Key_R, SHIFT)
    assert (undo.isEnabled(), redo.isEnabled()) == (True, False)
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert (undo.isEnabled(), redo.isEnabled()) == (False, True)


def test_ctrl_shift_z_does_the_undone_edit_again(qtbot, open_window):
    window = open_window("xor")
    qtbot.keyClick(window, Qt.Key.Key_R, SHIFT)
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL)
    assert window.session.project.recipe.seed == 0
    qtbot.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert window.session.project.recipe.seed == 1


def test_a_sentence_about_a_run_goes_when_another_run_or_network_begins(qtbot, open_window):
    window = open_window("xor")
    said = window._status._said
    session = window.session
    session.set_pace(None)
    session.edit(edits.set_recipe, epochs=2)

    def run() -> None:
        qtbot.keyClick(window, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: said.text() != "" and not session.running, timeout=10_000)

    run()
    assert "epochs" in said.text()
    session.edit(edits.set_units, 1, 3)
    qtbot.waitUntil(lambda: said.text() == "")
    run()
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert said.text() == ""
    run()
    session.set_pace(1.0)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.running)
    assert said.text() == ""
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not session.running)


def test_an_error_is_shown_only_where_a_sample_was_met(qtbot, open_window, tmp_path, monkeypatch):
    window = open_window("xor")
    error = window._top._error
    assert error.text == "–"
    window.session.edit(edits.set_recipe, batch_size=1)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: error.caption == "E so far" and error.text != "–")
    assert "so far" in error.toolTip()
    qtbot.keyClick(window, Qt.Key.Key_S, SHIFT)
    qtbot.keyClick(window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: error.caption == "error E" and error.text != "–")
    assert "last complete epoch" in error.toolTip()
    path = tmp_path / "mine.bpgui"
    monkeypatch.setattr("bpgui.gui.filing.QFileDialog.getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.filing.documents.saved, timeout=10_000):
        qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    with qtbot.waitSignal(window.filing.taken, timeout=10_000):
        window.open_path(str(path))
    qtbot.waitUntil(lambda: error.text != "–" and window.session.progress.epoch == 1)
    assert error.caption == "error E"


def test_the_button_of_the_theme_shows_the_moon_by_day_and_the_sun_by_night(qtbot, open_window):
    window = open_window("xor")
    (button,) = window.findChildren(ThemeButton)

    def shown(name: str) -> bool:
        size = button.iconSize()
        wanted = icon(name, current_theme(button).text2, size.width())
        return button.icon().pixmap(size).toImage() == wanted.pixmap(size).toImage()

    assert shown("moon")
    assert not shown("sun")
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert shown("sun")
    assert not shown("moon")


def test_the_theme_button_offers_the_system_and_less_motion_and_both_are_remembered(open_window):
    window = open_window("xor")
    try:
        button = window.findChild(ThemeButton)
        offered = {action.text(): action for action in button.actions()}
        assert list(offered) == ["Theme of the system", "Reduce motion"]
        window._actions["theme"].trigger()
        assert window._theme.choice == "dark"
        offered["Theme of the system"].trigger()
        assert window._theme.choice == "system"
        offered["Reduce motion"].trigger()
        assert reduces_motion()
        assert window._settings.value("theme") == "system"
        assert window._settings.value("reduce_motion", type=bool) is True
        assert open_window("xor")._actions["reduce_motion"].isChecked()
    finally:
        reduce_motion(False)


@pytest.mark.parametrize("name", ["article", "spirals", "moons", "digits", "flowers.csv"])
def test_nothing_is_clipped_in_the_smallest_window(qtbot, open_window, name, tmp_path):
    window = open_window(name if "." not in name else "article")
    if "." in name:
        rows = [
            f"{5 + i % 3}.{i},3.{i % 7},{i % 5}.5,{('setosa', 'versicolor', 'virginica')[i % 3]}" for i in range(30)
        ]
        (tmp_path / name).write_text("\n".join(["sepal length,sepal width,petal length,species", *rows]))
        window.open_path(str(tmp_path / name))
        qtbot.waitUntil(lambda: window.session.project.data.name == "flowers")
    window.filing._remember("/somewhere/else.bpgui")  # the button of recent files takes room too
    window.resize(*SMALLEST)
    qtbot.waitUntil(lambda: window.width() == SMALLEST[0])
    QTest.qWait(300)  # what is computed comes, and its words with it
    assert window.minimumSizeHint().width() <= SMALLEST[0]
    assert window.train.network.geometry().right() == window.train.error.geometry().right()
    assert window._top.minimumSizeHint().width() <= SMALLEST[0]
    assert window.train.network.geometry().right() < window.train.output.geometry().left()
    assert window.train.setup.geometry().right() < window.train.network.geometry().left()
    for dock in window.train.docks:
        assert dock.width() >= dock.minimumSizeHint().width(), dock.objectName()


@pytest.mark.parametrize("name", ["article", "spirals", "digits"])
def test_tab_comes_to_every_panel_that_is_seen_and_to_nothing_else(open_window, name):
    window = open_window(name)
    QTest.qWait(200)
    window.train.network.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    seen, docks = [], []
    for _ in range(90):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        assert not here.visibleRegion().isEmpty(), (type(here), here.accessibleName())
        if here in seen:
            break
        seen.append(here)
        dock = next((each.objectName() for each in window.train.docks if each.isAncestorOf(here)), "")
        docks += [dock] if dock not in docks[-1:] else []
    assert {"setup", "network", "error", "output"} <= set(docks)
    assert docks.count("setup") <= 2  # once around


def test_an_unseen_panel_takes_no_keys(qtbot, open_window):
    window = open_window("spirals")
    table = window.train.samples.table
    assert not table.isEnabled()
    window.train.samples.raise_()
    qtbot.waitUntil(table.isEnabled)
    window.train.error.raise_()
    qtbot.waitUntil(lambda: not table.isEnabled())


def test_full_screen_of_one_workspace_does_not_stay_in_another(open_window):
    window = open_window("article")
    window.switch_full_screen()
    assert window.train.alone is not None
    window.show_workspace("explain")
    assert window.train.alone is None
    assert not window.isFullScreen()
    window.show_workspace("train")
    assert all(dock.isVisible() or dock in (window.train.weights, window.train.samples) for dock in window.train.docks)


def test_another_document_has_no_selection_of_the_last_one(open_window):
    window = open_window("spirals")
    ids = window.session.project.network.layers[1].unit_ids
    window.session.select(Selection.of("neuron", ids[0]))
    window.session.show_sample(5)
    window.session.replace(of_builtin("circles"))
    assert window.session.selection == Selection()
    assert window.session.sample == 0
