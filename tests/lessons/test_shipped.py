"""The lessons that come with bpgui, and those in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bpgui.lessons.catalogue import LESSONS, Shipped
from bpgui.lessons.lesson import Bullets, Compare, Lesson, Paragraph, Predict, plain
from bpgui.lessons.loader import load
from bpgui.lessons.moment import QUANTITIES
from bpgui.lessons.scene import PRINTED as PRINTED_NAMES
from bpgui.lessons.settings import KEYS
from bpgui.lessons.stages import KEYS as STAGE_KEYS
from bpgui.number_text import format_digits
from tests.lessons.by_hand import EXACT, PRINTED, RATE, SLIP, W0, W1, Hand
from tests.lessons.lesson_text import FRONT, lines, prediction, problems, spans

DOCS = Path(__file__).parents[2] / "docs" / "lessons.md"
MOST_WORDS = 95


@pytest.fixture(scope="module", params=LESSONS, ids=lambda entry: entry.name)
def entry(request: pytest.FixtureRequest) -> Shipped:
    assert isinstance(request.param, Shipped)
    return request.param


@pytest.fixture(scope="module")
def lesson(entry: Shipped) -> Lesson:
    return load(entry.path)


def test_every_lesson_file_is_in_the_catalogue() -> None:
    folder = LESSONS[0].path.parent
    assert sorted(entry.path for entry in LESSONS) == sorted(folder.glob("*.md"))


def test_the_catalogue_says_what_the_lesson_says(entry: Shipped, lesson: Lesson) -> None:
    assert (entry.label, entry.summary) == (lesson.title, lesson.summary)


def test_each_step_asks_one_prediction(lesson: Lesson) -> None:
    for step in lesson.steps:
        assert [isinstance(block, Predict) for block in step.blocks].count(True) == 1, step.title


def test_steps_are_short(lesson: Lesson) -> None:
    for step in lesson.steps:
        told = [block for block in step.blocks if isinstance(block, Paragraph | Bullets)]
        words = " ".join(plain(line) for block in told for line in lines(block)).split()
        assert len(words) <= MOST_WORDS, (step.title, len(words))


def test_no_number_is_typed_in(lesson: Lesson) -> None:
    texts = " ".join(span.text for step in lesson.steps for span in spans(step) if span.kind == "text")
    assert set(re.findall(r"\d[\d.,]*\d|\d", texts)) <= {"0", "1"}  # ends of a range, the price of nothing


def test_right_answers_are_not_always_the_same(lesson: Lesson) -> None:
    right = {block.right for step in lesson.steps for block in step.blocks if isinstance(block, Predict)}
    assert len(right) > 1


# The article's lesson


@pytest.fixture(scope="module")
def article() -> Lesson:
    return load(LESSONS[0].path)


def test_it_has_its_nine_steps_in_their_order(article: Lesson) -> None:
    assert [step.title for step in article.steps] == [
        "The network",
        "Forward: the hidden layer",
        "Forward: the output layer",
        "The error",
        "The gradient of one output weight",
        "The gradient of a hidden weight",
        "All gradients at once",
        "The update",
        "Train to the end",
    ]
    assert article.article
    assert article.steps[-1].stage.updates == 1000


def short(*values: float) -> list[str]:
    """As a lesson writes numbers whose digits are not asked for."""
    return [f"{v:g}" if v == round(v, 4) else format_digits(v, 4) for v in (round(v, 12) for v in values)]


def wished() -> Hand:
    return Hand(t=(0.4, 0.7))


def raised() -> Hand:
    return Hand(w1=((0.5, 0.5), (0.1, 0.3)))


def test_every_number_is_that_of_an_independent_computation(article: Lesson) -> None:
    e, p = EXACT, PRINTED
    slope2 = e.y[0] * (1 - e.y[0])
    end, slip_end = e.later(1000), SLIP.later(1000)
    negative, slip_negative = (Hand(x=(-2.0, -5.0), slip=slip) for slip in (False, True))
    x, w0, w1 = e.x, W0, W1
    wanted = [
        [*short(8, *x, *e.t)],
        [
            *short(x[0], w0[0][0], x[1], w0[1][0], e.z1[0]),
            *[f"{p.a1[0]:.2f}", f"{e.a1[0]:.7f}"],
            *short(e.z1[1], e.a1[0], e.a1[1]),
        ],
        [
            *short(e.a1[0], w1[0][0], e.a1[1], w1[1][0], e.z2[0], e.y[0]),
            *[f"{p.y[0]:.2f}", f"{p.y[1]:.2f}", f"{e.y[0]:.7f}", f"{e.y[1]:.7f}"],
            *short(*e.y, *e.t, e.y[0] - e.t[0], e.t[1] - e.y[1]),
        ],
        [*short(*e.shares), f"{p.E:.3f}", f"{e.E:.10f}", *short(0.4, wished().E)],
        [
            *short(e.y[0] - e.t[0], slope2, e.a1[0]),
            f"{p.g1[0][0]:.3f}",
            *short(e.g1[0][0], 0.4, 0.5, raised().y[0] - 0.2, raised().g1[0][0]),
        ],
        [
            *short(w1[0][0] * e.d2[0], w1[0][1] * e.d2[1], e.slope1[0], x[0], e.a1[0], w0[0][0]),
            *[f"{e.a1[0]:.2f}", f"{p.g0[0][0]:.4f}"],
            *short(e.g0[0][0]),
        ],
        [
            *(format_digits(value, 4, signed=True) for value in e.d2),
            *(format_digits(value, 5, signed=True) for value in e.d1),
            *short(e.g1[0][1], e.g1[1][1]),
        ],
        [
            *short(RATE, 0.4, RATE, e.g1[0][0]),
            *[f"{0.4 - RATE * e.g1[0][0]:.5f}", f"{0.4 - RATE * p.g1[0][0]:.4f}", f"{0.4 - RATE * e.g1[0][0]:.5f}"],
            *[f"{0.1 - RATE * p.g0[0][0]:.5f}", f"{0.1 - RATE * e.g0[0][0]:.8f}"],
            *short(e.E, e.later(1).E),
        ],
        [
            *short(slip_end.E, end.E),
            f"{e.a1[0]:.2f}",
            *short(x[0]),
            *["−2", "−5"],
            *short(negative.E, slip_negative.later(1000).E, negative.later(1000).E),
        ],
    ]
    for step, numbers in zip(article.steps, wanted, strict=True):
        assert [span.text for span in spans(step) if span.kind == "number"] == numbers, step.title


def test_the_known_digits_are_there(article: Lesson) -> None:
    shown = {span.text for step in article.steps for span in spans(step) if span.kind == "number"}
    assert shown >= {"0.5423979", "0.0717834252", "0.04886", "0.38534", "0.09963170"}  # exact
    assert shown >= {"0.54", "0.072", "0.049", "0.3853", "0.0034", "0.09897"}  # as the article prints


def test_printed_and_exact_stand_beside_each_other(article: Lesson) -> None:
    for step in article.steps[1:6]:
        rows = [row for block in step.blocks if isinstance(block, Compare) for row in block.rows]
        assert [plain(label) for label, _ in rows] == ["the article prints", "exact"], step.title


def test_the_right_answers_of_the_article_are_these(article: Lesson) -> None:
    asked = [block for step in article.steps for block in step.blocks if isinstance(block, Predict)]
    assert [plain(each.options[each.right].line) for each in asked] == [
        "stay",
        "smaller",
        "the first",
        "shrink",
        "grow",
        "the input, 0.2",
        "negative",
        "more than half of what it was",
        "is stuck",
    ]


# What the other two claim


def test_xor_is_told_right_only_with_hidden_neurons_that_bend() -> None:
    asked = [b for step in load(LESSONS[1].path).steps for b in step.blocks if isinstance(b, Predict)]
    right = [plain(each.options[each.right].line) for each in asked]
    assert right == ["no", "stay", "yes", "no", "shrink", "no"]


def test_learning_rates_crawl_walk_bounce_and_diverge() -> None:
    asked = [b for step in load(LESSONS[2].path).steps for b in step.blocks if isinstance(b, Predict)]
    right = [plain(each.options[each.right].line) for each in asked]
    assert right[0].startswith("twice as far")
    assert right[1:] == ["shrink", "more than ten", "higher again", "it does not", "shrink"]
    front = FRONT.replace("article", "regression\nbatch_size: full\nshuffle: no")
    # What the text says between its numbers: "the first update alone", "looks splendid", "a larger error".
    claims = {"0.3": "E after 1 < E / 2", "0.7": "E after 1 < E / 10", "1": "E after 10 > 1000"}
    for rate, claim in claims.items():
        assert prediction(f"- true\n- false\nanswer: {claim}", f"learning_rate: {rate}", front).right == 0, claim


# The documentation


def test_every_example_in_the_documentation_is_a_lesson_or_part_of_one() -> None:
    examples = re.findall(r"````markdown\n(.*?)````", DOCS.read_text("utf-8"), re.DOTALL)
    assert len(examples) == 7
    for example in examples:
        text = example if example.startswith("---") else f"{FRONT}# A\nx\n```stage\ntrain: 100\n```\n{example}"
        if "```stage" in example and not example.startswith("---"):
            text = FRONT.replace("article", "xor") + f"# A\nx\n{example}"
        assert problems(text) == [], example


def test_the_documentation_knows_every_key_and_number() -> None:
    text = DOCS.read_text("utf-8")
    for name in (*(quantity.name for quantity in QUANTITIES), *KEYS, *STAGE_KEYS):
        assert re.search(rf"`{re.escape(name)}[ `]", text), name
    printed = text[text.index("* `printed`") :].split("\n* ")[0]
    assert all(f"`{name}`" in printed for name in PRINTED_NAMES)
