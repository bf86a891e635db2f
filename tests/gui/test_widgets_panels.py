"""Sections, docks, tiles, message strips and the small displays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from acts import colour_at, emitted, show
from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from bpgui.gui.theme.theme import ThemeManager
from bpgui.gui.theme.tokens import DARK, LIGHT, Theme
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.counter import Counter
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.gui.widgets.section import Section
from bpgui.gui.widgets.sparkline import Sparkline
from bpgui.gui.widgets.thumbnails import (
    Thumbnail,
    icon_thumbnail,
    network_thumbnail,
    points_thumbnail,
)
from bpgui.gui.widgets.tile import Tile, TileGrid

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def manager(qapp: QApplication) -> Iterator[ThemeManager]:
    manager = ThemeManager(qapp, "light")
    yield manager
    manager.deleteLater()


# Section and dock


def test_a_click_or_enter_on_its_header_folds_a_section(qtbot: QtBot) -> None:
    content = QLabel("content")
    section = Section("Data", content)
    show(qtbot, section)
    assert section.expanded
    header = section.childAt(60, 15)
    qtbot.mouseClick(header, LEFT)
    assert content.isHidden()
    assert not section.expanded
    header.setFocus()
    qtbot.keyClick(header, Qt.Key.Key_Return)
    assert content.isVisible()


def test_only_sections_below_another_draw_a_line_above(qtbot: QtBot) -> None:
    first, second = Section("Data", QLabel("1")), Section("Network", QLabel("2"))
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(first)
    column.addWidget(second)
    show(qtbot, page)
    assert colour_at(page, 5, 0) == LIGHT.surface2
    assert colour_at(page, 5, second.y()) == LIGHT.border


def test_a_dock_keeps_its_title_height_its_name_and_a_line_around_its_content(
    qtbot: QtBot,
) -> None:
    window = QMainWindow()
    dock = Dock("error", "Error")
    dock.set_caption("a caption that is far too long for a dock as narrow as this one")
    dock.add_control(Button("Log"))
    content = QWidget()
    dock.set_content(content)
    window.setCentralWidget(QWidget())
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.resize(400, 300)
    show(qtbot, window)
    window.resizeDocks([dock], [160], Qt.Orientation.Horizontal)
    QApplication.processEvents()
    assert dock.width() == 160  # the caption gives way
    assert content.mapTo(dock, QPoint(0, 0)) == QPoint(1, 34)
    assert content.width() == dock.width() - 2
    assert dock.objectName() == "error"
    state = window.saveState()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    assert window.restoreState(state)
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea


# Message strip


def test_a_message_strip_offers_its_actions_and_can_be_dismissed(qtbot: QtBot) -> None:
    strip = MessageStrip()
    qtbot.addWidget(strip)
    assert strip.isHidden()
    strip.show_message("warning", "7 neurons are stuck.", [("explain", "Why?"), ("fix", "Restart")])
    show(qtbot, strip)
    acted, dismissed = QSignalSpy(strip.acted), QSignalSpy(strip.dismissed)
    buttons = {each.text(): each for each in strip.findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Restart"], LEFT)
    assert emitted(acted) == ["fix"]
    assert strip.accessibleName() == "7 neurons are stuck."
    assert colour_at(strip, strip.width() // 2, 2) == LIGHT.warning_soft
    cross = next(each for each in strip.children() if getattr(each, "toolTip", str)() == "Dismiss")
    qtbot.mouseClick(cross, LEFT)
    assert strip.isHidden()
    assert strip.text == ""
    assert dismissed.count() == 1


def test_a_new_message_replaces_the_old_one_with_its_actions(qtbot: QtBot) -> None:
    strip = MessageStrip()
    show(qtbot, strip)
    strip.show_message("error", "E left the number range.", [("back", "Back")])
    strip.show_message("info", "The loss became softmax.", [("undo", "Undo")])
    QApplication.processEvents()
    visible = [each.text() for each in strip.findChildren(QPushButton) if each.isVisible()]
    assert visible == ["Undo"]
    assert strip.text == "The loss became softmax."


# Tiles


def blank(_painter: QPainter, _rect: QRectF, _theme: Theme) -> None:
    """Draw nothing."""


@pytest.fixture
def grid(qtbot: QtBot) -> TileGrid:
    values = ["article", "xor", "circles", "moons", "spirals"]
    tiles = [Tile(value, value.title(), blank) for value in values]
    grid = TileGrid([*tiles, Tile("csv", "Open CSV…", blank, opens=True)])
    grid.value = "xor"
    show(qtbot, grid)
    return grid


def tile(grid: TileGrid, value: str) -> Tile:
    (found,) = [each for each in grid.findChildren(Tile) if each.value == value]
    return found


def test_a_click_on_a_tile_chooses_it_once(qtbot: QtBot, grid: TileGrid) -> None:
    spy = QSignalSpy(grid.chosen)
    for _ in range(2):
        qtbot.mouseClick(tile(grid, "moons"), LEFT)
    assert emitted(spy) == ["moons"]
    assert grid.value == "moons"
    assert tile(grid, "moons").isChecked()
    assert not tile(grid, "xor").isChecked()


def test_a_message_has_its_actions_beside_it_where_there_is_room_and_else_below(qtbot: QtBot) -> None:
    strip = MessageStrip()
    qtbot.addWidget(strip)
    strip.show_message("warning", "Over-fitted since epoch 37: the validation error rose. " * 2, [("pull", "Pull")])
    (button,) = (each for each in strip.findChildren(QPushButton) if each.text() == "Pull")
    (text,) = strip.findChildren(Label)
    heights = []
    for width, is_below in ((900, False), (300, True), (900, False)):
        strip.resize(width, strip.minimumHeight())
        strip.resize(width, strip.minimumHeight())
        QApplication.processEvents()
        assert (button.y() >= text.geometry().bottom()) is is_below
        assert strip.rect().contains(button.geometry())
        assert text.height() >= text.heightForWidth(text.width())
        heights.append(strip.minimumHeight())
    assert heights[0] == heights[2] < heights[1]


def test_arrow_keys_move_over_the_tiles_and_only_enter_chooses(qtbot: QtBot, grid: TileGrid) -> None:
    spy = QSignalSpy(grid.chosen)
    tile(grid, "xor").setFocus()
    for key, value in (
        (Qt.Key.Key_Up, "xor"),
        (Qt.Key.Key_Down, "spirals"),
        (Qt.Key.Key_Left, "moons"),
        (Qt.Key.Key_End, "moons"),  # which is the timeline's
        (Qt.Key.Key_Up, "article"),
        (Qt.Key.Key_Left, "article"),
    ):
        qtbot.keyClick(QApplication.focusWidget(), key)
        assert tile(grid, value).hasFocus()
    assert spy.count() == 0
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert emitted(spy) == ["article"]


def test_the_gallery_is_one_tab_stop(grid: TileGrid) -> None:
    stops = [
        each.value
        for each in grid.findChildren(Tile)
        if each.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    ]
    assert stops == ["xor"]


def test_a_tile_that_opens_something_never_holds(qtbot: QtBot, grid: TileGrid) -> None:
    spy = QSignalSpy(grid.chosen)
    for _ in range(2):
        qtbot.mouseClick(tile(grid, "csv"), LEFT)
    assert spy.count() == 2
    assert grid.value == "xor"


def test_the_tile_that_holds_has_a_border_of_2_pixels_in_accent(grid: TileGrid) -> None:
    for x, colour in ((0, LIGHT.accent), (1, LIGHT.accent), (2, LIGHT.canvas)):
        assert colour_at(tile(grid, "xor"), x, 23) == colour
    assert colour_at(tile(grid, "moons"), 0, 23) == LIGHT.border


def paint(thumbnail: Thumbnail, theme: Theme = LIGHT) -> QImage:
    image = QImage(QSize(80, 40), QImage.Format.Format_ARGB32)
    image.fill(QColor(theme.canvas))
    painter = QPainter(image)
    thumbnail(painter, QRectF(0, 0, 80, 40), theme)
    painter.end()
    return image


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_points_are_drawn_in_the_colour_of_their_sign_the_y_axis_up(theme: Theme) -> None:
    image = paint(points_thumbnail([[0.0, 0.0], [1.0, 1.0]], [-1, 1]), theme)
    assert image.pixelColor(21, 38).name().upper() == theme.negative
    assert image.pixelColor(58, 1).name().upper() == theme.positive


def test_points_without_a_label_each_are_refused_with_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"points \(2, 2\) and labels \(3,\) do not fit"):
        points_thumbnail(np.zeros((2, 2)), np.zeros(3))


def test_a_network_is_drawn_with_a_ring_for_each_neuron() -> None:
    image = paint(network_thumbnail((2, 1)))
    for x, y in ((30, 11), (30, 29), (50, 20)):
        assert image.pixelColor(x, y).name().upper() == LIGHT.canvas
        assert image.pixelColor(x, y - 4) != QColor(LIGHT.canvas)


def test_an_icon_is_drawn_in_the_middle() -> None:
    assert paint(icon_thumbnail("plus")).pixelColor(40, 20) != QColor(LIGHT.canvas)


# Displays


class CountingPaints(Counter):
    """A counter that counts how often it is painted."""

    paints = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        super().paintEvent(event)


def test_a_counter_is_painted_anew_only_when_its_text_changes(qtbot: QtBot) -> None:
    counter = CountingPaints("epoch", "000")
    show(qtbot, counter)
    qtbot.waitUntil(lambda: counter.paints > 0)
    QApplication.processEvents()
    before = counter.paints
    counter.text = "7"
    qtbot.waitUntil(lambda: counter.paints == before + 1)
    counter.text = "7"
    QApplication.processEvents()
    assert counter.paints == before + 1


def test_a_counter_keeps_its_width_whatever_it_shows(qtbot: QtBot) -> None:
    counter = Counter("updates", "00,000,000")
    show(qtbot, counter)
    width = counter.sizeHint().width()
    before = counter.grab().toImage()
    counter.text = "20,130"
    assert counter.sizeHint().width() == width
    assert counter.grab().toImage() != before
    assert (counter.accessibleName(), counter.accessibleDescription()) == ("updates", "20,130")


def test_a_sparkline_falls_from_left_to_right_and_leaves_out_what_is_not_finite(
    qtbot: QtBot,
) -> None:
    sparkline = Sparkline(label="trend of E")
    sparkline.resize(34, 20)
    show(qtbot, sparkline)
    empty = sparkline.grab().toImage()
    sparkline.set_values([1.0])
    assert sparkline.grab().toImage() == empty
    sparkline.set_values([np.nan, 4.0, np.inf, 3.0, 2.0, 1.0])
    image = sparkline.grab().toImage()
    drawn = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y) != empty.pixelColor(x, y)
    ]
    assert min(y for x, y in drawn if x < 4) < 4
    assert max(y for x, y in drawn if x > image.width() - 5) > image.height() - 5


def test_labels_take_the_colour_of_their_tone_in_both_themes(qtbot: QtBot, manager: ThemeManager) -> None:
    label = Label("██████", tone="error")
    show(qtbot, label)
    assert colour_at(label, 10, label.height() // 2) == LIGHT.error
    manager.set_choice("dark")
    assert colour_at(label, 10, label.height() // 2) == DARK.error


def test_an_elided_label_gives_way_and_a_plain_one_does_not() -> None:
    text = "run 14, branch 14b, and more"
    assert Label(text, elided=True).minimumSizeHint().width() == 0
    assert Label(text).minimumSizeHint().width() > 100
