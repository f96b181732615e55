"""Which methods do values have in a template? Those of Java's strings, lists and maps that templates use."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from eventsim_sources.gateway.template.tree import TemplateMistake

TEXT_MAX = 10_000_000
"""No text grows longer than a response may be."""


class Nothing(str):
    """What a JSON path finds that leads nowhere: equal to an empty text and to null; its methods give null."""

    __slots__ = ()


class Entry:
    """One pair of a map, as `entrySet()` gives them."""

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value


def call_method(value: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """Return what a method of a value gives.

    Raises:
        TemplateMistake: it has no such method, or the arguments do not fit.
    """
    if name in ("equals", "toString", "hashCode", "equalsIgnoreCase") and name in _ANY:
        methods: Mapping[str, Callable[..., Any]] = _ANY
    elif isinstance(value, str):
        methods = _STRING
    elif isinstance(value, list):
        methods = _LIST
    elif isinstance(value, dict):
        methods = _MAP
    elif isinstance(value, Entry):
        methods = _ENTRY
    elif isinstance(value, int | float):
        methods = _NUMBER
    else:
        methods = getattr(value, "methods", {})
    method = methods.get(name)
    if method is None and isinstance(value, Nothing):
        return None
    if method is None:
        raise TemplateMistake(f"{_kind(value)} has no method {name} here")
    try:
        return method(value, *arguments) if not hasattr(value, "methods") else method(*arguments)
    except (TypeError, ValueError, IndexError, re.error) as error:
        raise TemplateMistake(f"{name} of {_kind(value)}: {error}") from None


def shown(value: Any) -> str:
    """Return a value as Velocity prints it: maps and lists as Java does."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inner, value)) + "]"
    if isinstance(value, Entry):
        return f"{value.key}={_inner(value.value)}"
    return str(value)


def _inner(value: Any) -> str:
    return "null" if value is None else shown(value)


def _kind(value: Any) -> str:
    kinds = {str: "a string", list: "a list", dict: "a map", int: "a number", float: "a number", bool: "a boolean"}
    return kinds.get(type(value), "this")


def _regex(pattern: str) -> str:
    """Return Java's regular expression as Python's, as far as they differ in templates."""
    return pattern.replace("\\p{Alpha}", "[A-Za-z]").replace("\\p{Digit}", "[0-9]")


def _replacement(text: str) -> str:
    return re.sub(r"\$(\d)", r"\\\1", text.replace("\\", "\\\\").replace("\\\\$", "$"))


def _replaced_all(text: str, pattern: str, by: str) -> str:
    return re.sub(_regex(pattern), _replacement(by), text)[:TEXT_MAX]


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    parts = re.split(_regex(pattern), text, maxsplit=max(limit - 1, 0))
    while limit == 0 and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _put(each: dict[Any, Any], key: Any, value: Any) -> Any:
    before = each.get(key)
    each[key] = value
    return before


def _add(items: list[Any], *what: Any) -> bool:
    if len(what) == 2:
        items.insert(what[0], what[1])
    else:
        items.append(what[0])
    return True


def _extend(items: list[Any], more: list[Any]) -> bool:
    items.extend(more)
    return bool(more)


def _set_item(items: list[Any], at: int, value: Any) -> Any:
    before, items[at] = items[at], value
    return before


_ANY: Final[Mapping[str, Callable[..., Any]]] = {
    "equals": lambda value, other: value == other,
    "equalsIgnoreCase": lambda value, other: shown(value).lower() == shown(other).lower(),
    "toString": shown,
}
_STRING: Final[Mapping[str, Callable[..., Any]]] = {
    "charAt": lambda text, at: text[at],
    "compareTo": lambda text, other: (text > other) - (text < other),
    "concat": lambda text, more: (text + shown(more))[:TEXT_MAX],
    "contains": lambda text, part: part in text,
    "endsWith": lambda text, part: text.endswith(part),
    "indexOf": lambda text, part, begin=0: text.find(part, begin),
    "isEmpty": lambda text: not text,
    "lastIndexOf": lambda text, part: text.rfind(part),
    "length": len,
    "matches": lambda text, pattern: re.fullmatch(_regex(pattern), text) is not None,
    "replace": lambda text, part, by: text.replace(part, by)[:TEXT_MAX],
    "replaceAll": _replaced_all,
    "replaceFirst": lambda text, pattern, by: re.sub(_regex(pattern), _replacement(by), text, count=1),
    "split": _split,
    "startsWith": lambda text, part: text.startswith(part),
    "substring": lambda text, begin, end=None: text[begin:end],
    "toLowerCase": lambda text: text.lower(),
    "toUpperCase": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
}
_LIST: Final[Mapping[str, Callable[..., Any]]] = {
    "add": _add,
    "addAll": _extend,
    "contains": lambda items, item: item in items,
    "get": lambda items, at: items[at],
    "indexOf": lambda items, item: items.index(item) if item in items else -1,
    "isEmpty": lambda items: not items,
    "remove": lambda items, at: items.pop(at),
    "set": _set_item,
    "size": len,
    "subList": lambda items, begin, end: items[begin:end],
}
_MAP: Final[Mapping[str, Callable[..., Any]]] = {
    "containsKey": lambda each, key: key in each,
    "containsValue": lambda each, value: value in each.values(),
    "entrySet": lambda each: [Entry(key, value) for key, value in each.items()],
    "get": lambda each, key: each.get(key),
    "getOrDefault": lambda each, key, default: each.get(key, default),
    "isEmpty": lambda each: not each,
    "keySet": lambda each: list(each),
    "put": _put,
    "putAll": lambda each, more: each.update(more),
    "remove": lambda each, key: each.pop(key, None),
    "size": len,
    "values": lambda each: list(each.values()),
}
_ENTRY: Final[Mapping[str, Callable[..., Any]]] = {
    "getKey": lambda entry: entry.key,
    "getValue": lambda entry: entry.value,
}
_NUMBER: Final[Mapping[str, Callable[..., Any]]] = {
    "doubleValue": float,
    "intValue": int,
    "longValue": int,
}
