"""Which segment documents does X-Ray take?"""

import json
from typing import Any

import pytest

from eventsim.segment import UnfitSegment, read_segment

WHOLE: dict[str, Any] = {
    "name": "Scorekeep",
    "id": "70de5b6f19ff9a0a",
    "start_time": 1.478293361271e9,
    "trace_id": "1-581cf771-a006649127e371903a2de979",
    "end_time": 1.478293361449e9,
}
OPEN = {**{name: value for name, value in WHOLE.items() if name != "end_time"}, "in_progress": True}
FIT = {
    "whole": WHOLE,
    "in progress": OPEN,
    "subsegment": {**WHOLE, "type": "subsegment", "parent_id": "194fcc8747581230"},
    "name in another alphabet": {**WHOLE, "name": "Заказы #1"},
}


@pytest.mark.parametrize("document", FIT.values(), ids=FIT)
def test_a_document_is_taken_as_it_is(document: dict[str, Any]) -> None:
    """The documentation's own example, and what may stand in its place."""
    assert read_segment(json.dumps(document)) == document


UNFIT = {
    "no name": ({"name": None}, "MissingName"),
    "a name with an asterisk": ({"name": "a*b"}, "InvalidName"),
    "too long a name": ({"name": "a" * 201}, "InvalidName"),
    "no id": ({"id": None}, "MissingId"),
    "too short an id": ({"id": "70de5b6f"}, "InvalidId"),
    "no trace": ({"trace_id": None}, "MissingTraceId"),
    "a trace of another form": ({"trace_id": "581cf771a006649127e371903a2de979"}, "InvalidTraceId"),
    "no beginning": ({"start_time": None}, "MissingStartTime"),
    "a date for a beginning": ({"start_time": "2016-11-04"}, "InvalidStartTime"),
    "a beginning before the epoch": ({"start_time": -1}, "InvalidStartTime"),
    "no number for a beginning": ({"start_time": float("nan")}, "InvalidStartTime"),
    "neither end nor progress": ({"end_time": None}, "MissingEndTime"),
    "both end and progress": ({"in_progress": True}, "InvalidEndTime"),
    "an end before the beginning": ({"end_time": 1}, "InvalidEndTime"),
    "an end after all dates": ({"end_time": 1e12}, "InvalidEndTime"),
    "an end in infinity": ({"end_time": float("inf")}, "InvalidEndTime"),
    "a subsegment of nobody": ({"type": "subsegment"}, "MissingParentId"),
    "a parent of another form": ({"parent_id": "me"}, "InvalidParentId"),
    "a subsegment without a name": ({"subsegments": [{**OPEN, "name": None}]}, "MissingName"),
    "no list of subsegments": ({"subsegments": "a"}, "InvalidSubsegments"),
    "too large": ({"metadata": {"all": "x" * 65_536}}, "SegmentTooLarge"),
}


@pytest.mark.parametrize(("change", "code"), UNFIT.values(), ids=UNFIT)
def test_a_document_that_lacks_something_is_refused(change: dict[str, Any], code: str) -> None:
    """What every segment tells is documented; how AWS calls its lack is not."""
    with pytest.raises(UnfitSegment, match=f"ErrorCode: {code}$") as caught:
        read_segment(json.dumps(WHOLE | change))

    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "{", "[]", '"a"', "[" * 20_000])
def test_what_is_no_document_cannot_be_read(text: str) -> None:
    """It has no id, either."""
    with pytest.raises(UnfitSegment) as caught:
        read_segment(text)

    assert (caught.value.code, caught.value.segment_id) == ("ParseError", "")
