"""How many batches may a mapping have in flight? The pollers that AWS hides, as arithmetic.

A mapping for a queue begins with 5; while messages remain, 5 more each second, up to 1,250 (documented). The pollers do
not look at the function's concurrency, so they take more than it can run and are throttled.

An error or a throttle halves their number, at most once a second, down to 2 (unconfirmed). After a minute without
messages they are 5 again, after five minutes 2, unless the mapping has a maximum concurrency (unconfirmed).

In provisioned mode event pollers are kept ready, each for ten batches; the number grows by 1,000 a minute and never
falls below them (documented).

Nothing here sets a timer: how far the number has risen or fallen is worked out when somebody looks.
"""

from msgspec import Struct

from eventsim.limits import (
    BATCHES_OF_PROVISIONED_POLLER,
    LONG_POLL_US,
    POLLERS_AT_START,
    POLLERS_LOWER_EVERY_US,
    POLLERS_MAX,
    POLLERS_MIN,
    POLLERS_PER_S,
    POLLERS_REST_AFTER_US,
    POLLERS_SLEEP_AFTER_US,
    PROVISIONED_BATCHES_PER_S,
)

_US_PER_S = 1_000_000
_LONG_AGO_US = -1 << 62


class ScalingPolicy(Struct, frozen=True, kw_only=True, gc=False):
    """The numbers of the pollers.

    Attributes:
        batches_each: how many batches one poller has in flight.
        concurrency_max: the mapping's maximum concurrency, None for none.
    """

    start: int = POLLERS_AT_START
    per_s: int = POLLERS_PER_S
    max: int = POLLERS_MAX
    min: int = POLLERS_MIN
    batches_each: int = 1
    concurrency_max: int | None = None
    lower_every_us: int = POLLERS_LOWER_EVERY_US
    rest_after_us: int = POLLERS_REST_AFTER_US
    sleep_after_us: int = POLLERS_SLEEP_AFTER_US

    @property
    def cap(self) -> int:
        """The most that are ever allowed."""
        return self.max if self.concurrency_max is None else min(self.max, self.concurrency_max)

    def after_idling(self, level: int, idle_us: int) -> int:
        """Return how many pollers are left of `level` after this long without a message."""
        if idle_us >= self.sleep_after_us and self.concurrency_max is None:
            return min(level, self.min)
        if idle_us >= self.rest_after_us:
            return min(level, self.start)
        return level

    def empty_polls(self, level: int, idle_us: int) -> int:
        """Return how many long polls of 20 s come back empty in this long without a message."""
        polls = 0
        begin_us = 0
        for end_us in (self.rest_after_us, self.sleep_after_us, idle_us):
            end_us = min(end_us, idle_us)
            pollers = min(self.after_idling(level, begin_us), self.cap) // self.batches_each
            polls += pollers * (end_us // LONG_POLL_US - begin_us // LONG_POLL_US)
            begin_us = end_us
        return polls


def provisioned(pollers_min: int, pollers_max: int) -> ScalingPolicy:
    """Return the numbers of the provisioned mode with so many event pollers."""
    least = pollers_min * BATCHES_OF_PROVISIONED_POLLER
    return ScalingPolicy(
        start=least,
        per_s=PROVISIONED_BATCHES_PER_S,
        max=pollers_max * BATCHES_OF_PROVISIONED_POLLER,
        min=least,
        batches_each=BATCHES_OF_PROVISIONED_POLLER,
    )


class Scaling:
    """The number of pollers of one mapping, as of any instant that is not earlier than the last one asked about."""

    __slots__ = ("_cap", "_empty_polls", "_idle_since_us", "_level", "_lowered_us", "_policy", "rising_since_us")

    def __init__(self, policy: ScalingPolicy) -> None:
        self._policy = policy
        self._cap = policy.cap
        self._level = policy.start
        self.rising_since_us: int | None = None
        """Since when receives give messages, None if the last one gave nothing."""
        self._idle_since_us: int | None = None
        self._lowered_us = _LONG_AGO_US
        self._empty_polls = 0

    def configure(self, policy: ScalingPolicy) -> None:
        """Go on with other numbers, and not with fewer than there must be."""
        self._policy = policy
        self._cap = policy.cap
        self._level = max(self._level, policy.min)

    def allowed(self, now_us: int) -> int:
        """Return how many batches may be in flight."""
        level = self._level
        if self.rising_since_us is not None:
            level += (now_us - self.rising_since_us) // _US_PER_S * self._policy.per_s
        elif self._idle_since_us is not None:
            level = self._policy.after_idling(level, now_us - self._idle_since_us)
        return level if level < self._cap else self._cap

    def rises_at_us(self, now_us: int) -> int | None:
        """Return when more will be allowed, None if that is not to come."""
        since_us = self.rising_since_us
        if since_us is None or self.allowed(now_us) >= self._cap:
            return None
        return since_us + ((now_us - since_us) // _US_PER_S + 1) * _US_PER_S

    def see_messages(self, now_us: int) -> None:
        """Note that a receive gave messages: the number rises until one does not."""
        if self.rising_since_us is None:
            self.stop(now_us)
            self.rising_since_us = now_us

    def see_nothing(self, now_us: int) -> None:
        """Note that a receive gave nothing: the number rises no more, and falls if that lasts."""
        if self._idle_since_us is None:
            self._level = self.allowed(now_us)
            self.rising_since_us = None
            self._idle_since_us = now_us

    def see_trouble(self, now_us: int) -> None:
        """Note an error or a throttle."""
        if now_us - self._lowered_us < self._policy.lower_every_us:
            return
        self._lowered_us = now_us
        self._level = max(self.allowed(now_us) // 2, min(self._policy.min, self._cap))
        if self.rising_since_us is not None:
            self.rising_since_us = now_us

    def stop(self, now_us: int) -> None:
        """Note that nobody polls any more, until somebody sees something again."""
        level = self.allowed(now_us)
        self._empty_polls = self.empty_polls(now_us)
        self._level = level
        self.rising_since_us = self._idle_since_us = None

    def empty_polls(self, now_us: int) -> int:
        """Return how many long polls have come back empty so far."""
        if self._idle_since_us is None:
            return self._empty_polls
        return self._empty_polls + self._policy.empty_polls(self._level, now_us - self._idle_since_us)
