"""What is an attribute value: is it well formed, how large is it, does it equal another, does it come before it?

A value is botocore's shape: one type and its content, `{"S": "x"}`, `{"N": "1.5"}`, `{"B": b"…"}`, `{"SS": […]}`,
`{"M": {…}}`, `{"L": […]}`, `{"NULL": True}`, `{"BOOL": False}`. An item is a map of names to values. All functions but
`checked` and `check_item` expect values that were checked: their numbers are canonical. A checked value is never
changed in place, so items may share parts.
"""

from base64 import b64encode
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from eventsim import ApiError
from eventsim_sources.table.number import canonical, size_of_number

AttributeValue: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, AttributeValue]

NESTING_MAX: Final = 32
"""Levels of maps and lists within an item (DynamoDB developer guide, "Constraints": nested attributes)."""

ATTRIBUTE_NAME_BYTES_MAX: Final = 65_535
"""Bytes of an attribute's name (same page: attribute names; those of keys are shorter)."""

TYPES: Final = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"})
SETS: Final = frozenset({"SS", "NS", "BS"})
ORDERED: Final = frozenset({"S", "N", "B"})
"""The types whose values have an order, and which may be keys."""

_INVALID: Final = "One or more parameter values were invalid: "
_EMPTY_SET: Final = {
    "SS": "An string set  may not be empty",
    "NS": "An number set  may not be empty",
    "BS": "Binary sets should not be empty",
}
_CONTAINER_BYTES: Final = 3
_ELEMENT_BYTES: Final = 1


def check_item(item: Mapping[str, AttributeValue]) -> None:
    """Raise ApiError (ValidationException) unless every value of the item is well formed."""
    checked_item(item)


def checked_item(item: Mapping[str, AttributeValue]) -> Item:
    """Return a normalised copy of the item.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    return {checked_name(name): checked(value, name) for name, value in item.items()}


def checked(value: AttributeValue, path: str = "", depth: int = 0) -> AttributeValue:
    """Return a normalised copy of the value: numbers in canonical text, binaries as bytes.

    Args:
        path: where the value stands, such as `address.city`; named when it is not even a value in form.
        depth: how many maps and lists hold it.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    try:
        [(kind, content)] = value.items()
    except (AttributeError, ValueError):
        raise _no_value(value, path) from None
    match kind:
        case "S":
            return {"S": _typed(content, str, kind, path)}
        case "N":
            return {"N": canonical(_typed(content, str, kind, path))}
        case "B":
            return {"B": _binary(content, path)}
        case "BOOL":
            return {"BOOL": _typed(content, bool, kind, path)}
        case "NULL":
            if content is not True:
                raise _refused(f"{_INVALID}Null attribute value types must have the value of true")
            return {"NULL": True}
        case "SS" | "NS" | "BS":
            return {kind: _checked_set(kind, _typed(content, list | tuple | set | frozenset, kind, path))}
        case "M" | "L" if depth >= NESTING_MAX:
            raise _refused("Nesting Levels have exceeded supported limits")
        case "M":
            members = _typed(content, Mapping, kind, path)
            return {"M": {checked_name(n): checked(v, f"{path}.{n}", depth + 1) for n, v in members.items()}}
        case "L":
            elements = _typed(content, list | tuple, kind, path)
            return {"L": [checked(v, f"{path}[{i}]", depth + 1) for i, v in enumerate(elements)]}
    raise _refused("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")


def _no_value(value: object, path: str) -> ApiError:
    """Return the refusal of what has not exactly one type."""
    if not isinstance(value, Mapping):  # clients check this; state machines and templates do not
        return _refused(f"{_INVALID}{path or 'a value'} is {value!r}, which names no type: {{'S': …}}, {{'N': …}}")
    how = "has more than one datatypes set" if value else "is empty"
    return _refused(f"Supplied AttributeValue {how}, must contain exactly one of the supported datatypes")


def kind_of(value: Mapping[str, Any]) -> str:
    """Tell the type of a value, such as `S`."""
    for kind in value:
        return kind
    return "NULL"


