"""Every built-in set keeps what the catalogue declares."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bpgui.data.builtin import DATASETS, Builtin, load
from bpgui.data.dataset import Dataset, MissingExtra
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import predict

EACH = pytest.mark.parametrize("entry", DATASETS, ids=lambda entry: entry.name)
GENERATED = pytest.mark.parametrize("entry", [e for e in DATASETS if e.samples], ids=lambda entry: entry.name)
FIXED = pytest.mark.parametrize("entry", [e for e in DATASETS if not e.samples], ids=lambda entry: entry.name)


def same(a: Dataset, b: Dataset) -> bool:
    return np.array_equal(a.X, b.X) and np.array_equal(a.T, b.T) and np.array_equal(a.validation, b.validation)


def test_the_catalogue_is_in_the_order_of_the_window() -> None:
    names = ["article", "xor", "circles", "moons", "spirals", "regression", "digits"]
    assert [entry.name for entry in DATASETS] == names


@EACH
def test_an_entry_says_in_one_sentence_what_it_is(entry: Builtin) -> None:
    assert entry.label
    assert entry.summary.endswith(".")
    assert entry.summary.count(".") == 1


@EACH
def test_the_same_arguments_give_the_same_data(entry: Builtin) -> None:
    first, again = load(entry.name, seed=3), load(entry.name, seed=3)
    assert same(first, again)
    assert first.name == entry.name


@EACH
def test_what_is_declared_fits_the_data(entry: Builtin) -> None:
    data = load(entry.name)
    assert entry.layers[0] == data.inputs
    assert entry.layers[-1] in ((1, 2) if data.classes == 2 else (data.classes or data.outputs,))
    assert data.validation.mean() == pytest.approx(entry.validation, abs=1 / len(data.X))
    assert (entry.noise is None) == (entry.noise_range is None) == (entry.samples_range is None)
    assert entry.pace is None or entry.pace > 0
    if entry.samples is not None:
        assert len(data.X) == entry.samples


@EACH
def test_inputs_are_of_the_size_that_networks_like(entry: Builtin) -> None:
    X = load(entry.name).X
    assert np.abs(X).max() < 1.5
    assert np.abs(X).max() > 0.4


@GENERATED
def test_another_seed_gives_other_data_and_another_part_held_out(entry: Builtin) -> None:
    first, other = load(entry.name, validation=0.2, seed=0), load(entry.name, validation=0.2, seed=1)
    assert not np.array_equal(first.X, other.X)
    assert not np.array_equal(first.validation, other.validation)


@GENERATED
def test_samples_and_noise_are_as_asked_up_to_the_ends_of_their_ranges(entry: Builtin) -> None:
    assert entry.samples_range is not None
    assert entry.noise_range is not None
    for samples in (*entry.samples_range, entry.samples_range[0] + 1):
        for noise in entry.noise_range:
            assert len(load(entry.name, samples, noise).X) == samples


@GENERATED
def test_noise_moves_samples_and_nothing_else(entry: Builtin) -> None:
    calm, noisy = load(entry.name, noise=0.0), load(entry.name, noise=0.1)
    assert not np.array_equal(calm.X, noisy.X) or not np.array_equal(calm.T, noisy.T)
    assert np.array_equal(calm.validation, noisy.validation)
    if calm.classes:
        assert np.array_equal(calm.T, noisy.T)
    assert np.abs(noisy.X - calm.X).max() < 0.6


@GENERATED
def test_classes_are_of_equal_size(entry: Builtin) -> None:
    data = load(entry.name)
    if data.classes:
        assert np.ptp(np.bincount(data.T.astype(int))) == 0


@GENERATED
@pytest.mark.parametrize("what", ["samples", "noise"])
def test_what_is_out_of_range_is_refused_with_the_range(entry: Builtin, what: str) -> None:
    low, high = getattr(entry, f"{what}_range")
    for asked in (low - 1, high + 1):
        with pytest.raises(ValueError, match=f"{what} of {entry.name!r} is a number from {low:g} to {high:g}, got"):
            load(entry.name, **{what: asked})


@FIXED
@pytest.mark.parametrize("asked", [{"samples": 5}, {"noise": 0.1}])
def test_fixed_data_say_so_when_asked_for_others(entry: Builtin, asked: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="cannot be chosen, the data are fixed"):
        load(entry.name, **asked)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"noise": float("nan")}, "noise of 'xor' is a number from 0 to 0.7, got nan"),
        ({"samples": 10.5}, "samples of 'xor' is a whole number, got 10.5"),
        ({"samples": True}, "samples of 'xor' is a whole number, got True"),
        ({"validation": 1.0}, "from 0 to less than 1, got 1.0"),
        ({"seed": -1}, "a seed is a whole number"),
    ],
)
def test_other_nonsense_is_refused(asked: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load("xor", **asked)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown data set 'spiral'; known: article, xor, .*digits"):
        load("spiral")


# The sets one by one


def test_the_article_has_its_sample() -> None:
    data = load("article")
    assert (data.X.tolist(), data.T.tolist()) == ([[0.2, 0.5]], [[0.2, 0.7]])


def test_the_articles_first_pass_comes_out_as_computed_by_hand() -> None:
    entry, data = DATASETS[0], load("article")
    network = Network.dense(entry.layers, entry.activation, entry.output, entry.bias)
    outputs = predict(network, Parameters(network, entry.first), data.X)
    np.testing.assert_allclose(outputs, [[0.5668983760, 0.6053827077]], atol=5e-11)


def test_xor_can_be_its_four_corners() -> None:
    data = load("xor", samples=4, noise=0.0)
    assert sorted(zip(data.X.tolist(), data.T.tolist(), strict=True)) == [
        ([-1.0, -1.0], 0),
        ([-1.0, 1.0], 1),
        ([1.0, -1.0], 1),
        ([1.0, 1.0], 0),
    ]
    assert not data.validation.any()


@pytest.mark.parametrize("noise", [0.2, 0.35, 0.5])
def test_xor_clouds_stay_in_their_quadrants(noise: float) -> None:
    data = load("xor", noise=noise)
    assert np.array_equal(data.T, (data.X[:, 0] > 0) != (data.X[:, 1] > 0))
    assert np.abs(data.X).max() <= 1.0
    assert np.abs(data.X).min() >= 1.0 - 2.0 * noise


def test_circles_without_noise_lie_on_two_rings() -> None:
    data = load("circles", noise=0.0)
    np.testing.assert_allclose(np.hypot(*data.X.T), np.where(data.T == 1, 0.4, 0.85), rtol=1e-14)


def test_moons_without_noise_are_one_moon_turned_by_half_a_turn() -> None:
    data = load("moons", noise=0.0)
    upright = np.where(data.T[:, None] == 1, -data.X, data.X)
    np.testing.assert_allclose(np.hypot(upright[:, 0] + 0.3, upright[:, 1] + 0.15), 0.6, rtol=1e-14)
    assert (upright[:, 1] >= -0.15).all()


def test_spirals_without_noise_are_one_arm_turned_by_half_a_turn() -> None:
    data = load("spirals", noise=0.0)
    upright = np.where(data.T[:, None] == 1, -data.X, data.X)
    radius = np.hypot(*upright.T)
    angle = 3.0 * np.pi * (radius - 0.08) / 0.84
    np.testing.assert_allclose(upright, np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), atol=1e-13)


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    for name in ("circles", "moons", "spirals"):
        calm, noisy = load(name, samples=10_000, noise=0.0), load(name, samples=10_000, noise=0.1)
        np.testing.assert_allclose((noisy.X - calm.X).std(axis=0), 0.1, rtol=0.03)
    calm, noisy = load("regression", samples=10_000, noise=0.0), load("regression", samples=10_000, noise=0.1)
    np.testing.assert_allclose((noisy.T - calm.T).std(axis=0), 0.1, rtol=0.03)


@pytest.mark.parametrize("name", ["xor", "circles", "moons", "spirals"])
def test_the_noise_of_the_two_inputs_is_drawn_apart(name: str) -> None:
    moved = load(name, samples=10_000, noise=0.1).X - load(name, samples=10_000, noise=0.0).X
    assert abs(np.corrcoef(np.abs(moved).T)[0, 1]) < 0.05


def test_regression_fills_the_square_evenly() -> None:
    X = load("regression", samples=10_000).X
    quarters = np.histogram2d(*X.T, bins=4, range=[[-1, 1], [-1, 1]])[0]
    assert quarters.sum() == 10_000
    np.testing.assert_allclose(quarters, 625, atol=100)  # four deviations


def test_regression_without_noise_is_its_formula() -> None:
    data = load("regression", noise=0.0)
    a, b = data.X.T
    np.testing.assert_allclose(data.T[:, 0], 0.5 * (a + b) + 0.25 * np.sin(np.pi * a), rtol=1e-14)


def test_digits_are_all_there_and_held_out_evenly() -> None:
    data = load("digits")
    assert data.X.shape == (1797, 64)
    assert (data.X.min(), data.X.max()) == (0.0, 1.0)
    held_out = np.bincount(data.held_out[1].astype(int))
    assert held_out.sum() == 359
    np.testing.assert_allclose(held_out, 0.2 * np.bincount(data.T.astype(int)), atol=1.0)


def test_digits_without_scikit_learn_name_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtra, match=r'pip install "bpgui\[sklearn\]"'):
        load("digits")
