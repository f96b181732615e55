"""How many capacity units does a request consume? By AWS's rules, from sizes."""

from collections import Counter
from typing import Any

from eventsim_sources.table.arrangement import SortKey
from eventsim_sources.table.limits import READ_UNIT_BYTES, WRITE_UNIT_BYTES
from eventsim_sources.table.schema import Index, Schema
from eventsim_sources.table.store import Change, Store
from eventsim_sources.table.value import Item, size_of


def read_units(size_bytes: int, *, is_consistent: bool) -> float:
    """Return the units of reading so much at once: one for each 4 KB begun, half if eventually consistent."""
    return max(1, -(-size_bytes // READ_UNIT_BYTES)) * (1.0 if is_consistent else 0.5)


def write_units(size_bytes: int) -> float:
    """Return the units of writing an item: one for each KB begun."""
    return float(max(1, -(-size_bytes // WRITE_UNIT_BYTES)))


class Consumed:
    """What one request consumes of one table.

    Attributes:
        reads, writes: units of the table.
        index_reads, index_writes: units of each index.
    """

    def __init__(self) -> None:
        self.reads = self.writes = 0.0
        self.index_reads: Counter[str] = Counter()
        self.index_writes: Counter[str] = Counter()

    def add_write(self, store: Store, change: Change, factor: int = 1) -> None:
        """Count a write, of the table and of its indexes."""
        self.writes += table_write_units(change) * factor
        for name, index in store.schema.indexes.items():
            units = sum(units for _, units in index_writes(store, index, change)) * factor
            if units:
                self.index_writes[name] += units  # type: ignore[assignment]  # a counter may count in halves

    def described(self, table_name: str, schema: Schema, detail: str, *, tells_kinds: bool = False) -> dict[str, Any]:
        """Describe it as `ConsumedCapacity`.

        Args:
            detail: `TOTAL` or `INDEXES`.
            tells_kinds: whether reads and writes are told apart, as for transactions.
        """
        units = Counter(self.index_reads)
        units.update(self.index_writes)
        total = self.reads + self.writes + sum(units.values())
        described: dict[str, Any] = {"TableName": table_name, "CapacityUnits": float(total)}
        if tells_kinds:
            reads = self.reads + sum(self.index_reads.values())
            kind = "ReadCapacityUnits" if reads else "WriteCapacityUnits"
            described[kind] = float(total)
        if detail == "INDEXES":
            described["Table"] = self._capacity(self.reads, self.writes, tells_kinds=tells_kinds)
            for group, is_global in (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False)):
                of_group = {
                    name: self._capacity(self.index_reads[name], self.index_writes[name], tells_kinds=tells_kinds)
                    for name in units
                    if schema.indexes[name].is_global is is_global
                }
                if of_group:
                    described[group] = of_group
        return described

    @staticmethod
    def _capacity(reads: float, writes: float, *, tells_kinds: bool) -> dict[str, float]:
        capacity = {"CapacityUnits": float(reads + writes)}
        if tells_kinds:
            capacity["ReadCapacityUnits" if reads else "WriteCapacityUnits"] = float(reads + writes)
        return capacity


def projected(item: Item, names: frozenset[str] | None) -> Item:
    """Return what an index has of an item."""
    return item if names is None else {name: value for name, value in item.items() if name in names}


def table_write_units(change: Change) -> float:
    """Return the units of a write without those of indexes: the larger one counts of the items before and after it."""
    return write_units(max((each.size_bytes for each in (change.old, change.new) if each is not None), default=0))


def index_writes(store: Store, index: Index, change: Change) -> list[tuple[SortKey, float]]:
    """Return the units of bringing an index in step, by its partition key: moving an entry is a deletion and a put."""
    arrangement, names = store.indexes[index.name], store.schema.projected_names(index)
    old = change.old.item if change.old is not None else None
    new = change.new.item if change.new is not None else None
    before = None if old is None else arrangement.address(old)
    after = None if new is None else arrangement.address(new)
    old_entry = {} if old is None or before is None else projected(old, names)
    new_entry = {} if new is None or after is None else projected(new, names)
    if before == after:
        if before is None or old_entry == new_entry:
            return []
        return [(before[0], write_units(max(size_of(old_entry), size_of(new_entry))))]
    entries = ((before, old_entry), (after, new_entry))
    return [(address[0], write_units(size_of(entry))) for address, entry in entries if address is not None]
