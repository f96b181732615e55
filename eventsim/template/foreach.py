"""What does `Fn::ForEach` write out? The language extension that repeats a piece of a template, once for each value."""

import re
from collections.abc import Mapping
from typing import Any

from eventsim.template.document import Document, Path_
from eventsim.template.intrinsic import as_text

_DEPTH_MAX = 5
_NEITHER = re.compile(r"[^A-Za-z0-9]")
"""What `&{name}` leaves out, so that any text may be part of a logical id: neither letters nor digits."""
_ITEMS_MAX = 500


def expanded(document: Document, body: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template with every `Fn::ForEach` written out.

    Raises:
        TemplateError: one of them cannot be.
    """
    result: dict[str, Any] = _expanded(document, body, parameters, (), 0)
    return result


def _expanded(document: Document, value: Any, parameters: Mapping[str, Any], path: Path_, depth: int) -> Any:
    if isinstance(value, list):
        return [_expanded(document, each, parameters, (*path, index), depth) for index, each in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    made: dict[str, Any] = {}
    for key, each in value.items():
        if not str(key).startswith("Fn::ForEach::"):
            made[key] = _expanded(document, each, parameters, (*path, key), depth)
            continue
        if not isinstance(each, list) or len(each) != 3 or not isinstance(each[2], Mapping) or depth == _DEPTH_MAX:
            raise document.error((*path, key), f"`{key}` takes a name, a list and a mapping")
        name, items, piece = each
        for item in _items(document, items, parameters, (*path, key)):
            once = _substituted(piece, str(name), as_text(item))
            made |= _expanded(document, once, parameters, (*path, key), depth + 1)
    return made


def _items(document: Document, given: Any, parameters: Mapping[str, Any], path: Path_) -> list[Any]:
    if isinstance(given, Mapping) and set(given) == {"Ref"} and isinstance(parameters.get(given["Ref"]), list):
        given = parameters[given["Ref"]]
    if not isinstance(given, list) or len(given) > _ITEMS_MAX:
        raise document.error(path, "`Fn::ForEach` goes over a list, or a parameter that is one")
    return given


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
