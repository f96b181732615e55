"""How does a resource's property become an operation's parameter? The service model says which shape is wanted.

CloudFormation writes numbers and flags as text as often as not, names in another case than the API, and tags as a list
where the API has a mapping; a document (a policy, a pattern) is a mapping where the API has text.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventsim.template.intrinsic import as_text
from eventsim.wire.models import Shape

_WHOLE = frozenset({"integer", "long"})
_FRACTIONS = frozenset({"float", "double"})


class Unfit(Exception):  # noqa: N818 - a fact
    """A property cannot be what the operation wants."""


def fit(value: Any, shape: Shape, unused: list[str], where: str = "") -> Any:
    """Return a resolved property in the form that an operation takes.

    Args:
        unused: gets the names of members that the operation does not have.

    Raises:
        Unfit: it has another form altogether.
    """
    if shape.kind == "structure" and not shape.is_document:
        return _structure(value, shape, unused, where)
    if shape.kind == "list":
        items = _pairs(value) if isinstance(value, dict) and _holds_pairs(shape) else value
        items = items if isinstance(items, list) else [items]
        return [fit(each, shape.member, unused, where) for each in items]
    if shape.kind == "map":
        return _map(value, shape, unused, where)
    return _scalar(value, shape, where)


def member_named(shape: Shape, name: str) -> str | None:
    """Return the member of a structure that a property's name means, None if there is none."""
    if name in shape.members:
        return name
    lowered = name[:1].lower() + name[1:]
    if lowered in shape.members:
        return lowered
    return next((member for member in shape.members if member.lower() == name.lower()), None)


def _structure(value: Any, shape: Shape, unused: list[str], where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Unfit(f"{where or shape.name} must be a mapping, not {json.dumps(value, default=str)}")
    made = {}
    for name, each in value.items():
        member = member_named(shape, name)
        inner = f"{where}.{name}" if where else name
        if member is None:
            unused.append(inner)
        else:
            made[member] = fit(each, shape.members[member], unused, inner)
    return made


def _map(value: Any, shape: Shape, unused: list[str], where: str) -> dict[str, Any]:
    if isinstance(value, list):
        value = {each["Key"]: each["Value"] for each in value if isinstance(each, Mapping) and "Key" in each}
    if not isinstance(value, Mapping):
        raise Unfit(f"{where} must be a mapping, not {json.dumps(value, default=str)}")
    return {name: fit(each, shape.value, unused, f"{where}.{name}") for name, each in value.items()}


def _holds_pairs(shape: Shape) -> bool:
    members = shape.member.members if shape.member.kind == "structure" else {}
    return len(members) == 2 and {name.lower() for name in members} == {"key", "value"}


def _pairs(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": each} for key, each in value.items()]


def _scalar(value: Any, shape: Shape, where: str) -> Any:
    if shape.is_document:
        return value
    if isinstance(value, Mapping | list):
        if shape.kind not in ("string", "blob"):
            raise Unfit(f"{where} must be a {shape.kind}, not {json.dumps(value, default=str)}")
        value = json.dumps(value, separators=(",", ":"))
    text = as_text(value)
    try:
        if shape.kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if shape.kind in _WHOLE:
            return int(float(text)) if "." in text else int(text)
        if shape.kind in _FRACTIONS:
            return float(text)
        if shape.kind == "timestamp":
            return datetime.fromisoformat(text)
    except (ValueError, KeyError):
        raise Unfit(f"{where} must be a {shape.kind}, not {text!r}") from None
    if shape.kind == "blob":
        return text.encode()
    return text
