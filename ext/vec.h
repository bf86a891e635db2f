/* What Cython cannot say about numbers: `real`, the type of every number of a network, and `vec`, several of them in
   one register. The core is compiled once for each type, from the same source. */
#ifndef BPGUI_VEC_H
#define BPGUI_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define BP_INLINE static __forceinline
#else
#define BP_INLINE static inline __attribute__((always_inline))
#endif

#ifdef BPGUI_SINGLE
typedef float real;
typedef int32_t bits;
#define BP_DTYPE "float32"
#define BP_MANTISSA 23
#else
typedef double real;
typedef int64_t bits;
#define BP_DTYPE "float64"
#define BP_MANTISSA 52
#endif

/* 32 bytes whatever the instruction set: where registers are shorter the compiler takes two. Compilers without vector
   types, and BPGUI_SCALAR, get one number at a time from the same source. A mask has all bits of a lane set or none. */
#if defined(__GNUC__) && !defined(BPGUI_SCALAR)
#define LANES ((ptrdiff_t)(32 / sizeof(real)))
typedef real vec __attribute__((vector_size(32)));
typedef bits mask __attribute__((vector_size(32)));
typedef real bp_unaligned __attribute__((vector_size(32), aligned(sizeof(real))));
typedef bits bp_unaligned_mask __attribute__((vector_size(32), aligned(sizeof(real))));
BP_INLINE vec load(const real *from) { return (vec)*(const bp_unaligned *)from; }
BP_INLINE void store(real *to, vec x) { *(bp_unaligned *)to = (bp_unaligned)x; }
BP_INLINE mask load_mask(const bits *from) { return (mask)*(const bp_unaligned_mask *)from; }
BP_INLINE vec broadcast(real x) { return x - (vec){0}; }
BP_INLINE mask as_mask(vec x) { return (mask)x; }
BP_INLINE vec as_vec(mask m) { return (vec)m; }
BP_INLINE real lane(vec x, ptrdiff_t i) { return x[i]; }
BP_INLINE mask below(vec a, vec b) { return a < b; }
#else
#define LANES ((ptrdiff_t)1)
typedef real vec;
typedef bits mask;
BP_INLINE vec load(const real *from) { return *from; }
BP_INLINE void store(real *to, vec x) { *to = x; }
BP_INLINE mask load_mask(const bits *from) { return *from; }
BP_INLINE vec broadcast(real x) { return x; }
BP_INLINE mask as_mask(vec x) { mask m; memcpy(&m, &x, sizeof m); return m; }
BP_INLINE vec as_vec(mask m) { vec x; memcpy(&x, &m, sizeof x); return x; }
BP_INLINE real lane(vec x, ptrdiff_t i) { (void)i; return x; }
BP_INLINE mask below(vec a, vec b) { return -(mask)(a < b); }
#endif

/* a where the mask is set, b elsewhere. */
BP_INLINE vec choose(mask m, vec a, vec b) { return as_vec((m & as_mask(a)) | (~m & as_mask(b))); }
/* x where the mask is set, 0 elsewhere, whatever x is. */
BP_INLINE vec only(mask m, vec x) { return as_vec(m & as_mask(x)); }
BP_INLINE vec magnitude(vec x) { return as_vec(as_mask(x) & ~as_mask(broadcast((real)-0.0))); }
BP_INLINE vec with_sign(vec x, vec sign) { return as_vec(as_mask(x) | (as_mask(sign) & as_mask(broadcast((real)-0.0)))); }

