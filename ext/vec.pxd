"""``real``, the type of every number of a network, and ``vec``, LANES of them at once.

To Cython both are plain numbers, so that a kernel reads like a formula; vec.h says what they are to the compiler.
"""

cdef extern from "vec.h" nogil:
    ctypedef double real
    ctypedef double vec
    ctypedef long long bits
    ctypedef long long mask
    Py_ssize_t LANES
    const char* BP_DTYPE
    vec load(const real* source) noexcept
    void store(real* target, vec x) noexcept
    mask load_mask(const bits* source) noexcept
    vec broadcast(real x) noexcept
    real lane(vec x, Py_ssize_t i) noexcept
    double sum_lanes(vec x) noexcept
    mask first_lanes(Py_ssize_t n) noexcept
    real largest_lane(vec x) noexcept
    mask below(vec a, vec b) noexcept
    vec choose(mask m, vec a, vec b) noexcept
    vec only(mask m, vec x) noexcept
    vec at_most(vec x, real limit) noexcept
    vec at_least(vec x, real limit) noexcept
    vec magnitude(vec x) noexcept
    vec with_sign(vec x, vec sign) noexcept
    vec root(vec x) noexcept
    vec exp_of(vec x) noexcept
    vec expm1_of(vec x) noexcept
    vec tanh_of(vec x) noexcept
    vec sigmoid_of(vec x) noexcept
    vec sine_of(vec x) noexcept
    vec cosine_of(vec x) noexcept
    vec erfc_of(vec x) noexcept
    vec log1p_of(vec x) noexcept
