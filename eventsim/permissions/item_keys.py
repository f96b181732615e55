"""What do policies of DynamoDB ask of a request beyond its table? Partition keys, attributes, what is returned.

`dynamodb:LeadingKeys` are values of the partition key of the table or index that is asked; `dynamodb:Attributes` are
the top-level attributes that a request names.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from eventsim.permissions.need import Place, member, text_in

_EXPRESSIONS: Final = (
    *("ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression", "UpdateExpression"),
)
_BY_ATTRIBUTE: Final = (*("AttributeUpdates", "Expected", "Item", "Key", "KeyConditions", "QueryFilter", "ScanFilter"),)
"""Parameters whose members are called as attributes are."""
_TOLD: Final = ("ReturnConsumedCapacity", "ReturnValues")
"""Parameters that are condition keys as they are."""
_NAME: Final = re.compile(r"(?<![\w.:#])(?:#\w+|[A-Za-z_]\w*)(?!\w)(?!\s*\()")
_WORDS: Final = frozenset({"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"})
_EQUALITY: Final = re.compile(r"(?<![#:\w])(?:([#\w]+)\s*=\s*(:\w+)|(:\w+)\s*=\s*([#\w]+))")

Keys = dict[str, tuple[str, ...]]


def keys_of_item(given: Mapping[str, Any], place: Place, table: str, **more: str) -> Keys:
    """Return the condition keys of a request about one item.

    Args:
        table: the ARN of the table.
        more: further condition keys.
    """
    name = hash_name(place, table)
    return _keys([each.get(name) for each in (member(given, "Item"), member(given, "Key"))], given, **more)


def keys_of_items(given: Iterable[Mapping[str, Any]], place: Place, table: str, asked: Mapping[str, Any]) -> Keys:
    """Return the condition keys of a batch of items.

    Args:
        given: the items of one table, or their keys.
        asked: what is said of all of them.
    """
    items, name = list(given), hash_name(place, table)
    keys = _keys([item.get(name) for item in items], asked)
    attributes = sorted({*keys.get("dynamodb:Attributes", ()), *(str(name) for item in items for name in item)})
    return {**keys, "dynamodb:Attributes": tuple(attributes)} if attributes else keys


def keys_of_search(given: Mapping[str, Any], place: Place, table: str) -> Keys:
    """Return the condition keys of a query or a scan: a scan has no partition key."""
    name = hash_name(place, table, text_in(given, "IndexName"))
    return _keys([*_equals(given, name), *_equals_as_once(given, name)], given, Select=_selected(given))


def hash_name(place: Place, table: str, index: str = "") -> str:
    """Return the name of a partition key, "" where there is no such table or index."""
    schema = getattr(place.sources("tables").get(table.rpartition("/")[2]), "schema", None)
    described = schema.indexes.get(index) if index and schema is not None else schema
    return "" if described is None else str(described.key.hash_name)


def _keys(leading: Iterable[Any], given: Mapping[str, Any], **more: str) -> Keys:
    keys = {
        "LeadingKeys": tuple(text for value in leading for text in _text_of(value)),
        "Attributes": tuple(sorted(set(_attributes(given)))),
        **{name: (text_in(given, name),) for name in _TOLD if given.get(name)},
        **{name: (value,) for name, value in more.items()},
    }
    return {f"dynamodb:{name}": values for name, values in keys.items() if values}


def _text_of(value: Any) -> list[str]:
    """Return the value of a key as policies compare it."""
    contents = list(value.values()) if isinstance(value, Mapping) else []
    return [base64.b64encode(each).decode() if isinstance(each, bytes) else str(each) for each in contents[:1]]


def _equals(given: Mapping[str, Any], name: str) -> Iterator[Any]:
    values = member(given, "ExpressionAttributeValues")
    for match in _EQUALITY.finditer(text_in(given, "KeyConditionExpression")):
        attribute, value = match[1] or match[4], match[2] or match[3]
        if name and _meant(given, attribute) == name:
            yield values.get(value)


def _equals_as_once(given: Mapping[str, Any], name: str) -> list[Any]:
    values = member(member(given, "KeyConditions"), name).get("AttributeValueList")
    return values if isinstance(values, list) else []


def _meant(given: Mapping[str, Any], name: str) -> str:
    """Return the attribute for which a name of an expression stands."""
    return text_in(member(given, "ExpressionAttributeNames"), name) if name.startswith("#") else name


def _attributes(given: Mapping[str, Any]) -> Iterator[str]:
    for parameter in _BY_ATTRIBUTE:
        yield from map(str, member(given, parameter))
    listed = given.get("AttributesToGet")
    yield from map(str, listed if isinstance(listed, list) else ())
    for parameter in _EXPRESSIONS:
        for match in _NAME.finditer(text_in(given, parameter)):
            if match[0].upper() not in _WORDS:
                yield _meant(given, match[0])


def _selected(given: Mapping[str, Any]) -> str:
    """Return what a query or a scan selects, said or not (DynamoDB API reference, `Select`)."""
    if given.get("Select"):
        return text_in(given, "Select")
    if given.get("ProjectionExpression") or given.get("AttributesToGet"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if given.get("IndexName") else "ALL_ATTRIBUTES"
