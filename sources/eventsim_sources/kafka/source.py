"""What do producers and mappings know of Kafka? A cluster as the core knows it: a source, a section of the scenario."""

from collections.abc import Callable, Mapping, Sequence
from operator import call
from typing import ClassVar

from msgspec.structs import asdict

from eventsim import ApiError, ConfigurationError, Subscription, World
from eventsim_sources.kafka.book import Book, Left
from eventsim_sources.kafka.journal import Journal
from eventsim_sources.kafka.limits import RETENTION_US
from eventsim_sources.kafka.reader import TopicReader
from eventsim_sources.kafka.record import Kept, Record
from eventsim_sources.kafka.spec import ClusterSpec, TopicSpec, check_topic
from eventsim_sources.kafka.topic import Topic

_MSK_PORT = 9092
_BROKERS = 3


class Cluster:
    """A cluster: its topics, and who waits for their records.

    Attributes:
        arn: that of MSK, or the bootstrap servers with commas between them.
        msk_arn: that of MSK, "" for a cluster of one's own.
    """

    kind: ClassVar[str] = "clusters"
    service: ClassVar[str] = "kafka"

    def __init__(self, world: World, name: str, spec: ClusterSpec) -> None:
        self.name = name
        self.clock = world.clock
        self.msk_arn = "" if spec.bootstrap_servers else spec.arn or _arn(world, name)
        self.bootstrap_servers = tuple(spec.bootstrap_servers) or _msk_servers(world, name)
        self.arn = self.msk_arn or ",".join(self.bootstrap_servers)
        self.journal = Journal(world, name)
        self._takes_any_topic = not spec.topics
        self._topics: dict[str, Topic] = {}
        self._waiting: dict[str, list[Callable[[], None]]] = {}
        for topic, given in spec.topics.items():
            wanted = given or TopicSpec()
            check_topic(topic, wanted)
            self._begin(topic, wanted.partitions, wanted.retention_us(f"topics.{topic}.retention"))
        self._restore(world.share(Book).left(name))

    # What the core asks of a source

    def summary(self) -> Mapping[str, int]:
        """Return how many records were produced and have expired, and how many there are now in how many partitions."""
        topics = self._topics.values()
        for topic in topics:
            self.trim(topic)
        return {
            "produced": self.journal.produced_count,
            "expired": self.journal.expired_count,
            "records": sum(map(len, topics)),
            "topics": len(topics),
            "partitions": sum(len(topic.ends) for topic in topics),
        }

    # What a mapping asks

    def answers_to(self, name: str) -> bool:
        """Tell whether this is its ARN, or one of its servers stands in a list."""
        if self.msk_arn:
            return name == self.msk_arn
        return not set(self.bootstrap_servers).isdisjoint(name.split(","))

    def subscribe(self, subscription: Subscription) -> TopicReader:
        """Return a topic as a mapping reads it.

        Raises:
            ApiError: There is no such topic.
        """
        return TopicReader(self, self._topic(subscription.part), subscription)

    def trim(self, topic: Topic) -> None:
        """Forget what has expired."""
        count = topic.trim(self.clock.now_us - topic.retention_us)
        if count:
            self.journal.expired(topic, count)

    def wake_when(self, is_ready: Callable[[], bool], topic: str, wake: Callable[[], None]) -> None:
        """Call `wake` once, in a step of its own: now if it is ready, else with the topic's next record."""
        if is_ready():
            self.clock.soon(call, wake)
        else:
            self._waiting.setdefault(topic, []).append(wake)

    # What a producer does

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        timestamp_ms: int | None = None,
    ) -> tuple[int, int]:
        """Append a record to a topic; return its partition and its offset.

        Args:
            partition: unless given, that of the key; without a key, one after another.
            timestamp_ms: since 1970; now if it is not given.

        Raises:
            ApiError: There is no such topic, or no such partition of it.
        """
        log = self._topic(topic)
        if partition is not None and not 0 <= partition < len(log.ends):
            message = f"Topic {topic} has the partitions 0 to {len(log.ends) - 1}, and no partition {partition}."
            raise ApiError("InvalidPartitionsException", message)
        self.trim(log)
        at_ms = self.clock.epoch_ms() if timestamp_ms is None else timestamp_ms
        born_us = self.clock.now_us if timestamp_ms is None else timestamp_ms * 1_000 - self.clock.start_epoch_us
        place = log.place(key, partition)
        offset, subject = log.ends[place], self.journal.new_subject()
        size_bytes = len(key or b"") + len(value or b"")
        entry = self.journal.produced(subject, topic, place, offset, size_bytes)
        record = Record(
            sequence=log.next_sequence,
            partition=place,
            offset=offset,
            key=key,
            value=value,
            headers=tuple(headers),
            timestamp_ms=at_ms,
            born_us=born_us,
            subject=subject,
            entry=entry,
        )
        log.append(record)
        self.journal.keep(topic, record)
        for wake in self._waiting.pop(topic, ()):
            self.clock.soon(call, wake)
        return place, offset

    def _topic(self, name: str) -> Topic:
        found = self._topics.get(name)
        if found is not None:
            return found
        if not self._takes_any_topic:
            known = ", ".join(self._topics)
            message = f"Topic {name} not present in metadata: the cluster {self.name} has {known}."
            raise ApiError("UnknownTopicOrPartitionException", message)
        try:
            check_topic(name, TopicSpec())
        except ConfigurationError as error:
            raise ApiError("InvalidTopicException", str(error)) from error
        self.journal.begun(name)
        return self._begin(name, 1, RETENTION_US)

    def _begin(self, name: str, partition_count: int, retention_us: int) -> Topic:
        topic = self._topics[name] = Topic(name, partition_count=partition_count, retention_us=retention_us)
        return topic

    def _restore(self, left: Left) -> None:
        """Take up what an earlier server left, as far as its topics and partitions are still there."""
        for name, kept in left.records:
            topic = self._left_topic(name)
            if topic is not None and kept.partition < len(topic.ends):
                topic.append(self._restored(kept))
        for name, group, offsets in left.offsets:
            topic = self._left_topic(name)
            if topic is not None:
                topic.commit(group, {at: offset for at, offset in offsets.items() if at < len(topic.ends)})

    def _left_topic(self, name: str) -> Topic | None:
        found = self._topics.get(name)
        return self._begin(name, 1, RETENTION_US) if found is None and self._takes_any_topic else found

    def _restored(self, kept: Kept) -> Record:
        subject = self.journal.new_subject()
        entry = self.journal.restored(subject)
        born_us = kept.timestamp_ms * 1_000 - self.clock.start_epoch_us
        return Record(**asdict(kept), born_us=born_us, subject=subject, entry=entry)


