"""What does a JSON path find? Names, indexes and wildcards: what mapping templates use of the language."""

import re
from typing import Any

from eventsim_sources.gateway.template.tree import TemplateMistake

_STEP = re.compile(
    r"\.\.(?P<deep>[\w-]+|\*)|\.(?P<name>[^.\[\]()?*]+)|(?P<star>\.\*|\[\*\])|\[(?P<index>-?\d+)\]|"
    r"\['(?P<single>[^']*)'\]|\[\"(?P<double>[^\"]*)\"\]|\[(?P<from>\d*):(?P<to>-?\d*)\]"
)


def find(data: Any, path: str) -> Any:
    """Return what a path finds; None if it finds nothing, a list if it may find many.

    Raises:
        TemplateMistake: it is not understood.
    """
    path = path.strip()
    rest = path[1:] if path.startswith("$") else f".{path}"
    found, is_many, at = [data], False, 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            raise TemplateMistake(f"the JSON path {path!r} is not understood from {rest[at:]!r} on")
        at = step.end()
        is_many = is_many or step["deep"] is not None or step["star"] is not None or step["to"] is not None
        found = [inner for each in found for inner in _take(each, step)]
    if is_many:
        return found
    return found[0] if found else None


def _take(value: Any, step: re.Match[str]) -> list[Any]:
    if step["deep"] is not None:
        return list(_deep(value, step["deep"]))
    if step["star"] is not None:
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if step["index"] is not None:
        at = int(step["index"])
        return [value[at]] if isinstance(value, list) and -len(value) <= at < len(value) else []
    if step["to"] is not None:
        end = int(step["to"]) if step["to"] else None
        return value[int(step["from"] or 0) : end] if isinstance(value, list) else []
    name = next(part for part in (step["name"], step["single"], step["double"]) if part is not None)
    return [value[name]] if isinstance(value, dict) and name in value else []


def _deep(value: Any, name: str) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = []
    if isinstance(value, dict):
        here = list(value.values()) if name == "*" else [value[name]] if name in value else []
    return here + [found for each in inner for found in _deep(each, name)]
