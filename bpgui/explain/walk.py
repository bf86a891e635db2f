"""A walk through one step of learning: forward, error, backward, update, by layers, neurons or weights, and back.

It says when each number of a sample is come by, so that a drawing can show what is known and keep back what is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bpgui.network.names import entry_name, unit_name
from bpgui.network.network import Network

Grain = Literal["layer", "neuron", "weight"]
Phase = Literal["forward", "error", "backward", "update"]

PHASES: tuple[Phase, ...] = ("forward", "error", "backward", "update")
GRAINS: tuple[Grain, ...] = ("layer", "neuron", "weight")

Unit = tuple[int, int]


@dataclass(frozen=True)
class Stop:
    """One step of the walk: the ``units`` (layer, unit) and ``entries`` (places in the vector) that it is about."""

    phase: Phase
    title: str
    units: tuple[Unit, ...] = ()
    entries: tuple[int, ...] = ()


@dataclass
class Walk:
    """All stops of a walk, and the number of the stop at which each thing is known.

    ``forward``, ``delta``: by (layer, unit); ``gradient``, ``update``: by place in the vector; ``error``: that of E.
    Inputs are known from the start.
    """

    network: Network
    grain: Grain
    stops: list[Stop] = field(default_factory=list)
    forward: dict[Unit, int] = field(default_factory=dict)
    delta: dict[Unit, int] = field(default_factory=dict)
    gradient: dict[int, int] = field(default_factory=dict)
    update: dict[int, int] = field(default_factory=dict)
    error: int = 0

    def __post_init__(self) -> None:
        """Lay out the stops."""
        into = _entries_into(self.network)
        layers = range(1, len(self.network.layers))
        for layer in layers:
            self._pass("forward", layer, into)
        outputs = tuple((layers[-1], unit) for unit in range(self.network.outputs))
        self.error = self._add(Stop("error", "the error E", outputs))
        for layer in reversed(layers):
            self._pass("backward", layer, into)
        if self.grain == "layer":
            every = tuple(entry for entries in into.values() for entry in entries)
            self._add(Stop("update", "all weights at once", (), every))
        else:
            for layer in layers:
                self._pass("update", layer, into)

    def first_of(self, phase: Phase) -> int:
        """Return the number of the first stop of a phase."""
        return next(number for number, stop in enumerate(self.stops) if stop.phase == phase)

    def last_of(self, phase: Phase) -> int:
        """Return the number of the last stop of a phase."""
        return max(number for number, stop in enumerate(self.stops) if stop.phase == phase)

    def place_in_phase(self, position: int) -> tuple[int, int]:
        """Return which stop of its phase, counted from 1, a stop is, and how many the phase has."""
        phase = self.stops[position].phase
        return position - self.first_of(phase) + 1, self.last_of(phase) - self.first_of(phase) + 1

    def _pass(self, phase: Phase, layer: int, into: dict[Unit, list[int]]) -> None:
        units = [(layer, unit) for unit in range(self.network.layers[layer].units)]
        what = {"forward": "sums and activations of", "backward": "gradients of", "update": "weights of"}[phase]
        if self.grain == "layer":
            entries = tuple(entry for unit in units for entry in into[unit])
            self._add(Stop(phase, f"{what} layer {layer}", tuple(units), entries))
            return
        for unit in units:
            name = unit_name(*unit)
            # Also by weights a neuron that none leads into has an activation and a δ.
            if self.grain == "neuron" or (not into[unit] and phase != "update"):
                self._add(Stop(phase, f"{what} neuron {name}", (unit,), tuple(into[unit])))
                continue
            for entry in into[unit]:
                self._add(Stop(phase, entry_name(self.network, int(self.network.keys[entry])), (), (entry,)), (unit,))

    def _add(self, stop: Stop, about: tuple[Unit, ...] = ()) -> int:
        """Add a stop; ``about`` names units that are known with the last of their entries."""
        number = len(self.stops)
        self.stops.append(stop)
        for unit in stop.units or about:
            if stop.phase == "forward":
                self.forward[unit] = number
            elif stop.phase == "backward":
                # By weights a neuron's δ is needed for the first of them; its sum is whole with the last.
                self.delta.setdefault(unit, number)
        for entry in stop.entries:
            if stop.phase == "backward":
                self.gradient[entry] = number
            elif stop.phase == "update":
                self.update[entry] = number
        return number


def _entries_into(network: Network) -> dict[Unit, list[int]]:
    """Return the places of the weights and the bias that lead into each neuron, cut connections left out."""
    found: dict[Unit, list[int]] = {
        (layer, unit): [] for layer, of in enumerate(network.layers) for unit in range(of.units) if layer
    }
    for number, block in enumerate(network.blocks):
        for j in range(network.layers[block.target].units):
            for i in range(network.layers[block.source].units):
                index = network.index_of_weight(number, i, j)
                if not network.cut[index]:
                    found[block.target, j].append(index)
    for layer, unit in found:
        at = network.index_of_bias(layer, unit)
        if at is not None:
            found[layer, unit].append(at)
    return found
