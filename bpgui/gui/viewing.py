"""Looking back: a moment of the past in the place of the present, at once as near as one is kept, then exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from bpgui.gui.observer import Observer
from bpgui.project.past import Past
from bpgui.project.timeline import AbandonedError, Moment, base_of_epoch, nearest, seek, seek_epoch
from bpgui.training.changes import Place

AT_ONCE = 0.1
"""Seconds of replay that are waited for rather than bridged by the nearest moment kept."""
TOLD_EVERY = 100
"""Milliseconds between two looks at how far a replay is."""


@dataclass(frozen=True, eq=False)
class View:
    """What is looked at; ``exact`` is False while the nearest moment kept stands in for the one that is wanted.

    ``branch`` and ``epoch`` are what was asked for; the branch leads through the moment, which may lie before it.
    """

    moment: Moment
    branch: int
    epoch: int
    exact: bool


class _Answer(NamedTuple):
    number: int
    moment: Moment | Exception
    branch: int


class Viewing(QObject):
    """``moved``: another moment is shown, or the present again; ``told``: a replay has come further (see ``share``);
    ``failed(sentence)``: a moment could not be computed."""

    moved = Signal()
    told = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view: View | None = None
        self._observer = Observer(self)  # of its own: other views must not wait for a long replay
        self._asked = self._answered = 0
        self._wanted = 0, 0
        self._waiting: list[Callable[[], object]] = []
        self._from = self._reached = 0
        self._to = 0.0
        self._observer.answered.connect(self._on_answer)
        self._timer = QTimer(self)
        self._timer.setInterval(TOLD_EVERY)
        self._timer.timeout.connect(self.told)

    @property
    def replaying(self) -> bool:
        """Whether a moment is being computed."""
        return self._answered < self._asked

    @property
    def wanted(self) -> tuple[int, int] | None:
        """Epoch and, inside it, update of the moment that is being computed; None where none is."""
        return self._wanted if self.replaying else None

    @property
    def share(self) -> float:
        """The part of the replay that is done, from 0 to 1."""
        return min(1.0, (self._reached - self._from) / max(1.0, self._to - self._from))

    def look(self, past: Past, branch: int, epoch: int) -> None:
        """Show the beginning of an epoch: at once what is nearest to it, then itself."""
        found = past.holding_epoch(branch, epoch)
        before = base_of_epoch(found, epoch)
        after = next((one for one in (*found.checkpoints, found.tip) if one.within > before.within), None)
        at_once = before.within == (epoch, 0) or (after is not None and after.seconds - before.seconds <= AT_ONCE)
        self._cancel()
        speed = 1.0 if after is None else (after.update - before.update) / max(1, after.epoch - before.epoch)
        self._ask(lambda goes_on: seek_epoch(past, branch, epoch, goes_on), branch)
        self._wanted = epoch, 0
        self._from = self._reached = before.update
        self._to = before.update + speed * (epoch - before.epoch)
        if not at_once:
            self._show(View(self._nearest(past, branch, epoch), branch, epoch, exact=False))

    def _nearest(self, past: Past, branch: int, epoch: int) -> Moment:
        """Return the moment on the way to an epoch that is nearest to it, of those kept and the one that is shown."""
        kept, shown = nearest(past, branch, epoch), None if self.view is None else self.view.moment
        if shown is None or not past.has(shown.place) or past.holding(shown.place) is not past.holding(kept.place):
            return kept
        return min(shown, kept, key=lambda moment: abs(moment.training.state.epoch - epoch))

    def look_at(self, past: Past, place: Place) -> None:
        """Show the moment at an update."""
        before = past.holding(place).before(place.update)
        self._cancel()
        self._ask(lambda goes_on: seek(past, place, goes_on), place.branch)
        self._wanted = before.epoch, place.update
        self._from, self._reached, self._to = before.update, before.update, place.update

    def wait(self, act: Callable[[], object]) -> None:
        """Call ``act`` once the moment that is being computed is shown, unless another is wanted before."""
        self._waiting.append(act)
        self.told.emit()

    def wait_no_more(self) -> None:
        """Do nothing of what waits."""
        self._waiting.clear()
        self.told.emit()

    @property
    def goes_on(self) -> bool:
        """Whether something waits for the moment that is being computed."""
        return bool(self._waiting)

    def end(self) -> None:
        """Show the present again."""
        self._cancel()
        self._show(None)

    def close(self) -> None:
        """End a replay, and the thread."""
        self._cancel()
        self._observer.close()

    def take(self) -> Moment | None:
        """Return the moment that is shown, which the caller makes the present one."""
        found, self.view = self.view, None
        self._cancel()
        return None if found is None else found.moment

    def _show(self, view: View | None) -> None:
        if view is not None or self.view is not None:
            self.view = view
            self.moved.emit()

    def _cancel(self) -> None:
        self._asked += 1
        self._answered = self._asked
        self._waiting.clear()
        self._timer.stop()

    def _ask(self, replay: Callable[[Callable[[int], bool]], Moment], branch: int) -> None:
        self._asked += 1
        number = self._asked

        def goes_on(update: int) -> bool:
            self._reached = update
            return number == self._asked

        def question() -> _Answer | None:
            try:
                return _Answer(number, replay(goes_on), branch)
            except AbandonedError:
                return None
            except (ValueError, MemoryError) as error:
                return _Answer(number, error, branch)

        self._timer.start()
        self._observer.ask("moment", question)

    @Slot(str, object)
    def _on_answer(self, name: str, answer: Any) -> None:
        if name != "moment" or answer is None:
            return
        error = answer.moment if isinstance(answer, _Answer) else answer  # the latter: a fault of ours
        if isinstance(answer, _Answer) and answer.number != self._asked:
            return
        if isinstance(error, Exception):
            self._cancel()
            self.failed.emit(str(error) or type(error).__name__)
        else:
            self._answered = answer.number
            self._timer.stop()
            self._show(View(answer.moment, answer.branch, answer.moment.training.state.epoch, exact=True))
            acts, self._waiting = self._waiting, []
            for act in acts:
                act()
