"""The weights and biases of a network: one vector, and views of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui.network.network import Network

Floats = NDArray[np.floating[Any]]


class Parameters:
    """Weights and biases of one network in a contiguous vector of float64, or of float32 where it is made of such.

    ``vector`` (P,): for each block, in order, its row-major (units of source, units of target) matrix, then for each
    layer after the input that has biases its (units,) values. ``weights`` and ``biases`` are views that write into it.
    A cut connection is 0.0, and what is written into it through a view counts for nothing.

    Everything that is computed with them is computed in their dtype. Raises ValueError where the vector has another
    length or a value is not finite, naming its place.
    """

    network: Network
    vector: Floats

    def __init__(self, network: Network, vector: ArrayLike) -> None:
        self.network = network
        given = np.asarray(vector)
        self.vector = np.array(given, np.float32 if given.dtype == np.float32 else np.float64)
        if self.vector.shape != (network.parameter_count,):
            raise ValueError(
                f"the vector has shape {self.vector.shape}, the network needs ({network.parameter_count},)"
            )
        bad = np.flatnonzero(~np.isfinite(self.vector))
        if bad.size:
            raise ValueError(f"parameter {bad[0]} is {self.vector[bad[0]]}, wanted a finite number")
        self.vector[network.cut] = 0.0

    @property
    def dtype(self) -> str:
        """The type of the numbers: "float64" or "float32"."""
        return str(self.vector.dtype)

    @property
    def weights(self) -> tuple[Floats, ...]:
        """One (units of source, units of target) view per block, in the order of the blocks."""
        net = self.network
        return tuple(
            self.vector[place].reshape(net.layers[block.source].units, net.layers[block.target].units)
            for block, place in zip(net.blocks, net.weight_slices, strict=True)
        )

    @property
    def biases(self) -> tuple[Floats | None, ...]:
        """One (units,) view per layer after the input, or None for a layer without biases."""
        return tuple(None if place is None else self.vector[place] for place in self.network.bias_slices)

    def copy(self) -> Parameters:
        """Return parameters of the same network with a vector of their own."""
        return Parameters(self.network, self.vector)

    def __repr__(self) -> str:
        """Return the network and the number of parameters."""
        return f"Parameters({self.network!r}, {self.vector.size} values)"


def without_cut(network: Network, vector: Floats) -> Floats:
    """Return a (P,) vector with 0 at the cut connections: the same one where they are 0 or none is cut."""
    if vector.shape != network.cut.shape or not vector[network.cut].any():
        return vector
    return np.where(network.cut, vector.dtype.type(0.0), vector)


@dataclass(frozen=True, eq=False)
class Entries:
    """Values for some entries of a parameter vector, named by their keys so that they survive edits of the network.

    ``keys`` (n,) int64 as in Network.keys; ``rows`` (r, n): their numbers, for example present and first values.
    """

    keys: NDArray[np.int64]
    rows: Floats

    def write(self, network: Network, rows: Floats) -> None:
        """Write these numbers into (r, P) rows that belong to the network; keys that it lacks are passed over."""
        at = places(network, self.keys)
        rows[:, at[at >= 0]] = self.rows[:, at >= 0]


def places(network: Network, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in the vector the keys lie, -1 for those that the network does not have."""
    order = network.key_order
    found = np.searchsorted(network.keys, keys, sorter=order)
    at = order[np.minimum(found, order.size - 1)]
    return np.where(network.keys[at] == keys, at, -1)


def carry_over(rows: Floats, source: Network, target: Network) -> Floats:
    """Carry (n, P) rows of numbers from one network to another: (n, P'), 0 for entries that the source lacks."""
    result = np.zeros((rows.shape[0], target.parameter_count), rows.dtype)
    at = places(source, target.keys)
    result[:, at >= 0] = rows[:, at[at >= 0]]
    return result