/* x, but at most, or at least, the limit; NaN stays NaN. */
#if defined(__AVX__) && !defined(BPGUI_SCALAR) && !defined(BPGUI_SINGLE)
BP_INLINE vec at_most(vec x, real limit) { return (vec)_mm256_min_pd(_mm256_set1_pd(limit), (__m256d)x); }
BP_INLINE vec at_least(vec x, real limit) { return (vec)_mm256_max_pd(_mm256_set1_pd(limit), (__m256d)x); }
BP_INLINE vec root(vec x) { return (vec)_mm256_sqrt_pd((__m256d)x); }
#elif defined(__AVX__) && !defined(BPGUI_SCALAR)
BP_INLINE vec at_most(vec x, real limit) { return (vec)_mm256_min_ps(_mm256_set1_ps(limit), (__m256)x); }
BP_INLINE vec at_least(vec x, real limit) { return (vec)_mm256_max_ps(_mm256_set1_ps(limit), (__m256)x); }
BP_INLINE vec root(vec x) { return (vec)_mm256_sqrt_ps((__m256)x); }
#else
BP_INLINE vec at_most(vec x, real limit) { return choose(below(broadcast(limit), x), broadcast(limit), x); }
BP_INLINE vec at_least(vec x, real limit) { return choose(below(x, broadcast(limit)), broadcast(limit), x); }
BP_INLINE vec root(vec x) {
    real lanes[sizeof(vec) / sizeof(real)];
    ptrdiff_t i;
    store(lanes, x);
    for (i = 0; i < LANES; i++) lanes[i] = (real)sqrt((double)lanes[i]);
    return load(lanes);
}
#endif

/* The lanes added up as float64, from the first to the last. */
BP_INLINE double sum_lanes(vec x) {
    double total = (double)lane(x, 0);
    ptrdiff_t i;
    for (i = 1; i < LANES; i++) total += (double)lane(x, i);
    return total;
}

/* The mask of the first n lanes, of all where there are fewer. */
BP_INLINE mask first_lanes(ptrdiff_t n) {
#if defined(__GNUC__) && !defined(BPGUI_SCALAR) && defined(BPGUI_SINGLE)
    return (mask){0, 1, 2, 3, 4, 5, 6, 7} < (bits)(n < LANES ? n : LANES);
#elif defined(__GNUC__) && !defined(BPGUI_SCALAR)
    return (mask){0, 1, 2, 3} < (bits)(n < LANES ? n : LANES);
#else
    return -(mask)(n > 0);
#endif
}

/* The largest lane; NaN counts as smaller than all. */
BP_INLINE real largest_lane(vec x) {
    real largest = (real)-INFINITY;
    ptrdiff_t i;
    for (i = 0; i < LANES; i++)
        if (lane(x, i) > largest) largest = lane(x, i);
    return largest;
}

/* The sums of the lanes of LANES registers, as one register. */
BP_INLINE vec sums_of(const vec *x) {
#if defined(__GNUC__) && !defined(BPGUI_SCALAR) && defined(BPGUI_SINGLE)
    const mask even = {0, 8, 2, 10, 4, 12, 6, 14}, odd = {1, 9, 3, 11, 5, 13, 7, 15};
    const mask low = {0, 1, 8, 9, 4, 5, 12, 13}, high = {2, 3, 10, 11, 6, 7, 14, 15};
    vec a = __builtin_shuffle(x[0], x[1], even) + __builtin_shuffle(x[0], x[1], odd);
    vec b = __builtin_shuffle(x[2], x[3], even) + __builtin_shuffle(x[2], x[3], odd);
    vec c = __builtin_shuffle(x[4], x[5], even) + __builtin_shuffle(x[4], x[5], odd);
    vec d = __builtin_shuffle(x[6], x[7], even) + __builtin_shuffle(x[6], x[7], odd);
    vec ab = __builtin_shuffle(a, b, low) + __builtin_shuffle(a, b, high);
    vec cd = __builtin_shuffle(c, d, low) + __builtin_shuffle(c, d, high);
    return __builtin_shuffle(ab, cd, (mask){0, 1, 2, 3, 8, 9, 10, 11}) +
           __builtin_shuffle(ab, cd, (mask){4, 5, 6, 7, 12, 13, 14, 15});
#elif defined(__GNUC__) && !defined(BPGUI_SCALAR)
    const mask even = {0, 4, 2, 6}, odd = {1, 5, 3, 7};
    vec ab = __builtin_shuffle(x[0], x[1], even) + __builtin_shuffle(x[0], x[1], odd);
    vec cd = __builtin_shuffle(x[2], x[3], even) + __builtin_shuffle(x[2], x[3], odd);
    return __builtin_shuffle(ab, cd, (mask){0, 1, 4, 5}) + __builtin_shuffle(ab, cd, (mask){2, 3, 6, 7});
#else
    return x[0];
#endif
}

