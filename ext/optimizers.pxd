"""Optimizer steps: what one update does to LANES parameters, given their gradient and the optimizer's state.

Entries that do not learn (cut or frozen) are skipped by selection, never by multiplying with zero: they and their
optimizer state keep every bit. L-BFGS, whose step needs all parameters at once, has lbfgs.pxd.
"""

from libc.math cimport pow
from libc.stdint cimport int64_t
from libc.string cimport memset

from lbfgs cimport LAST_STEP
from vec cimport (
    LANES,
    at_least,
    at_most,
    below,
    bits,
    broadcast,
    choose,
    load,
    load_mask,
    magnitude,
    mask,
    only,
    real,
    root,
    store,
    vec,
    with_sign,
)


cdef enum:
    # The codes are the positions in bpgui.training.optimizers.OPTIMIZERS; files store names.
    SGD = 0
    MOMENTUM = 1
    NESTEROV = 2
    RMSPROP = 3
    ADAGRAD = 4
    ADAM = 5
    ADAMW = 6
    NADAM = 7
    RPROP = 8
    LBFGS = 9
    OPTIMIZERS = 10  # how many there are


cdef inline Py_ssize_t slots_of(int code) noexcept nogil:
    """Numbers that an optimizer keeps for each parameter."""
    if code == SGD:
        return 0
    if code == MOMENTUM or code == NESTEROV or code == RMSPROP or code == ADAGRAD:
        return 1
    return LAST_STEP + 1 if code == LBFGS else 2


cdef struct Rates:
    # The numbers of one update, the same for every parameter; each step uses some of them.
    real rate                    # the learning rate, with the factors that belong to this update
    real rate_of_gradient        # nadam: the same for the share of the gradient itself
    real decay                   # adamw: the share of a weight that goes
    real keep                    # of the first average or velocity, and what a new gradient adds to it
    real add
    real keep_square             # of the average of squares
    real add_square
    real square_scale            # that corrects an average that began at zero
    real epsilon
    real shrink                  # rprop
    real grow
    real smallest
    real largest


# IN g and r; IN and OUT w and the state s, t (of which a step uses what it needs).

ctypedef void (*Step)(vec* w, vec g, vec* s, vec* t, Rates r) noexcept nogil


cdef inline void sgd(vec* w, vec g, vec* s, vec* t, Rates r) noexcept nogil:
    w[0] = w[0] - r.rate * g


cdef inline void momentum(vec* w, vec g, vec* v, vec* t, Rates r) noexcept nogil:
    v[0] = r.keep * v[0] + g
    w[0] = w[0] - r.rate * v[0]


cdef inline void nesterov(vec* w, vec g, vec* v, vec* t, Rates r) noexcept nogil:
    v[0] = r.keep * v[0] + g
    w[0] = w[0] - r.rate * (g + r.keep * v[0])


cdef inline void rmsprop(vec* w, vec g, vec* s, vec* t, Rates r) noexcept nogil:
    s[0] = r.keep * s[0] + r.add * (g * g)
    w[0] = w[0] - r.rate * (g / (root(s[0]) + broadcast(r.epsilon)))


cdef inline void adagrad(vec* w, vec g, vec* s, vec* t, Rates r) noexcept nogil:
    s[0] = s[0] + g * g
    w[0] = w[0] - r.rate * (g / (root(s[0]) + broadcast(r.epsilon)))


cdef inline void adam(vec* w, vec g, vec* m, vec* v, Rates r) noexcept nogil:
    m[0] = r.keep * m[0] + r.add * g
    v[0] = r.keep_square * v[0] + r.add_square * (g * g)
    w[0] = w[0] - r.decay * w[0] - r.rate * (m[0] / (root(v[0] * r.square_scale) + broadcast(r.epsilon)))


cdef inline void nadam(vec* w, vec g, vec* m, vec* v, Rates r) noexcept nogil:
    m[0] = r.keep * m[0] + r.add * g
    v[0] = r.keep_square * v[0] + r.add_square * (g * g)
    w[0] = w[0] - (r.rate_of_gradient * g + r.rate * m[0]) / (root(v[0] * r.square_scale) + broadcast(r.epsilon))


