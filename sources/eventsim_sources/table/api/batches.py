"""Operations on many items at once, none of which depends on another."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import Request, Result
from eventsim_sources.table import errors, writing
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
    """Put and delete up to 25 items; each is written for itself."""
    asked: Mapping[str, Sequence[Mapping[str, Any]]] = request.parameters["RequestItems"]  # type: ignore[assignment]
    _check_writes(asked)
    wanted = {name: [_read(each) for each in requests] for name, requests in asked.items()}
    writes: dict[str, list[Write]] = {}
    for name, each_wanted in wanted.items():
        table = tables.used(name)
        writes[name] = [_planned(table, each) for each in each_wanted]
        if len({write.address for write in writes[name]}) < len(writes[name]):
            raise errors.invalid(_DUPLICATES)
    changes = {name: [_written(write, request) for write in of_table] for name, of_table in writes.items()}
    result: dict[str, Any] = {"UnprocessedItems": {}}
    detail = capacity_detail(request.parameters)
    if detail:
        result["ConsumedCapacity"] = [
            written_capacity(name, writes[name][0].table, changes[name], detail) for name in asked
        ]
    metrics = {
        name: [one for write in of_table if (one := collection_metrics(request.parameters, write)) is not None]
        for name, of_table in writes.items()
    }
    if any(metrics.values()):
        result["ItemCollectionMetrics"] = {name: told for name, told in metrics.items() if told}
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


def _written(write: Write, request: Request) -> Change:
    return writing.carry_out(writing.decide(write), request.entry, request.caller.lineage)


def batch_get_item(tables: Tables, request: Request) -> Result:
    """Return up to 100 items; what is beyond 16 MB comes back as unprocessed."""
    asked: Mapping[str, Mapping[str, Any]] = request.parameters["RequestItems"]  # type: ignore[assignment]
    if sum(len(each["Keys"]) for each in asked.values()) > BATCH_KEYS_MAX:
        raise errors.invalid("Too many items requested for the BatchGetItem call")
    wanted = {name: _wanted(tables, name, each) for name, each in asked.items()}
    room = BATCH_GET_BYTES_MAX
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, dict[str, Any]] = {}
    capacities = []
    for name, (table, keys, projection) in wanted.items():
        found = responses[name] = []
        consumed = Consumed()
        for number, key in enumerate(keys):
            stored = table.store.get(table.store.address(key))
            room -= 0 if stored is None else stored.size_bytes
            if room < 0:
                unprocessed[name] = {**asked[name], "Keys": [copied(each) for each in keys[number:]]}
                break
            _add(found, stored, projection)
            table.journal.read_count += 1
            is_consistent = bool(asked[name].get("ConsistentRead"))
            consumed.reads += read_units(0 if stored is None else stored.size_bytes, is_consistent=is_consistent)
        capacities.append((name, table, consumed))
    result: dict[str, Any] = {"Responses": responses, "UnprocessedKeys": unprocessed}
    detail = capacity_detail(request.parameters)
    if detail:
        result["ConsumedCapacity"] = [
            consumed.described(name, table.schema, detail) for name, table, consumed in capacities
        ]
    return result


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
