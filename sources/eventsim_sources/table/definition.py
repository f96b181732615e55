"""What must be written down of a table, beside its items, so that another server can go on with it?"""

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from eventsim_sources.table.schema import Schema
from eventsim_sources.table.settings import Origin, Settings
from eventsim_sources.table.throughput import ThroughputHistory

if TYPE_CHECKING:
    from eventsim_sources.table.source import Table


class DestinationDefinition(Struct, kw_only=True):
    """A Kinesis stream that is told of changes."""

    arn: str
    precision: str
    is_active: bool


class Definition(Struct, kw_only=True):
    """A table without its items."""

    identifier: str
    schema: Schema
    settings: Settings
    tags: dict[str, str]
    time_to_live: str
    time_to_live_delay_us: int
    stream_label: str
    stream_view: str
    destinations: list[DestinationDefinition]
    policies: dict[str, tuple[str, str]]
    recovery: dict[str, Any] | None
    insights: dict[str, tuple[str, int]] = {}
    origin: Origin | None = None
    replicas: dict[str, int] = {}
    throughput: dict[str, ThroughputHistory] = {}


def definition(table: "Table") -> Any:
    """Return a table's definition as JSON has it."""
    stream = table.stream
    return msgspec.to_builtins(
        Definition(
            identifier=table.identifier,
            schema=table.schema,
            settings=table.settings,
            tags=table.tags,
            time_to_live=table.time_to_live.attribute,
            time_to_live_delay_us=table.time_to_live.delay_us,
            stream_label="" if stream is None else stream.label,
            stream_view="" if stream is None else stream.view_type,
            destinations=[
                DestinationDefinition(arn=each.arn, precision=each.precision, is_active=each.is_active)
                for each in table.destinations.values()
            ],
            policies=dict(table.policies),
            recovery=None if table.recovery is None else {"RecoveryPeriodInDays": table.recovery.days},
            insights=dict(table.insights),
            origin=table.origin,
            replicas=dict(table.replication.made_at_us),
            throughput=dict(table.throughput),
        )
    )


def read_definition(text: str) -> Definition:
    """Read a definition from its JSON."""
    return msgspec.json.decode(text.encode(), type=Definition)
