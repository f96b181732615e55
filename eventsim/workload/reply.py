"""Is a reply as it was expected? Replies to the requests of a feed, compared and recorded."""

import json
from typing import Any

import msgspec

from eventsim.front_door import Reply, make_reply
from eventsim.trace import Trace
from eventsim.wire.http import HttpResponse
from eventsim.workload.spec import ReplySpec

_SHOWN_MAX = 200


class Replies:
    """The replies to one feed's requests.

    Args:
        feed: its name.
    """

    def __init__(self, trace: Trace, feed: str, expected: ReplySpec) -> None:
        self._trace = trace
        self._expected = expected
        self._feed = trace.subject("feed", feed)
        self._MET = trace.kind("reply as expected", "{subject} got {value}, as expected", value="status")
        self._MISSED = trace.kind("reply not as expected", "{subject} got {value}: {reason}", value="status")

    def record(self, response: HttpResponse) -> None:
        """Record one reply, and what is wrong with it."""
        reply = make_reply(response)
        reason = mismatch(reply, self._expected)
        detail = {"reason": reason} if reason else None
        self._trace.record(
            self._MISSED if reason else self._MET, self._feed, self._feed, value=reply.status, detail=detail
        )


def mismatch(reply: Reply, expected: ReplySpec) -> str:
    """Return what of a reply is not as expected, "" if nothing is."""
    shown = reply.text[:_SHOWN_MAX]
    if expected.status is not None and reply.status != expected.status:
        return f"the status should be {expected.status}, and the body is {shown!r}"
    for name, value in expected.headers.items():
        if reply.headers.get(name.lower()) != value:
            return f"the header {name} should be {value!r}, not {reply.headers.get(name.lower())!r}"
    if expected.contains not in reply.text:
        return f"the body should contain {expected.contains!r}, and is {shown!r}"
    if expected.body is msgspec.UNSET or _fits(reply, expected.body):
        return ""
    return f"the body should be {json.dumps(expected.body)[:_SHOWN_MAX]}, and is {shown!r}"


def _fits(reply: Reply, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return reply.text == wanted
    try:
        return _holds(reply.json(), wanted)
    except ValueError:
        return False


def _holds(given: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(given, dict):
        return all(name in given and _holds(given[name], value) for name, value in wanted.items())
    return bool(given == wanted)
