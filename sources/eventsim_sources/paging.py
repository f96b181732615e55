"""How do lists come that may be long? In pages; the token of the next one tells where it begins."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from eventsim import ApiError

T = TypeVar("T")


def page(
    items: Sequence[Any],
    given: Mapping[str, Any],
    size: int,
    refusal: ApiError,
    *,
    place: str = "NextToken",
    limit: str = "MaxResults",
) -> tuple[list[Any], dict[str, str]]:
    """Return one page of a list, and the token of the next one if there is more: the place at which that begins.

    Args:
        items: the whole list, in the same order whenever it is asked for.
        given: the request's parameters.
        size: how much a page holds if the client does not say.
        refusal: the service's words about a token that is none of ours.
        place: what the service calls the token, in requests and in answers.
        limit: what it calls the parameter by which a client says how much it wants.

    Raises:
        ApiError: the token is none of ours.
    """
    token = str(given.get(place) or 0)
    if not token.isdecimal():
        raise refusal
    begin = int(token)
    end = begin + int(given.get(limit) or size)
    return list(items[begin:end]), {place: str(end)} if end < len(items) else {}


def page_by_name(
    items: Sequence[tuple[str, T]], token: str, size: int, refusal: ApiError
) -> tuple[list[T], dict[str, str]]:
    """Return one page of a list, and its `NextToken` if there is more: the name of the last item, in base 64.

    Args:
        items: the whole list, in the order of the items' names.
        token: that of the request, "" for none.
        size: how much a page holds.
        refusal: the service's words about a token that is none of ours.

    Raises:
        ApiError: the token is none of ours.
    """
    if token:
        try:
            after = base64.b64decode(token, validate=True).decode()
        except ValueError:  # no base 64, or no text in it
            raise refusal from None
        items = [(name, item) for name, item in items if name > after]
    shown = [item for _, item in items[:size]]
    if len(items) <= size:
        return shown, {}
    return shown, {"NextToken": base64.b64encode(items[size - 1][0].encode()).decode()}
