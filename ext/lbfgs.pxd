"""L-BFGS: the direction of a step from the last pairs of steps and changes of the gradient (Nocedal 1980).

Entries that do not learn take no part in any sum. All vectors have ``n`` numbers, a multiple of LANES.
"""

from vec cimport LANES, bits, choose, load, load_mask, only, real, store, sum_lanes, vec


cdef enum:
    MEMORY = 10                  # pairs that are kept
    # Rows of the optimizer's state: MEMORY steps, MEMORY changes of the gradient, the last gradient, the last step.
    GRADIENT = 20
    LAST_STEP = 21


cdef struct Pairs:
    int count
    const real* s[11]            # steps, from the oldest on; one more than is kept, for the newest
    const real* y[11]            # changes of the gradient along them


cdef inline double dot(const real* a, const real* b, const bits* learns, Py_ssize_t n) noexcept nogil:
    cdef double total = 0.0
    cdef Py_ssize_t i
    cdef vec each
    for i from 0 <= i < n by LANES:
        each = load(a + i) * load(b + i)
        if learns != NULL:
            each = only(load_mask(learns + i), each)
        total += sum_lanes(each)
    return total


cdef inline void add(real* to, double factor, const real* x, Py_ssize_t n) noexcept nogil:
    """to += factor x"""
    cdef Py_ssize_t i
    for i from 0 <= i < n by LANES:
        store(to + i, load(to + i) + <real>factor * load(x + i))


cdef inline void difference(const real* a, const real* b, real* out, Py_ssize_t n) noexcept nogil:
    """OUT a - b."""
    cdef Py_ssize_t i
    for i from 0 <= i < n by LANES:
        store(out + i, load(a + i) - load(b + i))


cdef inline void write(real factor, const real* x, const bits* learns, real* out, Py_ssize_t n) noexcept nogil:
    """OUT factor x, where entries learn; others keep every bit."""
    cdef Py_ssize_t i
    cdef vec each
    for i from 0 <= i < n by LANES:
        each = factor * load(x + i)
        if learns != NULL:
            each = choose(load_mask(learns + i), each, load(out + i))
        store(out + i, each)


cdef inline void move(
    const real* w, double size, const real* d, const bits* learns, real* out, Py_ssize_t n
) noexcept nogil:
    """OUT w + size d; w where entries do not learn."""
    cdef Py_ssize_t i
    cdef vec old, new
    for i from 0 <= i < n by LANES:
        old = load(w + i)
        new = old + <real>size * load(d + i)
        if learns != NULL:
            new = choose(load_mask(learns + i), new, old)
        store(out + i, new)


cdef inline void direction(const Pairs* p, const real* g, const bits* learns, real* d, Py_ssize_t n) noexcept nogil:
    """OUT d = -H g by the two-loop recursion; H begins as the newest pair's (s'y / y'y) times the identity."""
    cdef double weight[11]
    cdef double rho[11]
    cdef Py_ssize_t i
    write(-1.0, g, NULL, d, n)
    for i in range(p.count - 1, -1, -1):
        rho[i] = 1.0 / dot(p.y[i], p.s[i], learns, n)
        weight[i] = rho[i] * dot(p.s[i], d, learns, n)
        add(d, -weight[i], p.y[i], n)
    if p.count > 0:
        i = p.count - 1
        write(<real>(1.0 / (rho[i] * dot(p.y[i], p.y[i], learns, n))), d, NULL, d, n)
    for i in range(p.count):
        add(d, weight[i] - rho[i] * dot(p.y[i], d, learns, n), p.s[i], n)
