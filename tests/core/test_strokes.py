"""Strokes on a picture: as wide and as dark as the geometry says, one over the other, never beyond the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support import tries

from bpgui import _core

Floats = NDArray[np.float64]

ROWS, COLUMNS = 100, 90
OPAQUE = 0xFFFFFFFF
FINE = 5


def curve(start: tuple[float, float], end: tuple[float, float]) -> Floats:
    """A connection's cubic: level at both ends."""
    handle = 0.48 * (end[0] - start[0])
    return np.array([start, (start[0] + handle, start[1]), (end[0] - handle, end[1]), end])


def painted(*strokes: tuple[Floats, float, int], ground: int = 0) -> NDArray[np.uint32]:
    pixels = np.full((ROWS, COLUMNS), ground, np.uint32)
    pieces = np.array([stroke[0] for stroke in strokes]).reshape(-1, 4, 2)
    widths = np.array([stroke[1] for stroke in strokes], np.float64)
    _core.paint_strokes(pixels, pieces, widths, np.array([stroke[2] for stroke in strokes], np.uint32))
    return pixels


def cover(pixels: NDArray[np.uint32]) -> Floats:
    """Alpha of each pixel, 0 to 1."""
    return np.asarray((pixels >> 24) / 255.0)


def oracle(piece: Floats, width: float) -> Floats:
    """What each pixel holds of a stroke, from the distances of FINE x FINE places in it to a fine polyline."""
    t = np.linspace(0.0, 1.0, 400)[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    line = basis @ piece
    offsets = (np.arange(FINE) + 0.5) / FINE
    y, x = np.meshgrid(
        (np.arange(ROWS)[:, None] + offsets).ravel(), (np.arange(COLUMNS)[:, None] + offsets).ravel(), indexing="ij"
    )
    nearest = np.full(y.shape, np.inf)
    for at in line:
        nearest = np.minimum(nearest, (x - at[0]) ** 2 + (y - at[1]) ** 2)
    left, right = sorted((piece[0, 0], piece[3, 0]))
    inside = (np.sqrt(nearest) <= width / 2) & (x >= left) & (x <= right)
    return np.asarray(inside.reshape(ROWS, FINE, COLUMNS, FINE).mean(axis=(1, 3)))


@pytest.mark.parametrize("width", [0.75, 2.3, 5.0])
@pytest.mark.parametrize("end", [(80.0, 30.0), (80.4, 15.7), (70.0, 80.0), (57.0, 95.0), (88.0, 6.0)])
def test_a_stroke_covers_what_lies_within_half_its_width(width: float, end: tuple[float, float]) -> None:
    piece = curve((15.3, 14.6), end)
    met, wanted = cover(painted((piece, width, OPAQUE))), oracle(piece, width)
    assert met.sum() == pytest.approx(wanted.sum(), rel=0.03)
    assert np.abs(met - wanted).max() < 0.3  # by distance, not by area: corners of steep lines differ
    assert np.abs(met - wanted).mean() < 0.006


def test_the_direction_makes_no_difference() -> None:
    piece = curve((15.3, 14.6), (70.0, 50.0))
    assert (painted((piece, 3.0, OPAQUE)) == painted((piece[::-1].copy(), 3.0, OPAQUE))).all()


def test_a_level_stroke_is_exact_to_the_pixel() -> None:
    met = painted((curve((10.0, 20.0), (60.5, 20.0)), 3.0, 0xFF3060C0))
    assert (met[19:21, 10:60] == 0xFF3060C0).all()  # from 18.5 to 21.5: two whole rows, and half of each beside
    half = [0x80, 0x18, 0x30, 0x60]
    for row in (18, 21):
        assert np.abs(met[row, 10:60].view(np.uint8).reshape(-1, 4)[:, ::-1].astype(int) - half).max() <= 1
    assert not met[:18].any()
    assert not met[22:].any()
    assert not met[:, :10].any()
    assert cover(met)[19, 60] == pytest.approx(0.5, abs=0.01)
    assert not met[:, 61:].any()


def test_strokes_lie_over_each_other_in_their_order() -> None:
    level = curve((0.0, 20.0), (90.0, 20.0))
    red, half_blue = 0xFFFF0000, 0x80000080
    assert painted((level, 4.0, half_blue), (level, 4.0, red))[20, 40] == red
    mixed = int(painted((level, 4.0, red), (level, 4.0, half_blue))[20, 40])
    assert [mixed >> shift & 0xFF for shift in (24, 16, 8, 0)] == pytest.approx([255, 127, 0, 128], abs=1)


@pytest.mark.parametrize("ground", [0, OPAQUE, 0xFF123456])
def test_many_strokes_of_the_ground_s_own_colour_change_an_opaque_ground_little_and_never_overflow(ground: int) -> None:
    strokes = [(curve((0.0, 20.0), (90.0, 20.0 + i)), 3.0, 0x19191919) for i in range(200)]
    met = painted(*strokes, ground=ground)
    alpha, red = met >> 24, met >> 16 & 0xFF
    assert (red <= alpha).all()  # premultiplied it stays
    if ground:
        assert (alpha == 255).all()


@pytest.mark.parametrize("seed", tries(200))
def test_nothing_is_painted_outside_and_nothing_breaks_wherever_strokes_lie(seed: int) -> None:
    rng = np.random.default_rng(seed)
    around = np.zeros((ROWS + 2, COLUMNS), np.uint32)
    inner = around[1:-1]
    scale = 10.0 ** rng.integers(0, 12)
    pieces = rng.normal(size=(20, 4, 2)) * scale + (COLUMNS / 2, ROWS / 2)
    pieces[rng.random(20) < 0.2] *= 0.0
    widths = rng.uniform(0.0, 64.0, 20)
    _core.paint_strokes(inner, pieces, widths, rng.integers(0, 2**32, 20, np.uint32))
    assert not around[0].any()
    assert not around[-1].any()


EXTREME = curve((-1e300, -1e300), (1e300, 1e300))


def test_strokes_far_beyond_the_picture_leave_it_alone() -> None:
    away = [curve((-50.0, 10.0), (-1.0, 20.0)), curve((91.0, 10.0), (200.0, 20.0)), curve((0.0, 1e9), (90.0, 1e9))]
    assert not painted(*[(piece, 5.0, OPAQUE) for piece in away]).any()
    painted((EXTREME, 64.0, OPAQUE))  # or it would end in a crash


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pieces": np.zeros((2, 3, 2))}, r"the control points .*\(3, 2\).*\(4, 2\)"),
        ({"widths": np.ones(3)}, r"the widths .*\(3,\).*\(2,\)"),
        ({"colours": np.ones(1, np.uint32)}, r"the colours .*\(1,\).*\(2,\)"),
        ({"pieces": np.full((2, 4, 2), np.nan)}, "not finite"),
        ({"widths": np.array([1.0, 64.5])}, "from 0 to 64 pixels"),
        ({"widths": np.array([1.0, -0.5])}, "from 0 to 64 pixels"),
        ({"widths": np.array([1.0, np.nan])}, "from 0 to 64 pixels"),
    ],
)
def test_strokes_that_cannot_be_are_refused(change: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {
        "pixels": np.zeros((4, 5), np.uint32),
        "pieces": np.zeros((2, 4, 2)),
        "widths": np.ones(2),
        "colours": np.zeros(2, np.uint32),
    }
    with pytest.raises(ValueError, match=words):
        _core.paint_strokes(*{**given, **change}.values())


@pytest.mark.parametrize("shape", [(0, 5), (4, 0), (1, 1)])
def test_a_picture_of_any_size_will_do(shape: tuple[int, int]) -> None:
    pixels = np.zeros(shape, np.uint32)
    _core.paint_strokes(pixels, curve((-5.0, 0.5), (5.0, 0.5))[None], np.ones(1), np.full(1, OPAQUE, np.uint32))
    assert (pixels == OPAQUE).all()
