"""How does CloudWatch tell a list? Page by page, each with a token that leads to the next."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from eventsim.errors import ApiError
from eventsim.page_token import place_of, token_of

T = TypeVar("T")


def page(items: Sequence[T], given: Mapping[str, Any], items_max: int) -> tuple[Sequence[T], dict[str, str]]:
    """Return one page of a list, and the member that leads to the next one, if there is one.

    Raises:
        ApiError: the token is none of ours.
    """
    refusal = ApiError("InvalidParameterValue", "The value for parameter NextToken is invalid.")
    begin = place_of(given.get("NextToken"), refusal)
    end = begin + min(int(given.get("MaxResults") or items_max), items_max)
    return items[begin:end], {"NextToken": token_of(end)} if end < len(items) else {}
