"""What did a table hold at an instant? While recovery is on, changes are kept for as long as they may be undone."""

from collections import deque

from eventsim import Clock
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.limits import DAY_US
from eventsim_sources.table.store import Change, Store
from eventsim_sources.table.value import Item


class Recovery:
    """The changes of one table since recovery was switched on.

    Args:
        days: for how long they are kept.

    Attributes:
        days: for how long they are kept.
    """

    def __init__(self, clock: Clock, days: int) -> None:
        self.days = days
        self._clock = clock
        self._begun_us = clock.now_us
        self._changes: deque[tuple[int, Change]] = deque()

    @property
    def earliest_us(self) -> int:
        """The first instant that can be gone back to."""
        return max(self._begun_us, self._clock.now_us - self.days * DAY_US)

    def note(self, change: Change) -> None:
        """Keep a change, and forget those that are too old."""
        self._changes.append((self._clock.now_us, change))
        earliest_us = self.earliest_us
        while self._changes[0][0] < earliest_us:
            self._changes.popleft()

    def items_at(self, store: Store, at_us: int) -> list[Item]:
        """Return the items that were there at an instant, after all that happened then."""
        items: dict[Address, Item] = {store.address(stored.item): stored.item for stored in store.items.walk()}
        for changed_us, change in reversed(self._changes):
            if changed_us <= at_us:
                break
            if change.old is None:
                items.pop(change.address, None)
            else:
                items[change.address] = change.old.item
        return list(items.values())
