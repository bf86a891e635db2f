"""The Inter font, bundled so that every machine measures text alike."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import as_file, files

from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF

from bpgui.gui.theme.tokens import BODY

FAMILY = "Inter"


@cache  # Qt keeps an application font for the life of the process
def load_fonts() -> None:
    """Give the bundled Inter to Qt: once, after the QApplication is made.

    RuntimeError when Qt cannot read one of the files.
    """
    with as_file(files("bpgui.gui.theme") / "fonts") as folder:
        for path in sorted(folder.glob("*.ttf")):
            if QFontDatabase.addApplicationFont(str(path)) < 0:
                raise RuntimeError(f"Qt cannot load the font {path}; the file is damaged: install bpgui again")


def ui_font(size: float = BODY, weight: QFont.Weight = QFont.Weight.Normal, *, prose: bool = False) -> QFont:
    """Inter with tabular figures; ``size`` in logical pixels, of which Qt sets whole ones only.

    ``prose`` leaves the figures as they are: tabular ones bring a hyphen as wide as a digit, which
    tears "cross-entropy" apart.
    """
    return QFont(_made(size, weight, prose))  # a copy, which its owner may change


@cache
def _made(size: float, weight: QFont.Weight, prose: bool) -> QFont:
    font = QFont(FAMILY)
    font.setPixelSize(round(size))
    font.setWeight(weight)
    # 0 has to be said: a feature that is not set is taken over from the application's font
    font.setFeature(QFont.Tag("tnum"), 0 if prose else 1)
    return font


@lru_cache(10_000)
def ui_width(text: str, size: float = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> float:
    """Return how wide a short text is in logical pixels: remembered, because the canvas asks in every frame."""
    return QFontMetricsF(_made(size, weight, False)).horizontalAdvance(text)
