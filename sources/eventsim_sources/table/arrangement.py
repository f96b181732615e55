"""In which order do items stand? By the hash of their hash attribute, and within that by their range attribute.

A table and each of its indexes have one arrangement. Items with the same hash attribute are a partition: two lists side
by side, the sorted places and what stands there. Partitions are walked in the order of the MD5 of their key, which is
as good as any and always the same; AWS's own order is not told.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim_sources.table.schema import Key
from eventsim_sources.table.value import Item, sort_key

SortKey = Any
"""A value as Python compares it: a text, bytes or a number; all values of one attribute are of one type."""
Place = tuple[SortKey, ...]
Address = tuple[SortKey, Place]
"""Which partition, and where in it."""


class Stored(Struct, frozen=True, gc=False):
    """An item in a table; nobody changes it, a new one takes its place."""

    item: Item
    size_bytes: int


class Partition:
    """The items with one hash attribute, in order."""

    __slots__ = ("places", "stored", "token")

    def __init__(self, token: bytes) -> None:
        self.token = token
        self.places: list[Place] = []
        self.stored: list[Stored] = []


class Arrangement:
    """Items in the order of a key.

    Args:
        key: the key whose order it is.
        types: the types of its attributes.
        table_key: for an index, the key that tells items with equal keys apart.
    """

    def __init__(self, key: Key, types: Mapping[str, str], table_key: Key | None = None) -> None:
        self.key = key
        self._hash_name = key.hash_name
        self._hash_type = types[key.hash_name]
        self._range_name = key.range_name
        self._range_type = types.get(key.range_name, "")
        self._is_wide = bool(key.more_hash_names or key.more_range_names)
        self._types = types
        self._table_key = table_key
        self._partitions: dict[SortKey, Partition] = {}
        self._order: list[Partition] | None = []
        self.count = 0
        self.size_bytes = 0

    def address(self, item: Mapping[str, Any]) -> Address | None:
        """Return where an item stands, None if its attributes do not fit the key: an index is sparse."""
        if self._is_wide:
            return self._wide_address(item)
        value = item.get(self._hash_name)
        if value is None or self._hash_type not in value:
            return None
        place: Place = ()
        if self._range_name:
            range_value = item.get(self._range_name)
            if range_value is None or self._range_type not in range_value:
                return None
            place = (sort_key(range_value),)
        return sort_key(value), place if self._table_key is None else place + self._among_equals(item, self._table_key)

    def _wide_address(self, item: Mapping[str, Any]) -> Address | None:
        """Return where an item stands by a key of several hash or range attributes: it must have them all."""
        for name in self.key.names:
            if self._types[name] not in item.get(name, ()):
                return None
        place = tuple(sort_key(item[name]) for name in self.key.range_names)
        if self._table_key is not None:
            place += self._among_equals(item, self._table_key)
        return partition_key([item[name] for name in self.key.hash_names]), place

    @staticmethod
    def _among_equals(item: Mapping[str, Any], table_key: Key) -> Place:
        """Return what tells an item of an index from others with the same key."""
        token = token_of(item[table_key.hash_name])
        return (token, sort_key(item[table_key.range_name])) if table_key.range_name else (token,)

    def token(self, item: Mapping[str, Any]) -> bytes:
        """Return where the partition of an item stands among the others."""
        if not self.key.more_hash_names:
            return token_of(item[self._hash_name])
        tokens = b"".join(token_of(item[name]) for name in self.key.hash_names)
        return hashlib.md5(tokens, usedforsecurity=False).digest()

    def get(self, address: Address) -> Stored | None:
        """Return what stands at an address."""
        partition = self._partitions.get(address[0])
        if partition is None:
            return None
        places, place = partition.places, address[1]
        at = bisect_left(places, place)
        return partition.stored[at] if at < len(places) and places[at] == place else None

    def put(self, address: Address, stored: Stored) -> None:
        """Put an item at its address, in place of what may stand there."""
        hash_key, place = address
        partition = self._partitions.get(hash_key)
        if partition is None:
            partition = self._partitions[hash_key] = Partition(self.token(stored.item))
            self._order = None
        places = partition.places
        at = bisect_left(places, place)
        if at < len(places) and places[at] == place:
            self.size_bytes += stored.size_bytes - partition.stored[at].size_bytes
            partition.stored[at] = stored
        else:
            places.insert(at, place)
            partition.stored.insert(at, stored)
            self.count += 1
            self.size_bytes += stored.size_bytes

    def remove(self, address: Address) -> None:
        """Take away what stands at an address."""
        hash_key, place = address
        partition = self._partitions[hash_key]
        at = bisect_left(partition.places, place)
        self.count -= 1
        self.size_bytes -= partition.stored[at].size_bytes
        del partition.places[at]
        del partition.stored[at]
        if not partition.places:
            del self._partitions[hash_key]
            self._order = None

    def partition(self, hash_key: SortKey) -> Partition | None:
        """Return the items with this hash attribute."""
        return self._partitions.get(hash_key)

    def walk(self, segment: int = 0, segments: int = 1, after: tuple[bytes, Place] | None = None) -> Iterator[Stored]:
        """Yield the items of one segment of the whole in order, from after some place on."""
        order = self._ordered()
        first, end = (_bound(order, each, segments) for each in (segment, segment + 1))
        if after is not None:
            first = max(first, bisect_left(order, after[0], key=_token))
        for number in range(first, end):
            partition = order[number]
            at = 0
            if after is not None and partition.token == after[0]:
                at = bisect_left(partition.places, after[1])
                at += at < len(partition.places) and partition.places[at] == after[1]
            yield from map(partition.stored.__getitem__, range(at, len(partition.stored)))

    def _ordered(self) -> list[Partition]:
        if self._order is None:
            self._order = sorted(self._partitions.values(), key=_token)
        return self._order


def partition_key(values: Sequence[Mapping[str, Any]]) -> SortKey:
    """Return what the values of hash attributes are as one: all of them together where there are several."""
    return sort_key(values[0]) if len(values) == 1 else tuple(map(sort_key, values))


def token_of(value: Mapping[str, Any]) -> bytes:
    """Return where the partition of a hash attribute stands among the others."""
    key = sort_key(value)
    content = key if isinstance(key, bytes) else str(key).encode()
    return hashlib.md5(content, usedforsecurity=False).digest()


def segment_of(token: bytes, segments: int) -> int:
    """Return in which of so many segments a partition is."""
    return int.from_bytes(token[:8], "big") * segments >> 64


def _bound(order: list[Partition], segment: int, segments: int) -> int:
    return bisect_left(order, segment, key=lambda partition: segment_of(partition.token, segments))


def _token(partition: Partition) -> bytes:
    return partition.token
