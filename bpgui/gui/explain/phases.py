"""The four phases of a step in a row, each with a dot for every stop: where the walk is, and a way to go elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from bpgui.explain.walk import PHASES, Phase
from bpgui.gui.explain.explanation import Explanation
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.icons import icon
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION, Theme
from bpgui.gui.widgets.paint import rounded, smooth

HEIGHT = 36
ARROW = 24.0
"""Room between two phases."""
DOT, GAP = 5.0, 11.0
MOST_DOTS = 8
"""Stops of a phase that have a dot each; of more their number is written."""
RADIUS = 8.0


class PhaseBar(QWidget):
    """Click a phase to go to its end, a dot to go to that stop; the arrow keys walk."""

    def __init__(self, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explanation = explanation
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Phases of a step"))
        explanation.moved.connect(self._on_moved)
        self._on_moved()

    def sizeHint(self) -> QSize:
        """Return the size in a window of the usual width."""
        return QSize(720, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the narrowest that shows the four words."""
        return QSize(420, HEIGHT)

    def focus_shape(self) -> tuple[QRectF, float]:
        """Return what the focus ring goes around."""
        return QRectF(self.rect()), RADIUS

    @Slot()
    def _on_moved(self) -> None:
        walk, position = self._explanation.walk, self._explanation.position
        stop = walk.stops[position]
        number, count = walk.place_in_phase(position)
        self.setAccessibleDescription(f"{self._word(stop.phase)} {number}/{count}: {stop.title}")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk on or back."""
        by = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._explanation.go(self._explanation.position + by)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the phase or stop under the pointer."""
        for phase, place in self.places().items():
            if place.contains(event.position()):
                dots = self.dots(phase, place)
                for number, dot in enumerate(dots):
                    if abs(dot.x() - event.position().x()) <= GAP / 2 and len(dots) > 1:
                        self._explanation.go(self._explanation.walk.first_of(phase) + number)
                        return
                self._explanation.go_to_phase(phase, last=True)

    def places(self) -> dict[Phase, QRectF]:
        """Return where each phase is: wider the more dots it has."""
        counts = [min(self._count(phase), MOST_DOTS) for phase in PHASES]
        room = self.width() - 3 * ARROW
        needed = [110.0 + GAP * count for count in counts]
        scale = room / sum(needed)
        found, left = {}, 0.0
        for phase, wide in zip(PHASES, needed, strict=True):
            found[phase] = QRectF(left, 1, wide * scale, HEIGHT - 2)
            left += wide * scale + ARROW
        return found

    def dots(self, phase: Phase, place: QRectF) -> list[QPointF]:
        """Return the middles of the dots of a phase, none where there are too many."""
        count = self._count(phase)
        if count > MOST_DOTS:
            return []
        right = place.right() - 14
        return [QPointF(right - GAP * (count - 1 - number), place.center().y()) for number in range(count)]

    def _count(self, phase: Phase) -> int:
        walk = self._explanation.walk
        return walk.last_of(phase) - walk.first_of(phase) + 1

    def _word(self, phase: Phase) -> str:
        words = {
            "forward": self.tr("Forward"),
            "error": self.tr("Error"),
            "backward": self.tr("Backward"),
            "update": self.tr("Update"),
        }
        return words[phase]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the phases and the arrows between them."""
        theme = current_theme(self)
        painter = smooth(QPainter(self))
        places = self.places()
        for number, (phase, place) in enumerate(places.items(), 1):
            self._paint_phase(painter, theme, phase, number, place)
            if number < len(places):
                painter.setPen(QPen(QColor(theme.muted), 1.25))
                middle, left = place.center().y(), place.right() + 6
                painter.drawLine(QPointF(left, middle), QPointF(left + 12, middle))
                painter.drawLine(QPointF(left + 8, middle - 4), QPointF(left + 12, middle))
                painter.drawLine(QPointF(left + 8, middle + 4), QPointF(left + 12, middle))

    def _paint_phase(self, painter: QPainter, theme: Theme, phase: Phase, number: int, place: QRectF) -> None:
        walk, position = self._explanation.walk, self._explanation.position
        first, last = walk.first_of(phase), walk.last_of(phase)
        here, done = first <= position <= last, position > last
        fill, line = (theme.accent_soft, theme.accent) if here else (theme.surface2, theme.border)
        rounded(painter, place, RADIUS, fill, line, 1.5 if here else 1.0)
        mark = QRectF(place.left() + 10, place.center().y() - 9, 18, 18)
        if done:
            icon("check", theme.ok, 16).paint(painter, round(mark.left() + 1), round(mark.top() + 1), 16, 16)
        else:
            colour = theme.accent if here else theme.border2
            rounded(painter, mark, 9, theme.accent if here else fill, colour, 1.25)
            painter.setFont(ui_font(CAPTION, QFont.Weight.DemiBold))
            painter.setPen(QColor(theme.on_accent if here else theme.muted))
            painter.drawText(mark, Qt.AlignmentFlag.AlignCenter, str(number))
        painter.setFont(ui_font(BODY, QFont.Weight.DemiBold if here else QFont.Weight.Normal))
        painter.setPen(QColor(theme.text if here or done else theme.muted))
        word = QRectF(place.left() + 35, place.top(), ui_width(self._word(phase), BODY, QFont.Weight.DemiBold) + 2, 34)
        painter.drawText(word, Qt.AlignmentFlag.AlignVCenter, self._word(phase))
        dots = self.dots(phase, place)
        if not dots:
            painter.setFont(ui_font(CAPTION))
            text = f"{position - first + 1 if here else last - first + 1} / {last - first + 1}"
            right = place.adjusted(0, 0, -12, 0)
            if ui_width(text, CAPTION) > right.right() - word.right() - 4:
                text = ""
            painter.drawText(right, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        painter.setPen(Qt.PenStyle.NoPen)
        for at, dot in enumerate(dots):
            if dot.x() - DOT < word.right() + 4:
                continue
            colour = theme.ok if done else theme.accent if here and at <= position - first else theme.border2
            painter.setBrush(QColor(colour))
            painter.drawEllipse(dot, DOT / 2, DOT / 2)
            if here and at == position - first:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.accent), 1.25))
                painter.drawEllipse(dot, DOT / 2 + 3, DOT / 2 + 3)
                painter.setPen(Qt.PenStyle.NoPen)
