"""How does a resource change in place? By the operations that a client would call, in a few forms that types share.

A change takes the properties that it heeds; of those that an update changes and nobody takes, the report tells.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import structs

from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made

Properties = Mapping[str, Any]
Change = Callable[[Item, Made, Properties], Awaitable[Made | None]]
"""Changes a resource, given what it was made of before; returns what it is now, None if that is what it was."""


def differs(item: Item, before: Properties, name: str) -> bool:
    """Tell whether a property is other than before; it counts from now on."""
    return bool(item.take(name) != before.get(name))


def defaulted(item: Item, before: Properties, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that a template no longer gives with what they are then; they count from now on."""
    gone = {
        name: value
        for name, value in defaults.items()
        if before.get(name) is not None and item.properties.get(name) is None
    }
    item.taken |= set(gone)
    return gone


def by(service: str, operation: str, *, without: tuple[str, ...] = (), resets: bool = False, **identity: str) -> Change:
    """Return a change by one operation that takes every property anew.

    Args:
        without: properties that are not for this operation.
        resets: whether what is not given has its default again.
        identity: parameter → the attribute of the resource that it is, "" for its physical id.
    """

    async def change(item: Item, made: Made, before: Properties) -> None:
        given = {
            name: made.attributes.get(attribute) if attribute else made.physical_id
            for name, attribute in identity.items()
        }
        await item.create(service, operation, given, without=(*without, *identity))
        if resets:
            item.taken |= set(before)

    return change


def anew(make: Callable[[Item], Awaitable[Made]]) -> Change:
    """Return a change that makes the resource once more, where that puts the new in the old one's place."""

    async def change(item: Item, made: Made, before: Properties) -> Made:
        item.taken |= {name for name in before if name not in item.properties}
        return structs.replace(await make(item), physical_id=made.physical_id)

    return change


def patched(
    operation: str, identity: Mapping[str, str], paths: Mapping[str, str], defaults: Mapping[str, str] = {}
) -> Change:
    """Return a change of a part of a REST API by patch operations.

    Args:
        identity: parameter → the property that it is, "" for the physical id.
        paths: property → where it stands in the part.
        defaults: property → what it is when it is no longer given, if it does not become empty.
    """

    async def change(item: Item, made: Made, before: Properties) -> None:
        where = {name: item.text(each) if each else made.physical_id for name, each in identity.items()}
        operations = [
            {"op": "replace", "path": path, "value": _as_patched(item.take(name, defaults.get(name, "")))}
            for name, path in paths.items()
            if differs(item, before, name)
        ]
        if operations:
            await item.site.ask("apigateway", operation, {**where, "patchOperations": operations})

    return change


def _as_patched(value: Any) -> str:
    """Return a value as the text that patch operations have; documents become JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else as_text(value)
