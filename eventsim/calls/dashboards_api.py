"""Which dashboards are kept? CloudWatch's dashboards as they were put, and the tags of dashboards and alarms."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from eventsim.api import Request, Result
from eventsim.calls.alarm_states import Alarms
from eventsim.calls.inert import Offer, offer
from eventsim.clock import Clock
from eventsim.errors import ApiError, NotSimulated
from eventsim.json_text import load_json

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


class Keeper(Protocol):
    """What dashboards and tags work with: `CloudWatchApi`."""

    clock: Clock
    alarms: Alarms
    dashboards: dict[str, tuple[str, int]]
    tags: dict[str, dict[str, str]]
    streams: dict[str, dict[str, Any]]

    def arn(self, resource: str) -> str:
        """Return the ARN of an alarm or a dashboard."""


def put_dashboard(cloudwatch: Keeper, request: Request) -> Result:
    """Keep a dashboard; nobody draws it."""
    given: Any = request.parameters
    if not _NAME.fullmatch(given["DashboardName"]):
        raise ApiError(
            "InvalidParameterInput",
            f"The value {given['DashboardName']} for field DashboardName contains invalid characters. It can only "
            "contain alphanumerics, dash (-) and underscore (_).\n",
        )
    try:
        load_json(given["DashboardBody"])
    except ValueError as error:
        message = "The field DashboardBody must be a valid JSON object"  # unconfirmed wording
        raise ApiError("InvalidParameterInput", message) from error
    cloudwatch.dashboards[given["DashboardName"]] = given["DashboardBody"], cloudwatch.clock.now_us
    if given.get("Tags"):
        arn = cloudwatch.arn(f"dashboard/{given['DashboardName']}")
        cloudwatch.tags[arn] = {tag["Key"]: tag["Value"] for tag in given["Tags"]}
    return {"DashboardValidationMessages": []}


def get_dashboard(cloudwatch: Keeper, request: Request) -> Result:
    """Give a dashboard back."""
    name = str(request.parameters["DashboardName"])
    if name not in cloudwatch.dashboards:
        raise _no_dashboard(name)
    body, _ = cloudwatch.dashboards[name]
    return {"DashboardArn": cloudwatch.arn(f"dashboard/{name}"), "DashboardBody": body, "DashboardName": name}


def list_dashboards(cloudwatch: Keeper, request: Request) -> Result:
    """List dashboards by name."""
    prefix = str(request.parameters.get("DashboardNamePrefix") or "")
    entries = [
        {
            "DashboardName": name,
            "DashboardArn": cloudwatch.arn(f"dashboard/{name}"),
            "LastModified": cloudwatch.clock.date(changed_us),
            "Size": len(body.encode()),
        }
        for name, (body, changed_us) in sorted(cloudwatch.dashboards.items())
        if name.startswith(prefix)
    ]
    return {"DashboardEntries": entries}


def delete_dashboards(cloudwatch: Keeper, request: Request) -> Result:
    """Forget dashboards: all, or none if one is not there (documented)."""
    names: Any = request.parameters["DashboardNames"]
    for name in names:
        if name not in cloudwatch.dashboards:
            raise _no_dashboard(name)
    for name in names:
        del cloudwatch.dashboards[name]
        cloudwatch.tags.pop(cloudwatch.arn(f"dashboard/{name}"), None)
    return {}


def tag_resource(cloudwatch: Keeper, request: Request) -> Result:
    """Set tags of an alarm or a dashboard; others stay."""
    given: Any = request.parameters
    tags = cloudwatch.tags.setdefault(_tagged(cloudwatch, request), {})
    tags.update({tag["Key"]: tag["Value"] for tag in given["Tags"]})
    return {}


def untag_resource(cloudwatch: Keeper, request: Request) -> Result:
    """Take tags away; those that are not there are no error."""
    given: Any = request.parameters
    tags = cloudwatch.tags.get(_tagged(cloudwatch, request), {})
    for key in given["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(cloudwatch: Keeper, request: Request) -> Result:
    """Give the tags of an alarm or a dashboard."""
    tags = cloudwatch.tags.get(_tagged(cloudwatch, request), {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _tagged(cloudwatch: Keeper, request: Request) -> str:
    arn = str(request.parameters["ResourceARN"])
    others = [alarm.arn for alarm in cloudwatch.alarms.by_name.values()]
    others += [stream["Arn"] for stream in cloudwatch.streams.values()]
    if arn in others or arn in [cloudwatch.arn(f"dashboard/{name}") for name in cloudwatch.dashboards]:
        return arn
    if arn.startswith(cloudwatch.arn("insight-rule/")):
        raise NotSimulated(request.service, request.operation)
    raise ApiError("ResourceNotFoundException", "Unknown", status=404)  # unconfirmed wording


def _no_dashboard(name: str) -> ApiError:
    return ApiError("ResourceNotFound", f"Dashboard {name} does not exist", status=404)


OFFERS: Mapping[str, Offer] = {
    "DeleteDashboards": offer(delete_dashboards, "DashboardNames"),
    "GetDashboard": offer(get_dashboard, "DashboardName"),
    "ListDashboards": offer(list_dashboards, "DashboardNamePrefix NextToken"),
    "ListTagsForResource": offer(list_tags, "ResourceARN"),
    "PutDashboard": offer(put_dashboard, "DashboardName DashboardBody Tags"),
    "TagResource": offer(tag_resource, "ResourceARN Tags"),
    "UntagResource": offer(untag_resource, "ResourceARN TagKeys"),
}
