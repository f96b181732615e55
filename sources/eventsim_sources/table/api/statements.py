"""Operations that are told what to do in PartiQL."""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from eventsim import ApiError, Request, Result, load_json
from eventsim_sources.table import errors, writing
from eventsim_sources.table.admission import Together, admit_get, admit_page, take_page
from eventsim_sources.table.api.answers import Consumption, capacity_detail, written_capacity
from eventsim_sources.table.api.items import shown_attributes, shows_old
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.api.transactions import cancel_if_refused, check_distinct, decide_all, shown_item
from eventsim_sources.table.arrangement import Address, Arrangement, Stored
from eventsim_sources.table.capacity import read_units
from eventsim_sources.table.conditions import Condition
from eventsim_sources.table.copying import copied
from eventsim_sources.table.key_condition import KeyCondition
from eventsim_sources.table.partiql import Statement, parse_statement
from eventsim_sources.table.reading import page_units, queried, read_page, scanned
from eventsim_sources.table.restore import from_json
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Change
from eventsim_sources.table.stream_record import as_json
from eventsim_sources.table.value import Item, equal, sort_key
from eventsim_sources.table.writing import Write

_CODES = {
    "AccessDeniedException": "AccessDenied",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "RequestLimitExceeded": "RequestLimitExceeded",
    "ResourceNotFoundException": "ResourceNotFound",
    "ThrottlingException": "ThrottlingError",
    "ValidationException": "ValidationError",
}
_READS = ("SELECT",)


def execute_statement(tables: Tables, request: Request) -> Result:
    """Carry out one statement."""
    parameters: Any = request.parameters
    statement = _parsed(parameters)
    if statement.action == "EXISTS":
        raise errors.invalid("EXISTS is only supported in transactions")  # unconfirmed words
    if statement.action in _READS:
        return _selected(tables, statement, request)
    write = _planned(tables, statement, parameters)
    decided = writing.decide_within_capacity(write, request.entry)
    change = writing.carry_out(decided, request.entry, request.caller.lineage)
    result: dict[str, Any] = {"Items": _returned(statement, change)}
    detail = capacity_detail(parameters)
    if detail:
        result["ConsumedCapacity"] = written_capacity(statement.table, write.table, [change], detail)
    return result


def batch_execute_statement(tables: Tables, request: Request) -> Result:
    """Carry out up to 25 statements, each for itself; those that fail say why."""
    parameters: Any = request.parameters
    asked: Sequence[Mapping[str, Any]] = parameters["Statements"]
    if len({_is_read(each["Statement"]) for each in asked}) > 1:
        raise errors.invalid("A batch holds either reads or writes, not both")  # unconfirmed words
    consumption = Consumption()
    responses = [_executed(tables, request, each, consumption) for each in asked]
    return {"Responses": responses, **consumption.told(parameters)}


def _is_read(text: str) -> bool:
    """Tell whether a statement reads, by its first word: whether it is well formed is told for each."""
    return text.lstrip().upper().startswith(_READS)


def _executed(tables: Tables, request: Request, asked: Mapping[str, Any], consumption: Consumption) -> dict[str, Any]:
    name = ""
    try:
        statement = _parsed(asked)
        name = statement.table
        tables.world.authorize("dynamodb", "ExecuteStatement", asked, request.on_behalf, region=request.region)
        if statement.action in _READS:
            _check_batched(tables, statement)
            is_consistent = bool(asked.get("ConsistentRead"))
            admit = partial(admit_get, cause=request.entry)
            item = _selected_one(tables, statement, consumption, admit, is_consistent=is_consistent)
        else:
            write = _planned(tables, statement, asked)
            decided = writing.decide_within_capacity(write, request.entry)
            change = writing.carry_out(decided, request.entry, request.caller.lineage)
            consumption.of(write.table).add_write(write.table.store, change)
            item = next(iter(_returned(statement, change)), None)
    except ApiError as error:
        told = {"Code": _CODES[error.code], "Message": error.message, **shown_item(error)}
        return {"Error": told, **({"TableName": name} if name else {})}
    return {"TableName": name, **({"Item": item} if item is not None else {})}


