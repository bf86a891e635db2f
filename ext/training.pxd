"""Training: updates, epochs, slices. Everything runs without the GIL and allocates nothing.

What a run *is* lies in ``Run``: the network, the samples, the settings and the state. Its numbers depend on these
alone, never on how the run is cut into slices.
"""

from libc.math cimport fabs, isfinite, sqrt, INFINITY, NAN
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from evaluation cimport Samples, bp_flag, bp_flag_read, chunk_error, gather, mean_error, total_weight
from history cimport History, push_error
from losses cimport wrt_z
from network cimport Net, Work, backward, forward
from optimizers cimport optimizer_step
from philox cimport DROPOUT, SHUFFLE, draw, permute, uniform


cdef extern from "machine.h" nogil:
    double bp_seconds() noexcept


cdef enum:
    PENDING = 4096               # epochs whose errors wait for the next check of the parameters

cdef enum:
    MAX_SETTINGS = 8             # numbers that an optimizer may be set by

cdef enum:
    # How a slice ended; the names are in core.pyx.
    DONE = 0
    TIME = 1
    INTERRUPTED = 2
    DIVERGED = 3
    ERROR_BELOW = 4
    NO_PROGRESS = 5


cdef struct Settings:
    int loss
    int optimizer
    double optimizer_settings[MAX_SETTINGS]
    double rate
    double l1
    double l2
    double clip_value            # INFINITY: none
    double clip_norm             # INFINITY: none
    double dropout
    int64_t batch
    bint shuffle
    uint64_t seed
    double error_below           # -INFINITY: no such rule
    int64_t patience             # 0: no such rule
    double min_delta
    bint restore_best


cdef struct State:
    # With the vector, the slots and the best vector, all that the future of the run depends on.
    int64_t update               # updates done
    int64_t epoch                # complete epochs
    int64_t position             # samples of this epoch visited
    int64_t step                 # updates the optimizer has done since it began
    double error_sum             # of this epoch so far
    double weight_sum
    double best                  # patience: the best error so far, and how long ago
    int64_t waited


cdef struct Run:
    Net net
    Work work
    Samples data
    Samples validation           # n = 0: none
    Settings settings
    State state
    int64_t slots                # rows of optimizer state
    double* vector
    double* slot
    double* best                 # (parameters,) best vector, where patience restores it
    double* gradient
    # What an interrupted validation goes back to: all before the last update of the epoch.
    double* before_vector
    double* before_slot
    int64_t* order               # (n,) order of the samples in epoch order_epoch
    int64_t order_epoch
    # The guard: a state known to be finite, and the epochs done since.
    State guard
    double* guard_vector
    double* guard_slot
    double* guard_best
    double* pending              # (PENDING,) errors
    double* pending_validation
    int64_t waiting              # epochs in them
    History* errors
    History* validation_errors
    bp_flag* interrupt
    bp_flag* request


cdef inline int64_t batch_size(const Run* run) noexcept nogil:
    """Samples in the next update: the last batch of an epoch may be shorter."""
    return min(run.settings.batch, run.data.n - run.state.position)


cdef inline void order_samples(Run* run) noexcept nogil:
    """The order of this epoch: a function of (seed, epoch, n), so it is made anew and never stored."""
    cdef int64_t i
    if run.order_epoch == run.state.epoch:
        return
    if run.settings.shuffle:
        permute(run.settings.seed, SHUFFLE, <uint64_t>run.state.epoch, run.order, run.data.n)
    elif run.order_epoch < 0:
        for i in range(run.data.n):
            run.order[i] = i
    run.order_epoch = run.state.epoch


cdef inline void draw_dropout(Run* run, Py_ssize_t start, Py_ssize_t b) noexcept nogil:
    """Which hidden units take part, for samples start.. of the batch; kept ones count 1 / (1 - p)."""
    cdef double p = run.settings.dropout
    cdef double* keep
    cdef Py_ssize_t l, i, j, n
    cdef uint64_t place
    for l in range(1, run.net.layers - 1):
        n = run.net.units[l]
        keep = run.work.keep + run.work.rows * run.net.offset[l]
        for i in range(b):
            place = (<uint64_t>(start + i) << 32) + <uint64_t>l
            for j in range(n):
                keep[i * n + j] = (
                    0.0 if uniform(
                        draw(run.settings.seed, DROPOUT, <uint64_t>run.state.update, place, <uint64_t>j)
                    ) < p else 1.0 / (1.0 - p)
                )


