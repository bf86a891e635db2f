"""Every change of the document as a value with its inverse.

The functions below make an Edit from what a person wants; ``apply`` carries it out. An edit never resets a run, except
those that say so (``reset``, ``new_seed``, ``use_project``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bpgui.catalogue import find
from bpgui.data import builtin
from bpgui.data.dataset import Dataset, Origin
from bpgui.network import structure
from bpgui.network.activations import ACTIVATIONS
from bpgui.network.initialisers import INITIALISERS, incoming
from bpgui.network.losses import LOSSES
from bpgui.network.names import entry_name, place_of, unit_name, weight_key
from bpgui.network.network import Layer, Network
from bpgui.network.parameters import Entries, carry_over, places
from bpgui.project.changes import Changes
from bpgui.project.state import Project
from bpgui.training.changes import Begin, Change, Place, SetData, SetNetwork, SetParameters, SetRecipe, Together
from bpgui.training.state import State, Training
from bpgui.training.trainer import require_consistent


@dataclass(frozen=True, eq=False)
class Edit:
    """One step of undo: a change of the training, and fields of the document beside it.

    ``label`` completes "Undo …"; ``note`` says what the edit changes beyond what was asked, or "".
    """

    label: str
    change: Change
    note: str = ""
    document: Mapping[str, object] = field(default_factory=dict)


def apply(project: Project, edit: Edit) -> tuple[Project, Edit, Changes]:
    """Return the edited project, the edit that undoes this one, and what was touched.

    ValueError, with a sentence for the person, where the edit cannot be; the project is a value and stays as it was.
    """
    before = project.training
    after, inverse = edit.change.apply(before)
    if after.network is not before.network or after.data is not before.data or after.recipe.loss != before.recipe.loss:
        require_consistent(after)
    document = dict(edit.document)
    if "remembered" not in document:
        document["remembered"] = remember(project.remembered, before, after)
    undo = Edit(edit.label, inverse, document={name: getattr(project, name) for name in document})
    edited = replace(project.with_training(after), **document)  # type: ignore[arg-type]  # fields of Project
    changes = touched(before, after)
    if isinstance(edit.change, Begin):
        changes |= Changes.HISTORY | Changes.RUN
    return edited, undo, changes


def touched(before: Training, after: Training) -> Changes:
    """Return what differs between two trainings, told by identity: values are never changed in place."""
    found = Changes.NONE
    if after.network is not before.network:
        found |= Changes.TOPOLOGY | Changes.MASKS | Changes.WEIGHTS
    if after.state is not before.state:
        found |= Changes.WEIGHTS
    if after.data is not before.data:
        found |= Changes.DATA
    if after.recipe is not before.recipe:
        found |= Changes.RECIPE
    if after.state.update != before.state.update:
        found |= Changes.HISTORY | Changes.RUN
    return found


def cut_keys(network: Network) -> set[int]:
    """Return the keys of the cut connections."""
    return {int(key) for key in network.keys[network.cut]}


def remember(remembered: Mapping[int, float], before: Training, after: Training) -> Mapping[int, float]:
    """Return the weights of cut connections by key: what was remembered, and what the newly cut ones had."""
    if after.network is before.network:
        return remembered  # nothing new is cut; thousands of changes may share it
    cut = cut_keys(after.network)
    kept = {key: value for key, value in remembered.items() if key in cut}
    new = np.array(sorted(cut - kept.keys()), np.int64)
    at = places(before.network, new)
    for key, place in zip(new, at, strict=True):
        kept[int(key)] = float(before.state.vector[place]) if place >= 0 else 0.0
    return kept


# Weights


def set_parameter(project: Project, key: int, value: float) -> Edit:
    """Set one weight or bias."""
    name = entry_name(project.network, key)
    return Edit(f"set {name} to {value:.6g}", SetParameters(np.array([key]), np.array([float(value)])))


def set_parameters(project: Project, keys: Iterable[int], value: float) -> Edit:
    """Set several weights and biases to one value."""
    wanted = list(keys)
    if len(wanted) == 1:
        return set_parameter(project, wanted[0], value)
    change = SetParameters(np.array(wanted, np.int64), np.full(len(wanted), float(value)))
    return Edit(f"set {len(wanted)} values to {value:.6g}", change)


def set_values(project: Project, keys: Sequence[int], values: Sequence[float]) -> Edit:
    """Set weights and biases, each to a value of its own."""
    if len(keys) == 1:
        return set_parameter(project, keys[0], values[0])
    change = SetParameters(np.array(keys, np.int64), np.array(values, np.float64))
    return Edit(f"set {len(keys):,} values", change)


def cut(project: Project, keys: Iterable[int]) -> Edit:
    """Take connections away; they remember their weights."""
    wanted = list(keys)
    return Edit(_label("cut", project, wanted), SetNetwork(structure.with_mask(project.network, "cut", wanted, True)))


def restore(project: Project, keys: Iterable[int]) -> Edit:
    """Bring cut connections back with the weights they had."""
    wanted = [key for key in keys if key in project.remembered]
    network = structure.with_mask(project.network, "cut", wanted, False)
    values = np.array([project.remembered[key] for key in wanted])
    entries = Entries(np.array(wanted, np.int64), np.tile(values, (3, 1)))
    return Edit(_label("restore", project, wanted), SetNetwork(network, entries))


def connect(project: Project, source: tuple[int, int], target: tuple[int, int]) -> Edit:
    """Connect two neurons, (layer, unit) each; a cut connection comes back, a new one begins at 0."""
    source, target = min(source, target), max(source, target)
    if source[0] == target[0]:
        raise ValueError("neurons of one layer cannot be connected; a connection leads to a later layer")
    key = weight_key(project.network, source, target)
    if key in project.remembered:
        return restore(project, [key])
    name = f"{unit_name(*source)} → {unit_name(*target)}"
    if places(project.network, np.array([key]))[0] >= 0:
        raise ValueError(f"{name} are connected already")
    network = structure.with_connection(project.network, source, target)
    note = f"{name} begins at 0, so that nothing changes until it learns."
    return Edit(f"connect {name}", SetNetwork(network), note)


def freeze(project: Project, keys: Iterable[int], frozen: bool = True) -> Edit:
    """Keep weights and biases from learning, or let them learn again."""
    wanted = list(keys)
    network = structure.with_mask(project.network, "frozen", wanted, frozen)
    return Edit(_label("freeze" if frozen else "thaw", project, wanted), SetNetwork(network))


def _label(verb: str, project: Project, keys: list[int]) -> str:
    return f"{verb} {entry_name(project.network, keys[0])}" if len(keys) == 1 else f"{verb} {len(keys)} connections"


# Structure


def set_units(project: Project, index: int, units: int) -> Edit:
    """Give a layer that many neurons. New ones enter silently (outgoing weights 0); the last ones leave first."""
    old = project.network
    if index == 0:
        raise ValueError(f"the data have {old.inputs} inputs; choose other data for another number")
    network = structure.with_units(old, index, units)
    what = f"{units} neuron{'s' if units > 1 else ''} in layer {index}"
    note = ""
    if units > old.layers[index].units and index == len(old.layers) - 1:
        note = "What the network says changes: it has another number of outputs."
    elif units > old.layers[index].units and old.layers[index].activation == "softmax":
        note = f"What the network says changes: in a softmax, as layer {index} is, each neuron depends on all."
    return Edit(what, SetNetwork(network, fresh_entries(project, network)), note)


def remove_neurons(project: Project, units: Iterable[int]) -> Edit:
    """Take hidden neurons away, by their unit ids, with all their connections."""
    wanted = list(dict.fromkeys(units))
    network = project.network
    by_layer: dict[int, list[int]] = {}
    for unit in wanted:
        layer, place = place_of(network, unit).target
        by_layer.setdefault(layer, []).append(place)
    for layer, gone in by_layer.items():
        _require_hidden(project.network, layer, "removed")
        if len(gone) == network.layers[layer].units:
            raise ValueError(f"layer {layer} needs at least one neuron; remove the layer instead")
        network = structure.without_units(network, layer, gone)
    one = unit_name(*place_of(project.network, wanted[0]).target)
    label = f"remove neuron {one}" if len(wanted) == 1 else f"remove {len(wanted)} neurons"
    return Edit(label, SetNetwork(network))


def move_neuron(project: Project, unit: int, by: int) -> Edit:
    """Move a hidden neuron so many places down its layer, with its weights; what the network says stays."""
    layer, place = place_of(project.network, unit).target
    _require_hidden(project.network, layer, "moved")
    order = list(range(project.network.layers[layer].units))
    to = min(max(place + by, 0), len(order) - 1)
    order.insert(to, order.pop(place))
    network = structure.with_unit_order(project.network, layer, order)
    return Edit(f"move neuron {unit_name(layer, place)}", SetNetwork(network))


def _require_hidden(network: Network, layer: int, done: str) -> None:
    if not 0 < layer < len(network.layers) - 1:
        which = "inputs" if layer == 0 else "outputs"
        raise ValueError(f"{which} cannot be {done}; they belong to the data")


def set_neuron_activation(project: Project, unit: int, name: str) -> Edit:
    """Give one neuron, by its unit id, an activation of its own."""
    index, place = place_of(project.network, unit).target
    structure.require_not_input(index)
    layer = project.network.layers[index]
    network = structure.with_layer_changed(project.network, index, overrides={**layer.overrides, place: name})
    label = find(ACTIVATIONS, name, "activation").label
    return Edit(f"{label} in neuron {unit_name(index, place)}", SetNetwork(network))


def add_layer(project: Project, before: int) -> Edit:
    """Insert a layer as wide as the one before it that passes on exactly what it gets.

    It is ReLU where it gets nothing below 0, so that it can learn at once, else linear until another is chosen.
    """
    old = project.network
    previous = old.layers[before - 1]
    sources = {previous.activation_of(unit) for unit in range(previous.units)} if before > 1 else {"linear"}
    activation = "relu" if sources <= NEVER_BELOW_0 else "linear"
    network = structure.with_layer_before(old, before, Layer(previous.units, activation, bias=old.layers[-1].bias))
    note = "The new layer passes on what it gets; nothing else changed."
    if activation == "linear":
        note = "The new layer is linear and passes on what it gets, so that nothing changed: choose its activation."
    return Edit(
        f"add a layer of {previous.units}",
        SetNetwork(network, _identity_entries(project, network, before)),
        note=note,
        document={"remembered": _moved_on(project, network, before)},
    )


NEVER_BELOW_0 = {"sigmoid", "relu", "softplus", "gaussian", "step", "softmax"}
"""Activations whose values ReLU passes on unchanged."""


def _moved_on(project: Project, network: Network, index: int) -> dict[int, float]:
    """Return the remembered weights, those of connections that begin in the new layer ``index`` now under new keys."""
    kept = {key: value for key, value in project.remembered.items() if places(network, np.array([key]))[0] >= 0}
    for key in project.remembered.keys() - kept.keys():
        place = place_of(project.network, key)
        if place.source is not None:
            moved = weight_key(network, (index, place.source[1]), (index + 1, place.target[1]))
            kept[moved] = project.remembered[key]
    return kept


def remove_layer(project: Project, index: int) -> Edit:
    """Take a hidden layer away."""
    network = structure.without_layer(project.network, index)
    new = np.count_nonzero(places(project.network, network.keys) < 0)
    note = f"{new} new weights join the layers on both sides." if new else ""
    return Edit(f"remove layer {index}", SetNetwork(network, fresh_entries(project, network)), note)


def fresh_entries(project: Project, network: Network) -> Entries:
    """Return first values for what ``network`` has and the project's network has not.

    Weights into new units are drawn, weights out of them 0, so that they change nothing yet; weights of a new block
    between units that were there are drawn.
    """
    training = project.training
    old_ids = {i for layer in training.network.layers for i in layer.unit_ids or ()}
    values = np.zeros(network.parameter_count)
    for block, place in zip(network.blocks, network.weight_slices, strict=True):
        source, target = network.layers[block.source], network.layers[block.target]
        ids = target.unit_ids or ()
        drawn = incoming(network, training.recipe.seed, training.initialiser, block.source, block.target, ids)
        silent = np.array([unit not in old_ids for unit in source.unit_ids or ()])
        drawn[silent] = 0.0
        values[place] = drawn.ravel()
    new = places(training.network, network.keys) < 0
    return Entries(network.keys[new], np.tile(values[new], (3, 1)))


def _zero_entries(project: Project, network: Network) -> Entries:
    """Return 0 for all that ``network`` has and the project's network has not."""
    new = network.keys[places(project.network, network.keys) < 0]
    return Entries(new, np.zeros((3, new.size)))


