"""Activations: value f(z) and slope f'(z) together, so that an activation without its slope cannot be written.

A NaN must come out as NaN: a diverged run is found by its numbers. An infinity comes out as the limit, and its slope as
the limit too.
"""

from libc.math cimport log, INFINITY

from vec cimport (
    LANES,
    at_least,
    at_most,
    below,
    broadcast,
    choose,
    cosine_of,
    erfc_of,
    exp_of,
    expm1_of,
    first_lanes,
    lane,
    largest_lane,
    load,
    log1p_of,
    magnitude,
    only,
    real,
    sigmoid_of,
    sine_of,
    store,
    sum_lanes,
    tanh_of,
    vec,
)


cdef enum:
    # The codes are the positions in bpgui.network.activations.ACTIVATIONS; files store names.
    LINEAR = 0
    SIGMOID = 1
    TANH = 2
    RELU = 3
    LEAKY_RELU = 4
    ELU = 5
    SELU = 6
    GELU = 7
    SILU = 8
    SOFTPLUS = 9
    SINE = 10
    GAUSSIAN = 11
    STEP = 12
    SOFTMAX = 13
    ACTIVATIONS = 14  # how many there are


# Values and slopes of LANES numbers. IN z; OUT slope.

ctypedef vec (*Activation)(vec z, vec* slope) noexcept nogil


cdef inline vec linear(vec z, vec* slope) noexcept nogil:
    slope[0] = broadcast(1.0)
    return z


cdef inline vec sigmoid(vec z, vec* slope) noexcept nogil:
    cdef vec a = sigmoid_of(z)
    slope[0] = a * (1.0 - a)
    return a


cdef inline vec hyperbolic(vec z, vec* slope) noexcept nogil:
    cdef vec a = tanh_of(z)
    slope[0] = 1.0 - a * a
    return a


cdef inline vec relu(vec z, vec* slope) noexcept nogil:
    slope[0] = only(below(broadcast(0.0), z), broadcast(1.0))
    return at_least(z, 0.0)


cdef inline vec leaky_relu(vec z, vec* slope) noexcept nogil:
    slope[0] = choose(below(broadcast(0.0), z), broadcast(1.0), broadcast(0.01))
    return z * slope[0]


cdef inline vec elu(vec z, vec* slope) noexcept nogil:
    cdef vec below_0 = expm1_of(at_most(z, 0.0))
    slope[0] = choose(below(broadcast(0.0), z), broadcast(1.0), below_0 + 1.0)
    return choose(below(broadcast(0.0), z), z, below_0)


cdef inline vec selu(vec z, vec* slope) noexcept nogil:
    cdef real scale = 1.0507009873554805, alpha = 1.6732632423543772
    cdef vec below_0 = expm1_of(at_most(z, 0.0))
    slope[0] = scale * choose(below(broadcast(0.0), z), broadcast(1.0), alpha * (below_0 + 1.0))
    return scale * choose(below(broadcast(0.0), z), z, alpha * below_0)


cdef inline vec gelu(vec z, vec* slope) noexcept nogil:
    # Phi(z), the share of a normal distribution below z, by erfc, which keeps its digits where Phi is small. Limits
    # keep 0 * infinity away, far out where nothing changes any more.
    cdef real half_root = 0.7071067811865476, height = 0.3989422804014327
    cdef vec near = at_most(at_least(z, -40.0), 40.0)
    cdef vec share = 0.5 * erfc_of(-half_root * near)
    slope[0] = share + near * (height * exp_of(<real>-0.5 * near * near))
    return at_least(z, -40.0) * share


cdef inline vec silu(vec z, vec* slope) noexcept nogil:
    cdef vec s = sigmoid_of(z)
    cdef vec near = at_most(at_least(z, -800.0), 800.0)
    slope[0] = s + near * s * (1.0 - s)
    return at_least(z, -800.0) * s


cdef inline vec softplus(vec z, vec* slope) noexcept nogil:
    slope[0] = sigmoid_of(z)
    return at_least(z, 0.0) + log1p_of(exp_of(-magnitude(z)))


cdef inline vec sine(vec z, vec* slope) noexcept nogil:
    slope[0] = cosine_of(z)
    return sine_of(z)


cdef inline vec gaussian(vec z, vec* slope) noexcept nogil:
    cdef vec a = exp_of(-z * z)
    slope[0] = <real>-2.0 * at_most(at_least(z, -40.0), 40.0) * a
    return a


