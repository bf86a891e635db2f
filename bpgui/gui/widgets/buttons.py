"""Push buttons and icon buttons whose icons follow the theme.

The space bar belongs to Run and Pause, so these buttons are pressed with Enter.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QPushButton,
    QStyle,
    QStyleOptionButton,
    QToolButton,
    QWidget,
)

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import (
    BAR,
    BODY,
    BUTTON_HEIGHT,
    CAPTION,
    FIELD_HEIGHT,
    TOP_BUTTON_HEIGHT,
    Theme,
)
from bpgui.gui.widgets.paint import smooth

Kind = Literal["normal", "primary", "link"]

_PADDING = 10.0
_KEY_MARGIN = 6.0  # right of a key cap
_GAP = 7.0
_KEY_PADDING = 5.0
_KEY_HEIGHT = 16.0


def press_on_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Click ``button`` if ``event`` is the Enter key; tell whether it was."""
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or event.isAutoRepeat():
        return False
    button.click()
    return True


class Button(QPushButton):
    """A push button with an icon, and a key cap if ``key`` names its shortcut.

    ``large`` is the size of the top bar.
    """

    def __init__(
        self,
        text: str,
        *,
        icon_name: str = "",
        kind: Kind = "normal",
        key: str = "",
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon_name
        self._kind = kind
        self._key = key
        self.setProperty("kind", kind)
        self.setProperty("large", large)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        weight = QFont.Weight.DemiBold if kind == "primary" else QFont.Weight.Medium
        self.setFont(ui_font(BAR if large else BODY, weight))
        self.setFixedHeight(TOP_BUTTON_HEIGHT if large else BUTTON_HEIGHT)
        self._icon_size = 16 if large else 14

    def set_label(self, text: str, icon_name: str) -> None:
        """Show another word and icon, as when Run becomes Pause."""
        if (text, icon_name) == (self.text(), self._icon_name):
            return
        self._icon_name = icon_name
        self.setText(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Icon, word and key cap with their gaps."""
        right = _KEY_MARGIN if self._key else _PADDING
        return QSize(round(_PADDING + self._content_width() + right), self.height())

    def minimumSizeHint(self) -> QSize:
        """Return the whole content: a button is never clipped."""
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses."""
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the bevel by the style sheet, then icon, word and key cap."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter = smooth(QPainter(self))
        self.style().drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
        colour = self._ink(current_theme(self))
        x = _PADDING + (self.width() - self.sizeHint().width()) / 2
        if self._icon_name:
            top = (self.height() - self._icon_size) // 2
            icon(self._icon_name, colour, self._icon_size).paint(
                painter, round(x), top, self._icon_size, self._icon_size
            )
            x += self._icon_size + (_GAP if self.text() else 0.0)
        painter.setPen(QColor(colour))
        width = self._text_width()
        painter.drawText(
            QRectF(x, 0, width + 1, self.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            self.text(),
        )
        if self._key:
            self._paint_key(painter, x + width + _GAP, colour)

    def _paint_key(self, painter: QPainter, x: float, colour: str) -> None:
        cap = QRectF(x, (self.height() - _KEY_HEIGHT) / 2, self._key_width(), _KEY_HEIGHT)
        outline = QColor(colour)
        outline.setAlphaF(0.6)
        painter.setPen(QPen(outline, 1))
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(QColor(colour))
        painter.setFont(ui_font(CAPTION, QFont.Weight.Medium))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)

    def _ink(self, theme: Theme) -> str:
        if not self.isEnabled():
            return theme.muted
        inks = {"primary": theme.on_accent, "link": theme.accent, "normal": theme.text}
        return inks[self._kind]

    def _text_width(self) -> float:
        return QFontMetricsF(self.font()).horizontalAdvance(self.text())

    def _key_width(self) -> float:
        metrics = QFontMetricsF(ui_font(CAPTION, QFont.Weight.Medium))
        return metrics.horizontalAdvance(self._key) + 2 * _KEY_PADDING

    def _content_width(self) -> float:
        width = self._text_width()
        if self._icon_name:
            width += self._icon_size + (_GAP if self.text() else 0.0)
        return width + (_GAP + self._key_width() if self._key else 0.0)


class IconButton(QToolButton):
    """A flat button that shows an icon alone; ``label`` is its tooltip and accessible name."""

    def __init__(self, icon_name: str, label: str, *, size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self.setIconSize(QSize(size, size))
        self.setFixedSize(FIELD_HEIGHT, FIELD_HEIGHT)
        self.setToolTip(label)
        self.setAccessibleName(label)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._colour_icon()

    def set_icon_name(self, icon_name: str) -> None:
        """Show another icon."""
        self._icon_name = icon_name
        self._colour_icon()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses."""
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Take the icon anew in the colours of a new theme, or when switched on or off."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self._colour_icon()

    def _colour_icon(self) -> None:
        theme = current_theme(self)
        colour = theme.text2 if self.isEnabled() else theme.border2
        self.setIcon(icon(self._icon_name, colour, self.iconSize().width()))
