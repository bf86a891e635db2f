"""Optimizer steps. Entries that do not learn (cut or frozen) are skipped by selection, never by multiplying with zero:
they and their optimizer state keep every bit."""

from libc.stdint cimport uint8_t


cdef enum:
    # The codes are the positions in bpgui.training.optimizers.OPTIMIZERS; files store names.
    SGD = 0
    MOMENTUM = 1
    OPTIMIZERS = 2   # how many there are


cdef inline void sgd(double* w, const double* g, const uint8_t* learns, Py_ssize_t n, double rate) noexcept nogil:
    """w -= rate g"""
    cdef Py_ssize_t i
    for i in range(n):
        if learns[i]:
            w[i] -= rate * g[i]


cdef inline void momentum(
    double* w, const double* g, double* v, const uint8_t* learns, Py_ssize_t n, double rate, double mu
) noexcept nogil:
    """v = mu v + g; w -= rate v"""
    cdef Py_ssize_t i
    for i in range(n):
        if learns[i]:
            v[i] = mu * v[i] + g[i]
            w[i] -= rate * v[i]


cdef inline void optimizer_step(
    int code, double* w, const double* g, double* slots, const uint8_t* learns, Py_ssize_t n, double rate,
    const double* settings
) noexcept nogil:
    """One step of optimizer ``code``. IN g, learns, settings; OUT w, slots (its state, one row of n after another)."""
    if code == MOMENTUM:
        momentum(w, g, slots, learns, n, rate, settings[0])
    else:
        sgd(w, g, learns, n, rate)
