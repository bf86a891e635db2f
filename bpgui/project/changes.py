"""What an edit touched, so that a view knows whether to look again."""

from enum import Flag, auto


class Changes(Flag):
    """Parts of what is shown. HISTORY: errors; SELECTION: what the person picked; HOVER: what
    the pointer is on; SAMPLE: the sample that is shown; RUN: training, paused, ended."""

    NONE = 0
    TOPOLOGY = auto()
    WEIGHTS = auto()
    MASKS = auto()
    DATA = auto()
    RECIPE = auto()
    HISTORY = auto()
    SELECTION = auto()
    HOVER = auto()
    SAMPLE = auto()
    RUN = auto()
    ALL = TOPOLOGY | WEIGHTS | MASKS | DATA | RECIPE | HISTORY | SELECTION | HOVER | SAMPLE | RUN
