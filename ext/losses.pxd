"""Losses of one sample: value and gradient together.

``wrt_z(code)`` says whether the gradient is already with respect to the output's z (the two cross-entropies, whose
product with the output's slope is simpler and safer than its factors) or with respect to its a.
"""

from libc.math cimport exp, fabs, log, log1p


cdef enum:
    # The codes are the positions in bpgui.network.losses.LOSSES; files store names.
    HALF_SSE = 0
    MSE = 1
    BINARY_CROSS_ENTROPY = 2
    CROSS_ENTROPY = 3
    LOSSES = 4       # how many there are


cdef inline bint wrt_z(int code) noexcept nogil:
    return code == BINARY_CROSS_ENTROPY or code == CROSS_ENTROPY


cdef inline double half_sse(const double* a, const double* t, double* slope, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef double d, total = 0.0
    for i in range(n):
        d = a[i] - t[i]
        total += 0.5 * d * d
        slope[i] = d
    return total


cdef inline double mse(const double* a, const double* t, double* slope, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef double d, total = 0.0
    for i in range(n):
        d = a[i] - t[i]
        total += d * d
        slope[i] = 2.0 * d / <double>n
    return total / <double>n


cdef inline double binary_cross_entropy(
    const double* z, const double* a, const double* t, double* slope, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    cdef double softplus, total = 0.0
    for i in range(n):
        softplus = (0.0 if z[i] <= 0.0 else z[i]) + log1p(exp(-fabs(z[i])))
        total += softplus - t[i] * z[i]
        slope[i] = (a[i] - t[i]) / <double>n
    return total / <double>n


cdef inline double cross_entropy(
    const double* z, const double* a, const double* t, double* slope, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    cdef double largest = z[0]
    cdef double total = 0.0
    cdef double mass = 0.0
    cdef double error = 0.0
    for i in range(1, n):
        if z[i] > largest:
            largest = z[i]
    for i in range(n):
        total += exp(z[i] - largest)
        mass += t[i]
    total = log(total)
    for i in range(n):
        # A target of zero contributes nothing even where the log-probability is minus infinity.
        if t[i] != 0.0:
            error -= t[i] * (z[i] - largest - total)
        slope[i] = a[i] * mass - t[i]
    return error


cdef inline double loss_of_sample(
    int code, const double* z, const double* a, const double* t, double* slope, Py_ssize_t n
) noexcept nogil:
    """The loss of one sample and its slope. IN z, a, t (n outputs); OUT slope."""
    if code == MSE:
        return mse(a, t, slope, n)
    if code == BINARY_CROSS_ENTROPY:
        return binary_cross_entropy(z, a, t, slope, n)
    if code == CROSS_ENTROPY:
        return cross_entropy(z, a, t, slope, n)
    return half_sse(a, t, slope, n)
