"""What has changed in a table within the last day? Its stream: records in shards that follow one another.

1. A stream is a line of shards. Each takes records for four hours, counted from the stream's birth, and is the parent
   of the next. Which shards there are follows from the time alone, so nothing has to happen at the turn: they are
   worked out whenever somebody writes or looks, and what nobody wrote to needs no memory.
2. A record stays for 24 hours. A shard is forgotten when it closed so long ago.
3. A stream that is switched off takes no more and can be read until its last record has expired.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from operator import call
from typing import Any, ClassVar

from eventsim import Shard, ShardPosition, StreamRecord, World
from eventsim_sources.table.limits import SHARD_SPAN_US, STREAM_RETENTION_US
from eventsim_sources.table.schema import Key
from eventsim_sources.table.stream_record import TableRecord

_ID_DIGITS = 8
_NUMBERS_PER_US = 10**12
"""Sequence numbers are the microsecond of writing, since 1970, and a running number: 28 digits, as AWS's have."""


class TableShard:
    """Four hours of a stream."""

    def __init__(self, identifier: str, parent: str, begin_us: int, starting_number: str) -> None:
        self.identifier = identifier
        self.parent = parent
        self.begin_us = begin_us
        self.end_us = begin_us + SHARD_SPAN_US
        self.starting_number = self._last_number = starting_number
        self.is_closed = False
        self.records: list[TableRecord] = []
        self.trimmed_count = 0
        self.waiting: list[Callable[[], None]] = []

    @property
    def end(self) -> int:
        """The offset after the last record so far."""
        return self.trimmed_count + len(self.records)

    @property
    def first_number(self) -> str:
        """The sequence number of the oldest record that is left, or that of the shard's beginning."""
        return self.records[0].identifier if self.records else self.last_number

    @property
    def last_number(self) -> str:
        """The sequence number of the newest record, or that of the shard's beginning."""
        return self._last_number

    def append(self, record: TableRecord) -> None:
        """Add a record."""
        self.records.append(record)
        self._last_number = record.identifier

    def trim(self, oldest_us: int) -> None:
        """Forget what was born before an instant."""
        expired = 0
        for record in self.records:
            if record.born_us > oldest_us:
                break
            expired += 1
        if expired:
            del self.records[:expired]
            self.trimmed_count += expired


