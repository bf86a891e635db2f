"""What can be done to what is selected. Each act returns "" or the refusal, to be shown beside it."""

from __future__ import annotations

from math import inf
from time import monotonic

import numpy as np

from bpgui.gui.canvas import labels
from bpgui.gui.selection import Item, Selection, layer_place
from bpgui.gui.session import Session
from bpgui.network.names import place_of
from bpgui.network.parameters import places
from bpgui.number_text import parse_number
from bpgui.project import edits

_DECIMALS = 12  # a step leaves no digits of binary rounding behind
_BURST = 1.0  # seconds within which steps are one step of undo


class Selected:
    """The session's selection; ``key`` and what follows from it are of the present connection or bias.

    Ask for a value only while there is a key.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last_step = -inf  # when it was
        self._walked: int | None = None  # the neuron whose connections are walked

    @property
    def key(self) -> int | None:
        """The key of the connection or bias, None while something else or nothing is selected."""
        return self._session.selection.key

    @property
    def index(self) -> int:
        """Its place in the vector."""
        return int(places(self._session.project.network, np.array([self.key], np.int64))[0])

    @property
    def is_cut(self) -> bool:
        """Whether it is a cut connection."""
        return bool(self._session.project.network.cut[self.index])

    @property
    def is_bias(self) -> bool:
        """Whether it is a bias."""
        return self.index >= self._session.project.network.weight_count

    @property
    def value(self) -> float:
        """The present weight or bias; of a cut connection the one that it would get back."""
        project = self._session.project
        if self.is_cut and self.key is not None:
            return project.remembered.get(self.key, 0.0)
        return float(project.training.state.vector[self.index])

    @property
    def spoken(self) -> str:
        """Name and value, for a screen reader."""
        last, project = self._session.selection.last, self._session.project
        if last is None:
            return labels.tr("nothing selected")
        several = len(self._session.selection.items) - 1
        more = labels.tr(", and {count} more").format(count=several) if several else ""
        if last.kind == "layer":
            return labels.heading(project.network, layer_place(project.network, last.id)) + more
        place = place_of(project.network, last.id)
        if last.kind == "neuron":
            return labels.spoken_neuron(project.network, *place.target) + more
        return labels.spoken(project.network, place, self.value, self.is_cut) + more

    def set_text(self, text: str) -> str:
        """Set the value that the text says: of all selected connections and biases that are not cut."""
        try:
            value = parse_number(text)
        except ValueError as error:
            return str(error)
        self._last_step = -inf
        keys = [key for key in self._session.selection.keys if not self._is_cut(key)]
        if keys == [self.key] and value == self.value:
            return ""
        return self._session.edit(edits.set_parameters, keys, value)

    def step(self, by: float) -> str:
        """Move the value; steps in quick succession are one step of undo."""
        if self.key is None:
            return ""
        now = monotonic()
        merge = now - self._last_step < _BURST
        self._last_step = now
        return self._session.edit(edits.set_parameter, self.key, round(self.value + by, _DECIMALS), merge=merge)

    def delete(self) -> str:
        """Cut the selected connections; they remember their weights. Selected neurons or a layer go altogether."""
        selection, network = self._session.selection, self._session.project.network
        if selection.last is not None and selection.last.kind == "layer":
            return self._session.edit(edits.remove_layer, layer_place(network, selection.last.id))
        if selection.neurons:
            return self._session.edit(edits.remove_neurons, selection.neurons)
        wanted = [key for key in selection.keys if not self._is_cut(key)]
        return self._session.edit(edits.cut, wanted) if wanted else ""

    def restore(self) -> str:
        """Bring selected connections back with the weights that they had; two selected neurons are connected."""
        selection, network = self._session.selection, self._session.project.network
        if len(selection.neurons) == 2:
            ends = [place_of(network, unit).target for unit in selection.neurons]
            return self._session.edit(edits.connect, *ends)
        wanted = [key for key in selection.keys if self._is_cut(key)]
        return self._session.edit(edits.restore, wanted) if wanted else ""

    def freeze(self) -> str:
        """Keep what is selected from learning, or let it learn again where all of it is frozen."""
        network = self._session.project.network
        keys = network.keys[self._session.selection.entries(network) & ~network.cut].tolist()
        return self._session.edit(edits.freeze, keys, not self.is_frozen) if keys else ""

    @property
    def is_frozen(self) -> bool:
        """Whether all that is selected is frozen."""
        network = self._session.project.network
        chosen = self._session.selection.entries(network) & ~network.cut
        return bool(chosen.any() and network.frozen[chosen].all())

    def change_units(self, by: int) -> str:
        """More or fewer neurons in the layer of what is selected."""
        layer = self.layer
        if layer is None:
            return ""
        return self._session.edit(edits.set_units, layer, self._session.project.network.layers[layer].units + by)

    def add_layer(self) -> str:
        """Put a layer in after the one of what is selected; at the end, before the output."""
        layers = len(self._session.project.network.layers)
        layer = layers - 2 if self.layer is None else min(self.layer, layers - 2)
        return self._session.edit(edits.add_layer, layer + 1)

    def move_neuron(self, by: int) -> str:
        """Move the selected neuron within its layer."""
        last = self._session.selection.last
        if last is None or last.kind != "neuron":
            return ""
        return self._session.edit(edits.move_neuron, last.id, by)

    @property
    def layer(self) -> int | None:
        """The layer of the present item; that of a connection is the one it leads to."""
        last, network = self._session.selection.last, self._session.project.network
        if last is None:
            return None
        return layer_place(network, last.id) if last.kind == "layer" else place_of(network, last.id).target[0]

    # Walking, with the keyboard

    def walk(self, layers: int, units: int) -> Selection:
        """Return the selection that an arrow key leads to: another neuron, from a connection the one at its end."""
        last, network = self._session.selection.last, self._session.project.network
        if last is None:
            return self._neuron(0, 0)
        if last.kind == "layer":
            at = layer_place(network, last.id)
            if units:
                return self._neuron(at, 0)
            to = min(max(at + layers, 0), len(network.layers) - 1)
            return Selection.of("layer", network.layers[to].id or 0)
        place = place_of(network, last.id)
        if last.kind == "entry":
            return self._neuron(*(place.source if layers < 0 and place.source is not None else place.target))
        layer, unit = place.target
        to = min(max(layer + layers, 0), len(network.layers) - 1)
        if to != layer:  # straight across, as the columns stand
            unit = round((unit + 0.5) * network.layers[to].units / network.layers[layer].units - 0.5)
        return self._neuron(to, min(max(unit + units, 0), network.layers[to].units - 1))

    def layer_of_selection(self) -> Selection:
        """Return the selection of the layer that the present item belongs to."""
        layer = self.layer
        return Selection.of("layer", self._session.project.network.layers[layer or 0].id or 0)

    def walk_edges(self, by: int) -> Selection:
        """Return the next of the connections and the bias of the neuron that was selected last."""
        last, network = self._session.selection.last, self._session.project.network
        if last is None or last.kind == "layer":
            return self._session.selection
        if last.kind == "neuron":
            self._walked = last.id
        unit = self._walked if self._walked is not None and self._touches(last, self._walked) else last.id % 2**31
        self._walked = unit
        keys = [key for key in network.keys.tolist() if unit in (key % 2**31, key // 2**31 - 1)]
        if not keys:
            return self._session.selection
        if last.kind == "neuron":
            return Selection.of("entry", keys[0 if by > 0 else -1])
        return Selection.of("entry", keys[(keys.index(last.id) + by) % len(keys)])

    @staticmethod
    def _touches(item: Item, unit: int) -> bool:
        return unit in (item.id % 2**31, item.id // 2**31 - 1)

    def _neuron(self, layer: int, unit: int) -> Selection:
        ids = self._session.project.network.layers[layer].unit_ids
        assert ids is not None
        return Selection.of("neuron", ids[unit])

    def _is_cut(self, key: int) -> bool:
        network = self._session.project.network
        return bool(network.cut[places(network, np.array([key]))[0]])
