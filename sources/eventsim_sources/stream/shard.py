"""What keeps order? One shard: a range of hash keys, and its records until they expire."""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from eventsim import Lineage
from eventsim_sources.meter import Meter
from eventsim_sources.stream.limits import (
    GET_PAUSE_US,
    READ_BYTES_PER_S,
    READ_CALLS_PER_S,
    SECOND_US,
    WRITE_BYTES_PER_S,
    WRITE_RECORDS_PER_S,
)
from eventsim_sources.stream.record import Label, Record
from eventsim_sources.stream.sequence import number_at

_TRIMMED_MIN = 1_024
"""So many places of expired records are given back at once, if they are half of all."""


class HashRange(Struct, frozen=True, gc=False):
    """A range of hash keys, both ends included."""

    start: int
    end: int


class Shard:
    """One shard.

    Args:
        number: the how many-th shard of its stream, from 0.
        parents: the ids of the shards that were split or merged into it.
        born_us: when it was made.
        prefix: what its sequence numbers begin with.

    Attributes:
        closed_us: when it was split or merged, None while it is open.
        first_offset: that of the oldest record that has not expired.
        end: the offset after the last record.
    """

    def __init__(
        self,
        number: int,
        hashes: HashRange,
        *,
        born_us: int,
        prefix: str,
        parents: tuple[str, ...] = (),
    ) -> None:
        self.number = number
        self.identifier = f"shardId-{number:012d}"
        self.hashes = hashes
        self.parents = parents
        self.born_us = born_us
        self.closed_us: int | None = None
        self.label = Label(self.identifier, prefix)
        self.first_offset = 0
        self.end = 0
        self.write_records = Meter(WRITE_RECORDS_PER_S)
        self.write_bytes = Meter(WRITE_BYTES_PER_S)
        self.iterator_calls = Meter(READ_CALLS_PER_S)
        self._read_calls = Meter(READ_CALLS_PER_S)
        self._read_bytes = Meter(READ_BYTES_PER_S)
        self._unreadable_until_us = 0
        self._records: list[Record | None] = []
        self._begin = 0
        """The offset that stands first in the list."""

    @property
    def starting_number(self) -> str:
        """The sequence number in front of its records."""
        return number_at(self.label.prefix, -1)

    @property
    def ending_number(self) -> str | None:
        """The sequence number behind its records, None while it is open."""
        return None if self.closed_us is None else number_at(self.label.prefix, self.end)

    def __len__(self) -> int:
        return self.end - self.first_offset

    # --- writing ---------------------------------------------------------------------------------------

    def try_write(self, size_bytes: int, now_us: int) -> bool:
        """Let a record of this size in, unless a second's worth is."""
        if not self.write_records.try_take(1, now_us):
            return False
        if not self.write_bytes.try_take(size_bytes, now_us):
            self.write_records.give_back(1)
            return False
        return True

    def put(
        self, key: str, data: bytes, now_us: int, *, is_encrypted: bool = False, lineage: Lineage | None = None
    ) -> Record:
        """Append a record."""
        record = Record(self.label, self.end, key, data, now_us, is_encrypted, 0, 0, lineage)
        self._records.append(record)
        self.end += 1
        return record

    def close(self, now_us: int) -> None:
        """Take no more records."""
        self.closed_us = now_us

    def trim(self, until_us: int) -> int:
        """Forget what arrived at this instant or before; return how many records that are."""
        records, begin, first = self._records, self._begin, self.first_offset
        while first < self.end:
            record = records[first - begin]
            assert record is not None, "only expired records are gone"
            if record.born_us > until_us:
                break
            records[first - begin] = None
            first += 1
        count, self.first_offset = first - self.first_offset, first
        gone = first - begin
        if gone >= _TRIMMED_MIN and gone * 2 >= len(records):
            del records[:gone]
            self._begin = first
        return count

    def restore(self, records: Sequence[Record], end: int) -> None:
        """Take back what an earlier server left; whatever stood before it had expired."""
        self.first_offset = self._begin = records[0].offset if records else end
        self.end = end
        self._records = list(records)

    # --- reading ---------------------------------------------------------------------------------------

    def end_at(self, at_us: int) -> int:
        """Return the offset after the last record that arrived at this instant or before."""
        if not len(self) or _arrival(self._records[-1]) <= at_us:
            return self.end
        return self.offset_at(at_us + 1)

    def read(self, offset: int, count_max: int, at_us: int | None = None) -> Sequence[Record]:
        """Return up to so many records from this offset on, those that had arrived at this instant if one is given."""
        first = max(offset, self.first_offset)
        end = min(first + count_max, self.end if at_us is None else self.end_at(at_us))
        return self._records[first - self._begin : end - self._begin]  # type: ignore[return-value]  # expired ones are None

    def read_within(
        self, offset: int, count_max: int, bytes_max: int, at_us: int | None = None
    ) -> tuple[Sequence[Record], int, bool]:
        """Return up to so many records and so many bytes, their size, and whether the bytes were the bound."""
        records = self.read(offset, count_max, at_us)
        size_bytes = 0
        for count, record in enumerate(records):
            size_bytes += len(record.data) + len(record.key)
            if size_bytes > bytes_max and count:
                size_bytes -= len(record.data) + len(record.key)
                return records[:count], size_bytes, True
        return records, size_bytes, False

    def offset_at(self, at_us: int) -> int:
        """Return the offset of the first record that arrived then or later."""
        first = self.first_offset - self._begin
        place = bisect_left(self._records, at_us, lo=first, key=_arrival)
        return self._begin + place

    def try_call(self, now_us: int) -> bool:
        """Let one more GetRecords in, unless it is too much."""
        if now_us < self._unreadable_until_us or not self._read_bytes.has_room(1, now_us):
            return False
        return self._read_calls.try_take(1, now_us)

    def gave(self, size_bytes: int, now_us: int, *, is_full: bool) -> None:
        """Count what a GetRecords gave; one that gave all it may has a pause after it."""
        self._read_bytes.take(size_bytes, now_us)
        if is_full:
            self._unreadable_until_us = now_us + GET_PAUSE_US


def _arrival(record: Record | None) -> int:
    assert record is not None, "only expired records are gone"
    return record.born_us


def behind_ms(shard: Shard, offset: int, now_us: int, last: Record | None) -> int:
    """Return how far a reader is from the tip: 0 when nothing is left to read, at least 1 otherwise."""
    if offset >= shard.end:
        return 0
    reference = last if last is not None else shard.read(offset, 1)[0]
    return max(1, (now_us - reference.born_us) * 1_000 // SECOND_US)
