# Looks: the part of core.pyx that evaluates a network without changing anything. ``interrupt`` is as for work_of.

def predict(
    Plan plan not None, const real[::1] vector, const real[:, ::1] x, Workspace workspace=None,
    int32_t[::1] interrupt=None,
):
    """Outputs of each row of x: (samples, outputs), without dropout; None where the interrupt came first."""
    cdef Py_ssize_t last = plan.net.layers - 1
    cdef real[:, ::1] out = np.empty((x.shape[0], plan.outputs), REAL)
    if not _look(plan, vector, x, workspace, interrupt, last, out, None):
        return None
    return out.base


def activations(
    Plan plan not None, const real[::1] vector, const real[:, ::1] x, Workspace workspace=None,
    int32_t[::1] interrupt=None,
):
    """Activation of every unit, inputs first, for each row of x: (units in all, samples), without dropout; or None.

    A row is what one unit says of all samples: over a grid of inputs, its picture.
    """
    cdef real[:, ::1] out = np.empty((sum([plan.net.layer[l].units for l in range(plan.net.layers)]), x.shape[0]), REAL)
    if not _look(plan, vector, x, workspace, interrupt, 0, None, out):
        return None
    return out.base


cdef bint _look(
    Plan plan, const real[::1] vector, const real[:, ::1] x, Workspace workspace, int32_t[::1] interrupt,
    Py_ssize_t first, real[:, ::1] by_sample, real[:, ::1] by_unit,
) except *:
    """Forward over all rows; OUT the activations of the layers from ``first`` on, in one form; False: interrupted."""
    cdef Py_ssize_t start = 0, n = x.shape[0], b, i, j, l, at, stride
    cdef const real[::1] parameters = own(plan, vector)
    cdef uint64_t word
    cdef Work work
    cdef bint whole = by_unit is not None, finished = True
    _require_shape("X", (x.shape[0], x.shape[1]), (n, plan.inputs))
    if workspace is None:
        workspace = Workspace(plan, n)
    work = work_of(workspace, plan, interrupt)
    with nogil:
        word = bp_flush_denormals()
        while start < n:
            if work.interrupt != NULL and bp_flag_read(work.interrupt):
                finished = False
                break
            b = min(work.rows, n - start)
            for i in range(b):
                memcpy(work.a + i * plan.net.layer[0].stride, &x[start + i, 0], plan.net.layer[0].units * sizeof(real))
            if not forward(&plan.net, &parameters[0], &work, b):
                finished = False
                break
            at = 0
            for l in range(first, plan.net.layers):
                stride = plan.net.layer[l].stride
                for i in range(b):
                    for j in range(plan.net.layer[l].units):
                        if whole:
                            by_unit[at + j, start + i] = work.a[work.rows * plan.net.layer[l].offset + i * stride + j]
                        else:
                            by_sample[start + i, j] = work.a[work.rows * plan.net.layer[l].offset + i * stride + j]
                at += plan.net.layer[l].units
            start += b
        bp_restore_denormals(word)
    return finished


def error_and_gradient(
    Plan plan not None, const real[::1] vector, const real[:, ::1] x, const real[:, ::1] t, const double[::1] weight,
    int loss, bint want_gradient=True, Workspace workspace=None, int32_t[::1] interrupt=None,
):
    """Weighted mean loss over the samples, and its gradient (parameters,) or None; true, masks not applied.

    None instead of the pair where the interrupt came first.
    """
    cdef Data data = Data(plan, x, t, weight)
    cdef const real[::1] parameters = own(plan, vector)
    cdef real[::1] gradient = zeros(plan.net.size if want_gradient else 1)
    cdef real* out = &gradient[0] if want_gradient else NULL
    cdef double error = NAN
    cdef uint64_t word
    cdef bint finished
    cdef Work work
    _require_loss(loss)
    if workspace is None:
        workspace = Workspace(plan, x.shape[0])
    work = work_of(workspace, plan, interrupt)
    with nogil:
        word = bp_flush_denormals()
        finished = mean_error(&plan.net, &parameters[0], &work, &data.samples, loss, out, &error)
        bp_restore_denormals(word)
    if not finished:
        return None
    return error, public(plan, out) if want_gradient else None


