"""What does a mapping poll whose cluster, broker or database nobody simulates? A part of it that stays empty.

Such a mapping is made and enabled as on AWS; the trace says that nothing will come, and how to change that.
"""

# ruff: noqa: ARG002 - whatever it is asked, there is nothing

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from eventsim.polled import Shard, ShardPosition, StreamRecord
from eventsim.subscription import DOCUMENTS, KAFKA, MQ, FailedInfo, Subscription

_SERVICES = {"kafka": KAFKA, "mq": MQ, "rds": DOCUMENTS}
"""Service in an ARN → whose rules mappings follow."""
_WEEK_US = timedelta(days=7) // timedelta(microseconds=1)

INSTEAD = {
    KAFKA: "declare it: `clusters: {NAME: {topics: {TOPIC: {}}}}`, with its `arn` or its `bootstrap_servers`",
    MQ: "declare it: `brokers: {NAME: {engine: rabbitmq}}`, with its `arn`",
    DOCUMENTS: "declare it: `document_databases: {NAME: {}}`, with its `arn`",
}
"""Service → what there is to do about it."""


def service_of(name: str) -> str:
    """Return the service whose sources have parts that an ARN or a list of bootstrap servers means, "" if none does."""
    if name.startswith("arn:"):
        parts = name.split(":", 3)
        return _SERVICES.get(parts[2], "") if len(parts) > 3 else ""
    servers = name.split(",")
    return KAFKA if all(server.rpartition(":")[2].isdecimal() and ":" in server for server in servers) else ""


class Unserved:
    """A source that nobody simulates.

    Args:
        arn: its ARN, or its bootstrap servers.
        service: whose rules mappings follow.
    """

    def __init__(self, arn: str, service: str) -> None:
        self.arn = arn
        self.service = service

    def answers_to(self, name: str) -> bool:
        """Tell whether this is the source that a name means."""
        return name == self.arn

    def subscribe(self, subscription: Subscription) -> "Silence":
        """Return a part; there is every part, and it is empty."""
        return Silence(self.arn, self.service)


class Silence:
    """A part of such a source."""

    def __init__(self, arn: str, service: str) -> None:
        self.arn = arn
        self.service = service
        self.retention_us = _WEEK_US
        self.is_served = False

    def shards(self) -> Sequence[Shard]:
        """Return none."""
        return ()

    def begin(self, shard: str, position: ShardPosition) -> int:
        """Return the only offset."""
        return 0

    def end(self, shard: str) -> int | None:
        """Return None: it never ends."""
        return None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[StreamRecord]:
        """Return nothing."""
        return ()

    def records(self, read: Sequence[StreamRecord]) -> list[dict[str, Any]]:
        """Return nothing."""
        return []

    def event(self, read: Sequence[StreamRecord]) -> dict[str, Any]:
        """Return an event without records."""
        return {}

    def failed_info(self, read: Sequence[StreamRecord]) -> FailedInfo:
        """Return that nothing was given up."""
        return FailedInfo("", {})

    def lag(self, read: Sequence[StreamRecord]) -> int:
        """Return zero."""
        return 0

    def commit(self, shard: str, offset: int) -> None:
        """Do nothing."""

    def release(self, shard: str, offset: int) -> None:
        """Do nothing."""

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Do nothing: there never is more."""

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Do nothing: there never is more."""
