"""What did the request say? Typed looks into its parameters, which the service's model has checked."""

from typing import Any

from eventsim import Request


def text(request: Request, name: str) -> str:
    """Return a text, "" if it was not given."""
    return str(request.parameters.get(name) or "")


def number(request: Request, name: str) -> int | None:
    """Return a number, None if it was not given."""
    value = request.parameters.get(name)
    return None if value is None else int(str(value))


def mapping(request: Request, name: str) -> dict[str, Any]:
    """Return a structure or a map, empty if it was not given."""
    value: Any = request.parameters.get(name) or {}
    return dict(value)


def listed(request: Request, name: str) -> list[Any]:
    """Return a list, empty if it was not given."""
    value: Any = request.parameters.get(name) or []
    return list(value)
