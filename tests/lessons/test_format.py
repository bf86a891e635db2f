"""What a lesson file becomes: steps, blocks, spans, stages."""

from __future__ import annotations

import numpy as np
import pytest

from bpgui.lessons.lesson import Bullets, Compare, Option, Paragraph, Span, plain
from bpgui.lessons.loader import check, check_text, load
from bpgui.network.names import bias_key, weight_key
from bpgui.project.state import of_builtin
from bpgui.training.trainer import Trainer
from tests.lessons.lesson_text import FRONT, lesson, prediction


def line(text: str) -> tuple[Span, ...]:
    block = lesson(f"# A\n{text}\n").steps[0].blocks[0]
    assert isinstance(block, Paragraph)
    return block.line


def test_the_beginning_names_the_lesson_and_its_project() -> None:
    made = lesson("# A\nx\n", "---\ntitle: Some: title\nsummary: S\nnames: article\n\ndata: article\n---\n\n")
    assert (made.title, made.summary, made.article) == ("Some: title", "S", True)
    assert made.project.network == of_builtin("article").network
    assert np.array_equal(made.project.training.state.vector, of_builtin("article").training.state.vector)
    assert not lesson("# A\nx\n").article


def test_headings_begin_steps_and_blank_lines_part_blocks() -> None:
    made = lesson("# First one\n\none\ntwo\n\nthree\n- a\n  more\n- b\n\n1. c\n2. d\n# Second\n* e\n")
    assert [step.title for step in made.steps] == ["First one", "Second"]
    first = made.steps[0].blocks
    assert [plain(b.line) for b in first if isinstance(b, Paragraph)] == ["one two", "three"]
    lists = [([plain(item) for item in b.items], b.numbered) for b in first if isinstance(b, Bullets)]
    assert lists == [(["a more", "b"], False), (["c", "d"], True)]
    assert isinstance(made.steps[1].blocks[0], Bullets)


def test_marks_become_looks() -> None:
    assert line(r"a **b *c*** `d*` $\delta_1$ {w 1.0 -> 2.0} \{ 2 * 3 * 4") == (
        Span("a "),
        Span("b ", strong=True),
        Span("c", strong=True, emphasis=True),
        Span(" "),
        Span("d*", kind="code"),
        Span(" "),
        Span(r"\delta_1", kind="math"),
        Span(" "),
        Span("0.4", kind="number"),
        Span(" { 2 * 3 * 4"),
    )


def test_words_take_the_colour_of_a_factor() -> None:
    assert line("**so [from {E | 2} on]{factor 3}** on") == (
        Span("so ", strong=True),
        Span("from ", strong=True, factor=3),
        Span("0.072", kind="number", strong=True, factor=3),
        Span(" on", strong=True, factor=3),
        Span(" on"),
    )


def test_a_number_may_go_over_the_end_of_a_line() -> None:
    assert [span.text for span in line("is {w 1.0 ->\n2.0} now")] == ["is ", "0.4", " now"]


def test_what_is_compared_stands_in_rows() -> None:
    block = (
        lesson("# A\n```compare\nthe *article* prints: {w 1.0 -> 2.0}\n\nratio 1:2: {x 0}\n```\n").steps[0].blocks[0]
    )
    assert isinstance(block, Compare)
    assert [(plain(a), plain(b)) for a, b in block.rows] == [("the article prints", "0.4"), ("ratio 1:2", "0.2")]


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm() -> None:
    checked = check_text("\ufeff" + (FRONT + "# A\nx\n- y\n").replace("\n", "\r\n"))
    assert checked.problems == ()


def test_a_stage_holds_all_that_its_step_begins_with() -> None:
    made = lesson(
        "# A\n```stage\nselect: 1.0 -> 2.0\nphase: backward 2\nwalk: neuron\ntrain: 1,000\n"
        "set: 1.0 -> 2.0 = w 1.0 -> 2.0 + 0.5\nset: x 1 = -5\nset: target 0 = 0.9\nlearning_rate: 2\n```\nx\n# B\ny\n"
    )
    stage, network = made.steps[0].stage, made.project.network
    assert stage.selected == ("entry", weight_key(network, (1, 0), (2, 0)))
    # Forward 4 neurons, error, then backward: the outputs are the stops 5 and 6.
    assert (stage.grain, stage.phase, stage.position, stage.updates) == ("neuron", "backward", 6, 1000)
    assert stage.project.parameters.weights[1][0, 0] == pytest.approx(0.9)
    assert stage.project.training.first[4] == pytest.approx(0.9)  # Reset comes back to it
    assert stage.project.data.X.tolist() == [[0.2, -5.0]]
    assert stage.project.data.T.tolist() == [[0.9, 0.7]]
    assert stage.project.recipe.learning_rate == 2.0
    other = made.steps[1].stage
    assert (other.selected, other.phase, other.position, other.updates, other.sample) == (None, None, None, 0, 0)
    assert np.array_equal(other.project.training.state.vector, made.project.training.state.vector)
    assert other.project.recipe.learning_rate == 0.3


