"""One project, and the members of its file, that many tests do harm to."""

from __future__ import annotations

from itertools import count

import pytest

from bpgui.files.project_file import save
from bpgui.project.state import Project
from files.members import Members, read_members
from files.random_pasts import with_past
from files.random_projects import random_project


@pytest.fixture(scope="module")
def project() -> Project:
    """The first of the random ones that has something of everything, with a past."""
    for seed in count():
        found = random_project(seed)
        masks = found.network.cut.any() and found.network.frozen.any() and found.remembered
        if masks and found.data.classes and found.data.validation.any() and found.training.state.slots.any():
            return with_past(found)
    raise AssertionError


@pytest.fixture(scope="module")
def members(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Members:
    path = tmp_path_factory.mktemp("whole") / "whole.bpgui"
    save(project, path)
    return read_members(path)
