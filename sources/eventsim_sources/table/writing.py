"""What shall a request write, and may it? Decided first, for every item of a transaction, and carried out then."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Lineage
from eventsim_sources.table import errors
from eventsim_sources.table.admission import WRITE, Demand, write_demands
from eventsim_sources.table.arrangement import Address, Stored
from eventsim_sources.table.capacity import table_write_units
from eventsim_sources.table.conditions import Condition
from eventsim_sources.table.limits import ITEM_BYTES_MAX
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Change
from eventsim_sources.table.update import Update
from eventsim_sources.table.value import Item, checked_item, size_of

Build = Callable[[Item | None], Item | None]
"""Makes of the item that is there the item that shall be there; None is no item."""


class Write(Struct, frozen=True, kw_only=True, gc=False):
    """One item to be written, or only to be looked at.

    Attributes:
        key: the item's key, or all of it.
        condition: what must hold of the item that is there.
        build: None if nothing shall change: a condition check.
        shows_old: whether the item goes with the error when the condition does not hold.
        size_bytes: the size of the new item if it is known already.
        is_first: whether no item may be there yet.
    """

    table: Table
    key: Item
    address: Address
    condition: Condition | None
    build: Build | None
    shows_old: bool = False
    size_bytes: int | None = None
    is_first: bool = False


class Decided(Struct, frozen=True, gc=False):
    """What a write comes to.

    Attributes:
        size_bytes: of the new item.
    """

    write: Write
    old: Stored | None
    new: Item | None
    size_bytes: int

    @property
    def change(self) -> Change:
        """What will be another than before; nothing if the item is only looked at."""
        if self.write.build is None:
            return Change(self.write.address, self.old, self.old)
        new = None if self.new is None else Stored(self.new, self.size_bytes)
        return Change(self.write.address, self.old, new)


class NewItem(Struct, frozen=True, gc=False):
    """An item that some table may take."""

    item: Item
    size_bytes: int


def new_item(given: Mapping[str, Any]) -> NewItem:
    """Check an item for itself: whether it fits a table is asked later.

    Raises:
        ApiError: a value is not well formed, or the whole is too large.
    """
    item = checked_item(given)
    size_bytes = size_of(item)
    if size_bytes > ITEM_BYTES_MAX:
        raise errors.invalid("Item size has exceeded the maximum allowed size")
    return NewItem(item, size_bytes)


def put(
    table: Table, new: NewItem, condition: Condition | None, *, shows_old: bool = False, is_first: bool = False
) -> Write:
    """Plan to put an item.

    Raises:
        ApiError: it does not fit the table.
    """
    item = new.item
    table.schema.check_item(item)
    return Write(
        table=table,
        key=item,
        address=table.store.address(item),
        condition=condition,
        build=lambda _: item,
        shows_old=shows_old,
        size_bytes=new.size_bytes,
        is_first=is_first,
    )


def delete(table: Table, key: Item, condition: Condition | None, *, shows_old: bool = False) -> Write:
    """Plan to delete an item.

    Raises:
        ApiError: the key does not fit the table.
    """
    return _by_key(table, key, condition, _nothing, shows_old=shows_old)


def check(table: Table, key: Item, condition: Condition, *, shows_old: bool = False) -> Write:
    """Plan to look whether a condition holds.

    Raises:
        ApiError: the key does not fit the table.
    """
    return _by_key(table, key, condition, None, shows_old=shows_old)


def update(
    table: Table,
    key: Item,
    changes: Update | None,
    condition: Condition | None,
    *,
    shows_old: bool = False,
    may_make: bool = True,
) -> Write:
    """Plan to change an item, or to make one of the key.

    Args:
        may_make: whether an item is made where there is none.

    Raises:
        ApiError: the key does not fit the table.
    """
    names = table.schema.key.names
    if changes is not None:
        changes.check_keys(names)
    write = _by_key(table, key, condition, None, shows_old=shows_old)

    def build(old: Item | None) -> Item | None:
        if old is None and not may_make:
            return None
        before = key if old is None else old
        return before if changes is None else _updated(table, changes, before)

    return Write(table=table, key=key, address=write.address, condition=condition, build=build, shows_old=shows_old)


def _by_key(table: Table, key: Item, condition: Condition | None, build: Build | None, *, shows_old: bool) -> Write:
    table.schema.check_key(key)
    address = table.store.address(key)
    return Write(table=table, key=key, address=address, condition=condition, build=build, shows_old=shows_old)


def _nothing(_: Item | None) -> Item | None:
    return None


def _updated(table: Table, changes: Update, before: Item) -> Item:
    new = changes.apply(before)
    if table.schema.indexes:
        table.schema.check_updated(new)
    return new


def decide(write: Write) -> Decided:
    """Work out what a write comes to; nothing is changed yet.

    Raises:
        ApiError: the condition does not hold, or the new item does not fit.
    """
    old = write.table.store.get(write.address)
    item = None if old is None else old.item
    if write.is_first and old is not None:
        raise errors.duplicate_item()
    if write.condition is not None and not write.condition.holds(item):
        raise errors.condition_failed(item if write.shows_old else None)
    if write.build is None:
        return Decided(write, old, item, 0)
    new = write.build(item)
    if new is None:
        return Decided(write, old, None, 0)
    size_bytes = size_of(new) if write.size_bytes is None else write.size_bytes
    if size_bytes > ITEM_BYTES_MAX:
        raise errors.invalid("Item size to update has exceeded the maximum allowed size")
    return Decided(write, old, new, size_bytes)


def carry_out(decided: Decided, cause: int, lineage: Lineage | None) -> Change:
    """Do what was decided."""
    write = decided.write
    if write.build is None:
        return decided.change
    if decided.new is None:
        return write.table.remove(write.address, cause=cause, lineage=lineage)
    return write.table.put(decided.new, size_bytes=decided.size_bytes, cause=cause, lineage=lineage)


def decide_or_tell(write: Write, cause: int) -> Decided:
    """Work out what a write comes to, and tell if its condition does not hold.

    Raises:
        ApiError: the condition does not hold, or the new item does not fit.
    """
    try:
        return decide(write)
    except ApiError as error:
        if error.code == "ConditionalCheckFailedException":
            write.table.refuse(write.key, cause)
        raise


def decide_within_capacity(write: Write, cause: int) -> Decided:
    """Do so for a write by itself, and take the capacity that it needs: it is taken even if a condition fails.

    Raises:
        ApiError: there is no capacity, the condition does not hold, or the new item does not fit.
    """
    admission, key = write.table.admission, write.address[0]
    if admission is None:
        return decide_or_tell(write, cause)
    admission.check([Demand("", WRITE, key, 1)], write.key, cause)
    try:
        decided = decide_or_tell(write, cause)
    except ApiError as error:
        if error.code == "ConditionalCheckFailedException":
            old = write.table.store.get(write.address)
            units = table_write_units(Change(write.address, old, old))
            admission.spend([Demand("", WRITE, key, units)], cause)
        raise
    admission.admit(write_demands(write.table.store, decided.change), write.key, cause)
    return decided
