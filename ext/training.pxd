"""Training: updates, epochs, slices. Everything runs without the GIL and allocates nothing.

What a run *is* lies in ``Run``: the network, the samples, the settings and the state. Its numbers depend on these
alone, never on how the run is cut into slices.
"""

from libc.math cimport ceil, fabs, isfinite, sqrt, INFINITY, NAN
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from chain cimport chain_forward, chain_step
from evaluation cimport Samples, chunk_error, gather, mean_error, total_weight
from history cimport History, push_errors
from lbfgs cimport GRADIENT, LAST_STEP, MEMORY, Pairs, difference, direction, dot, move, write
from network cimport Net, Work, backward, backward_of_sample, forward
from optimizers cimport LBFGS, Rates, optimizer_step, rates_of
from philox cimport DROPOUT, SHUFFLE, Words, permute, philox_block, uniform
from products cimport bp_flag, bp_flag_read
from schedules cimport CONSTANT, MAX_SCHEDULE_SETTINGS, REDUCE_ON_PLATEAU, factor
from vec cimport (
    LANES,
    at_least,
    at_most,
    below,
    bits,
    broadcast,
    load,
    load_mask,
    magnitude,
    only,
    real,
    store,
    sum_lanes,
    vec,
    with_sign,
)


cdef extern from "machine.h" nogil:
    double bp_seconds() noexcept


cdef enum:
    PENDING = 4096               # epochs whose errors wait for the next check of the parameters

cdef enum:
    MAX_SETTINGS = 8             # numbers that an optimizer may be set by
    MAX_HALVINGS = 60            # of an lbfgs step before it is given up

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
    int schedule
    double schedule_settings[MAX_SCHEDULE_SETTINGS]
    double warm_up               # epochs; 0: none
    double total_epochs
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
    double momentum_product      # nadam: of the momenta of all steps
    int64_t pairs                # lbfgs: pairs stored so far
    double plateau_factor        # reduce_on_plateau: the factor so far, the best error, and how long ago
    double plateau_best
    int64_t plateau_waited


cdef struct Run:
    Net net
    Work work
    Samples data
    Samples validation           # n = 0: none
    Settings settings
    State state
    bint steps_at_once           # whether one sample's step needs no gradient of its own
    bint is_chain                # whether it is also so small that its numbers stay in registers
    int64_t slots                # rows of optimizer state
    real* vector
    real* slot
    real* best                   # (size,) best vector, where patience restores it
    real* gradient
    real* trial                  # (3, size) lbfgs: direction, change of the gradient, vector that is tried
    # What an interrupted validation goes back to: all before the last update of the epoch.
    real* before_vector
    real* before_slot
    bint saves_before            # whether a validation can be interrupted at all
    int64_t* order               # (n,) order of the samples in epoch order_epoch
    int64_t order_epoch
    # Where somebody watches what an epoch changes: the vector at the beginning of this epoch, and of the last one.
    bint watched
    int starts                   # how many of the two are known
    real* start
    real* last_start
    # The guard: a state known to be finite, and the epochs done since.
    State guard
    real* guard_vector
    real* guard_slot
    real* guard_best
    double* pending              # (PENDING,) errors
    double* pending_validation
    int64_t waiting              # epochs in them
    History* errors
    History* validation_errors
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
    cdef real kept = <real>(1.0 / (1.0 - p))
    cdef real* keep
    cdef Py_ssize_t l, i, j, n
    cdef uint64_t place
    cdef Words words             # four draws at once
    for l in range(1, run.net.layers - 1):
        n = run.net.layer[l].units
        for i in range(b):
            keep = run.work.keep + run.work.rows * run.net.layer[l].offset + i * run.net.layer[l].stride
            place = (<uint64_t>(start + i) << 32) + <uint64_t>l
            for j in range(n):
                if j & 3 == 0:
                    words = philox_block(
                        run.settings.seed, DROPOUT, <uint64_t>(j >> 2), <uint64_t>run.state.update, place
                    )
                keep[j] = 0.0 if uniform(words.word[j & 3]) < p else kept


cdef inline void penalise(Run* run) noexcept nogil:
    """The slopes of the penalties, over weights only; the weights lie before the biases."""
    cdef real l1 = <real>run.settings.l1, l2 = <real>run.settings.l2
    cdef Py_ssize_t i
    cdef vec w, sign
    if l1 == 0.0 and l2 == 0.0:
        return
    for i from 0 <= i < run.net.weights by LANES:
        w = load(run.vector + i)
        sign = only(below(broadcast(0.0), magnitude(w)), with_sign(broadcast(1.0), w))
        store(run.gradient + i, load(run.gradient + i) + l2 * w + l1 * sign)


