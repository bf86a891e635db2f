"""The network as the kernels see it, and the two passes through it.

A ``Net`` says where everything lies; a ``Work`` holds the numbers of up to ``rows`` samples. Layer l of b samples is a
row-major (b, stride) matrix that starts at rows * offset[l] of each work array, its stride the units of the layer
rounded up to whole registers. What lies in that padding is never read into a number of a unit.
"""

from libc.stdint cimport int32_t
from libc.string cimport memset

from activations cimport SOFTMAX, activate, softmax, softmax_slope, value_of
from products cimport Gemm, bp_flag, bp_sample, product
from vec cimport LANES, bits, broadcast, choose, load, load_mask, real, store, vec


cdef enum:
    # Samples a pass works on at once: bounds the work arrays, and how long a stop can wait.
    CHUNK = 256
    # Layer code of a layer whose units have activations of their own.
    MIXED = -1


cdef struct Layer:
    Py_ssize_t units
    Py_ssize_t stride            # units rounded up to a multiple of LANES
    Py_ssize_t offset            # strides of the layers before this one
    Py_ssize_t bias              # place of the biases in the vector, or -1
    Py_ssize_t first             # the incoming blocks are net.block[first] to net.block[end - 1]
    Py_ssize_t end
    int32_t activation           # code, or MIXED
    int32_t takers               # blocks that begin here


cdef struct Block:
    Py_ssize_t source
    Py_ssize_t weight            # place of the row-major (units, stride of the target) matrix in the vector
    bint is_last                 # whether no later layer takes from the same source


cdef struct Net:
    Py_ssize_t layers
    Py_ssize_t width             # strides of all layers together, inputs included
    Py_ssize_t size              # numbers in the vector, padding included
    Py_ssize_t weights           # those of them that belong to weights; they lie before the biases
    Py_ssize_t turned            # numbers in the largest matrix, transposed
    const Layer* layer           # (layers,)
    const Block* block           # in the order of their targets, and in that of the network's blocks for each target
    const int32_t* of_unit       # (width,) activation code of each unit
    const bits* learns           # (size,) mask of the entries that learn; NULL where all do
    Gemm gemm


cdef struct Work:
    Py_ssize_t rows              # samples there is room for, at most CHUNK
    real* z                      # pre-activations
    real* a                      # activations; layer 0 holds the samples
    real* slope                  # da/dz, elementwise; of a hidden softmax layer its values before dropout
    real* delta                  # dE/da on the way, dE/dz when a layer is done
    real* keep                   # dropout factors, or NULL
    real* largest                # (rows,) of a softmax layer: the largest z
    real* log_sum                # (rows,) likewise: the logarithm of the sum of e^(z - largest)
    real* turned                 # room for a transposed matrix
    bp_flag* interrupt           # NULL: not to be interrupted


cdef inline bint forward(const Net* net, const real* parameters, const Work* work, Py_ssize_t b) noexcept nogil:
    """From work.a of layer 0 to z, a and slope of every later layer, for b samples; False: interrupted."""
    cdef Py_ssize_t l
    for l in range(1, net.layers):
        if b == 1 and is_narrow(&net.layer[l]):
            layer_of_sample(net, parameters, work, l)
        elif pre_activations(net, parameters, work, &net.layer[l], b):
            activate_layer(net, work, l, b)
        else:
            return False
    return True


cdef inline bint is_narrow(const Layer* layer) noexcept nogil:
    """Whether a layer of one activation is a few registers wide."""
    return layer.stride <= 4 * LANES and 0 <= layer.activation < SOFTMAX


cdef inline bint pre_activations(
    const Net* net, const real* parameters, const Work* work, const Layer* layer, Py_ssize_t b
) noexcept nogil:
    """z of a layer: the bias, then each incoming block in the order of the blocks."""
    cdef Py_ssize_t start_row = 0, at
    cdef real* z = work.z + work.rows * layer.offset
    cdef const real* start = NULL
    cdef const Layer* source
    if layer.bias >= 0:
        start = parameters + layer.bias
    for at in range(layer.first, layer.end):
        source = &net.layer[net.block[at].source]
        if not product(
            &net.gemm, work.interrupt, work.a + work.rows * source.offset, source.stride, 1,
            parameters + net.block[at].weight, layer.stride, NULL, start, start_row, z, layer.stride, b, layer.units,
            source.units
        ):
            return False
        start = z
        start_row = layer.stride
    return True


