"""Whether anything moves: a wish of the person's, asked by whatever would."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

_NAME = "bpguiReducesMotion"


def reduces_motion() -> bool:
    """Return whether the person wants nothing to move but what training moves."""
    application = QApplication.instance()
    return application is not None and bool(application.property(_NAME))


def reduce_motion(wanted: bool) -> None:
    """Let nothing move from now on, or let it again."""
    application = QApplication.instance()
    assert application is not None
    application.setProperty(_NAME, wanted)
