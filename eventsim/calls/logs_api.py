"""What does CloudWatch Logs answer? Groups, streams and events, readable right after an invocation."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from eventsim.api import Operation, Request, Result
from eventsim.calls.inert import Inert, Offer, offer, operations
from eventsim.calls.log_fields import PatternMistake
from eventsim.calls.log_groups import LogEvent, LogGroup, LogGroups, LogStreamContent
from eventsim.calls.log_pattern import Matches, compile_log_pattern
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.function.function import Functions
from eventsim.trace import Trace

T = TypeVar("T")

EVENTS_MAX = 10_000
"""Events in one answer (documented)."""
NAMES_MAX = 50
"""Groups or streams in one answer (documented)."""
EVENT_OVERHEAD_BYTES = 26
"""What each event counts beside its text (documented)."""
PUT_BYTES_MAX, PUT_EVENTS_MAX = 1_048_576, 10_000
"""One PutLogEvents (documented)."""
PUT_SPAN_MS_MAX = 24 * 3_600_000
"""Between the first and the last event of one PutLogEvents (documented)."""
TOO_NEW_MS, TOO_OLD_MS = 2 * 3_600_000, 14 * 24 * 3_600_000
"""Events further in the future or in the past are rejected (documented)."""
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""Days for which a group may keep its events (documented); nothing is deleted in a simulation."""

_WITHOUT_EFFECT = {
    "kmsKeyId": "nothing is encrypted",
    "logGroupClass": "all groups are of the standard class",
    "deletionProtectionEnabled": "groups can always be deleted",
    "entity": "entities are not kept",
    "includeLinkedAccounts": "there is one account",
    "accountIdentifiers": "there is one account",
}
_IGNORED = ("interleaved", "unmask", "sequenceToken")
"""Without meaning on AWS as well (documented), or without anything to unmask."""


class LogsApi:
    """CloudWatch Logs of one simulation."""

    def __init__(self, *, clock: Clock, trace: Trace, functions: Functions) -> None:
        self.clock = clock
        self.groups = LogGroups(clock, trace)
        self.inert = Inert(trace, _WITHOUT_EFFECT, _IGNORED)
        self._arn = f"arn:aws:logs:{functions.region}:{functions.account_id}:log-group:"

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return operations(self, OFFERS, self.inert)

    def arn(self, group: str) -> str:
        """Return a group's ARN without the `:*` that some answers put behind it."""
        return self._arn + group

    def group(self, request: Request) -> LogGroup:
        """Return the group that a request names.

        Raises:
            ApiError: there is none, or it names none.
        """
        given = request.parameters
        name = str(given.get("logGroupName") or given.get("logGroupIdentifier") or "")
        if not name:
            raise _invalid("Exactly one of logGroupName and logGroupIdentifier must be given")  # unconfirmed wording
        if name.startswith("arn:"):
            name = name.removeprefix(self._arn).removesuffix(":*")
        group = self.groups.all().get(name)
        if group is None:
            raise _not_found("The specified log group does not exist.")
        return group

    def stream(self, request: Request) -> LogStreamContent:
        """Return the stream that a request names.

        Raises:
            ApiError: there is none.
        """
        stream = self.group(request).streams.get(str(request.parameters["logStreamName"]))
        if stream is None:
            raise _not_found("The specified log stream does not exist.")
        return stream


# --- groups and streams ------------------------------------------------------------------------------------


def create_log_group(logs: LogsApi, request: Request) -> Result:
    """Make a group."""
    given: Any = request.parameters
    if given["logGroupName"] in logs.groups.all():
        raise ApiError("ResourceAlreadyExistsException", "The specified log group already exists")
    logs.groups.add(given["logGroupName"]).tags = dict(given.get("tags") or {})
    return {}


def delete_log_group(logs: LogsApi, request: Request) -> Result:
    """Delete a group with all that is in it."""
    logs.groups.remove(logs.group(request).name)
    return {}


def describe_log_groups(logs: LogsApi, request: Request) -> Result:
    """List groups, by name."""
    given: Any = request.parameters
    prefix, pattern = given.get("logGroupNamePrefix"), given.get("logGroupNamePattern")
    if prefix and pattern:
        raise _invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    groups = [
        group
        for name, group in sorted(logs.groups.all().items())
        if name.startswith(prefix or "") and (pattern or "").lower() in name.lower()
    ]
    items, more = _page(groups, given, NAMES_MAX)
    return {"logGroups": [_described_group(logs, group) for group in items], **more}


def _described_group(logs: LogsApi, group: LogGroup) -> dict[str, Any]:
    arn = logs.arn(group.name)
    described: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created_ms,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": sum(_stored_bytes(stream) for stream in group.streams.values()),
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }
    if group.retention_days is not None:
        described["retentionInDays"] = group.retention_days
    return described


def create_log_stream(logs: LogsApi, request: Request) -> Result:
    """Make a stream."""
    group, name = logs.group(request), str(request.parameters["logStreamName"])
    if name in group.streams:
        raise ApiError("ResourceAlreadyExistsException", "The specified log stream already exists")
    group.streams[name] = LogStreamContent(name, logs.clock.epoch_ms())
    return {}