class TableStream:
    """The stream of one table, from the moment it is switched on.

    Attributes:
        label: the date of its birth, which tells it from earlier streams of the table.
        disabled_us: when it was switched off, None while it is on.
    """

    kind: ClassVar[str] = "table streams"
    service: ClassVar[str] = "dynamodb"
    retention_us: int = STREAM_RETENTION_US

    def __init__(self, world: World, table: str, table_arn: str, key: Key, view_type: str, label: str) -> None:
        clock = world.clock
        self.label = label
        self.arn = f"{table_arn}/stream/{self.label}"
        self.name = table
        self.table = table
        self.key = key
        self.view_type = view_type
        self.born_us = clock.now_us
        self.disabled_us: int | None = None
        self.region = world.region
        self._clock = clock
        self._chance = world.chance
        self._new_event_id = world.chance.hex_ids(32, "table stream", self.arn, "events")
        self._numbers = count(1)
        self._shards: dict[str, TableShard] = {}
        self._last: TableShard | None = None
        self._resharded: list[Callable[[], None]] = []
        self.record_count = 0
        self._catch_up()

    # --- what a table does -----------------------------------------------------------------------------

    def append(self, build: Callable[..., TableRecord], key: str) -> TableRecord:
        """Add a record; `build` gets its place and ids."""
        shard = self._catch_up()
        now_us = self._clock.now_us
        epoch_us = self._clock.start_epoch_us + now_us
        record = build(
            identifier=str(epoch_us * _NUMBERS_PER_US + next(self._numbers)),
            offset=shard.end,
            key=key,
            born_us=now_us,
            created_s=epoch_us // 1_000_000,
            event_id=self._new_event_id(),
        )
        shard.append(record)
        self.record_count += 1
        if shard.waiting:
            self._wake(shard)
        return record

    def disable(self) -> None:
        """Take no more records."""
        shard = self._catch_up()
        self.disabled_us = self._clock.now_us
        self._close(shard)

    @property
    def is_gone(self) -> bool:
        """Whether nothing can be read from it any more: it was switched off a day ago."""
        return self.disabled_us is not None and self._clock.now_us - self.disabled_us >= STREAM_RETENTION_US

    # --- what a mapping asks ---------------------------------------------------------------------------

    def summary(self) -> Mapping[str, int]:
        """Return how many records there were."""
        return {"records": self.record_count}

    def shards(self) -> Sequence[Shard]:
        """Return every shard from which something may still be read, parents before their children."""
        return [
            Shard(identifier=shard.identifier, parents=(shard.parent,) if shard.parent else ())
            for shard in self.table_shards()
        ]

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Return the offset at which a reader with this position begins in a shard."""
        found = self._found(shard)
        if position.type == "LATEST":
            return found.end
        if position.type == "AT_TIMESTAMP" and position.at is not None:
            at = position.at
            later = (each.offset for each in found.records if self._clock.date(each.born_us) >= at)
            return next(later, found.end)
        return found.trimmed_count

    def end(self, shard: str) -> int | None:
        """Return the offset after the last record of a closed shard, None while it is open."""
        found = self._found(shard)
        return found.end if found.is_closed else None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[TableRecord]:
        """Return up to `count_max` records from this offset on, expired ones left out."""
        found = self._found(shard)
        at = max(0, offset - found.trimmed_count)
        return found.records[at : at + count_max]

    def records(self, read: Sequence[StreamRecord]) -> list[dict[str, Any]]:
        """Build the element of `Records` for each of them."""
        return [record.event(self.region, self.arn) for record in read if isinstance(record, TableRecord)]

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as `read` has something here or the shard is closed."""
        found = self._found(shard)
        if found.is_closed or found.end > offset:
            self._clock.soon(call, wake)
        else:
            found.waiting.append(wake)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there are other shards."""
        self._resharded.append(wake)

    # --- what an operation asks ------------------------------------------------------------------------

    def table_shards(self) -> list[TableShard]:
        """Return the shards that have not expired, in order, without expired records."""
        self._catch_up()
        return list(self._shards.values())

    def table_shard(self, identifier: str) -> TableShard | None:
        """Return one of these."""
        self._catch_up()
        return self._shards.get(identifier)

    def _found(self, identifier: str) -> TableShard:
        """Return a shard; one that has expired is empty and closed."""
        found = self.table_shard(identifier)
        if found is None:
            found = TableShard(identifier, "", 0, "")
            found.is_closed = True
            found.trimmed_count = _EVERYTHING
        return found

    def _catch_up(self) -> TableShard:
        """Have the shards that there are by now, and forget what has expired; return the last."""
        now_us = self._clock.now_us
        last = self._last
        if last is None or (self.disabled_us is None and now_us >= last.end_us):
            last = self._roll(now_us)
        oldest_us = now_us - STREAM_RETENTION_US
        if oldest_us >= self.born_us:
            self._trim(oldest_us)
        return last

    def _roll(self, now_us: int) -> TableShard:
        age = (now_us - self.born_us) // SHARD_SPAN_US
        last = self._last
        first = 0 if last is None else (last.begin_us - self.born_us) // SHARD_SPAN_US + 1
        before = last
        for number in range(max(first, age - STREAM_RETENTION_US // SHARD_SPAN_US - 1), age + 1):
            parent = "" if last is None else last.identifier
            if last is not None:
                self._close(last)
            last = self._new_shard(number, parent)
            self._shards[last.identifier] = last
        assert last is not None, "there is always a shard"
        self._last = last
        if before is not None:
            wakes, self._resharded = self._resharded, []
            for wake in wakes:
                self._clock.soon(call, wake)
        return last

    def _new_shard(self, number: int, parent: str) -> TableShard:
        begin_us = self.born_us + number * SHARD_SPAN_US
        epoch_us = self._clock.start_epoch_us + begin_us
        tail = self._chance.hex_ids(_ID_DIGITS, "table stream", self.arn, "shard", number)()
        identifier = f"shardId-{epoch_us // 1000:020d}-{tail}"
        return TableShard(identifier, parent, begin_us, str(epoch_us * _NUMBERS_PER_US))

    def _trim(self, oldest_us: int) -> None:
        for shard in list(self._shards.values()):
            shard.trim(oldest_us)
            if shard.is_closed and shard.end_us <= oldest_us and shard is not self._last:
                del self._shards[shard.identifier]

    def _close(self, shard: TableShard) -> None:
        shard.is_closed = True
        self._wake(shard)

    def _wake(self, shard: TableShard) -> None:
        wakes, shard.waiting = shard.waiting, []
        for wake in wakes:
            self._clock.soon(call, wake)


_EVERYTHING = 2**62
