"""Edits: each keeps what was learnt, has an exact inverse, and refuses with a sentence."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from bpgui.data.builtin import load
from bpgui.data.dataset import Dataset
from bpgui.network.names import weight_key
from bpgui.network.parameters import places
from bpgui.project import edits
from bpgui.project.changes import Changes
from bpgui.project.state import Project, of_builtin, of_data
from bpgui.training.evaluation import predict
from bpgui.training.trainer import Trainer


def trained(name: str = "spirals", updates: int = 40) -> Project:
    project = of_builtin(name)
    trainer = Trainer.of(project.training)
    trainer.run(updates=updates)
    return project.with_training(trainer.training)


def assert_same_training(one: Project, other: Project) -> None:
    assert one.network == other.network
    assert one.recipe == other.recipe
    assert one.data is other.data
    assert np.array_equal(one.training.first, other.training.first)
    assert one.training.state.same(other.training.state)


def kept_values_are_kept(before: Project, after: Project) -> None:
    at = places(before.network, after.network.keys)
    kept = at >= 0
    assert kept.any()
    assert np.array_equal(after.training.state.vector[kept], before.training.state.vector[at[kept]])
    assert np.array_equal(after.training.state.slots[:, kept], before.training.state.slots[:, at[kept]])


STRUCTURE = [
    (edits.set_units, (1, 11)),
    (edits.set_units, (2, 3)),
    (edits.add_layer, (1,)),
    (edits.add_layer, (3,)),
    (edits.remove_layer, (1,)),
    (edits.set_activation, (1, "relu")),
    (edits.set_bias, (2, False)),
    (edits.remove_neurons, ([4, 7, 13],)),
    (edits.move_neuron, (4, 2)),
    (edits.set_neuron_activation, (4, "relu")),
    (edits.connect, ((0, 1), (3, 0))),
]


@pytest.mark.parametrize(("make", "arguments"), STRUCTURE)
def test_a_structure_edit_keeps_trained_weights_and_the_place_in_the_run(make, arguments):
    before = trained()
    after, inverse, changes = edits.apply(before, make(before, *arguments))
    kept_values_are_kept(before, after)
    assert after.training.state.update == before.training.state.update
    assert after.training.state.position == before.training.state.position
    assert Changes.TOPOLOGY in changes
    assert Changes.HISTORY not in changes
    Trainer.of(after.training).run(updates=5)
    back, _, _ = edits.apply(after, inverse)
    assert_same_training(before, back)


def test_a_new_hidden_neuron_leaves_the_output_unchanged():
    before = trained()
    after, _, _ = edits.apply(before, edits.set_units(before, 1, 12))
    outputs = [predict(p.network, p.parameters, p.data.X) for p in (before, after)]
    assert np.abs(outputs[0] - outputs[1]).max() <= 1e-12
    new = places(before.network, after.network.keys) < 0
    assert np.count_nonzero(after.training.state.vector[new]) == 2 * 4


@pytest.mark.parametrize(
    ("activation", "before", "entering"),
    [("tanh", 1, "linear"), ("tanh", 2, "linear"), ("sigmoid", 3, "relu"), ("relu", 3, "relu"), ("silu", 3, "linear")],
)
def test_a_new_layer_enters_as_identity(activation, before, entering):
    project = trained()
    old, _, _ = edits.apply(project, edits.set_activation(project, 2, activation))
    after, _, _ = edits.apply(old, edits.add_layer(old, before))
    assert after.network.layers[before].activation == entering
    outputs = [predict(p.network, p.parameters, p.data.X) for p in (old, after)]
    assert np.abs(outputs[0] - outputs[1]).max() <= 1e-12


def test_a_neuron_moved_in_its_layer_takes_its_weights_along_and_changes_no_output():
    before = trained()
    unit = before.network.layers[1].unit_ids[2]
    after, _, _ = edits.apply(before, edits.move_neuron(before, unit, 3))
    assert after.network.layers[1].unit_ids.index(unit) == 5
    outputs = [predict(p.network, p.parameters, p.data.X) for p in (before, after)]
    assert np.abs(outputs[0] - outputs[1]).max() <= 1e-12


def test_a_connection_past_a_layer_begins_at_0_and_learns_alone():
    before = trained()
    after, _, _ = edits.apply(before, edits.connect(before, (3, 0), (0, 1)))
    outputs = [predict(p.network, p.parameters, p.data.X) for p in (before, after)]
    assert np.abs(outputs[0] - outputs[1]).max() <= 1e-12
    trainer = Trainer.of(after.training)
    trainer.run(updates=5)
    block = trainer.params.weights[-1]
    assert block[1, 0] != 0.0
    assert block[0, 0] == 0.0
    with pytest.raises(ValueError, match="connected already"):
        edits.connect(after, (0, 1), (3, 0))
    more, _, _ = edits.apply(after, edits.connect(after, (0, 0), (3, 0)))
    assert not more.network.cut.any()


def test_what_is_frozen_does_not_learn_by_one_bit_and_thaws():
    before = trained()
    network = before.network
    keys = [weight_key(network, (1, 2), (2, 3)), network.layers[2].unit_ids[4]]  # a connection and a bias
    at = places(network, np.array(keys))
    frozen, _, changes = edits.apply(before, edits.freeze(before, keys))
    assert Changes.MASKS in changes
    trainer = Trainer.of(frozen.training)
    trainer.run(updates=30)
    assert np.array_equal(trainer.params.vector[at], before.training.state.vector[at])
    thawed, _, _ = edits.apply(frozen, edits.freeze(frozen, keys, False))
    assert thawed.network == network
    trainer = Trainer.of(thawed.training)
    trainer.run(updates=1)
    assert (trainer.params.vector[at] != before.training.state.vector[at]).all()


def test_one_neuron_has_an_activation_of_its_own():
    before = trained()
    unit = before.network.layers[2].unit_ids[3]
    after, _, _ = edits.apply(before, edits.set_neuron_activation(before, unit, "sine"))
    assert [after.network.layers[2].activation_of(j) for j in (2, 3)] == ["tanh", "sine"]
    back, _, _ = edits.apply(after, edits.set_neuron_activation(after, unit, "tanh"))
    assert back.network == before.network


def test_a_cut_connection_is_zero_and_restore_gives_its_weight_back():
    before = trained()
    key = weight_key(before.network, (1, 2), (2, 3))
    place = int(places(before.network, np.array([key]))[0])
    weight = before.training.state.vector[place]
    cut, inverse, changes = edits.apply(before, edits.cut(before, [key]))
    assert Changes.MASKS in changes
    assert cut.training.state.vector[place] == 0.0
    assert cut.remembered == {key: weight}
    trainer = Trainer.of(cut.training)
    trainer.run(updates=30)
    later = cut.with_training(trainer.training)
    assert later.training.state.vector[place] == 0.0
    restored, _, _ = edits.apply(later, edits.restore(later, [key]))
    assert restored.training.state.vector[place] == weight
    assert restored.training.state.slots[:, place].tolist() == [0.0] * len(restored.training.state.slots)
    assert restored.remembered == {}
    assert_same_training(before, edits.apply(cut, inverse)[0])


@pytest.mark.parametrize(
    ("loss", "activation", "outputs"),
    [("cross_entropy", "softmax", 2), ("binary_cross_entropy", "sigmoid", 1)],
)
def test_a_loss_brings_the_output_it_needs_in_one_step_and_says_so(loss, activation, outputs):
    before = trained()
    edit = edits.set_recipe(before, loss=loss)
    after, inverse, _ = edits.apply(before, edit)
    assert after.recipe.loss == loss
    assert after.network.layers[-1].activation == activation
    assert after.network.outputs == outputs
    assert activation in edit.note
    assert Trainer.of(after.training).run(epochs=1) == "done"
    back, _, _ = edits.apply(after, inverse)
    assert (back.network, back.recipe) == (before.network, before.recipe)
    assert np.array_equal(back.training.state.vector, before.training.state.vector)
    assert np.array_equal(back.training.state.slots, before.training.state.slots)


def test_softmax_in_place_of_one_sigmoid_gives_the_same_probabilities():
    project = trained("xor", 200)
    before, _, _ = edits.apply(project, edits.set_activation(project, 2, "sigmoid"))
    after, _, _ = edits.apply(before, edits.set_activation(before, 2, "softmax"))
    one, two = (predict(p.network, p.parameters, p.data.X) for p in (before, after))
    assert np.abs(two[:, 1] - one[:, 0]).max() <= 1e-12
    assert np.abs(two[:, 0] + one[:, 0] - 1).max() <= 1e-12


def test_a_layer_put_in_keeps_cut_connections_cut_and_what_they_remember():
    before = trained()
    key = weight_key(before.network, (1, 2), (2, 3))
    cut, _, _ = edits.apply(before, edits.cut(before, [key]))
    after, inverse, _ = edits.apply(cut, edits.add_layer(cut, 2))
    moved = weight_key(after.network, (2, 2), (3, 3))
    assert after.remembered == {moved: cut.remembered[key]}
    assert after.network.keys[after.network.cut].tolist() == [moved]
    assert edits.apply(after, inverse)[0].remembered == cut.remembered


def test_a_new_output_or_softmax_neuron_says_that_the_outputs_change():
    project = of_builtin("spirals")
    assert "outputs" in edits.set_units(project, 3, 2).note
    softmax, _, _ = edits.apply(project, edits.set_activation(project, 2, "softmax"))
    assert "softmax" in edits.set_units(softmax, 2, 9).note
    assert edits.set_units(softmax, 1, 9).note == ""


@pytest.mark.parametrize(("activation", "loss"), [("tanh", "half_sse"), ("softmax", "cross_entropy")])
def test_an_output_activation_brings_a_fitting_loss_and_says_so(activation, loss):
    project = trained()
    before, _, _ = edits.apply(project, edits.set_recipe(project, loss="binary_cross_entropy"))
    edit = edits.set_activation(before, 3, activation)
    after, _, _ = edits.apply(before, edit)
    assert after.recipe.loss == loss
    assert edit.note
    assert Trainer.of(after.training).run(epochs=1) == "done"


REFUSED = [
    (edits.set_units, (0, 3), {}, "the data have 2 inputs"),
    (edits.set_units, (1, 0), {}, "at least one neuron"),
    (edits.set_units, (3, 3), {}, "classes"),
    (edits.remove_layer, (3,), {}, "only hidden layers"),
    (edits.set_activation, (1, "swish"), {}, "known: linear"),
    (edits.set_recipe, (), {"learning_rate": 0.0}, "greater than 0, got 0.0"),
    (edits.set_recipe, (), {"batch_size": 0}, "from 1 on"),
    (edits.set_recipe, (), {"momentum": 0.5}, "unknown key 'momentum'"),
    (edits.set_parameter, (12345678, 1.0), {}, "no unit with id"),
    (edits.remove_neurons, ([1],), {}, "inputs cannot be removed"),
    (edits.remove_neurons, (list(range(4, 12)),), {}, "remove the layer instead"),
    (edits.move_neuron, (22, 1), {}, "outputs cannot be moved"),
    (edits.connect, ((1, 0), (1, 3)), {}, "of one layer"),
    (edits.connect, ((1, 0), (2, 3)), {}, "connected already"),
    (edits.set_neuron_activation, (1, "relu"), {}, "no activation"),
    (edits.set_neuron_activation, (4, "softmax"), {}, "cannot be 'softmax'"),
]


@pytest.mark.parametrize(("make", "arguments", "values", "sentence"), REFUSED)
def test_an_edit_that_cannot_be_is_refused_with_a_sentence(make, arguments, values, sentence):
    project = of_builtin("spirals")
    with pytest.raises(ValueError, match=sentence):
        edits.apply(project, make(project, *arguments, **values))


def random_edit(project: Project, draw: random.Random) -> edits.Edit:
    network = project.network
    hidden = range(1, len(network.layers) - 1)
    weights = network.keys[: network.weight_count]
    key = int(weights[draw.randrange(len(weights))])
    units = [(at, unit) for at, layer in enumerate(network.layers) for unit in range(layer.units)]
    ids = [unit for layer in network.layers for unit in layer.unit_ids or ()]
    choices = [
        lambda: edits.set_units(project, draw.choice(hidden), draw.randint(1, 9)),
        lambda: edits.add_layer(project, draw.randint(1, len(network.layers) - 1)),
        lambda: edits.remove_layer(project, draw.choice(hidden)),
        lambda: edits.set_activation(project, draw.choice(hidden), draw.choice(["relu", "softmax", "linear", "tanh"])),
        lambda: edits.set_bias(project, draw.randint(1, len(network.layers) - 1), draw.random() < 0.5),
        lambda: edits.set_parameter(project, key, draw.gauss(0, 1)),
        lambda: edits.cut(project, [key]),
        lambda: edits.restore(project, list(project.remembered)[:1]),
        lambda: edits.freeze(project, [key], draw.random() < 0.7),
        lambda: edits.connect(project, *(draw.choice(units) for _ in range(2))),
        lambda: edits.remove_neurons(project, [draw.choice(ids) for _ in range(2)]),
        lambda: edits.move_neuron(project, draw.choice(ids), draw.randint(-3, 3)),
        lambda: edits.set_neuron_activation(project, draw.choice(ids), draw.choice(["relu", "sine", "tanh"])),
        lambda: edits.set_recipe(project, loss=draw.choice(["mse", "cross_entropy", "binary_cross_entropy"])),
        lambda: edits.set_recipe(project, optimizer=draw.choice(["sgd", "momentum"])),
        lambda: edits.set_recipe(
            project, batch_size=draw.choice([1, 7, "full"]), learning_rate=draw.uniform(0.01, 0.1)
        ),
        lambda: edits.reset(project),
        lambda: edits.new_seed(project),
    ]
    return draw.choice(choices)()


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_undone_in_order_give_the_start_back(seed):
    draw = random.Random(seed)
    start = project = trained("circles")
    inverses = []
    for _ in range(25):
        try:
            project, inverse, _ = edits.apply(project, random_edit(project, draw))
        except (ValueError, IndexError):
            continue
        inverses.append(inverse)
    assert len(inverses) > 8
    for inverse in reversed(inverses):
        project, _, _ = edits.apply(project, inverse)
    # Undoing a change of optimizer starts it anew; everything else comes back to the last bit.
    state = replace(project.training.state, slots=start.training.state.slots, step=start.training.state.step)
    position = replace(
        start.training.state, position=state.position, error_sum=state.error_sum, weight_sum=state.weight_sum
    )
    assert state.same(replace(position, best=state.best, waited=state.waited, best_vector=state.best_vector))
    assert project.network == start.network
    assert project.recipe == start.recipe
    assert project.remembered == start.remembered


def test_data_made_anew_are_those_of_the_library_and_what_is_not_asked_for_stays() -> None:
    project = of_builtin("moons", data_seed=4)
    for asked, wanted in (
        ({"noise": 0.2}, load("moons", noise=0.2, seed=4)),
        ({"samples": 50}, load("moons", samples=50, seed=4)),
        ({"seed": 9}, load("moons", seed=9)),
        ({"validation": 0.4}, load("moons", seed=4, validation=0.4)),
        ({"validation": 0.4, "noise": 0.0}, load("moons", noise=0.0, seed=4, validation=0.4)),
    ):
        changed, inverse, changes = edits.apply(project, edits.remake_data(project, **asked))
        assert np.array_equal(changed.data.X, wanted.X)
        assert np.array_equal(changed.data.validation, wanted.validation)
        assert (changed.data.origin, changed.data.seed) == (wanted.origin, wanted.seed)
        assert changes & Changes.DATA
        assert edits.apply(changed, inverse)[0].data is project.data


def test_other_samples_of_the_same_data_are_called_by_what_became_of_them() -> None:
    project = of_builtin("xor")
    data = project.data
    more = replace(data, X=data.X + 1.0)
    assert edits.use_data(project, more).label == "change samples of xor"
    assert edits.use_data(project, replace(data, name="others")).label == "data others"
    fewer = {name: getattr(data, name)[:-1] for name in ("X", "labels", "validation")}
    assert edits.use_data(project, replace(data, **fewer)).label == f"samples {data.samples} → {data.samples - 1}"


def test_data_that_were_not_made_here_are_only_split_anew() -> None:
    given = Dataset("mine", np.eye(10), labels=np.arange(10) % 2)
    project = of_data(given)
    changed = edits.apply(project, edits.remake_data(project, validation=0.2, seed=3))[0]
    assert np.array_equal(changed.data.validation, given.with_split(0.2, 3).validation)
    for asked in ({"noise": 0.1}, {"samples": 5}):
        with pytest.raises(ValueError, match="the data 'mine' were not made here"):
            edits.remake_data(project, **asked)
