"""What is a segment document? What a service, or user code in it, tells X-Ray of its part in a request (documented)."""

import re
from collections.abc import Mapping
from typing import Any

from eventsim.json_text import load_json
from eventsim.limits import SEGMENT_BYTES_MAX
from eventsim.trace_header import is_trace_id

Document = Mapping[str, Any]
"""A segment, or a subsegment that was sent for itself."""

_ID = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")
"""Letters of any alphabet, numbers, whitespace and these signs (documented)."""
_YEAR_10000 = 253_402_300_800
"""In seconds since the epoch: from then on, as before the epoch, nothing is a time (ours)."""


class UnfitSegment(ValueError):  # noqa: N818 - a fact, as the field says it
    """X-Ray does not take a document.

    Attributes:
        segment_id: the segment's id, "" if it tells none.
        code: AWS's word for what is wrong (the words are unconfirmed).
    """

    def __init__(self, segment_id: str, code: str) -> None:
        self.segment_id = segment_id
        self.code = code
        super().__init__(f"Invalid segment. ErrorCode: {code}")


def read_segment(text: str) -> Document:
    """Return the document that stands in a text.

    Raises:
        UnfitSegment: it is none, too large, or lacks what every segment must tell.
    """
    try:
        document = load_json(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise UnfitSegment("", "ParseError")
    code = "SegmentTooLarge" if len(text.encode()) > SEGMENT_BYTES_MAX else _fault(document)
    if code:
        raise UnfitSegment(str(document.get("id") or ""), code)
    return document


def _fault(document: Document) -> str:
    """Return what is wrong with a document, "" for nothing."""
    trace_id = document.get("trace_id")
    if trace_id is None:
        return "MissingTraceId"
    if not isinstance(trace_id, str) or not is_trace_id(trace_id):
        return "InvalidTraceId"
    is_subsegment = document.get("type") == "subsegment"
    if is_subsegment and not document.get("parent_id"):
        return "MissingParentId"
    if document.get("parent_id") is not None and not _ID.fullmatch(str(document["parent_id"])):
        return "InvalidParentId"
    return _fault_of_entity(document)


def _fault_of_entity(entity: Document) -> str:
    """Return what is wrong with a segment or a subsegment and with all below it."""
    for member, name, pattern in (("id", "Id", _ID), ("name", "Name", _NAME)):
        value = entity.get(member)
        if value is None:
            return f"Missing{name}"
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return f"Invalid{name}"
    subsegments = entity.get("subsegments") or []
    if not isinstance(subsegments, list) or not all(isinstance(each, dict) for each in subsegments):
        return "InvalidSubsegments"
    return _fault_of_times(entity) or next(filter(None, map(_fault_of_entity, subsegments)), "")


def _fault_of_times(document: Document) -> str:
    started_at, ended_at = document.get("start_time"), document.get("end_time")
    if started_at is None:
        return "MissingStartTime"
    if not _is_time(started_at):
        return "InvalidStartTime"
    if document.get("in_progress") is True:
        return "" if ended_at is None else "InvalidEndTime"
    if ended_at is None:
        return "MissingEndTime"
    return "" if _is_time(ended_at) and ended_at >= started_at else "InvalidEndTime"


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _YEAR_10000
