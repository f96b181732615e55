"""What may a mapping poll? Queues, from which it takes, and streams, in which it reads."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from eventsim.envelope import Lineage


@runtime_checkable
class Pollable(Protocol):
    """A source that a mapping may poll. `Taken` items are the source's own objects; the mapping hands them back."""

    @property
    def arn(self) -> str:
        """The ARN of the source."""

    @property
    def is_ordered(self) -> bool:
        """Whether order within a group is promised (a FIFO queue)."""

    @property
    def visibility_timeout_us(self) -> int:
        """How long what is taken stays hidden, unless the mapping asks for more."""

    def take(self, count_max: int, *, hidden_us: int | None = None) -> Sequence["Taken"]:
        """Take up to `count_max` (≤ 10) of what is available now; empty when there is nothing."""

    def records(self, taken: Sequence["Taken"]) -> list[dict[str, Any]]:
        """Build the element of `Records` for each of them, fresh and owned by the caller."""

    def settle(self, taken: Sequence["Taken"], cause: int) -> None:
        """Forget these for good: they were processed, or filtered out."""

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as `take` may have something to give."""


class Taken(Protocol):
    """One thing taken from a source and not yet settled."""

    @property
    def identifier(self) -> str:
        """What a partial batch response calls it: `messageId`, sequence number."""

    @property
    def subject(self) -> int:
        """Its subject in the trace."""

    @property
    def entry(self) -> int:
        """The trace entry that tells that it was taken."""

    @property
    def size_bytes(self) -> int:
        """Its size in the serialised event, about."""

    @property
    def hidden_until_us(self) -> int:
        """When it becomes visible again if it is not settled."""

    @property
    def lineage(self) -> Lineage | None:
        """The chain of invocations that sent it."""


class Shard(Struct, frozen=True, kw_only=True, gc=False):
    """An ordered part of a stream.

    Attributes:
        identifier: `shardId-000000000000`.
        parents: the shards that were split or merged into it; they are read to their end first.
    """

    identifier: str
    parents: tuple[str, ...] = ()


class ShardPosition(Struct, frozen=True, kw_only=True, gc=False):
    """Where a reader begins in a shard.

    Attributes:
        type: AWS's word: `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`.
        at: with `AT_TIMESTAMP`, the instant.
    """

    type: str
    at: datetime | None = None


class StreamRecord(Protocol):
    """One record of a stream. It stays where it is when it is read; it is gone when it has expired."""

    @property
    def identifier(self) -> str:
        """Its sequence number: what a partial batch response calls it."""

    @property
    def offset(self) -> int:
        """Its place in its shard, counted from 0 at the shard's birth; expired records are counted too."""

    @property
    def key(self) -> str:
        """What keeps its order with: the partition key, the key of the item as text."""

    @property
    def born_us(self) -> int:
        """When it arrived, in microseconds since the run began."""

    @property
    def subject(self) -> int:
        """Its subject in the trace."""

    @property
    def entry(self) -> int:
        """The trace entry that tells that it arrived."""

    @property
    def size_bytes(self) -> int:
        """Its size in the serialised event, about."""

    @property
    def lineage(self) -> Lineage | None:
        """The chain of invocations that wrote it."""


@runtime_checkable
class Sharded(Protocol):
    """A source that keeps order within shards, and its records until they expire: a stream, a table's stream.

    A reader keeps its own offset for each shard. Nothing is taken away by reading.
    """

    @property
    def service(self) -> str:
        """Whose rules its mappings follow: `kinesis`, `dynamodb`, `kafka`."""

    @property
    def arn(self) -> str:
        """The ARN of the stream (of a table's stream, not of the table)."""

    @property
    def retention_us(self) -> int:
        """How long a record can be read after it arrived."""

    def shards(self) -> Sequence[Shard]:
        """Return every shard from which something may still be read, parents before their children."""

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Return the offset at which a reader with this position begins in a shard."""

    def end(self, shard: str) -> int | None:
        """Return the offset after the last record of a closed shard, None while it is open."""

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[StreamRecord]:
        """Return up to `count_max` records from this offset on, expired ones left out; empty when there are none."""

    def records(self, read: Sequence[StreamRecord]) -> list[dict[str, Any]]:
        """Build the element of `Records` for each of them, fresh and owned by the caller."""

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once, in a step of its own, as soon as `read` has something here or the shard is closed."""

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, in a step of its own, as soon as there are other shards."""
