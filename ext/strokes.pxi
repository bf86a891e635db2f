# Pictures

def paint_strokes(
    uint32_t[:, ::1] pixels not None, const double[:, :, ::1] pieces not None, const double[::1] widths not None,
    const uint32_t[::1] colours not None,
):
    """Paint strokes over a picture, one after the other.

    pixels: (rows, columns) of 0xAARRGGBB, premultiplied by alpha; changed. pieces: (n, 4, 2) control points of cubic
    Béziers in pixels, x and y, that start and end level and never turn back in x; from left to right or from right to
    left. widths: (n,) pixels, from 0 to 64. colours: (n,), like the pixels. ValueError for numbers that are not finite.
    """
    cdef Py_ssize_t n = pieces.shape[0], i, k
    cdef Picture picture
    cdef double[::1] room
    cdef double[8] p
    _require_shape("the control points", (pieces.shape[1], pieces.shape[2]), (4, 2))
    _require_shape("the widths", (widths.shape[0],), (n,))
    _require_shape("the colours", (colours.shape[0],), (n,))
    if not np.isfinite(pieces).all():
        raise ValueError("a control point of a stroke is not finite")
    if not (np.asarray(widths) >= 0.0).all() or not (np.asarray(widths) <= MOST_WIDE).all():
        raise ValueError(f"a stroke is from 0 to {MOST_WIDE} pixels wide")
    if pixels.shape[0] < 1 or pixels.shape[1] < 1 or n < 1:
        return
    room = np.empty((pixels.shape[1] + 2 * AROUND) * (sizeof(Column) // sizeof(double)))
    picture.pixel = &pixels[0, 0]
    picture.rows = pixels.shape[0]
    picture.columns = pixels.shape[1]
    picture.column = <Column*>&room[0]
    with nogil:
        for i in range(n):
            for k in range(8):
                p[k] = (&pieces[i, 0, 0])[k]
            if p[0] > p[6]:
                for k in range(4):
                    p[2 * k] = pieces[i, 3 - k, 0]
                    p[2 * k + 1] = pieces[i, 3 - k, 1]
            paint_stroke(&picture, p, widths[i], colours[i])
