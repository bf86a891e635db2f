"""Schedules: the factor on the learning rate before each update, at x = complete epochs + share of this one."""

from libc.math cimport cos, floor, fmod, pow


cdef enum:
    # The codes are the positions in bpgui.training.schedules.SCHEDULES; files store names. A warm-up has no code: it
    # is one more factor on the schedule that it leads to.
    CONSTANT = 0
    STEP = 1
    EXPONENTIAL = 2
    COSINE = 3
    REDUCE_ON_PLATEAU = 4
    SCHEDULES = 5    # how many there are


cdef enum:
    MAX_SCHEDULE_SETTINGS = 3


cdef inline double factor(
    int code, const double* settings, double warm_up, double x, double total, double share, double plateau
) noexcept nogil:
    """Factor at x epochs out of ``total``; ``share`` of an epoch is one update, ``plateau`` the factor so far."""
    cdef double value = 1.0, period, along
    if code == STEP:
        value = pow(settings[0], floor(floor(x) / settings[1]))
    elif code == EXPONENTIAL:
        value = pow(settings[0], floor(x))
    elif code == COSINE:
        # Without restarts the half-wave ends with the recipe's epochs; training that goes on beyond stays there.
        period = settings[1] if settings[1] > 0.0 else total
        along = fmod(x, period) if settings[1] > 0.0 else min(x, period)
        if period > 0.0:
            value = settings[0] + (1.0 - settings[0]) * 0.5 * (1.0 + cos(3.141592653589793 * along / period))
    elif code == REDUCE_ON_PLATEAU:
        value = plateau
    if warm_up > 0.0 and x < warm_up:
        value *= (x if x > 0.0 else share) / warm_up
    return value
