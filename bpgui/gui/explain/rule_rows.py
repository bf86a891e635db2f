"""The parts of the chain-rule card: the rule in letters, a row for each factor, and small cards below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontDatabase, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from bpgui.explain.chain_rule import ChainRule
from bpgui.explain.sample_rules import Factor
from bpgui.gui.explain.explanation import EQUATION, FACTOR, Explanation
from bpgui.gui.theme.fonts import ui_font, ui_width
from bpgui.gui.theme.mathematics import Mathematics, tone_colour
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION, CONTROL_RADIUS
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.paint import rounded, smooth
from bpgui.number_text import format_digits

SIGN = 26
"""Logical pixels that a sign between two formulas takes, with its gaps."""
BAR = 3.0
"""Width of the stripe in a factor's colour."""
LONGEST = 60
"""Characters of a formula in numbers that a row shows."""


class Card(QWidget):
    """A frame with room for rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 8, 12, 8)
        self.column.setSpacing(4)
        # As high as lines that wrap need it; the stretch below takes what is left.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame."""
        theme = current_theme(self)
        rounded(smooth(QPainter(self)), QRectF(self.rect()), CONTROL_RADIUS + 1, theme.surface, theme.border)


class CodeView(QPlainTextEdit):
    """Lines of code to read and to copy; long ones scroll."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName(self.tr("The rule as code"))
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)

    def show_code(self, code: str) -> None:
        """Show other lines; what is selected stays selected while they are the same."""
        if code != self.toPlainText():
            self.setPlainText(code)
            lines = code.count("\n") + 1
            self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 26)


class EquationRow(QWidget):
    """∂E/∂w = the factors, each in its colour."""

    def __init__(self, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explanation = explanation
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 10, 0, 10)
        self._row.setSpacing(7)
        self._row.addStretch(1)
        self._row.addStretch(1)
        self._left = self._formula("text")
        self._factors: list[Mathematics] = []
        self._signs: list[Label] = []

    def show_rule(self, rule: ChainRule) -> None:
        """Show the rule in letters."""
        while len(self._factors) < len(rule.factors):
            self._signs.append(Label("=" if not self._factors else "·", size=18.0))
            self._row.insertWidget(self._row.count() - 1, self._signs[-1])
            self._factors.append(self._formula(1))
        self._left.show_formula(rule.gradient_symbol.latex, rule.gradient_symbol.plain)
        for place, (sign, formula) in enumerate(zip(self._signs, self._factors, strict=True)):
            shown = place < len(rule.factors)
            sign.setVisible(shown)
            formula.setVisible(shown)
            if shown:
                factor = rule.factors[place]
                formula.show_formula(factor.symbol.latex, factor.symbol.plain, factor.role)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw all of it smaller where there is no room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        formulas = [self._left, *(formula for formula in self._factors if not formula.isHidden())]
        taken = SIGN * (len(formulas) - 1) + 4
        scale = min(1.0, (self.width() - taken) / max(1, sum(formula.full_width for formula in formulas)))
        for formula in formulas:
            formula.set_scale(max(0.5, scale))

    def minimumSizeHint(self) -> QSize:
        """Return any width: it is drawn smaller."""
        return QSize(100, super().minimumSizeHint().height())

    def _formula(self, tone: str | int) -> Mathematics:
        formula = Mathematics(size=EQUATION, tone=tone)
        self._row.insertWidget(self._row.count() - 1, formula)
        return formula


class FactorRow(QWidget):
    """One factor: its symbol, what it is, its formula and its number. Pointing at it lights it in the drawing."""

    def __init__(self, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explanation = explanation
        self._role = 1
        self._symbol = Mathematics(size=FACTOR)
        self._symbol.setFixedWidth(58)
        self._help = Label(tone="caption", size=CAPTION, elided=True)
        self._formula = Label(size=BODY, elided=True)
        self._value = QWidget()
        self._text = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 12, 6)
        row.setSpacing(6)
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addStretch(1)
        lines.addWidget(self._help)
        lines.addWidget(self._formula)
        lines.addStretch(1)
        row.addLayout(lines, 1)
        row.addWidget(self._value)
        self.setFixedHeight(66)
        explanation.lit.connect(self.update)

    @property
    def _text_size(self) -> float:
        return 16.0 if len(self._text) <= 8 else 12.0 if len(self._text) <= 11 else 10.5

    @property
    def number(self) -> str:
        """The number shown."""
        return self._text

    def show_factor(self, factor: Factor, digits: int | None) -> None:
        """Show a factor."""
        self._role = factor.role
        self._symbol.show_formula(factor.symbol.latex, factor.symbol.plain, factor.role)
        self._help.setText(factor.help)
        numbers = factor.formula.numbers(4 if digits is None else digits)
        letters = factor.formula.letters
        same = letters == numbers or len(numbers) > LONGEST
        told = letters if same else f"{letters} = {numbers.split(', as ')[0]}"
        self._formula.setText(told)
        self._text = format_digits(factor.value, None if digits is None else digits + 1)
        self._value.setFixedWidth(min(140, round(ui_width(self._text, self._text_size, QFont.Weight.DemiBold)) + 4))
        spelled = f"{factor.symbol.plain} = {letters}\n= {factor.formula.numbers(None)}\n= {factor.value!r}"
        self.setToolTip(spelled.replace("-", "−"))
        self.setAccessibleName(f"{factor.symbol.plain}: {self._text}")
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light it in the drawing."""
        super().enterEvent(event)
        self._explanation.light(self._role)

    def leaveEvent(self, event: QEvent) -> None:
        """No more."""
        super().leaveEvent(event)
        self._explanation.light(0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame with its stripe, and the number."""
        theme, colour = current_theme(self), tone_colour(self, self._role)
        painter = smooth(QPainter(self))
        lit = self._explanation.role == self._role
        rounded(painter, QRectF(self.rect()), CONTROL_RADIUS + 1, theme.surface2, colour if lit else theme.surface2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(0, 4, BAR, self.height() - 8), BAR / 2, BAR / 2)
        painter.setFont(ui_font(self._text_size, QFont.Weight.DemiBold))
        painter.setPen(QColor(colour))
        place = QRectF(self.width() - 12 - 140, 0, 140, self.height())
        text = self._text if len(self._text) <= 14 else f"{self._text[:13]}…"
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
