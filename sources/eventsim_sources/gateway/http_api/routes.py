"""Which route of an HTTP API takes a request? Pure: the most specific path, and a method before `ANY`.

1. A path is compared segment by segment; a literal beats `{name}`, and that beats `{name+}`, from left to right.
2. For one path, a route that names the method beats one with `ANY`.
3. `$default` takes what is left.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from msgspec import Struct

DEFAULT: Final = "$default"

_LITERAL, _NAMED, _GREEDY = range(3)


class Matched(Struct, frozen=True, gc=False):
    """A route by its key, with the parameters of the path, decoded."""

    key: str
    parameters: dict[str, str]


class _Route(Struct, frozen=True, gc=False):
    key: str
    method: str
    segments: tuple[str, ...]
    rank: tuple[tuple[int, ...], bool]


class Routes:
    """The routes of one deployment.

    Args:
        keys: `GET /orders/{id}`, `ANY /{proxy+}`, `$default`.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        given = list(keys)
        self._has_default = DEFAULT in given
        self._routes = sorted((_compiled(key) for key in given if " " in key), key=lambda route: route.rank)

    def find(self, method: str, path: str) -> Matched | None:
        """Return which route takes a request, None if none does. The path is percent-encoded, without the stage."""
        segments = path.split("/")[1:]
        for route in self._routes:
            if route.method in (method, "ANY"):
                parameters = _fit(route.segments, segments)
                if parameters is not None:
                    return Matched(route.key, parameters)
        return Matched(DEFAULT, {}) if self._has_default else None


def _compiled(key: str) -> _Route:
    method, _, path = key.partition(" ")
    segments = tuple(path.strip().split("/")[1:])
    kinds = tuple(_kind(segment) for segment in segments)
    return _Route(key, method.upper(), segments, (kinds, method.upper() == "ANY"))


def _kind(segment: str) -> int:
    if not (segment.startswith("{") and segment.endswith("}")):
        return _LITERAL
    return _GREEDY if segment.endswith("+}") else _NAMED


def _fit(wanted: tuple[str, ...], given: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for at, segment in enumerate(wanted):
        kind = _kind(segment)
        if kind == _GREEDY:
            rest = "/".join(given[at:])
            if not rest:
                return None
            return {**parameters, segment[1:-2]: unquote(rest)}
        if at >= len(given):
            return None
        if kind == _NAMED:
            if not given[at]:
                return None
            parameters[segment[1:-1]] = unquote(given[at])
        elif segment != given[at] and segment != unquote(given[at]):
            return None
    return parameters if len(wanted) == len(given) else None
