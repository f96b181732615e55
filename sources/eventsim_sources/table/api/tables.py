"""Which table does a request mean? The tables of an account by name or ARN, and what their operations share."""

import re
from typing import Final

from eventsim import Request, World
from eventsim_sources.table import errors
from eventsim_sources.table.backup import Backup
from eventsim_sources.table.source import Table
from eventsim_sources.table.stream import TableStream
from eventsim_sources.table.tokens import Tokens
from eventsim_sources.table.transfer import Transfers

_ARN: Final = re.compile(r"arn:[a-z-]+:dynamodb:[^:]*:[^:]*:table/.+")


class Tables:
    """The tables of a simulation, as API calls find them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = Tokens()
        self.backups: dict[str, Backup] = {}
        self.new_backup_mark = world.chance.hex_ids(8, "backups")
        self.exports = Transfers(world, "exports", "ExportConflictException")
        self.imports = Transfers(world, "imports", "ImportConflictException")
        self._tables = world.sources(Table.kind)
        self._without_effect = world.trace.kind(
            "accepted without effect", "{place} took {parameter}, which has no effect: {reason}"
        )

    def all(self) -> dict[str, Table]:
        """Return all tables by name."""
        return {name: table for name, table in self._tables.items() if isinstance(table, Table)}

    def find(self, name: str) -> Table | None:
        """Return the table with this name or ARN, if there is one."""
        table = self._tables.get(self.name_of(name))
        return table if isinstance(table, Table) else None

    def name_of(self, name: str) -> str:
        """Return the name of a table that a name or an ARN means; another account's or region's has none here."""
        if not name.startswith("arn:"):
            return name
        here = f"arn:aws:dynamodb:{self.world.region}:{self.world.account_id}:table/"
        return name.removeprefix(here).partition("/")[0] if name.startswith(here) else name

    def used(self, name: str) -> Table:
        """Return the table that an operation on items names.

        Raises:
            ApiError: there is none, or it is still being made.
        """
        table = self.find(name)
        if table is None or not table.is_ready:
            raise errors.table_missing()
        return table

    def named(self, request: Request) -> Table:
        """Return the table that an operation on tables names.

        Raises:
            ApiError: there is none.
        """
        name = str(request.parameters["TableName"])
        table = self.find(name)
        if table is None:
            raise errors.table_missing(self.name_of(name))
        return table

    def with_arn(self, arn: str) -> Table:
        """Return the table that has an ARN, or whose index or stream has it.

        Raises:
            ApiError: there is none, or it is no ARN of DynamoDB.
        """
        if not _ARN.match(arn):
            raise errors.invalid(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
        table = self.find(arn)
        if table is None:
            raise errors.resource_missing(arn)
        return table

    def tell_without_effect(self, request: Request, what: str, reason: str) -> None:
        """Record that something which was asked for has no effect."""
        place = self.world.trace.subject("operation", f"{request.service}.{request.operation}")
        detail = {"parameter": what, "reason": reason}
        self.world.trace.record(self._without_effect, place, place, request.entry, detail=detail)

    def streams(self) -> list[TableStream]:
        """Return all streams that can be read, in order of their ARNs."""
        streams = (each for each in self.world.sources(TableStream.kind).values() if isinstance(each, TableStream))
        return sorted((each for each in streams if not each.is_gone), key=lambda each: each.arn)
