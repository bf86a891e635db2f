"""A surface brings along all that it is painted with."""

from __future__ import annotations

import numpy as np
import pytest

from bpgui.data.dataset import Dataset
from bpgui.gui.surface import surface
from bpgui.network.network import Network
from bpgui.network.parameters import Parameters
from bpgui.project.state import of_builtin


def seen(data, sizes, last, output=0):
    network = Network.dense(sizes, "tanh", last)
    return surface(network, Parameters(network, np.zeros(network.parameter_count)), data, output, 8)


@pytest.mark.parametrize("name", ["article", "xor", "moons", "regression"])
def test_there_is_a_wanted_value_for_each_sample_on_the_scale_of_the_values(name):
    project = of_builtin(name)
    for output in range(project.network.outputs):
        shown = surface(project.network, project.parameters, project.data, output, 8)
        assert shown.data is project.data
        assert shown.wanted.shape == (project.data.samples,)
        assert np.abs(shown.wanted).max() <= 1.0


def test_a_class_is_on_its_side_of_the_output_that_is_shown():
    X = np.eye(4)[:, :2]
    three = Dataset("three", X, labels=np.array([0, 1, 2, 1]))
    assert seen(three, (2, 3, 3), "softmax", output=1).wanted.tolist() == [-1, 1, -1, 1]
    two = Dataset("two", X, labels=np.array([0, 1, 1, 0]))
    assert seen(two, (2, 3, 1), "sigmoid").wanted.tolist() == [-1, 1, 1, -1]


def test_numbers_lie_between_the_ends_of_what_the_output_can_say():
    X = np.eye(3)[:, :2]
    data = Dataset("numbers", X, targets=np.array([[2.0], [4.0], [3.0]]))
    linear = seen(data, (2, 3, 1), "linear")
    assert (linear.low, linear.high) == (2.0, 4.0)
    assert linear.wanted.tolist() == [-1.0, 1.0, 0.0]
