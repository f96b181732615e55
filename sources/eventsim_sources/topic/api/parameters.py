"""What did the request say of tags and pages?"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from eventsim import Request
from eventsim_sources.parameters import text
from eventsim_sources.topic import errors
from eventsim_sources.topic.limits import PAGE_SIZE, TAGS_MAX

T = TypeVar("T")


def tags(request: Request) -> dict[str, str]:
    """Return tags by key.

    Raises:
        ApiError: a key is repeated, or there are too many.
    """
    value: Any = request.parameters.get("Tags") or []
    given: Sequence[Mapping[str, str]] = value
    found = {each["Key"]: each["Value"] for each in given}
    if len(found) != len(given):
        raise errors.invalid("Duplicated keys are not allowed.")
    if len(found) > TAGS_MAX:
        raise errors.tags_exceeded()
    return found


def page(items: Sequence[T], request: Request, *, name: str = "NextToken") -> tuple[list[T], dict[str, str]]:
    """Return a page of items, and the member that leads to the next one, if there is one.

    Raises:
        ApiError: the token is none of ours.
    """
    token = text(request, name)
    first = _place_in(token) if token else 0
    if first is None:
        raise errors.invalid(f"{name} Reason: invalid token")  # unconfirmed words
    limit = request.parameters.get("MaxResults")
    last = first + (PAGE_SIZE if limit is None else int(str(limit)))
    more = {name: base64.b64encode(str(last).encode()).decode()} if last < len(items) else {}
    return list(items[first:last]), more


def _place_in(token: str) -> int | None:
    """Return where the page of a token begins, None if it is none of ours."""
    try:
        place = base64.b64decode(token, validate=True).decode()
    except ValueError:  # no base64, or no text
        return None
    return int(place) if place.isdecimal() else None
