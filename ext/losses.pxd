"""Losses of one sample: value and gradient together, output by output.

``wrt_z(code)`` says whether the gradient is already with respect to the output's z (the two cross-entropies, whose
product with the output's slope is simpler and safer than its factors) or with respect to its a. ``is_mean(code)`` says
whether the sum over the outputs is divided by their number; the caller does so.
"""

from vec cimport (
    at_least,
    at_most,
    below,
    broadcast,
    choose,
    exp_of,
    log1p_of,
    magnitude,
    mask,
    only,
    real,
    vec,
    with_sign,
)


cdef enum:
    # The codes are the positions in bpgui.network.losses.LOSSES; files store names.
    HALF_SSE = 0
    MSE = 1
    MAE = 2
    HUBER = 3
    BINARY_CROSS_ENTROPY = 4
    CROSS_ENTROPY = 5
    LOSSES = 6       # how many there are


cdef inline bint wrt_z(int code) noexcept nogil:
    return code == BINARY_CROSS_ENTROPY or code == CROSS_ENTROPY


cdef inline bint is_mean(int code) noexcept nogil:
    return code != HALF_SSE and code != CROSS_ENTROPY


# What LANES outputs add to the loss, and their slopes. IN z, a, t; of a softmax output the largest z, and log_sum, the
# logarithm of the sum of e^(z - largest); mass: the sum of t. OUT slope.

ctypedef vec (*Loss)(vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope) noexcept nogil


cdef inline vec half_sse(vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope) noexcept nogil:
    cdef vec d = a - t
    slope[0] = d
    return 0.5 * d * d


cdef inline vec mse(vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope) noexcept nogil:
    cdef vec d = a - t
    slope[0] = 2.0 * d
    return d * d


cdef inline vec mae(vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope) noexcept nogil:
    cdef vec size = magnitude(a - t)
    slope[0] = only(below(broadcast(0.0), size), with_sign(broadcast(1.0), a - t))
    return size


cdef inline vec huber(vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope) noexcept nogil:
    # Half a square within 1 of the target, straight beyond.
    cdef vec d = a - t
    cdef vec size = magnitude(d)
    cdef mask far = below(broadcast(1.0), size)
    slope[0] = at_most(at_least(d, -1.0), 1.0)
    return choose(far, size - 0.5, 0.5 * d * d)


cdef inline vec binary_cross_entropy(
    vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope,
) noexcept nogil:
    slope[0] = a - t
    return at_least(z, 0.0) + log1p_of(exp_of(-magnitude(z))) - t * z


cdef inline vec cross_entropy(vec z, vec a, vec t, real largest, real log_sum, real mass, vec* slope) noexcept nogil:
    # A target of 0 contributes nothing even where the log-probability is minus infinity.
    slope[0] = a * mass - t
    # Two terms: in their sum a large z would swallow the little that a confident output still loses.
    return only(below(broadcast(0.0), t), t * ((largest - z) + log_sum))


cdef inline vec value_of_loss(int code, vec z, vec a, vec t, vec* slope) noexcept nogil:
    """Any of them, cross-entropy excepted, which needs a softmax."""
    if code == HALF_SSE:
        return half_sse(z, a, t, 0.0, 0.0, 0.0, slope)
    if code == MSE:
        return mse(z, a, t, 0.0, 0.0, 0.0, slope)
    if code == MAE:
        return mae(z, a, t, 0.0, 0.0, 0.0, slope)
    if code == HUBER:
        return huber(z, a, t, 0.0, 0.0, 0.0, slope)
    return binary_cross_entropy(z, a, t, 0.0, 0.0, 0.0, slope)
