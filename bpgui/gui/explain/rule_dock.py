"""The chain-rule card: why the selected weight moves, factor by factor, with its update and its proof."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from bpgui.explain.chain_rule import ChainRule
from bpgui.explain.code import as_code
from bpgui.explain.notation import ERROR, slope
from bpgui.explain.numeric import AGREES, AT_KINK, TOO_SMALL, Numeric
from bpgui.explain.render import as_latex
from bpgui.explain.worked_sheet import worked_sheet
from bpgui.gui.documents import Documents
from bpgui.gui.explain.explanation import Explanation, Numbers
from bpgui.gui.explain.rule_rows import Card, CodeView, EquationRow, FactorRow
from bpgui.gui.session import Session
from bpgui.gui.theme.theme import current_theme
from bpgui.gui.theme.tokens import BODY, CAPTION
from bpgui.gui.widgets.buttons import Button, IconButton
from bpgui.gui.widgets.dock import Dock
from bpgui.gui.widgets.label import Label
from bpgui.gui.widgets.section import Section
from bpgui.network.names import entry_name, unit_name
from bpgui.number_text import format_count, format_digits
from bpgui.project.changes import Changes

MOST_PULLS = 5


class RuleDock(Dock):
    """Shows the rule of the selected connection or bias."""

    def __init__(self, session: Session, explanation: Explanation, parent: QWidget | None = None) -> None:
        super().__init__("chain_rule", self.tr("Chain rule"), parent=parent)
        self._session, self._explanation = session, explanation
        self._empty = Label(
            self.tr("Click a connection in the drawing, or a weight in its table, to see why it moves."), tone="caption"
        )
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(4, 4, 4, 4)
        self._equation = EquationRow(explanation)
        self.rows = [FactorRow(explanation) for _ in range(3)]
        self._product = Label(size=14.0)
        self._product.setTextFormat(Qt.TextFormat.RichText)
        self._product.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._product.setWordWrap(True)
        self._mean = Label(tone="caption", size=CAPTION)
        self._mean.setWordWrap(True)
        self._update, self._update_head, self._update_line = self._card(self.tr("Update"))
        self._check, self._check_head, self._check_line = self._card(self.tr("Numerical check"))
        self._paths, self._pulls, self._code = Label(size=BODY), Label(size=BODY), CodeView()
        for label in (self._paths, self._pulls):
            label.setContentsMargins(12, 6, 12, 8)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self._paths, self._pulls):
            label.setTextFormat(Qt.TextFormat.RichText)
        self._pulls.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        self._pulls.linkActivated.connect(self._on_sample)
        self._paths_section = Section(self.tr("Sum over paths"), self._paths)
        self._pulls_section = Section(self.tr("Over the training set"), self._pulls)
        self._code_section = Section(self.tr("As code"), self._code)
        self._code_section.set_caption("NumPy")
        self._code_section.expanded = False
        for section in (self._paths_section, self._pulls_section, self._code_section):
            section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._parts = [
            self._equation,
            *self.rows,
            self._product,
            self._mean,
            self._update,
            self._check,
            self._paths_section,
            self._pulls_section,
            self._code_section,
        ]
        self._copy = Button(self.tr("Copy as LaTeX"), icon_name="copy")
        self._copy.clicked.connect(self._on_copy)
        self._apply = Button(self.tr("Apply this update"), icon_name="step-forward")
        self._apply.clicked.connect(explanation.apply_update)
        self._files = Documents(self)
        self._files.saved.connect(self._on_written)
        self._files.not_saved.connect(self._on_not_written)
        sheet = IconButton("file-text", self.tr("Write this step as a sheet, with every number"))
        sheet.clicked.connect(self._on_sheet)
        self.add_control(sheet)
        self._arrange()
        explanation.computed.connect(self._show)
        explanation.moved.connect(self._show)
        explanation.averaged.connect(self._show_pulls)
        self._made = True
        self._show()

    def _card(self, title: str) -> tuple[Card, Label, Label]:
        card, caption, line = Card(), Label(tone="caption", size=CAPTION, elided=True), Label(size=BODY)
        caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        head.addWidget(Label(title, weight=QFont.Weight.DemiBold))
        head.addWidget(caption, 1)
        card.column.addLayout(head)
        line.setWordWrap(True)
        card.column.addWidget(line)
        return card, caption, line

    def _arrange(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(15, 10, 9, 10)
        column.setSpacing(8)
        column.addWidget(self._empty)
        for part in self._parts:
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(15, 4, 15, 12)
        buttons.setSpacing(8)
        buttons.addWidget(self._copy, 1)
        buttons.addWidget(self._apply, 1)
        content = QWidget()
        outer = QVBoxLayout(content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addLayout(buttons)
        content.setMinimumWidth(300)
        self.set_content(content)

    def changeEvent(self, event: QEvent) -> None:
        """Write what has colours in it anew for another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_made"):
            self._show()

    def refresh(self, changes: Changes) -> None:
        """What it shows comes with the numbers; only what is selected may be gone before."""
        if changes & (Changes.SELECTION | Changes.TOPOLOGY) and self._session.selection.key is None:
            self._show()

    # Showing

    @property
    def rule(self) -> ChainRule | None:
        """The rule shown, None where nothing is selected."""
        numbers = self._explanation.numbers
        return None if numbers is None or self._session.selection.key is None else numbers.rule

    @Slot()
    def _show(self) -> None:
        rule, numbers = self.rule, self._explanation.numbers
        self._empty.setVisible(rule is None)
        for part in self._parts:
            part.setVisible(rule is not None)
        self._copy.setEnabled(rule is not None)
        if rule is None or numbers is None or numbers.key is None:
            self.set_caption("")
            return
        digits = self._explanation.digits
        name = entry_name(numbers.training.network, numbers.key)
        self.set_caption(name if rule.entry.source is None else self.tr("connection {name}").format(name=name))
        self._equation.show_rule(rule)
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(rule.factors))
            if place < len(rule.factors):
                row.show_factor(rule.factors[place], digits)
        self._show_product(rule, digits)
        self._show_update(numbers, rule, digits)
        self._show_check(rule.numeric)
        self._show_paths(rule, digits)
        self._show_pulls()
        self._code.show_code(as_code(rule))

    def _show_product(self, rule: ChainRule, digits: int | None) -> None:
        theme, more = current_theme(self), None if digits is None else digits + 1
        values = " × ".join(
            f'<b style="color:{theme.factors[factor.role - 1]}">{_bracketed(factor.value, more)}</b>'
            for factor in rule.factors
        )
        total = format_digits(rule.sample_gradient, more)
        self._product.setText(f"{values} = <b>{total}</b>")
        why = self.tr("The connection is cut: it does not exist, and its gradient counts as 0.") if rule.cut else ""
        why = self.tr("Frozen: this is its true gradient, but training leaves it alone.") if rule.frozen else why
        self._mean.setText(why)
        self._mean.setVisible(bool(why))

    def _show_update(self, numbers: Numbers, rule: ChainRule, digits: int | None) -> None:
        recipe, update = numbers.training.recipe, numbers.update
        index = _place(numbers)
        more = None if digits is None else digits + 2
        formula = update.formula(index, rule.symbol)
        after = format_digits(float(update.after[index]), more)
        rate = format_digits(recipe.learning_rate, None)
        over = (
            ""
            if update.rows.tolist() == [rule.sample]
            else self.tr(", mean over {n} samples").format(n=format_count(update.rows.size))
        )
        self._update_head.setText(
            self.tr("{method}, learning rate {rate}").format(method=recipe.method.label, rate=rate) + over
        )
        if update.diverges:
            self._update_line.setText(self.tr("This update would leave the finite numbers."))
        else:
            self._update_line.setText(f"{rule.symbol.plain} ← {formula.numbers(more)} = {after}")

    def _show_check(self, check: Numeric) -> None:
        told = {
            AGREES: self.tr("agrees"),
            AT_KINK: self.tr(
                "at a kink: within the step a slope changes, so that both sides differ. That is no error."
            ),
            TOO_SMALL: self.tr("all gradients are too small for finite differences to see"),
        }.get(check.verdict, self.tr("differs: more than rounding explains"))
        self._check_head.setText(("✓ " if check.verdict == AGREES else "") + format_digits(check.value, 5))
        line = self.tr("finite difference, h = {h}; differs by {d}: {told}")
        h, d = format_digits(check.step, 3), f"{check.difference:.0e}".replace("e-0", "e−").replace("e-", "e−")
        self._check_line.setText(line.format(h=h, d=d, told=told))

    def _show_paths(self, rule: ChainRule, digits: int | None) -> None:
        self._paths_section.setVisible(rule.paths is not None)
        if rule.paths is None:
            return
        more = None if digits is None else digits + 1
        rows = [
            (" → ".join(unit_name(*unit) for unit in path.units) + " → E", format_digits(path.value, more, signed=True))
            for path in rule.paths.listed
        ]
        count = rule.paths.count
        if count > len(rows):
            others = self.tr("{n} more").format(n=format_count(count - len(rows)))
            rows.append((others, format_digits(rule.paths.rest, more, signed=True)))
        terms = [
            (f"{term.weight.symbol.plain} · {term.delta.symbol.plain}", format_digits(term.value, more, signed=True))
            for term in rule.terms
        ]
        if rule.other_terms:
            terms.append((self.tr("the others"), format_digits(rule.other_terms, more, signed=True)))
        recursion = self.tr("The same sum by the recursion, over the deltas of the neurons that follow:")
        symbol = slope(ERROR, self._explanation.notation.a(*rule.entry.target)).plain
        self._paths.setText(f"{_table(rows)}<p>{recursion}</p>{_table(terms)}")
        self._paths_section.set_caption(
            self.tr("{symbol} by {n} paths").format(symbol=symbol, n=format_count(count))
            if count != 1
            else self.tr("{symbol} by 1 path").format(symbol=symbol)
        )

    @Slot()
    def _show_pulls(self) -> None:
        """The mean gradient, and the samples that pull most."""
        mean, digits = self._explanation.mean, self._explanation.digits
        shown = mean is not None and self.rule is not None
        self._pulls_section.setVisible(shown)
        if mean is None or not shown:
            return
        more = None if digits is None else digits + 1
        self._pulls_section.set_caption(
            self.tr("mean of {n}: {gradient}").format(
                n=format_count(mean.rule.samples), gradient=format_digits(mean.rule.gradient, more, signed=True)
            )
        )
        accent = current_theme(self).accent
        rows = [
            (
                f'<a style="color:{accent}" href="{row}">{self.tr("sample")} {row}</a>',
                format_digits(pull, more, signed=True),
            )
            for pull, row in ((pull.gradient, int(mean.rows[pull.sample])) for pull in mean.rule.pulls[:MOST_PULLS])
        ]
        told = self.tr("The samples that pull most:")
        self._pulls.setText(f"{told}{_table(rows)}")

    @Slot(str)
    def _on_sample(self, row: str) -> None:
        self._session.show_sample(int(row), self)

    @Slot()
    def _on_sheet(self) -> None:
        """Ask where to write the present step as a sheet."""
        kinds = [self.tr("Markdown (*.md)"), self.tr("LaTeX (*.tex)")]
        dialog = QFileDialog(self, self.tr("Write this step as a sheet"))
        dialog.setNameFilters(kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.selectFile("step.md")
        dialog.fileSelected.connect(self.write_sheet)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def write_sheet(self, path: str) -> None:
        """Write the present step with every number, as LaTeX where the name ends in .tex, else as Markdown."""
        training, sample = self._session.project.training, self._session.sample
        kind = "latex" if path.lower().endswith(".tex") else "markdown"
        digits, article = self._explanation.digits, self._explanation.by_article
        title = self._session.project.name
        self._files.write(
            path, lambda: worked_sheet(training, sample, kind=kind, digits=digits, article=article, title=title)
        )

    @Slot(str)
    def _on_written(self, path: str) -> None:
        self._session.said.emit("info", self.tr("Written to {name}.").format(name=Path(path).name))

    @Slot(str)
    def _on_not_written(self, refusal: str) -> None:
        self._session.said.emit("error", refusal)

    def close_files(self) -> None:
        """Finish what is being written and end its thread."""
        self._files.close()

    @Slot()
    def _on_copy(self) -> None:
        if self.rule is not None:
            QGuiApplication.clipboard().setText(as_latex(self.rule, self._explanation.digits))


def _place(numbers: Numbers) -> int:
    """Return where the selected entry lies in the vector."""
    keys = numbers.training.network.keys
    return int((keys == numbers.key).nonzero()[0][0])


def _table(rows: list[tuple[str, str]]) -> str:
    """Return rows of words and a number as a table."""
    cells = "".join(f'<tr><td>{a}&nbsp;&nbsp;</td><td align="right"><b>{b}</b></td></tr>' for a, b in rows)
    return f"<table>{cells}</table>"


def _bracketed(value: float, digits: int | None) -> str:
    text = format_digits(value, digits)
    return f"({text})" if text.startswith("−") else text
