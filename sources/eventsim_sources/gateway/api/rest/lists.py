"""Lists of version 1: one page of things, and where the next begins."""

from collections.abc import Callable, Iterable
from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, page, shown


def listed(call: Call, things: Iterable[Any], tell: Callable[[Any], Result] = shown) -> Result:
    """Return one page of a list.

    Args:
        tell: returns a thing as clients see it.

    Raises:
        ApiError: the page makes no sense.
    """
    items, position = page(things, limit=call.given.get("limit"), position=call.given.get("position"))
    told: dict[str, Any] = {"items": [tell(each) for each in items]}
    return {**told, "position": position} if position else told
