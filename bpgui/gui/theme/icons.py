"""The Lucide icons: drawn in any colour, sharp at any scale of the screen."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

# The scales that desktops offer; between them Qt takes the next larger pixmap.
_SCALES = (1.0, 1.25, 1.5, 1.75, 2.0, 3.0)


def icon_svg(name: str, color: str) -> bytes:
    """The icon's SVG with ``color`` for its lines, which are 1.75 wide in the 24 x 24 box.

    ValueError for a name that has no file in ``theme/icons``.
    """
    source = files("bpgui.gui.theme") / "icons" / f"{name}.svg"
    if not source.is_file():
        raise ValueError(f"there is no icon {name!r} in bpgui/gui/theme/icons; add its Lucide SVG")
    svg = source.read_text(encoding="utf-8")
    return svg.replace("currentColor", color).replace('stroke-width="2"', 'stroke-width="1.75"').encode()


@lru_cache(maxsize=512)
def icon(name: str, color: str, size: int = 16) -> QIcon:
    """The icon ``name`` in ``color`` ("#RRGGBB"), ``size`` logical pixels square; cached."""
    renderer = QSvgRenderer(QByteArray(icon_svg(name, color)))
    result = QIcon()
    for scale in _SCALES:
        pixmap = QPixmap(round(size * scale), round(size * scale))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(pixmap.rect()))
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        result.addPixmap(pixmap)
    return result
