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


def check_types(shape: Shape, parameters: Parameters) -> None:
    """See that parameters have the types that an operation takes.

    Raises:
        ApiError: one has another, in botocore's words.
    """
    fault = _fault(shape, parameters)
    if fault is not None:
        path, rest = fault
        raise ApiError("ParamValidationError", f"Invalid type for parameter {path.removeprefix('.')}, {rest}")


def _fault(shape: Shape, value: Any) -> tuple[str, str] | None:
    """Return where within a value something has a wrong type, and what about it; None if nothing has."""
    inside, kind = value, shape.kind
    types = _TYPES.get(kind)
    if types is None or value is None or shape.is_document or shape.is_event_stream or shape.is_json_text:
        return None
    if not isinstance(value, types):
        names = ", ".join(f"<class '{each.__name__}'>" for each in types)
        return "", f"value: {value}, type: {type(value)}, valid types: {names}"
    if kind == "structure":
        members = shape.members
        for name, each in inside.items():
            if name in members and (fault := _fault(members[name], each)) is not None:
                return f".{name}{fault[0]}", fault[1]
    elif kind == "list":
        for number, each in enumerate(inside):
            if (fault := _fault(shape.member, each)) is not None:
                return f"[{number}]{fault[0]}", fault[1]
    elif kind == "map":
        for key, each in inside.items():
            if (fault := _fault(shape.value, each)) is not None:
                return f".{key}{fault[0]}", fault[1]
    return None
