"""The words and numbers on the canvas."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from bpgui.catalogue import find
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.names import Place, unit_name
from bpgui.network.network import Network
from bpgui.number_text import MINUS, format_number, subscripted
from bpgui.project.state import Project

_GENERIC = re.compile(r"[xyt]\d*")
_SHORT = 8  # characters up to which a number is written exactly
_SMALL = 1e-3


def tr(text: str) -> str:
    """Translate a text of the canvas."""
    return QCoreApplication.translate("Canvas", text)


def neuron(network: Network, layer: int, unit: int) -> str:
    """Return the name on a neuron's tile: x₀, 1·2, or ŷ (ŷ₀, ŷ₁ … where there are several)."""
    if layer == 0:
        return subscripted(f"x{unit}")
    if layer < len(network.layers) - 1:
        return unit_name(layer, unit)
    return subscripted(f"ŷ{unit}") if network.outputs > 1 else "ŷ"


def connection(network: Network, place: Place) -> str:
    """Return the name of a connection or bias."""
    target = neuron(network, *place.target)
    if place.source is None:
        return tr("bias of {neuron}").format(neuron=target)
    return f"{neuron(network, *place.source)} → {target}"


def spoken(network: Network, place: Place, value: float, cut: bool) -> str:
    """Return name and value as a screen reader says them."""
    target = neuron(network, *place.target)
    number = value_text(value).replace(MINUS, tr("minus "))
    if place.source is None:
        return tr("bias of {neuron}, {number}").format(neuron=target, number=number)
    source = neuron(network, *place.source)
    state = tr("cut") if cut else tr("weight {number}").format(number=number)
    return tr("connection {source} to {target}, {state}").format(source=source, target=target, state=state)


def activation(network: Network, layer: int, unit: int) -> str:
    """Return what a neuron does with its sum, of an input that it is one."""
    if layer == 0:
        return tr("input")
    return find(ACTIVATIONS, network.layers[layer].activation_of(unit), "activation").label


def spoken_neuron(network: Network, layer: int, unit: int) -> str:
    """Return a neuron's name and activation as a screen reader says them."""
    name = neuron(network, layer, unit)
    if layer == 0:
        return tr("input {name}").format(name=name)
    return tr("neuron {name}, {activation}").format(name=name, activation=activation(network, layer, unit))


def value_text(value: float) -> str:
    """Write a weight: exactly where that is short, else with four decimals, or four figures where it is small."""
    exact = format_number(value)
    if len(exact) <= _SHORT:
        return exact
    if _SMALL <= abs(value) < 1e6:
        return f"{value:,.4f}".replace("-", MINUS)
    mantissa, _, power = f"{value:.3e}".partition("e")
    return f"{mantissa}e{int(power)}".replace("-", MINUS)


def heading(network: Network, layer: int) -> str:
    """Return what stands above a layer."""
    if layer == 0:
        return tr("Input")
    of = network.layers[layer]
    names = {of.activation_of(unit) for unit in range(of.units)} if of.overrides else {of.activation or ""}
    activation = find(ACTIVATIONS, names.pop(), "activation").label if len(names) == 1 else tr("mixed")
    if layer == len(network.layers) - 1:
        return tr("Output · {activation}").format(activation=activation)
    return tr("Dense {number} · {activation}").format(number=layer, activation=activation)


def short_heading(layer: int, last: int) -> str:
    """Return what stands above a layer where room is short."""
    if layer == 0:
        return tr("In")
    return tr("Out") if layer == last else str(layer)


def sizes(network: Network) -> str:
    """Return "2 – 8 – 8 – 1"."""
    return " – ".join(f"{units:,}" for units in network.sizes)


def outer_name(project: Project, layer: int, unit: int) -> str:
    """Return what the data call an input or output, "" where they have no name of their own for it."""
    data = project.data
    if layer == 0:
        names = data.names
    elif layer == len(project.network.layers) - 1:
        names = data.target_names if data.labels is None else data.class_names
        if len(names) != project.network.outputs:
            return ""  # one output tells two classes apart
    else:
        return ""
    name = names[unit]
    return "" if _GENERIC.fullmatch(name) else name
