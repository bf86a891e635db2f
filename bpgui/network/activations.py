"""The activations that a layer, or a single unit of it, may have."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Activation:
    """A catalogue entry. Value and slope are computed together by the kernel of the same name in the core."""

    name: str
    label: str
    formula: str
    help: str
    low: float
    """Lower end of the values, minus infinity where there is none."""
    high: float
    whole_layer: bool = False
    """True where a unit's value depends on the other units of its layer."""


INFINITY = float("inf")

# In the order of the codes in ext/activations.pxd.
ACTIVATIONS = (
    Activation("linear", "linear", "z", "Passes the sum on as it is.", -INFINITY, INFINITY),
    Activation("sigmoid", "sigmoid", "1 / (1 + e^-z)", "An S between 0 and 1.", 0.0, 1.0),
    Activation("tanh", "tanh", "tanh z", "An S between -1 and +1.", -1.0, 1.0),
    Activation("relu", "ReLU", "max(z, 0)", "Zero below 0, straight above.", 0.0, INFINITY),
    Activation(
        "softmax",
        "softmax",
        "e^z / sum of e^z",
        "Makes probabilities of a whole layer: positive and summing to 1.",
        0.0,
        1.0,
        whole_layer=True,
    ),
)
