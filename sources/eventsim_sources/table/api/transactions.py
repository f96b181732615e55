"""Operations that do everything or nothing: transactions of reads or of writes."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.table import errors, writing
from eventsim_sources.table.api.answers import Consumption, collection_metrics
from eventsim_sources.table.api.expressions import names_of, read_changes, read_condition, read_projection
from eventsim_sources.table.api.items import shows_old
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.capacity import read_units
from eventsim_sources.table.copying import copied
from eventsim_sources.table.limits import TRANSACTION_BYTES_MAX
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Change
from eventsim_sources.table.value import Item, checked_item
from eventsim_sources.table.writing import Decided, Write

_KINDS = ("ConditionCheck", "Put", "Delete", "Update")
_FACTOR = 2
"""Transactions consume twice what single requests do [D]."""
_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ValidationException": "ValidationError",
}


def transact_write_items(tables: Tables, request: Request) -> Result:
    """Write up to 100 items, all or none."""
    parameters: Any = request.parameters
    asked: Sequence[Mapping[str, Any]] = parameters["TransactItems"]
    now_us = tables.world.clock.now_us
    token = parameters.get("ClientRequestToken")
    is_repeated = bool(token) and tables.tokens.is_repeated(token, parameters, now_us)
    writes = [_planned(tables, each) for each in asked]
    check_distinct(writes)
    if is_repeated:
        return _repeated(writes, parameters)
    changes = [writing.carry_out(each, request.entry, request.caller.lineage) for each in decide_all(writes, request)]
    if token:
        tables.tokens.remember(token, parameters, now_us)
    return _answer(writes, changes, parameters)


def check_distinct(writes: Sequence[Write]) -> None:
    """See that no item is written twice.

    Raises:
        ApiError: one is.
    """
    if len({(write.table.name, write.address) for write in writes}) < len(writes):
        raise errors.invalid("Transaction request cannot include multiple operations on one item")


def _planned(tables: Tables, asked: Mapping[str, Any]) -> Write:
    given = [kind for kind in _KINDS if asked.get(kind) is not None]
    if len(given) != 1:
        raise errors.invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    (kind,) = given
    parameters = asked[kind]
    names = names_of(parameters)
    changes = read_changes(parameters, names)
    condition = read_condition(parameters, names)
    names.check_all_used()
    table = tables.used(parameters["TableName"])
    shows = shows_old(parameters)
    if kind == "Put":
        return writing.put(table, parameters["Item"], condition, shows_old=shows)
    if kind == "Delete":
        return writing.delete(table, parameters["Key"], condition, shows_old=shows)
    if kind == "Update":
        return writing.update(table, parameters["Key"], changes, condition, shows_old=shows)
    assert condition is not None, "it is required"
    return writing.check(table, parameters["Key"], condition, shows_old=shows)


def decide_all(writes: Sequence[Write], request: Request) -> list[Decided]:
    """Work out what all writes come to.

    Raises:
        ApiError: one of them may not be; the error tells why of each.
    """
    decided: list[Decided] = []
    codes: list[str] = []
    reasons: list[dict[str, object]] = []
    for write in writes:
        try:
            decided.append(writing.decide_or_tell(write, request.entry))
        except ApiError as error:
            code = _CODES[error.code]
            codes.append(code)
            item = {"Item": error.fields["Item"]} if "Item" in error.fields else {}
            reasons.append({"Code": code, "Message": error.message, **item})
        else:
            codes.append("None")
            reasons.append({"Code": "None"})
    if len(decided) < len(writes):
        raise errors.transaction_cancelled(codes, reasons)
    if sum(each.size_bytes for each in decided) > TRANSACTION_BYTES_MAX:
        raise errors.invalid("Transaction size cannot exceed 4194304 bytes")  # unconfirmed words
    return decided


def _repeated(writes: Sequence[Write], parameters: Mapping[str, Any]) -> Result:
    """Answer a transaction that was carried out already: it consumes what reading the items would."""
    consumption = Consumption(_FACTOR, tells_kinds=True)
    for write in writes:
        stored = write.table.store.get(write.address)
        units = read_units(0 if stored is None else stored.size_bytes, is_consistent=True)
        consumption.of(write.table).reads += _FACTOR * units
    return consumption.told(parameters)


def _answer(writes: Sequence[Write], changes: Sequence[Change], parameters: Mapping[str, Any]) -> Result:
    consumption = Consumption(_FACTOR, tells_kinds=True)
    metrics: dict[str, list[dict[str, Any]]] = {}
    for write, change in zip(writes, changes, strict=True):
        consumption.of(write.table).add_write(write.table.store, change, _FACTOR)
        told = collection_metrics(parameters, write)
        if told is not None:
            metrics.setdefault(write.table.name, []).append(told)
    return {**consumption.told(parameters), **({"ItemCollectionMetrics": metrics} if metrics else {})}


def transact_get_items(tables: Tables, request: Request) -> Result:
    """Return up to 100 items as they are at one instant."""
    parameters: Any = request.parameters
    asked: Sequence[Mapping[str, Any]] = parameters["TransactItems"]
    responses: list[dict[str, Any]] = []
    consumption = Consumption(_FACTOR, tells_kinds=True)
    seen: set[object] = set()
    for each in asked:
        given = each["Get"]
        names = names_of(given)
        projection = read_projection(given, names)
        names.check_all_used()
        table = tables.used(given["TableName"])
        key = _checked_key(table, given["Key"])
        address = table.store.address(key)
        if (table.name, address) in seen:
            raise errors.invalid("Transaction request cannot include multiple operations on one item")
        seen.add((table.name, address))
        stored = table.store.get(address)
        table.journal.read_count += 1
        item = None if stored is None else stored.item if projection is None else projection.of(stored.item)
        responses.append({} if item is None else {"Item": copied(item)})
        units = read_units(0 if stored is None else stored.size_bytes, is_consistent=True)
        consumption.of(table).reads += _FACTOR * units
    return {"Responses": responses, **consumption.told(parameters)}


def _checked_key(table: Table, given: Mapping[str, Any]) -> Item:
    checked = checked_item(given)
    table.schema.check_key(checked)
    return checked
