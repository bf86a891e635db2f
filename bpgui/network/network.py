"""A feed-forward network as a value: layers, and blocks that connect them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bpgui import _core, blas
from bpgui.catalogue import find, position
from bpgui.network.activations import ACTIVATIONS

if TYPE_CHECKING:
    from bpgui.network.parameters import Parameters

Mask = NDArray[np.bool_]

MAX_UNITS = 100_000
MAX_PARAMETERS = 50_000_000


def frozen_mask(mask: ArrayLike, shape: tuple[int, ...], what: str) -> Mask:
    """Return a read-only boolean copy; ValueError where the shape is another or an entry is neither 0 nor 1."""
    given = np.asarray(mask)
    if given.shape != shape:
        raise ValueError(f"{what} has shape {given.shape}, wanted {shape}")
    if given.dtype != np.bool_ and not np.isin(given, (0, 1)).all():
        raise ValueError(f"{what} holds other values than true and false")
    result = given.astype(np.bool_)
    result.flags.writeable = False
    return result


@dataclass(frozen=True, eq=False)
class Layer:
    """Units side by side. The input layer has neither activation nor bias.

    ``overrides`` gives single units, by their place in the layer, another activation. ``frozen_bias`` is a boolean
    (units,) array of biases that do not learn. ``id`` and ``unit_ids`` name the layer and its units through edits; a
    Network gives them where they are None.
    """

    units: int
    activation: str | None = None
    bias: bool = True
    overrides: Mapping[int, str] = field(default_factory=dict)
    frozen_bias: Mask | None = None
    id: int | None = None
    unit_ids: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without the other layers."""
        if isinstance(self.units, bool) or not isinstance(self.units, (int, np.integer)):
            raise ValueError(f"a layer needs a whole number of units, got {self.units!r}")
        if not 1 <= self.units <= MAX_UNITS:
            raise ValueError(f"a layer needs 1 to {MAX_UNITS:,} units, got {self.units}")
        if self.activation is not None:
            find(ACTIVATIONS, self.activation, "activation")
        for unit, name in self.overrides.items():
            if not 0 <= unit < self.units:
                raise ValueError(f"override of unit {unit}, but the layer has units 0 to {self.units - 1}")
            whole = find(ACTIVATIONS, name, "activation").whole_layer
            if whole or self.activation is None or find(ACTIVATIONS, self.activation, "activation").whole_layer:
                raise ValueError(f"unit {unit} cannot be {name!r} in a layer that is {self.activation!r}")
        # An override that says what the layer says is no override.
        kept = {u: name for u, name in sorted(self.overrides.items()) if name != self.activation}
        object.__setattr__(self, "units", int(self.units))
        object.__setattr__(self, "overrides", kept)
        if self.frozen_bias is not None:
            mask = frozen_mask(self.frozen_bias, (self.units,), "frozen_bias")
            object.__setattr__(self, "frozen_bias", mask if mask.any() and self.bias else None)
        if self.unit_ids is not None and len(self.unit_ids) != self.units:
            raise ValueError(f"{len(self.unit_ids)} unit ids for {self.units} units")

    def activation_of(self, unit: int) -> str:
        """Return the name of the activation of one unit ("linear" for an input)."""
        return self.overrides.get(unit, self.activation or "linear")

    def __eq__(self, other: object) -> bool:
        """Equal in everything, ids included."""
        if not isinstance(other, Layer):
            return NotImplemented
        same = self.units, self.activation, self.bias, self.overrides, self.id, self.unit_ids
        theirs = other.units, other.activation, other.bias, other.overrides, other.id, other.unit_ids
        return same == theirs and same_mask(self.frozen_bias, other.frozen_bias)

    __hash__ = None  # type: ignore[assignment]  # holds an array


@dataclass(frozen=True, eq=False)
class Block:
    """Dense connections from every unit of layer ``source`` to every unit of the later layer ``target``.

    ``cut`` and ``frozen`` are boolean (units of source, units of target) arrays: connections that do not exist, and
    connections that take part and do not learn.
    """

    source: int
    target: int
    cut: Mask | None = None
    frozen: Mask | None = None

    def __eq__(self, other: object) -> bool:
        """Equal ends and equal masks."""
        if not isinstance(other, Block):
            return NotImplemented
        ends = (self.source, self.target) == (other.source, other.target)
        return ends and same_mask(self.cut, other.cut) and same_mask(self.frozen, other.frozen)

    __hash__ = None  # type: ignore[assignment]  # holds arrays


def same_mask(one: Mask | None, other: Mask | None) -> bool:
    """Whether two masks say the same; None masks nothing."""
    if one is None or other is None:
        return one is other
    return bool(np.array_equal(one, other))