cdef inline void layer_of_sample(const Net* net, const real* parameters, const Work* work, Py_ssize_t l) noexcept nogil:
    """Both steps for a single sample in a narrow layer: the same numbers, each register in one go."""
    cdef const Layer* layer = &net.layer[l]
    cdef const Layer* source
    cdef Py_ssize_t at, k, j, stride = layer.stride, start = work.rows * layer.offset
    cdef const real* a
    cdef const real* w
    cdef vec z, value, slope
    for j from 0 <= j < stride by LANES:
        z = broadcast(0.0)
        if layer.bias >= 0:
            z = load(parameters + layer.bias + j)
        for at in range(layer.first, layer.end):
            source = &net.layer[net.block[at].source]
            a = work.a + work.rows * source.offset
            w = parameters + net.block[at].weight + j
            for k in range(source.units):
                z = z + a[k] * load(w)
                w += stride
        value = value_of(layer.activation, z, &slope)
        if work.keep != NULL and l < net.layers - 1:
            value = value * load(work.keep + start + j)
        store(work.z + start + j, z)
        store(work.slope + start + j, slope)
        store(work.a + start + j, value)


cdef inline void activate_layer(const Net* net, const Work* work, Py_ssize_t l, Py_ssize_t b) noexcept nogil:
    """a and slope of layer l from its z; dropout factors, where there are any, multiply a."""
    cdef const Layer* layer = &net.layer[l]
    cdef Py_ssize_t stride = layer.stride, start = work.rows * layer.offset, i
    cdef real* z = work.z + start
    cdef real* a = work.a + start
    cdef real* slope = work.slope + start
    if layer.activation == SOFTMAX:
        for i in range(b):
            softmax(z + i * stride, a + i * stride, layer.units, work.largest + i, work.log_sum + i)
        if l < net.layers - 1:
            for i from 0 <= i < b * stride by LANES:
                store(slope + i, load(a + i))
    elif layer.activation == MIXED:
        for i in range(layer.units):
            activate(net.of_unit[layer.offset + i], z + i, a + i, slope + i, b, stride)
    else:
        activate(layer.activation, z, a, slope, b * stride, 0)
    if work.keep != NULL and l < net.layers - 1:
        for i from 0 <= i < b * stride by LANES:
            store(a + i, load(a + i) * load(work.keep + start + i))


cdef inline bint backward(
    const Net* net, const real* parameters, const Work* work, Py_ssize_t b, bint first, real* gradient
) noexcept nogil:
    """Write the gradient of b samples into ``gradient``, or add it unless they are the ``first``; False: interrupted.

    work.delta of the output layer holds dE/dz of the scaled error.
    """
    cdef Py_ssize_t l
    if b == 1:
        backward_of_sample(net, <real*>parameters, work, first, gradient, 0.0)
        return True
    for l in range(net.layers - 1, 0, -1):
        if l < net.layers - 1:
            delta_of_layer(net, work, &net.layer[l], b)
        if net.layer[l].bias >= 0:
            gradient_of_biases(work, &net.layer[l], b, first, gradient)
        if not gradient_of_layer(net, parameters, work, &net.layer[l], b, first, gradient):
            return False
    return True


cdef inline void delta_of_layer(const Net* net, const Work* work, const Layer* layer, Py_ssize_t b) noexcept nogil:
    """Turn dE/da of a hidden layer, complete now, into dE/dz."""
    cdef Py_ssize_t stride = layer.stride, start = work.rows * layer.offset, i
    cdef real* delta = work.delta + start
    if layer.takers == 0:
        memset(delta, 0, b * stride * sizeof(real))
    elif work.keep != NULL:
        for i from 0 <= i < b * stride by LANES:
            store(delta + i, load(delta + i) * load(work.keep + start + i))
    if layer.activation == SOFTMAX:
        for i in range(b):
            softmax_slope(work.slope + start + i * stride, delta + i * stride, layer.units)
    else:
        for i from 0 <= i < b * stride by LANES:
            store(delta + i, load(delta + i) * load(work.slope + start + i))


