"""The panel in the middle of Explain: the phases, the network with its numbers, and how to walk through them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from bpgui.explain.walk import GRAINS
from bpgui.gui.explain.drawing import Drawing
from bpgui.gui.explain.explanation import Explanation
from bpgui.gui.explain.phases import PhaseBar
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import CAPTION
from bpgui.gui.widgets.buttons import IconButton
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.segments import Segments
from bpgui.gui.widgets.stepper import Stepper
from bpgui.project.changes import Changes

DIGITS = (2, 3, 4, 6, 8)


class WalkDock(Dock):
    """Shows one sample on its way through the network and back."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__("walk", self.tr("Network"), parent=parent)
        self._session, self._explanation = session, explanation
        words = {"layer": self.tr("layers"), "neuron": self.tr("neurons"), "weight": self.tr("weights")}
        self.grain = Segments(
            [(grain, words[grain], self.tr("Walk by {what}").format(what=words[grain])) for grain in GRAINS],
            self.tr("Walk by"),
        )
        self.grain.chosen.connect(self._on_grain)
        self.digits = Choice(
            [
                *((str(n), str(n), self.tr("{n} decimals").format(n=n)) for n in DIGITS),
                ("all", self.tr("all"), self.tr("Every digit that the number has")),
            ]
        )
        self.digits.setAccessibleName(self.tr("Digits"))
        self.digits.setFixedWidth(58)
        self.digits.value = "3"
        self.digits.chosen.connect(self._on_digits)
        self.back = IconButton("chevron-left", self.tr("One stop back (Page Up)"))
        self.forward = IconButton("chevron-right", self.tr("One stop on (Page Down)"))
        self.back.clicked.connect(self._on_back)
        self.forward.clicked.connect(self._on_forward)
        self._sample = Stepper(0, 0, label=self.tr("Sample"))
        self._sample.stepped.connect(self._on_sample)
        self._sample_word = Label(self.tr("sample"), tone="caption")
        for control in (
            self._sample_word,
            self._sample,
            self.grain,
            Label(self.tr("digits"), tone="caption"),
            self.digits,
            self.back,
            self.forward,
        ):
            self.add_control(control)
        self.phases, self.drawing = PhaseBar(explanation), Drawing(session, explanation)
        self._stop = Label(tone="caption", size=CAPTION, elided=True)
        self._legend = Label(tone="caption", size=CAPTION)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 0, 16, 10)
        foot.setSpacing(16)
        foot.addWidget(self._legend)
        foot.addWidget(self._stop, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(4)
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 0, 16, 0)
        bar.addWidget(self.phases)
        column.addLayout(bar)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumSize(420, 220)
        scroll.setWidget(self.drawing)
        column.addWidget(scroll, 1)
        column.addLayout(foot)
        self.set_content(content)
        explanation.moved.connect(self._on_moved)
        explanation.computed.connect(self._describe)
        self._made = True
        self._on_moved()
        self.refresh(Changes.ALL)

    def changeEvent(self, event: QEvent) -> None:
        """Write what has colours in it anew for another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_made"):
            self._describe()

    def refresh(self, changes: Changes) -> None:
        """Follow the project: its sizes and samples."""
        if changes & (Changes.TOPOLOGY | Changes.DATA | Changes.SAMPLE):
            samples = len(self._session.project.data.X)
            self._sample.set_range(0, samples - 1)
            self._sample.value = self._session.sample
            for widget in (self._sample, self._sample_word):
                widget.setVisible(samples > 1)
            self._describe()

    @Slot()
    def _describe(self) -> None:
        sizes = " – ".join(str(units) for units in self._session.project.network.sizes)
        self.set_caption(sizes)
        theme = current_theme(self)
        words = (self.tr("error → neuron"), self.tr("neuron → sum"), self.tr("sum → weight"))
        legend = "&nbsp;&nbsp;&nbsp;".join(
            f'<span style="color:{colour}">●</span> {word}' for colour, word in zip(theme.factors, words, strict=True)
        )
        self._legend.setTextFormat(self._legend.textFormat().RichText)
        self._legend.setText(legend)
        self._legend.setVisible(self._explanation.numbers is not None and self._explanation.numbers.rule is not None)
        self._show_stop()

    @Slot()
    def _on_moved(self) -> None:
        self.back.setEnabled(self._explanation.position > 0)
        self.grain.value = self._explanation.grain
        digits = self._explanation.digits
        self.digits.value = "all" if digits is None else str(digits)
        last = self._explanation.position == len(self._explanation.walk.stops) - 1
        self.forward.setToolTip(
            self.tr("Do this update, and begin again (Page Down)") if last else self.tr("One stop on (Page Down)")
        )
        self._show_stop()

    def _show_stop(self) -> None:
        walk, position = self._explanation.walk, self._explanation.position
        number, count = walk.place_in_phase(position)
        words = self.tr("{phase}, step {n} of {all}: {what}").format(
            phase=walk.stops[position].phase.capitalize(), n=number, all=count, what=walk.stops[position].title
        )
        self._stop.setText("   ".join(filter(None, [words, self.drawing.caption])))

    @Slot(str)
    def _on_grain(self, grain: str) -> None:
        self._explanation.set_grain(grain)  # type: ignore[arg-type]  # the segments offer grains alone

    @Slot(str)
    def _on_digits(self, digits: str) -> None:
        self._explanation.set_digits(None if digits == "all" else int(digits))

    @Slot()
    def _on_back(self) -> None:
        self._explanation.step(-1)

    @Slot()
    def _on_forward(self) -> None:
        self._explanation.step(1)

    @Slot(int)
    def _on_sample(self, sample: int) -> None:
        self._session.show_sample(sample, self)
