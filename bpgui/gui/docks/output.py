"""The output dock: what the network says over a plane, of each class, against the targets, and of one sample."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from bpgui.data import table
from bpgui.data.dataset import Dataset
from bpgui.gui.docks.output_surface import ColourBar, SurfaceView
from bpgui.gui.docks.output_views import MOST_CLASSES, ConfusionView, ResidualView, SampleView
from bpgui.gui.docks.setup_parts import sentence
from bpgui.gui.observer import Observer
from bpgui.gui.session import Session
from bpgui.gui.surface import Answers, Plane, Surface, answers, surface
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.number_field import NumberField
from bpgui.gui.widgets.segments import Segments
from bpgui.gui.widgets.switch import Switch
from bpgui.number_text import MINUS, format_error, subscripted
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.training.targets import targets

COARSE, FINE = 64, 160
"""Points a side of the grid while training and while paused."""
INTERVAL = 0.2
"""Seconds between two looks while training."""
MOST_OUTPUTS = 50
WIDEST_CHOICE = 140
WIDEST_AXIS = 124
NARROWEST = 62
LARGEST = 1e5
"""Numbers from which on they are written with an exponent."""


@dataclass(frozen=True, eq=False)
class Look:
    """What the dock shows: answers, and the map of one output over two inputs, where there is one."""

    answers: Answers
    wanted: NDArray[np.float64]
    surface: Surface | None
    asked: tuple[int, tuple[int, int], int]
    scores: tuple[float | None, float | None]


class OutputDock(Dock):
    """Shows one output over two inputs, or how the classes or targets are met; below, what one sample gets."""

    def __init__(self, session: Session, observer: Observer, parent: QWidget | None = None) -> None:
        super().__init__("output", self.tr("Output"), parent=parent)
        self._session = session
        self._observer = observer
        self._asked = 0.0
        self._waiting = False
        self._look: Look | None = None
        self._pointed = -1
        self._outputs = 1
        self._described: tuple[str, ...] | None = None  # the names of the inputs that axes were last chosen for
        self._which = self._choice(self.tr("Output shown"), WIDEST_CHOICE)
        self._across = self._choice(self.tr("Input across"), WIDEST_AXIS)
        self._up = self._choice(self.tr("Input up"), WIDEST_AXIS)
        self.views = Segments(
            [
                ("map", self.tr("map"), self.tr("The output over the plane of two inputs")),
                ("classes", self.tr("classes"), self.tr("How often each class is told as each")),
                ("targets", self.tr("targets"), self.tr("What the network says against what is wanted")),
                ("sample", self.tr("sample"), self.tr("What each output says of one sample")),
            ],
            self.tr("What is shown of the output"),
        )
        self.views.chosen.connect(self._show_view)
        self._train, self._held_out = Switch(self.tr("train")), Switch(self.tr("validation"))
        self._sides = Switch(self.tr("sides"))
        self._sides.setToolTip(self.tr("Show only which side of its middle the output is on"))
        for switch in (self._train, self._held_out):
            switch.setChecked(True)
            switch.clicked.connect(self._on_parts)
        self._sides.clicked.connect(self._on_sides)
        self._draw = Switch(self.tr("draw"))
        self._draw.setToolTip(
            self.tr("A click adds a sample, a drag moves one, the right button erases one; a digit chooses the class")
        )
        self._draw.clicked.connect(self.draw)
        self._class = self._choice(self.tr("What is drawn"), WIDEST_AXIS)
        self._target = NumberField(lambda _number: None, label=self.tr("Target that is drawn"))
        self._target.set_width(52, 80)
        self._frame: tuple[float, float, float, float] | None = None
        self._map, self._bar = SurfaceView(), ColourBar()
        self._map.pointed.connect(self._on_pointed)
        self._map.picked.connect(self._on_picked)
        self._map.drawn.connect(self._on_drawn)
        self._map.moved.connect(self._on_moved)
        self._map.erased.connect(self._on_erased)
        self._map.digit.connect(self._on_digit)
        self._confusion, self._residuals, self._bars = ConfusionView(), ResidualView(), SampleView()
        self._score, self._held = Label(tone="caption"), Label(tone="caption")
        self._sample = Label(tone="caption", elided=True)
        self._score.setTextFormat(Qt.TextFormat.RichText)
        self._held.setWordWrap(True)
        for line in (self._held, self._sample):
            line.setContentsMargins(6, 0, 0, 0)
        self._arrange()
        observer.answered.connect(self._on_answer)
        self.refresh(Changes.ALL)

    def _choice(self, name: str, widest: int) -> Choice:
        choice = Choice([("0", "ŷ", "")])
        choice.setAccessibleName(name)
        # Names come and go with the data; the first one shown must not set the width for all.
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        choice.setMinimumWidth(NARROWEST)
        choice.setMaximumWidth(widest)
        choice.chosen.connect(self._on_choice)
        return choice

    def _arrange(self) -> None:
        self._axes, self._parts = QWidget(), QWidget()
        self._drawing = (self._draw, self._class, self._target)
        self._over = Label(self.tr("over"), tone="caption")
        self.add_control(self.views)
        for row, widgets in (
            (QHBoxLayout(self._parts), (self._train, self._held_out, self._sides)),
            (QHBoxLayout(self._axes), (self._which, self._over, self._across, self._up, *self._drawing)),
            (foot := QHBoxLayout(), (self._bar,)),
        ):
            row.setContentsMargins(6, 0, 0, 0)
            row.setSpacing(8)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
        foot.setContentsMargins(2, 0, 0, 0)
        foot.setSpacing(4)
        foot.addWidget(self._score)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 8, 8, 10)
        column.setSpacing(6)
        column.addWidget(self._parts)
        column.addWidget(self._axes)
        for view in (self._map, self._confusion, self._residuals):
            column.addWidget(view)
        column.addLayout(foot)
        for part in (self._held, self._sample, self._bars):
            column.addWidget(part)
        column.addStretch(1)
        self.set_content(content)

    @property
    def output(self) -> int:
        """The output that is shown."""
        return int(self._which.value)

    @property
    def axes(self) -> tuple[int, int]:
        """The inputs of the map, across and up."""
        return int(self._across.value), int(self._up.value)

    def refresh(self, changes: Changes) -> None:
        """Ask for a new look where it would be another one, at most five times a second while training."""
        if changes & (Changes.TOPOLOGY | Changes.DATA):
            self._describe()
        if changes & Changes.SAMPLE:
            self._show_sample()
        if changes & (Changes.TOPOLOGY | Changes.DATA | Changes.WEIGHTS | Changes.RUN | Changes.SAMPLE):
            self._ask()

    def _describe(self) -> None:
        network, data = self._session.project.network, self._session.project.data
        names = self._output_names()
        self._outputs = len(names)
        self._which.set_entries([(str(i), name, "") for i, name in enumerate(names)])
        self._which.setVisible(len(names) > 1)
        inputs = [(str(i), subscripted(name), "") for i, name in enumerate(data.names)]
        known = self.axes
        for choice in (self._across, self._up):
            choice.set_entries(inputs)
        if self._described is not data.names:
            self._described = data.names
            known = telling(data.X)
        self._across.value, self._up.value = (str(axis) for axis in known)
        views = ["map"] if data.inputs > 1 else []
        views += ["classes"] if data.labels is not None and data.classes <= MOST_CLASSES else []
        views += ["targets"] if data.labels is None else []
        views += ["sample"] if network.outputs > 1 else []
        self.views.show_only(views or ["map"])
        self.views.setVisible(len(views) > 1)
        self._held_out.setVisible(bool(data.validation.any()))
        self._pointed = -1
        self._class.set_entries([(str(i), name, "") for i, name in enumerate(data.class_names)] or [("0", "", "")])
        if data.inputs != 2 and self._draw.isChecked():
            self._draw.setChecked(False)
            self.draw(False)
        self._show_view(self.views.value)
        self._caption(network.inputs)

    def _caption(self, inputs: int) -> None:
        names = self._session.project.data.names
        if inputs < 2:
            self.set_caption("")
            return
        across, up = (subscripted(names[axis]) for axis in self.axes)
        self.set_caption(self.tr("ŷ over {a}, {b}").format(a=across, b=up))

    @property
    def _is_standardised(self) -> bool:
        data = self._session.project.data
        return data.scaling is not None or data.target_scaling is not None

    def _output_names(self) -> list[str]:
        network, data = self._session.project.network, self._session.project.data
        if network.outputs == 1:
            return ["ŷ"]
        given = data.class_names if data.labels is not None else data.target_names
        names = list(given) if len(given) == network.outputs else [f"y{i}" for i in range(network.outputs)]
        own = len(given) != network.outputs or data.labels is None  # a class called c0 is no letter with an index
        return [subscripted(name) if own else name for name in names[:MOST_OUTPUTS]]

    def _ask(self) -> None:
        busy = self._session.running
        if busy and (self._waiting or monotonic() - self._asked < INTERVAL):
            return
        self._asked = monotonic()
        self._waiting = True
        project = self._session.project
        network, params, data = project.network, project.parameters, project.data
        output, axes, sample = self.output, self.axes, min(self._session.sample, len(data.X) - 1)
        side = COARSE if busy else FINE
        plane = Plane(axes, sample, self._frame)
        with_map = self.views.value == "map" and data.inputs > 1

        def look() -> Look:
            fits = with_map and network.inputs == data.inputs and output < network.outputs
            shown = surface(network, params, data, output, side, plane) if fits else None
            wanted = targets(data.T, network, len(data.X))
            found, held_out = answers(network, params, data), data.validation
            scores = found.score(~held_out, wanted), found.score(held_out, wanted)
            return Look(found, wanted, shown, (output, axes, sample), scores)

        self._observer.ask("output", look)

    @Slot(str, object)
    def _on_answer(self, name: str, answer: object) -> None:
        if name != "output":
            return
        self._waiting = False
        if not isinstance(answer, Look):
            return  # the exception of a look that failed; the next one may not
        self._look = answer
        if answer.surface is not None and answer.asked[:2] == (self.output, self.axes):
            self._map.show_surface(answer.surface)
            self._bar.set_range(answer.surface.low, answer.surface.high)
        self._show_parts()
        self._show_sample()

    def _shown(self) -> NDArray[np.bool_]:
        """The samples of the parts that are switched on: (samples,)."""
        assert self._look is not None
        held_out = self._look.answers.data.validation
        return np.where(held_out, self._held_out.isChecked(), self._train.isChecked())

    def _show_parts(self) -> None:
        look = self._look
        if look is None:
            return
        data, shown = look.answers.data, self._shown()
        self._score.setText(self._told(look))
        if self.views.value == "classes" and data.labels is not None:
            self._confusion.show_counts(look.answers.confusion(shown), data.class_names)
        if self.views.value == "targets" and self.output < look.wanted.shape[1]:
            column = self.output
            said = look.answers.said[shown, column]
            self._residuals.show_samples(look.wanted[shown, column], said, data.validation[shown])

    def _show_sample(self) -> None:
        """Tell what the sample gets that is pointed at, or else the one that the window shows."""
        look = self._look
        sample = self._pointed if self._pointed >= 0 else self._session.sample
        self._map.show_sample(self._session.sample)
        held = self.tr("All other inputs are those of sample {n}.").format(n=self._session.sample)
        standard = self.tr("Numbers are standardised: 0 is the mean, 1 the deviation.")
        parts = [held] if self._session.project.data.inputs > 2 else []
        parts += [standard] if self._is_standardised else []
        self._held.setText(" ".join(parts))
        if look is None or not 0 <= sample < len(look.answers.said):
            self._sample.setText("")
            return
        data, said, wanted = look.answers.data, look.answers.said[sample], look.wanted[sample]
        place = ", ".join(_signed(value, 2) for value in data.X[sample, : min(2, data.inputs)])
        at = self.tr("sample {n} ({place})").format(n=sample, place=place if data.inputs <= 2 else f"{place}, …")
        if data.labels is None:
            column = min(self.output, len(said) - 1)
            told = self.tr("ŷ {said}, target {wanted}").format(
                said=_signed(said[column], 3), wanted=_signed(wanted[column], 3)
            )
        else:
            classes = data.class_names
            told = self.tr("told {told}, is {right}").format(
                told=classes[look.answers.told[sample]], right=classes[data.labels[sample]]
            )
            if len(said) == 1:
                told = f"ŷ {_signed(said[0], 3)}, {told}"
        self._sample.setText(f"{at}: {told}")
        right = -1 if data.labels is None else int(data.labels[sample])
        names = self._output_names()
        if len(names) == len(said):
            self._bars.show_outputs(said, names, right)

    def _told(self, look: Look) -> str:
        theme, classes = current_theme(self), look.answers.data.labels is not None
        told = []
        for score, colour, word in zip(
            look.scores, (theme.train, theme.validation), (self.tr("train"), self.tr("val.")), strict=True
        ):
            if score is not None:
                text = f"{100 * score:.1f} %" if classes else format_error(score)
                told.append(f'<span style="color:{colour}; font-weight:600">{text}</span> {word}')
        return f"{self.tr('correct') if classes else self.tr('off by')} {' '.join(told)}"

    @Slot(str)
    def _show_view(self, view: str) -> None:
        data = self._session.project.data
        on_map = view == "map" and data.inputs > 1
        self._map.setVisible(on_map)
        self._bar.setVisible(on_map)
        self._sides.setVisible(on_map)
        self._parts.setVisible(view != "sample")
        for part in (self._over, self._across, self._up):
            part.setVisible(on_map and data.inputs > 2)
        self._axes.setVisible(on_map or (view == "targets" and self._outputs > 1))
        self._bars.setVisible(view == "sample")
        on_plane = on_map and data.inputs == 2
        drawing = on_plane and self._draw.isChecked()
        self._draw.setVisible(on_plane)
        self._class.setVisible(drawing and data.labels is not None)
        self._target.setVisible(drawing and data.labels is None)
        self._confusion.setVisible(view == "classes")
        self._residuals.setVisible(view == "targets")
        self._held.setVisible((on_map and data.inputs > 2) or (self._is_standardised and view != "classes"))
        self._show_parts()
        self._ask()

    @Slot(str)
    def _on_choice(self, _value: str) -> None:
        self._caption(self._session.project.data.inputs)
        self._ask()

    @Slot()
    def _on_parts(self) -> None:
        self._map.show_parts(self._train.isChecked(), self._held_out.isChecked())
        self._show_parts()

    @Slot(bool)
    def _on_sides(self, alone: bool) -> None:
        self._map.show_sides(alone)

    @Slot(bool)
    def draw(self, draws: bool, frame: tuple[float, float, float, float] | None = None) -> None:
        """Let clicks on the map draw samples, or no longer. Meanwhile the map keeps its frame, or the one given."""
        self._draw.setChecked(draws)
        self._map.draw_on(draws)
        self._frame = (frame or self._map.bounds) if draws else None
        self._show_view(self.views.value)
        if draws:
            self._map.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(float, float)
    def _on_drawn(self, x: float, y: float) -> None:
        data = self._session.project.data
        wanted = float(self._class.value) if data.labels is not None else self._target.value
        self._change(table.with_sample(data, (x, y), wanted))

    @Slot(int, float, float)
    def _on_moved(self, sample: int, x: float, y: float) -> None:
        data = self._session.project.data
        if sample < data.samples:
            self._change(table.with_place(data, sample, self.axes, (x, y)))

    @Slot(int)
    def _on_erased(self, sample: int) -> None:
        try:
            self._change(table.without_rows(self._session.project.data, [sample]))
        except ValueError as error:
            self._held.setText(sentence(str(error)))
            self._held.setVisible(True)

    def _change(self, data: Dataset) -> None:
        refusal = self._session.edit(edits.use_data, data, initiator=self)
        self._held.setText(sentence(refusal))
        self._held.setVisible(bool(refusal))

    @Slot(int)
    def _on_digit(self, number: int) -> None:
        if number < len(self._session.project.data.class_names):
            self._class.value = str(number)

    @Slot(int)
    def _on_pointed(self, sample: int) -> None:
        self._pointed = sample
        self._show_sample()

    @Slot(int)
    def _on_picked(self, sample: int) -> None:
        self._session.show_sample(sample, self)


def telling(x: NDArray[np.float64]) -> tuple[int, int]:
    """Return the two inputs of (samples, inputs) that differ most from sample to sample, in their order."""
    if x.shape[1] < 2:
        return 0, 0
    if x.shape[1] == 2:
        return 0, 1
    one, other = sorted(np.argsort(-x.std(axis=0), kind="stable")[:2].tolist())
    return one, other


def _signed(value: float, digits: int) -> str:
    if not abs(value) < LARGEST:
        return format_error(value)
    return f"{value:+.{digits}f}".replace("-", MINUS)
