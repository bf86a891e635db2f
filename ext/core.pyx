# cython: language_level=3
"""Entry points of the core: check shapes, take pointers, compute without the GIL, turn a status into an answer.

Flat arrays in, flat arrays out; nothing here knows what a project or a window is. The layouts are drawn in README.md.
"""

from cpython.pythread cimport (
    PyThread_acquire_lock,
    PyThread_allocate_lock,
    PyThread_free_lock,
    PyThread_release_lock,
    PyThread_type_lock,
    WAIT_LOCK,
)
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

import numpy as np

from activations cimport ACTIVATIONS, SOFTMAX
from evaluation cimport Samples, bp_flag, mean_error
from history cimport BUCKETS, KEPT, History, clear_history, push_error, truncate_history
from losses cimport LOSSES
from network cimport CHUNK, MIXED, Net, Work, forward
from optimizers cimport OPTIMIZERS
from philox cimport draw, normal, permute, uniform
from training cimport (
    DIVERGED,
    INTERRUPTED,
    MAX_SETTINGS,
    PENDING,
    TIME,
    Run,
    State,
    check,
    flush,
    save_guard,
    updates_until,
)

cimport philox


cdef extern from "machine.h" nogil:
    const char* BPGUI_BUILD
    int bp_flag_take(bp_flag* flag) noexcept
    void bp_flag_write(bp_flag* flag, int value) noexcept
    uint64_t bp_flush_denormals() noexcept
    void bp_restore_denormals(uint64_t word) noexcept
    double bp_seconds() noexcept


INIT = philox.INIT
SHUFFLE = philox.SHUFFLE
DROPOUT = philox.DROPOUT
SPLIT = philox.SPLIT
DATA = philox.DATA
SWEEP = philox.SWEEP

KEPT_EPOCHS = KEPT

ENDINGS = ("done", "time", "interrupted", "diverged", "error_below", "patience")


def build():
    """The name of this build of the core."""
    return BPGUI_BUILD.decode()


# Random numbers

def draws(uint64_t seed, uint64_t stream, uint64_t c1, uint64_t c2, Py_ssize_t count):
    """Draws 0..count-1 of the place (stream; c1, c2): (count,) uint64."""
    cdef uint64_t[::1] out = np.empty(count, np.uint64)
    cdef Py_ssize_t i
    with nogil:
        for i in range(count):
            out[i] = draw(seed, stream, c1, c2, <uint64_t>i)
    return out.base


def uniforms(uint64_t seed, uint64_t stream, uint64_t c1, uint64_t c2, Py_ssize_t count):
    """The same draws as numbers in [0, 1): (count,) float64."""
    cdef double[::1] out = np.empty(count)
    cdef Py_ssize_t i
    with nogil:
        for i in range(count):
            out[i] = uniform(draw(seed, stream, c1, c2, <uint64_t>i))
    return out.base


def normals(uint64_t seed, uint64_t stream, uint64_t c1, uint64_t c2, Py_ssize_t count):
    """Standard normals 0..count-1 of that place, from draws 2i and 2i + 1: (count,) float64."""
    cdef double[::1] out = np.empty(count)
    cdef Py_ssize_t i
    with nogil:
        for i in range(count):
            out[i] = normal(seed, stream, c1, c2, <uint64_t>i)
    return out.base


def permutation(uint64_t seed, uint64_t stream, uint64_t c1, Py_ssize_t n):
    """A permutation of 0..n-1 by Fisher-Yates from the identity: (n,) int64."""
    cdef int64_t[::1] out = np.empty(n, np.int64)
    if n:
        with nogil:
            permute(seed, stream, c1, &out[0], n)
    return out.base


# The network

