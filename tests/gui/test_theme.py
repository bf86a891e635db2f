"""The look: tokens, maps, fonts, icons, light and dark, the focus ring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from acts import colour_at, colours_in, window_of
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QStyleHints
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

import bpgui.gui.theme
from bpgui.gui.theme.focus_ring import FocusRing, FocusRings
from bpgui.gui.theme.fonts import load_fonts, ui_font
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import ThemeManager, current_theme
from bpgui.gui.theme.tokens import (
    DARK,
    LIGHT,
    Theme,
    decision_lut,
    diverging_lut,
    rgb,
)
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.switch import Switch

THEMES = [pytest.param(theme, id=theme.name) for theme in (LIGHT, DARK)]
ICONS = sorted((Path(bpgui.gui.theme.__file__).parent / "icons").glob("*.svg"))


@pytest.fixture
def manager(qapp: QApplication) -> Iterator[ThemeManager]:
    manager = ThemeManager(qapp, "light")
    yield manager
    manager.deleteLater()


@pytest.fixture
def _rings(qapp: QApplication, manager: ThemeManager) -> Iterator[None]:
    manager.set_choice("light")
    rings = FocusRings(qapp)
    yield
    rings.deleteLater()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1, from 1 to 21."""
    luminances = []
    for colour in (one, other):
        channels = np.array(rgb(colour)) / 255
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        luminances.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    low, high = sorted(luminances)
    return (high + 0.05) / (low + 0.05)


def visible_rings(window: QWidget) -> list[FocusRing]:
    return [ring for ring in window.findChildren(FocusRing) if ring.isVisible()]


# Tokens


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", ["text", "text2", "muted", "accent", "error"])
def test_text_can_be_read_on_every_surface_it_stands_on(theme: Theme, token: str) -> None:
    assert contrast(getattr(theme, token), theme.surface) >= 4.5
    assert contrast(getattr(theme, token), theme.canvas) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_words_on_accent_and_in_message_strips_can_be_read(theme: Theme) -> None:
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    for strip in (theme.accent_soft, theme.warning_soft, theme.surface2):
        assert contrast(theme.text, strip) >= 4.5
        assert contrast(theme.accent, strip) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", ["positive", "negative", "train", "validation", "accent", "ok"])
def test_marks_stand_out_from_the_canvas(theme: Theme, token: str) -> None:
    assert contrast(getattr(theme, token), theme.canvas) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_diverging_map_meets_its_ends_and_is_linear_between_stops(theme: Theme) -> None:
    lut = diverging_lut(theme)
    assert lut.shape == (256, 4)
    assert lut.dtype == np.uint8
    assert tuple(lut[0]) == (*rgb(theme.diverging[0][1]), 255)
    assert tuple(lut[255]) == (*rgb(theme.diverging[-1][1]), 255)
    value = 2 * 240 / 255 - 1
    (low, low_colour), (high, high_colour) = theme.diverging[-2:]
    share = (value - low) / (high - low)
    wanted = (1 - share) * np.array(rgb(low_colour)) + share * np.array(rgb(high_colour))
    assert np.abs(lut[240, :3] - wanted).max() <= 0.5


@pytest.mark.parametrize("theme", THEMES)
def test_decision_map_is_62_percent_of_the_diverging_map(theme: Theme) -> None:
    wanted = 0.62 * diverging_lut(theme)[:, :3] + 0.38 * np.array(rgb(theme.behind_points))
    assert np.abs(decision_lut(theme)[:, :3] - wanted).max() <= 0.5


def test_a_shared_map_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        diverging_lut(LIGHT)[0, 0] = 1


# Font and icons


@pytest.mark.parametrize("weight", [400, 500, 600, 700])
@pytest.mark.usefixtures("qapp")
def test_inter_is_loaded_in_every_weight(weight: int) -> None:
    load_fonts()
    info = QFontInfo(ui_font(12, QFont.Weight(weight)))
    assert info.family() == "Inter"
    assert info.weight() == weight


@pytest.mark.usefixtures("qapp")
def test_figures_are_tabular_and_prose_keeps_its_short_hyphen() -> None:
    load_fonts()
    tabular, prose = QFontMetricsF(ui_font(24)), QFontMetricsF(ui_font(24, prose=True))
    assert tabular.horizontalAdvance("1111") == tabular.horizontalAdvance("8888")
    assert prose.horizontalAdvance("1111") < prose.horizontalAdvance("8888")
    assert prose.horizontalAdvance("-") < tabular.horizontalAdvance("-")


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("path", ICONS, ids=[path.stem for path in ICONS])
def test_every_icon_loads_takes_its_colour_and_is_sharp_at_scale_2(path: Path) -> None:
    loaded = icon(path.stem, "#C23B8B", 16)
    assert loaded.actualSize(QSize(64, 64)) == QSize(16, 16)
    pixmap = loaded.pixmap(QSize(16, 16), 2.0)
    assert pixmap.size() == QSize(32, 32)
    assert pixmap.devicePixelRatio() == 2.0
    assert colours_in(pixmap.toImage()) == {"#C23B8B"}


