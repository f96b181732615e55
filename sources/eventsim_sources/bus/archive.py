"""Which events does a bus remember? An archive keeps those that its pattern matches, as they came."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from eventsim import Pattern, World
from eventsim_sources.bus.event import BusEvent
from eventsim_sources.bus.limits import DAY_US
from eventsim_sources.bus.names import arn_of


class Kept(Struct, frozen=True, gc=False):
    """An event in an archive: what it says, its time, and when it came."""

    event: BusEvent
    at: datetime
    came_us: int


class Archive:
    """An archive of a bus.

    Args:
        retention_days: how long events are kept, 0 for ever.
    """

    def __init__(
        self,
        world: World,
        name: str,
        bus_arn: str,
        *,
        pattern_text: str | None = None,
        pattern: Pattern | None = None,
        retention_days: int = 0,
        description: str | None = None,
    ) -> None:
        self.name = name
        self.arn = arn_of(world, f"archive/{name}")
        self.bus_arn = bus_arn
        self.pattern_text = pattern_text
        self.pattern = pattern
        self.retention_days = retention_days
        self.description = description
        self.created = world.clock.date()
        self._kept: list[Kept] = []

    def keep(self, event: BusEvent, now_us: int) -> bool:
        """Keep an event if it belongs here; what a replay brings does not come in again."""
        if event.is_replayed or (self.pattern is not None and not self.pattern.matches(event.document)):
            return False
        at = datetime.fromisoformat(event.document["time"].replace("Z", "+00:00"))
        self._kept.append(Kept(event, at, now_us))
        return True

    def between(self, start: datetime, end: datetime, now_us: int) -> Iterator[Kept]:
        """Yield the events whose time lies between two instants, both included, by minute and order of arrival."""
        found = [each for each in self.all(now_us) if start <= each.at <= end]
        yield from sorted(found, key=lambda each: each.at.replace(second=0))

    def all(self, now_us: int) -> list[Kept]:
        """Return what is still kept."""
        if self.retention_days:
            oldest_us = now_us - self.retention_days * DAY_US
            self._kept = [each for each in self._kept if each.came_us > oldest_us]
        return self._kept

    def size_bytes(self, now_us: int) -> int:
        """Return the size of what is kept."""
        return sum(len(each.event.text.encode()) for each in self.all(now_us))
