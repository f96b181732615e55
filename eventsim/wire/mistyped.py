"""Are values of the types that the model wants? A codec reads nothing else, but callers in process may give anything.

Bytes, dates and documents are left to who knows them: each may be written in several ways.
"""

from collections.abc import Callable, Iterable, Mapping
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

Test = Callable[[Any], bool]
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
    if _test_of(shape)(parameters):  # as nearly always
        return parameters
    fault = _fault(shape, parameters)
    if fault is not None and fault[1] is _OF_JSON:
        parameters = _read(shape, parameters)
        fault = _fault(shape, parameters)
    if fault is not None:
        path, rest = fault
        raise ApiError("ParamValidationError", f"Invalid type for parameter {path.removeprefix('.')}, {rest}")
    return parameters


# --- is all of its type? -----------------------------------------------------------------------------------


def _test_of(shape: Shape) -> Test:
    """Return what tells whether a value and all that it holds are of their types; it is made once a shape."""
    if shape.type_test is None:
        shape.type_test = _made_test(shape)
    return shape.type_test


def _made_test(shape: Shape) -> Test:
    types = _TYPES.get(shape.kind)
    if types is None or shape.is_document or shape.is_event_stream or shape.is_json_text:
        return lambda value: value is not None
    match shape.kind:
        case "structure":
            return _structure_test(shape)
        case "list":
            return lambda value: type(value) in types and _are_typed(shape.member, value)
        case "map":
            return lambda value: type(value) in types and _are_typed(shape.value, value.values(), has_nulls=False)
        case _:
            return lambda value: isinstance(value, types)


def _structure_test(shape: Shape) -> Test:
    """Return the test of a structure; those of its members are made for the first value: it may hold itself."""
    members, tests = shape.members, dict[str, Test]()

    def test(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        for name, each in value.items():
            of_member = tests.get(name)
            if of_member is None:
                if name not in members:
                    continue
                of_member = tests[name] = _test_of(members[name])
            if not of_member(each):
                return False
        return True

    return test


def _are_typed(shape: Shape, values: Iterable[Any], *, has_nulls: bool = True) -> bool:
    """Tell whether all elements are of their type; whether a list may hold nulls is not a question of types."""
    test = _test_of(shape)
    return all(map(test, values)) or (has_nulls and all(each is None or test(each) for each in values))


# --- what is not? ------------------------------------------------------------------------------------------


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
    """Return the same of what a value holds."""
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
