"""The Lesson panel: a page for each step, which sets the stage for what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from bpgui.gui.explain.explanation import Explanation
from bpgui.gui.explain.lesson_blocks import PredictBox, widget_of
from bpgui.gui.observer import Observer
from bpgui.gui.selection import Item, Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.paint import smooth
from bpgui.lessons.catalogue import LESSONS
from bpgui.lessons.lesson import Lesson, Stage, Step
from bpgui.lessons.loader import load
from bpgui.number_text import format_count
from bpgui.project import edits
from bpgui.project.changes import Changes

QUESTION = "lesson"
DOT, LONG_DOT = 7.0, 18.0
NARROWEST = 262


class LessonDock(Dock):
    """Shows a lesson, or which ones there are. Each step begins with the project it declares, as one edit that Undo
    takes back."""

    begun = Signal()
    """A lesson put its own project in the place of the document."""

    def __init__(
        self, session: Session, explanation: Explanation, observer: Observer, parent: QWidget | None = None
    ) -> None:
        super().__init__("lesson", self.tr("Lesson"), parent=parent)
        self._session, self._explanation, self._observer = session, explanation, observer
        self.lesson: Lesson | None = None
        self.place = 0
        self._visited: set[int] = set()
        self._asked = ""
        self._staged_at = -1  # where the undo stack was when the last stage was set
        self.train: Button | None = None
        self.choices: dict[str, Button] = {}
        self._dots = Dots(self)
        self._count = Label(tone="caption", size=CAPTION)
        self._title = Label(size=18.0, weight=QFont.Weight.DemiBold)
        self._title.setWordWrap(True)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.back = Button(self.tr("Back"), icon_name="arrow-left")
        self.next = Button(self.tr("Next"), icon_name="arrow-right", kind="primary")
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.leave = Button(self.tr("All lessons"), kind="link")
        self.leave.clicked.connect(self.close_lesson)
        self._refusal = Label(tone="error")
        self._refusal.setWordWrap(True)
        self._refusal.setContentsMargins(16, 0, 16, 0)
        self._refusal.hide()
        self._foreign = False
        self.again = Button(self.tr("Show the stage again"), kind="link")
        self.again.clicked.connect(self._on_again)
        self._arrange()
        for keys, does in (("Alt+Left", self.go_back), ("Alt+Right", self.go_on)):
            QShortcut(QKeySequence(keys), self, does)
        observer.answered.connect(self._on_answer)
        self._show()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 16, 0)
        head.addWidget(self._dots)
        head.addStretch(1)
        head.addWidget(self._count)
        self._title.setContentsMargins(16, 0, 16, 0)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(15, 6, 15, 12)
        buttons.setSpacing(8)
        for button in (self.back, self.next):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            buttons.addWidget(button, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._title)
        column.addWidget(self._refusal)
        column.addWidget(self.again)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.leave)
        column.addLayout(buttons)
        content.setMinimumWidth(NARROWEST)
        self.set_content(content)

    def refresh(self, changes: Changes) -> None:
        """Say so where the project is not the lesson's any more, and do nothing to it."""
        if changes & (Changes.DATA | Changes.RUN) and self.step is not None:
            self._tell_foreign()

    def _tell_foreign(self) -> None:
        step = self.step
        foreign = step is not None and self._session.project.data is not step.stage.project.data
        if foreign != self._foreign:
            self._foreign = foreign
            self._refuse(self.tr("This is not the lesson's project any more.") if foreign else "")
            self.again.setVisible(foreign)
        if self.train is not None and step is not None:
            done = self._session.progress.update - step.stage.project.training.state.update
            self.train.setEnabled(not foreign and done < step.stage.updates and not self._session.running)

    # Opening

    def open_lesson(self, path: str | Path) -> None:
        """Read a lesson file on the observer's thread and begin it; what is wrong with it is told here."""
        self._asked = str(path)
        self._refuse("")
        self._count.setText(self.tr("Reading {name}…").format(name=Path(path).stem))
        self._observer.ask(QUESTION, _reads(str(path)))

    @Slot(str, object)
    def _on_answer(self, name: str, answer: object) -> None:
        if name != QUESTION or not self._asked:
            return  # nobody waits for it any more
        self._asked = ""
        if isinstance(answer, Lesson):
            self.begin(answer)
        else:
            self._show()
            self._refuse(str(answer))

    def begin(self, lesson: Lesson) -> None:
        """Begin a lesson at its first step."""
        self.lesson = lesson
        self._visited, self._staged_at = set(), -1
        self.begun.emit()
        self._explanation.name_by_article(lesson.article)
        self.go(0)

    @Slot()
    def close_lesson(self) -> None:
        """Show which lessons there are; the project stays as the lesson left it."""
        self.lesson, self._asked, self._foreign = None, "", False
        self._refuse("")
        self._explanation.name_by_article(None)
        self._show()

    @Slot()
    def _on_open_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a lesson"))
        dialog.setNameFilters([self.tr("Lessons (*.md)"), self.tr("All files (*)")])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.open_lesson)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # Walking

    @property
    def step(self) -> Step | None:
        """The step shown."""
        return None if self.lesson is None else self.lesson.steps[self.place]

    def go(self, place: int) -> None:
        """Show a step, and set its stage."""
        if self.lesson is None or not 0 <= place < len(self.lesson.steps):
            return
        self.place = place
        self._visited.add(place)
        self.set_stage(self.lesson.steps[place].stage)
        self._show()

    @Slot()
    def go_back(self) -> None:
        """Show the step before."""
        self.go(self.place - 1)

    @Slot()
    def go_on(self) -> None:
        """Show the next step; after the last one, the other lessons."""
        if self.lesson is not None and self.place == len(self.lesson.steps) - 1:
            self.close_lesson()
        else:
            self.go(self.place + 1)

    def set_stage(self, stage: Stage) -> None:
        """Let the window show a stage: its project, sample, selection, and where the walk is."""
        self._session.pause()
        stack = self._session.undo_stack
        if self._staged_at == stack.index() > 0:
            stack.undo()  # one step of undo brings back what was before the lesson, however far it was walked
        if self._session.project.training is not stage.project.training:
            refusal = self._session.edit(edits.use_project, stage.project, initiator=self)
            self._refuse(refusal)
            if refusal:
                return
        self._staged_at = stack.index()
        if self._session.sample != stage.sample:
            self._session.show_sample(stage.sample, self)
        chosen = () if stage.selected is None else (Item(*stage.selected),)
        self._session.select(Selection(chosen), self)
        if self._explanation.grain != stage.grain:
            self._explanation.set_grain(stage.grain)
        self._explanation.go(0 if stage.position is None else stage.position)

    @Slot()
    def _on_again(self) -> None:
        self._staged_at = -1  # what was done since stays to be undone
        self.go(self.place)

    @Slot()
    def _train(self) -> None:
        step = self.step
        if step is not None:
            self._session.bridge.worker.step(updates=step.stage.updates)

    # Showing

    @property
    def refusal(self) -> str:
        """What is wrong with the lesson that was asked for, ""."""
        return self._refusal.text()

    def _refuse(self, sentence: str) -> None:
        self._refusal.setText(sentence)
        self._refusal.setVisible(bool(sentence))

    @Slot()
    def _show(self) -> None:
        step, lesson = self.step, self.lesson
        self.train = None  # it goes with the page that it stands on
        self._dots.setVisible(step is not None)
        for button in (self.back, self.next, self.leave):
            button.setVisible(step is not None)
        self.again.setVisible(False)
        if step is None or lesson is None:
            self.set_caption("")
            self._count.setText("")
            self._title.setText(self.tr("Lessons"))
            self._scroll.setWidget(self._chooser())
            return
        self.set_caption(lesson.title)
        steps = len(lesson.steps)
        self._count.setText(self.tr("step {n} of {all}").format(n=self.place + 1, all=steps))
        self._dots.show_steps(steps, self.place)
        self._title.setText(step.title)
        self.next.setFocus(Qt.FocusReason.OtherFocusReason)  # before the page goes that may have it
        self._scroll.setWidget(self._page(lesson, step))
        self.back.setEnabled(self.place > 0)
        self._tell_foreign()
        last = self.place == steps - 1
        self.next.set_label(self.tr("Finish") if last else self.tr("Next"), "check" if last else "arrow-right")

    def _page(self, lesson: Lesson, step: Step) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 4, 16, 8)
        column.setSpacing(10)
        waiting: list[QWidget] = []
        for block in step.blocks:
            widget = widget_of(block, self.tr("Predict first"))
            column.addWidget(widget)
            if waiting:
                widget.hide()
                waiting.append(widget)
            if isinstance(widget, PredictBox):
                waiting = [widget]
                widget.answered.connect(partial(self._on_answered, waiting))
        if step.stage.updates:
            one = step.stage.updates == 1
            words = self.tr("Train 1 update") if one else self.tr("Train {n} updates")
            self.train = Button(words.format(n=format_count(step.stage.updates)), icon_name="play")
            self.train.clicked.connect(self._train)
            column.addWidget(self.train)
            if waiting:
                self.train.hide()
                waiting.append(self.train)
        rows = QVBoxLayout()
        rows.setContentsMargins(-8, 4, -8, 0)
        rows.setSpacing(1)
        for number, other in enumerate(lesson.steps):
            row = StepRow(number + 1, other.title, number == self.place, number in self._visited)
            row.chosen.connect(self.go)
            rows.addWidget(row)
        column.addLayout(rows)
        column.addStretch(1)
        return page

    def _on_answered(self, waiting: list[QWidget], _place: int) -> None:
        for widget in waiting:
            widget.show()

    def _chooser(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 4, 16, 8)
        column.setSpacing(8)
        self.choices = {}
        for entry in LESSONS:
            words = Label(entry.summary, tone="caption", size=BODY)
            words.setWordWrap(True)
            words.setFont(ui_font(BODY, prose=True))
            title = Label(entry.label, size=13.0, weight=QFont.Weight.DemiBold)
            title.setWordWrap(True)
            button = Button(self.tr("Begin"), icon_name="book-open")
            button.setAccessibleName(self.tr("Begin: {title}").format(title=entry.label))
            button.clicked.connect(partial(self.open_lesson, str(entry.path)))
            self.choices[entry.name] = button
            column.addWidget(title)
            column.addWidget(words)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            column.addSpacing(8)
        other = Button(self.tr("Open a lesson file…"), icon_name="folder-open", kind="link")
        other.clicked.connect(self._on_open_file)
        column.addWidget(other)
        column.addStretch(1)
        return page


