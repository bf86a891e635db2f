"""What a stage shows of its project: the selection, the place of the walk, and the updates to train."""

from __future__ import annotations

import re
from dataclasses import replace

from bpgui.explain.walk import GRAINS, PHASES, Walk
from bpgui.lessons.expressions import place
from bpgui.lessons.lesson import SelectionKind, Stage
from bpgui.lessons.moment import MOST_UPDATES, key_of, neuron_of
from bpgui.lessons.source import Field, LineError
from bpgui.network.names import Place
from bpgui.network.network import Network

KEYS = ("select", "walk", "phase", "train")


def staged(stage: Stage, fields: list[Field]) -> Stage:
    """Return a stage with what its lines say; LineError where one cannot be."""
    makers = {"select": _select, "walk": _walk, "phase": _phase, "train": _train}
    for key in KEYS:  # the walk before the phase, which is a place in it
        for field in fields:
            if field.key != key:
                continue
            try:
                stage = makers[key](stage, field.value)
            except ValueError as wrong:
                raise LineError(field.line, f"{key}: {wrong}") from wrong
    return stage


def _select(stage: Stage, text: str) -> Stage:
    return replace(stage, selected=_selected(stage.project.network, text))


def _selected(network: Network, text: str) -> tuple[SelectionKind, int]:
    layer = re.fullmatch(r"layer\s+(\d{1,5})", text)
    if layer:
        if int(layer[1]) >= len(network.layers):
            raise ValueError(f"there is no layer {layer[1]}; there are 0 to {len(network.layers) - 1}")
        layer_id = network.layers[int(layer[1])].id
        assert layer_id is not None
        return "layer", layer_id
    bias = re.fullmatch(r"bias\s+(.*)", text)
    asked = place(bias[1] if bias else text)
    if asked.source is None and not bias:
        index, unit = neuron_of(network, *asked.target)
        ids = network.layers[index].unit_ids
        assert ids is not None
        return "neuron", ids[unit]
    if bias and asked.source is not None:
        raise ValueError("a bias belongs to one neuron, as bias 2.0")
    return "entry", key_of(network, Place(*asked))


def _walk(stage: Stage, text: str) -> Stage:
    for grain in GRAINS:
        if text == grain:
            return replace(stage, grain=grain)
    raise ValueError(f"the walk goes by {', '.join(GRAINS)}, got {text!r}")


def _phase(stage: Stage, text: str) -> Stage:
    name, _, number = text.partition(" ")
    for phase in PHASES:
        if name == phase:
            walk = Walk(stage.project.network, stage.grain)
            first, last = walk.first_of(phase), walk.last_of(phase)
            if not number:
                return replace(stage, phase=phase, position=last)
            if not re.fullmatch(r"\d{1,6}", number.strip()) or not 1 <= int(number) <= last - first + 1:
                raise ValueError(f"{phase} has the stops 1 to {last - first + 1}, got {number.strip()!r}")
            return replace(stage, phase=phase, position=first + int(number) - 1)
    raise ValueError(f"the phases are {', '.join(PHASES)}, got {name!r}")


def _train(stage: Stage, text: str) -> Stage:
    plain = text.replace(",", "")
    if not re.fullmatch(r"\d{1,7}", plain) or not 1 <= int(plain) <= MOST_UPDATES:
        raise ValueError(f"a whole number of updates from 1 to {MOST_UPDATES:,}, got {text!r}")
    return replace(stage, updates=int(plain))
