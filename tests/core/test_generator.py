"""Random numbers: a draw is a function of its place, and NumPy's Philox draws the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import plain
from support import examples

from bpgui import _core

WORD = st.integers(0, 2**64 - 1)
EDGES = (0, 1, 2**32, 2**63, 2**64 - 1)


@examples(2000)
@given(WORD, WORD, WORD, WORD, st.integers(0, 20))
def test_draws_are_numpys_philox(seed: int, stream: int, c1: int, c2: int, count: int) -> None:
    assert _core.draws(seed, stream, c1, c2, count).tolist() == plain.words(seed, stream, c1, c2, count).tolist()


@pytest.mark.parametrize("word", EDGES)
def test_draws_are_numpys_philox_at_the_ends_of_the_words(word: int) -> None:
    for place in ((word, 1, 2, 3), (1, word, 2, 3), (1, 2, word, 3), (1, 2, 3, word), (word, word, word, word)):
        assert _core.draws(*place, 9).tolist() == plain.words(*place, 9).tolist()


def test_a_draw_depends_on_nothing_that_was_drawn_before() -> None:
    few = _core.draws(7, 2, 5, 6, 3)
    _core.draws(8, 1, 1, 1, 100)
    assert _core.draws(7, 2, 5, 6, 300)[:3].tolist() == few.tolist()


def test_streams_seeds_and_places_give_different_draws() -> None:
    places = [(s, k, a, b) for s in (0, 1) for k in (1, 2, 3, 4, 5, 6) for a in (0, 1) for b in (0, 1)]
    assert len({_core.draws(*place, 4).tobytes() for place in places}) == len(places)


@examples(400)
@given(WORD, st.integers(1, 6), WORD, WORD)
def test_uniforms_are_the_upper_53_bits(seed: int, stream: int, c1: int, c2: int) -> None:
    u = _core.uniforms(seed, stream, c1, c2, 50)
    assert u.tolist() == [(int(word) >> 11) * 2.0**-53 for word in plain.words(seed, stream, c1, c2, 50)]
    assert ((u >= 0.0) & (u < 1.0)).all()


@examples(400)
@given(WORD, st.integers(1, 6), WORD, WORD)
def test_normals_are_box_muller_of_two_draws_each(seed: int, stream: int, c1: int, c2: int) -> None:
    u = plain.uniforms(seed, stream, c1, c2, 60)
    wanted = [
        math.sqrt(-2.0 * math.log(1.0 - a)) * math.cos(2.0 * math.pi * b) for a, b in zip(u[::2], u[1::2], strict=True)
    ]
    assert _core.normals(seed, stream, c1, c2, 30) == pytest.approx(wanted, rel=1e-14, abs=1e-15)


def test_uniforms_and_normals_have_the_moments_of_their_distributions() -> None:
    n = 200_000
    u, z = _core.uniforms(3, 5, 0, 0, n), _core.normals(3, 5, 0, 0, n)
    off = 5.0 / math.sqrt(n)  # five standard errors of a mean of unit variance
    assert abs(u.mean() - 0.5) < off * math.sqrt(1 / 12)
    assert abs(u.var() - 1 / 12) < off * math.sqrt(1 / 180)
    assert abs(z.mean()) < off
    assert abs((z**2).mean() - 1.0) < off * math.sqrt(2.0)
    assert abs((z**3).mean()) < off * math.sqrt(15.0)
    assert abs((z**4).mean() - 3.0) < off * math.sqrt(96.0)
    assert np.histogram(u, 16, (0.0, 1.0))[0].std() < 5.0 * math.sqrt(n / 16)
    assert abs(np.corrcoef(z[::2], z[1::2])[0, 1]) < off * math.sqrt(2.0)


@examples(400)
@given(WORD, st.integers(1, 6), WORD, st.integers(0, 80))
def test_a_permutation_is_fisher_yates_from_the_identity(seed: int, stream: int, c1: int, n: int) -> None:
    order = _core.permutation(seed, stream, c1, n).tolist()
    assert sorted(order) == list(range(n))
    assert order == plain.permutation(seed, stream, c1, n)
    assert order == _core.permutation(seed, stream, c1, n).tolist()


def test_every_permutation_of_four_comes_about_equally_often() -> None:
    runs = 24_000
    found: dict[tuple[int, ...], int] = {}
    for c1 in range(runs):
        order = tuple(_core.permutation(1, 2, c1, 4).tolist())
        found[order] = found.get(order, 0) + 1
    assert len(found) == 24
    chi_squared = sum((count - runs / 24) ** 2 / (runs / 24) for count in found.values())
    assert chi_squared < 58.6  # 23 degrees of freedom exceed this once in 20,000


@pytest.mark.parametrize("draw", [_core.draws, _core.uniforms, _core.normals])
def test_no_draws_are_an_empty_array_and_fewer_are_refused(draw: object) -> None:
    assert callable(draw)
    assert draw(0, 1, 0, 0, 0).shape == (0,)
    with pytest.raises(ValueError, match="negative"):
        draw(0, 1, 0, 0, -1)
    with pytest.raises(OverflowError):
        draw(-1, 1, 0, 0, 1)
    with pytest.raises(OverflowError):
        draw(2**64, 1, 0, 0, 1)


def test_a_permutation_of_nothing_is_empty_and_of_fewer_is_refused() -> None:
    assert _core.permutation(0, 2, 0, 0).shape == (0,)
    with pytest.raises(ValueError, match="negative"):
        _core.permutation(0, 2, 0, -1)
