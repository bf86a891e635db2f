"""What the network drawing shows where: places, curves, which connections are drawn, what lies under the pointer."""

from __future__ import annotations

from itertools import pairwise, product
from math import isfinite

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from bpgui.gui.canvas import edges
from bpgui.gui.canvas.curves import HIT_AREA
from bpgui.gui.canvas.edges import LARGEST_DRAWN, MOST_CUT_DRAWN, Scale, reference, stroke
from bpgui.gui.canvas.labels import value_text
from bpgui.gui.canvas.layout import HEADER, LEGEND, TILE, View
from bpgui.gui.canvas.legend import left_out, round_below, scale_numbers
from bpgui.gui.canvas.scene import Scene
from bpgui.gui.theme.fonts import load_fonts, ui_font
from bpgui.gui.theme.tokens import CAPTION
from bpgui.network import structure
from bpgui.network.names import bias_key, weight_key
from bpgui.network.network import Block, Network

SIZE = 808.0, 532.0
SKIPPING = Network(Network.dense((3, 5, 4, 2)).layers, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (0, 3)])


def scene_of(network: Network, seed: int = 0, view: View = View()) -> Scene:  # noqa: B008  (a value)
    return Scene(network, network.initialise(seed).vector, SIZE, view)


def tiles_of(scene: Scene, layer: int) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of the tiles of a layer."""
    column = scene.columns[layer]
    half = column.tile / 2
    return [(column.x - half, y - half, column.x + half, y + half) for y in column.ys]


@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 8, 8, 1), (64, 32, 10), (24, 24, 24), (1, 500, 1), (3,) * 12])
def test_tiles_lie_between_headings_and_legend_and_do_not_overlap(sizes):
    scene = scene_of(Network.dense(sizes))
    for layer, column in enumerate(scene.columns):
        tiles = tiles_of(scene, layer)
        assert tiles[0][1] >= HEADER
        assert tiles[-1][3] <= SIZE[1] - LEGEND
        assert all(upper[3] < lower[1] for upper, lower in pairwise(tiles))
        assert [unit for group in column.groups for unit in group] == list(range(sizes[layer]))


def test_a_layer_of_more_than_24_neurons_shows_the_first_ten_and_the_last_two():
    groups = scene_of(Network.dense((2, 25, 1))).columns[1].groups
    assert [len(group) for group in groups] == [1] * 10 + [13] + [1, 1]
    assert len(scene_of(Network.dense((2, 24, 1))).columns[1].groups) == 24


def test_zooming_spreads_the_drawing_out_around_the_pointer_and_leaves_tiles_readable():
    plain, near = scene_of(Network.dense((2, 24, 1))), View().zoomed(4.0, 0.0, 0.0)
    zoomed = scene_of(Network.dense((2, 24, 1)), view=near)
    assert np.diff(zoomed.columns[1].ys)[0] == pytest.approx(4 * np.diff(plain.columns[1].ys)[0])
    assert plain.columns[1].tile < zoomed.columns[1].tile <= TILE
    left = plain.columns[0].x - SIZE[0] / 2
    around = scene_of(Network.dense((2, 24, 1)), view=View().zoomed(3.0, left, 0.0))
    assert around.columns[0].x == pytest.approx(plain.columns[0].x)


@pytest.mark.parametrize("weight", [0.0, 0.3, -1.0, 5.0])
def test_width_and_strength_grow_with_the_weight_up_to_the_95th_percentile(weight):
    share = min(1.0, abs(weight) / 1.2)
    assert stroke(weight, 1.2) == pytest.approx((0.75 + 4.25 * share, 0.10 + 0.75 * share))


def test_the_reference_leaves_cut_connections_out_and_is_never_zero():
    network = Network.dense((1, 3, 1), bias=False)
    vector = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 60.0])
    assert reference(network, vector) == pytest.approx(np.percentile(vector, 95))
    without = structure.with_mask(network, "cut", [weight_key(network, (1, 2), (2, 0))], True)
    assert reference(without, vector) == pytest.approx(np.percentile(vector[:5], 95))
    assert reference(network, np.zeros(6)) == 1.0


def test_the_scale_follows_smoothly_while_training_and_at_once_otherwise(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("bpgui.gui.canvas.edges.monotonic", lambda: now[0])
    scale = Scale(1.0)
    now[0] = 0.1
    scale.follow(2.0, at_once=False)
    assert scale.value == pytest.approx(2.0 - np.exp(-1.0))
    scale.follow(5.0, at_once=True)
    assert scale.value == 5.0


def test_connections_are_drawn_by_rising_size_with_cut_ones_last():
    network = Network.dense((4, 6, 3))
    gone = weight_key(network, (0, 1), (1, 2))
    scene = scene_of(structure.with_mask(network, "cut", [gone], True))
    assert scene.edges.cut.tolist() == [False] * (network.weight_count - 1) + [True]
    assert (np.diff(np.abs(scene.edges.weights[:-1])) >= 0).all()
    assert scene.network.keys[scene.edges.places[-1]] == gone
    assert scene.edges.drawn == scene.edges.total == network.weight_count - 1


def test_above_1500_connections_the_400_largest_of_each_block_are_drawn_and_the_caption_says_so():
    network = Network.dense((24, 24, 24, 24))
    scene = scene_of(network)
    edges = scene.edges
    assert left_out(edges) == "1,200 largest of 1,728 connections shown"
    for block in network.weight_slices:
        sizes = np.sort(np.abs(scene.vector[block]))
        drawn = edges.places[(edges.places >= block.start) & (edges.places < block.stop)]
        assert drawn.size == LARGEST_DRAWN
        assert np.abs(scene.vector[drawn]).min() >= sizes[-LARGEST_DRAWN]
    fewer = scene_of(Network.dense((24, 24, 24, 14))).edges
    assert fewer.total == fewer.drawn == 1488


def test_a_curve_that_stands_for_many_connections_shows_the_largest_of_them():
    network = Network.dense((64, 32, 10))
    scene = scene_of(network)
    weights = np.abs(scene.vector[network.weight_slices[0]].reshape(64, 32))
    drawn = dict(zip(scene.edges.pairs.tolist(), scene.edges.weights.tolist(), strict=True))
    assert abs(drawn[10 * 13 + 10]) == weights[10:62, 10:30].max()
    assert abs(drawn[10 * 13 + 3]) == weights[10:62, 3].max()
    assert abs(drawn[4 * 13 + 10]) == weights[4, 10:30].max()
    assert abs(drawn[12 * 13 + 12]) == weights[63, 31]


def test_a_block_with_a_single_connection_is_drawn_without_its_cut_ones():
    cut = np.ones((7, 7), np.bool_)
    cut[2, 5] = False
    assert np.count_nonzero(cut) > MOST_CUT_DRAWN
    network = Network(Network.dense((7, 3, 7)).layers, [(0, 1), (1, 2), Block(0, 2, cut)])
    scene = scene_of(network)
    keys = network.keys[scene.edges.places]
    assert weight_key(network, (0, 2), (2, 5)) in keys
    assert not scene.edges.cut.any()


def test_curves_that_pass_a_layer_by_touch_none_of_its_tiles():
    scene = scene_of(SKIPPING)
    for source, target in product(range(3), range(2)):
        pair = scene.pair(weight_key(SKIPPING, (0, source), (3, target)))
        points = np.concatenate(scene.curves._samples[scene.curves.first[pair] : scene.curves.first[pair + 1]])
        assert points[0, 1] == pytest.approx(scene.columns[0].ys[source])
        assert points[-1, 1] == pytest.approx(scene.columns[3].ys[target])
        assert points[:, 1].min() >= HEADER
        assert points[:, 1].max() <= SIZE[1] - LEGEND
        for left, top, right, bottom in tiles_of(scene, 1) + tiles_of(scene, 2):
            inside = (points >= (left, top)).all(axis=1) & (points <= (right, bottom)).all(axis=1)
            assert not inside.any()


@pytest.mark.parametrize("network", [Network.dense((2, 8, 8, 1)), SKIPPING, Network.dense((1, 1))])
def test_a_point_of_a_curve_that_no_other_is_near_belongs_to_it(network):
    scene = scene_of(network, seed=3)
    samples = scene.curves._samples
    owner = np.repeat(np.arange(len(scene.curves.first) - 1), np.diff(scene.curves.first))
    points = samples.reshape(-1, 2)
    of_point = np.repeat(owner, samples.shape[1])
    place_of_pair = dict(zip(scene.edges.pairs.tolist(), scene.edges.places.tolist(), strict=True))
    checked = 0
    for place in range(0, len(points), 7):
        x, y = points[place]
        others = points[of_point != of_point[place]]
        alone = others.size == 0 or np.hypot(*(others - points[place]).T).min() > 2 * HIT_AREA
        if alone:
            assert scene.at(x, y) == scene.network.keys[place_of_pair[int(of_point[place])]]
            checked += 1
    assert checked


def test_the_nearest_curve_wins_and_ties_go_to_the_larger_weight():
    network = Network.dense((1, 2, 1), bias=False)
    vector = np.array([0.1, -0.9, 0.5, 0.2])
    scene = Scene(network, vector, SIZE, View())
    up, down = weight_key(network, (0, 0), (1, 0)), weight_key(network, (0, 0), (1, 1))
    x, y = scene.columns[0].x + scene.columns[0].tile / 2 + 6, float(scene.columns[0].ys[0])
    assert scene.at(x, y) == down  # both begin here, the larger one is meant
    upper = scene.anchor(up)
    assert scene.at(upper[0], upper[1] - 5) == up
    assert scene.at(upper[0] - 40, upper[1] - 40) is None


def test_a_tile_hides_what_is_under_it_and_the_bias_dot_lies_on_top():
    network = Network.dense((2, 3, 2))
    scene = scene_of(network)
    column = scene.columns[1]
    assert scene.at(column.x + column.tile / 2 - 1, float(column.ys[1])) is None
    x, y = scene.bias_dot(scene.marks(bias_key(network, (1, 1)))[0])
    assert scene.at(x - 3, y + 3) == bias_key(network, (1, 1))
    without = scene_of(structure.with_bias(network, 1, False))
    assert without.at(x - 3, y + 3) != bias_key(network, (1, 1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (-2.0, "−2"),
        (1 / 3, "0.3333"),
        (-1.28412345, "−1.2841"),
        (1.23456e-5, "1.235e−5"),
        (0.0, "0"),
        (1e-3, "0.001"),
    ],
)
def test_a_weight_is_written_exactly_where_that_is_short(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize(("value", "below"), [(3.4, 3.0), (0.99, 0.7), (1.0, 1.0), (14.0, 10.0), (0.021, 0.02)])
def test_the_legend_takes_round_numbers(value, below):
    assert round_below(value) == pytest.approx(below)


@pytest.mark.parametrize("power", [-308, -300, -5, -3, -2, -1, 0, 1, 3, 4, 152, 300])
@pytest.mark.parametrize("digit", [1.0, 1.5, 2.0, 3.0, 5.0, 7.0])
def test_the_numbers_of_the_legend_never_touch(qapp, power, digit):  # noqa: ARG001  (fonts need it)
    load_fonts()
    metrics = QFontMetricsF(ui_font(CAPTION))
    unit, numbers = scale_numbers(round_below(digit * 10.0**power * 1.0000001))
    widths = [metrics.horizontalAdvance(number) for number in numbers]
    assert max((left + right) / 2 for left, right in pairwise(widths)) <= 39  # one stands 42 from the next
    in_all = float((unit.removeprefix("× ") or "1").replace("−", "-")) * float(numbers[-1])
    assert in_all == pytest.approx(digit * 10.0**power, rel=1e-5)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("old", "new"), [(1e155, 0.7), (0.7, 1e155), (1e300, 1e-300), (1e-300, 1e-300), (1e300, 1e300)]
)
def test_the_scale_goes_between_sizes_that_swallow_each_other(monkeypatch, old, new, at_once):
    for now in (0.0, 1e-18, 0.01, 1e3):  # seconds from one look to the next
        clock = iter([0.0, now])
        monkeypatch.setattr(edges, "monotonic", lambda clock=clock: next(clock))
        scale = Scale(old)
        scale.follow(new, at_once)
        assert min(old, new) * (1 - 1e-15) <= scale.value <= max(old, new) * (1 + 1e-15)
        if at_once or now > 10:
            assert scale.value == new
        assert np.isfinite(stroke(new, scale.value)).all()


@pytest.mark.parametrize("size", [5e-324, 1e-308, 1.7e308])
def test_weights_at_the_ends_of_the_range_of_numbers_have_a_size(size):
    network = Network.dense((2, 3, 1))
    of = reference(network, np.full(network.parameter_count, size))
    assert of > 0
    assert isfinite(2 * of)
    assert isfinite(1 / of)
