"""Is there room for one more request? Token buckets on the virtual clock: a rate, and a burst that may come at once."""

from collections.abc import Hashable

from msgspec import Struct

from eventsim import Clock


class _Bucket(Struct):
    tokens: float
    seen_us: int


class Buckets:
    """A bucket for each who is counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[Hashable, _Bucket] = {}

    def takes(self, who: Hashable, *, rate: float, burst: float) -> bool:
        """Tell whether one more may come, and count it if so.

        Args:
            rate: tokens a second.
            burst: how many a full bucket holds; without any, the rate.
        """
        now_us = self._clock.now_us
        most = burst or rate
        bucket = self._buckets.setdefault(who, _Bucket(most, now_us))
        bucket.tokens = min(most, bucket.tokens + (now_us - bucket.seen_us) / 1e6 * rate)
        bucket.seen_us = now_us
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
