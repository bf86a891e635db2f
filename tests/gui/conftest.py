"""What several tests of the window share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dressing import dress_light
from network_person import Person
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from whole_window import windows

from bpgui.gui.main_window import MainWindow
from bpgui.gui.theme.theme import ThemeManager
from bpgui.project.state import Project, of_builtin


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[ThemeManager]:
    manager = dress_light(qapp)
    yield manager
    manager.deleteLater()


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Callable[[Project], MainWindow]]:
    """What opens the real window on a project."""
    yield from windows(qtbot, qapp, tmp_path)


@pytest.fixture
def at_work(qtbot: QtBot, theme: ThemeManager) -> Iterator[Callable[[Project], Person]]:  # noqa: ARG001  (it dresses)
    persons: list[Person] = []

    def person(project: Project) -> Person:
        persons.append(Person(qtbot, project))
        persons[-1].open()
        return persons[-1]

    yield person
    for each in persons:
        each.close()


@pytest.fixture
def person(at_work: Callable[[Project], Person]) -> Person:
    return at_work(of_builtin("spirals"))
