"""The network as the kernels see it, and the two passes through it.

A ``Net`` says where everything lies; a ``Work`` holds the numbers of up to ``rows`` samples. Layer l of b samples is a
row-major (b, units) matrix that starts at rows * offset[l] of each work array.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t

from activations cimport SOFTMAX, activate, softmax, softmax_slope


cdef enum:
    # Samples a pass works on at once: bounds the work arrays, and how long a stop can wait.
    CHUNK = 256
    # Layer code of a layer whose units have activations of their own.
    MIXED = -1


cdef struct Net:
    Py_ssize_t layers
    Py_ssize_t blocks
    Py_ssize_t width             # units of all layers together, inputs included
    Py_ssize_t parameters
    Py_ssize_t weights           # parameters that are weights; they lie before the biases
    const int64_t* units         # (layers,)
    const int64_t* offset        # (layers,) units before this layer
    const int32_t* activation    # (layers,) code, or MIXED
    const int32_t* of_unit       # (width,) code of each unit
    const int64_t* bias          # (layers,) place of the biases in the vector, or -1
    const int64_t* source        # (blocks,)
    const int64_t* target        # (blocks,)
    const int64_t* weight        # (blocks,) place of the row-major matrix in the vector
    const uint8_t* learns        # (parameters,) 0 where cut or frozen


cdef struct Work:
    Py_ssize_t rows              # samples there is room for, at most CHUNK
    double* z                    # pre-activations
    double* a                    # activations; layer 0 holds the samples
    double* slope                # da/dz, elementwise; of a softmax layer its values before dropout
    double* delta                # dE/da on the way, dE/dz when a layer is done
    double* keep                 # dropout factors, or NULL


cdef inline void forward(
    const Net* net, const double* parameters, const Work* work, Py_ssize_t b
) noexcept nogil:
    """From work.a of layer 0 to z, a and slope of every later layer, for b samples."""
    cdef Py_ssize_t l
    for l in range(1, net.layers):
        pre_activations(net, parameters, work, l, b)
        activate_layer(net, work, l, b)


cdef inline void pre_activations(
    const Net* net, const double* parameters, const Work* work, Py_ssize_t l, Py_ssize_t b
) noexcept nogil:
    """z of layer l: the bias, then each incoming block in the order of the blocks."""
    cdef Py_ssize_t n = net.units[l]
    cdef double* z = work.z + work.rows * net.offset[l]
    cdef const double* bias
    cdef const double* a
    cdef const double* w
    cdef Py_ssize_t i, j, k, block, sources
    cdef double ak
    if net.bias[l] >= 0:
        bias = parameters + net.bias[l]
        for i in range(b):
            for j in range(n):
                z[i * n + j] = bias[j]
    else:
        for i in range(b * n):
            z[i] = 0.0
    for block in range(net.blocks):
        if net.target[block] != l:
            continue
        sources = net.units[net.source[block]]
        a = work.a + work.rows * net.offset[net.source[block]]
        w = parameters + net.weight[block]
        for i in range(b):
            for k in range(sources):
                ak = a[i * sources + k]
                for j in range(n):
                    z[i * n + j] += ak * w[k * n + j]


cdef inline void activate_layer(const Net* net, const Work* work, Py_ssize_t l, Py_ssize_t b) noexcept nogil:
    """a and slope of layer l from its z; dropout factors, where there are any, multiply both."""
    cdef Py_ssize_t n = net.units[l]
    cdef Py_ssize_t start = work.rows * net.offset[l]
    cdef double* z = work.z + start
    cdef double* a = work.a + start
    cdef double* slope = work.slope + start
    cdef const double* keep
    cdef Py_ssize_t i
    if net.activation[l] == SOFTMAX:
        for i in range(b):
            softmax(z + i * n, a + i * n, n)
        for i in range(b * n):
            slope[i] = a[i]
    elif net.activation[l] == MIXED:
        for i in range(n):
            activate(net.of_unit[net.offset[l] + i], z + i, a + i, slope + i, b, n)
    else:
        activate(net.activation[l], z, a, slope, b * n, 1)
    if work.keep != NULL and l < net.layers - 1:
        keep = work.keep + start
        for i in range(b * n):
            a[i] *= keep[i]


cdef inline void backward(
    const Net* net, const double* parameters, const Work* work, Py_ssize_t b, bint output_is_wrt_z, double* gradient
) noexcept nogil:
    """Add the gradient of b samples to ``gradient``.

    work.delta of the output layer holds dE/da, or dE/dz where ``output_is_wrt_z``; the caller has scaled it.
    """
    cdef Py_ssize_t l, i
    cdef double* delta
    for l in range(1, net.layers - 1):
        delta = work.delta + work.rows * net.offset[l]
        for i in range(b * net.units[l]):
            delta[i] = 0.0
    for l in range(net.layers - 1, 0, -1):
        if l < net.layers - 1 or not output_is_wrt_z:
            delta_of_layer(net, work, l, b)
        gradient_of_layer(net, parameters, work, l, b, gradient)


cdef inline void delta_of_layer(const Net* net, const Work* work, Py_ssize_t l, Py_ssize_t b) noexcept nogil:
    """Turn dE/da of layer l, complete now, into dE/dz."""
    cdef Py_ssize_t n = net.units[l]
    cdef Py_ssize_t start = work.rows * net.offset[l]
    cdef double* delta = work.delta + start
    cdef Py_ssize_t i
    if work.keep != NULL and l < net.layers - 1:
        for i in range(b * n):
            delta[i] *= work.keep[start + i]
    if net.activation[l] == SOFTMAX:
        for i in range(b):
            softmax_slope(work.slope + start + i * n, delta + i * n, n)
    else:
        for i in range(b * n):
            delta[i] *= work.slope[start + i]


cdef inline void gradient_of_layer(
    const Net* net, const double* parameters, const Work* work, Py_ssize_t l, Py_ssize_t b, double* gradient
) noexcept nogil:
    """Gradients of the biases and incoming weights of layer l; passes dE/da on to the layers they come from."""
    cdef Py_ssize_t n = net.units[l]
    cdef const double* delta = work.delta + work.rows * net.offset[l]
    cdef const double* a
    cdef const double* w
    cdef double* g
    cdef double* back
    cdef Py_ssize_t i, j, k, block, s, sources
    cdef double ak, total
    if net.bias[l] >= 0:
        g = gradient + net.bias[l]
        for i in range(b):
            for j in range(n):
                g[j] += delta[i * n + j]
    for block in range(net.blocks):
        if net.target[block] != l:
            continue
        s = net.source[block]
        sources = net.units[s]
        a = work.a + work.rows * net.offset[s]
        g = gradient + net.weight[block]
        for i in range(b):
            for k in range(sources):
                ak = a[i * sources + k]
                for j in range(n):
                    g[k * n + j] += ak * delta[i * n + j]
        if s == 0:
            continue
        back = work.delta + work.rows * net.offset[s]
        w = parameters + net.weight[block]
        for i in range(b):
            for k in range(sources):
                total = 0.0
                for j in range(n):
                    total += delta[i * n + j] * w[k * n + j]
                back[i * sources + k] += total
