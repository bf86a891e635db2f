"""A dock that looks like a card."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from bpgui.gui.widgets.card import TitleBar, paint_card


class Dock(QDockWidget):
    """Base of the docks: ``object_name`` is what a saved layout knows it by, ``title`` is shown."""

    def __init__(self, object_name: str, title: str, *, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setObjectName(object_name)
        self.setAccessibleName(title)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        )
        self._title_bar = TitleBar(title)
        self.setTitleBarWidget(self._title_bar)
        self.visibilityChanged.connect(self._on_visibility)

    def set_content(self, content: QWidget) -> None:
        """Fill the dock with ``content``, which leaves its background to the card."""
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(1, 0, 1, 1)  # the outline of the card stays visible
        column.addWidget(content)
        self.setWidget(frame)

    @Slot(bool)
    def _on_visibility(self, visible: bool) -> None:
        """Take no keys while another panel lies on this one: Qt goes on handing the focus to it."""
        for part in (self._title_bar, self.widget()):
            if part is not None:
                part.setEnabled(visible)

    def set_caption(self, caption: str) -> None:
        """Write ``caption`` beside the title."""
        self._title_bar.set_caption(caption)

    def add_control(self, control: QWidget, *, optional: bool = False) -> None:
        """Put a control at the right end of the title bar; an optional one goes where there is no room for it."""
        self._title_bar.add_control(control, optional=optional)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the card; a floating dock is a square window."""
        paint_card(self, square=self.isFloating())
