"""What does a person see who looks into the database? The streams of a simulation, as tables.

`select shard, partition_key, cast(data as text) from stream_record where stream = 'orders'` shows what is there after
each turn of the loop (`writer.py`); records that have expired go when somebody looks at their shard. A server reads the
tables when it starts (`restore.py`).
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from eventsim import World
from eventsim_sources.database import Step
from eventsim_sources.dates import Dates
from eventsim_sources.stream.record import Record
from eventsim_sources.stream.shard import Shard
from eventsim_sources.writer import Writer

if TYPE_CHECKING:
    from eventsim_sources.stream.source import Stream

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (
    name TEXT PRIMARY KEY,
    arn TEXT NOT NULL,
    created_at TEXT NOT NULL,
    settings TEXT NOT NULL,
    tags TEXT NOT NULL,
    policy TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream_consumer (
    stream TEXT NOT NULL,
    name TEXT NOT NULL,
    registered_at TEXT NOT NULL,
    tags TEXT NOT NULL,
    policy TEXT NOT NULL,
    PRIMARY KEY (stream, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream_shard (
    stream TEXT NOT NULL,
    number INTEGER NOT NULL,
    starting_hash_key TEXT NOT NULL,
    ending_hash_key TEXT NOT NULL,
    parents TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    sequence_prefix TEXT NOT NULL,
    record_count INTEGER NOT NULL,
    PRIMARY KEY (stream, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stream_record (
    stream TEXT NOT NULL,
    shard INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    partition_key TEXT NOT NULL,
    data BLOB NOT NULL,
    arrived_at TEXT NOT NULL,
    is_encrypted INTEGER NOT NULL,
    PRIMARY KEY (stream, shard, offset)
) WITHOUT ROWID;
"""
_PUT_STREAM = "INSERT OR REPLACE INTO stream VALUES (?, ?, ?, ?, ?, ?)"
_PUT_CONSUMER = "INSERT OR REPLACE INTO stream_consumer VALUES (?, ?, ?, ?, ?)"
_DELETE_CONSUMERS = "DELETE FROM stream_consumer WHERE stream = ?"
_PUT_SHARD = "INSERT OR REPLACE INTO stream_shard VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_RECORD = "INSERT OR REPLACE INTO stream_record VALUES (?, ?, ?, ?, ?, ?, ?)"
_DELETE_EXPIRED = "DELETE FROM stream_record WHERE stream = ? AND shard = ? AND offset < ?"
_DELETE_STREAM = (
    "DELETE FROM stream WHERE name = ?",
    _DELETE_CONSUMERS,
    "DELETE FROM stream_shard WHERE stream = ?",
    "DELETE FROM stream_record WHERE stream = ?",
)
_ALL = (
    "SELECT * FROM stream",
    "SELECT * FROM stream_consumer",
    "SELECT * FROM stream_shard ORDER BY stream, number",
    "SELECT * FROM stream_record ORDER BY stream, shard, offset",
)

Rows = list[tuple[object, ...]]


class Mirror:
    """The tables of all streams of a simulation."""

    def __init__(self, world: World) -> None:
        self._writer = world.share(Writer)
        self._writer.extend(_SCHEMA)
        self._dates = Dates(world.clock.start_epoch_us)
        self._streams: dict[str, Stream] = {}
        self._shards: dict[tuple[str, str], Stream] = {}
        self._records: list[tuple[str, int, Record]] = []
        self._expired: dict[tuple[str, int], int] = {}
        self._deleted: list[tuple[str]] = []

    def load(self) -> list[list[tuple[Any, ...]]]:
        """Keep the file for this process, and return all rows: of streams, consumers, shards and records.

        Raises:
            ConfigurationError: another server has it.
            StorageError: it is damaged or none of ours.
        """
        return self._writer.load(*_ALL)

    def note(self, stream: "Stream") -> None:
        """Remember that something of a stream changed that is neither a shard nor a record."""
        self._streams[stream.name] = stream
        self._writer.note(self._changes)

    def note_shard(self, stream: "Stream", shard: str) -> None:
        """Remember that a shard is new or was closed."""
        self._shards[stream.name, shard] = stream
        self._writer.note(self._changes)

    def note_record(self, stream: "Stream", shard: Shard, record: Record) -> None:
        """Remember a new record."""
        self._records.append((stream.name, shard.number, record))
        self.note_shard(stream, shard.identifier)

    def note_expired(self, stream: "Stream", shard: Shard) -> None:
        """Remember that records of a shard are gone."""
        self._expired[stream.name, shard.number] = shard.first_offset
        self._writer.note(self._changes)

    def forget(self, stream: "Stream") -> None:
        """Remember that a stream was deleted, with all that it held."""
        name = stream.name
        self._deleted.append((name,))
        self._streams.pop(name, None)
        self._shards = {key: owner for key, owner in self._shards.items() if key[0] != name}
        self._records = [each for each in self._records if each[0] != name]
        self._expired = {key: offset for key, offset in self._expired.items() if key[0] != name}
        self._writer.note(self._changes)

    def _changes(self) -> list[Step]:
        """Return what changed as statements with rows, and begin anew."""
        streams = self._streams.values()
        shards = [(owner, owner.store.all_shards.get(name)) for (_, name), owner in self._shards.items()]
        steps: list[Step] = [(statement, self._deleted) for statement in _DELETE_STREAM]
        steps += [
            (_PUT_STREAM, [self._stream_row(stream) for stream in streams]),
            (_DELETE_CONSUMERS, [(stream.name,) for stream in streams]),
            (_PUT_CONSUMER, [row for stream in streams for row in _consumer_rows(stream)]),
            (_PUT_SHARD, [self._shard_row(owner.name, shard) for owner, shard in shards if shard is not None]),
            (_PUT_RECORD, [self._record_row(*each) for each in self._records]),
            (_DELETE_EXPIRED, [(*key, offset) for key, offset in self._expired.items()]),
        ]
        self._streams, self._shards, self._records, self._expired, self._deleted = {}, {}, [], {}, []
        return [(statement, rows) for statement, rows in steps if rows]

    def _stream_row(self, stream: "Stream") -> tuple[object, ...]:
        created_at = datetime.fromtimestamp(stream.created_ms / 1_000, UTC).isoformat(timespec="milliseconds")
        settings = json.dumps(to_builtins(stream.settings))
        return stream.name, stream.arn, created_at, settings, json.dumps(stream.tags), stream.policy

    def _shard_row(self, stream: str, shard: Shard) -> tuple[object, ...]:
        date = self._dates.text
        return (
            stream,
            shard.number,
            str(shard.hashes.start),
            str(shard.hashes.end),
            json.dumps(shard.parents),
            date(shard.born_us),
            None if shard.closed_us is None else date(shard.closed_us),
            shard.label.prefix,
            shard.end,
        )

    def _record_row(self, stream: str, shard: int, record: Record) -> tuple[object, ...]:
        date = self._dates.text(record.born_us)
        return stream, shard, record.offset, record.key, record.data, date, record.is_encrypted


def _consumer_rows(stream: "Stream") -> Rows:
    return [
        (
            stream.name,
            consumer.label,
            datetime.fromtimestamp(consumer.born_s, UTC).isoformat(),
            json.dumps(consumer.tags),
            consumer.policy,
        )
        for consumer in stream.consumers.values()
    ]
