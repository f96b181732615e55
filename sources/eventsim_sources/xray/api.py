"""X-Ray as its clients know it: one function for each operation."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from eventsim import About, ApiError, Operation, Request, Result, World
from eventsim_sources.json_text import json_text
from eventsim_sources.paging import page
from eventsim_sources.timestamp import read_timestamp
from eventsim_sources.without_effect import WithoutEffect, check_heeded, not_simulated
from eventsim_sources.xray.expression import of_trace, read_expression
from eventsim_sources.xray.graph import ServiceGraph
from eventsim_sources.xray.groups import Group, Groups
from eventsim_sources.xray.rules import TARGET_INTERVAL_S, Rule, Rules, part_of_reservoir
from eventsim_sources.xray.summary import instant, span_s, summary_of
from eventsim_sources.xray.whole import Whole, ended_at_of, put_together

SUMMARIES_AT_ONCE = 100
"""Traces on one page (unconfirmed)."""
GRAPH_SPAN_MAX = timedelta(hours=6)
SUMMARIES_SPAN_MAX = timedelta(hours=24)
"""How long the span of a request may be (unconfirmed)."""
_HOUR = timedelta(hours=1)
TAGS_MAX = 50
"""Tags of a group or a rule (documented)."""
TRACES_AT_ONCE_MAX = 5
"""Traces that BatchGetTraces takes (documented for the command line's examples; AWS's number is unconfirmed)."""


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


# --- segments ----------------------------------------------------------------------------------------------


def put_trace_segments(xray: Xray, request: Request) -> Result:
    """Take segment documents; those that are not fit are given back by their ids."""
    documents: Any = request.parameters["TraceSegmentDocuments"]
    texts = [text or "" for text in documents]  # JSON may have null among them
    refused = [refusal for refusal in map(xray.world.segments.take, texts) if refusal is not None]
    return {
        "UnprocessedTraceSegments": [
            {
                **({"Id": refusal.segment_id} if refusal.segment_id else {}),
                "ErrorCode": refusal.code,
                "Message": str(refusal),
            }
            for refusal in refused
        ]
    }


def put_telemetry_records(_: Xray, __: Request) -> Result:
    """Take what a daemon tells of itself, which nobody reads."""
    return {}


# --- traces ------------------------------------------------------------------------------------------------


def get_trace_summaries(xray: Xray, request: Request) -> Result:
    """List traces, those that began last first (documented)."""
    given = request.parameters
    begin, end = _span(given, SUMMARIES_SPAN_MAX)
    is_meant = read_expression(str(given.get("FilterExpression") or ""), xray.groups.expression_of)
    kind = given.get("TimeRangeType") or "TraceId"
    there = [whole for whole, updated in xray.wholes() if _is_within(whole, updated, kind, begin, end)]
    found = [whole for whole in there if is_meant(of_trace(whole))]
    found.sort(key=lambda whole: whole.started_at, reverse=True)
    shown, more = _page(found, given)
    return {
        "TraceSummaries": [summary_of(whole, xray.world.account_id) for whole in shown],
        "ApproximateTime": instant(shown[-1].started_at) if shown else begin,
        "TracesProcessedCount": len(there),
        **more,
    }


def _is_within(whole: Whole, updated: datetime, kind: object, begin: datetime, end: datetime) -> bool:
    """Tell whether a trace is of a span of time, in one of the three ways of asking (documented)."""
    match kind:
        case "TraceId":
            return begin <= instant(whole.started_at) <= end
        case "Event":
            return begin <= updated <= end
        case _:
            return any(begin <= instant(ended_at_of(segment)) <= end for segment in whole.segments)


def batch_get_traces(xray: Xray, request: Request) -> Result:
    """Return whole traces, each segment with all that belongs to it."""
    asked: Any = request.parameters["TraceIds"]
    if len(asked) > TRACES_AT_ONCE_MAX:
        raise ApiError("InvalidRequestException", f"At most {TRACES_AT_ONCE_MAX} trace ids can be given")
    found = {trace_id: xray.whole(str(trace_id)) for trace_id in asked}
    return {
        "Traces": [_trace(whole) for whole in found.values() if whole is not None],
        "UnprocessedTraceIds": [trace_id for trace_id, whole in found.items() if whole is None],
    }


def _trace(whole: Whole) -> dict[str, Any]:
    return {
        "Id": whole.trace_id,
        "Duration": span_s(whole.started_at, whole.ended_at),
        "LimitExceeded": False,
        "Segments": [{"Id": each["id"], "Document": json_text(each)} for each in whole.segments],
    }


def get_trace_graph(xray: Xray, request: Request) -> Result:
    """Return the map of the services in some traces."""
    asked: Any = request.parameters["TraceIds"]
    wholes = [whole for whole in map(xray.whole, asked) if whole is not None]
    return {"Services": ServiceGraph(wholes).services(xray.world.account_id)}


def get_service_graph(xray: Xray, request: Request) -> Result:
    """Return the map of the services in all traces of a span of time, or of a group."""
    given = request.parameters
    begin, end = _span(given, GRAPH_SPAN_MAX)
    name, arn = given.get("GroupName"), given.get("GroupARN")
    is_default = not arn and name in (None, "Default")
    is_meant = read_expression("" if is_default else xray.groups.meant(name, arn).expression)
    found = [
        whole
        for whole, updated in xray.wholes()
        if _is_within(whole, updated, "TraceId", begin, end) and is_meant(of_trace(whole))
    ]
    return {
        "StartTime": begin,
        "EndTime": end,
        "Services": ServiceGraph(found).services(xray.world.account_id),
        "ContainsOldGroupVersions": False,
    }


def _span(given: Mapping[str, Any], longest: timedelta) -> tuple[datetime, datetime]:
    begin, end = read_timestamp(given["StartTime"]), read_timestamp(given["EndTime"])
    if end < begin:
        raise ApiError("InvalidRequestException", "Start time must be before end time")
    if end - begin > longest:
        raise ApiError("InvalidRequestException", f"Time range cannot be longer than {longest // _HOUR} hours")
    return begin, end


# --- sampling ----------------------------------------------------------------------------------------------


def get_sampling_rules(xray: Xray, request: Request) -> Result:
    """List the rules in the order in which they are asked, the default one last."""
    shown, more = _page(list(xray.rules), request.parameters)
    return {"SamplingRuleRecords": [_record(xray, rule) for rule in shown], **more}


def create_sampling_rule(xray: Xray, request: Request) -> Result:
    """Make a rule."""
    given: Any = request.parameters
    settings = _sampled(request, given["SamplingRule"])
    return {"SamplingRuleRecord": _record(xray, xray.rules.create(settings, _tags(given.get("Tags"))))}


def update_sampling_rule(xray: Xray, request: Request) -> Result:
    """Change a rule."""
    changes: Any = request.parameters["SamplingRuleUpdate"]
    return {"SamplingRuleRecord": _record(xray, xray.rules.update(_sampled(request, changes)))}


def delete_sampling_rule(xray: Xray, request: Request) -> Result:
    """Delete a rule."""
    return {"SamplingRuleRecord": _record(xray, xray.rules.delete(request.parameters))}


def get_sampling_targets(xray: Xray, request: Request) -> Result:
    """Tell SDKs how many requests each may sample."""
    given: Any = request.parameters
    clock = xray.world.clock
    expires = clock.date() + timedelta(seconds=TARGET_INTERVAL_S)
    targets, unprocessed = [], []
    for document in given["SamplingStatisticsDocuments"]:
        rule = xray.rules.get(document["RuleName"])
        if rule is None:
            lack = {"ErrorCode": "404", "Message": "Sampling rule does not exist"}  # unconfirmed
            unprocessed.append({"RuleName": document["RuleName"], **lack})
            continue
        targets.append(
            {
                "RuleName": rule.name,
                "FixedRate": rule.settings["FixedRate"],
                "ReservoirQuota": part_of_reservoir(rule, document["ClientID"], clock.now_us),
                "ReservoirQuotaTTL": expires,
                "Interval": TARGET_INTERVAL_S,
            }
        )
    return {
        "SamplingTargetDocuments": targets,
        "LastRuleModification": clock.date(xray.rules.changed_us),
        "UnprocessedStatistics": unprocessed,
    }


def _sampled(request: Request, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    for member in ("SamplingRateBoost", "Attributes"):
        if settings.get(member):
            raise not_simulated(request, f"{member} of a sampling rule")
    return settings


def _record(xray: Xray, rule: Rule) -> dict[str, Any]:
    date = xray.world.clock.date
    return {"SamplingRule": rule.settings, "CreatedAt": date(rule.created_us), "ModifiedAt": date(rule.changed_us)}


# --- groups ------------------------------------------------------------------------------------------------


def create_group(xray: Xray, request: Request) -> Result:
    """Make a group."""
    given: Any = request.parameters
    insights = _insights(xray, request, {})
    expression = str(given.get("FilterExpression") or "")
    group = xray.groups.create(given["GroupName"], expression, _tags(given.get("Tags")))
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
    shown, more = _page(list(xray.groups), request.parameters)
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


# --- the rest ----------------------------------------------------------------------------------------------


def get_encryption_config(xray: Xray, _: Request) -> Result:
    """Tell how traces should be encrypted."""
    return {"EncryptionConfig": xray.encryption}


def put_encryption_config(xray: Xray, request: Request) -> Result:
    """Say how traces should be encrypted: by X-Ray's own key, or by another."""
    given = request.parameters
    if (given["Type"] == "KMS") is not bool(given.get("KeyId")):
        message = "KeyId must be given if and only if Type is KMS"  # documented; unconfirmed wording
        raise ApiError("InvalidRequestException", message)
    key = {"KeyId": str(given["KeyId"])} if given.get("KeyId") else {}
    xray.encryption = {**key, "Status": "ACTIVE", "Type": str(given["Type"])}
    return {"EncryptionConfig": xray.encryption}


