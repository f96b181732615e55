"""X-Ray as its clients know it: which operations there are, and what they heed."""

from collections.abc import Callable, Mapping
from functools import partial

from eventsim import About, Operation, Request, Result, World
from eventsim_sources.without_effect import check_heeded
from eventsim_sources.xray.api import groups, sampling, settings, traces
from eventsim_sources.xray.api.service import Xray

_OPERATIONS: Mapping[str, tuple[Callable[[Xray, Request], Result], str]] = {
    "BatchGetTraces": (traces.batch_get_traces, "TraceIds NextToken"),
    "CreateGroup": (groups.create_group, "GroupName FilterExpression InsightsConfiguration Tags"),
    "CreateSamplingRule": (sampling.create_sampling_rule, "SamplingRule Tags"),
    "DeleteGroup": (groups.delete_group, "GroupName GroupARN"),
    "DeleteSamplingRule": (sampling.delete_sampling_rule, "RuleName RuleARN"),
    "GetEncryptionConfig": (settings.get_encryption_config, ""),
    "GetGroup": (groups.get_group, "GroupName GroupARN"),
    "GetGroups": (groups.get_groups, "NextToken"),
    "GetSamplingRules": (sampling.get_sampling_rules, "NextToken"),
    "GetSamplingTargets": (sampling.get_sampling_targets, "SamplingStatisticsDocuments"),
    "GetServiceGraph": (traces.get_service_graph, "StartTime EndTime GroupName GroupARN NextToken"),
    "GetTraceGraph": (traces.get_trace_graph, "TraceIds NextToken"),
    "GetTraceSummaries": (
        traces.get_trace_summaries,
        "StartTime EndTime TimeRangeType Sampling SamplingStrategy FilterExpression NextToken",
    ),
    "ListTagsForResource": (settings.list_tags_for_resource, "ResourceARN NextToken"),
    "PutEncryptionConfig": (settings.put_encryption_config, "KeyId Type"),
    "PutTelemetryRecords": (traces.put_telemetry_records, "TelemetryRecords EC2InstanceId Hostname ResourceARN"),
    "PutTraceSegments": (traces.put_trace_segments, "TraceSegmentDocuments"),
    "TagResource": (settings.tag_resource, "ResourceARN Tags"),
    "UntagResource": (settings.untag_resource, "ResourceARN TagKeys"),
    "UpdateGroup": (groups.update_group, "GroupName GroupARN FilterExpression InsightsConfiguration"),
    "UpdateSamplingRule": (sampling.update_sampling_rule, "SamplingRuleUpdate"),
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