cdef inline double penalty(const Run* run, const real* vector) noexcept nogil:
    """What the penalties add to the error that is minimised; it is no part of any error that is reported."""
    cdef double each, total = 0.0
    cdef Py_ssize_t i
    if run.settings.l1 > 0.0 or run.settings.l2 > 0.0:
        for i in range(run.net.weights):
            each = vector[i]
            total += 0.5 * run.settings.l2 * each * each + run.settings.l1 * fabs(each)
    return total


cdef inline void mask_gradient(Run* run) noexcept nogil:
    """Entries that do not learn count nothing where the gradient is looked at as a whole."""
    cdef Py_ssize_t i
    if run.net.learns != NULL:
        for i from 0 <= i < run.net.size by LANES:
            store(run.gradient + i, only(load_mask(run.net.learns + i), load(run.gradient + i)))


cdef inline double largest(const real* numbers, Py_ssize_t n) noexcept nogil:
    cdef double result = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        result = max(result, fabs(numbers[i]))
    return result


cdef inline double length(const real* numbers, Py_ssize_t n, double unit) noexcept nogil:
    """Euclidean norm, in that unit."""
    cdef double x, total = 0.0
    cdef Py_ssize_t i
    for i in range(n):
        x = numbers[i] / unit
        total += x * x
    return sqrt(total)


cdef inline void clip(Run* run) noexcept nogil:
    """Each entry to [-clip_value, clip_value], then the whole gradient to the length clip_norm."""
    cdef double norm, unit = 1.0
    cdef real limit = <real>run.settings.clip_value
    cdef real* g = run.gradient
    cdef Py_ssize_t i
    if run.settings.clip_value < INFINITY:
        for i from 0 <= i < run.net.size by LANES:
            store(g + i, at_most(at_least(load(g + i), -limit), limit))
    if run.settings.clip_norm < INFINITY:
        norm = length(g, run.net.size, unit)
        if norm == INFINITY:
            # The squares overflow, the direction is known all the same.
            unit = largest(g, run.net.size)
            norm = length(g, run.net.size, unit)
        if norm > run.settings.clip_norm / unit:
            for i in range(run.net.size):
                g[i] = <real>(g[i] / unit * (run.settings.clip_norm / norm))


cdef inline double learning_rate(const Run* run) noexcept nogil:
    """The learning rate of the next update: the schedule's factor included."""
    cdef const Settings* s = &run.settings
    cdef double n = <double>run.data.n
    if s.schedule == CONSTANT and s.warm_up == 0.0:
        return s.rate
    return s.rate * factor(
        s.schedule, s.schedule_settings, s.warm_up, <double>run.state.epoch + <double>run.state.position / n,
        s.total_epochs, 1.0 / ceil(n / <double>s.batch), run.state.plateau_factor
    )


cdef inline bint batch_gradient(
    Run* run, Py_ssize_t size, double scale, double* error_sum, double* batch_sum
) noexcept nogil:
    """Forward and backward over the next ``size`` samples: OUT run.gradient, the mean over them.

    batch_sum: the sum of their weighted losses, which error_sum gets too. False: interrupted.
    """
    cdef Py_ssize_t start = 0, b
    while start < size:
        if start > 0 and bp_flag_read(run.work.interrupt):
            return False
        b = min(run.work.rows, size - start)
        gather(&run.net, &run.work, &run.data, run.order, run.state.position + start, b)
        if run.work.keep != NULL:
            draw_dropout(run, start, b)
        if not forward(&run.net, run.vector, &run.work, b):
            return False
        batch_sum[0] += chunk_error(
            &run.net, &run.work, &run.data, run.order, run.state.position + start, b, run.settings.loss, scale,
            error_sum
        )
        if not backward(&run.net, run.vector, &run.work, b, start == 0, run.gradient):
            return False
        start += b
    return True