def errors(
    Plan plan not None, const real[:, ::1] vectors, const real[:, ::1] x, const real[:, ::1] t,
    const double[::1] weight, int loss, Workspace workspace=None, int32_t[::1] interrupt=None,
):
    """The error over the samples for each row of ``vectors`` (m, parameters): (m,) float64, or None."""
    cdef Data data = Data(plan, x, t, weight)
    cdef double[::1] out = np.empty(vectors.shape[0])
    cdef real[::1] parameters = zeros(plan.net.size)
    cdef Py_ssize_t i
    cdef uint64_t word
    cdef bint finished = True
    cdef Work work
    _require_loss(loss)
    _require_shape("a vector", (vectors.shape[1],), (plan.parameters,))
    if workspace is None:
        workspace = Workspace(plan, x.shape[0])
    work = work_of(workspace, plan, interrupt)
    with nogil:
        word = bp_flush_denormals()
        for i in range(vectors.shape[0]):
            if work.interrupt != NULL and bp_flag_read(work.interrupt):
                finished = False
                break
            spread(plan, &vectors[i, 0], &parameters[0])
            finished = mean_error(&plan.net, &parameters[0], &work, &data.samples, loss, NULL, &out[i])
            if not finished:
                break
        bp_restore_denormals(word)
    return out.base if finished else None


def sample_pass(
    Plan plan not None, const real[::1] vector, const real[::1] x, const real[::1] t, int loss,
    Workspace workspace=None,
):
    """All numbers of one sample, as the chain rule meets them: (error, z, a, delta, gradient).

    x: (inputs,), t: (outputs,). z, a, delta (dE/dz): (units in all,), inputs first, where z is x and delta is 0.
    gradient: (parameters,); true, masks not applied.
    """
    cdef Data data = Data(plan, np.asarray(x)[None], np.asarray(t)[None], np.empty(0))
    cdef const real[::1] parameters = own(plan, vector)
    cdef real[::1] gradient = zeros(plan.net.size)
    cdef double error = NAN
    cdef uint64_t word
    cdef Work work
    _require_loss(loss)
    if workspace is None:
        workspace = Workspace(plan, 1)
    work = work_of(workspace, plan, None)
    with nogil:
        word = bp_flush_denormals()
        mean_error(&plan.net, &parameters[0], &work, &data.samples, loss, &gradient[0], &error)
        bp_restore_denormals(word)
    memset(work.delta, 0, plan.net.layer[0].stride * sizeof(real))
    memcpy(work.z, work.a, plan.net.layer[0].stride * sizeof(real))
    return (
        error, first_row(plan, &work, work.z), first_row(plan, &work, work.a), first_row(plan, &work, work.delta),
        public(plan, &gradient[0]),
    )


cdef object first_row(Plan plan, const Work* work, const real* numbers):
    """What belongs to the first sample: (units in all,)."""
    cdef Py_ssize_t l, j
    return np.array(
        [
            numbers[work.rows * plan.net.layer[l].offset + j]
            for l in range(plan.net.layers) for j in range(plan.net.layer[l].units)
        ],
        REAL,
    )


def activation(int code, const real[::1] z):
    """(value, slope) of an activation at each z: (n,) both; for a picture of it, and for its tests."""
    cdef Py_ssize_t n = z.shape[0]
    cdef real[::1] all_z = zeros(padded(n))
    cdef real[::1] a = zeros(padded(n))
    cdef real[::1] slope = zeros(padded(n))
    cdef uint64_t word
    if not 0 <= code < ACTIVATIONS or code == SOFTMAX:
        raise ValueError(f"{code} is no activation of a unit")
    all_z.base[:n] = z
    with nogil:
        word = bp_flush_denormals()
        activate(code, &all_z[0], &a[0], &slope[0], padded(n), 0)
        bp_restore_denormals(word)
    return a.base[:n].copy(), slope.base[:n].copy()


def exp(const real[::1] x):
    """The core's own e^x: (n,)."""
    return _elementwise(x, False)


def tanh(const real[::1] x):
    """The core's own tanh: (n,)."""
    return _elementwise(x, True)


cdef object _elementwise(const real[::1] x, bint is_tanh):
    cdef Py_ssize_t n = x.shape[0], i
    cdef real[::1] out = zeros(padded(n))
    cdef uint64_t word
    out.base[:n] = x
    with nogil:
        word = bp_flush_denormals()
        for i from 0 <= i < n by LANES:
            if is_tanh:
                store(&out[i], tanh_of(load(&out[i])))
            else:
                store(&out[i], exp_of(load(&out[i])))
        bp_restore_denormals(word)
    return out.base[:n].copy()
