"""What does a table hold? Its items, and the same items in the order of each index: rules in memory, no waiting."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.table.arrangement import Address, Arrangement, Stored
from eventsim_sources.table.schema import Index, Schema
from eventsim_sources.table.value import Item, equal, size_of


class Change(Struct, frozen=True, gc=False):
    """What a write did to one item.

    Attributes:
        old: what stood there before, None if nothing did.
        new: what stands there now, None if nothing does.
    """

    address: Address
    old: Stored | None
    new: Stored | None

    @property
    def is_real(self) -> bool:
        """Whether anything is other than before."""
        old, new = self.old, self.new
        if old is None or new is None:
            return old is not new
        return old.item != new.item and not equal({"M": old.item}, {"M": new.item})


class Store:
    """The items of one table.

    Attributes:
        items: by the table's key.
        indexes: by the keys of the indexes, by name.
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.items = Arrangement(schema.key, schema.types)
        self.indexes = {
            name: Arrangement(index.key, schema.types, schema.key) for name, index in schema.indexes.items()
        }

    def address(self, key: Mapping[str, Any]) -> Address:
        """Return where the item with a key, or a whole item, stands."""
        address = self.items.address(key)
        assert address is not None, "keys are checked before"
        return address

    def get(self, address: Address) -> Stored | None:
        """Return the item at an address."""
        return self.items.get(address)

    def put(self, item: Item, size_bytes: int | None = None) -> Change:
        """Put an item, in place of the one with the same key; it must not be changed any more."""
        address = self.address(item)
        new = Stored(item, size_of(item) if size_bytes is None else size_bytes)
        old = self.items.get(address)
        self.items.put(address, new)
        for index in self.indexes.values():
            self._rearrange(index, old, new)
        return Change(address, old, new)

    def remove(self, address: Address) -> Change:
        """Take an item away, if it is there."""
        old = self.items.get(address)
        if old is not None:
            self.items.remove(address)
            for index in self.indexes.values():
                self._rearrange(index, old, None)
        return Change(address, old, None)

    def add_index(self, index: Index, types: Mapping[str, str]) -> None:
        """Make another index; items that do not fit it are left out."""
        arrangement = Arrangement(index.key, types, self.schema.key)
        for stored in self.items.walk():
            address = arrangement.address(stored.item)
            if address is not None:
                arrangement.put(address, stored)
        self.indexes[index.name] = arrangement
        self._replace_schema({**self.schema.indexes, index.name: index}, types)

    def drop_index(self, name: str) -> None:
        """Forget an index."""
        del self.indexes[name]
        indexes = {other: index for other, index in self.schema.indexes.items() if other != name}
        used = {*self.schema.key.names, *(each for index in indexes.values() for each in index.key.names)}
        types = {attribute: kind for attribute, kind in self.schema.types.items() if attribute in used}
        self._replace_schema(indexes, types)

    def _replace_schema(self, indexes: Mapping[str, Index], types: Mapping[str, str]) -> None:
        self.schema = Schema(key=self.schema.key, types=types, indexes=indexes)

    def _rearrange(self, index: Arrangement, old: Stored | None, new: Stored | None) -> None:
        before = None if old is None else index.address(old.item)
        after = None if new is None else index.address(new.item)
        if before is not None and before != after:
            index.remove(before)
        if after is not None and new is not None:
            index.put(after, new)