def _identity_entries(project: Project, network: Network, index: int) -> Entries:
    """Return weights for a new layer at ``index``: one to one into it, and out of it what led past its place before."""
    training = project.training
    rows = np.vstack([training.state.vector, training.first, training.state.best_vector])
    new_rows = carry_over(rows, training.network, network)
    old_blocks = {
        (b.source, b.target): place
        for b, place in zip(training.network.blocks, training.network.weight_slices, strict=True)
    }
    for block, place in zip(network.blocks, network.weight_slices, strict=True):
        if (block.source, block.target) == (index - 1, index):
            new_rows[:, place] = np.eye(network.layers[index].units).ravel()
        elif (block.source, block.target) == (index, index + 1):
            led = old_blocks.get((index - 1, index))
            new_rows[:, place] = 0.0 if led is None else rows[:, led]
    new = places(training.network, network.keys) < 0
    return Entries(network.keys[new], new_rows[:, new])


def set_bias(project: Project, index: int, bias: bool) -> Edit:
    """Give a layer biases, 0 at first, or take them away."""
    network = structure.with_bias(project.network, index, bias)
    return Edit(f"{'add' if bias else 'remove'} the biases of layer {index}", SetNetwork(network))


def set_activation(project: Project, index: int, name: str) -> Edit:
    """Give a layer an activation; at the output, a loss that does not fit it changes with it."""
    network = structure.with_activation(project.network, index, name)
    label = f"{find(ACTIVATIONS, name, 'activation').label} in layer {index}"
    if index < len(network.layers) - 1:
        return Edit(label, SetNetwork(network))
    changes: list[Change] = [SetNetwork(network)]
    note = ""
    if name == "softmax" and network.outputs == 1 and project.data.classes == 2:
        # The one output told the second class from the first: it becomes the second's. The first's begins at 0, which
        # for a sigmoid before gives the very same probabilities.
        network = structure.with_unit_order(structure.with_units(network, index, 2), index, (1, 0))
        changes = [SetNetwork(network, _zero_entries(project, network))]
        note = "The output has 2 neurons now, one for each class: one softmax neuron is always 1."
    loss = find(LOSSES, project.recipe.loss, "loss")
    if loss.output not in (None, name):
        fitting = next((other for other in LOSSES if other.output == name), LOSSES[0])
        changes.append(SetRecipe({"loss": fitting.name}))
        note = f"{note} The loss is {fitting.label} now: {loss.label} needs {loss.output} outputs.".strip()
    return Edit(label, Together(tuple(changes)), note)