def delete_log_stream(logs: LogsApi, request: Request) -> Result:
    """Delete a stream with all that is in it."""
    del logs.group(request).streams[logs.stream(request).name]
    return {}


def describe_log_streams(logs: LogsApi, request: Request) -> Result:
    """List the streams of a group, by name or by their last event."""
    given: Any = request.parameters
    group, prefix = logs.group(request), given.get("logStreamNamePrefix") or ""
    is_by_time = given.get("orderBy") == "LastEventTime"
    if is_by_time and prefix:
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    streams = [stream for name, stream in sorted(group.streams.items()) if name.startswith(prefix)]
    if is_by_time:
        streams.sort(key=lambda stream: stream.events[-1].at_ms if stream.events else stream.created_ms)
    if given.get("descending"):
        streams.reverse()
    items, more = _page(streams, given, NAMES_MAX)
    return {"logStreams": [_described_stream(logs, group, stream) for stream in items], **more}


def _described_stream(logs: LogsApi, group: LogGroup, stream: LogStreamContent) -> dict[str, Any]:
    described: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "arn": f"{logs.arn(group.name)}:log-stream:{stream.name}",
        "storedBytes": 0,  # AWS no longer counts it for streams (documented)
        "uploadSequenceToken": "0",
    }
    if stream.events:
        described |= {
            "firstEventTimestamp": stream.events[0].at_ms,
            "lastEventTimestamp": stream.events[-1].at_ms,
            "lastIngestionTime": max(event.ingested_ms for event in stream.events),
        }
    return described


def put_retention_policy(logs: LogsApi, request: Request) -> Result:
    """Say for how long a group keeps its events."""
    group, days = logs.group(request), int(str(request.parameters["retentionInDays"]))
    if days not in RETENTIONS:
        raise _invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member "
            f"must satisfy enum value set: {list(RETENTIONS)}"
        )
    group.retention_days = days
    logs.inert.tell(request, "retentionInDays", "a simulation keeps all events")
    return {}


def delete_retention_policy(logs: LogsApi, request: Request) -> Result:
    """Let a group keep its events for ever."""
    logs.group(request).retention_days = None
    return {}


# --- events ------------------------------------------------------------------------------------------------


def put_log_events(logs: LogsApi, request: Request) -> Result:
    """Add events to a stream, in order of time."""
    given: Any = request.parameters
    group, stream = logs.group(request), logs.stream(request)
    events: Sequence[Mapping[str, Any]] = given["logEvents"]
    _check_put(events)
    now_ms = logs.clock.epoch_ms()
    rejected: dict[str, int] = {}
    for place, event in enumerate(events):
        if event["timestamp"] > now_ms + TOO_NEW_MS:
            rejected.setdefault("tooNewLogEventStartIndex", place)
        elif event["timestamp"] < now_ms - TOO_OLD_MS:
            rejected["tooOldLogEventEndIndex"] = place + 1
        else:
            logs.groups.put(group.name, stream.name, event["timestamp"], event["message"])
    logs.groups.sort(stream)
    result: dict[str, Any] = {"nextSequenceToken": f"{len(stream.events):056d}"}
    return {**result, "rejectedLogEventsInfo": rejected} if rejected else result


def _check_put(events: Sequence[Mapping[str, Any]]) -> None:
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if times and times[-1] - times[0] > PUT_SPAN_MS_MAX:
        raise _invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    size_bytes = sum(len(event["message"].encode()) + EVENT_OVERHEAD_BYTES for event in events)
    if size_bytes > PUT_BYTES_MAX or len(events) > PUT_EVENTS_MAX:
        raise _invalid(f"Upload too large: {size_bytes} bytes exceeds limit of {PUT_BYTES_MAX}")


def get_log_events(logs: LogsApi, request: Request) -> Result:
    """Read a stream: the newest page unless `startFromHead`; the tokens lead forward and backward from there."""
    given: Any = request.parameters
    events = [event for event in logs.stream(request).events if _is_within(event, given)]
    limit = int(given.get("limit") or EVENTS_MAX)
    token = str(given.get("nextToken") or "")
    if token:
        direction, place = _read_place(token)
        begin = place if direction == "f" else max(0, place - limit)
        end = min(len(events), place + limit) if direction == "f" else place
    elif given.get("startFromHead"):
        begin, end = 0, min(len(events), limit)
    else:
        begin, end = max(0, len(events) - limit), len(events)
    return {
        "events": [
            {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.ingested_ms}
            for event in events[begin:end]
        ],
        "nextForwardToken": f"f/{end:056d}/s",
        "nextBackwardToken": f"b/{begin:056d}/s",
    }


def _read_place(token: str) -> tuple[str, int]:
    direction, _, rest = token.partition("/")
    place = rest.removesuffix("/s")
    if direction not in ("f", "b") or not place.isdigit():
        raise _invalid("The specified nextToken is invalid.")
    return direction, int(place)