cdef inline bint sample_step(Run* run, double scale, double* error_sum, double* batch_sum) noexcept nogil:
    """A step of plain gradient descent on one sample, in one walk through the parameters; False: diverged.

    The same numbers as those of a gradient and a step, to the last bit. Never interrupted, or half a step would be
    left: a network has fewer parameters (bpgui.network.network.MAX_PARAMETERS) than a product of one PANEL.
    """
    gather(&run.net, &run.work, &run.data, run.order, run.state.position, 1)
    if run.work.keep != NULL:
        draw_dropout(run, 0, 1)
    forward(&run.net, run.vector, &run.work, 1)
    batch_sum[0] = chunk_error(
        &run.net, &run.work, &run.data, run.order, run.state.position, 1, run.settings.loss, scale, error_sum
    )
    if not isfinite(batch_sum[0] * scale):
        return False
    backward_of_sample(&run.net, run.vector, &run.work, True, NULL, <real>learning_rate(run))
    return True


cdef inline int one_update(Run* run) noexcept nogil:
    return chain_update(run) if run.is_chain else batch_update(run)


cdef inline int chain_update(Run* run) noexcept nogil:
    """``batch_update`` for a batch of one sample, of weight 1, in a chain of small layers."""
    cdef int64_t row
    cdef bint last = run.state.position + 1 == run.data.n
    cdef double error, validation_error = NAN
    cdef const real* x
    cdef vec delta
    order_samples(run)
    row = run.order[run.state.position]
    x = run.data.x + row * run.net.layer[0].units
    error = chain_forward(
        &run.net, run.vector, &run.work, x, run.data.t + row * LANES, run.data.real_outputs, run.settings.loss, &delta
    )
    if not isfinite(error):
        return DIVERGED
    chain_step(&run.net, run.vector, &run.work, x, delta, <real>learning_rate(run))
    if last and run.validation.n > 0:
        validate(run, &validation_error)
    run.state.error_sum += error
    run.state.weight_sum += 1.0
    run.state.position += 1
    run.state.update += 1
    run.state.step += 1
    return end_epoch(run, validation_error) if last else DONE


cdef inline int batch_update(Run* run) noexcept nogil:
    """One update, in the order that the numbers are defined by, and the end of the epoch where it is the last of one.

    DONE, INTERRUPTED (nothing happened), DIVERGED, or the stop rule that the end of the epoch meets.
    """
    cdef int64_t position = run.state.position
    cdef Py_ssize_t size = batch_size(run)
    cdef double mass, scale
    cdef double error_sum = run.state.error_sum
    cdef double batch_sum = 0.0
    cdef double validation_error = NAN
    cdef double momentum_product = run.state.momentum_product
    cdef int64_t pairs = run.state.pairs
    cdef bint last = position + size >= run.data.n
    order_samples(run)
    mass = total_weight(&run.data, run.order, position, size)
    scale = 1.0 / mass if mass > 0.0 else 0.0
    if last and run.saves_before:
        save_before(run)
    if size == 1 and run.steps_at_once:
        if not sample_step(run, scale, &error_sum, &batch_sum):
            return DIVERGED
    else:
        if not batch_gradient(run, size, scale, &error_sum, &batch_sum):
            return INTERRUPTED
        if not isfinite(batch_sum * scale):
            return DIVERGED
        penalise(run)
        if run.settings.clip_norm < INFINITY or run.settings.optimizer == LBFGS:
            mask_gradient(run)
        clip(run)
        if run.settings.optimizer != LBFGS:
            step(run, &momentum_product)
        elif not lbfgs_step(run, batch_sum * scale, &pairs):
            return INTERRUPTED
    if last and run.validation.n > 0 and not validate(run, &validation_error):
        back_to_before(run)
        return INTERRUPTED
    run.state.error_sum = error_sum
    run.state.weight_sum += mass
    run.state.position = position + size
    run.state.update += 1
    run.state.step += 1
    run.state.momentum_product = momentum_product
    run.state.pairs = pairs
    return end_epoch(run, validation_error) if last else DONE


cdef inline void step(Run* run, double* momentum_product) noexcept nogil:
    """The optimizer's step for every parameter."""
    cdef Py_ssize_t n = run.net.size, at = run.net.weights
    cdef int code = run.settings.optimizer
    cdef const bits* learns = run.net.learns
    cdef Rates rates = rates_of(
        code, learning_rate(run), run.settings.optimizer_settings, run.state.step, momentum_product
    )
    if rates.decay == 0.0:
        optimizer_step(code, rates, run.vector, run.gradient, run.slot, n, learns, n)
        return
    optimizer_step(code, rates, run.vector, run.gradient, run.slot, n, learns, at)
    rates.decay = 0.0                  # biases do not decay
    if learns != NULL:
        learns += at
    optimizer_step(code, rates, run.vector + at, run.gradient + at, run.slot + at, n, learns, n - at)


