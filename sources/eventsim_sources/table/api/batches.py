"""Operations on many items at once, none of which depends on another."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.table import errors, writing
from eventsim_sources.table.admission import admit_get
from eventsim_sources.table.api.answers import capacity_detail, collection_metrics, written_capacity
from eventsim_sources.table.api.expressions import names_of, read_projection
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.arrangement import Stored
from eventsim_sources.table.capacity import Consumed, read_units
from eventsim_sources.table.copying import copied
from eventsim_sources.table.legacy import check_unmixed
from eventsim_sources.table.limits import BATCH_GET_BYTES_MAX, BATCH_KEYS_MAX, BATCH_WRITES_MAX
from eventsim_sources.table.projection import Projection
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Change
from eventsim_sources.table.value import Item, checked_item
from eventsim_sources.table.writing import NewItem, Write

_DUPLICATES = "Provided list of item keys contains duplicates"


def batch_write_item(tables: Tables, request: Request) -> Result:
    """Put and delete up to 25 items, each for itself; what there is no capacity for comes back as unprocessed."""
    asked: Mapping[str, Sequence[Mapping[str, Any]]] = request.parameters["RequestItems"]  # type: ignore[assignment]
    _check_writes(asked)
    wanted = {name: [_read(each) for each in requests] for name, requests in asked.items()}
    planned: dict[str, list[Write]] = {}
    for name, each_wanted in wanted.items():
        table = tables.used(name)
        planned[name] = [_planned(table, each) for each in each_wanted]
        if len({write.address for write in planned[name]}) < len(planned[name]):
            raise errors.invalid(_DUPLICATES)
    left = _Left()
    changes = {name: [_written(write, request, left) for write in of_table] for name, of_table in planned.items()}
    left.check()
    unprocessed: dict[str, list[Mapping[str, Any]]] = {}
    done: dict[str, list[Change]] = {}
    metrics: dict[str, list[dict[str, Any]]] = {}
    for name, of_table in planned.items():
        done[name] = []
        for each, write, change in zip(asked[name], of_table, changes[name], strict=True):
            if change is None:
                unprocessed.setdefault(name, []).append(each)
                continue
            done[name].append(change)
            told = collection_metrics(request.parameters, write)
            if told is not None:
                metrics.setdefault(name, []).append(told)
    result: dict[str, Any] = {"UnprocessedItems": unprocessed}
    detail = capacity_detail(request.parameters)
    if detail:
        result["ConsumedCapacity"] = [
            written_capacity(name, planned[name][0].table, done[name], detail) for name in asked
        ]
    if metrics:
        result["ItemCollectionMetrics"] = metrics
    return result


def _check_writes(asked: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    if sum(map(len, asked.values())) > BATCH_WRITES_MAX:
        raise errors.invalid("Too many items requested for the BatchWriteItem call")


def _read(asked: Mapping[str, Any]) -> NewItem | Item:
    """Return what one part would put, or the key of what it would delete.

    Raises:
        ApiError: it asks for neither or for both, or a value is not well formed.
    """
    put, delete = asked.get("PutRequest"), asked.get("DeleteRequest")
    if (put is None) == (delete is None):
        what = "only contain one of" if put is not None else "contain one of"
        raise errors.invalid(f"Supplied AttributeValue has to {what} PutRequest or DeleteRequest")
    if put is not None:
        return writing.new_item(put["Item"])
    assert delete is not None
    return checked_item(delete["Key"])


def _planned(table: Table, wanted: NewItem | Item) -> Write:
    if isinstance(wanted, NewItem):
        return writing.put(table, wanted, None)
    return writing.delete(table, wanted, None)


def _written(write: Write, request: Request, left: "_Left") -> Change | None:
    """Write one item, or none if there is no capacity for it."""
    try:
        decided = writing.decide_within_capacity(write, request.entry)
    except ApiError as error:
        left.keep(error)
        return None
    left.done_count += 1
    return writing.carry_out(decided, request.entry, request.caller.lineage)


class _Left:
    """What a batch leaves unprocessed for want of capacity.

    Attributes:
        done_count: how much was processed.
    """

    def __init__(self) -> None:
        self.done_count = 0
        self._first: ApiError | None = None

    def keep(self, error: ApiError) -> None:
        """Note that there is no capacity for a part.

        Raises:
            ApiError: it is something else that is wrong.
        """
        if not errors.is_throttle(error):
            raise error
        self._first = self._first or error

    def check(self) -> None:
        """See that something was processed, or nothing was left.

        Raises:
            ApiError: there was no capacity for any part.
        """
        if self._first is not None and not self.done_count:
            raise self._first


def batch_get_item(tables: Tables, request: Request) -> Result:
    """Return up to 100 items; what is beyond 16 MB, and what there is no capacity for, comes back as unprocessed."""
    asked: Mapping[str, Mapping[str, Any]] = request.parameters["RequestItems"]  # type: ignore[assignment]
    if sum(len(each["Keys"]) for each in asked.values()) > BATCH_KEYS_MAX:
        raise errors.invalid("Too many items requested for the BatchGetItem call")
    wanted = {name: _wanted(tables, name, each) for name, each in asked.items()}
    batch = _BatchRead(request)
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, dict[str, Any]] = {}
    capacities = []
    for name, (table, keys, projection) in wanted.items():
        found, unread = responses.setdefault(name, []), []
        consumed = Consumed()
        for key in keys:
            read = batch.read(table, key, is_consistent=bool(asked[name].get("ConsistentRead")))
            if read is None:
                unread.append(copied(key))
                continue
            stored, units = read
            _add(found, stored, projection)
            consumed.reads += units
        if unread:
            unprocessed[name] = {**asked[name], "Keys": unread}
        capacities.append((name, table, consumed))
    batch.left.check()
    result: dict[str, Any] = {"Responses": responses, "UnprocessedKeys": unprocessed}
    detail = capacity_detail(request.parameters)
    if detail:
        result["ConsumedCapacity"] = [
            consumed.described(name, table.schema, detail) for name, table, consumed in capacities
        ]
    return result


class _BatchRead:
    """How far one BatchGetItem has come.

    Attributes:
        left: what there was no capacity for.
    """

    def __init__(self, request: Request) -> None:
        self.left = _Left()
        self._cause = request.entry
        self._room = BATCH_GET_BYTES_MAX

    def read(self, table: Table, key: Item, *, is_consistent: bool) -> tuple[Stored | None, float] | None:
        """Return an item and the units of reading it; None if it stays unprocessed."""
        address = table.store.address(key)
        stored = table.store.get(address)
        size_bytes = 0 if stored is None else stored.size_bytes
        self._room -= size_bytes
        if self._room < 0:
            return None
        units = read_units(size_bytes, is_consistent=is_consistent)
        try:
            admit_get(table, key, address, units, self._cause)
        except ApiError as error:
            self.left.keep(error)
            return None
        self.left.done_count += 1
        table.journal.read_count += 1
        return stored, units


def _wanted(tables: Tables, name: str, asked: Mapping[str, Any]) -> tuple[Table, list[Item], Projection | None]:
    check_unmixed(asked, ("ProjectionExpression",), ("AttributesToGet",))
    keys = [checked_item(key) for key in asked["Keys"]]
    names = names_of(asked)
    projection = read_projection(asked, names)
    names.check_all_used(("ProjectionExpression",))
    table = tables.used(name)
    for key in keys:
        table.schema.check_key(key)
    if len({table.store.address(key) for key in keys}) < len(keys):
        raise errors.invalid(_DUPLICATES)
    return table, keys, projection


def _add(found: list[Item], stored: Stored | None, projection: Projection | None) -> None:
    if stored is not None:
        found.append(copied(stored.item if projection is None else projection.of(stored.item)))
