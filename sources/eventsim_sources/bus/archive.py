"""Which events does a bus remember? An archive keeps those that its pattern matches, as they came."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from eventsim import Pattern, World
from eventsim_sources.bus.event import BusEvent, from_json
from eventsim_sources.bus.limits import DAY_US
from eventsim_sources.bus.names import events_arn


class Kept(Struct, frozen=True, gc=False):
    """An event in an archive: what it says, its time, and when it came."""

    event: BusEvent
    at: datetime
    came_us: int


class _Left(Struct):
    """An event as it is written down."""

    text: str
    ingested_at: str
    hops: int
    came_epoch_us: int


class ArchiveBook:
    """What the archives of a world keep beyond the server, where it has a database."""

    def __init__(self, world: World) -> None:
        self._notebook = world.notebook("archives")
        self._start_us = world.clock.start_epoch_us
        self._left: dict[str, list[Kept]] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a notebook, and its server goes on."""
        return self._notebook is not None and self._notebook.is_open

    def take(self, archive: str) -> list[Kept]:
        """Return what an earlier server left in an archive, once; to be called before anything is added.

        Raises:
            StorageError: the notebook cannot be read.
        """
        if self._notebook is None:
            return []
        if self._left is None:
            self._left = {}
            for name, each in self._notebook.read(_Left):
                self._left.setdefault(name, []).append(self._kept(each))
        return self._left.pop(archive, [])

    def add(self, archive: str, kept: Kept) -> None:
        """Write an event down.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            event, came_us = kept.event, self._start_us + kept.came_us
            self._notebook.add(archive, _Left(event.text, event.ingested_at, event.hops, came_us))

    def forget(self, archive: str, count: int) -> None:
        """Forget the oldest events of an archive.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None and count:
            self._notebook.forget(archive, count)

    def drop(self, archive: str) -> None:
        """Forget the events of an archive.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None and self._notebook.is_open:
            self.take(archive)
            self._notebook.drop(archive)

    def _kept(self, left: _Left) -> Kept:
        document = from_json(left.text)
        event = BusEvent(document=document, text=left.text, ingested_at=left.ingested_at, hops=left.hops)
        return Kept(event, _time_of(event), left.came_epoch_us - self._start_us)


class Archive:
    """An archive of a bus.

    Args:
        retention_days: how long events are kept, 0 for ever.
        settings: `Description` and `KmsKeyIdentifier`, in botocore's shape.
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
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self.arn = events_arn(world, f"archive/{name}")
        self.bus_arn = bus_arn
        self.pattern_text = pattern_text
        self.pattern = pattern
        self.retention_days = retention_days
        self.settings = settings
        self.created = world.clock.date()
        self._kept: list[Kept] = []
        self._book = world.share(ArchiveBook)
        self._is_whole = False
        """Whether what an earlier server left is among what is kept."""

    def keep(self, event: BusEvent, now_us: int) -> bool:
        """Keep an event if it belongs here; what a replay brings does not come in again."""
        if event.is_replayed or (self.pattern is not None and not self.pattern.matches(event.document)):
            return False
        self._bring_back()
        kept = Kept(event, _time_of(event), now_us)
        self._kept.append(kept)
        self._book.add(self.name, kept)
        return True

    def forget(self) -> None:
        """Keep nothing: the archive is deleted."""
        self._kept = []
        self._book.drop(self.name)

    def between(self, start: datetime, end: datetime, now_us: int) -> Iterator[Kept]:
        """Yield the events whose time lies between two instants, both included, by minute and order of arrival."""
        found = [each for each in self.all(now_us) if start <= each.at <= end]
        yield from sorted(found, key=lambda each: each.at.replace(second=0))

    def all(self, now_us: int) -> list[Kept]:
        """Return what is still kept."""
        self._bring_back()
        if self.retention_days:
            oldest_us, count = now_us - self.retention_days * DAY_US, len(self._kept)
            self._kept = [each for each in self._kept if each.came_us > oldest_us]
            self._book.forget(self.name, count - len(self._kept))
        return self._kept

    def _bring_back(self) -> None:
        """Have what an earlier server left, before anything is added to it."""
        if not self._is_whole and self._book.is_open:
            self._is_whole = True
            self._kept = [*self._book.take(self.name), *self._kept]

    def size_bytes(self, now_us: int) -> int:
        """Return the size of what is kept."""
        return sum(len(each.event.text.encode()) for each in self.all(now_us))


def _time_of(event: BusEvent) -> datetime:
    return datetime.fromisoformat(event.document["time"].replace("Z", "+00:00"))
