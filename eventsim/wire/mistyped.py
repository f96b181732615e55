"""Are values of the types that the model wants? A codec reads nothing else, but callers in process may give anything.

Bytes, dates and documents are left to who knows them: each may be written in several ways.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from eventsim.errors import ApiError
from eventsim.wire.exchange import Parameters
from eventsim.wire.models import Shape

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "character": (str,),
    "double": (float, Decimal, int),
    "float": (float, Decimal, int),
    "integer": (int,),
    "list": (list, tuple),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
}


_Fault = tuple[str, str]
"""Where it is, and what it is."""
_OF_JSON: Final = "as JSON may have it"
_WHOLE: Final = ("integer", "long")


def typed(shape: Shape, parameters: Parameters) -> Parameters:
    """Return parameters that have the types which an operation takes.

    As in JSON on the wire, what is null is absent, and a whole number may have a fraction of nothing.

    Raises:
        ApiError: one has another type, in botocore's words.
    """
    fault = _fault(shape, parameters)
    if fault is not None and fault[1] is _OF_JSON:
        parameters = _read(shape, parameters)
        fault = _fault(shape, parameters)
    if fault is not None:
        path, rest = fault
        raise ApiError("ParamValidationError", f"Invalid type for parameter {path.removeprefix('.')}, {rest}")
    return parameters


def _fault(shape: Shape, value: Any) -> _Fault | None:
    """Return where within a value something is not of its type as it stands, and what about it; None if all is."""
    if value is None:
        return "", _OF_JSON
    types = _TYPES.get(shape.kind)
    if types is None or shape.is_document or shape.is_event_stream or shape.is_json_text:
        return None
    if isinstance(value, types):
        return _fault_within(shape, value)
    if shape.kind in _WHOLE and isinstance(value, float) and value.is_integer():
        return "", _OF_JSON
    names = ", ".join(f"<class '{each.__name__}'>" for each in types)
    return "", f"value: {value}, type: {type(value)}, valid types: {names}"


def _fault_within(shape: Shape, value: Any) -> _Fault | None:
    """Return the same of what a value holds; whether a list may hold nulls is not a question of types."""
    match shape.kind:
        case "structure":
            members = shape.members
            for name, each in value.items():
                if name in members and (fault := _fault(members[name], each)) is not None:
                    return f".{name}{fault[0]}", fault[1]
        case "list":
            for number, each in enumerate(value):
                if each is not None and (fault := _fault(shape.member, each)) is not None:
                    return f"[{number}]{fault[0]}", fault[1]
        case "map":
            for key, each in value.items():
                if (fault := _fault(shape.value, each)) is not None:
                    return f".{key}{fault[0]}", fault[1]
    return None


def _read(shape: Shape, value: Any) -> Any:
    """Return a value as the codec of JSON would have read it."""
    if shape.is_document or shape.is_event_stream:
        return value
    match shape.kind:
        case "structure" if isinstance(value, dict):
            members = shape.members
            given = ((name, each) for name, each in value.items() if each is not None)
            return {name: _read(members[name], each) if name in members else each for name, each in given}
        case "list" if isinstance(value, list | tuple):
            return [None if each is None else _read(shape.member, each) for each in value]
        case "map" if isinstance(value, dict):
            return {key: _read(shape.value, each) for key, each in value.items() if each is not None}
        case "integer" | "long" if isinstance(value, float) and value.is_integer():
            return int(value)
        case _:
            return value