cdef inline void gradient_of_biases(
    const Work* work, const Layer* layer, Py_ssize_t b, bint first, real* gradient
) noexcept nogil:
    """OUT gradient: the sum of dE/dz over the samples, added to what is there unless they are the first."""
    cdef const real* delta = work.delta + work.rows * layer.offset
    cdef Py_ssize_t i, j
    cdef vec total
    gradient += layer.bias
    for j from 0 <= j < layer.stride by LANES:
        total = broadcast(0.0)
        if not first:
            total = load(gradient + j)
        for i in range(b):
            total = total + load(delta + i * layer.stride + j)
        store(gradient + j, total)


cdef inline bint gradient_of_layer(
    const Net* net, const real* parameters, const Work* work, const Layer* layer, Py_ssize_t b, bint first,
    real* gradient
) noexcept nogil:
    """Gradients of the incoming weights of a layer; passes dE/da on to the layers they come from."""
    cdef Py_ssize_t stride = layer.stride, at
    cdef const real* delta = work.delta + work.rows * layer.offset
    cdef const Block* block
    cdef const Layer* source
    cdef real* g
    cdef real* back
    for at in range(layer.first, layer.end):
        block = &net.block[at]
        source = &net.layer[block.source]
        g = gradient + block.weight
        if not product(
            &net.gemm, work.interrupt, work.a + work.rows * source.offset, 1, source.stride, delta, stride, NULL,
            NULL if first else g, stride, g, stride, source.units, layer.units, b
        ):
            return False
        if block.source == 0:
            continue
        back = work.delta + work.rows * source.offset
        if not product(
            &net.gemm, work.interrupt, delta, stride, 1, parameters + block.weight, stride, work.turned,
            NULL if block.is_last else back, source.stride, back, source.stride, b, source.units, layer.units
        ):
            return False
    return True


cdef inline void backward_of_sample(
    const Net* net, real* parameters, const Work* work, bint first, real* gradient, real rate
) noexcept nogil:
    """``backward`` for a single sample; where ``gradient`` is NULL, parameters that learn step against it at once.

    What a step changes has been read before: both are one walk through the parameters.
    """
    cdef Py_ssize_t l, at
    cdef const Layer* layer
    cdef const Layer* source
    cdef const Block* block
    cdef const real* delta
    cdef const bits* learns = NULL
    cdef const real* slope
    cdef real* g = NULL
    cdef real* back
    for l in range(net.layers - 1, 0, -1):
        layer = &net.layer[l]
        if l < net.layers - 1 and not is_simple(layer, work):
            delta_of_layer(net, work, layer, 1)
        delta = work.delta + work.rows * layer.offset
        for at in range(layer.first, layer.end):
            block = &net.block[at]
            source = &net.layer[block.source]
            back = work.delta + work.rows * source.offset
            if net.learns != NULL:
                learns = net.learns + block.weight
            if gradient != NULL:
                g = gradient + block.weight
            slope = NULL
            if block.source == 0:
                back = NULL
            elif is_simple(source, work):
                slope = work.slope + work.rows * source.offset
            bp_sample(
                work.a + work.rows * source.offset, delta, parameters + block.weight, g, first, rate, learns,
                layer.stride, back, block.is_last, slope, source.units
            )
        if layer.bias >= 0:
            biases_of_sample(net, layer, parameters, delta, first, gradient, rate)


cdef inline bint is_simple(const Layer* layer, const Work* work) noexcept nogil:
    """Whether what one block passes back to a layer only needs the slope to be its dE/dz."""
    return layer.takers == 1 and layer.activation != SOFTMAX and work.keep == NULL


cdef inline void biases_of_sample(
    const Net* net, const Layer* layer, real* parameters, const real* delta, bint first, real* gradient, real rate
) noexcept nogil:
    """The biases' part of ``backward_of_sample``."""
    cdef Py_ssize_t j, at
    cdef vec old, new
    for j from 0 <= j < layer.stride by LANES:
        at = layer.bias + j
        if gradient != NULL:
            new = load(delta + j)
            if not first:
                new = load(gradient + at) + new
            store(gradient + at, new)
        else:
            old = load(parameters + at)
            new = old - rate * load(delta + j)
            if net.learns != NULL:
                new = choose(load_mask(net.learns + at), new, old)
            store(parameters + at, new)
