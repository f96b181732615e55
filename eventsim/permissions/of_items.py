"""What do calls of DynamoDB about items need? An action on the table or the index; a transaction what its parts do."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.item_keys import keys_of_item, keys_of_items, keys_of_search
from eventsim.permissions.need import Need, Needs, Place, called, member, members, text_in

_OF_AN_ITEM: Final = ("DeleteItem", "GetItem", "PutItem", "UpdateItem")
_OF_A_SEARCH: Final = ("Query", "Scan")
_OF_A_TRANSACTION: Final = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}

_table = called("TableName", "dynamodb", "table/{}")


def table_or_index(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of the index that is asked, or else of the table."""
    table, index = _table(given, place), text_in(given, "IndexName")
    return f"{table}/index/{index}" if table and index else table


def _on_item(action: str) -> Needs:
    def needs(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
        table = _table(given, place)
        return [Need(action, table, keys_of_item(given, place, table))]

    return needs


def _on_search(action: str) -> Needs:
    def needs(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
        keys = keys_of_search(given, place, _table(given, place))
        return [Need(action, table_or_index(given, place), keys)]

    return needs


def _tables_of(given: Mapping[str, Any], place: Place) -> Iterable[tuple[str, Any]]:
    """Yield the ARN of each table of a batch, with what is asked of it."""
    for name, asked in member(given, "RequestItems").items():
        yield _table({"TableName": name}, place), asked


def _batch_get(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    for table, asked in _tables_of(given, place):
        told = {**(asked if isinstance(asked, Mapping) else {}), **_consumption(given)}
        keys = keys_of_items(members(told.get("Keys")), place, table, told)
        yield Need("dynamodb:BatchGetItem", table, keys)


def _batch_write(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    for table, asked in _tables_of(given, place):
        items = [
            member(member(each, request), parameter)
            for each in members(asked)
            for request, parameter in (("PutRequest", "Item"), ("DeleteRequest", "Key"))
        ]
        yield Need("dynamodb:BatchWriteItem", table, keys_of_items(items, place, table, _consumption(given)))


def _consumption(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"ReturnConsumedCapacity": given.get("ReturnConsumedCapacity")}


def _transact(operation: str) -> Needs:
    def needs(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
        for entry in members(given.get("TransactItems")):
            for name in entry:
                if name in _OF_A_TRANSACTION:
                    part = {**member(entry, name), **_consumption(given)}
                    table = _table(part, place)
                    keys = keys_of_item(part, place, table, EnclosingOperation=operation)
                    yield Need(f"dynamodb:{_OF_A_TRANSACTION[name]}", table, keys)

    return needs


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: _on_item(f"dynamodb:{name}") for name in _OF_AN_ITEM},
        **{name: _on_search(f"dynamodb:{name}") for name in _OF_A_SEARCH},
        **{name: _transact(name) for name in ("TransactGetItems", "TransactWriteItems")},
        "BatchGetItem": _batch_get,
        "BatchWriteItem": _batch_write,
    }
)
