# Plan and Workspace: the part of core.pyx that knows where everything lies.

cdef class Plan:
    """Where everything of a network lies: the core's view of its layers, blocks and masks. Immutable; threads share it.

    units, bias_at (-1: none): (layers,) int64; activation: (layers,) int32, -1 where units differ; of_unit: (units in
    all,) int32; blocks: (blocks, 3) int64 of source, target, place of its matrix; learns: (parameters,) bool. gemm: a
    capsule with the BLAS routine for this type of numbers, and the multiplications from which on a product is large
    enough for it; None where no product is.
    """

    cdef Net net
    cdef readonly Py_ssize_t inputs, outputs, parameters, blocks
    cdef Layer* layers_
    cdef Block* blocks_
    cdef const int64_t[:, ::1] rows         # (segments, 5): rows, columns, place in the public and own vector, stride
    cdef object _held

    def __cinit__(self, units, bias_at, activation, of_unit, blocks, learns, Py_ssize_t weights, gemm=None):
        layers, count = len(units), len(learns)
        if layers < 2 or len(bias_at) != layers or len(activation) != layers:
            raise ValueError(f"a plan needs at least 2 layers described alike, got {layers}")
        if len(of_unit) != sum(units) or count == 0:
            raise ValueError("a plan needs an activation code for each unit and some parameters")
        if len(blocks) == 0 or any(len(block) != 3 for block in blocks):
            raise ValueError("a plan needs at least one block, each of three numbers")
        if not 0 <= weights <= count:
            raise ValueError(f"{weights} weights do not fit into {count} parameters")
        self._check_places(list(map(int, units)), bias_at, blocks, count)
        self._check_activations(units, activation, of_unit)
        self.inputs = units[0]
        self.outputs = units[layers - 1]
        self.parameters = count
        self._place_layers(units, activation, of_unit, [source for source, _, _ in blocks])
        self._place_parameters(bias_at, blocks, np.array(learns, np.bool_))
        if gemm is not None:
            self._take_gemm(*gemm)

    def _check_places(self, units, bias_at, blocks, parameters):
        """Nothing may lie outside the vector: the kernels do not look again."""
        if min(units) < 1:
            raise ValueError(f"a layer needs at least one unit, got {min(units)}")
        for source, target, place in blocks:
            if not 0 <= source < target < len(units):
                raise ValueError(f"a block leads from layer {source} to layer {target}; it must lead to a later layer")
            if [s == source and t == target for s, t, _ in blocks].count(True) > 1:
                raise ValueError(f"a block leads from layer {source} to layer {target} twice")
            if not 0 <= place <= parameters - units[source] * units[target]:
                raise ValueError(f"the block at {place} does not fit into {parameters} parameters")
        for layer, place in enumerate(bias_at):
            if not -1 <= place <= parameters - (units[layer] if place >= 0 else 0):
                raise ValueError(f"the biases at {place} do not fit into {parameters} parameters")
        for layer in range(1, len(units)):
            if all(target != layer for _, target, _ in blocks):
                raise ValueError(f"no block leads to layer {layer}")

    def _check_activations(self, units, activation, of_unit):
        """A code that has no kernel would be taken for another one."""
        first = 0
        for count, code in zip(units, activation):
            mixed = code == MIXED
            for each in of_unit[first:first + count] if mixed else [code]:
                if not 0 <= each < ACTIVATIONS or (mixed and each == SOFTMAX):
                    raise ValueError(f"{each} is no activation of a {'unit' if mixed else 'layer'}")
            first += count

    def _place_layers(self, units, activation, of_unit, sources):
        """Units one after another, each layer filled up to whole registers."""
        cdef int32_t[::1] codes = np.zeros(sum([padded(n) for n in units]), np.int32)
        cdef Layer* layer
        cdef Py_ssize_t l, first = 0, at = 0, i
        self.layers_ = <Layer*>PyMem_Calloc(len(units), sizeof(Layer))
        if self.layers_ == NULL:
            raise MemoryError("no room for a plan")
        for l in range(len(units)):
            layer = &self.layers_[l]
            layer.units = units[l]
            layer.stride = padded(layer.units)
            layer.offset = at
            layer.activation = activation[l]
            layer.takers = sources.count(l)
            for i in range(layer.units):
                codes[at + i] = of_unit[first + i]
            first += layer.units
            at += layer.stride
        self._held = [codes]
        self.net.layers = len(units)
        self.net.width = at
        self.net.layer = self.layers_
        self.net.of_unit = &codes[0]

    def _place_parameters(self, bias_at, blocks, learns):
        """The blocks in the order of their targets, then the biases: every row filled up to whole registers."""
        ordered = sorted(blocks, key=lambda block: block[1])
        last = {source: target for source, target, _ in ordered}
        segments = []
        cdef Py_ssize_t at = 0, i, l
        cdef Layer* layer
        self.blocks_ = <Block*>PyMem_Calloc(len(ordered), sizeof(Block))
        if self.blocks_ == NULL:
            raise MemoryError("no room for a plan")
        for i, (source, l, place) in enumerate(ordered):
            layer = &self.layers_[l]
            if layer.end == 0:
                layer.first = i
            layer.end = i + 1
            self.blocks_[i].source = source
            self.blocks_[i].weight = at
            self.blocks_[i].is_last = last[source] == l
            rows = self.layers_[<Py_ssize_t>source].units
            segments.append((rows, layer.units, place, at, layer.stride))
            at += rows * layer.stride
            self.net.turned = max(self.net.turned, padded(rows) * layer.units)
        self.net.weights = at
        for l in range(self.net.layers):
            layer = &self.layers_[l]
            layer.bias = at if bias_at[l] >= 0 else -1
            if layer.bias >= 0:
                segments.append((1, layer.units, bias_at[l], at, layer.stride))
                at += layer.stride
        self.net.size = at
        self.net.block = self.blocks_
        self.blocks = len(ordered)
        self.rows = np.array(segments, np.int64)
        cdef const bits[::1] mask
        if not learns.all():
            # As numbers of the same size, the mask takes the way that parameters take.
            mask = own(self, -learns.astype(REAL)).astype(np.int64 if REAL.itemsize == 8 else np.int32)
            self._held.append(mask)
            self.net.learns = &mask[0]

    def __dealloc__(self):
        PyMem_Free(self.layers_)
        PyMem_Free(self.blocks_)

    def _take_gemm(self, capsule, Py_ssize_t least):
        cdef const char* name = PyCapsule_GetName(capsule)
        wanted = b"cython_blas_d *" if REAL.itemsize == 8 else b"cython_blas_s *"
        if name == NULL or not (name.startswith(b"void (char *, char *, int *, int *, int *, ") and wanted in name):
            takes = "nothing that is known" if name == NULL else name.decode()
            raise ValueError(f"the BLAS routine takes {takes}, wanted C integers and {REAL}")
        self.net.gemm.kernel = <GemmKernel>PyCapsule_GetPointer(capsule, name)
        self.net.gemm.least = least
        self._held.append(capsule)

    def by_blas(self, Py_ssize_t samples):
        """For each block, in the order of its target, whether BLAS computes its products for that many samples."""
        least = self.net.gemm.least if self.net.gemm.kernel != NULL else INFINITY
        return [rows * columns * samples >= least for rows, columns, _, _, _ in self.rows[:self.blocks]]


