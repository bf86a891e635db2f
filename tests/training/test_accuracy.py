"""Accuracy: the share of samples whose class the outputs tell."""

from __future__ import annotations

import numpy as np
import pytest

from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.training.evaluation import accuracy


def passing_on(units: int, output: str) -> tuple[Network, Parameters]:
    """A network whose sums z are its inputs."""
    network = Network.dense((units, units), output=output, bias=False)
    return network, Parameters(network, np.eye(units).ravel())


def test_of_several_outputs_the_largest_tells_the_class() -> None:
    X = [[3.0, 1.0, 2.0], [-3.0, -1.0, -2.0], [0.0, 1.0, 2.0], [5.0, 4.0, 4.0]]
    for output in ("softmax", "linear", "tanh", "sigmoid"):
        assert accuracy(*passing_on(3, output), X, [0, 1, 2, 1]) == 0.75


@pytest.mark.parametrize("output", ["sigmoid", "tanh", "linear", "relu"])
def test_one_output_tells_the_class_by_its_side_of_the_midpoint(output: str) -> None:
    """Of z, that is: a sigmoid is at its midpoint ½ where z is 0."""
    X = [[0.1], [0.4], [-0.1], [-0.4], [-0.2]]
    assert accuracy(*passing_on(1, output), X, [1, 1, 0, 0, 1]) == 0.8


def test_labels_that_the_outputs_cannot_tell_are_refused() -> None:
    with pytest.raises(ValueError, match=r"T\[1\] is class 3; 3 outputs can tell classes 0 to 2 apart"):
        accuracy(*passing_on(3, "softmax"), [[0.0, 1.0, 2.0]] * 2, [0, 3])
