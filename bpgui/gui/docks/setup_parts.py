"""What the three sections of the setup panel share: rows, the line below a row, and how a section makes an edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import BODY, CAPTION, FIELD_HEIGHT
from bpgui.gui.widgets.label import Label
from bpgui.project.changes import Changes
from bpgui.project.edits import Edit

LABEL_WIDTH = 80


def sentence(message: str) -> str:
    """Return what a library refusal says as a sentence of the window; "" stays so."""
    if not message:
        return ""
    first = message.split(" ", 1)[0]
    begun = message[:1].upper() + message[1:] if first.isalpha() else message  # the name of a file stays as it is
    return begun if begun.endswith(".") else f"{begun}."


def tab_in_order(page: QWidget) -> None:
    """Let Tab go through what lies in a page as it is laid out; rows come and go, and Qt would put them last."""
    stops = list(_stops(page))
    for one, other in pairwise(stops):
        QWidget.setTabOrder(one, other)


def _stops(widget: QWidget) -> Iterator[QWidget]:
    """Yield what takes the focus in a widget, in the order of its layout."""
    layout = widget.layout()
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield widget
    elif layout is not None:
        yield from _stops_of_layout(layout)


def _stops_of_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        assert item is not None
        inner, widget = item.layout(), item.widget()
        if widget is not None:
            yield from _stops(widget)
        elif inner is not None:
            yield from _stops_of_layout(inner)


class Line(Label):
    """The line below a row: why something was refused, or what changed with it; hidden while there is neither."""

    def __init__(self) -> None:
        super().__init__(tone="error")
        self.setFont(ui_font(CAPTION, prose=True))
        self.setWordWrap(True)
        self.setVisible(False)

    def refuse(self, text: str) -> None:
        """Say why not."""
        self._say("error", text)

    def note(self, text: str) -> None:
        """Say what there is to know."""
        self._say("caption", text)

    def clear(self) -> None:
        """Say nothing."""
        self._say("error", "")

    def _say(self, tone: str, text: str) -> None:
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)
        self.setText(text)
        self.setVisible(bool(text))


class FormRow(QWidget):
    """A label, controls beside it, and a line below both. ``keeps`` says what a change here does to the training."""

    def __init__(self, label: str, keeps: str = "") -> None:
        super().__init__()
        self.line = Line()
        self._label = Label(label, tone="label")
        self._label.setFont(ui_font(BODY, prose=True))
        self._label.setFixedWidth(LABEL_WIDTH)
        self._label.setToolTip(keeps)
        self._row = QHBoxLayout()
        self._row.setSpacing(6)
        self._row.addWidget(self._label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(self._row)
        column.addWidget(self.line)

    def add(self, control: QWidget, stretch: int = 0) -> None:
        """Put a control at the end of the row, in line with those of other rows."""
        self._label.setMinimumHeight(FIELD_HEIGHT)
        if self._label.buddy() is None:
            self._label.setBuddy(control)  # what assistive techniques call it by
        self._row.addWidget(control, stretch)


class Panel(QWidget):
    """The content of a section: shows the session's project, and asks the session for edits of it.

    Its layout leaves the right margin to the dock.
    """

    SHOWS = Changes.NONE
    """What it has to look at again; a subclass names it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._asked: Line | None = None
        session.said.connect(self._on_said)

    @property
    def caption(self) -> str:
        """What stands at the right of the section's header."""
        raise NotImplementedError

    def show_project(self) -> None:
        """Show what the project has now."""
        raise NotImplementedError

    def refresh(self, changes: Changes) -> None:
        """Show the project again where something shown here was touched."""
        if changes & self.SHOWS:
            self.show_project()

    def ask(self, line: Line, make: Callable[..., Edit], *args: Any, **values: Any) -> None:
        """Make an edit; ``line`` says what it brings along, or why it is refused while the controls go back."""
        self._asked = line
        refusal = self._session.edit(make, *args, **values)
        self._asked = None
        if refusal:
            self.show_project()
            line.refuse(sentence(refusal))

    @Slot(str, str)
    def _on_said(self, _kind: str, said: str) -> None:
        if self._asked is not None:
            self._asked.note(said)


def column_title(text: str, width: int = 0) -> Label:
    """Return the heading of a column of a table."""
    title = Label(text, tone="caption", size=CAPTION)
    if width:
        title.setFixedWidth(width)
    return title


def row_name(width: int) -> Label:
    """Return the label that names a row of a table."""
    name = Label(weight=QFont.Weight.Medium)
    name.setFixedWidth(width)
    return name
