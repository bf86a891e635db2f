/* Products of matrices in registers: what Cython cannot say, since the sizes of a tile have to be literals. */
#ifndef BPGUI_TILE_H
#define BPGUI_TILE_H

#include "vec.h"

/* A tile of a product of matrices: ``rows`` rows of ``vecs`` vectors of C = start + A B, held in registers while the
   inner dimension runs. The caller gives literals, so that the compiler sees constants; a step is the distance in A
   between the factors of one number, a row the distance between the rows of a matrix. */
BP_INLINE void bp_tile(const int rows, const int vecs, const real *a, ptrdiff_t a_row, ptrdiff_t a_step, const real *b,
                       ptrdiff_t b_row, const real *start, ptrdiff_t start_row, real *c, ptrdiff_t c_row,
                       ptrdiff_t inner) {
    vec sum[4][3], right[3];
    ptrdiff_t k;
    int i, j;
#pragma GCC unroll 4
    for (i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (j = 0; j < vecs; j++)
            sum[i][j] = start ? load(start + i * start_row + j * LANES) : broadcast((real)0.0);
    for (k = 0; k < inner; k++) {
#pragma GCC unroll 3
        for (j = 0; j < vecs; j++) right[j] = load(b + k * b_row + j * LANES);
#pragma GCC unroll 4
        for (i = 0; i < rows; i++) {
            vec left = broadcast(a[i * a_row + k * a_step]);
#pragma GCC unroll 3
            for (j = 0; j < vecs; j++) sum[i][j] += left * right[j];
        }
    }
#pragma GCC unroll 4
    for (i = 0; i < rows; i++)
#pragma GCC unroll 3
        for (j = 0; j < vecs; j++) store(c + i * c_row + j * LANES, sum[i][j]);
}

/* All rows of ``vecs`` vectors of columns. */
BP_INLINE void bp_columns(const int vecs, const real *a, ptrdiff_t a_row, ptrdiff_t a_step, const real *b,
                          ptrdiff_t b_row, const real *start, ptrdiff_t start_row, real *c, ptrdiff_t c_row,
                          ptrdiff_t rows, ptrdiff_t inner) {
    ptrdiff_t i = 0;
#define BP_ROWS(COUNT)                                                                                          \
    bp_tile(COUNT, vecs, a + i * a_row, a_row, a_step, b, b_row, start ? start + i * start_row : start, start_row, \
            c + i * c_row, c_row, inner);                                                                       \
    i += COUNT;
    while (i + 4 <= rows) {
        BP_ROWS(4)
    }
    if (i + 2 <= rows) {
        BP_ROWS(2)
    }
    if (i < rows) {
        BP_ROWS(1)
    }
#undef BP_ROWS
}

/* C = start + A B for ``rows`` rows and ``columns`` columns, rounded up to whole registers. IN a, b, start (NULL for 0;
   start_row 0 repeats one row; start may be c); OUT c. Each number is one sum over the inner dimension, in order. */
static inline void bp_multiply(const real *a, ptrdiff_t a_row, ptrdiff_t a_step, const real *b, ptrdiff_t b_row,
                               const real *start, ptrdiff_t start_row, real *c, ptrdiff_t c_row, ptrdiff_t rows,
                               ptrdiff_t columns, ptrdiff_t inner) {
    ptrdiff_t j = 0;
    columns = (columns + LANES - 1) / LANES * LANES;
#define BP_COLUMNS(COUNT)                                                                                           \
    bp_columns(COUNT, a, a_row, a_step, b + j, b_row, start ? start + j : start, start_row, c + j, c_row, rows, inner); \
    j += COUNT * LANES;
    while (j + 5 * LANES <= columns || j + 3 * LANES == columns) {
        BP_COLUMNS(3)
    }
    while (j + 2 * LANES <= columns) {
        BP_COLUMNS(2)
    }
    if (j < columns) {
        BP_COLUMNS(1)
    }
#undef BP_COLUMNS
}

/* Transpose a corner of a matrix: ``rows`` rows, LANES at most and filled up with 0, and as many columns. */
static inline void bp_turn(const real *matrix, ptrdiff_t row, ptrdiff_t rows, real *turned, ptrdiff_t turned_row,
                           ptrdiff_t columns) {
    vec x[32 / sizeof(real)];
    int i;
#pragma GCC unroll 8
    for (i = 0; i < (int)LANES; i++) x[i] = i < rows ? load(matrix + i * row) : broadcast((real)0.0);
    turn_registers(x);
#pragma GCC unroll 8
    for (i = 0; i < (int)LANES; i++)
        if (i < columns) store(turned + i * turned_row, x[i]);
}

/* One sample and ``rows`` rows of a matrix of weights, which may be a literal: their gradients a_i d_j are written to
   ``g``, added to it, or, where it is NULL, stepped against at once: w -= rate a_i d_j where entries learn. The sums
   over j of d_j w_ij, w as it was before, are returned, one a lane. */
BP_INLINE vec bp_sample_rows(const int rows, const real *a, const real *d, real *w, real *g, int is_first, real rate,
                             const bits *learns, ptrdiff_t stride) {
    vec sum[32 / sizeof(real)];
    ptrdiff_t j;
    int i;
#pragma GCC unroll 8
    for (i = 0; i < (int)(sizeof sum / sizeof *sum); i++) sum[i] = broadcast((real)0.0);
    for (j = 0; j < stride; j += LANES) {
        const vec delta = load(d + j);
#pragma GCC unroll 8
        for (i = 0; i < rows; i++) {
            const ptrdiff_t at = i * stride + j;
            const vec old = load(w + at), gradient = broadcast(a[i]) * delta;
            sum[i] += delta * old;
            if (g) {
                store(g + at, is_first ? gradient : load(g + at) + gradient);
            } else {
                const vec new = old - rate * gradient;
                store(w + at, learns ? choose(load_mask(learns + at), new, old) : new);
            }
        }
    }
    return sums_of(sum);
}

/* The same for any number of rows from 1 to LANES. */
BP_INLINE vec bp_sample_register(ptrdiff_t rows, const real *a, const real *d, real *w, real *g, int is_first, real rate,
                                 const bits *learns, ptrdiff_t stride) {
#define BP_CASE(COUNT) \
    case COUNT:        \
        return bp_sample_rows(COUNT, a, d, w, g, is_first, rate, learns, stride);
    switch (rows) {
#if !defined(BPGUI_SCALAR)
        BP_CASE(2)
        BP_CASE(3)
        BP_CASE(4)
#ifdef BPGUI_SINGLE
        BP_CASE(5)
        BP_CASE(6)
        BP_CASE(7)
        BP_CASE(8)
#endif
#endif
    default:
        return bp_sample_rows(1, a, d, w, g, is_first, rate, learns, stride);
    }
#undef BP_CASE
}

/* The same for all ``rows`` rows. OUT back: what the sample passes on to their units, added to what is there unless it
   is the first to do so and times ``slope`` unless that is NULL; NULL: not wanted. */
static inline void bp_sample(const real *a, const real *d, real *w, real *g, int is_first, real rate,
                             const bits *learns, ptrdiff_t stride, real *back, int is_first_back, const real *slope,
                             ptrdiff_t rows) {
    ptrdiff_t i;
    for (i = 0; i < rows; i += LANES) {
        const ptrdiff_t at = i * stride, left = rows - i;
        vec sums = bp_sample_register(left < LANES ? left : LANES, a + i, d, w + at, g ? g + at : g, is_first, rate,
                                      learns ? learns + at : learns, stride);
        if (slope) sums = sums * load(slope + i);
        if (back) store(back + i, is_first_back ? sums : load(back + i) + sums);
    }
}

#endif