/* Transpose LANES registers in place. */
BP_INLINE void turn_registers(vec *x) {
#if defined(__GNUC__) && !defined(BPGUI_SCALAR) && defined(BPGUI_SINGLE)
    const mask low = {0, 8, 1, 9, 4, 12, 5, 13}, high = {2, 10, 3, 11, 6, 14, 7, 15};
    const mask left = {0, 1, 8, 9, 4, 5, 12, 13}, right = {2, 3, 10, 11, 6, 7, 14, 15};
    const mask front = {0, 1, 2, 3, 8, 9, 10, 11}, rear = {4, 5, 6, 7, 12, 13, 14, 15};
    vec pair[8], quad[8];
    int i;
#pragma GCC unroll 4
    for (i = 0; i < 8; i += 2) {
        pair[i] = __builtin_shuffle(x[i], x[i + 1], low);
        pair[i + 1] = __builtin_shuffle(x[i], x[i + 1], high);
    }
#pragma GCC unroll 2
    for (i = 0; i < 8; i += 4) {
        quad[i] = __builtin_shuffle(pair[i], pair[i + 2], left);
        quad[i + 1] = __builtin_shuffle(pair[i], pair[i + 2], right);
        quad[i + 2] = __builtin_shuffle(pair[i + 1], pair[i + 3], left);
        quad[i + 3] = __builtin_shuffle(pair[i + 1], pair[i + 3], right);
    }
#pragma GCC unroll 4
    for (i = 0; i < 4; i++) {
        x[i] = __builtin_shuffle(quad[i], quad[i + 4], front);
        x[i + 4] = __builtin_shuffle(quad[i], quad[i + 4], rear);
    }
#elif defined(__GNUC__) && !defined(BPGUI_SCALAR)
    const mask low = {0, 4, 2, 6}, high = {1, 5, 3, 7}, front = {0, 1, 4, 5}, rear = {2, 3, 6, 7};
    const vec a = __builtin_shuffle(x[0], x[1], low), b = __builtin_shuffle(x[0], x[1], high);
    const vec c = __builtin_shuffle(x[2], x[3], low), d = __builtin_shuffle(x[2], x[3], high);
    x[0] = __builtin_shuffle(a, c, front);
    x[1] = __builtin_shuffle(b, d, front);
    x[2] = __builtin_shuffle(a, c, rear);
    x[3] = __builtin_shuffle(b, d, rear);
#else
    (void)x;
#endif
}

/* A function of the C library, lane by lane; for what is too rare to be worth a polynomial. */
#define BP_LANEWISE(NAME, FUNCTION)                                        \
    static inline vec NAME(vec x) {                                        \
        real lanes[sizeof(vec) / sizeof(real)];                            \
        ptrdiff_t i;                                                       \
        store(lanes, x);                                                   \
        for (i = 0; i < LANES; i++) lanes[i] = (real)FUNCTION((double)lanes[i]); \
        return load(lanes);                                                \
    }
BP_LANEWISE(sine_of, sin)
BP_LANEWISE(cosine_of, cos)
BP_LANEWISE(erfc_of, erfc)
BP_LANEWISE(log1p_of, log1p)

/* e^x = 2^n e^r, with n the whole number nearest to x / ln 2 and |r| <= ln 2 / 2. ln 2 is subtracted in two parts, the
   first so short that n times it is exact. e^r = 1 + r + r^2 q(r); q interpolates (e^r - 1 - r) / r^2 at Chebyshev
   nodes, which leaves 0.15 ulp (f8) and 0.18 ulp (f4) for e^r. Adding BP_ROUND moves n into the low bits. */
