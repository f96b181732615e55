"""Operations on traces: put their segments, sum them up, tell them whole and as graphs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.json_text import json_text
from eventsim_sources.timestamp import read_timestamp
from eventsim_sources.xray.api.service import Xray, page_of
from eventsim_sources.xray.expression import of_trace, read_expression
from eventsim_sources.xray.graph import ServiceGraph
from eventsim_sources.xray.summary import instant, span_s, summary_of
from eventsim_sources.xray.whole import Whole, ended_at_of

_HOUR = timedelta(hours=1)
GRAPH_SPAN_MAX = timedelta(hours=6)
SUMMARIES_SPAN_MAX = timedelta(hours=24)
"""How long the span of a request may be (unconfirmed)."""
TRACES_AT_ONCE_MAX = 5
"""Traces that BatchGetTraces takes (documented for the command line's examples; AWS's number is unconfirmed)."""


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


def get_trace_summaries(xray: Xray, request: Request) -> Result:
    """List traces, those that began last first (documented)."""
    given = request.parameters
    begin, end = _span(given, SUMMARIES_SPAN_MAX)
    is_meant = read_expression(str(given.get("FilterExpression") or ""), xray.groups.expression_of)
    kind = given.get("TimeRangeType") or "TraceId"
    there = [whole for whole, updated in xray.wholes() if _is_within(whole, updated, kind, begin, end)]
    found = [whole for whole in there if is_meant(of_trace(whole))]
    found.sort(key=lambda whole: whole.started_at, reverse=True)
    shown, more = page_of(found, given)
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
