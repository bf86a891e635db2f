"""The counter-based generator Philox4x64-10 (Salmon and others 2011): a draw is a function of where it is used.

There is no hidden state, so a draw never depends on those before it, and nothing about randomness needs saving.
"""

from libc.math cimport cos, log, sqrt
from libc.stdint cimport int64_t, uint64_t


cdef extern from "machine.h" nogil:
    uint64_t mulhi "bp_mulhi" (uint64_t a, uint64_t b) noexcept


cdef enum:
    INIT = 1      # first weights
    SHUFFLE = 2   # order of the samples in an epoch
    DROPOUT = 3   # units left out
    SPLIT = 4     # validation samples
    DATA = 5      # generated data sets
    SWEEP = 6     # points of a sweep


cdef struct Words:
    uint64_t word[4]


cdef inline Words philox_block(uint64_t seed, uint64_t stream, uint64_t c0, uint64_t c1, uint64_t c2) noexcept nogil:
    """The four words of counter (c0, c1, c2, 0) under key (seed, stream)."""
    cdef Words x
    cdef uint64_t high0, low0, high1, low1
    cdef int _round
    x.word[0] = c0
    x.word[1] = c1
    x.word[2] = c2
    x.word[3] = 0
    for _round in range(10):
        high0 = mulhi(0xD2E7470EE14C6C93ULL, x.word[0])
        low0 = 0xD2E7470EE14C6C93ULL * x.word[0]
        high1 = mulhi(0xCA5A826395121157ULL, x.word[2])
        low1 = 0xCA5A826395121157ULL * x.word[2]
        x.word[0] = high1 ^ x.word[1] ^ seed
        x.word[1] = low1
        x.word[2] = high0 ^ x.word[3] ^ stream
        x.word[3] = low0
        seed += 0x9E3779B97F4A7C15ULL
        stream += 0xBB67AE8584CAA73BULL
    return x


cdef inline uint64_t draw(uint64_t seed, uint64_t stream, uint64_t c1, uint64_t c2, uint64_t i) noexcept nogil:
    """Draw ``i`` of the place (c1, c2): word i mod 4 of block i div 4."""
    return philox_block(seed, stream, i >> 2, c1, c2).word[i & 3]


cdef inline double uniform(uint64_t r) noexcept nogil:
    """A draw as a number in [0, 1)."""
    return <double>(r >> 11) * (1.0 / 9007199254740992.0)


cdef inline double normal(uint64_t seed, uint64_t stream, uint64_t c1, uint64_t c2, uint64_t i) noexcept nogil:
    """Standard normal ``i`` by Box-Muller from draws 2i and 2i + 1; 1 - u keeps the logarithm finite."""
    cdef double u = uniform(draw(seed, stream, c1, c2, 2 * i))
    cdef double v = uniform(draw(seed, stream, c1, c2, 2 * i + 1))
    return sqrt(-2.0 * log(1.0 - u)) * cos(6.283185307179586 * v)


cdef inline void permute(uint64_t seed, uint64_t stream, uint64_t c1, int64_t* order, int64_t n) noexcept nogil:
    """Fisher-Yates from the identity, so that the order is a function of (seed, c1, n) alone."""
    cdef int64_t i, j, kept
    cdef Words words             # four draws at once
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        if i & 3 == 3 or i == n - 1:
            words = philox_block(seed, stream, <uint64_t>(i >> 2), c1, 0)
        j = <int64_t>mulhi(words.word[i & 3], <uint64_t>(i + 1))
        kept = order[i]
        order[i] = order[j]
        order[j] = kept