@pytest.mark.parametrize("text", ["bias 2.0", "2.0", "layer 1"])
def test_biases_neurons_and_layers_can_be_selected(text: str) -> None:
    front = FRONT.replace("article", "xor")
    stage = lesson(f"# A\n```stage\nselect: {text}\n```\nx\n", front).steps[0].stage
    network = stage.project.network
    ids = network.layers[2].unit_ids
    assert ids is not None
    wanted = {
        "bias 2.0": ("entry", bias_key(network, (2, 0))),
        "2.0": ("neuron", ids[0]),
        "layer 1": ("layer", network.layers[1].id),
    }
    assert stage.selected == wanted[text]


def test_a_phase_without_a_number_is_its_last_stop() -> None:
    phases = ("forward", "error", "backward", "update")
    body = "".join(f"# {phase}\n```stage\nphase: {phase}\n```\nx\n" for phase in phases)
    assert [step.stage.position for step in lesson(body).steps] == [1, 2, 4, 5]


def test_settings_make_another_network_and_recipe() -> None:
    made = lesson(
        "# A\n```stage\nlayers: 2-3-1\nactivation: relu\noutput: tanh\nloss: mse\nbias: no\ninitialiser: he\nseed: 7\n"
        "optimizer: momentum\noptimizer.momentum: 0.5\nbatch_size: full\nshuffle: no\nsample: 3\nl2: 0.1\n```\nx\n",
        FRONT.replace("article", "xor\nsamples: 40\nnoise: 0.1"),
    )
    stage = made.steps[0].stage
    network, recipe = stage.project.network, stage.project.recipe
    assert network.sizes == (2, 3, 1)
    assert [layer.activation for layer in network.layers[1:]] == ["relu", "tanh"]
    assert not any(layer.bias for layer in network.layers[1:])
    assert np.array_equal(stage.project.training.first, network.initialise(7, "he").vector)
    assert (recipe.seed, recipe.batch_size, recipe.shuffle, recipe.loss, recipe.l2) == (7, "full", False, "mse", 0.1)
    assert recipe.method.settings == (0.5,)
    assert (stage.sample, stage.project.data.samples, stage.project.data.origin) == (3, 40, (40, 0.1))


def test_what_is_trained_is_trained_before_the_step_begins() -> None:
    stage = lesson("# A\n```stage\nset: 0.0 -> 1.0 = 0.7\ntrained: 20\n```\nx\n").steps[0].stage
    trainer = Trainer.of(lesson("# A\n```stage\nset: 0.0 -> 1.0 = 0.7\n```\nx\n").steps[0].stage.project.training)
    trainer.run(updates=20)
    assert stage.project.training.state.same(trainer.state())


def test_what_a_prediction_supposes_is_a_stage_too() -> None:
    asked = prediction("- grow\n- shrink\nwatch: E\nset: 1.0 -> 2.0 = 0.5\nlearning_rate: 1", "trained: 5")
    assert asked.changed is not None
    assert asked.changed.project.parameters.weights[1][0, 0] == 0.5  # set comes last, as the stage then stands
    assert asked.changed.project.recipe.learning_rate == 1.0
    assert asked.changed.project.training.state.update == 5
    assert prediction("- true\n- false\nanswer: E > 0").changed is None


def test_own_words_stand_for_the_words_of_an_answer() -> None:
    asked = prediction("- true: the **first**\n- false: neither\nanswer: share 0 > share 1")
    assert asked.options[0] == Option((Span("the "), Span("first", strong=True)), True)
    assert asked.right == 0


def test_a_lesson_with_problems_is_refused_by_its_first(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "some.md"
    path.write_text(FRONT + "# A\n{nope}\n{E\n")
    with pytest.raises(ValueError, match=r"^some\.md:7: \{nope\}: 'nope' is not known; known: x, target, "):
        load(path)
    assert [line for line, _ in check(path).problems] == [7, 8]
    path.write_text(FRONT + "# A\nx\n")
    assert load(path).title == "T"