# Recipe and data


def set_recipe(project: Project, **values: object) -> Edit:
    """Set fields of the recipe; a loss that needs another output activation brings it along."""
    label = ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in values.items())
    changes: list[Change] = [SetRecipe(values)]
    note = ""
    if "loss" in values:
        loss = find(LOSSES, str(values["loss"]), "loss")
        last = len(project.network.layers) - 1
        if loss.output is not None and project.network.output_activations != {loss.output}:
            activation = set_activation(project, last, loss.output)
            assert isinstance(activation.change, Together)
            changes = [activation.change.changes[0], SetRecipe(values)]
            note = f"The output is {loss.output} now: {loss.label} needs it."
            if project.network.outputs == 1 and loss.output == "softmax":
                note += f" It has {project.data.classes} neurons, one for each class."
    return Edit(label, Together(tuple(changes)), note)


def _shown(value: object) -> str:
    name = getattr(value, "name", value)
    return f"{name:g}" if isinstance(name, float) else str(name)


def set_pace(project: Project, pace: float | None) -> Project:
    """Return the project at another pace; not an edit: how fast one looks changes nothing."""
    return replace(project, pace=pace)


def use_data(project: Project, data: Dataset) -> Edit:
    """Train the same network on other data of the same shape."""
    before, after = project.data.samples, data.samples
    if data.name != project.data.name:
        label = f"data {data.name}"
    elif before != after:
        label = f"samples {before:,} → {after:,}"
    else:
        label = f"change samples of {data.name}"
    return Edit(label, SetData(data))