def _check_batched(tables: Tables, statement: Statement) -> None:
    """See that a SELECT of a batch is of one item.

    Raises:
        ApiError: it is not.
    """
    if not statement.fixes(tables.used(statement.table).schema.key.names):
        raise errors.invalid(
            "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
        )


def execute_transaction(tables: Tables, request: Request) -> Result:
    """Carry out up to 100 statements, all or none: reads, or writes and checks."""
    parameters: Any = request.parameters
    asked: Sequence[Mapping[str, Any]] = parameters["TransactStatements"]
    statements = [_parsed(each) for each in asked]
    reads = [statement.action in _READS for statement in statements]
    if any(reads) and not all(reads):
        raise errors.invalid("A transaction holds either reads or writes, not both")  # unconfirmed words
    consumption = Consumption(factor=2, tells_kinds=True)
    if all(reads):
        with Together(request.entry) as together:
            responses = [_response(tables, statement, consumption, together.admit_get) for statement in statements]
            cancel_if_refused(responses)
        return {"Responses": responses, **consumption.told(parameters)}
    token, now_us = parameters.get("ClientRequestToken"), tables.world.clock.now_us
    if token and tables.tokens.is_repeated(token, parameters, now_us):
        return {"Responses": [{} for _ in statements]}
    writes = [_planned(tables, statement, each) for statement, each in zip(statements, asked, strict=True)]
    check_distinct(writes)
    changes = [writing.carry_out(each, request.entry, request.caller.lineage) for each in decide_all(writes, request)]
    if token:
        tables.tokens.remember(token, parameters, now_us)
    for write, change in zip(writes, changes, strict=True):
        consumption.of(write.table).add_write(write.table.store, change, consumption.factor)
    returned = [_returned(*pair) for pair in zip(statements, changes, strict=True)]
    return {"Responses": [{"Item": items[0]} if items else {} for items in returned], **consumption.told(parameters)}


def _parsed(asked: Mapping[str, Any]) -> Statement:
    return parse_statement(asked["Statement"], asked.get("Parameters") or ())


# --- writes --------------------------------------------------------------------------------------------------


def _planned(tables: Tables, statement: Statement, asked: Mapping[str, Any]) -> Write:
    """Plan what INSERT, UPDATE, DELETE and EXISTS do."""
    table = tables.used(statement.table)
    shows, names = shows_old(asked), table.schema.key.names
    condition = statement.condition
    match statement.action:
        case "INSERT":
            assert statement.item is not None, "it is parsed so"
            return writing.put(table, writing.new_item(statement.item), None, is_first=True)
        case "UPDATE":
            must_exist = Condition(lambda item: bool(item) and _holds(condition, item), ())
            return writing.update(table, statement.key(names), statement.update, must_exist, shows_old=shows)
        case "DELETE":
            may_be_gone = Condition(lambda item: not item or _holds(condition, item), ())
            return writing.delete(table, statement.key(names), may_be_gone, shows_old=shows)
        case _:
            must_hold = Condition(lambda item: bool(item) and _holds(condition, item), ())
            return writing.check(table, statement.key(names), must_hold, shows_old=shows)


def _holds(condition: Condition | None, item: Item) -> bool:
    return condition is None or condition.holds(item)


def _returned(statement: Statement, change: Change) -> list[Item]:
    if statement.returning is None:
        return []
    attributes = shown_attributes(statement.returning, statement.update, change)
    return [attributes] if attributes else []


# --- reads ---------------------------------------------------------------------------------------------------

_Admit = Callable[[Table, Item, Address, float], None]
"""Takes the capacity for reading one item, or raises an error that says why there is none."""


def _response(
    tables: Tables, statement: Statement, consumption: Consumption, admit: _Admit
) -> dict[str, Any] | ApiError:
    """Read one item of a transaction, or return why there is no capacity for it.

    Raises:
        ApiError: something else is wrong.
    """
    try:
        item = _selected_one(tables, statement, consumption, admit, is_consistent=True)
    except ApiError as error:
        if not errors.is_throttle(error):
            raise
        return error
    return {} if item is None else {"Item": item}


def _selected_one(
    tables: Tables, statement: Statement, consumption: Consumption, admit: _Admit, *, is_consistent: bool
) -> Item | None:
    """Return the item that a SELECT by the whole key finds."""
    table = tables.used(statement.table)
    key = statement.key(table.schema.key.names)
    table.schema.check_key(key)
    address = table.store.address(key)
    stored = table.store.get(address)
    units = read_units(0 if stored is None else stored.size_bytes, is_consistent=is_consistent) * consumption.factor
    admit(table, key, address, units)
    table.journal.read_count += 1
    consumption.of(table).reads += units
    if stored is None or not _holds(statement.condition, stored.item):
        return None
    return copied(stored.item if statement.projection is None else statement.projection.of(stored.item))


def _selected(tables: Tables, statement: Statement, request: Request) -> Result:
    """Return one page of what a SELECT finds."""
    parameters: Any = request.parameters
    table = tables.used(statement.table)
    is_consistent = bool(parameters.get("ConsistentRead"))
    arrangement, names = _read_from(table, statement.index, is_consistent=is_consistent)
    after = _read_token(parameters.get("NextToken"))
    wanted = {*table.schema.key.names, *arrangement.key.names}
    if after is not None and (after.keys() != wanted or arrangement.address(after) is None):
        raise errors.token_invalid()
    conditions = _key_conditions(table, arrangement, statement)
    key = sort_key(conditions[0].hash_value) if len(conditions) == 1 else None
    index = statement.index or ""
    admit_page(table, index, key, request.entry, is_consistent=is_consistent)
    entries = _entries(arrangement, conditions, statement, after)
    page = read_page(entries, limit=parameters.get("Limit"), condition=statement.condition, names=names)
    table.journal.read_count += page.scanned_count
    consumed = page_units(page, index, is_consistent=is_consistent)
    take_page(table, consumed, key, request.entry)
    shown = page.items if statement.projection is None else map(statement.projection.of, page.items)
    result: dict[str, Any] = {"Items": [copied(item) for item in shown]}
    if page.last is not None:
        last = copied({name: page.last[name] for name in (*table.schema.key.names, *arrangement.key.names)})
        result["LastEvaluatedKey"] = last
        result["NextToken"] = base64.b64encode(json.dumps(as_json(last)).encode()).decode()
    detail = capacity_detail(parameters)
    if detail:
        result["ConsumedCapacity"] = consumed.described(statement.table, table.schema, detail)
    return result


def _read_from(
    table: Table, index_name: str | None, *, is_consistent: bool
) -> tuple[Arrangement, frozenset[str] | None]:
    if index_name is None:
        return table.store.items, None
    index = table.schema.indexes.get(index_name)
    if index is None:
        raise errors.index_missing(index_name)
    if index.is_global and is_consistent:
        raise errors.inconsistent()
    return table.store.indexes[index_name], table.schema.projected_names(index)


def _key_conditions(table: Table, arrangement: Arrangement, statement: Statement) -> tuple[KeyCondition, ...]:
    """Return the queries that a statement is, none if it is a scan.

    Raises:
        ApiError: the statement looks for a key of another type than the schema's.
    """
    conditions = statement.key_conditions(arrangement.key)
    for condition in conditions:
        condition.check_types(arrangement.key, table.schema.types)
    return conditions


def _entries(
    arrangement: Arrangement, conditions: Sequence[KeyCondition], statement: Statement, after: Item | None
) -> Iterator[Stored]:
    """Yield what the statement looks at, from after some item on."""
    if not conditions:
        yield from scanned(arrangement, segment=0, segments=1, after=after)
        return
    key = arrangement.key
    for condition in conditions:
        if after is not None and not equal(after[key.hash_name], condition.hash_value):
            continue
        yield from queried(arrangement, condition, is_forward=not statement.is_descending(key.range_name), after=after)
        after = None


def _read_token(token: str | None) -> Item | None:
    if token is None:
        return None
    try:
        return from_json(load_json(base64.b64decode(token, validate=True)))
    except (binascii.Error, ValueError, AttributeError):
        raise errors.token_invalid() from None
