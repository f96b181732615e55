"""Which resource of a REST API is meant? Pure: level by level, a literal before `{name}` before `{name+}`.

Where a branch ends without a method for the request, an outer greedy resource may still take it (unconfirmed).
"""

from collections.abc import Iterable

from msgspec import Struct

from eventsim_sources.gateway.rest_api.model import Method, Resource


class Matched(Struct, frozen=True, gc=False):
    """A resource and its method, with the parameters of the path as they stand there."""

    resource: Resource
    method: Method
    parameters: dict[str, str]


class _Level:
    """What may follow at one place of a path."""

    def __init__(self) -> None:
        self.resource: Resource | None = None
        self.literals: dict[str, _Level] = {}
        self.named: dict[str, _Level] = {}
        self.greedy: dict[str, _Level] = {}

    def child(self, part: str) -> "_Level":
        """Return the level behind a part of a path, made if it is new."""
        if part.startswith("{") and part.endswith("+}"):
            return self.greedy.setdefault(part[1:-2], _Level())
        if part.startswith("{") and part.endswith("}"):
            return self.named.setdefault(part[1:-1], _Level())
        return self.literals.setdefault(part, _Level())


class Resources:
    """The resources of one deployment."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._root = _Level()
        for resource in resources:
            level = self._root
            for part in _parts(resource.path):
                level = level.child(part)
            level.resource = resource

    def find(self, verb: str, path: str) -> Matched | None:
        """Return what takes a request, None if nothing does. The path is percent-encoded, without the stage."""
        return _find(self._root, _parts(path), verb, {})


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _find(level: _Level, parts: list[str], verb: str, parameters: dict[str, str]) -> Matched | None:
    if not parts:
        return _method(level, verb, parameters)
    literal = level.literals.get(parts[0])
    if literal is not None:
        found = _find(literal, parts[1:], verb, parameters)
        if found is not None:
            return found
    for name, named in level.named.items():
        found = _find(named, parts[1:], verb, {**parameters, name: parts[0]})
        if found is not None:
            return found
    for name, greedy in level.greedy.items():
        found = _method(greedy, verb, {**parameters, name: "/".join(parts)})
        if found is not None:
            return found
    return None


def _method(level: _Level, verb: str, parameters: dict[str, str]) -> Matched | None:
    if level.resource is None:
        return None
    methods = level.resource.resource_methods
    method = methods.get(verb) or methods.get("ANY")
    return None if method is None else Matched(level.resource, method, parameters)
