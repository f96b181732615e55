"""What does a mapping read of a topic? The topic as its consumer group sees it: one log for each consumer.

The partitions are shared out among the consumers, of which there is one unless the mapping has event pollers of its own
(provisioned mode). A consumer reads its partitions as one log, in the order in which records came; so a batch may hold
records of several partitions, and each of these is in order. Places in such a log are counted from where the consumer
began; what the topic keeps, and what the function sees, are the offsets of partitions.

A consumer group that has read the topic before goes on where it was, wherever the mapping says to begin.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec import Struct

from eventsim import FailedInfo, Lineage, Shard, ShardPosition, Subscription, kafka_event, kafka_record
from eventsim_sources.kafka.limits import RECORD_OVERHEAD_BYTES
from eventsim_sources.kafka.record import Record
from eventsim_sources.kafka.topic import Topic

if TYPE_CHECKING:
    from eventsim_sources.kafka.source import Cluster

_MICROSECOND = timedelta(microseconds=1)
_OFFSET = attrgetter("offset")


class Consumed(Struct, frozen=True, gc=False):
    """A record in a consumer's log.

    Attributes:
        offset: its place there.
        topic: the topic's name.
    """

    offset: int
    record: Record
    topic: str

    @property
    def identifier(self) -> str:
        """What a partial batch response calls it."""
        return f"{self.topic}-{self.record.partition}-{self.record.offset}"

    @property
    def key(self) -> str:
        """The partition: what keeps its order with."""
        return str(self.record.partition)

    @property
    def born_us(self) -> int:
        """Its timestamp."""
        return self.record.born_us

    @property
    def subject(self) -> int:
        """Its subject in the trace."""
        return self.record.subject

    @property
    def entry(self) -> int:
        """The trace entry that tells that it was produced."""
        return self.record.entry

    @property
    def size_bytes(self) -> int:
        """Its size in the event, about: payloads are there in base64."""
        headers = sum(len(name) + 5 * len(content) for name, content in self.record.headers)
        return RECORD_OVERHEAD_BYTES + 2 * len(self.topic) + self.record.payload_bytes * 4 // 3 + headers

    @property
    def lineage(self) -> Lineage | None:
        """None: loop detection does not see through Kafka."""
        return None


class Log:
    """What one consumer reads.

    Args:
        starts: the offset at which it begins in each of its partitions.
    """

    def __init__(self, topic: Topic, starts: dict[int, int]) -> None:
        self.end = 0
        self._topic = topic
        self._next = starts
        self._sequence = 0
        self._read: list[Consumed] = []

    def read(self, offset: int, count_max: int) -> Sequence[Consumed]:
        """Return up to so many records from this place on; those that expired meanwhile leave a gap."""
        self._extend()
        at = bisect_left(self._read, offset, key=_OFFSET)
        return self._read[at : at + count_max]

    def has(self, offset: int) -> bool:
        """Tell whether there is something from this place on."""
        return bool(self.read(offset, 1))

    def trim(self, until_us: int) -> None:
        """Forget the oldest records up to an instant."""
        count = 0
        while count < len(self._read) and self._read[count].born_us <= until_us:
            count += 1
        del self._read[:count]

    def pass_on(self, offset: int) -> dict[int, int]:
        """Forget what stands before a place; return how far that is in each partition."""
        count = bisect_left(self._read, offset, key=_OFFSET)
        passed = {each.record.partition: each.record.offset + 1 for each in self._read[:count]}
        del self._read[:count]
        return passed

    def _extend(self) -> None:
        """Take what has come since."""
        for record in self._topic.since(self._sequence):
            expected = self._next.get(record.partition)
            if expected is None or record.offset < expected:
                continue
            self.end += record.offset - expected  # records that expired before anybody read them
            self._read.append(Consumed(self.end, record, self._topic.name))
            self.end += 1
            self._next[record.partition] = record.offset + 1
        self._sequence = self._topic.next_sequence


class TopicReader:
    """A topic as one mapping reads it."""

    service: ClassVar[str] = "kafka"
    is_served: ClassVar[bool] = True

    def __init__(self, cluster: "Cluster", topic: Topic, subscription: Subscription) -> None:
        self._cluster = cluster
        self._topic = topic
        self._group = subscription.group
        self._names = subscription.reader_names(min(subscription.readers, len(topic.ends)))
        self._logs: dict[str, Log] = {}

    @property
    def arn(self) -> str:
        """The cluster's ARN, or its bootstrap servers."""
        return self._cluster.arn

    @property
    def retention_us(self) -> int:
        """How long the topic keeps its records."""
        return self._topic.retention_us

    def shards(self) -> Sequence[Shard]:
        """Return the consumers; partitions do not come and go."""
        return [Shard(identifier=name) for name in self._names]

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Begin a consumer's log, and return its first place."""
        clock = self._cluster.clock
        at_us = 0 if position.at is None else (position.at - clock.start_at) // _MICROSECOND
        self._trim()
        starts = self._topic.starts(position.type, at_us) | self._topic.committed.get(self._group, {})
        mine = range(self._names.index(shard), len(starts), len(self._names))
        self._logs[shard] = Log(self._topic, {partition: starts[partition] for partition in mine})
        return 0

    def end(self, shard: str) -> int | None:  # noqa: ARG002 - none of them is
        """Return None: a topic is never closed."""
        return None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[Consumed]:
        """Return up to so many records from a place on, expired ones left out."""
        self._trim()
        log = self._logs[shard]
        log.trim(self._cluster.clock.now_us - self.retention_us)
        return log.read(offset, count_max)

    def records(self, read: Iterable[Consumed]) -> list[dict[str, Any]]:
        """Build the records as the function gets them."""
        return [_written(each) for each in read]

    def event(self, read: Sequence[Consumed]) -> dict[str, Any]:
        """Build the event."""
        cluster = self._cluster
        servers = ",".join(cluster.bootstrap_servers)
        return kafka_event(self.records(read), bootstrap_servers=servers, cluster_arn=cluster.msk_arn)

    def failed_info(self, read: Sequence[Consumed]) -> FailedInfo:
        """Tell of records that were given up (documented; that a single one is told otherwise, too)."""
        cluster = self._cluster
        members: dict[str, Any] = {
            "batchSize": len(read),
            **({"eventSourceArn": cluster.msk_arn} if cluster.msk_arn else {}),
            "bootstrapServers": ",".join(cluster.bootstrap_servers),
            "payloadSize": len(msgspec.json.encode(self.event(read))),
        }
        if len(read) == 1:
            record = read[0].record
            members["recordInfo"] = {"offset": str(record.offset), "timestamp": self._date(record)}
            return FailedInfo("KafkaBatchInfo", members)
        lanes: dict[str, list[Record]] = {}
        for each in read:
            lanes.setdefault(f"{each.topic}-{each.record.partition}", []).append(each.record)
        members["recordsInfo"] = {
            lane: {
                "firstRecordOffset": str(records[0].offset),
                "lastRecordOffset": str(records[-1].offset),
                "firstRecordTimestamp": self._date(records[0]),
                "lastRecordTimestamp": self._date(records[-1]),
            }
            for lane, records in lanes.items()
        }
        return FailedInfo("KafkaBatchInfo", members)

    def lag(self, read: Sequence[Consumed]) -> int:
        """Return how many records of a partition come after these, of the one that has the most."""
        last = {each.record.partition: each.record.offset for each in read}
        return max(self._topic.ends[partition] - offset - 1 for partition, offset in last.items())

    def commit(self, shard: str, offset: int) -> None:
        """Note how far the consumer group has come in the partitions of a consumer."""
        passed = self._logs[shard].pass_on(offset)
        if passed:
            self._topic.commit(self._group, passed)
            self._cluster.journal.committed(self._topic, self._group)

    def release(self, shard: str, offset: int) -> None:
        """Do nothing: records are there for everybody."""

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once there is something to read."""
        self._cluster.wake_when(lambda: self._logs[shard].has(offset), self._topic.name, wake)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Do nothing: consumers stay as they are."""

    def _trim(self) -> None:
        self._cluster.trim(self._topic)

    def _date(self, record: Record) -> str:
        return self._cluster.clock.iso_ms(record.born_us)


def _written(read: Consumed) -> dict[str, Any]:
    record = read.record
    return kafka_record(
        topic=read.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )
