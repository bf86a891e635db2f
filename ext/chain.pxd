"""One sample, and its step of plain gradient descent, in a chain of layers that fit into one register each.

These are the networks that people learn on, and their updates are so small that the general passes would spend more on
finding their way than on numbers. The numbers are those of the general passes, to the last bit.
"""

from activations cimport SOFTMAX, value_of
from losses cimport is_mean, value_of_loss, wrt_z
from network cimport Block, Layer, Net, Work
from products cimport bp_sample_register
from vec cimport LANES, bits, broadcast, choose, load, load_mask, only, real, store, sum_lanes, vec


cdef inline bint is_chain(const Net* net) noexcept nogil:
    """Whether each layer takes from the one before it alone, has one activation and fits into a register."""
    cdef const Layer* layer
    cdef Py_ssize_t l
    for l in range(1, net.layers):
        layer = &net.layer[l]
        if layer.stride != LANES or not 0 <= layer.activation < SOFTMAX:
            return False
        if layer.end != layer.first + 1 or net.block[layer.first].source != l - 1:
            return False
    return True


cdef inline double chain_forward(
    const Net* net, const real* parameters, const Work* work, const real* x, const real* t, const bits* real_outputs,
    int loss, vec* delta
) noexcept nogil:
    """The loss of one sample. OUT delta: dE/dz of the output layer; work.a, work.slope: a register for each layer."""
    cdef const Layer* layer = net.layer
    cdef const Layer* last = layer + net.layers - 1
    cdef const Block* block = net.block
    cdef const real* a = x
    cdef real* value_at = work.a
    cdef real* slope_at = work.slope
    cdef double share = 1.0
    cdef vec z, value, slope, of_loss
    while layer < last:
        z = broadcast(0.0)
        if layer[1].bias >= 0:
            z = load(parameters + layer[1].bias)
        z = product_of_register(z, a, parameters + block.weight, layer.units)
        block += 1
        layer += 1
        value = value_of(layer.activation, z, &slope)
        value_at += LANES
        slope_at += LANES
        store(value_at, value)
        store(slope_at, slope)
        a = value_at
    if is_mean(loss):
        share = 1.0 / <double>last.units
    value = only(load_mask(real_outputs), value_of_loss(loss, z, value, load(t), &of_loss))
    of_loss = <real>share * of_loss
    if not wrt_z(loss):
        of_loss = of_loss * slope
    delta[0] = only(load_mask(real_outputs), of_loss)
    return share * sum_lanes(value)


cdef inline vec product_of_register(vec z, const real* a, const real* w, Py_ssize_t rows) noexcept nogil:
    """z + the sum of a_k times row k of the weights."""
    cdef Py_ssize_t k
    for k in range(rows):
        z = z + a[k] * load(w + k * LANES)
    return z


cdef inline void chain_step(
    const Net* net, real* parameters, const Work* work, const real* x, vec delta, real rate
) noexcept nogil:
    """Every parameter that learns steps against its gradient."""
    cdef Py_ssize_t l, k
    cdef const Layer* layer = net.layer + net.layers - 1
    cdef const Block* block = net.block + net.layers - 2
    cdef real* w
    cdef const bits* learns = NULL
    for l in range(net.layers - 1, 0, -1):
        if layer.bias >= 0:
            step_of(parameters, layer.bias, delta, rate, net.learns)
        layer -= 1
        w = parameters + block.weight
        if net.learns != NULL:
            learns = net.learns + block.weight
        block -= 1
        if l > 1:
            delta = load(work.slope + (l - 1) * LANES) * bp_sample_register(
                layer.units, work.a + (l - 1) * LANES, <const real*>&delta, w, NULL, True, rate, learns, LANES
            )
        else:
            for k in range(layer.units):
                step_of(w, k * LANES, x[k] * delta, rate, learns)


cdef inline void step_of(real* parameters, Py_ssize_t at, vec gradient, real rate, const bits* learns) noexcept nogil:
    cdef vec old = load(parameters + at)
    cdef vec new = old - rate * gradient
    if learns != NULL:
        new = choose(load_mask(learns + at), new, old)
    store(parameters + at, new)
