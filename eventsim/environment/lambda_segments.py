"""What does Lambda tell X-Ray of an invocation? Two segments: the service's, and below it the function's (documented).

The function's bears the id that stands as `Parent` in the header under which the handler works, so that what user code
sends to the daemon hangs on it. Its subsegments are the phases; nothing is modelled between the answer and the freeze,
so `Overhead` takes no time. What the two look like when something fails is unconfirmed.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct

from eventsim.function.function import FunctionVersion
from eventsim.handler.surroundings import TASK_ROOT
from eventsim.limits import LINKS_MAX
from eventsim.outcome import Failure, Outcome
from eventsim.segment import Document
from eventsim.trace_header import TraceHeader, is_trace_id, read_header

_US_PER_S = 1_000_000


class Phases(Struct, frozen=True, kw_only=True, gc=False):
    """When an invocation went through its phases, in microseconds since 1970.

    Attributes:
        init_us: how long the init phase before it took, 0 if there was none.
    """

    started_us: int
    ended_us: int
    init_us: int = 0


def segments_of(
    version: FunctionVersion,
    outcome: Outcome,
    phases: Phases,
    *,
    request_id: str,
    mode: str,
    header: str,
    upstream: str,
    links: Sequence[Mapping[str, str]],
    new_id: Callable[[], str],
) -> list[Document]:
    """Return the segments of one invocation, none if the trace has no id that X-Ray takes.

    Args:
        mode: who waited for the outcome, as `Invocation` has it.
        header: the header under which the handler worked.
        upstream: that of whoever asked for the invocation, "" for none.
        links: what `links_of` says.
    """
    own = read_header(header)
    if not is_trace_id(own.trace_id):
        return []
    span = {"start_time": (phases.started_us - phases.init_us) / _US_PER_S, "end_time": phases.ended_us / _US_PER_S}
    status = 202 if mode == "asynchronous" else 200
    service = _of_service(version, own.trace_id, read_header(upstream), span, new_id(), request_id, status)
    function: dict[str, Any] = {
        "id": own.parent_id,
        "name": version.function,
        **span,
        "parent_id": service["id"],
        "aws": {
            "function_arn": version.function_arn,
            "resource_names": [version.function],
            "account_id": version.function_arn.split(":")[4],
        },
        "trace_id": own.trace_id,
        "origin": "AWS::Lambda::Function",
        "subsegments": _subsegments(version, phases, new_id),
    }
    if links:
        service["links"] = list(links)
    if isinstance(outcome, Failure):
        service["fault"] = function["fault"] = True
        exception = {"id": new_id(), "message": outcome.message, "type": outcome.error_type}
        function["cause"] = {"working_directory": TASK_ROOT, "exceptions": [exception]}
    return [service, function]


def throttled_segment(
    version: FunctionVersion, header: TraceHeader, at_us: int, *, request_id: str, new_id: Callable[[], str]
) -> Document:
    """Return the only segment of an invocation that Lambda refused for want of concurrency, in a sampled trace.

    Args:
        header: that of whoever asked for it.
        at_us: when, in microseconds since 1970.
    """
    span = {"start_time": at_us / _US_PER_S, "end_time": at_us / _US_PER_S}
    marks = {"error": True, "throttle": True}
    return _of_service(version, header.trace_id, header, span, new_id(), request_id, 429, marks)


def links_of(event: Any) -> list[dict[str, str]]:
    """Return the traces of the messages of a queue in an event; X-Ray links its trace to them (documented)."""
    records = event.get("Records") if isinstance(event, dict) else None
    headers = [_header_in(record) for record in records] if isinstance(records, list) else []
    known = {header.trace_id: header for header in headers if is_trace_id(header.trace_id)}
    return [_link(header) for header in islice(known.values(), LINKS_MAX)]


def _of_service(
    version: FunctionVersion,
    trace_id: str,
    upstream: TraceHeader,
    span: Mapping[str, float],
    segment_id: str,
    request_id: str,
    status: int,
    marks: Mapping[str, bool] = {},
) -> dict[str, Any]:
    """Return the segment of the service itself, which answered with a status."""
    return {
        "id": segment_id,
        "name": version.function,
        **span,
        **({"parent_id": upstream.parent_id} if upstream.parent_id else {}),
        "http": {"response": {"status": status}},
        "aws": {"request_id": request_id},
        **marks,
        "trace_id": trace_id,
        "origin": "AWS::Lambda",
        "resource_arn": version.function_arn,
    }


def _link(header: TraceHeader) -> dict[str, str]:
    return {"trace_id": header.trace_id, **({"id": header.parent_id} if header.parent_id else {})}


def _header_in(record: Any) -> TraceHeader:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    return read_header(str(attributes.get("AWSTraceHeader", ""))) if isinstance(attributes, dict) else TraceHeader()


def _subsegments(version: FunctionVersion, phases: Phases, new_id: Callable[[], str]) -> list[dict[str, Any]]:
    started_us, ended_us = phases.started_us, phases.ended_us
    spans = {"Invocation": (started_us, ended_us), "Overhead": (ended_us, ended_us)}
    if phases.init_us:
        spans = {"Initialization": (started_us - phases.init_us, started_us), **spans}
    return [
        {
            "id": new_id(),
            "name": name,
            "start_time": begin_us / _US_PER_S,
            "end_time": end_us / _US_PER_S,
            "aws": {"function_arn": version.function_arn},
        }
        for name, (begin_us, end_us) in spans.items()
    ]
