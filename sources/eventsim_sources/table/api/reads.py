"""Operations that read many items in order: Query and Scan."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Request, Result
from eventsim_sources.table import errors
from eventsim_sources.table.admission import admit_page, take_page
from eventsim_sources.table.api.answers import capacity_detail
from eventsim_sources.table.api.expressions import names_of, read_filter, read_key_condition, read_projection
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.arrangement import Arrangement, SortKey, Stored, partition_key
from eventsim_sources.table.capacity import Consumed
from eventsim_sources.table.conditions import Condition
from eventsim_sources.table.copying import copied
from eventsim_sources.table.legacy import check_unmixed
from eventsim_sources.table.projection import Projection
from eventsim_sources.table.reading import Page, page_units, queried, read_page, scanned
from eventsim_sources.table.schema import Index, Key
from eventsim_sources.table.source import Table
from eventsim_sources.table.value import Item, checked_item

_EXPRESSIONS = ("ProjectionExpression", "FilterExpression", "KeyConditionExpression")
_OLDER = ("AttributesToGet", "QueryFilter", "ScanFilter", "ConditionalOperator", "KeyConditions")


class View(Struct, frozen=True, kw_only=True):
    """What is read, a table or an index, and how much of each item it shows.

    Attributes:
        names: the attributes that the index has, None for all.
        is_fetching: whether items are fetched from the table, because the index has not all that is wanted.
        projection: what is wanted of these.
    """

    table: Table
    index: Index | None
    arrangement: Arrangement
    names: frozenset[str] | None
    select: str
    projection: Projection | None
    is_fetching: bool = False

    @property
    def key(self) -> Key:
        """The key in whose order it is read."""
        return self.table.schema.key if self.index is None else self.index.key

    def key_of(self, item: Item) -> Item:
        """Return the key by which reading goes on after an item."""
        names = dict.fromkeys((*self.table.schema.key.names, *self.key.names))
        return copied({name: item[name] for name in names})


def query(tables: Tables, request: Request) -> Result:
    """Return the items of one partition, in order."""
    parameters = request.parameters
    check_unmixed(parameters, _EXPRESSIONS, _OLDER)
    names = names_of(parameters)
    projection, condition = read_projection(parameters, names), read_filter(parameters, names, "QueryFilter")
    table = tables.used(str(parameters["TableName"]))
    view = _view(table, parameters, projection)
    key_condition = read_key_condition(parameters, names, view.key)
    names.check_all_used(_EXPRESSIONS)
    key_condition.check_types(view.key, table.schema.types)
    table.schema.check_wanted(view.index, key_condition.wanted(view.key))
    _check_filter(condition, view.key)
    is_forward = parameters.get("ScanIndexForward") is not False
    after = _start_key(view, parameters)
    entries = queried(view.arrangement, key_condition, is_forward=is_forward, after=after)
    return _read(view, entries, request, condition, partition_key(key_condition.hash_values))


def scan(tables: Tables, request: Request) -> Result:
    """Return all items, or those of one segment."""
    parameters = request.parameters
    check_unmixed(parameters, _EXPRESSIONS, _OLDER)
    segment, segments = _segment(parameters)
    names = names_of(parameters)
    projection, condition = read_projection(parameters, names), read_filter(parameters, names, "ScanFilter")
    names.check_all_used(("ProjectionExpression", "FilterExpression"))
    view = _view(tables.used(str(parameters["TableName"])), parameters, projection)
    after = _start_key(view, parameters)
    entries = scanned(view.arrangement, segment=segment, segments=segments, after=after)
    return _read(view, entries, request, condition, None)


def _view(table: Table, parameters: Mapping[str, Any], projection: Projection | None) -> View:
    """Return what is read.

    Raises:
        ApiError: there is no such index, or it cannot give what is wanted.
    """
    index_name = parameters.get("IndexName")
    select = str(parameters.get("Select") or "")
    _check_select(select, parameters, has_index=index_name is not None)
    if index_name is None:
        arrangement = table.store.items
        return View(table=table, index=None, arrangement=arrangement, names=None, select=select, projection=projection)
    index = table.schema.indexes.get(index_name)
    if index is None:
        raise errors.index_missing(index_name)
    names = table.schema.projected_names(index)
    if index.is_global:
        if parameters.get("ConsistentRead"):
            raise errors.inconsistent()
        _check_projected(index, names, select, projection)
    return View(
        table=table,
        index=index,
        arrangement=table.store.indexes[index_name],
        names=names,
        select=select,
        projection=projection,
        is_fetching=names is not None and (select == "ALL_ATTRIBUTES" or _asks_for_more(names, projection)),
    )


def _check_select(select: str, parameters: Mapping[str, Any], *, has_index: bool) -> None:
    if select == "ALL_PROJECTED_ATTRIBUTES" and not has_index:
        raise errors.invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    wanted = next((name for name in ("ProjectionExpression", "AttributesToGet") if parameters.get(name)), "")
    if select == "SPECIFIC_ATTRIBUTES" and not wanted:
        raise errors.invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if wanted and select not in ("", "SPECIFIC_ATTRIBUTES"):
        what = "only the Count" if select == "COUNT" else select
        raise errors.invalid(f"Cannot specify the {wanted} when choosing to get {what}")


def _check_projected(index: Index, names: frozenset[str] | None, select: str, projection: Projection | None) -> None:
    if names is None:
        return
    if select == "ALL_ATTRIBUTES":
        raise errors.parameters_invalid(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL"
        )
    missing = [] if projection is None else sorted(projection.attributes - names)
    if missing:
        raise errors.parameters_invalid(f"Global secondary index {index.name} does not project [{', '.join(missing)}]")


def _asks_for_more(names: frozenset[str], projection: Projection | None) -> bool:
    return projection is not None and not projection.attributes <= names


def _check_filter(condition: Condition | None, key: Key) -> None:
    """See that a query does not filter by what its key condition is about.

    Raises:
        ApiError: it does.
    """
    if condition is None:
        return
    for name in key.names:
        if name in condition.attributes:
            raise errors.invalid(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def _segment(parameters: Mapping[str, Any]) -> tuple[int, int]:
    segment, segments = parameters.get("Segment"), parameters.get("TotalSegments")
    if segment is None and segments is None:
        return 0, 1
    if segments is None:
        raise errors.invalid(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present"
        )
    if segment is None:
        raise errors.invalid(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present"
        )
    if segment >= segments:
        raise errors.invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {segments}"
        )
    return int(segment), int(segments)


def _start_key(view: View, parameters: Mapping[str, Any]) -> Item | None:
    """Return the key after which the page begins.

    Raises:
        ApiError: it is no key of what is read.
    """
    given = parameters.get("ExclusiveStartKey")
    if not given:
        return None
    try:
        key = checked_item(given)
    except ApiError as error:
        raise errors.invalid(f"The provided starting key is invalid: {error.message}") from error
    schema = view.table.schema
    wanted = {*schema.key.names, *view.key.names}
    if key.keys() != wanted or any(schema.types[name] not in value for name, value in key.items()):
        raise errors.invalid("The provided starting key is invalid: The provided key element does not match the schema")
    return key


def _read(
    view: View, entries: Iterator[Stored], request: Request, condition: Condition | None, key: SortKey | None
) -> Result:
    """Read a page, if there is capacity for it, and answer with that.

    Args:
        key: the partition that is read, None for all.
    """
    parameters: Any = request.parameters
    index = "" if view.index is None else view.index.name
    is_consistent = bool(parameters.get("ConsistentRead"))
    admit_page(view.table, index, key, request.entry, is_consistent=is_consistent)
    page = read_page(
        entries,
        limit=parameters.get("Limit"),
        condition=condition,
        names=view.names,
        is_fetching=view.is_fetching,
    )
    view.table.journal.read_count += page.scanned_count
    consumed = page_units(page, index, is_consistent=is_consistent)
    take_page(view.table, consumed, key, request.entry)
    return _answer(view, page, parameters, consumed)


def _answer(view: View, page: Page, parameters: Mapping[str, Any], consumed: Consumed) -> Result:
    result: dict[str, Any] = {}
    if view.select != "COUNT":
        wanted = page.items if view.projection is None else map(view.projection.of, page.items)
        result["Items"] = [copied(item) for item in wanted]
    result["Count"] = len(page.items)
    result["ScannedCount"] = page.scanned_count
    if page.last is not None:
        result["LastEvaluatedKey"] = view.key_of(page.last)
    detail = capacity_detail(parameters)
    if detail:
        name = str(parameters["TableName"])
        result["ConsumedCapacity"] = consumed.described(name, view.table.schema, detail)
    return result
