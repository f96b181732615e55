"""How does an item leave the table? As a copy: callers and the table share nothing that can be changed."""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.table.value import Item


def copied(item: Mapping[str, Any]) -> Item:
    """Return an item of the caller's own."""
    return {name: _copied_value(value) for name, value in item.items()}


def _copied_value(value: Mapping[str, Any]) -> dict[str, Any]:
    for kind, content in value.items():
        if kind == "M":
            return {"M": copied(content)}
        if kind == "L":
            return {"L": [_copied_value(each) for each in content]}
        return {kind: [*content] if isinstance(content, list) else content}
    return {}