def remake_data(
    project: Project,
    *,
    samples: int | None = None,
    noise: float | None = None,
    validation: float | None = None,
    seed: int | None = None,
) -> Edit:
    """Draw the data, or what of them is held out, anew with another setting; what is None stays as it is.

    samples and noise are for built-in sets that can be made with others. ValueError for what cannot be chosen.
    """
    data = project.data
    asked = {"samples": samples, "noise": noise, "validation": validation, "seed": seed}
    label = ", ".join(f"{name} {_shown(value)}" for name, value in asked.items() if value is not None)
    held_out = float(np.mean(data.validation)) if validation is None else validation
    seed = data.seed if seed is None else seed
    origin = data.origin or Origin(None, None)
    made_here = origin != Origin(None, None)
    if not made_here and (samples is not None or noise is not None):
        raise ValueError(f"the data {data.name!r} were not made here, so that no others of their kind can be made")
    if not made_here or (samples is None and noise is None and seed == data.seed):
        return Edit(label, SetData(data.with_split(held_out, seed)))
    samples = origin.samples if samples is None else samples
    noise = origin.noise if noise is None else noise
    return Edit(label, SetData(builtin.load(data.name, samples, noise, seed, held_out)))


# Runs


def reset(project: Project) -> Edit:
    """Begin another run from the same first parameters."""
    return Edit("reset", Begin(project.training.reset()))


