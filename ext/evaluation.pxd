"""A network over samples: outputs, error and gradient, in chunks that bound memory."""

from libc.stdint cimport int64_t
from libc.string cimport memcpy, memset

from activations cimport SOFTMAX, softmax_slope
from losses cimport (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    HUBER,
    MAE,
    MSE,
    Loss,
    binary_cross_entropy,
    cross_entropy,
    half_sse,
    huber,
    is_mean,
    mae,
    mse,
    wrt_z,
)
from network cimport Layer, Net, Work, backward, forward
from products cimport bp_flag_read
from vec cimport LANES, bits, load, load_mask, only, real, store, sum_lanes, vec


cdef struct Samples:
    Py_ssize_t n
    const real* x                # (n, inputs)
    const real* t                # (n, stride of the outputs), filled up with 0
    const bits* real_outputs     # (stride of the outputs,) mask of what is not padding
    const double* weight         # (n,), or NULL: each sample counts 1
    const real* mass             # (n,) sum of each sample's targets


cdef inline double weight_of(const Samples* data, int64_t row) noexcept nogil:
    return 1.0 if data.weight == NULL else data.weight[row]


cdef inline void gather(
    const Net* net, const Work* work, const Samples* data, const int64_t* order, Py_ssize_t start, Py_ssize_t b
) noexcept nogil:
    """The samples order[start:start + b] (or, without an order, those rows) into layer 0.

    Zeros stand for a sample of weight 0: what overflows on its way would be NaN in the gradient, times a delta of 0.
    """
    cdef Py_ssize_t inputs = net.layer[0].units, stride = net.layer[0].stride
    cdef Py_ssize_t i, k
    cdef int64_t row
    cdef const real* x
    cdef real* a
    for i in range(b):
        row = start + i if order == NULL else order[start + i]
        x = data.x + row * inputs
        a = work.a + i * stride
        if weight_of(data, row) == 0.0:
            memset(a, 0, inputs * sizeof(real))
        elif inputs > 8:
            memcpy(a, x, inputs * sizeof(real))
        else:
            for k in range(inputs):
                a[k] = x[k]


cdef struct Batch:
    # What the losses of b samples that went forward are made of; a is work.a of the output layer, and so on.
    Py_ssize_t b
    Py_ssize_t outputs
    Py_ssize_t stride
    const real* z
    const real* a
    const real* slope            # of the output's activation; NULL where it is no factor of dE/dz
    const real* largest
    const real* log_sum
    real* delta
    const Samples* data
    const int64_t* order
    double scale                 # of the gradient: one over the weight of all samples
    double share                 # one over the number of outputs where the loss is a mean over them


cdef inline double losses_of(Loss loss, const Batch* s, Py_ssize_t start, double* running) noexcept nogil:
    """Sum of weight * loss over the samples, also added to ``running`` one by one; OUT delta."""
    cdef Py_ssize_t i, j
    cdef int64_t row
    cdef const real* t
    cdef double weight, error, total = 0.0
    cdef real scale
    cdef vec slope
    for i in range(s.b):
        row = start + i if s.order == NULL else s.order[start + i]
        t = s.data.t + row * s.stride
        weight = weight_of(s.data, row)
        scale = <real>(s.scale * weight * s.share)
        error = 0.0
        for j from 0 <= j < s.stride by LANES:
            error += sum_lanes(
                only(
                    load_mask(s.data.real_outputs + j),
                    loss(
                        load(s.z + i * s.stride + j), load(s.a + i * s.stride + j), load(t + j), s.largest[i],
                        s.log_sum[i], s.data.mass[row], &slope
                    ),
                )
            )
            slope = scale * slope
            if s.slope != NULL:
                slope = slope * load(s.slope + i * s.stride + j)
            store(s.delta + i * s.stride + j, only(load_mask(s.data.real_outputs + j), slope))
        error *= s.share
        if weight != 1.0:
            # A sample of weight 0 takes no part, whatever its error.
            error = weight * error if weight != 0.0 else 0.0
            if weight == 0.0:
                memset(s.delta + i * s.stride, 0, s.stride * sizeof(real))
        total += error
        running[0] += error
    return total


cdef inline double chunk_error(
    const Net* net, const Work* work, const Samples* data, const int64_t* order, Py_ssize_t start, Py_ssize_t b,
    int loss, double scale, double* running
) noexcept nogil:
    """Sum of weight * loss over b samples that went forward; leaves dE/dz, scaled, in the output's delta.

    The sum is also added to ``running`` sample by sample, in visiting order.
    """
    cdef const Layer* last = &net.layer[net.layers - 1]
    cdef Py_ssize_t place = work.rows * last.offset, i
    cdef double total
    cdef Batch s
    s.b = b
    s.outputs = last.units
    s.stride = last.stride
    s.z = work.z + place
    s.a = work.a + place
    s.slope = NULL
    if not wrt_z(loss) and last.activation != SOFTMAX:
        s.slope = work.slope + place
    s.largest = work.largest
    s.log_sum = work.log_sum
    s.delta = work.delta + place
    s.data = data
    s.order = order
    s.scale = scale
    s.share = 1.0 / <double>s.outputs if is_mean(loss) else 1.0
    total = losses_by_name(loss, &s, start, running)
    if last.activation == SOFTMAX and not wrt_z(loss):
        for i in range(b):
            softmax_slope(s.a + i * s.stride, s.delta + i * s.stride, s.outputs)
    return total


cdef inline double losses_by_name(int loss, const Batch* s, Py_ssize_t start, double* running) noexcept nogil:
    if loss == MSE:
        return losses_of(mse, s, start, running)
    if loss == MAE:
        return losses_of(mae, s, start, running)
    if loss == HUBER:
        return losses_of(huber, s, start, running)
    if loss == BINARY_CROSS_ENTROPY:
        return losses_of(binary_cross_entropy, s, start, running)
    if loss == CROSS_ENTROPY:
        return losses_of(cross_entropy, s, start, running)
    return losses_of(half_sse, s, start, running)


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
    const Net* net, const real* parameters, const Work* work, const Samples* data, int loss, real* gradient,
    double* error
) noexcept nogil:
    """OUT error: weighted mean loss over all samples; gradient (unless NULL): its gradient.

    Without dropout and penalties. False where the interrupt came first; then nothing is told.
    """
    cdef double mass = total_weight(data, NULL, 0, data.n)
    cdef double scale = 1.0 / mass if mass > 0.0 else 0.0
    cdef double total = 0.0
    cdef Py_ssize_t start = 0, b
    if gradient != NULL and data.n == 0:
        memset(gradient, 0, net.size * sizeof(real))
    while start < data.n:
        if start > 0 and work.interrupt != NULL and bp_flag_read(work.interrupt):
            return False
        b = min(work.rows, data.n - start)
        gather(net, work, data, NULL, start, b)
        if not forward(net, parameters, work, b):
            return False
        chunk_error(net, work, data, NULL, start, b, loss, scale, &total)
        if gradient != NULL and not backward(net, parameters, work, b, start == 0, gradient):
            return False
        start += b
    error[0] = total / mass if mass > 0.0 else 0.0
    return True
