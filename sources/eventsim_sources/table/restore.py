"""What did an earlier server leave? Its tables out of the database, as they were when the last group was written.

A table that the scenario declares keeps the scenario's settings and gets its items back instead of its initial ones. A
stream goes on under its ARN, without what it told before. The trace begins anew; tokens of transactions are forgotten.
"""

import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventsim import World
from eventsim_sources.table.definition import Definition, read_definition
from eventsim_sources.table.mirror import Mirror
from eventsim_sources.table.recovery import Recovery
from eventsim_sources.table.source import Table
from eventsim_sources.table.value import Item


def restore(world: World) -> None:
    """Bring back the tables of a world.

    Raises:
        ConfigurationError: another server has the database.
        StorageError: it cannot be read.
    """
    tables, items = world.share(Mirror).load()
    items_of: defaultdict[str, list[Item]] = defaultdict(list)
    for table_name, _, item in items:
        items_of[table_name].append(from_json(json.loads(item)))
    for name, _, created_at, text in tables:
        left = read_definition(text)
        table = _table(world, name, created_at, left)
        table.replication.made_at_us.update(left.replicas)
        table.restore(items_of[name])


def _table(world: World, name: str, created_at: str, left: Definition) -> Table:
    """Return the table that goes on: the scenario's, or one like that of before."""
    declared = world.sources(Table.kind).get(name)
    if isinstance(declared, Table):
        return declared
    table = Table(
        world,
        name,
        left.schema,
        left.settings,
        tags=left.tags,
        time_to_live_delay_us=left.time_to_live_delay_us,
    )
    born = datetime.fromisoformat(created_at) - world.clock.start_at
    table.created_us = table.active_us = round(born.total_seconds() * 1_000_000)
    table.identifier = left.identifier
    table.policies.update(left.policies)
    if left.recovery is not None:
        table.recovery = Recovery(world.clock, left.recovery["RecoveryPeriodInDays"])
    table.insights.update(left.insights)
    table.throughput.update(left.throughput)
    table.origin = left.origin
    for each in left.destinations:
        table.add_destination(each.arn, each.precision).is_active = each.is_active
    world.add(table)
    if left.stream_view:
        table.enable_stream(left.stream_view, left.stream_label)
    table.set_time_to_live(left.time_to_live)
    return table


def from_json(item: Mapping[str, Any]) -> Item:
    """Return an item from its JSON: binaries are base64 there."""
    return {name: _value(value) for name, value in item.items()}


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {"B": b64decode(content)}
        case "BS":
            return {"BS": [b64decode(each) for each in content]}
        case "M":
            return {"M": from_json(content)}
        case "L":
            return {"L": [_value(each) for each in content]}
        case _:
            return {kind: content}