cdef inline bint lbfgs_step(Run* run, double error, int64_t* pairs) noexcept nogil:
    """A step along the L-BFGS direction, halved until Armijo's condition holds; False: interrupted, nothing happened.

    Without such a step the parameters stay, and the pairs are forgotten. IN and OUT pairs: how many were ever stored.
    """
    cdef Py_ssize_t n = run.net.size, _halvings, i
    cdef const bits* learns = run.net.learns
    cdef real* d = run.trial
    cdef real* y = run.trial + n
    cdef real* tried = run.trial + 2 * n
    cdef real* gradient = run.slot + GRADIENT * n
    cdef real* last_step = run.slot + LAST_STEP * n
    cdef int64_t kept = min(pairs[0], <int64_t>MEMORY), row
    cdef double size = learning_rate(run), slope, reached
    cdef double start = error + penalty(run, run.vector)
    cdef bint is_new = False, accepted = False
    cdef Pairs p
    difference(run.gradient, gradient, y, n)
    if dot(last_step, last_step, learns, n) > 0.0:
        is_new = dot(last_step, y, learns, n) > 1e-10 * dot(y, y, learns, n)
    p.count = 0
    for i in range(is_new and kept == MEMORY, kept):
        row = (pairs[0] - kept + i) % MEMORY
        p.s[p.count] = run.slot + row * n
        p.y[p.count] = run.slot + (MEMORY + row) * n
        p.count += 1
    if is_new:
        p.s[p.count] = last_step
        p.y[p.count] = y
        p.count += 1
    direction(&p, run.gradient, learns, d, n)
    slope = dot(run.gradient, d, learns, n)
    if not slope < 0.0:
        p.count = 0
        direction(&p, run.gradient, learns, d, n)
        slope = dot(run.gradient, d, learns, n)
    for _halvings in range(MAX_HALVINGS + 1):
        move(run.vector, size, d, learns, tried, n)
        if not mean_error(&run.net, tried, &run.work, &run.data, run.settings.loss, NULL, &reached):
            return False
        reached += penalty(run, tried)
        if isfinite(reached) and reached <= start + 1e-4 * size * slope:
            accepted = True
            break
        size *= 0.5
    if not accepted:
        size = 0.0
        p.count = 0
    if p.count == 0:
        pairs[0] = 0
    elif is_new:
        row = pairs[0] % MEMORY
        write(1.0, last_step, learns, run.slot + row * n, n)
        write(1.0, y, learns, run.slot + (MEMORY + row) * n, n)
        pairs[0] += 1
    write(1.0, run.gradient, learns, gradient, n)
    write(<real>size, d, learns, last_step, n)
    move(run.vector, size, d, learns, run.vector, n)
    return True


cdef inline int end_epoch(Run* run, double validation_error) noexcept nogil:
    """Close the epoch: its errors, the schedule that watches them, the stop rules."""
    cdef double error = run.state.error_sum / run.state.weight_sum if run.state.weight_sum > 0.0 else 0.0
    cdef double watched = validation_error if run.validation.n > 0 else error
    cdef int status = DONE
    cdef Py_ssize_t i
    run.pending[run.waiting] = error
    run.pending_validation[run.waiting] = validation_error
    run.waiting += 1
    run.state.epoch += 1
    run.state.position = 0
    run.state.error_sum = 0.0
    run.state.weight_sum = 0.0
    if run.watched:
        run.start, run.last_start = run.last_start, run.start
        # By registers, as it was stored: memcpy takes other pieces, and waits for the stores to be done.
        for i from 0 <= i < run.net.size by LANES:
            store(run.start + i, load(run.vector + i))
        run.starts = min(2, run.starts + 1)
    if run.settings.schedule == REDUCE_ON_PLATEAU:
        watch_plateau(&run.state, run.settings.schedule_settings, watched)
    if run.settings.patience > 0:
        if watched < run.state.best - run.settings.min_delta:
            run.state.best = watched
            run.state.waited = 0
            if run.settings.restore_best:
                memcpy(run.best, run.vector, run.net.size * sizeof(real))
        else:
            run.state.waited += 1
            if run.state.waited >= run.settings.patience:
                status = NO_PROGRESS
    if error < run.settings.error_below:
        status = ERROR_BELOW
    return status


