"""The error curve: training and validation error over the epochs of the run, other runs and branches in colours."""

from __future__ import annotations

from itertools import pairwise, zip_longest
from math import floor, log10

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from bpgui.explain.diagnosis import Finding
from bpgui.gui.adviser import Adviser
from bpgui.gui.docks.crosshair import Crosshair
from bpgui.gui.docks.error_axes import EpochAxis, ErrorAxis, Legend, Words
from bpgui.gui.docks.now_line import NowLine
from bpgui.gui.docks.time_menu import TimeMenu
from bpgui.gui.docks.time_strip import TimeStrip
from bpgui.gui.observer import Observer
from bpgui.gui.runs import MOST_OTHERS, OtherRun, differences, settings_of
from bpgui.gui.session import Session
from bpgui.gui.theme.fonts import ui_font
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.buttons import IconButton
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.message_strip import MessageStrip
from bpgui.gui.widgets.switch import Switch
from bpgui.number_text import format_count, format_error, format_number
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.timeline import Timeline
from bpgui.training.history import History

Floats = NDArray[np.float64]

WORDS = 122.0
"""Pixels that the words at the end of a line take."""
LINE = 14.0
"""Pixels between the middles of two lines of words."""
FLATTEST = 0.05
"""Decades that a logarithmic axis shows at least: noise of less than a tenth does not look like progress."""
MARGIN, FULL_ENOUGH = 0.06, 0.8
"""Share of the errors' range left free above and below them, and of the axis that they fill before it is cut anew: an
axis that moved at every tick would neither be read nor kept as a picture."""
FIRST_VIEW, VIEW_AHEAD = 1000, 10
"""Epochs shown at least, and how many times those done (then rounded up), where the run ends much later."""
SMOOTH, PALE = 0.01, 0.35
"""Share of the epochs before and after one that its mean is taken over; and how strong the errors stay behind it."""
FEW_RUNS = 10
"""Times that the recipe's epochs were run, up to which the axis ends where the present one does."""
LEAST_HEIGHT = 124
"""Logical pixels of the plot with its axis and what stands above it: less cannot be read."""
OTHERS_ROOM = 1.0
"""Decades of a logarithmic axis that other runs, and what came later, add to it at each end; on a linear one as much as
there is. One that diverged would leave nothing of a healthy one to be seen."""
MOST_DRAWN = 1500
"""Buckets that a curve is drawn from: one a pixel of a wide window."""


def curve_of(history: History) -> tuple[Floats, Floats]:
    """Return x and y that draw a history with every spike: both ends of each bucket that holds several epochs."""
    if history.width == 1:
        return history.epoch + 1.0, history.last
    x = np.repeat(history.epoch + 1.0, 2)
    return x, np.column_stack([history.low, history.high]).ravel()


