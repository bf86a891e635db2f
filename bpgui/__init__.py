"""bpgui: back-propagation that one can take in the hand.

The public names. They are loaded when they are first used, so that ``bpgui --help`` needs neither NumPy nor Qt.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpgui import explain
    from bpgui.data import builtin as datasets
    from bpgui.files.project_file import load, save
    from bpgui.network.network import Block, Layer, Network
    from bpgui.network.parameters import Parameters
    from bpgui.project.state import Project
    from bpgui.training import optimizers, schedules, stop
    from bpgui.training.evaluation import error, gradient, predict
    from bpgui.training.fingerprint import fingerprint
    from bpgui.training.recipe import Recipe
    from bpgui.training.trainer import Run, Trainer, train

_HOMES = {
    "Block": "bpgui.network.network",
    "Layer": "bpgui.network.network",
    "Network": "bpgui.network.network",
    "Parameters": "bpgui.network.parameters",
    "Project": "bpgui.project.state",
    "Recipe": "bpgui.training.recipe",
    "Run": "bpgui.training.trainer",
    "Trainer": "bpgui.training.trainer",
    "error": "bpgui.training.evaluation",
    "fingerprint": "bpgui.training.fingerprint",
    "gradient": "bpgui.training.evaluation",
    "load": "bpgui.files.project_file",
    "predict": "bpgui.training.evaluation",
    "save": "bpgui.files.project_file",
    "train": "bpgui.training.trainer",
}
_MODULES = {
    "datasets": "bpgui.data.builtin",
    "explain": "bpgui.explain",
    "optimizers": "bpgui.training.optimizers",
    "schedules": "bpgui.training.schedules",
    "stop": "bpgui.training.stop",
}

__all__ = [
    "Block",
    "Layer",
    "Network",
    "Parameters",
    "Project",
    "Recipe",
    "Run",
    "Trainer",
    "datasets",
    "error",
    "explain",
    "fingerprint",
    "gradient",
    "load",
    "optimizers",
    "predict",
    "save",
    "schedules",
    "stop",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = import_module(_MODULES[name])
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'bpgui' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
