"""The rounded card with a title bar that every panel of the window is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import DOCK_RADIUS, DOCK_TITLE_HEIGHT, GUTTER, PADDING, TITLE
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.paint import smooth


class TitleBar(QWidget):
    """Title, grey caption, and controls at the right. Mouse presses fall through to the panel."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._optional: list[QWidget] = []
        self._caption = Label(tone="caption", size=TITLE, elided=True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(PADDING, 0, GUTTER + 2, 0)
        self._row.setSpacing(8)
        self._row.addWidget(Label(title, size=TITLE, weight=QFont.Weight.DemiBold))
        self._row.addWidget(self._caption, 1)
        self.setFixedHeight(DOCK_TITLE_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the fixed height, which a QDockWidget asks for here."""
        return QSize(super().sizeHint().width(), DOCK_TITLE_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the width without what is optional, and the fixed height here too."""
        shown = sum(self._room_for(control) for control in self._optional if not control.isHidden())
        return QSize(super().minimumSizeHint().width() - shown, DOCK_TITLE_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what is optional where there is no room for it."""
        super().resizeEvent(event)
        room = self.width() - self.minimumSizeHint().width()
        for control in self._optional:
            room -= self._room_for(control)
            control.setVisible(room >= 0)

    def _room_for(self, control: QWidget) -> int:
        return max(control.minimumWidth(), control.minimumSizeHint().width()) + self._row.spacing()

    def set_caption(self, caption: str) -> None:
        """Write ``caption`` beside the title; it is shortened where room is short."""
        self._caption.setText(caption)

    def add_control(self, control: QWidget, *, optional: bool = False) -> None:
        """Put a control at the right end; an optional one is hidden where there is no room for it."""
        self._row.addWidget(control)
        if optional:
            self._optional.append(control)


def paint_card(widget: QWidget, *, square: bool = False) -> None:
    """Paint the card of ``widget`` from its ``paintEvent``: surface, hairline under the title.

    What lies in the card paints no background of its own, or the round corners are lost.
    """
    theme = current_theme(widget)
    painter = smooth(QPainter(widget))
    radius = 0 if square else DOCK_RADIUS
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.fillPath(outline, QColor(theme.surface))
    painter.fillRect(1, DOCK_TITLE_HEIGHT - 1, widget.width() - 2, 1, QColor(theme.border))
    painter.setPen(QPen(QColor(theme.border), 1))
    painter.drawPath(outline)
