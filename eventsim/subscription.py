"""How does a mapping read a part of a source? A topic of a cluster, a queue of a broker, a collection of a database.

Such a source is not polled itself. A mapping subscribes to a part of it, and reads that in order, shard by shard.
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from eventsim.polled import Sharded, StreamRecord

KAFKA, MQ, DOCUMENTS = "kafka", "mq", "docdb"
"""The services whose sources have parts: `service` of a `Subscribable`."""


TOPIC_DESTINATION = "kafka://"
"""How a mapping of Kafka names a topic of its own cluster that is told of what it gives up."""


class Subscription(Struct, frozen=True, kw_only=True, gc=False):
    """What a mapping wants of a source that has parts.

    Attributes:
        part: the topic, the queue, or the database with its collection (`shop.orders`; `shop` for all of them).
        virtual_host: of a broker that has some, the one in which the queue lies.
        group: under which name the source keeps how far it was read; a new one for every mapping unless it is given.
        readers: how many batches there may be at the same time, where the mapping may say so.
        batch_size: how many records a batch may have.
        is_whole: whether an update of a document brings all of it.
    """

    part: str
    virtual_host: str = "/"
    group: str = ""
    readers: int = 1
    batch_size: int = 100
    is_whole: bool = False

    def reader_names(self, count: int) -> list[str]:
        """Return what so many readers are called; a single one is called as the part."""
        return [self.part] if count == 1 else [f"{self.part} ({n} of {count})" for n in range(1, count + 1)]


class FailedInfo(Struct, frozen=True, gc=False):
    """What a source says of records that were given up: a member of the record that tells of them.

    Attributes:
        name: the member's, such as `KafkaBatchInfo`.
        members: what it holds.
    """

    name: str
    members: dict[str, Any]


@runtime_checkable
class Subscribed(Sharded, Protocol):
    """A part of a source, as one mapping reads it. Its shards are readers, with offsets of their own."""

    @property
    def is_served(self) -> bool:
        """Whether somebody simulates the source, so that there may be records one day."""

    def event(self, read: Sequence[StreamRecord]) -> dict[str, Any]:
        """Build the event for records, fresh and owned by the caller."""

    def failed_info(self, read: Sequence[StreamRecord]) -> FailedInfo:
        """Tell an on-failure destination which records were given up."""

    def lag(self, read: Sequence[StreamRecord]) -> int:
        """Return how many records of the partitions of these come after them: the greatest number of one of them."""

    def commit(self, shard: str, offset: int) -> None:
        """Note that everything before this offset is out of the way, for whoever reads under the same name later."""

    def release(self, shard: str, offset: int) -> None:
        """Let others have what stands from this offset on: the mapping was stopped; it may go on here one day."""


@runtime_checkable
class Subscribable(Protocol):
    """A source of which mappings read parts."""

    @property
    def service(self) -> str:
        """Whose rules its mappings follow: `kafka`, `mq` or `docdb`."""

    @property
    def arn(self) -> str:
        """The ARN of the source; of a cluster of one's own, its bootstrap servers with commas between them."""

    def answers_to(self, name: str) -> bool:
        """Tell whether this is the source that an ARN or a list of bootstrap servers means."""

    def subscribe(self, subscription: Subscription) -> Subscribed:
        """Return a part as one mapping reads it; nothing happens until it is read.

        Raises:
            ApiError: there is no such part.
        """
