"""Colours, colour maps and sizes of the window, as plain values without Qt.

A colour is a ``"#RRGGBB"`` string: hashable, so a ``Theme`` can key a cache, and accepted by
``QColor`` and pyqtgraph alike. Violet (``accent``) means "interface"; blue and orange
(``positive``, ``negative``) mean the sign of a value. The two are never swapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

# A colour map: (position, colour), the positions rising.
Stops = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Theme:
    """Every colour of one appearance; text tokens have a contrast of 4.5:1 or more on surface."""

    name: str
    bg: str  # window behind the docks
    surface: str  # docks, top bar, status bar
    surface2: str  # section headers, tiles
    canvas: str  # network drawing, maps
    field: str  # buttons, combo boxes, line edits
    border: str  # hairlines
    border2: str  # outlines of controls
    grid: str  # lines in a plot
    text: str  # values
    text2: str  # labels
    muted: str  # captions
    accent: str
    on_accent: str
    accent_soft: str
    positive: str  # marks only, never text: sign of a weight, class +1
    negative: str
    train: str
    validation: str
    earlier_run: str
    runs: tuple[str, ...]  # earlier runs laid over the present one, the oldest first
    ok: str
    warning: str
    warning_soft: str
    error: str
    factors: tuple[str, str, str]  # of the chain rule: error to neuron, through the neuron, sum to weight
    diverging: Stops  # of a value in [-1, 1]
    behind_points: str  # what the decision surface is mixed with, so that points stand out


LIGHT = Theme(
    name="light",
    bg="#ECEEF2",
    surface="#FFFFFF",
    surface2="#F4F5F8",
    canvas="#FCFCFD",
    field="#FFFFFF",
    border="#DDE1E8",
    border2="#C3CAD5",
    grid="#E9ECF1",
    text="#1A2030",
    text2="#465064",
    muted="#636C7F",
    accent="#6547DC",
    on_accent="#FFFFFF",
    accent_soft="#EEEBFC",
    positive="#1F66B5",
    negative="#D9600F",
    train="#0B7D6C",
    validation="#C23B8B",
    earlier_run="#A3ABB9",
    runs=("#AD7F00", "#9B3FA8", "#55627A", "#A23B3B", "#2E7F9E"),
    ok="#1A8045",
    warning="#9A5B00",
    warning_soft="#FFF3DA",
    error="#C22F3D",
    factors=("#B3205F", "#856000", "#0A7A55"),
    diverging=(
        (-1.0, "#BC5207"),
        (-0.6, "#E5833A"),
        (-0.25, "#F8CFA6"),
        (0.0, "#F7F7F8"),
        (0.25, "#B4D3EE"),
        (0.6, "#4A8FCC"),
        (1.0, "#124F93"),
    ),
    behind_points="#FFFFFF",
)

DARK = Theme(
    name="dark",
    bg="#101319",
    surface="#191D25",
    surface2="#222732",
    canvas="#141820",
    field="#222732",
    border="#2A303C",
    border2="#424A5A",
    grid="#242A35",
    text="#E9ECF2",
    text2="#B8C0CE",
    muted="#8C95A6",
    accent="#A08BFF",
    on_accent="#151022",
    accent_soft="#2B2748",
    positive="#62ABF5",
    negative="#FF9B52",
    train="#3CCFB4",
    validation="#F07AB8",
    earlier_run="#6B7485",
    runs=("#F4CB55", "#B8C0CE", "#FF8A80", "#6FC7E8", "#F07AB8"),
    ok="#5BD18B",
    warning="#F2B84B",
    warning_soft="#33290F",
    error="#FF6B74",
    factors=("#FF86B0", "#F4CB55", "#5FE0B0"),
    diverging=(
        (-1.0, "#FFB070"),
        (-0.6, "#D9732A"),
        (-0.25, "#6B4026"),
        (0.0, "#20252F"),
        (0.25, "#27486B"),
        (0.6, "#3E86CB"),
        (1.0, "#8CC6FF"),
    ),
    behind_points="#141820",
)

# Type sizes in logical pixels. Nothing is set smaller than CAPTION.
CAPTION = 11.0
BODY = 12.0
TITLE = 13.0  # semibold: docks and sections
BAR = 13.0  # buttons of the top bar
COUNTER = 16.0  # semibold

# Lengths in logical pixels, on a 4 px grid.
GUTTER = 6  # window margin, and the splitter handle between docks
PADDING = 12  # inside a dock
DOCK_RADIUS = 8
CONTROL_RADIUS = 6
TILE_RADIUS = 8
TOP_BAR_HEIGHT = 50
DOCK_TITLE_HEIGHT = 34
SECTION_HEIGHT = 30
FIELD_HEIGHT = 26
BUTTON_HEIGHT = 28
TOP_BUTTON_HEIGHT = 34
ROW_HEIGHT = 28
STATUS_BAR_HEIGHT = 26

_MAP_SHARE = 0.62  # of the diverging map in the decision surface


def rgb(colour: str) -> tuple[int, int, int]:
    """Split ``"#RRGGBB"`` into its three channels, each 0 to 255."""
    value = int(colour.removeprefix("#"), 16)
    return value >> 16, value >> 8 & 0xFF, value & 0xFF


@lru_cache(maxsize=8)
def diverging_lut(theme: Theme) -> npt.NDArray[np.uint8]:
    """Colours for values from -1 (row 0) to 1 (row 255): (256, 4) uint8 RGBA, read-only.

    The value v belongs to row ``round((v + 1) / 2 * 255)``. Linear between the stops, channel by
    channel. Four channels, so that ``lut[rows]`` is a ``QImage.Format_RGBA8888`` as it stands.
    """
    return _lookup(theme.diverging)


@lru_cache(maxsize=8)
def decision_lut(theme: Theme) -> npt.NDArray[np.uint8]:
    """The diverging map, 62 % strong, for a surface that lies under data points.

    Shape and rows as ``diverging_lut``; the other 38 % are ``theme.behind_points``.
    """
    mixed = diverging_lut(theme).astype(np.float64)
    mixed[:, :3] = _MAP_SHARE * mixed[:, :3] + (1.0 - _MAP_SHARE) * np.array(rgb(theme.behind_points))
    return _frozen(mixed)


def _lookup(stops: Stops) -> npt.NDArray[np.uint8]:
    at = np.linspace(-1.0, 1.0, 256)
    positions = [position for position, _ in stops]
    channels = np.array([rgb(colour) for _, colour in stops], dtype=np.float64)
    table = np.full((256, 4), 255.0)
    for channel in range(3):
        table[:, channel] = np.interp(at, positions, channels[:, channel])
    return _frozen(table)


def _frozen(table: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    rounded = np.rint(table).astype(np.uint8)
    rounded.flags.writeable = False  # cached and shared between callers
    return rounded
