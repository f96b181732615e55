"""Where do the records of a topic lie? In partitions, each in order; and all of them in the order in which they came.

The rules are plain operations on memory: nothing here waits, draws lots or tells anybody.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from operator import attrgetter

from eventsim_sources.kafka.partitioner import partition_of
from eventsim_sources.kafka.record import Record

_SEQUENCE = attrgetter("sequence")


class Topic:
    """The records of one topic, and how far consumer groups have read them.

    Attributes:
        ends: the offset of each partition's next record.
        committed: consumer group → partition → the offset of the first record that is not out of the way.
    """

    def __init__(self, name: str, *, partition_count: int, retention_us: int) -> None:
        self.name = name
        self.retention_us = retention_us
        self.ends = [0] * partition_count
        self.committed: dict[str, dict[int, int]] = {}
        self._records: list[Record] = []
        self._next_sequence = 0
        self._next_turn = 0

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self._records)

    @property
    def next_sequence(self) -> int:
        """The place of the next record in the order in which they come."""
        return self._next_sequence

    def place(self, key: bytes | None, partition: int | None) -> int:
        """Return the partition of a new record: the one that it names, that of its key, or the next in turn."""
        if partition is not None:
            return partition
        if key is not None:
            return partition_of(key, len(self.ends))
        self._next_turn += 1
        return (self._next_turn - 1) % len(self.ends)

    def append(self, record: Record) -> None:
        """Take a record, which has its place."""
        self._records.append(record)
        self._next_sequence = max(self._next_sequence, record.sequence + 1)
        self.ends[record.partition] = max(self.ends[record.partition], record.offset + 1)

    def trim(self, until_us: int) -> int:
        """Forget the oldest records up to an instant; return how many."""
        records, count = self._records, 0
        while count < len(records) and records[count].born_us <= until_us:
            count += 1
        del records[:count]
        return count

    def since(self, sequence: int) -> Sequence[Record]:
        """Return the records from this place on, in the order in which they came."""
        return self._records[bisect_left(self._records, sequence, key=_SEQUENCE) :]

    def starts(self, position: str, at_us: int) -> dict[int, int]:
        """Return the offset at which a reader begins in each partition.

        Args:
            position: AWS's word for it.
            at_us: with `AT_TIMESTAMP`, the instant.
        """
        starts = dict(enumerate(self.ends))
        if position == "LATEST":
            return starts
        for record in reversed(self._records):
            if position != "AT_TIMESTAMP" or record.born_us >= at_us:
                starts[record.partition] = record.offset
        return starts

    def commit(self, group: str, offsets: Mapping[int, int]) -> None:
        """Note how far a consumer group has come; offsets never run back."""
        known = self.committed.setdefault(group, {})
        for partition, offset in offsets.items():
            known[partition] = max(offset, known.get(partition, 0))