cdef Py_ssize_t padded(Py_ssize_t units) noexcept nogil:
    """Units of a layer, rounded up to whole registers."""
    return (units + LANES - 1) // LANES * LANES


cdef void spread(Plan plan, const real* vector, real* out) noexcept nogil:
    """OUT: the vector as the kernels take it; the padding is left alone."""
    cdef Py_ssize_t segment, i, columns
    for segment in range(plan.rows.shape[0]):
        columns = plan.rows[segment, 1]
        for i in range(plan.rows[segment, 0]):
            memcpy(
                out + plan.rows[segment, 3] + i * plan.rows[segment, 4],
                vector + plan.rows[segment, 2] + i * columns, columns * sizeof(real)
            )


cdef void gather_up(Plan plan, const real* spread_out, real* vector) noexcept nogil:
    """OUT: the public vector, without padding."""
    cdef Py_ssize_t segment, i, columns
    for segment in range(plan.rows.shape[0]):
        columns = plan.rows[segment, 1]
        for i in range(plan.rows[segment, 0]):
            memcpy(
                vector + plan.rows[segment, 2] + i * columns,
                spread_out + plan.rows[segment, 3] + i * plan.rows[segment, 4], columns * sizeof(real)
            )


cdef object own(Plan plan, const real[::1] vector):
    """A copy of a public (parameters,) vector as the kernels take it."""
    cdef real[::1] out
    _require_shape("the vector", (vector.shape[0],), (plan.parameters,))
    out = zeros(plan.net.size)
    spread(plan, &vector[0], &out[0])
    return out.base