def list_tags_for_resource(xray: Xray, request: Request) -> Result:
    """Tell the tags of a group or a rule."""
    tags = xray.tagged(request.parameters["ResourceARN"]).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tag_resource(xray: Xray, request: Request) -> Result:
    """Set tags of a group or a rule."""
    arn = request.parameters["ResourceARN"]
    tagged, tags = xray.tagged(arn), _tags(request.parameters["Tags"])
    if len(tagged.tags | tags) > TAGS_MAX:
        message = "You have exceeded the maximum number of tags you can apply to this resource."
        raise ApiError("TooManyTagsException", message, fields={"ResourceName": arn})
    tagged.tags.update(tags)
    return {}


def untag_resource(xray: Xray, request: Request) -> Result:
    """Take tags away."""
    keys: Any = request.parameters["TagKeys"]
    tags = xray.tagged(request.parameters["ResourceARN"]).tags
    for key in keys:
        tags.pop(key, None)
    return {}


def _tags(given: Any) -> dict[str, str]:
    """Return tags by key.

    Raises:
        ApiError: there are more than one thing can bear.
    """
    tags = {each["Key"]: each["Value"] for each in given or ()}
    if len(tags) > TAGS_MAX:
        raise ApiError("InvalidRequestException", f"At most {TAGS_MAX} tags can be given")
    return tags


