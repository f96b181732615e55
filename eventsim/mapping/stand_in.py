"""What stands in for a stream? A small one in memory, for tests and experiments.

`Tape` keeps records in shards until they expire, can be split and merged, and hands records over as Kinesis does, or
as DynamoDB does if it is told so.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import timedelta
from operator import call
from typing import Any

from eventsim.clock import Clock
from eventsim.envelope import Lineage
from eventsim.polled import Shard, ShardPosition
from eventsim.trace import Trace

_US_PER_S = 1_000_000


class TapeRecord:
    """One record of a tape."""

    def __init__(self, identifier: str, offset: int, key: str, data: bytes, born_us: int, subject: int) -> None:
        self.identifier = identifier
        self.offset = offset
        self.key = key
        self.data = data
        self.born_us = born_us
        self.subject = subject
        self.entry = 0
        self.size_bytes = 400 + len(data) * 4 // 3
        self.lineage: Lineage | None = None


class TapeShard:
    """One shard of a tape."""

    def __init__(self, parents: tuple[str, ...] = ()) -> None:
        self.parents = parents
        self.records: list[TapeRecord] = []
        self.is_closed = False
        self.listeners: list[tuple[int, Callable[[], None]]] = []


class Tape:
    """A sharded source in memory. Keys go to shards as the writer says.

    Args:
        service: whose rules mappings follow, `kinesis` or `dynamodb`.
    """

    service = "kinesis"

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        *,
        arn: str = "arn:aws:kinesis:us-east-1:123456789012:stream/tape",
        shards: int = 1,
        retention_s: float = 86_400,
        service: str = "kinesis",
    ) -> None:
        self.service = service
        self.arn = arn
        self.retention_us = round(retention_s * _US_PER_S)
        self._clock = clock
        self._trace = trace
        self._put = trace.kind("record put", "{subject} was put into {shard}", value="offset")
        self._shards = {_name(number): TapeShard() for number in range(shards)}
        self._count = 0
        self._reshard_listeners: list[Callable[[], None]] = []

    def put(self, data: str | bytes, *, key: str = "k", shard: int = 0) -> TapeRecord:
        """Add a record to a shard that is open."""
        name = _name(shard)
        of_shard = self._shards[name]
        if of_shard.is_closed:
            raise ValueError(f"{name} is closed")
        self._count += 1
        subject = self._trace.new_subject("record", "r")
        offset = len(of_shard.records)
        content = data.encode() if isinstance(data, str) else data
        record = TapeRecord(f"49{self._count:054}", offset, key, content, self._clock.now_us, subject)
        record.entry = self._trace.record(self._put, subject, 0, value=offset, detail={"shard": name})
        of_shard.records.append(record)
        self._tell(of_shard)
        return record

    def count(self, shard: str) -> int:
        """Return how many records were ever put into a shard."""
        return len(self._shards[shard].records)

    def split(self, shard: int) -> tuple[int, int]:
        """Close a shard and return the numbers of its two children."""
        return self._close((shard,), 2)[0], len(self._shards) - 1

    def merge(self, shard: int, adjacent: int) -> int:
        """Close two shards and return the number of their child."""
        return self._close((shard, adjacent), 1)[0]

    def _close(self, parents: tuple[int, ...], children: int) -> list[int]:
        names = tuple(_name(parent) for parent in parents)
        for name in names:
            self._shards[name].is_closed = True
            self._tell(self._shards[name])
        born = list(range(len(self._shards), len(self._shards) + children))
        for number in born:
            self._shards[_name(number)] = TapeShard(names)
        listeners, self._reshard_listeners = self._reshard_listeners, []
        for wake in listeners:
            self._clock.soon(call, wake)
        return born

    # --- the door --------------------------------------------------------------------------------------

    def shards(self) -> Sequence[Shard]:
        """Return every shard, parents first."""
        return [Shard(identifier=name, parents=shard.parents) for name, shard in self._shards.items()]

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Return the offset at which a reader with this position begins."""
        records = self._shards[shard].records
        if position.type == "LATEST":
            return len(records)
        since_us = self._clock.now_us - self.retention_us
        if position.at is not None:
            since_us = max(since_us, (position.at - self._clock.start_at) // timedelta(microseconds=1))
        return next((record.offset for record in records if record.born_us >= since_us), len(records))

    def end(self, shard: str) -> int | None:
        """Return the offset after the last record of a closed shard, None while it is open."""
        found = self._shards[shard]
        return len(found.records) if found.is_closed else None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[TapeRecord]:
        """Return up to `count_max` records from this offset on that have not expired."""
        oldest_us = self._clock.now_us - self.retention_us
        records = self._shards[shard].records
        while offset < len(records) and records[offset].born_us < oldest_us:
            offset += 1
        return records[offset : offset + count_max]

    def records(self, read: Sequence[TapeRecord]) -> list[dict[str, Any]]:
        """Build the element of `Records` for each of them."""
        return [self._dynamodb(record) if self.service == "dynamodb" else self._kinesis(record) for record in read]

    def _kinesis(self, record: TapeRecord) -> dict[str, Any]:
        epoch_us = self._clock.start_epoch_us + record.born_us
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": record.key,
                "sequenceNumber": record.identifier,
                "data": b64encode(record.data).decode(),
                "approximateArrivalTimestamp": epoch_us // 1_000 / 1_000,
            },
            "eventSource": "aws:kinesis",
            "eventName": "aws:kinesis:record",
            "eventSourceARN": self.arn,
        }

    def _dynamodb(self, record: TapeRecord) -> dict[str, Any]:
        epoch_us = self._clock.start_epoch_us + record.born_us
        return {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": float(epoch_us // _US_PER_S),
                "Keys": {"id": {"S": record.key}},
                "NewImage": json.loads(record.data),
                "SequenceNumber": record.identifier,
            },
            "eventSourceARN": self.arn,
        }

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there is something from this offset on or the shard is closed."""
        found = self._shards[shard]
        found.listeners.append((offset, wake))
        self._tell(found)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there are other shards."""
        self._reshard_listeners.append(wake)

    def _tell(self, shard: TapeShard) -> None:
        told = [(offset, wake) for offset, wake in shard.listeners if shard.is_closed or offset < len(shard.records)]
        shard.listeners = [listener for listener in shard.listeners if listener not in told]
        for _, wake in told:
            self._clock.soon(call, wake)


def _name(number: int) -> str:
    return f"shardId-{number:012}"
