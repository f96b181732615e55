"""Operations that do everything or nothing: transactions of reads or of writes."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Request, Result
from eventsim_sources.table import errors, writing
from eventsim_sources.table.admission import Together, get_demands, write_demands
from eventsim_sources.table.api.answers import Consumption, collection_metrics
from eventsim_sources.table.api.expressions import names_of, read_changes, read_condition, read_projection
from eventsim_sources.table.api.items import shows_old
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.capacity import read_units
from eventsim_sources.table.copying import copied
from eventsim_sources.table.limits import TRANSACTION_BYTES_MAX
from eventsim_sources.table.projection import Projection
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Change
from eventsim_sources.table.value import Item, checked_item
from eventsim_sources.table.writing import Decided, NewItem, Write

_KINDS = ("ConditionCheck", "Put", "Delete", "Update")
_FACTOR = 2
"""Transactions consume twice what single requests do [D]."""
_CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "RequestLimitExceeded": "ThrottlingError",
    "ThrottlingException": "ThrottlingError",
    "ValidationException": "ValidationError",
}


def transact_write_items(tables: Tables, request: Request) -> Result:
    """Write up to 100 items, all or none."""
    parameters: Any = request.parameters
    asked: Sequence[Mapping[str, Any]] = parameters["TransactItems"]
    now_us = tables.world.clock.now_us
    token = parameters.get("ClientRequestToken")
    is_repeated = bool(token) and tables.tokens.is_repeated(token, parameters, now_us)
    planned = [_planned(tables, each) for each in asked]
    writes = [each for each in planned if isinstance(each, Write)]
    check_distinct(writes)
    if is_repeated:
        return _repeated(writes, request)
    decided = decide_all(planned, request)
    changes = [writing.carry_out(each, request.entry, request.caller.lineage) for each in decided]
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


def _planned(tables: Tables, asked: Mapping[str, Any]) -> Write | ApiError:
    """Plan one part, or return why it does not fit its table: that cancels the whole.

    Raises:
        ApiError: it makes no sense for any table.
    """
    given = [kind for kind in _KINDS if asked.get(kind) is not None]
    if len(given) != 1:
        raise errors.invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    (kind,) = given
    parameters = asked[kind]
    wanted = writing.new_item(parameters["Item"]) if kind == "Put" else checked_item(parameters["Key"])
    names = names_of(parameters)
    changes = read_changes(parameters, names)
    condition = read_condition(parameters, names)
    names.check_all_used()
    table = tables.used(parameters["TableName"])
    shows = shows_old(parameters)
    try:
        if isinstance(wanted, NewItem):
            return writing.put(table, wanted, condition, shows_old=shows)
        if kind == "Delete":
            return writing.delete(table, wanted, condition, shows_old=shows)
        if kind == "Update":
            return writing.update(table, wanted, changes, condition, shows_old=shows)
        assert condition is not None, "it is required"
        return writing.check(table, wanted, condition, shows_old=shows)
    except ApiError as error:
        return error


def decide_all(planned: Sequence[Write | ApiError], request: Request) -> list[Decided]:
    """Work out what all writes come to, and take the capacity that they need; a cancelled transaction takes none.

    Raises:
        ApiError: one of them may not be; the error tells why of each.
    """
    cause = request.entry
    with Together(cause) as together:
        outcomes = [each if isinstance(each, ApiError) else _decided(each, together, cause) for each in planned]
        decided = [each for each in outcomes if isinstance(each, Decided)]
        cancel_if_refused(outcomes)
        if sum(each.size_bytes for each in decided) > TRANSACTION_BYTES_MAX:
            raise errors.invalid("Transaction size cannot exceed 4194304 bytes")  # unconfirmed words
    return decided


def _decided(write: Write, together: Together, cause: int) -> Decided | ApiError:
    """Work out what a write comes to and take the capacity for it, or return why it may not be."""
    try:
        decided = writing.decide_or_tell(write, cause)
        if write.table.admission is not None:
            demands = write_demands(write.table.store, decided.change, _FACTOR)
            together.admit(write.table, demands, write.key)
    except ApiError as error:
        return error
    return decided


def cancel_if_refused(outcomes: Sequence[object]) -> None:
    """See that no part of a transaction is refused.

    Raises:
        ApiError: one is; the error tells why of each.
    """
    if not any(isinstance(each, ApiError) for each in outcomes):
        return
    codes = [_CODES[each.code] if isinstance(each, ApiError) else "None" for each in outcomes]
    reasons: list[dict[str, object]] = []
    for code, each in zip(codes, outcomes, strict=True):
        told = {"Message": each.message, **shown_item(each)} if isinstance(each, ApiError) else {}
        reasons.append({"Code": code, **told})
    raise errors.transaction_cancelled(codes, reasons)


def shown_item(error: ApiError) -> dict[str, object]:
    """Return the item that an error shows, which is all that is told of it where it is one of several."""
    return {name: each for name, each in error.fields.items() if name == "Item"}


def _repeated(writes: Sequence[Write], request: Request) -> Result:
    """Answer a transaction that was carried out already: it consumes what reading the items would."""
    consumption = Consumption(_FACTOR, tells_kinds=True)
    for write in writes:
        stored = write.table.store.get(write.address)
        units = _FACTOR * read_units(0 if stored is None else stored.size_bytes, is_consistent=True)
        if write.table.admission is not None:
            write.table.admission.spend(get_demands(write.address, units), request.entry)
        consumption.of(write.table).reads += units
    return consumption.told(request.parameters)


def _answer(writes: Sequence[Write], changes: Sequence[Change], parameters: Mapping[str, Any]) -> Result:
    consumption = Consumption(_FACTOR, tells_kinds=True)
    metrics: dict[str, list[dict[str, Any]]] = {}
    for write, change in zip(writes, changes, strict=True):
        consumption.of(write.table).add_write(write.table.store, change, _FACTOR)
        told = collection_metrics(parameters, write)
        if told is not None:
            metrics.setdefault(write.table.name, []).append(told)
    return {**consumption.told(parameters), **({"ItemCollectionMetrics": metrics} if metrics else {})}


class _Get(Struct, frozen=True, gc=False):
    """One item to be read."""

    table: Table
    key: Item
    address: Address
    projection: Projection | None


def transact_get_items(tables: Tables, request: Request) -> Result:
    """Return up to 100 items as they are at one instant."""
    parameters: Any = request.parameters
    planned = [_wanted(tables, each["Get"]) for each in parameters["TransactItems"]]
    cancel_if_refused(planned)
    gets = [each for each in planned if isinstance(each, _Get)]
    if len({(get.table.name, get.address) for get in gets}) < len(gets):
        raise errors.invalid("Transaction request cannot include multiple operations on one item")
    consumption = Consumption(_FACTOR, tells_kinds=True)
    with Together(request.entry) as together:
        responses = [_response(get, together, consumption) for get in gets]
        cancel_if_refused(responses)
    return {"Responses": responses, **consumption.told(parameters)}


def _response(get: _Get, together: Together, consumption: Consumption) -> dict[str, Any] | ApiError:
    """Read one item, or return why there is no capacity for it."""
    stored = get.table.store.get(get.address)
    units = _FACTOR * read_units(0 if stored is None else stored.size_bytes, is_consistent=True)
    try:
        together.admit_get(get.table, get.key, get.address, units)
    except ApiError as error:
        return error
    get.table.journal.read_count += 1
    consumption.of(get.table).reads += units
    if stored is None:
        return {}
    return {"Item": copied(stored.item if get.projection is None else get.projection.of(stored.item))}


def _wanted(tables: Tables, given: Mapping[str, Any]) -> _Get | ApiError:
    """Read what one part asks for, or return why its key does not fit its table."""
    key = checked_item(given["Key"])
    names = names_of(given)
    projection = read_projection(given, names)
    names.check_all_used()
    table = tables.used(given["TableName"])
    try:
        table.schema.check_key(key)
    except ApiError as error:
        return error
    return _Get(table, key, table.store.address(key), projection)
