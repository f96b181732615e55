"""What of Kafka outlives the server? Records, and how far consumer groups have read them; clusters do not."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from eventsim import World
from eventsim_sources.kafka.record import Kept, Record


class _Page(Struct, frozen=True, omit_defaults=True):
    """What stands under a key: a record of a topic, or the offsets of a consumer group by partition."""

    record: Kept | None = None
    offsets: dict[int, int] | None = None


class Left(Struct, frozen=True):
    """What an earlier server left of one cluster.

    Attributes:
        records: with the names of their topics.
        offsets: topic, consumer group, and partition → offset.
    """

    records: list[tuple[str, Kept]]
    offsets: list[tuple[str, str, dict[int, int]]]


class Book:
    """Where the clusters of a world write down what shall stay; without a database nothing stays."""

    def __init__(self, world: World) -> None:
        self._notebook = world.notebook("kafka")

    def left(self, cluster: str) -> Left:
        """Return what an earlier server left of a cluster.

        Raises:
            StorageError: it cannot be read.
        """
        left = Left([], [])
        for names, page in self._pages():
            if names[0] != cluster:
                continue
            if page.record is not None:
                left.records.append((names[1], page.record))
            if page.offsets is not None:
                left.offsets.append((names[1], names[2], page.offsets))
        return left

    def _pages(self) -> Iterator[tuple[list[str], _Page]]:
        if self._notebook is not None:
            for key, page in self._notebook.read(_Page):
                yield key.split("\n"), page

    def add(self, cluster: str, topic: str, record: Record) -> None:
        """Write a record down.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            kept = Kept(**{name: getattr(record, name) for name in Kept.__struct_fields__})
            self._notebook.add(f"{cluster}\n{topic}", _Page(record=kept))

    def forget(self, cluster: str, topic: str, count: int) -> None:
        """Keep the oldest records of a topic no more.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            self._notebook.forget(f"{cluster}\n{topic}", count)

    def commit(self, cluster: str, topic: str, group: str, offsets: Mapping[int, int]) -> None:
        """Write down how far a consumer group has come.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            self._notebook.put(f"{cluster}\n{topic}\n{group}", _Page(offsets=dict(offsets)))
