"""Which items answer a query or a scan, and where does the next page begin? One page, from items in order."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.table import errors
from eventsim_sources.table.arrangement import Arrangement, Partition, Place, Stored, partition_key, segment_of
from eventsim_sources.table.capacity import Consumed, projected, read_units
from eventsim_sources.table.conditions import Condition
from eventsim_sources.table.key_condition import KeyCondition
from eventsim_sources.table.limits import PAGE_BYTES_MAX
from eventsim_sources.table.value import Item, size_of, sort_key


class Page(Struct, frozen=True, gc=False):
    """What one request reads.

    Attributes:
        items: those that passed the filter, as the index has them, or whole if they were fetched.
        scanned_count: how many were looked at.
        size_bytes: the size of these, as the index has them.
        fetched_bytes: the size of each item that was fetched from the table.
        last: the last of them if the page ended before the items did.
    """

    items: list[Item]
    scanned_count: int
    size_bytes: int
    last: Item | None
    fetched_bytes: list[int] = []


def read_page(
    entries: Iterable[Stored],
    *,
    limit: int | None = None,
    condition: Condition | None = None,
    names: frozenset[str] | None = None,
    is_fetching: bool = False,
) -> Page:
    """Read one page: so many items, or so many bytes, before the filter. What is fetched counts towards them.

    Args:
        limit: how many items to look at, at most.
        condition: the filter.
        names: the attributes that the index has, None for all.
        is_fetching: whether whole items are wanted, which a local index fetches from its table.
    """
    items: list[Item] = []
    fetched_bytes: list[int] = []
    count = size_bytes = room_taken_bytes = 0
    for stored in entries:
        item = projected(stored.item, names)
        count += 1
        entry_bytes = stored.size_bytes if names is None else size_of(item)
        size_bytes += entry_bytes
        if is_fetching:
            item = stored.item
            fetched_bytes.append(stored.size_bytes)
        room_taken_bytes += stored.size_bytes if is_fetching else entry_bytes
        if condition is None or condition.holds(item):
            items.append(item)
        if count == limit or room_taken_bytes >= PAGE_BYTES_MAX:
            return Page(items, count, size_bytes, stored.item, fetched_bytes)
    return Page(items, count, size_bytes, None, fetched_bytes)


def page_units(page: Page, index: str, *, is_consistent: bool) -> Consumed:
    """Return what reading a page consumes, of the table ("") or an index, and of the table for what was fetched."""
    consumed = Consumed()
    units = read_units(page.size_bytes, is_consistent=is_consistent)
    if index:
        consumed.index_reads[index] = units  # type: ignore[assignment]  # counted in halves
        consumed.reads = sum(read_units(size, is_consistent=is_consistent) for size in page.fetched_bytes)
    else:
        consumed.reads = units
    return consumed


def queried(
    arrangement: Arrangement, condition: KeyCondition, *, is_forward: bool, after: Mapping[str, Any] | None
) -> Iterator[Stored]:
    """Yield the items of a partition that a key condition takes, in order.

    Args:
        after: the key behind which the page begins, None for the first page.

    Raises:
        ApiError: that key is outside of the range.
    """
    hash_key = partition_key(condition.hash_values)
    partition = arrangement.partition(hash_key)
    begin_place: Place | None = None
    if after is not None:
        address = arrangement.address(after)
        if address is None or address[0] != hash_key:
            raise errors.invalid("The provided starting key is outside query boundaries based on provided conditions")
        if not condition.holds(*(after[name] for name in arrangement.key.range_names)):
            raise errors.invalid("The provided starting key does not match the range key predicate")
        begin_place = address[1]
    if partition is None:
        return iter(())
    first, end = _bounds(partition, condition)
    if is_forward:
        if begin_place is not None:
            first = max(first, bisect_right(partition.places, begin_place))
        return map(partition.stored.__getitem__, range(first, end))
    if begin_place is not None:
        end = min(end, bisect_left(partition.places, begin_place))
    return map(partition.stored.__getitem__, range(end - 1, first - 1, -1))


def _bounds(partition: Partition, condition: KeyCondition) -> tuple[int, int]:
    """Return where in a partition the range of a key condition begins and ends."""
    places = partition.places
    if condition.operator is None:
        return 0, len(places)
    leading: Place = tuple(map(sort_key, condition.leading))
    at, first, end = len(leading), 0, len(places)
    if leading:
        first, end = bisect_left(places, leading), bisect_right(places, leading, key=lambda place: place[:at])
    keys = [sort_key(operand) for operand in condition.operands]
    low, high = (*leading, keys[0]), keys[-1]

    def above(key: Callable[[Any], Any] = lambda value: value) -> int:
        """Return where what is larger than the last operand begins."""
        return bisect_right(places, high, first, end, key=lambda place: key(place[at]))

    match condition.operator:
        case "<":
            return first, bisect_left(places, low)
        case "<=":
            return first, above()
        case ">":
            return above(), end
        case ">=":
            return bisect_left(places, low), end
        case "begins_with":
            return bisect_left(places, low), above(lambda value: value[: len(high)])
        case _:  # = and BETWEEN
            return bisect_left(places, low), above()


def scanned(
    arrangement: Arrangement, *, segment: int, segments: int, after: Mapping[str, Any] | None
) -> Iterator[Stored]:
    """Yield the items of a segment.

    Raises:
        ApiError: the key after which the page begins is in another segment.
    """
    if after is None:
        return arrangement.walk(segment, segments)
    address = arrangement.address(after)
    if address is None:
        raise errors.invalid("The provided starting key is invalid")
    token = arrangement.token(after)
    if segment_of(token, segments) != segment:
        raise errors.invalid(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
            f"correct Segment. TotalSegments: {segments} Segment: {segment}"
        )
    return arrangement.walk(segment, segments, (token, address[1]))
