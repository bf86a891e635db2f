"""The command palette, the sheet of shortcuts, the layout of the panels, recent files: real keys in the real window."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QByteArray, QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from bpgui.files.project_file import save
from bpgui.gui.actions import ACTIONS
from bpgui.gui.canvas.keyboard import CANVAS_KEYS
from bpgui.gui.palette import Command, fitting
from bpgui.gui.recent_files import RecentFiles
from bpgui.gui.shortcuts import ShortcutSheet
from bpgui.project.state import of_builtin

CTRL, NO = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


def commands(*labels: str) -> list[Command]:
    return [Command(label, f"help of {label}", "", lambda: None) for label in labels]


def labels_of(found: list[Command]) -> list[str]:
    return [each.label for each in found]


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NO) -> None:
    QTest.keyClick(QApplication.focusWidget(), key, modifiers)


def test_what_begins_as_typed_comes_first_then_labels_then_helps() -> None:
    offered = commands("Save as", "Restore layout", "Reset", "New seed")
    assert labels_of(fitting(offered, "re")) == ["Restore layout", "Reset"]
    assert labels_of(fitting(offered, "SE")) == ["Reset", "New seed"]
    assert labels_of(fitting(offered, "se ne")) == ["New seed"]
    assert labels_of(fitting(offered, "help save")) == ["Save as"]
    assert labels_of(fitting(offered, "")) == labels_of(offered)
    assert fitting(offered, "nothing like it") == []


def test_every_action_is_in_the_palette_with_its_keys_while_it_can_be_done(open_window) -> None:
    window = open_window(of_builtin("xor"))
    offered = {each.label: each for each in window.commands()}
    for entry in ACTIONS:
        wanted = window._actions[entry.name].isEnabled() and entry.name != "search"
        assert (entry.label in offered) == wanted, entry.name
        if wanted:
            assert offered[entry.label].keys == entry.written
    assert "Undo" not in offered
    assert "Data: Spirals" in offered


def test_a_command_is_typed_chosen_and_done_and_the_keyboard_goes_back(qtbot, open_window) -> None:
    window = open_window(of_builtin("xor"))
    canvas = window.train.network.canvas
    canvas.setFocus(Qt.FocusReason.OtherFocusReason)
    press(Qt.Key.Key_K, CTRL)
    palette = window._palette
    assert palette.isVisible()
    assert QApplication.focusWidget() is palette.field
    qtbot.keyClicks(palette.field, "data mo")
    assert labels_of(palette.offered) == ["Data: Moons"]
    press(Qt.Key.Key_Return)
    assert palette.isHidden()
    assert QApplication.focusWidget() is canvas
    qtbot.waitUntil(lambda: window.session.project.data.name == "moons")


def test_arrows_walk_the_list_around_and_space_is_typed(open_window) -> None:
    window = open_window(of_builtin("xor"))
    press(Qt.Key.Key_K, CTRL)
    palette = window._palette
    last = len(palette.offered) - 1
    for key, row in ((Qt.Key.Key_Up, last), (Qt.Key.Key_Down, 0), (Qt.Key.Key_Down, 1), (Qt.Key.Key_PageDown, 12)):
        press(key)
        assert palette.list.currentIndex().row() == min(row, last)
    press(Qt.Key.Key_Space)
    assert not window.session.running
    assert palette.field.text() == " "
    palette.grab()
    press(Qt.Key.Key_Escape)
    assert palette.isHidden()


def test_nothing_fits_and_enter_does_nothing(qtbot, open_window) -> None:
    window = open_window(of_builtin("xor"))
    press(Qt.Key.Key_K, CTRL)
    qtbot.keyClicks(window._palette.field, "zzz")
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Return):
        press(key)
    assert window._palette.isVisible()
    window._palette.grab()


def test_a_click_elsewhere_closes_the_palette_and_one_in_it_does(qtbot, open_window) -> None:
    window = open_window(of_builtin("xor"))
    palette = window._palette
    window.search()
    qtbot.mouseClick(window.train.network.canvas, Qt.MouseButton.LeftButton, NO, QPoint(20, 120))
    assert palette.isHidden()
    window.search()
    qtbot.keyClicks(palette.field, "theme light or dark")
    row = palette.list.visualRect(palette.list.model().index(0, 0))
    theme = window._theme.choice
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, NO, row.center())
    assert window._theme.choice != theme
    assert palette.isHidden()


def test_f1_shows_every_key_that_is_declared(qtbot, open_window) -> None:
    window = open_window(of_builtin("xor"))
    press(Qt.Key.Key_F1)
    sheet = window.findChild(ShortcutSheet)
    qtbot.waitUntil(sheet.isVisible)
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for entry in (*[entry for entry in ACTIONS if entry.keys], *CANVAS_KEYS):
        assert {entry.written, entry.help} <= shown, entry.name
    sheet.close()


def test_no_two_keys_of_the_canvas_are_the_same() -> None:
    keys = [key.toString() for entry in CANVAS_KEYS for key in entry.shortcuts]
    assert len(keys) == len(set(keys))


def test_a_panel_has_the_screen_to_itself_and_gives_it_back(qtbot, open_window) -> None:
    window = open_window(of_builtin("xor"))
    window.train.error.setFocus(Qt.FocusReason.OtherFocusReason)
    geometry = [dock.geometry() for dock in window.train.docks]
    window.train.network.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
    press(Qt.Key.Key_F11)
    assert window.isFullScreen()
    assert [dock for dock in window.train.docks if dock.isVisible()] == [window.train.network]
    press(Qt.Key.Key_F11)
    assert not window.isFullScreen()
    assert all(dock.isVisible() for dock in window.train.docks)
    qtbot.waitUntil(lambda: [dock.geometry() for dock in window.train.docks] == geometry)


def test_panels_stay_where_they_were_put_and_one_command_puts_them_back(qtbot, open_window) -> None:
    window = open_window(of_builtin("xor"))
    window.train.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.train.output)
    window.train.splitDockWidget(window.train.setup, window.train.output, Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: window.train.output.x() < window.train.network.x())
    window.close()
    again = open_window(of_builtin("xor"))
    assert again.train.output.geometry().left() == again.train.setup.geometry().left()
    assert again.train.output.y() > again.train.setup.y()
    again.restore_layout()
    again.restore_layout()
    qtbot.waitUntil(lambda: again.train.output.x() > again.train.network.x())
    assert again.train.output.y() == again.train.network.y()


def test_a_window_that_is_closed_on_full_screen_opens_with_all_its_panels(open_window) -> None:
    window = open_window(of_builtin("xor"))
    window.switch_full_screen()
    window.close()
    again = open_window(of_builtin("xor"))
    assert all(dock.isVisible() for dock in again.train.docks)
    assert not again.isFullScreen()


@pytest.mark.parametrize("spoilt", [QByteArray(b"nonsense"), "text", 7, ["a", "b"], QByteArray()])
def test_spoilt_settings_are_passed_over(open_window, tmp_path, spoilt) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    for name in ("window", "layout", "recent", "theme", "reduce_motion", "folder"):
        settings.setValue(name, spoilt)
    settings.sync()
    window = open_window(of_builtin("xor"))
    assert all(dock.isVisible() for dock in window.train.docks)
    assert all(isinstance(path, str) for path in window.filing.recent)
    window.commands()


def test_a_settings_file_that_is_no_settings_file_is_survived(open_window, tmp_path) -> None:
    (tmp_path / "settings.ini").write_bytes(b"\x00\xff[[[\n=\n%%%\n@ByteArray(" * 50)
    window = open_window(of_builtin("xor"))
    assert all(dock.isVisible() for dock in window.train.docks)


def menu_texts(window) -> list[str]:
    button = window.findChild(RecentFiles)
    button.click()
    texts = [action.text() for action in button.menu_of_files.actions()]
    button.menu_of_files.close()
    return texts


def test_files_opened_and_saved_are_listed_the_latest_first_and_open_again(qtbot, open_window, tmp_path) -> None:
    window = open_window(of_builtin("xor"))
    assert window.findChild(RecentFiles).isHidden()
    for name in ("one", "two"):
        save(of_builtin("moons"), tmp_path / f"{name}.bpgui")
    (tmp_path / "a&b.csv").write_text("x,y\n1,2\n2,3\n3,5\n")
    wait: Callable[[str], None] = lambda name: qtbot.waitUntil(lambda: window.filing.name == name)  # noqa: E731
    window.open_path(str(tmp_path / "one.bpgui"))
    wait("one")
    window.open_path(str(tmp_path / "two.bpgui"))
    wait("two")
    window.open_path(str(tmp_path / "gone.bpgui"))
    qtbot.waitUntil(lambda: window.complaint != "")
    window.open_path(str(tmp_path / "a&b.csv"))
    qtbot.waitUntil(lambda: window.session.project.data.samples == 3)
    assert window.findChild(RecentFiles).isVisible()
    assert menu_texts(window) == ["a&&b.csv", "two.bpgui", "one.bpgui"]
    window.filing.let_go()
    window.findChild(RecentFiles).click()
    window.findChild(RecentFiles).menu_of_files.actions()[2].trigger()
    wait("one")
    assert menu_texts(window) == ["one.bpgui", "a&&b.csv", "two.bpgui"]
    assert "Open two.bpgui" in labels_of(window.commands())
    window.close()
    again = open_window(of_builtin("xor"))
    assert menu_texts(again) == ["one.bpgui", "a&&b.csv", "two.bpgui"]