def _page(items: Sequence[Any], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    return page(items, given, SUMMARIES_AT_ONCE, ApiError("InvalidRequestException", "Invalid NextToken"))


_OPERATIONS: Mapping[str, tuple[Callable[[Xray, Request], Result], str]] = {
    "BatchGetTraces": (batch_get_traces, "TraceIds NextToken"),
    "CreateGroup": (create_group, "GroupName FilterExpression InsightsConfiguration Tags"),
    "CreateSamplingRule": (create_sampling_rule, "SamplingRule Tags"),
    "DeleteGroup": (delete_group, "GroupName GroupARN"),
    "DeleteSamplingRule": (delete_sampling_rule, "RuleName RuleARN"),
    "GetEncryptionConfig": (get_encryption_config, ""),
    "GetGroup": (get_group, "GroupName GroupARN"),
    "GetGroups": (get_groups, "NextToken"),
    "GetSamplingRules": (get_sampling_rules, "NextToken"),
    "GetSamplingTargets": (get_sampling_targets, "SamplingStatisticsDocuments"),
    "GetServiceGraph": (get_service_graph, "StartTime EndTime GroupName GroupARN NextToken"),
    "GetTraceGraph": (get_trace_graph, "TraceIds NextToken"),
    "GetTraceSummaries": (
        get_trace_summaries,
        "StartTime EndTime TimeRangeType Sampling SamplingStrategy FilterExpression NextToken",
    ),
    "ListTagsForResource": (list_tags_for_resource, "ResourceARN NextToken"),
    "PutEncryptionConfig": (put_encryption_config, "KeyId Type"),
    "PutTelemetryRecords": (put_telemetry_records, "TelemetryRecords EC2InstanceId Hostname ResourceARN"),
    "PutTraceSegments": (put_trace_segments, "TraceSegmentDocuments"),
    "TagResource": (tag_resource, "ResourceARN Tags"),
    "UntagResource": (untag_resource, "ResourceARN TagKeys"),
    "UpdateGroup": (update_group, "GroupName GroupARN FilterExpression InsightsConfiguration"),
    "UpdateSamplingRule": (update_sampling_rule, "SamplingRuleUpdate"),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_INERT = {
    "KeyId": "nothing is encrypted",
    "Sampling": "all traces are looked through",
    "SamplingStrategy": "all traces are looked through",
    "TelemetryRecords": "nobody reads what daemons tell of themselves",
}
"""What is taken and changes nothing."""

_NOT_LASTING = ("PutTelemetryRecords", "PutTraceSegments")
"""Traces do not outlive a server."""

_ABOUT: Mapping[str, About] = {
    "CreateGroup": About("group:Group.GroupARN"),
    "UpdateGroup": About("group:Group.GroupARN", part=""),
    "CreateSamplingRule": About("sampling-rule:SamplingRuleRecord.SamplingRule.RuleARN"),
    "UpdateSamplingRule": About("sampling-rule:SamplingRuleRecord.SamplingRule.RuleARN"),
    "DeleteSamplingRule": About("sampling-rule:SamplingRuleRecord.SamplingRule.RuleARN", ends=True),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return X-Ray's operations for one simulation."""
    xray = Xray(world)
    made = {name: partial(_carry_out, xray, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=_NOT_LASTING, about=_ABOUT)


def _carry_out(xray: Xray, operation: Callable[[Xray, Request], Result], takes: str, request: Request) -> Result:
    check_heeded(xray.world, request, takes, inert=_INERT)
    return operation(xray, request)
