"""What do several operations put into their answers? Consumed capacity and the size of item collections."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim_sources.table.capacity import Consumed
from eventsim_sources.table.copying import copied
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Change
from eventsim_sources.table.writing import Write

_SIZE_RANGE_GB = [0.0, 1.0]


def capacity_detail(parameters: Mapping[str, Any]) -> str:
    """Return what shall be told of consumed capacity: `TOTAL`, `INDEXES` or "" for nothing."""
    detail = str(parameters.get("ReturnConsumedCapacity") or "")
    return "" if detail == "NONE" else detail


class Consumption:
    """What a request consumes of several tables.

    Args:
        factor: 2 for transactions.
        tells_kinds: whether reads and writes are told apart.
    """

    def __init__(self, factor: int = 1, *, tells_kinds: bool = False) -> None:
        self.factor = factor
        self._tells_kinds = tells_kinds
        self._of_tables: dict[str, tuple[Table, Consumed]] = {}

    def of(self, table: Table) -> Consumed:
        """Return what is consumed of one table, to be added to."""
        return self._of_tables.setdefault(table.name, (table, Consumed()))[1]

    def told(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return `ConsumedCapacity` if it was asked for."""
        detail = capacity_detail(parameters)
        if not detail:
            return {}
        described = [
            consumed.described(name, table.schema, detail, tells_kinds=self._tells_kinds)
            for name, (table, consumed) in self._of_tables.items()
        ]
        return {"ConsumedCapacity": described}


def written_capacity(
    name: str, table: Table, changes: Sequence[Change], detail: str, *, factor: int = 1, tells_kinds: bool = False
) -> dict[str, Any]:
    """Describe what writes to one table consumed.

    Args:
        name: how the request names the table.
        factor: 2 for transactions.
    """
    consumed = Consumed()
    for change in changes:
        consumed.add_write(table.store, change, factor)
    return consumed.described(name, table.schema, detail, tells_kinds=tells_kinds)


def collection_metrics(parameters: Mapping[str, Any], write: Write) -> dict[str, Any] | None:
    """Describe the collection that an item belongs to, if it was asked for: tables with local indexes have them."""
    wanted = parameters.get("ReturnItemCollectionMetrics") == "SIZE"
    schema = write.table.schema
    if not wanted or all(index.is_global for index in schema.indexes.values()):
        return None
    name = schema.key.hash_name
    return {"ItemCollectionKey": copied({name: write.key[name]}), "SizeEstimateRangeGB": list(_SIZE_RANGE_GB)}
