"""A line edit for one number, checked when it is entered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.label import Label
from bpgui.number_text import format_count, format_number, parse_number, parse_whole

_AROUND = 24  # padding, outline and cursor beside the text
Check = Callable[[float], str | None]


def refusal_line() -> Label:
    """Return the line that says why an entry is refused; hidden while there is nothing to say."""
    line = Label(tone="error")
    line.setFont(ui_font(CAPTION, prose=True))
    line.setWordWrap(True)
    line.setVisible(False)
    return line


class NumberField(QWidget):
    """A field that keeps the last valid number while what is typed is refused.

    ``check(number)`` returns None, or the refusal in one sentence: what was met, the allowed
    range, the way out. The refusal stands below the field, or in ``refusal_label`` where the owner
    has placed one because the field is too narrow.
    """

    committed = Signal(float)

    def __init__(
        self,
        check: Check,
        *,
        whole: bool = False,
        label: str = "",
        refusal_label: QLabel | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._check = check
        self._whole = whole
        self._value = 0.0
        self._widths: tuple[int, int] | None = None
        self._edit = _Edit()
        self._edit.setAccessibleName(label)
        self._edit.restored.connect(self._restore)
        self._edit.editingFinished.connect(self._enter)
        self._refusal = refusal_label or refusal_line()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self._edit)
        if refusal_label is None:
            column.addWidget(self._refusal)
        self.value = 0.0

    @property
    def field(self) -> QLineEdit:
        """Where the number is typed."""
        return self._edit

    # No focus proxy: Qt hands the focus to it from wherever the field itself stands in the order of Tab.
    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Let the person type."""
        self._edit.setFocus(reason)

    @property
    def value(self) -> float:
        """The last valid number."""
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        if value == self._value and self._edit.isModified():
            return  # a refresh must not wipe out what is being typed, or was refused
        self._value = value
        self._show_value()

    def set_width(self, least: int, most: int) -> None:
        """Be as wide as the number shown needs, within these bounds in logical pixels."""
        self._widths = least, most
        self._fit()

    @property
    def refusal(self) -> str:
        """Why the text is refused, "" while it is valid."""
        return self._refusal.text()

    @Slot()
    def _enter(self) -> None:
        if not self._edit.isModified():
            return
        try:
            text = self._edit.text()
            number = float(parse_whole(text)) if self._whole else parse_number(text)
            refusal = self._check(number)
        except ValueError as error:
            refusal = str(error)
        if refusal is not None:
            self._show_refusal(refusal)
            return
        changes = number != self._value
        self._value = number
        self._show_value()
        if changes:
            self.committed.emit(number)

    @Slot()
    def _restore(self) -> None:
        self._show_value()
        self._edit.selectAll()

    def _show_value(self) -> None:
        self._show(format_count(int(self._value)) if self._whole else format_number(self._value))

    def _show(self, text: str) -> None:
        self._edit.setText(text)
        self._edit.setCursorPosition(0)  # of a number that is too long the first figures count
        self._edit.setModified(False)
        self._show_refusal("")
        self._fit()

    def _fit(self) -> None:
        if self._widths is not None:
            least, most = self._widths
            needed = self._edit.fontMetrics().horizontalAdvance(self._edit.text()) + _AROUND
            self.setFixedWidth(min(max(needed, least), most))

    def _show_refusal(self, refusal: str) -> None:
        self._refusal.setText(refusal)
        self._refusal.setVisible(bool(refusal))
        self._edit.setAccessibleDescription(refusal)
        if self._edit.property("invalid") != bool(refusal):
            self._edit.setProperty("invalid", bool(refusal))
            self._edit.style().unpolish(self._edit)
            self._edit.style().polish(self._edit)


class _Edit(QLineEdit):
    restored = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Restore the last valid number with Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.restored.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select everything when reached by the keyboard, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()
