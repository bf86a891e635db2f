"""A gallery of tiles, each a small picture over a label."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, TILE_RADIUS
from bpgui.gui.widgets.buttons import press_on_enter
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.gui.widgets.thumbnails import Thumbnail

COLUMNS = 3
_PICTURE_HEIGHT = 46
_LABEL_HEIGHT = 20
_GAP = 6


class Tile(QAbstractButton):
    """One picture with its label. ``opens`` makes it dashed: it opens something, and never holds."""

    def __init__(
        self, value: str, label: str, thumbnail: Thumbnail, *, help_text: str = "", opens: bool = False
    ) -> None:
        super().__init__()
        self.value = value
        self.opens = opens
        self._thumbnail = thumbnail
        self.setText(label)
        self.setAccessibleName(label)
        self.setToolTip(help_text)
        self.setCheckable(not opens)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size in the setup panel."""
        return QSize(80, _PICTURE_HEIGHT + _LABEL_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest that still shows the label."""
        return QSize(64, _PICTURE_HEIGHT + _LABEL_HEIGHT)

    def set_thumbnail(self, thumbnail: Thumbnail) -> None:
        """Show another picture."""
        self._thumbnail = thumbnail
        self.update()

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return the picture for the focus ring."""
        return self._picture(), TILE_RADIUS

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the keys to the grid, whose arrows move in two directions."""
        if event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame, picture and label."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        picture = self._picture()
        holds = self.isChecked()
        line = theme.border2 if self.opens or self.underMouse() else theme.border
        if self.opens:
            painter.setPen(QPen(QColor(line), 1, Qt.PenStyle.DashLine))
            painter.setBrush(QColor(theme.surface2 if self.underMouse() else theme.surface))
            painter.drawRoundedRect(picture.adjusted(0.5, 0.5, -0.5, -0.5), TILE_RADIUS, TILE_RADIUS)
        else:
            outline = theme.accent if holds else line
            rounded(painter, picture, TILE_RADIUS, theme.canvas, outline, 2 if holds else 1)
        self._thumbnail(painter, picture.adjusted(6, 6, -6, -6), theme)
        weight = QFont.Weight.DemiBold if holds else QFont.Weight.Normal
        painter.setFont(ui_font(CAPTION, weight))
        painter.setPen(QColor(theme.text if holds else theme.text2))
        label = QRectF(0, _PICTURE_HEIGHT, self.width(), _LABEL_HEIGHT)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, self.text())

    def _picture(self) -> QRectF:
        return QRectF(0, 0, self.width(), _PICTURE_HEIGHT)


class TileGrid(QWidget):
    """Tiles in three columns: one tab stop, arrow keys move, Enter or a click chooses."""

    chosen = Signal(str)

    def __init__(self, tiles: Sequence[Tile], *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles = list(tiles)
        self._value = ""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(_GAP)
        grid.setVerticalSpacing(2)
        for place, tile in enumerate(self._tiles):
            grid.addWidget(tile, place // COLUMNS, place % COLUMNS)
            tile.clicked.connect(self._tile_clicked)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        self._make_tab_stop(self._tiles[0])

    @property
    def value(self) -> str:
        """The value of the tile that holds, "" when none does."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self._value = value
        for tile in self._tiles:
            tile.setChecked(tile.value == value)
            if tile.isChecked():
                self._make_tab_stop(tile)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys; choose with Enter."""
        here = self._focused()
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -COLUMNS,
            Qt.Key.Key_Down: COLUMNS,
        }
        key = Qt.Key(event.key())
        if key in steps:
            there = here + steps[key]
            if 0 <= there < len(self._tiles):
                self._make_tab_stop(self._tiles[there])
                self._tiles[there].setFocus(Qt.FocusReason.OtherFocusReason)
        elif not press_on_enter(self._tiles[here], event):
            super().keyPressEvent(event)

    @Slot()
    def _tile_clicked(self) -> None:
        tile = self.sender()
        if not isinstance(tile, Tile):
            return
        self._make_tab_stop(tile)
        changes = tile.value != self._value
        if not tile.opens:
            self.value = tile.value
        if changes:
            self.chosen.emit(tile.value)

    def _focused(self) -> int:
        for place, tile in enumerate(self._tiles):
            if tile.hasFocus():
                return place
        return 0

    def _make_tab_stop(self, stop: Tile) -> None:
        for tile in self._tiles:
            policy = Qt.FocusPolicy.StrongFocus if tile is stop else Qt.FocusPolicy.ClickFocus
            tile.setFocusPolicy(policy)
