"""How do lists come that may be long? In pages; the token of the next one tells where it begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import ApiError


def page(
    items: Sequence[Any], given: Mapping[str, Any], size: int, refusal: ApiError
) -> tuple[list[Any], dict[str, str]]:
    """Return one page of a list, and the token of the next one if there is more.

    Args:
        items: the whole list, in the same order whenever it is asked for.
        given: the request's parameters: `NextToken`, and `MaxResults` if the client may say how much it wants.
        size: how much a page holds if the client does not say.
        refusal: the service's words about a token that is none of ours.

    Raises:
        ApiError: the token is none of ours.
    """
    token = str(given.get("NextToken") or 0)
    if not token.isdecimal():
        raise refusal
    begin = int(token)
    end = begin + int(given.get("MaxResults") or size)
    return list(items[begin:end]), {"NextToken": str(end)} if end < len(items) else {}