def round_up(number: float) -> int:
    """Return the next of 1, 2, 5, 10, 20, 50, …, so that what grows with a run changes only now and then."""
    power = int(10.0 ** floor(log10(number)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= number)


def smoothed(errors: Floats) -> Floats:
    """Return the mean of each error and those around it, (n,); gaps count for nothing."""
    reach = max(1, round(SMOOTH * errors.size))
    known = np.isfinite(errors)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, errors, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    first = np.maximum(np.arange(errors.size) - reach, 0)
    last = np.minimum(np.arange(errors.size) + reach + 1, errors.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sums[last] - sums[first]) / (counts[last] - counts[first])
    return np.where(known, mean, np.nan)


def error_at(history: History, epoch: int) -> float | None:
    """Return the error of an epoch, counted from 1: the last one of its bucket; None where there is none."""
    bucket = int(np.searchsorted(history.ends, epoch))
    if bucket >= history.last.size or epoch <= history.first_epoch:
        return None
    error = float(history.last[bucket])
    return error if np.isfinite(error) else None


def spread(places: list[float], room: float) -> list[float]:
    """Move the middles of lines of words, in pixels, as little apart as they need, all within 0 to ``room``."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = [min(max(place, LINE / 2), room - LINE / 2) for place in places]
    for upper, lower in pairwise(order):
        short = LINE - (moved[lower] - moved[upper])
        if short > 0.0:
            moved[upper] = min(max(moved[upper] - short / 2, LINE / 2), room - 1.5 * LINE)
            moved[lower] = moved[upper] + LINE
    return moved


class ErrorDock(Dock):
    """Draws the errors of the run; reads the session's histories, writes nothing but what its remedies ask for."""

    def __init__(self, session: Session, observer: Observer, parent: QWidget | None = None) -> None:
        super().__init__("error", self.tr("Error"), parent=parent)
        self._session = session
        self.adviser = Adviser(session, observer, self)
        self.adviser.found.connect(self._on_found)
        self._finding: Finding | None = None
        self._divergence: tuple[str, Timeline, int] | None = None
        """What was said, and of which branch."""
        self._drawn: tuple[object, ...] = ()
        self._drawn_others: tuple[OtherRun, ...] = ()
        self._right = 0.0
        self._ends: dict[str, float] = {}
        self._extents: dict[pg.PlotDataItem, tuple[float, float]] = {}
        self._log = Switch(self.tr("log y"))
        self._log.setChecked(True)
        self._log.clicked.connect(self._on_log)
        self._smooth = Switch(self.tr("smooth"))
        self._smooth.setToolTip(self.tr("Draw the mean over the epochs around; the errors themselves stay, pale"))
        self._held_out = Switch(self.tr("validation"))
        self._held_out.setChecked(True)
        for switch in (self._smooth, self._held_out):
            switch.clicked.connect(self._draw_again)
        for switch in (self._log, self._smooth, self._held_out):
            self.add_control(switch)
        self.time_menu = TimeMenu(session, self)
        more = IconButton("ellipsis", self.time_menu.title())
        more.clicked.connect(self._open_menu)
        self.add_control(more)
        self._legend = Legend()
        self._strip = MessageStrip()
        self._strip.acted.connect(self._on_remedy)
        self._strip.dismissed.connect(self._on_dismissed)
        self._plot = pg.PlotWidget(axisItems={"bottom": EpochAxis("bottom"), "left": ErrorAxis("left")})
        self._plot.setAccessibleName(self.tr("Error curve"))
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # there is nothing to do with keys
        self._plot.setMinimumHeight(LEAST_HEIGHT)
        self._make_plot()
        self.time_strip = TimeStrip(session, self._plot)
        self.time_menu.naming.connect(self.time_strip.name_moment)
        self.time_strip.asked.connect(self._follow)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(8, 6, 12, 6)
        column.addWidget(self._strip)
        column.addWidget(self._legend)
        joined = QVBoxLayout()  # the line at the moment shown goes through both without a gap
        joined.setSpacing(0)
        joined.addWidget(self._plot, 1)
        joined.addWidget(self.time_strip)
        column.addLayout(joined, 1)
        self.set_content(content)
        session.said.connect(self._on_said)
        session.viewing.moved.connect(self._on_moved)
        self._colour()
        self.refresh(Changes.ALL)

    def _make_plot(self) -> None:
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.showGrid(x=True, y=True, alpha=0.35)
        item.getAxis("bottom").word = self.tr("epoch")
        self._set_log(True)
        self._others = [item.plot() for _ in range(MOST_OTHERS)]
        self._raw = {"validation": item.plot(), "train": item.plot()}  # pale, behind the smooth ones
        self._future = {"validation": item.plot(), "train": item.plot()}  # pale, what came after the moment shown
        self._validation = item.plot()
        self._train = item.plot()
        self._beside = [*self._others, *self._raw.values(), *self._future.values()]
        self._now = NowLine(item)
        self.crosshair = Crosshair(self._plot, self._read)
        self._labels = {"train": Words(), "validation": Words()}
        for label in self._labels.values():
            item.addItem(label, ignoreBounds=True)
        item.getViewBox().sigRangeChanged.connect(self._place_words)
        item.getViewBox().sigResized.connect(self._on_resized)

    def _set_log(self, log: bool) -> None:
        item = self._plot.getPlotItem()
        item.setLogMode(x=False, y=log)  # which looks for the range itself from then on, while painting
        item.disableAutoRange()

    def changeEvent(self, event: QEvent) -> None:
        """Take the colours of a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_train"):
            self._colour()

    def _colour(self) -> None:
        theme = current_theme(self)
        self._plot.setBackground(theme.surface)
        item = self._plot.getPlotItem()
        for name in ("left", "bottom"):
            axis = item.getAxis(name)
            axis.setPen(theme.border2)
            axis.setTextPen(theme.muted)
            axis.setTickFont(ui_font(CAPTION))
            axis.setStyle(tickLength=-4)
        item.getAxis("left").setWidth(52)
        self._train.setPen(pg.mkPen(theme.train, width=1))
        self._validation.setPen(pg.mkPen(theme.validation, width=1))
        for curve, (_, colour) in zip(self._others, self._coloured(), strict=False):
            curve.setPen(pg.mkPen(colour, width=1))
        for name, curve in (*self._raw.items(), *self._future.items()):
            pale = QColor(getattr(theme, name))
            pale.setAlphaF(PALE)
            curve.setPen(pg.mkPen(pale, width=1))
        self.crosshair.set_theme(theme)
        self._now.set_theme(theme)
        self._write_legend()
        for name, label in self._labels.items():
            label.set_colours(getattr(theme, name), theme.surface)

    @property
    def drawn_points(self) -> int:
        """Points of the training curve as it is drawn."""
        x, _ = self._train.getOriginalDataset()
        return 0 if x is None else len(x)

    @property
    def warning(self) -> str:
        """The warning shown, or ""."""
        return self._strip.text

    def refresh(self, changes: Changes) -> None:
        """Draw what is new."""
        if changes & Changes.DATA:
            self._drawn = ()  # perhaps nothing is held out any more
        if changes & (Changes.HISTORY | Changes.RUN | Changes.DATA):
            self._follow()
        if changes & Changes.RECIPE:
            self._fit(self._session.curves().train)
            self._write_legend()
        self.adviser.refresh(changes)
        if changes & Changes.RUN and self._session.running:
            self._divergence = None
        if changes & Changes.RUN:
            self._warn()

    def _draw(self) -> None:
        history, validation = self._session.curves()
        others, branch = self._session.others(), self._session.branch
        drawn = (history.epochs, history.first_epoch, branch.id, self._moment, self._told("train"), *others)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._fit(history)
        self.set_caption(self._caption(history.first_epoch + history.epochs))
        self._show("train", self._train, history, True)
        self._show("validation", self._validation, validation, self._held_out.isChecked())
        if tuple(others) != self._drawn_others:
            self._drawn_others = tuple(others)
            for curve, (_, colour) in zip(self._others, self._coloured(), strict=False):
                curve.setPen(pg.mkPen(colour, width=1))
            for curve, shown in zip_longest(self._others, others):
                x, y = curve_of(shown.history.coarse(MOST_DRAWN)) if shown is not None else (np.empty(0), np.empty(0))
                self._set_curve(curve, x, y)
        self._write_legend()
        self._fit_errors()
        self._place_words()

    @property
    def _moment(self) -> int | None:
        """The epoch that is looked at, None for the present."""
        return None if self._session.view is None else self._session.progress.epoch

    def _told(self, name: str) -> float | None:
        """Return the error of the last complete epoch of the moment shown, None where it is not known."""
        errors, moment, view = self._session.curves(), self._moment, self._session.view
        history = errors.train if name == "train" else errors.validation
        if moment is not None:
            history = history.until(moment)
        told = float(history.last[-1]) if history.last.size else np.nan
        if name == "train" and np.isnan(told) and view is not None and view.exact and view.epoch == moment:
            told = view.moment.error
        return told if np.isfinite(told) else None

    def _caption(self, end: int) -> str:
        """Say which branch is shown, and which epoch of how many."""
        branch, moment = self._session.branch, self._moment
        parts = [self.tr("run {run}").format(run=branch.run)]
        if branch.letter:
            parts.append(self.tr("branch {name}").format(name=branch.name))
        epoch = self.tr("epoch {n}") if moment is None else self.tr("epoch {n} of {end}")
        parts.append(epoch.format(n=format_count(end if moment is None else moment), end=format_count(end)))
        return ", ".join(parts)

    @Slot()
    def _follow(self) -> None:
        """Draw what is new, and put line and strip at the moment that is shown, or is going to be."""
        self._draw()
        self.time_strip.refresh()
        session, epoch = self._session, self.time_strip.now
        if session.view is not None or session.viewing.wanted is not None:
            self._now.show(epoch, self.tr("epoch {n}").format(n=format_count(epoch)))
        elif session.progress.update:
            self._now.show(epoch, self.tr("now {n}").format(n=format_count(epoch)))
        else:
            self._now.hide()

    @Slot()
    def _open_menu(self) -> None:
        below = self.sender()
        assert isinstance(below, QWidget)
        self.time_menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    def _fit_errors(self) -> None:
        """Let the axis hold the errors that lead here, others as far as they leave these room, and stay as it is while
        they still fill it."""
        found = [self._extents[curve] for curve in (self._train, self._validation) if curve in self._extents]
        if not found:
            return
        low, high = min(low for low, _ in found), max(high for _, high in found)
        others = [self._extents[curve] for curve in self._beside if curve in self._extents]
        room = OTHERS_ROOM if self._log.isChecked() else abs(high)
        low = max(low - room, min([low, *(bottom for bottom, _ in others)]))
        high = min(high + room, max([high, *(top for _, top in others)]))
        least = FLATTEST if self._log.isChecked() else (abs(high) or 1.0) * FLATTEST
        if high - low < least:
            low, high = (low + high - least) / 2, (low + high + least) / 2
        _, (bottom, top) = self._plot.getPlotItem().getViewBox().viewRange()
        if not (bottom <= low and high <= top and high - low >= FULL_ENOUGH * (top - bottom)):
            free = MARGIN * (high - low)
            self._plot.setYRange(low - free, high + free, padding=0.0)

    def _write_legend(self) -> None:
        """Name the other runs by that in which they differ; branches of this run are named by the strip."""
        coloured, training = self._coloured(), self._session.project.training
        named = [(run, colour) for run, colour in coloured if not run.is_same_run]
        self._legend.setVisible(bool(named))
        if not named:
            return
        told = differences([*(run.settings for run, _ in named), settings_of(training)])
        parts = [
            (colour, f"{self._session.called(run.branch)} {words}".rstrip())
            for (run, colour), words in zip(named, told, strict=False)
        ]
        if told[-1]:
            parts.append(("", self.tr("now: {words}").format(words=told[-1])))
        self._legend.set_parts(parts)

    def _coloured(self) -> list[tuple[OtherRun, str]]:
        """Return the other runs with their colours: branches of this run are grey, as in the strip."""
        theme = current_theme(self)
        colours = iter(theme.runs)
        return [(run, theme.earlier_run if run.is_same_run else next(colours)) for run in self._session.others()]

    def _read(self, epoch: int) -> list[tuple[str, str, str]]:
        """Return name, colour and error of each curve that has this epoch."""
        theme, errors = current_theme(self), self._session.curves()
        curves = [(self.tr("train"), theme.train, errors.train)]
        if self._held_out.isChecked():
            curves.append((self.tr("validation"), theme.validation, errors.validation))
        curves += [(self._session.called(run.branch), colour, run.history) for run, colour in self._coloured()]
        found = [(name, colour, error_at(history, epoch)) for name, colour, history in curves]
        return [(name, colour, format_error(error)) for name, colour, error in found if error is not None]

    def _fit(self, history: History) -> None:
        """Show the epochs from 0 to where the run ends, or part of them, and room for the words behind the end."""
        stop = max(1, self._session.document.recipe.epochs)  # also looking back: epochs stay where they are
        done = max(history.first_epoch + history.epochs, self.time_strip.end)
        runs = -(-max(done, 1) // stop)
        end = (runs if runs <= FEW_RUNS else round_up(runs)) * stop
        if done:
            end = min(end, round_up(max(FIRST_VIEW, VIEW_AHEAD * done)))
        item = self._plot.getPlotItem()
        room = max(100.0, item.getViewBox().width() - WORDS)
        item.getAxis("bottom").end = end
        right = end * (1 + WORDS / room)
        if right != self._right:
            self._right = right
            self._plot.setXRange(0, right, padding=0.01)

    @Slot()
    def _on_resized(self) -> None:
        """The words at the end of the lines take another share of the width."""
        self._fit(self._session.curves().train)
        self._place_words()

    def _show(self, name: str, curve: pg.PlotDataItem, history: History, wanted: bool) -> None:
        x, y = curve_of(history.coarse(MOST_DRAWN)) if wanted else (np.empty(0), np.empty(0))
        smooth = self._smooth.isChecked()
        self._set_curve(self._raw[name], x if smooth else x[:0], y if smooth else y[:0])
        if smooth and x.size:
            each = -(-history.last.size // MOST_DRAWN)
            x, y = history.epoch[::-each][::-1] + 1.0, smoothed(history.last)[::-each][::-1]
        moment, told = self._moment, self._told(name)
        now = int(np.searchsorted(x, np.inf if moment is None else moment, side="right"))
        end = float(x[-1]) if moment is None and x.size else float(moment or 0)
        after = x.size if now == x.size else max(0, now - 1)  # the two parts meet in a point
        self._set_curve(self._future[name], x[after:], y[after:])
        self._set_curve(curve, x[:now], y[:now])
        label = self._labels[name]
        self._ends.pop(name, None)
        label.hide()
        if wanted and told is not None and (told > 0.0 or not self._log.isChecked()):
            label.show()
            word = self.tr("train") if name == "train" else self.tr("validation")
            label.setText(f"{word} {format_error(told)}")
            self._ends[name] = log10(told) if self._log.isChecked() else told
            label.setPos(end, self._ends[name])

    def _set_curve(self, curve: pg.PlotDataItem, x: Floats, y: Floats) -> None:
        x, y = self._positive(x, y)
        known = y[np.isfinite(y)]
        self._extents.pop(curve, None)
        if known.size:
            ends = float(known.min()), float(known.max())
            self._extents[curve] = (log10(ends[0]), log10(ends[1])) if self._log.isChecked() else ends
        if x.size or curve.xData is not None:
            curve.setData(x, y, connect="finite", antialias=True)

    @Slot()
    def _place_words(self) -> None:
        """Put the words beside the ends of their lines, none over another or outside the plot."""
        box = self._plot.getPlotItem().getViewBox()
        (_, (low, high)), height = box.viewRange(), box.height()
        if height <= 0.0:
            return
        pixel = (high - low) / height
        places = spread([(high - end) / pixel for end in self._ends.values()], height)
        for name, place in zip(self._ends, places, strict=True):
            label = self._labels[name]
            label.setPos(label.pos().x(), high - place * pixel)

    def _positive(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """On a logarithmic axis an error of 0 is a gap."""
        return (x, np.where(y > 0.0, y, np.nan)) if self._log.isChecked() else (x, y)

    @Slot()
    def _on_log(self) -> None:
        self._set_log(self._log.isChecked())
        self._draw_again()

    @Slot()
    def _draw_again(self) -> None:
        self._drawn = self._drawn_others = ()
        self._draw()

    @Slot(str, str)
    def _on_said(self, kind: str, sentence: str) -> None:
        if kind == "warning":
            told = sentence[0].upper() + sentence[1:] + "."
            self._divergence = told, self._session.timeline, self._session.past.present
            self._warn()

    def _warn(self) -> None:
        """Say what is wrong with what is shown: that the present run diverged, else what was found in it."""
        if self._is_diverged and self._divergence is not None:
            best, rate = self._best_epoch(), format_number(self._slower)
            remedies = [
                *([("back", self.tr("Back to epoch {n}, the best").format(n=format_count(best)))] if best else []),
                ("slower", self.tr("Begin again with rate {rate}").format(rate=rate)),
                ("reset", self.tr("Reset")),
            ]
            self._say(self._divergence[0], remedies)
        elif self._finding is not None:
            self._say(self._finding.sentence, [(remedy.label, remedy.label) for remedy in self._finding.remedies])
        else:
            self._strip.clear()

    @property
    def _is_diverged(self) -> bool:
        """Whether it is the end of a diverged branch that is shown."""
        session = self._session
        looks_back = session.view is not None or session.viewing.wanted is not None
        return not looks_back and (self._divergence or ())[1:] == (session.timeline, session.past.present)

    def _say(self, sentence: str, remedies: list[tuple[str, str]]) -> None:
        if (sentence, remedies) != self._strip.message:
            self._strip.show_message("warning", sentence, remedies)

    @property
    def _slower(self) -> float:
        """A tenth of the learning rate."""
        return float(f"{self._session.document.recipe.learning_rate / 10:.3g}")

    def _best_epoch(self) -> int:
        """Return the epoch whose beginning had the least error on the samples trained on, 0 where none is known."""
        history = self._session.curves().train
        known = np.where(np.isfinite(history.low), history.low, np.inf)
        if not known.size or not np.isfinite(known.min()):
            return 0
        best = int(known.argmin())
        return int(history.ends[best - 1]) if best else history.first_epoch

    @Slot()
    def _on_moved(self) -> None:
        """What is wrong with one moment need not be with another."""
        self._finding = None
        self._warn()

    @Slot(object)
    def _on_found(self, finding: Finding | None) -> None:
        self._finding = finding
        self._warn()

    @Slot()
    def _on_dismissed(self) -> None:
        if self._is_diverged:
            self._divergence = None
        elif self._finding is not None:
            self.adviser.dismiss(self._finding)
            self._finding = None
        self._warn()

    @Slot(str)
    def _on_remedy(self, name: str) -> None:
        finding, slower = self._finding, self._slower
        remedy = next((each for each in finding.remedies if each.label == name), None) if finding is not None else None
        self._finding = self._divergence = None
        self._strip.clear()
        if finding is not None and remedy is not None:
            self.adviser.dismiss(finding)
            self._session.edit(remedy.make, initiator=self, **remedy.values)
            if remedy.resets:
                self._session.reset()
        elif name == "back":
            self._session.look(self._session.branch.id, self._best_epoch())
        elif name == "slower":
            self._session.pause()
            self._session.edit(edits.begin_again, learning_rate=slower, initiator=self)
            self._session.run()
        else:
            self._session.reset()