class ClusterKind:
    """The section `clusters:` of a scenario."""

    section: ClassVar[str] = "clusters"
    spec: ClassVar[type[ClusterSpec]] = ClusterSpec

    def create(self, world: World, name: str, spec: ClusterSpec) -> Cluster:
        """Build a cluster.

        Raises:
            ConfigurationError: A name or a value is out of Kafka's bounds.
        """
        if spec.arn and spec.bootstrap_servers:
            message = "a cluster of MSK has an ARN, one's own has bootstrap servers; keep one of them"
            raise ConfigurationError(message, key="bootstrap_servers")
        return Cluster(world, name, spec)

    def connect(self, world: World, source: Cluster, spec: ClusterSpec) -> None:
        """Do nothing: a cluster names nobody else."""


def _arn(world: World, name: str) -> str:
    identifier = world.chance.uuids("kafka cluster", name)()
    return f"arn:aws:kafka:{world.region}:{world.account_id}:cluster/{name}/{identifier}-1"


def _msk_servers(world: World, name: str) -> tuple[str, ...]:
    """Return the brokers of a cluster of MSK, named as MSK names them."""
    mark = world.chance.hex_ids(6, "kafka cluster", name)()
    domain = f"{name.lower()}.{mark}.c1.kafka.{world.region}.amazonaws.com"
    return tuple(f"b-{number}.{domain}:{_MSK_PORT}" for number in range(1, _BROKERS + 1))
