"""How many shards does an on-demand stream want? Twice what it took in its busiest minute.

Whoever puts a record looks whether a minute is over; nothing happens to a stream that is at rest. A stream grows to at
most twice its shards, and not again within fifteen minutes. It never shrinks.
"""

from eventsim_sources.stream.limits import (
    ON_DEMAND_GROWTH_US,
    ON_DEMAND_WINDOW_US,
    SECOND_US,
    SHARDS_PER_STREAM_MAX,
    WRITE_BYTES_PER_S,
    WRITE_RECORDS_PER_S,
)


class Demand:
    """What one on-demand stream takes in."""

    __slots__ = ("_began_us", "_grows_at_us", "_records", "_size_bytes")

    def __init__(self, now_us: int) -> None:
        self._began_us = now_us
        self._grows_at_us = now_us
        self._records = self._size_bytes = 0

    def note(self, records: int, size_bytes: int) -> None:
        """Count what was put."""
        self._records += records
        self._size_bytes += size_bytes

    def shards_wanted(self, shards: int, now_us: int) -> int:
        """Return how many shards there should be instead of so many."""
        if now_us - self._began_us < ON_DEMAND_WINDOW_US:
            return shards
        window_s = ON_DEMAND_WINDOW_US // SECOND_US
        by_records = -(-2 * self._records // (WRITE_RECORDS_PER_S * window_s))
        by_bytes = -(-2 * self._size_bytes // (WRITE_BYTES_PER_S * window_s))
        self._began_us, self._records, self._size_bytes = now_us, 0, 0
        wanted = min(max(by_records, by_bytes), 2 * shards, SHARDS_PER_STREAM_MAX)
        if wanted <= shards or now_us < self._grows_at_us:
            return shards
        self._grows_at_us = now_us + ON_DEMAND_GROWTH_US
        return wanted
