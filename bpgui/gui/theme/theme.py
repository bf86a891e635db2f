"""Light or dark: the one place that decides it and tells Qt.

The palette carries the choice. ``ThemeManager`` puts a palette and a style sheet on the
QApplication; Qt hands the palette down to every widget, and a painted widget asks
``current_theme(self)`` in its ``paintEvent``. Qt repaints it by itself when the palette changes. A
widget that keeps something made from colours (an icon, a pixmap) makes it anew in ``changeEvent``
on ``QEvent.Type.PaletteChange``. What is no widget (a pyqtgraph item) is refreshed from the one
signal, ``ThemeManager.changed``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from bpgui.gui.theme.fonts import load_fonts, ui_font
from bpgui.gui.theme.icons import icon_svg
from bpgui.gui.theme.style_sheet import IMAGES, style_sheet
from bpgui.gui.theme.tokens import DARK, LIGHT, Theme

Choice = Literal["system", "light", "dark"]

_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,  # Unknown gives the choice back to the desktop
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


def current_theme(widget: QWidget) -> Theme:
    """Return the theme that ``widget`` is shown in, read from its palette."""
    # The link colour: no rule of the style sheet changes it, as rules do with Window or Text.
    link = widget.palette().color(QPalette.ColorRole.Link)
    return DARK if link == QColor(DARK.accent) else LIGHT


def palette(theme: Theme) -> QPalette:
    """Return the Qt palette of a theme."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.bg,
        role.WindowText: theme.text,
        role.Base: theme.field,
        role.AlternateBase: theme.surface2,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.field,
        role.ButtonText: theme.text,
        role.BrightText: theme.error,
        role.ToolTipBase: theme.surface,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Accent: theme.accent,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.surface,
        role.Midlight: theme.surface2,
        role.Mid: theme.border,
        role.Dark: theme.border2,
        role.Shadow: theme.bg,
    }
    result = QPalette()
    for each, colour in colours.items():
        result.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, each, QColor(theme.muted))
    return result


class ThemeManager(QObject):
    """Keeps the application in the theme the user chose, or in the desktop's.

    A desktop that tells no colour scheme gets the light theme.
    """

    changed = Signal(Theme)

    def __init__(self, application: QApplication, choice: Choice = "system") -> None:
        """Dress ``application`` (style, font, palette, style sheet) and follow its desktop."""
        super().__init__(application)
        self._application = application
        self._choice: Choice = choice
        self._theme: Theme | None = None
        self._images = QTemporaryDir()  # a style sheet takes pictures from files only
        load_fonts()
        application.setStyle("Fusion")
        application.setFont(ui_font())
        QToolTip.setFont(ui_font(prose=True))
        application.styleHints().colorSchemeChanged.connect(self._follow_desktop)
        self.set_choice(choice)

    @property
    def choice(self) -> Choice:
        """What the user chose: "light", "dark" or "system"."""
        return self._choice

    @property
    def theme(self) -> Theme:
        """The theme shown now."""
        if self._choice == "system":
            scheme = self._application.styleHints().colorScheme()
            return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT

    def set_choice(self, choice: Choice) -> None:
        """Show "light" or "dark", or follow the desktop with "system"."""
        self._choice = choice
        # Where the desktop lets a program choose, window frames and native dialogs follow too.
        self._application.styleHints().setColorScheme(_SCHEMES[choice])
        self._apply()

    @Slot()
    def toggle(self) -> None:
        """Change from light to dark or back."""
        self.set_choice("light" if self.theme is DARK else "dark")

    @Slot()
    def _follow_desktop(self) -> None:
        self._apply()

    def _apply(self) -> None:
        theme = self.theme
        if theme is self._theme:
            return
        self._theme = theme
        self._application.setPalette(palette(theme))
        self._application.setStyleSheet(style_sheet(theme, self._write_images(theme)))
        self.changed.emit(theme)

    def _write_images(self, theme: Theme) -> dict[str, str]:
        paths = {}
        for name, (icon_name, token) in IMAGES.items():
            # the theme is part of the name, since Qt caches pictures by their path
            path = Path(self._images.filePath(f"{name}-{theme.name}.svg"))
            path.write_bytes(icon_svg(icon_name, getattr(theme, token)))
            paths[name] = path.as_posix()
        return paths
