"""The bar at the top: start and stop, step, begin again; counters; speed."""

from __future__ import annotations

from math import isnan, nan
from time import monotonic

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION, DARK, GUTTER, TOP_BAR_HEIGHT
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.counter import Counter
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.paint import smooth
from bpgui.gui.widgets.segments import Segments
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.gui.widgets.sparkline import Sparkline
from bpgui.number_text import format_count, format_error, format_number
from bpgui.project.changes import Changes
from bpgui.training.history import History

NARROW, WIDE = 1280, 1520
"""Widths of the window below which the words of buttons go, and from which on Search has its word."""
COUNTERS_EVERY = 0.1
SLOWEST, FULL_SPEED = 1.0, 2000.0
"""The ends of the speed slider in epochs a second; its upper end means as fast as the machine can."""
SPARK = 60
"""Epochs in the little curve beside the error."""


class Logo(QWidget):
    """A small network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(22, 22)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = smooth(QPainter(self))
        colour = QColor(current_theme(self).accent)
        left, right = [(4.0, 6.0), (4.0, 16.0)], [(11.0, 3.5), (11.0, 11.0), (11.0, 18.5)]
        last = (18.0, 11.0)
        painter.setPen(colour)
        painter.setOpacity(0.55)
        for x, y in left:
            for a, b in right:
                painter.drawLine(round(x), round(y), round(a), round(b))
        for a, b in right:
            painter.drawLine(round(a), round(b), round(last[0]), round(last[1]))
        painter.setOpacity(1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for x, y in (*left, *right, last):
            painter.drawEllipse(QRectF(x - 2.2, y - 2.2, 4.4, 4.4))


class Hairline(QWidget):
    """A vertical line between groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(1, 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        QPainter(self).fillRect(self.rect(), QColor(current_theme(self).border))


class ThemeButton(IconButton):
    """The moon in the light theme, the sun in the dark one."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__("moon", label, parent=parent)
        self._show_theme()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._show_theme()

    def _show_theme(self) -> None:
        self.set_icon_name("sun" if current_theme(self) is DARK else "moon")


class TopBar(QWidget):
    """Buttons trigger the window's actions; counters and speed come from the session.

    ``mode_chosen("update" or "epoch")`` says what a step is.
    """

    mode_chosen = Signal(str)

    def __init__(
        self, session: Session, actions: dict[str, QAction], recent: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._counted = 0.0
        self._words: list[tuple[Button, str, str]] = []
        self.setFixedHeight(TOP_BAR_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(6)
        row.addWidget(Logo())
        self.workspaces = Segments(
            [
                ("train", self.tr("Train"), actions["train"].toolTip()),
                ("explain", self.tr("Explain"), actions["explain"].toolTip()),
            ],
            self.tr("Workspace"),
        )
        row.addWidget(self.workspaces)
        row.addSpacing(4)
        for name, icon in (("new", "file-plus"), ("open", "folder-open"), ("save", "save")):
            row.addWidget(self._icon_button(actions[name], icon))
            if name == "open":
                row.addWidget(recent)
        row.addStretch(1)
        self._run = Button(self.tr("Run"), icon_name="play", kind="primary", key=self.tr("Space"), large=True)
        self._run.clicked.connect(actions["run_or_pause"].trigger)
        self._run.setToolTip(actions["run_or_pause"].toolTip())
        row.addWidget(self._run)
        row.addWidget(self._button(actions["step"], "step-forward"))
        self._mode = Choice([("update", self.tr("update"), ""), ("epoch", self.tr("epoch"), "")])
        self._mode.setAccessibleName(self.tr("What a step is"))
        self._mode.setFixedHeight(34)
        self._mode.chosen.connect(self.mode_chosen)
        row.addWidget(self._mode)
        row.addWidget(self._button(actions["reset"], "rotate-ccw"))
        row.addWidget(self._button(actions["new_seed"], "dices"))
        row.addStretch(1)
        self._add_counters(row)
        row.addStretch(1)
        self._add_speed(row)
        row.addSpacing(8)
        self._search = Button(self.tr("Search"), icon_name="search", key=actions["search"].shortcut().toString())
        self._search.clicked.connect(actions["search"].trigger)
        self._search.setToolTip(actions["search"].toolTip())
        self._search_icon = self._icon_button(actions["search"], "search")
        row.addWidget(self._search)
        row.addWidget(self._search_icon)
        theme = ThemeButton(actions["theme"].toolTip())
        theme.clicked.connect(actions["theme"].trigger)
        theme.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        theme.addActions([actions["theme_of_system"], actions["reduce_motion"]])
        row.addWidget(theme)
        self.refresh(Changes.ALL)

    def _button(self, action: QAction, icon: str) -> Button:
        button = Button(action.text(), icon_name=icon, large=True)
        button.clicked.connect(action.trigger)
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())
        self._words.append((button, action.text(), icon))
        return button

    def _icon_button(self, action: QAction, icon: str) -> IconButton:
        button = IconButton(icon, action.toolTip())
        button.clicked.connect(action.trigger)
        return button

    def _add_counters(self, row: QHBoxLayout) -> None:
        self._epoch = Counter(self.tr("epoch"), "8,888,888")
        self._updates = Counter(self.tr("updates"), "888,888,888")
        self._error = Counter(self.tr("error E"), "0.000888")
        self._spark = Sparkline()
        self._rate = Counter(self.tr("samples/s"), "8,888,888")
        self._epoch.setToolTip(self.tr("Complete epochs: how often every training sample was visited"))
        self._updates.setToolTip(self.tr("Updates of the weights, one after each batch"))
        self._rate.setToolTip(self.tr("Training samples visited in a second"))
        self._spark.setToolTip(self.tr("E of the last {n} epochs").format(n=SPARK))
        row.addWidget(Hairline())
        row.addSpacing(6)
        for widget in (self._epoch, self._updates, self._error, self._spark, self._rate):
            row.addWidget(widget)
            row.addSpacing(4)

    def _add_speed(self, row: QHBoxLayout) -> None:
        self._speed = ValueSlider(SLOWEST, FULL_SPEED, logarithmic=True, label=self.tr("Speed"))
        self._speed.setFixedWidth(104)
        self._speed.moved.connect(self._on_speed)
        self._speed.committed.connect(self._on_speed)
        self._speed.setToolTip(self.tr("How fast to train; changes nothing but the pace"))
        self._speed_text = Label(tone="label", size=CAPTION)
        self._speed_text.setAlignment(Qt.AlignmentFlag.AlignRight)
        box = QVBoxLayout()
        box.setSpacing(0)
        box.setContentsMargins(0, GUTTER, 0, GUTTER)
        box.addWidget(self._speed_text)
        box.addWidget(self._speed)
        row.addLayout(box)

    @property
    def mode(self) -> str:
        """What a step is: "update" or "epoch"."""
        return self._mode.value

    @mode.setter
    def mode(self, mode: str) -> None:
        self._mode.value = mode

    def refresh(self, changes: Changes) -> None:
        """Show counters, at most ten times a second while training, and what the Run button does."""
        running = self._session.running
        if changes & Changes.RUN:
            word = self.tr("Run") if self._session.view is None else self.tr("Continue")
            self._run.set_label(self.tr("Pause") if running else word, "pause" if running else "play")
            self._show_speed()
        if not running or monotonic() - self._counted >= COUNTERS_EVERY:
            self._counted = monotonic()
            self._count()

    def _count(self) -> None:
        session = self._session
        history = session.errors().train
        self._epoch.text = format_count(session.progress.epoch)
        self._updates.text = format_count(session.progress.update)
        self._show_error(history)
        self._spark.set_values(history.last[-SPARK:])
        data = session.project.data
        trained = int(np.count_nonzero(~data.validation))
        size = session.project.recipe.batch_size
        batch = trained if size == "full" else min(int(size), trained)
        updates = -(-trained // batch)
        rate = session.bridge.updates_per_second * trained / updates
        self._rate.text = format_count(round(rate)) if session.running else "–"

    def _show_error(self, history: History) -> None:
        """The error of the last complete epoch; before there is one, of the present epoch so far."""
        so_far = self._session.progress.so_far
        if history.epochs or not so_far:
            # An epoch of which no sample was met since the run was taken up again has no error to tell.
            self._error.caption = self.tr("error E")
            self._error.setToolTip(
                self.tr("Mean over the last complete epoch, each sample's error met before the update that uses it")
            )
            last = float(history.last[-1]) if history.epochs else nan
            view = self._session.view
            if view is not None and isnan(last):
                # Of a long run a bucket holds many epochs; the replay may have met the very one.
                last = view.moment.error
            unknown = not history.epochs or (isnan(last) and view is not None)
            self._error.text = "–" if unknown else format_error(last)
        else:
            self._error.caption = self.tr("E so far")
            self._error.setToolTip(
                self.tr("Mean over the samples of the present epoch met so far, each before the update that uses it")
            )
            self._error.text = format_error(so_far)

    def _show_speed(self) -> None:
        pace = self._session.project.pace
        self._speed.value = FULL_SPEED if pace is None else pace
        told = self.tr("full speed") if pace is None else self.tr("{n} epochs/s").format(n=format_number(pace))
        self._speed_text.setText(told)

    @Slot(float)
    def _on_speed(self, value: float) -> None:
        self._session.set_pace(None if value >= FULL_SPEED else value, self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the words of the buttons go, the little curve and the speed in samples."""
        super().resizeEvent(event)
        narrow, wide = self.width() < NARROW, self.width() >= WIDE
        for button, word, icon in self._words:
            button.set_label("" if narrow else word, icon)
        self._spark.setVisible(not narrow)
        self._rate.setVisible(not narrow)
        self._search.setVisible(wide)
        self._search_icon.setVisible(not wide)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the surface and the hairline below."""
        theme = current_theme(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.surface))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.border))
