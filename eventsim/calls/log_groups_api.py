"""How are log groups and streams made and asked for? With their retention, their keys and their tags."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from eventsim.api import Request, Result
from eventsim.calls.inert import Offer, not_simulated, offer
from eventsim.calls.log_groups import LogGroup, LogStreamContent
from eventsim.calls.log_service import LogService, invalid, not_found, page
from eventsim.errors import ApiError, NotSimulated

SUMMARIES_MAX = 1_000
"""Groups in one answer of ListLogGroups (documented)."""
EVENT_OVERHEAD_BYTES = 26
"""What each event counts beside its text (documented)."""
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days for which a group may keep its events (documented)."""
_KEPT_ELSEWHERE = re.compile(r"arn:[^:]+:logs:[^:]*:[^:]*:(?!log-group:)")
"""Destinations and deliveries have tags, too, and are not ours."""
KEPT = {"kmsKeyId": "nothing is encrypted", "logGroupClass": "but for embedded metrics, all classes can do the same"}
"""Settings of a group that are given back, and why they change nothing."""


def create_log_group(logs: LogService, request: Request) -> Result:
    """Make a group."""
    given: Any = request.parameters
    if given["logGroupName"].lower().startswith("aws/"):
        raise invalid("Log groups starting with AWS/ are reserved for AWS.")
    if given["logGroupName"] in logs.groups.all():
        raise ApiError("ResourceAlreadyExistsException", "The specified log group already exists")
    group = logs.groups.add(given["logGroupName"])
    group.tags = dict(given.get("tags") or {})
    for name, reason in KEPT.items():
        if given.get(name):
            group.kept[name] = given[name]
            logs.inert.tell(request, name, reason)
    if given.get("deletionProtectionEnabled"):
        group.kept["deletionProtectionEnabled"] = True
    return {}


def delete_log_group(logs: LogService, request: Request) -> Result:
    """Delete a group with all that is in it."""
    group = logs.group(request)
    if group.kept.get("deletionProtectionEnabled"):
        raise ApiError("ValidationException", "The log group is protected against deletion.")  # unconfirmed wording
    logs.groups.remove(group.name)
    return {}


def put_deletion_protection(logs: LogService, request: Request) -> Result:
    """Protect a group against its deletion, or do so no more."""
    logs.group(request).kept["deletionProtectionEnabled"] = bool(request.parameters["deletionProtectionEnabled"])
    return {}


def associate_kms_key(logs: LogService, request: Request) -> Result:
    """Keep the key of a group; nothing is encrypted."""
    _of_key(logs, request).kept["kmsKeyId"] = request.parameters["kmsKeyId"]
    logs.inert.tell(request, "kmsKeyId", KEPT["kmsKeyId"])
    return {}


def disassociate_kms_key(logs: LogService, request: Request) -> Result:
    """Forget the key of a group."""
    _of_key(logs, request).kept.pop("kmsKeyId", None)
    return {}


def _of_key(logs: LogService, request: Request) -> LogGroup:
    """Return the group that a request names, by its ARN as well."""
    given = dict(request.parameters)
    arn = str(given.pop("resourceIdentifier", None) or "")
    if arn and not given.get("logGroupName") and ":log-group:" not in arn:
        raise not_simulated(request, f"resourceIdentifier={arn} (log groups are)")
    return logs.group(replace(request, parameters={**given, **({"logGroupIdentifier": arn} if arn else {})}))


def describe_log_groups(logs: LogService, request: Request) -> Result:
    """List groups, by name."""
    given: Any = request.parameters
    prefix, pattern = given.get("logGroupNamePrefix"), given.get("logGroupNamePattern")
    if prefix and pattern:
        raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    names = [each.removeprefix(logs.arn("")).removesuffix(":*") for each in given.get("logGroupIdentifiers") or ()]
    groups = [
        group
        for name, group in sorted(logs.groups.all().items())
        if name.startswith(prefix or "")
        and (pattern or "").lower() in name.lower()
        and (not names or name in names)
        and given.get("logGroupClass") in (None, group.kept.get("logGroupClass", "STANDARD"))
    ]
    items, more = page(groups, given)
    return {"logGroups": [_described_group(logs, group) for group in items], **more}


def list_log_groups(logs: LogService, request: Request) -> Result:
    """List groups, by name; the pattern is for a part of it, `^` for its beginning, `|` for either (documented)."""
    given: Any = request.parameters
    pattern = str(given.get("logGroupNamePattern") or "")
    wanted = re.compile(pattern.replace(".", r"\."))  # beside letters it may have `^` and `|` only
    groups = [
        group
        for name, group in sorted(logs.groups.all().items())
        if wanted.search(name) and given.get("logGroupClass") in (None, group.kept.get("logGroupClass", "STANDARD"))
    ]
    items, more = page(groups, given, SUMMARIES_MAX)
    described = [
        {
            "logGroupName": group.name,
            "logGroupArn": logs.arn(group.name),
            "logGroupClass": group.kept.get("logGroupClass", "STANDARD"),
        }
        for group in items
    ]
    return {"logGroups": described, **more}


def _described_group(logs: LogService, group: LogGroup) -> dict[str, Any]:
    arn = logs.arn(group.name)
    described: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": len(group.metric_filters),
        "arn": f"{arn}:*",
        "storedBytes": sum(_stored_bytes(stream) for stream in group.streams.values()),
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
        **group.kept,
    }
    if group.retention_days is not None:
        described["retentionInDays"] = group.retention_days
    return described