def _reads(path: str) -> Callable[[], Lesson]:
    def read() -> Lesson:
        try:
            return load(path)
        except OSError as error:
            raise ValueError(f"{path}: {error.strerror or error}") from error

    return read


class Dots(QWidget):
    """How far a lesson is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps, self._place = 1, 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_steps(self, steps: int, place: int) -> None:
        """Show which of how many steps."""
        self._steps, self._place = steps, place
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room of all dots."""
        each = min(DOT + 4, 130.0 / self._steps)
        return QSize(round(each * (self._steps - 1) + LONG_DOT), 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw them: the present one is long."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        painter.setPen(Qt.PenStyle.NoPen)
        each = min(DOT + 4, 130.0 / self._steps)
        left = 0.0
        for place in range(self._steps):
            colour = QColor(theme.accent if place <= self._place else theme.border2)
            colour.setAlphaF(1.0 if place >= self._place else 0.6)
            painter.setBrush(colour)
            wide = LONG_DOT if place == self._place else each - 3
            painter.drawRoundedRect(QRectF(QPointF(left, 2.5), QPointF(left + wide, 2.5 + DOT)), DOT / 2, DOT / 2)
            left += wide + 3


class StepRow(Button):
    """A step in the list: a tick where one has been, else its number. ``chosen`` tells its place."""

    chosen = Signal(int)

    def __init__(self, number: int, title: str, here: bool, visited: bool, parent: QWidget | None = None) -> None:
        super().__init__(title, kind="link", parent=parent)
        self._number, self._here, self._visited = number, here, visited
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(title)
        self.setFixedHeight(26)
        self.clicked.connect(self._on_clicked)

    @Slot()
    def _on_clicked(self) -> None:
        self.chosen.emit(self._number - 1)

    def minimumSizeHint(self) -> QSize:
        """Return any width: a long title is shortened."""
        return QSize(60, 26)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark and the title."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        if self._here or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent_soft if self._here else theme.surface2))
            painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        ticked = self._visited and not self._here
        painter.setFont(ui_font(CAPTION, QFont.Weight.DemiBold))
        painter.setPen(QColor(theme.ok if ticked else theme.accent if self._here else theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(8, 0, 16, self.height()), middle, "✓" if ticked else str(self._number))
        painter.setFont(ui_font(BODY, QFont.Weight.DemiBold if self._here else QFont.Weight.Normal, prose=True))
        painter.setPen(QColor(theme.text if self._here or ticked else theme.muted))
        room = QRectF(30, 0, self.width() - 38, self.height())
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, middle, text)
