"""The line at the bottom: what is computed in, what there is, and what was just said."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, STATUS_BAR_HEIGHT
from bpgui.gui.widgets.label import Label
from bpgui.number_text import format_count
from bpgui.project.changes import Changes


class StatusBar(QWidget):
    """Facts at the left, the last sentence in the middle, the file at the right."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._facts = Label(tone="caption", size=CAPTION)
        self._said = Label(tone="label", size=CAPTION, elided=True)
        self._file = Label(tone="caption", size=CAPTION)
        self.setFixedHeight(STATUS_BAR_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(24)
        row.addWidget(self._facts)
        row.addWidget(self._said, 1)
        row.addWidget(self._file)
        self.refresh(Changes.ALL)

    def say(self, sentence: str) -> None:
        """Show a sentence until the next one."""
        self._said.setText(sentence)
        self._said.setToolTip(sentence)

    def say_file(self, sentence: str, is_well: bool = True) -> None:
        """Tell how the file is."""
        tone = "caption" if is_well else "error"
        if self._file.property("tone") != tone:
            self._file.setProperty("tone", tone)
            self._file.style().polish(self._file)
        self._file.setText(sentence)

    def refresh(self, changes: Changes) -> None:
        """Count again where something to count changed."""
        if not changes & (Changes.TOPOLOGY | Changes.MASKS | Changes.DATA | Changes.RECIPE):
            return
        project = self._session.project
        held_out = int(np.count_nonzero(project.data.validation))
        samples = len(project.data.X)
        parameters = self.tr("{n} parameters").format(n=format_count(project.network.parameter_count))
        cut = int(np.count_nonzero(project.network.cut))
        facts = [
            project.training.dtype,
            self.tr("seed {n}").format(n=project.recipe.seed),
            self.tr("{n} samples: {a} train, {b} validation").format(
                n=format_count(samples), a=format_count(samples - held_out), b=format_count(held_out)
            )
            if samples > 1
            else self.tr("1 sample"),
            parameters + (self.tr(": {n} cut").format(n=cut) if cut else ""),
        ]
        self._facts.setText("   |   ".join(facts))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the surface and the hairline above."""
        theme = current_theme(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(0, 0, self.width(), 1, QColor(theme.border))
