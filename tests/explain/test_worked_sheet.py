"""The worked sheet, and the rule of one weight as text and as LaTeX."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from bpgui.explain import chain_rule
from bpgui.explain.render import as_latex, as_text
from bpgui.explain.worked_sheet import worked_sheet
from bpgui.project.state import of_builtin

BRACES = re.compile(r"[{}]")


def article_rule(**asked):
    project = of_builtin("article")
    x, t = project.data.X[0], project.data.T[0]
    return chain_rule(project.network, project.parameters, x, t, article=True, **asked)


def test_the_sheet_of_the_article_has_every_number_of_its_step():
    sheet = worked_sheet(of_builtin("article").training, article=True)
    for line in (
        "- z₁₀ = w⁰₁₀ · x₀ + w⁰₂₀ · x₁ = 0.1000 · 0.2000 + 0.3000 · 0.5000 = 0.1700",
        "- a₂₀ = sigmoid(z₂₀) = sigmoid(0.2692) = 0.5669",
        "- E = 0.07178",
        "- δ₂₀ = (a₂₀ − t₀) · a₂₀ · (1 − a₂₀) = (0.5669 − 0.2000) · 0.5669 · (1 − 0.5669) = 0.09008",
        "- ∂E/∂w⁰₁₀ = δ₁₀ · x₀ = 0.006138 · 0.2000 = 0.001228",
        "- w¹₁₀ = w¹₁₀ − η × ∂E/∂w¹₁₀ = 0.4000 − 0.3000 × 0.04886 = 0.3853",
    ):
        assert line in sheet.splitlines()
    assert len(re.findall("^- ∂E/∂w", sheet, re.MULTILINE)) == 8


def test_all_digits_are_those_that_python_reads_back():
    project = of_builtin("article")
    sheet = worked_sheet(project.training, digits=None)
    gradient = chain_rule(
        project.network, project.parameters, project.data.X[0], project.data.T[0], weight=(0, 1, 0, 0)
    ).gradient
    assert f" = {gradient!r}".replace("-", "−") in sheet


@pytest.mark.parametrize("name", ["article", "xor", "spirals", "moons", "regression"])
def test_a_sheet_in_latex_has_its_braces_and_environments_in_pairs(name):
    sheet = worked_sheet(of_builtin(name).training, kind="latex")
    depth = 0
    for brace in BRACES.findall(sheet):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    for environment in set(re.findall(r"\\begin\{(.+?)\}", sheet)):
        assert sheet.count(rf"\begin{{{environment}}}") == sheet.count(rf"\end{{{environment}}}")
    assert not re.findall("[₀-₉⁰−·ηδ∂Σ½²]", sheet), "signs that pdflatex does not know"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_pdflatex_takes_the_sheet(tmp_path):
    (tmp_path / "sheet.tex").write_text(worked_sheet(of_builtin("spirals").training, kind="latex"), "utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=50)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"kind": "word"}, "a sheet is markdown or latex, got 'word'"),
        ({"sample": 1}, "sample 1 is not one of 0 to 0"),
    ],
)
def test_what_cannot_be_written_is_refused(asked, told):
    with pytest.raises(ValueError, match=told):
        worked_sheet(of_builtin("article").training, **asked)


def test_a_network_whose_sheet_would_fill_books_is_refused():
    pytest.importorskip("sklearn")
    with pytest.raises(ValueError, match="2,410 parameters would fill books"):
        worked_sheet(of_builtin("digits").training)


def test_a_rule_as_text_shows_factors_paths_and_proof():
    text = as_text(article_rule(weight=(0, 1, 0, 0)))
    assert "∂E/∂w⁰₁₀ = ∂E/∂a₁₀ · ∂a₁₀/∂z₁₀ · ∂z₁₀/∂w⁰₁₀" in text
    assert "= 0.02473 · 0.2482 · 0.2000 = 0.001228" in text
    assert "1·0 → 2·1 → E: −0.01130" in text
    assert "by 2 paths to the error" in text
    assert text.endswith("agrees")


def test_a_rule_as_latex_is_aligned_with_letters_formulas_and_numbers():
    latex = as_latex(article_rule(weight=(1, 2, 0, 0)))
    rows = latex.splitlines()
    assert rows[0] == r"\begin{align*}"
    assert rows[1].startswith(r"\frac{\partial E}{\partial w^{1}_{10}} &= \frac{\partial E}{\partial a_{20}} \cdot")
    assert r"0.3669 \cdot 0.2455 \cdot 0.5424" in rows[3]
    assert rows[4] == "&= 0.04886"
