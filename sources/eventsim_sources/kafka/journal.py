"""What is told of a cluster? The trace, the summary and, on a server with a database, the notebook for the next one."""

from eventsim import World
from eventsim_sources.kafka.book import Book
from eventsim_sources.kafka.record import Record
from eventsim_sources.kafka.topic import Topic


class Journal:
    """Tells what becomes of one cluster's records.

    Attributes:
        produced_count, expired_count: records so far.
    """

    def __init__(self, world: World, cluster: str) -> None:
        self.produced_count = self.expired_count = 0
        self._cluster = cluster
        self._trace = trace = world.trace
        self._book = world.share(Book)
        self._place = trace.subject("cluster", cluster)
        self._new_subject = trace.subjects("record", "r")
        kind = trace.kind
        self._PRODUCED = kind(
            "record produced",
            "{subject} was produced to {topic} of {place}, partition {partition}, offset {offset}",
            value="size_bytes",
            is_summed=True,
        )
        self._RESTORED = kind("restored", "{subject} was left in {place} by an earlier server")
        self._EXPIRED = kind("records expired", "{value} records of {subject} were too old for {place}", value="count")
        self._BEGUN = kind("topic begun", "{place} has a topic {topic} from now on, with one partition")

    def new_subject(self) -> int:
        """Return the subject of a new record."""
        return self._new_subject()

    def produced(self, subject: int, topic: str, partition: int, offset: int, size_bytes: int) -> int:
        """Tell of a new record; return the entry."""
        self.produced_count += 1
        detail = {"topic": topic, "partition": partition, "offset": offset}
        return self._trace.record(self._PRODUCED, subject, self._place, 0, size_bytes, detail)

    def restored(self, subject: int) -> int:
        """Tell of a record that an earlier server left; return the entry."""
        return self._trace.record(self._RESTORED, subject, self._place)

    def begun(self, topic: str) -> None:
        """Tell of a topic that nobody declared."""
        self._trace.record(self._BEGUN, self._place, self._place, detail={"topic": topic})

    def expired(self, topic: Topic, count: int) -> None:
        """Tell of records that were too old, when somebody looked."""
        self.expired_count += count
        subject = self._trace.subject("kafka topic", f"{self._cluster}/{topic.name}")
        self._trace.record(self._EXPIRED, subject, self._place, value=count)
        self._book.forget(self._cluster, topic.name, count)

    def keep(self, topic: str, record: Record) -> None:
        """Have a record outlive the server."""
        self._book.add(self._cluster, topic, record)

    def committed(self, topic: Topic, group: str) -> None:
        """Have the offsets of a consumer group outlive the server."""
        self._book.commit(self._cluster, topic.name, group, topic.committed[group])
