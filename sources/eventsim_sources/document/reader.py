"""What does a mapping read of a cluster of DocumentDB? The changes of a collection or a database, one after another."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import timedelta
from operator import attrgetter, call
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from eventsim import FailedInfo, Shard, ShardPosition, Subscription
from eventsim_sources.document.change import Change

if TYPE_CHECKING:
    from eventsim_sources.document.source import DocumentDatabase

_MICROSECOND = timedelta(microseconds=1)
_OFFSET = attrgetter("offset")


class ChangeReader:
    """A change stream as one mapping reads it. Places are counted from the first change that it may read."""

    service: ClassVar[str] = "docdb"
    is_served: ClassVar[bool] = True

    def __init__(self, database: "DocumentDatabase", subscription: Subscription) -> None:
        self._database = database
        self._part = subscription.part
        self._is_whole = subscription.is_whole
        self._read: list[Change] = []
        self._end = 0
        self._seen = 0

    @property
    def arn(self) -> str:
        """The cluster's ARN."""
        return self._database.arn

    @property
    def retention_us(self) -> int:
        """How long changes can be read."""
        return self._database.retention_us

    def shards(self) -> Sequence[Shard]:
        """Return the only one."""
        return [Shard(identifier=self._part)]

    def begin(self, shard: str, position: ShardPosition) -> int:  # noqa: ARG002 - there is one
        """Return the place at which reading begins."""
        self._extend()
        if position.type == "LATEST":
            return self._end
        if position.at is None:
            return self._read[0].offset if self._read else self._end
        at_us = (position.at - self._database.clock.start_at) // _MICROSECOND
        return next((each.offset for each in self._read if each.born_us >= at_us), self._end)

    def end(self, shard: str) -> int | None:  # noqa: ARG002 - there is one
        """Return None: changes never end."""
        return None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[Change]:  # noqa: ARG002 - there is one
        """Return up to so many changes from a place on, expired ones left out."""
        self._extend()
        return self._read[bisect_left(self._read, offset, key=_OFFSET) :][:count_max]

    def records(self, read: Sequence[Change]) -> list[dict[str, Any]]:
        """Build the changes as the function gets them."""
        return [each.event(is_whole=self._is_whole) for each in read]

    def event(self, read: Sequence[Change]) -> dict[str, Any]:
        """Build the event."""
        return {"eventSourceArn": self.arn, "events": self.records(read), "eventSource": "aws:docdb"}

    def failed_info(self, read: Sequence[Change]) -> FailedInfo:
        """Tell how many were given up; nobody asks, since such mappings have no destinations."""
        return FailedInfo("DocumentDBBatchInfo", {"batchSize": len(read)})

    def lag(self, read: Sequence[Change]) -> int:
        """Return how many changes come after these."""
        return self._end - read[-1].offset - 1

    def commit(self, shard: str, offset: int) -> None:  # noqa: ARG002 - there is one
        """Forget what stands before a place."""
        del self._read[: bisect_left(self._read, offset, key=_OFFSET)]

    def release(self, shard: str, offset: int) -> None:
        """Do nothing: changes are there for everybody."""

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once there is a change to read."""
        if self.read(shard, offset, 1):
            self._database.clock.soon(call, wake)
        else:
            self._database.await_change(wake)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Do nothing: there is one."""

    def _extend(self) -> None:
        """Take the changes that have come since, and forget those that have expired."""
        for change in self._database.since(self._seen):
            self._seen = change.offset + 1
            if change.collection == self._part or change.collection.partition(".")[0] == self._part:
                self._read.append(msgspec.structs.replace(change, offset=self._end))
                self._end += 1
        oldest_us = self._database.clock.now_us - self.retention_us
        while self._read and self._read[0].born_us <= oldest_us:
            del self._read[0]