#ifdef BPGUI_SINGLE
#define BP_ROUND ((real)12582912.0)
#define BP_LN2_HIGH ((real)0.693145751953125)
#define BP_LN2_LOW ((real)1.4286068203094173e-06)
#define BP_EXP_HIGH ((real)89.0)
#define BP_EXP_LOW ((real)-87.4)
#else
#define BP_ROUND ((real)6755399441055744.0)
#define BP_LN2_HIGH ((real)0.6931471805598903)
#define BP_LN2_LOW ((real)5.497923018708371e-14)
#define BP_EXP_HIGH ((real)710.0)
#define BP_EXP_LOW ((real)-708.5)
#endif

/* e^r - 1 for the rest r of x; OUT n in the low bits of ``whole``. */
BP_INLINE vec exp_of_rest(vec x, vec *whole) {
    vec t = x * (real)1.4426950408889634 + BP_ROUND;
    vec n = t - BP_ROUND;
    vec r = (x - n * BP_LN2_HIGH) - n * BP_LN2_LOW;
    vec r2 = r * r;
    vec q;
    *whole = t;
#ifdef BPGUI_SINGLE
    q = (real)0.5 + r * (real)0.16666576 + r2 * ((real)0.041666556 + r * (real)0.008363203 + r2 * (real)0.0013926213);
#else
    vec r4 = r2 * r2;
    q = (((real)0.5000000000000001 + r * (real)0.16666666666666669)
         + r2 * ((real)0.04166666666662399 + r * (real)0.008333333333330051))
        + r4 * (((real)0.0013888888917281794 + r * (real)0.00019841269863105968)
                + r2 * ((real)2.480152119021773e-05 + r * (real)2.7557268378684192e-06)
                + r4 * ((real)2.7620138719733994e-07 + r * (real)2.5100424157005067e-08));
#endif
    return r + r2 * q;
}

/* 2^(n + shift) for the n in the low bits of ``whole``. */
BP_INLINE vec power_of_2(vec whole, bits shift) {
    return as_vec((as_mask(whole) + (shift + (BP_MANTISSA == 52 ? 1023 : 127))) << BP_MANTISSA);
}

/* e^x: at most 1.5 ulp; infinity above the range, 0 below it and down to 1.5 times the smallest normal number. What is
   out of range is put right at the end: limits on x would have every result wait for them. */
BP_INLINE vec exp_of(vec x) {
    const mask high = below(broadcast(BP_EXP_HIGH), x), low = below(x, broadcast(BP_EXP_LOW));
    vec whole, e;
    vec rest = exp_of_rest(x, &whole);
    /* 2 e^r times 2^(n - 1): 2^1024 is no number, but e^x may be one below it. */
    e = ((real)2.0 + (real)2.0 * rest) * power_of_2(whole, -1);
    return as_vec((as_mask(e) & ~(high | low)) | (high & as_mask(broadcast((real)INFINITY))));
}

/* e^x - 1 for x <= 40, without loss near 0. */
BP_INLINE vec expm1_of(vec x) {
    vec whole, scale;
    vec rest = exp_of_rest(at_least(x, (real)-60.0), &whole);
    scale = power_of_2(whole, 0);
    return scale * rest + (scale - (real)1.0);
}

/* tanh x = (e^2|x| - 1) / (e^2|x| + 1) with the sign of x: at most 3 ulp, without loss near 0. */
BP_INLINE vec tanh_of(vec x) {
    vec e = expm1_of(at_most((real)2.0 * magnitude(x), (real)40.0));
    return with_sign(e / (e + (real)2.0), x);
}

/* 1 / (1 + e^-x): at most 3 ulp; put right at the end like exp. */
BP_INLINE vec sigmoid_of(vec x) {
    const mask high = below(broadcast(-BP_EXP_LOW), x), low = below(x, broadcast(-BP_EXP_HIGH));
    vec whole;
    vec rest = exp_of_rest(-x, &whole);
    vec s = (real)1.0 / ((real)1.0 + ((real)2.0 + (real)2.0 * rest) * power_of_2(whole, -1));
    return as_vec((as_mask(s) & ~(high | low)) | (high & as_mask(broadcast((real)1.0))));
}

#endif