cdef inline void rprop(vec* w, vec g, vec* before, vec* size, Rates r) noexcept nogil:
    cdef vec zero = broadcast(0.0)
    cdef vec turn = g * before[0]
    cdef vec grown = choose(below(turn, zero), r.shrink * size[0], size[0])
    grown = choose(below(zero, turn), r.grow * size[0], grown)
    # A size of 0 has not begun; it begins with the learning rate.
    grown = choose(below(zero, size[0]), grown, broadcast(r.rate))
    size[0] = at_most(at_least(grown, r.smallest), r.largest)
    before[0] = choose(below(turn, zero), zero, g)
    w[0] = w[0] - only(below(zero, magnitude(before[0])), with_sign(size[0], before[0]))


cdef inline void over_all(
    Step step, Rates r, int slots, real* w, const real* g, real* s, real* t, const bits* learns, Py_ssize_t n
) noexcept nogil:
    """A step of n parameters, a multiple of LANES. ``slots``: how many of s, t it uses; learns: NULL where all do."""
    cdef Py_ssize_t i
    cdef mask m
    cdef vec old, new, old_s, new_s, old_t, new_t
    for i from 0 <= i < n by LANES:
        old = load(w + i)
        new = old
        if slots > 0:
            old_s = load(s + i)
            new_s = old_s
        if slots > 1:
            old_t = load(t + i)
            new_t = old_t
        step(&new, load(g + i), &new_s, &new_t, r)
        if learns != NULL:
            m = load_mask(learns + i)
            new = choose(m, new, old)
            if slots > 0:
                new_s = choose(m, new_s, old_s)
            if slots > 1:
                new_t = choose(m, new_t, old_t)
        store(w + i, new)
        if slots > 0:
            store(s + i, new_s)
        if slots > 1:
            store(t + i, new_t)


cdef inline Rates rates_of(
    int code, double rate, const double* settings, int64_t step, double* momentum_product
) noexcept nogil:
    """The numbers of the optimizer's update number ``step``, from 0; IN and OUT momentum_product, which is nadam's.

    settings: the fields of the optimizer's class in bpgui.training.optimizers, in their order.
    """
    cdef Rates r
    cdef double first, following, t = <double>(step + 1)
    memset(&r, 0, sizeof(r))
    r.rate = <real>rate
    r.keep = <real>settings[0]
    r.add = <real>(1.0 - settings[0])
    r.epsilon = <real>settings[1]
    if code == ADAGRAD:
        r.epsilon = <real>settings[0]
    elif code == ADAM or code == ADAMW or code == NADAM:
        r.keep_square = <real>settings[1]
        r.add_square = <real>(1.0 - settings[1])
        r.square_scale = <real>(1.0 / (1.0 - pow(settings[1], t)))
        r.epsilon = <real>settings[2]
        if code == NADAM:
            first = settings[0] * (1.0 - 0.5 * pow(0.96, t * settings[3]))
            following = settings[0] * (1.0 - 0.5 * pow(0.96, (t + 1.0) * settings[3]))
            momentum_product[0] *= first
            r.rate_of_gradient = <real>(rate * (1.0 - first) / (1.0 - momentum_product[0]))
            r.rate = <real>(rate * following / (1.0 - momentum_product[0] * following))
        else:
            r.rate = <real>(rate / (1.0 - pow(settings[0], t)))
        if code == ADAMW:
            r.decay = <real>(rate * settings[3])
    elif code == RPROP:
        r.shrink = <real>settings[0]
        r.grow = <real>settings[1]
        r.smallest = <real>settings[2]
        r.largest = <real>settings[3]
    return r


cdef inline void optimizer_step(
    int code, Rates r, real* w, const real* g, real* slots, Py_ssize_t row, const bits* learns, Py_ssize_t n
) noexcept nogil:
    """One step of n parameters. IN g, learns; IN and OUT w, slots (the second row lies ``row`` further)."""
    if code == SGD:
        over_all(sgd, r, 0, w, g, NULL, NULL, learns, n)
    elif code == MOMENTUM:
        over_all(momentum, r, 1, w, g, slots, NULL, learns, n)
    elif code == NESTEROV:
        over_all(nesterov, r, 1, w, g, slots, NULL, learns, n)
    elif code == RMSPROP:
        over_all(rmsprop, r, 1, w, g, slots, NULL, learns, n)
    elif code == ADAGRAD:
        over_all(adagrad, r, 1, w, g, slots, NULL, learns, n)
    elif code == NADAM:
        over_all(nadam, r, 2, w, g, slots, slots + row, learns, n)
    elif code == RPROP:
        over_all(rprop, r, 2, w, g, slots, slots + row, learns, n)
    else:
        over_all(adam, r, 2, w, g, slots, slots + row, learns, n)
