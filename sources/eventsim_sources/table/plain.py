"""How are plain values written as attribute values? Texts, numbers, lists, maps, as a scenario or Python has them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from eventsim_sources.table.schema import Key
from eventsim_sources.table.value import TYPES, Item


def item_of(plain: Mapping[str, Any], key: Key) -> Item:
    """Return an item of plain values; one whose key is written as `{"S": "x"}` is taken as it is.

    Raises:
        ValueError: a value is of a type that no item has.
    """
    first = plain.get(key.hash_name)
    if isinstance(first, Mapping) and len(first) == 1 and next(iter(first)) in TYPES:
        return {name: dict(value) for name, value in plain.items()}
    return {name: value_of(value) for name, value in plain.items()}


def value_of(plain: Any) -> dict[str, Any]:
    """Return the attribute value of a plain value.

    Raises:
        ValueError: no attribute has a value of its type.
    """
    match plain:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": plain}
        case str():
            return {"S": plain}
        case int() | float() | Decimal():
            return {"N": str(plain)}
        case bytes():
            return {"B": plain}
        case Mapping():
            return {"M": {str(name): value_of(value) for name, value in plain.items()}}
        case list() | tuple():
            return {"L": [value_of(value) for value in plain]}
        case set() | frozenset():
            return _set_of(plain)
    raise ValueError(f"a {type(plain).__name__} cannot stand in an item: {plain!r}")


def _set_of(plain: set[Any] | frozenset[Any]) -> dict[str, Any]:
    kinds = {kind for each in plain for kind in value_of(each)}
    if len(kinds) != 1 or kinds & (TYPES - {"S", "N", "B"}):
        raise ValueError(f"a set holds texts, numbers or binaries of one type, not {plain!r}")
    (kind,) = kinds
    return {f"{kind}S": sorted(value_of(each)[kind] for each in plain)}
