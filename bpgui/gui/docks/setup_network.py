"""The Network section: a table of layers."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bpgui.gui.docks.setup_parts import Line, Panel, column_title, row_name
from bpgui.gui.session import Session
from bpgui.gui.theme.tokens import CAPTION, ROW_HEIGHT
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.choice import Choice
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.stepper import Stepper
from bpgui.gui.widgets.switch import Switch
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.network import MAX_UNITS, Layer
from bpgui.number_text import format_count, subscripted
from bpgui.project import edits
from bpgui.project.changes import Changes

UNITS_ASKED = 0, MAX_UNITS + 1
"""One more on both sides than a layer may have: who types too few or too many is told so."""

REMOVE_LEFT, REMOVE_WIDTH, NAME_WIDTH, STEPPER_WIDTH, SWITCH_WIDTH = 4, 20, 44, 74, 28
NARROWEST_CHOICE = 82
GAP = 4
INDENT = REMOVE_LEFT + REMOVE_WIDTH
"""Where the names of the layers begin: the bin before them lies in the padding."""

MIXED = ""
"""Stands in the table for an activation that differs from neuron to neuron."""

MOST_NAMES = 4


def _row(left: int = INDENT) -> QHBoxLayout:
    """Return a layout for one row of the table."""
    row = QHBoxLayout()
    row.setContentsMargins(left, 0, 0, 0)
    row.setSpacing(0)
    return row


class RemoveButton(IconButton):
    """A bin that shows only while its row is pointed at or it has the keyboard."""

    def __init__(self, row: QWidget) -> None:
        super().__init__("trash-2", "", size=13)
        self._layer_row = row
        self.setFixedWidth(REMOVE_WIDTH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bin, or nothing."""
        if self._layer_row.underMouse() or self.hasFocus():
            super().paintEvent(event)


class LayerRow(QWidget):
    """Neurons, activation and bias of one layer; rows are reused for other layers."""

    def __init__(self, panel: NetworkPanel, *, removable: bool) -> None:
        super().__init__()
        self._panel = panel
        self._index = 0
        self._mixed = False
        self.line = Line()
        self.line.setContentsMargins(INDENT, 0, 0, 3)
        self._name = row_name(NAME_WIDTH)
        self.stepper = Stepper(*UNITS_ASKED)
        self.stepper.setFixedWidth(STEPPER_WIDTH)
        self.stepper.setToolTip(self.tr("Keeps weights. New neurons enter silently: outgoing weights 0."))
        self._choice = Choice(self._entries())
        self._name.setBuddy(self._choice)  # what assistive techniques call it by
        self._choice.setMinimumWidth(NARROWEST_CHOICE)
        self._choice.setStyleSheet("QComboBox { padding-right: 2px; }")  # "softmax" is as long as there is room
        self._bias = Switch()
        self._bias.setToolTip(self.tr("Keeps weights. Biases enter as 0."))
        self._remove = RemoveButton(self) if removable else None
        self.stepper.stepped.connect(self._on_units)
        self._choice.chosen.connect(self._on_activation)
        self._bias.clicked.connect(self._on_bias)
        if self._remove is not None:
            self._remove.clicked.connect(self._on_remove)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)  # the bin shows and hides with the pointer
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        controls = _row(REMOVE_LEFT)
        column.addLayout(controls)
        self._name.setFixedHeight(ROW_HEIGHT)
        controls.addWidget(self._name)
        controls.addWidget(self.stepper)
        controls.addSpacing(GAP)
        controls.addWidget(self._choice, 1)
        controls.addSpacing(GAP)
        controls.addWidget(self._bias)
        # The bin stands first and is added last, so that Tab comes to what takes away at the end of the row.
        if self._remove is None:
            controls.insertSpacing(0, REMOVE_WIDTH)
        else:
            controls.insertWidget(0, self._remove)
        column.addWidget(self.line)

    def _entries(self) -> list[tuple[str, str, str]]:
        keeps = self.tr("Keeps weights.")
        entries = [(e.name, e.label, f"{e.formula}\n{e.help}\n{keeps}") for e in ACTIVATIONS]
        if self._mixed:
            entries.append((MIXED, self.tr("mixed"), self.tr("Some neurons of the layer have another activation.")))
        return entries

    def show_layer(self, index: int, name: str, layer: Layer) -> None:
        """Show a layer; what the line says of the last edit is past."""
        self._index = index
        self.line.clear()
        self._name.setText(name)
        self.stepper.value = layer.units
        if self._mixed != bool(layer.overrides):
            self._mixed = bool(layer.overrides)
            self._choice.set_entries(self._entries())
        self._choice.value = MIXED if self._mixed else str(layer.activation)
        self._bias.setChecked(layer.bias)
        what = {"layer": index}
        self.stepper.field.setAccessibleName(self.tr("Neurons of layer {layer}").format(**what))
        self._choice.setAccessibleName(self.tr("Activation of layer {layer}").format(**what))
        self._bias.setAccessibleName(self.tr("Biases of layer {layer}").format(**what))
        if self._remove is not None:
            self._remove.setAccessibleName(self.tr("Remove layer {layer}").format(**what))
            self._remove.setToolTip(self.tr("Removes the layer. New weights join its neighbours."))

    def _on_units(self, units: int) -> None:
        self._panel.ask(self.line, edits.set_units, self._index, units)

    @Slot(str)
    def _on_activation(self, name: str) -> None:
        self._panel.ask(self.line, edits.set_activation, self._index, name)

    @Slot(bool)
    def _on_bias(self, on: bool) -> None:
        self._panel.ask(self.line, edits.set_bias, self._index, on)

    @Slot()
    def _on_remove(self) -> None:
        self._panel.ask(self._panel.line, edits.remove_layer, self._index)


