"""The benchmarks run and write what they say; how fast anything is stands in no test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_benchmark_of_the_core_writes_figures_checks_and_goals(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    options = ["--only", "W1", "--rounds", "1", "--quick", "--json", str(file)]
    command = [sys.executable, str(ROOT / "benchmarks" / "core.py"), *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = json.loads(file.read_text())
    assert set(written) == {"machine", "rounds", "quick", "clock", "results"}
    assert set(written["machine"]) == {"processor", "cores", "system", "python", "numpy", "bpgui"}
    [result] = written["results"]
    assert set(result) == {"name", "summary", "unit", "speeds", "goals", "checks", "missing", "failed", "neighbours"}
    assert result["name"] == "W1"
    assert {"bpgui", "numpy"} <= set(result["speeds"])
    competitors = {"bpgui", "numpy", "jax", "fann", "article_rule", "two_two_two"}
    assert set(result["speeds"]) | set(result["missing"]) == competitors
    for figure in result["speeds"].values():
        assert len(figure["rounds"]) == 1
        assert figure["median"] > 0.0
    exact = set(result["speeds"]) - {"bpgui", "fann"}
    assert {check["peer"] for check in result["checks"] if check["same"]} == exact
    for goal in result["goals"]:
        assert set(goal) == {"of", "against", "ratio", "least", "wanted", "verdict", "wanted_verdict"}


def test_benchmark_refuses_a_name_that_it_does_not_know(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "core.py"), "--only", "W9"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "W9" in done.stderr
    assert "W1" in done.stderr
