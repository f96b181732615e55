"""What do operations have in common? Lists come in pages, and what is empty is not told."""

from collections.abc import Iterable, Mapping
from typing import Any

from eventsim_sources import paging
from eventsim_sources.configuration.limits import PAGE_MAX
from eventsim_sources.configuration.store import bad_request


def page(items: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a list, with the token of the next one if there is more.

    Raises:
        ApiError: the token is none of ours.
    """
    refusal = bad_request("NextToken is invalid")  # unconfirmed wording
    shown, more = paging.page(list(items), given, PAGE_MAX, refusal)
    return {"Items": shown, **more}


def told(**members: Any) -> dict[str, Any]:
    """Return the members of an answer, without those that say nothing."""
    return {name: value for name, value in members.items() if value not in (None, "", [])}