cdef inline void penalise(Run* run) noexcept nogil:
    """The slopes of the penalties, over weights only; the weights lie before the biases."""
    cdef double l1 = run.settings.l1, l2 = run.settings.l2
    cdef Py_ssize_t i, weights = run.net.weights
    cdef double w
    if l1 == 0.0 and l2 == 0.0:
        return
    for i in range(weights):
        w = run.vector[i]
        run.gradient[i] += l2 * w + l1 * (<double>(w > 0.0) - <double>(w < 0.0))


cdef inline void mask(Run* run) noexcept nogil:
    """No slope where a connection is cut or a parameter frozen."""
    cdef Py_ssize_t i
    for i in range(run.net.parameters):
        if not run.net.learns[i]:
            run.gradient[i] = 0.0


cdef inline double largest(const double* numbers, Py_ssize_t n) noexcept nogil:
    cdef double result = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        result = max(result, fabs(numbers[i]))
    return result


cdef inline double length(const double* numbers, Py_ssize_t n, double unit) noexcept nogil:
    """Euclidean norm, in that unit."""
    cdef double x, total = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        x = numbers[i] / unit
        total += x * x
    return sqrt(total)


cdef inline void clip(Run* run) noexcept nogil:
    """Each entry to [-clip_value, clip_value], then the whole gradient to the length clip_norm."""
    cdef double limit = run.settings.clip_value
    cdef double norm, unit = 1.0
    cdef double* g = run.gradient
    cdef Py_ssize_t i
    if limit < INFINITY:
        for i in range(run.net.parameters):
            g[i] = limit if g[i] > limit else (-limit if g[i] < -limit else g[i])
    if run.settings.clip_norm < INFINITY:
        norm = length(g, run.net.parameters, unit)
        if norm == INFINITY:
            # The squares overflow, the direction is known all the same.
            unit = largest(g, run.net.parameters)
            norm = length(g, run.net.parameters, unit)
        if norm > run.settings.clip_norm / unit:
            for i in range(run.net.parameters):
                g[i] = g[i] / unit * (run.settings.clip_norm / norm)


cdef inline int one_update(Run* run) noexcept nogil:
    """One update, in the order that the numbers are defined by, and the end of the epoch where it is the last of one.

    DONE, INTERRUPTED (nothing happened), DIVERGED, or the stop rule that the end of the epoch meets.
    """
    cdef int64_t position = run.state.position
    cdef Py_ssize_t size = batch_size(run)
    cdef Py_ssize_t start = 0, b
    cdef double mass, scale
    cdef double error_sum = run.state.error_sum
    cdef double batch_sum = 0.0
    cdef double validation_error = NAN
    cdef bint last = position + size >= run.data.n
    order_samples(run)
    mass = total_weight(&run.data, run.order, position, size)
    scale = 1.0 / mass if mass > 0.0 else 0.0
    memset(run.gradient, 0, run.net.parameters * sizeof(double))
    while start < size:
        if start > 0 and bp_flag_read(run.interrupt):
            return INTERRUPTED
        b = min(run.work.rows, size - start)
        gather(&run.net, &run.work, &run.data, run.order, position + start, b)
        if run.work.keep != NULL:
            draw_dropout(run, start, b)
        forward(&run.net, run.vector, &run.work, b)
        batch_sum += chunk_error(
            &run.net, &run.work, &run.data, run.order, position + start, b, run.settings.loss, scale, &error_sum
        )
        backward(&run.net, run.vector, &run.work, b, wrt_z(run.settings.loss), run.gradient)
        start += b
    if not isfinite(batch_sum * scale):
        return DIVERGED
    penalise(run)
    mask(run)
    clip(run)
    if last and run.validation.n > run.work.rows:
        save_before(run)
    optimizer_step(
        run.settings.optimizer, run.vector, run.gradient, run.slot, run.net.learns, run.net.parameters,
        run.settings.rate, run.settings.optimizer_settings
    )
    if last and run.validation.n > 0 and not validate(run, &validation_error):
        back_to_before(run)
        return INTERRUPTED
    run.state.error_sum = error_sum
    run.state.weight_sum += mass
    run.state.position = position + size
    run.state.update += 1
    run.state.step += 1
    return end_epoch(run, validation_error) if last else DONE