@pytest.mark.usefixtures("qapp")
def test_an_unknown_icon_is_refused_with_its_name() -> None:
    with pytest.raises(ValueError, match="no icon 'unicorn'"):
        icon("unicorn", "#000000", 16)


# Light and dark


def test_a_desktop_that_tells_nothing_gets_the_light_theme(
    manager: ThemeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _hints: Qt.ColorScheme.Unknown)
    manager.set_choice("system")
    assert manager.theme is LIGHT


def test_the_desktop_turning_dark_turns_the_window_dark_unless_the_user_chose(
    qapp: QApplication, manager: ThemeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.set_choice("system")
    monkeypatch.setattr(QStyleHints, "colorScheme", lambda _hints: Qt.ColorScheme.Dark)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert manager.theme is DARK
    assert current_theme(QLineEdit()) is DARK
    manager.set_choice("light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert current_theme(QLineEdit()) is LIGHT


def test_a_change_is_told_once_and_no_change_not_at_all(manager: ThemeManager) -> None:
    spy = QSignalSpy(manager.changed)
    manager.set_choice("dark")
    manager.set_choice("dark")
    assert spy.count() == 1
    assert spy.at(0) == [DARK]
    manager.toggle()
    assert manager.choice == "light"
    assert spy.count() == 2


def test_painted_and_styled_widgets_take_the_new_theme_by_themselves(qtbot: QtBot, manager: ThemeManager) -> None:
    switch, button, flat = Switch(), Button("Run", kind="primary"), IconButton("play", "Run")
    switch.setChecked(True)
    window = window_of(qtbot, switch, button, flat)
    for theme in (LIGHT, DARK, LIGHT):
        manager.set_choice("dark" if theme is DARK else "light")
        assert theme.accent in colours_in(switch.grab().toImage())
        assert theme.accent in colours_in(button.grab().toImage())
        assert colours_in(flat.icon().pixmap(QSize(16, 16), 2.0).toImage()) == {theme.text2}
    assert window.isVisible()


# Focus ring


@pytest.mark.usefixtures("_rings")
def test_a_control_reached_by_tab_gets_a_ring_3_pixels_outside_of_it(qtbot: QtBot) -> None:
    first, second = Button("first"), Button("second")
    window = window_of(qtbot, first, second)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    (ring,) = visible_rings(window)
    assert ring.geometry() == second.geometry().adjusted(-3, -3, 3, 3)
    edge = second.geometry()
    assert colour_at(window, edge.left() - 2, edge.center().y()) == LIGHT.accent
    assert colour_at(window, edge.left() - 1, edge.center().y()) == LIGHT.surface


@pytest.mark.usefixtures("_rings")
def test_the_ring_follows_its_control_and_goes_with_the_focus(qtbot: QtBot) -> None:
    first, second = Button("first"), Button("second")
    window = window_of(qtbot, first, second)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    window.resize(window.width() + 80, window.height() + 40)
    QApplication.processEvents()
    assert visible_rings(window)[0].geometry() == first.geometry().adjusted(-3, -3, 3, 3)
    first.hide()  # Qt hands the focus on
    QApplication.processEvents()
    assert visible_rings(window)[0].geometry() == second.geometry().adjusted(-3, -3, 3, 3)
    second.clearFocus()
    assert not visible_rings(window)


@pytest.mark.usefixtures("_rings")
def test_a_click_shows_no_ring_until_a_key_is_pressed(qtbot: QtBot) -> None:
    slider = ValueSlider(0.0, 1.0)
    window = window_of(qtbot, Button("other"), slider)
    place = slider.mapTo(window, slider.rect().center())
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
    assert slider.hasFocus()
    assert not visible_rings(window)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert len(visible_rings(window)) == 1


@pytest.mark.usefixtures("_rings")
def test_a_text_field_shows_its_ring_after_a_click_too(qtbot: QtBot) -> None:
    field = QLineEdit("0.1")
    window = window_of(qtbot, Button("other"), field)
    place = field.mapTo(window, field.rect().center())
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=place)
    assert len(visible_rings(window)) == 1


@pytest.mark.usefixtures("_rings")
def test_in_a_scroll_area_the_ring_scrolls_along(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    buttons = [Button(str(at)) for at in range(20)]
    for button in buttons:
        column.addWidget(button)
    area = QScrollArea()
    area.setWidget(page)
    window = window_of(qtbot, area)
    buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
    (ring,) = visible_rings(window)
    before = ring.mapTo(window, ring.rect().topLeft())
    area.verticalScrollBar().setValue(40)
    assert ring.mapTo(window, ring.rect().topLeft()).y() == before.y() - 40
    assert ring.parentWidget() is page
