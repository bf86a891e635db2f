"""The bar under the top bar that says which moment of the past is looked at, and how to go on or back."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from bpgui.gui.session import Session
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.label import Label
from bpgui.number_text import format_count

ICON = 14


class ViewingBar(QWidget):
    """Hidden while what is shown is the present."""

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._told = Label(elided=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(36, 3, 12, 3)
        row.setSpacing(8)
        row.addWidget(self._told, 1)
        for name, words, key, told in (
            (
                "run_or_pause",
                self.tr("Continue from here"),
                self.tr("Space"),
                self.tr("Train on from here, in a branch"),
            ),
            ("to_live", self.tr("Back to live"), self.tr("End"), actions["to_live"].toolTip()),
        ):
            button = Button(words, key=key, kind="link")
            button.setToolTip(told)
            button.clicked.connect(actions[name].trigger)
            row.addWidget(button)
        session.viewing.told.connect(self.refresh)
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What it says."""
        return self._told.text() if self._session.view is not None else ""

    @Slot()
    def refresh(self) -> None:
        """Follow the session."""
        view, session = self._session.view, self._session
        branch = None if view is None else session.past.branches.get(view.moment.place.branch)
        self.setVisible(branch is not None)
        if view is None or branch is None:
            return
        told = self.tr("Viewing epoch {n} of {name}.").format(
            n=format_count(session.progress.epoch), name=session.called(branch)
        )
        if session.name_of_moment:
            told = self.tr("Viewing “{moment}”, epoch {n} of {name}.").format(
                moment=session.name_of_moment, n=format_count(session.progress.epoch), name=session.called(branch)
            )
        if view.moment.recomputed:
            told += " " + self.tr("Recomputed here: another build or processor trained it, the last digits may differ.")
        if not view.exact:
            near = self.tr("≈ update {n}, the nearest that is kept.")
            told += " " + near.format(n=format_count(session.progress.update))
        if session.viewing.replaying:
            share = round(100 * session.viewing.share)
            words = self.tr("Computing epoch {n}: {p} %.")
            if session.viewing.goes_on:
                words = self.tr("Computing epoch {n}: {p} %; then it goes on.")
            told += " " + words.format(n=format_count(view.epoch), p=share)
        self._told.setText(told)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the band."""
        theme = current_theme(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.accent_soft))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(theme.border))
        icon("history", theme.accent, ICON).paint(painter, 14, (self.height() - ICON) // 2, ICON, ICON)
