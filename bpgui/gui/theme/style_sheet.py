"""The one style sheet of the window, generated from the tokens.

It sets colours, borders and sizes and never a font: fonts come from ``ui_font``, since a font of a
style sheet would lose the tabular figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bpgui.gui.theme.tokens import (
    BUTTON_HEIGHT,
    CONTROL_RADIUS,
    FIELD_HEIGHT,
    GUTTER,
    STATUS_BAR_HEIGHT,
    TOP_BUTTON_HEIGHT,
    Theme,
)

# What the style sheet draws: (icon, token that colours it) under the name it has below.
IMAGES = {
    "arrow": ("chevron-down", "muted"),
    "tick": ("check", "on_accent"),
    "menu_tick": ("check", "text"),
}


def style_sheet(theme: Theme, images: Mapping[str, str]) -> str:
    """Return the style sheet; ``images`` gives for each name in ``IMAGES`` the path of its file."""
    sizes = {
        "control_radius": CONTROL_RADIUS,
        # Qt counts the height without the two 1 px borders
        "field_height": FIELD_HEIGHT - 2,
        "button_height": BUTTON_HEIGHT - 2,
        "top_button_height": TOP_BUTTON_HEIGHT - 2,
        "gutter": GUTTER,
        "status_height": STATUS_BAR_HEIGHT,
    }
    urls = {f"image_{name}": f'url("{path}")' for name, path in images.items()}
    return _TEMPLATE % (asdict(theme) | sizes | urls)


_TEMPLATE = """
QMainWindow, QDialog { background: %(bg)s; }
QMainWindow::separator { background: %(bg)s; width: %(gutter)dpx; height: %(gutter)dpx; }
QMainWindow::separator:vertical:hover { background: qlineargradient(x1:0, y1:0, x2:1, y2:0,
    stop:0 %(bg)s, stop:0.33 %(bg)s, stop:0.34 %(accent)s, stop:0.66 %(accent)s,
    stop:0.67 %(bg)s, stop:1 %(bg)s); }
QMainWindow::separator:horizontal:hover { background: qlineargradient(x1:0, y1:0, x2:0, y2:1,
    stop:0 %(bg)s, stop:0.33 %(bg)s, stop:0.34 %(accent)s, stop:0.66 %(accent)s,
    stop:0.67 %(bg)s, stop:1 %(bg)s); }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }

QLabel { color: %(text)s; background: transparent; }
QLabel[tone="label"] { color: %(text2)s; }
QLabel[tone="caption"] { color: %(muted)s; }
QLabel[tone="error"] { color: %(error)s; }
QPushButton, QToolButton, QCheckBox, QComboBox { outline: none; }

QPushButton { background: %(field)s; color: %(text)s; border: 1px solid %(border2)s;
    border-radius: %(control_radius)dpx; padding: 0 10px; min-height: %(button_height)dpx; }
QPushButton:hover { background: %(surface2)s; border-color: %(muted)s; }
QPushButton:pressed { background: %(border)s; }
QPushButton:disabled { color: %(muted)s; border-color: %(border)s; background: %(surface)s; }
QPushButton[kind="primary"] { background: %(accent)s; color: %(on_accent)s;
    border-color: %(accent)s; }
QPushButton[kind="primary"]:hover { border-color: %(text)s; }
QPushButton[kind="primary"]:disabled { background: %(border)s; color: %(muted)s;
    border-color: %(border)s; }
QPushButton[kind="link"] { background: transparent; color: %(accent)s; border-color: transparent; }
QPushButton[kind="link"]:hover { background: %(accent_soft)s; }
QPushButton[kind="link"]:disabled { color: %(muted)s; }
QPushButton[large="true"] { min-height: %(top_button_height)dpx; }

QToolButton { background: transparent; color: %(text2)s; border: 1px solid transparent;
    border-radius: %(control_radius)dpx; padding: 3px; }
QToolButton:hover { background: %(surface2)s; border-color: %(border)s; }
QToolButton:pressed { background: %(border)s; }
QToolButton:checked { background: %(accent_soft)s; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QComboBox { background: %(field)s; color: %(text)s;
    border: 1px solid %(border2)s; border-radius: %(control_radius)dpx; padding: 0 8px;
    min-height: %(field_height)dpx; selection-background-color: %(accent)s;
    selection-color: %(on_accent)s; }
QLineEdit:hover, QComboBox:hover { border-color: %(muted)s; }
QLineEdit:disabled, QComboBox:disabled { color: %(muted)s;
    background: %(surface)s; border-color: %(border)s; }
QLineEdit[invalid="true"] { border-color: %(error)s; }
QLineEdit[bare="true"] { background: transparent; border: none; padding: 0; min-height: 0; }

QComboBox::drop-down { subcontrol-origin: padding; subcontrol-position: center right;
    width: 22px; border: none; }
QComboBox::down-arrow { image: %(image_arrow)s; width: 13px; height: 13px; }
QComboBox QAbstractItemView { background: %(surface)s; color: %(text)s;
    border: 1px solid %(border2)s; padding: 3px; outline: none; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border-radius: 4px; }
QComboBox QAbstractItemView::item:selected { background: %(accent_soft)s; color: %(text)s; }

QCheckBox { color: %(text2)s; spacing: 7px; background: transparent; }
QCheckBox::indicator { width: 12px; height: 12px; border: 1px solid %(border2)s;
    border-radius: 4px; background: %(field)s; }
QCheckBox::indicator:hover { border-color: %(muted)s; }
QCheckBox::indicator:checked { background: %(accent)s; border-color: %(accent)s;
    image: %(image_tick)s; }
QCheckBox:disabled { color: %(muted)s; }

QMenu { background: %(surface)s; color: %(text)s; border: 1px solid %(border2)s; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: 4px; min-height: 16px; }
QMenu::item:selected { background: %(accent_soft)s; }
QMenu::item:disabled { color: %(muted)s; }
QMenu::separator { height: 1px; background: %(border)s; margin: 4px 6px; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 13px; height: 13px; left: 6px; }
QMenu::indicator:checked { image: %(image_menu_tick)s; }
QToolTip { background: %(surface)s; color: %(text)s; border: 1px solid %(border2)s;
    padding: 4px 7px; }

QScrollBar { background: transparent; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: %(border2)s; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: %(muted)s; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: %(text2)s; padding: 4px 12px; margin: 0 2px 3px 0;
    border: 1px solid transparent; border-radius: 6px; }
QTabBar::tab:hover { color: %(text)s; }
QTabBar::tab:selected { background: %(surface)s; color: %(text)s; border-color: %(border)s; }
QTableView { background: transparent; color: %(text)s; border: none; selection-color: %(text)s;
    selection-background-color: %(accent_soft)s; gridline-color: %(border)s; }
QTableView::item:selected { background: %(accent_soft)s; color: %(text)s; }
QTableView::item:focus { border: 2px solid %(accent)s; }
QHeaderView, QTableCornerButton::section { background: transparent; border: none; }
QHeaderView::section { background: %(surface2)s; color: %(muted)s; border: none; padding: 0 6px; }

QStatusBar { background: %(surface)s; color: %(text2)s; border-top: 1px solid %(border)s;
    min-height: %(status_height)dpx; max-height: %(status_height)dpx; }
QStatusBar::item { border: none; }
"""