class Network:
    """Layers 0..L-1 and blocks between them; immutable.

    ``z_d = bias_d + sum over the blocks (s, d), in their order, of a_s @ W_sd``, then ``a = f(z)``. Blocks may skip
    layers. A layered network is the blocks (l, l + 1); give (source, target) pairs or Block values.

    Raises ValueError where a layer lacks an activation or an incoming block, a block leads backwards or stands twice,
    or a mask has another shape than its block.
    """

    layers: tuple[Layer, ...]
    blocks: tuple[Block, ...]
    next_id: int
    """The id that the next new layer or unit gets; ids are never used again."""

    def __init__(self, layers: Sequence[Layer], blocks: Sequence[Block | tuple[int, int]], next_id: int = 0) -> None:
        if len(layers) < 2:
            raise ValueError(f"a network needs an input and an output layer, got {len(layers)} layers")
        self.layers, self.next_id = _with_ids(layers, next_id)
        self.blocks = tuple(self._checked_block(block) for block in blocks)
        ends = [(block.source, block.target) for block in self.blocks]
        if len(set(ends)) < len(ends):
            twice = next(pair for pair in ends if ends.count(pair) > 1)
            raise ValueError(f"two blocks lead from layer {twice[0]} to layer {twice[1]}; join them into one")
        for index, layer in enumerate(self.layers[1:], 1):
            if layer.activation is None:
                raise ValueError(f"layer {index} needs an activation; only the input layer has none")
            if all(block.target != index for block in self.blocks):
                raise ValueError(f"no block leads to layer {index}; it needs at least one")
        if self.parameter_count > MAX_PARAMETERS:
            raise ValueError(f"{self.parameter_count:,} parameters; at most {MAX_PARAMETERS:,} are supported")

    @classmethod
    def dense(
        cls, sizes: Sequence[int], activation: str = "tanh", output: str = "linear", bias: bool = True
    ) -> Network:
        """Return a layered network: ``sizes`` units a layer, inputs first; hidden layers share ``activation``."""
        if len(sizes) < 2:
            raise ValueError(f"a network needs an input and an output layer, got sizes {tuple(sizes)}")
        hidden = [Layer(n, activation, bias) for n in sizes[1:-1]]
        layers = [Layer(sizes[0]), *hidden, Layer(sizes[-1], output, bias)]
        return cls(layers, [(i, i + 1) for i in range(len(layers) - 1)])

    def _checked_block(self, given: Block | tuple[int, int]) -> Block:
        block = given if isinstance(given, Block) else Block(*given)
        if not 0 <= block.source < block.target < len(self.layers):
            raise ValueError(
                f"a block from layer {block.source} to layer {block.target}; "
                f"it must lead from one of 0 to {len(self.layers) - 1} to a later one"
            )
        shape = self.layers[block.source].units, self.layers[block.target].units
        masks: list[Mask | None] = []
        for name, given_mask in (("cut", block.cut), ("frozen", block.frozen)):
            what = f"{name} of block ({block.source}, {block.target})"
            mask = None if given_mask is None else frozen_mask(given_mask, shape, what)
            masks.append(mask if mask is not None and mask.any() else None)
        return Block(block.source, block.target, *masks)

    @property
    def inputs(self) -> int:
        """Units of the first layer."""
        return self.layers[0].units

    @property
    def outputs(self) -> int:
        """Units of the last layer."""
        return self.layers[-1].units

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer."""
        return tuple(layer.units for layer in self.layers)

    @property
    def output_activations(self) -> set[str]:
        """The activations found among the output units."""
        return {self.layers[-1].activation_of(unit) for unit in range(self.outputs)}

    # The vector: each block's row-major matrix in the order of the blocks, then each layer's biases.

    @cached_property
    def weight_slices(self) -> tuple[slice, ...]:
        """Where the matrix of each block lies in the vector."""
        ends = np.cumsum([self.layers[b.source].units * self.layers[b.target].units for b in self.blocks])
        return tuple(slice(int(a), int(b)) for a, b in zip([0, *ends[:-1]], ends, strict=True))

    @cached_property
    def bias_slices(self) -> tuple[slice | None, ...]:
        """Where the biases of each layer after the input lie in the vector; None for a layer without."""
        at, found = self.weight_count, []
        for layer in self.layers[1:]:
            found.append(slice(at, at + layer.units) if layer.bias else None)
            at += layer.units if layer.bias else 0
        return tuple(found)

    @property
    def weight_count(self) -> int:
        """Weights, cut ones included; they lie before the biases."""
        return int(self.weight_slices[-1].stop)

    @cached_property
    def parameter_count(self) -> int:
        """Length of the vector: weights, cut ones included, and biases."""
        return self.weight_count + sum(layer.units for layer in self.layers[1:] if layer.bias)

    @cached_property
    def cut(self) -> Mask:
        """(parameters,) bool: connections that do not exist."""
        return self._mask("cut")

    @cached_property
    def frozen(self) -> Mask:
        """(parameters,) bool: weights and biases that take part and do not learn."""
        mask = self._mask("frozen")
        mask.flags.writeable = True
        for layer, place in zip(self.layers[1:], self.bias_slices, strict=True):
            if place is not None and layer.frozen_bias is not None:
                mask[place] = layer.frozen_bias
        mask.flags.writeable = False
        return mask

    def _mask(self, name: str) -> Mask:
        mask = np.zeros(self.parameter_count, np.bool_)
        for block, place in zip(self.blocks, self.weight_slices, strict=True):
            given = getattr(block, name)
            if given is not None:
                mask[place] = given.ravel()
        mask.flags.writeable = False
        return mask

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """(parameters,) int64: a name for each entry that edits do not change, made of the ids of its two units.

        ``(id of the source unit + 1) * 2**31 + id of the target unit``; a bias has no source.
        """
        parts = []
        ids = [np.array(layer.unit_ids, np.int64) for layer in self.layers]
        for block in self.blocks:
            parts.append(((ids[block.source] + 1)[:, None] * 2**31 + ids[block.target]).ravel())
        parts += [ids[i] for i, layer in enumerate(self.layers) if i and layer.bias]
        keys = np.concatenate(parts)
        keys.flags.writeable = False
        return keys

    @cached_property
    def unit_places(self) -> dict[int, tuple[int, int]]:
        """The (layer, unit) of each unit id."""
        return {
            unit_id: (index, unit)
            for index, layer in enumerate(self.layers)
            for unit, unit_id in enumerate(layer.unit_ids or ())
        }

    @cached_property
    def key_order(self) -> NDArray[np.int64]:
        """The places in the vector by rising key: (P,)."""
        return np.argsort(self.keys)

    def index_of_weight(self, block: int, i: int, j: int) -> int:
        """Place in the vector of the weight from unit i to unit j of a block."""
        return int(self.weight_slices[block].start) + i * self.layers[self.blocks[block].target].units + j

    def index_of_bias(self, layer: int, unit: int) -> int | None:
        """Place in the vector of a bias; None for a layer without."""
        place = self.bias_slices[layer - 1] if layer else None
        return None if place is None else place.start + unit

    def plan(self, dtype: str = "float64") -> _core.Plan:
        """Return this network as the core sees it in that dtype, made once."""
        if dtype not in self._plans:
            self._plans[dtype] = self._make_plan(dtype)
        return self._plans[dtype]

    @cached_property
    def _plans(self) -> dict[str, _core.Plan]:
        return {}

    def _make_plan(self, dtype: str) -> _core.Plan:
        largest = max(self.layers[block.source].units * self.layers[block.target].units for block in self.blocks)
        codes = [
            [position(ACTIVATIONS, layer.activation_of(unit), "activation") for unit in range(layer.units)]
            for layer in self.layers
        ]
        return _core.of(dtype).Plan(
            units=list(self.sizes),
            bias_at=[-1, *(-1 if place is None else place.start for place in self.bias_slices)],
            activation=[-1 if layer.overrides else of[0] for layer, of in zip(self.layers, codes, strict=True)],
            of_unit=[code for of in codes for code in of],
            blocks=[
                (block.source, block.target, place.start)
                for block, place in zip(self.blocks, self.weight_slices, strict=True)
            ],
            learns=~(self.cut | self.frozen),
            weights=self.weight_count,
            gemm=blas.gemm(dtype, largest),
        )

    def initialise(self, seed: int = 0, method: str = "xavier", dtype: str = "float64") -> Parameters:
        """Return first parameters: weights drawn by ``method``, biases 0, cut connections 0.

        A function of seed, method and shapes alone. ``dtype`` is "float64" or "float32", whose weights are those of
        float64 rounded. ValueError for other names.
        """
        from bpgui.network.initialisers import initialise  # an initialiser needs to know what a network is

        _core.require_dtype(dtype)
        return initialise(self, seed, method, dtype)

    def __eq__(self, other: object) -> bool:
        """Equal layers and blocks, ids included."""
        if not isinstance(other, Network):
            return NotImplemented
        return self.layers == other.layers and self.blocks == other.blocks

    __hash__ = None  # type: ignore[assignment]  # holds arrays

    def __repr__(self) -> str:
        """Return sizes and activations, for example ``Network(2-8-1, tanh linear)``."""
        names = " ".join(layer.activation or "" for layer in self.layers[1:])
        return f"Network({'-'.join(map(str, self.sizes))}, {names})"


def _with_ids(layers: Sequence[Layer], next_id: int) -> tuple[tuple[Layer, ...], int]:
    """Give ids to the layers and units that have none; ids of layers and units never coincide."""
    used = [i for layer in layers for i in (layer.id, *(layer.unit_ids or ())) if i is not None]
    if len(set(used)) < len(used):
        raise ValueError("two layers or units have the same id")
    next_id = max([next_id, *(i + 1 for i in used)])
    if next_id > 2**31 - 2 - sum(layer.units + 1 for layer in layers):
        raise ValueError(f"ids up to {next_id} leave no room for new ones")
    named = []
    for index, layer in enumerate(layers):
        layer_id, unit_ids = layer.id, layer.unit_ids
        if layer_id is None:
            layer_id, next_id = next_id, next_id + 1
        if unit_ids is None:
            unit_ids, next_id = tuple(range(next_id, next_id + layer.units)), next_id + layer.units
        if index == 0:
            layer = replace(layer, activation=None, bias=False, overrides={}, frozen_bias=None)
        named.append(replace(layer, id=layer_id, unit_ids=unit_ids))
    return tuple(named), next_id