def filter_log_events(logs: LogsApi, request: Request) -> Result:
    """Search the streams of a group, in order of time."""
    given: Any = request.parameters
    group, matches = logs.group(request), _pattern(given.get("filterPattern") or "")
    names, prefix = given.get("logStreamNames"), given.get("logStreamNamePrefix")
    if names and prefix:
        raise _invalid("logStreamNames and logStreamNamePrefix are mutually exclusive.")
    found = [
        (event, stream.name)
        for stream in group.streams.values()
        if (not names or stream.name in names) and stream.name.startswith(prefix or "")
        for event in stream.events
        if _is_within(event, given) and matches(event.message)
    ]
    found.sort(key=lambda pair: (pair[0].at_ms, pair[0].number))
    items, more = _page(found, given, EVENTS_MAX)
    events = [
        {
            "logStreamName": name,
            "timestamp": event.at_ms,
            "message": event.message,
            "ingestionTime": event.ingested_ms,
            "eventId": f"{event.at_ms}{event.number:043d}",
        }
        for event, name in items
    ]
    return {"events": events, "searchedLogStreams": [], **more}


def _pattern(text: str) -> Matches:
    try:
        return compile_log_pattern(text)
    except PatternMistake as mistake:
        raise _invalid(str(mistake)) from mistake


def _is_within(event: LogEvent, given: Mapping[str, Any]) -> bool:
    """Tell whether an event lies in the span asked for: from its start to before its end (documented)."""
    start_ms, end_ms = given.get("startTime"), given.get("endTime")
    return (start_ms is None or event.at_ms >= start_ms) and (end_ms is None or event.at_ms < end_ms)


# --- tags --------------------------------------------------------------------------------------------------


def tag_resource(logs: LogsApi, request: Request) -> Result:
    """Set tags of a group."""
    given: Any = request.parameters
    _tagged(logs, request).tags.update(given["tags"])
    return {}


def untag_resource(logs: LogsApi, request: Request) -> Result:
    """Take tags of a group away."""
    given: Any = request.parameters
    tags = _tagged(logs, request).tags
    for key in given.get("tagKeys") or given["tags"]:
        tags.pop(key, None)
    return {}


def list_tags(logs: LogsApi, request: Request) -> Result:
    """Give the tags of a group."""
    return {"tags": dict(_tagged(logs, request).tags)}


def _tagged(logs: LogsApi, request: Request) -> LogGroup:
    given = request.parameters
    arn = str(given.get("resourceArn") or logs.arn(str(given.get("logGroupName"))))
    for name, group in logs.groups.all().items():
        if arn.removesuffix(":*") == logs.arn(name):
            return group
    raise _not_found("The specified resource does not exist.")


# --- pages and errors --------------------------------------------------------------------------------------


def _page(items: Sequence[T], given: Mapping[str, Any], items_max: int) -> tuple[Sequence[T], dict[str, str]]:
    begin = 0
    if given.get("nextToken"):
        try:
            begin = int(base64.b64decode(given["nextToken"], validate=True))
        except ValueError as error:
            raise _invalid("The specified nextToken is invalid.") from error
    end = begin + min(int(given.get("limit") or items_max), items_max)
    more = {"nextToken": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return items[begin:end], more


def _stored_bytes(stream: LogStreamContent) -> int:
    return sum(len(event.message.encode()) + EVENT_OVERHEAD_BYTES for event in stream.events)


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)


def _not_found(message: str) -> ApiError:
    return ApiError("ResourceNotFoundException", message)


_SPAN = "startTime endTime nextToken limit startFromHead"
_GROUP = "logGroupName logGroupIdentifier"

OFFERS: Mapping[str, Offer] = {
    "CreateLogGroup": offer(create_log_group, "logGroupName tags"),
    "CreateLogStream": offer(create_log_stream, "logGroupName logStreamName"),
    "DeleteLogGroup": offer(delete_log_group, "logGroupName"),
    "DeleteLogStream": offer(delete_log_stream, "logGroupName logStreamName"),
    "DeleteRetentionPolicy": offer(delete_retention_policy, "logGroupName"),
    "DescribeLogGroups": offer(describe_log_groups, "logGroupNamePrefix logGroupNamePattern nextToken limit"),
    "DescribeLogStreams": offer(
        describe_log_streams, f"{_GROUP} logStreamNamePrefix orderBy descending nextToken limit"
    ),
    "FilterLogEvents": offer(filter_log_events, f"{_GROUP} logStreamNames logStreamNamePrefix filterPattern {_SPAN}"),
    "GetLogEvents": offer(get_log_events, f"{_GROUP} logStreamName {_SPAN}"),
    "ListTagsForResource": offer(list_tags, "resourceArn"),
    "ListTagsLogGroup": offer(list_tags, "logGroupName"),
    "PutLogEvents": offer(put_log_events, "logGroupName logStreamName logEvents"),
    "PutRetentionPolicy": offer(put_retention_policy, "logGroupName retentionInDays"),
    "TagLogGroup": offer(tag_resource, "logGroupName tags"),
    "TagResource": offer(tag_resource, "resourceArn tags"),
    "UntagLogGroup": offer(untag_resource, "logGroupName tags"),
    "UntagResource": offer(untag_resource, "resourceArn tagKeys"),
}
