"""What do X-Ray's operations work with? Its traces, rules and groups, tags, and the pages of lists."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from eventsim import ApiError, World
from eventsim_sources.paging import page
from eventsim_sources.xray.groups import Group, Groups
from eventsim_sources.xray.rules import Rule, Rules
from eventsim_sources.xray.whole import Whole, put_together

SUMMARIES_AT_ONCE = 100
"""Traces on one page (unconfirmed)."""
TAGS_MAX = 50
"""Tags of a group or a rule (documented)."""


class Xray:
    """What X-Ray's operations share."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rules = world.share(Rules)
        self.groups = Groups(world)
        self.encryption = {"Status": "ACTIVE", "Type": "NONE"}

    def wholes(self) -> Iterator[tuple[Whole, datetime]]:
        """Yield all traces, and when each was told of last."""
        for segments in self.world.segments.traces():
            yield put_together(segments.trace_id, segments.documents()), self.world.clock.date(segments.updated_us)

    def whole(self, trace_id: str) -> Whole | None:
        """Return one trace, None if there is none."""
        segments = self.world.segments.trace(trace_id)
        return None if segments is None else put_together(trace_id, segments.documents())

    def tagged(self, arn: object) -> Rule | Group:
        """Return the group or the rule with an ARN.

        Raises:
            ApiError: there is none.
        """
        there: list[Rule | Group] = [*self.groups, *self.rules]
        found = next((each for each in there if each.arn == arn), None)
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Resource not found: {arn}", status=404)
        return found


def checked_tags(given: Any) -> dict[str, str]:
    """Return tags by key.

    Raises:
        ApiError: there are more than one thing can bear.
    """
    tags = {each["Key"]: each["Value"] for each in given or ()}
    if len(tags) > TAGS_MAX:
        raise ApiError("InvalidRequestException", f"At most {TAGS_MAX} tags can be given")
    return tags


def page_of(items: Sequence[Any], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """Return one page of a list, and the token of the next one if there is more.

    Raises:
        ApiError: the token is none of ours.
    """
    return page(items, given, SUMMARIES_AT_ONCE, ApiError("InvalidRequestException", "Invalid NextToken"))
