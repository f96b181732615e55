"""What did an earlier server leave? Its streams out of the database, as they were when the last group was written.

Time went on meanwhile, so some records may have expired. A stream that the scenario declares keeps the scenario's
settings and gets its shards and records back. Iterators from before are good until their five minutes are over; rates,
subscriptions and how often a stream was scaled are forgotten.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from eventsim import World
from eventsim_sources.dates import Dates
from eventsim_sources.stream.mirror import Mirror
from eventsim_sources.stream.record import Record
from eventsim_sources.stream.settings import Settings
from eventsim_sources.stream.shard import HashRange, Shard
from eventsim_sources.stream.source import Stream

Row = tuple[Any, ...]


def restore(world: World) -> None:
    """Bring back the streams of a world.

    Raises:
        ConfigurationError: another server has the database.
        StorageError: it cannot be read.
    """
    streams, consumers, shards, records = world.share(Mirror).load()
    consumers_of, shards_of, records_of = _by_stream(consumers), _by_stream(shards), _by_stream(records)
    dates = Dates(world.clock.start_epoch_us)
    for row in streams:
        stream = _stream(world, row)
        for _, label, registered_at, tags, policy in consumers_of[stream.name]:
            stream.reregister(label, born_s=_epoch_ms(registered_at) // 1_000, tags=json.loads(tags), policy=policy)
        left = _shards(shards_of[stream.name], records_of[stream.name], dates)
        stream.resume(left, created_ms=_epoch_ms(row[2]))


def _by_stream(rows: list[Row]) -> Mapping[str, list[Row]]:
    by_stream: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_stream[row[0]].append(row)
    return by_stream


def _stream(world: World, row: Row) -> Stream:
    """Return the stream that goes on: the scenario's, or one like that of before."""
    name, _, _, settings, tags, policy = row
    stream = world.sources(Stream.kind).get(name)
    if not isinstance(stream, Stream):
        stream = Stream(world, name, msgspec.json.decode(settings, type=Settings), shard_count=1, tags=json.loads(tags))
        stream.policy = policy
        world.add(stream)
    return stream


def _epoch_ms(date: str) -> int:
    return round(datetime.fromisoformat(date).timestamp() * 1_000)


def _shards(rows: Sequence[Row], records: Sequence[Row], dates: Dates) -> list[tuple[Shard, list[Record]]]:
    """Return the shards, each with its records."""
    records_of: defaultdict[int, list[Row]] = defaultdict(list)
    for record in records:
        records_of[record[1]].append(record)
    left = []
    for _, number, start, end, parents, opened_at, closed_at, prefix, record_count in rows:
        shard = Shard(
            number,
            HashRange(int(start), int(end)),
            born_us=dates.instant_us(opened_at),
            parents=tuple(json.loads(parents)),
            prefix=prefix,
        )
        if closed_at is not None:
            shard.close(dates.instant_us(closed_at))
        kept = [
            Record(shard.label, offset, key, data, dates.instant_us(arrived_at), bool(is_encrypted))
            for _, _, offset, key, data, arrived_at, is_encrypted in records_of[number]
        ]
        shard.restore(kept, record_count)
        left.append((shard, kept))
    return left
