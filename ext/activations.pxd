"""Activations: value f(z) and slope f'(z) together, so that an activation without its slope cannot be written.

A NaN must come out as NaN: a diverged run is found by its numbers.
"""

from libc.math cimport exp, tanh


cdef enum:
    # The codes are the positions in bpgui.network.activations.ACTIVATIONS; files store names.
    LINEAR = 0
    SIGMOID = 1
    TANH = 2
    RELU = 3
    SOFTMAX = 4
    ACTIVATIONS = 5  # how many there are


cdef inline void linear(const double* z, double* a, double* slope, Py_ssize_t n, Py_ssize_t step) noexcept nogil:
    cdef Py_ssize_t i, at
    for i in range(n):
        at = i * step
        a[at] = z[at]
        slope[at] = 1.0


cdef inline void sigmoid(const double* z, double* a, double* slope, Py_ssize_t n, Py_ssize_t step) noexcept nogil:
    cdef Py_ssize_t i, at
    for i in range(n):
        at = i * step
        a[at] = 1.0 / (1.0 + exp(-z[at]))
        slope[at] = a[at] * (1.0 - a[at])


cdef inline void hyperbolic(const double* z, double* a, double* slope, Py_ssize_t n, Py_ssize_t step) noexcept nogil:
    cdef Py_ssize_t i, at
    for i in range(n):
        at = i * step
        a[at] = tanh(z[at])
        slope[at] = 1.0 - a[at] * a[at]


cdef inline void relu(const double* z, double* a, double* slope, Py_ssize_t n, Py_ssize_t step) noexcept nogil:
    cdef Py_ssize_t i, at
    for i in range(n):
        at = i * step
        a[at] = 0.0 if z[at] <= 0.0 else z[at]
        slope[at] = 1.0 if z[at] > 0.0 else 0.0


cdef inline void softmax(const double* z, double* a, Py_ssize_t n) noexcept nogil:
    """One sample's softmax; the largest z is subtracted so that exp cannot overflow. Its slope is a matrix."""
    cdef Py_ssize_t i
    cdef double largest = z[0]
    cdef double total = 0.0
    for i in range(1, n):
        if z[i] > largest:
            largest = z[i]
    for i in range(n):
        a[i] = exp(z[i] - largest)
        total += a[i]
    for i in range(n):
        a[i] /= total


cdef inline void softmax_slope(const double* a, double* delta, Py_ssize_t n) noexcept nogil:
    """From dE/da to dE/dz through the softmax matrix: delta_i = a_i (delta_i - sum_j delta_j a_j)."""
    cdef Py_ssize_t i
    cdef double mean = 0.0
    for i in range(n):
        mean += delta[i] * a[i]
    for i in range(n):
        delta[i] = a[i] * (delta[i] - mean)


cdef inline void activate(
    int code, const double* z, double* a, double* slope, Py_ssize_t n, Py_ssize_t step
) noexcept nogil:
    """Elementwise activation ``code`` of n numbers, ``step`` apart. IN z; OUT a, slope."""
    if code == SIGMOID:
        sigmoid(z, a, slope, n, step)
    elif code == TANH:
        hyperbolic(z, a, slope, n, step)
    elif code == RELU:
        relu(z, a, slope, n, step)
    else:
        linear(z, a, slope, n, step)
