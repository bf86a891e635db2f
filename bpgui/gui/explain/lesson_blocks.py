"""The parts of a lesson's page: text, numbers side by side, and a question that is answered before it is explained."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from bpgui.gui.explain.lesson_text import rich
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CONTROL_RADIUS, TITLE
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.lessons.lesson import Block, Bullets, Compare, Line, Paragraph, Predict, plain

ICON = 15
SHORT = 12
"""Characters of a number that stands beside its label; a longer one stands below."""


class Words(Label):
    """Running text of a lesson, in the colours of the theme."""

    def __init__(self, line: Line, *, size: float = TITLE, parent: QWidget | None = None) -> None:
        super().__init__(tone="label", size=size, parent=parent)
        self._line = line
        font = self.font()
        font.setFeature(QFont.Tag("tnum"), 0)
        self.setFont(font)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._write()

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._write()

    def _write(self) -> None:
        self.setText(f'<div style="line-height:125%">{rich(self._line, current_theme(self))}</div>')
        self.setAccessibleName(plain(self._line))


class Box(QWidget):
    """A frame with an icon at the left of its first line."""

    def __init__(self, icon_name: str, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name, self._tone = icon_name, tone
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 10, 12, 10)
        self.column.setSpacing(6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw frame and icon."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        rounded(painter, QRectF(self.rect()), CONTROL_RADIUS + 1, theme.surface2, theme.border)
        icon(self._icon_name, getattr(theme, self._tone), ICON).paint(painter, 12, 12, ICON, ICON)


class CompareBox(Box):
    """What the article prints, and what is exact."""

    def __init__(self, block: Compare, parent: QWidget | None = None) -> None:
        super().__init__("book-open", "muted", parent)
        for label, number in block.rows:
            below = len(plain(number)) > SHORT
            row: QHBoxLayout | QVBoxLayout = QVBoxLayout() if below else QHBoxLayout()
            row.setContentsMargins(ICON + 8, 0, 0, 0)
            row.setSpacing(2 if below else 6)
            words = Words(label, size=BODY)
            row.addWidget(words, 1)
            value = Words(number, size=BODY)
            value.setWordWrap(below)
            weight = value.font()
            weight.setWeight(QFont.Weight.DemiBold)
            value.setFont(weight)
            value.setProperty("tone", "value")
            row.addWidget(value)
            self.column.addLayout(row)


class PredictBox(Box):
    """A question with its answers; ``answered`` tells which was chosen, and then the reason is shown."""

    answered = Signal(int)

    def __init__(self, title: str, block: Predict, parent: QWidget | None = None) -> None:
        super().__init__("lightbulb", "warning", parent)
        self._block = block
        head = Label(title, weight=QFont.Weight.DemiBold)
        head.setContentsMargins(ICON + 8, 0, 0, 0)
        self.column.addWidget(head)
        self.column.addWidget(Words(block.question, size=BODY))
        self.buttons: list[Button] = []
        short = sum(len(plain(option.line)) for option in block.options) <= 18
        row: QHBoxLayout | QVBoxLayout = QHBoxLayout() if short else QVBoxLayout()
        row.setSpacing(6)
        for place, option in enumerate(block.options):
            button = Button(plain(option.line))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self.choose, place))
            self.buttons.append(button)
            row.addWidget(button)
        self.column.addLayout(row)
        self.verdict = Label(weight=QFont.Weight.DemiBold)
        self.because = Words(block.because, size=BODY)
        for later in (self.verdict, self.because):
            later.hide()
            self.column.addWidget(later)

    def choose(self, place: int, *_: object) -> None:
        """Answer: the right answer is marked, and why is shown."""
        right = self._block.options[place].right
        self.verdict.setText(self.tr("Right.") if right else self.tr("Not so."))
        for button, option in zip(self.buttons, self._block.options, strict=True):
            if option.right:
                button.set_label(button.text(), "check")
            button.setEnabled(False)
        self.verdict.show()
        self.because.show()
        self.answered.emit(place)


def widget_of(block: Block, predict_title: str) -> QWidget:
    """Return what shows a block."""
    if isinstance(block, Paragraph):
        return Words(block.line)
    if isinstance(block, Compare):
        return CompareBox(block)
    if isinstance(block, Predict):
        return PredictBox(predict_title, block)
    return _list(block)


def _list(block: Bullets) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    for number, item in enumerate(block.items, 1):
        row = QHBoxLayout()
        row.setSpacing(6)
        mark = Label(f"{number}." if block.numbered else "•", tone="caption", size=TITLE)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(Words(item), 1)
        column.addLayout(row)
    return page
