"""When is an item deleted because its time is over? At the instant that its attribute names, and a while later.

The clock's calendar rings for it: a run goes on to that instant if it goes on anyway, and an item that lives for a year
keeps no run from being idle. Until it is deleted an item whose time is over can be read and written as ever; who
writes it anew with another time keeps it.
"""

import heapq
from collections.abc import Callable, Mapping
from typing import Any

from eventsim import Clock
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.limits import SECOND_US, TIME_TO_LIVE_AGE_S_MAX

Expire = Callable[[Address], None]


class TimeToLive:
    """The ends of the items of one table.

    Args:
        delay_us: how long after its end an item is deleted.
        expire: deletes the item at an address, if its end has come.

    Attributes:
        attribute: which attribute holds the end, in seconds since 1970; "" if items live for ever.
    """

    def __init__(self, clock: Clock, delay_us: int, expire: Expire) -> None:
        self.attribute = ""
        self.delay_us = delay_us
        self._clock = clock
        self._expire = expire
        self._due: list[tuple[int, int, Address]] = []
        self._sequence = 0
        self._rings_us: list[int] = []

    def watch(self, address: Address, item: Mapping[str, Any]) -> None:
        """Look at an item that was just written."""
        end_us = self.end_us(item)
        if end_us is None:
            return
        due_us = max(end_us, self._clock.now_us) + self.delay_us
        self._sequence += 1
        heapq.heappush(self._due, (due_us, self._sequence, address))
        self._set_ring()

    def end_us(self, item: Mapping[str, Any]) -> int | None:
        """Return the instant at which an item's time is over, None if it has none or one that does not count."""
        value = item.get(self.attribute) if self.attribute else None
        if value is None or "N" not in value:
            return None
        end_s = int(float(value["N"]))
        end_us = end_s * SECOND_US - self._clock.start_epoch_us
        age_s = (self._clock.now_us - end_us) // SECOND_US
        return None if age_s > TIME_TO_LIVE_AGE_S_MAX else end_us

    def clear(self) -> None:
        """Forget all ends."""
        self._due.clear()

    def _set_ring(self) -> None:
        """Have the calendar ring for what is due first."""
        due_us = self._due[0][0]
        if not self._rings_us or due_us < self._rings_us[0]:
            heapq.heappush(self._rings_us, due_us)
            self._clock.by_calendar(due_us, TimeToLive._ring, self)

    def _ring(self) -> None:
        heapq.heappop(self._rings_us)
        while self._due and self._due[0][0] <= self._clock.now_us:
            self._expire(heapq.heappop(self._due)[2])
        if self._due:
            self._set_ring()
