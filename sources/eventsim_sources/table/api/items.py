"""Operations on one item: put, get, update, delete.

Of several faults AWS tells of values first, then of expressions, of the table after that, and last of what does not
fit the table.
"""

from collections.abc import Mapping
from typing import Any

from eventsim import Request, Result
from eventsim_sources.table import errors, writing
from eventsim_sources.table.admission import admit_get
from eventsim_sources.table.api.answers import capacity_detail, collection_metrics, written_capacity
from eventsim_sources.table.api.expressions import (
    names_of,
    read_changes,
    read_condition,
    read_projection,
)
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.capacity import Consumed, read_units
from eventsim_sources.table.conditions import Condition
from eventsim_sources.table.copying import copied
from eventsim_sources.table.legacy import check_unmixed
from eventsim_sources.table.store import Change
from eventsim_sources.table.update import Update, projected
from eventsim_sources.table.value import Item, checked_item
from eventsim_sources.table.writing import Write


def put_item(tables: Tables, request: Request) -> Result:
    """Put an item, in place of the one with the same key."""
    parameters = request.parameters
    check_unmixed(parameters, ("ConditionExpression",), ("Expected", "ConditionalOperator"))
    given: Any = parameters["Item"]
    item = writing.new_item(given)
    shown = _old_or_none(parameters)
    condition = _condition(parameters)
    table = tables.used(str(parameters["TableName"]))
    write = writing.put(table, item, condition, shows_old=shows_old(parameters))
    return _replaced(request, write, shown=shown)


def delete_item(tables: Tables, request: Request) -> Result:
    """Delete an item; it is no error if there is none."""
    parameters = request.parameters
    check_unmixed(parameters, ("ConditionExpression",), ("Expected", "ConditionalOperator"))
    key = _key(parameters)
    shown = _old_or_none(parameters)
    condition = _condition(parameters)
    table = tables.used(str(parameters["TableName"]))
    write = writing.delete(table, key, condition, shows_old=shows_old(parameters))
    return _replaced(request, write, shown=shown)


def update_item(tables: Tables, request: Request) -> Result:
    """Change attributes of an item, or make one."""
    parameters = request.parameters
    shown = str(parameters.get("ReturnValues") or "NONE")
    check_unmixed(
        parameters,
        ("UpdateExpression", "ConditionExpression"),
        ("AttributeUpdates", "Expected", "ConditionalOperator"),
    )
    key = _key(parameters)
    names = names_of(parameters)
    changes = read_changes(parameters, names)
    condition = read_condition(parameters, names)
    names.check_all_used(("UpdateExpression", "ConditionExpression"))
    table = tables.used(str(parameters["TableName"]))
    write = writing.update(
        table, key, changes, condition, shows_old=shows_old(parameters), may_make=not _only_deletes(parameters)
    )
    change = _carried_out(write, request)
    attributes = shown_attributes(shown, changes, change)
    return _answer(request, write, change, {"Attributes": attributes} if attributes else {})


def _only_deletes(parameters: Mapping[str, Any]) -> bool:
    """Tell whether an update of the older kind does nothing but take attributes away."""
    updates = parameters.get("AttributeUpdates") or {}
    return bool(updates) and all(each.get("Action") == "DELETE" for each in updates.values())


def get_item(tables: Tables, request: Request) -> Result:
    """Return an item, or parts of it."""
    parameters = request.parameters
    check_unmixed(parameters, ("ProjectionExpression",), ("AttributesToGet",))
    key = _key(parameters)
    names = names_of(parameters)
    projection = read_projection(parameters, names)
    names.check_all_used(("ProjectionExpression",))
    table = tables.used(str(parameters["TableName"]))
    table.schema.check_key(key)
    address = table.store.address(key)
    stored = table.store.get(address)
    is_consistent = bool(parameters.get("ConsistentRead"))
    units = read_units(0 if stored is None else stored.size_bytes, is_consistent=is_consistent)
    admit_get(table, key, address, units, request.entry)
    table.journal.read_count += 1
    result: dict[str, Any] = {}
    if stored is not None:
        result["Item"] = copied(stored.item if projection is None else projection.of(stored.item))
    detail = capacity_detail(parameters)
    if detail:
        consumed = Consumed()
        consumed.reads = units
        result["ConsumedCapacity"] = consumed.described(str(parameters["TableName"]), table.schema, detail)
    return result


def _key(parameters: Mapping[str, Any]) -> Item:
    """Return the key that a request gives; whether it is one of the table's is asked later.

    Raises:
        ApiError: a value is not well formed.
    """
    return checked_item(parameters["Key"])


def shows_old(parameters: Mapping[str, Any]) -> bool:
    """Tell whether a failed condition shall bring the item with it."""
    return parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"


def shown_attributes(shown: str, changes: Update | None, change: Change) -> dict[str, Any]:
    """Return what an update shows of the item before or after it."""
    stored = change.old if shown.endswith("OLD") else change.new
    if shown == "NONE" or stored is None:
        return {}
    if shown.startswith("ALL"):
        return copied(stored.item)
    return {} if changes is None else copied(projected(stored.item, changes.paths))


def _old_or_none(parameters: Mapping[str, Any]) -> bool:
    """Tell whether the item as it was shall be returned.

    Raises:
        ApiError: something else shall, which only updates do.
    """
    shown = str(parameters.get("ReturnValues") or "")
    if shown not in ("", "NONE", "ALL_OLD"):
        raise errors.invalid("ReturnValues can only be ALL_OLD or NONE")
    return shown == "ALL_OLD"


def _condition(parameters: Mapping[str, Any]) -> Condition | None:
    """Return the condition of a request that has no other expression.

    Raises:
        ApiError: it makes no sense, or leaves names unused.
    """
    names = names_of(parameters)
    condition = read_condition(parameters, names)
    names.check_all_used(("ConditionExpression",))
    return condition


def _replaced(request: Request, write: Write, *, shown: bool) -> Result:
    """Carry out what leaves nothing of an item, and show the item as it was if that is asked for."""
    change = _carried_out(write, request)
    return _answer(request, write, change, {"Attributes": copied(change.old.item)} if shown and change.old else {})


def _carried_out(write: Write, request: Request) -> Change:
    decided = writing.decide_within_capacity(write, request.entry)
    return writing.carry_out(decided, request.entry, request.caller.lineage)


def _answer(request: Request, write: Write, change: Change, result: dict[str, Any]) -> Result:
    parameters = request.parameters
    detail = capacity_detail(parameters)
    if detail:
        result["ConsumedCapacity"] = written_capacity(str(parameters["TableName"]), write.table, [change], detail)
    metrics = collection_metrics(parameters, write)
    if metrics is not None:
        result["ItemCollectionMetrics"] = metrics
    return result
