"""Products of matrices, by the kernel of tile.h or, where they are large enough, by the BLAS of SciPy.

Which one is a function of the shapes and of the machine's BLAS alone, never of a clock: the same start gives the same
bits. Long products can be interrupted between two panels.
"""

from vec cimport LANES, bits, load, real, store, vec


cdef extern from "machine.h" nogil:
    ctypedef int bp_flag
    int bp_flag_read(bp_flag* flag) noexcept


cdef extern from "tile.h" nogil:
    void bp_multiply(
        const real* a, Py_ssize_t a_row, Py_ssize_t a_step, const real* b, Py_ssize_t b_row, const real* start,
        Py_ssize_t start_row, real* c, Py_ssize_t c_row, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t inner,
    ) noexcept

    void bp_turn(
        const real* matrix, Py_ssize_t row, Py_ssize_t rows, real* turned, Py_ssize_t turned_row, Py_ssize_t columns,
    ) noexcept

    vec bp_sample_register(
        Py_ssize_t rows, const real* a, const real* d, real* w, real* g, bint is_first, real rate, const bits* learns,
        Py_ssize_t stride,
    ) noexcept

    void bp_sample(
        const real* a, const real* d, real* w, real* g, bint is_first, real rate, const bits* learns,
        Py_ssize_t stride, real* back, bint is_first_back, const real* slope, Py_ssize_t rows,
    ) noexcept


cdef enum:
    # Multiplications between two looks at the interrupt flag: a few milliseconds.
    PANEL = 67_108_864


# gemm of BLAS: column-major, so that it sees each of our matrices transposed.
ctypedef void (*GemmKernel)(
    char* trans_a, char* trans_b, int* m, int* n, int* k, real* alpha, real* a, int* lda, real* b, int* ldb,
    real* beta, real* c, int* ldc,
) noexcept nogil


cdef struct Gemm:
    GemmKernel kernel            # NULL where no product of the network is large enough
    Py_ssize_t least             # multiplications from which on it is used


cdef inline bint by_blas(const Gemm* gemm, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t inner) noexcept nogil:
    return gemm.kernel != NULL and rows * columns * inner >= gemm.least


cdef inline void gemm_panel(
    GemmKernel kernel, const real* a, Py_ssize_t a_row, Py_ssize_t a_step, const real* b, Py_ssize_t b_row,
    bint b_is_turned, const real* start, Py_ssize_t start_row, real* c, Py_ssize_t c_row, Py_ssize_t rows,
    Py_ssize_t columns, Py_ssize_t inner,
) noexcept nogil:
    """A panel of ``product`` by BLAS, which, being column-major, takes C' = B' A' for our C = A B."""
    cdef char plain = b"N", transposed = b"T"
    cdef int m = <int>columns, n = <int>rows, k = <int>inner, ldc = <int>c_row, ldb = <int>b_row
    cdef int lda = <int>(a_row if a_step == 1 else a_step)
    cdef real one = 1.0, beta = 0.0 if start == NULL else 1.0
    cdef Py_ssize_t i, j
    if start != NULL and start != c:
        for i in range(rows):
            for j from 0 <= j < columns by LANES:
                store(c + i * c_row + j, load(start + i * start_row + j))
    kernel(
        &transposed if b_is_turned else &plain, &plain if a_step == 1 else &transposed, &m, &n, &k, &one,
        <real*>b, &ldb, <real*>a, &lda, &beta, c, &ldc
    )


cdef inline bint product(
    const Gemm* gemm, bp_flag* interrupt, const real* a, Py_ssize_t a_row, Py_ssize_t a_step, const real* b,
    Py_ssize_t b_row, real* turned, const real* start, Py_ssize_t start_row, real* c, Py_ssize_t c_row,
    Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t inner,
) noexcept nogil:
    """C = start + A B, or start + A B' where ``turned``, room to transpose B in, is not NULL; False: interrupted.

    C has ``rows`` rows and ``columns`` columns. start: NULL for 0, and may be c; start_row 0 repeats one row. One of
    a_row, a_step is 1. b_row and c_row are multiples of LANES.
    """
    cdef bint blas = by_blas(gemm, rows, columns, inner)
    cdef bint b_is_turned = turned != NULL and blas
    cdef Py_ssize_t panel = inner, k = 0, n
    if rows * columns * inner > PANEL:
        # Panels of the inner dimension, as BLAS itself makes them: those of rows or columns would be packed anew.
        panel = max(32, PANEL // (rows * columns))
    if turned != NULL and not blas:
        turn(b, b_row, turned, columns, inner)
        b = turned
        b_row = (columns + LANES - 1) // LANES * LANES
    while k < inner:
        if panel < inner and interrupt != NULL and bp_flag_read(interrupt):
            return False
        n = min(panel, inner - k)
        if blas:
            gemm_panel(
                gemm.kernel, a, a_row, a_step, b, b_row, b_is_turned, start, start_row, c, c_row, rows, columns, n
            )
        else:
            bp_multiply(a, a_row, a_step, b, b_row, start, start_row, c, c_row, rows, columns, n)
        k += n
        a += n * a_step
        b += n if b_is_turned else n * b_row
        start = c
        start_row = c_row
    return True


cdef inline void turn(
    const real* matrix, Py_ssize_t row, real* turned, Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    """Transpose a (rows, columns) matrix; the new rows are filled up with 0 to a multiple of LANES."""
    cdef Py_ssize_t stride = (rows + LANES - 1) // LANES * LANES, i, j
    for i from 0 <= i < rows by LANES:
        for j from 0 <= j < columns by LANES:
            bp_turn(
                matrix + i * row + j, row, min(LANES, rows - i), turned + j * stride + i, stride,
                min(LANES, columns - j)
            )