cdef inline void begin_watching(Run* run) noexcept nogil:
    """The next epoch that is seen from its beginning is the first whose change is known."""
    run.starts = 1 if run.state.position == 0 else 0
    memcpy(run.start, run.vector, run.net.size * sizeof(real))


cdef inline void watch_plateau(State* state, const double* settings, double error) noexcept nogil:
    """The factor shrinks after more than so many epochs without an error that is relatively better by a threshold."""
    if error < state.plateau_best * (1.0 - settings[2]):
        state.plateau_best = error
        state.plateau_waited = 0
        return
    state.plateau_waited += 1
    if <double>state.plateau_waited > settings[1]:
        state.plateau_factor *= settings[0]
        state.plateau_waited = 0


cdef inline bint validate(Run* run, double* error) noexcept nogil:
    """OUT error: of the whole validation set with the parameters as they are, without dropout; False: interrupted."""
    cdef Work work = run.work
    work.keep = NULL
    return mean_error(&run.net, run.vector, &work, &run.validation, run.settings.loss, NULL, error)


cdef inline void save_before(Run* run) noexcept nogil:
    memcpy(run.before_vector, run.vector, run.net.size * sizeof(real))
    memcpy(run.before_slot, run.slot, run.slots * run.net.size * sizeof(real))


cdef inline void back_to_before(Run* run) noexcept nogil:
    memcpy(run.vector, run.before_vector, run.net.size * sizeof(real))
    memcpy(run.slot, run.before_slot, run.slots * run.net.size * sizeof(real))


cdef inline bint all_finite(const real* numbers, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef vec nothing = broadcast(0.0)
    for i from 0 <= i < n by LANES:
        nothing = nothing + load(numbers + i) * 0.0    # 0 for a finite number, NaN for any other
    return sum_lanes(nothing) == 0.0


cdef inline void save_guard(Run* run) noexcept nogil:
    run.guard = run.state
    memcpy(run.guard_vector, run.vector, run.net.size * sizeof(real))
    memcpy(run.guard_slot, run.slot, run.slots * run.net.size * sizeof(real))
    if run.settings.restore_best:
        memcpy(run.guard_best, run.best, run.net.size * sizeof(real))


cdef inline void back_to_guard(Run* run) noexcept nogil:
    run.state = run.guard
    run.waiting = 0
    memcpy(run.vector, run.guard_vector, run.net.size * sizeof(real))
    memcpy(run.slot, run.guard_slot, run.slots * run.net.size * sizeof(real))
    if run.settings.restore_best:
        memcpy(run.best, run.guard_best, run.net.size * sizeof(real))
    begin_watching(run)


cdef inline int replay_to_divergence(Run* run) noexcept nogil:
    """Since the guard a number left the finite range: go to the state before the first update in which one did.

    The check of all parameters would cost something in each update, so it is made here only, on an exact replay.
    """
    cdef int64_t good = run.guard.update
    cdef int64_t last = run.state.update + 1
    cdef int status
    cdef bp_flag* interrupt = run.work.interrupt
    cdef bp_flag never = 0
    # A replay is bounded by the slice it repeats, and must not be left half done.
    run.work.interrupt = &never
    back_to_guard(run)
    while good < last:
        status = one_update(run)
        if status == DIVERGED or not all_finite(run.vector, run.net.size):
            break
        good += 1
    back_to_guard(run)
    while run.state.update < good:
        one_update(run)
    run.work.interrupt = interrupt
    return DIVERGED


cdef inline int check(Run* run, int status) noexcept nogil:
    """Are all parameters finite? If so the epochs that wait may be shown and this is the new guard."""
    if status == DIVERGED or not all_finite(run.vector, run.net.size):
        status = replay_to_divergence(run)
    return status


cdef inline void flush(Run* run) noexcept nogil:
    """Move the waiting errors into the history; the caller holds the lock."""
    push_errors(run.errors, run.pending, run.waiting)
    if run.validation.n > 0:
        push_errors(run.validation_errors, run.pending_validation, run.waiting)
    run.waiting = 0


cdef inline int updates_until(
    Run* run, int64_t last_update, int64_t last_epoch, double deadline, Py_ssize_t between_clocks
) noexcept nogil:
    """Updates until a limit, a rule, a flag or PENDING epochs; the caller checks, publishes and calls again."""
    cdef int status
    cdef Py_ssize_t until_clock = between_clocks
    while run.state.update < last_update and run.state.epoch < last_epoch:
        if bp_flag_read(run.work.interrupt):
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
