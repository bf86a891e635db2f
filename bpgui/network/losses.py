"""The losses: how far outputs are from their targets, for one sample."""

from dataclasses import dataclass

from bpgui.catalogue import find


@dataclass(frozen=True, slots=True)
class Loss:
    """A catalogue entry; ``output`` names the one output activation that it fits, None where it fits all."""

    name: str
    label: str
    formula: str
    help: str
    output: str | None = None


# In the order of the codes in ext/losses.pxd.
LOSSES = (
    Loss("half_sse", "½ Σ (t − y)²", "½ Σ (t − y)²", "Half the sum of squared differences."),
    Loss("mse", "mean (t − y)²", "(1/n) Σ (t − y)²", "The mean of squared differences."),
    Loss("mae", "mean |t − y|", "(1/n) Σ |t − y|", "The mean distance: a stray target pulls no harder than others."),
    Loss(
        "huber",
        "Huber",
        "(1/n) Σ ½ d², |d| − ½ beyond 1",
        "Squares near the target, straight lines beyond a distance of 1: calm about strays, smooth at the target.",
    ),
    Loss(
        "binary_cross_entropy",
        "binary cross-entropy",
        "(1/n) Σ (softplus(z) − t·z)",
        "For yes-or-no outputs: surprise at the target, each output a sigmoid.",
        "sigmoid",
    ),
    Loss(
        "cross_entropy",
        "cross-entropy",
        "−Σ t · log softmax(z)",
        "For one class out of several: surprise at the true class, the outputs a softmax.",
        "softmax",
    ),
)


def require_pair(loss: str, outputs: set[str]) -> None:
    """Refuse a loss with output activations that it is not defined for; ValueError names the one that fits.

    ``outputs`` are the activations found among the output units. The two cross-entropies are computed from the output's
    z together with one activation; every other pair works.
    """
    entry = find(LOSSES, loss, "loss")
    if entry.output is not None and outputs != {entry.output}:
        met = ", ".join(sorted(outputs))
        raise ValueError(f"loss {loss!r} needs {entry.output!r} outputs, the network has {met}")
