"""The Inspector: all that is known of one connection, bias, neuron or layer, and what can be done to it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from bpgui.gui.canvas import labels
from bpgui.gui.canvas.selected import Selected
from bpgui.gui.canvas.thumbnails import Thumbnails
from bpgui.gui.docks.inspector_parts import Ends, HistoryLine, signed
from bpgui.gui.measures import Measured, Measures
from bpgui.gui.selection import Item, layer_place
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import PADDING
from bpgui.gui.widgets.buttons import Button
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.number_field import refusal_line
from bpgui.gui.widgets.slider import ValueSlider
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.names import place_of
from bpgui.network.parameters import places
from bpgui.number_text import format_count
from bpgui.project import edits
from bpgui.project.changes import Changes

VALUE_SIZE = 24.0
ROWS = 3
NARROWEST = 314
"""Pixels that the widest of its contents take, so that nothing moves when something is selected."""
REACHES = [reach * 10.0**power for power in range(308) for reach in (1.0, 3.0)] + [1.7976931348623157e308]
"""Ends that the slider may have: the first that the value does not exceed."""


class InspectorDock(Dock):
    """Shows what the pointer is on, else what was selected last."""

    def __init__(
        self, session: Session, measures: Measures, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__("inspector", "Inspector", parent=parent)
        self._session = session
        self._measures = measures
        self._selected = Selected(session)
        self._badge = Label(self.tr("hovered"), tone="caption")
        self.add_control(self._badge)
        invitation = self.tr("Click a connection or a neuron, or walk there with the arrow keys.")
        self.empty = Label(invitation, tone="caption")
        self.empty.setWordWrap(True)
        self.ends = Ends(session, thumbnails)
        self.value = Label(size=VALUE_SIZE, weight=QFont.Weight.DemiBold, steady=True)
        self.about = Label(tone="caption", elided=True)
        self.slider = ValueSlider(-1.0, 1.0, label=self.tr("Value"))
        self.slider.moved.connect(self._on_slid)
        self.slider.committed.connect(self._on_slid)
        self.figures = [
            (Label(), Label(tone="caption"), Label(weight=QFont.Weight.DemiBold, steady=True)) for _ in range(ROWS)
        ]
        self.activation = Choice([(entry.name, entry.label, entry.help) for entry in ACTIVATIONS])
        self.activation.setAccessibleName(self.tr("Activation"))
        self.activation.chosen.connect(self._on_activation)
        keeps = self.tr("Another activation keeps all weights and changes the output.")
        self.will_change = Label(keeps, tone="caption")
        self.will_change.setWordWrap(True)
        self.over = Label(tone="caption", elided=True)
        self.history = HistoryLine()
        self.freeze = Button(self.tr("Freeze"), icon_name="lock", key="F")
        self.delete = Button(self.tr("Cut"), icon_name="scissors", key="Del")
        self.freeze.setToolTip(self.tr("Keeps it from learning; the output stays as it is"))
        self.freeze.clicked.connect(self._on_freeze)
        self.delete.clicked.connect(self._on_delete)
        self.refusal = refusal_line()
        self.refusal.hide()
        self._arrange()
        measures.updated.connect(self._look)
        thumbnails.updated.connect(self.ends.update)
        self.refresh(Changes.ALL)

    def _arrange(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING, 10, PADDING, 10)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.value)
        head.addWidget(self.about, 1, Qt.AlignmentFlag.AlignBottom)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for row, (name, note, number) in enumerate(self.figures):
            grid.addWidget(name, row, 0)
            grid.addWidget(note, row, 1, Qt.AlignmentFlag.AlignRight)
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(number, row, 2, Qt.AlignmentFlag.AlignRight)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.freeze)
        buttons.addWidget(self.delete)
        buttons.addStretch(1)
        column.addWidget(self.empty)
        column.addWidget(self.ends)
        column.addLayout(head)
        column.addWidget(self.slider)
        column.addLayout(grid)
        column.addWidget(self.activation)
        column.addWidget(self.will_change)
        column.addWidget(self.over)
        column.addWidget(self.history, 1)
        column.addWidget(self.refusal)
        column.addLayout(buttons)
        column.addStretch(0)
        content.setMinimumWidth(NARROWEST)
        self.set_content(content)

    @property
    def item(self) -> Item | None:
        """What is shown."""
        return self._session.hovered or self._session.selection.last

    def refresh(self, changes: Changes) -> None:
        """Show what these changes touched."""
        if changes & (Changes.SELECTION | Changes.HOVER):
            self._say("")
        if changes & (Changes.SELECTION | Changes.TOPOLOGY):
            frozen = self._selected.is_frozen
            self.freeze.set_label(self.tr("Thaw") if frozen else self.tr("Freeze"), "lock-open" if frozen else "lock")
        if changes & ~Changes.RUN:
            self._look()

    @Slot()
    def _look(self) -> None:
        item = self.item
        hovered = self._session.hovered is not None
        self._badge.setVisible(hovered)
        kind = "" if item is None else item.kind
        self._measures.want_gradient(kind == "entry", self)
        self.ends.setVisible(bool(kind))
        self.value.setVisible(bool(kind))
        self.about.setVisible(bool(kind))
        self.empty.setVisible(not kind)
        self.over.setVisible(kind == "entry")
        self.slider.setVisible(kind == "entry" and not hovered)
        self.history.setVisible(kind == "entry")
        for button in (self.freeze, self.delete):
            button.setVisible(bool(kind))
            button.setEnabled(not hovered or item == self._session.selection.last)
        if item is None:
            self.set_caption("")
            self._fill([])
            self._offer_activation(None)
        elif item.kind == "entry":
            self._look_at_entry(item.id)
        elif item.kind == "neuron":
            self._look_at_neuron(item.id)
        else:
            self._look_at_layer(layer_place(self._session.project.network, item.id))

    def _look_at_entry(self, key: int) -> None:
        project = self._session.project
        network, vector = project.network, project.training.state.vector
        place = place_of(network, key)
        at = int(places(network, np.array([key]))[0])
        cut, value = bool(network.cut[at]), float(vector[at])
        is_bias = place.source is None
        self.set_caption(self.tr("bias") if is_bias else self.tr("connection"))
        ends = [place.target] if place.source is None else [place.source, place.target]
        self.ends.show_neurons(ends, None if cut else value)
        self.value.setText(self.tr("cut") if cut else labels.value_text(value))
        self.about.setText(self._rank(at, cut, is_bias))
        self.slider.setEnabled(not cut)
        reach = next(reach for reach in REACHES if abs(value) <= reach)
        self.slider.set_range(-reach, reach)
        self.slider.value = value
        gradient = self._number(self._measures.gradient, at)
        change = self._number(self._measures.change, at)
        samples = self._measures.gradient.samples if self._measures.gradient is not None else 0
        first = float(project.training.first[at])
        self._fill(
            [
                (self.tr("∂E/∂w"), self._over(samples), signed(gradient)),
                (self.tr("last change"), self.tr("one whole epoch"), signed(change)),
                (self.tr("at the start"), self.tr("seed {n}").format(n=project.recipe.seed), labels.value_text(first)),
            ]
        )
        self._offer_activation(None)
        self._look_at_history(key)
        if cut:
            self._name_delete(self.tr("Restore"), "undo-2")
        else:
            self._name_delete(self.tr("Cut"), "scissors")
        self.delete.setVisible(not is_bias)
        self.freeze.setVisible(not cut)

    def _look_at_history(self, key: int) -> None:
        """Show how the value came about on the way to what is looked at, and what became of it."""
        session = self._session
        progress, (past, shown) = session.progress, session.shown()
        found = self._measures.values_of(key)
        left = [branch.start.epoch for branch in past.path(shown.id) if branch.parent is not None]
        self.history.show_values(found, progress.update, left[-1] if left else None)
        if not found.epochs.size:
            self.over.setText("")
            return
        words = self.tr("value over epochs {first}–{last}")
        if session.view is not None:
            words = self.tr("value over epochs {first}–{last}, at {now}")
        first, last = (format_count(int(found.epochs[end])) for end in (0, -1))
        self.over.setText(words.format(first=first, last=last, now=format_count(progress.epoch)))

    def _over(self, samples: int) -> str:
        """Say what a gradient was taken over."""
        everything = int(np.count_nonzero(~self._session.project.data.validation))
        if samples >= everything:
            return self.tr("whole training set")
        return self.tr("{n} of {all} samples").format(n=format_count(samples), all=format_count(everything))

    def _rank(self, at: int, cut: bool, is_bias: bool) -> str:
        """Say how large a weight is among all."""
        network, vector = self._session.project.network, self._session.project.training.state.vector
        if cut:
            kept = self._session.project.remembered.get(int(network.keys[at]), 0.0)
            return self.tr("remembers {weight}").format(weight=labels.value_text(kept))
        if is_bias:
            return self.tr("bias")
        sizes = np.abs(vector[: network.weight_count][~network.cut[: network.weight_count]])
        rank = int(np.count_nonzero(sizes > abs(vector[at]))) + 1
        said = self.tr("weight, no. {rank} of {total} by size")
        return said.format(rank=format_count(rank), total=format_count(sizes.size))

    def _look_at_neuron(self, unit_id: int) -> None:
        project = self._session.project
        network = project.network
        layer, unit = place_of(network, unit_id).target
        self.set_caption(self.tr("neuron") if layer else self.tr("input"))
        self.ends.show_neurons([(layer, unit)], None)
        self.value.setText(labels.neuron(network, layer, unit))
        self.about.setText(labels.heading(network, layer))
        keys = network.keys[: network.weight_count]
        alive = ~network.cut[: network.weight_count]
        into = np.count_nonzero((keys % 2**31 == unit_id) & alive)
        out = np.count_nonzero((keys // 2**31 - 1 == unit_id) & alive)
        rows = [
            (self.tr("connections in"), "", format_count(int(into))),
            (self.tr("connections out"), "", format_count(int(out))),
        ]
        bias = network.index_of_bias(layer, unit)
        if bias is not None:
            rows.append((self.tr("bias"), "", labels.value_text(float(project.training.state.vector[bias]))))
        self._fill(rows)
        self._offer_activation(network.layers[layer].activation_of(unit) if layer else None)
        self._name_delete(self.tr("Remove"), "trash-2")
        inner = 0 < layer < len(network.layers) - 1
        self.delete.setVisible(inner)
        self.freeze.setVisible(layer > 0)

    def _look_at_layer(self, index: int) -> None:
        network = self._session.project.network
        layer = network.layers[index]
        self.set_caption(self.tr("layer"))
        self.ends.setVisible(False)
        self.value.setText(format_count(layer.units))
        self.about.setText(self.tr("neurons · {heading}").format(heading=labels.heading(network, index)))
        into = sum(network.layers[b.source].units * layer.units for b in network.blocks if b.target == index)
        rows = [(self.tr("weights in"), "", format_count(into))]
        if index:
            rows.append((self.tr("biases"), "", format_count(layer.units if layer.bias else 0)))
        self._fill(rows)
        self._offer_activation(layer.activation)
        self._name_delete(self.tr("Remove"), "trash-2")
        self.delete.setVisible(0 < index < len(network.layers) - 1)
        self.freeze.setVisible(index > 0)

    def _name_delete(self, label: str, icon_name: str) -> None:
        self.delete.set_label(label, icon_name)
        self.delete.setToolTip(self.tr("This changes the output; undo brings it back"))

    def _number(self, measured: Measured | None, at: int) -> float | None:
        found = self._measures.of(measured)
        return None if found is None else float(found[at])

    def _fill(self, rows: list[tuple[str, str, str]]) -> None:
        for number, labels_of_row in enumerate(self.figures):
            texts = rows[number] if number < len(rows) else ("", "", "")
            for label, text in zip(labels_of_row, texts, strict=True):
                label.setText(text)
                label.setVisible(bool(texts[0]))

    def _offer_activation(self, name: str | None) -> None:
        self.activation.setVisible(name is not None)
        self.will_change.setVisible(name is not None)
        if name is not None:
            self.activation.value = name

    def _say(self, refusal: str) -> None:
        self.refusal.setText(refusal)
        self.refusal.setVisible(bool(refusal))

    @Slot(float)
    def _on_slid(self, value: float) -> None:
        key = self._selected.key
        if key is not None:
            self._say(self._session.edit(edits.set_parameter, key, value, initiator=self, merge=True))

    @Slot(str)
    def _on_activation(self, name: str) -> None:
        item = self.item
        if item is None:
            return
        if item.kind == "layer":
            index = layer_place(self._session.project.network, item.id)
            self._say(self._session.edit(edits.set_activation, index, name))
        else:
            self._say(self._session.edit(edits.set_neuron_activation, item.id, name))
        self._look()

    @Slot()
    def _on_freeze(self) -> None:
        self._say(self._selected.freeze())

    @Slot()
    def _on_delete(self) -> None:
        restores = self._selected.key is not None and self._selected.is_cut
        self._say(self._selected.restore() if restores else self._selected.delete())
