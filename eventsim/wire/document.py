"""How do values of a shape look in a document of maps, lists and scalars: JSON or CBOR?

The two differ in what they cannot hold: JSON has no bytes, no dates and no numbers beyond the finite ones.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, assert_never

from eventsim.wire.models import Shape
from eventsim.wire.text import (
    Unreadable,
    named_float,
    read_blob,
    read_timestamp,
    special_float,
    write_blob,
    write_seconds,
    write_timestamp,
)

Format = Literal["json", "cbor"]


def read_members(shape: Shape, document: Any) -> dict[str, Any]:
    """Return the members of a structure; null is absent, and what the model does not know is passed over.

    Raises:
        Unreadable: a value is not of its kind.
    """
    if type(document) is not dict:
        raise Unreadable("Structure", document)
    by_wire_name = shape.by_wire_name
    values: dict[str, Any] = {}
    for key, value in document.items():
        known = by_wire_name.get(key)
        if known is not None and value is not None and not known[1].location:
            values[known[0]] = read(known[1], value)
    return values


def read(shape: Shape, value: Any) -> Any:
    """Return the value that a part of a document stands for.

    Raises:
        Unreadable: it is not of the shape's kind.
    """
    match shape.kind:
        case "string" | "character":
            if type(value) is str:
                return value
            raise Unreadable("String", value)
        case "structure":
            return value if shape.is_document else read_members(shape, value)
        case "list":
            if type(value) is not list:
                raise Unreadable("List", value)
            return [None if item is None else read(shape.member, item) for item in value]
        case "map":
            if type(value) is not dict:
                raise Unreadable("Map", value)
            return {_key(key): read(shape.value, item) for key, item in value.items() if item is not None}
        case _:
            return _read_scalar(shape.kind, value)


def _key(key: Any) -> str:
    if type(key) is not str:  # CBOR has keys of any kind
        raise Unreadable("String", key)
    return key


def _read_scalar(kind: str, value: Any) -> Any:
    match kind:
        case "boolean" if type(value) is bool:
            return value
        case "integer" | "long":
            return _read_integer(value)
        case "float" | "double":
            if type(value) in (int, float):
                return float(value)
            if type(value) is str:
                return named_float(value)
        case "timestamp":
            if type(value) is datetime:
                return value
            if type(value) in (int, float, str):
                return read_timestamp(value)
        case "blob":
            if type(value) is bytes:
                return value
            if type(value) is str:
                return read_blob(value)
    raise Unreadable(kind.capitalize(), value)


def _read_integer(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():  # some clients write every number with a fraction
        return int(value)
    raise Unreadable("Integer", value)


def write_members(shape: Shape, values: Mapping[str, Any], form: Format) -> dict[str, Any]:
    """Return a structure's members that stand in the body; None is left out."""
    document: dict[str, Any] = {}
    for name, wire_name, member in shape.in_body:
        value = values.get(name)
        if value is not None:
            document[wire_name] = write(member, value, form)
    return document


def write(shape: Shape, value: Any, form: Format) -> Any:
    """Return a value as a part of a document."""
    match shape.kind:
        case "string" | "boolean" | "character":
            return value
        case "integer" | "long":
            return int(value)
        case "structure":
            return value if shape.is_document else write_members(shape, value, form)
        case "list":
            return [None if item is None else write(shape.member, item, form) for item in value]
        case "map":
            return {key: write(shape.value, item, form) for key, item in value.items()}
    match form:
        case "json":
            return _json_scalar(shape, value)
        case "cbor":
            return float(value) if shape.kind in ("float", "double") else value
        case _:
            assert_never(form)


def _json_scalar(shape: Shape, value: Any) -> Any:
    match shape.kind:
        case "timestamp" if shape.timestamp_format in ("", "unixtimestamp"):
            return write_seconds(value)
        case "timestamp":
            return write_timestamp(value, shape.timestamp_format)
        case "blob":
            return write_blob(value)
        case "float" | "double":
            return special_float(value) or float(value)
        case _:
            return value
