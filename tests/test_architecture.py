"""The walls of the house: who may import whom, what a start may load, what the top level may hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

FOLDERS = {"bpgui", "ext", "tests", "docs", "benchmarks"}
FILES = {"setup.py", "pyproject.toml", "MANIFEST.in", "constraints.txt", "dev.py"}
TEXTS = {"README.md", "CHANGELOG.md", "LICENSE"}
MADE = {"build", "dist", "bpgui.egg-info", "bpgui-window.png"}  # by tools and by dev.py; not kept


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of pyproject.toml on the package in a folder."""
    command = [sys.executable, "-c", LINT, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_rooms_keep_the_contracts() -> None:
    done = contracts(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("network/parameters.py", "import bpgui.training.recipe", "A room imports only the rooms below it"),
        ("training/recipe.py", "import bpgui.project.state", "A room imports only the rooms below it"),
        ("project/state.py", "import bpgui.files.project_file", "A room imports only the rooms below it"),
        ("files/project_file.py", "import bpgui.gui", "A room imports only the rooms below it"),
        ("data/dataset.py", "import bpgui.network.network", "A room imports only the rooms below it"),
        ("attic.py", "import json", "A room imports only the rooms below it"),
        ("training/recipe.py", "import PySide6.QtCore", "Qt lives in bpgui.gui alone"),
        ("cli/train.py", "import pyqtgraph", "Qt lives in bpgui.gui alone"),
    ],
)
def test_a_contract_that_is_broken_is_named(tmp_path: Path, module: str, line: str, broken: str) -> None:
    shutil.copytree(ROOT / "bpgui", tmp_path / "bpgui", ignore=shutil.ignore_patterns("*.so", "theme"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "bpgui" / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = contracts(tmp_path)
    assert done.returncode == 1, done.stdout
    assert f"{broken} BROKEN" in done.stdout
    assert done.stdout.count("BROKEN") == 1


def test_the_top_level_holds_what_has_its_place_there() -> None:
    found = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".")}
    assert found - MADE <= FOLDERS | FILES | TEXTS


@pytest.mark.parametrize("arguments", [["-c", "import bpgui"], ["-m", "bpgui", "--help"], ["-m", "bpgui", "--version"]])
def test_a_start_that_needs_neither_loads_neither_qt_nor_numpy(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "bpgui" in loaded
    assert not loaded & {"PySide6", "pyqtgraph", "numpy", "scipy"}
