"""Fixtures of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bpgui.training.state import Training
from training.desk import Desk, any_training


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    """Makes desks; their workers are closed afterwards."""
    desks: list[Desk] = []

    def make(training: Training | None = None, **recipe: Any) -> Desk:
        desks.append(Desk(training or any_training(**recipe)))
        return desks[-1]

    yield make
    for one in desks:
        one.worker.close()
        assert not one.worker.alive
