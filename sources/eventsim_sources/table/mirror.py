"""What does a person see who looks into the database? The tables of a simulation, each item as JSON.

`select key, item from item where table_name = 'orders'` shows what is there after each turn of the loop (`writer.py`).
A server reads it when it starts (`restore.py`).
"""

import json
from typing import TYPE_CHECKING, Any

from eventsim import World
from eventsim_sources.database import Step
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.definition import definition
from eventsim_sources.table.stream_record import as_json
from eventsim_sources.table.value import Item
from eventsim_sources.writer import Writer

if TYPE_CHECKING:
    from eventsim_sources.table.source import Table

_SCHEMA = """
CREATE TABLE IF NOT EXISTS item_table (
    name TEXT PRIMARY KEY,
    arn TEXT NOT NULL,
    created_at TEXT NOT NULL,
    definition TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
    table_name TEXT NOT NULL,
    key TEXT NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (table_name, key)
) WITHOUT ROWID;
"""
_PUT_TABLE = "INSERT OR REPLACE INTO item_table VALUES (?, ?, ?, ?)"
_PUT_ITEM = "INSERT OR REPLACE INTO item VALUES (?, ?, ?)"
_DELETE_ITEM = "DELETE FROM item WHERE table_name = ? AND key = ?"
_DELETE_TABLE = ("DELETE FROM item_table WHERE name = ?", "DELETE FROM item WHERE table_name = ?")
_ALL = ("SELECT * FROM item_table", "SELECT * FROM item")


class Mirror:
    """The tables of a simulation, as tables of its database."""

    def __init__(self, world: World) -> None:
        self._clock = world.clock
        self._writer = world.share(Writer)
        self._writer.extend(_SCHEMA)
        self._tables: dict[str, Table] = {}
        self._items: dict[tuple[str, str], tuple[Table, Address]] = {}
        self._deleted: list[tuple[str]] = []

    def load(self) -> list[list[tuple[Any, ...]]]:
        """Keep the file for this process, and return all rows of both tables.

        Raises:
            ConfigurationError: another server has it.
            StorageError: it is damaged or none of ours.
        """
        return self._writer.load(*_ALL)

    def note_table(self, table: "Table") -> None:
        """Remember that a table is new or set up otherwise."""
        self._tables[table.name] = table
        self._writer.note(self._changes)

    def note_item(self, table: "Table", key: str, address: Address) -> None:
        """Remember that an item changed."""
        self._items[table.name, key] = table, address
        self._writer.note(self._changes)

    def forget(self, table: "Table") -> None:
        """Remember that a table was deleted, with all that it held."""
        self._deleted.append((table.name,))
        self._tables.pop(table.name, None)
        self._items = {place: item for place, item in self._items.items() if place[0] != table.name}
        self._writer.note(self._changes)

    def _changes(self) -> list[Step]:
        """Return what changed as statements with rows, and begin anew."""
        put: list[tuple[object, ...]] = []
        gone: list[tuple[object, ...]] = []
        for place, (table, address) in self._items.items():
            stored = table.store.get(address)
            if stored is None:
                gone.append(place)
            else:
                put.append((*place, _json(stored.item)))
        steps: list[Step] = [(statement, self._deleted) for statement in _DELETE_TABLE]
        steps += [
            (_PUT_TABLE, [self._row(table) for table in self._tables.values()]),
            (_DELETE_ITEM, gone),
            (_PUT_ITEM, put),
        ]
        self._tables, self._items, self._deleted = {}, {}, []
        return [(statement, rows) for statement, rows in steps if rows]

    def _row(self, table: "Table") -> tuple[object, ...]:
        created_at = self._clock.date(table.created_us).isoformat()
        return table.name, table.arn, created_at, json.dumps(definition(table))


def _json(item: Item) -> str:
    """Write an item for people; one with half of a character in it, which is no text, with escapes."""
    text = json.dumps(as_json(item), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(as_json(item))
    return text
