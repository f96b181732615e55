"""What follows an attempt to run an asynchronous event?

- Success ends it.
- A failure is tried again, one minute and then two minutes after it; that uses up retries.
- A throttle is tried again after 1 s, 2 s, 4 s … 5 min; the handler has not seen the event, so no retry is used.
- Whoever would be too old when its turn came is given up at once, not when it has waited (recorded).
- With a reserved concurrency of zero there is nothing to wait for (recorded).
"""

from typing import assert_never

from msgspec import Struct

from eventsim.limits import (
    EVENT_AGE_S_DEFAULT,
    FAILURE_DELAYS_S,
    RETRY_ATTEMPTS_DEFAULT,
    THROTTLE_DELAY_S_MAX,
    THROTTLE_DELAY_S_MIN,
)
from eventsim.outcome import Failure, Outcome, Refused, Success, Throttled

RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"
ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"
RECURSION_DETECTED = "RecursiveInvocationException"
"""The condition of an event that loop detection dropped (unconfirmed)."""

_US_PER_S = 1_000_000
_DOUBLINGS_MAX = 32
"""Beyond this, doubling only makes a number large; the longest delay was reached long before."""


class Done(Struct, frozen=True, gc=False):
    """The event was processed."""


class RetryAfter(Struct, frozen=True, gc=False):
    """Try again after `delay_us`; `uses_retry` tells a failure from a throttle."""

    delay_us: int
    uses_retry: bool


class GiveUp(Struct, frozen=True, gc=False):
    """It ends here; `condition` is AWS's word for why."""

    condition: str


Decision = Done | RetryAfter | GiveUp


class RetryPolicy(Struct, frozen=True, kw_only=True, gc=False):
    """How often and for how long an asynchronous event is tried.

    Attributes:
        retries_max: retries after failures, 0 to 2.
        age_max_s: how old an event may grow.
    """

    retries_max: int = RETRY_ATTEMPTS_DEFAULT
    age_max_s: int = EVENT_AGE_S_DEFAULT
    failure_delays_s: tuple[int, ...] = FAILURE_DELAYS_S
    throttle_delay_s_min: int = THROTTLE_DELAY_S_MIN
    throttle_delay_s_max: int = THROTTLE_DELAY_S_MAX

    def decide(
        self, outcome: Outcome, *, retries: int, throttles: int, age_us: int, is_reserved_zero: bool = False
    ) -> Decision:
        """Decide what follows an attempt.

        Args:
            retries: retries that failures have used up so far.
            throttles: throttles in a row before this attempt.
            age_us: time since the event was queued.
            is_reserved_zero: whether the function's reserved concurrency is zero.
        """
        match outcome:
            case Success():
                return Done()
            case Refused():
                return GiveUp(RECURSION_DETECTED)
            case Failure() | Throttled() if is_reserved_zero:
                return GiveUp(ZERO_RESERVED_CONCURRENCY)
            case Failure():
                if retries >= self.retries_max:
                    return GiveUp(RETRIES_EXHAUSTED)
                delay_s = self.failure_delays_s[min(retries, len(self.failure_delays_s) - 1)]
            case Throttled():
                delay_s = self.throttle_delay_s(throttles)
            case _:
                assert_never(outcome)
        delay_us = delay_s * _US_PER_S
        if self.is_too_old(age_us + delay_us):
            return GiveUp(EVENT_AGE_EXCEEDED)
        return RetryAfter(delay_us, uses_retry=isinstance(outcome, Failure))

    def throttle_delay_s(self, throttles: int) -> int:
        """Return how long to wait after a throttle.

        Args:
            throttles: those in a row before it.
        """
        return min(self.throttle_delay_s_min << min(throttles, _DOUBLINGS_MAX), self.throttle_delay_s_max)

    def is_too_old(self, age_us: int) -> bool:
        """Tell whether an event of this age is tried no more."""
        return age_us >= self.age_max_s * _US_PER_S
