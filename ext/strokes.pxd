"""Smooth strokes on a picture: cubic Béziers with round flanks, antialiased, one over the other.

A stroke here starts and ends horizontally and never turns back in x, as the connections of a drawn network do. So it
has one height in each column of pixels, and what a pixel holds of it follows from its distance to the curve.
"""

from libc.math cimport fabs, fmax, fmin, sqrt
from libc.stdint cimport uint32_t

cdef enum:
    MOST_WIDE = 64               # pixels of a stroke's width
    AROUND = 36                  # columns beside the picture whose heights count: half of that, and some


cdef struct Column:
    # The curve at the middle of a column of pixels.
    double y
    double slope


cdef struct Picture:
    uint32_t* pixel              # rows of alpha, red, green and blue, a byte each, premultiplied
    Py_ssize_t rows
    Py_ssize_t columns
    Column* column               # (columns + 2 AROUND,) room for one stroke


cdef inline double of_cubic(double a, double b, double c, double d, double t) noexcept nogil:
    cdef double s = 1.0 - t
    return s * s * (s * a + 3.0 * t * b) + t * t * (3.0 * s * c + t * d)


cdef inline double slope_of_cubic(double a, double b, double c, double d, double t) noexcept nogil:
    """The derivative by t."""
    cdef double s = 1.0 - t
    return 3.0 * (s * s * (b - a) + 2.0 * s * t * (c - b) + t * t * (d - c))


cdef inline double parameter_at(const double* p, double x, double t) noexcept nogil:
    """The t at which the curve passes x; ``t`` is a guess. Newton's steps, kept within a bracket."""
    cdef double low = 0.0, high = 1.0, beyond, slope
    cdef int _
    for _ in range(40):
        beyond = of_cubic(p[0], p[2], p[4], p[6], t) - x
        if fabs(beyond) < 1e-3:
            break
        if beyond > 0.0:
            high = t
        else:
            low = t
        slope = slope_of_cubic(p[0], p[2], p[4], p[6], t)
        if slope > 0.0:
            t -= beyond / slope
        if not low < t < high:
            t = 0.5 * (low + high)
    return t


cdef inline void trace(const Picture* on, const double* p, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    """Note the curve's heights at columns first to last. Before its start and after its end it is level."""
    cdef Py_ssize_t i
    cdef double x, dx, t = 0.0
    cdef Column* at
    for i in range(first, last + 1):
        x = <double>i + 0.5
        at = on.column + AROUND + i
        at.slope = 0.0
        if x <= p[0]:
            at.y = p[1]
        elif x >= p[6]:
            at.y = p[7]
        else:
            t = parameter_at(p, x, t)
            at.y = of_cubic(p[1], p[3], p[5], p[7], t)
            dx = slope_of_cubic(p[0], p[2], p[4], p[6], t)
            if dx > 0.0:
                at.slope = slope_of_cubic(p[1], p[3], p[5], p[7], t) / dx


cdef inline double within(double u) noexcept nogil:
    """The share of a pixel's width that lies before a line u pixels beyond its middle."""
    return fmin(fmax(u + 0.5, 0.0), 1.0)


cdef inline void blend(uint32_t* pixel, uint32_t colour, uint32_t share) noexcept nogil:
    """Lay ``share`` / 256 of a premultiplied colour over a pixel."""
    cdef uint32_t red_blue = (((colour & 0xFF00FF) * share + 0x800080) >> 8) & 0xFF00FF
    cdef uint32_t alpha_green = ((((colour >> 8) & 0xFF00FF) * share + 0x800080) >> 8) & 0xFF00FF
    cdef uint32_t alpha = alpha_green >> 16
    cdef uint32_t rest = 256 - alpha - (alpha >> 7)
    red_blue += (((pixel[0] & 0xFF00FF) * rest + 0x800080) >> 8) & 0xFF00FF
    alpha_green += ((((pixel[0] >> 8) & 0xFF00FF) * rest + 0x800080) >> 8) & 0xFF00FF
    pixel[0] = red_blue | (alpha_green << 8)


cdef inline void paint_stroke(const Picture* on, const double* p, double width, uint32_t colour) noexcept nogil:
    """p: (4, 2) control points, from left to right."""
    cdef double half = 0.5 * width, reach = half + 0.5, covered, share, flat, bend, away, tip
    cdef const Column* at
    cdef Py_ssize_t around = <Py_ssize_t>reach + 1
    cdef Py_ssize_t i, j, first, last, top, bottom
    cdef double y, lowest, highest
    cdef uint32_t part
    if not (p[0] < p[6] and p[6] > 0.0 and p[0] < <double>on.columns):
        return
    if fmax(fmax(p[1], p[3]), fmax(p[5], p[7])) < -reach or fmin(fmin(p[1], p[3]), fmin(p[5], p[7])) > on.rows + reach:
        return
    first = <Py_ssize_t>fmax(p[0], 0.0)
    last = <Py_ssize_t>fmin(p[6], <double>on.columns - 1e-3)
    trace(on, p, first - around, last + around)
    for i in range(first, last + 1):
        at = on.column + AROUND + i
        covered = fmin(<double>i + 1.0, p[6]) - fmax(<double>i, p[0])
        flat = 1.0 / sqrt(1.0 + at.slope * at.slope)
        # The curve near here is a parabola over its tangent, half its curvature wide; of a point ``away`` above it
        # flat * away is the height over the tangent, and slope * flat * away the way along it.
        bend = 0.25 * (at[1].slope - at[-1].slope) * flat * flat * flat
        bend = bend * at.slope * at.slope * flat * flat
        lowest = fmin(at[-around].y, at[around].y)
        highest = fmax(at[-around].y, at[around].y)
        top = <Py_ssize_t>fmin(fmax(lowest - reach, 0.0), <double>on.rows)
        bottom = <Py_ssize_t>fmin(fmax(highest + reach + 1.0, 0.0), <double>on.rows)
        for j in range(top, bottom):
            away = <double>j + 0.5 - at.y
            tip = bend * away
            y = fabs(away * (flat - tip))
            if y < reach and fabs(tip) < 0.5 * flat:
                share = covered * (within(half - y) - within(-half - y))
                part = <uint32_t>(256.0 * share + 0.5)
                if part > 0:
                    blend(on.pixel + j * on.columns + i, colour, part)
