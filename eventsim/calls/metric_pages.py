"""How does CloudWatch tell a list? Page by page, each with a token that leads to the next."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from eventsim.errors import ApiError

T = TypeVar("T")


def page(items: Sequence[T], given: Mapping[str, Any], items_max: int) -> tuple[Sequence[T], dict[str, str]]:
    """Return one page of a list, and the member that leads to the next one, if there is one.

    Raises:
        ApiError: the token is none of ours.
    """
    begin = 0
    if given.get("NextToken"):
        try:
            begin = int(base64.b64decode(given["NextToken"], validate=True))
        except ValueError as error:
            raise ApiError("InvalidParameterValue", "The value for parameter NextToken is invalid.") from error
    end = begin + min(int(given.get("MaxResults") or items_max), items_max)
    return items[begin:end], {"NextToken": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
