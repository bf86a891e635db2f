"""Typeset mathematics: formulas in LaTeX as pictures that are sharp at any scale."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.gui.theme.theme import current_theme


@lru_cache(1024)
def typeset(latex: str, size: float, colour: str) -> bytes:
    """Return a formula as SVG; ``size`` in logical pixels, ``colour`` "#RRGGBB".

    It takes some 5 ms, and 0.1 s when it is the first: ask for it on another thread, then here it is at once.
    """
    from ziamath.config import config  # takes 0.1 s, and most windows never show a formula
    from ziamath.zmath import Latex

    config.svg2 = False  # Qt does not know what SVG 2 refers to
    return str(Latex(latex, size=size, color=colour).svg()).encode()


@lru_cache(256)
def _renderer(latex: str, size: float, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(typeset(latex, size, colour)))


class Mathematics(QWidget):
    """A formula. ``tone`` names the colour of the theme, or the factor of the chain rule: 1, 2 or 3."""

    def __init__(
        self, latex: str = "", *, size: float = 18.0, tone: str | int = "text", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._latex, self._size, self._tone = latex, size, tone
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def latex(self) -> str:
        """The formula."""
        return self._latex

    def show_formula(self, latex: str, plain: str, tone: str | int | None = None) -> None:
        """Show another formula; ``plain`` is how it is read aloud."""
        self._tone = self._tone if tone is None else tone
        if latex != self._latex:
            self._latex = latex
            self.setAccessibleName(plain)
            self.updateGeometry()
        self.update()

    @property
    def full_width(self) -> int:
        """Logical pixels that it takes at its own size."""
        return self._renderer().defaultSize().width() if self._latex else 0

    def set_scale(self, scale: float) -> None:
        """Draw it smaller, with others beside it, where there is no room."""
        if scale != self._scale:
            self._scale = scale
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of the picture."""
        return self._renderer().defaultSize() * self._scale if self._latex else QSize(0, 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it in the middle, smaller where there is no room."""
        if not self._latex:
            return
        renderer = self._renderer()
        size = renderer.defaultSize()
        scale = min(1.0, self.width() / size.width(), self.height() / size.height())
        width, height = size.width() * scale, size.height() * scale
        place = QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
        renderer.render(QPainter(self), place)

    def _renderer(self) -> QSvgRenderer:
        return _renderer(self._latex, self._size, tone_colour(self, self._tone))


def tone_colour(widget: QWidget, tone: str | int) -> str:
    """Return the colour of a tone in the theme that a widget is shown in."""
    theme = current_theme(widget)
    return theme.factors[tone - 1] if isinstance(tone, int) else str(getattr(theme, tone))
