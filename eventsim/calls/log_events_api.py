"""How are log events put and read? One stream after another, or all of a group that match a pattern."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.inert import Offer, offer
from eventsim.calls.log_book import LogEvent
from eventsim.calls.log_fields import PatternMistake
from eventsim.calls.log_groups import MS_PER_DAY, LogStreamContent
from eventsim.calls.log_groups_api import EVENT_OVERHEAD_BYTES
from eventsim.calls.log_pattern import Matches, compile_log_pattern
from eventsim.calls.log_service import LogService, invalid, not_found, page

EVENTS_MAX = 10_000
"""Events in one answer (documented)."""
PUT_BYTES_MAX, PUT_EVENTS_MAX = 1_048_576, 10_000
"""One PutLogEvents (documented)."""
PUT_SPAN_MS_MAX = 24 * 3_600_000
"""Between the first and the last event of one PutLogEvents (documented)."""
TOO_NEW_MS, TOO_OLD_MS = 2 * 3_600_000, 14 * 24 * 3_600_000
"""Events further in the future or in the past are rejected (documented)."""


def put_log_events(logs: LogService, request: Request) -> Result:
    """Add events to a stream, in order of time."""
    given: Any = request.parameters
    group, stream = logs.group(request), logs.stream(request)
    events: Sequence[Mapping[str, Any]] = given["logEvents"]
    _check_put(events)
    now_ms = logs.clock.epoch_ms()
    expired_ms = None if group.retention_days is None else now_ms - group.retention_days * MS_PER_DAY
    rejected: dict[str, int] = {}
    taken: list[tuple[int, str]] = []
    for place, event in enumerate(events):
        if event["timestamp"] > now_ms + TOO_NEW_MS:
            rejected.setdefault("tooNewLogEventStartIndex", place)
        elif event["timestamp"] < now_ms - TOO_OLD_MS:
            rejected["tooOldLogEventEndIndex"] = place + 1
        elif expired_ms is not None and event["timestamp"] < expired_ms:
            rejected["expiredLogEventEndIndex"] = place + 1
        else:
            taken.append((event["timestamp"], event["message"]))
    logs.groups.put(group, stream, taken)
    result: dict[str, Any] = {"nextSequenceToken": stream.sequence_token}
    return {**result, "rejectedLogEventsInfo": rejected} if rejected else result


def _check_put(events: Sequence[Mapping[str, Any]]) -> None:
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if times and times[-1] - times[0] > PUT_SPAN_MS_MAX:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    size_bytes = sum(len(event["message"].encode()) + EVENT_OVERHEAD_BYTES for event in events)
    if size_bytes > PUT_BYTES_MAX or len(events) > PUT_EVENTS_MAX:
        raise invalid(f"Upload too large: {size_bytes} bytes exceeds limit of {PUT_BYTES_MAX}")


def get_log_events(logs: LogService, request: Request) -> Result:
    """Read a stream: the newest page unless `startFromHead`; the tokens lead forward and backward from there."""
    given: Any = request.parameters
    stream = logs.stream(request)
    first, last = stream.places(given.get("startTime"), given.get("endTime"))
    limit = int(given.get("limit") or EVENTS_MAX)
    token = str(given.get("nextToken") or "")
    is_forward, place = bool(given.get("startFromHead")), first if given.get("startFromHead") else last
    if token:
        direction, counted = _read_place(token)
        is_forward, place = direction == "f", min(max(first, counted - stream.expired_count), max(first, last))
    begin = place if is_forward else max(first, place - limit)
    end = max(begin, min(last, place + limit)) if is_forward else place
    return {
        "events": [
            {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.ingested_ms}
            for event in stream.events[begin:end]
        ],
        "nextForwardToken": f"f/{stream.expired_count + end:056d}/s",
        "nextBackwardToken": f"b/{stream.expired_count + begin:056d}/s",
    }


def _read_place(token: str) -> tuple[str, int]:
    direction, _, rest = token.partition("/")
    place = rest.removesuffix("/s")
    if direction not in ("f", "b") or not place.isdigit():
        raise invalid("The specified nextToken is invalid.")
    return direction, int(place)


def filter_log_events(logs: LogService, request: Request) -> Result:
    """Search the streams of a group, in order of time."""
    given: Any = request.parameters
    group, matches = logs.group(request), _pattern(given.get("filterPattern") or "")
    names, prefix = given.get("logStreamNames"), given.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("logStreamNames and logStreamNamePrefix are mutually exclusive.")
    if any(name not in group.streams for name in names or ()):
        raise not_found("The specified log stream does not exist.")
    found = [
        (event, stream.name)
        for stream in group.streams.values()
        if (not names or stream.name in names) and stream.name.startswith(prefix or "")
        for event in _within(stream, given)
        if matches(event.message)
    ]
    found.sort(key=lambda pair: (pair[0].at_ms, pair[0].number))
    items, more = page(found, given, EVENTS_MAX)
    events = [
        {
            "logStreamName": name,
            "timestamp": event.at_ms,
            "message": event.message,
            "ingestionTime": event.ingested_ms,
            "eventId": event.identifier,
        }
        for event, name in items
    ]
    return {"events": events, "searchedLogStreams": [], **more}


def _pattern(text: str) -> Matches:
    try:
        return compile_log_pattern(text)
    except PatternMistake as mistake:
        raise invalid(str(mistake)) from mistake


def _within(stream: LogStreamContent, given: Mapping[str, Any]) -> Sequence[LogEvent]:
    """Return the events of a stream that lie in the span asked for."""
    first, last = stream.places(given.get("startTime"), given.get("endTime"))
    return stream.events[first:last]


_SPAN = "startTime endTime nextToken limit startFromHead"
_GROUP = "logGroupName logGroupIdentifier"

OFFERS: Mapping[str, Offer] = {
    "FilterLogEvents": offer(filter_log_events, f"{_GROUP} logStreamNames logStreamNamePrefix filterPattern {_SPAN}"),
    "GetLogEvents": offer(get_log_events, f"{_GROUP} logStreamName {_SPAN}"),
    "PutLogEvents": offer(put_log_events, "logGroupName logStreamName logEvents"),
}
