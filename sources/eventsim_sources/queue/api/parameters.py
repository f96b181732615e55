"""What did the request say? Typed looks into botocore's validated parameters."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from eventsim import ApiError, Request

T = TypeVar("T")


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


def page(items: Sequence[tuple[str, T]], *, limit: int | None, token: str, refused: ApiError) -> tuple[list[T], str]:
    """Return one page of named items, and the token for the next, "" if there is none.

    Raises:
        ApiError: `refused`, if the token is none of ours.
    """
    if token:
        try:
            after = base64.b64decode(token, validate=True).decode()
        except ValueError:  # no base64, or no text
            raise refused from None
        items = [(name, item) for name, item in items if name > after]
    if limit is None or len(items) <= limit:
        return [item for _, item in items], ""
    last = items[limit - 1][0]
    return [item for _, item in items[:limit]], base64.b64encode(last.encode()).decode()
