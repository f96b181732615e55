"""What is other about a resource than its template says? Property by property, those alone that the template gives."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from eventsim.source import World
from eventsim.template.intrinsic import as_text
from eventsim.template.stack import Stack

_KEYS: Final = ("Id", "Key", "AttributeName", "IndexName")
"""By which of their members elements of lists are known again."""
_DATA: Final = ("/Environment/Variables", "/DefinitionString", "/EventPattern", "/FilterPolicy")
"""Where members are the template's own: another one is a difference, too; elsewhere it is a default of AWS's."""
_NOTHING: Final = "null"


class Difference(Struct, frozen=True, gc=False):
    """Something that is other than it should be; `kind` is AWS's word for how."""

    path: str
    expected: str
    actual: str
    kind: str


class ResourceDrift(Struct, frozen=True, kw_only=True):
    """What came of looking at a resource; `status` is AWS's word for it."""

    logical_id: str
    status: str
    at_us: int
    expected: Mapping[str, Any] = {}
    actual: Mapping[str, Any] = {}
    differences: Sequence[Difference] = ()


class Detection(Struct, frozen=True, kw_only=True):
    """What came of looking at a stack."""

    identifier: str
    stack: Stack
    at_us: int
    drifted_count: int

    @property
    def status(self) -> str:
        """AWS's word for it."""
        return "DRIFTED" if self.drifted_count else "IN_SYNC"


@dataclass(slots=True)
class _Seen:
    detection: Detection | None = None
    resources: dict[str, ResourceDrift] = field(default_factory=dict)


class Drifts:
    """What was found in the stacks of one world, by the ARN of the stack: the latest of each resource."""

    def __init__(self, _: World) -> None:
        self._seen: dict[str, _Seen] = {}
        self.detections: dict[str, Detection] = {}

    def of(self, stack: Stack) -> _Seen:
        """Return what was found in a stack."""
        return self._seen.setdefault(stack.identifier, _Seen())

    def add(self, detection: Detection) -> None:
        """Know what came of looking at a stack."""
        self.detections[detection.identifier] = detection
        self.of(detection.stack).detection = detection


def compared(logical_id: str, given: Mapping[str, Any], found: Mapping[str, Any], at_us: int) -> ResourceDrift:
    """Return how a resource differs from its template.

    Args:
        given: the properties that the template gives it.
        found: those that it has, as far as they can be read.
    """
    expected = {name: _read_as(found[name], value) for name, value in given.items() if name in found}
    expected = {name: value for name, value in expected.items() if "{{resolve:" not in json.dumps(value, default=str)}
    differing = tuple(_differences(expected, found, ""))
    shown = {name: found[name] for name in expected if found[name] is not None}
    status = "MODIFIED" if differing else "IN_SYNC"
    return ResourceDrift(
        logical_id=logical_id, status=status, at_us=at_us, expected=expected, actual=shown, differences=differing
    )


def _read_as(found: Any, value: Any) -> Any:
    """Return a document that a template writes as text in the form in which it was read."""
    if not isinstance(found, Mapping) or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _differences(expected: Any, found: Any, path: str) -> list[Difference]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return _members(expected, found, path)
    if isinstance(expected, list) and isinstance(found, list):
        return _elements(expected, found, path)
    if _text(expected) == _text(found):
        return []
    if found is None:
        is_nothing = _text(expected) in ("", "false", "[]", "{}")
        return [] if is_nothing else [Difference(path, _text(expected), _NOTHING, "REMOVE")]
    return [Difference(path, _text(expected), _text(found), "NOT_EQUAL")]


def _members(expected: Mapping[str, Any], found: Mapping[str, Any], path: str) -> list[Difference]:
    differing = []
    for name, value in expected.items():
        differing += _differences(value, found.get(name), f"{path}/{name}")
    is_data = any(path == each or path.startswith(f"{each}/") for each in _DATA)
    others = [name for name in found if name not in expected] if is_data else []
    return differing + [Difference(f"{path}/{name}", _NOTHING, _text(found[name]), "ADD") for name in others]


def _elements(expected: Sequence[Any], found: Sequence[Any], path: str) -> list[Difference]:
    """Return what differs between lists, whose order does not count."""
    differing, rest = [], {_key(each): (number, each) for number, each in enumerate(found)}
    for number, value in enumerate(expected):
        _, other = rest.pop(_key(value), (0, None))
        differing += _differences(value, other, f"{path}/{number}")
    return differing + [Difference(f"{path}/{number}", _NOTHING, _text(each), "ADD") for number, each in rest.values()]


def _key(value: Any) -> str:
    if isinstance(value, Mapping):
        for name in _KEYS:
            if name in value:
                return _text(value[name])
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return json.dumps(value, separators=(",", ":"), default=str, sort_keys=True)
    return as_text(value)