cdef class Plan:
    """Where everything of a network lies: the core's view of its layers, blocks and masks. Immutable; threads share it.

    units, bias_at (-1: none): (layers,) int64; activation: (layers,) int32, -1 where units differ; of_unit: (units in
    all,) int32; blocks: (blocks, 3) int64 of source, target, place of its matrix; learns: (parameters,) uint8.
    """

    cdef Net net
    cdef readonly Py_ssize_t inputs, outputs, parameters
    cdef object _arrays

    def __cinit__(self, units, bias_at, activation, of_unit, blocks, learns, Py_ssize_t weights):
        cdef const int64_t[::1] units_ = np.array(units, np.int64)
        cdef const int64_t[::1] offset = np.cumsum(units, dtype=np.int64) - np.array(units, np.int64)
        cdef const int64_t[::1] bias = np.array(bias_at, np.int64)
        cdef const int32_t[::1] activation_ = np.array(activation, np.int32)
        cdef const int32_t[::1] of_unit_ = np.array(of_unit, np.int32)
        cdef const int64_t[:, ::1] columns = np.ascontiguousarray(np.array(blocks, np.int64).T)
        cdef const uint8_t[::1] learns_ = np.array(learns, np.uint8)
        cdef Py_ssize_t layers = units_.shape[0]
        if layers < 2 or bias.shape[0] != layers or activation_.shape[0] != layers:
            raise ValueError(f"a plan needs at least 2 layers described alike, got {layers}")
        if of_unit_.shape[0] != sum(units) or learns_.shape[0] == 0:
            raise ValueError("a plan needs an activation code for each unit and some parameters")
        if columns.shape[0] != 3 or columns.shape[1] == 0:
            raise ValueError("a plan needs at least one block, each of three numbers")
        if not 0 <= weights <= learns_.shape[0]:
            raise ValueError(f"{weights} weights do not fit into {learns_.shape[0]} parameters")
        self._check_places(list(map(int, units)), bias_at, blocks, learns_.shape[0])
        self._check_activations(units, activation, of_unit)
        self._arrays = (units_, offset, bias, activation_, of_unit_, columns, learns_)
        self.net.layers = layers
        self.net.blocks = columns.shape[1]
        self.net.width = of_unit_.shape[0]
        self.net.parameters = learns_.shape[0]
        self.net.weights = weights
        self.net.units = &units_[0]
        self.net.offset = &offset[0]
        self.net.bias = &bias[0]
        self.net.activation = &activation_[0]
        self.net.of_unit = &of_unit_[0]
        self.net.source = &columns[0, 0]
        self.net.target = &columns[1, 0]
        self.net.weight = &columns[2, 0]
        self.net.learns = &learns_[0]
        self.inputs = units_[0]
        self.outputs = units_[layers - 1]
        self.parameters = learns_.shape[0]

    def _check_places(self, units, bias_at, blocks, parameters):
        """Nothing may lie outside the vector: the kernels do not look again."""
        if min(units) < 1:
            raise ValueError(f"a layer needs at least one unit, got {min(units)}")
        for source, target, place in blocks:
            if not 0 <= source < target < len(units):
                raise ValueError(f"a block leads from layer {source} to layer {target}; it must lead to a later layer")
            if not 0 <= place <= parameters - units[source] * units[target]:
                raise ValueError(f"the block at {place} does not fit into {parameters} parameters")
        for layer, place in enumerate(bias_at):
            if not -1 <= place <= parameters - (units[layer] if place >= 0 else 0):
                raise ValueError(f"the biases at {place} do not fit into {parameters} parameters")

    def _check_activations(self, units, activation, of_unit):
        """A code that has no kernel would be taken for another one."""
        first = 0
        for count, code in zip(units, activation):
            mixed = code == MIXED
            for each in of_unit[first:first + count] if mixed else [code]:
                if not 0 <= each < ACTIVATIONS or (mixed and each == SOFTMAX):
                    raise ValueError(f"{each} is no activation of a {'unit' if mixed else 'layer'}")
            first += count


cdef class Workspace:
    """Room for a pass over up to 256 samples at once. One caller at a time; each thread brings its own."""

    cdef Work work
    cdef Plan plan
    cdef object _numbers

    def __cinit__(self, Plan plan not None, Py_ssize_t samples=CHUNK, bint dropout=False):
        cdef Py_ssize_t rows = max(1, min(CHUNK, samples))
        cdef Py_ssize_t size = rows * plan.net.width
        cdef double[:, ::1] numbers = np.zeros((5 if dropout else 4, size))
        self.plan = plan
        self._numbers = numbers.base
        self.work.rows = rows
        self.work.z = &numbers[0, 0]
        self.work.a = &numbers[1, 0]
        self.work.slope = &numbers[2, 0]
        self.work.delta = &numbers[3, 0]
        self.work.keep = &numbers[4, 0] if dropout else NULL