cdef inline int end_epoch(Run* run, double validation_error) noexcept nogil:
    """Close the epoch: its errors, the stop rules."""
    cdef double error = run.state.error_sum / run.state.weight_sum if run.state.weight_sum > 0.0 else 0.0
    cdef double watched = validation_error if run.validation.n > 0 else error
    cdef int status = DONE
    run.pending[run.waiting] = error
    run.pending_validation[run.waiting] = validation_error
    run.waiting += 1
    run.state.epoch += 1
    run.state.position = 0
    run.state.error_sum = 0.0
    run.state.weight_sum = 0.0
    if run.settings.patience > 0:
        if watched < run.state.best - run.settings.min_delta:
            run.state.best = watched
            run.state.waited = 0
            if run.settings.restore_best:
                memcpy(run.best, run.vector, run.net.parameters * sizeof(double))
        else:
            run.state.waited += 1
            if run.state.waited >= run.settings.patience:
                status = NO_PROGRESS
    if error < run.settings.error_below:
        status = ERROR_BELOW
    return status


cdef inline bint validate(Run* run, double* error) noexcept nogil:
    """OUT error: of the whole validation set with the parameters as they are, without dropout; False: interrupted."""
    cdef Work work = run.work
    work.keep = NULL
    return mean_error(
        &run.net, run.vector, &work, &run.validation, run.settings.loss, run.interrupt, NULL, error
    )


cdef inline void save_before(Run* run) noexcept nogil:
    memcpy(run.before_vector, run.vector, run.net.parameters * sizeof(double))
    memcpy(run.before_slot, run.slot, run.slots * run.net.parameters * sizeof(double))


cdef inline void back_to_before(Run* run) noexcept nogil:
    memcpy(run.vector, run.before_vector, run.net.parameters * sizeof(double))
    memcpy(run.slot, run.before_slot, run.slots * run.net.parameters * sizeof(double))


cdef inline bint all_finite(const double* numbers, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef double nothing = 0.0
    for i in range(n):
        nothing += numbers[i] * 0.0    # 0 for a finite number, NaN for any other
    return nothing == 0.0


cdef inline void save_guard(Run* run) noexcept nogil:
    run.guard = run.state
    memcpy(run.guard_vector, run.vector, run.net.parameters * sizeof(double))
    memcpy(run.guard_slot, run.slot, run.slots * run.net.parameters * sizeof(double))
    if run.settings.restore_best:
        memcpy(run.guard_best, run.best, run.net.parameters * sizeof(double))


cdef inline void back_to_guard(Run* run) noexcept nogil:
    run.state = run.guard
    run.waiting = 0
    memcpy(run.vector, run.guard_vector, run.net.parameters * sizeof(double))
    memcpy(run.slot, run.guard_slot, run.slots * run.net.parameters * sizeof(double))
    if run.settings.restore_best:
        memcpy(run.best, run.guard_best, run.net.parameters * sizeof(double))


cdef inline int replay_to_divergence(Run* run) noexcept nogil:
    """Since the guard a number left the finite range: go to the state before the first update in which one did.

    The check of all parameters would cost something in each update, so it is made here only, on an exact replay.
    """
    cdef int64_t good = run.guard.update
    cdef int64_t last = run.state.update + 1
    cdef int status
    cdef bp_flag* interrupt = run.interrupt
    cdef bp_flag never = 0
    run.interrupt = &never             # a replay is bounded by the slice it repeats, and must not be left half done
    back_to_guard(run)
    while good < last:
        status = one_update(run)
        if status == DIVERGED or not all_finite(run.vector, run.net.parameters):
            break
        good += 1
    back_to_guard(run)
    while run.state.update < good:
        one_update(run)
    run.interrupt = interrupt
    return DIVERGED


cdef inline int check(Run* run, int status) noexcept nogil:
    """Are all parameters finite? If so the epochs that wait may be shown and this is the new guard."""
    if status == DIVERGED or not all_finite(run.vector, run.net.parameters):
        status = replay_to_divergence(run)
    return status


cdef inline void flush(Run* run) noexcept nogil:
    """Move the waiting errors into the history; the caller holds the lock."""
    cdef int64_t i
    for i in range(run.waiting):
        push_error(run.errors, run.pending[i])
        if run.validation.n > 0:
            push_error(run.validation_errors, run.pending_validation[i])
    run.waiting = 0


cdef inline int updates_until(
    Run* run, int64_t last_update, int64_t last_epoch, double deadline, Py_ssize_t between_clocks
) noexcept nogil:
    """Updates until a limit, a rule, a flag or PENDING epochs; the caller checks, publishes and calls again."""
    cdef int status
    cdef Py_ssize_t until_clock = between_clocks
    while run.state.update < last_update and run.state.epoch < last_epoch:
        if bp_flag_read(run.interrupt):
            return INTERRUPTED
        if run.waiting == PENDING or bp_flag_read(run.request):
            return TIME
        status = one_update(run)
        if status != DONE:
            return status
        until_clock -= 1
        if until_clock == 0:
            if bp_seconds() >= deadline:
                return TIME
            until_clock = between_clocks
    return DONE
