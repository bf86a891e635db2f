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
        "leaky_relu",
        "leaky ReLU",
        "z, 0.01 z below 0",
        "A ReLU that lets a hundredth through below 0, so that a unit cannot die.",
        -INFINITY,
        INFINITY,
    ),
    Activation("elu", "ELU", "z, e^z - 1 below 0", "Straight above 0, bending softly to -1 below.", -1.0, INFINITY),
    Activation(
        "selu",
        "SELU",
        "1.0507 z, 1.7581 (e^z - 1) below 0",
        "An ELU scaled so that deep layers keep mean 0 and deviation 1 by themselves (Klambauer and others 2017).",
        -1.0507009873554805 * 1.6732632423543772,
        INFINITY,
    ),
    Activation(
        "gelu",
        "GELU",
        "z Phi(z)",
        "A ReLU with a soft knee: z times the share of a normal distribution below z (Hendrycks and Gimpel 2016).",
        -0.16997120747990369,
        INFINITY,
    ),
    Activation(
        "silu", "SiLU", "z / (1 + e^-z)", "z times its sigmoid, also called swish.", -0.2784645427610738, INFINITY
    ),
    Activation(
        "softplus", "softplus", "log(1 + e^z)", "A ReLU without a corner; its slope is the sigmoid.", 0.0, INFINITY
    ),
    Activation("sine", "sine", "sin z", "A wave: good for signals that repeat.", -1.0, 1.0),
    Activation("gaussian", "gaussian", "e^(-z^2)", "A bump: answers to one place and fades on both sides.", 0.0, 1.0),
    Activation(
        "step",
        "step",
        "1 from 0 on, else 0",
        "The first neuron model: on or off. Its slope is 0, so nothing below it learns.",
        0.0,
        1.0,
    ),
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
