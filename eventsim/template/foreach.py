"""What do the language extensions write out? Loops, and references whose name is worked out by a function.

`Fn::ForEach` repeats a piece of a template, once for each value. `Ref` and `Fn::GetAtt` may take functions, of which
nothing is known but parameters, mappings and conditions.
"""

import re
from collections.abc import Mapping
from typing import Any

from eventsim.template.document import Document, Path_
from eventsim.template.intrinsic import Resolver, Unresolved, as_text

_DEPTH_MAX = 5
_NEITHER = re.compile(r"[^A-Za-z0-9]")
"""What `&{name}` leaves out, so that any text may be part of a logical id: neither letters nor digits."""
_ITEMS_MAX = 500


def expanded(document: Document, body: Mapping[str, Any], resolver: Resolver) -> dict[str, Any]:
    """Return a template with every loop written out, and plain names in references.

    Args:
        resolver: knows parameters.

    Raises:
        TemplateError: one of them cannot be.
    """
    result: dict[str, Any] = _Expansion(document, resolver).of(body, (), 0)
    return result


class _Expansion:
    """Writes out one template."""

    def __init__(self, document: Document, resolver: Resolver) -> None:
        self._document = document
        self._resolver = resolver

    def of(self, value: Any, path: Path_, depth: int) -> Any:
        """Return a piece of the template written out."""
        if isinstance(value, list):
            return [self.of(each, (*path, index), depth) for index, each in enumerate(value)]
        if not isinstance(value, Mapping):
            return value
        made: dict[str, Any] = {}
        for key, each in value.items():
            where = (*path, key)
            if not str(key).startswith("Fn::ForEach::"):
                inner = self.of(each, where, depth)
                made[key] = self._named(inner, where) if key in ("Ref", "Fn::GetAtt") and len(value) == 1 else inner
                continue
            if not isinstance(each, list) or len(each) != 3 or not isinstance(each[2], Mapping) or depth == _DEPTH_MAX:
                raise self._document.error(where, f"`{key}` takes a name, a list and a mapping")
            name, items, piece = each
            for item in self._items(items, where):
                once = _substituted(piece, str(name), item)
                made |= self.of(once, where, depth + 1)
        return made

    def _items(self, given: Any, path: Path_) -> list[str]:
        value = self._known(given, path)
        if not isinstance(value, list) or len(value) > _ITEMS_MAX:
            raise self._document.error(path, "`Fn::ForEach` goes over a list, or a parameter that is one")
        return [as_text(each, path) for each in value]

    def _named(self, given: Any, path: Path_) -> Any:
        """Return to what a reference refers."""
        if isinstance(given, Mapping):
            return as_text(self._known(given, path), path)
        if not isinstance(given, list):
            return given
        return [as_text(self._known(each, path), path) if isinstance(each, Mapping) else each for each in given]

    def _known(self, given: Any, path: Path_) -> Any:
        try:
            return self._resolver.value(given, path)
        except Unresolved as error:
            raise self._document.error(error.path, str(error)) from None


def _substituted(value: Any, name: str, item: str) -> Any:
    if isinstance(value, str):
        return value.replace(f"${{{name}}}", item).replace(f"&{{{name}}}", _NEITHER.sub("", item))
    if isinstance(value, list):
        return [_substituted(each, name, item) for each in value]
    if not isinstance(value, Mapping):
        return value
    if value == {"Ref": name}:
        return item
    return {_substituted(str(key), name, item): _substituted(each, name, item) for key, each in value.items()}