cdef object public(Plan plan, const real* spread_out):
    """A new public (parameters,) vector from one of the kernels'."""
    cdef real[::1] out = np.zeros(plan.parameters, REAL)
    gather_up(plan, spread_out, &out[0])
    return out.base


cdef class Workspace:
    """Room for a pass over up to 256 samples at once. One caller at a time; each thread brings its own."""

    cdef Work work
    cdef Plan plan
    cdef object _memory

    def __cinit__(self, Plan plan not None, Py_ssize_t samples=CHUNK, bint dropout=False):
        cdef Py_ssize_t rows = max(1, min(CHUNK, samples))
        cdef Py_ssize_t size = rows * plan.net.width
        cdef real[::1] memory = zeros((5 if dropout else 4) * size + 2 * padded(rows) + plan.net.turned)
        self.plan = plan
        self._memory = memory.base
        self.work.rows = rows
        self.work.z = &memory[0]
        self.work.a = self.work.z + size
        self.work.slope = self.work.a + size
        self.work.delta = self.work.slope + size
        self.work.keep = self.work.delta + size if dropout else NULL
        self.work.turned = self.work.delta + (2 if dropout else 1) * size
        self.work.largest = self.work.turned + plan.net.turned
        self.work.log_sum = self.work.largest + padded(rows)


cdef Work work_of(Workspace workspace, Plan plan, int32_t[::1] interrupt) except *:
    """The workspace as a pass that only looks needs it; ValueError where it was made for another network.

    The caller holds the workspace as long as it uses what is returned, which points into it.
    interrupt: (1,) int32 or None; another thread writes 1 there to stop the pass within milliseconds.
    """
    cdef Work work = workspace.work
    if workspace.plan is not plan:
        raise ValueError("the workspace was made for another network")
    work.keep = NULL
    work.interrupt = NULL
    if interrupt is not None:
        _require_shape("the interrupt", (interrupt.shape[0],), (1,))
        work.interrupt = <bp_flag*>&interrupt[0]
    return work


def _require_loss(loss):
    if not 0 <= loss < LOSSES:
        raise ValueError(f"{loss} is no loss, wanted 0 to {LOSSES - 1}")


def _require_shape(name, shape, wanted):
    if shape != wanted:
        raise ValueError(f"{name} has shape {shape}, the network needs {wanted}")


cdef class Data:
    """Samples as the kernels take them; targets are copied, filled up to whole registers.

    x: (n, inputs), t: (n, outputs) of the core's numbers; weight: (n,) float64, empty where each sample counts 1.
    """

    cdef Samples samples
    cdef readonly Plan plan
    cdef object _held

    def __cinit__(self, Plan plan not None, const real[:, ::1] x, const real[:, ::1] t, const double[::1] weight):
        cdef Py_ssize_t n = x.shape[0], stride = padded(plan.outputs)
        _require_shape("X", (x.shape[0], x.shape[1]), (n, plan.inputs))
        _require_shape("T", (t.shape[0], t.shape[1]), (n, plan.outputs))
        if weight.shape[0] and weight.shape[0] != n:
            raise ValueError(f"sample_weight has shape ({weight.shape[0]},), X has {n} samples")
        if not (np.asarray(weight) >= 0.0).all():
            raise ValueError("a sample_weight is a number from 0 on")
        cdef real[::1] targets = zeros(n * stride)
        cdef bits[::1] real_outputs = np.zeros(stride, np.int64 if REAL.itemsize == 8 else np.int32)
        real_outputs[:plan.outputs] = -1
        targets.base[:n * stride].reshape(n, stride)[:, :plan.outputs] = t
        cdef const real[::1] mass
        with np.errstate(all="ignore"):
            mass = np.sum(t, axis=1, dtype=np.float64).astype(REAL)
        self._held = (x, targets, weight, real_outputs, mass)
        self.plan = plan
        self.samples.n = n
        self.samples.t = &targets[0]
        self.samples.real_outputs = &real_outputs[0]
        if n:
            self.samples.x = &x[0, 0]
            self.samples.mass = &mass[0]
            self.samples.weight = &weight[0] if weight.shape[0] else NULL
