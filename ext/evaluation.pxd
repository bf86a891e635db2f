"""A network over samples: outputs, error and gradient, in chunks that bound memory."""

from libc.stdint cimport int64_t

from losses cimport loss_of_sample, wrt_z
from network cimport Net, Work, backward, forward


cdef extern from "machine.h" nogil:
    ctypedef int bp_flag
    int bp_flag_read(bp_flag* flag) noexcept


cdef struct Samples:
    Py_ssize_t n
    const double* x              # (n, inputs)
    const double* t              # (n, outputs)
    const double* weight         # (n,), or NULL: each sample counts 1


cdef inline double weight_of(const Samples* data, int64_t row) noexcept nogil:
    return 1.0 if data.weight == NULL else data.weight[row]


cdef inline void gather(
    const Net* net, const Work* work, const Samples* data, const int64_t* order, Py_ssize_t start, Py_ssize_t b
) noexcept nogil:
    """The samples order[start:start + b] (or, without an order, those rows) into layer 0.

    Zeros stand for a sample of weight 0: what overflows on its way would be NaN in the gradient, times a delta of 0.
    """
    cdef Py_ssize_t inputs = net.units[0]
    cdef Py_ssize_t i, k
    cdef int64_t row
    cdef const double* x
    for i in range(b):
        row = start + i if order == NULL else order[start + i]
        x = data.x + row * inputs
        if weight_of(data, row) == 0.0:
            for k in range(inputs):
                work.a[i * inputs + k] = 0.0
        else:
            for k in range(inputs):
                work.a[i * inputs + k] = x[k]


cdef inline double chunk_error(
    const Net* net, const Work* work, const Samples* data, const int64_t* order, Py_ssize_t start, Py_ssize_t b,
    int loss, double scale, double* running
) noexcept nogil:
    """Sum of weight * loss over b samples that went forward; leaves scale * weight * slope in the output's delta.

    The sum is also added to ``running`` sample by sample, in visiting order.
    """
    cdef Py_ssize_t last = net.layers - 1
    cdef Py_ssize_t outputs = net.units[last]
    cdef Py_ssize_t place = work.rows * net.offset[last]
    cdef Py_ssize_t i, j
    cdef int64_t row
    cdef double weight, error, total = 0.0
    cdef double* delta
    for i in range(b):
        row = start + i if order == NULL else order[start + i]
        delta = work.delta + place + i * outputs
        error = loss_of_sample(
            loss, work.z + place + i * outputs, work.a + place + i * outputs, data.t + row * outputs, delta, outputs
        )
        weight = weight_of(data, row)
        if data.weight != NULL:
            # A sample of weight 0 takes no part, whatever its error.
            error = weight * error if weight != 0.0 else 0.0
        for j in range(outputs):
            delta[j] = scale * weight * delta[j] if weight != 0.0 else 0.0
        total += error
        running[0] += error
    return total


cdef inline double total_weight(
    const Samples* data, const int64_t* order, Py_ssize_t start, Py_ssize_t b
) noexcept nogil:
    cdef Py_ssize_t i
    cdef double total = 0.0
    if data.weight == NULL:
        return <double>b
    for i in range(start, start + b):
        total += data.weight[i if order == NULL else order[i]]
    return total


cdef inline bint mean_error(
    const Net* net, const double* parameters, const Work* work, const Samples* data, int loss, bp_flag* interrupt,
    double* gradient, double* error
) noexcept nogil:
    """OUT error: weighted mean loss over all samples; gradient (unless NULL; the caller has zeroed it): its gradient.

    Without dropout and penalties. False where ``interrupt`` (unless NULL) was set between two chunks; then nothing is
    told.
    """
    cdef double mass = total_weight(data, NULL, 0, data.n)
    cdef double scale = 1.0 / mass if mass > 0.0 else 0.0
    cdef double total = 0.0
    cdef Py_ssize_t start = 0, b
    while start < data.n:
        if start > 0 and interrupt != NULL and bp_flag_read(interrupt):
            return False
        b = min(work.rows, data.n - start)
        gather(net, work, data, NULL, start, b)
        forward(net, parameters, work, b)
        chunk_error(net, work, data, NULL, start, b, loss, scale, &total)
        if gradient != NULL:
            backward(net, parameters, work, b, wrt_z(loss), gradient)
        start += b
    error[0] = total / mass if mass > 0.0 else 0.0
    return True