cdef Work without_dropout(Workspace workspace, Plan plan) except *:
    """The workspace as a pass that only looks needs it; ValueError where it was made for another network."""
    cdef Work work = workspace.work
    if workspace.plan is not plan:
        raise ValueError("the workspace was made for another network")
    work.keep = NULL
    return work


def _require_loss(loss):
    if not 0 <= loss < LOSSES:
        raise ValueError(f"{loss} is no loss, wanted 0 to {LOSSES - 1}")


def _require_shape(name, shape, wanted):
    if shape != wanted:
        raise ValueError(f"{name} has shape {shape}, the network needs {wanted}")


cdef Samples take_samples(
    Plan plan, const double[:, ::1] x, const double[:, ::1] t, const double[::1] weight
) except *:
    """Pointers to samples whose shapes fit. An empty weight means that each sample counts 1."""
    cdef Samples data
    n = x.shape[0]
    _require_shape("X", (x.shape[0], x.shape[1]), (n, plan.inputs))
    _require_shape("T", (t.shape[0], t.shape[1]), (n, plan.outputs))
    if weight.shape[0] and weight.shape[0] != n:
        raise ValueError(f"sample_weight has shape ({weight.shape[0]},), X has {n} samples")
    memset(&data, 0, sizeof(data))
    data.n = n
    if n:
        data.x = &x[0, 0]
        data.t = &t[0, 0]
        data.weight = &weight[0] if weight.shape[0] else NULL
    return data


def predict(Plan plan not None, const double[::1] vector, const double[:, ::1] x, Workspace workspace=None):
    """Outputs of each row of x: (samples, outputs) float64, without dropout."""
    cdef double[:, ::1] out = np.empty((x.shape[0], plan.outputs))
    cdef Py_ssize_t start = 0, n = x.shape[0], b
    cdef Py_ssize_t last = plan.net.layers - 1
    cdef uint64_t word
    cdef Work work
    _require_shape("the vector", (vector.shape[0],), (plan.parameters,))
    _require_shape("X", (x.shape[0], x.shape[1]), (n, plan.inputs))
    if workspace is None:
        workspace = Workspace(plan, n)
    work = without_dropout(workspace, plan)
    with nogil:
        word = bp_flush_denormals()
        while start < n:
            b = min(work.rows, n - start)
            memcpy(work.a, &x[start, 0], b * plan.net.units[0] * sizeof(double))
            forward(&plan.net, &vector[0], &work, b)
            memcpy(
                &out[start, 0], work.a + work.rows * plan.net.offset[last], b * plan.net.units[last] * sizeof(double)
            )
            start += b
        bp_restore_denormals(word)
    return out.base


def error_and_gradient(
    Plan plan not None, const double[::1] vector, const double[:, ::1] x, const double[:, ::1] t,
    const double[::1] weight, int loss, bint want_gradient=True, Workspace workspace=None,
):
    """Weighted mean loss over the samples, and its gradient (parameters,) float64 or None; true, masks not applied."""
    cdef Samples data = take_samples(plan, x, t, weight)
    cdef double[::1] gradient = np.zeros(plan.parameters if want_gradient else 1)
    cdef double* out = &gradient[0] if want_gradient else NULL
    cdef double error = NAN
    cdef uint64_t word
    cdef Work work
    _require_loss(loss)
    _require_shape("the vector", (vector.shape[0],), (plan.parameters,))
    if workspace is None:
        workspace = Workspace(plan, x.shape[0])
    work = without_dropout(workspace, plan)
    with nogil:
        word = bp_flush_denormals()
        mean_error(&plan.net, &vector[0], &work, &data, loss, NULL, out, &error)
        bp_restore_denormals(word)
    return error, gradient.base if want_gradient else None


include "engine.pxi"
