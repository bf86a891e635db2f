"""The application in its theme, for tests."""

from __future__ import annotations

import gc

from PySide6.QtWidgets import QApplication

from bpgui.gui.theme.theme import ThemeManager


def dress_light(application: QApplication) -> ThemeManager:
    """Dress the application while no widget of a test before can go: Qt does not survive one that goes while it hands
    a new style round."""
    gc.collect()
    gc.disable()
    theme = ThemeManager(application, "light")
    gc.enable()
    return theme
