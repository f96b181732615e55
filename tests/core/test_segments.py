"""What does X-Ray keep, and for how long?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.loop import VirtualLoop
from eventsim.segments import Segments
from eventsim.trace import Trace

DAY_US = 86_400_000_000
TRACE_ID = "1-6955b900-a006649127e371903a2de979"


def document(trace_id: str = TRACE_ID, segment_id: str = "70de5b6f19ff9a0a", **members: Any) -> dict[str, Any]:
    """Return a segment document."""
    return {"name": "shop", "id": segment_id, "trace_id": trace_id, "start_time": 1, "end_time": 2, **members}


class Keeper:
    """X-Ray's memory, on a clock of its own."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.trace = Trace(self.clock)
        self.segments = self.make()

    def make(self, **bounds: int) -> Segments:
        """Return an empty memory."""
        return Segments(clock=self.clock, chance=Chance(1), trace=self.trace, **bounds)

    def put_on_day(self, day: int, trace_id: str) -> None:
        """Put a segment once so many days have gone by."""
        self.loop.at(day * DAY_US, self.segments.put, document(trace_id))

    def ids(self) -> list[str]:
        """Return the ids of all traces that are kept."""
        return [each.trace_id for each in self.segments.traces()]

    def kinds(self) -> list[str]:
        """Return what the run's trace tells."""
        return [entry.kind for entry in self.trace.entries()]


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.loop.close()
    keeper.trace.close()


def test_a_segment_that_is_done_takes_the_place_of_itself_in_progress(keeper: Keeper) -> None:
    """It has the same id (documented)."""
    segments = keeper.segments

    segments.put(document(in_progress=True))
    segments.put(document(segment_id="194fcc8747581230"))
    segments.put(document())

    trace = segments.trace(TRACE_ID)
    assert trace is not None
    assert [(each["id"], "in_progress" in each) for each in trace.documents()] == [
        ("70de5b6f19ff9a0a", False),
        ("194fcc8747581230", False),
    ]


def test_traces_are_kept_for_thirty_days(keeper: Keeper) -> None:
    """From when the first segment came (documented); until somebody looks they may lie there."""
    for day, name in ((0, "1-a"), (1, "1-b"), (30, "1-c")):
        keeper.put_on_day(day, name)

    keeper.loop.run_until(None)
    then = keeper.ids()
    keeper.put_on_day(31, "1-c")
    keeper.loop.run_until(None)

    assert then == ["1-a", "1-b", "1-c"]
    assert keeper.ids() == ["1-b", "1-c"]


def test_too_many_segments_push_the_oldest_out(keeper: Keeper) -> None:
    """Whole traces are forgotten, and the run's trace tells so, once."""
    keeper.segments = keeper.make(bytes_max=250)

    for name in ("1-a", "1-b", "1-c", "1-d"):
        keeper.segments.put(document(name))

    assert keeper.ids() == ["1-c", "1-d"]
    assert keeper.kinds() == ["segments forgotten"]


def test_the_daemon_hands_on_what_it_gets(keeper: Keeper) -> None:
    """A line of its own protocol, and the document (documented)."""
    keeper.segments.take_datagram(b'{"format":"json","version":1}\n' + json.dumps(document()).encode())
    keeper.segments.take_datagram(b'{"format": "json", "version": 1}\n' + json.dumps(document("1-b")).encode())

    assert keeper.ids() == [TRACE_ID]
    assert keeper.kinds() == ["segment refused"]


@pytest.mark.parametrize("datagram", [b"", b"hello", b"{}\n{}", b'{"format":"json","version":1}\n\xff'])
def test_the_daemon_tells_of_what_is_no_segment(keeper: Keeper, datagram: bytes) -> None:
    """Nothing vanishes in silence."""
    keeper.segments.take_datagram(datagram)

    assert [entry.detail["reason"] for entry in keeper.trace.entries()] == ["ParseError"]