cdef inline vec step(vec z, vec* slope) noexcept nogil:
    cdef vec near = at_most(at_least(z, -1.0), 1.0)
    slope[0] = near - near           # 0, but NaN for NaN
    return choose(below(z, broadcast(0.0)), broadcast(0.0), slope[0] + 1.0)


cdef inline void apply(
    Activation f, const real* z, real* a, real* slope, Py_ssize_t n, Py_ssize_t stride
) noexcept nogil:
    """f over n numbers: side by side where ``stride`` is 0 and n a multiple of LANES, else ``stride`` apart."""
    cdef Py_ssize_t i
    cdef vec s
    if stride == 0:
        for i from 0 <= i < n by LANES:
            store(a + i, f(load(z + i), &s))
            store(slope + i, s)
    else:
        for i in range(n):
            a[i * stride] = lane(f(broadcast(z[i * stride]), &s), 0)
            slope[i * stride] = lane(s, 0)


cdef inline void activate(
    int code, const real* z, real* a, real* slope, Py_ssize_t n, Py_ssize_t stride
) noexcept nogil:
    """Activation ``code``, softmax excepted, of n numbers as ``apply`` takes them. IN z; OUT a, slope."""
    if code == LINEAR:
        apply(linear, z, a, slope, n, stride)
    elif code == SIGMOID:
        apply(sigmoid, z, a, slope, n, stride)
    elif code == TANH:
        apply(hyperbolic, z, a, slope, n, stride)
    elif code == RELU:
        apply(relu, z, a, slope, n, stride)
    elif code == LEAKY_RELU:
        apply(leaky_relu, z, a, slope, n, stride)
    elif code == ELU:
        apply(elu, z, a, slope, n, stride)
    elif code == SELU:
        apply(selu, z, a, slope, n, stride)
    elif code == GELU:
        apply(gelu, z, a, slope, n, stride)
    elif code == SILU:
        apply(silu, z, a, slope, n, stride)
    elif code == SOFTPLUS:
        apply(softplus, z, a, slope, n, stride)
    elif code == SINE:
        apply(sine, z, a, slope, n, stride)
    elif code == GAUSSIAN:
        apply(gaussian, z, a, slope, n, stride)
    else:
        apply(step, z, a, slope, n, stride)


cdef inline vec value_of(int code, vec z, vec* slope) noexcept nogil:
    """The same for one register: the value. OUT slope."""
    if code == SIGMOID:
        return sigmoid(z, slope)
    if code == TANH:
        return hyperbolic(z, slope)
    if code == RELU:
        return relu(z, slope)
    if code == LINEAR:
        return linear(z, slope)
    if code == LEAKY_RELU:
        return leaky_relu(z, slope)
    if code == ELU:
        return elu(z, slope)
    if code == SELU:
        return selu(z, slope)
    if code == GELU:
        return gelu(z, slope)
    if code == SILU:
        return silu(z, slope)
    if code == SOFTPLUS:
        return softplus(z, slope)
    if code == SINE:
        return sine(z, slope)
    if code == GAUSSIAN:
        return gaussian(z, slope)
    return step(z, slope)


# Softmax concerns a whole layer, so it has kernels of its own.

cdef inline void softmax(const real* z, real* a, Py_ssize_t n, real* largest, real* log_sum) noexcept nogil:
    """One sample's n values, in both a multiple of LANES. OUT a; the largest z, which is subtracted so that e^z cannot
    overflow, and the logarithm of the sum of e^(z - largest).
    """
    cdef Py_ssize_t i
    cdef double total = 0.0
    cdef vec each, most = broadcast(<real>-INFINITY)
    for i from 0 <= i < n by LANES:
        each = choose(first_lanes(n - i), load(z + i), broadcast(<real>-INFINITY))
        most = choose(below(most, each), each, most)
    largest[0] = largest_lane(most)
    for i from 0 <= i < n by LANES:
        each = only(first_lanes(n - i), exp_of(load(z + i) - largest[0]))
        store(a + i, each)
        total += sum_lanes(each)
    for i from 0 <= i < n by LANES:
        store(a + i, load(a + i) / broadcast(<real>total))
    log_sum[0] = <real>log(total)


cdef inline void softmax_slope(const real* a, real* delta, Py_ssize_t n) noexcept nogil:
    """From dE/da to dE/dz through the softmax matrix: delta_i = a_i (delta_i - sum_j delta_j a_j)."""
    cdef Py_ssize_t i
    cdef real mean = 0.0
    for i in range(n):
        mean += delta[i] * a[i]
    for i in range(n):
        delta[i] = a[i] * (delta[i] - mean)
