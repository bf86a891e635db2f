"""What the Explain workspace shows: the numbers of one sample, the rule of the selected weight, and where the walk is.

The observer computes the numbers, at most ten times a second and only while the workspace is seen; its panels show
what came last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from bpgui.explain.chain_rule import ChainRule, chain_rule
from bpgui.explain.notation import Notation
from bpgui.explain.sample_rules import Entry, SampleRules
from bpgui.explain.update import NextUpdate, next_update
from bpgui.explain.walk import Grain, Phase, Walk
from bpgui.gui.observer import Inquiry, Observer, SlowInquiry
from bpgui.gui.selection import Selection
from bpgui.gui.session import Session
from bpgui.gui.theme.mathematics import typeset
from bpgui.gui.theme.tokens import DARK, LIGHT
from bpgui.network.names import bias_key, place_of, weight_key
from bpgui.network.network import Network
from bpgui.project.changes import Changes
from bpgui.training.state import Training
from bpgui.training.trainer import require_consistent

NUMBERS = Changes.WEIGHTS | Changes.TOPOLOGY | Changes.MASKS | Changes.DATA | Changes.RECIPE
DRAWN_EVERY = 0.24
MOST_SAMPLES = 512
"""Samples that the mean is taken over, spread evenly."""
EQUATION, FACTOR = 27.0, 18.0
"""Sizes of the typeset rule and of a factor in its row."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """All that is shown of one moment. ``rule`` is that of the ``selected`` entry, None where none is selected."""

    training: Training
    sample: int
    rules: SampleRules
    update: NextUpdate
    key: int | None
    rule: ChainRule | None


@dataclass(frozen=True, eq=False)
class Mean:
    """The rule of an entry over the samples trained on, or evenly chosen ones of them; ``rows``: which of the data."""

    key: int
    rule: ChainRule
    rows: NDArray[np.int64]


class Explanation(QObject):
    """What the panels show, and where the walk is.

    ``computed``: there are other numbers; ``drawn``: the same, for what takes long to paint, four times a second while
    training goes on; ``averaged``: there is another mean over the samples; ``moved``: the walk is
    elsewhere, or the digits are other ones; ``lit``: a factor of the rule is pointed at, in the drawing or in the card
    (``role``, 0 for none).
    """

    computed = Signal()
    drawn = Signal()
    averaged = Signal()
    moved = Signal()
    lit = Signal()

    def __init__(self, session: Session, observer: Observer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._numbers: Numbers | None = None
        self.refusal = ""
        """Why there are no numbers."""
        self.grain: Grain = "layer"
        self.digits: int | None = 3
        self.role = 0
        self._article: bool | None = None
        self.walk = Walk(session.project.network, self.grain)
        self.position = self.walk.last_of("backward")
        self._wanted = False
        self._drawn = -inf
        self.inquiry = Inquiry(observer, "explanation", self._question, self)
        self.inquiry.answered.connect(self._on_answer)
        self.mean: Mean | None = None
        self.averaging = SlowInquiry(observer, "mean", self._mean_question, self)
        self.averaging.answered.connect(self._on_mean)

    # The numbers

    def want(self, wanted: bool) -> None:
        """Say whether somebody looks."""
        if wanted and not self._wanted:
            self._ask()
        self._wanted = wanted

    def refresh(self, changes: Changes) -> None:
        """Follow what these changes touched."""
        if self.walk.network is not self._session.project.network:
            self._walk_anew()
        if changes & (NUMBERS | Changes.SELECTION):
            self.mean = (
                self.mean if changes & NUMBERS == Changes.WEIGHTS else None
            )  # of training it may be a little old
        if self._wanted and changes & (NUMBERS | Changes.SAMPLE | Changes.SELECTION):
            self._ask()

    def _ask(self) -> None:
        self.inquiry.ask()
        if self._session.selection.key is not None and len(self._session.project.data.X) > 1:
            self.averaging.ask()

    @property
    def numbers(self) -> Numbers | None:
        """What came last, None where that is of a network that is not there any more."""
        found = self._numbers
        return found if found is not None and found.training.network is self.walk.network else None

    @property
    def network(self) -> Network:
        """The network of the numbers shown, or of the project."""
        return self.walk.network

    @property
    def notation(self) -> Notation:
        """How things are called."""
        return Notation(self.network, self.by_article)

    @property
    def by_article(self) -> bool:
        """Whether weights have the names of the article."""
        project = self._session.project
        wanted = project.data.name == "article" if self._article is None else self._article
        return wanted and all(of.units <= 9 for of in project.network.layers)

    def _question(self) -> Callable[[], Numbers]:
        training, sample = self._session.project.training, self._session.sample
        key, article = self._session.selection.key, self.by_article
        return lambda: numbers_of(training, sample, key, article)

    @Slot(object)
    def _on_answer(self, answer: object) -> None:
        self._numbers = answer if isinstance(answer, Numbers) else None
        self.refusal = "" if self._numbers is not None else str(answer)
        self.computed.emit()
        if not self._session.running or monotonic() - self._drawn >= DRAWN_EVERY:
            self._drawn = monotonic()
            self.drawn.emit()

    def _mean_question(self) -> Callable[[], Mean | None]:
        training, key, article = self._session.project.training, self._session.selection.key, self.by_article
        return lambda: None if key is None else mean_of(training, key, article)

    @Slot(object)
    def _on_mean(self, answer: object) -> None:
        fits = isinstance(answer, Mean) and answer.key == self._session.selection.key
        self.mean = answer if fits and isinstance(answer, Mean) else None
        self.averaged.emit()

    # The selection

    def select(self, entry: Entry) -> None:
        """Select a weight or bias for the whole window."""
        self._session.select(Selection.of("entry", key_of(self.network, entry)), self)

    def name_by_article(self, article: bool | None) -> None:
        """Give weights the article's names or not; None: where the data are the article's."""
        self._article = article
        if self._wanted:
            self._ask()
        self.moved.emit()

    # The walk

    def _walk_anew(self) -> None:
        self.walk = Walk(self._session.project.network, self.grain)
        self.position = self.walk.last_of("backward")
        self.moved.emit()

    def set_grain(self, grain: Grain) -> None:
        """Walk by layers, neurons or weights; the walk stays in its phase."""
        phase = self.walk.stops[self.position].phase
        self.grain = grain
        self.walk = Walk(self.network, grain)
        self.position = self.walk.last_of(phase)
        self.moved.emit()

    def set_digits(self, digits: int | None) -> None:
        """Write numbers with so many decimals, or with all."""
        self.digits = digits
        self.moved.emit()

    def go(self, position: int) -> None:
        """Go to a stop."""
        position = min(max(position, 0), len(self.walk.stops) - 1)
        if position != self.position:
            self.position = position
            self.moved.emit()

    def go_to_phase(self, phase: Phase, last: bool = False) -> None:
        """Go to the first or last stop of a phase."""
        self.go(self.walk.last_of(phase) if last else self.walk.first_of(phase))

    def step(self, by: int) -> None:
        """Go on by one stop, or back. Behind the last stop the update is done, and the walk begins again."""
        if by > 0 and self.position == len(self.walk.stops) - 1:
            self.apply_update()
        else:
            self.go(self.position + by)

    def apply_update(self) -> None:
        """Train for one update, and begin to walk again."""
        self._session.step("update")
        self.position = 0
        self.moved.emit()

    def light(self, role: int) -> None:
        """Let a factor stand out everywhere."""
        if role != self.role:
            self.role = role
            self.lit.emit()


def numbers_of(training: Training, sample: int, key: int | None, article: bool) -> Numbers:
    """Compute what is shown; called by the observer. ValueError where data, recipe and network do not fit."""
    x, t = require_consistent(training)
    network, params, loss = training.network, training.parameters, training.recipe.loss
    rules = SampleRules(network, params, x[sample], t[sample], loss, Notation(network, article))
    rule = None
    if key is not None and key in network.keys:
        weight, bias = asked_of(network, key)
        rule = chain_rule(network, params, x[sample], t[sample], loss, weight=weight, bias=bias, article=article)
        _typeset(rule)
    return Numbers(training, sample, rules, next_update(training), key, rule)


def mean_of(training: Training, key: int, article: bool) -> Mean | None:
    """Compute the mean over the samples, for an entry that the network has."""
    network = training.network
    if key not in network.keys:
        return None
    x, t = require_consistent(training)
    rows = np.flatnonzero(~training.data.validation)
    if rows.size > MOST_SAMPLES:
        rows = rows[np.linspace(0, rows.size - 1, MOST_SAMPLES).astype(np.int64)]
    weights = training.data.sample_weight
    of_rows = None if weights is None else np.asarray(weights)[rows]
    weight, bias = asked_of(network, key)
    params, loss = training.parameters, training.recipe.loss
    rule = chain_rule(
        network, params, x[rows], t[rows], loss, weight=weight, bias=bias, sample_weight=of_rows, article=article
    )
    return Mean(key, rule, rows)


def _typeset(rule: ChainRule) -> None:
    """Have the formulas ready in both themes, before the window draws them."""
    for theme in (LIGHT, DARK):
        typeset(rule.gradient_symbol.latex, EQUATION, theme.text)
        for factor in rule.factors:
            for size in (EQUATION, FACTOR):
                typeset(factor.symbol.latex, size, theme.factors[factor.role - 1])


def asked_of(network: Network, key: int) -> tuple[tuple[int, int, int, int] | None, tuple[int, int] | None]:
    """Return a weight and a bias as ``chain_rule`` names them, of which the key means one."""
    place = place_of(network, key)
    if place.source is None:
        return None, place.target
    (s, i), (d, j) = place.source, place.target
    return (s, d, i, j), None


def key_of(network: Network, entry: Entry) -> int:
    """Return the key of a weight or bias."""
    return bias_key(network, entry.target) if entry.source is None else weight_key(network, entry.source, entry.target)
