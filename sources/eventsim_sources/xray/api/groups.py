"""Operations on groups of traces."""

from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.without_effect import WithoutEffect
from eventsim_sources.xray.api.service import Xray, checked_tags, page_of
from eventsim_sources.xray.expression import read_expression


def create_group(xray: Xray, request: Request) -> Result:
    """Make a group."""
    given: Any = request.parameters
    insights = _insights(xray, request, {})
    expression = str(given.get("FilterExpression") or "")
    group = xray.groups.create(given["GroupName"], expression, checked_tags(given.get("Tags")))
    group.insights = insights
    return {"Group": group.told()}


def update_group(xray: Xray, request: Request) -> Result:
    """Change what a group is about."""
    given = request.parameters
    group = xray.groups.meant(given.get("GroupName"), given.get("GroupARN"))
    insights = _insights(xray, request, group.insights)
    if given.get("FilterExpression") is not None:
        expression = str(given["FilterExpression"])
        read_expression(expression)
        group.expression = expression
    group.insights = insights
    return {"Group": group.told()}


def get_group(xray: Xray, request: Request) -> Result:
    """Tell of a group."""
    return {"Group": xray.groups.meant(request.parameters.get("GroupName"), request.parameters.get("GroupARN")).told()}


def get_groups(xray: Xray, request: Request) -> Result:
    """List the groups."""
    shown, more = page_of(list(xray.groups), request.parameters)
    return {"Groups": [group.told() for group in shown], **more}


def delete_group(xray: Xray, request: Request) -> Result:
    """Delete a group."""
    xray.groups.delete(xray.groups.meant(request.parameters.get("GroupName"), request.parameters.get("GroupARN")))
    return {}


def _insights(xray: Xray, request: Request, before: Mapping[str, bool]) -> dict[str, bool]:
    """Return what a group is to have of insights; the trace tells that there will be none.

    Raises:
        ApiError: it is to tell of insights that it does not have.
    """
    given: Any = request.parameters.get("InsightsConfiguration") or {}
    insights = {**before, **{name: value for name, value in given.items() if value is not None}}
    if insights.get("NotificationsEnabled") and not insights.get("InsightsEnabled"):  # documented; unconfirmed wording
        message = "Notifications can only be enabled on a group with InsightsEnabled set to true"
        raise ApiError("InvalidRequestException", message)
    if insights.get("InsightsEnabled"):
        xray.world.share(WithoutEffect).tell(request, "InsightsConfiguration", "nobody looks for insights")
    return insights
