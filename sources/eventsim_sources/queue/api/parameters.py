"""What did the request say? Typed looks into botocore's validated parameters."""

from collections.abc import Mapping
from typing import Any

from eventsim import Request


def text(request: Request, name: str) -> str:
    """Return a text, "" if it was not given."""
    return str(request.parameters.get(name) or "")


def number(request: Request, name: str) -> int | None:
    """Return a number, None if it was not given."""
    value = request.parameters.get(name)
    return None if value is None else int(str(value))


def mapping(request: Request, name: str) -> dict[str, str]:
    """Return a map of texts, empty if it was not given."""
    value: Any = request.parameters.get(name) or {}
    return dict(value)


def texts(request: Request, name: str) -> list[str]:
    """Return a list of texts, empty if it was not given."""
    value: Any = request.parameters.get(name) or []
    return list(value)


def entries(request: Request) -> list[Mapping[str, Any]]:
    """Return the entries of a batch."""
    value: Any = request.parameters.get("Entries") or []
    return list(value)
