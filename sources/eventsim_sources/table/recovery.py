"""What did a table hold at an instant? While recovery is on, changes are kept for as long as they may be undone."""

from collections import deque

from msgspec import Struct

from eventsim import Clock
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.limits import DAY_US
from eventsim_sources.table.store import Change, Store
from eventsim_sources.table.value import Item


class NetChange(Struct, frozen=True, kw_only=True, gc=False):
    """What several changes of an item come to.

    Attributes:
        item: the item, before or after.
        at_us: when it was written last.
        old, new: what it was before the first change and is after the last, None if there was none.
    """

    item: Item
    at_us: int
    old: Item | None
    new: Item | None


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

    def changed_between(self, from_us: int, to_us: int) -> list[NetChange]:
        """Return what changes come to, item by item, from an instant up to another that is not included."""
        found: dict[Address, NetChange] = {}
        for at_us, change in self._changes:
            if not from_us <= at_us < to_us:
                continue
            old, new = (None if stored is None else stored.item for stored in (change.old, change.new))
            present = new or old
            assert present is not None, "a change is of something"
            first = found.get(change.address)
            before = old if first is None else first.old
            found[change.address] = NetChange(item=present, at_us=at_us, old=before, new=new)
        return list(found.values())