def create_log_stream(logs: LogService, request: Request) -> Result:
    """Make a stream."""
    group, name = logs.group(request), str(request.parameters["logStreamName"])
    if name in group.streams:
        raise ApiError("ResourceAlreadyExistsException", "The specified log stream already exists")
    group.streams[name] = LogStreamContent(name, logs.clock.epoch_ms())
    return {}


def delete_log_stream(logs: LogService, request: Request) -> Result:
    """Delete a stream with all that is in it."""
    logs.groups.remove_stream(logs.group(request), logs.stream(request).name)
    return {}


def describe_log_streams(logs: LogService, request: Request) -> Result:
    """List the streams of a group, by name or by their last event."""
    given: Any = request.parameters
    group, prefix = logs.group(request), given.get("logStreamNamePrefix") or ""
    is_by_time = given.get("orderBy") == "LastEventTime"
    if is_by_time and prefix:
        raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    streams = [stream for name, stream in sorted(group.streams.items()) if name.startswith(prefix)]
    if is_by_time:
        streams.sort(key=lambda stream: stream.events[-1].at_ms if stream.events else stream.created_ms)
    if given.get("descending"):
        streams.reverse()
    items, more = page(streams, given)
    return {"logStreams": [_described_stream(logs, group, stream) for stream in items], **more}


def _described_stream(logs: LogService, group: LogGroup, stream: LogStreamContent) -> dict[str, Any]:
    described: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": f"{logs.arn(group.name)}:log-stream:{stream.name}",
        "storedBytes": 0,  # AWS no longer counts it for streams (documented)
    }
    if stream.events:
        described |= {
            "firstEventTimestamp": stream.events[0].at_ms,
            "lastEventTimestamp": stream.events[-1].at_ms,
            "lastIngestionTime": max(event.ingested_ms for event in stream.events),
            "uploadSequenceToken": stream.sequence_token,
        }
    return described


def put_retention_policy(logs: LogService, request: Request) -> Result:
    """Say for how long a group keeps its events."""
    group, days = logs.group(request), int(str(request.parameters["retentionInDays"]))
    if days not in RETENTIONS:
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member "
            f"must satisfy enum value set: {list(RETENTIONS)}"
        )
    group.retention_days = days
    return {}


def delete_retention_policy(logs: LogService, request: Request) -> Result:
    """Let a group keep its events for ever."""
    logs.group(request).retention_days = None
    return {}


# --- tags --------------------------------------------------------------------------------------------------


def tag_resource(logs: LogService, request: Request) -> Result:
    """Set tags of a group."""
    given: Any = request.parameters
    _tagged(logs, request).tags.update(given["tags"])
    return {}


def untag_resource(logs: LogService, request: Request) -> Result:
    """Take tags of a group away."""
    given: Any = request.parameters
    tags = _tagged(logs, request).tags
    for key in given["tagKeys"] if "tagKeys" in given else given["tags"]:
        tags.pop(key, None)
    return {}


def list_tags(logs: LogService, request: Request) -> Result:
    """Give the tags of a group."""
    return {"tags": dict(_tagged(logs, request).tags)}


def _tagged(logs: LogService, request: Request) -> LogGroup:
    given = request.parameters
    if given.get("logGroupName"):
        return logs.group(request)
    arn = str(given["resourceArn"])
    if _KEPT_ELSEWHERE.match(arn):
        raise NotSimulated(request.service, request.operation)
    for name, group in logs.groups.all().items():
        if arn.removesuffix(":*") == logs.arn(name):
            return group
    raise not_found("The specified resource does not exist.")


def _stored_bytes(stream: LogStreamContent) -> int:
    return sum(len(event.message.encode()) + EVENT_OVERHEAD_BYTES for event in stream.events)


_GROUP = "logGroupName logGroupIdentifier"

OFFERS: Mapping[str, Offer] = {
    "AssociateKmsKey": offer(associate_kms_key, "logGroupName resourceIdentifier kmsKeyId"),
    "CreateLogGroup": offer(create_log_group, "logGroupName tags kmsKeyId logGroupClass deletionProtectionEnabled"),
    "CreateLogStream": offer(create_log_stream, "logGroupName logStreamName"),
    "DeleteLogGroup": offer(delete_log_group, "logGroupName"),
    "DeleteLogStream": offer(delete_log_stream, "logGroupName logStreamName"),
    "DeleteRetentionPolicy": offer(delete_retention_policy, "logGroupName"),
    "DescribeLogGroups": offer(
        describe_log_groups,
        "logGroupNamePrefix logGroupNamePattern logGroupIdentifiers logGroupClass nextToken limit",
    ),
    "DescribeLogStreams": offer(
        describe_log_streams, f"{_GROUP} logStreamNamePrefix orderBy descending nextToken limit"
    ),
    "DisassociateKmsKey": offer(disassociate_kms_key, "logGroupName resourceIdentifier"),
    "ListLogGroups": offer(list_log_groups, "logGroupNamePattern logGroupClass nextToken limit"),
    "ListTagsForResource": offer(list_tags, "resourceArn"),
    "ListTagsLogGroup": offer(list_tags, "logGroupName"),
    "PutLogGroupDeletionProtection": offer(put_deletion_protection, "logGroupIdentifier deletionProtectionEnabled"),
    "PutRetentionPolicy": offer(put_retention_policy, "logGroupName retentionInDays"),
    "TagLogGroup": offer(tag_resource, "logGroupName tags"),
    "TagResource": offer(tag_resource, "resourceArn tags"),
    "UntagLogGroup": offer(untag_resource, "logGroupName tags"),
    "UntagResource": offer(untag_resource, "resourceArn tagKeys"),
}
