"""The button beside Open that lists the files used last."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Slot
from PySide6.QtWidgets import QMenu, QWidget

from bpgui.gui.filing import Filing
from bpgui.gui.widgets.buttons import IconButton


class RecentFiles(IconButton):
    """Shown while there are any."""

    def __init__(self, filing: Filing, parent: QWidget | None = None) -> None:
        super().__init__("chevron-down", "", parent=parent)
        self.setToolTip(self.tr("Recent files"))
        self.setAccessibleName(self.tr("Recent files"))
        self.setFixedWidth(18)
        self._filing = filing
        self.menu_of_files = QMenu(self)
        self.clicked.connect(self._open_menu)
        filing.retitled.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        self.setVisible(bool(self._filing.recent))

    @Slot()
    def _open_menu(self) -> None:
        self.menu_of_files.clear()
        for path in self._filing.recent:
            name = Path(path).name.replace("&", "&&")
            action = self.menu_of_files.addAction(name, partial(self._filing.open_path, path))
            action.setToolTip(path)
        self.menu_of_files.setToolTipsVisible(True)
        self.menu_of_files.popup(self.mapToGlobal(QPoint(0, self.height())))