class NetworkPanel(Panel):
    """Shows the layers."""

    SHOWS = Changes.TOPOLOGY | Changes.DATA

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.line = Line()
        self.line.setContentsMargins(INDENT, 0, 0, 0)
        """Says what adding or removing a layer brought along."""
        self._inputs = Label(weight=QFont.Weight.DemiBold)
        self._input_names = Label(tone="caption", size=CAPTION, elided=True)
        # As many as ever were needed; those that are not needed now are hidden.
        self._hidden = [LayerRow(self, removable=True)]
        self._rows = QVBoxLayout()
        self._output = LayerRow(self, removable=False)
        self._add = Button(self.tr("Add layer"), icon_name="plus", kind="link")
        self._add.setToolTip(self.tr("Adds a layer before the output. Keeps weights: it passes on what it gets."))
        self._add.clicked.connect(self._on_add)
        self._arrange()

    def _arrange(self) -> None:
        head = _row()
        head.addWidget(column_title(self.tr("layer"), NAME_WIDTH))
        neurons = column_title(self.tr("neurons"), STEPPER_WIDTH)
        neurons.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head.addWidget(neurons)
        head.addSpacing(GAP)
        head.addWidget(column_title(self.tr("activation")), 1)
        head.addSpacing(GAP)
        head.addWidget(column_title(self.tr("bias"), SWITCH_WIDTH))
        inputs = _row()
        name = row_name(NAME_WIDTH)
        name.setText(self.tr("Input"))
        name.setFixedHeight(ROW_HEIGHT)
        self._inputs.setFixedWidth(STEPPER_WIDTH)
        self._inputs.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inputs.addWidget(name)
        inputs.addWidget(self._inputs)
        inputs.addSpacing(GAP)
        inputs.addWidget(self._input_names, 1)
        self._rows.setSpacing(2)
        self._rows.addWidget(self._hidden[0])
        self._rows.addWidget(self._output)
        add = _row()  # above the rows: there a layer that comes does not push it from under the pointer
        add.addWidget(self._add)
        add.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(2)
        for part in (add, head, inputs, self._rows):
            column.addLayout(part)
        column.addWidget(self.line)

    @property
    def caption(self) -> str:
        """How many numbers there are to learn."""
        return self.tr("{n} parameters").format(n=format_count(self._session.project.network.parameter_count))

    def show_project(self) -> None:
        """Show the layers."""
        network = self._session.project.network
        names = self._session.project.data.names
        first = [subscripted(name) for name in names[:MOST_NAMES]]
        shown = ", ".join([*first, *(["…"] if len(names) > MOST_NAMES else [])])
        self._inputs.setText(format_count(network.inputs))
        self._input_names.setText(self.tr("{names} from data").format(names=shown))
        self.line.clear()
        hidden = network.layers[1:-1]
        while len(self._hidden) < len(hidden):
            self._add_row()
        for index, row in enumerate(self._hidden, 1):
            row.setVisible(index <= len(hidden))
            if index <= len(hidden):
                row.show_layer(index, self.tr("Dense"), network.layers[index])
        self._output.show_layer(len(hidden) + 1, self.tr("Output"), network.layers[-1])

    def _add_row(self) -> None:
        row = LayerRow(self, removable=True)
        self._rows.insertWidget(len(self._hidden), row)
        self._hidden.append(row)

    @Slot()
    def _on_add(self) -> None:
        self.ask(self.line, edits.add_layer, len(self._session.project.network.layers) - 1)
