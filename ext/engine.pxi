# The engine: the part of core.pyx that trains.

cdef class Histories:
    """The errors of all epochs, and the lock that engines and readers share them under.

    An engine that replaces another goes on with its histories, while readers may still look at the first.
    """

    cdef PyThread_type_lock lock
    cdef History errors, validation_errors
    cdef int64_t first_epoch                # the epoch that they begin with
    cdef object _memory

    def __cinit__(self):
        self.lock = PyThread_allocate_lock()
        if self.lock == NULL:
            raise MemoryError("no lock for the histories")
        self._memory = (self._place(&self.errors), self._place(&self.validation_errors))

    cdef object _place(self, History* history):
        # Zeroed pages are not touched until they are used, so a short run takes little of this.
        cdef double[:, ::1] buckets = np.zeros((4, BUCKETS))
        cdef double[::1] each = np.zeros(KEPT)
        history.low = &buckets[0, 0]
        history.high = &buckets[1, 0]
        history.last = &buckets[2, 0]
        history.count = &buckets[3, 0]
        history.each = &each[0]
        clear_history(history)
        return buckets.base, each.base

    def __dealloc__(self):
        if self.lock != NULL:
            PyThread_free_lock(self.lock)


cdef class Engine:
    """Trains one network. One thread calls ``run``; any thread may call the methods under "From any thread".

    What two threads share (history, counters, snapshot) is written under a lock that the training thread takes for
    microseconds, only after it found all parameters finite. Settings may change between calls of ``run``.
    """

    cdef Run* run_
    cdef object _run_memory
    cdef readonly Plan plan
    cdef readonly Workspace workspace
    cdef bp_flag _interrupt, _request
    cdef object _held                       # every array that run_ points into
    cdef real[::1] vector_, best_, slots_   # as the kernels take them, a row of slots after another
    cdef real* front                        # the snapshot that readers copy
    cdef real* back                         # the one that is written next
    cdef Histories histories
    cdef int64_t sequence, shown_update, shown_epoch, shown_change   # the latter: after which epoch, 0 for none
    cdef real* change_from
    cdef real* change_to
    cdef double shown_error

    def __cinit__(self, Plan plan not None, Data data not None, Data validation not None, dict settings,
                  Py_ssize_t slots, Engine before=None):
        """``before``: the engine that this one replaces after a change and that rests from now on.

        Its histories go on here.
        """
        cdef Run* run
        cdef uint8_t[::1] memory = np.zeros(sizeof(Run) + 64, np.uint8)
        # On a cache line of its own: numbers that are stored together and loaded one by one would wait for each other
        # where a line ends between them, a third of a small update.
        run = <Run*>&memory[-<Py_ssize_t>&memory[0] & 63]
        self.run_ = run
        self._run_memory = memory
        run.state.best = INFINITY
        run.state.plateau_best = INFINITY
        run.state.plateau_factor = 1.0
        run.state.momentum_product = 1.0
        run.order_epoch = -1
        run.data = data.samples
        run.validation = validation.samples
        if run.data.n == 0:
            raise ValueError("training needs at least one sample, X has none")
        if data.plan is not plan or validation.plan is not plan:
            raise ValueError("the samples were made for another network")
        self.plan = plan
        run.net = plan.net
        self._take_settings(settings)
        if slots != slots_of(run.settings.optimizer):
            wanted = slots_of(run.settings.optimizer)
            raise ValueError(f"this optimizer keeps {wanted} numbers a parameter, got {slots}")
        self.workspace = Workspace(plan, max(run.settings.batch, run.validation.n), run.settings.dropout > 0.0)
        run.work = self.workspace.work
        run.work.interrupt = &self._interrupt
        self._allocate(slots, data, validation)
        run.is_chain = (
            is_chain(&run.net) and run.steps_at_once and run.settings.batch == 1 and run.settings.dropout == 0.0
            and run.settings.loss != CROSS_ENTROPY and run.data.weight == NULL and not run.saves_before
        )
        self.histories = Histories() if before is None else before.histories
        run.errors = &self.histories.errors
        run.validation_errors = &self.histories.validation_errors

    def _take_settings(self, dict given):
        cdef Run* run = self.run_
        cdef int i
        _require_loss(given["loss"])
        if not 0 <= given["optimizer"] < OPTIMIZERS:
            raise ValueError(f"{given['optimizer']} is no optimizer, wanted 0 to {OPTIMIZERS - 1}")
        if not 0 <= given["schedule"] < SCHEDULES:
            raise ValueError(f"{given['schedule']} is no schedule, wanted 0 to {SCHEDULES - 1}")
        for what, most in (("optimizer", MAX_SETTINGS), ("schedule", MAX_SCHEDULE_SETTINGS)):
            if len(given[f"{what}_settings"]) > most:
                raise ValueError(f"{len(given[f'{what}_settings'])} settings of an {what}, at most {most}")
        run.settings.loss = given["loss"]
        run.settings.optimizer = given["optimizer"]
        for i, value in enumerate(given["optimizer_settings"]):
            run.settings.optimizer_settings[i] = value
        run.settings.rate = given["rate"]
        run.settings.schedule = given["schedule"]
        for i, value in enumerate(given["schedule_settings"]):
            run.settings.schedule_settings[i] = value
        run.settings.warm_up = given["warm_up"]
        run.settings.total_epochs = given["total_epochs"]
        run.settings.l1 = given["l1"]
        run.settings.l2 = given["l2"]
        run.settings.clip_value = given["clip_value"]
        run.settings.clip_norm = given["clip_norm"]
        run.settings.dropout = given["dropout"]
        run.steps_at_once = (
            run.settings.optimizer == SGD and run.settings.l1 == 0.0 and run.settings.l2 == 0.0
            and run.settings.clip_value == INFINITY and run.settings.clip_norm == INFINITY
        )
        run.settings.batch = min(<int64_t>given["batch"], run.data.n)
        run.settings.shuffle = given["shuffle"]
        run.settings.seed = given["seed"]
        run.settings.error_below = given["error_below"]
        run.settings.patience = given["patience"]
        run.settings.min_delta = given["min_delta"]
        run.settings.restore_best = given["restore_best"]
        if run.settings.batch < 1:
            raise ValueError(f"a batch needs at least one sample, got {given['batch']}")

    def _allocate(self, Py_ssize_t slots, *held):
        cdef Run* run = self.run_
        cdef Py_ssize_t n = self.plan.net.size
        # A short validation of a small network is never interrupted, so that there is nothing to go back to.
        run.saves_before = run.validation.n > run.work.rows or run.work.rows * n > PANEL
        cdef Py_ssize_t before = n if run.saves_before else 0
        cdef bint lbfgs = run.settings.optimizer == LBFGS
        cdef real[::1] memory = zeros((9 + slots + 3 * lbfgs) * n + (1 + slots) * before)
        cdef real* place = &memory[0]
        cdef double[:, ::1] pending = np.empty((2, PENDING))
        cdef int64_t[::1] order = np.empty(run.data.n, np.int64)
        self.vector_ = zeros(n)
        self.best_ = zeros(n)
        self.slots_ = zeros(slots * n)
        self._held = (held, memory, pending, order)
        run.slots = slots
        run.vector = &self.vector_[0]
        run.slot = &self.slots_[0]
        run.best = &self.best_[0]
        run.gradient = place
        run.guard_vector = place + n
        run.guard_best = place + 2 * n
        self.front = place + 3 * n
        self.back = place + 4 * n
        run.start = place + 5 * n
        run.last_start = place + 6 * n
        self.change_from = place + 7 * n
        self.change_to = place + 8 * n
        run.guard_slot = place + 9 * n
        run.trial = place + (9 + slots) * n
        run.before_vector = run.trial + 3 * lbfgs * n
        run.before_slot = run.before_vector + before
        run.order = &order[0]
        run.pending = &pending[0, 0]
        run.pending_validation = &pending[1, 0]
        run.request = &self._request

    # From the training thread

    def run(self, int64_t last_update, int64_t last_epoch, double seconds):
        """Train until a limit is reached, without the GIL; the name of the ending, one of ``ENDINGS``.

        An update that is interrupted is abandoned whole. After "diverged" the state is the one before the update that
        would have left the finite numbers.
        """
        cdef Run* run = self.run_
        cdef int status
        cdef double deadline
        if seconds != seconds:
            raise ValueError("the seconds to run are not a number")
        cdef uint64_t word
        # A clock reading costs about as much as a small update: read it each 100,000 multiplications or so.
        cdef Py_ssize_t between = max(1, 100_000 // (run.settings.batch * self.plan.parameters))
        with nogil:
            word = bp_flush_denormals()
            deadline = bp_seconds() + seconds
            save_guard(run)
            while True:
                status = check(run, updates_until(run, last_update, last_epoch, deadline, between))
                if status != TIME or bp_seconds() >= deadline:
                    break
                self.publish()
                save_guard(run)
            # Whoever looks after the slice sees where it ended.
            bp_flag_write(&self._request, 1)
            self.publish()
            bp_restore_denormals(word)
        # An interrupt that another ending came before is answered by that one.
        if status == INTERRUPTED or status == DIVERGED:
            bp_flag_take(&self._interrupt)
        return ENDINGS[status]

    cdef void publish(self) noexcept nogil:
        """Show what is new to other threads. All of it is finite."""
        cdef Run* run = self.run_
        cdef bint wanted = bp_flag_take(&self._request)
        cdef Py_ssize_t size = self.plan.net.size * sizeof(real)
        if wanted:
            # Readers hold the lock while they read the front, so the back is ours alone.
            memcpy(self.back, run.vector, size)
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        flush(run)
        self.shown_update = run.state.update
        self.shown_epoch = run.state.epoch
        self.shown_error = run.state.error_sum / run.state.weight_sum if run.state.weight_sum > 0.0 else 0.0
        if wanted:
            self.front, self.back = self.back, self.front
            self.sequence += 1
            self.shown_change = run.state.epoch if run.starts == 2 else 0
            if self.shown_change:
                memcpy(self.change_from, run.last_start, size)
                memcpy(self.change_to, run.start, size)
        PyThread_release_lock(self.histories.lock)

    @property
    def update(self):
        """Updates done; for the training thread, others read ``counters``."""
        return self.run_.state.update

    @property
    def epoch(self):
        """Complete epochs; likewise."""
        return self.run_.state.epoch

    def state(self):
        """(counters, vector (P,), slots (s, P), best (P,)): with the settings, all that the future depends on."""
        cdef State s = self.run_.state
        cdef Py_ssize_t n = self.plan.net.size
        counters = {
            "update": s.update, "epoch": s.epoch, "position": s.position, "step": s.step, "error_sum": s.error_sum,
            "weight_sum": s.weight_sum, "best": s.best, "waited": s.waited, "momentum_product": s.momentum_product,
            "pairs": s.pairs, "plateau_factor": s.plateau_factor, "plateau_best": s.plateau_best,
            "plateau_waited": s.plateau_waited,
        }
        slots = np.empty((self.run_.slots, self.plan.parameters), REAL)
        for row in range(self.run_.slots):
            slots[row] = public(self.plan, self.run_.slot + <Py_ssize_t>row * n)
        return counters, public(self.plan, self.run_.vector), slots, public(self.plan, self.run_.best)

    def set_state(self, dict counters, const real[::1] vector, const real[:, ::1] slots, const real[::1] best):
        """Continue from that state. Histories keep the epochs before it, or begin with it."""
        cdef Run* run = self.run_
        cdef Py_ssize_t row
        cdef State state
        cdef double[::1] gaps = np.full(GAPS, NAN)
        _require_shape("the vector", (vector.shape[0],), (self.plan.parameters,))
        _require_shape("the best vector", (best.shape[0],), (self.plan.parameters,))
        _require_shape("the optimizer state", (slots.shape[0], slots.shape[1]), (run.slots, self.plan.parameters))
        position = counters.get("position", 0)
        if not 0 <= position < run.data.n:
            raise ValueError(f"position {position} lies outside an epoch of {run.data.n} samples")
        for name in ("update", "epoch", "step", "waited", "pairs", "plateau_waited"):
            if not 0 <= counters.get(name, 0) < MOST:
                raise ValueError(f"{name} is {counters[name]}, wanted a number from 0 on, less than {MOST}")
        for what, numbers in (("vector", vector), ("best vector", best)):
            if not np.isfinite(numbers).all():
                raise ValueError(f"the {what} holds a number that is not finite")
        # All of it is read before any is taken, so that what is refused changes nothing.
        state.update = counters.get("update", 0)
        state.epoch = counters.get("epoch", 0)
        state.position = position
        state.step = counters.get("step", 0)
        state.error_sum = counters.get("error_sum", 0.0)
        state.weight_sum = counters.get("weight_sum", 0.0)
        state.best = counters.get("best", INFINITY)
        state.waited = counters.get("waited", 0)
        state.momentum_product = counters.get("momentum_product", 1.0)
        state.pairs = counters.get("pairs", 0)
        state.plateau_factor = counters.get("plateau_factor", 1.0)
        state.plateau_best = counters.get("plateau_best", INFINITY)
        state.plateau_waited = counters.get("plateau_waited", 0)
        run.state = state
        spread(self.plan, &vector[0], run.vector)
        spread(self.plan, &best[0], run.best)
        for row in range(run.slots):
            spread(self.plan, &slots[row, 0], run.slot + row * self.plan.net.size)
        run.order_epoch = -1
        run.waiting = 0
        begin_watching(run)
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        if not self.histories.first_epoch <= run.state.epoch <= self.histories.first_epoch + run.errors.epochs:
            clear_history(run.errors)
            clear_history(run.validation_errors)
        if run.errors.epochs == 0:
            self.histories.first_epoch = run.state.epoch
        truncate_history(run.errors, run.state.epoch - self.histories.first_epoch)
        truncate_history(run.validation_errors, run.state.epoch - self.histories.first_epoch)
        # Epochs from before there was a validation set are gaps, so that both histories count alike.
        while run.validation.n > 0 and run.validation_errors.epochs < run.errors.epochs:
            push_errors(run.validation_errors, &gaps[0], min(GAPS, run.errors.epochs - run.validation_errors.epochs))
        PyThread_release_lock(self.histories.lock)
        bp_flag_write(&self._request, 1)
        self.publish()

    def watch(self):
        """Keep from now on what the last complete epoch changed, for ``last_change``."""
        self.run_.watched = True
        begin_watching(self.run_)

    # From any thread

    def interrupt(self):
        """Make ``run`` return at the next update, or at once within a long one."""
        bp_flag_write(&self._interrupt, 1)

    def request(self):
        """Ask for a snapshot of the parameters and counters; it is there at the next update."""
        bp_flag_write(&self._request, 1)

    def counters(self):
        """(sequence, update, epoch, error of the epoch so far) as last shown; sequence counts snapshots."""
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        shown = (self.sequence, self.shown_update, self.shown_epoch, self.shown_error)
        PyThread_release_lock(self.histories.lock)
        return shown

    def snapshot(self):
        """The parameters as last shown: a new (P,)."""
        cdef real[::1] out = np.empty(self.plan.parameters, REAL)
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        gather_up(self.plan, self.front, &out[0])
        PyThread_release_lock(self.histories.lock)
        return out.base

    def last_change(self):
        """(epoch, change): what the last complete epoch changed in the parameters, a new (P,), as last shown.

        None before an epoch was watched from beginning to end.
        """
        cdef real[::1] before = np.empty(self.plan.parameters, REAL), after = np.empty(self.plan.parameters, REAL)
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        epoch = self.shown_change
        gather_up(self.plan, self.change_from, &before[0])
        gather_up(self.plan, self.change_to, &after[0])
        PyThread_release_lock(self.histories.lock)
        return (epoch, after.base - before.base) if epoch else None

    def errors(self, bint validation=False, int64_t start=0):
        """Errors of the epochs from ``start`` on, while there are at most a million: a new (epochs,) float64."""
        cdef History* history = self.run_.validation_errors if validation else self.run_.errors
        cdef double[::1] out
        cdef int64_t n
        if start < 0:
            raise ValueError(f"the errors begin at 0, not at {start}")
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        n = max(0, min(history.epochs, <int64_t>KEPT) - start)
        PyThread_release_lock(self.histories.lock)
        out = np.empty(n)
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        n = max(0, min(n, history.epochs - start))
        if n:
            memcpy(&out[0], history.each + start, n * sizeof(double))
        PyThread_release_lock(self.histories.lock)
        return out.base[:n]

    def history(self, bint validation=False):
        """(buckets (4, n) float64 of low, high, last, count; epochs per bucket; epochs; first epoch)."""
        cdef History* history = self.run_.validation_errors if validation else self.run_.errors
        cdef double[:, ::1] out = np.empty((4, BUCKETS))
        cdef Py_ssize_t used
        cdef int64_t width, epochs, first
        PyThread_acquire_lock(self.histories.lock, WAIT_LOCK)
        width, epochs, first = history.width, history.epochs, self.histories.first_epoch
        used = (epochs + width - 1) // width
        memcpy(&out[0, 0], history.low, used * sizeof(double))
        memcpy(&out[1, 0], history.high, used * sizeof(double))
        memcpy(&out[2, 0], history.last, used * sizeof(double))
        memcpy(&out[3, 0], history.count, used * sizeof(double))
        PyThread_release_lock(self.histories.lock)
        return out.base[:, :used], width, epochs, first