def size_of(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Tell how many bytes an item takes, names and values, by DynamoDB's rules."""
    return sum(_text_bytes(name) + size_of_value(value) for name, value in item.items())


def size_of_value(value: Mapping[str, Any]) -> int:
    """Tell how many bytes a value takes."""
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return _text_bytes(content)
        case "N":
            return size_of_number(content)
        case "B":
            return len(content)
        case "SS":
            return sum(map(_text_bytes, content))
        case "NS":
            return sum(map(size_of_number, content))
        case "BS":
            return sum(map(len, content))
        case "M":
            return _CONTAINER_BYTES + size_of(content) + _ELEMENT_BYTES * len(content)
        case "L":
            return _CONTAINER_BYTES + sum(map(size_of_value, content)) + _ELEMENT_BYTES * len(content)
    return 1


def equal(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Tell whether two checked values are the same: of one type, sets in any order."""
    if a == b:
        return True
    [(kind, content)] = a.items()
    if kind not in b:
        return False
    other = b[kind]
    if kind in SETS:
        return len(content) == len(other) and set(content) == set(other)
    if kind == "L":
        return len(content) == len(other) and all(map(equal, content, other))
    if kind == "M":
        return content.keys() == other.keys() and all(equal(content[name], other[name]) for name in content)
    return False


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> int:
    """Tell whether a value comes before (-1), with (0) or after (1) another of the same type S, N or B."""
    left, right = sort_key(a), sort_key(b)
    return int(left > right) - int(left < right)


def sort_key(value: Mapping[str, Any]) -> Any:
    """Return a Python value that stands among its like as DynamoDB orders S (UTF-8 bytes), N and B."""
    [(kind, content)] = value.items()
    if kind == "S":
        return content.encode("utf-8", "surrogatepass")
    return Decimal(content) if kind == "N" else content


def shown(value: AttributeValue) -> str:
    """Write a value as AWS's messages do: `AttributeValue: {S:x}`."""
    return f"AttributeValue: {_shown(value)}"


def _shown(value: AttributeValue) -> str:
    [(kind, content)] = value.items()
    match kind:
        case "L":
            text = f"[{', '.join(map(_shown, content))}]"
        case "M":
            text = f"{{{', '.join(f'{name}={_shown(member)}' for name, member in content.items())}}}"
        case "BOOL" | "NULL":
            text = str(content).lower()
        case "SS" | "NS" | "BS":
            text = f"[{', '.join(map(_plain, content))}]"
        case _:
            text = _plain(content)
    return f"{{{kind}:{text}}}"


def _plain(content: str | bytes) -> str:
    if isinstance(content, str):
        return content
    return f"java.nio.HeapByteBuffer[pos=0 lim={len(content)} cap={len(content)}]"


def _checked_set(kind: str, members: Any) -> list[Any]:
    if not members:
        raise _refused(_INVALID + _EMPTY_SET[kind])
    check: Callable[[Any], Hashable] = {"SS": _member_text, "NS": _member_number, "BS": _member_binary}[kind]
    found = [check(member) for member in members]
    if len(set(found)) != len(found):
        raise _refused(_duplicates(kind, found))
    return in_order(kind, found)


def in_order(kind: str, members: Iterable[Any]) -> list[Any]:
    """Return the members of a set in an order that does not hang on how they were given: Python's sets have none."""
    return sorted(members, key=Decimal) if kind == "NS" else sorted(members)


def _duplicates(kind: str, members: list[Any]) -> str:
    if kind == "NS":
        return "Input collection contains duplicates"
    if kind == "SS":
        return f"{_INVALID}Input collection [{', '.join(members)}] contains duplicates."
    encoded = ", ".join(b64encode(member).decode() for member in members)
    return f"{_INVALID}Input collection [{encoded}]of type BS contains duplicates."


def _member_text(member: Any) -> str:
    text: str = _typed(member, str, "SS", "")
    if not text:
        raise _refused(f"{_INVALID}An string set may not have a empty string as a member")
    return text


def _member_number(member: Any) -> str:
    return canonical(_typed(member, str, "NS", ""))


def _member_binary(member: Any) -> bytes:
    content = _binary(member, "")
    if not content:
        raise _refused(f"{_INVALID}Binary sets may not contain null or empty values")
    return content


def _binary(content: Any, path: str) -> bytes:
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    if hasattr(content, "read"):
        content = content.read()
    return bytes(_typed(content, bytes | bytearray | memoryview, "B", path))


def checked_name(name: str) -> str:
    """Return the name of an attribute.

    Raises:
        ApiError: ValidationException, when it is empty or too long.
    """
    if not name or _text_bytes(name) > ATTRIBUTE_NAME_BYTES_MAX:
        raise _refused(
            f"{_INVALID}Attribute name must be at least 1 byte and at most {ATTRIBUTE_NAME_BYTES_MAX} bytes long"
        )
    return name


def _typed(content: Any, wanted: Any, kind: str, path: str) -> Any:
    if not isinstance(content, wanted):
        where = path and f" at {path}"
        raise _refused(f"{_INVALID}{type(content).__name__} is no content of type {kind}{where}")
    return content


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _refused(message: str) -> ApiError:
    return ApiError("ValidationException", message)
