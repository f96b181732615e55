"""How are queries of Insights begun and read? They are worked out at once, over the events as they are then."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.inert import Offer, not_simulated, offer
from eventsim.calls.insights.answer import Answer
from eventsim.calls.insights.expression import Row
from eventsim.calls.insights.fields import fields_of
from eventsim.calls.insights.functions import text_of
from eventsim.calls.insights.query import ROWS_MAX, read_query
from eventsim.calls.insights.reader import QueryMistake
from eventsim.calls.log_book import LogEvent
from eventsim.calls.log_groups import LogGroup, LogStreamContent
from eventsim.calls.log_service import LogService, invalid, not_found, page
from eventsim.errors import ApiError

_MS_PER_S = 1_000
_MILLISECONDS_MIN = 100_000_000_000
"""What is larger cannot be meant as seconds; clients give both (unconfirmed)."""
_FIELDS_SPAN_MS = 15 * 60 * _MS_PER_S
"""How far around an instant `GetLogGroupFields` looks (documented: the last fifteen minutes, without an instant)."""
_WAYS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


def start_query(logs: LogService, request: Request) -> Result:
    """Ask events of groups; the answer is there at once, where AWS takes a moment."""
    given: Any = request.parameters
    if given.get("queryLanguage") not in (None, "CWLI"):
        raise not_simulated(request, f"queryLanguage={given['queryLanguage']}")
    groups, text = _groups(logs, given), str(given["queryString"])
    start_ms, end_ms = _span(given, groups)
    try:
        answer = read_query(text)
        rows, size_bytes = _rows(logs, groups, start_ms, end_ms)
        results = answer(rows, int(given.get("limit") or ROWS_MAX))
    except QueryMistake as mistake:
        raise _malformed(str(mistake), mistake.at, text) from mistake
    except RecursionError as error:
        raise _malformed("the query nests too deeply", 0, text) from error
    identifier = logs.query_id()
    told = {
        "queryId": identifier,
        "queryString": text,
        "status": "Complete",
        "createTime": logs.clock.epoch_ms(),
        "logGroupName": groups[0].name,
        "queryLanguage": "CWLI",
    }
    statistics = {
        "recordsMatched": len(results),
        "recordsScanned": len(rows),
        "estimatedRecordsSkipped": 0,
        "bytesScanned": size_bytes,
        "estimatedBytesSkipped": 0,
        "logGroupsScanned": len(groups),
    }
    logs.answers[identifier] = Answer(told, results, {name: float(count) for name, count in statistics.items()})
    return {"queryId": identifier}


def _groups(logs: LogService, given: Mapping[str, Any]) -> Sequence[LogGroup]:
    ways = [given[name] for name in _WAYS if given.get(name)]
    if len(ways) != 1:
        raise invalid(f"Exactly one of {', '.join(_WAYS)} must be given")  # unconfirmed wording
    names = [ways[0]] if isinstance(ways[0], str) else ways[0]
    groups, found = logs.groups.all(), []
    for name in names:
        group = groups.get(name.removeprefix(logs.arn("")))
        if group is None:
            raise not_found(f"Log group '{name}' does not exist for account ID '{logs.functions.account_id}'")
        found.append(group)
    return found


def _span(given: Mapping[str, Any], groups: Sequence[LogGroup]) -> tuple[int, int]:
    """Return the span that is asked for, which has all of its last second."""
    start, end = int(given["startTime"]), int(given["endTime"])
    start_ms = start if start >= _MILLISECONDS_MIN else start * _MS_PER_S
    end_ms = end + 1 if end >= _MILLISECONDS_MIN else (end + 1) * _MS_PER_S
    if start_ms >= end_ms:
        raise invalid("Query time range is invalid: the end lies before the start")  # unconfirmed wording
    if end_ms <= min(group.created_ms for group in groups):
        raise ApiError(
            "MalformedQueryException",
            "Query's end date and time is either before the log groups creation time or exceeds the log groups log "
            "retention settings",
        )
    return start_ms, end_ms


def _rows(logs: LogService, groups: Sequence[LogGroup], start_ms: int, end_ms: int) -> tuple[list[Row], int]:
    """Return the events of a span as rows, the newest first, and their size in bytes."""
    found = [
        (event, group.name, stream.name)
        for group in groups
        for stream in group.streams.values()
        for event in stream.events[slice(*stream.places(start_ms, end_ms))]
    ]
    found.sort(key=lambda each: (each[0].at_ms, each[0].number), reverse=True)
    size_bytes = sum(len(event.message.encode()) for event, _, _ in found)
    return [_row(logs, *each) for each in found], size_bytes


def _row(logs: LogService, event: LogEvent, group: str, stream: str) -> Row:
    pointer = base64.b64encode(f"{group}\0{stream}\0{event.number}".encode()).decode()
    return fields_of(event, group, stream, logs.functions.account_id, pointer)


def _malformed(reason: str, at: int, text: str) -> ApiError:
    """Return the refusal of a query, with the place in it."""
    line, position = text[:at].count("\n") + 1, at - (text.rfind("\n", 0, at) + 1)
    location = {"startCharOffset": at, "endCharOffset": len(text)}
    return ApiError(
        "MalformedQueryException",
        f"{reason} at line {line} and position {position}",
        fields={"queryCompileError": {"location": location, "message": reason}},
    )


def get_query_results(logs: LogService, request: Request) -> Result:
    """Read the answer to a query."""
    answer = _answer(logs, request)
    return {
        "queryLanguage": answer.told["queryLanguage"],
        "results": answer.results,
        "statistics": dict(answer.statistics),
        "status": answer.told["status"],
    }


def stop_query(logs: LogService, request: Request) -> Result:
    """Refuse to stop a query: it has ended."""
    _answer(logs, request)
    raise invalid("The query is not running.")  # unconfirmed wording


def _answer(logs: LogService, request: Request) -> Answer:
    found = logs.answers.get(str(request.parameters["queryId"]))
    if found is None:
        raise not_found(f"Query ID '{request.parameters['queryId']}' does not exist.")  # unconfirmed wording
    return found


def describe_queries(logs: LogService, request: Request) -> Result:
    """List queries, the newest first."""
    given: Any = request.parameters
    found = [
        answer.told
        for answer in reversed(logs.answers.values())
        if given.get("logGroupName") in (None, answer.told["logGroupName"])
        and given.get("status") in (None, answer.told["status"])
    ]
    items, more = page(found, given, ROWS_MAX)
    return {"queries": list(items), **more}


def get_log_record(logs: LogService, request: Request) -> Result:
    """Give all fields of the event to which a pointer leads."""
    try:
        place = base64.b64decode(str(request.parameters["logRecordPointer"]), validate=True).decode()
        group, stream, number = place.split("\0")
    except ValueError as error:
        raise invalid("The log record pointer is not valid.") from error  # unconfirmed wording
    for event in _stream(logs, group, stream).events:
        if str(event.number) == number:
            fields = _row(logs, event, group, stream)
            return {"logRecord": {name: text_of(value) for name, value in fields.items()}}
    raise not_found("The specified log record does not exist.")  # unconfirmed wording


def _stream(logs: LogService, group: str, stream: str) -> LogStreamContent:
    found = logs.groups.all().get(group)
    return found.streams[stream] if found and stream in found.streams else LogStreamContent(stream, 0)


def get_log_group_fields(logs: LogService, request: Request) -> Result:
    """Tell which fields the events of a group have, and how many of them have each, in percent."""
    group, given = logs.group(request), request.parameters
    at_ms = logs.clock.epoch_ms() if given.get("time") is None else int(str(given["time"])) * _MS_PER_S
    rows, _ = _rows(logs, [group], at_ms - _FIELDS_SPAN_MS, at_ms + _FIELDS_SPAN_MS)
    counts: dict[str, int] = {}
    for row in rows:
        for name in row:
            counts[name] = counts.get(name, 0) + 1
    found = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    fields = [{"name": name, "percent": round(100 * count / len(rows))} for name, count in found if name != "@ptr"]
    return {"logGroupFields": fields}


OFFERS: Mapping[str, Offer] = {
    "DescribeQueries": offer(describe_queries, "logGroupName status maxResults nextToken"),
    "GetLogGroupFields": offer(get_log_group_fields, "logGroupName logGroupIdentifier time"),
    "GetLogRecord": offer(get_log_record, "logRecordPointer"),
    "GetQueryResults": offer(get_query_results, "queryId"),
    "StartQuery": offer(
        start_query,
        "logGroupName logGroupNames logGroupIdentifiers queryLanguage queryString startTime endTime limit",
    ),
    "StopQuery": offer(stop_query, "queryId"),
}
