"""A part of a panel under a header that folds it away."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, PADDING, SECTION_HEIGHT, TITLE
from bpgui.gui.widgets.buttons import press_on_enter
from bpgui.gui.widgets.paint import smooth

_CHEVRON = 14


class Section(QWidget):
    """A header (chevron, title, caption at the right) over ``content``."""

    def __init__(self, title: str, content: QWidget, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self._header = _Header(title)
        self._header.setChecked(True)
        self._header.toggled.connect(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def expanded(self) -> bool:
        """Whether the content is shown."""
        return self._header.isChecked()

    @expanded.setter
    def expanded(self, expanded: bool) -> None:
        self._header.setChecked(expanded)

    def set_caption(self, caption: str) -> None:
        """Write ``caption`` at the right of the header."""
        self._header.caption = caption
        self._header.setAccessibleDescription(caption)
        self._header.update()

    @Slot(bool)
    def _fold(self, expanded: bool) -> None:
        self._content.setVisible(expanded)


class _Header(QAbstractButton):
    def __init__(self, title: str) -> None:
        super().__init__()
        self.caption = ""
        self.setText(title)
        self.setAccessibleName(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the fixed height; the width is the panel's."""
        return QSize(120, SECTION_HEIGHT)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return a rectangle inside the panel: the ring outside of it would be cut off."""
        return QRectF(self.rect()).adjusted(4, 4, -4, -4), 4.0

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter folds and unfolds."""
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the band with its hairlines, chevron, title and caption."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        painter.fillRect(self.rect(), QColor(theme.surface2))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.border))
        section = self.parentWidget()
        if section is not None and section.y() > 0:  # the first has the dock title's line above
            painter.fillRect(0, 0, self.width(), 1, QColor(theme.border))
        name = "chevron-down" if self.isChecked() else "chevron-right"
        colour = theme.text if self.underMouse() else theme.muted
        top = (self.height() - _CHEVRON) // 2
        icon(name, colour, _CHEVRON).paint(painter, PADDING, top, _CHEVRON, _CHEVRON)
        rect = self.rect().adjusted(PADDING + _CHEVRON + 5, 0, -PADDING, 0)
        painter.setFont(ui_font(TITLE, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(ui_font(BODY))
        painter.setPen(QColor(theme.muted))
        room = rect.width() - ui_width(self.text(), TITLE, QFont.Weight.DemiBold) - 12
        caption = painter.fontMetrics().elidedText(self.caption, Qt.TextElideMode.ElideRight, int(max(0, room)))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, caption)
