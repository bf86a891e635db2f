/* What Cython cannot say: 64-bit high multiply, atomics, the denormal control word, a monotonic clock. */
#ifndef BPGUI_MACHINE_H
#define BPGUI_MACHINE_H

#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif
#if defined(_WIN32)
#include <windows.h>
#else
#include <time.h>
#endif

#ifndef BPGUI_BUILD
#define BPGUI_BUILD "plain"
#endif

/* High 64 bits of the 128-bit product. */
static inline uint64_t bp_mulhi(uint64_t a, uint64_t b) {
#if defined(_MSC_VER) && !defined(__clang__)
    return __umulh(a, b);
#else
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
#endif
}

/* Flags that one thread sets and another reads between updates. */
#if defined(_MSC_VER) && !defined(__clang__)
typedef volatile long bp_flag;
static inline int bp_flag_read(bp_flag *f) { return (int)_InterlockedOr(f, 0); }
static inline void bp_flag_write(bp_flag *f, int value) { _InterlockedExchange(f, value); }
static inline int bp_flag_take(bp_flag *f) { return (int)_InterlockedExchange(f, 0); }
#else
typedef int bp_flag;
static inline int bp_flag_read(bp_flag *f) { return __atomic_load_n(f, __ATOMIC_ACQUIRE); }
static inline void bp_flag_write(bp_flag *f, int value) { __atomic_store_n(f, value, __ATOMIC_RELEASE); }
static inline int bp_flag_take(bp_flag *f) {
    /* Read first: an exchange on every update would cost a locked instruction. */
    return bp_flag_read(f) ? __atomic_exchange_n(f, 0, __ATOMIC_ACQ_REL) : 0;
}
#endif

/* Denormals are flushed to zero while the core computes (an update must cost the same at the millionth epoch as at
   the first); the control word of the calling thread is given back afterwards. */
#if defined(__x86_64__) || defined(_M_X64)
static inline uint64_t bp_flush_denormals(void) {
    unsigned int word = _mm_getcsr();
    _mm_setcsr(word | 0x8040u); /* FTZ | DAZ */
    return word;
}
static inline void bp_restore_denormals(uint64_t word) { _mm_setcsr((unsigned int)word); }
#elif defined(__aarch64__) && !defined(_MSC_VER)
static inline uint64_t bp_flush_denormals(void) {
    uint64_t word;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(word));
    __asm__ __volatile__("msr fpcr, %0" : : "r"(word | (1ull << 24)));
    return word;
}
static inline void bp_restore_denormals(uint64_t word) { __asm__ __volatile__("msr fpcr, %0" : : "r"(word)); }
#else
static inline uint64_t bp_flush_denormals(void) { return 0; }
static inline void bp_restore_denormals(uint64_t word) { (void)word; }
#endif

/* Whether the processor has the registers of 64 bytes that a BLAS may use. */
static inline int bp_has_avx512(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return 0;
#endif
}

/* Whether the processor has what x86-64-v3 means and the system saves its registers. */
static inline int bp_supports_v3(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#else
    return 0;
#endif
}

/* Seconds on a clock that never goes back. It bounds slices and nothing else: no result depends on it. */
static inline double bp_seconds(void) {
#if defined(_WIN32)
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
#endif
}

#endif