def begin_again(project: Project, **values: object) -> Edit:
    """Begin another run from the same first parameters, by another recipe, in one step."""
    training = project.training.reset()
    recipe = project.recipe.changed(values)
    changed = replace(training, recipe=recipe, state=State.fresh(training.first, recipe))
    told = ", ".join(f"{key.replace('_', ' ')} {_shown(value)}" for key, value in values.items())
    return Edit(f"begin again, {told}", Begin(changed))


def new_seed(project: Project, seed: int | None = None) -> Edit:
    """Begin another run with another seed, the next by default: other first weights, another order of the same data."""
    seed = project.recipe.seed + 1 if seed is None else seed
    return Edit(f"new seed {seed}", Begin(project.training.with_seed(seed)))


def set_initialiser(project: Project, name: str) -> Edit:
    """Begin another run from first weights drawn another way, under the same seed."""
    label = find(INITIALISERS, name, "initialiser").label
    training = replace(project.training, initialiser=name)
    return Edit(f"first weights {label}", Begin(training.with_seed(project.recipe.seed)))


def use_project(_project: Project, other: Project) -> Edit:
    """Put another project's training in this one's place, as one step that undo takes back."""
    document = {"name": other.name, "pace": other.pace, "remembered": dict(other.remembered)}
    return Edit(f"set up {other.name}", Begin(other.training), document=document)


def continue_from(project: Project, training: Training, remembered: Mapping[int, float], place: Place) -> Edit:
    """Go on from a moment of the past, which lies at that place of the timeline."""
    label = f"continue from epoch {training.state.epoch:,}"
    document = {"remembered": dict(remembered), "name": project.name_on(training.data)}
    return Edit(label, Begin(training, place), document=document)
