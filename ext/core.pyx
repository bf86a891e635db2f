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
from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

import numpy as np

from activations cimport ACTIVATIONS, SOFTMAX, activate
from chain cimport is_chain
from evaluation cimport Samples, mean_error
from history cimport BUCKETS, KEPT, History, clear_history, push_errors, truncate_history
from losses cimport CROSS_ENTROPY, LOSSES
from network cimport CHUNK, MIXED, Block, Layer, Net, Work, forward
from optimizers cimport LBFGS, OPTIMIZERS, SGD, slots_of
from philox cimport draw, normal, permute, uniform
from products cimport PANEL, GemmKernel, bp_flag, bp_flag_read
from schedules cimport MAX_SCHEDULE_SETTINGS, SCHEDULES
from strokes cimport AROUND, MOST_WIDE, Column, Picture, paint_stroke
from training cimport (
    DIVERGED,
    INTERRUPTED,
    MAX_SETTINGS,
    PENDING,
    TIME,
    Run,
    State,
    begin_watching,
    check,
    flush,
    save_guard,
    updates_until,
)
from vec cimport BP_DTYPE, LANES, bits, exp_of, load, real, store, tanh_of

cimport philox


cdef extern from "machine.h" nogil:
    const char* BPGUI_BUILD
    bint bp_has_avx512() noexcept
    bint bp_supports_v3() noexcept
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

# Counters stay below this, so that no sum of two of them overflows.
MOST = 2**62
GAPS = 4096  # epochs entered at once where there was no validation set
ENDINGS = ("done", "time", "interrupted", "diverged", "error_below", "patience")


REAL = np.dtype(BP_DTYPE.decode())


def build():
    """The name of this build of the core."""
    return BPGUI_BUILD.decode()


def has_avx512():
    """Whether this processor has the registers of 64 bytes that BLAS is much faster with."""
    return bp_has_avx512()


def supports_v3():
    """Whether this processor, and the system that runs on it, have what the build "v3" is compiled for."""
    return bp_supports_v3()


cdef object zeros(count):
    """(count,) numbers, at least one, that begin on a cache line."""
    memory = np.zeros(max(1, count) + 64 // REAL.itemsize, REAL)
    start = -memory.ctypes.data % 64 // REAL.itemsize
    return memory[start:start + max(1, count)]


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

include "plan.pxi"


# Evaluation: every call brings its own workspace or makes one, so that several threads may call at once.

include "looks.pxi"


# Training

include "engine.pxi"
include "strokes.pxi"
