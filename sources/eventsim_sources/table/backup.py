"""What is kept of a table when it is backed up? How it is set up and what it holds, for a new table to be made of."""

from collections.abc import Sequence

from msgspec import Struct

from eventsim_sources.table.schema import Schema
from eventsim_sources.table.settings import Settings
from eventsim_sources.table.source import Table
from eventsim_sources.table.value import Item

MARK = "/backup/"
"""Stands in a backup's ARN between the table's ARN and the backup's own id."""


class Backup(Struct, frozen=True, kw_only=True):
    """A backup.

    Attributes:
        name: what a person calls it; several may have the same.
        created_us: when it was made.
        table, table_arn, table_id, table_created_us: the table it is of.
        view_type: what the table's stream showed, "" if it had none.
        time_to_live: the attribute that ended items, "" if none did.
        size_bytes: of the items.
    """

    arn: str
    name: str
    created_us: int
    table: str
    table_arn: str
    table_id: str
    table_created_us: int
    schema: Schema
    settings: Settings
    view_type: str
    time_to_live: str
    items: Sequence[Item]
    size_bytes: int


def backup_of(table: Table, name: str, mark: str) -> Backup:
    """Back a table up; the mark tells its ARN apart from others of the same instant."""
    clock, store = table.world.clock, table.store
    return Backup(
        arn=f"{table.arn}{MARK}{clock.epoch_ms():014d}-{mark}",
        name=name,
        created_us=clock.now_us,
        table=table.name,
        table_arn=table.arn,
        table_id=table.identifier,
        table_created_us=table.created_us,
        schema=table.schema,
        settings=table.settings,
        view_type="" if table.stream is None else table.stream.view_type,
        time_to_live=table.time_to_live.attribute,
        items=[stored.item for stored in store.items.walk()],
        size_bytes=store.items.size_bytes,
    )
